"""Reads and writes GS1 element strings: the text of a GS1-128, DataMatrix or QR label.

In: scanner text with FNC1 as U+001D, or the bracketed human-readable form. Out: a `Udi` and
problems. Refuses to know: bar code images. Application identifiers with a predefined length end by
themselves, all others at FNC1 (GS1 General Specifications 7.8.5, figure 5.10.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.identifier import valid_gtin
from suture.formats.udi.element import form_of, has_check
from suture.formats.udi.value import Issuer, Udi, calendar_date, full_year, problem

FNC1: Final = "\x1d"
_SYMBOLOGY: Final = re.compile(r"\](?:C1|e[012]|d2|Q3|J1)")
"""Symbology identifiers of the GS1 carriers (ISO/IEC 15424)."""
_BRACKETED: Final = re.compile(r"\((\d{2,4})\)")
_VALUE: Final = re.compile(r"[!\"%-?A-Z_a-z]*")
"""GS1 AI encodable character set 82 (General Specifications 7.11)."""

_FIXED: Final[dict[str, int]] = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "04": 16,
    **{f"{n}": 6 for n in range(11, 20)},
    "20": 2,
    **{f"{n}": 6 for n in (31, 32, 33, 34, 35, 36)},
    "41": 13,
}
"""First two digits -> characters of the value, for identifiers with a predefined length."""
_IDENTIFIER_DIGITS: Final[dict[str, int]] = {
    **{f"{n:02}": 2 for n in (0, 1, 2, 3, 4, *range(10, 23), 30, 37, *range(90, 100))},
    **{f"{n}": 3 for n in (23, 24, 25, 40, 41, 42, 71)},
    **{f"{n}": 4 for n in (31, 32, 33, 34, 35, 36, 39, 43, 70, 72, 80, 81, 82)},
}
"""First two digits -> digits of the whole identifier (General Specifications 3.2)."""
_DATES: Final = ("11", "17")


class Part(NamedTuple):
    """One application identifier with its value and the place where it starts."""

    identifier: str
    value: str
    offset: int


def is_gs1(text: str) -> bool:
    """Return whether `text` looks like a GS1 element string that starts with a trade item."""
    return _SYMBOLOGY.match(text) is not None or text.lstrip(FNC1)[:2].isdigit() or text[:1] == "("


def read_gs1(text: str, around_year: int) -> tuple[Udi | None, list[Problem]]:
    """Return the label's identifiers; problems name the application identifier and the offset."""
    problems: list[Problem] = []
    bracketed = text.startswith("(")
    parts = list(_bracketed(text) if bracketed else _element_string(text, problems))
    found: dict[str, Part] = {}
    for part in parts:
        problems += _part_problems(part, bracketed)
        earlier = found.setdefault(part.identifier, part)
        if earlier.value != part.value:
            note = "the same part stands twice with different values; the first one is used"
            problems.append(problem("udi.repeated", note, f"({part.identifier})", part.offset))
    if "01" not in found:
        note = "no application identifier 01: the label names no trade item"
        problems.append(problem("udi.no-device-identifier", note, "(01)", 0))
    dates = {key: _date(found.get(key), around_year, problems) for key in _DATES}
    if not found:
        return None, problems
    values = {key: part.value for key, part in found.items()}
    udi = Udi(
        Issuer.GS1,
        values.get("01", ""),
        lot=values.get("10", ""),
        serial=values.get("21", ""),
        expiry=dates["17"],
        manufactured=dates["11"],
    )
    return udi, problems


def _element_string(text: str, problems: list[Problem]) -> Iterator[Part]:
    """Yield the parts of scanner text, stopping at the first identifier that is not known."""
    marker = _SYMBOLOGY.match(text)
    place = marker.end() if marker else 0
    while place < len(text):
        if text[place] == FNC1:
            place += 1
            continue
        head = text[place : place + 2]
        digits = _IDENTIFIER_DIGITS.get(head, 0)
        identifier = text[place : place + digits]
        if not digits or len(identifier) < digits or not identifier.isdecimal():
            note = "an application identifier is not known; the rest of the label is not read"
            problems.append(problem("udi.unknown-part", note, f"character {place}", place))
            return
        start = place + digits
        end = text.find(FNC1, start)
        end = len(text) if end < 0 else end
        fixed = _FIXED.get(head)
        if fixed is not None:
            end = min(end, start + fixed)
        yield Part(identifier, text[start:end], place)
        place = end


def _bracketed(text: str) -> Iterator[Part]:
    """Yield the parts of the human-readable form `(01)...(17)...`."""
    marks = list(_BRACKETED.finditer(text))
    # A lot may hold brackets itself; only a known identifier of the right length opens a part.
    marks = [m for m in marks if _IDENTIFIER_DIGITS.get(m[1][:2]) == len(m[1])]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        yield Part(mark[1], text[mark.end() : end].strip().replace(FNC1, ""), mark.start())


def _part_problems(part: Part, bracketed: bool) -> Iterator[Problem]:
    """Yield what is wrong with one part: length, characters, check digit, lost separator."""
    path = f"({part.identifier})"
    form = form_of(part.identifier)
    if form is None:
        note = "an application identifier is not assigned"
        yield problem("udi.unknown-part", note, path, part.offset, Severity.WARNING)
        return
    is_fixed = part.identifier[:2] in _FIXED
    if len(part.value) > form.length_max and not is_fixed and not bracketed:
        note = "the value is too long: the scanner left out the separator (FNC1) after it"
        yield problem("udi.separator-missing", note, path, part.offset)
    elif not form.pattern.fullmatch(part.value):
        note = "the value has not its length, or a character that it may not have"
        yield problem("udi.value", note, path, part.offset)
    elif not has_check(form, part.value):
        yield problem("udi.check-digit", "the check digit does not agree", path, part.offset)
    elif not is_fixed and not bracketed and _may_swallow(part):
        note = "the value ends like another part: the separator (FNC1) may be missing"
        yield problem("udi.separator-missing", note, path, part.offset, Severity.WARNING)


_SWALLOWED: Final = re.compile(r".(?:17|11)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:$|10|21)")


def _may_swallow(part: Part) -> bool:
    """Return whether a lot or serial seems to hold a date part: 17 or 11 and a calendar date."""
    return part.identifier in {"10", "21"} and _SWALLOWED.search(part.value) is not None


def _date(part: Part | None, around_year: int, problems: list[Problem]) -> date | None:
    """Return the date YYMMDD of a part; day 00 is the last of the month (3.4.2)."""
    if part is None:
        return None
    text = part.value
    if len(text) == 6 and text.isascii() and text.isdecimal():
        year = full_year(int(text[:2]), around_year)
        found = calendar_date(year, int(text[2:4]), int(text[4:]))
        if found is not None:
            return found
    note = "the date is no calendar date YYMMDD"
    problems.append(problem("udi.date", note, f"({part.identifier})", part.offset))
    return None


def compose_gs1(
    gtin: str,
    *,
    lot: str = "",
    serial: str = "",
    expiry: date | None = None,
    manufactured: date | None = None,
) -> str:
    """Return the element string of a device label: 01, 11, 17, then 10 and 21 with FNC1 between.

    Raises RefusalError: `udi.value` for a lot or serial out of bounds, `udi.check-digit`
    for a GTIN that does not check. Fixed parts stand first, as GS1 recommends (7.8.6).
    """
    if len(gtin) != 14 or not valid_gtin(gtin):
        raise RefusalError("udi.check-digit", "a device identifier is a GTIN-14 that checks")
    text = f"01{gtin}"
    for identifier, day in (("11", manufactured), ("17", expiry)):
        text += f"{identifier}{day:%y%m%d}" if day else ""
    variable = [(identifier, value) for identifier, value in (("10", lot), ("21", serial)) if value]
    for identifier, value in variable:
        if len(value) > 20 or not _VALUE.fullmatch(value):
            note = "a lot or serial has at most 20 characters of the GS1 set"
            raise RefusalError("udi.value", note, path=f"({identifier})")
    return text + FNC1.join(f"{identifier}{value}" for identifier, value in variable)


def gs1_parts(text: str) -> tuple[tuple[Part, ...], list[Problem]]:
    """Return every application identifier of an element string, and what is wrong with each.

    For other labels than of devices: a logistic unit (00), a location (414), an asset (8003).
    """
    problems: list[Problem] = []
    bracketed = text.startswith("(")
    parts = tuple(_bracketed(text) if bracketed else _element_string(text, problems))
    for part in parts:
        problems += _part_problems(part, bracketed)
    return parts, problems


def compose_parts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the element string of (identifier, value) pairs, in their order, FNC1 where needed.

    Raises RefusalError: `udi.unknown-part` for an identifier that is not assigned, `udi.value`,
    `udi.check-digit`.
    """
    made = ""
    is_open = False
    for identifier, value in pairs:
        form = form_of(identifier)
        path = f"({identifier})"
        if form is None:
            note = "an application identifier is not assigned"
            raise RefusalError("udi.unknown-part", note)
        if not form.pattern.fullmatch(value):
            note = "the value has not its length, or a character that it may not have"
            raise RefusalError("udi.value", note, path=path)
        if not has_check(form, value):
            raise RefusalError("udi.check-digit", "the check digit does not agree", path=path)
        made += (FNC1 if is_open else "") + identifier + value
        is_open = identifier[:2] not in _FIXED
    return made


def human_readable(text: str) -> str:
    """Return an element string as it is printed below a bar code: `(01)...(17)...`.

    What is not known is left out (GS1 General Specifications 4.14).
    """
    return "".join(f"({part.identifier}){part.value}" for part in gs1_parts(text)[0])
