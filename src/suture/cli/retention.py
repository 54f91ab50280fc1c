"""`suture retention`, `suture hold`: how long messages are kept, and what keeps them longer.

In: a settings file. Out: text or JSON, exit codes. Refuses to know: the stores' insides. A plan
reads the stores, running hub or not; a pass and holds are the running hub's.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from suture.assembly.retention import terms_of
from suture.assembly.settings import load_settings
from suture.assembly.stores import reading_stores
from suture.cli.options import AS_JSON, CONFIG
from suture.cli.people import asked
from suture.core.clock import SystemClock
from suture.intelligence.retention import plan

INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
LOOK_S = 0.5
BY = click.option("--by", required=True, help="Your name; kept with the record.")
REASON = click.option("--reason", required=True, help="Why; kept too.")


@click.group("retention")
def retention_group() -> None:
    """How long messages are kept."""


@retention_group.command("plan")
@CONFIG
@AS_JSON
def retention_plan(config: Path, as_json: bool) -> None:
    """Say what a pass would remove now, and what it would leave and why."""
    settings = load_settings(config)
    now = SystemClock(settings.business_time()).now()
    found: list[dict[str, Any]] = []
    with reading_stores(settings) as (operations, clinical):
        for zone, reader in (("clinical", clinical), ("operations", operations)):
            terms = terms_of(settings, zone)
            for one in plan(reader, zone, terms, now):
                found.append({"zone": one.zone, "endpoint": one.endpoint, **one.counts})
                if not as_json:
                    click.echo(_line(found[-1]))
    if as_json:
        click.echo(json.dumps(found, indent=2))
    elif not found:
        click.echo("nothing has had its time")


@retention_group.command("run")
@CONFIG
@BY
@REASON
@click.option("--timeout", "timeout_s", default=3600.0, show_default=True, help="Seconds to wait.")
def retention_run(config: Path, by: str, reason: str, timeout_s: float) -> None:
    """Let a running hub remove what has had its time now, instead of tonight; wait for it."""
    told = asked(config, "POST", "/retention/run", {"by": by, "reason": reason})
    if told is None:
        sys.exit(1)
    if not told["started"]:
        click.echo("a pass is under way already; waiting for it", err=True)
    deadline = time.monotonic() + timeout_s
    shown = 0
    while True:
        state = asked(config, "GET", "/retention")
        if state is None:
            sys.exit(1)
        for one in state["results"][shown:]:
            click.echo(_line(one))
        shown = len(state["results"])
        if not state["is_running"]:
            break
        if time.monotonic() > deadline:
            click.echo("still under way; look again with: suture retention run", err=True)
            sys.exit(1)
        time.sleep(LOOK_S)
    if state["ended_at"] is None:
        click.echo("the pass did not end; the hub's log says why, and it is tried again", err=True)
        sys.exit(1)
    if not shown:
        click.echo("nothing has had its time")


def _line(one: dict[str, Any]) -> str:
    counts = ", ".join(f"{n} {name}" for name, n in one.items() if name not in ("zone", "endpoint"))
    return f"{one['zone']:10} {one['endpoint'] or '(refused)'}  {counts}"


@click.group("hold")
def hold_group() -> None:
    """Legal holds: messages kept whatever their age."""


@hold_group.command("add")
@CONFIG
@BY
@REASON
@click.option("--endpoint", default="", help="Of this flow, feed or partner.")
@click.option("--exchange", default="", help="This message.")
@click.option("--control-id", default="", help="With this number.")
@click.option("--meta", default="", help="With NAME=VALUE of what its flow indexes.")
@click.option("--since", type=INSTANT, default=None, help="Received from this time on (UTC).")
@click.option("--until", type=INSTANT, default=None, help="Received before this time (UTC).")
def hold_add(config: Path, *, since: datetime | None, until: datetime | None, **named: str) -> None:
    """Keep all messages that match everything named, from now on and those there are."""
    body: dict[str, Any] = dict(named)
    for name, at in (("since", since), ("until", until)):
        body[name] = at.replace(tzinfo=UTC).isoformat() if at else None
    told = asked(config, "POST", "/holds", body)
    if told is not None:
        click.echo(told["id"])
    sys.exit(0 if told is not None else 1)


@hold_group.command("list")
@CONFIG
@AS_JSON
@click.option("--all", "with_released", is_flag=True, help="Those released too.")
def hold_list(config: Path, as_json: bool, with_released: bool) -> None:
    """List the holds."""
    told = asked(config, "GET", "/holds")
    if told is None:
        sys.exit(1)
    found = [one for one in told["holds"] if with_released or not one["released_at"]]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        click.echo(_hold(one))
    if not found:
        click.echo("no holds")


def _hold(one: dict[str, Any]) -> str:
    named = [
        f"{name.replace('_', '-')} {one[name]}"
        for name in ("endpoint", "exchange", "control_id", "since", "until")
        if one[name]
    ]
    if one["entry"]:
        named.append("an indexed value")
    line = f"{one['id']}  {', '.join(named)}  added {one['added_at'][:10]} by {one['by']}"
    if one["released_at"]:
        return f"{line}; released {one['released_at'][:10]} by {one['released_by']}"
    return f"{line}: {one['reason']}"


@hold_group.command("release")
@CONFIG
@BY
@REASON
@click.argument("hold")
def hold_release(config: Path, by: str, reason: str, hold: str) -> None:
    """End a hold; what it kept goes with the next pass."""
    told = asked(config, "POST", f"/holds/{hold}/release", {"by": by, "reason": reason})
    if told is not None:
        click.echo(f"{told['id']} released")
    sys.exit(0 if told is not None else 1)
