"""The position of one item at one place: what is kept of it, and the conditions of its rules.

In: events of W9. Out: data, guards. Refuses to know: what is done (`inventory`), which rule stands
where (`inventory_table`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import msgspec

from suture.documents.inventory import Counted
from suture.documents.supply import Lot
from suture.orchestration.decisions.availability import (
    Reservation,
    expected_on_hand,
    tolerance,
)
from suture.orchestration.definition import Moment

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = ("IMPLANT", "TISSUE")
"""Item classes of which every piece counts."""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt (positive) or use (negative) the book position does not show yet."""

    quantity: Fraction
    lots: tuple[Lot, ...] = ()
    at: datetime = NEVER


class StockData(msgspec.Struct, frozen=True, kw_only=True):
    """Position, reservations and the lines that wait."""

    version: int = 0
    as_of: datetime = NEVER
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


def is_exact(m: M) -> bool:
    """Return whether every piece of the item counts: implants, tissue, what is traced."""
    item = m.facts.item(item_of(m.key))
    return item is None or (
        item.item_class in EXACT or item.is_lot_controlled or item.is_serial_controlled
    )


def rests_on(data: StockData) -> bool:
    """Return whether a critical line holds the position or waits for it."""
    lines = (*data.reservations.values(), *data.waiting.values())
    return any(x.criticality == "CRITICAL" for x in lines)


def counts_for_critical(m: M) -> bool:
    """Return whether critical lines are served: only from what is freshly known (W9.003)."""
    return m.state == "FRESH"


# ---- guards


def newer_position(m: M) -> bool:
    """Return whether the report is newer than the position held."""
    return bool(m.payload.stock.version > m.data.version)


def stale_position(m: M) -> bool:
    """Return whether the report is old or a repetition."""
    return not newer_position(m)


def expected_at(m: M, cut: datetime) -> Fraction:
    """Return what should have been there at an instant: the book and our postings until then."""
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
    expected = expected_at(m, told.as_of)
    return abs(told.quantity - expected) <= tolerance(expected, is_exact=is_exact(m))


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
