"""A receipt advice as X12 861, written and read back.

In: a receipt advice with its addressing, or bytes. Out: bytes, or advices and problems. Refuses to
know: orders, stock, what is done about a shortage. A lot is an RCD of its own; what was sent back
or found damaged (RCD04 and on) is stated and never read as received.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.partner import Addressing
from suture.documents.shipped_x12 import lots_of
from suture.documents.supplier_x12 import supplier_segment
from suture.documents.supply import Lot, ReceiptAdvice, ShippedLine
from suture.documents.taken import Taken
from suture.documents.traced import shipped_by_line
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of, sets_of
from suture.formats import x12

_ORIGINAL: Final = "00"
_DOCK_ADVICE: Final = "1"
"""BRA04: receiving dock advice, what arrived before it was inspected."""
_RECEIVED: Final = "050"
_EXPIRY: Final = "036"
_SHIPMENT: Final = "SI"
"""REF01: the shipper's number of the shipment."""
_BY_US: Final = "92"
"""N103: assigned by the buyer."""
_PRODUCTS: Final = frozenset({"PL", "UK", "VC", "LT", "SN"})
"""LIN02 and on: order line, GTIN, catalogue number, lot, serial."""


def write(advice: ReceiptAdvice, addressing: Addressing) -> bytes:
    """Return the interchange with one 861; raises RefusalError for what cannot be written."""
    issued = day_text(addressing.at.date())
    segments: Segments = [["BRA", advice.receipt, issued, _ORIGINAL, _DOCK_ADVICE]]
    if advice.shipment:
        segments.append(["REF", _SHIPMENT, advice.shipment])
    segments.append(["DTM", _RECEIVED, day_text(advice.received)])
    segments.append(supplier_segment(advice.supplier))
    rows = [(line, lot) for line in advice.lines for lot in lots_of(line)]
    for number, (line, lot) in enumerate(rows, start=1):
        segments += _row(line, lot, str(number))
    return composed("861", [*segments, ["CTT", str(len(rows))]], addressing)


def _row(line: ShippedLine, lot: Lot, number: str) -> Segments:
    values = (("PL", line.line), ("UK", line.gtin), ("VC", line.catalog_no))
    held = (*values, ("LT", lot.lot), ("SN", lot.serial))
    pairs = [part for code, value in held if value for part in (code, value)]
    segments = [["RCD", number, quantity_of(lot.quantity, "RCD-2"), line.uom]]
    if pairs:
        segments.append(["LIN", "", *pairs])
    if lot.expiry is not None:
        segments.append(["DTM", _EXPIRY, day_text(lot.expiry)])
    segments.append(["PRF", line.po_number])
    return segments


def read(data: bytes) -> tuple[list[ReceiptAdvice], list[Problem]]:
    """Return the advice of each 861, and problems with segment and byte."""
    interchange, problems = x12.parse(data)
    found = []
    for one in sets_of(interchange, "861", problems):
        try:
            advice = _advice(one, interchange.receiver.id, problems)
        except RefusalError as error:
            problems.append(unreadable("ST", error.text, one.offset))
            continue
        if advice is not None:
            found.append(advice)
    return found, problems


def _advice(
    found: x12.TransactionSet, receiver: str, problems: list[Problem]
) -> ReceiptAdvice | None:
    tree, taken = found.tree, Taken[x12.Segment]()
    head = taken.first(tree, "BRA")
    if head is None or not head.element(1):
        raise RefusalError("supply.unreadable", "a receipt advice has its number in BRA")
    if head.element(3) != _ORIGINAL:
        note = "only an original advice is read: a change or a withdrawal is no receipt"
        problems.append(unread(head.path(3), head.offset, note))
        return None
    received = _day(taken.first(tree, "DTM", _RECEIVED), 2) or _day(head, 2)
    if received is None:
        note = "a receipt advice has its date in DTM 050 or in BRA02"
        raise RefusalError("supply.unreadable", note)
    shipment = taken.first(tree, "REF", _SHIPMENT)
    advice = ReceiptAdvice(
        receipt=head.element(1),
        supplier=_supplier(taken, tree) or receiver,
        received=received,
        lines=shipped_by_line(_rows(taken, tree, problems)),
        shipment=shipment.element(2) if shipment is not None else "",
    )
    taken.first(tree, "CTT")
    problems += taken.left(found.segments[1:-1])
    return advice


def _supplier(taken: Taken[x12.Segment], tree: x12.Loop) -> str:
    """Return the supplier by the buyer's number; a party of another list stays untaken."""
    for loop in tree.within("N1", "VN"):
        if loop.opening.element(3) == _BY_US:
            return taken.opening(loop).element(4)
    return ""


def _day(segment: x12.Segment | None, number: int) -> date | None:
    text = segment.element(number) if segment is not None else ""
    return x12.date8(text) if text else None


def _rows(taken: Taken[x12.Segment], tree: x12.Loop, problems: list[Problem]) -> list[ShippedLine]:
    whole = taken.first(tree, "PRF")
    po_number = whole.element(1) if whole is not None else ""
    found = []
    for loop in taken.loops(tree, "RCD"):
        item = loop.opening
        try:
            found.append(_shipped(taken, loop, po_number, problems))
        except RefusalError as error:
            problems.append(unreadable(item.path(), error.text, item.offset))
            continue
        for number in range(4, len(item.elements)):
            if item.element(number):
                problems.append(unread(item.path(number), item.offset))
    return found


def _shipped(
    taken: Taken[x12.Segment], loop: x12.Loop, po_number: str, problems: list[Problem]
) -> ShippedLine:
    item, product, order = loop.opening, taken.first(loop, "LIN"), taken.first(loop, "PRF")
    number = (order.element(1) if order is not None else "") or po_number
    pairs = product.pairs(2) if product is not None else {}
    if not number:
        raise RefusalError("supply.unreadable", "a received line has its order in PRF")
    quantity = x12.quantity(item.element(2))
    if quantity < 0:
        raise RefusalError("supply.unreadable", "a received quantity is not below zero")
    lot = Lot(
        quantity=quantity,
        lot=pairs.get("LT", ""),
        serial=pairs.get("SN", ""),
        expiry=_day(taken.first(loop, "DTM", _EXPIRY), 2),
    )
    if product is not None and not pairs.keys() <= _PRODUCTS:
        problems.append(unread(product.path(2), product.offset))
    return ShippedLine(
        po_number=number,
        line=pairs.get("PL", "") or item.element(1),
        quantity=quantity,
        uom=item.component(3, 1),
        lots=(lot,) if lot.lot or lot.serial or lot.expiry else (),
        gtin=pairs.get("UK", ""),
        catalog_no=pairs.get("VC", ""),
    )
