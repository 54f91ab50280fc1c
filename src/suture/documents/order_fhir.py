"""A purchase order as a FHIR R5 Bundle of SupplyRequests, in the style of IHE SUPPLY PHARM-S1.

In: an order with its addressing, or bytes. Out: bytes, or orders and problems. Refuses to know:
servers; and prices, contracts and accounts, which a SupplyRequest has no element for. An order is
several requests, one a line, that carry its number; a lone SupplyRequest is an order of one line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from suture.core.money import quantity_text
from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import descriptive, missing, unread, unreadable
from suture.documents.partner import Addressing
from suture.documents.supply import OrderLine, PurchaseOrder
from suture.formats import fhir
from suture.formats.unit import CodeList, translate_unit

ORDER: Final = "urn:suture:purchase-order"
LINE: Final = "urn:suture:purchase-order-line"
SUPPLIER: Final = "urn:suture:supplier"
VENDOR: Final = "urn:suture:vendor-number"
FACILITY: Final = "urn:suture:facility"
DEMAND: Final = "urn:suture:demand-token"
ITEM: Final = "urn:suture:item"
CATALOG: Final = "urn:suture:catalog-number"
GTIN: Final = "https://www.gs1.org/gtin"
GLN: Final = "https://www.gs1.org/gln"
UCUM: Final = "http://unitsofmeasure.org"

_PRIORITIES: Final = {
    "ROUTINE": "routine",
    "URGENT": "urgent",
    "EXPEDITE": "asap",
    "EMERGENCY": "stat",
}
_URGENCIES: Final = {code: urgency for urgency, code in _PRIORITIES.items()}
_KNOWN: Final = frozenset(
    {
        *("resourceType", "id", "identifier", "status", "basedOn", "priority", "item", "quantity"),
        *("occurrenceDateTime", "authoredOn", "requester", "supplier", "deliverTo"),
    }
)
"""Elements of a SupplyRequest that are read."""


def write(order: PurchaseOrder, addressing: Addressing) -> bytes:
    """Return a transaction Bundle; raises RefusalError for what cannot be written."""
    if not order.lines:
        raise RefusalError("supply.missing", "a Bundle of requests has at least one", path="lines")
    entries = [
        {
            "fullUrl": f"urn:suture:request:{addressing.control}:{number}",
            "resource": _request(order, line),
            "request": {"method": "POST", "url": "SupplyRequest"},
        }
        for number, line in enumerate(order.lines, start=1)
    ]
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": ORDER, "value": order.po_number},
        "type": "transaction",
        "timestamp": addressing.at.isoformat(timespec="seconds"),
        "entry": entries,
    }
    return fhir.to_json(bundle)


def _request(order: PurchaseOrder, line: OrderLine) -> dict[str, Any]:
    products = [
        fhir.Coding(system, code)
        for system, code in ((GTIN, line.gtin), (CATALOG, line.catalog_no), (ITEM, line.item))
        if code
    ]
    if not products:
        raise RefusalError("supply.missing", "a request names its item", path="item")
    message = fhir.supply_request_message(
        fhir.SupplyOrder(
            identifier=fhir.Identifier(ORDER, order.po_number),
            line=fhir.SupplyLine(product=products[0], quantity=amount_of(line.quantity, line.uom)),
            authored_on=datetime.combine(order.order_date, time(), UTC),
            requester=_named(FACILITY, order.facility),
            deliver_to=_destination(order),
            priority=_PRIORITIES.get(order.urgency, "routine"),
        )
    )
    made: dict[str, Any] = dict(message.data)
    made["identifier"] = [*made["identifier"], {"system": LINE, "value": line.line}]
    codings = [{"system": one.system, "code": one.code} for one in products]
    concept: dict[str, Any] = {"coding": codings}
    description = descriptive(line.description)
    if description:
        concept["text"] = description
    made["item"] = {"concept": concept}
    made["authoredOn"] = order.order_date.isoformat()
    made["occurrenceDateTime"] = order.need_by.isoformat()
    if line.demand_token:
        made["basedOn"] = [owned_by(DEMAND, line.demand_token)]
    suppliers = [owned_by(SUPPLIER, order.supplier), owned_by(VENDOR, order.vendor_no)]
    made["supplier"] = [one for one in suppliers if one["identifier"]["value"]]
    return {key: value for key, value in made.items() if value}


def owned_by(system: str, value: str) -> dict[str, Any]:
    """Return a reference by business identifier."""
    return {"identifier": {"system": system, "value": value}}


def _named(system: str, value: str, name: str = "") -> fhir.Reference:
    owned = fhir.Identifier(system, value) if value else None
    return fhir.Reference(identifier=owned, display=name)


def _destination(order: PurchaseOrder) -> fhir.Reference:
    """Return where to; an order without a dock is delivered to its facility."""
    name = descriptive(order.ship_to_name)
    if order.ship_to_gln or name:
        return _named(GLN, order.ship_to_gln, name)
    return _named(FACILITY, order.facility)


def amount_of(quantity: Fraction, uom: str) -> fhir.Amount:
    """Return a quantity with its unit for people and, where UCUM has it, for machines."""
    text = quantity_text(quantity)
    if "/" in text:
        note = "the quantity is no decimal number"
        raise RefusalError("fhir.value", note, path="quantity")
    code = translate_unit(uom, CodeList.X12, CodeList.UCUM)
    system = UCUM if code else ""
    return fhir.Amount(Decimal(text), unit=uom, system=system, code=code or "")


def read(data: bytes) -> tuple[list[PurchaseOrder], list[Problem]]:
    """Return an order for each order number that SupplyRequests carry, and problems with paths."""
    resource, problems = fhir.parse(data)
    if resource is None:
        return [], problems
    profile = fhir.SUPPLY_PROFILES["PHARM-S1"]
    if resource.type == "SupplyRequest":
        problems += fhir.validate(resource, profile)
        return _orders([("SupplyRequest", resource)], "", problems), problems
    if resource.type != "Bundle":
        return [], [*problems, unread(resource.type or "Resource")]
    problems += fhir.validate(resource, fhir.FhirProfile(name="exchange", version="R5"))
    bundle = fhir.bundle(resource)
    placed = []
    for number, entry in enumerate(bundle.entries):
        path = f"Bundle.entry[{number}].resource"
        if entry.resource is None or entry.resource.type != "SupplyRequest":
            problems.append(unread(path))
            continue
        placed.append((path, entry.resource))
    owned = next((one.value for one in bundle.identifiers if one.system == ORDER), "")
    return _orders(placed, owned, problems), problems


def _orders(
    placed: list[tuple[str, fhir.Resource]], number: str, problems: list[Problem]
) -> list[PurchaseOrder]:
    """Return the requests by order number, in the order in which they stand."""
    sorted_out: dict[str, list[tuple[str, fhir.SupplyRequest]]] = {}
    for path, resource in placed:
        problems += [unread(f"{path}.{name}") for name in resource.data if name not in _KNOWN]
        view = fhir.supply_request(resource)
        found = _identified(view, ORDER) or number
        if not found:
            found = view.identifiers[0].value if view.identifiers else ""
        sorted_out.setdefault(found, []).append((path, view))
    orders = (_order(key, requests, problems) for key, requests in sorted_out.items())
    return [order for order in orders if order is not None]


def _identified(view: fhir.SupplyRequest, system: str) -> str:
    return next((one.value for one in view.identifiers if one.system == system), "")


def _order(
    number: str, requests: list[tuple[str, fhir.SupplyRequest]], problems: list[Problem]
) -> PurchaseOrder | None:
    path, head = requests[0]
    ordered = _day(head.authored_on)
    if not number or ordered is None:
        note = "an order has its number in identifier and its date in authoredOn"
        problems.append(unreadable(path, note))
        return None
    due = _day(head.occurrence.at if head.occurrence else None)
    if due is None:
        note = "the document says no delivery date; the date of the order stands for it"
        problems.append(missing(f"{path}.occurrenceDateTime", note))
    lines = (_line(at, view, n, problems) for n, (at, view) in enumerate(requests, start=1))
    problems += _unlike(requests)
    return PurchaseOrder(
        po_number=number,
        supplier=identified_by(head.suppliers, SUPPLIER),
        facility=identified_by((head.requester,), FACILITY),
        order_date=ordered,
        need_by=due or ordered,
        lines=tuple(line for line in lines if line is not None),
        vendor_no=identified_by(head.suppliers, VENDOR),
        ship_to_gln=identified_by((head.deliver_to,), GLN),
        ship_to_name=head.deliver_to.display if head.deliver_to else "",
        urgency=_URGENCIES.get(head.priority, "ROUTINE"),
    )


def _unlike(requests: list[tuple[str, fhir.SupplyRequest]]) -> list[Problem]:
    """Return a problem for each request whose common part differs from that of the first."""

    def common(view: fhir.SupplyRequest) -> tuple[object, ...]:
        when = (view.authored_on, view.occurrence, view.priority)
        return (*when, view.requester, view.suppliers, view.deliver_to)

    first = common(requests[0][1])
    note = "the request differs from the first of its order in date, place, party or priority"
    return [unread(path, note=note) for path, view in requests[1:] if common(view) != first]


def _day(found: fhir.Moment | None) -> date | None:
    return found.at.date() if found is not None else None


def identified_by(references: tuple[fhir.Reference | None, ...], system: str) -> str:
    """Return the identifier of one system, of the first reference that has one."""
    owned = (one.identifier for one in references if one is not None and one.identifier)
    return next((one.value for one in owned if one.system == system), "")


def _line(
    path: str, view: fhir.SupplyRequest, number: int, problems: list[Problem]
) -> OrderLine | None:
    amount = view.quantity.exact if view.quantity else None
    concept = view.item.concept if view.item else None
    if amount is None or view.quantity is None or concept is None:
        problems.append(unreadable(path, "a request has its quantity and its item"))
        return None
    note = "a SupplyRequest says no price; it reads as nothing"
    problems.append(missing(f"{path}.item", note))
    held = {one.system: one.code for one in reversed(concept.codings)}
    for one in concept.codings:
        if one.system not in (GTIN, CATALOG, ITEM):
            problems.append(unread(f"{path}.item.concept.coding"))
    return OrderLine(
        line=_identified(view, LINE) or str(number),
        item=held.get(ITEM, ""),
        quantity=amount,
        uom=unit_of(view.quantity),
        unit_price=Decimal(0),
        gtin=held.get(GTIN, ""),
        catalog_no=held.get(CATALOG, ""),
        description=concept.text,
        demand_token=identified_by(view.based_on, DEMAND),
    )


def unit_of(amount: fhir.Amount) -> str:
    """Return our X12 355 code: the one for people where it is the one for machines too."""
    if amount.system != UCUM or not amount.code:
        return amount.unit or amount.code
    if translate_unit(amount.unit, CodeList.X12, CodeList.UCUM) == amount.code:
        return amount.unit
    return translate_unit(amount.code, CodeList.UCUM, CodeList.X12) or amount.code
