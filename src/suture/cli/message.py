"""`suture message`: what one exchange was, where it went and what every try was told.

In: a settings file, an exchange id. Out: text or JSON without content; exit code 1 when neither
zone knows it. Refuses to know: the key: nothing sealed is opened, so nobody needs it here.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from suture.assembly.settings import load_settings
from suture.assembly.stores import reading_stores
from suture.journal.contract import Reader
from suture.journal.record import Attempt, Delivery

DELIVERIES_MAX = 200
"""Shown of one message and zone: a flow has a few destinations, each replay adds as many."""


def message(config: Path, exchange: str, *, as_json: bool) -> int:
    """Print what the stores hold of an exchange, running hub or not; 1 when it is nothing."""
    with reading_stores(load_settings(config)) as (operations, clinical):
        zones = {"clinical": _found(clinical, exchange), "operations": _found(operations, exchange)}
    known = {zone: found for zone, found in zones.items() if any(found.values())}
    if not known:
        click.echo("no such message", err=True)
        return 1
    if as_json:
        click.echo(json.dumps(known, indent=2))
        return 0
    for zone, found in known.items():
        _print(zone, found)
    return 0


def _found(reader: Reader, exchange: str) -> dict[str, Any]:
    deliveries = reader.deliveries_of_exchange(exchange, DELIVERIES_MAX + 1)
    return {
        "arrival": _arrival(reader, exchange),
        "deliveries": [
            _delivery(each, reader.attempts_of(each.seq)) for each in deliveries[:DELIVERIES_MAX]
        ],
        "is_truncated": len(deliveries) > DELIVERIES_MAX,
    }


def _arrival(reader: Reader, exchange: str) -> dict[str, Any] | None:
    found = reader.arrival_of_exchange(exchange)
    if found is None:
        return None
    return {
        "endpoint": found.endpoint,
        "format": found.format,
        "control_id": found.control_id,
        "received_at": _when(found.received_at),
        "size_bytes": found.size_bytes,
        "sha256": found.digest.hex(),
        "ack_code": found.ack_code,
        "state": found.state.value,
        "code": found.code,
    }


def _delivery(one: Delivery, tries: list[Attempt]) -> dict[str, Any]:
    return {
        "destination": one.destination,
        "kind": one.kind,
        "control_id": one.control_id,
        "state": one.state.value,
        "code": one.code,
        "settled_at": _when(one.settled_at),
        "attempts": [
            {
                "number": each.number,
                "started_at": _when(each.started_wall),
                "ended_at": _when(each.ended_wall),
                "outcome": each.outcome,
                "code": each.code,
            }
            for each in tries
        ],
    }


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _print(zone: str, found: dict[str, Any]) -> None:
    arrival = found["arrival"]
    if arrival is not None:
        click.echo(
            f"{zone}  received {arrival['received_at']} by {arrival['endpoint']} "
            f"{arrival['format']} {arrival['control_id']}"
        )
        click.echo(f"  {arrival['size_bytes']} bytes  sha256 {arrival['sha256']}")
        click.echo(_line("  answered", arrival["ack_code"] or "-", arrival))
    for one in found["deliveries"]:
        click.echo(_line(f"{zone}  ->", f"{one['destination']} {one['kind']}", one))
        for each in one["attempts"]:
            told = f"{each['outcome'] or 'on the wire'} {each['code']}".rstrip()
            click.echo(f"  try {each['number']} {each['started_at']}  {told}")
    if found["is_truncated"]:
        click.echo(f"  (only the first {DELIVERIES_MAX} deliveries are shown)")


def _line(lead: str, what: str, one: dict[str, Any]) -> str:
    return f"{lead} {what}  {one['state']} {one['code']}".rstrip()
