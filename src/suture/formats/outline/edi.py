"""The tree of an X12 or EDIFACT interchange: envelopes, loops, segments, elements.

In: an interchange. Out: nodes with the paths of the problems. Refuses to know: sets' meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from suture.formats import edifact, x12
from suture.formats.outline.names import EDIFACT, X12
from suture.formats.outline.node import NAMELESS, Node

LINES_MAX = 200_000
"""Segments shown of one interchange."""


def x12_node(interchange: x12.Interchange) -> Node:
    """Return the tree; loops nest as their set is declared."""
    children = [_x12_segment(interchange.header)]
    children += [_x12_segment(found) for found in interchange.interchange_acks]
    for group in interchange.groups:
        inner = [_x12_segment(group.header)]
        for found in group.sets:
            rows = [_x12_segment(found.header), *_x12_loop(found.tree)]
            last = found.segments[-1]
            if last.id == "SE":
                rows.append(_x12_segment(last))
            label = f"set {found.id}"
            inner.append(Node(label, "", "", "", tuple(rows)))
        if group.trailer is not None:
            inner.append(_x12_segment(group.trailer))
        children.append(Node(f"group {group.functional_id}", "", "", "", tuple(inner)))
    if interchange.trailer is not None:
        children.append(_x12_segment(interchange.trailer))
    return Node("interchange", "", "", "", tuple(children))


def _x12_loop(loop: x12.Loop) -> Iterator[Node]:
    """Yield the segments of a loop, each inner loop as one node, in document order."""
    rows: list[tuple[int, Node]] = [(s.offset, _x12_segment(s)) for s in loop.segments]
    for inner in loop.loops:
        opening = inner.opening
        name = X12.get(opening.id, "")
        node = Node(f"loop {inner.id}", "", name, opening.path(), tuple(_x12_loop(inner)))
        rows.append((opening.offset, node))
    yield from (node for _, node in sorted(rows, key=lambda row: row[0]))


def _x12_segment(segment: x12.Segment) -> Node:
    children = tuple(
        Node(f"{segment.id}{n:02}", value, X12.get(f"{segment.id}{n:02}", ""), segment.path(n))
        for n, value in enumerate(segment.elements)
        if n and value.strip()
    )
    return Node(segment.id or NAMELESS, "", X12.get(segment.id, ""), segment.path(), children)


def edifact_node(interchange: edifact.Interchange) -> Node:
    """Return the tree: messages one after the other, groups of segments are not nested."""
    children = [_edifact_segment(interchange.header)] if interchange.header else []
    for message in interchange.messages:
        rows = tuple(_edifact_segment(s) for s in message.segments[:LINES_MAX])
        children.append(Node(f"message {message.type}", "", message.version, "", rows))
    if interchange.trailer is not None:
        children.append(_edifact_segment(interchange.trailer))
    return Node("interchange", "", "", "", tuple(children))


def _edifact_segment(segment: edifact.Segment) -> Node:
    children = []
    for number in range(1, len(segment.elements)):
        parts = segment.components(number)
        label, path = f"{segment.id}-{number}", segment.path(number)
        if len(parts) == 1:
            if parts[0]:
                children.append(Node(label, parts[0], "", path))
            continue
        inner = tuple(
            Node(f"{label}.{n}", part, "", segment.path(number, n))
            for n, part in enumerate(parts, 1)
            if part
        )
        children.append(Node(label, "", "", path, inner))
    return Node(
        segment.id or NAMELESS, "", EDIFACT.get(segment.id, ""), segment.path(), tuple(children)
    )
