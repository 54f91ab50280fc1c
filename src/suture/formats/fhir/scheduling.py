"""Views what is planned and done with a patient: Appointment, ServiceRequest, Procedure, Encounter.

In: a resource of R4 or R5. Out: one shape for both. Refuses to know: the patient; these views are
for the clinical zone, where `subject` is a reference like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.formats.fhir.datatype import (
    Amount,
    Concept,
    ConceptOrReference,
    Identifier,
    Node,
    Occurrence,
    Period,
    Reference,
    amount,
    concept,
    concepts,
    either,
    eithers,
    first,
    flag,
    identifiers,
    kind_of,
    nodes,
    occurrence,
    period,
    reference,
    references,
    text,
    time,
    whole,
)
from suture.formats.fhir.primitive import Moment
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Who or what takes part: a person, a room, a device."""

    __repr__ = veiled

    actor: Reference | None
    types: tuple[Concept, ...]
    status: str = ""
    is_required: bool | None = None
    """R4 `required` or R5 true; `optional` and `information-only` are False."""
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A booked or proposed time."""

    __repr__ = veiled

    id: str
    status: str
    identifiers: tuple[Identifier, ...]
    start: Moment | None
    end: Moment | None
    minutes: int | None
    service_types: tuple[ConceptOrReference, ...]
    appointment_type: Concept | None
    cancellation_reason: Concept | None
    created: Moment | None
    participants: tuple[Participant, ...]
    based_on: tuple[Reference, ...]
    subject: Reference | None
    """R5; in R4 the patient is a participant."""

    def of_kind(self, resource_type: str) -> tuple[Reference, ...]:
        """Return the actors of one type, e.g. `Location` for the room."""
        found = (one.actor for one in self.participants)
        return tuple(actor for actor in found if actor and actor.type == resource_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """An order for a service, such as an operation."""

    __repr__ = veiled

    id: str
    status: str
    intent: str
    priority: str
    identifiers: tuple[Identifier, ...]
    requisition: tuple[Identifier, ...]
    code: ConceptOrReference | None
    subject: Reference | None
    encounter: Reference | None
    occurrence: Occurrence | None
    authored_on: Moment | None
    requester: Reference | None
    performers: tuple[Reference, ...]
    locations: tuple[ConceptOrReference, ...]
    body_sites: tuple[Concept, ...]
    based_on: tuple[Reference, ...]
    do_not_perform: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What was done."""

    __repr__ = veiled

    id: str
    status: str
    identifiers: tuple[Identifier, ...]
    code: Concept | None
    subject: Reference | None
    encounter: Reference | None
    occurrence: Occurrence | None
    """R4 `performed[x]`."""
    performers: tuple[Participant, ...]
    location: Reference | None
    body_sites: tuple[Concept, ...]
    based_on: tuple[Reference, ...]
    devices: tuple[Reference, ...]
    """`focalDevice.manipulated`: implanted, explanted, moved."""
    used: tuple[ConceptOrReference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A location of an Encounter and when."""

    location: Reference | None
    status: str
    period: Period | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """A visit."""

    __repr__ = veiled

    id: str
    status: str
    """As written: R4 and R5 have different codes (`finished`, `completed`)."""
    identifiers: tuple[Identifier, ...]
    classes: tuple[Concept, ...]
    """`IMP`, `AMB`...; one in R4."""
    types: tuple[Concept, ...]
    subject: Reference | None
    period: Period | None
    """R5 `actualPeriod`."""
    length: Amount | None
    participants: tuple[Participant, ...]
    locations: tuple[Stay, ...]
    appointments: tuple[Reference, ...]
    service_provider: Reference | None


def appointment(source: Resource | Node) -> Appointment:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Appointment")
    cancelled = concept(data, "cancellationReason") or concept(data, "cancelationReason")
    return Appointment(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        start=time(data, "start"),
        end=time(data, "end"),
        minutes=whole(data, "minutesDuration"),
        service_types=eithers(data, "serviceType"),
        appointment_type=concept(data, "appointmentType"),
        cancellation_reason=cancelled,
        created=time(data, "created"),
        participants=tuple(_participant(one) for one in nodes(data, "participant")),
        based_on=references(data, "basedOn"),
        subject=reference(data, "subject"),
    )


def _participant(data: Node) -> Participant:
    named = text(data, "required")
    return Participant(
        actor=reference(data, "actor") or reference(data, "individual"),
        types=concepts(data, "type") + concepts(data, "function"),
        status=text(data, "status"),
        is_required=flag(data, "required") if not named else named == "required",
        period=period(data, "period"),
    )


def service_request(source: Resource | Node) -> ServiceRequest:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "ServiceRequest")
    return ServiceRequest(
        id=text(data, "id"),
        status=text(data, "status"),
        intent=text(data, "intent"),
        priority=text(data, "priority"),
        identifiers=identifiers(data),
        requisition=identifiers(data, "requisition"),
        code=either(data, "code"),
        subject=reference(data, "subject"),
        encounter=reference(data, "encounter"),
        occurrence=occurrence(data),
        authored_on=time(data, "authoredOn"),
        requester=reference(data, "requester"),
        performers=references(data, "performer"),
        locations=eithers(data, "location"),
        body_sites=concepts(data, "bodySite"),
        based_on=references(data, "basedOn"),
        do_not_perform=bool(flag(data, "doNotPerform")),
    )


def procedure(source: Resource | Node) -> Procedure:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Procedure")
    focal = nodes(data, "focalDevice")
    return Procedure(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        code=concept(data, "code"),
        subject=reference(data, "subject"),
        encounter=reference(data, "encounter"),
        occurrence=occurrence(data) or occurrence(data, "performed"),
        performers=tuple(_participant(one) for one in nodes(data, "performer")),
        location=reference(data, "location"),
        body_sites=concepts(data, "bodySite"),
        based_on=references(data, "basedOn"),
        devices=tuple(found for one in focal for found in references(one, "manipulated")),
        used=eithers(data, "used"),
    )


def encounter(source: Resource | Node) -> Encounter:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Encounter")
    return Encounter(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        classes=concepts(data, "class"),
        types=concepts(data, "type"),
        subject=reference(data, "subject"),
        period=period(data, "actualPeriod") or period(data, "period"),
        length=amount(data, "length"),
        participants=tuple(_participant(one) for one in nodes(data, "participant")),
        locations=tuple(
            Stay(
                location=reference(one, "location"),
                status=text(one, "status"),
                period=period(one, "period") if first(one, "period") else None,
            )
            for one in nodes(data, "location")
        ),
        appointments=references(data, "appointment"),
        service_provider=reference(data, "serviceProvider"),
    )
