"""Sorts the segments of a transaction set into its loops, in the words of X12.

In: segments and a `LoopDefinition`. Out: a tree of `Loop`, and problems of structure. Refuses to
know: how the tree is built, which X12 shares with EDIFACT (`edi.tree`).
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from suture.formats.edi import tree as edi
from suture.formats.edi.definition import LoopDefinition
from suture.formats.edi.tree import flat
from suture.formats.x12.segment import Segment, SegmentTable

__all__ = ["Loop", "SetSource", "flat", "matcher"]

Loop: TypeAlias = edi.Loop[Segment]
"""One occurrence of a loop; the transaction set itself is the outermost one."""


class SetSource(NamedTuple):
    """Where the segments of one transaction set are: numbers in the interchange's table."""

    table: SegmentTable
    start: int
    """Number of ST."""
    end: int
    """Number of SE, or after the last segment when SE is missing."""


_WORDS = edi.TreeWords(
    subject="transaction set",
    unexpected="x12.unexpected-segment",
    order="x12.segment-order",
    missing="x12.segment-missing",
    segment_repeats="x12.segment-repeats",
    loop_repeats="x12.loop-repeats",
    missing_path=lambda segment_id, index, path: f"{segment_id}[{index}]",
)


def matcher(definition: LoopDefinition) -> edi.Matcher:
    """Return the automaton of one definition."""
    return edi.Matcher(definition, _WORDS)
