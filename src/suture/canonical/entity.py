"""Exactly five canonical master entities: supplier, item, location, department, cost center (3).

In: validated master rows. Out: frozen structs with the fields of 3.1-3.5 that something on the path
reads. Refuses to know: payloads (orders, invoices, appointments are mapped, never canonicalised:
3.9) and people (only opaque workforce ids).
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import msgspec

from suture.canonical.packaging import PackagingLevel, PackagingTree, packaging_tree
from suture.canonical.record import Identifier, Status, identifier_value


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """A company we buy from (spec 3.1)."""

    key: str
    legal_name: str
    channel: str
    """How it is reached: `x12`, `cxml` or `portal`."""
    identifiers: tuple[Identifier, ...] = ()
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def gln(self) -> str:
        """GLN-13, or empty."""
        return identifier_value(self.identifiers, "GS1", "gln")

    @property
    def erp_vendor_no(self) -> str:
        """The ERP's vendor number, or empty."""
        return identifier_value(self.identifiers, "ERP", "supplier")

    @property
    def duns(self) -> str:
        """D-U-N-S number (9 digits), or empty."""
        return identifier_value(self.identifiers, "DUNS", "duns")

    @property
    def x12_id(self) -> str:
        """Interchange id (ISA06/08), or empty."""
        return identifier_value(self.identifiers, "X12", "interchange_id")

    @property
    def cxml_identity(self) -> str:
        """cXML credential identity, or empty."""
        return identifier_value(self.identifiers, "CXML", "identity")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that is stocked, bought or used (spec 3.2)."""

    key: str
    description: str
    item_class: str
    """IMPLANT, CONSUMABLE, INSTRUMENT, TRAY, TISSUE, CAPITAL or SERVICE."""
    packaging: tuple[PackagingLevel, ...]
    manufacturer: str = ""
    catalog_no: str = ""
    is_lateral: bool = False
    """Needs a side; a case without one is an exception, never a default (spec 4.4)."""
    is_lot_controlled: bool = False
    is_serial_controlled: bool = False
    safety_stock: Fraction = Fraction(0)
    """Base units."""
    identifiers: tuple[Identifier, ...] = ()
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None

    def tree(self) -> PackagingTree:
        """Return the packaging tree; raises RefusalError `packaging.*` for an unchecked item."""
        return packaging_tree(self.packaging)

    def gtin(self, uom: str) -> str:
        """Return the GTIN of a packaging level, or empty."""
        return next((level.gtin for level in self.packaging if level.uom == uom), "")


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A place: facility, operating room, store room, dock (spec 3.3)."""

    key: str
    type: str
    """HEALTH_SYSTEM, FACILITY, BUILDING, DEPARTMENT_AREA, OR, STORE_ROOM, BIN, DOCK, ..."""
    name: str
    facility: str
    """Facility code, e.g. `NCH`."""
    parent: str = ""
    gln: str = ""
    timezone: str = ""
    """IANA name; empty means the parent's."""
    hl7: str = ""
    """HL7 PL text, e.g. `MAIN^OR04^^NCH`."""
    inventory_location: str = ""
    """The ERP's storage location; empty means the parent's."""
    department: str = ""
    cost_center: str = ""
    identifiers: tuple[Identifier, ...] = ()
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


class Department(msgspec.Struct, frozen=True, kw_only=True):
    """An organisational unit that asks for supply (spec 3.4)."""

    key: str
    name: str
    facility: str
    cost_center: str
    manager: str = ""
    """Workforce id, opaque."""
    identifiers: tuple[Identifier, ...] = ()
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


class CostCenter(msgspec.Struct, frozen=True, kw_only=True):
    """Where a cost is booked and who approves it; the ERP owns it, we only read (spec 3.5)."""

    key: str
    company: str
    segments: str
    """Chart-of-accounts segments as the ERP writes them."""
    approver_chain: tuple[str, ...]
    is_open: bool = True
    identifiers: tuple[Identifier, ...] = ()
    status: Status = Status.ACTIVE
    valid_from: date | None = None
    valid_to: date | None = None


Entity = Supplier | Item | Location | Department | CostCenter

ENTITIES: dict[str, type[Entity]] = {
    "supplier": Supplier,
    "item": Item,
    "location": Location,
    "department": Department,
    "cost_center": CostCenter,
}
"""The registry of five (S62, S109): a sixth needs three systems and a named owner (spec 3.9)."""
