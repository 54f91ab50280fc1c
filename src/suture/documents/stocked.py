"""What the stock reports of all standards share: their parts by lot, and the check before writing.

In: stock reports, or rows of one lot each. Out: lots, whole lines, refusals. Refuses to know:
standards. A line is written as a row for each lot and one for what is in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fractions import Fraction

import msgspec

from suture.core.refusal import RefusalError
from suture.documents.supply import Lot, StockLine, StockReport


def as_of_utc(report: StockReport) -> datetime:
    """Return the time of a report that can be written, in UTC; raises RefusalError otherwise.

    `supply.missing` for a report that does not say whose stock it is or of which item;
    `supply.changed` for a time without offset.
    """
    if not report.supplier and not report.facility:
        note = "a stock report says whose stock it is: supplier or facility"
        raise RefusalError("supply.missing", note, path="supplier")
    for number, line in enumerate(report.lines):
        if not (line.item or line.gtin or line.catalog_no):
            note = "a stock line names its item"
            raise RefusalError("supply.missing", note, path=f"lines[{number}]")
    if report.as_of.tzinfo is None:
        note = "a time without offset is another one elsewhere"
        raise RefusalError("supply.changed", note, path="as_of")
    return report.as_of.astimezone(UTC)


def parts_of(line: StockLine) -> Iterator[Lot]:
    """Yield the lots of a line, and what is in none.

    Raises RefusalError for lots that are more than the line, or that do not say which they are.
    """
    rest = line.quantity - sum((lot.quantity for lot in line.lots), Fraction(0))
    if rest < 0 and line.lots:
        note = "the lots of a line are more than its quantity"
        raise RefusalError("supply.changed", note, path="lots")
    if not all(lots_in(lot) for lot in line.lots):
        note = "a lot has a number, a serial number or an expiry"
        raise RefusalError("supply.missing", note, path="lots")
    yield from line.lots
    if rest or not line.lots:
        yield Lot(quantity=rest)


def joined(rows: Iterable[StockLine]) -> list[StockLine]:
    """Return one line of the rows that say the same but for quantity and lot, in their order.

    A quantity in no lot that stands before those of lots is the whole, as GS1 has it in INVRPT; one
    behind them is the rest. Raises RefusalError `supply.unreadable` when that does not add up.
    """
    same: dict[tuple[str, ...], list[StockLine]] = {}
    for row in rows:
        key = (row.line, row.status, row.uom, row.item, row.gtin, row.catalog_no)
        same.setdefault(key, []).append(row)
    return [_whole(found) for found in same.values()]


def _whole(found: list[StockLine]) -> StockLine:
    first, lots = found[0], tuple(lot for row in found for lot in row.lots)
    if sum(not row.lots for row in found) > 1:
        note = "a line has several quantities of one status, and does not say of which lots"
        raise RefusalError("supply.unreadable", note)
    total = sum((row.quantity for row in found), Fraction(0))
    if not first.lots and lots:
        total -= first.quantity
        if total > first.quantity:
            note = "the lots of a line are more than its quantity"
            raise RefusalError("supply.unreadable", note)
        total = first.quantity
    return msgspec.structs.replace(first, quantity=total, lots=lots)


def lots_in(lot: Lot) -> tuple[Lot, ...]:
    """Return a lot that says which it is; nothing for a quantity in no lot."""
    return (lot,) if lot.lot or lot.serial or lot.expiry else ()
