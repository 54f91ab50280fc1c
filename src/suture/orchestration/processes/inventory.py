"""W9: the position of one item at one inventory location (spec 2.10, ADR 0024).

In: book positions of the ERP, counts, the silence of the source, requests and releases of demand
lines, receipts and uses of our own that the ERP has not reported yet. Out: grants (FEFO), refusals,
losses to a count or to a case of higher priority, grants to waiting lines when stock appears, count
tasks. Refuses to know: suppliers, the wire. On hand = last book position + our postings not yet in
it. One instance decides alone, so reserved never exceeds on hand (I4).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import msgspec

from suture.documents.erp import ErpStock
from suture.documents.events import (
    EvaluationCompleted,
    ExceptionRaised,
    PositionChanged,
    ReservationLost,
    ReservationRequested,
    StockConsumed,
    StockReceived,
)
from suture.documents.inventory import BookReported, Counted, VarianceFound
from suture.documents.supply import Lot
from suture.orchestration.decisions.availability import (
    Reservation,
    expected_on_hand,
    expiring,
    free_quantity,
    grant,
    rank,
    tolerance,
)
from suture.orchestration.definition import (
    START,
    Because,
    Effect,
    Effects,
    Emit,
    Keep,
    Moment,
    Place,
    Raise,
    Resolve,
)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = ("IMPLANT", "TISSUE")
"""Item classes of which every piece counts."""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt (positive) or use (negative) the book position does not show yet."""

    quantity: Fraction
    lots: tuple[Lot, ...] = ()
    at: datetime = _NEVER


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
    doubt: Fraction = Fraction(0)
    """How much less was counted than is expected, while the position is disputed."""
    dispute: str = ""
    """What the sources say, in words."""

    def total(self) -> Fraction:
        """Return what is thought to be there, in base units."""
        known = expected_on_hand(self.on_hand, (p.quantity for p in self.pending.values()))
        return known - self.doubt


M = Moment[StockData]

REPORTED_MAX = 200
"""References remembered per position: far more than are ever in flight at once."""


def item_of(key: str) -> str:
    """Return the item of a position's key."""
    return key.partition("@")[0]


def location_of(key: str) -> str:
    """Return the inventory location of a position's key."""
    return key.partition("@")[2]


def _is_exact(m: M) -> bool:
    item = m.facts.item(item_of(m.key))
    return item is None or (
        item.item_class in EXACT or item.is_lot_controlled or item.is_serial_controlled
    )


def rests_on(data: StockData) -> bool:
    """Return whether a critical line holds the position or waits for it."""
    lines = (*data.reservations.values(), *data.waiting.values())
    return any(x.criticality == "CRITICAL" for x in lines)


def _counts_for_critical(m: M) -> bool:
    """Return whether critical lines are served: only from what is freshly known (W9.003)."""
    return m.state == "FRESH"


# ---- guards


def newer_position(m: M) -> bool:
    """Return whether the report is newer than the position held."""
    return bool(m.payload.stock.version > m.data.version)


def stale_position(m: M) -> bool:
    """Return whether the report is old or a repetition."""
    return not newer_position(m)


def _expected_at(m: M, cut: datetime) -> Fraction:
    before = (p.quantity for p in m.data.pending.values() if p.at <= cut)
    return expected_on_hand(m.data.on_hand, before)


def settles(m: M) -> bool:
    """Return whether a count settles what is there: a newer one of the ERP, the first one at all,
    or one that agrees with the book within the tolerance."""
    told: Counted = m.payload
    if told.stock is not None:
        return newer_position(m)
    if not m.data.version:
        return True
    expected = _expected_at(m, told.as_of)
    return abs(told.quantity - expected) <= tolerance(expected, is_exact=_is_exact(m))


def old_snapshot(m: M) -> bool:
    """Return whether a snapshot of the ERP is not newer than what is held."""
    return m.payload.stock is not None and stale_position(m)


def differs(m: M) -> bool:
    """Return whether a count contradicts the book."""
    return m.payload.stock is None and not settles(m)


def too_old(m: M) -> bool:
    """Return whether the source has been silent for longer than the position stays fresh."""
    item = m.facts.item(item_of(m.key))
    is_critical = rests_on(m.data) or (item is not None and item.item_class in EXACT)
    silent = timedelta(seconds=m.payload.silent_s)
    return silent > m.policies.time.fresh(is_critical=is_critical)


def still_fresh(m: M) -> bool:
    """Return whether the position is fresh in spite of the silence."""
    return not too_old(m)


def source_gone(m: M) -> bool:
    """Return whether the source has been silent for so long that nothing is known any more."""
    return timedelta(seconds=m.payload.silent_s) > m.policies.time.hours("stock_gone_h")


def source_not_gone(m: M) -> bool:
    """Return whether the last figures still stand."""
    return not source_gone(m)


def was_reported(m: M) -> bool:
    """Return whether the source ever told this position."""
    return m.data.version > 0


def never_reported(m: M) -> bool:
    """Return whether the source never told this position."""
    return not was_reported(m)


def holds_nothing(m: M) -> bool:
    """Return whether nothing is there and nobody holds any of it."""
    return m.data.total() == 0 and not m.data.reservations


def holds_something(m: M) -> bool:
    """Return whether some is there, or held."""
    return not holds_nothing(m)


# ---- what the sources say


def _location(m: M) -> str:
    return location_of(m.key)


def _placed(m: M) -> Effects:
    where = m.facts.store(_location(m))
    yield Place(parent=item_of(m.key), facility=where.facility if where is not None else "")


def report(m: M) -> Effects:
    """Take a book position over; settle losses and serve the lines that wait (W9.002, .004)."""
    told: BookReported = m.payload
    yield from _book(m, told.stock, told.as_of, m.data.doubt, m.state in _KNOWN)


_KNOWN = (START, "FRESH", "STALE", "UNKNOWN")
"""States in which a report of the source makes the position fresh."""


def _book(
    m: M, stock: ErpStock, as_of: datetime, doubt: Fraction, serves_critical: bool
) -> Effects:
    ref = stock.cause_ref
    pending = {k: v for k, v in m.data.pending.items() if k != ref}
    reported = (*m.data.reported, ref)[-REPORTED_MAX:] if ref else m.data.reported
    item = m.facts.item(stock.item)
    data = msgspec.structs.replace(
        m.data,
        version=stock.version,
        as_of=as_of,
        on_hand=stock.on_hand,
        lots=stock.lots,
        safety=item.safety_stock if item else Fraction(0),
        pending=pending,
        reported=reported,
        doubt=doubt,
        dispute=m.data.dispute if doubt else "",
    )
    yield from _placed(m)
    yield Because(f"book position v{stock.version}: {stock.on_hand} on hand")
    yield from _settle(m, data, serves_critical)


def take_count(m: M) -> Effects:
    """Let a count settle the position: it wins at its cut, later postings stand (W9.001, .005)."""
    told: Counted = m.payload
    yield Resolve(_dedupe(m), "the position was counted")
    if told.stock is not None:
        yield from _book(m, told.stock, told.as_of, Fraction(0), serves_critical=True)
        return
    data = msgspec.structs.replace(
        m.data, as_of=max(told.as_of, m.data.as_of), doubt=Fraction(0), dispute=""
    )
    if not m.data.version:
        later = {k: v for k, v in m.data.pending.items() if v.at > told.as_of}
        data = msgspec.structs.replace(data, on_hand=told.quantity, lots=(), pending=later)
    yield from _placed(m)
    yield Because(f"{told.quantity} counted by {told.source or 'a person'}: the position stands")
    yield from _settle(m, data, serves_critical=True)


def contradict(m: M) -> Effects:
    """Hand a count that the book contradicts in as a variance; neither is believed (W9.026)."""
    told: Counted = m.payload
    expected = _expected_at(m, told.as_of)
    found = VarianceFound(
        expected=expected, counted=told.quantity, source=told.source or "count", by=told.by
    )
    yield Because(f"{told.quantity} counted where {expected} is expected")
    yield Emit("inventory.variance_found", "W9", m.key, found)


def _dedupe(m: M) -> str:
    return f"stock.disputed|{m.key}"


def _count_task(m: M, summary: str) -> Raise:
    lines = (*m.data.reservations.values(), *m.data.waiting.values())
    need = min((x.need_at for x in lines), default=None)
    return Raise(
        ExceptionRaised(
            family="RECON",
            code="stock.disputed",
            summary=summary,
            dedupe=_dedupe(m),
            machine="W9",
            key=m.key,
            facility=m.facility,
            need_at=need,
            owner="inventory lead",
            severity="urgent" if rests_on(m.data) else "normal",
            suggestion="Count the item at this place and post the count in the ERP; or, where the "
            "book is right, hand the count in (suture stock count).",
        )
    )


def dispute(m: M) -> Effects:
    """Believe the lower figure and ask for a count (W9.006, .027, .028)."""
    told: VarianceFound = m.payload
    text = f"{told.source} says {told.counted}, the book {told.expected}"
    doubt = max(told.expected - told.counted, Fraction(0))
    data = msgspec.structs.replace(m.data, doubt=doubt, dispute=text)
    yield Because(text)
    yield _count_task(m, f"stock position disputed: {m.key}: {text}")
    yield from _settle(m, data, serves_critical=False)


def moved_after_retirement(m: M) -> Effects:
    """Doubt a movement where the item was no longer held (W9.010)."""
    told: BookReported = m.payload
    text = f"{told.stock.on_hand} reported where the item was retired"
    yield _count_task(m, f"stock position disputed: {m.key}: {text}")
    yield Keep({"dispute": text})
    yield from _book(m, told.stock, told.as_of, Fraction(0), serves_critical=False)


def go_stale(m: M) -> Effects:
    """Serve no critical line from it any more (W9.003)."""
    yield Because(f"the source has been silent for {m.payload.silent_s // 60} min")


def lose_sight(m: M) -> Effects:
    """Say that the position is not known; zero is no substitute (W9.007)."""
    yield Because(f"the source has been silent for {m.payload.silent_s // 3600} h: blind spot")


def heard(m: M) -> Effects:
    """Trust the position again: its source answers and has no change to tell (W9.022, .023)."""
    yield Because("the source answers again and tells no change")
    yield from _settle(m, m.data, serves_critical=True)


def retire(m: M) -> Effects:
    """Hold the item here no longer; who waits here is not served from here (W9.009)."""
    yield Keep({"waiting": {}})
    yield Because(f"no longer held here: {m.payload.reason}")


def refuse_retirement(m: M) -> Effects:
    """Keep a position that is not empty (W9.029)."""
    yield Because(f"not retired: {m.data.total()} on hand, {len(m.data.reservations)} held")


# ---- who gets what


def _until(m: M, need_at: datetime) -> date:
    return (need_at + m.policies.time.hours("shelf_left_h")).date()


def _free(m: M, data: StockData, others: dict[str, Reservation], need_at: datetime) -> Fraction:
    free = free_quantity(data.total(), others, data.safety)
    return free - expiring(data.lots, others, _until(m, need_at))


def _settle(m: M, data: StockData, serves_critical: bool) -> Effects:
    """Drop reservations the stock no longer covers, then serve the waiting ones in rank order."""
    reservations = dict(data.reservations)
    effects: list[Effect] = []
    for line in sorted(reservations, key=lambda k: rank(reservations[k]), reverse=True):
        if sum((r.quantity for r in reservations.values()), Fraction(0)) <= data.total():
            break
        del reservations[line]
        lost = ReservationLost(reason="the counted stock is lower", location=_location(m))
        effects.append(Emit("reservation.lost", "W2", line, lost))
    waiting = dict(data.waiting)
    for line in sorted(waiting, key=lambda k: rank(waiting[k])):
        asked = waiting[line]
        if asked.criticality == "CRITICAL" and not serves_critical:
            continue
        if _free(m, data, reservations, asked.need_at) < asked.quantity:
            continue
        lots = grant(data.lots, reservations, asked.quantity, _until(m, asked.need_at))
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
    """Grant or refuse a reservation, first expiry first (W9.013, .014)."""
    asked: ReservationRequested = m.payload
    mine = Reservation(
        quantity=asked.quantity, need_at=asked.need_at, criticality=asked.criticality
    )
    others = {k: v for k, v in m.data.reservations.items() if k != asked.line}
    free = _free(m, m.data, others, asked.need_at)
    is_blind = asked.criticality == "CRITICAL" and not _counts_for_critical(m)
    counted = Fraction(0) if is_blind else free
    waiting = {k: v for k, v in m.data.waiting.items() if k != asked.line}
    answer = EvaluationCompleted(
        kind="availability",
        result="available" if counted >= asked.quantity else "short",
        quantity=asked.quantity,
        available=max(counted, Fraction(0)),
        stock_version=m.data.version,
        stock_as_of=m.data.as_of if m.data.as_of > _NEVER else None,
    )
    if counted >= asked.quantity:
        lots = grant(m.data.lots, others, asked.quantity, _until(m, asked.need_at))
        others[asked.line] = msgspec.structs.replace(mine, lots=lots)
        answer = msgspec.structs.replace(answer, lots=lots)
    elif asked.waits:
        waiting[asked.line] = mine
    yield from _placed(m)
    yield Keep({"reservations": others, "waiting": waiting})
    yield Because(_answer_text(m, asked, answer, free, is_blind))
    yield Emit("evaluation.completed", "W2", asked.line, answer)


def _answer_text(
    m: M, asked: ReservationRequested, answer: EvaluationCompleted, free: Fraction, is_blind: bool
) -> str:
    text = (
        f"{answer.result}: free {free} of {m.data.total()}, safety stock {m.data.safety}, "
        f"asked {asked.quantity}"
    )
    if not m.data.version:
        return text + " (position never reported)"
    known = "" if m.state == "FRESH" else f" (position {m.state}"
    return text + (known and known + (": not counted for a critical line)" if is_blind else ")"))


def release(m: M) -> Effects:
    """Give a line's stock back; waiting lines may get it (W9.015, .016)."""
    line = m.payload.line
    data = msgspec.structs.replace(
        m.data,
        reservations={k: v for k, v in m.data.reservations.items() if k != line},
        waiting={k: v for k, v in m.data.waiting.items() if k != line},
    )
    yield Because(m.payload.reason)
    yield from _settle(m, data, _counts_for_critical(m))


def receive(m: M) -> Effects:
    """Count a posted receipt until the book shows it; hold a line's share (W9.017, .018)."""
    told: StockReceived = m.payload
    pending = dict(m.data.pending)
    if told.ref not in m.data.reported and told.quantity:
        pending[told.ref] = Pending(quantity=told.quantity, lots=told.lots, at=m.now)
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
    yield from _settle(m, data, _counts_for_critical(m))


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
    """Count a use until the book shows the issue (W9.019, .020)."""
    told: StockConsumed = m.payload
    pending = dict(m.data.pending)
    if told.ref not in m.data.reported:
        pending[told.ref] = Pending(quantity=-told.quantity, at=m.now)
    data = msgspec.structs.replace(
        m.data,
        pending=pending,
        reservations=_less(m.data.reservations, told),
        waiting=_less(m.data.waiting, told),
    )
    yield Because(f"{told.quantity} used under {told.ref}")
    yield from _settle(m, data, _counts_for_critical(m))
