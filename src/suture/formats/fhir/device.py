"""Views devices, their definitions and their use: Device, DeviceDefinition, DeviceUsage.

In: a resource of R4 or R5. Out: one shape for both. Refuses to know: how a UDI is built; the
carrier's text goes to the UDI codec.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.formats.fhir.datatype import (
    Concept,
    ConceptOrReference,
    Identifier,
    Node,
    Occurrence,
    Reference,
    concept,
    concepts,
    either,
    eithers,
    identifiers,
    kind_of,
    nodes,
    occurrence,
    reference,
    references,
    text,
    texts,
    time,
)
from suture.formats.fhir.primitive import Moment
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class UdiCarrier:
    """The UDI of a device or of its definition."""

    __repr__ = veiled

    device_identifier: str
    issuer: str = ""
    jurisdiction: str = ""
    human_readable: str = ""
    """`carrierHRF`; the whole UDI with brackets."""
    entry_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device: an implant with lot or serial number, an instrument."""

    __repr__ = veiled

    id: str
    status: str
    identifiers: tuple[Identifier, ...]
    udi: tuple[UdiCarrier, ...]
    lot_number: str
    serial_number: str
    distinct_identifier: str
    """R4 `distinctIdentifier`; R5 writes it as `biologicalSourceEvent`."""
    expires: Moment | None
    made: Moment | None
    manufacturer: str
    model_number: str
    part_number: str
    names: tuple[str, ...]
    types: tuple[Concept, ...]
    definition: ConceptOrReference | None
    patient: Reference | None
    """R4 only."""
    owner: Reference | None
    location: Reference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDefinition:
    """A kind of device, as a catalog has it."""

    __repr__ = veiled

    id: str
    identifiers: tuple[Identifier, ...]
    udi: tuple[UdiCarrier, ...]
    manufacturer: Reference | None
    manufacturer_name: str
    names: tuple[str, ...]
    model_number: str
    part_number: str
    """R5 only."""
    types: tuple[Concept, ...]
    """R4 `type`, R5 `classification.type`."""
    production_identifiers: tuple[str, ...]
    """R5: which of lot, serial and dates the UDI carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUsage:
    """A device used by or on a patient (R4 DeviceUseStatement)."""

    __repr__ = veiled

    id: str
    status: str
    identifiers: tuple[Identifier, ...]
    patient: Reference | None
    """R4 `subject`."""
    device: ConceptOrReference | None
    timing: Occurrence | None
    recorded: Moment | None
    """R4 `recordedOn`, R5 `dateAsserted`."""
    body_site: ConceptOrReference | None
    reasons: tuple[ConceptOrReference, ...]
    based_on: tuple[Reference, ...]


def device(source: Resource | Node) -> Device:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Device")
    names = [*nodes(data, "deviceName"), *nodes(data, "name")]
    source_event = next((i.value for i in identifiers(data, "biologicalSourceEvent")), "")
    return Device(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        udi=_carriers(data, "udiCarrier"),
        lot_number=text(data, "lotNumber"),
        serial_number=text(data, "serialNumber"),
        distinct_identifier=text(data, "distinctIdentifier") or source_event,
        expires=time(data, "expirationDate"),
        made=time(data, "manufactureDate"),
        manufacturer=text(data, "manufacturer"),
        model_number=text(data, "modelNumber"),
        part_number=text(data, "partNumber"),
        names=tuple(text(one, "name") or text(one, "value") for one in names),
        types=concepts(data, "type"),
        definition=either(data, "definition"),
        patient=reference(data, "patient"),
        owner=reference(data, "owner"),
        location=reference(data, "location"),
    )


def _carriers(data: Node, key: str) -> tuple[UdiCarrier, ...]:
    return tuple(
        UdiCarrier(
            device_identifier=text(one, "deviceIdentifier"),
            issuer=text(one, "issuer"),
            jurisdiction=text(one, "jurisdiction"),
            human_readable=text(one, "carrierHRF"),
            entry_type=text(one, "entryType"),
        )
        for one in nodes(data, key)
    )


def device_definition(source: Resource | Node) -> DeviceDefinition:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "DeviceDefinition")
    classified = [concept(one, "type") for one in nodes(data, "classification")]
    maker = reference(data, "manufacturer") or reference(data, "manufacturerReference")
    return DeviceDefinition(
        id=text(data, "id"),
        identifiers=identifiers(data),
        udi=_carriers(data, "udiDeviceIdentifier"),
        manufacturer=maker,
        manufacturer_name=text(data, "manufacturerString") or (maker.display if maker else ""),
        names=tuple(text(one, "name") for one in nodes(data, "deviceName")),
        model_number=text(data, "modelNumber"),
        part_number=text(data, "partNumber"),
        types=concepts(data, "type") + tuple(one for one in classified if one),
        production_identifiers=texts(data, "productionIdentifierInUDI"),
    )


def device_usage(source: Resource | Node) -> DeviceUsage:
    """Return the view of either name; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "DeviceUsage|DeviceUseStatement")
    return DeviceUsage(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        patient=reference(data, "patient") or reference(data, "subject"),
        device=either(data, "device"),
        timing=occurrence(data, "timing"),
        recorded=time(data, "dateAsserted") or time(data, "recordedOn"),
        body_site=either(data, "bodySite"),
        reasons=eithers(data, "reason"),
        based_on=references(data, "basedOn"),
    )
