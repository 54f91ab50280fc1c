"""Keeps account of which segments of a message were taken, so that the rest can be stated.

In: loops of X12 or groups of EDIFACT. Out: segments, and a problem for each that nobody took.
Refuses to know: what a segment says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from suture.core.problem import Problem
from suture.documents.carried import unread
from suture.formats.edi.tree import Loop, PlacedSegment

S = TypeVar("S", bound=PlacedSegment)


class Taken(Generic[S]):
    """Gives segments out and remembers which."""

    def __init__(self) -> None:
        self._offsets: set[int] = set()

    def take(self, segment: S | None) -> S | None:
        """Return the segment, as taken."""
        if segment is not None:
            self._offsets.add(segment.offset)
        return segment

    def opening(self, loop: Loop[S]) -> S:
        """Return the segment that opened a loop, as taken."""
        self._offsets.add(loop.opening.offset)
        return loop.opening

    def first(self, loop: Loop[S] | None, segment_id: str, qualifier: str = "") -> S | None:
        """Return the first such segment, directly in a loop or opening one in it, as taken."""
        if loop is None:
            return None
        found = loop.first(segment_id, qualifier)
        if found is None or found.offset == loop.opening.offset:
            inner = self.loop(loop, segment_id, qualifier)
            found = inner.opening if inner is not None else None
        return self.take(found)

    def loop(self, above: Loop[S], loop_id: str, qualifier: str = "") -> Loop[S] | None:
        """Return the first such loop, its opening as taken."""
        found = next(iter(above.within(loop_id, qualifier)), None)
        if found is not None:
            self.opening(found)
        return found

    def loops(self, above: Loop[S], loop_id: str) -> list[Loop[S]]:
        """Return every such loop, their openings as taken."""
        found = above.within(loop_id)
        for loop in found:
            self.opening(loop)
        return found

    def left(self, segments: Iterable[S]) -> list[Problem]:
        """Return a problem for each segment that was not taken."""
        return [unread(s.path(), s.offset) for s in segments if s.offset not in self._offsets]
