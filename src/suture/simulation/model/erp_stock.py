"""What the ERP has on its shelves: item, location, lots, in base units.

In: opening rows, packaging trees, movements. Out: positions with a version per movement. Refuses to
know: documents, prices, time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from suture.simulation.number import quantity, quantity_text

Row = dict[str, Any]
LotKey = tuple[str, str]
"""(lot, serial)."""


class ShortageError(Exception):
    """Not enough on the shelf; nothing was moved."""


@dataclass(slots=True)
class Shelf:
    """One item at one location."""

    item: str
    location: str
    version: int = 0
    lots: dict[LotKey, Row] = field(default_factory=dict)
    """Lot and serial -> {expiry, quantity}; quantity is a Fraction."""

    @property
    def on_hand(self) -> Fraction:
        """Sum of the lots."""
        return sum((lot["quantity"] for lot in self.lots.values()), Fraction(0))

    def put(self, key: LotKey, expiry: str | None, count: Fraction) -> None:
        """Add a quantity to a lot."""
        lot = self.lots.setdefault(key, {"expiry": expiry, "quantity": Fraction(0)})
        lot["quantity"] += count

    def take(self, count: Fraction, lot: str = "", serial: str = "") -> None:
        """Take a quantity, the named lot first, then first expiry first; raises ShortageError."""
        if count > self.on_hand:
            raise ShortageError
        order = sorted(
            self.lots,
            key=lambda key: (
                not (lot and key[0] == lot and serial in ("", key[1])),
                not (lot and key[0] == lot),
                self.lots[key]["expiry"] or "9999",
                key,
            ),
        )
        for key in order:
            taken = min(count, self.lots[key]["quantity"])
            self.lots[key]["quantity"] -= taken
            count -= taken
            if not self.lots[key]["quantity"]:
                del self.lots[key]
            if not count:
                return

    def view(self) -> Row:
        """Return the position as JSON."""
        lots = [
            {
                "lot": key[0],
                "serial": key[1],
                "expiry": lot["expiry"],
                "quantity": quantity_text(lot["quantity"]),
            }
            for key, lot in sorted(self.lots.items())
        ]
        return {
            "item": self.item,
            "location": self.location,
            "version": self.version,
            "on_hand": quantity_text(self.on_hand),
            "lots": lots,
        }


class Shelves:
    """Every shelf, and how many base units each unit of an item holds."""

    def __init__(self, items: list[Row]) -> None:
        self._factors = {row["key"]: _factors(row["packaging"]) for row in items}
        self._shelves: dict[tuple[str, str], Shelf] = {}

    def knows(self, item: str) -> bool:
        """Tell if the item is in the item master."""
        return item in self._factors

    def base(self, item: str, count: Fraction, uom: str) -> Fraction:
        """Return base units; raises ValueError for a unit the item does not have."""
        factor = self._factors.get(item, {}).get(uom)
        if factor is None:
            raise ValueError("the item has no such unit")
        return count * factor

    def shelf(self, item: str, location: str) -> Shelf:
        """Return the shelf, empty when it is new."""
        return self._shelves.setdefault((item, location), Shelf(item, location))

    def open(self, rows: list[Row]) -> list[Shelf]:
        """Fill the shelves with the opening stock and return them in order."""
        for row in rows:
            shelf = self.shelf(row["item"], row["location"])
            for lot in row["lots"]:
                key = (lot["lot"], lot.get("serial", ""))
                shelf.put(key, lot["expiry"], quantity(lot["quantity"]))
            shelf.version = 1
        return self.all()

    def all(self) -> list[Shelf]:
        """Return every shelf, sorted."""
        return [self._shelves[key] for key in sorted(self._shelves)]


def _factors(packaging: list[Row]) -> dict[str, Fraction]:
    """Return unit -> base units; levels come base first in the master file or in any order."""
    factors: dict[str, Fraction] = {}
    for _ in packaging:
        for level in packaging:
            below = Fraction(1) if level["of"] is None else factors.get(level["of"])
            if below is not None:
                factors[level["uom"]] = quantity(level["contains"]) * below
    return factors
