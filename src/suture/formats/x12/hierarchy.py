"""Builds the tree of HL levels that a ship notice lays flat (X12 856, HL01 to HL03).

In: the loops of a transaction set. Out: `Level`s, outermost first, and problems. Refuses to know:
what shipment, order, pack and item levels hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from suture.core.problem import Problem, Severity
from suture.formats.x12.segment import Segment
from suture.formats.x12.tree import Loop


@dataclass(slots=True, repr=False)
class Level:
    """One HL loop with the levels below it."""

    loop: Loop
    parent: Level | None = None
    children: list[Level] = field(default_factory=list)

    @property
    def id(self) -> str:
        """HL01."""
        return self.loop.opening.element(1)

    @property
    def code(self) -> str:
        """HL03: S shipment, O order, P pack, T tare, I item."""
        return self.loop.opening.element(3)

    def above(self, code: str) -> Level | None:
        """Return the nearest level of kind `code` at or above this one, or None."""
        level: Level | None = self
        while level is not None and level.code != code:
            level = level.parent
        return level

    def walk(self) -> Iterator[Level]:
        """Yield this level and all below it, in order."""
        pending = [self]
        while pending:
            level = pending.pop()
            yield level
            pending += reversed(level.children)

    def first(self, segment_id: str, qualifier: str = "") -> Segment | None:
        """Return the first segment `segment_id` directly in this level, or None."""
        return self.loop.first(segment_id, qualifier)

    def __repr__(self) -> str:
        return f"<level with {len(self.children)} below>"


def hierarchy(tree: Loop) -> tuple[list[Level], list[Problem]]:
    """Return the outermost HL levels of a transaction set, and the links that do not hold.

    A level names its parent by HL02, which must stand before it, so there is no circle. A level
    whose parent is not there is returned as an outermost one, with `x12.hierarchy`.
    """
    problems: list[Problem] = []
    roots: list[Level] = []
    found: dict[str, Level] = {}
    for loop in tree.within("HL"):
        level, opening = Level(loop), loop.opening
        parent_id = opening.element(2)
        parent = found.get(parent_id) if parent_id else None
        if parent_id and parent is None:
            problems.append(_problem(opening, 2, "HL02 names no level before this one"))
        if parent is None:
            roots.append(level)
        else:
            level.parent = parent
            parent.children.append(level)
        if level.id in found:
            problems.append(_problem(opening, 1, "HL01 stands twice in the transaction set"))
        found.setdefault(level.id, level)
    return roots, problems


def _problem(opening: Segment, number: int, text: str) -> Problem:
    path = opening.path(number)
    return Problem("x12.hierarchy", Severity.ERROR, text, path, opening.offset)
