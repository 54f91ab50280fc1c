"""Chooses the view of a resource by its type.

In: a resource. Out: its view, or None where the codec has none. Refuses to know: what is done with
it; a reader that expects one type calls that type's function and is refused another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from suture.formats.fhir.audit import AuditEvent, audit_event
from suture.formats.fhir.bundle import Bundle, bundle
from suture.formats.fhir.device import (
    Device,
    DeviceDefinition,
    DeviceUsage,
    device,
    device_definition,
    device_usage,
)
from suture.formats.fhir.directory import (
    HealthcareService,
    Location,
    Practitioner,
    PractitionerRole,
    healthcare_service,
    location,
    practitioner,
    practitioner_role,
)
from suture.formats.fhir.inventory import (
    InventoryItem,
    InventoryReport,
    inventory_item,
    inventory_report,
)
from suture.formats.fhir.outcome import OperationOutcome, operation_outcome
from suture.formats.fhir.resource import Resource
from suture.formats.fhir.scheduling import (
    Appointment,
    Encounter,
    Procedure,
    ServiceRequest,
    appointment,
    encounter,
    procedure,
    service_request,
)
from suture.formats.fhir.subscription import (
    Subscription,
    SubscriptionStatus,
    subscription,
    subscription_status,
)
from suture.formats.fhir.supply import (
    SupplyDelivery,
    SupplyRequest,
    supply_delivery,
    supply_request,
)

FhirView = (
    Appointment
    | ServiceRequest
    | Procedure
    | Encounter
    | Location
    | Practitioner
    | PractitionerRole
    | HealthcareService
    | Device
    | DeviceDefinition
    | DeviceUsage
    | SupplyRequest
    | SupplyDelivery
    | InventoryItem
    | InventoryReport
    | Bundle
    | OperationOutcome
    | AuditEvent
    | Subscription
    | SubscriptionStatus
)

VIEWS: Final[dict[str, Callable[[Any], FhirView]]] = {
    "Appointment": appointment,
    "ServiceRequest": service_request,
    "Procedure": procedure,
    "Encounter": encounter,
    "Location": location,
    "Practitioner": practitioner,
    "PractitionerRole": practitioner_role,
    "HealthcareService": healthcare_service,
    "Device": device,
    "DeviceDefinition": device_definition,
    "DeviceUseStatement": device_usage,
    "DeviceUsage": device_usage,
    "SupplyRequest": supply_request,
    "SupplyDelivery": supply_delivery,
    "InventoryItem": inventory_item,
    "InventoryReport": inventory_report,
    "Bundle": bundle,
    "OperationOutcome": operation_outcome,
    "AuditEvent": audit_event,
    "Subscription": subscription,
    "SubscriptionStatus": subscription_status,
}
"""resourceType -> function that makes its view."""


def view(resource: Resource) -> FhirView | None:
    """Return the view of a resource; None when its type has none."""
    make = VIEWS.get(resource.type)
    return make(resource) if make is not None else None
