"""Reads the compact notation in which messages of segments are declared.

In: a line such as `BEG! REF* (N1 N2/2 N4)/200`. Out: `LoopDefinition`. Refuses to know: which
messages exist, what an element holds. `!` is mandatory, `*` any number, `/n` at most n, nothing at
most one; brackets are a loop, whose first segment opens it; what follows `)` counts the loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

_TOKEN: Final = re.compile(r"\(|(\)|[A-Z][A-Z0-9]{1,2})(!?)(\*|/\d+)?")
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
    """Id of the segment that opens it; empty for the message itself."""
    is_required: bool
    repeat_max: int
    body: tuple[SegmentUse | LoopDefinition, ...]
    required: tuple[str, ...]
    """Ids of the mandatory segments and loops in it, but for the segment that opens it."""
    number: int = 0
    """Its place among the loops of the message in order of opening: segment group n of EDIFACT."""


def read_definition(notation: str) -> LoopDefinition:
    """Return the message that `notation` declares; raises ValueError when it is wrong."""
    tokens = _tokens(notation)
    body, close = _read_body(tokens, count(1))
    if close is not None:
        raise ValueError("a loop is closed that was not opened")
    return LoopDefinition("", True, 1, body, _required(body))


_Body = tuple[SegmentUse | LoopDefinition, ...]


def _tokens(notation: str) -> Iterator[re.Match[str]]:
    place = 0
    for word in _TOKEN.finditer(notation):
        if notation[place : word.start()].strip():
            raise ValueError("the notation of a message has an unknown word")
        place = word.end()
        yield word
    if notation[place:].strip():
        raise ValueError("the notation of a message has an unknown word")


def _read_body(
    tokens: Iterator[re.Match[str]], numbers: Iterator[int]
) -> tuple[_Body, re.Match[str] | None]:
    """Return the entries up to the closing bracket, and that bracket."""
    body: list[SegmentUse | LoopDefinition] = []
    for token in tokens:
        if token[0] == "(":
            number = next(numbers)
            inner, close = _read_body(tokens, numbers)
            if close is None or not inner or not isinstance(inner[0], SegmentUse):
                raise ValueError("a loop opens with a segment and is closed")
            first, rest = SegmentUse(inner[0].id, True, 1), inner[1:]
            is_required, repeat_max = _count(close)
            whole = (first, *rest)
            body.append(
                LoopDefinition(first.id, is_required, repeat_max, whole, _required(rest), number)
            )
        elif token[1] == ")":
            return tuple(body), token
        else:
            body.append(SegmentUse(token[1], *_count(token)))
    return tuple(body), None


def _required(body: _Body) -> tuple[str, ...]:
    return tuple(entry.id for entry in body if entry.is_required)


def _count(token: re.Match[str]) -> tuple[bool, int]:
    text = token[3]
    repeat_max = 1 if text is None else _MANY if text == "*" else int(text[1:])
    return token[2] == "!", repeat_max
