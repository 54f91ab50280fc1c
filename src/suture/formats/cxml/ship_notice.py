"""Views a ShipNoticeRequest: what a supplier says it has sent.

In: a `Document`. Out: `ShipNoticeRequest` and problems. Refuses to know: what arrives at a dock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from suture.core.problem import Problem
from suture.formats.cxml.confirmation import (
    OPERATIONS,
    OrderReference,
    extrinsics_of,
    order_reference,
)
from suture.formats.cxml.document import Document, Element, veiled
from suture.formats.cxml.read import Reading, expect, text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A lot of a shipped line."""

    __repr__ = veiled

    lot: str
    """`SupplierBatchID`."""
    expiry: date | None = None
    manufactured: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNoticeItem:
    """One shipped quantity of one order line."""

    __repr__ = veiled

    line_number: str
    quantity: Fraction
    unit: str = ""
    supplier_part_id: str = ""
    gtin: str = ""
    batches: tuple[Batch, ...] = ()
    serials: tuple[str, ...] = ()
    sscc: tuple[str, ...] = ()
    """Serial codes of the containers that hold the item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNoticePortion:
    """The part of a shipment that belongs to one order."""

    __repr__ = veiled

    order: OrderReference
    items: tuple[ShipNoticeItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNoticeRequest:
    """A ShipNoticeRequest with its header."""

    __repr__ = veiled

    shipment_id: str
    operation: str = "new"
    notice_date: datetime | None = None
    shipment_date: date | None = None
    delivery_date: date | None = None
    carrier: str = ""
    """SCAC, or the carrier's name when it has none."""
    tracking: tuple[str, ...] = ()
    portions: tuple[ShipNoticePortion, ...] = ()
    sscc: tuple[str, ...] = ()
    """Serial codes of the whole shipment: which item is in which container is not said."""
    extrinsics: tuple[tuple[str, str], ...] = ()
    """Of the header."""


def ship_notice_request(document: Document) -> tuple[ShipNoticeRequest | None, list[Problem]]:
    """Return the shipment of a ShipNoticeRequest; lines that cannot be read are left out, stated.

    None when it has no shipmentID, or the document is of another kind (`cxml.kind`).
    """
    wrong = expect(document, "ShipNoticeRequest")
    if wrong:
        return None, wrong
    read = Reading(document)
    header = document.request.find("ShipNoticeHeader")
    shipment_id = read.required(document.request, "ShipNoticeHeader/@shipmentID")
    if header is None or not shipment_id:
        return None, read.problems
    carriers = {
        text_at(found, "@domain"): text_at(found, ".")
        for found in document.request.findall("ShipControl/CarrierIdentifier")
    }
    tracking = (
        text_at(found, ".") for found in document.request.findall("ShipControl/ShipmentIdentifier")
    )
    view = ShipNoticeRequest(
        shipment_id=shipment_id,
        operation=read.listed(header, "@operation", OPERATIONS, "new"),
        notice_date=read.moment(header, "@noticeDate"),
        shipment_date=read.day(header, "@shipmentDate"),
        delivery_date=read.day(header, "@deliveryDate"),
        carrier=carriers.get("SCAC") or next(iter(carriers.values()), ""),
        tracking=tuple(number for number in tracking if number),
        portions=tuple(
            _portion(read, element) for element in document.request.findall("ShipNoticePortion")
        ),
        sscc=tuple(
            text_at(found, "@identifier") for found in header.findall("IdReference[@domain='SSCC']")
        ),
        extrinsics=extrinsics_of(header),
    )
    return view, read.problems


def _portion(read: Reading, element: Element) -> ShipNoticePortion:
    order = order_reference(element)
    if not order.order_id and not order.payload_id:
        read.state("cxml.value-missing", element, "OrderReference", "the portion names no order")
    items = (_item(read, item) for item in element.findall("ShipNoticeItem"))
    return ShipNoticePortion(order=order, items=tuple(item for item in items if item is not None))


def _item(read: Reading, element: Element) -> ShipNoticeItem | None:
    quantity = read.quantity(element, "@quantity", is_required=True)
    line = read.line(element, "@lineNumber")
    batches = tuple(_batches(read, element))
    if quantity is None or not line:
        return None
    serials = [text_at(found, "@serialNumber") for found in element.iter("AssetInfo")]
    serials += [text_at(found, ".") for found in element.iter("SerialNumber")]
    codes = [text_at(found, ".") for found in element.iter("ShippingContainerSerialCode")]
    return ShipNoticeItem(
        line_number=line,
        quantity=quantity,
        unit=text_at(element, "UnitOfMeasure"),
        supplier_part_id=text_at(element, "ItemID/SupplierPartID"),
        gtin=text_at(element, "ItemID/IdReference[@domain='GTIN']/@identifier"),
        batches=batches,
        serials=tuple(dict.fromkeys(serial for serial in serials if serial)),
        sscc=tuple(dict.fromkeys(code for code in codes if code)),
    )


def _batches(read: Reading, element: Element) -> list[Batch]:
    """Return the lots of a line: `Batch` elements, or a bare `SupplierBatchID`."""
    found = [
        Batch(
            lot=text_at(batch, "SupplierBatchID"),
            expiry=read.day(batch, "@expirationDate"),
            manufactured=read.day(batch, "@productionDate"),
        )
        for batch in element.findall("Batch")
    ]
    bare = text_at(element, "SupplierBatchID")
    if not found and bare:
        found.append(Batch(lot=bare))
    return found
