"""Unit codes between X12, UN/ECE and UCUM."""

from __future__ import annotations

from fractions import Fraction

import pytest

from suture.formats.unit import (
    UNITS,
    CodeList,
    find_unit,
    is_packaging,
    pieces_in,
    translate_unit,
)


@pytest.mark.parametrize(
    ("x12", "unece", "ucum"),
    [
        ("EA", "EA", "{each}"),
        ("DZ", "DZN", "{dozen}"),
        ("BX", "XBX", "{box}"),
        ("CA", "XCS", "{case}"),
        ("ML", "MLT", "mL"),
        ("KT", "KT", "{kit}"),
        ("PR", "PR", "{pair}"),
    ],
)
def test_a_unit_has_a_code_in_each_list(x12: str, unece: str, ucum: str) -> None:
    """The units hospitals buy in translate both ways."""
    assert translate_unit(x12, CodeList.X12, CodeList.UNECE) == unece
    assert translate_unit(unece, CodeList.UNECE, CodeList.X12) == x12
    assert translate_unit(x12, CodeList.X12, CodeList.UCUM) == ucum


def test_partners_leave_out_the_prefix() -> None:
    """cXML partners write BX and CS for XBX and XCS."""
    assert translate_unit("BX", CodeList.UNECE, CodeList.X12) == "BX"
    assert translate_unit("CS", CodeList.UNECE, CodeList.X12) == "CA"


def test_an_unknown_unit_is_not_guessed() -> None:
    """No translation, and not to be converted either."""
    assert find_unit("QQ", CodeList.X12) is None
    assert translate_unit("QQ", CodeList.X12, CodeList.UNECE) is None
    assert is_packaging("QQ", CodeList.X12)
    assert pieces_in("QQ", CodeList.X12) is None


def test_a_packaging_unit_has_no_content_of_its_own() -> None:
    """A box means nothing without the item's packaging tree; a dozen is always twelve."""
    for code in ("BX", "CA", "CT", "PK", "KT"):
        assert is_packaging(code, CodeList.X12)
        assert pieces_in(code, CodeList.X12) is None
    assert not is_packaging("DZ", CodeList.X12)
    assert pieces_in("DZ", CodeList.X12) == Fraction(12)
    assert pieces_in("ML", CodeList.X12) is None


def test_x12_codes_are_listed_once() -> None:
    """One X12 code names one unit."""
    codes = [unit.x12 for unit in UNITS]
    assert len(set(codes)) == len(codes)
