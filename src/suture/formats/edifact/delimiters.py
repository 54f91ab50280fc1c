"""Holds the delimiters of an interchange and reads them from UNA.

In: the nine characters of UNA, or nothing. Out: `Delimiters`, and texts cut at a delimiter that is
not released. Refuses to know: segments. Defaults are those of ISO 9735 level A; level B of versions
1 to 3 separates by the control characters IS4, IS3, IS1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The service characters in use; `release` and `repetition` are empty where there is none."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    repetition: str = ""
    segment: str = "'"
    line_end: str = ""
    """White space written after each terminator, e.g. CR LF; on reading always empty."""

    @property
    def special(self) -> str:
        """The characters that stand in a value only behind the release character."""
        return self.component + self.element + self.release + self.repetition + self.segment

    @property
    def is_sound(self) -> bool:
        """All differ, and none is a letter, digit, space or line end."""
        used = self.special
        is_text = any(mark.isalnum() or mark in " \r\n" or ord(mark) > 126 for mark in used)
        return len(set(used)) == len(used) and not is_text


STANDARD: Final = Delimiters()
"""Level A of ISO 9735."""
LEVEL_B: Final = Delimiters(component="\x1f", element="\x1d", release="", segment="\x1c")
"""Level B of ISO 9735, versions 1 to 3."""
UNA_CHARACTERS: Final = 9


def read_una(text: str) -> Delimiters | None:
    """Return the delimiters that the nine characters `text` declare; None when they are unusable.

    The fifth is a space up to version 3 and the repetition separator from version 4 on.
    """
    component, element, decimal, release, repetition, segment = list(text[3:UNA_CHARACTERS])
    found = Delimiters(
        component, element, decimal, release.strip(" "), repetition.strip(" "), segment
    )
    if not replace(found, repetition="").is_sound:
        return None
    return found if found.is_sound else replace(found, repetition="")


def una(marks: Delimiters) -> str:
    """Return UNA as it declares `marks`."""
    release, repetition = marks.release or " ", marks.repetition or " "
    decimal = marks.decimal or "."
    return f"UNA{marks.component}{marks.element}{decimal}{release}{repetition}{marks.segment}"


def split(text: str, separator: str, release: str) -> list[str]:
    """Return `text` cut at every `separator` that `release` does not precede."""
    parts = text.split(separator)
    if not release or release + separator not in text:
        return parts
    found: list[str] = []
    held: list[str] = []
    for part in parts:
        held.append(part)
        # An odd number of release characters at the end releases the separator after it.
        if not part.endswith(release) or (len(part) - len(part.rstrip(release))) % 2 == 0:
            found.append(separator.join(held))
            held = []
    if held:
        found.append(separator.join(held))
    return found


@lru_cache(maxsize=64)
def _released(release: str) -> re.Pattern[str]:
    return re.compile(re.escape(release) + "(.)", re.DOTALL)


def plain(text: str, release: str) -> str:
    """Return `text` without the release characters."""
    if not release or release not in text:
        return text
    return _released(release).sub(r"\1", text)


@lru_cache(maxsize=64)
def _special(marks: Delimiters) -> re.Pattern[str]:
    return re.compile("[" + re.escape(marks.special) + "]")


def escaped(text: str, marks: Delimiters) -> str:
    """Return `text` with the release character before every delimiter in it."""
    return _special(marks).sub(lambda found: marks.release + found[0], text)
