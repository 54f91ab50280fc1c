"""Reads the 997 and 999 that answer ours: verdicts, reasons, counts (spec 2.0.6).

In: a received acknowledgement. Out: `SetAck`, `GroupAck`. Refuses to know: which of our sets are
meant, and whether a business accepts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from suture.formats.x12.interchange import TransactionSet
from suture.formats.x12.segment import Segment
from suture.formats.x12.tree import Loop

ACCEPTED_CODES: Final = frozenset({"A", "E"})
"""AK501/IK501/AK901 under which the set was taken (spec 2.0.6); `P` of a group decides nothing."""
REJECTED_CODES: Final = frozenset({"R", "M", "W", "X"})


@dataclass(frozen=True, slots=True)
class AckDetail:
    """One fault the partner found in a set of ours: AK3 with an AK4, IK3 with an IK4."""

    segment_id: str
    """AK301."""
    place: str
    """AK302: the segment's place in the set, ST being 1."""
    code: str
    """AK304, IK304."""
    element: str = ""
    """AK401, with the component where it is given (`4:2`)."""
    element_code: str = ""
    """AK403, IK403."""
    contexts: tuple[str, ...] = ()
    """CTX01 of a 999: names of contexts, never their values."""


@dataclass(frozen=True, slots=True)
class SetAck:
    """What a 997 or 999 says about one transaction set of ours, or about a whole group."""

    set_id: str
    """AK201; empty when the answer is for the whole group."""
    control: str
    """AK202; empty when the answer is for the whole group."""
    code: str
    """AK501, IK501, or AK901 of a group-level answer."""
    group_control: str
    """AK102."""
    functional_id: str = ""
    """AK101."""
    notes: tuple[str, ...] = ()
    """AK502 to AK506: why."""
    details: tuple[AckDetail, ...] = ()
    """Faults of segments and elements, in order."""

    @property
    def is_group_level(self) -> bool:
        """The answer names no transaction set."""
        return not self.control

    @property
    def is_accepted(self) -> bool:
        """The set or group was taken, with or without errors."""
        return self.code in ACCEPTED_CODES


@dataclass(frozen=True, slots=True)
class GroupAck:
    """What AK9 says about a group of ours."""

    functional_id: str
    control: str
    """AK102."""
    code: str
    """AK901: A, E, P, R ..."""
    included: str
    """AK902: sets the group said it has."""
    received: str
    """AK903."""
    accepted: str
    """AK904."""
    notes: tuple[str, ...] = ()
    """AK905 to AK909."""


def read_functional_ack(found: TransactionSet) -> list[SetAck]:
    """Return what a 997 or 999 says: one per AK2 with its AK5/IK5; the AK9 when there is no AK2.

    An AK2 without AK5 acknowledges nothing and is left out (spec 2.0.6). Empty for other sets.
    """
    body = found.tree
    header = body.first("AK1")
    if found.id not in {"997", "999"} or header is None:
        return []
    functional_id, group_control = header.element(1), header.element(2)
    answers = []
    for loop in body.within("AK2"):
        verdict = loop.first("AK5") or loop.first("IK5")
        if verdict is None or not verdict.element(1):
            continue
        start = loop.opening
        answers.append(
            SetAck(
                start.element(1),
                start.element(2).strip(),
                verdict.element(1),
                group_control,
                functional_id,
                _notes(verdict, 2, 6),
                tuple(_details(loop)),
            )
        )
    trailer = body.first("AK9")
    if not body.within("AK2") and trailer is not None and trailer.element(1):
        code = trailer.element(1)
        answers.append(SetAck("", "", code, group_control, functional_id, _notes(trailer, 5, 9)))
    return answers


def _notes(segment: Segment, first: int, last: int) -> tuple[str, ...]:
    values = (segment.element(number) for number in range(first, last + 1))
    return tuple(value for value in values if value)


def read_group_ack(found: TransactionSet) -> GroupAck | None:
    """Return what a 997 or 999 says about the whole group; None without AK1 and AK9."""
    header, trailer = found.tree.first("AK1"), found.tree.first("AK9")
    if found.id not in {"997", "999"} or header is None or trailer is None:
        return None
    return GroupAck(
        header.element(1),
        header.element(2),
        trailer.element(1),
        trailer.element(2),
        trailer.element(3),
        trailer.element(4),
        _notes(trailer, 5, 9),
    )


def _details(loop: Loop) -> Iterator[AckDetail]:
    """Yield the faults in an AK2 loop; a segment without elements in error stands alone."""
    for inner in loop.loops:
        start = inner.opening
        outer = AckDetail(
            start.element(1),
            start.element(2),
            start.element(4),
            contexts=tuple(_contexts(inner)),
        )
        elements = [(segment, ()) for segment in inner.all("AK4")]
        within = [(one.opening, tuple(_contexts(one))) for one in inner.within("IK4")]
        for segment, contexts in [*elements, *within]:
            yield AckDetail(
                outer.segment_id,
                outer.place,
                outer.code,
                segment.element(1),
                segment.element(3),
                outer.contexts + contexts,
            )
        if not elements and not within:
            yield outer


def _contexts(loop: Loop) -> Iterator[str]:
    for segment in loop.all("CTX"):
        yield segment.component(1, 1)
