"""Checks the form of FHIR's primitive values and reads its times with their precision.

In: JSON values. Out: whether they have the form of a type; `Moment`. Refuses to know: which element
has which type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

TEXT_CHARS_MAX: Final = 1024 * 1024
"""FHIR R4 2.24.0.1: a string is at most 1 MB."""

_YEAR: Final = r"(?!0000)[0-9]{4}"
_DAY: Final = rf"{_YEAR}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?"
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,20})?"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "date": re.compile(_DAY),
    "dateTime": re.compile(rf"{_DAY}|{_YEAR}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}{_ZONE}"),
    "instant": re.compile(rf"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}{_ZONE}"),
    "time": re.compile(_CLOCK),
    "id": re.compile(r"[A-Za-z0-9.-]{1,64}"),
    "code": re.compile(r"[^\s]+(?:[ \t\n\r][^\s]+)*"),
    "uri": re.compile(r"\S+"),
    "oid": re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"),
    "uuid": re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "base64Binary": re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*"),
    "integer64": re.compile(r"0|[-+]?[1-9][0-9]{0,18}"),
    "xhtml": re.compile(r"\s*<(?:\w+:)?div[\s>/].*", re.DOTALL),
}
_ALIASES: Final = {"url": "uri", "canonical": "uri"}
_INTEGERS: Final = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def has_form(type_name: str, value: Any) -> bool:
    """Return whether a JSON value has the form of a primitive type (R4 and R5 2.24.0.1)."""
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name == "decimal":
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if type_name in _INTEGERS:
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return is_integer and _INTEGERS[type_name] <= value < 2**31
    if not isinstance(value, str) or len(value) > _chars_max(type_name):
        return False
    form = _FORMS.get(_ALIASES.get(type_name, type_name))
    if form is None:  # string, markdown
        return bool(value.strip()) and not _CONTROL.search(value)
    return form.fullmatch(value) is not None and _MORE.get(type_name, bool)(value)


def _chars_max(type_name: str) -> int:
    return 64 * TEXT_CHARS_MAX if type_name in ("base64Binary", "xhtml") else TEXT_CHARS_MAX


def _is_in_calendar(text: str) -> bool:
    return moment(text) is not None


def _is_whole_base64(text: str) -> bool:
    return bool(text) and len("".join(text.split())) % 4 == 0


_MORE: Final[dict[str, Callable[[str], bool]]] = {
    "date": _is_in_calendar,
    "dateTime": _is_in_calendar,
    "instant": _is_in_calendar,
    "base64Binary": _is_whole_base64,
}
"""What a form alone cannot say."""


class Precision(StrEnum):
    """How exactly a time was given."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    SECOND = "second"
    FRACTION = "fraction"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, dateTime or instant."""

    text: str
    """As written; a fraction longer than microseconds is whole here only."""
    at: datetime
    """Aware, in the offset written. Year, month and day alone are read as their first midnight in
    UTC, which nobody wrote: ask `precision`, or take `day`."""
    precision: Precision

    @property
    def day(self) -> date:
        """The calendar day as written, the first one of a month or year."""
        return self.at.date()

    @property
    def is_exact(self) -> bool:
        """Hours and an offset were given."""
        return self.precision in (Precision.SECOND, Precision.FRACTION)

    def __repr__(self) -> str:
        return f"<FHIR moment, {self.precision}>"


def moment(text: Any) -> Moment | None:
    """Return the time in a text, or None when it has not the form or is not in the calendar."""
    if not isinstance(text, str) or not _FORMS["dateTime"].fullmatch(text):
        return None
    try:
        if "T" in text:
            return _exact(text)
        parts = [int(part) for part in text.split("-")]
        year, month, day = [*parts, 1, 1][:3]
        at = datetime(year, month, day, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(text, at, (Precision.YEAR, Precision.MONTH, Precision.DAY)[len(parts) - 1])


def _exact(text: str) -> Moment:
    fraction = re.search(r"\.([0-9]+)", text)
    micros = int(fraction[1][:6].ljust(6, "0")) if fraction else 0
    seconds = int(text[17:19])
    whole = datetime.strptime(text[:17] + "00", "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007
    at = whole.replace(tzinfo=_zone(text)) + timedelta(seconds=seconds, microseconds=micros)
    return Moment(text, at, Precision.FRACTION if fraction else Precision.SECOND)


def _zone(text: str) -> timezone:
    if text.endswith("Z"):
        return UTC
    sign = -1 if text[-6] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[-5:-3]), minutes=int(text[-2:])))
