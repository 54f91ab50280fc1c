"""`suture lanes`, `dead`, `tail`: what a hub is doing now.

In: a settings file. Out: text or JSON; exit code 1 when something was given up (`dead`), so that a
script notices. Refuses to know: content: envelopes, codes and counts only.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from suture.assembly.settings import load_settings
from suture.assembly.stores import reading_stores
from suture.cli.people import asked
from suture.journal.contract import Reader

TAIL_MAX = 200
"""Messages of one look of `tail`."""
LOOK_S = 0.5


def lanes(config: Path, *, as_json: bool) -> int:
    """Print what waits for which destination, the longest queue first."""
    told = asked(config, "GET", "/lanes")
    if told is None:
        return 1
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 0
    as_of = datetime.fromisoformat(told["as_of"])
    for one in told["lanes"]:
        click.echo(_lane(one, as_of))
    if not told["lanes"]:
        click.echo("nothing waits")
    return 0


def _lane(one: dict[str, Any], as_of: datetime) -> str:
    parts = [f"{one['destination']}  {one['waiting']} waiting in {one['lanes']} lanes"]
    if one["sending"]:
        parts.append(f"{one['sending']} on the wire")
    if one["oldest"]:
        waits = as_of - datetime.fromisoformat(one["oldest"])
        parts.append(f"oldest {age(waits.total_seconds())}")
    if one["given_up"]:
        parts.append(click.style(f"{one['given_up']} given up", fg="red"))
    if one["is_paused"]:
        parts.append(click.style("paused", fg="yellow"))
    if one["is_circuit_open"]:
        parts.append(click.style("no answer", fg="red"))
    return f"{one['zone']:10} " + ", ".join(parts)


def age(seconds: float) -> str:
    """Return a span of time as a person says it."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def dead(config: Path, *, destination: str, code: str, limit: int, as_json: bool) -> int:
    """Print what was given up and what sends it again; 1 when there is any."""
    path = f"/dead?limit={limit}&destination={destination}&code={code}"
    told = asked(config, "GET", path)
    if told is None:
        return 2
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 1 if told["dead"] else 0
    for one in told["dead"]:
        at = (one["settled_at"] or "")[:19]
        click.echo(
            f"{at}Z {one['destination']} {one['kind']} {one['state']} {one['code']} "
            f"after {one['attempts']}  {one['exchange']}"
        )
    names = sorted({one["destination"] for one in told["dead"]})
    for name in names:
        click.echo(f"mend it, then: suture redeliver {name} --dry-run")
    if not names:
        click.echo("nothing was given up")
    return 1 if names else 0


def tail(config: Path, *, endpoint: str, only_errors: bool, count: int) -> int:
    """Print messages as they come in, refusals too, until Ctrl-C or `count` lines."""
    for printed, line in enumerate(_follow(config, endpoint, only_errors), 1):
        click.echo(line)
        if printed == count:
            break
    return 0


def _follow(config: Path, endpoint: str, only_errors: bool) -> Iterator[str]:
    settings = load_settings(config)
    seen: dict[str, tuple[int, int]] = {}
    while True:
        with reading_stores(settings) as (operations, clinical):
            for zone, reader in (("clinical", clinical), ("operations", operations)):
                lines, seen[zone] = _news(zone, reader, seen.get(zone))
                for of, is_error, line in lines:
                    if endpoint in ("", of) and (is_error or not only_errors):
                        yield line
        time.sleep(LOOK_S)


def _news(
    zone: str, reader: Reader, seen: tuple[int, int] | None
) -> tuple[list[tuple[str, bool, str]], tuple[int, int]]:
    """Return (endpoint, whether it is an error, line) of what came since, and how far we are."""
    arrivals = reader.recent_arrivals(TAIL_MAX)[::-1]
    refusals = reader.refusals(TAIL_MAX)[::-1]
    now = (
        arrivals[-1].seq if arrivals else 0,
        refusals[-1].seq if refusals else 0,
    )
    if seen is None:
        return [], now
    found = []
    for one in arrivals:
        if one.seq > seen[0]:
            code = f" {one.code}" if one.code else ""
            line = (
                f"{one.received_at:%H:%M:%S}Z {zone} {one.endpoint} {one.control_id or '-'} "
                f"{one.ack_code or '-'} {one.state.value}{code}  {one.exchange}"
            )
            found.append((one.endpoint, one.state.value in ("failed", "parked"), line))
    for refused in refusals:
        if refused.seq > seen[1]:
            line = f"{refused.at:%H:%M:%S}Z {zone} {refused.endpoint} refused {refused.code}"
            found.append((refused.endpoint, True, line))
    return found, now
