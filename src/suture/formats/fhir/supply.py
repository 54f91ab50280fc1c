"""Views SupplyRequest and SupplyDelivery: what is asked for, what is on its way or has come.

In: a resource of R4 or R5. Out: one shape for both. Refuses to know: for whom: `deliverFor` and
`patient` are traps (spec 2.0.11) and have no field here.
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
    Reference,
    amount,
    concept,
    either,
    eithers,
    flag,
    identifiers,
    kind_of,
    nodes,
    occurrence,
    reference,
    references,
    text,
    time,
)
from suture.formats.fhir.primitive import Moment
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A detail of what is asked for, e.g. a size."""

    __repr__ = veiled

    code: Concept | None
    concept: Concept | None
    quantity: Amount | None
    is_true: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyRequest:
    """A request for one item."""

    __repr__ = veiled

    id: str
    status: str
    priority: str
    identifiers: tuple[Identifier, ...]
    based_on: tuple[Reference, ...]
    """R5 only."""
    category: Concept | None
    item: ConceptOrReference | None
    quantity: Amount | None
    parameters: tuple[Parameter, ...]
    occurrence: Occurrence | None
    authored_on: Moment | None
    requester: Reference | None
    suppliers: tuple[Reference, ...]
    reasons: tuple[ConceptOrReference, ...]
    deliver_from: Reference | None
    deliver_to: Reference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedItem:
    """One line of a delivery."""

    __repr__ = veiled

    item: ConceptOrReference | None
    quantity: Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyDelivery:
    """A delivery; one item in R4, any number in R5."""

    __repr__ = veiled

    id: str
    status: str
    identifiers: tuple[Identifier, ...]
    based_on: tuple[Reference, ...]
    part_of: tuple[Reference, ...]
    type: Concept | None
    items: tuple[SuppliedItem, ...]
    occurrence: Occurrence | None
    supplier: Reference | None
    destination: Reference | None
    receivers: tuple[Reference, ...]


def supply_request(source: Resource | Node) -> SupplyRequest:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "SupplyRequest")
    return SupplyRequest(
        id=text(data, "id"),
        status=text(data, "status"),
        priority=text(data, "priority"),
        identifiers=identifiers(data),
        based_on=references(data, "basedOn"),
        category=concept(data, "category"),
        item=either(data, "item"),
        quantity=amount(data, "quantity"),
        parameters=tuple(
            Parameter(
                code=concept(one, "code"),
                concept=concept(one, "valueCodeableConcept"),
                quantity=amount(one, "valueQuantity"),
                is_true=flag(one, "valueBoolean"),
            )
            for one in nodes(data, "parameter")
        ),
        occurrence=occurrence(data),
        authored_on=time(data, "authoredOn"),
        requester=reference(data, "requester"),
        suppliers=references(data, "supplier"),
        reasons=eithers(data, "reason"),
        deliver_from=reference(data, "deliverFrom"),
        deliver_to=reference(data, "deliverTo"),
    )


def supply_delivery(source: Resource | Node) -> SupplyDelivery:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "SupplyDelivery")
    return SupplyDelivery(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        based_on=references(data, "basedOn"),
        part_of=references(data, "partOf"),
        type=concept(data, "type"),
        items=tuple(
            SuppliedItem(item=either(one, "item"), quantity=amount(one, "quantity"))
            for one in nodes(data, "suppliedItem")
        ),
        occurrence=occurrence(data),
        supplier=reference(data, "supplier"),
        destination=reference(data, "destination"),
        receivers=references(data, "receiver"),
    )
