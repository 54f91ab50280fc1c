"""Numbers and instants as the simulated peers write them: quantities exact, times aware UTC.

In: text or numbers of a JSON body. Out: Fraction, Decimal, datetime, and back. Refuses to know:
units of measure and currencies.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

TEXT_CHARS_MAX = 40
"""Longer than any quantity or amount of the demo; bounds the work on a hostile number."""


def quantity(value: object) -> Fraction:
    """Return the rational of an integer, decimal or n/d text; raises ValueError otherwise."""
    text = str(value).strip()
    if not text or len(text) > TEXT_CHARS_MAX or any(c in text for c in "eE_"):
        raise ValueError("not a quantity")
    return Fraction(text)


def quantity_text(value: Fraction) -> str:
    """Return a rational as an integer, a short decimal, or n/d."""
    if value.denominator == 1:
        return str(value.numerator)
    for places in (1, 2, 3, 4):
        scaled = value * 10**places
        if scaled.denominator == 1:
            return str(Decimal(scaled.numerator).scaleb(-places))
    return f"{value.numerator}/{value.denominator}"


def money(value: object) -> Decimal:
    """Return the decimal of a text; raises ValueError when it is not one or not finite."""
    text = str(value).strip()
    if not text or len(text) > TEXT_CHARS_MAX:
        raise ValueError("not an amount")
    try:
        amount = Decimal(text)
    except ArithmeticError as error:
        raise ValueError("not an amount") from error
    if not amount.is_finite():
        raise ValueError("not an amount")
    return amount


def cents(exact: Fraction) -> Decimal:
    """Return an amount rounded half-even to two places."""
    return Decimal(round(exact * 100)).scaleb(-2)


def instant(text: str) -> datetime:
    """Return the aware UTC instant of ISO text; raises ValueError for a naive or wrong one."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant has an offset")
    return at.astimezone(UTC)


def iso(at: datetime) -> str:
    """Return an aware instant as ISO text in UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_of(at: datetime, zone: str) -> date:
    """Return the local calendar day of an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def within_hours(at: datetime, zone: str, opens: time, closes: time) -> datetime:
    """Return `at` or the next opening hour after it, as UTC."""
    local = at.astimezone(ZoneInfo(zone))
    if opens <= local.time() <= closes:
        return at
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, opens, tzinfo=ZoneInfo(zone)).astimezone(UTC)
