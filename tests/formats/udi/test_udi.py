"""Device labels of the three issuing agencies."""

from __future__ import annotations

from datetime import date

import biip
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.formats.identifier import check_digit_mod10, hibc_check
from suture.formats.udi import FNC1, PROBLEM_CODES, Issuer, Udi, compose_gs1, parse_udi

VECTOR = "01095210010010141729063010L7F21\x1d21S000123"


def codes(text: str) -> list[str]:
    """Return the codes of the problems of a label."""
    return [problem.code for problem in parse_udi(text)[1]]


def hibc(body: str) -> str:
    """Return a HIBC text with its check character."""
    return body + hibc_check(body)


@pytest.mark.parametrize(
    "text",
    [
        VECTOR,
        "]d2" + VECTOR,
        "]C1" + VECTOR,
        "\x1d" + VECTOR + "\x1d",
        "(01)09521001001014(17)290630(10)L7F21(21)S000123",
        "(01) 09521001001014 (17) 290600 (10) L7F21 (21) S000123",
        "0109521001001014172906001021".replace("1021", "10L7F21\x1d21S000123"),
    ],
)
def test_the_gs1_vector_in_its_forms(text: str) -> None:
    """Scanned, with symbology, with FNC1 at the ends, in brackets, day 00 (spec 3.10)."""
    udi, problems = parse_udi(text)
    assert problems == []
    expiry = date(2029, 6, 30)
    assert udi == Udi(Issuer.GS1, "09521001001014", lot="L7F21", serial="S000123", expiry=expiry)


def test_the_vector_is_composed() -> None:
    """The element string of spec 3.10 is what we write."""
    text = compose_gs1("09521001001014", lot="L7F21", serial="S000123", expiry=date(2029, 6, 30))
    assert text == VECTOR


@pytest.mark.parametrize(
    ("digits", "expected"),
    [("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("281200", date(2028, 12, 31))],
)
def test_day_zero_is_the_last_of_the_month(digits: str, expected: date) -> None:
    """YYMM00 means the end of the month (GS1 General Specifications 3.4.2)."""
    udi, problems = parse_udi(f"010952100100101417{digits}")
    assert udi is not None and udi.expiry == expected
    assert problems == []


@pytest.mark.parametrize(
    ("year", "digits", "expected"),
    [(2026, "76", 2076), (2026, "77", 1977), (2026, "25", 2025), (2099, "01", 2101)],
)
def test_the_century_is_the_nearest(year: int, digits: str, expected: int) -> None:
    """Two digits mean 49 years back to 50 years ahead (GS1 General Specifications 7.12)."""
    udi, _ = parse_udi(f"010952100100101411{digits}0101", around_year=year)
    assert udi is not None and udi.manufactured == date(expected, 1, 1)


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("0109521001001015", "udi.check-digit", Severity.ERROR),
        ("01095210010010", "udi.value", Severity.ERROR),
        ("0109521001001014" + "17291301", "udi.date", Severity.ERROR),
        ("0109521001001014" + "1729AB01", "udi.value", Severity.ERROR),
        ("17290630" + "10L7", "udi.no-device-identifier", Severity.ERROR),
        ("0109521001001014" + "10" + "A" * 21, "udi.separator-missing", Severity.ERROR),
        ("(01)09521001001014(10)" + "A" * 21, "udi.value", Severity.ERROR),
        ("0109521001001014" + "10L7F21" + "17290630", "udi.separator-missing", Severity.WARNING),
        ("0109521001001014" + "10L7{", "udi.value", Severity.ERROR),
        ("0109521001001014" + "10", "udi.value", Severity.ERROR),
        ("0109521001001014" + "0559", "udi.unknown-part", Severity.ERROR),
        ("0109521001001014" + "10A\x1d10B", "udi.repeated", Severity.ERROR),
        ("SYNCANARY", "udi.not-a-udi", Severity.ERROR),
        ("", "udi.not-a-udi", Severity.ERROR),
        ("01" * 300, "udi.too-large", Severity.ERROR),
        ("+Z901KF123403", "udi.check-digit", Severity.ERROR),
        ("+Z901KF123402x", "udi.value", Severity.ERROR),
        (hibc("+A99"), "udi.value", Severity.ERROR),
        (hibc("+$$0629L7F212"), "udi.no-device-identifier", Severity.ERROR),
        (hibc("+Z901KF12340/$$3291330L7"), "udi.date", Severity.ERROR),
        (hibc("+Z901KF12340/$$7L7/Z9"), "udi.unknown-part", Severity.WARNING),
        ("+Z901KF123402 " + hibc("+$$0629L7F213"), "udi.link", Severity.ERROR),
        ("=/A9999XYZ100T0944=>029999", "udi.date", Severity.ERROR),
        ("=/A9999XYZ100T0944=?", "udi.unknown-part", Severity.ERROR),
        ("=>029181", "udi.no-device-identifier", Severity.ERROR),
    ],
)
def test_what_is_wrong_is_stated(text: str, code: str, severity: Severity) -> None:
    """Each fault of a label has its code, and no text repeats the label."""
    _, problems = parse_udi(text)
    found = [problem for problem in problems if problem.code == code]
    assert found, problems
    assert found[0].severity is severity
    assert not any("L7F21" in problem.describe() for problem in problems)


def test_a_part_that_is_not_known_keeps_what_stood_before() -> None:
    """The device identifier before an unknown part is still read."""
    udi, _ = parse_udi("01095210010010140559")
    assert udi is not None and udi.device_identifier == "09521001001014"


def test_other_application_identifiers_are_passed_over() -> None:
    """Weights, counts and internal parts do not disturb the reading."""
    text = "0109521001001014" + "3103000250" + "30" + "12\x1d" + "240REF\x1d" + "10L7"
    udi, problems = parse_udi(text)
    assert problems == []
    assert udi is not None and udi.lot == "L7"


SPACED = next(
    text
    for filler in range(1000)
    if (text := hibc(f"+Z901KF12340/$$7L7/S123/14D20290630/Q{filler}")).endswith(" ")
)
"""A label whose check character is a space."""


@pytest.mark.parametrize(
    ("text", "lot", "serial", "expiry", "manufactured"),
    [
        ("+Z901KF123402", "", "", None, None),
        ("*+Z901KF123402*", "", "", None, None),
        (hibc("+Z901KF12340/$$3290630L7F21"), "L7F21", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$0629L7F21"), "L7F21", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$2063029L7"), "L7", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$429063012L7"), "L7", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$529181L7"), "L7", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$62918112L7"), "L7", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$7L7"), "L7", "", None, None),
        (hibc("+Z901KF12340/$$810" + "3290630L7"), "L7", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$900010" + "7L7"), "L7", "", None, None),
        (hibc("+Z901KF12340/$$+3290630S1"), "", "S1", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$L7"), "L7", "", None, None),
        (SPACED, "L7", "123", date(2029, 6, 30), None),
        (SPACED[:-1] + "_", "L7", "123", date(2029, 6, 30), None),
        (SPACED + " \r\n", "L7", "123", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$+S1"), "", "S1", None, None),
        (hibc("+Z901KF12340/29181L7"), "L7", "", date(2029, 6, 30), None),
        (hibc("+Z901KF12340/$$7L7/S123/14D20290630/16D20260102"), "L7", "123", date(2029, 6, 30),
         date(2026, 1, 2)),
        ("+Z901KF123402" + hibc("+$$0629L7F212"), "L7F21", "", date(2029, 6, 30), None),
        ("+Z901KF123402 " + hibc("+$$+0629S12"), "", "S1", date(2029, 6, 30), None),
    ],
)  # fmt: skip
def test_hibc_labels(
    text: str, lot: str, serial: str, expiry: date | None, manufactured: date | None
) -> None:
    """Primary alone, primary with secondary, two labels; every form of the date (HIBC 2.6)."""
    udi, problems = parse_udi(text)
    assert problems == []
    assert udi == Udi(Issuer.HIBCC, "Z901KF12340", lot, serial, expiry, manufactured)


def test_an_iccbba_label() -> None:
    """A compound gives device, serial, donation, dates and lot (ICCBBA ST-011)."""
    text = "=+06000=/A9999XYZ100T0944=,000025=A99971312345600=>029181=}026032&,1000000000000XYZ123"
    udi, problems = parse_udi(text)
    assert problems == []
    assert udi == Udi(
        Issuer.ICCBBA,
        "A9999XYZ100T0944",
        lot="000000000000XYZ123",
        serial="000025",
        expiry=date(2029, 6, 30),
        manufactured=date(2026, 2, 1),
        donation_id="A99971312345600",
    )


def test_a_repr_shows_no_value() -> None:
    """The serial number of an implant identifies its patient."""
    udi, _ = parse_udi(VECTOR)
    assert repr(udi) == "Udi(gs1: device_identifier, lot, serial, expiry)"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"gtin": "09521001001015"}, "udi.check-digit"),
        ({"gtin": "9521000000001"}, "udi.check-digit"),
        ({"gtin": "09521001001014", "lot": "A" * 21}, "udi.value"),
        ({"gtin": "09521001001014", "serial": "A B"}, "udi.value"),
        ({"gtin": "09521001001014", "lot": "A\x1dB"}, "udi.value"),
    ],
)
def test_what_has_no_place_on_a_label_is_not_written(arguments: dict[str, str], code: str) -> None:
    """A label is written only when it can be read again."""
    with pytest.raises(RefusalError) as caught:
        compose_gs1(**arguments)  # type: ignore[arg-type]
    assert caught.value.code == code


PART = st.text(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"%&'()*+,-./:;<=>?_",
    max_size=20,
)
DAY = st.none() | st.dates(date(2000, 1, 1), date(2049, 12, 31))


@given(st.integers(0, 10**13 - 1), PART, PART, DAY, DAY)
def test_what_is_written_is_read(
    number: int, lot: str, serial: str, expiry: date | None, manufactured: date | None
) -> None:
    """A composed label gives its parts back; at most a swallowed date is suspected."""
    body = f"{number:013}"
    gtin = body + check_digit_mod10(body)
    text = compose_gs1(gtin, lot=lot, serial=serial, expiry=expiry, manufactured=manufactured)
    udi, problems = parse_udi(text)
    assert udi == Udi(Issuer.GS1, gtin, lot, serial, expiry, manufactured)
    assert all(problem.severity is Severity.WARNING for problem in problems)


@given(
    st.text(max_size=60), st.sampled_from(["", "01", "(01)", "+", "+$$", "=", "=/", "&>", "]d2"])
)
def test_any_text_is_read_without_exception(text: str, start: str) -> None:
    """Nothing a scanner gives raises; without a value there is an error."""
    udi, problems = parse_udi(start + text)
    assert {problem.code for problem in problems} <= set(PROBLEM_CODES)
    if udi is None:
        assert any(problem.severity is Severity.ERROR for problem in problems)


@given(
    st.lists(
        st.sampled_from(
            ["10LOT7", "21SER1", "17290630", "11260101", "3103000250", "240X", "37012"]
        ),
        unique=True,
        max_size=5,
    )
)
def test_biip_reads_the_same(parts: list[str]) -> None:
    """The element strings of a second reader agree with ours."""
    text = "0109521001001014" + FNC1.join(parts)
    udi, problems = parse_udi(text)
    message = biip.parse(text).gs1_message
    assert message is not None and udi is not None
    assert problems == []
    values = {element.ai.ai: element.value for element in message.element_strings}
    assert (udi.lot, udi.serial) == (values.get("10", ""), values.get("21", ""))
    expiry = udi.expiry.strftime("%y%m%d") if udi.expiry else ""
    assert expiry == values.get("17", "")
