"""Views InventoryItem and InventoryReport, which exist from R5 on (maturity 0: expect change).

In: a resource of R5. Out: views. Refuses to know: whom an item is for: `instance.subject` is a trap
(spec 2.0.11) and has no field here.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.formats.fhir.datatype import (
    Amount,
    Concept,
    ConceptOrReference,
    Identifier,
    Node,
    Period,
    Reference,
    amount,
    concept,
    concepts,
    either,
    first,
    identifiers,
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
class ItemName:
    """A name of an item and what kind of name it is."""

    name: str
    kind: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryItem:
    """An item as a store knows it, or one lot of it."""

    __repr__ = veiled

    id: str
    status: str
    identifiers: tuple[Identifier, ...]
    categories: tuple[Concept, ...]
    codes: tuple[Concept, ...]
    names: tuple[ItemName, ...]
    description: str
    inventory_statuses: tuple[Concept, ...]
    base_unit: Concept | None
    net_content: Amount | None
    organizations: tuple[Reference, ...]
    lot_number: str
    expires: Moment | None
    instance_identifiers: tuple[Identifier, ...]
    location: Reference | None
    product: Reference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedItem:
    """One item of a listing."""

    __repr__ = veiled

    item: ConceptOrReference | None
    quantity: Amount | None
    category: Concept | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What was counted in one place in one state."""

    __repr__ = veiled

    location: Reference | None
    item_status: Concept | None
    counted_at: Moment | None
    items: tuple[CountedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryReport:
    """A count (`snapshot`) or a change (`difference`) of stock."""

    __repr__ = veiled

    id: str
    status: str
    count_type: str
    identifiers: tuple[Identifier, ...]
    operation_type: Concept | None
    operation_reason: Concept | None
    reported_at: Moment | None
    reporter: Reference | None
    reporting_period: Period | None
    listings: tuple[Listing, ...]


def inventory_item(source: Resource | Node) -> InventoryItem:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "InventoryItem")
    instance = first(data, "instance")
    owners = (reference(o, "organization") for o in nodes(data, "responsibleOrganization"))
    return InventoryItem(
        id=text(data, "id"),
        status=text(data, "status"),
        identifiers=identifiers(data),
        categories=concepts(data, "category"),
        codes=concepts(data, "code"),
        names=tuple(
            ItemName(
                name=text(one, "name"),
                kind=text(first(one, "nameType"), "code"),
                language=text(one, "language"),
            )
            for one in nodes(data, "name")
        ),
        description=text(first(data, "description"), "description"),
        inventory_statuses=concepts(data, "inventoryStatus"),
        base_unit=concept(data, "baseUnit"),
        net_content=amount(data, "netContent"),
        organizations=tuple(owner for owner in owners if owner is not None),
        lot_number=text(instance, "lotNumber"),
        expires=time(instance, "expiry"),
        instance_identifiers=identifiers(instance),
        location=reference(instance, "location"),
        product=reference(data, "productReference"),
    )


def inventory_report(source: Resource | Node) -> InventoryReport:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "InventoryReport")
    return InventoryReport(
        id=text(data, "id"),
        status=text(data, "status"),
        count_type=text(data, "countType"),
        identifiers=identifiers(data),
        operation_type=concept(data, "operationType"),
        operation_reason=concept(data, "operationTypeReason"),
        reported_at=time(data, "reportedDateTime"),
        reporter=reference(data, "reporter"),
        reporting_period=period(data, "reportingPeriod"),
        listings=tuple(_listing(one) for one in nodes(data, "inventoryListing")),
    )


def _listing(data: Node) -> Listing:
    return Listing(
        location=reference(data, "location"),
        item_status=concept(data, "itemStatus"),
        counted_at=time(data, "countingDateTime"),
        items=tuple(
            CountedItem(
                item=either(one, "item"),
                quantity=amount(one, "quantity"),
                category=concept(one, "category"),
            )
            for one in nodes(data, "item")
        ),
    )
