"""Money is exact to the cent, quantities are exact rationals (S163 payload consistency)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.money import Money, Quantity, parse_quantity, quantity_text, round_money

amounts = st.decimals(-(10**9), 10**9, places=4)


@pytest.mark.parametrize("amount", [1.5, 1, "1.50"])
def test_money_is_never_a_float(amount: Any) -> None:
    """Only a Decimal makes money."""
    with pytest.raises(TypeError, match="never float"):
        Money(amount)


def test_sums_stay_in_one_currency() -> None:
    """Dollars and euros do not add."""
    assert Money(Decimal("1.10")) + Money(Decimal("2.20")) == Money(Decimal("3.30"))
    assert Money(Decimal("1.10")) - Money(Decimal("2.20")) == Money(Decimal("-1.10"))
    with pytest.raises(ValueError, match="currencies differ: USD and EUR"):
        Money(Decimal(1)) + Money(Decimal(1), "EUR")
    with pytest.raises(ValueError, match="currencies differ"):
        Money(Decimal(1), "EUR") - Money(Decimal(1))


@pytest.mark.parametrize(
    ("price", "quantity", "extended"),
    [
        ("12.345", "1", "12.34"),
        ("12.355", "1", "12.36"),
        ("0.005", "1", "0.00"),
        ("0.015", "1", "0.02"),
        ("1450.00", "2", "2900.00"),
        ("10.00", "1/3", "3.33"),
        ("-0.025", "1", "-0.02"),
    ],
)
def test_extended_amounts_round_half_even(price: str, quantity: str, extended: str) -> None:
    """Halves go to the even cent (spec 2.0.12)."""
    found = Money(Decimal(price), "EUR").times(Fraction(quantity))
    assert (str(found.amount), found.currency) == (extended, "EUR")


@given(amounts, st.integers(0, 6))
def test_rounding_agrees_with_decimal(amount: Decimal, places: int) -> None:
    """Two ways of rounding half-even give the same text."""
    step = Decimal(1).scaleb(-places)
    assert str(round_money(Fraction(amount), places)) == str(amount.quantize(step)) or (
        amount.quantize(step) == 0 and round_money(Fraction(amount), places) == 0
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(4), "4"),
        (Fraction(-4), "-4"),
        (Fraction(5, 2), "2.5"),
        (Fraction(1, 8), "0.125"),
        (Fraction(1, 50), "0.02"),
        (Fraction(1, 3), "1/3"),
        (Fraction(7, 6), "7/6"),
        (Fraction(10**15), "1000000000000000"),
    ],
)
def test_quantities_as_documents_write_them(value: Fraction, text: str) -> None:
    """An integer, a terminating decimal, or a fraction; never an exponent."""
    assert quantity_text(value) == text
    assert parse_quantity(text) == value


@given(st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6))
def test_quantities_survive_their_text(value: Fraction) -> None:
    """Nothing is lost between text and value."""
    assert parse_quantity(quantity_text(value)) == value


@pytest.mark.parametrize("text", ["", "  ", "1e3", "1E3", "1_000", "x", "1.2.3", "9" * 41, "nan"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """Exponents, underscores and overlong digits are no quantity."""
    with pytest.raises(ValueError):
        parse_quantity(text)


def test_a_quantity_has_a_unit() -> None:
    """Pieces unless said otherwise."""
    assert Quantity(Fraction(3)) == Quantity(Fraction(3), "EA") != Quantity(Fraction(3), "BX")
