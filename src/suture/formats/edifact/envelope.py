"""Reads the envelopes of one interchange: header, groups, messages, trailer.

In: segments, service segments apart from the others. Out: `Read` items. Refuses to know: how
segments were cut, and how counts are checked (`validate`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from suture.core.problem import Problem, Severity
from suture.formats.edifact.charset import CODECS, UNCERTAIN, first_foreign
from suture.formats.edifact.codes import STATED_MAX, Limits
from suture.formats.edifact.interchange import Counts, Group, Interchange, Message
from suture.formats.edifact.segment import Segment, SegmentTable, Syntax

CLAUSE: Final = "ISO 9735 8"
"""Service segments: UNB, UNG, UNH and their trailers."""
_OF_THE_HOUSE: Final = frozenset({"edifact.line-end", "edifact.line-break"})
"""Rules of the house, not of the standard."""
_VERSION_MAX: Final = 4


class Read(NamedTuple):
    """A message, or the end of an interchange, with what is wrong with it."""

    message: Message | None
    interchange: Interchange | None
    problems: list[Problem]


class EnvelopeReader:
    """Collects what one interchange has; messages are handed out when they are complete."""

    def __init__(self, begin: int, offset: int, syntax: Syntax, limits: Limits) -> None:
        self.problems: list[Problem] = []
        self.syntax = syntax
        self.has_header = False
        self.is_full = ""
        """Which limit is met, if one is."""
        self._limits = limits
        self._begin = begin
        self._offset = offset
        self._header = _single("UNB", offset, syntax)
        self._texts: list[str] = []
        self._offsets: list[int] = []
        self._group: Segment | None = None
        self._group_messages = 0
        self._groups: list[Group] = []
        self._counts = Counts()
        self._references: set[str] = set()
        self._noted: set[str] = set()
        self._is_stray = False
        """The last segments stood outside a message; only the first of them is stated."""

    def state(
        self, code: str, path: str, offset: int, text: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Add a problem of the envelope."""
        if len(self.problems) < STATED_MAX:
            clause = "" if code in _OF_THE_HOUSE else CLAUSE
            self.problems.append(Problem(code, severity, text, path, offset, clause))

    def note_layout(self, code: str, offset: int) -> None:
        """State once that line ends stand between segments, and once that they stand inside."""
        if code in self._noted:
            return
        self._noted.add(code)
        is_inside = code == "edifact.line-break"
        severity = Severity.WARNING if is_inside else Severity.INFO
        note = (
            "line breaks stand inside segments and are left out"
            if is_inside
            else "line ends or spaces stand between segments"
        )
        self.state(code, "", offset, note, severity)

    def body(self, texts: list[str], offsets: list[int]) -> list[Read]:
        """Take segments that are no service segments; outside of a message they are stray."""
        if not texts:
            return []
        if not self._texts:
            for text, offset in zip(texts, offsets, strict=True):
                if text and not self._is_stray:
                    self._is_stray = True
                    note = "a segment stands outside a message; it is kept but not read"
                    path = _single(text, offset, self.syntax).path()
                    self.state("edifact.envelope", path, offset, note)
            return []
        if "" in texts:
            kept = [number for number, text in enumerate(texts) if text]
            texts, offsets = [texts[n] for n in kept], [offsets[n] for n in kept]
        self._texts += texts
        self._offsets += offsets
        if len(self._texts) > self._limits.segments_max:
            self.is_full = f"a message has at most {self._limits.segments_max} segments"
        return []

    def service(self, tag: str, text: str, offset: int) -> list[Read]:
        """Take one service segment."""
        found: list[Read] = []
        self._is_stray = False
        if tag == "UNT" and self._texts:
            self._texts.append(text)
            self._offsets.append(offset)
            return self._close_message(is_closed=True)
        found += self._close_message(is_closed=False)
        segment = _single(text, offset, self.syntax)
        self._check_characters(SegmentTable([text], [offset], self.syntax))
        match tag:
            case "UNB":
                self._open(text, offset)
            case "UNH":
                self._texts, self._offsets = [text], [offset]
            case "UNG":
                self._close_group(None)
                self._group, self._group_messages = segment, 0
            case "UNE" if self._group is not None:
                self._close_group(segment)
            case "UNZ":
                found.append(self.finished(segment))
            case _:
                note = f"{tag} without its header before it"
                self.state("edifact.envelope", segment.path(), offset, note)
        return found

    def _open(self, text: str, offset: int) -> None:
        header = _single(text, offset, self.syntax)
        if self._counts.messages or self._groups:
            note = "UNB stands after messages"
            self.state("edifact.envelope", "UNB[1]", offset, note)
        identifier, version = header.value(1), header.value(1, 2)
        number = int(version) if version in {"1", "2", "3", "4"} else 3
        if identifier not in CODECS or version not in {"1", "2", "3", "4"}:
            note = "the syntax identifier is one of UNOA to UNOY, its version 1 to 4"
            self.state("edifact.syntax", "UNB[1]-1", offset, note, Severity.WARNING)
        elif identifier in UNCERTAIN:
            note = "bytes of this set may look like delimiters; they are read as delimiters"
            self.state("edifact.charset", "UNB[1]-1.1", offset, note, Severity.WARNING)
        marks = self.syntax.delimiters
        if number < _VERSION_MAX:
            marks = replace(marks, repetition="")
        elif not self.syntax.has_una:
            marks = replace(marks, repetition="*")
        self.syntax = Syntax(marks, identifier, number, self.syntax.has_una)
        self._header = _single(text, offset, self.syntax)
        self.has_header = True
        self._check_characters(SegmentTable([text], [offset], self.syntax))

    def _check_characters(self, table: SegmentTable) -> None:
        if self.has_header:
            self.problems += characters(table)

    def _close_message(self, *, is_closed: bool) -> list[Read]:
        if not self._texts:
            return []
        table = SegmentTable(self._texts, self._offsets, self.syntax)
        self._texts, self._offsets = [], []
        message = Message(table, self._group, is_closed)
        counts = self._counts
        if counts.messages >= self._limits.messages_max:
            self.is_full = f"an interchange has at most {self._limits.messages_max} messages"
            return []
        is_loose = self._group is None
        self._group_messages += 1
        self._counts = counts._replace(messages=counts.messages + 1, loose=counts.loose + is_loose)
        problems = characters(table) + _oversized(table, self._limits)
        if not is_closed:
            note = "the message has no UNT"
            problems.append(_at("edifact.message-trailer", message.header, note))
        reference = message.reference
        if reference in self._references:
            note = "two messages of the interchange have the same reference"
            problems.append(_at("edifact.reference-repeated", message.header, note, 1))
        self._references.add(reference)
        if not self.has_header and counts.messages == 0:
            note = "an interchange starts with UNB; its messages are read all the same"
            self.state("edifact.no-unb", "UNB", table.offsets[0], note)
        return [Read(message, None, problems)]

    def _close_group(self, trailer: Segment | None) -> None:
        if self._group is None:
            return
        if trailer is None:
            note = "the group has no UNE"
            self.state("edifact.group-trailer", "UNG[1]", self._group.offset, note)
        self._groups.append(Group(self._group, trailer, [], self._group_messages))
        self._counts = self._counts._replace(groups=self._counts.groups + 1)
        self._group = None

    def finished(self, trailer: Segment | None) -> Read:
        """Return the end of the interchange."""
        self._close_group(None)
        if trailer is None:
            note = "UNZ is missing: the interchange was cut off"
            self.state("edifact.interchange-trailer", "UNB[1]", self._header.offset, note)
        return self.abandoned(trailer)

    def cut_off(self) -> list[Read]:
        """Return what is open when an interchange ends without UNZ."""
        found = self._close_message(is_closed=False)
        return [*found, self.finished(None)]

    def abandoned(self, trailer: Segment | None = None) -> Read:
        """Return the interchange as far as it was read."""
        found = Interchange(
            b"", self._begin, self.syntax, self._header, trailer, [], self._groups, self._counts
        )
        # In order of place, so that it makes no difference how the file was cut.
        return Read(None, found, sorted(self.problems, key=_place))


def _place(problem: Problem) -> tuple[int, str]:
    return problem.offset or 0, problem.code


def _single(text: str, offset: int, syntax: Syntax) -> Segment:
    return SegmentTable([text], [offset], syntax).segment(0)


def _at(code: str, segment: Segment, note: str, number: int = 0) -> Problem:
    path = segment.path(number)
    return Problem(code, Severity.ERROR, note, path, segment.offset, CLAUSE)


def characters(table: SegmentTable) -> list[Problem]:
    """Return the first character of the segments that is not in the set, if there is one."""
    syntax = table.syntax
    marks, identifier = syntax.delimiters, syntax.identifier
    if first_foreign(marks.segment.join(table.texts), identifier, marks) is None:
        return []
    kept: Problem | None = None
    for number, text in enumerate(table.texts):
        found = first_foreign(text, identifier, marks)
        if found is None:
            continue
        path, place = table.segment(number).path(), table.offsets[number] + found.place
        problem = Problem(found.code, found.severity, found.text, path, place)
        if found.severity is not Severity.INFO:
            return [problem]
        kept = kept or problem
    return [kept] if kept else []


def _oversized(table: SegmentTable, limits: Limits) -> list[Problem]:
    """Return a problem for the first segment that has more elements than are read."""
    most, marks = limits.elements_max, table.syntax.delimiters
    for number, text in enumerate(table.texts):
        if len(text) > most and max(map(text.count, marks.special)) > most:
            segment = table.segment(number)
            note = f"a segment has at most {most} elements, components or repetitions"
            return [_at("edifact.elements", segment, note)]
    return []
