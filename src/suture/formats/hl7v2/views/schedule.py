"""SIU S12 to S27: a surgical case as the schedule says it (HL7 2.9 chapter 10).

In: a message. Out: a `Schedule` with its resources. Refuses to know: which resource is the room or
the surgeon of a case (that is the site's, in the mapping).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from typing import ClassVar

from suture.core.phi import Label, Phi
from suture.core.problem import Problem
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import at, many, one, same, under
from suture.formats.hl7v2.views.kind import (
    CODE,
    COUNT,
    LOCATION,
    MOMENT,
    NUMBER,
    REFERENCE,
    STAFF,
    TEXT,
    Code,
    Kind,
    Location,
    Parts,
    Person,
    Reference,
    leaf,
)
from suture.formats.hl7v2.views.part import (
    Allergy,
    Diagnosis,
    Head,
    Note,
    Observation,
    Own,
    Patient,
    Timing,
    Visit,
)
from suture.formats.hl7v2.views.read import needed, read_view


def _span(parts: Parts, zone: tzinfo) -> tuple[str, datetime | None, datetime | None]:
    """Return TQ: duration (3), start (4) and end (5)."""
    times = [MOMENT.read([[leaf(parts, number)]], zone) for number in (4, 5)]
    return leaf(parts, 3), times[0], times[1]


def _written(value: tuple[str, datetime | None, datetime | None]) -> list[str]:
    times = [str(MOMENT.write(at)[0]) if at is not None else "" for at in value[1:]]
    return ["", "", value[0], *times]


SPAN = Kind(("", None, None), _span, _written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """SCH."""

    SEGMENT: ClassVar[str] = "SCH"
    placer: Phi[Reference] = at(1, REFERENCE, Label.PHI_DIRECT)
    filler: Phi[Reference] = at(2, REFERENCE, Label.PHI_DIRECT)
    schedule: Code = at(5, CODE)
    event_reason: Code = at(6, CODE)
    reason: Code = at(7, CODE)
    type: Code = at(8, CODE)
    duration: Phi[Fraction | None] = at(9, NUMBER, Label.PHI_QUASI)
    duration_units: Code = at(10, CODE)
    timing: Phi[tuple[str, datetime | None, datetime | None]] = at(11, SPAN, Label.PHI_QUASI)
    """Duration, start and end; withdrawn in 2.7, where TQ1 or AIS-4 say it."""
    contacts: Phi[tuple[Person, ...]] = many(16, STAFF, Label.OPS_CONF)
    entered_by: Phi[tuple[Person, ...]] = many(20, STAFF, Label.OPS_CONF)
    status: Phi[Code] = at(25, CODE, Label.PHI_QUASI)
    placer_order: Phi[Reference] = at(26, REFERENCE, Label.PHI_DIRECT)
    filler_order: Phi[Reference] = at(27, REFERENCE, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledService:
    """AIS: a procedure."""

    SEGMENT: ClassVar[str] = "AIS"
    number: int | None = at(1, COUNT)
    action: str = at(2, TEXT)
    code: Phi[Code] = at(3, CODE, Label.PHI_QUASI)
    start: Phi[datetime | None] = at(4, MOMENT, Label.PHI_QUASI)
    duration: Phi[Fraction | None] = at(7, NUMBER, Label.PHI_QUASI)
    duration_units: Code = at(8, CODE)
    status: Code = at(10, CODE)
    placer_details: Phi[tuple[Code, ...]] = many(11, CODE, Label.PHI_QUASI)
    filler_details: Phi[tuple[Code, ...]] = many(12, CODE, Label.PHI_QUASI)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """AIG: a tray, a device, at some sites the preference card."""

    SEGMENT: ClassVar[str] = "AIG"
    number: int | None = at(1, COUNT)
    action: str = at(2, TEXT)
    id: Phi[Code] = at(3, CODE, Label.PHI_QUASI)
    type: Code = at(4, CODE)
    groups: tuple[Code, ...] = many(5, CODE)
    quantity: Fraction | None = at(6, NUMBER)
    units: Code = at(7, CODE)
    start: Phi[datetime | None] = at(8, MOMENT, Label.PHI_QUASI)
    status: Code = at(14, CODE)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """AIL."""

    SEGMENT: ClassVar[str] = "AIL"
    number: int | None = at(1, COUNT)
    action: str = at(2, TEXT)
    locations: Phi[tuple[Location, ...]] = many(3, LOCATION, Label.PHI_QUASI)
    type: Code = at(4, CODE)
    start: Phi[datetime | None] = at(6, MOMENT, Label.PHI_QUASI)
    status: Code = at(12, CODE)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personnel:
    """AIP."""

    SEGMENT: ClassVar[str] = "AIP"
    number: int | None = at(1, COUNT)
    action: str = at(2, TEXT)
    persons: Phi[tuple[Person, ...]] = many(3, STAFF, Label.OPS_CONF)
    role: Code = at(4, CODE)
    start: Phi[datetime | None] = at(6, MOMENT, Label.PHI_QUASI)
    status: Code = at(12, CODE)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGroup:
    """RGS and the resources after it; feeds that leave RGS out have one group."""

    SEGMENT: ClassVar[str] = "RGS"
    STARTS: ClassVar[tuple[str, ...]] = ("AIS", "AIG", "AIL", "AIP")
    number: int | None = at(1, COUNT)
    action: str = at(2, TEXT)
    id: Code = at(3, CODE)
    services: tuple[ScheduledService, ...] = under(ScheduledService)
    equipment: tuple[Equipment, ...] = under(Equipment)
    rooms: tuple[Room, ...] = under(Room)
    personnel: tuple[Personnel, ...] = under(Personnel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """PID and what stands under it."""

    SEGMENT: ClassVar[str] = "PID"
    patient: Patient = same(Patient)
    visit: Visit | None = one(Visit)
    observations: tuple[Observation, ...] = under(Observation)
    allergies: tuple[Allergy, ...] = under(Allergy)
    diagnoses: tuple[Diagnosis, ...] = under(Diagnosis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One SIU message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    appointment: Appointment | None = one(Appointment)
    timings: tuple[Timing, ...] = under(Timing)
    notes: tuple[Note, ...] = under(Note)
    subjects: tuple[Subject, ...] = under(Subject)
    groups: tuple[ResourceGroup, ...] = under(ResourceGroup)
    own: tuple[Own, ...] = under(Own)

    @property
    def services(self) -> tuple[ScheduledService, ...]:
        """Every AIS, whatever its group."""
        return tuple(one for group in self.groups for one in group.services)


def view_schedule(message: Message, zone: tzinfo = UTC) -> tuple[Schedule, list[Problem]]:
    """Return what an SIU message says; `hl7v2.view-missing` when it has no SCH."""
    view, problems = read_view(message, Schedule, ("SIU",), zone)
    needed(problems, "SCH", is_there=view.appointment is not None)
    return view, problems
