"""Reads a file of many messages as it arrives, in bounded memory.

In: chunks of bytes of any size: messages in a row, MLLP frames, batches. Out: each message with its
offset, and what is wrong around it. Refuses to know: where chunks come from, what messages hold.
The result does not depend on where the chunks are cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.hl7v2.batch import Splitter
from suture.formats.hl7v2.codes import DEFAULT, Limits

_END: Final = re.compile(rb"\r\n|\r|\n|\x1c")
"""What ends a line; a file separator ends the message as well (HL7 LLP)."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """One message of a stream; `data` is empty where only problems are left to say."""

    data: bytes
    offset: int
    """Where it starts in the stream."""
    problems: tuple[Problem, ...] = ()
    """What was wrong from the message before to the line that ends this one: counts, trailers,
    stray lines, size."""

    def __repr__(self) -> str:
        return f"<hl7v2.Streamed {len(self.data)} bytes at {self.offset}>"


class _Stream:
    """Takes lines and gives messages."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.splitter = Splitter(b"")
        self.lines: list[bytes] = []
        self.size = 0
        self.start = 0
        self.is_over = False
        self.is_cut = False
        """Whether the start of the present line was passed over."""
        self.offset = 0
        """Where the next line starts."""

    def line(self, line: bytes) -> Iterator[Streamed]:
        """Take one line with its end; give the message it completes."""
        offset = self.offset
        self.offset += len(line)
        # A frame start belongs to no message, nor does the separator that ends one.
        lead = len(line) - len(line.lstrip(b"\x0b"))
        ends = line.endswith(b"\x1c")
        kept = line[lead : len(line) - ends]
        if self.is_cut:
            self.is_cut, kept = False, b""
        before = self.splitter.start
        self.splitter.line(kept, offset + lead)
        if self.splitter.messages:
            self.splitter.messages.clear()
            yield from self.closed()
        if self.splitter.start is not None:
            if self.splitter.start != before:
                self.start = self.splitter.start
            self.keep(kept)
        if ends and self.splitter.start is not None:
            self.splitter.start = None
            yield from self.closed()

    def endless(self, part: bytes) -> None:
        """Take a part of a line that is longer than any message may be."""
        if self.splitter.start is None and not self.is_cut:
            self.splitter.line(part[:3], self.offset)
            self.start = self.offset if self.splitter.start is not None else self.start
        self.is_cut = True
        self.offset += len(part)
        self.lines.clear()
        self.is_over = self.is_over or self.splitter.start is not None

    def keep(self, line: bytes) -> None:
        """Add a line to the open message, or nothing more when it is over the limit."""
        self.size += len(line)
        limits = self.limits
        if self.size > limits.bytes_max or len(self.lines) >= limits.segments_max:
            self.is_over = True
            self.lines.clear()
        if not self.is_over:
            self.lines.append(line)

    def closed(self) -> Iterator[Streamed]:
        """Give the open message and start anew."""
        problems = self.problems()
        if self.is_over:
            text = (
                f"a message has at most {self.limits.bytes_max} bytes and "
                f"{self.limits.segments_max} lines; it was passed over"
            )
            problems += (Problem("hl7v2.too-large", Severity.ERROR, text, "", self.start),)
        yield Streamed(b"".join(self.lines), self.start, problems)
        self.lines, self.size, self.is_over = [], 0, False

    def problems(self) -> tuple[Problem, ...]:
        """Return what was stated since the last time; a stray line is stated once per gap."""
        stated = tuple(self.splitter.problems)
        self.splitter.problems.clear()
        return stated

    def end(self) -> Iterator[Streamed]:
        """Give what is left when the stream ends."""
        if self.splitter.start is not None:
            self.splitter.start = None
            yield from self.closed()
        for name, place in self.splitter.open.items():
            text = "the trailer is missing; the file may be cut short"
            self.splitter.state("hl7v2.batch-trailer", text, name.decode("ascii"), place)
        left = self.problems()
        if left:
            yield Streamed(b"", self.offset, left)


def read_messages(chunks: Iterable[bytes], *, limits: Limits = DEFAULT) -> Iterator[Streamed]:
    """Yield each message of a stream as soon as the line after it is read.

    A message over the limit comes without its bytes and with `hl7v2.too-large`. At most one
    message and one chunk are held. Frame bytes and batch envelopes are no part of a message.
    """
    stream = _Stream(limits)
    pending: list[bytes] = []
    held = 0
    for chunk in chunks:
        if held and pending[-1].endswith(b"\r"):
            # Whether CR ends the line alone is known only now.
            line = b"".join(pending)
            pending, held = [], 0
            if chunk.startswith(b"\n"):
                line, chunk = line + b"\n", chunk[1:]
            elif not chunk:
                pending, held = [line], len(line)
                continue
            yield from stream.line(line)
        place = 0
        for match in _END.finditer(chunk):
            end = match.end()
            if end == len(chunk) and match[0] == b"\r":
                break
            line = b"".join((*pending, chunk[place:end]))
            pending, held, place = [], 0, end
            yield from stream.line(line)
        rest = chunk[place:]
        if rest:
            pending.append(rest)
            held += len(rest)
        if held > limits.bytes_max + 1 and not rest.endswith(b"\r"):
            # An endless line cannot be part of a message: only its length is kept.
            stream.endless(b"".join(pending))
            pending, held = [], 0
    if pending:
        yield from stream.line(b"".join(pending))
    yield from stream.end()
