"""A price list as a CIF 3.0 catalogue, written and read back.

In: a price list with its addressing, or bytes. Out: bytes, or price lists and problems. Refuses to
know: contracts. A catalogue has one price an item and no number of its own or of its rows: the
list's number stands in COMMENTS, the rest in Parametric Data, which partners agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Final, NamedTuple

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import descriptive, missing, unread
from suture.documents.partner import Addressing
from suture.documents.priced import UNSAID_CURRENCY, by_item
from suture.documents.supply import PriceLine, PriceList
from suture.documents.unece import unit_in, unit_out
from suture.formats import cif
from suture.formats.identifier import valid_unspsc
from suture.formats.unit import CodeList, find_unit

_NUMBER: Final = re.compile(r"Price list ([^\s].{0,63})")
_COMMENTS: Final = "COMMENTS"
_DOMAIN: Final = "InternalSupplierID"
"""SUPPLIERID_DOMAIN: the buyer's number of the supplier."""
_UNCLASSIFIED: Final = "unclassified"
"""SPSC Code is mandatory; this says that there is none."""
_NAME, _DATA = "Parametric Name", "Parametric Data"
_OURS: Final = "price-line"
_FIELDS: Final = {"LINE": "line", "GTIN": "gtin", "ITEM": "item"}
_SPECIAL: Final = frozenset("{};=")
_READ: Final = frozenset(
    {
        *("line", "supplier_id", "supplier_part_id", "description", "classification"),
        *("unit_price", "unit", "currency", "effective", "expires", "is_delete", "others"),
    }
)
"""Values of a row that are read."""


class _Terms(NamedTuple):
    """What the rows of one price list have in common."""

    supplier: str
    currency: str
    starts: date | None
    ends: date | None


def write(prices: PriceList, addressing: Addressing) -> bytes:
    """Return the catalogue; raises RefusalError for what cannot be written."""
    if not prices.lines:
        raise RefusalError("supply.missing", "a catalogue has at least one row", path="lines")
    if any(len(same) > 1 or same[0].from_quantity != 1 for same in by_item(prices.lines)):
        note = "a catalogue has one price an item: none from a quantity on"
        raise RefusalError("supply.changed", note, path="lines.from_quantity")
    units = [unit_out(line.uom) for line in prices.lines]
    is_unece = all(find_unit(unit, CodeList.UNECE) is not None for unit in units)
    header = cif.Header(
        charset="UTF-8",
        code_format="UNSPSC" if all(line.classification for line in prices.lines) else "",
        currency=prices.currency,
        supplier_id_domain=_DOMAIN,
        is_unuom=is_unece,
        timestamp=f"{addressing.at:%Y-%m-%d %H:%M:%S}",
        others=((_COMMENTS, f"Price list {prices.number}"),),
    )
    units = units if is_unece else [line.uom for line in prices.lines]
    rows = zip(prices.lines, units, strict=True)
    return cif.write(header, [_item(prices, n, *row) for n, row in enumerate(rows, start=1)])


def _item(prices: PriceList, number: int, line: PriceLine, unit: str) -> cif.CatalogueItem:
    if not line.catalog_no:
        note = "a catalogue names the supplier's number of each item"
        raise RefusalError("supply.missing", note, path=f"lines[{number - 1}].catalog_no")
    own = "" if line.line == str(number) else line.line
    held = {"LINE": own, "GTIN": line.gtin, "ITEM": line.item}
    said = {key: value for key, value in held.items() if value}
    if any(not _SPECIAL.isdisjoint(value) for value in said.values()):
        note = "Parametric Data cannot hold a brace, an equals sign or a semicolon"
        raise RefusalError("supply.changed", note, path=f"lines[{number - 1}]")
    data = "".join(f"{key}={value};" for key, value in said.items())
    return cif.CatalogueItem(
        supplier_id=prices.supplier,
        supplier_part_id=line.catalog_no,
        description=descriptive(line.description) or line.catalog_no,
        classification=line.classification or _UNCLASSIFIED,
        unit_price=line.unit_price,
        unit=unit,
        currency=prices.currency,
        effective=prices.starts,
        expires=prices.ends,
        others=((_NAME, _OURS), (_DATA, f"{{{data}}}")) if data else (),
    )


def read(data: bytes) -> tuple[list[PriceList], list[Problem]]:
    """Return a price list for each supplier, currency and validity, and problems with lines."""
    catalogue, problems = cif.parse(data)
    if catalogue is None:
        return [], problems
    header = catalogue.header
    if header.load_mode != "F":
        note = "only a full catalogue is read: a change says less than a price list"
        return [], [*problems, unread("LOADMODE", note=note)]
    problems += _unread_columns(catalogue.items)
    sorted_out: dict[_Terms, list[PriceLine]] = {}
    for number, item in enumerate(catalogue.items, start=1):
        if item.is_delete:
            note = "the item is taken out of the catalogue"
            problems.append(unread(f"line {item.line}/Delete", note=note))
            continue
        terms = _Terms(item.supplier_id, item.currency or "USD", item.effective, item.expires)
        line = _line(item, str(number), header, problems)
        sorted_out.setdefault(terms, []).append(line)
    number_of = _number(header, problems) if sorted_out else ""
    if any(not item.currency and not item.is_delete for item in catalogue.items):
        problems.append(missing("CURRENCY", UNSAID_CURRENCY))
    return [
        PriceList(
            number=number_of,
            supplier=terms.supplier,
            lines=tuple(lines),
            currency=terms.currency,
            starts=terms.starts,
            ends=terms.ends,
        )
        for terms, lines in sorted_out.items()
    ], problems


def _number(header: cif.Header, problems: list[Problem]) -> str:
    """Return the number of the list; without one the time stamp stands for it, and it is stated."""
    found = ""
    for name, value in header.others:
        match = _NUMBER.fullmatch(value) if name == _COMMENTS else None
        if match is None:
            problems.append(unread(name))
        else:
            found = match[1]
    if not found:
        note = "a catalogue has no number; its time stamp stands for it"
        problems.append(missing(_COMMENTS, note))
    # Other standards keep colons for themselves.
    return found or "".join(c for c in header.timestamp if c.isalnum()) or "1"


def _line(
    item: cif.CatalogueItem, number: str, header: cif.Header, problems: list[Problem]
) -> PriceLine:
    said = _parameters(item, problems)
    is_described = item.description != item.supplier_part_id
    is_classified = valid_unspsc(item.classification)
    return PriceLine(
        uom=unit_in(item.unit) if header.is_unuom else item.unit,
        unit_price=item.unit_price,
        catalog_no=item.supplier_part_id,
        description=item.description if is_described else "",
        classification=item.classification if is_classified else "",
        line=said.get("line", number),
        gtin=said.get("gtin", ""),
        item=said.get("item", ""),
    )


def _parameters(item: cif.CatalogueItem, problems: list[Problem]) -> dict[str, str]:
    """Return the fields that our own Parametric Data holds; one that is not in pairs is stated."""
    held = dict(item.others)
    if held.get(_NAME) != _OURS:
        return {}
    found: dict[str, str] = {}
    text = held.get(_DATA, "").strip()
    for pair in text.removeprefix("{").removesuffix("}").split(";"):
        key, mark, value = pair.partition("=")
        if mark and value.strip() and key.strip() in _FIELDS:
            found[_FIELDS[key.strip()]] = value.strip()
        elif pair.strip():
            note = "a parameter is none of ours and is left out"
            problems.append(unread(f"line {item.line}/{_DATA}", note=note))
    return found


def _unread_columns(items: Iterable[cif.CatalogueItem]) -> list[Problem]:
    """Return one problem for each column that is not read, at the first row that fills it."""
    stated: dict[str, int] = {}
    for item in items:
        for field in fields(item):
            is_said = getattr(item, field.name) not in ("", None)
            if field.name not in _READ and is_said:
                stated.setdefault(field.name, item.line)
        is_ours = dict(item.others).get(_NAME) == _OURS
        for name, _ in item.others:
            if not (is_ours and name in (_NAME, _DATA)):
                stated.setdefault(name, item.line)
        if item.classification != _UNCLASSIFIED and not valid_unspsc(item.classification):
            stated.setdefault("classification", item.line)
    return [unread(f"line {line}/{name}") for name, line in stated.items()]
