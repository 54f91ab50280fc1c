"""Builds a message from text: every leaf escaped, encoded, and CR after every segment.

In: segments as lists whose position is the field number. Out: a `Message`. Refuses to know: which
fields a message needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from suture.core.refusal import RefusalError
from suture.formats.hl7v2.charset import codec_of
from suture.formats.hl7v2.delimiters import STANDARD, Delimiters
from suture.formats.hl7v2.escape import escape
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.parse import parse

Component = str | Sequence[str]
"""Text, or the subcomponents."""
Repetition = str | Sequence[Component]
"""Text, or the components."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """Holds the repetitions of one field."""

    items: Sequence[Repetition]


Field = Repetition | Repeats
"""Text, components, or repetitions."""


def fields(name: str, values: Mapping[int, Field]) -> list[Field]:
    """Return the segment `name` with `values` by field number, the gaps empty."""
    row: list[Field] = [name, *([""] * max(values, default=0))]
    for number, value in values.items():
        if number < 1:
            raise ValueError("fields count from 1")
        row[number] = value
    return row


def build(
    segments: Sequence[Sequence[Field]],
    *,
    delimiters: Delimiters = STANDARD,
    charset: str = "UNICODE UTF-8",
) -> Message:
    """Return the message of `segments`; `segment[n]` is field n, `segment[0]` the name.

    MSH-1 and MSH-2 are written from `delimiters` whatever stands there, MSH-18 is `charset` unless
    given. Raises ValueError when the first segment is no MSH or a name is no text, `RefusalError`
    `hl7v2.charset-unknown` or `-charset-unencodable`.
    """
    if not segments or segments[0][0] != "MSH":
        raise ValueError("a message starts with MSH")
    head = list(segments[0]) + [""] * (19 - len(segments[0]))
    if not head[18]:
        head[18] = charset
    label = head[18] if isinstance(head[18], str) else charset
    codec = codec_of(label) if label else "ascii"
    if codec is None or codec.startswith(("utf-16", "utf-32")):
        raise RefusalError("hl7v2.charset-unknown", "write in a one-byte or UTF-8 coding")
    lines = []
    for row in (head, *segments[1:]):
        written = [_field(value, delimiters) for value in row]
        if row is head:
            written[1:3] = [delimiters.encoding_characters]
        lines.append(delimiters.field.join(written).rstrip(delimiters.field) + "\r")
    data = _encoded("".join(lines), codec)
    return parse(data)[0]


def _encoded(text: str, codec: str) -> bytes:
    """Return `text` in `codec`; raises `RefusalError` without naming the character."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        pass
    raise RefusalError("hl7v2.charset-unencodable", "the values do not fit the character set")


def _field(value: Field, marks: Delimiters) -> str:
    """Return one field as it is written."""
    if isinstance(value, Repeats):
        return marks.repetition.join(_repetition(item, marks) for item in value.items)
    return _repetition(value, marks)


def _repetition(value: Repetition, marks: Delimiters) -> str:
    """Return one repetition as it is written."""
    if isinstance(value, str):
        return escape(value, marks)
    parts = (
        escape(part, marks)
        if isinstance(part, str)
        else marks.subcomponent.join(escape(leaf, marks) for leaf in part)
        for part in value
    )
    return marks.component.join(parts)
