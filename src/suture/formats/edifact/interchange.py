"""Holds an interchange as received: envelope values, groups, messages, and its bytes.

In: what the reader found. Out: `Interchange`, `Group`, `Message`; `bytes(interchange)` are the
bytes received. Refuses to know: files, partners, what a message asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from suture.formats.edifact.path import parse_path
from suture.formats.edifact.segment import Segment, SegmentTable, Syntax


@dataclass(frozen=True, slots=True)
class InterchangeParty:
    """An interchange partner: S002 or S003 of UNB."""

    id: str
    qualifier: str = ""
    """0007, e.g. `14` for a GLN."""
    routing: str = ""
    """0008 or 0014: address inside the partner's house."""


class Message:
    """UNH to UNT."""

    __slots__ = ("group", "is_closed", "table")

    table: SegmentTable
    """The segments of this message, UNH first."""
    group: Segment | None
    """UNG of the group around it."""
    is_closed: bool
    """The last segment is UNT."""

    def __init__(self, table: SegmentTable, group: Segment | None, is_closed: bool) -> None:
        self.table = table
        self.group = group
        self.is_closed = is_closed

    @property
    def start(self) -> int:
        """Number of UNH in the table."""
        return 0

    @property
    def end(self) -> int:
        """Number of UNT in the table, or after the last segment when it is missing."""
        return len(self.table) - self.is_closed

    @property
    def header(self) -> Segment:
        """UNH."""
        return self.table.segment(0)

    @property
    def trailer(self) -> Segment | None:
        """UNT; None when the message was cut off."""
        return self.table.segment(len(self.table) - 1) if self.is_closed else None

    @property
    def segments(self) -> list[Segment]:
        """All segments, UNH and UNT included."""
        return [self.table.segment(number) for number in range(len(self.table))]

    @property
    def reference(self) -> str:
        """0062 of UNH, the message reference."""
        return self.header.value(1)

    @property
    def type(self) -> str:
        """0065 of UNH, e.g. `ORDERS`."""
        return self.header.value(2)

    @property
    def version(self) -> str:
        """0052 and 0054 of UNH, e.g. `D.96A`."""
        _, version, release = (*self.header.components(2), "", "", "")[:3]
        return f"{version}.{release}"

    @property
    def association(self) -> str:
        """0057 of UNH, e.g. `EAN008`."""
        return self.header.value(2, 5)

    @property
    def offset(self) -> int:
        """Byte offset of UNH."""
        return self.table.offsets[0]

    def all(self, tag: str) -> list[Segment]:
        """Return every segment with this tag, in order, wherever it stands."""
        return [self.table.segment(n) for n, found in enumerate(self.table.ids) if found == tag]

    def segment(self, path: str) -> Segment | None:
        """Return the segment that `path` names, or None; raises RefusalError `edifact.path`."""
        found = parse_path(path)
        number = self.number_of(found.tag, found.segment)
        return None if number is None else self.table.segment(number)

    def number_of(self, tag: str, occurrence: int) -> int | None:
        """Return the number in the table of the n-th segment `tag`, from 1."""
        place = -1
        for _ in range(occurrence):
            try:
                place = self.table.ids.index(tag, place + 1)
            except ValueError:
                return None
        return place

    def get(self, path: str) -> str:
        """Return the value at `path`, e.g. `DTM[2]-1.2`; empty when there is none.

        Raises RefusalError `edifact.path` when the path cannot be read.
        """
        found, segment = parse_path(path), self.segment(path)
        if segment is None or not found.element:
            return ""
        return segment.value(found.element, found.component, found.repetition)

    def __repr__(self) -> str:
        return f"<message of {len(self.table)} segments at byte {self.offset}>"


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """UNG to UNE: messages of one type."""

    header: Segment
    trailer: Segment | None
    messages: list[Message]
    message_count: int
    """Messages received; `messages` is empty when they were handed out one by one."""

    @property
    def type(self) -> str:
        """0038 of UNG."""
        return self.header.value(1)

    @property
    def reference(self) -> str:
        """0048 of UNG."""
        return self.header.value(5)

    def __repr__(self) -> str:
        return f"<group of {self.message_count} messages at byte {self.header.offset}>"


class Counts(NamedTuple):
    """What an interchange was found to have."""

    messages: int = 0
    groups: int = 0
    loose: int = 0
    """Messages outside of groups."""


@dataclass(frozen=True, slots=True, repr=False)
class Interchange:
    """UNB to UNZ, as received."""

    content: bytes
    offset: int
    """Byte offset of the content in the file; other offsets count from the file's start."""
    syntax: Syntax
    header: Segment
    """UNB; a lone tag when the content has none."""
    trailer: Segment | None = None
    """UNZ; None when the interchange was cut off."""
    messages: list[Message] = field(default_factory=list)
    """All messages, those in groups included, in order."""
    groups: list[Group] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def __bytes__(self) -> bytes:
        return self.content

    def __repr__(self) -> str:
        return f"<interchange of {len(self.content)} bytes, {self.counts.messages} messages>"

    @property
    def sender(self) -> InterchangeParty:
        """S002 of UNB."""
        return _party(self.header, 2)

    @property
    def receiver(self) -> InterchangeParty:
        """S003 of UNB."""
        return _party(self.header, 3)

    @property
    def reference(self) -> str:
        """0020 of UNB, the interchange control reference."""
        return self.header.value(5)

    @property
    def application(self) -> str:
        """0026 of UNB, e.g. `ORDERS`."""
        return self.header.value(7)

    @property
    def is_test(self) -> bool:
        """0035 of UNB is `1`."""
        return self.header.value(11) == "1"

    @property
    def ack_requested(self) -> bool:
        """0031 of UNB is `1`: the sender wants a CONTRL."""
        return self.header.value(9) == "1"

    @property
    def prepared_at(self) -> datetime | None:
        """S004 of UNB in the sender's local time, without zone; None when unreadable."""
        day, moment = self.header.value(4), self.header.value(4, 2)
        if len(day) == 6:
            day = "20" + day
        try:
            # The standard gives no zone; the caller knows the partner's.
            return datetime.strptime(day + moment[:4], "%Y%m%d%H%M")  # noqa: DTZ007
        except ValueError:
            return None


def _party(header: Segment, number: int) -> InterchangeParty:
    return InterchangeParty(header.value(number), header.value(number, 2), header.value(number, 3))
