"""Own samples of FHIR resources: synthetic names, GS1 prefix 952, record numbers SYN.

In: nothing. Out: Python values of resources, by version. Each one is valid in its version.
"""

from __future__ import annotations

from typing import Any

from suture.formats.fhir import Number, Resource, parse, to_json

GTIN = "https://www.gs1.org/gtin"
SYNTH = "https://synth.example/id"


def ref(target: str) -> dict[str, Any]:
    """Return a Reference."""
    return {"reference": target}


def concept(code: str, system: str = "https://synth.example/codes") -> dict[str, Any]:
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]}


def ident(value: str) -> list[dict[str, Any]]:
    """Return identifiers."""
    return [{"system": SYNTH, "value": value}]


def made(type_name: str, **values: Any) -> Resource:
    """Return a resource, written and read."""
    resource, problems = parse(to_json({"resourceType": type_name, "id": "synth-1", **values}))
    assert resource is not None
    assert problems == []
    return resource


EACH = {"value": Number("2.0"), "unit": "each", "system": "http://unitsofmeasure.org", "code": "1"}
KNEE = concept("09520000000013", GTIN)
START, END = "2026-03-02T07:30:00.250-05:00", "2026-03-02T10:00:00-05:00"


def appointment(version: str) -> Resource:
    """Return an operation's appointment."""
    both = {
        "status": "booked",
        "identifier": ident("SYN-100"),
        "start": START,
        "end": END,
        "minutesDuration": 150,
    }
    people = [
        {"actor": ref("Location/or-1"), "status": "accepted"},
        {"actor": ref("Practitioner/SYNTH-7"), "status": "tentative"},
    ]
    if version == "R4":
        people[1]["required"] = "required"
        both["serviceType"] = [concept("knee")]
        both["comment"] = "SYNTH free text"
    else:
        people[1]["required"] = True
        both["serviceType"] = [{"concept": concept("knee")}]
        both["subject"] = ref("Patient/SYNTH-1")
    return made("Appointment", **both, participant=people)


def service_request(version: str) -> Resource:
    """Return an order for an operation."""
    code = concept("knee") if version == "R4" else {"concept": concept("knee")}
    place = (
        {"locationReference": [ref("Location/or-1")]}
        if version == "R4"
        else {"location": [{"reference": ref("Location/or-1")}]}
    )
    return made(
        "ServiceRequest",
        status="active",
        intent="order",
        priority="urgent",
        code=code,
        subject=ref("Patient/SYNTH-1"),
        occurrencePeriod={"start": "2026-03-02", "end": "2026-03"},
        requester=ref("https://ehr.example/fhir/PractitionerRole/SYNTH-7"),
        bodySite=[concept("left")],
        **place,
    )


def procedure(version: str) -> Resource:
    """Return a finished operation."""
    when = "performedPeriod" if version == "R4" else "occurrencePeriod"
    used = (
        {"usedReference": [ref("Device/d1")], "usedCode": [concept("drape")]}
        if version == "R4"
        else {"used": [{"reference": ref("Device/d1")}, {"concept": concept("drape")}]}
    )
    return made(
        "Procedure",
        status="completed",
        code=concept("knee"),
        subject=ref("Patient/SYNTH-1"),
        performer=[{"actor": ref("Practitioner/SYNTH-7"), "function": concept("surgeon")}],
        location=ref("Location/or-1"),
        focalDevice=[{"action": concept("implanted"), "manipulated": ref("Device/d2")}],
        **{when: {"start": START, "end": END}},
        **used,
    )


def encounter(version: str) -> Resource:
    """Return a visit."""
    kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
    own: dict[str, Any] = (
        {"class": kind, "period": {"start": START}, "status": "in-progress"}
        if version == "R4"
        else {
            "class": [{"coding": [kind]}],
            "actualPeriod": {"start": START},
            "status": "discharged",
        }
    )
    who = "individual" if version == "R4" else "actor"
    return made(
        "Encounter",
        subject=ref("Patient/SYNTH-1"),
        participant=[{who: ref("Practitioner/SYNTH-7")}],
        location=[{"location": ref("Location/or-1"), "status": "active"}],
        length={"value": 90, "unit": "min"},
        **own,
    )


def location(version: str) -> Resource:
    """Return an operating room."""
    form = {"physicalType" if version == "R4" else "form": concept("ro")}
    return made(
        "Location", status="active", mode="instance", name="SYNTH OR 1", partOf=ref("Location/b"),
        identifier=ident("9520000000020"), **form,
    )  # fmt: skip


def practitioner(version: str) -> Resource:
    """Return a surgeon."""
    extra = {"deceasedBoolean": False} if version == "R5" else {}
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "9876543213"}
    return made(
        "Practitioner",
        active=True,
        identifier=[npi],
        name=[{"family": "OTHER"}, {"use": "official", "family": "SYNTH", "given": ["ANNA", "B"]}],
        qualification=[{"code": concept("MD")}],
        **extra,
    )


def practitioner_role(version: str) -> Resource:
    """Return a surgeon's role."""
    phone = {"system": "phone", "value": "555-0100"}
    extra = {"telecom": [phone]} if version == "R4" else {"contact": [{"telecom": [phone]}]}
    return made(
        "PractitionerRole",
        active=True,
        practitioner=ref("Practitioner/SYNTH-7"),
        organization=ref("Organization/o1"),
        code=[concept("surgeon")],
        specialty=[concept("ortho")],
        location=[ref("Location/or-1")],
        healthcareService=[ref("HealthcareService/h1")],
        period={"start": "2020"},
        **extra,
    )


def healthcare_service(version: str) -> Resource:
    """Return a service line."""
    extra = {"offeredIn": [ref("HealthcareService/h0")]} if version == "R5" else {"program": []}
    extra = {key: value for key, value in extra.items() if value}
    return made(
        "HealthcareService",
        active=True,
        name="SYNTH orthopaedics",
        providedBy=ref("Organization/o1"),
        category=[concept("surgical")],
        type=[concept("ortho")],
        specialty=[concept("knee")],
        location=[ref("Location/or-1")],
        **extra,
    )


def device(version: str) -> Resource:
    """Return an implant."""
    own: dict[str, Any] = (
        {
            "distinctIdentifier": "SYN-D",
            "deviceName": [{"name": "SYNTH knee", "type": "model-name"}],
            "type": concept("knee"),
            "definition": ref("DeviceDefinition/dd"),
            "patient": ref("Patient/SYNTH-1"),
        }
        if version == "R4"
        else {
            "biologicalSourceEvent": {"value": "SYN-D"},
            "name": [{"value": "SYNTH knee", "type": "registered-name"}],
            "type": [concept("knee")],
            "definition": {"reference": ref("DeviceDefinition/dd")},
        }
    )
    carrier = {
        "deviceIdentifier": "09520000000013",
        "issuer": "http://hl7.org/fhir/NamingSystem/gs1-di",
        "carrierHRF": "(01)09520000000013(10)SYN-LOT",
        "entryType": "barcode",
        "carrierAIDC": "U1lOVEg=",
    }
    return made(
        "Device",
        status="active",
        udiCarrier=[carrier],
        lotNumber="SYN-LOT",
        serialNumber="SYN-SER",
        expirationDate="2027-05",
        manufactureDate="2025-05-06",
        manufacturer="SYNTH Maker",
        modelNumber="K1",
        partNumber="K1-L",
        **own,
    )


def device_definition(version: str) -> Resource:
    """Return a kind of implant."""
    udi = {
        "deviceIdentifier": "09520000000013",
        "issuer": "http://hl7.org/fhir/NamingSystem/gs1-di",
        "jurisdiction": "urn:oid:2.16.840.1",
    }
    own: dict[str, Any] = (
        {
            "manufacturerString": "SYNTH Maker",
            "type": concept("knee"),
            "deviceName": [{"name": "SYNTH knee", "type": "model-name"}],
        }
        if version == "R4"
        else {
            "manufacturer": {"reference": "Organization/m1", "display": "SYNTH Maker"},
            "classification": [{"type": concept("knee")}],
            "deviceName": [{"name": "SYNTH knee", "type": "registered-name"}],
            "partNumber": "K1-L",
            "productionIdentifierInUDI": ["lot-number", "serial-number"],
        }
    )
    return made("DeviceDefinition", udiDeviceIdentifier=[udi], modelNumber="K1", **own)


def device_usage(version: str) -> Resource:
    """Return the use of an implant."""
    if version == "R4":
        return made(
            "DeviceUseStatement",
            status="active",
            subject=ref("Patient/SYNTH-1"),
            device=ref("Device/d1"),
            timingDateTime=START,
            recordedOn="2026-03-02",
            bodySite=concept("left"),
            reasonCode=[concept("worn")],
        )
    return made(
        "DeviceUsage",
        status="active",
        patient=ref("Patient/SYNTH-1"),
        device={"reference": ref("Device/d1")},
        timingDateTime=START,
        dateAsserted="2026-03-02",
        bodySite={"concept": concept("left")},
        reason=[{"concept": concept("worn")}],
    )


def supply_request(version: str) -> Resource:
    """Return a request for a knee."""
    item: dict[str, Any] = (
        {"itemCodeableConcept": KNEE} if version == "R4" else {"item": {"concept": KNEE}}
    )
    if version == "R5":
        item["basedOn"] = [ref("ServiceRequest/s1")]
        item["reason"] = [{"concept": concept("low")}]
    else:
        item["reasonCode"] = [concept("low")]
    return made(
        "SupplyRequest",
        status="active",
        priority="stat",
        identifier=ident("SYN-PO-1"),
        quantity=EACH,
        parameter=[{"code": concept("size"), "valueQuantity": {"value": Number("4.50")}}],
        occurrenceTiming={"event": ["2026-03-01T06:00:00Z"]},
        authoredOn="2026-02-20T10:11:12.123Z",
        requester=ref("Organization/o1"),
        supplier=[ref("Organization/s1")],
        deliverTo=ref("Location/dock"),
        **item,
    )


def supply_delivery(version: str) -> Resource:
    """Return a delivery of knees."""
    line: Any = {"quantity": EACH, "itemCodeableConcept": KNEE}
    if version == "R5":
        line = [line, {"quantity": EACH, "itemReference": ref("Device/d1")}]
    return made(
        "SupplyDelivery",
        status="completed",
        basedOn=[ref("SupplyRequest/r1")],
        suppliedItem=line,
        occurrenceDateTime="2026-02-25",
        supplier=ref("Organization/s1"),
        destination=ref("Location/dock"),
        receiver=[ref("Practitioner/SYNTH-9")],
    )


def inventory_item() -> Resource:
    """Return one lot in a store."""
    return made(
        "InventoryItem",
        status="active",
        code=[KNEE],
        category=[concept("implant")],
        name=[{"name": "SYNTH knee", "nameType": {"code": "trade-name"}, "language": "en"}],
        description={"language": "en", "description": "SYNTH size 4"},
        inventoryStatus=[concept("available")],
        baseUnit=concept("EA"),
        netContent={"value": 1, "unit": "EA"},
        responsibleOrganization=[{"role": concept("owner"), "organization": ref("Organization/o")}],
        instance={
            "identifier": ident("SYN-SER"),
            "lotNumber": "SYN-LOT",
            "expiry": "2027-05-31",
            "location": ref("Location/shelf"),
        },
        productReference=ref("DeviceDefinition/dd"),
    )


def inventory_report() -> Resource:
    """Return a count of one shelf."""
    line = {"item": {"concept": KNEE}, "quantity": EACH, "category": concept("implant")}
    listing = {
        "location": ref("Location/shelf"),
        "itemStatus": concept("available"),
        "countingDateTime": START,
        "item": [line],
    }
    return made(
        "InventoryReport",
        status="active",
        countType="snapshot",
        reportedDateTime="2026-03-02T00:00:00Z",
        reportingPeriod={"start": "2026-03-01", "end": "2026-03-02"},
        reporter=ref("Device/cabinet"),
        inventoryListing=[listing],
    )


def audit_event(version: str) -> Resource:
    """Return an audit entry of a read."""
    if version == "R4":
        return made(
            "AuditEvent",
            type={"code": "rest"},
            subtype=[{"code": "read"}],
            action="R",
            recorded=START,
            outcome="0",
            purposeOfEvent=[concept("HOPERAT")],
            agent=[
                {
                    "who": ref("Device/hub"),
                    "requestor": True,
                    "name": "SYNTH hub",
                    "network": {"address": "10.0.0.1", "type": "2"},
                    "purposeOfUse": [concept("TREAT")],
                }
            ],
            source={"observer": ref("Device/hub")},
            entity=[{"what": ref("Appointment/a1"), "role": {"code": "4"}, "name": "SYNTH"}],
        )
    return made(
        "AuditEvent",
        category=[concept("rest")],
        code=concept("read"),
        action="R",
        recorded=START,
        outcome={"code": {"code": "0"}},
        authorization=[concept("HOPERAT")],
        agent=[
            {
                "who": ref("Device/hub"),
                "requestor": True,
                "networkString": "10.0.0.1",
                "authorization": [concept("TREAT")],
            }
        ],
        source={"observer": ref("Device/hub")},
        entity=[{"what": ref("Appointment/a1"), "role": concept("4")}],
    )


def subscription(version: str) -> Resource:
    """Return a subscription to appointments."""
    if version == "R4":
        channel = {
            "type": "rest-hook",
            "endpoint": "https://hub.example/in",
            "payload": "application/fhir+json",
            "header": ["Authorization: SYNTH-SECRET"],
        }
        return made(
            "Subscription",
            status="active",
            reason="SYNTH",
            criteria="Appointment?status=booked",
            channel=channel,
        )
    narrowed = {
        "resourceType": "Appointment",
        "filterParameter": "status",
        "value": "booked",
        "comparator": "eq",
    }
    return made(
        "Subscription",
        status="active",
        topic="https://ehr.example/topic/appointment",
        channelType={"code": "rest-hook"},
        endpoint="https://hub.example/in",
        contentType="application/fhir+json",
        content="id-only",
        heartbeatPeriod=60,
        end="2027-01-01T00:00:00Z",
        filterBy=[narrowed],
    )


def subscription_status() -> Resource:
    """Return the status of a notification."""
    event = {"eventNumber": "12", "timestamp": START, "focus": ref("Appointment/a1")}
    return made(
        "SubscriptionStatus",
        status="active",
        type="event-notification",
        eventsSinceSubscriptionStart="12",
        notificationEvent=[event],
        subscription=ref("Subscription/s1"),
        topic="https://ehr.example/topic/appointment",
    )


def backport_status() -> Resource:
    """Return the same status as the R4 backport sends it."""
    event = [
        {"name": "event-number", "valueString": "12"},
        {"name": "timestamp", "valueInstant": START},
        {"name": "focus", "valueReference": ref("Appointment/a1")},
    ]
    return made(
        "Parameters",
        parameter=[
            {"name": "subscription", "valueReference": ref("Subscription/s1")},
            {"name": "topic", "valueCanonical": "https://ehr.example/topic/appointment"},
            {"name": "status", "valueCode": "active"},
            {"name": "type", "valueCode": "event-notification"},
            {"name": "events-since-subscription-start", "valueString": "12"},
            {"name": "notification-event", "part": event},
            {"name": "unknown-SYNTH", "valueString": "x"},
        ],
    )


def searchset() -> Resource:
    """Return a page of a search, with an included resource and an outcome."""
    warning = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": "processing"}],
    }
    return made(
        "Bundle",
        type="searchset",
        total=7,
        timestamp="2026-03-02T00:00:00Z",
        link=[
            {"relation": "self", "url": "https://ehr.example/fhir/Appointment?_count=1"},
            {"relation": "next", "url": "https://ehr.example/fhir/Appointment?_count=1&page=2"},
        ],
        entry=[
            {
                "fullUrl": "https://ehr.example/fhir/Appointment/synth-1",
                "resource": appointment("R4").data,
                "search": {"mode": "match", "score": Number("0.50")},
            },
            {
                "fullUrl": "https://ehr.example/fhir/Location/synth-1",
                "resource": location("R4").data,
                "search": {"mode": "include"},
            },
            {
                "fullUrl": "urn:uuid:11111111-2222-4333-8444-555555555555",
                "resource": warning,
                "search": {"mode": "outcome"},
            },
        ],
    )


def transaction_response() -> Resource:
    """Return the answer to a transaction: one entry made, one refused."""
    refused = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "conflict"}],
    }
    return made(
        "Bundle",
        type="transaction-response",
        entry=[
            {
                "response": {
                    "status": "201 Created",
                    "location": "SupplyRequest/9/_history/1",
                    "etag": 'W/"1"',
                    "lastModified": "2026-03-02T00:00:00.5Z",
                }
            },
            {"response": {"status": "409", "outcome": refused}},
        ],
    )


def transaction() -> Resource:
    """Return a transaction of one conditional create."""
    asked = {"method": "POST", "url": "SupplyRequest", "ifNoneExist": "identifier=SYN-PO-1"}
    full_url = "urn:uuid:11111111-2222-4333-8444-555555555556"
    entry = {"fullUrl": full_url, "resource": supply_request("R4").data, "request": asked}
    return made("Bundle", type="transaction", entry=[entry])


BOTH = {
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
    "DeviceUsage": device_usage,
    "SupplyRequest": supply_request,
    "SupplyDelivery": supply_delivery,
    "AuditEvent": audit_event,
    "Subscription": subscription,
}
"""Samples that exist in R4 and R5."""
SINGLE = {
    ("InventoryItem", "R5"): inventory_item,
    ("InventoryReport", "R5"): inventory_report,
    ("SubscriptionStatus", "R5"): subscription_status,
    ("Parameters", "R4"): backport_status,
    ("searchset", "R4"): searchset,
    ("transaction", "R4"): transaction,
    ("transaction-response", "R4"): transaction_response,
}
"""Samples of one version."""
EVERY: list[tuple[str, str, Resource]] = [
    *((name, version, make(version)) for name, make in BOTH.items() for version in ("R4", "R5")),
    *((name, version, make()) for (name, version), make in SINGLE.items()),
]
"""(name, version, resource) of every sample."""
