"""Reads a row of a catalogue as an item: prices, dates, units, classification.

In: a `RawRow` and the `Header`. Out: a `CatalogueItem` or nothing, and problems by line and field.
Refuses to know: other rows. A value that is wrong is stated, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.cif.catalogue import MANDATORY, CatalogueItem, Header
from suture.formats.cif.rows import RawRow
from suture.formats.identifier import valid_unspsc
from suture.formats.unit import CodeList, find_unit

_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,8})?|\.[0-9]{1,8}")
_DATES: Final = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%Y%m%d")
"""Forms of a date that partners use; the first is the format's own."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_ALIASES: Final[dict[str, str]] = {
    "units of measure": "unit of measure",
    "uom": "unit of measure",
    "unspsc": "spsc code",
    "classification codes": "spsc code",
}
"""Other names of fields, lower case."""
_KNOWN: Final = frozenset(
    {"supplier id", "supplier part id", "manufacturer part id", "item description", "spsc code"}
    | {"unit price", "unit of measure", "lead time", "manufacturer name", "supplier url"}
    | {"manufacturer url", "market price", "currency", "effective date", "expiration date"}
    | {"delete"}
)


class ItemReader:
    """Reads the rows under one header."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._keys = [_key(name) for name in header.field_names]

    def read(self, raw: RawRow) -> tuple[CatalogueItem | None, list[Problem]]:
        """Return the item of a row, or None when it cannot do without what is wrong."""
        problems: list[Problem] = []
        if not raw.is_quoted_well:
            note = "a quotation mark is not closed, or text stands behind one"
            problems.append(_problem("cif.quoting", note, raw.line))
        if len(raw.fields) != len(self._keys):
            note = "the row has more or fewer fields than there are names"
            problems.append(_problem("cif.field-count", note, raw.line))
            return None, problems
        row = _Row(raw.line, dict(zip(self._keys, raw.fields, strict=True)), problems)
        item = self._item(row)
        others = zip(self._header.field_names, self._keys, raw.fields, strict=True)
        kept = tuple((name, text) for name, key, text in others if text and key not in _KNOWN)
        if item is not None and kept:
            item = replace(item, others=kept)
        return item, problems

    def _item(self, row: _Row) -> CatalogueItem | None:
        is_delete = row.text("delete").lower() in ("t", "true", "y", "yes")
        for name in () if is_delete else MANDATORY:
            row.required(name)
        price = row.number("unit price")
        item = CatalogueItem(
            line=row.line,
            supplier_id=row.text("supplier id"),
            supplier_part_id=row.text("supplier part id"),
            description=row.text("item description"),
            classification=row.text("spsc code"),
            unit_price=price if price is not None else Decimal(0),
            unit=row.text("unit of measure"),
            manufacturer_part_id=row.text("manufacturer part id"),
            manufacturer_name=row.text("manufacturer name"),
            lead_time_days=row.days("lead time"),
            supplier_url=row.text("supplier url"),
            manufacturer_url=row.text("manufacturer url"),
            market_price=row.number("market price"),
            currency=row.text("currency").upper() or self._header.currency,
            effective=row.date("effective date"),
            expires=row.date("expiration date"),
            is_delete=is_delete,
        )
        self._check(item, row)
        has_price = price is not None or is_delete
        return item if item.supplier_part_id and has_price else None

    def _check(self, item: CatalogueItem, row: _Row) -> None:
        is_unspsc = self._header.code_format.upper().startswith("UNSPSC")
        if is_unspsc and item.classification and not valid_unspsc(item.classification):
            row.state("cif.classification", "the code is no UNSPSC code of 8 digits", "spsc code")
        if item.currency and not _CURRENCY.fullmatch(item.currency):
            row.state("cif.value-unknown", "a currency is three letters", "currency")
        if self._header.is_unuom and item.unit and find_unit(item.unit, CodeList.UNECE) is None:
            note = "the unit is none of UN/ECE that the house knows"
            row.state("cif.value-unknown", note, "unit of measure", Severity.WARNING)


class _Row:
    """One row's texts by field name in lower case."""

    def __init__(self, line: int, texts: dict[str, str], problems: list[Problem]) -> None:
        self.line = line
        self._texts = texts
        self._problems = problems

    def state(self, code: str, text: str, name: str, severity: Severity = Severity.ERROR) -> None:
        self._problems.append(Problem(code, severity, text, f"line {self.line}/{name}"))

    def text(self, name: str) -> str:
        return self._texts.get(name, "").strip()

    def required(self, name: str) -> None:
        if name.lower() in self._texts and not self.text(name.lower()):
            self.state("cif.value-missing", "a mandatory field is empty", name.lower())

    def number(self, name: str) -> Decimal | None:
        found = self.text(name)
        if not found:
            return None
        if not _NUMBER.fullmatch(found):
            self.state("cif.value-number", "a price is a number that is not negative", name)
            return None
        return Decimal(found)

    def days(self, name: str) -> int | None:
        found = self.text(name)
        if not found:
            return None
        if not (found.isascii() and found.isdecimal() and len(found) <= 5):
            self.state("cif.value-number", "a lead time is a number of days", name)
            return None
        return int(found)

    def date(self, name: str) -> date | None:
        found = self.text(name)
        if not found:
            return None
        for form in _DATES:
            try:
                return datetime.strptime(found, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        self.state("cif.value-date", "a date is YYYY-MM-DD", name)
        return None


def _key(name: str) -> str:
    lower = name.strip().lower()
    return _ALIASES.get(lower, lower)


def _problem(code: str, text: str, line: int) -> Problem:
    return Problem(code, Severity.ERROR, text, f"line {line}")
