"""Finds the delimiters of an interchange in its ISA segment.

In: text that starts with `ISA`. Out: `Delimiters` and the 16 elements of ISA. Refuses to know: the
segments after it. ISA has fixed widths, so the element separator stands at position 3, the
component separator at 104 and the segment terminator at 105 (X12.5, interchange control).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

ISA_WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Width of ISA01..ISA16."""
_ELEMENT_PLACES: Final = tuple(3 + n + sum(ISA_WIDTHS[:n]) for n in range(16))
_ISA_CHARACTERS_MAX: Final = 400
"""Longest ISA that is looked for when the widths are not kept."""
_MULTIPLE: Final = re.compile(r"[^A-Za-z0-9\s]{1,4}")
"""A terminator of several characters, e.g. one character of UTF-8 in three bytes."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The separators in use; `repetition` is empty before version 00402."""

    element: str = "*"
    component: str = ":"
    segment: str = "~"
    repetition: str = "^"
    line_end: str = ""
    """White space written after each terminator, e.g. CR LF."""

    @property
    def special(self) -> frozenset[str]:
        """The characters that a value may not hold."""
        return frozenset(self.element + self.component + self.segment + self.repetition)


STANDARD: Final = Delimiters()


@dataclass(frozen=True, slots=True)
class IsaReading:
    """What ISA says about the text after it."""

    delimiters: Delimiters
    is_fixed: bool
    """The widths are kept."""
    is_sound: bool
    """All delimiters differ and none is a letter, digit or space."""


def read_isa(text: str) -> IsaReading | None:
    """Return the delimiters of the interchange at the start of `text`; None when it has no ISA."""
    if text[:3] != "ISA" or len(text) < 4:
        return None
    element = text[3]
    is_fixed = len(text) > 105 and all(text[place] == element for place in _ELEMENT_PLACES)
    if is_fixed:
        place = 104
        version, repetition = text[84:89], text[82]
    else:
        found = _by_separators(text, element)
        if found is None:
            return None
        place, version, repetition = found
    component, segment = text[place], _terminator(text, place + 1)
    line_end = _line_end(text, place + 1 + len(segment), segment)
    # ISA11 is the repetition separator from 00402 on; before, a standards id (`U`).
    has_repetition = version >= "00402" and len(repetition) == 1 and not repetition.isalnum()
    found_here = Delimiters(
        element, component, segment, repetition if has_repetition else "", line_end
    )
    return IsaReading(found_here, is_fixed, _is_sound(found_here))


def _by_separators(text: str, element: str) -> tuple[int, str, str] | None:
    """Return (place of ISA16, ISA12, ISA11) of an ISA whose widths are not kept."""
    if element.isalnum() or element.isspace():
        return None
    parts = text[:_ISA_CHARACTERS_MAX].split(element)
    if len(parts) < 17:
        return None
    place = sum(len(part) + 1 for part in parts[:16])
    if len(text) < place + 2:
        return None
    return place, parts[12].strip(), parts[11].strip()


def _terminator(text: str, place: int) -> str:
    """Return the segment terminator at `place`: one character, or several that are no text."""
    if text[place : place + 2] == "\r\n":
        return "\r"
    several = _MULTIPLE.match(text, place)
    return several[0] if several else text[place]


def _line_end(text: str, place: int, segment: str) -> str:
    """Return the CR and LF after the terminator."""
    end = place
    while end < min(len(text), place + 2) and text[end] in "\r\n" and text[end] != segment:
        end += 1
    return text[place:end]


def _is_sound(found: Delimiters) -> bool:
    used = [found.element, found.component, found.segment, found.repetition]
    used = [mark for mark in used if mark]
    is_text = any(mark.isalnum() or mark == " " for mark in used)
    return len(set(used)) == len(used) and not is_text
