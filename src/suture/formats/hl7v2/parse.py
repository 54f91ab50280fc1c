"""Turns bytes into a `Message` and a list of problems; never raises on content.

In: the bytes of one message. Out: a message that gives the same bytes back, and what is wrong with
its envelope. Refuses to know: required segments, tables, profiles. Only lines are cut here; fields
are cut when read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.hl7v2.charset import Charset, choose
from suture.formats.hl7v2.codes import DEFAULT, Limits
from suture.formats.hl7v2.delimiters import STANDARD, Delimiters, delimiters
from suture.formats.hl7v2.escape import unescape
from suture.formats.hl7v2.header import unwrap
from suture.formats.hl7v2.lines import Lines, index, plain
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.switch import is_known

_ODD_LINES_MAX = 20
"""Most problems stated about lines: a file that is no HL7 would state one per line."""
_AFTER_MSH_2 = 9
"""Where MSH-3 starts: an escape character before it is a declaration."""
_WIDE_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def parse(data: bytes, *, limits: Limits = DEFAULT) -> tuple[Message, list[Problem]]:
    """Return the message in `data` and its envelope problems, each with a position.

    `bytes(message) == data` for any `data`. Content over a limit is kept but not cut: it reads as a
    message without segments. A problem of severity error means: refuse at the door.
    """
    if _too_many(data, limits):
        return _opaque(data), [_too_large(limits, min(len(data), limits.bytes_max))]
    problems: list[Problem] = []
    if data.startswith(b"MSH"):
        end = data.find(b"\r")
        first = data[:end] if end >= 0 else data
        message = None if b"\n" in first else _plain(data, first, problems)
        if message is None:
            problems = []
            message = _uneven(data, b"", None, problems)
    else:
        prefix, wide = _before(data, problems)
        message = _uneven(data, prefix, wide, problems)
    marks = message.delimiters.octets
    if marks[3] and marks[3] in data[_AFTER_MSH_2:]:
        problems += _charset_escapes(data, marks[3])
    # Behind the message NULs are padding of old transports.
    if b"\0" in data and not message.charset.wide and b"\0" in data.rstrip(b"\0\r\n"):
        text = "a NUL stands in the message; it is kept"
        at = data.index(b"\0")
        problems.append(Problem("hl7v2.nul", Severity.WARNING, text, "", at))
    if len(data) > limits.fields_max and (
        data.count(marks[0]) > limits.fields_max or data.count(marks[2]) > limits.repetitions_max
    ):
        problems += _wide_segments(message, limits)
    return message, problems


def _plain(data: bytes, first: bytes, problems: list[Problem]) -> Message | None:
    """Return the message of data as the standard wants it, not cut; None when it is not so."""
    declared = _declared(first, 0, problems)
    if not plain(data, declared.octets[0]):
        return None
    fields = _checked(first, declared, 0, problems)
    charset, found = choose(_labels(fields, declared), data)
    if charset.wide:
        return None
    if found:
        problems += _charset_places(found, fields, 0)
    return Message(declared, charset, data=data, first={b"MSH": fields})


def _uneven(data: bytes, prefix: bytes, wide: str | None, problems: list[Problem]) -> Message:
    """Return the message of any data, cut into lines; `wide` is its codec when it is UTF-16."""
    body = data[len(prefix) :]
    if wide is None:
        wire = work = body.splitlines(True)
    else:
        wire, work = _wide_lines(body, wide)
        if not wire:
            problems.append(_not_msh(len(prefix)))
            return _opaque(data)
    first = work[0] if work else b""
    declared = _declared(first, len(prefix), problems)
    fields = _checked(first, declared, len(prefix), problems)
    charset, found = choose(_labels(fields, declared), data, wide)
    problems += _charset_places(found, fields, len(prefix))
    if charset.wide and wide is None:
        work = [line.decode(charset.codec, "replace").encode() for line in wire]
    heads, names, tails, odd = index(work, declared.octets[0])
    lines = Lines(prefix, wire, work, heads, names, tails)
    message = Message(declared, charset, lines=lines, data=data)
    problems += _line_problems(message, wire, odd, names)
    return message


def _charset_places(found: list[Problem], fields: list[bytes], start: int) -> list[Problem]:
    """Return problems of the character set; those about the label itself at MSH-18."""
    if all(problem.offset is not None for problem in found):
        return found
    at = start + sum(len(field) + 1 for field in fields[:17])
    return [replace(p, offset=at) if p.offset is None else p for p in found]


def _too_many(data: bytes, limits: Limits) -> bool:
    """Return whether `data` is over the limit of bytes or lines."""
    size = len(data)
    if size > limits.bytes_max:
        return True
    if size <= limits.segments_max:
        return False
    return data.count(b"\r") + data.count(b"\n") - data.count(b"\r\n") > limits.segments_max


def _opaque(data: bytes) -> Message:
    """Return a message that only keeps its bytes."""
    lines = Lines(b"", [data], [data], [], {}, {})
    return Message(STANDARD, Charset("latin-1", ""), lines=lines, data=data)


def _too_large(limits: Limits, offset: int) -> Problem:
    text = f"a message has at most {limits.bytes_max} bytes and {limits.segments_max} lines"
    return Problem("hl7v2.too-large", Severity.ERROR, text, "", offset)


def _not_msh(offset: int) -> Problem:
    text = "a message starts with MSH and its separator"
    return Problem("hl7v2.no-msh", Severity.ERROR, text, "MSH", offset)


def _before(data: bytes, problems: list[Problem]) -> tuple[bytes, str | None]:
    """Return the bytes before MSH and the wide codec, stating them as a problem."""
    skipped, _, wide = unwrap(data)
    if skipped or wide:
        text = "bytes before MSH were skipped; send MSH first, in a one-byte or UTF-8 coding"
        problems.append(Problem("hl7v2.leading-bytes", Severity.INFO, text, "MSH", 0))
    return data[:skipped], wide


def _wide_lines(body: bytes, codec: str) -> tuple[list[bytes], list[bytes]]:
    """Return the lines of UTF-16 bytes as received and as UTF-8; none when they cannot be kept."""
    try:
        lines = _WIDE_LINE.findall(body.decode(codec))
        wire = [line.encode(codec) for line in lines]
    except UnicodeError:
        return [], []
    return wire, [line.encode() for line in lines]


def _declared(first: bytes, offset: int, problems: list[Problem]) -> Delimiters:
    """Return the delimiters of the first line, or the standard ones with a problem."""
    if first.startswith(b"MSH|^~\\&|"):
        return STANDARD
    if first[:3] != b"MSH" or first[3:4] in (b"", b"\r", b"\n"):
        problems.append(_not_msh(offset))
        return STANDARD
    separator = first[3:4]
    encoding = first[4 : first.find(separator, 4)] if separator in first[4:] else first[4:]
    try:
        return delimiters(separator.decode("latin-1"), encoding.strip(b"\r\n").decode("latin-1"))
    except RefusalError as error:
        place = offset + (error.offset or 0)
        problems.append(Problem(error.code, Severity.ERROR, error.text, error.path, place))
        return STANDARD


def _checked(
    first: bytes, declared: Delimiters, offset: int, problems: list[Problem]
) -> list[bytes]:
    """Return the fields of MSH, stating an empty MSH-9 or MSH-10."""
    if first[:3] != b"MSH":
        return []
    separator = declared.octets[0]
    fields = first.rstrip(b"\r\n").split(separator)
    if len(fields) > 9 and fields[8] and fields[9]:
        return fields
    for number, code, text in (
        (9, "hl7v2.no-message-type", "MSH-9 must name the message type and event"),
        (10, "hl7v2.no-control-id", "MSH-10 must carry the message's control id"),
    ):
        if len(fields) < number or not fields[number - 1]:
            place = offset + min(len(first), len(separator.join(fields[: number - 1])) + 1)
            problems.append(Problem(code, Severity.ERROR, text, f"MSH-{number}", place))
    return fields


def _labels(fields: list[bytes], declared: Delimiters) -> tuple[str, ...]:
    """Return the repetitions of MSH-18, escapes read (`8859/1` where / is the escape)."""
    if len(fields) < 18 or not fields[17]:
        return ()
    text = fields[17].decode("latin-1")
    if declared is STANDARD and "~" not in text:
        return (text,)
    parts = text.split(declared.repetition) if declared.repetition else [text]
    return tuple(unescape(part, declared) for part in parts)


def _line_problems(
    message: Message, wire: list[bytes], odd: list[int], names: dict[bytes, list[int]]
) -> list[Problem]:
    """Return what is wrong with lines: no segment name, a second MSH."""
    problems = []
    text = "a segment starts with three characters and the separator; check for a broken line"
    for number in odd[:_ODD_LINES_MAX]:
        offset = len(bytes(message)) - sum(map(len, wire[number:]))
        path = f"line {number + 1}"
        problems.append(Problem("hl7v2.segment-name", Severity.WARNING, text, path, offset))
    headers = names.get(b"MSH", [])
    if len(headers) > 1:
        offset = message.offset_of(headers[1])
        text = "send one message at a time, or a batch through its splitter"
        problems.append(Problem("hl7v2.second-msh", Severity.WARNING, text, "MSH[2]", offset))
    return problems


@lru_cache(maxsize=64)
def _charset_escape(escape: bytes) -> re.Pattern[bytes]:
    """Return the pattern of a character-set escape; it starts with a literal, so search is fast."""
    mark = re.escape(escape)
    return re.compile(mark + rb"(C[0-9A-Fa-f]{4}|M(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{4}))" + mark)


def _charset_escapes(data: bytes, escape: bytes) -> list[Problem]:
    """Return the first character-set escape to a set that is not known (HL7 2.9 2.7.2)."""
    for match in _charset_escape(escape).finditer(data):
        if not is_known(match[1].decode("ascii")):
            text = "the escape names no character set known here; it is kept as it stands"
            return [Problem("hl7v2.charset-escape", Severity.WARNING, text, offset=match.start())]
    return []


def _wide_segments(message: Message, limits: Limits) -> list[Problem]:
    """Return a problem for the first segment with too many fields or repetitions."""
    separator, _, repetition, _, _ = message.delimiters.octets
    for segment in message.segments():
        line = segment.raw
        repeats = line.count(repetition) if repetition else 0
        if line.count(separator) > limits.fields_max or repeats > limits.repetitions_max:
            text = f"a segment has at most {limits.fields_max} fields"
            found = Problem("hl7v2.too-large", Severity.ERROR, text, segment.name, segment.offset)
            return [found]
    return []
