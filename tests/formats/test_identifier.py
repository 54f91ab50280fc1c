"""Check digits: the vectors of spec 3.10, and no single slip passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.identifier import (
    HIBC_ALPHABET,
    check_digit_luhn,
    check_digit_mod10,
    gtin14,
    hibc_check,
    valid_duns,
    valid_gln,
    valid_gtin,
    valid_hibc,
    valid_npi,
    valid_sscc,
    valid_unspsc,
    with_indicator,
)

DIGITS = st.text("0123456789", min_size=7, max_size=17)


@pytest.mark.parametrize("text", ["09521001001014", "59521001001019", "19521001001011"])
def test_gtin_vectors(text: str) -> None:
    """The GTINs of the each, the inner and the case check (spec 3.10)."""
    assert valid_gtin(text)
    assert gtin14(text) == text
    assert with_indicator("09521001001014", int(text[0])) == text


@pytest.mark.parametrize("text", ["9521000000001", "9521000001022", "9521009000019"])
def test_gln_vectors(text: str) -> None:
    """The GLNs of the buyer, a dock and a supplier check (spec 3.10)."""
    assert valid_gln(text)
    assert valid_gtin(text)
    assert not valid_gln("0" + text)


@pytest.mark.parametrize("text", ["9000000015", "9000000023", "9000000031"])
def test_npi_vectors(text: str) -> None:
    """The synthetic NPIs check by Luhn over 80840 (spec 3.10)."""
    assert valid_npi(text)
    assert check_digit_luhn("80840" + text[:9]) == text[9]
    assert not valid_npi(text[:9] + str((int(text[9]) + 1) % 10))


def test_other_vectors() -> None:
    """SSCC and HIBC of spec 3.10 check; D-U-N-S and UNSPSC have their shape."""
    assert valid_sscc("095210090000000019")
    assert valid_hibc("+Z901KF123402")
    assert valid_duns("123456789")
    assert valid_unspsc("42320000")


@pytest.mark.parametrize(
    ("short", "long"), [("95210012", "00000095210012"), ("952100100101", "00952100100101")]
)
def test_shorter_gtins_are_filled_with_zeros(short: str, long: str) -> None:
    """GTINs are compared in 14 digits; the check digit stays the same."""
    if not valid_gtin(short):
        short = short[:-1] + check_digit_mod10(short[:-1])
        long = long[:-1] + short[-1]
    assert gtin14(short) == long
    assert valid_gtin(long)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", " " * 14, "9" * 1000),
        *("0952100100101", "095210010010140", "0952100100101A", "٠٩٥٢١٠٠١٠٠١٠١٤"),
    ],
)
def test_what_is_no_identifier_is_invalid(text: str) -> None:
    """Wrong lengths, letters, other digits than ASCII: invalid, never an exception."""
    checks = [valid_gtin, valid_gln, valid_sscc, valid_npi, valid_duns, valid_hibc, valid_unspsc]
    assert not any(check(text) for check in checks)
    with pytest.raises(RefusalError) as caught:
        gtin14(text)
    assert caught.value.code == "identifier.gtin"


def test_letters_have_no_check_digit() -> None:
    """Check digits are for digits; the refusal does not repeat the text."""
    with pytest.raises(RefusalError) as caught:
        check_digit_mod10("12SYN")
    assert caught.value.code == "identifier.not-digits"
    assert "SYN" not in str(caught.value)
    with pytest.raises(RefusalError) as caught:
        hibc_check("+a")
    assert caught.value.code == "identifier.hibc-character"
    with pytest.raises(RefusalError):
        with_indicator("09521001001014", 12)


@given(DIGITS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, shift: int) -> None:
    """Modulo 10 finds every single wrong digit."""
    whole = body + check_digit_mod10(body)
    at = place % len(whole)
    wrong = whole[:at] + str((int(whole[at]) + shift) % 10) + whole[at + 1 :]
    assert check_digit_mod10(whole[:-1]) == whole[-1]
    assert check_digit_mod10(wrong[:-1]) != wrong[-1]


@given(st.text(HIBC_ALPHABET, min_size=1, max_size=40), st.integers(0, 40), st.integers(1, 42))
def test_one_wrong_hibc_character_is_always_found(text: str, place: int, shift: int) -> None:
    """Modulo 43 finds every single wrong character behind the plus."""
    whole = "+" + text + hibc_check("+" + text)
    assert valid_hibc(whole)
    at = 1 + place % (len(whole) - 1)
    other = HIBC_ALPHABET[(HIBC_ALPHABET.index(whole[at]) + shift) % 43]
    assert not valid_hibc(whole[:at] + other + whole[at + 1 :])
