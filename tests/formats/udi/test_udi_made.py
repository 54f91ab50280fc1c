"""Labels are made and read again, for all three issuers; all GS1 identifiers have their form."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.identifier import valid_hibc
from suture.formats.udi import (
    FNC1,
    Issuer,
    Udi,
    compose_hibc,
    compose_hibc_secondary,
    compose_iccbba,
    compose_parts,
    compose_udi,
    gs1_parts,
    human_readable,
    parse_udi,
)
from suture.formats.udi.element import form_of

VECTOR = f"01095210010010141729063010L7F21{FNC1}21S000123"
DAYS = st.none() | st.dates(date(1980, 1, 1), date(2070, 1, 1))
HIBC_TEXT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=18)
GS1_TEXT = st.text("ABCabc0123456789-/", max_size=20)


@given(GS1_TEXT, GS1_TEXT, DAYS, DAYS)
def test_a_gs1_label_is_read_again(
    lot: str, serial: str, expiry: date | None, made: date | None
) -> None:
    """Whatever lot, serial and dates it has."""
    udi = Udi(Issuer.GS1, "09521001001014", lot, serial, expiry, made)
    assert parse_udi(compose_udi(udi))[0] == udi


@given(HIBC_TEXT, HIBC_TEXT, DAYS, DAYS)
def test_a_hibc_is_read_again(
    lot: str, serial: str, expiry: date | None, made: date | None
) -> None:
    """Lot and expiry in the secondary part, serial and manufacture behind it."""
    udi = Udi(Issuer.HIBCC, "Z901KF12340", lot, serial, expiry, made)
    text = compose_udi(udi)
    assert text[-1] and parse_udi(text) == (udi, [])


@given(st.integers(0, 999_999), DAYS, DAYS)
def test_an_isbt_label_is_read_again(serial: int, expiry: date | None, made: date | None) -> None:
    """Product, serial, donation, dates, and a lot of 18 characters."""
    udi = Udi(
        Issuer.ICCBBA,
        "A9999XYZ100T0944",
        lot="000000000000XYZ123",
        serial=f"{serial:06}",
        expiry=expiry,
        manufactured=made,
        donation_id="A99971312345600",
    )
    assert parse_udi(compose_udi(udi)) == (udi, [])


def test_the_vectors_of_the_specification() -> None:
    """Spec 3.10: the GS1 element string, its readable form, and the HIBC."""
    udi = Udi(Issuer.GS1, "09521001001014", lot="L7F21", serial="S000123", expiry=date(2029, 6, 30))
    assert compose_udi(udi) == VECTOR
    assert human_readable(VECTOR) == "(01)09521001001014(17)290630(10)L7F21(21)S000123"
    assert parse_udi(human_readable(VECTOR)) == (udi, [])
    assert parse_udi(f"]d2{FNC1}{VECTOR}") == (udi, [])
    assert valid_hibc("+Z901KF123402")
    assert compose_hibc("Z901KF12340") == "+Z901KF123402"


def test_without_fnc1_a_swallowed_part_is_stated() -> None:
    """A scanner that leaves the separator out joins lot and serial; that is not guessed away."""
    text = "0109521001001014" + "10L7F21" + "21S000123"
    udi, problems = parse_udi(text)
    assert udi is not None and udi.lot == "L7F2121S000123"
    late, problems = parse_udi("010952100100101410" + "L7F21" + "17290630" + "21S000123")
    assert late is not None and late.expiry is None
    assert [problem.code for problem in problems] == ["udi.separator-missing"]


def test_a_secondary_belongs_to_its_primary() -> None:
    """The link character joins the two labels."""
    primary = compose_hibc("Z901KF12340")
    secondary = compose_hibc_secondary(primary, lot="L7F21", expiry=date(2029, 6, 30))
    udi, problems = parse_udi(f"{primary} {secondary}")
    assert problems == []
    assert udi == Udi(Issuer.HIBCC, "Z901KF12340", lot="L7F21", expiry=date(2029, 6, 30))
    other = compose_hibc("Z901KF12341")
    assert "udi.link" in [p.code for p in parse_udi(f"{other} {secondary}")[1]]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: compose_hibc("9"), "udi.value"),
        (lambda: compose_hibc("Z901KF12340", lot="a"), "udi.value"),
        (lambda: compose_hibc("Z901KF12340", serial="A" * 19), "udi.value"),
        (lambda: compose_hibc_secondary("+Z901KF123403", lot="A"), "udi.link"),
        (lambda: compose_hibc_secondary("+Z901KF123402"), "udi.value"),
        (lambda: compose_iccbba(Udi(Issuer.ICCBBA, "A9")), "udi.value"),
        (lambda: compose_iccbba(Udi(Issuer.ICCBBA, "A9999XYZ100T0944", serial="1")), "udi.value"),
        (lambda: compose_parts([("99999", "x")]), "udi.unknown-part"),
        (lambda: compose_parts([("01", "0952100100101")]), "udi.value"),
        (lambda: compose_parts([("01", "09521001001015")]), "udi.check-digit"),
        (lambda: compose_udi(Udi(Issuer.GS1, "9")), "udi.check-digit"),
    ],
)
def test_what_a_label_cannot_hold_is_refused(make: object, code: str) -> None:
    """Nothing is cut to fit."""
    assert callable(make)
    with pytest.raises(RefusalError) as caught:
        make()
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("identifier", "value"),
    [
        ("00", "095210090000000019"),
        ("414", "9521000001022"),
        ("254", "DOCK-1"),
        ("3103", "001250"),
        ("3922", "1450"),
        ("7003", "2906301200"),
        ("8003", "09521001001014SN1"),
        ("8013", "9521001KF1X"),
        ("8200", "https://synth.example/a"),
        ("91", "own"),
    ],
)
def test_every_identifier_has_its_form(identifier: str, value: str) -> None:
    """Logistic units, locations, weights, assets and own data are read and written."""
    text = compose_parts([(identifier, value), ("10", "L7F21"), ("21", "S1")])
    parts, problems = gs1_parts(text)
    assert problems == []
    assert [(part.identifier, part.value) for part in parts] == [
        (identifier, value),
        ("10", "L7F21"),
        ("21", "S1"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("00095210090000000018", "udi.check-digit"),
        ("4149521000001023", "udi.check-digit"),
        ("8111ABCD", "udi.value"),
        ("7241" + "123", "udi.separator-missing"),
        ("4399X", "udi.unknown-part"),
    ],
)
def test_a_wrong_part_is_stated(text: str, code: str) -> None:
    """By its form, its check digit, or that it is not assigned."""
    assert [problem.code for problem in gs1_parts(text)[1]] == [code]


def test_the_table_holds_the_general_specifications() -> None:
    """Ranges are spelled out; what is not assigned has no form."""
    assert all(form_of(f"{n}") for n in (*range(3100, 3166), *range(410, 418), *range(91, 100)))
    assert all(form_of(name) is None for name in ("05", "14", "18", "3166", "4399", "9999", ""))
