"""Takes text as it comes, in any pieces, and finds interchanges, groups and messages in it.

In: characters that stand for bytes. Out: `Read` items: a message, or the end of an interchange,
each with what is wrong with it. Refuses to know: whether the rest of the file is there, and what a
message means. The same engine reads whole files and streams, so both give the same.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final, NamedTuple

from suture.core.problem import Problem, Severity
from suture.formats.edifact.codes import Limits
from suture.formats.edifact.delimiters import (
    LEVEL_B,
    STANDARD,
    UNA_CHARACTERS,
    Delimiters,
    read_una,
    split,
)
from suture.formats.edifact.envelope import EnvelopeReader, Read
from suture.formats.edifact.segment import Syntax, tags

_WINDOW: Final = 64 * 1024
"""Characters cut at once: what follows an interchange is cut again with its own delimiters."""
_BLANK: Final = " \t\r\n"
_MARK: Final = "\xef\xbb\xbf"
"""The UTF-8 byte order mark, read as ISO 8859-1."""
_HEADS: Final = ("UNB", "UNH", "UNG")
_SPACED: Final = "edifact.line-end"
_WRAPPED: Final = "edifact.line-break"
_SERVICE: Final = frozenset({"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ", "UNA"})


class _Piece(NamedTuple):
    """The segments cut from the buffer at once."""

    texts: list[str]
    offsets: list[int]
    ends: list[int]
    """Where each segment ends in the buffer, its terminator included."""
    layout: list[str]
    """What white space stood in or before each segment; empty when there was none at all."""


class Reader:
    """Finds messages in text that is fed to it; nothing is kept of what was handed out."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = ""
        self._base = 0
        """Byte offset of the buffer in the file."""
        self._envelope: EnvelopeReader | None = None
        self._marks: Delimiters | None = None
        """Delimiters of a UNA whose UNB has not come yet."""
        self._begin = 0
        self._found = 0
        self._leading = False
        self._is_lost = False
        """Nothing more is read: a limit was met, or the content is no EDIFACT."""

    @property
    def offset(self) -> int:
        """Byte offset of what has not been read yet."""
        return self._base

    def feed(self, text: str, *, is_last: bool = False) -> list[Read]:
        """Take a piece of the file and return what is complete now."""
        found: list[Read] = []
        for start in range(0, max(len(text), 1), _WINDOW):
            if self._is_lost:
                break
            self._buffer += text[start : start + _WINDOW]
            found += self._run(is_last and start + _WINDOW >= len(text))
        return found

    def _run(self, is_last: bool) -> list[Read]:
        found: list[Read] = []
        while not self._is_lost:
            before, state = self._base, self._envelope
            if self._envelope is None:
                found += self._open(is_last)
            else:
                found += self._cut(self._envelope, is_last)
            if self._base == before and self._envelope is state:
                break
        return found

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self._base += count

    def _open(self, is_last: bool) -> list[Read]:
        """Read UNA and look for UNB; a no-op until enough has come."""
        body = self._buffer.removeprefix(_MARK) if self._base == 0 else self._buffer
        blank = len(self._buffer) - len(body.lstrip(_BLANK))
        if blank == len(self._buffer) and not is_last:
            return []
        head = self._buffer[blank : blank + UNA_CHARACTERS]
        if len(head) < UNA_CHARACTERS and not is_last:
            return []
        if not head and (self._found or self._marks is None):
            return self._nothing() if not self._found else []
        leading = blank > 0 and self._base == 0
        self._drop(blank)
        if self._marks is None:
            self._begin = self._base
        if head[:3] == "UNA" and self._marks is None and len(head) == UNA_CHARACTERS:
            self._marks = read_una(head)
            if self._marks is None:
                note = "the delimiters of UNA must differ and be no letter, digit or space"
                return self._lose(
                    Problem("edifact.delimiters", Severity.ERROR, note, "UNA", self._base)
                )
            self._drop(UNA_CHARACTERS)
            self._leading = leading
            return []
        return self._begin_interchange(head, leading)

    def _nothing(self) -> list[Read]:
        note = "the content is empty"
        return self._lose(Problem("edifact.no-unb", Severity.ERROR, note, "UNB", self._base))

    def _begin_interchange(self, head: str, leading: bool) -> list[Read]:
        has_una = self._marks is not None
        marks = self._marks or (LEVEL_B if head[3:4] == LEVEL_B.element else STANDARD)
        self._marks = None
        if head[:3] not in _HEADS or head[3:4] != marks.element:
            if self._found:
                note = "content follows the interchange and belongs to none"
                return self._lose(
                    Problem("edifact.stray-bytes", Severity.WARNING, note, "", self._base)
                )
            note = "an interchange starts with UNA or UNB"
            return self._lose(Problem("edifact.no-unb", Severity.ERROR, note, "UNB", self._base))
        if self._found >= self._limits.interchanges_max:
            note = f"a file has at most {self._limits.interchanges_max} interchanges"
            return self._lose(Problem("edifact.too-large", Severity.ERROR, note, "", self._base))
        self._found += 1
        syntax = Syntax(marks, has_una=has_una)
        self._envelope = EnvelopeReader(self._begin, self._base, syntax, self._limits)
        if leading or self._leading:
            note = "bytes before the interchange were skipped"
            self._envelope.problems.append(
                Problem("edifact.leading-bytes", Severity.INFO, note, "UNB", 0)
            )
        self._leading = False
        return []

    def _lose(self, problem: Problem) -> list[Read]:
        """Stop reading; the problem goes with an interchange that only keeps its bytes."""
        self._is_lost, self._buffer = True, ""
        envelope = EnvelopeReader(self._begin, self._base, Syntax(), self._limits)
        envelope.problems.append(problem)
        return [envelope.abandoned()]

    def _cut(self, envelope: EnvelopeReader, is_last: bool) -> list[Read]:
        """Cut the complete segments of the buffer and hand them to the envelope."""
        marks = envelope.syntax.delimiters
        parts = split(self._buffer, marks.segment, marks.release)
        if not is_last or not parts[-1].strip(_BLANK):
            parts.pop()
        most = self._limits.segment_bytes_max
        if len(self._buffer) > most:
            long = next((n for n, part in enumerate(parts) if len(part) > most), len(parts))
            if long == 0:
                return self._stop(envelope, f"a segment has at most {most} bytes")
            parts = parts[:long]
        if not parts:
            if is_last:
                self._buffer, self._envelope = "", None
                return envelope.cut_off()
            return []
        found = self._take(envelope, self._piece(parts))
        if is_last and self._envelope is envelope and not self._buffer.strip(_BLANK):
            self._buffer, self._envelope = "", None
            return [*found, *envelope.cut_off()]
        return found

    def _stop(self, envelope: EnvelopeReader, note: str) -> list[Read]:
        problem = Problem("edifact.too-large", Severity.ERROR, note, "", self._base)
        self._is_lost, self._buffer, self._envelope = True, "", None
        envelope.problems.append(problem)
        return [envelope.abandoned()]

    def _piece(self, parts: list[str]) -> _Piece:
        ends = list(accumulate(len(part) + 1 for part in parts))
        starts = [0, *ends[:-1]]
        texts = [part.lstrip(_BLANK) for part in parts]
        base = self._base
        offsets = [
            base + start + len(part) - len(text)
            for start, part, text in zip(starts, parts, texts, strict=True)
        ]
        ends = [min(end, len(self._buffer)) for end in ends]
        if texts == parts and "\n" not in self._buffer and "\r" not in self._buffer:
            return _Piece(texts, offsets, ends, [])
        layout = [
            _WRAPPED if "\n" in text or "\r" in text else _SPACED if len(text) < len(part) else ""
            for text, part in zip(texts, parts, strict=True)
        ]
        texts = [text.replace("\r", "").replace("\n", "") for text in texts]
        return _Piece(texts, offsets, ends, layout)

    def _take(self, envelope: EnvelopeReader, piece: _Piece) -> list[Read]:
        """Hand segments to the envelope; stop where another interchange begins."""
        marks = envelope.syntax.delimiters
        ids = tags(piece.texts, marks)
        if piece.layout:
            last = _last(ids, envelope.has_header)
            for text, code, offset in zip(
                piece.texts[:last], piece.layout, piece.offsets, strict=False
            ):
                if code and text:
                    envelope.note_layout(code, offset)
        found: list[Read] = []
        done = 0
        for number, tag in enumerate(ids):
            if tag not in _SERVICE and not tag.startswith("UNA"):
                continue
            found += envelope.body(piece.texts[done:number], piece.offsets[done:number])
            text, offset = piece.texts[number], piece.offsets[number]
            done = number + 1
            if tag.startswith("UNA") or (tag == "UNB" and envelope.has_header):
                # Another interchange: the one before has lost its UNZ.
                self._drop(offset - self._base)
                self._envelope = None
                return [*found, *envelope.cut_off()]
            found += envelope.service(tag, text, offset)
            if tag == "UNZ":
                self._drop(piece.ends[number])
                self._envelope = None
                return found
            if envelope.is_full:
                return [*found, *self._stop(envelope, envelope.is_full)]
        found += envelope.body(piece.texts[done:], piece.offsets[done:])
        if envelope.is_full:
            return [*found, *self._stop(envelope, envelope.is_full)]
        self._drop(piece.ends[-1])
        return found


def _last(ids: list[str], has_header: bool) -> int:
    """Return how many of the segments belong to the interchange that is open."""
    for number, tag in enumerate(ids):
        if tag == "UNZ":
            return number + 1
        if tag.startswith("UNA") or (tag == "UNB" and has_header):
            return number
        has_header = has_header or tag == "UNB"
    return len(ids)
