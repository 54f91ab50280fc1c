"""Translates codes of units of measure between X12, UN/ECE Recommendation 20/21 and UCUM.

In: a code and its code list. Out: the same unit in another list, or nothing; a quantity in another
unit of the same kind. Refuses to know: how many pieces a packaging unit holds; a box, case or pack
means nothing without the item's packaging tree (spec 2.0.12), and `convert_quantity` refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from suture.core.refusal import RefusalError

PROBLEM_CODES: Final[dict[str, str]] = {
    "unit.unknown": "a unit of measure is not in the crosswalk",
    "unit.packaging": "a box, case or pack has no fixed content: ask the item's packaging tree",
    "unit.kind": "two units measure different things, e.g. pieces and litres",
}
"""Problem code -> what it means, one line each."""


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
    kind: str = ""
    """What a measure measures: volume, mass, length, area, time, activity."""
    factor: Fraction | None = None
    """How many of the kind's base (mL, g, cm, cm2, h, [iU]) are in one; exact."""


def _counting(x12: str, unece: str, ucum: str, pieces: int) -> Unit:
    return Unit(x12, unece, ucum, pieces=Fraction(pieces))


def _packaging(x12: str, unece: str, ucum: str) -> Unit:
    return Unit(x12, unece, ucum, is_packaging=True)


def _measure(x12: str, unece: str, ucum: str, kind: str, factor: str = "1") -> Unit:
    return Unit(x12, unece, ucum, kind=kind, factor=Fraction(factor))


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
    _packaging("AM", "XAM", "{ampule}"),
    _packaging("AV", "XAV", "{capsule}"),
    _packaging("AY", "AY", "{assembly}"),
    _packaging("BD", "XBE", "{bundle}"),
    _packaging("CG", "XCM", "{card}"),
    _packaging("CH", "XCN", "{container}"),
    _packaging("CQ", "XCQ", "{cartridge}"),
    _packaging("CY", "XCY", "{cylinder}"),
    _packaging("DI", "DI", "{dispenser}"),
    _packaging("DR", "XDR", "{drum}"),
    _packaging("EV", "XEN", "{envelope}"),
    _packaging("JU", "XJG", "{jug}"),
    _packaging("PA", "XPL", "{pail}"),
    _packaging("RE", "XRL", "{reel}"),
    _packaging("SH", "XST", "{sheet}"),
    _packaging("SL", "XSY", "{sleeve}"),
    _packaging("TE", "TE", "{tote}"),
    _counting("HC", "HC", "{hundred}", 100),
    _counting("RM", "RM", "{ream}", 500),
    _measure("ML", "MLT", "mL", "volume"),
    _measure("CC", "CMQ", "cm3", "volume"),
    _measure("LT", "LTR", "L", "volume", "1000"),
    _measure("FO", "OZA", "[foz_us]", "volume", "29.5735295625"),
    _measure("PT", "PTL", "[pt_us]", "volume", "473.176473"),
    _measure("QT", "QTL", "[qt_us]", "volume", "946.352946"),
    _measure("GA", "GLL", "[gal_us]", "volume", "3785.411784"),
    _measure("MC", "MC", "ug", "mass", "0.000001"),
    _measure("ME", "MGM", "mg", "mass", "0.001"),
    _measure("GM", "GRM", "g", "mass"),
    _measure("KG", "KGM", "kg", "mass", "1000"),
    _measure("OZ", "ONZ", "[oz_av]", "mass", "28.349523125"),
    _measure("LB", "LBR", "[lb_av]", "mass", "453.59237"),
    _measure("MM", "MMT", "mm", "length", "0.1"),
    _measure("CM", "CMT", "cm", "length"),
    _measure("MR", "MTR", "m", "length", "100"),
    _measure("IN", "INH", "[in_i]", "length", "2.54"),
    _measure("FT", "FOT", "[ft_i]", "length", "30.48"),
    _measure("LF", "LF", "[ft_i]", "length", "30.48"),
    _measure("YD", "YRD", "[yd_i]", "length", "91.44"),
    _measure("SC", "CMK", "cm2", "area"),
    _measure("SI", "INK", "[sin_i]", "area", "6.4516"),
    _measure("SF", "FTK", "[sft_i]", "area", "929.0304"),
    _measure("SY", "YDK", "[syd_i]", "area", "8361.2736"),
    _measure("F2", "NIU", "[iU]", "activity"),
    _measure("MJ", "MIN", "min", "time", "1/60"),
    _measure("HR", "HUR", "h", "time"),
    _measure("DA", "DAY", "d", "time", "24"),
    _measure("WK", "WEE", "wk", "time", "168"),
    Unit("MO", "MON", "mo"),
    Unit("YR", "ANN", "a"),
)
"""The units that hospitals buy in. `SET` is what ERPs write for X12 `ST`. A month and a year have
no factor: they differ in length."""

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
    "AM": "XAM",
    "AV": "XAV",
    "BE": "XBE",
    "CQ": "XCQ",
    "CY": "XCY",
    "DR": "XDR",
    "JR": "XJR",
    "CI": "XCI",
    "RL": "XRL",
    "PU": "XPU",
    "PX": "XPX",
}
"""What cXML partners write in place of the Recommendation 21 form with its `X` prefix."""


def _index(source: CodeList) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in UNITS:
        code = getattr(unit, source.value)
        if code:
            found.setdefault(code, unit)
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


def convert_quantity(quantity: Fraction, code: str, into: str, source: CodeList) -> Fraction:
    """Return a quantity of unit `code` in unit `into` of the same list, exactly.

    Raises RefusalError: `unit.unknown`; `unit.packaging` for a box, case, pack or the like on
    either side, because their content is the item's (the same code on both sides is no conversion);
    `unit.kind` for units that measure different things.
    """
    from_unit, into_unit = find_unit(code, source), find_unit(into, source)
    if from_unit is None or into_unit is None:
        raise RefusalError("unit.unknown", "the unit of measure is not in the crosswalk")
    if from_unit == into_unit:
        return quantity
    if from_unit.is_packaging or into_unit.is_packaging:
        note = "the unit has no fixed content: ask the item's packaging tree"
        raise RefusalError("unit.packaging", note)
    if from_unit.pieces is not None and into_unit.pieces is not None:
        return quantity * from_unit.pieces / into_unit.pieces
    has_factors = from_unit.factor is not None and into_unit.factor is not None
    if not has_factors or from_unit.kind != into_unit.kind:
        raise RefusalError("unit.kind", "the units measure different things")
    assert from_unit.factor is not None and into_unit.factor is not None
    return quantity * from_unit.factor / into_unit.factor
