"""The FHIR codec for R4 and R5 in JSON: lossless, without IO, checked by tables and profiles.

In: bytes of a resource, or values to send. Out: resources that give their bytes back, problems,
views. Refuses to know: transports, servers, terminologies, FHIR in XML.
"""

from suture.formats.fhir.audit import AuditAgent, AuditEntity, AuditEvent, audit_event
from suture.formats.fhir.bulk import BulkLine, read_ndjson
from suture.formats.fhir.bundle import Bundle, BundleEntry, EntryRequest, EntryResponse, bundle
from suture.formats.fhir.codes import DEFAULT, PROBLEM_CODES, Limits
from suture.formats.fhir.datatype import (
    Amount,
    Coding,
    Concept,
    ConceptOrReference,
    Identifier,
    Occurrence,
    Period,
    Reference,
)
from suture.formats.fhir.device import (
    Device,
    DeviceDefinition,
    DeviceUsage,
    UdiCarrier,
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
from suture.formats.fhir.expression import evaluate
from suture.formats.fhir.inventory import (
    CountedItem,
    InventoryItem,
    InventoryReport,
    Listing,
    inventory_item,
    inventory_report,
)
from suture.formats.fhir.number import Number
from suture.formats.fhir.outcome import Issue, OperationOutcome, operation_outcome, outcome_of
from suture.formats.fhir.parse import looks_like, parse
from suture.formats.fhir.pharmacy import (
    STAGE_SYSTEM,
    STAGE_URL,
    SUPPLY_PROFILES,
    StockPosition,
    SupplyLine,
    SupplyNotice,
    SupplyOrder,
    inventory_status_message,
    receipt_notice_message,
    shipment_notice_message,
    supply_request_message,
)
from suture.formats.fhir.primitive import Moment, Precision, moment
from suture.formats.fhir.privacy import privacy_traps
from suture.formats.fhir.profile import Binding, Constraint, FhirProfile
from suture.formats.fhir.resource import Resource
from suture.formats.fhir.scheduling import (
    Appointment,
    Encounter,
    Participant,
    Procedure,
    ServiceRequest,
    appointment,
    encounter,
    procedure,
    service_request,
)
from suture.formats.fhir.subscription import (
    NotificationEvent,
    Subscription,
    SubscriptionStatus,
    subscription,
    subscription_status,
)
from suture.formats.fhir.supply import (
    SuppliedItem,
    SupplyDelivery,
    SupplyRequest,
    supply_delivery,
    supply_request,
)
from suture.formats.fhir.validate import validate
from suture.formats.fhir.version import detect_version
from suture.formats.fhir.view import FhirView, view
from suture.formats.fhir.write import to_json

__all__ = [
    "DEFAULT",
    "PROBLEM_CODES",
    "STAGE_SYSTEM",
    "STAGE_URL",
    "SUPPLY_PROFILES",
    "Amount",
    "Appointment",
    "AuditAgent",
    "AuditEntity",
    "AuditEvent",
    "Binding",
    "BulkLine",
    "Bundle",
    "BundleEntry",
    "Coding",
    "Concept",
    "ConceptOrReference",
    "Constraint",
    "CountedItem",
    "Device",
    "DeviceDefinition",
    "DeviceUsage",
    "Encounter",
    "EntryRequest",
    "EntryResponse",
    "FhirProfile",
    "FhirView",
    "HealthcareService",
    "Identifier",
    "InventoryItem",
    "InventoryReport",
    "Issue",
    "Limits",
    "Listing",
    "Location",
    "Moment",
    "NotificationEvent",
    "Number",
    "Occurrence",
    "OperationOutcome",
    "Participant",
    "Period",
    "Practitioner",
    "PractitionerRole",
    "Precision",
    "Procedure",
    "Reference",
    "Resource",
    "ServiceRequest",
    "StockPosition",
    "Subscription",
    "SubscriptionStatus",
    "SuppliedItem",
    "SupplyDelivery",
    "SupplyLine",
    "SupplyNotice",
    "SupplyOrder",
    "SupplyRequest",
    "UdiCarrier",
    "appointment",
    "audit_event",
    "bundle",
    "detect_version",
    "device",
    "device_definition",
    "device_usage",
    "encounter",
    "evaluate",
    "healthcare_service",
    "inventory_item",
    "inventory_report",
    "inventory_status_message",
    "location",
    "looks_like",
    "moment",
    "operation_outcome",
    "outcome_of",
    "parse",
    "practitioner",
    "practitioner_role",
    "privacy_traps",
    "procedure",
    "read_ndjson",
    "receipt_notice_message",
    "service_request",
    "shipment_notice_message",
    "subscription",
    "subscription_status",
    "supply_delivery",
    "supply_request",
    "supply_request_message",
    "to_json",
    "validate",
    "view",
]
