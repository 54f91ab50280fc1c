"""Holds an interchange as received: envelope values, groups, transaction sets, and its bytes.

In: what `parse` found. Out: `Interchange`, `Group`, `TransactionSet`; `bytes(interchange)` are the
bytes received. Refuses to know: files, partners, what a transaction set asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time

from suture.core.refusal import RefusalError
from suture.formats.x12.delimiters import Delimiters
from suture.formats.x12.element import date6, time_of_day
from suture.formats.x12.segment import Segment, SegmentTable
from suture.formats.x12.tree import Loop


@dataclass(frozen=True, slots=True)
class Party:
    """An interchange partner: ISA05/ISA06 or ISA07/ISA08, white space stripped."""

    qualifier: str
    id: str


@dataclass(frozen=True, slots=True, repr=False)
class SetContext:
    """The envelope around a transaction set: who sent it, under which control numbers."""

    interchange: Segment
    """ISA."""
    group: Segment
    """GS; a lone id when the set stands in no group."""


@dataclass(frozen=True, slots=True, repr=False)
class TransactionSet:
    """ST to SE."""

    table: SegmentTable
    """The segments of the whole interchange."""
    start: int
    """Number of ST in the table."""
    end: int
    """Number after SE, or after the last segment when the set was cut off."""
    tree: Loop
    """The segments between ST and SE by loops; flat when no definition is declared."""
    is_declared: bool
    """A definition is declared for this set, so its structure was checked."""
    context: SetContext
    """ISA and GS of the set; a stream has nothing else of them."""

    @property
    def header(self) -> Segment:
        """ST."""
        return self.table.segment(self.start, self.start)

    @property
    def segments(self) -> list[Segment]:
        """All segments, ST and SE included; SE is absent when the set was cut off."""
        return [self.table.segment(n, self.start) for n in range(self.start, self.end)]

    @property
    def id(self) -> str:
        """ST01, e.g. `850`."""
        return self.header.element(1)

    @property
    def control_number(self) -> str:
        """ST02."""
        return self.header.element(2)

    @property
    def offset(self) -> int:
        """Byte offset of ST."""
        return self.table.offsets[self.start]

    def __repr__(self) -> str:
        return f"<transaction set of {self.end - self.start} segments at byte {self.offset}>"


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """GS to GE: transaction sets of one functional id."""

    header: Segment
    trailer: Segment | None
    sets: list[TransactionSet]

    @property
    def functional_id(self) -> str:
        """GS01, e.g. `PO`."""
        return self.header.element(1)

    @property
    def sender(self) -> str:
        """GS02, the application sender's code."""
        return self.header.element(2).strip()

    @property
    def receiver(self) -> str:
        """GS03, the application receiver's code."""
        return self.header.element(3).strip()

    @property
    def control_number(self) -> str:
        """GS06, as written."""
        return self.header.element(6).strip()

    @property
    def version(self) -> str:
        """GS08, e.g. `005010`."""
        return self.header.element(8).strip()

    def __repr__(self) -> str:
        return f"<group of {len(self.sets)} transaction sets at byte {self.header.offset}>"


@dataclass(frozen=True, slots=True, repr=False)
class Interchange:
    """ISA to IEA, as received."""

    content: bytes
    offset: int
    """Byte offset in the file; offsets of segments and problems count from the file's start."""
    delimiters: Delimiters
    header: Segment
    """ISA; a lone id when the content has none."""
    groups: list[Group] = field(default_factory=list)
    interchange_acks: list[Segment] = field(default_factory=list)
    """TA1 segments."""
    trailer: Segment | None = None
    """IEA; None when the interchange was cut off."""

    def __bytes__(self) -> bytes:
        return self.content

    def __repr__(self) -> str:
        return f"<interchange of {len(self.content)} bytes, {len(self.groups)} groups>"

    @property
    def sender(self) -> Party:
        """ISA05 and ISA06."""
        return Party(self.header.element(5).strip(), self.header.element(6).strip())

    @property
    def receiver(self) -> Party:
        """ISA07 and ISA08."""
        return Party(self.header.element(7).strip(), self.header.element(8).strip())

    @property
    def control_number(self) -> str:
        """ISA13, as written (9 digits)."""
        return self.header.element(13).strip()

    @property
    def version(self) -> str:
        """ISA12, e.g. `00501`."""
        return self.header.element(12).strip()

    @property
    def is_test(self) -> bool:
        """ISA15 is `T`."""
        return self.header.element(15).strip() == "T"

    test = is_test

    @property
    def ack_requested(self) -> bool:
        """ISA14 is `1`: the sender wants a TA1."""
        return self.header.element(14).strip() == "1"

    @property
    def prepared_at(self) -> datetime | None:
        """ISA09 and ISA10 in the sender's local time, without zone; None when unreadable."""
        try:
            day = date6(self.header.element(9).strip())
            moment: time = time_of_day(self.header.element(10).strip())
        except RefusalError:
            return None
        return datetime.combine(day, moment)

    @property
    def sets(self) -> list[TransactionSet]:
        """The transaction sets of all groups, in order."""
        return [found for group in self.groups for found in group.sets]
