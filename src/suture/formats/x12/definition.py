"""Reads the compact notation in which transaction sets are declared.

In: a line such as `BEG! REF* (N1 N2/2 N4)/200`. Out: `LoopDefinition`, `ElementRule`. Refuses to
know: which sets exist. `!` is mandatory, `*` any number, `/n` at most n, nothing at most one;
brackets are a loop, whose first segment opens it; what follows `)` counts the loop. Elements are
`3!AN22`: number, mandatory, type, longest (X12.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from suture.formats.x12.element import CHECKS, SOUND

_TOKEN: Final = re.compile(r"\(|(\)|[A-Z][A-Z0-9]{1,2})(!?)(\*|/\d+)?")
_ELEMENT: Final = re.compile(r"(\d{1,2})(!?)(N|R|ID|AN|DT|TM)(\d+)")
_MANY: Final = 0


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """A segment's place in a loop."""

    id: str
    is_required: bool
    repeat_max: int
    """Most repetitions; 0 is any number."""


@dataclass(frozen=True, slots=True)
class LoopDefinition:
    """A loop: what stands in it in which order; the first segment opens it."""

    id: str
    """Id of the segment that opens it; empty for the transaction set itself."""
    is_required: bool
    repeat_max: int
    body: tuple[SegmentUse | LoopDefinition, ...]
    required: tuple[str, ...]
    """Ids of the mandatory segments and loops in it, but for the segment that opens it."""


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


def read_definition(notation: str) -> LoopDefinition:
    """Return the transaction set that `notation` declares; raises ValueError when it is wrong."""
    tokens = _tokens(notation)
    body, close = _read_body(tokens)
    if close is not None:
        raise ValueError("a loop is closed that was not opened")
    return LoopDefinition("", True, 1, body, _required(body))


_Body = tuple[SegmentUse | LoopDefinition, ...]


def _tokens(notation: str) -> Iterator[re.Match[str]]:
    place = 0
    for word in _TOKEN.finditer(notation):
        if notation[place : word.start()].strip():
            raise ValueError("the notation of a transaction set has an unknown word")
        place = word.end()
        yield word
    if notation[place:].strip():
        raise ValueError("the notation of a transaction set has an unknown word")


def _read_body(tokens: Iterator[re.Match[str]]) -> tuple[_Body, re.Match[str] | None]:
    """Return the entries up to the closing bracket, and that bracket."""
    body: list[SegmentUse | LoopDefinition] = []
    for token in tokens:
        if token[0] == "(":
            inner, close = _read_body(tokens)
            if close is None or not isinstance(inner[0], SegmentUse):
                raise ValueError("a loop opens with a segment and is closed")
            first, rest = SegmentUse(inner[0].id, True, 1), inner[1:]
            is_required, repeat_max = _count(close)
            whole = (first, *rest)
            body.append(LoopDefinition(first.id, is_required, repeat_max, whole, _required(rest)))
        elif token[1] == ")":
            return tuple(body), token
        else:
            body.append(SegmentUse(token[1], *_count(token)))
    return tuple(body), None


def _required(body: _Body) -> tuple[str, ...]:
    return tuple(entry.id for entry in body if entry.is_required)


def _count(token: re.Match[str]) -> tuple[bool, int]:
    count = token[3]
    repeat_max = 1 if count is None else _MANY if count == "*" else int(count[1:])
    return token[2] == "!", repeat_max


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
