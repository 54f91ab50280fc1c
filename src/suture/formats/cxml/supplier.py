"""Writes what suppliers send: ConfirmationRequest, ShipNoticeRequest, InvoiceDetailRequest.

In: the view that the reader of the same document gives, and a `CxmlEnvelope`. Out: bytes, the same
for the same input. Refuses to know: whether an answer, a shipment or a bill is right; amounts are
written as given, and the lines' subtotals and the gross are worked out from them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.money import quantity_text, round_money
from suture.core.refusal import RefusalError
from suture.formats.cxml.confirmation import (
    ConfirmationItem,
    ConfirmationRequest,
    ConfirmationStatus,
    OrderReference,
)
from suture.formats.cxml.document import Element
from suture.formats.cxml.invoice import InvoiceDetailItem, InvoiceDetailRequest
from suture.formats.cxml.ship_notice import ShipNoticeItem, ShipNoticeRequest
from suture.formats.cxml.write import (
    LANG,
    LANGUAGE,
    CxmlEnvelope,
    add,
    add_text,
    instant_text,
    open_document,
    written,
)

_CARRIER_UNSAID: Final = "not stated"
"""A tracking number stands below a carrier; a notice need not know which."""


def confirmation_document(answer: ConfirmationRequest, envelope: CxmlEnvelope) -> bytes:
    """Return the ConfirmationRequest; without a date of its own it has the envelope's.

    Raises RefusalError `cxml.value-missing`, `cxml.value-number` or `cxml.character`.
    """
    root, request = open_document(envelope, "Request")
    body = add(request, "ConfirmationRequest")
    header = add(
        body,
        "ConfirmationHeader",
        type=answer.type,
        operation=answer.operation,
        noticeDate=instant_text(answer.notice_date or envelope.at),
        confirmID=answer.confirmation_id,
    )
    _extrinsics(header, answer.extrinsics)
    _order(body, answer.order)
    for item in answer.items:
        _confirmed(body, item)
    return written(root)


def _confirmed(body: Element, item: ConfirmationItem) -> None:
    line = add(
        body, "ConfirmationItem", lineNumber=item.line_number, quantity=_quantity(item.quantity)
    )
    add_text(line, "UnitOfMeasure", item.unit)
    for status in item.statuses:
        _status(line, status)


def _status(line: Element, status: ConfirmationStatus) -> None:
    told = add(
        line,
        "ConfirmationStatus",
        type=status.type,
        quantity=_quantity(status.quantity),
        deliveryDate=_day(status.delivery_date),
        shipmentDate=_day(status.shipment_date),
    )
    add_text(told, "UnitOfMeasure", status.unit)
    if status.unit_price is not None:
        _money(told, "UnitPrice", status.unit_price, status.currency)


def ship_notice_document(notice: ShipNoticeRequest, envelope: CxmlEnvelope) -> bytes:
    """Return the ShipNoticeRequest; without a date of its own it has the envelope's.

    Raises RefusalError `cxml.value-missing` for a notice of nothing, `cxml.value-number` or
    `cxml.character`.
    """
    if not notice.portions:
        raise RefusalError("cxml.value-missing", "a ShipNoticeRequest has at least one portion")
    root, request = open_document(envelope, "Request")
    body = add(request, "ShipNoticeRequest")
    header = add(
        body,
        "ShipNoticeHeader",
        shipmentID=notice.shipment_id,
        operation=notice.operation,
        noticeDate=instant_text(notice.notice_date or envelope.at),
        shipmentDate=_day(notice.shipment_date),
        deliveryDate=_day(notice.delivery_date),
    )
    for code in notice.sscc:
        add(header, "IdReference", identifier=code, domain="SSCC")
    _extrinsics(header, notice.extrinsics)
    for number in notice.tracking:
        control = add(body, "ShipControl")
        add_text(control, "CarrierIdentifier", notice.carrier or _CARRIER_UNSAID).set(
            "domain", "companyName"
        )
        add_text(control, "ShipmentIdentifier", number)
    place = 0
    for portion in notice.portions:
        held = add(body, "ShipNoticePortion")
        _order(held, portion.order)
        for item in portion.items:
            place += 1
            _shipped(held, item, place)
    return written(root)


def _shipped(portion: Element, item: ShipNoticeItem, place: int) -> None:
    line = add(
        portion,
        "ShipNoticeItem",
        quantity=_quantity(item.quantity),
        lineNumber=item.line_number,
        shipNoticeLineNumber=str(place),
    )
    _item_id(line, item.supplier_part_id, "", item.gtin)
    add_text(line, "UnitOfMeasure", item.unit)
    for code in item.sscc:
        add_text(add(line, "Packaging"), "ShippingContainerSerialCode", code)
    for batch in item.batches:
        held = add(
            line,
            "Batch",
            expirationDate=_day(batch.expiry),
            productionDate=_day(batch.manufactured),
        )
        if batch.lot:
            add_text(held, "SupplierBatchID", batch.lot)
    for serial in item.serials:
        add(line, "AssetInfo", serialNumber=serial)


def invoice_document(bill: InvoiceDetailRequest, envelope: CxmlEnvelope) -> bytes:
    """Return the InvoiceDetailRequest of goods for one order; services are not written.

    Subtotals are those given, or quantity by price to the cent. Raises RefusalError
    `cxml.value-missing` for an invoice of nothing or without amounts, `cxml.kind` for services and
    orders billed as a whole, `cxml.value-number` or `cxml.character`.
    """
    if bill.services or bill.header_orders or len(bill.orders) > 1:
        raise RefusalError("cxml.kind", "an invoice is written for the goods of one order")
    if not bill.items or not bill.orders:
        raise RefusalError("cxml.value-missing", "an invoice has at least one line of an order")
    root, request = open_document(envelope, "Request")
    body = add(request, "InvoiceDetailRequest")
    _invoice_header(body, bill)
    above = add(body, "InvoiceDetailOrder")
    info = add(above, "InvoiceDetailOrderInfo")
    if bill.agreement_id:
        add(info, "MasterAgreementIDInfo", agreementID=bill.agreement_id)
    _order(info, bill.orders[0])
    for item in bill.items:
        _billed(above, item)
    _summary(body, bill)
    return written(root)


def _invoice_header(body: Element, bill: InvoiceDetailRequest) -> None:
    header = add(
        body,
        "InvoiceDetailRequestHeader",
        invoiceID=bill.invoice_id,
        purpose=bill.purpose,
        operation=bill.operation,
        invoiceDate=instant_text(datetime.combine(bill.invoice_date, time(), UTC)),
    )
    add(header, "InvoiceDetailHeaderIndicator")
    add(header, "InvoiceDetailLineIndicator")
    if bill.remit_to_gln:
        contact = add(
            add(header, "InvoicePartner"),
            "Contact",
            role="remitTo",
            addressID=bill.remit_to_gln,
            addressIDDomain="GLN",
        )
        add_text(contact, "Name", bill.remit_to_gln).set(LANG, LANGUAGE)
    _extrinsics(header, bill.extrinsics)


def _billed(above: Element, item: InvoiceDetailItem) -> None:
    line = add(
        above,
        "InvoiceDetailItem",
        invoiceLineNumber=item.invoice_line_number,
        quantity=_quantity(item.quantity),
    )
    add_text(line, "UnitOfMeasure", item.unit)
    _money(line, "UnitPrice", item.unit_price, item.currency)
    reference = add(line, "InvoiceDetailItemReference", lineNumber=item.order_line_number)
    _item_id(reference, item.supplier_part_id, item.buyer_part_id, item.gtin)
    _money(line, "SubtotalAmount", _extended(item), item.currency)


def _extended(item: InvoiceDetailItem) -> Decimal:
    if item.subtotal is not None:
        return item.subtotal
    return round_money(Fraction(item.unit_price) * item.quantity)


def _summary(body: Element, bill: InvoiceDetailRequest) -> None:
    summary, told = add(body, "InvoiceDetailSummary"), bill.summary
    if told.net is None or told.tax is None:
        raise RefusalError("cxml.value-missing", "an invoice says its tax and its net amount")
    subtotal = told.subtotal
    if subtotal is None:
        subtotal = sum((_extended(item) for item in bill.items), Decimal("0.00"))
    _money(summary, "SubtotalAmount", subtotal, told.currency)
    tax = _money(summary, "Tax", told.tax, told.currency)
    add_text(tax, "Description", "tax").set(LANG, LANGUAGE)
    for name, amount in (
        ("SpecialHandlingAmount", told.special_handling),
        ("ShippingAmount", told.shipping),
        ("GrossAmount", told.gross),
        ("NetAmount", told.net),
        ("DueAmount", told.due),
    ):
        if amount is not None:
            _money(summary, name, amount, told.currency)


def _order(above: Element, order: OrderReference) -> None:
    """Add the order: by number alone where no document of it is known."""
    if order.payload_id:
        held = add(above, "OrderReference", orderID=order.order_id)
        add(held, "DocumentReference", payloadID=order.payload_id)
    else:
        add(above, "OrderIDInfo", orderID=order.order_id)


def _item_id(above: Element, supplier: str, buyer: str, gtin: str) -> None:
    """Add the item; SupplierPartID must stand, so another number stands in for it."""
    if not (supplier or buyer or gtin):
        return
    held = add(above, "ItemID")
    add_text(held, "SupplierPartID", supplier or buyer or gtin)
    if buyer:
        add_text(held, "BuyerPartID", buyer)
    if gtin:
        add(held, "IdReference", identifier=gtin, domain="GTIN")


def _extrinsics(above: Element, pairs: tuple[tuple[str, str], ...]) -> None:
    for name, value in pairs:
        add_text(above, "Extrinsic", value).set("name", name)


def _money(above: Element, name: str, amount: Decimal, currency: str) -> Element:
    held = add(above, name)
    add(held, "Money", currency=currency).text = f"{amount:f}"
    return held


def _quantity(value: Fraction | None) -> str:
    if value is None:
        raise RefusalError("cxml.value-missing", "a line says its quantity", path="quantity")
    text = quantity_text(value)
    if "/" in text:
        note = "the quantity is no decimal number"
        raise RefusalError("cxml.value-number", note, path="quantity")
    return text


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
