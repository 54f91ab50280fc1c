"""Views a ConfirmationRequest: a supplier's answer to an order.

In: a `Document`. Out: `ConfirmationRequest` and problems. Refuses to know: what the answer does to
an order line; the header's type says how lines that are not listed are read (spec 2.0.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.formats.cxml.document import Document, Element, veiled
from suture.formats.cxml.read import Reading, expect, text_at

HEADER_TYPES: Final = frozenset(
    {"accept", "allDetail", "detail", "backordered", "except", "reject", "requestToPay", "replace"}
)
STATUS_TYPES: Final = frozenset(
    {"accept", "allDetail", "detail", "backordered", "reject", "requestToPay", "unknown"}
)
OPERATIONS: Final = frozenset({"new", "update", "delete"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReference:
    """The order a document is about."""

    __repr__ = veiled

    order_id: str = ""
    payload_id: str = ""
    """payloadID of the OrderRequest, also of an update or delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationStatus:
    """What a supplier says of a part of a line's quantity."""

    __repr__ = veiled

    type: str
    quantity: Fraction | None
    unit: str = ""
    delivery_date: date | None = None
    shipment_date: date | None = None
    unit_price: Decimal | None = None
    """The new price, when it changes."""
    currency: str = ""
    supplier_part_id: str = ""
    """The other item, when the supplier substitutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationItem:
    """What a supplier says of one order line."""

    __repr__ = veiled

    line_number: str
    quantity: Fraction | None
    unit: str = ""
    statuses: tuple[ConfirmationStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRequest:
    """A ConfirmationRequest with its header."""

    __repr__ = veiled

    type: str
    operation: str = "new"
    confirmation_id: str = ""
    notice_date: datetime | None = None
    order: OrderReference = OrderReference()
    items: tuple[ConfirmationItem, ...] = ()
    extrinsics: tuple[tuple[str, str], ...] = ()
    """Of the header."""


def confirmation_request(
    document: Document,
) -> tuple[ConfirmationRequest | None, list[Problem]]:
    """Return the answer of a ConfirmationRequest; lines that cannot be read are left out, stated.

    None when it has no header with a type, or the document is of another kind (`cxml.kind`).
    """
    wrong = expect(document, "ConfirmationRequest")
    if wrong:
        return None, wrong
    read = Reading(document)
    header = document.request.find("ConfirmationHeader")
    if header is None:
        read.state("cxml.value-missing", document.request, "ConfirmationHeader", "no header")
        return None, read.problems
    kind = read.required(header, "@type")
    if not kind:
        return None, read.problems
    order = order_reference(document.request)
    if not order.order_id and not order.payload_id:
        note = "the confirmation names no order"
        read.state("cxml.value-missing", document.request, "OrderReference", note)
    items = (_item(read, element) for element in document.request.findall("ConfirmationItem"))
    view = ConfirmationRequest(
        type=read.listed(header, "@type", HEADER_TYPES, kind),
        operation=read.listed(header, "@operation", OPERATIONS, "new"),
        confirmation_id=text_at(header, "@confirmID"),
        notice_date=read.moment(header, "@noticeDate"),
        order=order,
        items=tuple(item for item in items if item is not None),
        extrinsics=extrinsics_of(header),
    )
    return view, read.problems


def order_reference(element: Element) -> OrderReference:
    """Return the order named by the `OrderReference` or `OrderIDInfo` in an element."""
    return OrderReference(
        order_id=text_at(element, "OrderReference/@orderID")
        or text_at(element, "OrderIDInfo/@orderID"),
        payload_id=text_at(element, "OrderReference/DocumentReference/@payloadID"),
    )


def extrinsics_of(element: Element) -> tuple[tuple[str, str], ...]:
    """Return (name, text) of each Extrinsic directly in an element."""
    found = element.findall("Extrinsic")
    return tuple((text_at(one, "@name"), text_at(one, ".")) for one in found)


def _item(read: Reading, element: Element) -> ConfirmationItem | None:
    line = read.line(element, "@lineNumber")
    quantity = read.quantity(element, "@quantity", is_required=True)
    if not line:
        return None
    found = element.findall("ConfirmationStatus")
    if not found:
        note = "the line has no ConfirmationStatus"
        read.state("cxml.value-missing", element, "ConfirmationStatus", note)
    return ConfirmationItem(
        line_number=line,
        quantity=quantity,
        unit=text_at(element, "UnitOfMeasure"),
        statuses=tuple(_status(read, status) for status in found),
    )


def _status(read: Reading, element: Element) -> ConfirmationStatus:
    price, currency = read.money(element, "UnitPrice")
    if price is None:
        price, currency = read.money(element, "ItemIn/ItemDetail/UnitPrice")
    return ConfirmationStatus(
        type=read.listed(element, "@type", STATUS_TYPES, "unknown"),
        quantity=read.quantity(element, "@quantity", is_required=True),
        unit=text_at(element, "UnitOfMeasure"),
        delivery_date=read.day(element, "@deliveryDate"),
        shipment_date=read.day(element, "@shipmentDate"),
        unit_price=price,
        currency=currency,
        supplier_part_id=text_at(element, "ItemIn/ItemID/SupplierPartID"),
    )
