"""Projected availability and reservation by priority (spec 2.0.12, 2.3 `Rules`).

In: a position, reservations, a request. Out: what is free, which lots are granted. Refuses to know:
who asks. Inbound orders are not counted here: a line on order waits for its own receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

import msgspec

from suture.documents.supply import Lot

_CRITICALITY = {"CRITICAL": 0, "REQUIRED": 1, "OPTIONAL": 2}


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity held for one demand line."""

    quantity: Fraction
    need_at: datetime
    criticality: str
    lots: tuple[Lot, ...] = ()


def rank(reservation: Reservation) -> tuple[datetime, int]:
    """Return the sort key of shared stock: earlier need first, then higher criticality."""
    return reservation.need_at, _CRITICALITY.get(reservation.criticality, 3)


def expected_on_hand(book: Fraction, pending: Iterable[Fraction]) -> Fraction:
    """Return the book position plus our postings it does not show yet."""
    return book + sum(pending, Fraction(0))


def free_quantity(
    on_hand: Fraction, reservations: Mapping[str, Reservation], safety_stock: Fraction
) -> Fraction:
    """Return on hand less reservations less safety stock; may be negative."""
    held = sum((r.quantity for r in reservations.values()), Fraction(0))
    return on_hand - held - safety_stock


def _held(reservations: Mapping[str, Reservation]) -> dict[tuple[str, str], Fraction]:
    held: dict[tuple[str, str], Fraction] = {}
    for reservation in reservations.values():
        for lot in reservation.lots:
            name = (lot.lot, lot.serial)
            held[name] = held.get(name, Fraction(0)) + lot.quantity
    return held


def is_usable(lot: Lot, until: date) -> bool:
    """Return whether a lot may still be used on a day; one without an expiry always may."""
    return lot.expiry is None or lot.expiry >= until


def expiring(lots: Iterable[Lot], reservations: Mapping[str, Reservation], until: date) -> Fraction:
    """Return how much that nobody holds may not be used any more on the day of the need."""
    held = _held(reservations)
    left = (
        lot.quantity - held.get((lot.lot, lot.serial), Fraction(0))
        for lot in lots
        if not is_usable(lot, until)
    )
    return sum((max(x, Fraction(0)) for x in left), Fraction(0))


def grant(
    lots: Iterable[Lot],
    reservations: Mapping[str, Reservation],
    quantity: Fraction,
    until: date = date.min,
) -> tuple[Lot, ...]:
    """Return lots for a quantity, first expiry first, leaving out what others hold (FEFO).

    Lots that may not be used any more on the day `until` are left out. Fewer lots than the quantity
    are returned when the position is not lot-traced.
    """
    held = _held(reservations)
    granted: list[Lot] = []
    missing = quantity
    for lot in sorted(lots, key=lambda x: (x.expiry or date.max, x.lot, x.serial)):
        if missing <= 0:
            break
        if not is_usable(lot, until):
            continue
        taken = min(missing, lot.quantity - held.get((lot.lot, lot.serial), Fraction(0)))
        if taken > 0:
            granted.append(msgspec.structs.replace(lot, quantity=taken))
            missing -= taken
    return tuple(granted)


def tolerance(expected: Fraction, *, is_exact: bool) -> Fraction:
    """Return by how much two sources may differ: 2 %, at least 1 unit; nothing where exact (2.10).

    Exact are implants and what is controlled by lot or serial number.
    """
    return Fraction(0) if is_exact else max(Fraction(1), abs(expected) / 50)


class Freshness(StrEnum):
    """How well a position is known (spec 2.10, its states)."""

    FRESH = "FRESH"
    STALE = "STALE"
    UNKNOWN = "UNKNOWN"
    DISPUTED = "DISPUTED"
    RETIRED = "RETIRED"


def freshness(state: str, silence: timedelta, fresh: timedelta, gone: timedelta) -> Freshness:
    """Return what a position is worth now: its state, and how long its source has been silent.

    A position is judged when it is read, so no timer runs for one that nobody asks for.
    """
    held = Freshness(state)
    if held in (Freshness.UNKNOWN, Freshness.RETIRED) or silence > gone:
        return held if held is Freshness.RETIRED else Freshness.UNKNOWN
    if held is Freshness.DISPUTED:
        return held
    return Freshness.STALE if silence > fresh else held
