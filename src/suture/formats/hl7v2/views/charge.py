"""DFT P03 and P11: supplies used on a patient, as charges or as usage (HL7 2.9 chapter 6).

In: a message. Out: a `Charges` with one `ChargeLine` per FT1 and what traces it. Refuses to know:
whether a charge is a usage, and where a site keeps the lot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction
from typing import ClassVar

from suture.core.money import Money
from suture.core.phi import Label, Phi
from suture.core.problem import Problem
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import at, many, one, same, under
from suture.formats.hl7v2.views.kind import (
    CODE,
    COUNT,
    DAY,
    LOCATION,
    MOMENT,
    NUMBER,
    PRICE,
    REFERENCE,
    STAFF,
    TEXT,
    Code,
    Location,
    Person,
    Reference,
)
from suture.formats.hl7v2.views.part import (
    Device,
    Diagnosis,
    EventRow,
    Head,
    Note,
    Observation,
    Own,
    Patient,
    Visit,
)
from suture.formats.hl7v2.views.read import needed, read_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """PR1: the procedure a charge belongs to."""

    SEGMENT: ClassVar[str] = "PR1"
    number: int | None = at(1, COUNT)
    code: Phi[Code] = at(3, CODE, Label.PHI_QUASI)
    performed: Phi[datetime | None] = at(5, MOMENT, Label.PHI_QUASI)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """FT1 with the segments that trace it."""

    SEGMENT: ClassVar[str] = "FT1"
    number: int | None = at(1, COUNT)
    transaction: Phi[str] = at(2, TEXT, Label.PHI_DIRECT)
    batch: Phi[str] = at(3, TEXT, Label.PHI_DIRECT)
    used: Phi[datetime | None] = at(4, MOMENT, Label.PHI_QUASI)
    posted: Phi[date | None] = at(5, DAY, Label.PHI_QUASI)
    type: str = at(6, TEXT)
    """CG charge, CR credit, AJ adjustment, PY payment (table 0017)."""
    code: Code = at(7, CODE)
    quantity: Fraction | None = at(10, NUMBER)
    extended: Money | None = at(11, PRICE)
    unit_amount: Money | None = at(12, PRICE)
    department: Code = at(13, CODE)
    location: Phi[Location] = at(16, LOCATION, Label.PHI_QUASI)
    diagnoses: Phi[tuple[Code, ...]] = many(19, CODE, Label.PHI_DIRECT)
    performers: Phi[tuple[Person, ...]] = many(20, STAFF, Label.OPS_CONF)
    orderers: Phi[tuple[Person, ...]] = many(21, STAFF, Label.OPS_CONF)
    unit_cost: Money | None = at(22, PRICE)
    order: Phi[Reference] = at(23, REFERENCE, Label.PHI_DIRECT)
    procedure: Phi[Code] = at(25, CODE, Label.PHI_QUASI)
    modifiers: tuple[Code, ...] = many(26, CODE)
    drug: Code = at(29, CODE)
    notes: tuple[Note, ...] = under(Note)
    procedures: tuple[Performed, ...] = under(Performed)
    observations: tuple[Observation, ...] = under(Observation)
    devices: tuple[Device, ...] = under(Device)
    own: tuple[Own, ...] = under(Own)

    def own_segment(self, name: str) -> Own | None:
        """Return the first Z segment of a name under this charge, e.g. `ZPA`."""
        return next((one for one in self.own if one.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charges:
    """One DFT message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    event: EventRow | None = one(EventRow)
    patient: Patient | None = one(Patient)
    visit: Visit | None = one(Visit)
    charges: tuple[ChargeLine, ...] = under(ChargeLine)
    diagnoses: tuple[Diagnosis, ...] = under(Diagnosis)


def view_charges(message: Message, zone: tzinfo = UTC) -> tuple[Charges, list[Problem]]:
    """Return what a DFT message says; `hl7v2.view-missing` when it has no FT1.

    In P11 diagnoses and insurance stand before the charges: both orders read the same.
    """
    view, problems = read_view(message, Charges, ("DFT",), zone)
    needed(problems, "FT1", is_there=bool(view.charges))
    return view, problems
