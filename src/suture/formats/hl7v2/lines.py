"""Finds the segments among the lines of a message.

In: lines with their ends. Out: where segments start, by name. Refuses to know: fields. A line is
what ends with CR, LF or CRLF; the standard says CR (HL7 2.9 2.5.2), files say all three.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_END: Final = b"\r\n"


class Lines(NamedTuple):
    """Keeps the lines of a message and where its segments start; never changed once built."""

    prefix: bytes
    """Bytes before MSH."""
    wire: list[bytes]
    """Every line with its end, as received; joined after `prefix` they are the message."""
    work: list[bytes]
    """The same lines as text bytes that may be cut: `wire` itself, or UTF-8 of a wide set."""
    heads: list[int]
    """Line number of each segment."""
    names: dict[bytes, list[int]]
    """Segment name -> positions in `heads`."""
    tails: dict[int, int]
    """Segment position -> line after its last ADD line."""


_BLANK = b" \t\r\n\x00\x0b\x1a\x1c"
"""What a line without content may hold: white space, padding, left-over frame bytes."""
_NAME_MAX = 8
"""Longest text before the first separator still taken as a (wrong) name; longer is content."""


@lru_cache(maxsize=64)
def _uneven_line(separator: bytes) -> re.Pattern[bytes]:
    """Return the pattern of a line start that is no segment's, is an ADD, or is a second MSH."""
    segment = rb"(?!ADD|MSH)[A-Z][A-Z0-9]{2}" + re.escape(separator)
    return re.compile(rb"\r(?!\Z|" + segment + rb")")


def plain(data: bytes, separator: bytes) -> bool:
    """Return whether `data`, which starts with MSH, is such that a search finds its segments.

    Every line is a segment with its separator, CR ends each, there is one MSH and no ADD.
    """
    if data[3:4] != separator or b"\n" in data:
        return False
    return _uneven_line(separator).search(data) is None


def name_of(start: bytes) -> str:
    """Return the segment name at the start of a line; empty when there is none."""
    if len(start) <= _NAME_MAX and start.isalnum() and start.isascii():
        return start.decode("ascii")
    return ""


def index(
    work: list[bytes], separator: bytes
) -> tuple[list[int], dict[bytes, list[int]], dict[int, int], list[int]]:
    """Return where the segments are: heads, names, tails (see `Lines`) and the odd lines' numbers.

    A name counts only when the separator or the line end follows its third character. An ADD line
    belongs to the segment before it, unless that is the MSH: then it continues an earlier message.
    """
    heads: list[int] = []
    names: dict[bytes, list[int]] = {}
    tails: dict[int, int] = {}
    odd: list[int] = []
    for number, line in enumerate(work):
        name = line[:3]
        if line[3:4] != separator:
            if not line.strip(_BLANK):
                continue
            name = line.rstrip(_END).split(separator, 1)[0]
            if len(name) != 3:
                odd.append(number)
                name = name_of(name).encode()
        if name == b"ADD" and len(heads) > 1:
            tails[len(heads) - 1] = number + 1
            continue
        if name in names:
            names[name].append(len(heads))
        else:
            names[name] = [len(heads)]
        heads.append(number)
    return heads, names, tails, odd


def plain_index(
    work: list[bytes],
) -> tuple[list[int], dict[bytes, list[int]], dict[int, int]]:
    """Return heads, names and tails of plain lines (see `plain`): each is a segment of its own."""
    names: dict[bytes, list[int]] = {}
    for number, line in enumerate(work):
        names.setdefault(line[:3], []).append(number)
    return list(range(len(work))), names, {}


def end_of(line: bytes, codec: str) -> bytes:
    """Return the line end of a wire line in its coding; empty when it has none."""
    for end in ("\r\n", "\r", "\n"):
        if line.endswith(_coded(end, codec)):
            return _coded(end, codec)
    return b""


def _coded(end: str, codec: str) -> bytes:
    """Return a line end in `codec`."""
    return end.encode(codec) if codec.startswith("utf-16") else end.encode("ascii")
