"""Reads HIBC labels: the primary, the secondary, and both in one (ANSI/HIBC 2.6).

In: the text between the start and stop of the symbol. Out: a `Udi` and problems. Refuses to know:
who is behind a labeller code, and provider applications standard labels (`+/`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.identifier import HIBC_ALPHABET, hibc_check, valid_hibc
from suture.formats.udi.value import (
    Issuer,
    Udi,
    calendar_date,
    full_year,
    ordinal_date,
    problem,
)

_PRIMARY: Final = re.compile(r"[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]")
"""LIC (4), PCN (1-18), unit of measure (1)."""
_SECONDARY: Final = re.compile(r"\$|\d{5}")
_VALUE: Final = re.compile(r"[A-Z0-9.\-]*")
_ALPHABET: Final = frozenset(HIBC_ALPHABET)
_DATE_FORMATS: Final[dict[str, str]] = {
    "2": "MMDDYY",
    "3": "YYMMDD",
    "4": "YYMMDDHH",
    "5": "YYJJJ",
    "6": "YYJJJHH",
    "7": "",
}
"""Character after `$$` -> form of the expiry date; 7 is none (ANSI/HIBC 2.6 table 2)."""
_QUANTITY_DIGITS: Final[dict[str, int]] = {"8": 2, "9": 5}


@dataclass(frozen=True, slots=True, repr=False)
class _Production:
    """What a secondary part says."""

    lot: str = ""
    serial: str = ""
    expiry: date | None = None
    manufactured: date | None = None


def is_hibc(text: str) -> bool:
    """Return whether `text` starts like a HIBC label, with or without the `*` of Code 39."""
    return text.lstrip("*")[:1] == "+"


def read_hibc(text: str, around_year: int) -> tuple[Udi | None, list[Problem]]:
    """Return what the label says; problems name the part (`primary`, `secondary`, `/14D`...).

    Two labels may stand in one text, `+primary` then `+secondary`, with or without white space.
    """
    problems: list[Problem] = []
    body = text.strip("*")
    offset = text.find(body)
    labels = _split(body)
    device, production, link = "", _Production(), ""
    for start, label in labels:
        place = offset + start
        if not _ALPHABET.issuperset(label) or len(label) < 4:
            note = "the label has a character that HIBC does not have"
            problems.append(problem("udi.value", note, "label", place))
            continue
        if hibc_check(label[:-1]) != label[-1]:
            note = "the last character does not check (modulo 43)"
            problems.append(problem("udi.check-digit", note, "label", place))
        inner = label[1:-1]
        if _SECONDARY.match(inner) and not _PRIMARY.fullmatch(inner.split("/", 1)[0]):
            if link and inner[-1] != link:
                note = "the link character is not the check character of the primary"
                problems.append(problem("udi.link", note, "secondary", place))
            production = _secondary(inner[:-1], around_year, place, problems)
            continue
        head, _, rest = inner.partition("/")
        link = label[-1]
        device = _primary(head, place, problems)
        if rest:
            production = _secondary(rest, around_year, place, problems)
    if not device:
        note = "the label names no device: scan the primary HIBC too"
        problems.append(problem("udi.no-device-identifier", note, "primary", 0))
    if not device and production == _Production():
        return None, problems
    return _joined(device, production), problems


def _joined(device: str, production: _Production) -> Udi:
    return Udi(
        Issuer.HIBCC,
        device,
        lot=production.lot,
        serial=production.serial,
        expiry=production.expiry,
        manufactured=production.manufactured,
    )


def _split(body: str) -> list[tuple[int, str]]:
    """Return (offset, label) for each `+` that starts a label: the first, and after white space.

    A primary directly followed by a secondary (`+A..x+$..`) is split before `+$` or `+` and digits.
    """
    starts = [0]
    for mark in re.finditer(r"\s+(?=\+)|(?<=[A-Z0-9\-.$/+%])(?=\+\$(?!\+?$))", body):
        if mark.end() and "$$+" not in body[mark.end() - 2 : mark.end() + 1]:
            starts.append(mark.end())
    ends = [*starts[1:], len(body)]
    return [(a, _settled(body[a:b])) for a, b in zip(starts, ends, strict=True)]


def _settled(label: str) -> str:
    """Return a label without white space after it, unless a space is its check character.

    The check character may be a space, which is printed as an underscore (ANSI/HIBC 2.6 annex B).
    """
    bare = label.rstrip(" \t\r\n")
    for ended in (label[: len(bare) + 1], bare[:-1] + " " if bare.endswith("_") else bare):
        if ended.endswith(" ") and valid_hibc(ended):
            return ended
    return bare


def _primary(head: str, offset: int, problems: list[Problem]) -> str:
    if _PRIMARY.fullmatch(head):
        return head
    note = "a primary HIBC is labeller (4), product (1-18) and unit of measure (1 digit)"
    problems.append(problem("udi.value", note, "primary", offset))
    return ""


def _secondary(text: str, around_year: int, offset: int, problems: list[Problem]) -> _Production:
    """Return what the secondary part and its supplements (`/14D`, `/16D`, `/S`) say."""
    main, *supplements = text.split("/")
    production = _main(main, around_year, offset, problems)
    for part in supplements:
        mark = part[:3] if part[:3] in {"14D", "16D"} else part[:1]
        if mark == "S":
            production = replace(production, serial=part[1:])
        elif mark in {"14D", "16D"}:
            found = _long_date(part[3:])
            if found is None:
                problems.append(_no_date(f"/{mark}", offset))
            elif mark == "14D":
                production = replace(production, expiry=found)
            else:
                production = replace(production, manufactured=found)
        elif mark != "Q":
            note = "a supplement is not known and is left out"
            problems.append(
                problem("udi.unknown-part", note, "supplement", offset, Severity.WARNING)
            )
    return production


def _main(text: str, around_year: int, offset: int, problems: list[Problem]) -> _Production:
    """Return the expiry with the lot or serial of the main secondary part."""
    expiry: date | None = None
    if text.startswith("$$"):
        is_serial, text = text[2:3] == "+", text[3:] if text[2:3] == "+" else text[2:]
        if text[:1] in _QUANTITY_DIGITS:
            text = text[1 + _QUANTITY_DIGITS[text[0]] :]
        form = _DATE_FORMATS.get(text[:1])
        # Without a format digit the date is MMYY; a month starts with 0 or 1.
        text, form = (text, "MMYY") if form is None else (text[1:], form)
        if form:
            expiry = _short_date(text[: len(form)], form, around_year)
            text = text[len(form) :]
            if expiry is None:
                problems.append(_no_date("$$", offset))
    elif text.startswith("$"):
        is_serial, text = text[1:2] == "+", text[2:] if text[1:2] == "+" else text[1:]
    else:
        is_serial, expiry = False, _short_date(text[:5], "YYJJJ", around_year)
        text = text[5:]
        if expiry is None:
            problems.append(_no_date("secondary", offset))
    if len(text) > 18:
        note = "a lot or serial has at most 18 characters"
        problems.append(problem("udi.value", note, "secondary", offset))
    return _Production(serial=text, expiry=expiry) if is_serial else _Production(text, "", expiry)


def _no_date(path: str, offset: int) -> Problem:
    return problem("udi.date", "the date is no calendar date", path, offset)


def _short_date(text: str, form: str, around_year: int) -> date | None:
    """Return the date written in `form` (letters of Y, M, D, J, H); no day is the month's last."""
    if len(text) != len(form) or not (text.isascii() and text.isdecimal()):
        return None
    part = dict.fromkeys("YMDJH", "")
    for letter, digit in zip(form, text, strict=True):
        part[letter] += digit
    year = full_year(int(part["Y"]), around_year)
    if part["J"]:
        return ordinal_date(year, int(part["J"]))
    return calendar_date(year, int(part["M"]), int(part["D"] or "0"))


def _long_date(text: str) -> date | None:
    """Return the date YYYYMMDD."""
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        return None
    return calendar_date(int(text[:4]), int(text[4:6]), int(text[6:]))


def compose_hibc(
    device_identifier: str,
    *,
    lot: str = "",
    serial: str = "",
    expiry: date | None = None,
    manufactured: date | None = None,
) -> str:
    """Return a HIBC with primary and secondary data in one, its check character at the end.

    The lot and the expiry are the secondary part, serial and manufacture its supplements; a serial
    without lot stands in the place of the lot. Raises RefusalError `udi.value`.
    """
    if not _PRIMARY.fullmatch(device_identifier):
        note = "a primary HIBC is labeller (4), product (1-18) and unit of measure (1 digit)"
        raise RefusalError("udi.value", note, path="primary")
    for name, value in (("lot", lot), ("serial", serial)):
        if len(value) > 18 or not _VALUE.fullmatch(value):
            note = "a lot or serial has at most 18 capital letters, digits, dots and hyphens"
            raise RefusalError("udi.value", note, path=name)
    text = f"+{device_identifier}"
    mark = "+" if serial and not lot else ""
    if expiry:
        text += f"/$${mark}3{expiry:%y%m%d}{lot or serial}"
    elif lot or serial:
        text += f"/${mark}{lot or serial}"
    if manufactured:
        # A supplement follows a secondary part; one that says neither date nor lot opens it.
        text += "" if "/" in text else "/$$7"
        text += f"/16D{manufactured:%Y%m%d}"
    text += f"/S{serial}" if serial and lot else ""
    return text + hibc_check(text)


def compose_hibc_secondary(
    primary: str, *, lot: str = "", serial: str = "", expiry: date | None = None
) -> str:
    """Return the secondary label that belongs to a primary label with its check character.

    Raises RefusalError `udi.link` when the primary does not check, `udi.value`.
    """
    if not valid_hibc(primary):
        raise RefusalError("udi.link", "the primary HIBC does not check")
    whole = compose_hibc(primary[1:-1], lot=lot, serial=serial, expiry=expiry)
    _, mark, rest = whole[:-1].partition("/")
    if not mark:
        raise RefusalError("udi.value", "a secondary HIBC says a lot, a serial or an expiry")
    text = f"+{rest}{primary[-1]}"
    return text + hibc_check(text)
