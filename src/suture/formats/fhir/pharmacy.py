"""IHE Pharmacy SUPPLY, transactions PHARM-S1 to S7, as profiles and builders (FHIR R5).

In: values of a request, a shipment, a count. Out: resources that fit their profile. Refuses to
know: HTTP, and patients: the elements of spec 2.0.11 are forbidden in every profile here.

Known of the IG's CI build 0.3.0: which resource each transaction carries; the delivery stage
extension, 1..1 on S3 and S4, its url and codes; snapshot against update on S5 and S6. What else
is required here is the house's, after the IG's tables of data elements, and is in the clause as
`house`. S7 is not specified beyond a title; read as an InventoryReport with status `requested`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from suture.core.refusal import RefusalError
from suture.formats.fhir.datatype import Amount, Coding, Identifier, Reference
from suture.formats.fhir.parse import parse
from suture.formats.fhir.profile import Binding, Constraint, FhirProfile
from suture.formats.fhir.resource import Resource, veiled
from suture.formats.fhir.validate import validate
from suture.formats.fhir.write import to_json

STAGE_URL: Final = "http://profiles.ihe.net/PHARM/supply/StructureDefinition/IHEDeliveryStageExt"
STAGE_SYSTEM: Final = "http://profiles.ihe.net/PHARM/supply/CodeSystem/DeliveryStageCS"
_STAGE: Final = f"extension.where(url = '{STAGE_URL}').value.coding"


def _stage(code: str) -> tuple[Constraint, ...]:
    """Return the rule that the delivery stage stands once and is `code`."""
    of_system = f"{_STAGE}.where(system = '{STAGE_SYSTEM}' and code = '{code}')"
    return (
        Constraint(
            name="delivery-stage",
            expression=f"{of_system}.count() = 1",
            text=f"the delivery stage extension stands once, with the code {code}",
            clause="IHE PHARM SUPPLY 0.3.0 deliveryStage",
        ),
    )


PHARM_S1: Final = FhirProfile(
    name="PHARM-S1 supply request",
    version="R5",
    resource="SupplyRequest",
    required=("identifier", "status", "authoredOn", "requester", "deliverTo", "quantity.value"),
    forbidden=("deliverFor",),
    bindings=(Binding(path="status", values=("draft", "active")),),
)
PHARM_S2: Final = FhirProfile(
    name="PHARM-S2 supply request status",
    version="R5",
    resource="Bundle",
    required=("link",),
    forbidden=("entry.resource.deliverFor",),
    bindings=(
        Binding(path="type", values=("searchset",)),
        Binding(path="entry.resource.resourceType", values=("SupplyRequest", "OperationOutcome")),
    ),
)
PHARM_S3: Final = FhirProfile(
    name="PHARM-S3 shipment notice",
    version="R5",
    resource="SupplyDelivery",
    required=("identifier", "status", "suppliedItem", "suppliedItem.quantity", "destination"),
    forbidden=("patient",),
    bindings=(Binding(path="status", values=("in-progress", "completed", "abandoned")),),
    constraints=_stage("shipment"),
)
PHARM_S4: Final = FhirProfile(
    name="PHARM-S4 receipt notice",
    version="R5",
    resource="SupplyDelivery",
    required=("identifier", "status", "suppliedItem", "suppliedItem.quantity", "receiver"),
    forbidden=("patient",),
    bindings=(Binding(path="status", values=("in-progress", "completed", "abandoned")),),
    constraints=_stage("reception"),
)
PHARM_S5: Final = FhirProfile(
    name="PHARM-S5 inventory status",
    version="R5",
    resource="InventoryReport",
    required=("identifier", "reporter", "inventoryListing", "inventoryListing.location"),
    forbidden=("note",),
    bindings=(
        Binding(path="countType", values=("snapshot",)),
        Binding(path="status", values=("active",)),
    ),
)
PHARM_S6: Final = FhirProfile(
    name="PHARM-S6 inventory update",
    version="R5",
    resource="InventoryReport",
    required=("identifier", "reporter", "inventoryListing", "operationType"),
    forbidden=("note",),
    bindings=(
        Binding(path="countType", values=("difference",)),
        Binding(path="status", values=("active",)),
    ),
)
PHARM_S7: Final = FhirProfile(
    name="PHARM-S7 inventory query",
    version="R5",
    resource="InventoryReport",
    required=("identifier", "reporter"),
    forbidden=("note", "inventoryListing.item"),
    bindings=(Binding(path="status", values=("requested",)),),
)

SUPPLY_PROFILES: Final[dict[str, FhirProfile]] = {
    "PHARM-S1": PHARM_S1,
    "PHARM-S2": PHARM_S2,
    "PHARM-S3": PHARM_S3,
    "PHARM-S4": PHARM_S4,
    "PHARM-S5": PHARM_S5,
    "PHARM-S6": PHARM_S6,
    "PHARM-S7": PHARM_S7,
}
"""Transaction -> profile of the message it carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyLine:
    """How much of one product."""

    __repr__ = veiled

    product: Coding
    """E.g. a GTIN, or a catalog number in the supplier's system."""
    quantity: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyOrder:
    """What PHARM-S1 asks for: one product, as FHIR has it."""

    __repr__ = veiled

    identifier: Identifier
    line: SupplyLine
    authored_on: datetime
    requester: Reference
    deliver_to: Reference
    supplier: Reference | None = None
    priority: str = "routine"
    need_by: datetime | None = None
    status: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyNotice:
    """What PHARM-S3 and S4 tell: a shipment that leaves, or what has come."""

    __repr__ = veiled

    identifier: Identifier
    lines: tuple[SupplyLine, ...]
    at: datetime
    destination: Reference
    supplier: Reference | None = None
    receiver: Reference | None = None
    request: Reference | None = None
    """The SupplyRequest it fulfils."""
    shipment: Reference | None = None
    """The shipment notice that a receipt belongs to."""
    status: str = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPosition:
    """What PHARM-S5 tells of one location."""

    __repr__ = veiled

    location: Reference
    lines: tuple[SupplyLine, ...]
    counted_at: datetime | None = None


def supply_request_message(order: SupplyOrder) -> Resource:
    """Return the SupplyRequest of PHARM-S1; raises RefusalError with the first problem's code."""
    made: dict[str, Any] = {
        "resourceType": "SupplyRequest",
        "identifier": [_identifier(order.identifier)],
        "status": order.status,
        "priority": order.priority,
        "item": {"concept": {"coding": [_coding(order.line.product)]}},
        "quantity": _quantity(order.line.quantity),
    }
    if order.need_by is not None:
        made["occurrenceDateTime"] = _instant(order.need_by)
    made["authoredOn"] = _instant(order.authored_on)
    made["requester"] = _reference(order.requester)
    if order.supplier is not None:
        made["supplier"] = [_reference(order.supplier)]
    made["deliverTo"] = _reference(order.deliver_to)
    return _checked(made, PHARM_S1)


def shipment_notice_message(notice: SupplyNotice) -> Resource:
    """Return the SupplyDelivery of PHARM-S3; raises RefusalError with the first problem's code."""
    return _checked(_delivery(notice, "shipment"), PHARM_S3)


def receipt_notice_message(notice: SupplyNotice) -> Resource:
    """Return the SupplyDelivery of PHARM-S4; raises RefusalError with the first problem's code."""
    return _checked(_delivery(notice, "reception"), PHARM_S4)


def inventory_status_message(
    identifier: Identifier,
    reporter: Reference,
    reported_at: datetime,
    positions: Iterable[StockPosition],
) -> Resource:
    """Return the InventoryReport of PHARM-S5; raises RefusalError with the first problem's code."""
    made = {
        "resourceType": "InventoryReport",
        "identifier": [_identifier(identifier)],
        "status": "active",
        "countType": "snapshot",
        "reportedDateTime": _instant(reported_at),
        "reporter": _reference(reporter),
        "inventoryListing": [_listing(position) for position in positions],
    }
    return _checked(made, PHARM_S5)


def _delivery(notice: SupplyNotice, stage: str) -> dict[str, Any]:
    coding = {"system": STAGE_SYSTEM, "code": stage}
    made: dict[str, Any] = {
        "resourceType": "SupplyDelivery",
        "extension": [{"url": STAGE_URL, "valueCodeableConcept": {"coding": [coding]}}],
        "identifier": [_identifier(notice.identifier)],
    }
    if notice.request is not None:
        made["basedOn"] = [_reference(notice.request)]
    if notice.shipment is not None:
        made["partOf"] = [_reference(notice.shipment)]
    made["status"] = notice.status
    made["suppliedItem"] = [
        {
            "quantity": _quantity(line.quantity),
            "itemCodeableConcept": {"coding": [_coding(line.product)]},
        }
        for line in notice.lines
    ]
    made["occurrenceDateTime"] = _instant(notice.at)
    if notice.supplier is not None:
        made["supplier"] = _reference(notice.supplier)
    made["destination"] = _reference(notice.destination)
    if notice.receiver is not None:
        made["receiver"] = [_reference(notice.receiver)]
    return made


def _listing(position: StockPosition) -> dict[str, Any]:
    made: dict[str, Any] = {"location": _reference(position.location)}
    if position.counted_at is not None:
        made["countingDateTime"] = _instant(position.counted_at)
    made["item"] = [
        {
            "quantity": _quantity(line.quantity),
            "item": {"concept": {"coding": [_coding(line.product)]}},
        }
        for line in position.lines
    ]
    return {key: value for key, value in made.items() if value}


def _checked(made: dict[str, Any], profile: FhirProfile) -> Resource:
    """Return the resource as it will be read, after its own profile has held it."""
    resource, problems = parse(to_json(made))
    if resource is not None:
        problems = [*problems, *validate(resource, profile)]
    if resource is None or problems:
        first = problems[0]
        raise RefusalError(first.code, first.text, path=first.path)
    return resource


def _identifier(value: Identifier) -> dict[str, Any]:
    return _filled(system=value.system, value=value.value)


def _coding(value: Coding) -> dict[str, Any]:
    return _filled(system=value.system, code=value.code, display=value.display)


def _reference(value: Reference) -> dict[str, Any]:
    owned = _identifier(value.identifier) if value.identifier is not None else None
    shown = {"reference": value.reference, "type": value.type, "identifier": owned}
    return _filled(**shown, display=value.display)


def _quantity(value: Amount) -> dict[str, Any]:
    if not isinstance(value.value, Decimal):
        raise RefusalError("fhir.value", "a quantity is a Decimal")
    made = {"value": value.value, "unit": value.unit, "system": value.system, "code": value.code}
    return _filled(**made)


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise RefusalError("fhir.value", "a time has an offset from UTC")
    is_fine = value.microsecond % 1000
    kept = "microseconds" if is_fine else "milliseconds" if value.microsecond else "seconds"
    return value.isoformat(timespec=kept).replace("+00:00", "Z")


def _filled(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value != ""}
