"""What one zone's record says of one message: how it came, what was made of it, who looked.

In: a snapshot, an exchange id. Out: a plain table without content, the same for every door; its
times are instants. Refuses to know: keys: nothing sealed is opened.
"""

from __future__ import annotations

from typing import Any

from suture.core.json_codec import decode
from suture.governance.audit import MESSAGE_OPENED, Deed
from suture.journal.contract import Reader
from suture.journal.record import Attempt, Delivery, Event

DELIVERIES_MAX = 200
"""Shown of one message and zone: a flow has a few destinations, each replay adds as many."""
EVENTS_MAX = 1000
"""Events of one message that are searched for those who looked at it."""


def message(reader: Reader, exchange: str) -> dict[str, Any] | None:
    """Return what a zone holds of an exchange, None when that is nothing."""
    deliveries = reader.deliveries_of_exchange(exchange, DELIVERIES_MAX + 1)
    found = {
        "arrival": _arrival(reader, exchange),
        "stages": _stages(reader, exchange),
        "deliveries": [
            _delivery(each, reader.attempts_of(each.seq)) for each in deliveries[:DELIVERIES_MAX]
        ],
        "is_truncated": len(deliveries) > DELIVERIES_MAX,
        "opened": [
            _opened(each)
            for each in reader.events_of_exchange(exchange, EVENTS_MAX)
            if each.type == MESSAGE_OPENED
        ],
    }
    return found if any(found.values()) else None


def _arrival(reader: Reader, exchange: str) -> dict[str, Any] | None:
    found = reader.arrival_of_exchange(exchange)
    if found is None:
        return None
    return {
        "endpoint": found.endpoint,
        "format": found.format,
        "control_id": found.control_id,
        "received_at": found.received_at,
        "size_bytes": found.size_bytes,
        "sha256": found.digest.hex(),
        "ack_code": found.ack_code,
        "state": found.state.value,
        "code": found.code,
    }


def _stages(reader: Reader, exchange: str) -> list[dict[str, Any]]:
    return [
        {
            "number": each.number,
            "name": each.name,
            "size_bytes": each.size_bytes,
            "sha256": each.digest.hex(),
        }
        for each in reader.stages_of(exchange)
    ]


def _delivery(one: Delivery, tries: list[Attempt]) -> dict[str, Any]:
    return {
        "destination": one.destination,
        "kind": one.kind,
        "control_id": one.control_id,
        "state": one.state.value,
        "code": one.code,
        "settled_at": one.settled_at,
        "attempts": [
            {
                "number": each.number,
                "started_at": each.started_wall,
                "ended_at": each.ended_wall,
                "outcome": each.outcome,
                "code": each.code,
                "answer_bytes": each.answer_bytes,
            }
            for each in tries
        ],
    }


def _opened(one: Event) -> dict[str, Any]:
    done = decode(one.payload, Deed)
    return {"at": one.time, "by": done.by, "reason": done.reason}
