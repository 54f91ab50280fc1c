"""Reads and checks the values of elements: numbers with implied decimals, dates, times.

In: an element's text and its declared type. Out: a value, or the code of what is wrong. Refuses to
know: code lists. Types are those of X12.6: N0 Nn R ID AN DT TM.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.refusal import RefusalError

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_REAL: Final = re.compile(r"-?(?:[0-9]{1,30}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])(?:([0-5][0-9])([0-9]{1,2})?)?")


def implied_decimal(text: str, places: int) -> Decimal:
    """Return a number of type Nn: digits whose last `places` are decimals (TDS01 `145000` is N2).

    Raises RefusalError `x12.element-number`.
    """
    if not _WHOLE.fullmatch(text):
        raise RefusalError("x12.element-number", "an Nn element holds digits and a sign only")
    return Decimal(text).scaleb(-places)


def implied_text(amount: Decimal, places: int) -> str:
    """Return an amount the way type Nn writes it.

    Raises RefusalError `x12.element-number` when it has more decimals than `places`.
    """
    scaled = amount.scaleb(places)
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise RefusalError("x12.element-number", f"an amount has at most {places} decimals here")
    return str(int(scaled))


def real(text: str) -> Decimal:
    """Return a number of type R; raises RefusalError `x12.element-number`."""
    if not _REAL.fullmatch(text):
        raise RefusalError("x12.element-number", "an R element holds digits, a sign and a point")
    return Decimal(text)


def quantity(text: str) -> Fraction:
    """Return a quantity of type R, exact; raises RefusalError `x12.element-number`."""
    return Fraction(real(text))


def date8(text: str) -> date:
    """Return a date CCYYMMDD; raises RefusalError `x12.element-date`."""
    if len(text) == 8 and text.isascii() and text.isdecimal():
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    raise RefusalError("x12.element-date", "a date is CCYYMMDD and in the calendar")


def date6(text: str, *, century: int = 2000) -> date:
    """Return a date YYMMDD of ISA09 and of version 003; raises RefusalError `x12.element-date`."""
    if len(text) != 6:
        raise RefusalError("x12.element-date", "a date is YYMMDD and in the calendar")
    return date8(str(century // 100) + text)


def time_of_day(text: str) -> time:
    """Return a time HHMM, HHMMSS or with hundredths; raises RefusalError `x12.element-time`."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise RefusalError("x12.element-time", "a time is HHMM, HHMMSS or HHMMSSDD")
    hours, minutes, seconds, hundredths = match.groups()
    micros = int((hundredths or "0").ljust(2, "0")) * 10_000
    return time(int(hours), int(minutes), int(seconds or 0), micros)


def _is_whole(text: str) -> str:
    return "" if _WHOLE.fullmatch(text) else "x12.element-number"


def _is_real(text: str) -> str:
    return "" if _REAL.fullmatch(text) else "x12.element-number"


def _is_date(text: str) -> str:
    try:
        date8(text)
    except RefusalError as error:
        return error.code
    return ""


def _is_time(text: str) -> str:
    return "" if _TIME.fullmatch(text) else "x12.element-time"


def _is_any(text: str) -> str:
    return ""


CHECKS: Final[dict[str, Callable[[str], str]]] = {
    "N": _is_whole,
    "R": _is_real,
    "DT": _is_date,
    "TM": _is_time,
    "ID": _is_any,
    "AN": _is_any,
}
"""Element type -> a check that returns a problem code, empty when the value fits."""

SOUND_DECIMALS: Final = 4
"""Decimals of the numbers that surely fit; more are left to the check."""

SOUND: Final[dict[str, str]] = {
    "N": "[0-9]{1,LENGTH}",
    "R": rf"[0-9]{{1,WHOLE}}(?:\.[0-9]{{0,{SOUND_DECIMALS}}})?",
    "DT": "20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])",
    "TM": "(?:[01][0-9]|2[0-3])[0-5][0-9]",
    "ID": "[^SEPARATOR]{1,LENGTH}",
    "AN": "[^SEPARATOR]{1,LENGTH}",
}
"""Element type -> expression for values that surely fit; the check above decides on the others."""
