"""A stock report as a FHIR R5 InventoryReport, in the style of IHE SUPPLY PHARM-S5.

In: a stock report with its addressing, or bytes. Out: bytes, or stock reports and problems. Refuses
to know: servers. A listing is what stands together in one status; a lot is a contained
InventoryItem. The number of a line, which a counted item has no element for, is an extension.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from suture.core.money import quantity_text
from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.order_fhir import CATALOG, FACILITY, GLN, GTIN, ITEM, SUPPLIER, UCUM, unit_of
from suture.documents.partner import Addressing
from suture.documents.stocked import as_of_utc, joined, lots_in, parts_of
from suture.documents.supply import Lot, StockLine, StockReport, StockStatus
from suture.formats import fhir
from suture.formats.unit import CodeList, translate_unit

REPORT: Final = "urn:suture:stock-report"
LINE: Final = "urn:suture:stock-report-line"
STATUS: Final = "urn:suture:stock-status"
SERIAL: Final = "urn:suture:serial-number"
_FIELDS: Final = {GTIN: "gtin", CATALOG: "catalog_no", ITEM: "item"}
_KNOWN: Final = frozenset(
    {
        *("resourceType", "id", "contained", "identifier", "status", "countType"),
        *("reportedDateTime", "reporter", "inventoryListing"),
    }
)
"""Elements of an InventoryReport that are read."""
_LOT_KNOWN: Final = frozenset({"resourceType", "id", "status", "code", "instance"})
"""Elements of a contained InventoryItem that are read, or said again with the count."""


def write(report: StockReport, addressing: Addressing) -> bytes:
    """Return an InventoryReport; raises RefusalError for what cannot be written."""
    at, contained = as_of_utc(report), list[dict[str, Any]]()
    facility = (FACILITY, report.facility) if report.facility else (SUPPLIER, report.supplier)
    reporter = (SUPPLIER, report.supplier) if report.supplier else facility
    location = (GLN, report.location_gln) if report.location_gln else facility
    listings = [
        {
            "location": _owned(*location),
            "itemStatus": {"coding": [{"system": STATUS, "code": status.value}]},
            "item": [_item(line, lot, contained) for line in lines for lot in parts_of(line)],
        }
        for status, lines in groupby(report.lines, key=lambda line: line.status)
    ]
    made: dict[str, Any] = {
        "resourceType": "InventoryReport",
        "contained": contained,
        "identifier": [{"system": REPORT, "value": report.number}],
        "status": "active",
        "countType": "snapshot",
        "reportedDateTime": at.isoformat().replace("+00:00", "Z"),
        "reporter": _owned(*reporter),
        "inventoryListing": listings,
    }
    return fhir.to_json({key: value for key, value in made.items() if value})


def _owned(system: str, value: str) -> dict[str, Any]:
    return {"identifier": {"system": system, "value": value}}


def _item(line: StockLine, lot: Lot, contained: list[dict[str, Any]]) -> dict[str, Any]:
    held = ((system, getattr(line, field)) for system, field in _FIELDS.items())
    concept = {"coding": [{"system": system, "code": code} for system, code in held if code]}
    item: dict[str, Any] = {"concept": concept}
    if lots_in(lot):
        instance = {
            "identifier": [{"system": SERIAL, "value": lot.serial}] if lot.serial else [],
            "lotNumber": lot.lot,
            "expiry": lot.expiry.isoformat() if lot.expiry else "",
        }
        item["reference"] = {"reference": f"#lot{len(contained) + 1}"}
        contained.append(
            {
                "resourceType": "InventoryItem",
                "id": f"lot{len(contained) + 1}",
                "status": "active",
                "code": [concept],
                "instance": {key: value for key, value in instance.items() if value},
            }
        )
    extension = [{"url": LINE, "valueString": line.line}]
    return {"extension": extension, "quantity": _amount(line.uom, lot.quantity), "item": item}


def _amount(uom: str, quantity: Fraction) -> dict[str, Any]:
    text = quantity_text(quantity)
    if "/" in text:
        note = "the quantity is no decimal number"
        raise RefusalError("fhir.value", note, path="InventoryReport.inventoryListing.item")
    code = translate_unit(uom, CodeList.X12, CodeList.UCUM) or ""
    made = {"value": Decimal(text), "unit": uom, "system": UCUM if code else "", "code": code}
    return {key: value for key, value in made.items() if value != ""}


def read(data: bytes) -> tuple[list[StockReport], list[Problem]]:
    """Return the stock report of each InventoryReport, and problems with paths."""
    resource, problems = fhir.parse(data)
    if resource is None:
        return [], problems
    placed = [(resource.type or "Resource", resource)]
    if resource.type == "Bundle":
        problems += fhir.validate(resource, fhir.FhirProfile(name="exchange", version="R5"))
        inside = enumerate(fhir.bundle(resource).entries)
        places = [(f"Bundle.entry[{n}].resource", entry.resource) for n, entry in inside]
        problems += [unread(path) for path, one in places if one is None]
        placed = [(path, one) for path, one in places if one is not None]
    found = []
    for path, one in placed:
        if one.type != "InventoryReport":
            problems.append(unread(path))
            continue
        problems += fhir.validate(one, fhir.SUPPLY_PROFILES["PHARM-S5"])
        report = _report(path, one, problems)
        if report is not None:
            found.append(report)
    return found, problems


def _report(path: str, resource: fhir.Resource, problems: list[Problem]) -> StockReport | None:
    view = fhir.inventory_report(resource)
    if (view.count_type, view.status) != ("snapshot", "active"):
        note = "a change of stock, or a report that does not hold, is no stock report"
        problems.append(unread(f"{path}.countType", note=note))
        return None
    number = next((one.value for one in view.identifiers if one.system == REPORT), "")
    if not number and view.identifiers:
        number = view.identifiers[0].value
    if not number or view.reported_at is None:
        note = "a stock report has its number in identifier and its time in reportedDateTime"
        problems.append(unreadable(path, note))
        return None
    problems += [unread(f"{path}.{name}") for name in resource.data if name not in _KNOWN]
    location = view.listings[0].location if view.listings else None
    parties = (view.reporter, location)
    return StockReport(
        number=number,
        as_of=_as_of(path, view.reported_at, problems),
        lines=tuple(_lines(path, resource, view, problems)),
        supplier=_of(parties[:1], SUPPLIER),
        facility=_of(parties, FACILITY),
        location_gln=_of((location,), GLN),
    )


def _as_of(path: str, at: fhir.Moment, problems: list[Problem]) -> datetime:
    if not at.is_exact:
        note = "the document says a day and no time; it is read as 00:00 UTC"
        problems.append(unread(f"{path}.reportedDateTime", note=note))
    return at.at.astimezone(UTC)


def _of(references: tuple[fhir.Reference | None, ...], system: str) -> str:
    owned = (one.identifier for one in references if one is not None and one.identifier)
    return next((one.value for one in owned if one.system == system), "")


def _lines(
    path: str, resource: fhir.Resource, view: fhir.InventoryReport, problems: list[Problem]
) -> list[StockLine]:
    traced, numbers, count = _traced(path, resource, problems), _numbers(resource), 0
    problems += _unread_extensions(path, resource)
    rows: dict[str, list[StockLine]] = {}
    for place, listing in enumerate(view.listings):
        at = f"{path}.inventoryListing[{place}]"
        status = _status(listing)
        if status is None or listing.location != view.listings[0].location:
            note = "a listing of another place, or in a status that is none of ours, is left out"
            problems.append(unread(at, note=note))
            continue
        if listing.counted_at is not None:
            problems.append(unread(f"{at}.countingDateTime"))
        for within, (counted, given) in enumerate(zip(listing.items, numbers[place], strict=True)):
            count += 1
            number = given or str(count)
            row = _row(f"{at}.item[{within}]", counted, traced, problems)
            if row is not None:
                made = StockLine(line=number, status=status, **row)
                rows.setdefault(number, []).append(made)
    found: list[StockLine] = []
    for same in rows.values():
        try:
            found += joined(same)
        except RefusalError as error:
            problems.append(unreadable(f"{path}.inventoryListing", error.text))
    return found


def _status(listing: fhir.Listing) -> StockStatus | None:
    code = listing.item_status.code(STATUS) if listing.item_status is not None else ""
    return StockStatus(code) if code in set(StockStatus) else None


def _row(
    path: str,
    counted: fhir.CountedItem,
    traced: dict[str, fhir.InventoryItem],
    problems: list[Problem],
) -> dict[str, Any] | None:
    """Return the fields of a stock line of one lot; None, with a problem, when it has no sense."""
    amount, item = counted.quantity, counted.item
    concept = item.concept if item is not None else None
    if amount is None or amount.exact is None or item is None or concept is None:
        problems.append(unreadable(path, "a counted item has its quantity and its item"))
        return None
    held: dict[str, str] = {}
    for one in concept.codings:
        if one.system in _FIELDS:
            held.setdefault(_FIELDS[one.system], one.code)
        else:
            problems.append(unread(f"{path}.item.concept.coding"))
    if concept.text:
        problems.append(unread(f"{path}.item.concept.text"))
    if counted.category is not None:
        problems.append(unread(f"{path}.category"))
    lot = Lot(quantity=amount.exact)
    if item.reference is not None:
        target = traced.get(item.reference.id)
        if target is None:
            problems.append(unread(f"{path}.item.reference"))
        else:
            lot = _lot(amount.exact, target)
    return {"quantity": lot.quantity, "uom": unit_of(amount), "lots": lots_in(lot), **held}


def _lot(quantity: Fraction, item: fhir.InventoryItem) -> Lot:
    serials = (one.value for one in item.instance_identifiers if one.system == SERIAL)
    return Lot(
        quantity=quantity,
        lot=item.lot_number,
        serial=next(serials, ""),
        expiry=item.expires.day if item.expires is not None else None,
    )


def _traced(
    path: str, resource: fhir.Resource, problems: list[Problem]
) -> dict[str, fhir.InventoryItem]:
    """Return id -> contained InventoryItem; what else is contained or said of one is stated."""
    found: dict[str, fhir.InventoryItem] = {}
    for number, one in enumerate(_objects(resource.data.get("contained"))):
        where = f"{path}.contained[{number}]"
        if one.get("resourceType") != "InventoryItem":
            problems.append(unread(where))
            continue
        problems += [unread(f"{where}.{name}") for name in one if name not in _LOT_KNOWN]
        view = fhir.inventory_item(one)
        found[view.id] = view
    return found


def _numbers(resource: fhir.Resource) -> list[list[str]]:
    """Return the line number of each counted item of each listing; empty for one without."""
    return [
        [
            next((str(e.get("valueString", "")) for e in _extensions(item)), "")
            for item in _objects(listing.get("item"))
        ]
        for listing in _objects(resource.data.get("inventoryListing"))
    ]


def _unread_extensions(path: str, resource: fhir.Resource) -> list[Problem]:
    """Return a problem for each counted item with an extension that is not ours."""
    return [
        unread(f"{path}.inventoryListing[{place}].item[{number}].extension")
        for place, listing in enumerate(_objects(resource.data.get("inventoryListing")))
        for number, item in enumerate(_objects(listing.get("item")))
        if any(one.get("url") != LINE for one in _objects(item.get("extension")))
    ]


def _extensions(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (one for one in _objects(item.get("extension")) if one.get("url") == LINE)


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of an element as the views count them."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
