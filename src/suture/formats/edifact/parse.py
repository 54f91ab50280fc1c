"""Turns bytes into interchanges and a list of problems; never raises on content.

In: the bytes of a file. Out: interchanges that give their bytes back, and what is wrong with them.
Refuses to know: which problems stop a document; each has a severity. Bytes are read as ISO 8859-1,
so a character's place is its byte's; values are decoded when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from suture.core.problem import Problem, Severity
from suture.formats.edifact.codes import DEFAULT, Limits, bounded
from suture.formats.edifact.envelope import Read
from suture.formats.edifact.interchange import Group, Interchange, Message
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.reader import Reader
from suture.formats.edifact.segment import SegmentTable, Syntax
from suture.formats.edifact.validate import envelope_problems, message_problems
from suture.formats.profile import permitted

_BLANK = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"


def looks_like(data: bytes) -> bool:
    """Return whether `data` starts like an EDIFACT interchange (white space and a mark skipped)."""
    head = data[:64].removeprefix(_MARK).lstrip(_BLANK)
    if head[:3] == b"UNA":
        return len(head) > 8 and not head[3:4].isalnum()
    return head[:3] == b"UNB" and head[3:4] in (b"+", b"\x1d")


def parse(data: bytes, limits: Limits = DEFAULT) -> tuple[Interchange, list[Problem]]:
    """Return the first interchange of `data` and its problems, each with segment and byte.

    `bytes(interchange)` are the bytes received, up to a further interchange, which is a problem
    (`edifact.more-interchanges`). Unreadable content gives an interchange without messages.
    """
    found, problems, end = _read(data, limits, most=1)
    if end < len(data):
        rest = data[end:].lstrip(_BLANK)
        is_more = rest[:3] in (b"UNA", b"UNB")
        code = "edifact.more-interchanges" if is_more else "edifact.stray-bytes"
        note = (
            "a further interchange follows; read the file with parse_all"
            if is_more
            else "content follows the interchange and belongs to none"
        )
        place = len(data) - len(rest)
        problems.append(Problem(code, Severity.WARNING, note, "", place))
    return found[0], bounded(problems, limits)


def parse_all(data: bytes, limits: Limits = DEFAULT) -> tuple[list[Interchange], list[Problem]]:
    """Return every interchange of a file and the problems of all; their bytes add up to `data`."""
    found, problems, _ = _read(data, limits, most=0)
    return found, bounded(problems, limits)


def _read(
    data: bytes, limits: Limits, *, most: int
) -> tuple[list[Interchange], list[Problem], int]:
    """Return interchanges (at most `most`), problems, and where the next one would begin."""
    if len(data) > limits.bytes_max:
        note = f"a file has at most {limits.bytes_max} bytes"
        opaque = _opaque(data)
        problem = Problem("edifact.too-large", Severity.ERROR, note, "", limits.bytes_max)
        return [opaque], [problem], len(data)
    problems: list[Problem] = []
    found: list[Interchange] = []
    messages: list[Message] = []
    reader = Reader(limits)
    is_done = False
    for text, is_last in _windows(data.decode("latin-1")):
        for read in reader.feed(text, is_last=is_last):
            if is_done:
                break
            problems += read.problems
            if read.message is not None:
                messages.append(read.message)
            elif read.interchange is not None:
                found.append(_with(read.interchange, messages))
                messages = []
                is_done = 0 < most <= len(found)
        if is_done:
            break
    end = _end(data, found[-1], len(data)) if is_done else len(data)
    return _sliced(found, data, end), problems, end


def _windows(text: str, size: int = 1 << 16) -> Iterator[tuple[str, bool]]:
    for start in range(0, max(len(text), 1), size):
        yield text[start : start + size], start + size >= len(text)


def _end(data: bytes, interchange: Interchange, end: int) -> int:
    """Return where the content of the interchange ends: after UNZ and white space."""
    trailer = interchange.trailer
    if trailer is None:
        return end
    place = trailer.offset + len(trailer.text)
    terminator = interchange.syntax.delimiters.segment.encode("latin-1")
    found = data.find(terminator, place)
    place = end if found < 0 else found + 1
    return end - len(data[place:end].lstrip(_BLANK))


def _sliced(found: list[Interchange], data: bytes, end: int) -> list[Interchange]:
    """Return the interchanges with their bytes; what stands between two goes with the first."""
    starts = [0, *(one.offset for one in found[1:]), end]
    return [
        replace(one, content=data[start:stop], offset=start)
        for one, start, stop in zip(found, starts, starts[1:], strict=False)
    ]


def _with(interchange: Interchange, messages: list[Message]) -> Interchange:
    """Return the interchange with its messages, each in its group."""
    inside: dict[int, list[Message]] = {}
    for message in messages:
        if message.group is not None:
            inside.setdefault(message.group.offset, []).append(message)
    groups = [
        Group(one.header, one.trailer, inside.get(one.header.offset, []), one.message_count)
        for one in interchange.groups
    ]
    return replace(interchange, messages=messages, groups=groups)


def _opaque(data: bytes) -> Interchange:
    header = SegmentTable(["UNB"], [0], Syntax()).segment(0)
    return Interchange(data, 0, Syntax(), header)


def read_messages(
    chunks: Iterable[bytes],
    limits: Limits = DEFAULT,
    profile: EdifactProfile = STANDARD_PROFILE,
) -> Iterator[tuple[Message | None, list[Problem]]]:
    """Yield each message of a file that comes in pieces, with its problems, in bounded memory.

    Nothing is kept of a message once it was yielded. After the last message of an interchange
    None is yielded with the problems of its envelope; how the file is cut makes no difference.
    """
    reader = Reader(limits)
    for chunk in chunks:
        for read in reader.feed(chunk.decode("latin-1")):
            yield _checked(read, limits, profile)
    for read in reader.feed("", is_last=True):
        yield _checked(read, limits, profile)


def _checked(
    read: Read, limits: Limits, profile: EdifactProfile
) -> tuple[Message | None, list[Problem]]:
    problems = read.problems
    if read.message is not None:
        problems = problems + message_problems(read.message, profile)
    elif read.interchange is not None:
        problems = problems + envelope_problems(read.interchange)
    return read.message, permitted(bounded(problems, limits), profile)
