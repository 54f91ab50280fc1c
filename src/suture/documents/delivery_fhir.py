"""A ship notice and a receipt advice as FHIR R5 Bundles of SupplyDeliveries (IHE PHARM-S3 and S4).

In: a document with its addressing, or bytes. Out: bytes, or documents and problems. Refuses to
know: servers, orders, stock. A line is a delivery, a lot of it a Device that the delivery
contains; which of the two documents it is, the delivery stage says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from msgspec.structs import replace as replaced

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.order_fhir import (
    CATALOG,
    FACILITY,
    GTIN,
    LINE,
    ORDER,
    SUPPLIER,
    amount_of,
    identified_by,
    owned_by,
    unit_of,
)
from suture.documents.partner import Addressing
from suture.documents.shipped_x12 import lots_of
from suture.documents.supply import Lot, ReceiptAdvice, ShipNotice, ShippedLine
from suture.documents.traced import shipped_by_line
from suture.formats import fhir

SHIPMENT: Final = "urn:suture:shipment"
RECEIPT: Final = "urn:suture:receipt"
TRACKING: Final = "urn:suture:tracking-number"
SSCC: Final = "https://www.gs1.org/sscc"
SHIPPED_NAME: Final = "SupplyDelivery shipment"
RECEIVED_NAME: Final = "SupplyDelivery reception"
_GS1: Final = "https://www.gs1.org"
_CANCELLED: Final = "abandoned"
_KNOWN: Final = frozenset(
    {
        *("resourceType", "id", "extension", "contained", "identifier", "basedOn", "partOf"),
        *("status", "suppliedItem", "occurrenceDateTime", "occurrencePeriod", "supplier"),
        *("destination", "receiver"),
    }
)
"""Elements of a SupplyDelivery that are read."""
_DEVICE: Final = frozenset(
    {
        *("resourceType", "id", "udiCarrier", "partNumber", "lotNumber", "serialNumber"),
        "expirationDate",
    }
)
_OWN_CHECKS: Final = ("fhir.profile", "fhir.constraint")
"""Problems that a profile adds; what the standard wants is checked over the whole Bundle."""


@dataclass(frozen=True, slots=True)
class _Stage:
    """Which of the two documents."""

    code: str
    number: str
    """System of the document's own number."""
    profile: fhir.FhirProfile


_SHIPMENT: Final = _Stage("shipment", SHIPMENT, fhir.SUPPLY_PROFILES["PHARM-S3"])
_RECEPTION: Final = _Stage("reception", RECEIPT, fhir.SUPPLY_PROFILES["PHARM-S4"])


# ---- writing


def write_shipped(notice: ShipNotice, addressing: Addressing) -> bytes:
    """Return a transaction Bundle of PHARM-S3; raises RefusalError for what cannot be written."""
    codes = [(SHIPMENT, notice.shipment), (TRACKING, notice.tracking)]
    codes += [(SSCC, code) for code in notice.sscc]
    common: dict[str, Any] = {
        "identifier": _identifiers(codes),
        "status": _CANCELLED if notice.is_cancel else "in-progress",
        "occurrencePeriod": _period(notice.shipped, notice.expected),
        "supplier": _party(SUPPLIER, notice.supplier),
        "destination": _party(FACILITY, addressing.receiver),
    }
    return _bundle(_SHIPMENT, (SHIPMENT, notice.shipment), (notice.lines, common), addressing)


def write_received(advice: ReceiptAdvice, addressing: Addressing) -> bytes:
    """Return a transaction Bundle of PHARM-S4; raises RefusalError for what cannot be written."""
    facility = _party(FACILITY, addressing.sender)
    common: dict[str, Any] = {
        "identifier": _identifiers([(RECEIPT, advice.receipt)]),
        "partOf": [owned_by(SHIPMENT, advice.shipment)] if advice.shipment else [],
        "status": "completed",
        "occurrenceDateTime": advice.received.isoformat(),
        "supplier": _party(SUPPLIER, advice.supplier),
        "destination": facility,
        "receiver": [facility],
    }
    return _bundle(_RECEPTION, (RECEIPT, advice.receipt), (advice.lines, common), addressing)


def _bundle(
    stage: _Stage,
    number: tuple[str, str],
    content: tuple[tuple[ShippedLine, ...], dict[str, Any]],
    addressing: Addressing,
) -> bytes:
    lines, common = content
    if not lines:
        note = "a Bundle of deliveries has at least one"
        raise RefusalError("supply.missing", note, path="lines")
    entries = [
        {
            "fullUrl": f"urn:suture:{stage.code}:{addressing.control}:{place}",
            "resource": _delivery(stage, line, common),
            "request": {"method": "POST", "url": "SupplyDelivery"},
        }
        for place, line in enumerate(lines, start=1)
    ]
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": number[0], "value": number[1]},
        "type": "transaction",
        "timestamp": addressing.at.isoformat(timespec="seconds"),
        "entry": entries,
    }
    return fhir.to_json(bundle)


def _delivery(stage: _Stage, line: ShippedLine, common: dict[str, Any]) -> dict[str, Any]:
    lots = list(lots_of(line))
    devices = [_device(line, lot, f"lot{n}") for n, lot in enumerate(lots, 1) if _is_traced(lot)]
    coding = {"system": fhir.STAGE_SYSTEM, "code": stage.code}
    made: dict[str, Any] = {
        "resourceType": "SupplyDelivery",
        "contained": devices,
        "extension": [{"url": fhir.STAGE_URL, "valueCodeableConcept": {"coding": [coding]}}],
        **common,
        "identifier": [*common["identifier"], *_identifiers([(LINE, line.line)])],
        "basedOn": [owned_by(ORDER, line.po_number)] if line.po_number else [],
        "suppliedItem": [_supplied(line, lot, f"lot{n}") for n, lot in enumerate(lots, 1)],
    }
    return {key: value for key, value in made.items() if value}


def _supplied(line: ShippedLine, lot: Lot, name: str) -> dict[str, Any]:
    """Return how much of what: a contained device, or the product's codes."""
    amount = amount_of(lot.quantity, line.uom)
    unit = (("unit", amount.unit), ("system", amount.system), ("code", amount.code))
    made: dict[str, Any] = {"quantity": {"value": amount.value, **dict(x for x in unit if x[1])}}
    codes = ((GTIN, line.gtin), (CATALOG, line.catalog_no))
    codings = [{"system": system, "code": code} for system, code in codes if code]
    if _is_traced(lot):
        made["itemReference"] = {"reference": f"#{name}"}
    elif codings:
        made["itemCodeableConcept"] = {"coding": codings}
    return made


def _device(line: ShippedLine, lot: Lot, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Device",
        "id": name,
        "expirationDate": lot.expiry.isoformat() if lot.expiry else "",
        "lotNumber": lot.lot,
        "serialNumber": lot.serial,
        "partNumber": line.catalog_no,
    }
    if line.gtin:
        made["udiCarrier"] = [{"deviceIdentifier": line.gtin, "issuer": _GS1}]
    return {key: value for key, value in made.items() if value}


def _is_traced(lot: Lot) -> bool:
    return bool(lot.lot or lot.serial or lot.expiry)


def _identifiers(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"system": system, "value": value} for system, value in pairs if value]


def _party(system: str, value: str) -> dict[str, Any]:
    return owned_by(system, value) if value else {}


def _period(start: date | None, end: date | None) -> dict[str, str]:
    """Return the days; an arrival before the departure is no period and is left out."""
    if start and end and end < start:
        end = None
    days = (("start", start), ("end", end))
    return {name: day.isoformat() for name, day in days if day is not None}


# ---- reading


def kind_name(resource: fhir.Resource) -> str:
    """Return what a resource is called in the registry: a delivery by its stage."""
    if resource.type != "SupplyDelivery":
        return resource.type
    return RECEIVED_NAME if _is_reception(resource) else SHIPPED_NAME


def _is_reception(resource: fhir.Resource) -> bool:
    codes = resource.every("extension.valueCodeableConcept.coding.code")
    return _RECEPTION.code in codes


def read_shipped(data: bytes) -> tuple[list[ShipNotice], list[Problem]]:
    """Return a notice for each shipment number that deliveries carry, and problems with paths."""
    found, problems = _deliveries(data, _SHIPMENT)
    return [_notice(number, placed, problems) for number, placed in found.items()], problems


def read_received(data: bytes) -> tuple[list[ReceiptAdvice], list[Problem]]:
    """Return an advice for each receipt number that deliveries carry, and problems with paths."""
    found, problems = _deliveries(data, _RECEPTION)
    advices = (_advice(number, placed, problems) for number, placed in found.items())
    return [advice for advice in advices if advice is not None], problems


_Placed = list[tuple[str, fhir.Resource]]


def _deliveries(data: bytes, stage: _Stage) -> tuple[dict[str, _Placed], list[Problem]]:
    """Return the deliveries of one stage by their document's number."""
    resource, problems = fhir.parse(data)
    if resource is None:
        return {}, problems
    problems += fhir.validate(resource, fhir.FhirProfile(name="exchange", version="R5"))
    placed: _Placed = [(resource.type or "Resource", resource)]
    number = ""
    if resource.type == "Bundle":
        bundle = fhir.bundle(resource)
        number = next((one.value for one in bundle.identifiers if one.system == stage.number), "")
        placed = [
            (f"Bundle.entry[{n}].resource", entry.resource or fhir.Resource({}))
            for n, entry in enumerate(bundle.entries)
        ]
    found: dict[str, _Placed] = {}
    for path, one in placed:
        is_reception = one.type == "SupplyDelivery" and _is_reception(one)
        if one.type != "SupplyDelivery" or is_reception != (stage is _RECEPTION):
            problems.append(unread(path))
            continue
        problems += _checked(path, one, stage)
        identifiers = fhir.supply_delivery(one).identifiers
        own = [x.value for x in identifiers if x.system == stage.number and x.value]
        named = [*own, number, *(x.value for x in identifiers)]
        key = next(filter(None, named), "")
        if key:
            found.setdefault(key, []).append((path, one))
        else:
            problems.append(unreadable(path, "a delivery has the number of its document"))
    return found, problems


def _checked(path: str, resource: fhir.Resource, stage: _Stage) -> Iterator[Problem]:
    """Yield what the profile of the transaction objects to, and what is not read."""
    for problem in fhir.validate(resource, stage.profile):
        if problem.code.startswith(_OWN_CHECKS):
            yield replace(problem, path=path + problem.path.removeprefix(resource.type))
    for name in resource.data:
        if name not in _KNOWN:
            yield unread(f"{path}.{name}")
    for url in resource.every("extension.url"):
        if url != fhir.STAGE_URL:
            yield unread(f"{path}.extension")
    view = fhir.supply_delivery(resource)
    systems = {LINE, SHIPMENT, RECEIPT, TRACKING, SSCC}
    if any(one.system not in systems for one in view.identifiers):
        yield unread(f"{path}.identifier")
    for name, place in (("destination", view.destination), ("receiver", view.receivers)):
        places = place if isinstance(place, tuple) else (place,)
        if any(one is not None and not identified_by((one,), FACILITY) for one in places):
            yield unread(f"{path}.{name}")


def _notice(number: str, placed: _Placed, problems: list[Problem]) -> ShipNotice:
    problems += _unlike(placed)
    head = fhir.supply_delivery(placed[0][1])
    period = head.occurrence.period if head.occurrence else None
    at = head.occurrence.at if head.occurrence else None
    start = (period.start if period else None) or at
    tracking = [x.value for x in head.identifiers if x.system == TRACKING]
    codes = (x.value for x in head.identifiers if x.system == SSCC)
    return ShipNotice(
        shipment=number,
        supplier=identified_by((head.supplier,), SUPPLIER),
        lines=_lines(placed, problems),
        shipped=start.day if start else None,
        expected=period.end.day if period and period.end else None,
        sscc=tuple(dict.fromkeys(codes)),
        tracking=tracking[0] if tracking else "",
        is_cancel=head.status in (_CANCELLED, "entered-in-error"),
    )


def _advice(number: str, placed: _Placed, problems: list[Problem]) -> ReceiptAdvice | None:
    problems += _unlike(placed)
    path, first = placed[0]
    head = fhir.supply_delivery(first)
    at = head.occurrence.at if head.occurrence else None
    if at is None:
        problems.append(unreadable(path, "a receipt has its day in occurrenceDateTime"))
        return None
    if head.status in (_CANCELLED, "entered-in-error"):
        note = "a withdrawn receipt is no receipt"
        problems.append(unread(f"{path}.status", note=note))
        return None
    return ReceiptAdvice(
        receipt=number,
        supplier=identified_by((head.supplier,), SUPPLIER),
        received=at.day,
        lines=_lines(placed, problems),
        shipment=identified_by(head.part_of, SHIPMENT),
    )


def _unlike(placed: _Placed) -> list[Problem]:
    """Return a problem for each delivery whose common part differs from that of the first."""

    def common(resource: fhir.Resource) -> tuple[object, ...]:
        view = fhir.supply_delivery(resource)
        codes = tuple(x for x in view.identifiers if x.system != LINE)
        return (codes, view.status, view.occurrence, view.supplier, view.part_of)

    first = common(placed[0][1])
    note = "the delivery differs from the first of its document in date, party, number or status"
    return [unread(path, note=note) for path, one in placed[1:] if common(one) != first]


def _lines(placed: _Placed, problems: list[Problem]) -> tuple[ShippedLine, ...]:
    rows = (_rows(path, one, n, problems) for n, (path, one) in enumerate(placed, start=1))
    return shipped_by_line(row for each in rows for row in each)


def _rows(
    path: str, resource: fhir.Resource, place: int, problems: list[Problem]
) -> Iterator[ShippedLine]:
    """Yield a row for each supplied item that says its quantity."""
    view = fhir.supply_delivery(resource)
    line = next((x.value for x in view.identifiers if x.system == LINE and x.value), str(place))
    held = resource.data.get("contained")
    inside = {
        one.get("id"): one
        for one in (held if isinstance(held, list) else [])
        if isinstance(one, dict) and one.get("resourceType") == "Device"
    }
    if isinstance(held, list) and len(inside) < len(held):
        problems.append(unread(f"{path}.contained"))
    if not view.items:
        problems.append(unreadable(path, "a delivery has its item"))
    for number, item in enumerate(view.items):
        below = f"{path}.suppliedItem[{number}]"
        amount = item.quantity.exact if item.quantity else None
        if amount is None or item.quantity is None or amount < 0:
            problems.append(unreadable(below, "a supplied item has its quantity"))
            continue
        row = ShippedLine(
            po_number=identified_by(view.based_on, ORDER),
            line=line,
            quantity=amount,
            uom=unit_of(item.quantity),
        )
        yield _named(row, (below, item), inside, problems)


def _named(
    row: ShippedLine,
    placed: tuple[str, fhir.SuppliedItem],
    inside: dict[Any, dict[str, Any]],
    problems: list[Problem],
) -> ShippedLine:
    """Return a row with what its item says: a contained device, or codes."""
    below, item = placed
    reference = item.item.reference if item.item else None
    concept = item.item.concept if item.item else None
    if reference is not None:
        found = inside.get(reference.id) if reference.reference.startswith("#") else None
        if found is None:
            problems.append(unread(f"{below}.itemReference"))
            return row
        return _of_device(row, found, (below, problems))
    codings = concept.codings if concept else ()
    codes = {one.system: one.code for one in reversed(codings)}
    if set(codes) - {GTIN, CATALOG} or (concept and concept.text):
        problems.append(unread(f"{below}.itemCodeableConcept"))
    return replaced(row, gtin=codes.get(GTIN, ""), catalog_no=codes.get(CATALOG, ""))


def _of_device(
    row: ShippedLine, found: dict[str, Any], stated: tuple[str, list[Problem]]
) -> ShippedLine:
    below, problems = stated
    problems += [unread(f"{below}.itemReference.{name}") for name in found if name not in _DEVICE]
    view = fhir.device(found)
    gtins = [one.device_identifier for one in view.udi]
    lot = Lot(
        quantity=row.quantity,
        lot=view.lot_number,
        serial=view.serial_number,
        expiry=view.expires.day if view.expires else None,
    )
    lots = (lot,) if _is_traced(lot) else ()
    gtin = gtins[0] if gtins else ""
    return replaced(row, gtin=gtin, catalog_no=view.part_number, lots=lots)
