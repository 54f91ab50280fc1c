"""ORU R01: observations, read only for devices and usage (HL7 2.9 chapter 7; minimum necessary).

In: a message. Out: a `Results` with orders and their observations. Refuses to know: what a value
means clinically.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from suture.core.phi import Label, Phi
from suture.core.problem import Problem
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import at, one, same, under
from suture.formats.hl7v2.views.kind import (
    CODE,
    COUNT,
    MOMENT,
    REFERENCE,
    TEXT,
    Code,
    Reference,
)
from suture.formats.hl7v2.views.part import (
    Device,
    Head,
    Note,
    Observation,
    Own,
    Patient,
    Visit,
)
from suture.formats.hl7v2.views.read import needed, read_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """OBX with its notes and devices."""

    SEGMENT: ClassVar[str] = "OBX"
    observation: Observation = same(Observation)
    devices: tuple[Device, ...] = under(Device)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOrder:
    """OBR and what was observed for it."""

    SEGMENT: ClassVar[str] = "OBR"
    number: int | None = at(1, COUNT)
    placer: Phi[Reference] = at(2, REFERENCE, Label.PHI_DIRECT)
    filler: Phi[Reference] = at(3, REFERENCE, Label.PHI_DIRECT)
    service: Phi[Code] = at(4, CODE, Label.PHI_QUASI)
    observed: Phi[datetime | None] = at(7, MOMENT, Label.PHI_QUASI)
    status: str = at(25, TEXT)
    notes: tuple[Note, ...] = under(Note)
    findings: tuple[Finding, ...] = under(Finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSubject:
    """PID, or none, and the orders after it."""

    SEGMENT: ClassVar[str] = "PID"
    STARTS: ClassVar[tuple[str, ...]] = ("PV1", "OBR")
    patient: Patient = same(Patient)
    visit: Visit | None = one(Visit)
    orders: tuple[ResultOrder, ...] = under(ResultOrder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One ORU message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    subjects: tuple[ResultSubject, ...] = under(ResultSubject)
    own: tuple[Own, ...] = under(Own)


def view_results(message: Message, zone: tzinfo = UTC) -> tuple[Results, list[Problem]]:
    """Return what an ORU message says; `hl7v2.view-missing` when it has no OBR."""
    view, problems = read_view(message, Results, ("ORU",), zone)
    needed(problems, "OBR", is_there=any(one.orders for one in view.subjects))
    return view, problems
