"""The segments that several views share, each with the fields the house reads.

In: bindings. Out: frozen dataclasses. Refuses to know: which message they stand in. Numbers are
those of HL7 2.9 chapters 2 to 8; what points at a patient is wrapped (spec 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from suture.core.phi import Label, Phi
from suture.formats.hl7v2.views.bind import at, many
from suture.formats.hl7v2.views.kind import (
    CODE,
    COUNT,
    DAY,
    DOMAIN,
    LOCATION,
    MOMENT,
    NAME,
    RECORD,
    REFERENCE,
    STAFF,
    TEXT,
    TRIGGER,
    WHOLE,
    Code,
    Location,
    Person,
    Record,
    Reference,
    Trigger,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """MSH."""

    SEGMENT: ClassVar[str] = "MSH"
    sending_application: Reference = at(3, DOMAIN)
    sending_facility: Reference = at(4, DOMAIN)
    receiving_application: Reference = at(5, DOMAIN)
    receiving_facility: Reference = at(6, DOMAIN)
    sent: datetime | None = at(7, MOMENT)
    trigger: Trigger = at(9, TRIGGER)
    control_id: str = at(10, TEXT)
    processing: str = at(11, TEXT)
    version: str = at(12, TEXT)
    accept: str = at(15, TEXT)
    application: str = at(16, TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """NTE; free text may name a patient."""

    SEGMENT: ClassVar[str] = "NTE"
    number: int | None = at(1, COUNT)
    source: str = at(2, TEXT)
    text: Phi[tuple[str, ...]] = many(3, TEXT, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """EVN."""

    SEGMENT: ClassVar[str] = "EVN"
    code: str = at(1, TEXT)
    recorded: datetime | None = at(2, MOMENT)
    planned: Phi[datetime | None] = at(3, MOMENT, Label.PHI_QUASI)
    reason: Code = at(4, CODE)
    occurred: Phi[datetime | None] = at(6, MOMENT, Label.PHI_QUASI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """PID."""

    SEGMENT: ClassVar[str] = "PID"
    number: int | None = at(1, COUNT)
    records: Phi[tuple[Record, ...]] = many(3, RECORD, Label.PHI_DIRECT)
    names: Phi[tuple[Person, ...]] = many(5, NAME, Label.PHI_DIRECT)
    born: Phi[date | None] = at(7, DAY, Label.PHI_DIRECT)
    sex: Phi[Code] = at(8, CODE, Label.PHI_QUASI)
    account: Phi[Record] = at(18, RECORD, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """PV1."""

    SEGMENT: ClassVar[str] = "PV1"
    number: int | None = at(1, COUNT)
    patient_class: Phi[Code] = at(2, CODE, Label.PHI_QUASI)
    location: Phi[Location] = at(3, LOCATION, Label.PHI_QUASI)
    earlier_location: Phi[Location] = at(6, LOCATION, Label.PHI_QUASI)
    attending: Phi[tuple[Person, ...]] = many(7, STAFF, Label.OPS_CONF)
    service: Phi[Code] = at(10, CODE, Label.PHI_QUASI)
    type: Phi[Code] = at(18, CODE, Label.PHI_QUASI)
    visit: Phi[Record] = at(19, RECORD, Label.PHI_DIRECT)
    disposition: Phi[Code] = at(36, CODE, Label.PHI_QUASI)
    admitted: Phi[datetime | None] = at(44, MOMENT, Label.PHI_QUASI)
    discharged: Phi[datetime | None] = at(45, MOMENT, Label.PHI_QUASI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """AL1."""

    SEGMENT: ClassVar[str] = "AL1"
    number: int | None = at(1, COUNT)
    type: Phi[Code] = at(2, CODE, Label.PHI_DIRECT)
    substance: Phi[Code] = at(3, CODE, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """DG1."""

    SEGMENT: ClassVar[str] = "DG1"
    number: int | None = at(1, COUNT)
    code: Phi[Code] = at(3, CODE, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """OBX; the value with every component and subcomponent, whatever OBX-2 says it is."""

    SEGMENT: ClassVar[str] = "OBX"
    number: int | None = at(1, COUNT)
    type: str = at(2, TEXT)
    code: Code = at(3, CODE)
    sub_id: str = at(4, TEXT)
    values: Phi[tuple[tuple[tuple[str, ...], ...], ...]] = many(5, WHOLE, Label.PHI_DIRECT)
    units: Code = at(6, CODE)
    range: str = at(7, TEXT)
    status: str = at(11, TEXT)
    observed: Phi[datetime | None] = at(14, MOMENT, Label.PHI_QUASI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """PRT (from 2.7) with the parts of a device's identifier (16 to 21 from 2.8.2)."""

    SEGMENT: ClassVar[str] = "PRT"
    action: str = at(2, TEXT)
    role: Code = at(4, CODE)
    person: Phi[Person] = at(5, STAFF, Label.OPS_CONF)
    devices: Phi[tuple[Reference, ...]] = many(10, REFERENCE, Label.PHI_QUASI)
    identifier: Reference = at(16, REFERENCE)
    made: date | None = at(17, DAY)
    expiry: Phi[date | None] = at(18, DAY, Label.PHI_QUASI)
    lot: Phi[str] = at(19, TEXT, Label.PHI_QUASI)
    serial: Phi[str] = at(20, TEXT, Label.PHI_QUASI)
    donation: Phi[Reference] = at(21, REFERENCE, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """TQ1 (from 2.5)."""

    SEGMENT: ClassVar[str] = "TQ1"
    number: int | None = at(1, COUNT)
    start: Phi[datetime | None] = at(7, MOMENT, Label.PHI_QUASI)
    end: Phi[datetime | None] = at(8, MOMENT, Label.PHI_QUASI)
    priority: Code = at(9, CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A Z segment, whole; what its fields mean stands in the site's profile."""

    SEGMENT: ClassVar[str] = "Z*"
    name: str = "ZZZ"
    fields: tuple[tuple[tuple[tuple[str, ...], ...], ...], ...] = ()
    """Fields from 1 on, each its repetitions of components of subcomponents."""

    def text(self, field: int, component: int = 1) -> str:
        """Return a component of the first repetition, as text; empty when absent."""
        held = self.fields[field - 1] if 0 < field <= len(self.fields) else ()
        parts = held[0] if held else ()
        part = parts[component - 1] if 0 < component <= len(parts) else ()
        return part[0] if part else ""

    def location(self, field: int) -> Location:
        """Return a field as a place (PL), e.g. the inventory location of a ZPA."""
        return Location(*(self.text(field, number) for number in (1, 2, 3, 4)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """MSA."""

    SEGMENT: ClassVar[str] = "MSA"
    code: str = at(1, TEXT)
    control_id: str = at(2, TEXT)
    text: str = at(3, TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """ERR from 2.5 on."""

    SEGMENT: ClassVar[str] = "ERR"
    places: tuple[tuple[tuple[str, ...], ...], ...] = many(2, WHOLE)
    code: Code = at(3, CODE)
    severity: str = at(4, TEXT)
    application_code: Code = at(5, CODE)
    text: str = at(8, TEXT)
