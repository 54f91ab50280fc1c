"""A ship notice as X12 856, written and read back.

In: a ship notice with its addressing, or bytes. Out: bytes, or ship notices and problems. Refuses
to know: orders and stock. Levels are shipment, order, item; a lot is an item level of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.partner import Addressing
from suture.documents.supplier_x12 import supplier_segment, supplier_sets
from suture.documents.supply import Lot, ShipNotice, ShippedLine
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of

_KNOWN: Final = frozenset(
    {
        *("BSN", "HL", "PRF", "LIN", "SN1", "CTT", "N1*VN"),
        *("REF*CN", "MAN*GM", "DTM*011", "DTM*017", "DTM*036"),
    }
)


def write(notice: ShipNotice, addressing: Addressing) -> bytes:
    """Return the interchange with one 856; raises RefusalError for what cannot be written."""
    at = addressing.at
    purpose = "01" if notice.is_cancel else "00"
    segments = [
        ["BSN", purpose, notice.shipment, day_text(at.date()), f"{at:%H%M}"],
        ["HL", "1", "", "S", "1" if notice.lines else "0"],
    ]
    if notice.tracking:
        segments.append(["REF", "CN", notice.tracking])
    segments += [["MAN", "GM", number] for number in notice.sscc]
    for code, day in (("011", notice.shipped), ("017", notice.expected)):
        if day is not None:
            segments.append(["DTM", code, day_text(day)])
    segments.append(supplier_segment(notice.supplier))
    segments += _levels(notice)
    return composed("856", [*segments, ["CTT", str(len(notice.lines))]], addressing)


def _levels(notice: ShipNotice) -> Segments:
    """Return the order and item levels; lines stay in their order."""
    segments: Segments = []
    number, order, po_number = 1, 0, None
    for line in notice.lines:
        if line.po_number != po_number:
            number, po_number = number + 1, line.po_number
            order = number
            segments += [["HL", str(number), "1", "O", "1"], ["PRF", line.po_number]]
        for lot in lots_of(line):
            number += 1
            segments.append(["HL", str(number), str(order), "I", "0"])
            segments += _item(line, lot)
    return segments


def lots_of(line: ShippedLine) -> Iterator[Lot]:
    """Yield the lots of a line, and what is in none of them; raises RefusalError for too many."""
    rest = line.quantity - sum((lot.quantity for lot in line.lots), Fraction(0))
    if rest < 0:
        note = "the lots of a line are more than its quantity"
        raise RefusalError("supply.changed", note, path="lots")
    yield from line.lots
    if rest or not line.lots:
        yield Lot(quantity=rest)


def _item(line: ShippedLine, lot: Lot) -> Segments:
    values = (("PL", line.line), ("UK", line.gtin), ("VC", line.catalog_no))
    held = (*values, ("LT", lot.lot), ("SN", lot.serial))
    pairs = [part for code, value in held if value for part in (code, value)]
    segments = [
        ["LIN", line.line, *pairs],
        ["SN1", "", quantity_of(lot.quantity, "SN1-2"), line.uom],
    ]
    if lot.expiry is not None:
        segments.append(["DTM", "036", day_text(lot.expiry)])
    return segments


def read(data: bytes) -> tuple[list[ShipNotice], list[Problem]]:
    """Return the notice of each 856, and problems with segment and byte."""
    return supplier_sets(data, "856", _KNOWN)
