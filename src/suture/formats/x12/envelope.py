"""Reads the envelopes of an interchange: groups, transaction sets, counts and control numbers.

In: the segments from ISA to IEA. Out: an `Interchange` with its trees, and problems. Refuses to
know: how segments were cut. A set without a definition keeps its segments in one flat loop.
"""

from __future__ import annotations

from suture.core.problem import Problem, Severity
from suture.formats.x12.check import check_elements, segment_problems
from suture.formats.x12.definition import LoopDefinition
from suture.formats.x12.interchange import Group, Interchange, SetContext, TransactionSet
from suture.formats.x12.segment import Segment, SegmentTable
from suture.formats.x12.sets import ELEMENTS, FUNCTIONAL_IDS
from suture.formats.x12.structure import Structure
from suture.formats.x12.tree import Loop, SetSource, flat

ENVELOPE_IDS = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1", "ISB", "ISE"})
_UNDECLARED = LoopDefinition("", True, 1, (), ())
_SERVICE = frozenset({"ISB", "ISE"})
"""Security and service segments of the interchange: kept in the bytes, not read."""


class EnvelopeReader:
    """Collects groups and sets while it goes through the segments of one interchange."""

    def __init__(self, structure: Structure, header: Segment) -> None:
        self._structure = structure
        self._header = header
        self._count = 0
        self.problems: list[Problem] = []
        self.groups: list[Group] = []
        self.acks: list[Segment] = []
        self.trailer: Segment | None = None
        self._group: Segment | None = None
        self._sets: list[TransactionSet] = []
        self._set_controls: set[str] = set()
        self._group_controls: set[str] = set()

    def state(
        self, code: str, segment: Segment, number: int, text: str, *, is_error: bool = True
    ) -> None:
        """Add a problem at an element of a segment."""
        severity = Severity.ERROR if is_error else Severity.WARNING
        self.problems.append(Problem(code, severity, text, segment.path(number), segment.offset))

    def open_group(self, segment: Segment) -> None:
        """Start a group; one that is still open has lost its GE."""
        self.close_group(None)
        self._group = segment
        if segment.element(6) in self._group_controls:
            note = "two groups of the interchange have the same control number"
            self.state("x12.control-repeated", segment, 6, note)
        self._group_controls.add(segment.element(6))

    def close_group(self, trailer: Segment | None) -> None:
        """End the open group, checking GE against it."""
        header = self._group
        if header is None:
            if trailer is not None:
                self.state("x12.envelope", trailer, 0, "GE without GS before it")
            return
        if trailer is None:
            self.state("x12.group-trailer", header, 0, "the group has no GE")
        else:
            if not _same_number(trailer.element(1), self._count):
                note = f"{self._count} transaction sets were received"
                self.state("x12.set-count", trailer, 1, note)
            if _number(trailer.element(2)) != _number(header.element(6)):
                self.state("x12.group-control", trailer, 2, "GE02 must repeat GS06")
        self.groups.append(Group(header, trailer, self._sets))
        self._group, self._sets, self._count, self._set_controls = None, [], 0, set()

    def add_set(self, table: SegmentTable, start: int, end: int) -> None:
        """Add the transaction set from ST at `start` to before `end`; its last may be SE."""
        opening = table.segment(start, start)
        if self._group is None:
            self.state("x12.envelope", opening, 0, "ST without GS before it")
            self._group = Segment(["GS"], opening.offset, opening.index, opening.delimiters)
        functional_id, expected = self._group.element(1), FUNCTIONAL_IDS.get(opening.element(1))
        if expected and functional_id and functional_id != expected:
            note = "GS01 is not the functional id of this transaction set"
            self.state("x12.functional-id", opening, 1, note, is_error=False)
        control = opening.element(2)
        if control in self._set_controls:
            note = "two transaction sets of the group have the same control number"
            self.state("x12.control-repeated", opening, 2, note)
        self._set_controls.add(control)
        is_closed = table.ids[end - 1] == "SE"
        if is_closed:
            self._check_trailer(opening, table.segment(end - 1, start))
        else:
            self.state("x12.set-trailer", opening, 0, "the transaction set has no SE")
        source = SetSource(table, start, end - 1 if is_closed else end)
        tree, is_declared = self._matched(opening, source)
        context = SetContext(self._header, self._group)
        self._sets.append(TransactionSet(table, start, end, tree, is_declared, context))
        self._count += 1

    def release(self) -> TransactionSet:
        """Return the last set and forget it; it still counts in its group."""
        return self._sets.pop()

    def _check_trailer(self, opening: Segment, trailer: Segment) -> None:
        if not _same_number(trailer.element(1), trailer.index):
            note = f"{trailer.index} segments were received, ST and SE included"
            self.state("x12.segment-count", trailer, 1, note)
        if trailer.element(2).strip() != opening.element(2).strip():
            self.state("x12.set-control", trailer, 2, "SE02 must repeat ST02")

    def _matched(self, opening: Segment, source: SetSource) -> tuple[Loop, bool]:
        """Return the tree; structure and elements are checked when the set is declared."""
        matcher = self._structure.matcher(opening.element(1))
        if matcher is None:
            note = "no definition of this transaction set is declared; it is passed on unchecked"
            path, place = opening.path(1), opening.offset
            self.problems.append(Problem("x12.unknown-set", Severity.INFO, note, path, place))
            return flat(_UNDECLARED, source), False
        tree, problems = matcher.match(source)
        self.problems += problems
        self.problems += check_elements(source)
        return tree, True

    def take(self, segment: Segment) -> None:
        """Take one segment that stands outside a transaction set."""
        match segment.elements[0]:
            case "GS":
                self.open_group(segment)
            case "GE":
                self.close_group(segment)
            case "TA1":
                self.problems += segment_problems(segment, ELEMENTS["TA1"])
                self.acks.append(segment)
            case "IEA" if self.trailer is None:
                self.close_group(None)
                self.trailer = segment
            case "SE":
                self.state("x12.envelope", segment, 0, "SE without ST before it")
            case "ISA" if segment.index > 1:
                self.state("x12.envelope", segment, 0, "ISA inside an interchange")
            case "IEA":
                self.state("x12.envelope", segment, 0, "a second IEA")
            case name if name not in ENVELOPE_IDS:
                note = "a segment stands outside a transaction set; it is kept but not read"
                self.state("x12.envelope", segment, 0, note)
            case _:
                pass

    def finish(self) -> None:
        """Check IEA against what was received."""
        self.close_group(None)
        trailer = self.trailer
        if trailer is None:
            note = "IEA is missing: the interchange was cut off"
            self.state("x12.interchange-trailer", self._header, 0, note)
            return
        if not _same_number(trailer.element(1), len(self.groups)):
            note = f"{len(self.groups)} groups were received"
            self.state("x12.group-count", trailer, 1, note)
        if _number(trailer.element(2)) != _number(self._header.element(13)):
            self.state("x12.interchange-control", trailer, 2, "IEA02 must repeat ISA13")


def read_envelope(
    table: SegmentTable, content: bytes, offset: int, structure: Structure
) -> tuple[Interchange, list[Problem]]:
    """Return the interchange of `table` (ISA first) with what is wrong with it."""
    header = table.segment(0)
    reader = EnvelopeReader(structure, header)
    start = -1
    for number, segment_id in enumerate(table.ids):
        if segment_id not in ENVELOPE_IDS:
            if start < 0:
                reader.take(table.segment(number))
            continue
        if start >= 0:
            end = number + 1 if segment_id == "SE" else number
            reader.add_set(table, start, end)
            start = -1
            if segment_id == "SE":
                continue
        if segment_id == "ST":
            start = number
        else:
            reader.take(table.segment(number))
    if start >= 0:
        reader.add_set(table, start, len(table))
    reader.finish()
    interchange = Interchange(
        content, offset, table.delimiters, header, reader.groups, reader.acks, reader.trailer
    )
    return interchange, reader.problems


def _number(text: str) -> str:
    """Return a control number without padding, for comparison."""
    return text.strip().lstrip("0")


def _same_number(text: str, count: int) -> bool:
    digits = text.strip()
    return digits.isascii() and digits.isdecimal() and len(digits) < 12 and int(digits) == count
