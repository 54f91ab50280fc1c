"""Changes a value or segments of an interchange; every other byte stays as it was received.

In: an interchange, a path and a value, or segments. Out: a new interchange, read again. Refuses to
know: whether the change makes sense; counts of UNT follow, those of UNZ are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from suture.core.refusal import RefusalError
from suture.formats.edifact.codes import DEFAULT, Limits
from suture.formats.edifact.delimiters import split
from suture.formats.edifact.interchange import Interchange, Message
from suture.formats.edifact.parse import parse
from suture.formats.edifact.path import Path, parse_path
from suture.formats.edifact.write import WrittenSegment, segment_text, value_text


def replaced(
    interchange: Interchange, changes: Mapping[str, str], message: int = 0, limits: Limits = DEFAULT
) -> Interchange:
    """Return the interchange with other values at the paths of message number `message` (from 0).

    Missing elements and components before a value are added empty. Offsets of the new document
    count from its own start. Raises RefusalError `edifact.path` when there is no such segment and
    `edifact.value` when a value does not fit the character set.
    """
    found = interchange
    for path, value in changes.items():
        found = _replaced(found, parse_path(path), value, message, limits)
    return found


def _replaced(
    interchange: Interchange, path: Path, value: str, message: int, limits: Limits
) -> Interchange:
    one = _message(interchange, message)
    number = one.number_of(path.tag, path.segment)
    if number is None or not path.element:
        raise RefusalError("edifact.path", "the message has no such segment", path=path.tag)
    start, end = _span(interchange, one, number)
    text = interchange.content[start:end].decode("latin-1")
    # Written in the character set, then kept like the rest: a character a byte.
    written = value_text(value, path.tag, interchange.syntax)
    written = written.encode(interchange.syntax.codec).decode("latin-1")
    changed = _with_value(text, path, written, interchange)
    return _spliced(interchange, start, end, changed, limits)


def _with_value(text: str, path: Path, written: str, interchange: Interchange) -> str:
    marks = interchange.syntax.delimiters
    elements = split(text, marks.element, marks.release)
    elements += [""] * (path.element + 1 - len(elements))
    separators = [(marks.component, path.component)]
    if marks.repetition:
        separators.insert(0, (marks.repetition, path.repetition))
    elif path.repetition > 1:
        raise RefusalError("edifact.path", "repetitions need syntax version 4", path=path.tag)
    elements[path.element] = _nested(elements[path.element], separators, written, marks.release)
    return marks.element.join(elements)


def _nested(text: str, separators: list[tuple[str, int]], written: str, release: str) -> str:
    if not separators:
        return written
    separator, place = separators[0]
    parts = split(text, separator, release)
    parts += [""] * (place - len(parts))
    parts[place - 1] = _nested(parts[place - 1], separators[1:], written, release)
    return separator.join(parts)


def spliced(
    interchange: Interchange,
    message: int,
    place: tuple[int, int],
    segments: Sequence[WrittenSegment],
    limits: Limits = DEFAULT,
) -> Interchange:
    """Return the interchange with `segments` in `place` of message number `message` (from 0).

    `place` is (first, after the last) as numbers in the message's table, UNH being 0; two equal
    numbers insert. UNT is given the new count. Raises RefusalError `edifact.path` or
    `edifact.value`.
    """
    one = _message(interchange, message)
    first, last = place
    if not 1 <= first <= last <= one.end or first == len(one.table):
        raise RefusalError("edifact.path", "segments go between UNH and UNT")
    start = _span(interchange, one, first)[0]
    end = _span(interchange, one, last)[0]
    syntax = interchange.syntax
    lines = [segment_text(segment, syntax) + syntax.delimiters.segment for segment in segments]
    written = "".join(lines).encode(syntax.codec).decode("latin-1")
    found = _spliced(interchange, start, end, written, limits)
    if one.is_closed:
        count = str(len(one.table) - (last - first) + len(segments))
        found = replaced(found, {"UNT-1": count}, message, limits)
    return found


def _message(interchange: Interchange, number: int) -> Message:
    if not 0 <= number < len(interchange.messages):
        raise RefusalError("edifact.path", "the interchange has no such message")
    return interchange.messages[number]


def _span(interchange: Interchange, message: Message, number: int) -> tuple[int, int]:
    """Return where segment `number` stands in the content, without its terminator."""
    start = message.table.offsets[number] - interchange.offset
    last = len(message.table) - 1
    # The next segment bounds the search, so that only this one is cut.
    bound = (
        message.table.offsets[number + 1] - interchange.offset
        if number < last
        else start + 2 * len(message.table.texts[number]) + 64
    )
    marks = interchange.syntax.delimiters
    text = interchange.content[start:bound].decode("latin-1")
    return start, start + len(split(text, marks.segment, marks.release)[0])


def _spliced(
    interchange: Interchange, start: int, end: int, text: str, limits: Limits
) -> Interchange:
    content = interchange.content
    return parse(content[:start] + text.encode("latin-1") + content[end:], limits)[0]
