"""Views who and where: Location, Practitioner, PractitionerRole, HealthcareService.

In: a resource of R4 or R5. Out: one shape for both. Refuses to know: which of them are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.formats.fhir.datatype import (
    Concept,
    Identifier,
    Node,
    Period,
    Reference,
    concept,
    concepts,
    first,
    flag,
    identifiers,
    kind_of,
    nodes,
    period,
    reference,
    references,
    text,
    texts,
)
from suture.formats.fhir.resource import Resource, veiled

NPI_SYSTEM = "http://hl7.org/fhir/sid/us-npi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A building, ward, room or shelf."""

    __repr__ = veiled

    id: str
    status: str
    name: str
    identifiers: tuple[Identifier, ...]
    mode: str
    types: tuple[Concept, ...]
    form: Concept | None
    """R4 `physicalType`."""
    operational_status: Concept | None
    part_of: Reference | None
    managing_organization: Reference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """A person who treats or supplies."""

    __repr__ = veiled

    id: str
    is_active: bool | None
    identifiers: tuple[Identifier, ...]
    family: str
    given: tuple[str, ...]
    qualifications: tuple[Concept, ...]

    @property
    def npi(self) -> str:
        """National Provider Identifier; empty when there is none."""
        return next((i.value for i in self.identifiers if i.system == NPI_SYSTEM), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PractitionerRole:
    """What a practitioner does where."""

    __repr__ = veiled

    id: str
    is_active: bool | None
    identifiers: tuple[Identifier, ...]
    period: Period | None
    practitioner: Reference | None
    organization: Reference | None
    codes: tuple[Concept, ...]
    specialties: tuple[Concept, ...]
    locations: tuple[Reference, ...]
    services: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthcareService:
    """A service line, such as orthopaedic surgery."""

    __repr__ = veiled

    id: str
    is_active: bool | None
    name: str
    identifiers: tuple[Identifier, ...]
    provided_by: Reference | None
    categories: tuple[Concept, ...]
    types: tuple[Concept, ...]
    specialties: tuple[Concept, ...]
    locations: tuple[Reference, ...]


def location(source: Resource | Node) -> Location:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Location")
    return Location(
        id=text(data, "id"),
        status=text(data, "status"),
        name=text(data, "name"),
        identifiers=identifiers(data),
        mode=text(data, "mode"),
        types=concepts(data, "type"),
        form=concept(data, "form") or concept(data, "physicalType"),
        operational_status=concept(data, "operationalStatus"),
        part_of=reference(data, "partOf"),
        managing_organization=reference(data, "managingOrganization"),
    )


def practitioner(source: Resource | Node) -> Practitioner:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Practitioner")
    name = next((n for n in nodes(data, "name") if n.get("use") == "official"), first(data, "name"))
    codes = (concept(one, "code") for one in nodes(data, "qualification"))
    return Practitioner(
        id=text(data, "id"),
        is_active=flag(data, "active"),
        identifiers=identifiers(data),
        family=text(name, "family"),
        given=texts(name, "given"),
        qualifications=tuple(code for code in codes if code is not None),
    )


def practitioner_role(source: Resource | Node) -> PractitionerRole:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "PractitionerRole")
    return PractitionerRole(
        id=text(data, "id"),
        is_active=flag(data, "active"),
        identifiers=identifiers(data),
        period=period(data, "period"),
        practitioner=reference(data, "practitioner"),
        organization=reference(data, "organization"),
        codes=concepts(data, "code"),
        specialties=concepts(data, "specialty"),
        locations=references(data, "location"),
        services=references(data, "healthcareService"),
    )


def healthcare_service(source: Resource | Node) -> HealthcareService:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "HealthcareService")
    return HealthcareService(
        id=text(data, "id"),
        is_active=flag(data, "active"),
        name=text(data, "name"),
        identifiers=identifiers(data),
        provided_by=reference(data, "providedBy"),
        categories=concepts(data, "category"),
        types=concepts(data, "type"),
        specialties=concepts(data, "specialty"),
        locations=references(data, "location"),
    )
