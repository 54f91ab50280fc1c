"""Application advice (824): what a partner's application made of our document.

In: a reading of a set. Out: `Advice`. Refuses to know: which of our documents is meant. TED07, the
copy of our bad data, is not in the view.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from suture.formats.x12.tree import Loop
from suture.formats.x12.view.part import Party, Reference
from suture.formats.x12.view.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdviceError:
    """TED: one error."""

    code: str
    """TED01."""
    text: str
    """TED02: free text of the partner's."""
    segment_id: str
    place: int | None
    """TED04: the segment's place, ST being 1."""
    element: int | None
    """TED05."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdvisedSet:
    """OTI: the fate of one transaction."""

    code: str
    """OTI01: TA accepted, TE accepted with errors, TR rejected; IA, IR ... for items."""
    qualifier: str
    number: str
    """OTI03: our document's number."""
    group_control: str
    set_control: str
    set_id: str
    references: tuple[Reference, ...]
    errors: tuple[AdviceError, ...]

    @property
    def is_rejected(self) -> bool:
        """The second letter of OTI01 is R."""
        return self.code[1:2] == "R"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Advice:
    """824."""

    purpose: str
    number: str
    day: date | None
    parties: tuple[Party, ...]
    sets: tuple[AdvisedSet, ...]


def advice(reading: Reading) -> Advice | None:
    """Return the view of an 824."""
    head = reading.head("BGN")
    if head is None:
        return None
    return Advice(
        purpose=head.element(1),
        number=head.element(2),
        day=reading.day(head, 3),
        parties=reading.parties(reading.tree),
        sets=tuple(_advised(reading, loop) for loop in reading.tree.within("OTI")),
    )


def _advised(reading: Reading, loop: Loop) -> AdvisedSet:
    head = loop.opening
    return AdvisedSet(
        code=head.element(1),
        qualifier=head.element(2),
        number=head.element(3),
        group_control=head.element(8),
        set_control=head.element(9),
        set_id=head.element(10),
        references=reading.references(loop),
        errors=tuple(_error(reading, inner) for inner in loop.within("TED")),
    )


def _error(reading: Reading, loop: Loop) -> AdviceError:
    segment = loop.opening
    return AdviceError(
        code=segment.element(1),
        text=segment.element(2),
        segment_id=segment.element(3),
        place=reading.count(segment, 4),
        element=reading.count(segment, 5),
    )
