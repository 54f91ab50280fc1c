"""A purchase order as cXML OrderRequest, written whole and read back.

In: an order with its addressing, or bytes. Out: bytes, or orders and problems. Refuses to know:
what is sent to which partner (`to_cxml` writes less). What cXML has no element for stands in an
Extrinsic, which is its own way; text there is scanned before egress like any other (spec 2.0.7).
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from suture.core.money import quantity_text
from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import descriptive, missing, unread
from suture.documents.cxml_parts import envelope_of, left, party_of
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedOrder, OrderLine, PurchaseOrder
from suture.documents.to_cxml import payload_id
from suture.documents.unece import unit_in, unit_out
from suture.formats import cxml

_HEADER: Final = {
    "Supplier": "supplier",
    "Facility": "facility",
    "VendorNumber": "vendor_no",
    "Urgency": "urgency",
}
_LINE: Final = {"DemandToken": "demand_token", "Contract": "contract"}
"""Name of an Extrinsic -> field."""
_COST_CENTER: Final = "CostCenter"
_GLN: Final = "GLN"
_UNCLASSIFIED: Final = ("", "00000000")
_MONEY: Final = "currency"
KNOWN: Final = {
    "OrderRequest": "",
    "OrderRequestHeader": "orderID orderDate type",
    "Total": "",
    "Money": _MONEY,
    "ShipTo": "",
    "BillTo": "",
    "Address": "addressID addressIDDomain",
    "Name": "",
    "MasterAgreementIDInfo": "agreementID",
    "MasterAgreementReference": "agreementID",
    "Extrinsic": "name",
    "ItemOut": "quantity lineNumber requestedDeliveryDate",
    "ItemID": "",
    "SupplierPartID": "",
    "BuyerPartID": "",
    "IdReference": "identifier domain",
    "ItemDetail": "",
    "UnitPrice": "",
    "Description": "",
    "UnitOfMeasure": "",
    "Classification": "domain",
    "Distribution": "",
    "Accounting": "name",
    "AccountingSegment": "id",
    "Segment": "type id description",
    "Charge": "",
}


def write(order: PurchaseOrder, addressing: Addressing) -> bytes:
    """Return the OrderRequest; raises RefusalError for what cannot be written."""
    items = tuple(item_of(line, order.need_by) for line in order.lines)
    request = request_of(order, order.order_date, items)
    envelope = envelope_of(payload_id(order.po_number, 0), addressing)
    return cxml.order_request_document(request, envelope)


def request_of(
    order: PurchaseOrder | ChangedOrder, ordered: date, items: tuple[cxml.OrderItem, ...]
) -> cxml.OrderRequest:
    """Return the OrderRequest with the heading of an order or of its change."""
    held = ((name, getattr(order, field)) for name, field in _HEADER.items())
    plain = ("", "ROUTINE")
    return cxml.OrderRequest(
        order_id=order.po_number,
        order_date=ordered,
        items=items,
        agreement_id=order.contract,
        ship_to=_address(order.ship_to_gln, order.ship_to_name),
        bill_to=_address(order.bill_to_gln, order.bill_to_name),
        currency=order.currency,
        extrinsics=tuple((name, value) for name, value in held if value not in plain),
    )


def _address(gln: str, name: str) -> cxml.Address:
    return cxml.Address(address_id=gln, domain=_GLN if gln else "", name=descriptive(name))


def item_of(line: OrderLine, need_by: date | None) -> cxml.OrderItem:
    """Return the ItemOut of a line; raises RefusalError for a quantity that is no decimal."""
    if "/" in quantity_text(line.quantity):
        raise RefusalError("cxml.value-number", "the quantity is no decimal number", path="ItemOut")
    accounting = (cxml.AccountingSegment(type=_COST_CENTER, id=line.cost_center),)
    extrinsics = ((name, getattr(line, field)) for name, field in _LINE.items())
    return cxml.OrderItem(
        line_number=line.line,
        quantity=line.quantity,
        unit=unit_out(line.uom),
        supplier_part_id=line.catalog_no or line.item or line.gtin,
        unit_price=line.unit_price,
        currency=line.currency,
        description=descriptive(line.description),
        buyer_part_id=line.item,
        gtin=line.gtin,
        requested_delivery=need_by,
        ship_to=cxml.Address(name=descriptive(line.deliver_to)),
        accounting=accounting if line.cost_center else (),
        extrinsics=tuple((name, value) for name, value in extrinsics if value),
    )


def read(data: bytes) -> tuple[list[PurchaseOrder], list[Problem]]:
    """Return the order of an OrderRequest of type new, and problems with their paths."""
    document, problems = cxml.parse(data)
    if document is None:
        return [], problems
    request, found = cxml.order_request(document)
    problems += found
    if request is None:
        return [], problems
    if request.type != "new":
        path = "/cXML/Request/OrderRequest/OrderRequestHeader/@type"
        return [], [*problems, unread(path, note="an update or delete is no new order")]
    problems += left(document, KNOWN)
    return [_order(request, document, problems)], problems


def _order(
    request: cxml.OrderRequest, document: cxml.Document, problems: list[Problem]
) -> PurchaseOrder:
    return PurchaseOrder(
        need_by=_need_by(request, problems),
        lines=tuple(line_of(item, n, problems) for n, item in enumerate(request.items, start=1)),
        **heading_of(request, document, problems),
    )


def heading_of(
    request: cxml.OrderRequest, document: cxml.Document, problems: list[Problem]
) -> dict[str, Any]:
    """Return the fields that the heading of an order or of its change says."""
    found = _extrinsics(request.extrinsics, _HEADER, "OrderRequestHeader", problems)
    parties = document.credentials
    return {
        "po_number": request.order_id,
        "supplier": found.get("supplier") or party_of(parties.receiver),
        "facility": found.get("facility") or party_of(parties.sender_of_document),
        "order_date": request.order_date,
        "currency": request.currency,
        "contract": request.agreement_id,
        "bill_to_gln": _gln(request.bill_to, "BillTo", problems),
        "bill_to_name": _name(request.bill_to),
        "ship_to_gln": _gln(request.ship_to, "ShipTo", problems),
        "ship_to_name": _name(request.ship_to),
        "vendor_no": found.get("vendor_no", ""),
        "urgency": found.get("urgency", "ROUTINE"),
    }


def _gln(address: cxml.Address, name: str, problems: list[Problem]) -> str:
    if address.address_id and address.domain != _GLN:
        problems.append(unread(f"//{name}/Address/@addressID"))
        return ""
    return address.address_id


def _name(address: cxml.Address) -> str:
    """Return the name; cXML wants one, so an address without has its number there."""
    return "" if address.name == address.address_id else address.name


def _need_by(request: cxml.OrderRequest, problems: list[Problem]) -> date:
    """Return the earliest delivery date of the lines."""
    days = sorted({item.requested_delivery for item in request.items if item.requested_delivery})
    path = "//ItemOut/@requestedDeliveryDate"
    if not days:
        note = "the document says no delivery date; the date of the order stands for it"
        problems.append(missing(path, note))
        return request.order_date
    if len(days) > 1:
        problems.append(unread(path, note="lines have several dates; the earliest is read"))
    return days[0]


def _extrinsics(
    found: tuple[tuple[str, str], ...], known: dict[str, str], path: str, problems: list[Problem]
) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in found:
        if name in known:
            fields.setdefault(known[name], value)
        else:
            problems.append(unread(f"//{path}/Extrinsic"))
    return fields


def line_of(item: cxml.OrderItem, number: int, problems: list[Problem]) -> OrderLine:
    """Return the line of an ItemOut."""
    path = f"ItemOut[{number}]"
    if item.classification not in _UNCLASSIFIED:
        problems.append(unread(f"//{path}/ItemDetail/Classification"))
    centers = [one.id for one in item.accounting if one.type == _COST_CENTER]
    if len(centers) < len(item.accounting) or len(centers) > 1:
        problems.append(unread(f"//{path}/Distribution"))
    # SupplierPartID must stand; without a catalogue number ours stands in it.
    ours = (item.buyer_part_id, item.gtin)
    return OrderLine(
        line=item.line_number,
        item=item.buyer_part_id,
        quantity=item.quantity,
        uom=unit_in(item.unit),
        unit_price=item.unit_price,
        currency=item.currency,
        gtin=item.gtin,
        catalog_no="" if item.supplier_part_id in ours else item.supplier_part_id,
        description=item.description,
        cost_center=centers[0] if centers else "",
        deliver_to=item.ship_to.name or item.ship_to.address_id,
        **_extrinsics(item.extrinsics, _LINE, path, problems),
    )
