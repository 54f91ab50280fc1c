"""Views an AuditEvent: who did what to what, when and why.

In: a resource of R4 or R5. Out: one shape for both. Refuses to know: which events must exist; the
audit's own rules are governance's.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.formats.fhir.datatype import (
    Coding,
    Concept,
    Node,
    Period,
    Reference,
    coding,
    concept,
    concepts,
    first,
    flag,
    kind_of,
    nodes,
    period,
    reference,
    text,
    time,
)
from suture.formats.fhir.primitive import Moment
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAgent:
    """Who took part."""

    __repr__ = veiled

    who: Reference | None
    types: tuple[Concept, ...]
    roles: tuple[Concept, ...]
    name: str
    """R4 only."""
    is_requestor: bool
    network_address: str
    purposes: tuple[Concept, ...]
    """R4 `purposeOfUse`, R5 `authorization`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntity:
    """What was touched."""

    __repr__ = veiled

    what: Reference | None
    role: Concept | None
    name: str
    """R4 only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One entry of an audit log."""

    __repr__ = veiled

    id: str
    action: str
    """C, R, U, D or E."""
    category: tuple[Concept, ...]
    """R4 `type`, R5 `category`."""
    code: tuple[Concept, ...]
    """R4 `subtype`, R5 `code`."""
    recorded: Moment | None
    period: Period | None
    outcome: Coding | None
    """R4 `0`, `4`, `8`, `12`; R5 a Coding."""
    agents: tuple[AuditAgent, ...]
    observer: Reference | None
    entities: tuple[AuditEntity, ...]
    purposes: tuple[Concept, ...]
    patient: Reference | None
    """R5 only; in R4 an entity."""


def audit_event(source: Resource | Node) -> AuditEvent:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "AuditEvent")
    outcome = first(data, "outcome")
    plain = text(data, "outcome")
    return AuditEvent(
        id=text(data, "id"),
        action=text(data, "action"),
        category=concepts(data, "type") + concepts(data, "category"),
        code=concepts(data, "subtype") + concepts(data, "code"),
        recorded=time(data, "recorded"),
        period=period(data, "period") or period(data, "occurredPeriod"),
        outcome=Coding("", plain) if plain else _outcome(outcome),
        agents=tuple(_agent(one) for one in nodes(data, "agent")),
        observer=reference(first(data, "source"), "observer"),
        entities=tuple(
            AuditEntity(
                what=reference(one, "what"), role=concept(one, "role"), name=text(one, "name")
            )
            for one in nodes(data, "entity")
        ),
        purposes=concepts(data, "purposeOfEvent") + concepts(data, "authorization"),
        patient=reference(data, "patient"),
    )


def _outcome(data: Node) -> Coding | None:
    code = first(data, "code")
    return coding(code) if code else None


def _agent(data: Node) -> AuditAgent:
    address = text(first(data, "network"), "address")
    return AuditAgent(
        who=reference(data, "who"),
        types=concepts(data, "type"),
        roles=concepts(data, "role"),
        name=text(data, "name"),
        is_requestor=bool(flag(data, "requestor")),
        network_address=address or text(data, "networkString") or text(data, "networkUri"),
        purposes=concepts(data, "purposeOfUse") + concepts(data, "authorization"),
    )
