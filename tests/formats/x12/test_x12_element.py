"""Values of elements: implied decimals, reals, dates, times."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.x12 import (
    date6,
    date8,
    implied_decimal,
    implied_text,
    quantity,
    real,
    time_of_day,
)


@pytest.mark.parametrize(
    ("text", "places", "value"),
    [("145000", 2, "1450.00"), ("5", 2, "0.05"), ("-100", 2, "-1.00"), ("7", 0, "7")],
)
def test_implied_decimals(text: str, places: int, value: str) -> None:
    """TDS01 has two implied decimals (spec 2.0.6)."""
    assert implied_decimal(text, places) == Decimal(value)
    assert implied_text(Decimal(value), places) == text


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_implied_decimals_are_exact(number: int, places: int) -> None:
    """Writing and reading an amount changes nothing."""
    assert implied_text(implied_decimal(str(number), places), places) == str(number)


@pytest.mark.parametrize("text", ["", "1.5", "1,5", "+1", "1 ", "٣", "1" * 19, "--1"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    """Nn holds digits and a sign only."""
    with pytest.raises(RefusalError) as caught:
        implied_decimal(text, 2)
    assert caught.value.code == "x12.element-number"


def test_an_amount_with_more_decimals_is_refused() -> None:
    """Half a cent is not rounded away in writing."""
    for amount in (Decimal("1.005"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(RefusalError):
            implied_text(amount, 2)


@pytest.mark.parametrize(
    ("text", "value"), [("12", "12"), ("-.5", "-0.5"), ("1450.00", "1450.00"), ("3.", "3")]
)
def test_reals_are_exact(text: str, value: str) -> None:
    """R keeps its decimals; a quantity is an exact rational."""
    assert str(real(text)) == str(Decimal(value))
    assert quantity(text) == Fraction(value)


@pytest.mark.parametrize("text", ["", ".", "1e5", "NaN", "1,000", " 1", "1" * 31, "0x1"])
def test_what_is_no_real_is_refused(text: str) -> None:
    """No exponent, no separators, no specials, no end of digits."""
    with pytest.raises(RefusalError):
        real(text)


def test_dates_and_times() -> None:
    """Dates are calendar dates; times go to the hundredth of a second."""
    assert date8("20280229") == date(2028, 2, 29)
    assert date6("270109") == date(2027, 1, 9)
    assert time_of_day("0915") == time(9, 15)
    assert time_of_day("09153042") == time(9, 15, 30, 420_000)


@pytest.mark.parametrize("text", ["", "20270229", "2027010", "2027-1-1", "20271301", "٢٠٢٧٠١٠١"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """A date that is not in the calendar is refused."""
    with pytest.raises(RefusalError) as caught:
        date8(text)
    assert caught.value.code == "x12.element-date"
    with pytest.raises(RefusalError):
        date6(text)


@pytest.mark.parametrize("text", ["", "2460", "2400", "9", "091", "091575"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """A time of day ends at 23:59."""
    with pytest.raises(RefusalError) as caught:
        time_of_day(text)
    assert caught.value.code == "x12.element-time"
