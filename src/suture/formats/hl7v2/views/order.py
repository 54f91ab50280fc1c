"""ORM O01, OMG O19, OMS O05, OMN O07 and the answers ORS O06, ORN O08 (HL7 2.9 chapter 4).

In: a message, or a request with what is answered to each line. Out: a `ClinicalOrder`, an
`OrderAnswer`. Refuses to know: whether a line is taken. Stock and non-stock requisitions are both
requests, never usage (spec 2.0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction
from typing import ClassVar

from suture.core.phi import Label, Phi
from suture.core.problem import Problem
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import at, many, one, same, under
from suture.formats.hl7v2.views.kind import (
    CODE,
    COUNT,
    DAY,
    FLAG,
    MOMENT,
    NUMBER,
    REFERENCE,
    STAFF,
    TEXT,
    Code,
    Person,
    Reference,
    Trigger,
)
from suture.formats.hl7v2.views.part import (
    Answer,
    Fault,
    Head,
    Note,
    Observation,
    Own,
    Patient,
    Timing,
    Visit,
)
from suture.formats.hl7v2.views.read import needed, read_view

ANSWERS = {"OMS": ("ORS", "O06"), "OMN": ("ORN", "O08")}
"""Request type -> type and event of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """ORC."""

    SEGMENT: ClassVar[str] = "ORC"
    control: str = at(1, TEXT)
    """NW new, CA cancel, XO change; OK, UA, CR and others in an answer (table 0119)."""
    placer: Reference = at(2, REFERENCE)
    filler: Reference = at(3, REFERENCE)
    group: Reference = at(4, REFERENCE)
    status: str = at(5, TEXT)
    ordered: datetime | None = at(9, MOMENT)
    entered_by: Phi[tuple[Person, ...]] = many(10, STAFF, Label.OPS_CONF)
    ordered_by: Phi[tuple[Person, ...]] = many(12, STAFF, Label.OPS_CONF)
    reason: Code = at(16, CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """OBR of a general order."""

    SEGMENT: ClassVar[str] = "OBR"
    number: int | None = at(1, COUNT)
    placer: Reference = at(2, REFERENCE)
    filler: Reference = at(3, REFERENCE)
    service: Phi[Code] = at(4, CODE, Label.PHI_QUASI)
    status: str = at(25, TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """RQ1: what a non-stock line adds."""

    SEGMENT: ClassVar[str] = "RQ1"
    price: str = at(1, TEXT)
    """As written: the field has no currency."""
    manufacturer: Code = at(2, CODE)
    manufacturer_catalog: str = at(3, TEXT)
    vendor: Code = at(4, CODE)
    vendor_catalog: str = at(5, TEXT)
    is_taxable: bool | None = at(6, FLAG)
    may_substitute: bool | None = at(7, FLAG)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequisitionLine:
    """RQD."""

    SEGMENT: ClassVar[str] = "RQD"
    line: int | None = at(1, COUNT)
    internal: Code = at(2, CODE)
    external: Code = at(3, CODE)
    hospital: Code = at(4, CODE)
    quantity: Fraction | None = at(5, NUMBER)
    unit: Code = at(6, CODE)
    cost_center: str = at(7, TEXT)
    natural_account: str = at(8, TEXT)
    deliver_to: Code = at(9, CODE)
    needed_on: date | None = at(10, DAY)
    detail: Detail | None = one(Detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One ORC group; old senders leave ORC out before RQD or OBR."""

    SEGMENT: ClassVar[str] = "ORC"
    STARTS: ClassVar[tuple[str, ...]] = ("RQD", "OBR")
    control: Control = same(Control)
    timings: tuple[Timing, ...] = under(Timing)
    requested: Requested | None = one(Requested)
    requisition: RequisitionLine | None = one(RequisitionLine)
    notes: tuple[Note, ...] = under(Note)
    observations: tuple[Observation, ...] = under(Observation)
    own: tuple[Own, ...] = under(Own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalOrder:
    """One order message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    notes: tuple[Note, ...] = under(Note)
    patient: Patient | None = one(Patient)
    visit: Visit | None = one(Visit)
    lines: tuple[Line, ...] = under(Line)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAnswer:
    """One answer to a requisition."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    answer: Answer | None = one(Answer)
    faults: tuple[Fault, ...] = under(Fault)
    notes: tuple[Note, ...] = under(Note)
    patient: Patient | None = one(Patient)
    lines: tuple[Line, ...] = under(Line)


def view_order(message: Message, zone: tzinfo = UTC) -> tuple[ClinicalOrder, list[Problem]]:
    """Return what an order says; `hl7v2.view-missing` when it has no line."""
    view, problems = read_view(message, ClinicalOrder, ("ORM", "OMG", "OMS", "OMN"), zone)
    needed(problems, "ORC", is_there=bool(view.lines))
    return view, problems


def view_order_answer(message: Message, zone: tzinfo = UTC) -> tuple[OrderAnswer, list[Problem]]:
    """Return what an ORS or ORN says; `hl7v2.view-missing` when it has no MSA."""
    view, problems = read_view(message, OrderAnswer, ("ORS", "ORN", "ORR", "ORG"), zone)
    needed(problems, "MSA", is_there=view.answer is not None)
    return view, problems


def answer_order(
    order: ClinicalOrder,
    *,
    control_id: str,
    sent: datetime,
    code: str = "AA",
    controls: Sequence[tuple[str, str]] = (),
) -> OrderAnswer:
    """Return the ORS or ORN to a requisition: per line its ORC-1 and filler number.

    `controls` has an entry for each line answered, e.g. `("OK", "REQ-1")` or `("UA", "")`; lines
    without one are left out. Raises ValueError for a message that has no such answer. Nothing of
    the patient is repeated.
    """
    head = order.head
    if head.trigger.type not in ANSWERS:
        raise ValueError("only OMS and OMN have an answer here")
    kind, event = ANSWERS[head.trigger.type]
    structure = f"{kind}_{event}" if head.trigger.structure else ""
    lines = [
        Line(
            control=replace(line.control, control=said, filler=Reference(filler), status=""),
            requisition=line.requisition,
        )
        for line, (said, filler) in zip(order.lines, controls, strict=False)
    ]
    return OrderAnswer(
        head=answered(head, Trigger(kind, event, structure), control_id, sent),
        answer=Answer(code=code, control_id=head.control_id),
        lines=tuple(lines),
    )


def answered(head: Head, trigger: Trigger, control_id: str, sent: datetime) -> Head:
    """Return the MSH of an answer: sender and receiver change places."""
    return Head(
        sending_application=head.receiving_application,
        sending_facility=head.receiving_facility,
        receiving_application=head.sending_application,
        receiving_facility=head.sending_facility,
        sent=sent,
        trigger=trigger,
        control_id=control_id,
        processing=head.processing or "P",
        version=head.version,
    )
