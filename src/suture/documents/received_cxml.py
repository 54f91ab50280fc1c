"""A receipt advice as cXML ReceiptRequest, written and read back.

In: a receipt advice with its addressing, or bytes. Out: bytes, or advices and problems. Refuses to
know: orders, stock, returns: what was sent back is another document of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Final

from suture.core.money import quantity_text
from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread
from suture.documents.cxml_parts import envelope_of, left, party_of
from suture.documents.partner import Addressing
from suture.documents.shipped_x12 import lots_of
from suture.documents.supply import Lot, ReceiptAdvice, ShippedLine
from suture.documents.traced import shipped_by_line
from suture.documents.unece import unit_in, unit_out
from suture.formats import cxml

_SUPPLIER: Final = "Supplier"
_RECEIVED: Final = "received"
_KNOWN: Final = {
    "ReceiptRequest": "",
    "ReceiptRequestHeader": "receiptID receiptDate operation",
    "ShipNoticeIDInfo": "shipNoticeID",
    "Extrinsic": "name",
    "ReceiptOrder": "",
    "ReceiptOrderInfo": "",
    "OrderReference": "orderID",
    "ReceiptItem": "receiptLineNumber quantity type",
    "ReceiptItemReference": "lineNumber",
    "ItemID": "",
    "SupplierPartID": "",
    "IdReference": "identifier domain",
    "UnitRate": "",
    "UnitOfMeasure": "",
    "Batch": "expirationDate",
    "SupplierBatchID": "",
    "AssetInfo": "serialNumber",
}


def write(advice: ReceiptAdvice, addressing: Addressing) -> bytes:
    """Return the ReceiptRequest; raises RefusalError for what cannot be written."""
    items = list(_items(advice))
    orders = dict.fromkeys(po_number for po_number, _ in items)
    request = cxml.ReceiptRequest(
        receipt_id=advice.receipt,
        receipt_date=datetime.combine(advice.received, time(), UTC),
        operation="new",
        shipment_id=advice.shipment,
        extrinsics=((_SUPPLIER, advice.supplier),) if advice.supplier else (),
        orders=tuple(
            cxml.ReceiptPortion(
                order_id=order, items=tuple(item for number, item in items if number == order)
            )
            for order in orders
        ),
    )
    return cxml.document_of(request, envelope_of(f"{advice.receipt}@suture", addressing))


def _items(advice: ReceiptAdvice) -> Iterator[tuple[str, cxml.ReceiptItem]]:
    """Yield order number and item of each lot."""
    lots = [(line, lot) for line in advice.lines for lot in lots_of(line)]
    for number, (line, lot) in enumerate(lots, start=1):
        if "/" in quantity_text(lot.quantity):
            note = "the quantity is no decimal number"
            raise RefusalError("cxml.value-number", note, path="ReceiptItem")
        named = line.catalog_no or line.gtin
        identity = cxml.ItemIdentity(supplier_part_id=named, gtin=line.gtin)
        yield (
            line.po_number,
            cxml.ReceiptItem(
                receipt_line_number=str(number),
                quantity=lot.quantity,
                type=_RECEIVED,
                order_line_number=line.line,
                item=identity if named else None,
                unit=unit_out(line.uom),
                lot=lot.lot,
                serial=lot.serial,
                expiry=lot.expiry,
            ),
        )


def read(data: bytes) -> tuple[list[ReceiptAdvice], list[Problem]]:
    """Return the advice of a ReceiptRequest, and problems with their paths."""
    document, problems = cxml.parse(data)
    if document is None:
        return [], problems
    found, wrong = cxml.read_as(document, cxml.ReceiptRequest)
    problems += wrong
    if found is None:
        return [], problems
    if found.operation != "new":
        path = "/cXML/Request/ReceiptRequest/ReceiptRequestHeader/@operation"
        return [], [*problems, unread(path, note="a withdrawn receipt is no receipt")]
    problems += left(document, _KNOWN)
    for name, _ in found.extrinsics:
        if name != _SUPPLIER:
            problems.append(unread("//ReceiptRequestHeader/Extrinsic"))
    named = next((value for name, value in found.extrinsics if name == _SUPPLIER), "")
    rows = [
        row
        for portion in found.orders
        for item in portion.items
        for row in _rows(item, portion.order_id, problems)
    ]
    advice = ReceiptAdvice(
        receipt=found.receipt_id,
        supplier=named or party_of(document.credentials.receiver),
        received=found.receipt_date.date(),
        lines=shipped_by_line(rows),
        shipment=found.shipment_id,
    )
    return [advice], problems


def _rows(item: cxml.ReceiptItem, po_number: str, problems: list[Problem]) -> Iterator[ShippedLine]:
    if item.type != _RECEIVED:
        note = "what was sent back is not read as received"
        problems.append(unread("//ReceiptItem/@type", note=note))
        return
    lot = Lot(quantity=item.quantity, lot=item.lot, serial=item.serial, expiry=item.expiry)
    is_traced = bool(lot.lot or lot.serial or lot.expiry)
    gtin = item.item.gtin if item.item is not None else ""
    part = item.item.supplier_part_id if item.item is not None else ""
    yield ShippedLine(
        po_number=po_number,
        line=item.order_line_number,
        quantity=item.quantity,
        uom=unit_in(item.unit),
        lots=(lot,) if is_traced else (),
        gtin=gtin,
        catalog_no="" if part == gtin else part,
    )
