"""Takes a batch or file apart into messages, and puts one together (HL7 2.9 2.10.3).

In: bytes with FHS, BHS, BTS, FTS around messages, or several messages in a row; messages. Out: the
exact bytes of each message and what the trailers say wrongly; a file with one batch. Refuses to
know: what the messages hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from suture.core.problem import Problem, Severity
from suture.formats.hl7v2.codes import DEFAULT, Limits

_ENVELOPE = frozenset({b"FHS", b"BHS", b"BTS", b"FTS"})
_MARK = b"\xef\xbb\xbf"


class Splitter:
    """Walks the lines of one file and keeps what has been seen so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.messages: list[bytes] = []
        self.problems: list[Problem] = []
        self.start: int | None = None
        """Offset of the open message."""
        self.open: dict[bytes, int] = {}
        """Offsets of the open FHS and BHS."""
        self.in_batch = 0
        self.batches = 0

    def line(self, line: bytes, offset: int) -> None:
        """Take the next line, which starts at `offset`."""
        name = line.removeprefix(_MARK)[:3] if offset == 0 else line[:3]
        if name in _ENVELOPE and not line.lstrip(_MARK)[3:4].isalnum():
            self.close(offset)
            self.envelope(name, line, offset)
        elif name == b"MSH" and not line.lstrip(_MARK)[3:4].isalnum():
            self.close(offset)
            self.start = offset
            self.in_batch += 1
        elif self.start is None and line.strip(b" \t\r\n\x00\x0b\x1a\x1c"):
            self.state("hl7v2.batch-stray", "remove lines that belong to no message", "", offset)

    def envelope(self, name: bytes, line: bytes, offset: int) -> None:
        """Take a header or trailer line."""
        text = "give each FHS its FTS and each BHS its BTS"
        kind = name.decode("ascii")
        if name in (b"FHS", b"BHS"):
            if name in self.open:
                self.state("hl7v2.batch-trailer", text, kind, offset)
            self.open[name] = offset
            if name == b"FHS":
                self.batches = 0
            self.in_batch = 0
            return
        if self.open.pop(b"BHS" if name == b"BTS" else b"FHS", None) is None:
            self.state("hl7v2.batch-trailer", text, kind, offset)
        if name == b"BTS":
            self.counted(line, self.in_batch, "BTS-1", offset)
            self.batches += 1
        else:
            # Messages outside BHS..BTS are one batch: both envelopes are optional in the standard.
            self.counted(line, self.batches + (self.in_batch > 0), "FTS-1", offset)
        self.in_batch = 0

    def counted(self, line: bytes, actual: int, path: str, offset: int) -> None:
        """State a count in field 1 that differs from `actual`; an empty count is allowed."""
        said = line.rstrip(b"\r\n").split(line[3:4])[1:2] if line[3:4].strip() else []
        stated = said[0].strip() if said else b""
        if not stated or (stated.isdigit() and len(stated) < 10 and int(stated) == actual):
            return
        text = f"the trailer's count differs from the {actual} received; ask for the file again"
        self.state("hl7v2.batch-count", text, path, offset)

    def close(self, offset: int) -> None:
        """End the open message before `offset`."""
        if self.start is not None:
            self.messages.append(self.data[self.start : offset])
            self.start = None

    def state(self, code: str, text: str, path: str, offset: int) -> None:
        """Keep a problem; stray lines are stated once."""
        if code == "hl7v2.batch-stray" and any(one.code == code for one in self.problems):
            return
        self.problems.append(Problem(code, Severity.WARNING, text, path, offset))


def split_batch(data: bytes, *, limits: Limits = DEFAULT) -> tuple[list[bytes], list[Problem]]:
    """Return the bytes of each message in `data`, and problems of its envelope.

    A single message comes back as it is. Problems: `hl7v2.batch-count` (BTS-1, FTS-1),
    `-batch-trailer`, `-batch-stray`, and `-too-large` (nothing is split then).
    """
    lines = data.count(b"\r") + data.count(b"\n") - data.count(b"\r\n")
    if len(data) > limits.bytes_max or lines > limits.segments_max:
        text = f"a file has at most {limits.bytes_max} bytes and {limits.segments_max} lines"
        return [], [Problem("hl7v2.too-large", Severity.ERROR, text)]
    splitter = Splitter(data)
    offset = 0
    for line in data.splitlines(True):
        splitter.line(line, offset)
        offset += len(line)
    splitter.close(len(data))
    for name, place in splitter.open.items():
        text = "the trailer is missing; the file may be cut short"
        splitter.state("hl7v2.batch-trailer", text, name.decode("ascii"), place)
    return splitter.messages, splitter.problems


def join_batch(messages: Sequence[bytes], *, number: int, at: datetime) -> bytes:
    """Return a file with one batch of `messages`, their segments unchanged.

    FHS and BHS take sender and receiver (fields 3 to 6) and the encoding characters from the first
    message; FHS-11 and BHS-11 are `number`, FHS-7 and BHS-7 the time, UTC.
    """
    head = messages[0].split(b"\r", 1)[0].split(b"\n", 1)[0] if messages else b"MSH|^~\\&"
    mark = head[3:4]
    fields = [*head.split(mark)[1:6], b"", b"", b"", b"", b""][:5]
    stamp, control = f"{at:%Y%m%d%H%M%S}+0000".encode(), str(number).encode()
    rest = mark.join([*fields, stamp, b"", b"", b"", control])
    parts = [b"FHS" + mark + rest, b"BHS" + mark + rest]
    parts += [each.rstrip(b"\r\n") for each in messages]
    parts += [b"BTS" + mark + str(len(messages)).encode(), b"FTS" + mark + b"1"]
    return b"\r".join(parts) + b"\r"
