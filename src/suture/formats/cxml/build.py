"""Writes cXML documents: orders and responses.

In: an `OrderRequest` with a `CxmlEnvelope`, or a status. Out: bytes, the same for the same input.
Refuses to know: the clock and how ids are made; both come in. The DOCTYPE names the public DTD,
which is never fetched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from lxml import etree

from suture.core.money import quantity_text, round_money
from suture.core.refusal import RefusalError
from suture.formats.cxml.codes import STATUS_TEXTS
from suture.formats.cxml.document import Credential, Element
from suture.formats.cxml.order import AccountingSegment, Address, OrderItem, OrderRequest

DTD_VERSION: Final = "1.2.063"
_DOCTYPE: Final = (
    f'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/{DTD_VERSION}/cXML.dtd">'
)
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGE: Final = "en-US"
_UNCLASSIFIED: Final = "00000000"
"""cXML wants a classification on every line; this is UNSPSC for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CxmlEnvelope:
    """Addressing and control of one request."""

    payload_id: str
    at: datetime
    from_party: Credential
    to_party: Credential
    sender: Credential
    shared_secret: str = field(default="", repr=False)
    is_test: bool = False
    user_agent: str = "suture"


def order_request_document(order: OrderRequest, envelope: CxmlEnvelope) -> bytes:
    """Return the OrderRequest for a new order, its update or its delete (`order.type`).

    An update restates all lines; a delete has them too, as the DTD wants at least one. Raises
    RefusalError `cxml.character` for a character that XML does not have, `cxml.value-missing` for
    an order without lines.
    """
    if not order.items:
        raise RefusalError("cxml.value-missing", "an OrderRequest has at least one line")
    root = _root(envelope.payload_id, envelope.at)
    _header(root, envelope)
    mode = "test" if envelope.is_test else "production"
    request = _add(root, "Request", deploymentMode=mode)
    body = _add(request, "OrderRequest")
    _order_header(body, order)
    for item in order.items:
        _item(body, item)
    return _written(root)


def response(code: int, text: str, payload_id: str, at: datetime) -> bytes:
    """Return a Response with `Status`; `text` may be empty for the code's own.

    `text` stays in the house's words: it is shown to the partner's people. Raises RefusalError
    `cxml.character`.
    """
    root = _root(payload_id, at)
    short = STATUS_TEXTS.get(code, "Error" if code >= 400 else "OK")
    status = _add(_add(root, "Response"), "Status", code=str(code), text=short)
    if text and text != short:
        status.text = _fit(text)
    return _written(root)


def _root(payload_id: str, at: datetime) -> Element:
    root = etree.Element("cXML")
    for name, value in (("payloadID", payload_id), ("timestamp", _instant(at))):
        root.set(name, _fit(value))
    root.set(_LANG, _LANGUAGE)
    return root


def _header(root: Element, envelope: CxmlEnvelope) -> None:
    header = _add(root, "Header")
    for name, credential in (
        ("From", envelope.from_party),
        ("To", envelope.to_party),
        ("Sender", envelope.sender),
    ):
        party = _add(header, name)
        held = _add(party, "Credential", domain=credential.domain)
        _text(held, "Identity", credential.identity)
        if name == "Sender":
            if envelope.shared_secret:
                _text(held, "SharedSecret", envelope.shared_secret)
            _text(party, "UserAgent", envelope.user_agent)


def _order_header(body: Element, order: OrderRequest) -> None:
    header = _add(
        body,
        "OrderRequestHeader",
        orderID=order.order_id,
        orderDate=order.order_date.isoformat(),
        type=order.type,
        orderVersion=order.order_version,
    )
    _money(_add(header, "Total"), _total(order.items), order.currency)
    _place(header, "ShipTo", order.ship_to)
    _place(header, "BillTo", order.bill_to, is_required=True)
    if order.replaces_payload_id:
        _add(header, "DocumentReference", payloadID=order.replaces_payload_id)
    if order.agreement_id:
        _add(header, "MasterAgreementIDInfo", agreementID=order.agreement_id)
    _extrinsics(header, order.extrinsics)


def _item(body: Element, item: OrderItem) -> None:
    day = item.requested_delivery
    line = _add(
        body,
        "ItemOut",
        quantity=quantity_text(item.quantity),
        lineNumber=item.line_number,
        requestedDeliveryDate=day.isoformat() if isinstance(day, date) else "",
    )
    part = _add(line, "ItemID")
    _text(part, "SupplierPartID", item.supplier_part_id)
    if item.buyer_part_id:
        _text(part, "BuyerPartID", item.buyer_part_id)
    if item.gtin:
        _add(part, "IdReference", identifier=item.gtin, domain="GTIN")
    detail = _add(line, "ItemDetail")
    _money(_add(detail, "UnitPrice"), item.unit_price, item.currency)
    _text(detail, "Description", item.description).set(_LANG, _LANGUAGE)
    _text(detail, "UnitOfMeasure", item.unit)
    kind = _text(detail, "Classification", item.classification or _UNCLASSIFIED)
    kind.set("domain", item.classification_domain or "UNSPSC")
    if item.manufacturer_part_id:
        _text(detail, "ManufacturerPartID", item.manufacturer_part_id)
    _extrinsics(detail, item.extrinsics)
    _place(line, "ShipTo", item.ship_to)
    if item.accounting:
        _distribution(line, item.accounting, _extended(item), item.currency)


def _distribution(
    line: Element, segments: tuple[AccountingSegment, ...], charge: Decimal, currency: str
) -> None:
    distribution = _add(line, "Distribution")
    accounting = _add(distribution, "Accounting", {"name": "DistributionCharge"})
    for segment in segments:
        held = _add(accounting, "AccountingSegment", id=segment.id)
        for name in ("Name", "Description"):
            _text(held, name, segment.type).set(_LANG, _LANGUAGE)
    _money(_add(distribution, "Charge"), charge, currency)


def _extended(item: OrderItem) -> Decimal:
    return round_money(Fraction(item.unit_price) * item.quantity)


def _total(items: Iterable[OrderItem]) -> Decimal:
    return sum((_extended(item) for item in items), Decimal("0.00"))


def _place(above: Element, name: str, address: Address, *, is_required: bool = False) -> None:
    if not is_required and address == Address():
        return
    held = _add(
        _add(above, name),
        "Address",
        addressID=address.address_id,
        addressIDDomain=address.domain,
    )
    _text(held, "Name", address.name or address.address_id).set(_LANG, _LANGUAGE)


def _extrinsics(above: Element, pairs: tuple[tuple[str, str], ...]) -> None:
    for name, value in pairs:
        _text(above, "Extrinsic", value).set("name", _fit(name))


def _money(above: Element, amount: Decimal, currency: str) -> None:
    _text(above, "Money", f"{amount:f}").set("currency", _fit(currency))


def _add(
    above: Element, tag: str, named: dict[str, str] | None = None, **attributes: str
) -> Element:
    """Add a child with the attributes that are not empty."""
    child = etree.SubElement(above, tag)
    for key, value in ((named or {}) | attributes).items():
        if value:
            child.set(key, _fit(value))
    return child


def _text(above: Element, name: str, text: str) -> Element:
    child = etree.SubElement(above, name)
    child.text = _fit(text)
    return child


def _fit(text: str) -> str:
    """Return `text` when XML 1.0 can hold all its characters; refuse it otherwise."""
    for character in text:
        is_control = character < " " and character not in "\t\n\r"
        if is_control or "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff":
            raise RefusalError("cxml.character", "a value has a character that XML does not have")
    return text


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _written(root: Element) -> bytes:
    etree.indent(root)
    return bytes(
        etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=_DOCTYPE) + b"\n"
    )
