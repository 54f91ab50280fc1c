"""Turns bytes into interchanges and a list of problems; never raises on content.

In: the bytes of a file. Out: interchanges that give their bytes back, and what is wrong with them.
Refuses to know: which problems stop a document; each has a severity. Bytes are read as ISO 8859-1,
so a character's place is its byte's; elements are turned into text when they are read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate

from suture.core.problem import Problem, Severity
from suture.formats.x12.codes import DEFAULT, Limits
from suture.formats.x12.delimiters import STANDARD, Delimiters, read_isa
from suture.formats.x12.envelope import read_envelope
from suture.formats.x12.interchange import Interchange
from suture.formats.x12.segment import Segment, SegmentTable
from suture.formats.x12.structure import HOUSE, Structure

_BLANK = " \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*")
_MARK = "\xef\xbb\xbf"
"""The UTF-8 byte order mark, read as ISO 8859-1."""


def looks_like(data: bytes) -> bool:
    """Return whether `data` starts like an X12 interchange (white space and a mark skipped)."""
    head = data[:64].decode("latin-1").removeprefix(_MARK).lstrip(_BLANK)
    return head[:3] == "ISA" and len(head) > 3 and not head[3].isalnum() and head[3] not in "\r\n"


def parse(
    data: bytes, *, limits: Limits = DEFAULT, structure: Structure = HOUSE
) -> tuple[Interchange, list[Problem]]:
    """Return the first interchange of `data` and its problems, each with segment, element, byte.

    `bytes(interchange)` are the bytes received, up to a further interchange, which is a problem
    (`x12.more-interchanges`). Unreadable content gives an interchange without groups.
    """
    found, problems = _read(data, limits, structure, only_first=True)
    return found[0], problems


def parse_all(
    data: bytes, *, limits: Limits = DEFAULT, structure: Structure = HOUSE
) -> tuple[list[Interchange], list[Problem]]:
    """Return every interchange of a file and the problems of all; their bytes add up to `data`."""
    return _read(data, limits, structure, only_first=False)


def _read(
    data: bytes, limits: Limits, structure: Structure, *, only_first: bool
) -> tuple[list[Interchange], list[Problem]]:
    if len(data) > limits.bytes_max:
        note = f"a file has at most {limits.bytes_max} bytes"
        return [_opaque(data, 0)], [_too_large(note, limits.bytes_max)]
    text = data.decode("latin-1")
    problems: list[Problem] = []
    found: list[Interchange] = []
    place = _start(text, problems)
    begin, left = 0, limits
    while not found or place < len(text):
        if len(found) >= limits.interchanges_max:
            problems.append(
                _too_large(f"a file has at most {limits.interchanges_max} interchanges")
            )
            found.append(_opaque(data[begin:], begin))
            break
        end = _end(text, place)
        content = data[begin:end]
        cut, sound = _cut(text, (place, end), problems, left)
        left = replace(left, segments_max=left.segments_max - (len(cut) if cut else 0))
        if cut is None or not sound:
            found.append(_opaque(content, place))
        else:
            interchange, faults = read_envelope(cut, content, place, structure)
            found.append(interchange)
            problems += faults
        begin = place = end
        if only_first and place < len(text):
            problems.append(_more(text, place))
            break
    return found, _bounded(problems, limits)


def _more(text: str, place: int) -> Problem:
    """Return the problem of what follows the first interchange."""
    if text.startswith("ISA", place):
        note = "a further interchange follows; read the file with parse_all"
        return Problem("x12.more-interchanges", Severity.WARNING, note, "ISA", place)
    note = "content follows the interchange and belongs to none"
    return Problem("x12.stray-bytes", Severity.WARNING, note, "", place)


def _bounded(problems: list[Problem], limits: Limits) -> list[Problem]:
    if len(problems) <= limits.problems_max:
        return problems
    # Errors first: a warning may be left out, an error may not be drowned by warnings.
    ordered = sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)
    kept, dropped = ordered[: limits.problems_max], ordered[limits.problems_max :]
    note = f"at most {limits.problems_max} problems are stated"
    # Where an error is left out, nobody can tell which sets are sound.
    return [*kept, Problem("x12.too-many-problems", dropped[0].severity, note)]


def _start(text: str, problems: list[Problem]) -> int:
    """Return where ISA starts, stating bytes before it."""
    place = len(text) - len(text.removeprefix(_MARK).lstrip(_BLANK))
    if place and place < len(text):
        note = "bytes before ISA were skipped"
        problems.append(Problem("x12.leading-bytes", Severity.INFO, note, "ISA", 0))
    return place


def _cut(
    text: str, span: tuple[int, int], problems: list[Problem], limits: Limits
) -> tuple[SegmentTable | None, bool]:
    """Return the segments in the characters `span`, and whether they may be read."""
    place, end = span
    marks = read_marks(text[place : place + 400], place, problems)
    if marks is None:
        return None, False
    if text.count(marks.segment, place, end) > limits.segments_max:
        problems.append(_too_large("the file has more segments than are read at once"))
        return None, False
    table = _table(text[place:end], place, marks, problems)
    if table.ids.count("ST") > limits.sets_max:
        problems.append(
            _too_large(f"an interchange has at most {limits.sets_max} transaction sets")
        )
        return table, False
    return table, True


def read_marks(head: str, place: int, problems: list[Problem]) -> Delimiters | None:
    """Return the delimiters of the ISA at byte `place`, None when nothing can be read with them."""
    reading = read_isa(head)
    if reading is None:
        note = "an interchange starts with ISA, its separator and 16 elements"
        problems.append(Problem("x12.no-isa", Severity.ERROR, note, "ISA", place))
        return None
    if not reading.is_sound:
        note = "the delimiters of ISA must differ and be no letter, digit or space"
        problems.append(Problem("x12.delimiters", Severity.ERROR, note, "ISA", place))
        return None
    if not reading.is_fixed:
        note = "ISA does not have its fixed widths; it was read by its separators"
        problems.append(Problem("x12.isa-width", Severity.WARNING, note, "ISA", place))
    return reading.delimiters


def _table(text: str, place: int, marks: Delimiters, problems: list[Problem]) -> SegmentTable:
    """Return the segments of `text`, which starts at byte `place` of the file."""
    terminator = marks.segment
    width = len(terminator)
    pieces = text.split(terminator)
    # The first is at `place`; each further one starts after a piece and its terminator.
    starts = list(accumulate((len(piece) + width for piece in pieces), initial=place))[:-1]
    texts = [piece.lstrip(_BLANK) for piece in pieces]
    offsets = starts
    if texts != pieces:
        offsets = [
            start + len(piece) - len(body)
            for start, piece, body in zip(starts, pieces, texts, strict=True)
        ]
    if "" in texts:
        kept = [number for number, body in enumerate(texts) if body]
        texts, offsets = [texts[n] for n in kept], [offsets[n] for n in kept]
    if _is_wrapped(text, terminator):
        note = "line breaks stand inside segments and are left out"
        problems.append(Problem("x12.line-break", Severity.WARNING, note, offset=place))
        texts = [body.replace("\r", "").replace("\n", "") for body in texts]
    return SegmentTable(texts, offsets, marks)


def _is_wrapped(text: str, terminator: str) -> bool:
    """Return whether line breaks stand elsewhere than between segments."""
    if terminator in "\r\n" or ("\n" not in text and "\r" not in text):
        return False
    breaks = text.count("\n")
    if breaks == text.count(terminator + "\n") + text.count(terminator + "\r\n"):
        return False
    between = re.escape(terminator) + r"[ \t\r\n]*"
    return any(mark in re.sub(between, "", text).strip(_BLANK) for mark in "\r\n")


def _end(text: str, place: int) -> int:
    """Return where the interchange at `place` ends: after IEA and white space, or at the next ISA.

    The rest of the file belongs to it when neither follows.
    """
    reading = read_isa(text[place : place + 400])
    if reading is None:
        return len(text)
    terminator, separator = reading.delimiters.segment, re.escape(reading.delimiters.element)
    blank = "".join(re.escape(mark) for mark in _BLANK if mark != terminator)
    cut = re.escape(terminator)
    pattern = f"{cut}[{blank}]*(?:IEA{separator}|(ISA){separator})"
    match = re.compile(pattern).search(text, place)
    if match is None:
        return len(text)
    if match[1]:
        return match.start(1)
    end = text.find(terminator, match.end())
    end = len(text) if end < 0 else end + len(terminator)
    following = _BLANKS.match(text, end)
    return following.end() if following else end


def _opaque(content: bytes, offset: int) -> Interchange:
    """Return an interchange that only keeps its bytes."""
    return Interchange(content, offset, STANDARD, Segment(["ISA"], offset))


def _too_large(text: str, offset: int | None = None) -> Problem:
    return Problem("x12.too-large", Severity.ERROR, text, "", offset)
