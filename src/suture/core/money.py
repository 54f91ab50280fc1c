"""Money is decimal with a currency, quantities are exact rationals with a unit (ground rule 7).

In: text, integers, fractions. Out: `Money`, `Quantity`. Refuses to know: floats, exchange rates,
what a box holds (that is the packaging tree's).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount in one currency."""

    amount: Decimal
    currency: str = "USD"

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("money is Decimal, never float")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"currencies differ: {self.currency} and {other.currency}")

    def times(self, quantity: Fraction) -> Money:
        """Return the extended amount, rounded half-even to cents as written on a document."""
        exact = Fraction(self.amount) * quantity
        return Money(round_money(exact), self.currency)


def round_money(exact: Fraction, places: int = 2) -> Decimal:
    """Return `exact` as a Decimal rounded HALF_EVEN to `places` (spec 2.0.12 Units)."""
    scaled = exact * 10**places
    return (
        Decimal(round(scaled))
        .scaleb(-places)
        .quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    )


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact count of a unit of measure."""

    value: Fraction
    unit: str = "EA"


def quantity_text(value: Fraction) -> str:
    """Return a rational the way documents write it: an integer, a terminating decimal, or n/d."""
    if value.denominator == 1:
        return str(value.numerator)
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def parse_quantity(text: str) -> Fraction:
    """Return the rational written as integer, decimal or n/d; raises ValueError otherwise."""
    cleaned = text.strip()
    if not cleaned or len(cleaned) > 40 or any(c in cleaned for c in "eE_"):
        raise ValueError("not a quantity")
    if cleaned.isascii() and cleaned.isdigit():
        return Fraction(int(cleaned))
    try:
        return Fraction(cleaned)
    except ZeroDivisionError:
        raise ValueError("not a quantity: divided by nothing") from None
