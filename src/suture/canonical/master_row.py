"""The rows of the master files as sites deliver them, and their canonical form.

In: one JSON row. Out: the entity, its identifiers and the crosswalk entries it implies. Refuses to
know: files, other rows, whether a reference leads anywhere (that is the loader's).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.canonical.contract_price import ContractPrice
from suture.canonical.crosswalk import CrosswalkEntry, normalise
from suture.canonical.entity import CostCenter, Department, Entity, Item, Location, Supplier
from suture.canonical.packaging import PackagingLevel
from suture.canonical.preference_card import CardLine, PreferenceCard
from suture.canonical.record import Identifier, Status
from suture.core.refusal import RefusalError


class SupplierRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of suppliers.json."""

    key: str
    name: str
    channel: str
    gln: str | None = None
    erp_vendor_no: str | None = None
    duns: str | None = None
    status: Status = Status.ACTIVE
    x12_id: str | None = None
    cxml_identity: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


class PackagingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A packaging level of an item row."""

    uom: str
    contains: Fraction
    of: str | None = None
    gtin: str | None = None


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of items.json."""

    key: str
    description: str
    item_class: str
    packaging: tuple[PackagingRow, ...]
    manufacturer: str = ""
    catalog_no: str = ""
    lateral: bool = False
    ehr_ids: tuple[str, ...] = ()
    lot_controlled: bool = False
    serial_controlled: bool = False
    safety_stock: Fraction = Fraction(0)
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


class LocationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of locations.json."""

    key: str
    type: str
    name: str
    facility: str | None = None
    parent: str | None = None
    gln: str | None = None
    timezone: str | None = None
    hl7: str | None = None
    inventory_location: str | None = None
    department: str | None = None
    cost_center: str | None = None
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


class DepartmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of departments.json."""

    key: str
    name: str
    facility: str
    cost_center: str
    manager: str = ""
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


class CostCenterRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of cost_centers.json."""

    key: str
    company: str
    segments: str | tuple[str, ...] | dict[str, str]
    approver_chain: tuple[str, ...]
    open: bool = True
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


class ContractRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of contracts.json."""

    contract: str
    line: str | int
    supplier: str
    item: str
    uom: str
    price: Decimal
    valid_from: date
    valid_to: date
    facilities: tuple[str, ...]
    currency: str = "USD"
    lead_time_days_p90: Fraction = Fraction(0)
    freight: Decimal = Decimal(0)


class CardLineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a card row."""

    line: str | int
    ehr_supply_id: str
    quantity_open: Fraction
    quantity_hold: Fraction = Fraction(0)
    criticality: str
    hold: bool = False
    lateral: str | None = None


class CardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of cards.json; `surgeon` is an NPI and goes no further than the loader."""

    card: str
    version: int | str
    procedure: str
    facility: str
    lines: tuple[CardLineRow, ...]
    surgeon: str = ""


class CrosswalkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of crosswalk.json."""

    entity: str
    key: str
    system: str
    id_type: str
    value: str
    facility: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def supplier_of(row: SupplierRow) -> Supplier:
    """Return the canonical supplier."""
    named = (
        ("GS1", "gln", row.gln),
        ("ERP", "supplier", row.erp_vendor_no),
        ("DUNS", "duns", row.duns),
        ("X12", "interchange_id", row.x12_id),
        ("CXML", "identity", row.cxml_identity),
    )
    return Supplier(
        key=row.key,
        legal_name=row.name,
        channel=row.channel,
        identifiers=_identifiers(named),
        status=row.status,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def item_of(row: ItemRow) -> Item:
    """Return the canonical item; its ERP number is its key, its EHR and GTIN names are added."""
    levels = tuple(
        PackagingLevel(uom=level.uom, contains=level.contains, of=level.of, gtin=level.gtin or "")
        for level in row.packaging
    )
    named = [("ERP", "item", row.key)]
    named += [("EHR", "item", value) for value in row.ehr_ids]
    named += [("GS1", "gtin", level.gtin) for level in levels if level.gtin]
    return Item(
        key=row.key,
        description=row.description,
        item_class=row.item_class,
        packaging=levels,
        manufacturer=row.manufacturer,
        catalog_no=row.catalog_no,
        is_lateral=row.lateral,
        is_lot_controlled=row.lot_controlled,
        is_serial_controlled=row.serial_controlled,
        safety_stock=row.safety_stock,
        identifiers=_identifiers(tuple(named)),
        status=row.status,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def location_of(row: LocationRow) -> Location:
    """Return the canonical location."""
    named = [("HL7", "pl", row.hl7)]
    if row.type in {"FACILITY", "DOCK", "CSC_WAREHOUSE"}:
        named.append(("GS1", "gln", row.gln))
    if row.type in {"STORE_ROOM", "CSC_WAREHOUSE"}:
        named.append(("ERP", "location", row.inventory_location))
    return Location(
        key=row.key,
        type=row.type,
        name=row.name,
        facility=row.facility or "",
        parent=row.parent or "",
        gln=row.gln or "",
        timezone=row.timezone or "",
        hl7=row.hl7 or "",
        inventory_location=row.inventory_location or "",
        department=row.department or "",
        cost_center=row.cost_center or "",
        identifiers=_identifiers(tuple(named)),
        status=row.status,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def department_of(row: DepartmentRow) -> Department:
    """Return the canonical department."""
    return Department(
        key=row.key,
        name=row.name,
        facility=row.facility,
        cost_center=row.cost_center,
        manager=row.manager,
        identifiers=_identifiers((("ERP", "department", row.key),)),
        status=row.status,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def cost_center_of(row: CostCenterRow) -> CostCenter:
    """Return the canonical cost center; segments become the ERP's dashed text."""
    segments = row.segments
    if isinstance(segments, dict):
        segments = tuple(segments[name] for name in sorted(segments))
    return CostCenter(
        key=row.key,
        company=row.company,
        segments=segments if isinstance(segments, str) else "-".join(segments),
        approver_chain=row.approver_chain,
        is_open=row.open,
        identifiers=_identifiers((("ERP", "cost_center", row.key),)),
        status=row.status,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def contract_price_of(row: ContractRow) -> ContractPrice:
    """Return the canonical contract line."""
    return ContractPrice(
        contract=row.contract,
        line=str(row.line),
        supplier=row.supplier,
        item=row.item,
        uom=row.uom,
        price=row.price,
        currency=row.currency,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        facilities=row.facilities,
        lead_time_days_p90=row.lead_time_days_p90,
        freight=row.freight,
    )


def card_line_of(row: CardLineRow) -> CardLine:
    """Return the canonical card line."""
    return CardLine(
        line=str(row.line),
        ehr_supply_id=row.ehr_supply_id,
        quantity_open=row.quantity_open,
        quantity_hold=row.quantity_hold,
        criticality=row.criticality,
        is_held=row.hold,
        laterality=row.lateral,
    )


def card_of(row: CardRow, surgeon_ref: str) -> PreferenceCard:
    """Return the canonical card; raises RefusalError `master.value` for a version not a number."""
    version = str(row.version)
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise RefusalError("master.value", "the card version is not a whole number")
    return PreferenceCard(
        card=row.card,
        version=int(version),
        procedure=row.procedure,
        facility=row.facility,
        lines=tuple(card_line_of(line) for line in row.lines),
        surgeon_ref=surgeon_ref,
    )


def crosswalk_entry_of(row: CrosswalkRow) -> CrosswalkEntry:
    """Return the canonical crosswalk entry."""
    return CrosswalkEntry(
        entity=row.entity,
        key=row.key,
        system=row.system,
        id_type=row.id_type,
        value=normalise(row.id_type, row.value),
        scope=row.facility or "",
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def implied_entries(entity: str, record: Entity) -> list[CrosswalkEntry]:
    """Return the crosswalk entries an entity's own identifiers imply."""
    return [
        CrosswalkEntry(
            entity=entity,
            key=record.key,
            system=identifier.system,
            id_type=identifier.type,
            value=normalise(identifier.type, identifier.value),
            scope=identifier.scope,
            valid_from=record.valid_from,
            valid_to=record.valid_to,
            method="deterministic",
        )
        for identifier in record.identifiers
        if record.status is Status.ACTIVE
    ]


def _identifiers(named: tuple[tuple[str, str, str | None], ...]) -> tuple[Identifier, ...]:
    return tuple(
        Identifier(system=system, type=kind, value=value) for system, kind, value in named if value
    )
