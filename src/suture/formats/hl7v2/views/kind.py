"""The kinds of value a view holds, each read from and written to one repetition of a field.

In: components as lists of subcomponents, all text. Out: a value, or that the text is none of its
kind; the components again. Refuses to know: segments, field numbers, labels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

from suture.core.money import Money, parse_quantity, quantity_text
from suture.formats.hl7v2.timestamp import timestamp, timestamp_text

Parts = list[list[str]]
"""Components of one repetition, each its subcomponents."""
DIGITS_MAX: Final = 30
"""Longest number read, in characters: an NM has 16."""


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: CE, CWE, CNE; the code alone for ID and IS."""

    code: str = ""
    text: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """An identifier with its namespace: EI, and HD without an id."""

    id: str = ""
    namespace: str = ""
    universal: str = ""
    universal_type: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A number of a person or account with who gave it: CX."""

    id: str = ""
    authority: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person: XCN with an id, XPN without."""

    family: str = ""
    given: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a hospital: PL."""

    point: str = ""
    """Point of care: ward, suite."""
    room: str = ""
    bed: str = ""
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """MSH-9."""

    type: str = ""
    event: str = ""
    structure: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of value is read and written."""

    empty: Any
    read: Callable[[Parts, tzinfo], Any]
    """Raises ValueError when the text is no such value."""
    write: Callable[[Any], Sequence[str | Sequence[str]]]


def leaf(parts: Parts, component: int, subcomponent: int = 1) -> str:
    """Return one leaf, counted from 1; empty when absent."""
    if component > len(parts) or subcomponent > len(parts[component - 1]):
        return ""
    return parts[component - 1][subcomponent - 1]


def _first(parts: Parts) -> str:
    return parts[0][0]


def _code(parts: Parts, zone: tzinfo) -> Code:
    return Code(leaf(parts, 1), leaf(parts, 2), leaf(parts, 3))


def _reference(parts: Parts, zone: tzinfo) -> Reference:
    return Reference(*(leaf(parts, number) for number in (1, 2, 3, 4)))


def _domain(parts: Parts, zone: tzinfo) -> Reference:
    return Reference("", *(leaf(parts, number) for number in (1, 2, 3)))


def _record(parts: Parts, zone: tzinfo) -> Record:
    return Record(leaf(parts, 1), leaf(parts, 4), leaf(parts, 5))


def _staff(parts: Parts, zone: tzinfo) -> Person:
    return Person(leaf(parts, 2), leaf(parts, 3), leaf(parts, 1))


def _name(parts: Parts, zone: tzinfo) -> Person:
    return Person(leaf(parts, 1), leaf(parts, 2))


def _location(parts: Parts, zone: tzinfo) -> Location:
    return Location(*(leaf(parts, number) for number in (1, 2, 3, 4)))


def _trigger(parts: Parts, zone: tzinfo) -> Trigger:
    return Trigger(leaf(parts, 1), leaf(parts, 2), leaf(parts, 3))


def _flag(parts: Parts, zone: tzinfo) -> bool | None:
    text = _first(parts).strip().upper()
    if text not in ("", "Y", "N"):
        raise ValueError
    return {"Y": True, "N": False}.get(text)


def _number(parts: Parts, zone: tzinfo) -> Fraction | None:
    text = _first(parts).strip()
    if len(text) > DIGITS_MAX or "/" in text:
        raise ValueError
    return parse_quantity(text) if text else None


def _count(parts: Parts, zone: tzinfo) -> int | None:
    text = _first(parts).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise ValueError
    return int(text)


def _moment(parts: Parts, zone: tzinfo) -> datetime | None:
    text = _first(parts)
    found = timestamp(text, zone)
    if found is None and text.strip():
        raise ValueError
    return found


def _day(parts: Parts, zone: tzinfo) -> date | None:
    """Return the day as written: an expiry or a birth has no zone."""
    text = _first(parts).strip()
    if not text:
        return None
    if len(text) < 8 or not (text[:8].isascii() and text[:8].isdigit()):
        raise ValueError
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _price(parts: Parts, zone: tzinfo) -> Money | None:
    """Return MO, or CP whose first component is an MO; without a currency it is USD."""
    text = _first(parts).strip()
    if not text:
        return None
    if len(text) > DIGITS_MAX or not text.lstrip("+-").replace(".", "", 1).isdecimal():
        raise ValueError
    currency = leaf(parts, 1, 2) or leaf(parts, 2)
    plausible = len(currency) == 3 and currency.isascii() and currency.isupper()
    try:
        return Money(Decimal(text), currency if plausible else "USD")
    except InvalidOperation:
        raise ValueError from None


def _utc(value: datetime) -> list[str]:
    return [timestamp_text(value.astimezone(UTC))]


TEXT: Final = Kind("", lambda parts, zone: _first(parts), lambda value: [value])
CODE: Final = Kind(Code(), _code, lambda value: [value.code, value.text, value.system])
REFERENCE: Final = Kind(
    Reference(),
    _reference,
    lambda value: [value.id, value.namespace, value.universal, value.universal_type],
)
DOMAIN: Final = Kind(
    Reference(), _domain, lambda value: [value.namespace, value.universal, value.universal_type]
)
RECORD: Final = Kind(
    Record(), _record, lambda value: [value.id, "", "", value.authority, value.type]
)
STAFF: Final = Kind(Person(), _staff, lambda value: [value.id, value.family, value.given])
NAME: Final = Kind(Person(), _name, lambda value: [value.family, value.given])
LOCATION: Final = Kind(
    Location(), _location, lambda value: [value.point, value.room, value.bed, value.facility]
)
TRIGGER: Final = Kind(Trigger(), _trigger, lambda value: [value.type, value.event, value.structure])
FLAG: Final = Kind(None, _flag, lambda value: ["Y" if value else "N"])
NUMBER: Final = Kind(None, _number, lambda value: [quantity_text(value)])
COUNT: Final = Kind(None, _count, lambda value: [str(value)])
MOMENT: Final = Kind(None, _moment, _utc)
DAY: Final = Kind(None, _day, lambda value: [value.isoformat().replace("-", "")])
PRICE: Final = Kind(None, _price, lambda value: [[f"{value.amount:f}", value.currency]])
AMOUNT: Final = Kind(None, _price, lambda value: [f"{value.amount:f}", value.currency])
"""MO: amount and currency are components; in PRICE (CP) they are subcomponents."""
WHOLE: Final = Kind(
    (),
    lambda parts, zone: tuple(tuple(part) for part in parts),
    lambda value: value,
)
"""Every component and subcomponent as text: OBX-5, Z segments."""
