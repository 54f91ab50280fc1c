"""Checks ISA, GS and the versions they name: widths, padding, values (X12.5).

In: an interchange. Out: problems with element and byte. Refuses to know: transaction sets, and
whether the partner is known. Counts and control numbers are checked where they are read
(`envelope`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.x12.conform import conform, fault
from suture.formats.x12.delimiters import ISA_WIDTHS
from suture.formats.x12.dictionary import CLOSED_CODES, READ_VERSIONS, TYPES, segment_rule
from suture.formats.x12.interchange import Group, Interchange
from suture.formats.x12.rule import read_type
from suture.formats.x12.segment import Segment

_QUALIFIERS: Final = frozenset(
    {f"{number:02}" for number in range(1, 39)} - {"05", "06"} | {"AM", "NR", "SA", "SN", "ZZ"}
)
"""ISA05 and ISA07."""
_AUTHORISATIONS: Final = frozenset({"00", "01", "02", "03", "04", "05", "06", "07", "08"})
_PATTERNS: Final[dict[int, re.Pattern[str]]] = {
    12: re.compile(r"00[2-9][0-9]{2}"),
    13: re.compile(r"[0-9]{9}"),
}
_CODES: Final[dict[int, frozenset[str]]] = {
    1: _AUTHORISATIONS,
    3: frozenset({"00", "01"}),
    5: _QUALIFIERS,
    7: _QUALIFIERS,
    14: CLOSED_CODES["ISA-14"],
    15: CLOSED_CODES["ISA-15"],
}


def frame_problems(interchange: Interchange, version: str = "") -> Iterator[Problem]:
    """Yield what is wrong with ISA and the GS segments; `version` is the one agreed."""
    header = interchange.header
    if len(header.elements) < 17:
        return
    for number in range(1, 17):
        text = _isa_fault(header, number)
        if text:
            yield _problem(header, number, "x12.isa-value", text)
        yield from _form(header, number)
    for group in interchange.groups:
        yield from _group_problems(group, interchange.version, version)


def _form(header: Segment, number: int) -> Iterator[Problem]:
    """Yield what is wrong with width and padding of an element of ISA."""
    value = header.elements[number]
    if number < 16 and len(value) != ISA_WIDTHS[number - 1]:
        note = f"the element has {ISA_WIDTHS[number - 1]} characters"
        yield _problem(header, number, "x12.isa-width", note)
    if value[:1] == " " and value.strip():
        note = "the value stands at the left, blanks at its right"
        yield _problem(header, number, "x12.isa-padding", note)


def _isa_fault(header: Segment, number: int) -> str:
    """Return what is wrong with the value of an element of ISA, empty when nothing is."""
    value = header.elements[number]
    core = value.strip()
    if number in _CODES:
        return "" if core in _CODES[number] else "the element has no such code"
    if number in _PATTERNS:
        return "" if _PATTERNS[number].fullmatch(core) else "the element holds digits only"
    if number in (6, 8):
        return "" if core else "an interchange id is not empty"
    if number in (9, 10):
        kind = read_type(TYPES["I08" if number == 9 else "I09"])
        return "the element is YYMMDD or HHMM" if fault(core, kind) else ""
    if number == 11:
        is_one = len(core) == 1 and (core == "U" or not core.isalnum())
        return "" if is_one else "the element is a separator, or U before version 00402"
    return ""


def _group_problems(group: Group, isa_version: str, agreed: str) -> Iterator[Problem]:
    header = group.header
    if len(header.elements) < 2:
        return
    rule = segment_rule("GS", group.version)
    if rule is not None:
        for found in conform(header, rule):
            yield _problem(header, _number(found), "x12.isa-value", found.text)
    kinds = CLOSED_CODES["GS-7"]
    if header.element(7) and header.element(7) not in kinds:
        yield _problem(header, 7, "x12.isa-value", "GS07 is X for sets of X12")
    version = group.version
    if not version.startswith(READ_VERSIONS):
        yield _problem(header, 8, "x12.version-unread", "no structure of this version is declared")
    elif isa_version[:5] != version[:5]:
        yield _problem(header, 8, "x12.version", "ISA12 and GS08 name different versions")
    if agreed and not version.startswith(agreed):
        yield _problem(header, 8, "x12.version", "GS08 is not the version agreed with the partner")


def _number(problem: Problem) -> int:
    return int(problem.path.rpartition("-")[2].partition(".")[0])


def _problem(segment: Segment, number: int, code: str, text: str) -> Problem:
    place = segment.offset + sum(len(value) + 1 for value in segment.elements[:number])
    return Problem(code, Severity.WARNING, text, segment.path(number), place)
