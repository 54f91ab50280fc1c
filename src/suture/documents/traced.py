"""Joins the rows of a shipment or a scan that speak of the same order line.

In: rows, one per lot, serial or pack. Out: one row per order line and unit, with all its lots.
Refuses to know: formats, what was ordered. A shipped or counted line is one thing downstream: a
second row of the same line would be taken for a repetition of the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TypeVar

import msgspec

from suture.documents.supply import CountedLine, ShippedLine

MIXED_DEVICES = "mixed device identifiers"
"""Condition of a counted line whose labels name different devices: one of them is not ordered."""

Row = TypeVar("Row", ShippedLine, CountedLine)


def shipped_by_line(rows: Iterable[ShippedLine]) -> tuple[ShippedLine, ...]:
    """Return one shipped line per order line and unit, in the order of their first rows."""
    return tuple(
        msgspec.structs.replace(_summed(same), gtin=_first(row.gtin for row in same))
        for same in _by_line(rows)
    )


def counted_by_line(rows: Iterable[CountedLine]) -> tuple[CountedLine, ...]:
    """Return one counted line per order line and unit; what is wrong with a row is kept."""
    return tuple(_counted(same) for same in _by_line(rows))


def _counted(same: list[CountedLine]) -> CountedLine:
    devices = {row.device_identifier for row in same if row.device_identifier}
    condition = next((row.condition for row in same if row.condition != "ok"), "ok")
    if len(devices) > 1 and condition == "ok":
        condition = MIXED_DEVICES
    return msgspec.structs.replace(
        _summed(same),
        device_identifier=_first(row.device_identifier for row in same),
        condition=condition,
    )


def _by_line(rows: Iterable[Row]) -> list[list[Row]]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.po_number, row.line, row.uom), []).append(row)
    return list(found.values())


def _summed(same: list[Row]) -> Row:
    return msgspec.structs.replace(
        same[0],
        quantity=sum((row.quantity for row in same), Fraction(0)),
        lots=tuple(lot for row in same for lot in row.lots),
    )


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")
