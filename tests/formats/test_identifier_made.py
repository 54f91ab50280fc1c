"""Whole identifiers are made from their parts, and check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.identifier import (
    PROBLEM_CODES,
    gln,
    npi,
    sscc,
    valid_gln,
    valid_npi,
    valid_sscc,
)


def test_the_vectors_of_the_specification_are_made() -> None:
    """Spec 3.10: GLN of the hospital, its dock and the supplier; SSCC; NPI."""
    assert gln("9521000", "0") == "9521000000001"
    assert gln("9521000", "102") == "9521000001022"
    assert gln("9521009", "1") == "9521009000019"
    assert sscc(0, "9521009", "1") == "095210090000000019"
    assert [npi(f"90000000{n}") for n in (1, 2, 3)] == ["9000000015", "9000000023", "9000000031"]


@given(st.integers(0, 9), st.integers(10**5, 10**12 - 1), st.integers(0, 9_999))
def test_what_is_made_checks(extension: int, prefix: int, serial: int) -> None:
    """Any parts of the right length."""
    assert valid_sscc(sscc(extension, str(prefix), str(serial)))
    if prefix < 10**8:
        assert valid_gln(gln(str(prefix), str(serial)))
    assert valid_npi(npi(f"{prefix:09}"[:9]))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: sscc(10, "9521009", "1"), "identifier.sscc"),
        (lambda: sscc(0, "95210", "1"), "identifier.sscc"),
        (lambda: sscc(0, "9521009", "1234567890"), "identifier.sscc"),
        (lambda: sscc(0, "952100X", "1"), "identifier.not-digits"),
        (lambda: gln("9521000", "123456"), "identifier.gln"),
        (lambda: npi("12345678"), "identifier.npi"),
        (lambda: npi("1234567x9"), "identifier.not-digits"),
    ],
)
def test_parts_of_a_wrong_length_are_refused(make: object, code: str) -> None:
    """Nothing is cut or guessed."""
    assert callable(make)
    with pytest.raises(RefusalError) as caught:
        make()
    assert caught.value.code == code
    assert code in PROBLEM_CODES
