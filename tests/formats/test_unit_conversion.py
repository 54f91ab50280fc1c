"""Quantities convert exactly between units of fixed content; a box converts by nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.unit import (
    PROBLEM_CODES,
    UNITS,
    CodeList,
    convert_quantity,
    find_unit,
    translate_unit,
)


@pytest.mark.parametrize(
    ("quantity", "code", "into", "expected"),
    [
        (2, "DZ", "EA", 24),
        (24, "EA", "DZ", 2),
        (3, "PR", "EA", 6),
        (1, "GR", "DZ", 12),
        (1, "LT", "ML", 1000),
        (1, "GA", "QT", 4),
        (1, "QT", "PT", 2),
        (1, "PT", "FO", 16),
        (1, "LB", "OZ", 16),
        (1, "YD", "FT", 3),
        (1, "FT", "IN", 12),
        (1, "SY", "SF", 9),
        (1, "SF", "SI", 144),
        (90, "MJ", "HR", Fraction(3, 2)),
        (5, "BX", "BX", 5),
    ],
)
def test_a_quantity_converts_exactly(quantity: int, code: str, into: str, expected: int) -> None:
    """By definition of the units, without rounding (spec 2.0.12)."""
    assert convert_quantity(Fraction(quantity), code, into, CodeList.X12) == expected


@pytest.mark.parametrize(
    ("code", "into", "expected"),
    [
        ("CA", "EA", "unit.packaging"),
        ("EA", "BX", "unit.packaging"),
        ("PK", "BX", "unit.packaging"),
        ("KT", "EA", "unit.packaging"),
        ("QQ", "EA", "unit.unknown"),
        ("EA", "QQ", "unit.unknown"),
        ("EA", "ML", "unit.kind"),
        ("ML", "GM", "unit.kind"),
        ("MO", "DA", "unit.kind"),
    ],
)
def test_what_has_no_fixed_content_is_refused(code: str, into: str, expected: str) -> None:
    """Only the item's packaging tree says what a case holds."""
    with pytest.raises(RefusalError) as caught:
        convert_quantity(Fraction(1), code, into, CodeList.X12)
    assert caught.value.code == expected
    assert expected in PROBLEM_CODES


@pytest.mark.parametrize("unit", [u for u in UNITS if u.is_packaging], ids=lambda u: u.x12)
def test_no_packaging_unit_converts(unit: object) -> None:
    """Whatever its code."""
    code = getattr(unit, "x12")  # noqa: B009
    with pytest.raises(RefusalError):
        convert_quantity(Fraction(1), code, "EA", CodeList.X12)


MEASURES = [unit for unit in UNITS if unit.factor is not None]


@given(st.fractions(), st.sampled_from(MEASURES), st.sampled_from(MEASURES))
def test_there_and_back_is_the_same(quantity: Fraction, one: object, other: object) -> None:
    """Fractions lose nothing."""
    kind, x12 = "kind", "x12"
    if getattr(one, kind) != getattr(other, kind):
        return
    a, b = getattr(one, x12), getattr(other, x12)
    there = convert_quantity(quantity, a, b, CodeList.X12)
    assert convert_quantity(there, b, a, CodeList.X12) == quantity


@pytest.mark.parametrize(
    ("x12", "unece", "ucum"),
    [
        ("AM", "XAM", "{ampule}"),
        ("BD", "XBE", "{bundle}"),
        ("CQ", "XCQ", "{cartridge}"),
        ("DR", "XDR", "{drum}"),
        ("FO", "OZA", "[foz_us]"),
        ("QT", "QTL", "[qt_us]"),
        ("CC", "CMQ", "cm3"),
        ("MC", "MC", "ug"),
        ("SY", "YDK", "[syd_i]"),
        ("F2", "NIU", "[iU]"),
        ("WK", "WEE", "wk"),
    ],
)
def test_units_of_surgical_supply_translate(x12: str, unece: str, ucum: str) -> None:
    """Both ways, and into UCUM."""
    assert translate_unit(x12, CodeList.X12, CodeList.UNECE) == unece
    assert translate_unit(unece, CodeList.UNECE, CodeList.X12) == x12
    assert translate_unit(x12, CodeList.X12, CodeList.UCUM) == ucum


def test_an_empty_code_names_no_unit() -> None:
    """A list without a code for a unit is not found by nothing."""
    assert all(find_unit("", source) is None for source in CodeList)
