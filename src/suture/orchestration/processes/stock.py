"""STOCK: the position of one item at one inventory location (house machine, ADR 0014).

In: book positions from the ERP, requests and releases of demand lines, receipts and uses of our own
that the ERP has not reported yet. Out: grants (FEFO), refusals, losses to a count or to a case of
higher priority, grants to waiting lines when stock appears. Refuses to know: suppliers, documents.
On hand = last book position + our postings not yet in it. One instance decides alone, so reserved
never exceeds on hand (I4).
"""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import msgspec

from suture.documents.events import (
    EvaluationCompleted,
    PositionChanged,
    ReservationLost,
    ReservationRequested,
    StockConsumed,
    StockReceived,
    StockReported,
)
from suture.documents.supply import Lot
from suture.orchestration.decisions.availability import (
    Reservation,
    expected_on_hand,
    free_quantity,
    grant,
    rank,
)
from suture.orchestration.definition import (
    SAME,
    START,
    Because,
    Effect,
    Effects,
    Emit,
    Keep,
    Moment,
    Process,
    rule,
)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt (positive) or use (negative) the book position does not show yet."""

    quantity: Fraction
    lots: tuple[Lot, ...] = ()


class StockData(msgspec.Struct, frozen=True, kw_only=True):
    """Position, reservations and the lines that wait."""

    version: int = 0
    as_of: datetime = _NEVER
    on_hand: Fraction = Fraction(0)
    lots: tuple[Lot, ...] = ()
    safety: Fraction = Fraction(0)
    pending: dict[str, Pending] = {}
    reported: tuple[str, ...] = ()
    """References the book already shows, newest last; a late `stock.received` is not added."""
    reservations: dict[str, Reservation] = {}
    waiting: dict[str, Reservation] = {}


M = Moment[StockData]

REPORTED_MAX = 200
"""References remembered per position: far more than are ever in flight at once."""


def newer_position(m: M) -> bool:
    """Return whether the report is newer than the position held."""
    return bool(m.payload.stock.version > m.data.version)


def stale_position(m: M) -> bool:
    """Return whether the report is old or a repetition."""
    return not newer_position(m)


def _total(data: StockData) -> Fraction:
    return expected_on_hand(data.on_hand, (p.quantity for p in data.pending.values()))


def _location(m: M) -> str:
    return m.key.partition("@")[2]


def report(m: M) -> Effects:
    """Take a book position over; settle losses and serve the lines that wait (STOCK.001, .002)."""
    told: StockReported = m.payload
    ref = told.stock.cause_ref
    pending = {k: v for k, v in m.data.pending.items() if k != ref}
    reported = (*m.data.reported, ref)[-REPORTED_MAX:] if ref else m.data.reported
    item = m.facts.item(told.stock.item)
    data = msgspec.structs.replace(
        m.data,
        version=told.stock.version,
        as_of=told.as_of,
        on_hand=told.stock.on_hand,
        lots=told.stock.lots,
        safety=item.safety_stock if item else Fraction(0),
        pending=pending,
        reported=reported,
    )
    yield Because(f"book position v{told.stock.version}: {told.stock.on_hand} on hand")
    yield from _settle(m, data)


def _settle(m: M, data: StockData) -> Effects:
    """Drop reservations the stock no longer covers, then serve the waiting ones in rank order."""
    reservations = dict(data.reservations)
    effects: list[Effect] = []
    for line in sorted(reservations, key=lambda k: rank(reservations[k]), reverse=True):
        if sum((r.quantity for r in reservations.values()), Fraction(0)) <= _total(data):
            break
        del reservations[line]
        lost = ReservationLost(reason="the counted stock is lower", location=_location(m))
        effects.append(Emit("reservation.lost", "W2", line, lost))
    waiting = dict(data.waiting)
    for line in sorted(waiting, key=lambda k: rank(waiting[k])):
        asked = waiting[line]
        held = msgspec.structs.replace(data, reservations=reservations)
        if free_quantity(_total(held), reservations, data.safety) < asked.quantity:
            continue
        lots = grant(data.lots, reservations, asked.quantity)
        reservations[line] = msgspec.structs.replace(asked, lots=lots)
        del waiting[line]
        found = PositionChanged(
            location=_location(m), quantity=asked.quantity, lots=lots, stock_version=data.version
        )
        effects.append(Emit("inventory.position_changed", "W2", line, found))
    final = msgspec.structs.replace(data, reservations=reservations, waiting=waiting)
    yield Keep({f: getattr(final, f) for f in final.__struct_fields__})
    yield from effects


def ignore(m: M) -> Effects:
    """Record a position that is not newer."""
    yield Because(f"STALE_IGNORED: v{m.payload.stock.version} <= v{m.data.version}")


def decide_request(m: M) -> Effects:
    """Grant or refuse a reservation, first expiry first (STOCK.003, .004)."""
    asked: ReservationRequested = m.payload
    mine = Reservation(
        quantity=asked.quantity, need_at=asked.need_at, criticality=asked.criticality
    )
    others = {k: v for k, v in m.data.reservations.items() if k != asked.line}
    free = free_quantity(_total(m.data), others, m.data.safety)
    waiting = {k: v for k, v in m.data.waiting.items() if k != asked.line}
    answer = EvaluationCompleted(
        kind="availability",
        result="available" if free >= asked.quantity else "short",
        quantity=asked.quantity,
        available=max(free, Fraction(0)),
        stock_version=m.data.version,
        stock_as_of=m.data.as_of if m.data.version else None,
    )
    if free >= asked.quantity:
        lots = grant(m.data.lots, others, asked.quantity)
        others[asked.line] = msgspec.structs.replace(mine, lots=lots)
        answer = msgspec.structs.replace(answer, lots=lots)
    elif asked.waits:
        waiting[asked.line] = mine
    yield Keep({"reservations": others, "waiting": waiting})
    yield Because(
        f"{answer.result}: free {free} of {_total(m.data)}, safety stock {m.data.safety}, "
        f"asked {asked.quantity}" + ("" if m.data.version else " (position never reported)")
    )
    yield Emit("evaluation.completed", "W2", asked.line, answer)


def release(m: M) -> Effects:
    """Give a line's stock back; waiting lines may get it (STOCK.005)."""
    line = m.payload.line
    data = msgspec.structs.replace(
        m.data,
        reservations={k: v for k, v in m.data.reservations.items() if k != line},
        waiting={k: v for k, v in m.data.waiting.items() if k != line},
    )
    yield Because(m.payload.reason)
    yield from _settle(m, data)


def receive(m: M) -> Effects:
    """Count a posted receipt until the book shows it; hold what is meant for a line (STOCK.006)."""
    told: StockReceived = m.payload
    pending = dict(m.data.pending)
    if told.ref not in m.data.reported and told.quantity:
        pending[told.ref] = Pending(quantity=told.quantity, lots=told.lots)
    reservations, waiting = dict(m.data.reservations), dict(m.data.waiting)
    given: dict[str, Reservation] = {}
    for line, share in told.shares.items():
        waiting.pop(line, None)
        lots = grant(told.lots, given, share)
        given[line] = Reservation(
            quantity=share, need_at=told.need_at or m.now, criticality="CRITICAL", lots=lots
        )
    reservations |= given
    data = msgspec.structs.replace(
        m.data, pending=pending, reservations=reservations, waiting=waiting
    )
    yield Because(f"{told.quantity} received under {told.ref}")
    yield from _settle(m, data)


def _less(held: dict[str, Reservation], told: StockConsumed) -> dict[str, Reservation]:
    """Take a use off what is held for its line; the rest of the line stays held."""
    mine = held.get(told.line)
    rest = {k: v for k, v in held.items() if k != told.line}
    if mine is None or told.quantity >= mine.quantity:
        return rest
    left = mine.quantity - told.quantity
    named = sorted(mine.lots, key=lambda x: x.lot == told.lot)
    lots: list[Lot] = []
    missing = left
    for lot in named:
        taken = min(missing, lot.quantity)
        if taken > 0:
            lots.append(msgspec.structs.replace(lot, quantity=taken))
            missing -= taken
    rest[told.line] = msgspec.structs.replace(mine, quantity=left, lots=tuple(lots))
    return rest


def consume(m: M) -> Effects:
    """Count a use until the book shows the issue (STOCK.007)."""
    told: StockConsumed = m.payload
    pending = dict(m.data.pending)
    if told.ref not in m.data.reported:
        pending[told.ref] = Pending(quantity=-told.quantity)
    data = msgspec.structs.replace(
        m.data,
        pending=pending,
        reservations=_less(m.data.reservations, told),
        waiting=_less(m.data.waiting, told),
    )
    yield Because(f"{told.quantity} used under {told.ref}")
    yield from _settle(m, data)


ANY = ("UNREPORTED", "REPORTED")

STOCK = Process(
    machine="STOCK",
    title="Stock of one item at one location",
    states=ANY,
    terminal=(),
    data_type=StockData,
    rules=(
        rule("STOCK.001", START, "stock.position_reported", "REPORTED", do=report),
        rule(
            "STOCK.002", ANY, "stock.position_reported", "REPORTED", when=newer_position, do=report
        ),
        rule("STOCK.003", ANY, "stock.position_reported", SAME, when=stale_position, do=ignore),
        rule("STOCK.004", START, "stock.reservation_requested", "UNREPORTED", do=decide_request),
        rule("STOCK.005", ANY, "stock.reservation_requested", SAME, do=decide_request),
        rule("STOCK.006", START, "stock.reservation_released", "UNREPORTED", do=release),
        rule("STOCK.007", ANY, "stock.reservation_released", SAME, do=release),
        rule("STOCK.008", START, "stock.received", "UNREPORTED", do=receive),
        rule("STOCK.009", ANY, "stock.received", SAME, do=receive),
        rule("STOCK.010", START, "stock.consumed", "UNREPORTED", do=consume),
        rule("STOCK.011", ANY, "stock.consumed", SAME, do=consume),
    ),
)
