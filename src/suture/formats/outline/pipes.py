"""The tree of an HL7 v2 message: segments, fields, repetitions, components.

In: a message. Out: nodes with the paths of `hl7v2.validate`. Refuses to know: structures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from suture.formats.hl7v2 import Message
from suture.formats.outline.names import HL7
from suture.formats.outline.node import NAMELESS, Node

_HEADERS = ("MSH", "FHS", "BHS")
REPETITIONS_SHOWN = 20_000
"""Repetitions of one field in the tree: as many as the reader takes for sound."""


def hl7v2_node(message: Message) -> Node:
    """Return the tree; empty fields are left out."""
    met: Counter[str] = Counter()
    segments = []
    for position, segment in enumerate(message.segments()):
        met[segment.name] += 1
        path = f"{segment.name}[{met[segment.name]}]"
        fields = message.fields(position)
        children = tuple(_fields(message, segment.name, path, fields))
        segments.append(
            Node(segment.name or NAMELESS, "", HL7.get(segment.name, ""), path, children)
        )
    return Node("message", "", "", "", tuple(segments))


def _fields(message: Message, name: str, path: str, fields: list[bytes]) -> Iterator[Node]:
    delimiters = message.delimiters
    is_header = name in _HEADERS
    first = 2 if is_header else 1
    for number, content in enumerate(fields[1:], first):
        if not content:
            continue
        label, here = f"{name}-{number}", f"{path}-{number}"
        if is_header and number == 2:
            yield Node(label, message.read(content), "delimiters", here)
            continue
        repetitions = content.split(delimiters.octets[2]) if delimiters.octets[2] else [content]
        for n, part in enumerate(repetitions[:REPETITIONS_SHOWN], 1):
            place = f"{here}[{n}]" if len(repetitions) > 1 else here
            yield _field(message, part, label, place, delimiters.octets[1], delimiters.octets[4])
        if len(repetitions) > REPETITIONS_SHOWN:
            rest = len(repetitions) - REPETITIONS_SHOWN
            yield Node(label, f"{rest} more repetitions, not shown", "", here)


def _field(
    message: Message, content: bytes, label: str, path: str, component: bytes, subcomponent: bytes
) -> Node:
    name = HL7.get(label, "")
    parts = content.split(component) if component else [content]
    if len(parts) == 1 and not (subcomponent and subcomponent in content):
        return Node(label, message.read(content), name, path)
    children = tuple(
        Node(f"{label}.{n}", message.read(part), "", f"{path}.{n}")
        for n, part in enumerate(parts, 1)
        if part
    )
    return Node(label, "", name, path, children)
