"""Reads the address of a piece of a message: `PID-3[2].4.2`, `OBX[2]-5`, `MSH-9.1`.

In: text. Out: a `Path` of numbers counted from 1, 0 where a level is not named. Refuses to know:
any message.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple


class Path(NamedTuple):
    """Addresses a segment, field, component or subcomponent; all counts start at 1."""

    name: bytes
    """Segment name; empty in a path relative to a segment."""
    segment: int
    """Which segment of that name."""
    field: int
    """Field number; 0 addresses the whole segment."""
    repetition: int
    """Which repetition; 0 means not named and reads as the first."""
    component: int
    """0 addresses the whole repetition."""
    subcomponent: int
    """0 addresses the whole component."""
    place: int
    """Index of the field after the segment was cut at MSH-1; see `_place`."""


HEADERS: Final = frozenset({b"MSH", b"FHS", b"BHS"})
"""Segments whose first field is the separator itself, so that field n is piece n - 1."""

_LEVELS = r"(\d{1,4})(?:\[(\d{1,5})\])?(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?"
_FULL = re.compile(rf"([A-Z][A-Z0-9]{{2}})(?:\[(\d{{1,6}})\])?(?:-{_LEVELS})?", re.ASCII)
_RELATIVE = re.compile(_LEVELS, re.ASCII)


@lru_cache(maxsize=8_192)
def parse_path(text: str) -> Path:
    """Return the address written in `text`; raises ValueError when it is none."""
    match = _FULL.fullmatch(text)
    if match is None:
        raise ValueError("a path reads SEG[n]-field[n].component.subcomponent, counted from 1")
    name, segment, *levels = match.groups()
    return _path(name.encode("ascii"), segment or "1", levels)


@lru_cache(maxsize=8_192)
def parse_relative(text: str, header: bool = False) -> Path:
    """Return the address inside a segment, e.g. `5.1`; raises ValueError when it is none.

    `header` says that the segment counts its fields as MSH does.
    """
    match = _RELATIVE.fullmatch(text)
    if match is None:
        raise ValueError("a path inside a segment reads field[n].component.subcomponent")
    return _path(b"MSH" if header else b"", "1", list(match.groups()))


def _path(name: bytes, segment: str, levels: list[str | None]) -> Path:
    """Return a path from matched groups; raises ValueError on a written zero."""
    if any(level is not None and int(level) == 0 for level in (segment, *levels)):
        raise ValueError("positions in a path count from 1")
    field, repetition, component, subcomponent = (int(level or 0) for level in levels)
    place = _place(name, field)
    return Path(name, int(segment), field, repetition, component, subcomponent, place)


def _place(name: bytes, field: int) -> int:
    """Return where a field stands among the cut pieces, whose first is the name.

    Fields 1 and 2 of a header segment are lists of delimiters and never cut: they get -1 and -2.
    """
    if name not in HEADERS:
        return field
    return -field if field <= 2 else field - 1
