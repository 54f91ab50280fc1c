"""A receipt advice as EDIFACT RECADV (D.01B), written and read back.

In: a receipt advice with its addressing, or bytes. Out: bytes, or advices and problems. Refuses to
know: orders, stock, what is done about a shortage. RECADV has no date below a package mark, so
the expiry of a lot is carried where its line has one lot.
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
from suture.documents.supply import Lot, ReceiptAdvice, ShippedLine
from suture.documents.taken import Taken
from suture.documents.traced import shipped_by_line
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.write import WrittenSegment

_RECEIVED: Final = "194"
_GOODS_RECEIPT: Final = "50"
_EXPIRY: Final = "361"


def write(advice: ReceiptAdvice, addressing: Addressing) -> bytes:
    """Return the interchange with one RECADV; raises RefusalError for what cannot be written."""
    segments: list[WrittenSegment] = [
        build.bgm("632", advice.receipt),
        build.dtm("137", addressing.at.date()),
        build.dtm(_GOODS_RECEIPT, advice.received),
    ]
    if advice.shipment:
        segments.append(build.rff("DQ", advice.shipment))
    segments += nad("SU", advice.supplier, "92", "", addressing.charset)
    segments.append(["CPS", "1"])
    for number, line in enumerate(advice.lines, start=1):
        segments += _line(line, str(number))
    segments.append(build.cnt("2", len(advice.lines)))
    return composed("RECADV", segments, addressing)


def _line(line: ShippedLine, number: str) -> list[WrittenSegment]:
    segments = [build.lin(number, line.gtin)]
    if line.catalog_no:
        segments.append(build.pia("5", (line.catalog_no, "SA")))
    segments.append(build.qty(_RECEIVED, line.quantity, unit_out(line.uom)))
    if len(line.lots) == 1 and line.lots[0].expiry is not None:
        segments.append(build.dtm(_EXPIRY, line.lots[0].expiry))
    segments.append(build.rff("ON", line.po_number, line.line))
    list(lots_of(line))  # refuses lots that are more than the line
    for lot in line.lots:
        segments += [build.pci("36E"), build.qty(_RECEIVED, lot.quantity)]
        for kind, value in (("BX", lot.lot), ("BN", lot.serial)):
            if value:
                segments.append(build.gin(kind, value))
    return segments


def read(data: bytes) -> tuple[list[ReceiptAdvice], list[Problem]]:
    """Return the advice of each RECADV, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "RECADV", problems):
        try:
            found.append(_advice(message, parties[1], problems))
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
    return found, problems


def _advice(message: edifact.Message, receiver: str, problems: list[Problem]) -> ReceiptAdvice:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head, issued = taken.first(tree, "BGM"), day_in(taken.first(tree, "DTM", "137"))
    received = day_in(taken.first(tree, "DTM", _GOODS_RECEIPT)) or issued
    if head is None or not head.value(2) or received is None:
        note = "a receipt advice has its number in BGM and its date in DTM 50 or 137"
        raise RefusalError("supply.unreadable", note)
    supplier, shipment = taken.first(tree, "NAD", "SU"), taken.first(tree, "RFF", "DQ")
    packages = taken.loops(tree, "CPS")
    rows = [_row(taken, line) for package in packages for line in taken.loops(package, "LIN")]
    advice = ReceiptAdvice(
        receipt=head.value(2),
        supplier=(supplier.value(2) if supplier is not None else "") or receiver,
        received=received,
        lines=shipped_by_line(rows),
        shipment=shipment.value(1, 2) if shipment is not None else "",
    )
    taken.first(tree, "CNT")
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return advice


def _row(taken: Taken[edifact.Segment], group: edifact.SegmentGroup) -> ShippedLine:
    start = group.opening
    amount, order = taken.first(group, "QTY", _RECEIVED), taken.first(group, "RFF", "ON")
    if amount is None or order is None or not order.value(1, 2):
        note = "a received line has its quantity in QTY 194 and its order in RFF ON"
        raise RefusalError("supply.unreadable", note)
    number = taken.first(group, "PIA", "5")
    is_ours = number is not None and number.value(2, 2) == "SA"
    marked = [loop for loop in taken.loops(group, "PCI") if loop.opening.value(1) == "36E"]
    expiry = taken.first(group, "DTM", _EXPIRY) if len(marked) == 1 else None
    return ShippedLine(
        po_number=order.value(1, 2),
        line=order.value(1, 3) or start.value(1),
        quantity=edifact.quantity(amount.value(1, 2)),
        uom=unit_in(amount.value(1, 3)),
        lots=tuple(_lot(taken, marking, expiry) for marking in marked),
        gtin=start.value(3),
        catalog_no=number.value(2) if number is not None and is_ours else "",
    )


def _lot(
    taken: Taken[edifact.Segment], marking: edifact.SegmentGroup, expiry: edifact.Segment | None
) -> Lot:
    amount = taken.first(marking, "QTY", _RECEIVED)
    lot, serial = taken.first(marking, "GIN", "BX"), taken.first(marking, "GIN", "BN")
    return Lot(
        quantity=edifact.quantity(amount.value(1, 2)) if amount is not None else Fraction(0),
        lot=lot.value(2) if lot is not None else "",
        serial=serial.value(2) if serial is not None else "",
        expiry=day_in(expiry),
    )
