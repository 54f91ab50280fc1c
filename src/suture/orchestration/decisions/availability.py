"""Projected availability and reservation by priority (spec 2.0.12, 2.3 `Rules`).

In: a position, reservations, a request. Out: what is free, which lots are granted. Refuses to know:
who asks. Inbound orders are not counted here: a line on order waits for its own receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
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


def grant(
    lots: Iterable[Lot], reservations: Mapping[str, Reservation], quantity: Fraction
) -> tuple[Lot, ...]:
    """Return lots for a quantity, first expiry first, leaving out what others hold (FEFO).

    Fewer lots than the quantity are returned when the position is not lot-traced.
    """
    held: dict[tuple[str, str], Fraction] = {}
    for reservation in reservations.values():
        for lot in reservation.lots:
            name = (lot.lot, lot.serial)
            held[name] = held.get(name, Fraction(0)) + lot.quantity
    granted: list[Lot] = []
    missing = quantity
    for lot in sorted(lots, key=lambda x: (x.expiry or date.max, x.lot, x.serial)):
        if missing <= 0:
            break
        taken = min(missing, lot.quantity - held.get((lot.lot, lot.serial), Fraction(0)))
        if taken > 0:
            granted.append(msgspec.structs.replace(lot, quantity=taken))
            missing -= taken
    return tuple(granted)
