"""One node of a document's tree, and the difference of two trees.

In: nodes. Out: changes by path. Refuses to know: formats. Children are matched by their label and
content, so that an inserted segment is one addition and not a change of all that follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

CHILDREN_MATCHED_MAX: Final = 2_000
"""Above it children are matched by place: matching by content costs their product."""


NAMELESS: Final = "?"
"""Label of what has no name: an empty segment id, an empty member name."""


@dataclass(frozen=True, slots=True)
class Node:
    """A segment, field, element, attribute or member; `repr` shows no value."""

    label: str
    """How the format calls it, e.g. `PID-5`, `PO1`, `@payloadID`."""
    value: str = field(default="", repr=False)
    """Text of a leaf; empty where only the children have one."""
    name: str = ""
    """A short name in plain words; empty when the house has none."""
    path: str = ""
    """Path as problems give it."""
    children: tuple[Node, ...] = field(default=(), repr=False)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in document order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `kind` is `changed`, `added` or `removed`; `repr` shows no value."""

    kind: str
    path: str
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)


def differences(before: Node, after: Node) -> Iterator[Change]:
    """Yield what is different, in document order; paths are those of the side that has the node."""
    yield from _pairs((before,), (after,))


def _within(before: Node, after: Node) -> Iterator[Change]:
    """Yield what is different between two nodes of one label."""
    if before.value != after.value:
        yield Change("changed", after.path or before.path, before.value, after.value)
    old, new = before.children, after.children
    for kind, i1, i2, j1, j2 in _matched(old, new):
        if kind == "equal":
            continue
        yield from _pairs(old[i1:i2], new[j1:j2])


def _matched(old: tuple[Node, ...], new: tuple[Node, ...]) -> list[tuple[str, int, int, int, int]]:
    if max(len(old), len(new)) > CHILDREN_MATCHED_MAX:
        return [("replace", 0, len(old), 0, len(new))]
    keys = [_key(node) for node in old], [_key(node) for node in new]
    return list(SequenceMatcher(None, *keys, autojunk=False).get_opcodes())


def _key(node: Node) -> tuple[str, ...]:
    return tuple(f"{found.label}={found.value}" for found in node.walk())


def _pairs(old: tuple[Node, ...], new: tuple[Node, ...]) -> Iterator[Change]:
    """Match nodes of one label in their order; what has no partner was added or removed."""
    waiting: dict[str, list[Node]] = {}
    for node in old:
        waiting.setdefault(node.label, []).append(node)
    for node in new:
        partners = waiting.get(node.label)
        if partners:
            yield from _within(partners.pop(0), node)
        else:
            yield from (Change("added", n.path, "", n.value) for n in node.walk() if n.value)
    for rest in waiting.values():
        for node in rest:
            yield from (Change("removed", n.path, n.value, "") for n in node.walk() if n.value)
