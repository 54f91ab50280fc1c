"""Writes cXML documents: orders, responses, updates of a status.

In: an `OrderRequest` with a `CxmlEnvelope`, or a status. Out: bytes, the same for the same input.
Refuses to know: the clock and how ids are made; both come in. The DOCTYPE names the public DTD,
which is never fetched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.money import quantity_text, round_money
from suture.core.refusal import RefusalError
from suture.formats.cxml.codes import STATUS_TEXTS
from suture.formats.cxml.document import Element
from suture.formats.cxml.order import AccountingSegment, Address, OrderItem, OrderRequest
from suture.formats.cxml.status import StatusUpdate
from suture.formats.cxml.write import (
    LANG,
    LANGUAGE,
    CxmlEnvelope,
    add,
    add_text,
    fit,
    open_document,
    root_of,
    written,
)

_UNCLASSIFIED: Final = "00000000"
"""cXML wants a classification on every line; this is UNSPSC for none."""


def order_request_document(order: OrderRequest, envelope: CxmlEnvelope) -> bytes:
    """Return the OrderRequest for a new order, its update or its delete (`order.type`).

    An update restates all lines; a delete has them too, as the DTD wants at least one. Raises
    RefusalError `cxml.character` for a character that XML does not have, `cxml.value-missing` for
    an order without lines.
    """
    if not order.items:
        raise RefusalError("cxml.value-missing", "an OrderRequest has at least one line")
    root, request = open_document(envelope, "Request")
    body = add(request, "OrderRequest")
    _order_header(body, order)
    for item in order.items:
        _item(body, item)
    return written(root)


def response(code: int, text: str, payload_id: str, at: datetime) -> bytes:
    """Return a Response with `Status`; `text` may be empty for the code's own.

    `text` stays in the house's words: it is shown to the partner's people. Raises RefusalError
    `cxml.character`.
    """
    root = root_of(payload_id, at)
    short = STATUS_TEXTS.get(code, "Error" if code >= 400 else "OK")
    status = add(add(root, "Response"), "Status", code=str(code), text=short)
    if text and text != short:
        status.text = fit(text)
    return written(root)


def status_update_document(update: StatusUpdate, envelope: CxmlEnvelope) -> bytes:
    """Return the StatusUpdateRequest about a document of the receiver's.

    Raises RefusalError `cxml.character`.
    """
    root, request = open_document(envelope, "Request")
    body = add(request, "StatusUpdateRequest")
    if update.document_payload_id:
        add(body, "DocumentReference", payloadID=update.document_payload_id)
    status = update.status
    code = str(status.code)
    add(body, "Status", code=code, text=status.text or STATUS_TEXTS.get(status.code, code))
    if update.invoice_status:
        add(body, "InvoiceStatus", type=update.invoice_status)
    return written(root)


def _order_header(body: Element, order: OrderRequest) -> None:
    header = add(
        body,
        "OrderRequestHeader",
        orderID=order.order_id,
        orderDate=order.order_date.isoformat(),
        type=order.type,
        orderVersion=order.order_version,
    )
    _money(add(header, "Total"), _total(order.items), order.currency)
    _place(header, "ShipTo", order.ship_to)
    _place(header, "BillTo", order.bill_to, is_required=True)
    if order.replaces_payload_id:
        add(header, "DocumentReference", payloadID=order.replaces_payload_id)
    if order.agreement_id:
        add(header, "MasterAgreementIDInfo", agreementID=order.agreement_id)
    _extrinsics(header, order.extrinsics)


def _item(body: Element, item: OrderItem) -> None:
    day = item.requested_delivery
    line = add(
        body,
        "ItemOut",
        quantity=quantity_text(item.quantity),
        lineNumber=item.line_number,
        requestedDeliveryDate=day.isoformat() if isinstance(day, date) else "",
    )
    part = add(line, "ItemID")
    add_text(part, "SupplierPartID", item.supplier_part_id)
    if item.buyer_part_id:
        add_text(part, "BuyerPartID", item.buyer_part_id)
    if item.gtin:
        add(part, "IdReference", identifier=item.gtin, domain="GTIN")
    detail = add(line, "ItemDetail")
    _money(add(detail, "UnitPrice"), item.unit_price, item.currency)
    add_text(detail, "Description", item.description).set(LANG, LANGUAGE)
    add_text(detail, "UnitOfMeasure", item.unit)
    kind = add_text(detail, "Classification", item.classification or _UNCLASSIFIED)
    kind.set("domain", item.classification_domain or "UNSPSC")
    if item.manufacturer_part_id:
        add_text(detail, "ManufacturerPartID", item.manufacturer_part_id)
    _extrinsics(detail, item.extrinsics)
    _place(line, "ShipTo", item.ship_to)
    if item.accounting:
        _distribution(line, item.accounting, _extended(item), item.currency)


def _distribution(
    line: Element, segments: tuple[AccountingSegment, ...], charge: Decimal, currency: str
) -> None:
    distribution = add(line, "Distribution")
    accounting = add(distribution, "Accounting", {"name": "DistributionCharge"})
    for segment in segments:
        held = add(accounting, "AccountingSegment", id=segment.id)
        for name in ("Name", "Description"):
            add_text(held, name, segment.type).set(LANG, LANGUAGE)
    _money(add(distribution, "Charge"), charge, currency)


def _extended(item: OrderItem) -> Decimal:
    return round_money(Fraction(item.unit_price) * item.quantity)


def _total(items: Iterable[OrderItem]) -> Decimal:
    return sum((_extended(item) for item in items), Decimal("0.00"))


def _place(above: Element, name: str, address: Address, *, is_required: bool = False) -> None:
    if not is_required and address == Address():
        return
    held = add(
        add(above, name),
        "Address",
        addressID=address.address_id,
        addressIDDomain=address.domain,
    )
    add_text(held, "Name", address.name or address.address_id).set(LANG, LANGUAGE)


def _extrinsics(above: Element, pairs: tuple[tuple[str, str], ...]) -> None:
    for name, value in pairs:
        add_text(above, "Extrinsic", value).set("name", fit(name))


def _money(above: Element, amount: Decimal, currency: str) -> None:
    add_text(above, "Money", f"{amount:f}").set("currency", fit(currency))
