"""Checks the elements of segments against what is declared for them.

In: the segments of a message and rules. Out: problems with segment, component and byte. Refuses to
know: where a segment may stand. Nearly all segments are sound, so each is first held against one
pattern of all its rules; only where it does not fit are the rules applied singly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from suture.core.problem import Problem, Severity
from suture.formats.edifact.codes import STATED_MAX
from suture.formats.edifact.delimiters import Delimiters
from suture.formats.edifact.element import NUMBER
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.segment import Segment

_ELEMENT: Final = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(!?)(an|a|n)(\.\.)?(\d{1,3})")
_DECIMALS: Final = 4
"""Decimals of the numbers that surely fit; more are left to the single check."""
_TEXTS: Final[dict[str, str]] = {
    "edifact.element-missing": "a mandatory element is empty",
    "edifact.element-length": "the element is shorter or longer than it may be",
    "edifact.element-type": "the element must be letters",
    "edifact.element-number": "the element must be a number",
    "edifact.decimal-mark": "the number has another decimal mark than UNA names",
}
_SEVERITIES: Final[dict[str, Severity]] = {
    "edifact.element-length": Severity.WARNING,
    "edifact.decimal-mark": Severity.INFO,
}
"""These leave the value readable; the others are errors."""

_Fits = Callable[[str], object]


class ElementRule(NamedTuple):
    """What one component of a segment must be."""

    element: int
    component: int
    is_required: bool
    kind: str
    """`a`, `n` or `an` (ISO 9735 9)."""
    is_fixed: bool
    """The length is exact."""
    length: int


@lru_cache(maxsize=1_024)
def read_elements(notation: str) -> tuple[ElementRule, ...]:
    """Return the rules for a segment's elements; raises ValueError when the notation is wrong."""
    rules = []
    for word in notation.split():
        match = _ELEMENT.fullmatch(word)
        if match is None:
            raise ValueError("the notation of an element is like 2.1!an..35")
        element, component, required, kind, dots, length = match.groups()
        rules.append(
            ElementRule(
                int(element), int(component or 1), bool(required), kind, not dots, int(length)
            )
        )
    return tuple(rules)


def check_elements(message: Message, notations: Mapping[str, str], clause: str) -> list[Problem]:
    """Return what is wrong with the declared elements of the segments between UNH and UNT."""
    problems: list[Problem] = []
    table = message.table
    marks = table.syntax.delimiters
    fits: dict[str, _Fits] = {
        tag: _fits(notations[tag], marks) for tag in set(table.ids) if tag in notations
    }
    texts, ids = table.texts, table.ids
    for number in range(1, message.end):
        tag = ids[number]
        pattern = fits.get(tag)
        if pattern is not None and pattern(texts[number]) is None:
            problems += segment_problems(table.segment(number), notations[tag], clause)
            if len(problems) >= STATED_MAX:
                break
    return problems


def segment_problems(segment: Segment, notation: str, clause: str = "") -> list[Problem]:
    """Return what is wrong with the elements of one segment."""
    problems: list[Problem] = []
    for rule in read_elements(notation):
        for repetition in range(1, max(segment.repetitions(rule.element), 1) + 1):
            value = segment.value(rule.element, rule.component, repetition)
            for code in _codes(value, rule, segment.syntax.delimiters, segment.syntax.has_una):
                problems.append(_problem(code, segment, rule, clause))
    return problems


def _codes(value: str, rule: ElementRule, marks: Delimiters, has_una: bool) -> list[str]:
    if not value:
        return ["edifact.element-missing"] if rule.is_required else []
    size = len(value)
    codes = []
    if rule.kind == "n":
        if NUMBER.fullmatch(value) is None:
            codes.append("edifact.element-number")
        elif has_una and _other(marks.decimal) in value:
            codes.append("edifact.decimal-mark")
        # Sign and decimal mark do not count (ISO 9735 10).
        size -= value.count("-") + value.count(".") + value.count(",")
    elif rule.kind == "a" and any(mark.isdigit() for mark in value):
        codes.append("edifact.element-type")
    if size > rule.length or (rule.is_fixed and size < rule.length):
        codes.append("edifact.element-length")
    return codes


def _other(decimal: str) -> str:
    return "," if decimal == "." else "."


def _problem(code: str, segment: Segment, rule: ElementRule, clause: str) -> Problem:
    """Return the problem at a component, with the byte offset of its element."""
    severity = _SEVERITIES.get(code, Severity.ERROR)
    place = segment.offset + sum(len(text) + 1 for text in segment.elements[: rule.element])
    place += sum(len(t) + 1 for t in segment.raw_components(rule.element)[: rule.component - 1])
    place = min(place, segment.offset + len(segment.text))
    path = segment.path(rule.element, rule.component)
    return Problem(code, severity, _TEXTS[code], path, place, clause)


@lru_cache(maxsize=4_096)
def _fits(notation: str, marks: Delimiters) -> _Fits:
    """Return a match that succeeds only for segments without problems."""
    rules = read_elements(notation)
    return re.compile(_segment_pattern(rules, marks)).match


def _segment_pattern(rules: Sequence[ElementRule], marks: Delimiters) -> str:
    """Return an expression for the whole segment; what is not declared may be anything."""
    by_element: dict[int, list[ElementRule]] = {}
    for rule in rules:
        by_element.setdefault(rule.element, []).append(rule)
    separator = re.escape(marks.element)
    pattern = f"(?:{separator}|$)"
    for number in range(max(by_element), 0, -1):
        own = by_element.get(number, [])
        more = f"{separator}{_element_pattern(own, marks)}{pattern}"
        is_needed = any(rule.is_required for rule in rules if rule.element >= number)
        pattern = more if is_needed else f"(?:{more}|$)"
    return f"[A-Z0-9]{{3}}{pattern}"


def _element_pattern(rules: Sequence[ElementRule], marks: Delimiters) -> str:
    # A release character anywhere before the last declared value leaves it to the single rules.
    element = re.escape(marks.element + marks.release)
    component = re.escape(marks.component)
    if not rules:
        return f"[^{element}]*+"
    by_component = {rule.component: rule for rule in rules}
    none = f"[^{element}{component}]*+"
    pattern = f"(?:{component}[^{element}]*+)?"
    for number in range(max(by_component), 0, -1):
        rule = by_component.get(number)
        value = none if rule is None else _value_pattern(rule, marks)
        lead = component if number > 1 else ""
        is_needed = any(r.is_required for r in rules if r.component >= number)
        more = f"{lead}{value}{pattern}"
        pattern = more if is_needed or number == 1 else f"(?:{more})?"
    return pattern


def _value_pattern(rule: ElementRule, marks: Delimiters) -> str:
    if rule.kind == "n":
        whole = max(rule.length - _DECIMALS, 1)
        decimal = re.escape(marks.decimal or ".")
        after = rf"(?![{decimal}0-9])"
        body = f"[0-9]{{1,{rule.length}}}{after}"
        if rule.length > _DECIMALS:
            body += rf"|[0-9]{{1,{whole}}}{decimal}[0-9]{{1,{_DECIMALS}}}{after}"
    else:
        kept = re.escape(marks.special)
        letters = "0-9" if rule.kind == "a" else ""
        low = rule.length if rule.is_fixed else 1
        # Bytes above ASCII may be fewer characters than bytes: longer ones are checked singly.
        body = f"[^{kept}{letters}]{{{low},{rule.length}}}"
    return f"(?:{body})" if rule.is_required else f"(?:{body})?"
