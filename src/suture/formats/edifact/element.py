"""Reads the values of elements: numbers with either decimal mark, dates in the formats of 2379.

In: an element's text, a format code, a time zone. Out: a value. Refuses to know: segments, and
which zone a partner lives in.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.refusal import RefusalError

NUMBER: Final = re.compile(r"-?(?:[0-9]{1,35}(?:[.,][0-9]{1,20})?|[.,][0-9]{1,20})")
"""ISO 9735 10: a sign, digits, one decimal mark with digits after it."""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time: both ends belong to it."""

    start: date | datetime
    end: date | datetime


Moment = date | datetime | Period
"""What a DTM says: a day, an aware instant, or a span."""

POINTS: Final[dict[str, str]] = {
    "2": "%d%m%y",
    "3": "%m%d%y",
    "101": "%y%m%d",
    "102": "%Y%m%d",
    "201": "%y%m%d%H%M",
    "202": "%y%m%d%H%M%S",
    "203": "%Y%m%d%H%M",
    "204": "%Y%m%d%H%M%S",
}
"""Format code of 2379 -> how a day or an instant is written."""
SPANS: Final[dict[str, str]] = {
    "713": "201",
    "717": "101",
    "718": "102",
    "719": "203",
}
"""Format code of a period -> that of its two ends; a hyphen between them may stand or not."""
MONTH: Final = "610"
WEEK: Final = "616"
YEAR: Final = "602"
ZONED: Final[dict[str, str]] = {"303": "%Y%m%d%H%M", "304": "%Y%m%d%H%M%S"}
"""CCYYMMDDHHMM, or with SS, and ZZZ; the zone is read where it is an offset from UTC or `UTC`,
`GMT`, `Z`, and written as `UTC`."""
_DAYS: Final = frozenset({"2", "3", "101", "102"})
_LENGTHS: Final = {"2": 6, "3": 6, "101": 6, "102": 8, "201": 10, "202": 12, "203": 12, "204": 14}
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?")


def number(text: str) -> Decimal:
    """Return a number with `.` or `,` as mark; raises RefusalError `edifact.element-number`."""
    if not NUMBER.fullmatch(text):
        note = "a number holds digits, a sign and one decimal mark"
        raise RefusalError("edifact.element-number", note)
    return Decimal(text.replace(",", "."))


def quantity(text: str) -> Fraction:
    """Return a quantity, exact; raises RefusalError `edifact.element-number`."""
    return Fraction(number(text))


def moment(text: str, code: str, zone: tzinfo) -> Moment:
    """Return the date, instant or period `text` in format `code` (2379; `102` when empty).

    Instants are in `zone` unless they name one. Raises RefusalError `edifact.date-format` for a
    format that is not known and `edifact.element-date` for a date that does not fit it.
    """
    code = code or "102"
    if not text.isascii():
        raise _unreadable()
    if code in POINTS:
        return _point(text, code, zone)
    if code in SPANS:
        return _span(text, SPANS[code], zone)
    if code in {MONTH, WEEK, YEAR}:
        return _stretch(text, code)
    if code in ZONED:
        return _zoned(text, ZONED[code], 12 if code == "303" else 14)
    raise RefusalError("edifact.date-format", "the format code of a date is not known")


def _unreadable() -> RefusalError:
    return RefusalError("edifact.element-date", "a date is in the calendar and as its format says")


def _point(text: str, code: str, zone: tzinfo) -> date | datetime:
    if len(text) != _LENGTHS[code] or not text.isdecimal():
        raise _unreadable()
    # 24:00 is the end of a day (ISO 8601); partners write it for delivery windows.
    is_midnight = code in {"201", "203"} and text.endswith("2400")
    body = text[:-4] + "0000" if is_midnight else text
    try:
        found = datetime.strptime(body, POINTS[code]).replace(tzinfo=zone)
        if is_midnight:
            found += timedelta(days=1)
    except (ValueError, OverflowError):
        raise _unreadable() from None
    return found.date() if code in _DAYS else found


def _span(text: str, code: str, zone: tzinfo) -> Period:
    size = _LENGTHS[code]
    if len(text) == 2 * size + 1 and text[size] == "-":
        text = text[:size] + text[size + 1 :]
    if len(text) != 2 * size:
        raise _unreadable()
    return Period(_point(text[:size], code, zone), _point(text[size:], code, zone))


def _stretch(text: str, code: str) -> Period:
    """Return the days of a year, month or ISO week."""
    if len(text) != (4 if code == YEAR else 6) or not text.isdecimal():
        raise _unreadable()
    year, rest = int(text[:4]), int(text[4:] or 0)
    try:
        if code == YEAR:
            return Period(date(year, 1, 1), date(year, 12, 31))
        if code == MONTH:
            return Period(date(year, rest, 1), date(year, rest, monthrange(year, rest)[1]))
        first = date.fromisocalendar(year, rest, 1)
        return Period(first, first + timedelta(days=6))
    except (ValueError, OverflowError):
        raise _unreadable() from None


def _zoned(text: str, form: str, size: int) -> datetime:
    body, name = text[:size], text[size:].upper()
    match = _OFFSET.fullmatch(name)
    sign, hours, minutes = match.groups() if match else ("+", "0", "0")
    if match is None and name not in {"UTC", "GMT", "Z"}:
        note = "a zone that is no offset from UTC cannot be read"
        raise RefusalError("edifact.date-format", note)
    shift = f"{sign}{int(hours):02}{int(minutes or 0):02}"
    if len(body) != size or not body.isdecimal():
        raise _unreadable()
    try:
        return datetime.strptime(body + shift, f"{form}%z")
    except ValueError:
        raise _unreadable() from None


def moment_text(value: date | datetime, code: str) -> str:
    """Return a date or instant as format `code` writes it.

    Raises RefusalError `edifact.date-format` for a format that is not written, or for a zoned one
    of a value that has no offset.
    """
    if code in ZONED and isinstance(value, datetime) and value.tzinfo is not None:
        return f"{value.astimezone(UTC).strftime(ZONED[code])}UTC"
    if code not in POINTS:
        raise RefusalError("edifact.date-format", "this format of a date is not written")
    return value.strftime(POINTS[code])


def number_text(value: Decimal | Fraction | int, decimal: str = ".") -> str:
    """Return a number as it is written; raises RefusalError `edifact.element-number`.

    A fraction that has no end as a decimal cannot be written.
    """
    if isinstance(value, Fraction):
        denominator = value.denominator
        for prime in (2, 5):
            while denominator % prime == 0:
                denominator //= prime
        if denominator != 1:
            note = "a quantity without an end as a decimal cannot be written"
            raise RefusalError("edifact.element-number", note)
        value = Decimal(value.numerator) / Decimal(value.denominator)
    text = f"{Decimal(value):f}"
    if NUMBER.fullmatch(text) is None:
        raise RefusalError("edifact.element-number", "a number must be finite")
    return text.replace(".", decimal)
