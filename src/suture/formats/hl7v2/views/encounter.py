"""ADT: what happened to a patient's stay, merges included (HL7 2.9 chapter 3).

In: a message of A01 to A62. Out: an `Encounter`. Refuses to know: what a merge does to tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import ClassVar

from suture.core.phi import Label, Phi
from suture.core.problem import Problem
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import at, many, one, same, under
from suture.formats.hl7v2.views.kind import NAME, RECORD, Person, Record
from suture.formats.hl7v2.views.part import (
    Allergy,
    Diagnosis,
    EventRow,
    Head,
    Observation,
    Own,
    Patient,
    Visit,
)
from suture.formats.hl7v2.views.read import needed, read_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """MRG: the numbers that end; those of the PID before it remain."""

    SEGMENT: ClassVar[str] = "MRG"
    records: Phi[tuple[Record, ...]] = many(1, RECORD, Label.PHI_DIRECT)
    account: Phi[Record] = at(3, RECORD, Label.PHI_DIRECT)
    visit: Phi[Record] = at(5, RECORD, Label.PHI_DIRECT)
    names: Phi[tuple[Person, ...]] = many(7, NAME, Label.PHI_DIRECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """PID and what stands under it; a merge has several."""

    SEGMENT: ClassVar[str] = "PID"
    patient: Patient = same(Patient)
    merged: Merged | None = one(Merged)
    visit: Visit | None = one(Visit)
    observations: tuple[Observation, ...] = under(Observation)
    allergies: tuple[Allergy, ...] = under(Allergy)
    diagnoses: tuple[Diagnosis, ...] = under(Diagnosis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One ADT message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    event: EventRow | None = one(EventRow)
    stays: tuple[Stay, ...] = under(Stay)
    own: tuple[Own, ...] = under(Own)


def view_encounter(message: Message, zone: tzinfo = UTC) -> tuple[Encounter, list[Problem]]:
    """Return what an ADT message says; `hl7v2.view-missing` without PID, or MRG in a merge."""
    view, problems = read_view(message, Encounter, ("ADT",), zone)
    needed(problems, "PID", is_there=bool(view.stays))
    if view.head.trigger.event in ("A18", "A34", "A35", "A36", "A39", "A40", "A41", "A42"):
        needed(problems, "MRG", is_there=any(one.merged for one in view.stays))
    return view, problems
