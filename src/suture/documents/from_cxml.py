"""cXML as supply documents: ConfirmationRequest, ShipNoticeRequest, InvoiceDetailRequest.

In: a parsed document, a partner profile. Out: documents and problems. Refuses to know: orders of
ours. Reading rules of the confirmation's header type are those of spec 2.0.6, last paragraph.
Comments and Extrinsics are dropped: default deny (spec 4.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from suture.core.problem import Problem, Severity
from suture.documents.partner import PartnerProfile
from suture.documents.supply import (
    AcknowledgedLine,
    Acknowledgement,
    ChangeAnswer,
    Invoice,
    InvoiceLine,
    Lot,
    ShipNotice,
    ShippedLine,
)
from suture.documents.to_cxml import sequence_of
from suture.formats import cxml

Document = Acknowledgement | ChangeAnswer | ShipNotice | Invoice

_HEADERS = {
    "accept": "accepts_all",
    "reject": "rejects_all",
    "except": "exceptions_only",
    "allDetail": "all_detail",
    "detail": "detail_only",
    "backordered": "backordered_all",
}
_RESULTS = {
    "accept": "accepted",
    "allDetail": "changed",
    "detail": "changed",
    "backordered": "backordered",
    "reject": "rejected",
    "unknown": "changed",
}
_GRAVITY = {"accepted": 1, "changed": 2, "backordered": 3, "rejected": 4}


def documents(
    document: cxml.Document, profile: PartnerProfile
) -> tuple[list[Document], list[Problem]]:
    """Return the documents of a request; other kinds give an INFO problem."""
    match document.kind:
        case "ConfirmationRequest":
            confirmed, problems = cxml.confirmation_request(document)
            return ([_confirmation(confirmed, profile)] if confirmed else []), problems
        case "ShipNoticeRequest":
            notice, problems = cxml.ship_notice_request(document)
            return ([_ship_notice(notice, profile)] if notice else []), problems
        case "InvoiceDetailRequest":
            billed, problems = cxml.invoice_detail_request(document)
            return ([_invoice(billed, profile)] if billed else []), problems
    text = "this kind of document is kept and acknowledged, not read"
    return [], [Problem("cxml.kind-unread", Severity.INFO, text, "/cXML/Request")]


def _confirmation(
    found: cxml.ConfirmationRequest, profile: PartnerProfile
) -> Acknowledgement | ChangeAnswer:
    """An answer that names one of our changes is the answer to that change."""
    sequence = sequence_of(found.order.payload_id)
    if sequence:
        return ChangeAnswer(
            po_number=found.order.order_id,
            supplier=profile.supplier,
            change_seq=sequence,
            is_accepted=found.type == "accept",
            code=found.type,
        )
    return Acknowledgement(
        po_number=found.order.order_id,
        supplier=profile.supplier,
        header=_HEADERS.get(found.type, "detail_only"),
        lines=tuple(_lines(found)),
        supplier_order=found.confirmation_id,
        issued=found.notice_date.date() if found.notice_date else None,
    )


def _lines(found: cxml.ConfirmationRequest) -> Iterator[AcknowledgedLine]:
    for item in found.items:
        if not item.statuses:
            continue
        chosen = max(item.statuses, key=lambda s: _GRAVITY[_result(item, s)])
        yield AcknowledgedLine(
            po_number=found.order.order_id,
            line=item.line_number,
            result=_result(item, chosen),
            code=chosen.type,
            quantity=chosen.quantity,
            uom=chosen.unit or item.unit,
            promised_delivery=chosen.delivery_date,
            promised_ship=chosen.shipment_date,
            unit_price=chosen.unit_price,
        )


def _result(item: cxml.ConfirmationItem, status: cxml.ConfirmationStatus) -> str:
    """Return the line's result; a backorder of a part is a partial one."""
    result = _RESULTS.get(status.type, "changed")
    partial = (
        result == "backordered"
        and status.quantity is not None
        and item.quantity is not None
        and status.quantity < item.quantity
    )
    return "changed" if partial else result


def _ship_notice(found: cxml.ShipNoticeRequest, profile: PartnerProfile) -> ShipNotice:
    lines = [
        _shipped(item, portion.order.order_id)
        for portion in found.portions
        for item in portion.items
    ]
    serial_codes = dict.fromkeys(c for p in found.portions for i in p.items for c in i.sscc)
    return ShipNotice(
        shipment=found.shipment_id,
        supplier=profile.supplier,
        lines=tuple(lines),
        shipped=_date(found.shipment_date),
        expected=_date(found.delivery_date),
        sscc=tuple(serial_codes),
        tracking=found.tracking[0] if found.tracking else "",
        is_cancel=found.operation == "delete",
    )


def _date(value: date | None) -> date | None:
    return value


def _shipped(item: cxml.ShipNoticeItem, po_number: str) -> ShippedLine:
    batch = item.batches[0] if item.batches else None
    serial = item.serials[0] if len(item.serials) == 1 else ""
    lot = Lot(
        quantity=item.quantity,
        lot=batch.lot if batch else "",
        serial=serial,
        expiry=batch.expiry if batch else None,
    )
    is_traced = bool(lot.lot or lot.serial or lot.expiry)
    return ShippedLine(
        po_number=po_number,
        line=item.line_number,
        quantity=item.quantity,
        uom=item.unit,
        lots=(lot,) if is_traced else (),
        gtin=item.gtin,
        catalog_no=item.supplier_part_id,
    )


def _invoice(found: cxml.InvoiceDetailRequest, profile: PartnerProfile) -> Invoice:
    summary = found.summary
    orders = [o.order_id for o in found.orders if o.order_id]
    goods = sum((x.unit_price * _decimal(x) for x in found.items), Decimal(0))
    total = summary.due or summary.net or summary.gross or summary.subtotal or goods
    charges = (summary.shipping or Decimal(0)) + (summary.special_handling or Decimal(0))
    return Invoice(
        invoice_no=found.invoice_id,
        supplier=profile.supplier,
        invoice_date=found.invoice_date,
        po_number=orders[0] if orders else "",
        lines=tuple(_billed(x) for x in found.items),
        total=total,
        currency=summary.currency or "USD",
        kind="credit" if found.purpose.lower().endswith("creditmemo") else "standard",
        charges=charges,
        tax=summary.tax or Decimal(0),
        contract=found.agreement_id,
    )


def _decimal(item: cxml.InvoiceDetailItem) -> Decimal:
    return Decimal(item.quantity.numerator) / Decimal(item.quantity.denominator)


def _billed(item: cxml.InvoiceDetailItem) -> InvoiceLine:
    return InvoiceLine(
        line=item.invoice_line_number,
        po_line=item.order_line_number or item.invoice_line_number,
        quantity=item.quantity,
        uom=item.unit,
        unit_price=item.unit_price,
        catalog_no=item.supplier_part_id,
    )
