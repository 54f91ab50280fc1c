"""Walks a message structure: which segment may follow which, and what was left out.

In: an expression such as `MSH EVN PID PD1? (PR1 ROL*)* (OBR|RQD)` and segment names one by one.
Out: the place each name takes and the required names skipped on the way. Refuses to know: fields,
severities. A step is computed once per place and name and kept, so a walk is linear in the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"\s*(?:([A-Z][A-Z0-9]{2}|any)|([()|])|([?*+])|\{(\d+),(\d+)\})")
_EXPRESSION_MAX: Final = 4_000
"""Longest expression read, in characters: the longest published structure has 1,800."""
_DEPTH_MAX: Final = 20
"""Deepest nesting read; published structures have seven."""


class Node:
    """One segment or group of a structure."""

    __slots__ = ("children", "index", "is_choice", "is_required", "name", "parent", "repeats")

    def __init__(self, name: str = "") -> None:
        self.name = name
        """Segment name; empty for a group."""
        self.children: list[Node] = []
        self.is_choice = False
        self.is_required = True
        self.repeats = False
        self.parent: Node | None = None
        self.index = 0

    def bound(self, sign: str, low: str, high: str) -> None:
        """Take the sign of a cardinality."""
        self.is_required = sign not in ("?", "*") and low != "0"
        self.repeats = sign in ("*", "+") or (bool(high) and high != "1")

    def first(self) -> str:
        """Return the name that shows best that this node is there."""
        if self.name:
            return self.name
        wanted = [child for child in self.children if child.is_required] or self.children
        return wanted[0].first() if wanted else ""


class Grammar:
    """One structure with the steps walked so far."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.names = frozenset(_names(root))
        """Every segment name of the structure."""
        self.start = Node()
        self.start.parent, self.start.index = root, -1
        self._steps: dict[tuple[int, str], tuple[Node | None, tuple[str, ...]]] = {}

    def step(self, place: Node, name: str) -> tuple[Node | None, tuple[str, ...]]:
        """Return the place `name` takes after `place`, and the required names skipped.

        None when the structure has no place for it after `place`. A name that the structure does
        not spell takes the place of its `any`, if it has one.
        """
        name = name if name in self.names else "any"
        key = (id(place), name)
        found = self._steps.get(key)
        if found is None:
            found = _best(place, name)
            self._steps[key] = found
        return found

    def end(self, place: Node) -> tuple[str, ...]:
        """Return the required names still missing when the message ends at `place`."""
        missing: list[str] = []
        at = place
        while at.parent is not None:
            missing += _rest(at)
            at = at.parent
        return tuple(missing)


def _names(node: Node) -> Iterator[str]:
    if node.name:
        yield node.name
    for child in node.children:
        yield from _names(child)


def _best(place: Node, name: str) -> tuple[Node | None, tuple[str, ...]]:
    """Return the nearest place for `name`, preferring one that skips nothing required."""
    best: tuple[Node | None, tuple[str, ...]] = (None, ())
    for node, missing in _candidates(place, name):
        if not missing:
            return node, ()
        if best[0] is None or len(missing) < len(best[1]):
            best = (node, tuple(missing))
    if best[0] is not None and place.name == name:
        # The same segment again where it may not repeat: say that, not that a group is incomplete.
        return None, ()
    return best


def _candidates(place: Node, name: str) -> Iterator[tuple[Node, list[str]]]:
    if place.repeats and place.name == name:
        yield place, []
    missing: list[str] = []
    at = place
    while at.parent is not None:
        parent = at.parent
        if not parent.is_choice:
            hit = _among(parent.children[at.index + 1 :], name)
            if hit is not None:
                yield hit[0], missing + hit[1]
        missing = missing + _rest(at)
        if parent.repeats:
            hit = _enter(parent, name)
            if hit is not None:
                yield hit[0], missing + hit[1]
        at = parent


def _rest(at: Node) -> list[str]:
    """Return what is required after `at` in its group."""
    parent = at.parent
    if parent is None or parent.is_choice:
        return []
    return [node.first() for node in parent.children[at.index + 1 :] if node.is_required]


def _among(nodes: list[Node], name: str) -> tuple[Node, list[str]] | None:
    skipped: list[str] = []
    for node in nodes:
        hit = _enter(node, name)
        if hit is not None:
            return hit[0], skipped + hit[1]
        if node.is_required:
            skipped.append(node.first())
    return None


def _enter(node: Node, name: str) -> tuple[Node, list[str]] | None:
    """Return the first place for `name` inside a node, with what is required before it there."""
    if node.name:
        return (node, []) if node.name == name else None
    if node.is_choice:
        hits = (_enter(child, name) for child in node.children)
        return next((hit for hit in hits if hit is not None), None)
    return _among(node.children, name)


@lru_cache(maxsize=512)
def grammar(expression: str) -> Grammar:
    """Return the structure written in `expression`; raises ValueError when it cannot be read."""
    if len(expression) > _EXPRESSION_MAX:
        raise ValueError(f"a structure has at most {_EXPRESSION_MAX} characters")
    root = Node()
    open_groups = [root]
    place = 0
    text = expression.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"a structure cannot be read at character {place + 1}")
        _take(open_groups, match)
        place = match.end()
    if len(open_groups) != 1 or not root.children:
        raise ValueError("a structure needs segments, and each ( its )")
    root.is_choice = False
    return Grammar(root)


def _take(open_groups: list[Node], match: re.Match[str]) -> None:
    """Add one token to the innermost open group."""
    name, mark, sign, low, high = match.groups()
    group = open_groups[-1]
    if name or mark == "(":
        node = Node(name or "")
        node.parent, node.index = group, len(group.children)
        group.children.append(node)
        if mark:
            open_groups.append(node)
    elif mark == ")":
        if len(open_groups) == 1 or not group.children:
            raise ValueError("a structure has a ) without its ( or an empty group")
        open_groups.pop()
    elif mark == "|":
        group.is_choice = True
    elif group.children:
        group.children[-1].bound(sign or "", low or "", high or "")
    if len(open_groups) > _DEPTH_MAX:
        raise ValueError(f"a structure nests at most {_DEPTH_MAX} groups")
