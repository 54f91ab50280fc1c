"""Reads transaction sets from chunks of bytes, holding one set at a time.

In: chunks of a file of any size, cut anywhere. Out: each set as soon as its SE is read, with its
problems. Refuses to know: files; what is too large for one set. Same segments, places and problems
as `parse`, but line breaks inside segments are left out segment by segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.x12.codes import Limits
from suture.formats.x12.delimiters import Delimiters
from suture.formats.x12.envelope import ENVELOPE_IDS, EnvelopeReader
from suture.formats.x12.interchange import TransactionSet
from suture.formats.x12.parse import read_marks
from suture.formats.x12.segment import Segment, SegmentTable
from suture.formats.x12.structure import HOUSE, Structure

STREAM: Final = Limits(segments_max=400_000, sets_max=1_000_000)
"""Bounds one transaction set (bytes, segments) and the sets of a stream; its bytes have none."""

_SEGMENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""Longest segment: a million repetitions have some 2 MB. It bounds what is held uncut."""
_ISA_CHARACTERS: Final = 400
"""What must be there before ISA is read; a shorter stream is read at its end."""
_BLANK: Final = " \t\r\n"
_MARK: Final = "\xef\xbb\xbf"

Found = tuple[TransactionSet | None, list[Problem]]
"""A set with its problems; None with those of an envelope that belong to no set."""


def read_sets(
    chunks: Iterable[bytes], *, limits: Limits = STREAM, structure: Structure = HOUSE
) -> Iterator[Found]:
    """Yield each transaction set of a stream with its problems, in bounded memory.

    Problems of ISA, GS, GE and IEA come with None in place of a set. A set or segment beyond the
    limits ends the stream with `x12.too-large`: what follows cannot be told apart.
    """
    reader = SetReader(limits, structure)
    for chunk in chunks:
        yield from reader.feed(chunk)
        if reader.is_ended:
            return
    yield from reader.close()


@dataclass(slots=True)
class _Open:
    """The transaction set that is being read."""

    texts: list[str]
    offsets: list[int]
    size: int


@dataclass(slots=True)
class _Current:
    """The interchange that is being read."""

    marks: Delimiters
    envelope: EnvelopeReader | None = None
    """None before ISA itself was cut."""
    index: int = 0
    """Segments so far."""
    is_wrapped: bool = False


class SetReader:
    """Takes bytes as they come and gives out the transaction sets that are complete."""

    def __init__(self, limits: Limits = STREAM, structure: Structure = HOUSE) -> None:
        self.is_ended = False
        """The stream is over, or a limit was exceeded: nothing more is read."""
        self._limits = limits
        self._structure = structure
        self._text = ""
        self._offset = 0
        self._current: _Current | None = None
        self._open: _Open | None = None
        self._sets = 0
        self._found: list[Found] = []

    def feed(self, chunk: bytes) -> list[Found]:
        """Return the sets that `chunk` completes."""
        if not self.is_ended:
            self._text += chunk.decode("latin-1")
            self._drain(is_last=False)
        return self._taken()

    def close(self) -> list[Found]:
        """Return what is left at the end of the stream: a set that was cut off, a missing IEA."""
        if not self.is_ended:
            self._drain(is_last=True)
        if not self.is_ended:
            rest = self._text.lstrip(_BLANK)
            if self._current and rest:
                self._segment(self._current, rest, self._offset + len(self._text) - len(rest))
            self._finish()
            self.is_ended = True
        return self._taken()

    def _taken(self) -> list[Found]:
        found, self._found = self._found, []
        return found

    def _drain(self, *, is_last: bool) -> None:
        """Cut what is there into segments; what follows the last terminator waits."""
        while not self.is_ended:
            current = self._current or self._start(is_last=is_last)
            if current is None:
                return
            self._current = current
            cut = current.marks.segment
            place = self._text.rfind(cut)
            if place >= 0:
                pieces = self._text[:place].split(cut)
                done = self._pieces(current, pieces)
                self._text = cut.join([*pieces[done:], self._text[place + len(cut) :]])
            if self._current is not None:
                self._guard()
                return

    def _start(self, *, is_last: bool) -> _Current | None:
        """Return the interchange that starts here; None when more bytes are needed or none is."""
        body = self._text.removeprefix(_MARK).lstrip(_BLANK)
        self._offset += len(self._text) - len(body)
        self._text = body
        if not body or (len(body) < _ISA_CHARACTERS and not is_last):
            return None
        problems: list[Problem] = []
        marks = read_marks(body[:_ISA_CHARACTERS], self._offset, problems)
        self.is_ended = marks is None
        if problems:
            self._found.append((None, problems))
        return _Current(marks) if marks else None

    def _pieces(self, current: _Current, pieces: list[str]) -> int:
        """Take segments until the interchange ends; return how many were taken."""
        width = len(current.marks.segment)
        for number, piece in enumerate(pieces):
            offset, self._offset = self._offset, self._offset + len(piece) + width
            body = piece.lstrip(_BLANK)
            if body:
                self._segment(current, body, offset + len(piece) - len(body))
                if self.is_ended or self._current is None:
                    return number + 1
        return len(pieces)

    def _segment(self, current: _Current, text: str, offset: int) -> None:
        if ("\n" in text or "\r" in text) and current.marks.segment not in "\r\n":
            text = text.replace("\r", "").replace("\n", "")
            self._wrapped(current, offset)
        name = text[:4].partition(current.marks.element)[0]
        opened = self._open
        if opened is not None and (name not in ENVELOPE_IDS or name == "SE"):
            opened.texts.append(text)
            opened.offsets.append(offset)
            opened.size += len(text)
            if name == "SE":
                self._ended(current)
            elif (
                len(opened.texts) > self._limits.segments_max
                or opened.size > self._limits.bytes_max
            ):
                self._excess("a transaction set is larger than is read")
            return
        if opened is not None:
            self._ended(current)
        if name == "ST" and current.envelope is not None:
            self._open = _Open([text], [offset], len(text))
        else:
            self._outside(current, text, offset)

    def _outside(self, current: _Current, text: str, offset: int) -> None:
        """Take a segment that stands outside a transaction set."""
        if text.startswith("ISA" + current.marks.element) and current.envelope is not None:
            # The interchange before has lost its IEA: another one starts, perhaps with other marks.
            self._restart(current, text, offset)
            return
        current.index += 1
        segment = Segment(text.split(current.marks.element), offset, current.index, current.marks)
        if current.envelope is None:
            current.envelope = EnvelopeReader(self._structure, segment)
        current.envelope.take(segment)
        self._stated(current.envelope)
        if segment.id == "IEA":
            self._finish()

    def _restart(self, current: _Current, text: str, offset: int) -> None:
        """End the open interchange and start one with the same delimiters at its ISA."""
        self._finish()
        self._current = following = _Current(current.marks)
        self._outside(following, text, offset)

    def _ended(self, current: _Current) -> None:
        """Give out the set that is open."""
        opened, self._open = self._open, None
        if opened is None or current.envelope is None:
            return
        table = SegmentTable(opened.texts, opened.offsets, current.marks)
        current.index += len(table)
        current.envelope.add_set(table, 0, len(table))
        problems, current.envelope.problems = current.envelope.problems, []
        self._found.append((current.envelope.release(), problems))
        self._sets += 1
        if self._sets >= self._limits.sets_max:
            self._excess(f"a stream has at most {self._limits.sets_max} transaction sets")

    def _finish(self) -> None:
        """End the interchange; what follows is another one."""
        current = self._current
        if current is None:
            return
        self._ended(current)
        if current.envelope is not None:
            current.envelope.finish()
            self._stated(current.envelope)
        self._current = None

    def _stated(self, envelope: EnvelopeReader) -> None:
        problems, envelope.problems = envelope.problems, []
        if problems:
            self._found.append((None, problems))

    def _wrapped(self, current: _Current, offset: int) -> None:
        if not current.is_wrapped:
            current.is_wrapped = True
            note = "line breaks stand inside segments and are left out"
            problem = Problem("x12.line-break", Severity.WARNING, note, offset=offset)
            self._found.append((None, [problem]))

    def _guard(self) -> None:
        """End the stream when what is held exceeds a limit."""
        size = self._open.size if self._open else 0
        if len(self._text) > _SEGMENT_BYTES_MAX or size > self._limits.bytes_max:
            self._excess("a transaction set or segment is larger than is read")

    def _excess(self, note: str) -> None:
        self.is_ended = True
        self._text, self._open = "", None
        problem = Problem("x12.too-large", Severity.ERROR, note, offset=self._offset)
        self._found.append((None, [problem]))
