"""Opening stock of the ERP: what lies where, in which lots (spec 7.6 `Inventory`).

In: a seed, items, cards. Out: rows of stock.json. Refuses to know: reservations and the hub. Items
of scripted cases have the quantity their story asks for; a few general consumables run short.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from suture.simulation.generator.organisation import FACILITIES
from suture.simulation.generator.storyline import BY_KEY
from suture.simulation.generator.stream import Stream

Row = dict[str, Any]

EMPTY_PER_MILLE = 40
"""Shelves of general consumables that are empty at the start."""
BATCH = 20
"""Base units per lot of a general item at most."""


def _lots(stream: Stream, item: Row, quantity: int, start: date) -> list[Row]:
    serial = bool(item["serial_controlled"])
    lots = []
    left = quantity
    while left > 0:
        taken = 1 if serial else min(left, BATCH if quantity < 100 else 200)
        expiry = start + timedelta(days=stream.between(200, 1100))
        name = f"L{stream.between(0, 16**5 - 1):05X}"
        lot = {"lot": name, "expiry": expiry.isoformat(), "quantity": str(taken)}
        if serial:
            lot["serial"] = f"S{stream.between(100000, 999999)}"
        lots.append(lot)
        left -= taken
    return sorted(lots, key=lambda lot: (lot["expiry"], lot["lot"]))


def _quantity(stream: Stream, item: Row) -> int:
    if item["key"] in BY_KEY:
        return BY_KEY[item["key"]].stock
    if item["item_class"] == "IMPLANT":
        return stream.between(3, 6)
    if stream.chance(EMPTY_PER_MILLE):
        return 0
    return stream.between(2, 6) * 10


def opening(seed: int, items: list[Row], start: date) -> list[Row]:
    """Return one row per item and operating-room store, sorted; empty shelves have no lots."""
    rows = []
    for item in items:
        for facility in FACILITIES:
            stream = Stream(seed, f"stock/{item['key']}/{facility.code}")
            quantity = _quantity(stream, item)
            rows.append(
                {
                    "item": item["key"],
                    "location": facility.inventory_location,
                    "lots": _lots(stream, item, quantity, start),
                }
            )
    return rows
