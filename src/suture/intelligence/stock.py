"""What is there of an item, how well it is known, and what is on its way (spec 2.10).

In: a snapshot of the operations journal; how long ago the source answered. Out: positions by place,
their sum, the same as it was thought at an earlier instant. Refuses to know: the ERP - an answer
rests on the projection alone, so UNKNOWN is a legal answer and zero is no substitute for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

import msgspec

from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import read_payload
from suture.documents.supply import Lot
from suture.governance.policy import Policies
from suture.journal.contract import PAGE_MAX, Reader
from suture.journal.record import Instance
from suture.orchestration.decisions.availability import (
    Freshness,
    expiring,
    free_quantity,
    freshness,
)
from suture.orchestration.definition import SAME, START, Keep, Moment, choose
from suture.orchestration.facts import Facts
from suture.orchestration.path.freshness import last_word
from suture.orchestration.processes.inventory_table import INVENTORY
from suture.orchestration.processes.position import (
    EXACT,
    StockData,
    item_of,
    location_of,
    rests_on,
)
from suture.orchestration.processes.supplier_order import OrderLineData

PLACES_MAX = 100
"""Places of one item in one answer; a system of eight hospitals has about 70 store rooms."""
INBOUND_MAX = 500
"""Open order lines of a facility that are looked at."""
ON_ITS_WAY = (
    "SENT",
    "TRANSPORT_ACKED",
    "DELIVERY_UNKNOWN",
    "ACK_OVERDUE",
    "ACCEPTED",
    "CHANGE_PENDING",
    "PARTIAL_BACKORDER",
    "BACKORDERED",
    "SHIPPED",
    "PART_RECEIVED",
    "OVERDUE",
)
"""States of an order line of which goods may still come; a date is told where one was promised."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A quantity on order for the facility; `eta` is the supplier's promise, day precision."""

    order: str
    quantity: str
    eta: str
    state: str


@dataclass(frozen=True, slots=True)
class Position:
    """One item at one place; quantities are decimal text in base units, None where not known."""

    item: str
    location: str
    facility: str
    freshness: str
    """FRESH, STALE, UNKNOWN, DISPUTED or RETIRED."""
    confidence: str
    """`confirmed`; `expected`: postings of ours are not in the book yet; `low`; `none`."""
    on_hand: str | None
    reserved: str | None
    available: str | None
    """On hand less reservations, safety stock and what expires before the need."""
    unusable: str | None
    """Expired, or expiring before `need_at`."""
    waiting: int
    """Demand lines that wait for stock here."""
    book_version: int
    as_of: datetime | None
    """When the source says it held (valid time)."""
    last_known: str | None
    """The last figure of a position that is not known any more."""
    dispute: str
    lots: tuple[str, ...]
    consigned: str | None = None
    """None: no source tells stock on consignment yet."""
    loaner: str | None = None
    quarantined: str | None = None


@dataclass(frozen=True, slots=True)
class Availability:
    """The answer for one item."""

    as_of: datetime
    """Business time of the answer, or the instant that was looked back to."""
    item: str
    description: str
    uom: str
    positions: tuple[Position, ...]
    available: str | None
    """Sum of the places that are known; None when none is."""
    freshness: str
    """The worst among the places that hold some; UNKNOWN when there is none."""
    inbound: tuple[Inbound, ...]
    inbound_is_truncated: bool
    source_seen: datetime | None
    """When the ERP answered last, in real time."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `at` is the instant whose knowledge counts (recorded time)."""

    item: str
    now: datetime
    wall: datetime
    facility: str = ""
    location: str = ""
    need_at: datetime | None = None
    at: datetime | None = None


def availability(reader: Reader, asked: Question, policies: Policies) -> Availability:
    """Return what is there of an item; raises RefusalError `item.unknown`, `stock.history-long`."""
    facts = Facts(reader, asked.now)
    key = asked.item if facts.item(asked.item) else facts.item_key("ERP", asked.item)
    item = facts.item(key) if key else None
    if key is None or item is None:
        raise RefusalError("item.unknown", "no item has this key or number")
    stored = _stored(reader, key, asked)
    found = tuple(_position(reader, one, asked, policies) for one in stored)
    known = [p for p in found if p.available is not None]
    inbound, is_truncated = _inbound(reader, key, asked.facility)
    return Availability(
        as_of=asked.at or asked.now,
        item=key,
        description=item.description,
        uom=next((level.uom for level in item.packaging), ""),
        positions=found,
        available=_text(sum((Fraction(p.available or 0) for p in known), Fraction(0)))
        if known
        else None,
        freshness=_worst(found),
        inbound=inbound,
        inbound_is_truncated=is_truncated,
        source_seen=last_word(reader),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """Which positions are listed."""

    now: datetime
    wall: datetime
    facility: str = ""
    state: str = ""
    after: str = ""
    limit: int = PLACES_MAX


def positions(reader: Reader, wanted: Listed, policies: Policies) -> tuple[Position, ...]:
    """Return a page of positions by key; raises RefusalError `page.unknown`."""
    try:
        found = reader.instances(
            "W9",
            limit=min(wanted.limit, PLACES_MAX),
            states=(wanted.state,) if wanted.state else (),
            facility=wanted.facility or None,
            after_key=wanted.after,
        )
    except ValueError as error:
        text = "the page begins after a position that is not there"
        raise RefusalError("page.unknown", text) from error
    asked = Question("", wanted.now, wanted.wall)
    return tuple(_position(reader, one, asked, policies) for one in found)


def _stored(reader: Reader, item: str, asked: Question) -> list[Instance]:
    if asked.location:
        one = reader.instance("W9", f"{item}@{asked.location}")
        return [one] if one is not None else []
    return reader.instances("W9", limit=PLACES_MAX, parent=item, facility=asked.facility or None)


def _position(reader: Reader, stored: Instance, asked: Question, policies: Policies) -> Position:
    state, data = stored.state, codec.decode(stored.data, StockData)
    if asked.at is not None:
        state, data = replayed(reader, stored.key, asked.at, policies)
    silence = _silence(reader, data, asked)
    facts = Facts(reader, asked.now)
    item = facts.item(item_of(stored.key))
    is_critical = rests_on(data) or (item is not None and item.item_class in EXACT)
    time = policies.time
    known = freshness(
        state, silence, time.fresh(is_critical=is_critical), time.hours("stock_gone_h")
    )
    need = (asked.need_at or asked.now) + time.hours("shelf_left_h")
    unusable = expiring(data.lots, data.reservations, need.date())
    free = free_quantity(data.total(), data.reservations, data.safety) - unusable
    is_known = known is not Freshness.UNKNOWN
    reserved = sum((r.quantity for r in data.reservations.values()), Fraction(0))
    has_told = data.as_of.year > 1970
    return Position(
        item=item_of(stored.key),
        location=location_of(stored.key),
        facility=stored.facility,
        freshness=str(known),
        confidence=_confidence(known, data),
        on_hand=_text(data.total()) if is_known else None,
        reserved=_text(reserved) if is_known else None,
        available=_text(max(free, Fraction(0))) if is_known else None,
        unusable=_text(unusable) if is_known else None,
        waiting=len(data.waiting),
        book_version=data.version,
        as_of=data.as_of if has_told else None,
        last_known=_text(data.total()) if has_told and not is_known else None,
        dispute=data.dispute,
        lots=_lots(data.lots) if is_known else (),
    )


def _silence(reader: Reader, data: StockData, asked: Question) -> timedelta:
    if asked.at is not None:
        return max(asked.at - data.as_of, timedelta(0))
    seen = last_word(reader)
    if seen is not None:
        return max(asked.wall - seen, timedelta(0))
    return max(asked.now - data.as_of, timedelta(0))


def _confidence(known: Freshness, data: StockData) -> str:
    if known is Freshness.FRESH:
        return "expected" if data.pending else "confirmed"
    return "none" if known is Freshness.UNKNOWN else "low"


def _lots(lots: Iterable[Lot]) -> tuple[str, ...]:
    return tuple(
        f"{x.lot or x.serial} {_text(x.quantity)}" + (f", exp {x.expiry}" if x.expiry else "")
        for x in lots
    )


_RANK = (
    Freshness.FRESH,
    Freshness.RETIRED,
    Freshness.STALE,
    Freshness.DISPUTED,
    Freshness.UNKNOWN,
)


def _worst(found: Iterable[Position]) -> str:
    ranks = [_RANK.index(Freshness(p.freshness)) for p in found]
    return str(_RANK[max(ranks)] if ranks else Freshness.UNKNOWN)


def _text(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6g}"


def _inbound(reader: Reader, item: str, facility: str) -> tuple[tuple[Inbound, ...], bool]:
    found = reader.instances("W3", limit=INBOUND_MAX, states=ON_ITS_WAY, facility=facility or None)
    coming = []
    named = codec.encode(item)
    for stored in found:
        if named not in stored.data:
            continue  # most lines are of other items: not worth the reading
        data = codec.decode(stored.data, OrderLineData)
        if data.approved is None or data.approved.line.item != item:
            continue
        line = data.approved.line
        left = f"{_text(line.quantity - data.received)} {line.uom}"
        eta = data.promised.isoformat() if data.promised else ""
        coming.append(Inbound(stored.key, left, eta, stored.state))
    return tuple(coming), len(found) == INBOUND_MAX


def replayed(reader: Reader, key: str, at: datetime, policies: Policies) -> tuple[str, StockData]:
    """Return state and data of a position as they were thought at an instant (bitemporal, 2.10).

    Its events recorded by then are taken through the table once more, with today's master data.
    Raises RefusalError `stock.history-long` beyond 1,000 events.
    """
    events = reader.events_of("W9", key, PAGE_MAX)
    if len(events) == PAGE_MAX and events[-1].recorded <= at:
        raise RefusalError("stock.history-long", "the position has too many events to look back")
    facts = Facts(reader, at)
    state, data = START, StockData()
    for event in events:
        if event.recorded > at:
            break
        moment = Moment(
            machine="W9",
            key=key,
            state=state,
            data=data,
            event_type=event.type,
            payload=read_payload("W9", event.type, event.payload),
            now=event.recorded,
            entered_at=event.recorded,
            facts=facts,
            policies=policies,
        )
        taken = choose(INVENTORY.candidates(state, event.type), moment)
        if taken is None:
            continue
        for effect in taken.action(moment) if taken.action else ():
            if isinstance(effect, Keep):
                data = msgspec.structs.replace(data, **effect.changes)
        state = state if taken.to == SAME else taken.to
    return (Freshness.UNKNOWN if state == START else state), data
