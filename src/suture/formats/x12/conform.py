"""Holds the elements of one segment against the dictionary: types, lengths, relations, codes.

In: a segment, its rule, the codes of its elements. Out: problems with segment, element and byte.
Refuses to know: where the segment may stand, and which set it is in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.x12.element import CHECKS, date6
from suture.formats.x12.rule import Condition, ElementType, ElementUse, SegmentRule
from suture.formats.x12.segment import Segment, as_text

_TEXTS: Final[dict[str, str]] = {
    "x12.element-missing": "a mandatory element is empty",
    "x12.element-length": "the element is longer than it may be",
    "x12.element-short": "the element is shorter than it must be",
    "x12.element-number": "the element must be a number",
    "x12.element-date": "the element must be a date CCYYMMDD",
    "x12.element-time": "the element must be a time HHMM or HHMMSS",
    "x12.element-count": "the segment has no such element",
    "x12.element-repeats": "the element may not be repeated so often",
    "x12.component-count": "the element has no such component",
    "x12.element-character": "the element has a control character in it",
    "x12.element-code": "the code is not one the house acts on; a person looks at it",
    "x12.condition": "the element must stand because of another one",
    "x12.exclusion": "the element must not stand beside another one",
    "x12.profile-code": "the partner's guide does not allow this code",
}
_ERRORS: Final = frozenset(
    {
        "x12.element-missing",
        "x12.element-number",
        "x12.element-date",
        "x12.element-character",
        "x12.profile-code",
    }
)
"""These make a value unreadable or were agreed; the others leave it readable."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def element_problem(
    code: str, segment: Segment, number: int, part: int = 0, severity: Severity | None = None
) -> Problem:
    """Return the problem at an element or component, with the byte where the element starts."""
    worth = severity or (Severity.ERROR if code in _ERRORS else Severity.WARNING)
    place = segment.offset + sum(len(value) + 1 for value in segment.elements[:number])
    path = segment.path(number) + (f".{part}" if part else "")
    return Problem(code, worth, _TEXTS[code], path, place)


def conform(segment: Segment, rule: SegmentRule) -> Iterator[Problem]:
    """Yield what is wrong with the elements of a segment by its rule."""
    values, uses = segment.elements, rule.uses
    repetition, component = segment.delimiters.repetition, segment.delimiters.component
    size, there = len(values), 0
    for number, use in enumerate(uses, start=1):
        value = values[number] if number < size else ""
        if not value:
            if use.is_required:
                yield element_problem("x12.element-missing", segment, number)
            continue
        there |= 1 << number
        if (repetition and repetition in value) or component in value or use.components:
            yield from _compound(segment, number, use)
        else:
            code = fault(value, use.type)
            if code:
                yield element_problem(code, segment, number)
    is_long = size - 1 > len(uses)
    if is_long:
        yield element_problem("x12.element-count", segment, len(uses) + 1)
    for condition in rule.conditions:
        present = there & condition.mask
        # Only R says anything of elements that are all absent, only E of those all there.
        is_suspect = condition.kind == ("R" if present == 0 else "E")
        if is_suspect or is_long or 0 < present < condition.mask:
            yield from _related(segment, condition)


def fault(value: str, kind: ElementType) -> str:
    """Return the code of what is wrong with a value of a simple element, empty when nothing is."""
    if not value.isprintable() and _CONTROL.search(value):
        return "x12.element-character"
    size = len(value) if value.isascii() else len(as_text(value))
    name, _, length_max = kind[:3]
    if name in "NR":
        size -= value.count("-") + value.count(".")
    if size > length_max:
        return "x12.element-length"
    if name == "DT" and length_max == 6:
        return _short_date(value)
    code = CHECKS[name](value)
    if code:
        return code
    return "x12.element-short" if size < kind.length_min else ""


def _short_date(value: str) -> str:
    """Return the code of what is wrong with YYMMDD (ISA09, versions before 004)."""
    try:
        date6(value)
    except RefusalError as error:
        return error.code
    return ""


def _compound(segment: Segment, number: int, use: ElementUse) -> Iterator[Problem]:
    """Yield what is wrong with an element of repetitions and components.

    At most as many are looked at as are declared: a value may repeat a million times.
    """
    value, marks = segment.elements[number], segment.delimiters
    repeats = [value]
    if marks.repetition:
        if value.count(marks.repetition) >= use.repeat_max:
            yield element_problem("x12.element-repeats", segment, number)
        repeats = value.split(marks.repetition, use.repeat_max)[: use.repeat_max]
    for one in repeats:
        parts = one.split(marks.component, max(len(use.components), 1))
        if len(parts) > max(len(use.components), 1):
            yield element_problem("x12.component-count", segment, number)
        if not use.components:
            code = fault(parts[0], use.type) if parts[0] else ""
            if code:
                yield element_problem(code, segment, number)
            continue
        for place, inner in enumerate(use.components, start=1):
            part = parts[place - 1] if place <= len(parts) else ""
            if part:
                code = fault(part, inner.type)
            else:
                code = "x12.element-missing" if inner.is_required else ""
            if code:
                yield element_problem(code, segment, number, place)


def _related(segment: Segment, condition: Condition) -> Iterator[Problem]:
    """Yield the element that breaks a relational condition (X12.6, syntax notes)."""
    values = segment.elements
    there = [number for number in condition.numbers if number < len(values) and values[number]]
    absent = [number for number in condition.numbers if number not in there]
    first = condition.numbers[0]
    match condition.kind:
        case "P" if there and absent:
            yield element_problem("x12.condition", segment, absent[0])
        case "R" if not there:
            yield element_problem("x12.condition", segment, first)
        case "E" if len(there) > 1:
            yield element_problem("x12.exclusion", segment, there[1])
        case "C" if first in there and absent:
            yield element_problem("x12.condition", segment, absent[0])
        case "L" if there == [first]:
            yield element_problem("x12.condition", segment, condition.numbers[1])
        case _:
            pass


def code_problems(
    segment: Segment, codes: Mapping[str, frozenset[str]], code: str, severity: Severity
) -> Iterator[Problem]:
    """Yield a problem for each element of a segment whose code is not one of `codes`."""
    name = segment.id
    for number in range(1, len(segment.elements)):
        allowed = codes.get(f"{name}-{number}")
        value = segment.elements[number]
        if allowed is not None and value and value not in allowed:
            yield element_problem(code, segment, number, severity=severity)
