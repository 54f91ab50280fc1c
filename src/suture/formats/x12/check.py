"""Checks the elements of segments against what is declared for them.

In: the segments of a transaction set, or one segment. Out: problems with segment, element and byte.
Refuses to know: where a segment may stand. Nearly all segments are sound, so each is first
held against one pattern of all its rules; only where it does not fit are the rules applied singly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.x12.codes import STATED_MAX
from suture.formats.x12.definition import ElementRule
from suture.formats.x12.element import SOUND_DECIMALS
from suture.formats.x12.segment import Segment
from suture.formats.x12.sets import ELEMENTS
from suture.formats.x12.tree import SetSource

_TEXTS: Final[dict[str, str]] = {
    "x12.element-missing": "a mandatory element is empty",
    "x12.element-length": "the element is longer than it may be",
    "x12.element-number": "the element must be a number",
    "x12.element-date": "the element must be a date CCYYMMDD",
    "x12.element-time": "the element must be a time HHMM or HHMMSS",
}
_MILD: Final = frozenset({"x12.element-length", "x12.element-time"})
"""These leave the value readable."""

_Fits = Callable[[str], object]


def check_elements(source: SetSource) -> list[Problem]:
    """Return what is wrong with the declared elements of the segments between ST and SE."""
    problems: list[Problem] = []
    table = source.table
    fits = _patterns(table.delimiters.element)
    texts, ids = table.texts, table.ids
    for number in range(source.start + 1, source.end):
        segment_id = ids[number]
        pattern = fits.get(segment_id)
        if pattern is not None and pattern(texts[number]) is None:
            segment = table.segment(number, source.start)
            problems += segment_problems(segment, ELEMENTS[segment_id])
            if len(problems) >= STATED_MAX:
                break
    return problems


def segment_problems(segment: Segment, rules: Sequence[ElementRule]) -> list[Problem]:
    """Return what is wrong with the elements of one segment."""
    problems: list[Problem] = []
    values = segment.elements
    for rule in rules:
        value = values[rule.number] if rule.number < len(values) else ""
        if not value:
            if rule.is_required:
                problems.append(_problem("x12.element-missing", segment, rule.number))
            continue
        # Characters count, not bytes: a name in UTF-8 is longer on the wire than it is.
        size = len(segment.element(rule.number))
        size -= value.count("-") + value.count(".") if rule.is_number else 0
        if size > rule.length_max:
            problems.append(_problem("x12.element-length", segment, rule.number))
        code = rule.check(value)
        if code:
            problems.append(_problem(code, segment, rule.number))
    return problems


def _problem(code: str, segment: Segment, number: int) -> Problem:
    """Return the problem at an element, with the byte offset of the element itself."""
    severity = Severity.WARNING if code in _MILD else Severity.ERROR
    place = segment.offset + sum(len(value) + 1 for value in segment.elements[:number])
    return Problem(code, severity, _TEXTS[code], segment.path(number), place)


@lru_cache(maxsize=64)
def _patterns(separator: str) -> dict[str, _Fits]:
    """Return segment id -> a match that succeeds only for segments without problems.

    A separator is one of some thirty characters; the cache is bounded against a sender of others.
    """
    return {
        segment_id: re.compile(_pattern(segment_id, rules, re.escape(separator))).match
        for segment_id, rules in ELEMENTS.items()
    }


def _pattern(segment_id: str, rules: Sequence[ElementRule], separator: str) -> str:
    """Return an expression for the whole segment; elements at the end may be missing."""
    by_number = {rule.number: rule for rule in rules}
    pattern = f"(?:{separator}|$)"
    for number in range(max(by_number), 0, -1):
        rule = by_number.get(number)
        value = rf"[^{separator}]*+" if rule is None else _value(rule, separator)
        more = f"{separator}{value}{pattern if number == max(by_number) else ''}"
        is_needed = any(r.is_required for r in rules if r.number >= number)
        rest = "" if number == max(by_number) else pattern
        pattern = f"{more}{rest}" if is_needed else f"(?:{more}{rest}|$)"
    return segment_id + pattern


def _value(rule: ElementRule, separator: str) -> str:
    whole = max(rule.length_max - SOUND_DECIMALS, 1)
    body = rule.sound.replace("SEPARATOR", separator).replace("LENGTH", str(rule.length_max))
    body = body.replace("WHOLE", str(whole))
    return f"(?:{body})" if rule.is_required else f"(?:{body})?"
