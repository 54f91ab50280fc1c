"""Translates codes of units of measure between X12, UN/ECE Recommendation 20/21 and UCUM.

In: a code and its code list. Out: the same unit in another list, or nothing. Refuses to know: how
many pieces a packaging unit holds; a box, case or pack means nothing without the item's packaging
tree (spec 2.0.12), and `is_packaging` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final


class CodeList(StrEnum):
    """Where a unit code comes from."""

    X12 = "x12"
    """X12 data element 355."""
    UNECE = "unece"
    """UN/ECE Recommendations 20 and 21, as used by cXML (`UnitOfMeasure`)."""
    UCUM = "ucum"
    """Unified Code for Units of Measure, as used by HL7 and FHIR."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit in three code lists; empty where a list has no code for it."""

    x12: str
    unece: str
    ucum: str
    is_packaging: bool = False
    """The count inside differs by item: conversion needs the item's packaging tree."""
    pieces: Fraction | None = None
    """Pieces in one, for units that count and are the same for all items (dozen, pair)."""


def _counting(x12: str, unece: str, ucum: str, pieces: int) -> Unit:
    return Unit(x12, unece, ucum, pieces=Fraction(pieces))


def _packaging(x12: str, unece: str, ucum: str) -> Unit:
    return Unit(x12, unece, ucum, is_packaging=True)


UNITS: Final[tuple[Unit, ...]] = (
    _counting("EA", "EA", "{each}", 1),
    _counting("PC", "H87", "{piece}", 1),
    _counting("UN", "C62", "1", 1),
    _counting("PR", "PR", "{pair}", 2),
    _counting("DZ", "DZN", "{dozen}", 12),
    _counting("GR", "GRO", "{gross}", 144),
    _counting("HU", "CEN", "10*2", 100),
    _counting("TH", "MIL", "10*3", 1000),
    _packaging("BX", "XBX", "{box}"),
    _packaging("CA", "XCS", "{case}"),
    _packaging("CT", "XCT", "{carton}"),
    _packaging("PK", "XPK", "{package}"),
    _packaging("BG", "XBG", "{bag}"),
    _packaging("BO", "XBO", "{bottle}"),
    _packaging("CN", "XCI", "{can}"),
    _packaging("JR", "XJR", "{jar}"),
    _packaging("KT", "KT", "{kit}"),
    _packaging("PL", "XPX", "{pallet}"),
    _packaging("RL", "XRO", "{roll}"),
    _packaging("SET", "SET", "{set}"),
    _packaging("ST", "SET", "{set}"),
    _packaging("SP", "XPA", "{shelf_package}"),
    _packaging("TB", "XTU", "{tube}"),
    _packaging("TY", "XPU", "{tray}"),
    _packaging("VI", "XVI", "{vial}"),
    Unit("ML", "MLT", "mL"),
    Unit("LT", "LTR", "L"),
    Unit("GM", "GRM", "g"),
    Unit("KG", "KGM", "kg"),
    Unit("ME", "MGM", "mg"),
    Unit("CM", "CMT", "cm"),
    Unit("MM", "MMT", "mm"),
    Unit("MR", "MTR", "m"),
    Unit("FT", "FOT", "[ft_i]"),
    Unit("IN", "INH", "[in_i]"),
    Unit("LB", "LBR", "[lb_av]"),
    Unit("OZ", "ONZ", "[oz_av]"),
    Unit("GA", "GLL", "[gal_us]"),
    Unit("HR", "HUR", "h"),
    Unit("DA", "DAY", "d"),
)
"""The units that hospitals buy in. `SET` is what ERPs write for X12 `ST`."""

_ALIASES: Final[dict[str, str]] = {
    "BX": "XBX",
    "CA": "XCS",
    "CS": "XCS",
    "CT": "XCT",
    "PK": "XPK",
    "PA": "XPA",
    "BG": "XBG",
    "BO": "XBO",
    "RO": "XRO",
    "VI": "XVI",
    "TU": "XTU",
    "PF": "XPX",
    "NMP": "XPK",
    "PCE": "H87",
    "ST": "SET",
}
"""What cXML partners write in place of the Recommendation 21 form with its `X` prefix."""


def _index(source: CodeList) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in UNITS:
        found.setdefault(getattr(unit, source.value), unit)
    return found


_INDEXES: Final = {source: _index(source) for source in CodeList}


def find_unit(code: str, source: CodeList) -> Unit | None:
    """Return the unit that `code` of list `source` names, or None when it is not known."""
    index = _INDEXES[source]
    found = index.get(code)
    if found is None and source is CodeList.UNECE:
        found = index.get(_ALIASES.get(code, ""))
    return found


def translate_unit(code: str, source: CodeList, into: CodeList) -> str | None:
    """Return the code of the same unit in list `into`; None when it has none or is not known.

    A packaging unit translates by name only: `BX` is a box in both lists, whatever it holds.
    """
    unit = find_unit(code, source)
    return (getattr(unit, into.value) or None) if unit else None


def is_packaging(code: str, source: CodeList) -> bool:
    """Return whether the unit has no fixed content, so that only the item's tree converts it.

    A unit that is not known counts as packaging: it must not be converted either.
    """
    unit = find_unit(code, source)
    return unit is None or unit.is_packaging


def pieces_in(code: str, source: CodeList) -> Fraction | None:
    """Return the pieces in one of a counting unit (12 for a dozen).

    None for packaging units, measures and unknown codes: ask the item's packaging tree instead.
    """
    unit = find_unit(code, source)
    return unit.pieces if unit else None
