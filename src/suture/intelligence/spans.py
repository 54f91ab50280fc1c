"""What became of one message, as spans of a trace: made of its rows after the fact.

In: rows without their content, a way to real time. Out: spans with names, times, codes. Refuses to
know: content, control ids, peers; who collects spans. The same rows give the same ids, so that what
is told twice is one trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from suture.journal.contract import Reader
from suture.journal.record import (
    Arrival,
    ArrivalState,
    Attempt,
    Delivery,
    DeliveryState,
    Event,
    Refusal,
)

DELIVERIES_MAX = 100
ATTEMPTS_MAX = 20
"""First tries of a delivery; one that was tried a thousand times says no more."""
EVENTS_MAX = 50

SERVER, CLIENT, PRODUCER = 2, 3, 4
"""Kinds of spans, as OpenTelemetry numbers them."""
BAD_ARRIVALS = (ArrivalState.FAILED, ArrivalState.PARKED)
BAD_DELIVERIES = (DeliveryState.REFUSED, DeliveryState.UNCERTAIN, DeliveryState.DEAD)

ToWall = Callable[[datetime], datetime]
"""Business instant -> real instant."""


@dataclass(frozen=True, slots=True)
class Span:
    """One thing that took time."""

    name: str
    kind: int
    trace: bytes
    """16 bytes: the exchange's own."""
    id: bytes
    """8 bytes."""
    parent: bytes
    """Empty for the first."""
    start: datetime
    end: datetime
    attributes: dict[str, str | int]
    code: str = ""
    """Why it failed; empty when it did not."""
    events: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """The rows of one message in one zone."""

    zone: str
    arrival: Arrival
    deliveries: Sequence[tuple[Delivery, Sequence[Attempt]]]
    events: Sequence[Event] = field(default=())


def message_of(zone: str, reader: Reader, operations: Reader, exchange: str) -> Message | None:
    """Return the rows of a message, None when the zone does not know it."""
    arrival = reader.arrival_of_exchange(exchange)
    if arrival is None:
        return None
    deliveries = reader.deliveries_of_exchange(exchange, DELIVERIES_MAX)
    return Message(
        zone=zone,
        arrival=arrival,
        deliveries=[(one, reader.attempts_of(one.seq)[:ATTEMPTS_MAX]) for one in deliveries],
        events=operations.events_of_exchange(exchange, EVENTS_MAX),
    )


def spans_of(message: Message, why: str, to_wall: ToWall) -> list[Span]:
    """Return the message, its deliveries and their tries; `why` it is told."""
    one = message.arrival
    trace, root = trace_of(one.exchange), id_of(one.exchange)
    below = [
        span
        for delivery, tries in message.deliveries
        for span in _of_delivery(trace, root, delivery, tries, to_wall)
    ]
    start = to_wall(one.received_at)
    events = tuple((event.type, to_wall(event.recorded)) for event in message.events)
    ends = [start, *(span.end for span in below), *(at for _, at in events)]
    first = Span(
        name=f"receive {one.endpoint}",
        kind=SERVER,
        trace=trace,
        id=root,
        parent=b"",
        start=start,
        end=max(ends),
        attributes={
            "suture.why": why,
            "suture.zone": message.zone,
            "suture.exchange": one.exchange,
            "suture.endpoint": one.endpoint,
            "suture.format": one.format,
            "suture.state": one.state.value,
            "suture.code": one.code,
            "suture.ack": one.ack_code,
            "suture.size_bytes": one.size_bytes,
        },
        code=(one.code or one.state.value) if one.state in BAD_ARRIVALS else "",
        events=events,
    )
    return [first, *below]


def _of_delivery(
    trace: bytes, root: bytes, one: Delivery, tries: Sequence[Attempt], to_wall: ToWall
) -> Iterator[Span]:
    own = id_of(one.id)
    start = to_wall(one.created_at)
    children = [_of_try(trace, own, one, each) for each in tries]
    settled = [to_wall(one.settled_at)] if one.settled_at is not None else []
    yield Span(
        name=f"deliver {one.destination}",
        kind=PRODUCER,
        trace=trace,
        id=own,
        parent=root,
        start=start,
        end=max([start, *settled, *(span.end for span in children)]),
        attributes={
            "suture.destination": one.destination,
            "suture.kind": one.kind,
            "suture.state": one.state.value,
            "suture.code": one.code,
            "suture.attempts": one.attempts,
        },
        code=(one.code or one.state.value) if one.state in BAD_DELIVERIES else "",
    )
    yield from children


def _of_try(trace: bytes, parent: bytes, of: Delivery, one: Attempt) -> Span:
    return Span(
        name=f"try {of.destination}",
        kind=CLIENT,
        trace=trace,
        id=id_of(f"{of.id}/{one.number}"),
        parent=parent,
        start=one.started_wall,
        end=one.ended_wall or one.started_wall,
        attributes={"suture.try": one.number, "suture.outcome": one.outcome or "open"},
        code="" if one.outcome in ("accepted", "") else one.code or one.outcome,
    )


def span_of_refusal(zone: str, one: Refusal, to_wall: ToWall) -> Span:
    """Return what was refused at a door: a trace of one span."""
    name = f"refusal/{zone}/{one.seq}/{one.at.isoformat()}"
    at = to_wall(one.at)
    return Span(
        name=f"refuse {one.endpoint}",
        kind=SERVER,
        trace=hashlib.blake2b(name.encode(), digest_size=16).digest(),
        id=id_of(name),
        parent=b"",
        start=at,
        end=at,
        attributes={
            "suture.why": "failed",
            "suture.zone": zone,
            "suture.endpoint": one.endpoint,
            "suture.code": one.code,
            "suture.size_bytes": one.size_bytes,
        },
        code=one.code,
    )


def trace_of(exchange: str) -> bytes:
    """Return the trace's id: the exchange itself, which is 16 bytes in hex."""
    plain = exchange.replace("-", "")
    try:
        found = bytes.fromhex(plain)
    except ValueError:
        found = b""
    return found if len(found) == 16 else hashlib.blake2b(plain.encode(), digest_size=16).digest()


def id_of(name: str) -> bytes:
    """Return a span's id."""
    return hashlib.blake2b(name.encode(), digest_size=8).digest()


def is_sampled(exchange: str, share: float) -> bool:
    """Return whether a message belongs to the sample: the same in every process."""
    return int.from_bytes(id_of(f"sample/{exchange}")) < share * 2**64
