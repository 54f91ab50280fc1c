"""Holds a catalogue: its header, its items, and its bytes as received.

In: parsed fields. Out: `Catalogue`, `CatalogueItem`, `Header`. Refuses to know: what a catalogue's
prices are compared with. Values are those of the file; what a file does not say is empty or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

FIELD_NAMES: Final = (
    "Supplier ID",
    "Supplier Part ID",
    "Manufacturer Part ID",
    "Item Description",
    "SPSC Code",
    "Unit Price",
    "Unit of Measure",
    "Lead Time",
    "Manufacturer Name",
    "Supplier URL",
    "Manufacturer URL",
    "Market Price",
)
"""Fields of a row where the header has no FIELDNAMES, in this order."""
MANDATORY: Final = (
    "Supplier ID",
    "Supplier Part ID",
    "Item Description",
    "SPSC Code",
    "Unit Price",
    "Unit of Measure",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header says; empty where it says nothing."""

    version: str = "3.0"
    charset: str = ""
    load_mode: str = "F"
    """`F` replaces the catalogue, `I` changes some of its rows."""
    code_format: str = ""
    """List of the classification, e.g. `UNSPSC` or `UNSPSC_V13.5`."""
    currency: str = ""
    """Currency of rows that name none."""
    supplier_id_domain: str = ""
    item_count: int | None = None
    is_unuom: bool = False
    """Units of measure are UN/ECE codes."""
    timestamp: str = ""
    """As written: partners use several forms."""
    field_names: tuple[str, ...] = FIELD_NAMES
    others: tuple[tuple[str, str], ...] = ()
    """Further (name, value) pairs, e.g. COMMENTS."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CatalogueItem:
    """One row."""

    line: int = 0
    """Line of the file on which the row starts."""
    supplier_id: str
    supplier_part_id: str
    description: str
    classification: str
    unit_price: Decimal
    unit: str
    manufacturer_part_id: str = ""
    manufacturer_name: str = ""
    lead_time_days: int | None = None
    supplier_url: str = ""
    manufacturer_url: str = ""
    market_price: Decimal | None = None
    currency: str = ""
    """Of the row, or of the header."""
    effective: date | None = None
    expires: date | None = None
    is_delete: bool = False
    """The row takes its item out of the catalogue (load mode I)."""
    others: tuple[tuple[str, str], ...] = ()
    """Further (field name, value) pairs that are not empty."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Catalogue:
    """One catalogue; `bytes(catalogue)` are the bytes received."""

    content: bytes
    header: Header
    items: tuple[CatalogueItem, ...]

    def __bytes__(self) -> bytes:
        return self.content

    def __repr__(self) -> str:
        return f"<CIF catalogue of {len(self.items)} items>"
