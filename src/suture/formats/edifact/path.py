"""Reads the address of a value in a message: `DTM[2]-1.2`, `BGM-2`, `COM-1[3].2`.

In: text. Out: a `Path` of numbers counted from 1. Refuses to know: any message.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from suture.core.refusal import RefusalError

_PATH = re.compile(
    r"([A-Z][A-Z0-9]{2})(?:\[([1-9]\d{0,6})\])?"
    r"(?:-([1-9]\d{0,2})(?:\[([1-9]\d{0,3})\])?(?:\.([1-9]\d{0,2}))?)?",
    re.ASCII,
)


class Path(NamedTuple):
    """Addresses a segment or a value in it."""

    tag: str
    segment: int
    """Which segment of that tag in the message."""
    element: int
    """0 addresses the whole segment."""
    repetition: int
    component: int


@lru_cache(maxsize=4_096)
def parse_path(text: str) -> Path:
    """Return the address written in `text`; raises RefusalError `edifact.path` when it is none.

    What is not named is the first: `DTM-1` is `DTM[1]-1[1].1`.
    """
    match = _PATH.fullmatch(text)
    if match is None:
        note = "a path reads TAG[n]-element[n].component, counted from 1"
        raise RefusalError("edifact.path", note)
    tag, segment, element, repetition, component = match.groups()
    return Path(
        tag, int(segment or 1), int(element or 0), int(repetition or 1), int(component or 1)
    )
