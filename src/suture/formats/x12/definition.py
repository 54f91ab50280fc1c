"""Reads the compact notation in which elements are declared; that of sets is `edi.definition`.

In: a line such as `3!AN22 5DT8`. Out: `ElementRule`. Refuses to know: which segments exist.
Elements are `3!AN22`: number, mandatory, type, longest (X12.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from suture.formats.edi.definition import LoopDefinition, SegmentUse, read_definition
from suture.formats.x12.element import CHECKS, SOUND

__all__ = [
    "ElementRule",
    "LoopDefinition",
    "SegmentUse",
    "read_definition",
    "read_elements",
]

_ELEMENT: Final = re.compile(r"(\d{1,2})(!?)(N|R|ID|AN|DT|TM)(\d+)")


class ElementRule(NamedTuple):
    """What one element of a segment must be."""

    number: int
    is_required: bool
    check: Callable[[str], str]
    """Returns a problem code, empty when the value fits the type."""
    length_max: int
    is_number: bool
    """Sign and decimal point do not count (X12.6, 3.5.1.2)."""
    sound: str
    """Expression that only values without problems match, of LENGTH at most."""


def read_elements(notation: str) -> tuple[ElementRule, ...]:
    """Return the rules for a segment's elements; raises ValueError when the notation is wrong."""
    rules = []
    for word in notation.split():
        match = _ELEMENT.fullmatch(word)
        if match is None:
            raise ValueError("the notation of an element is number, !, type, length")
        kind = match[3]
        is_number = kind in {"N", "R"}
        rules.append(
            ElementRule(
                int(match[1]), bool(match[2]), CHECKS[kind], int(match[4]), is_number, SOUND[kind]
            )
        )
    return tuple(rules)
