"""Views an OrderRequest: a purchase order, its change or its cancellation.

In: a `Document`. Out: `OrderRequest` and problems. Refuses to know: who may order. The same value
goes into `order_request_document`, so what is written is what is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.formats.cxml.document import Document, Element, veiled
from suture.formats.cxml.read import Reading, expect, text_at

ORDER_TYPES: Final = frozenset({"new", "update", "delete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place: its id in a domain (a GLN, a location number) and a name."""

    __repr__ = veiled

    address_id: str = ""
    domain: str = ""
    """`addressIDDomain`, e.g. `GLN`."""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingSegment:
    """One accounting dimension of a line, e.g. type `CostCenter`."""

    __repr__ = veiled

    type: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """`ItemOut`: one line of an order."""

    __repr__ = veiled

    line_number: str
    quantity: Fraction
    unit: str
    """`UnitOfMeasure`, UN/ECE."""
    supplier_part_id: str
    unit_price: Decimal
    currency: str = "USD"
    description: str = ""
    classification: str = ""
    classification_domain: str = "UNSPSC"
    buyer_part_id: str = ""
    manufacturer_part_id: str = ""
    gtin: str = ""
    requested_delivery: date | None = None
    ship_to: Address = Address()
    accounting: tuple[AccountingSegment, ...] = ()
    extrinsics: tuple[tuple[str, str], ...] = ()
    """(name, value) of Extrinsic; values are scanned before egress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """An OrderRequest with its header."""

    __repr__ = veiled

    order_id: str
    order_date: date
    type: str = "new"
    """new, update or delete."""
    items: tuple[OrderItem, ...] = ()
    order_version: str = ""
    replaces_payload_id: str = ""
    """`DocumentReference` of an update or delete: the payloadID of the order before."""
    agreement_id: str = ""
    """Number of the purchase contract."""
    ship_to: Address = Address()
    bill_to: Address = Address()
    total: Decimal | None = None
    """As read; when written it is summed from the lines."""
    currency: str = "USD"
    extrinsics: tuple[tuple[str, str], ...] = ()


def order_request(document: Document) -> tuple[OrderRequest | None, list[Problem]]:
    """Return the order of an OrderRequest; lines that cannot be read are left out and stated.

    None when the header cannot be read, or the document is of another kind (`cxml.kind`).
    """
    wrong = expect(document, "OrderRequest")
    if wrong:
        return None, wrong
    read = Reading(document)
    header = document.request.find("OrderRequestHeader")
    if header is None:
        read.state("cxml.value-missing", document.request, "OrderRequestHeader", "no header")
        return None, read.problems
    order_id = read.required(header, "@orderID")
    order_date = read.day(header, "@orderDate", is_required=True)
    if not order_id or order_date is None:
        return None, read.problems
    items = (_item(read, element) for element in document.request.findall("ItemOut"))
    total, currency = read.money(header, "Total")
    agreement = text_at(header, "MasterAgreementReference/@agreementID") or text_at(
        header, "MasterAgreementIDInfo/@agreementID"
    )
    view = OrderRequest(
        order_id=order_id,
        order_date=order_date,
        type=read.listed(header, "@type", ORDER_TYPES, "new"),
        items=tuple(item for item in items if item is not None),
        order_version=text_at(header, "@orderVersion"),
        replaces_payload_id=text_at(header, "DocumentReference/@payloadID"),
        agreement_id=agreement,
        ship_to=_address(header, "ShipTo"),
        bill_to=_address(header, "BillTo"),
        total=total,
        currency=currency or "USD",
        extrinsics=_extrinsics(header),
    )
    return view, read.problems


def _item(read: Reading, element: Element) -> OrderItem | None:
    quantity = read.quantity(element, "@quantity", is_required=True)
    price, currency = read.money(element, "ItemDetail/UnitPrice", is_required=True)
    line = read.line(element, "@lineNumber")
    part = read.required(element, "ItemID/SupplierPartID")
    unit = read.required(element, "ItemDetail/UnitOfMeasure")
    day = read.day(element, "@requestedDeliveryDate")
    if quantity is None or price is None or not line:
        return None
    return OrderItem(
        line_number=line,
        quantity=quantity,
        unit=unit,
        supplier_part_id=part,
        unit_price=price,
        currency=currency or "USD",
        description=text_at(element, "ItemDetail/Description"),
        classification=text_at(element, "ItemDetail/Classification"),
        classification_domain=text_at(element, "ItemDetail/Classification/@domain"),
        buyer_part_id=text_at(element, "ItemID/BuyerPartID"),
        manufacturer_part_id=text_at(element, "ItemDetail/ManufacturerPartID"),
        gtin=text_at(element, "ItemID/IdReference[@domain='GTIN']/@identifier"),
        requested_delivery=day,
        ship_to=_address(element, "ShipTo"),
        accounting=_accounting(element),
        extrinsics=_extrinsics(element.find("ItemDetail")) + _extrinsics(element),
    )


def _address(element: Element, name: str) -> Address:
    return Address(
        address_id=text_at(element, f"{name}/Address/@addressID"),
        domain=text_at(element, f"{name}/Address/@addressIDDomain"),
        name=text_at(element, f"{name}/Address/Name"),
    )


def _accounting(element: Element) -> tuple[AccountingSegment, ...]:
    """Return both spellings: `Segment type id` and `AccountingSegment id` with a `Name`."""
    found = [
        AccountingSegment(type=text_at(segment, "@type"), id=text_at(segment, "@id"))
        for segment in element.findall("Distribution/Accounting/Segment")
    ]
    found += [
        AccountingSegment(type=text_at(segment, "Name"), id=text_at(segment, "@id"))
        for segment in element.findall("Distribution/Accounting/AccountingSegment")
    ]
    return tuple(found)


def _extrinsics(element: Element | None) -> tuple[tuple[str, str], ...]:
    if element is None:
        return ()
    found = element.findall("Extrinsic")
    return tuple((text_at(item, "@name"), text_at(item, ".")) for item in found)
