"""`suture trace`, `messages`, `exceptions`, `task list`: the stores of a hub, running or not.

In: a settings file, what is asked. Out: text or JSON; exit code 1 when nothing is found. Refuses to
know: how to write: the stores are opened read-only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from suture.assembly.settings import HubSettings, load_settings
from suture.assembly.stores import reading_stores
from suture.core.clock import SystemClock
from suture.intelligence.exceptions import open_exceptions, open_tasks
from suture.intelligence.lineage import Readers
from suture.intelligence.lineage import trace as find_lineage
from suture.intelligence.search import by_meta
from suture.intelligence.view import Hop, Lineage
from suture.journal.contract import PAGE_MAX, Reader
from suture.journal.record import Arrival

LIST_MAX = 200


@contextmanager
def _readers(config: Path) -> Iterator[tuple[HubSettings, Readers, datetime]]:
    settings = load_settings(config)
    now = SystemClock(settings.business_time()).now()
    with reading_stores(settings) as (operations, clinical):
        yield settings, Readers(operations, clinical), now


def trace(config: Path, asked: str, *, as_json: bool) -> int:
    """Print the lineage of what `asked` names."""
    with _readers(config) as (_, readers, now):
        found = find_lineage(readers, asked, now=now)
    if found is None:
        click.echo(
            f"nothing is known under {asked!r}: give a case token, an order, requisition or "
            "invoice number, or a control id",
            err=True,
        )
        return 1
    if as_json:
        click.echo(json.dumps(asdict(found), default=_plain, indent=2))
    else:
        _print(found)
    return 0


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _print(found: Lineage) -> None:
    for case in found.cases:
        click.secho(f"case {case.token}  {case.procedure}  {case.facility} {case.room}", bold=True)
        click.echo(f"  {case.start:%Y-%m-%d %H:%M}Z  {case.state}: {case.reason}")
    for line in found.lines:
        mark = "+" if line.is_covered else "-"
        click.echo(
            f"  {mark} line {line.line:>3} {line.criticality:9} {line.state:14} "
            f"{line.quantity} x {line.description}: {line.reason}"
        )
    click.echo("")
    click.echo("  " + "  >  ".join(f"{n} {_when(at)}" for n, s, at in found.stages if s != "none"))
    click.echo("")
    for hop in found.hops:
        _print_hop(hop)
    for exception in found.exceptions:
        click.echo(
            f"  ! {exception.state} {exception.code} ({exception.owner}): {exception.summary}"
        )
    if found.is_truncated:
        click.echo("  (truncated: more objects are linked than are shown)")


def _when(at: datetime | None) -> str:
    return f"{at:%m-%d %H:%M}" if at else ""


def _print_hop(hop: Hop) -> None:
    message = ""
    if hop.message is not None:
        message = f"  <- {hop.message.endpoint} {hop.message.control_id} [{hop.message.ack}]"
    click.echo(f"{hop.at:%m-%d %H:%M:%S} {hop.rule:9} {hop.stage:15} {hop.title}{message}")
    for reason in hop.reasons:
        click.echo(f"{'':26} {reason}")
    facts = [x for x in hop.inputs if x.get("version")]
    if facts:
        named = ", ".join(f"{x['kind']} {x['key']} v{x['version']} ({x['age_s']} s)" for x in facts)
        click.echo(f"{'':26} read {named[:400]}")
    for sent in hop.sent:
        click.echo(
            f"{'':26} -> {sent.endpoint} {sent.kind} {sent.control_id} {sent.state} {sent.code}"
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are listed."""

    zone: str
    limit: int
    endpoint: str = ""
    code: str = ""
    control_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    meta: tuple[str, ...] = ()
    """`name=value` of what flows index; all must hold."""


def messages(config: Path, wanted: Wanted, *, only_exchange: bool) -> int:
    """Print the newest messages, newest first; 1 when there is none."""
    found = find(config, wanted)
    for one in found:
        if only_exchange:
            click.echo(one.exchange)
            continue
        code = f" {one.code}" if one.code else ""
        click.echo(
            f"{one.received_at:%Y-%m-%d %H:%M:%S}Z {one.endpoint} {one.format} {one.control_id} "
            f"{one.ack_code or '-'} {one.state.value}{code}  {one.exchange}"
        )
    if not found:
        click.echo("no such message", err=True)
    return 0 if found else 1


def find(config: Path, wanted: Wanted) -> list[Arrival]:
    """Return the newest messages that are wanted, newest first, without content."""
    with _readers(config) as (settings, readers, _now):
        if wanted.meta:
            from suture.assembly.flows.kept import entries_asked  # it brings the formats

            found = by_meta(readers.clinical, entries_asked(settings.key_file, wanted.meta), wanted)
        else:
            reader = readers.clinical if wanted.zone == "clinical" else readers.operations
            found = _arrivals(reader, wanted)
        return list(islice(found, wanted.limit))


def _arrivals(reader: Reader, wanted: Wanted) -> Iterator[Arrival]:
    after = reader.arrivals_before(wanted.since) if wanted.since else 0
    before = reader.arrivals_before(wanted.until) + 1 if wanted.until else None
    if wanted.control_id:
        rows = reader.arrivals_of_control_id(wanted.control_id, PAGE_MAX)
        for one in reversed(rows):
            is_within = after < one.seq and (before is None or one.seq < before)
            if is_within and wanted.endpoint in ("", one.endpoint):
                yield one
        return
    while True:
        page = reader.find_arrivals(
            LIST_MAX, endpoint=wanted.endpoint, code=wanted.code, after=after, before=before
        )
        yield from page
        if not page:
            return
        before = page[-1].seq


def exceptions(config: Path) -> int:
    """Print the open exceptions."""
    with _readers(config) as (_, readers, _now):
        found = open_exceptions(readers.operations, limit=LIST_MAX)
    for x in found:
        need = f" need {x.need_at:%m-%d %H:%M}Z" if x.need_at else ""
        click.echo(f"{x.severity:7} {x.code:24} {x.owner:22} x{x.count}{need}  {x.summary}")
        click.echo(f"{'':7} {x.key}  {x.suggestion}")
    click.echo(f"{len(found)} open")
    return 0


def tasks(config: Path) -> int:
    """Print the open tasks."""
    with _readers(config) as (_, readers, _now):
        found = open_tasks(readers.operations, limit=LIST_MAX)
    for x in found:
        click.echo(f"{x.id}  {x.role}: {x.title}")
    click.echo(f"{len(found)} open")
    return 0
