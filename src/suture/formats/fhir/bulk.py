"""Reads bulk files (NDJSON) line by line, without holding the file.

In: chunks of bytes as they arrive. Out: one `BulkLine` per line that is not blank. Refuses to know:
where the chunks come from. A line that cannot be read does not stop the lines after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from suture.core.problem import Problem, Severity
from suture.formats.fhir.codes import DEFAULT, Limits
from suture.formats.fhir.parse import parse
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One line of a bulk file."""

    __repr__ = veiled

    number: int
    """Counted from 1, blank lines included."""
    offset: int
    """Byte offset of the line; offsets of its problems count from the file's start too."""
    resource: Resource | None
    problems: list[Problem]


def read_ndjson(chunks: Iterable[bytes], limits: Limits = DEFAULT) -> Iterator[BulkLine]:
    """Yield the lines of a bulk file; at most one line is held, never more than `bytes_max`."""
    number = 1
    for offset, line in _lines(chunks, limits.bytes_max):
        if line is None:
            note = f"a line has at most {limits.bytes_max} bytes; this one is skipped"
            yield BulkLine(number, offset, None, [_long(note, offset)])
        elif line.strip():
            resource, problems = parse(line, limits)
            yield BulkLine(number, offset, resource, [_moved(p, offset) for p in problems])
        number += 1


def _lines(chunks: Iterable[bytes], bytes_max: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (offset, line); None stands for a line that is too long."""
    held: list[bytes] = []
    size = start = 0
    for chunk in chunks:
        pieces = chunk.split(b"\n")
        for number, piece in enumerate(pieces):
            size += len(piece)
            if size <= bytes_max:
                held.append(piece)
            else:
                held.clear()
            if number < len(pieces) - 1:
                yield start, (b"".join(held).rstrip(b"\r") if size <= bytes_max else None)
                start = start + size + 1
                held, size = [], 0
    if size:
        yield start, (b"".join(held) if size <= bytes_max else None)


def _long(note: str, offset: int) -> Problem:
    return Problem("fhir.line", Severity.ERROR, note, "", offset)


def _moved(problem: Problem, offset: int) -> Problem:
    return replace(problem, offset=offset + (problem.offset or 0))
