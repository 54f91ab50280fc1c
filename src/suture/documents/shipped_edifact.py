"""A ship notice as EDIFACT DESADV (D.01B), written and read back.

In: a ship notice with its addressing, or bytes. Out: bytes, or ship notices and problems. Refuses
to know: orders and stock, and how packages stand in each other. Places by spec 2.0.8.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unreadable
from suture.documents.edifact_parts import composed, day_in, interchange_parties, messages_of, nad
from suture.documents.partner import Addressing
from suture.documents.shipped_x12 import lots_of
from suture.documents.supply import Lot, ShipNotice, ShippedLine
from suture.documents.taken import Taken
from suture.documents.traced import shipped_by_line
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.write import WrittenSegment

_CANCELLATION: Final = "1"
_SENT: Final = "12"
_EXPIRY: Final = "361"
_DAYS: Final = {"11": "shipped", "17": "expected"}
"""2005: despatch, estimated delivery."""


def write(notice: ShipNotice, addressing: Addressing) -> bytes:
    """Return the interchange with one DESADV; raises RefusalError for what cannot be written."""
    function = _CANCELLATION if notice.is_cancel else "9"
    segments: list[WrittenSegment] = [
        build.bgm("351", notice.shipment, function),
        build.dtm("137", addressing.at.date()),
    ]
    for code, day in (("11", notice.shipped), ("17", notice.expected)):
        if day is not None:
            segments.append(build.dtm(code, day))
    if notice.tracking:
        segments.append(build.rff("CN", notice.tracking))
    segments += nad("SU", notice.supplier, "92", "", addressing.charset)
    segments.append(["CPS", "1"])
    if notice.sscc:
        segments += [["PAC", str(len(notice.sscc))], build.pci("33E")]
        segments += [build.gin("BJ", number) for number in notice.sscc]
    for number, line in enumerate(notice.lines, start=1):
        segments += _line(line, str(number))
    segments.append(build.cnt("2", len(notice.lines)))
    return composed("DESADV", segments, addressing)


def _line(line: ShippedLine, number: str) -> list[WrittenSegment]:
    segments = [build.lin(number, line.gtin)]
    if line.catalog_no:
        segments.append(build.pia("5", (line.catalog_no, "SA")))
    segments.append(build.qty(_SENT, line.quantity, unit_out(line.uom)))
    segments.append(build.rff("ON", line.po_number, line.line))
    list(lots_of(line))  # refuses lots that are more than the line
    for lot in line.lots:
        segments.append(build.pci("36E"))
        if lot.expiry is not None:
            segments.append(build.dtm(_EXPIRY, lot.expiry))
        segments.append(build.qty(_SENT, lot.quantity))
        for kind, value in (("BX", lot.lot), ("BN", lot.serial)):
            if value:
                segments.append(build.gin(kind, value))
    return segments


def read(data: bytes) -> tuple[list[ShipNotice], list[Problem]]:
    """Return the notice of each DESADV, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "DESADV", problems):
        try:
            found.append(_notice(message, parties[0], problems))
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
    return found, problems


def _notice(message: edifact.Message, sender: str, problems: list[Problem]) -> ShipNotice:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head = taken.first(tree, "BGM")
    if head is None or not head.value(2):
        raise RefusalError("supply.unreadable", "a ship notice has its number in BGM")
    supplier, tracking = taken.first(tree, "NAD", "SU"), taken.first(tree, "RFF", "CN")
    rows: list[ShippedLine] = []
    codes: list[str] = []
    for package in taken.loops(tree, "CPS"):
        codes += _codes(taken, package)
        rows += [_row(taken, group) for group in taken.loops(package, "LIN")]
    notice = ShipNotice(
        shipment=head.value(2),
        supplier=(supplier.value(2) if supplier is not None else "") or sender,
        lines=shipped_by_line(rows),
        sscc=tuple(dict.fromkeys(codes)),
        tracking=tracking.value(1, 2) if tracking is not None else "",
        is_cancel=head.value(3) == _CANCELLATION,
        **{field: day_in(taken.first(tree, "DTM", code)) for code, field in _DAYS.items()},
    )
    taken.first(tree, "DTM", "137")
    taken.first(tree, "CNT")
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return notice


def _codes(taken: Taken[edifact.Segment], package: edifact.SegmentGroup) -> list[str]:
    """Return the SSCC of the packages of one level."""
    found: list[str] = []
    for packing in taken.loops(package, "PAC"):
        for marking in taken.loops(packing, "PCI"):
            for number in marking.within("GIN", "BJ"):
                opening = taken.opening(number)
                found += [opening.value(n) for n in range(2, len(opening.elements))]
    return found


def _row(taken: Taken[edifact.Segment], group: edifact.SegmentGroup) -> ShippedLine:
    start = group.opening
    amount, order = taken.first(group, "QTY", _SENT), taken.first(group, "RFF", "ON")
    if amount is None or order is None or not order.value(1, 2):
        note = "a sent line has its quantity in QTY 12 and its order in RFF ON"
        raise RefusalError("supply.unreadable", note)
    number = taken.first(group, "PIA", "5")
    is_ours = number is not None and number.value(2, 2) == "SA"
    quantity = edifact.quantity(amount.value(1, 2))
    if quantity < 0:
        raise RefusalError("supply.unreadable", "a shipped quantity is not below zero")
    marked = [loop for loop in taken.loops(group, "PCI") if loop.opening.value(1) == "36E"]
    return ShippedLine(
        po_number=order.value(1, 2),
        line=order.value(1, 3) or start.value(1),
        quantity=quantity,
        uom=unit_in(amount.value(1, 3)),
        lots=tuple(_lot(taken, loop, quantity if len(marked) == 1 else None) for loop in marked),
        gtin=start.value(3),
        catalog_no=number.value(2) if number is not None and is_ours else "",
    )


def _lot(
    taken: Taken[edifact.Segment], marking: edifact.SegmentGroup, whole: Fraction | None
) -> Lot:
    """Return a lot; one that stands alone and says no quantity is of the whole line."""
    amount = taken.first(marking, "QTY", _SENT)
    lot, serial = taken.first(marking, "GIN", "BX"), taken.first(marking, "GIN", "BN")
    told = edifact.quantity(amount.value(1, 2)) if amount is not None else whole
    return Lot(
        quantity=told if told is not None else Fraction(0),
        lot=lot.value(2) if lot is not None else "",
        serial=serial.value(2) if serial is not None else "",
        expiry=day_in(taken.first(marking, "DTM", _EXPIRY)),
    )
