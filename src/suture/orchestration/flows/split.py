"""A file taken apart into the messages in it, and whether all of them are there.

In: bytes, their format, how they are to be split. Out: single messages, each with what it is known
by where its own envelope does not say, and what is missing. Refuses to know: flows, where the file
came from. A message keeps its bytes; an X12 set or EDIFACT message keeps its envelope too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from suture.core.problem import Problem, Severity
from suture.formats import edifact, x12
from suture.formats.hl7v2 import read_messages
from suture.orchestration.flows.subject import Identity
from suture.orchestration.flows.table import Split

_INCOMPLETE = frozenset(
    {
        *("hl7v2.batch-count", "hl7v2.batch-trailer"),
        *("x12.interchange-trailer", "x12.group-trailer", "x12.set-trailer"),
        *("x12.group-count", "x12.set-count", "x12.segment-count"),
        *("edifact.interchange-trailer", "edifact.group-trailer", "edifact.message-trailer"),
        *("edifact.interchange-count", "edifact.group-count", "edifact.segment-count"),
    }
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a file; `repr` shows no content."""

    content: bytes = field(repr=False)
    known: Identity | None = None
    """None where the message says it itself."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is in a file."""

    each: tuple[Piece, ...]
    missing: Problem | None = None
    """A count that differs, or an end that is not there."""


def split(format: str, how: Split, data: bytes) -> Pieces:
    """Return the messages of a file.

    `auto` takes HL7 v2 apart and leaves other formats whole; `batch` takes HL7 v2, X12 and EDIFACT
    apart; `lines` takes each line that is not blank.
    """
    if how == "lines":
        return Pieces(tuple(Piece(line) for line in data.splitlines() if line.strip()))
    if format == "hl7v2" and how != "none":
        return _hl7(data)
    if format == "x12" and how == "batch":
        return _x12(data)
    if format == "edifact" and how == "batch":
        return _edifact(data)
    return Pieces((Piece(data),))


def _missing(problems: list[Problem]) -> Problem | None:
    found = next((one for one in problems if one.code in _INCOMPLETE), None)
    if found is None:
        return None
    return Problem(found.code, Severity.ERROR, found.text, found.path, found.offset)


def _hl7(data: bytes) -> Pieces:
    found = list(read_messages([data]))
    each = tuple(Piece(one.data or data) for one in found) or (Piece(data),)
    return Pieces(each, _missing([problem for one in found for problem in one.problems]))


def _x12(data: bytes) -> Pieces:
    interchanges, problems = x12.parse_all(data)
    pieces = [piece for one in interchanges for piece in _sets(one)]
    return Pieces(tuple(pieces) or (Piece(data),), _missing(problems))


def _sets(one: x12.Interchange) -> list[Piece]:
    """Return each transaction set in an interchange of its own, control numbers as they came."""
    marks = one.delimiters
    end = (marks.segment + marks.line_end).encode("latin-1")
    control = one.header.element(13)
    last = marks.element.join(("IEA", "1", control)).encode("latin-1") + end
    pieces = []
    for group in one.groups:
        number = group.header.element(6)
        trailer = marks.element.join(("GE", "1", number)).encode("latin-1") + end
        head = b"".join(
            marks.element.join(each.elements).encode("latin-1") + end
            for each in (one.header, group.header)
        )
        for found in group.sets:
            body = b"".join(
                marks.element.join(each.elements).encode("latin-1") + end for each in found.segments
            )
            name = (one.control_number, group.control_number, found.control_number)
            parties = (one.sender.id, one.receiver.id)
            known = Identity("/".join(name), "\x1f".join((*parties, *name)))
            pieces.append(Piece(head + body + trailer + last, known))
    return pieces


def _edifact(data: bytes) -> Pieces:
    interchanges, problems = edifact.parse_all(data)
    problems += [found for one in interchanges for found in edifact.envelope_problems(one)]
    pieces = [piece for one in interchanges for piece in _messages(data, one)]
    return Pieces(tuple(pieces) or (Piece(data),), _missing(problems))


def _messages(data: bytes, one: edifact.Interchange) -> list[Piece]:
    """Return each message between the UNB of its interchange and a UNZ that counts one."""
    starts = [found.offset for found in one.messages]
    first = min(starts, default=0)
    groups = [group.header.offset for group in one.groups]
    head = data[one.offset : min([first, *groups])]
    marks = one.syntax.delimiters
    pieces = []
    for found in one.messages:
        segments = found.segments
        body = data[found.offset : _end(data, segments[-1].offset, marks)]
        trailer = f"UNZ{marks.element}1{marks.element}{one.reference}{marks.segment}".encode(
            "latin-1"
        )
        sender, receiver = one.sender.id, one.receiver.id
        name = (one.reference, found.reference)
        known = Identity("/".join(name), "\x1f".join((sender, receiver, *name)))
        pieces.append(Piece(head + body + trailer, known))
    return pieces


def _end(data: bytes, start: int, marks: edifact.Delimiters) -> int:
    """Return the offset behind the segment that starts at `start`; a released mark is no end."""
    end, release = ord(marks.segment), ord(marks.release) if marks.release.strip() else -1
    place = start
    while place < len(data) and data[place] != end:
        place += 2 if data[place] == release else 1
    return min(place + 1, len(data))
