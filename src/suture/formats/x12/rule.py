"""Reads the compact notation in which segments and their elements are declared.

In: `128! 127 352 C040 | R0203`, and what the numbers of data elements stand for. Out: a
`SegmentRule`. Refuses to know: which segments exist. A word is a number of the data element
dictionary or a type (`AN.1-20`, `N2.1-15`, `DT.8`); `!` is mandatory, `^5` repeats five times,
`(235 234)x10` is ten times the pair; behind the bar stand the relational conditions of X12.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

_TYPE: Final = re.compile(r"(AN|ID|R|DT|TM|N)(\d?)\.(\d+)(?:-(\d+))?")
_WORD: Final = re.compile(r"([A-Z]{0,2}\d?\.[\d-]+|[IC]?\d+)(!?)(?:\^(\d+))?")
_AGAIN: Final = re.compile(r"\(([^()]+)\)x(\d+)")
_CONDITION: Final = re.compile(r"([PRECL])((?:\d\d){2,})")


class ElementType(NamedTuple):
    """What the values of a data element are (X12.6 3.5.1)."""

    kind: str
    """N, R, ID, AN, DT, TM; C is a composite."""
    length_min: int
    length_max: int
    places: int = 0
    """Implied decimals of type Nn."""
    number: str = ""
    """Of the data element dictionary, as AK402 gives it; empty where it is not declared."""


class ElementUse(NamedTuple):
    """A data element at its place in a segment."""

    type: ElementType
    is_required: bool
    repeat_max: int = 1
    components: tuple[ElementUse, ...] = ()


class Condition(NamedTuple):
    """A relation between the elements of a segment (X12.6, syntax notes)."""

    kind: str
    """P all or none, R at least one, E at most one, C the first needs the others, L the first
    needs one of the others."""
    numbers: tuple[int, ...]
    mask: int
    """A bit per element of `numbers`: whether all or none are there is told by one comparison."""


class SegmentRule(NamedTuple):
    """The elements of a segment in order, and the relations between them."""

    uses: tuple[ElementUse, ...]
    conditions: tuple[Condition, ...] = ()


def read_type(notation: str, number: str = "") -> ElementType:
    """Return the type `AN.1-20` declares; raises ValueError when the notation is wrong."""
    match = _TYPE.fullmatch(notation)
    if match is None:
        raise ValueError("the type of an element is letters, a point and lengths")
    low = int(match[3])
    return ElementType(match[1], low, int(match[4] or low), int(match[2] or 0), number)


def read_rule(
    notation: str, types: Mapping[str, str], composites: Mapping[str, str] | None = None
) -> SegmentRule:
    """Return the rule that `notation` declares; raises ValueError when it is wrong."""
    body, _, notes = notation.partition("|")
    body = _AGAIN.sub(lambda match: " ".join([match[1]] * int(match[2])), body)
    uses = tuple(_use(word, types, composites or {}) for word in body.split())
    return SegmentRule(uses, tuple(_conditions(notes)))


def _use(word: str, types: Mapping[str, str], composites: Mapping[str, str]) -> ElementUse:
    match = _WORD.fullmatch(word)
    if match is None:
        raise ValueError("an element is a number or a type, with ! and ^n")
    name, is_required, repeat_max = match[1], bool(match[2]), int(match[3] or 1)
    if name in composites:
        parts = read_rule(composites[name], types).uses
        return ElementUse(ElementType("C", 1, 0, 0, name), is_required, repeat_max, parts)
    if "." in name:
        return ElementUse(read_type(name), is_required, repeat_max)
    if name not in types:
        raise ValueError("a data element of the notation is not declared")
    return ElementUse(read_type(types[name], name), is_required, repeat_max)


def _conditions(notes: str) -> Iterator[Condition]:
    for word in notes.split():
        match = _CONDITION.fullmatch(word)
        if match is None:
            raise ValueError("a condition is P, R, E, C or L and two digits per element")
        numbers = _numbers(match[2])
        yield Condition(match[1], numbers, sum({1 << number for number in numbers}))


@cache
def _numbers(digits: str) -> tuple[int, ...]:
    return tuple(int(digits[place : place + 2]) for place in range(0, len(digits), 2))
