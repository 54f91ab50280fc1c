"""Reads a view from a message by its bindings, whatever order or gaps the sender left.

In: a message and a view class. Out: the view, always, and problems: a value that cannot be read, a
segment too many, a null. Refuses to know: structures (`validate` holds messages against them).
Segments no class claims are passed over; a group ends where a name belongs to a class above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Final, TypeVar

from suture.core.phi import Phi
from suture.core.problem import Problem, Severity
from suture.formats.hl7v2.escape import unescape
from suture.formats.hl7v2.lines import name_of
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.path import HEADERS
from suture.formats.hl7v2.switch import may_switch, switched
from suture.formats.hl7v2.views.bind import Cell, Plan, plan
from suture.formats.hl7v2.views.kind import Kind, Parts

View = TypeVar("View")

PROBLEMS_MAX: Final = 200
"""Most problems stated about one view."""
REPETITIONS_MAX: Final = 1_000
"""Most repetitions of one field taken into a view."""
PARTS_MAX: Final = 200
"""Most components, or subcomponents, of one value taken into a view."""


@dataclass(slots=True)
class Reader:
    """Walks the segments of one message."""

    message: Message
    zone: tzinfo
    names: list[str]
    numbers: list[int]
    """Which segment of its name each one is."""
    problems: list[Problem] = field(default_factory=list)

    def state(self, code: str, severity: Severity, text: str, position: int, number: int) -> None:
        """Keep a problem about a field (`number` 0: the segment)."""
        if len(self.problems) < PROBLEMS_MAX:
            path = f"{self.names[position]}[{self.numbers[position]}]"
            path += f"-{number}" if number else ""
            offset = self.message.offset_of(position)
            self.problems.append(Problem(code, severity, text, path, offset))

    def group(self, kind: type[Any], position: int, above: frozenset[str]) -> tuple[Any, int]:
        """Return the group of a class that opens at `position`, and where it ends."""
        bound = plan(kind)
        values: dict[str, Any] = {}
        if _is_of(self.names[position], bound.segment):
            values = self.segment(bound, position)
            position += 1
        taken: dict[str, list[Any]] = {}
        while position < len(self.names):
            attribute = _taker(bound, self.names[position])
            if attribute is None:
                if self.names[position] in above or _is_own(self.names[position], above):
                    break
                position += 1
                continue
            what = dict(bound.under)[attribute]
            held = taken.setdefault(attribute, [])
            start = position
            made, position = self.group(what.kind, position, above | bound.claims)
            if held and not what.is_many:
                text = "the segment comes again; the view holds the first"
                self.state("hl7v2.view-repeats", Severity.WARNING, text, start, 0)
            else:
                held.append(made)
        for attribute, what in bound.under:
            if attribute in taken:
                held = taken[attribute]
                values[attribute] = tuple(held) if what.is_many else held[0]
        return kind(**values), position

    def segment(self, bound: Plan, position: int) -> dict[str, Any]:
        """Return the attributes of a class that stand in the segment at `position`."""
        fields = self.message.fields(position)
        values = {name: self.value(cell, fields, position) for name, cell in bound.cells}
        for name, kind in bound.same:
            values[name] = kind(**self.segment(plan(kind), position))
        if bound.segment == "Z*":
            values["name"] = self.names[position]
            values["fields"] = tuple(self.whole(one) for one in fields[1:PARTS_MAX])
        return values

    def value(self, cell: Cell, fields: list[bytes], position: int) -> Any:
        """Return one attribute, wrapped when its cell says so."""
        place = cell.number - 1 if fields[0] in HEADERS else cell.number
        held = fields[place] if place < len(fields) else b""
        made: Any = () if cell.is_many else cell.kind.empty
        if held:
            mark = self.message.delimiters.octets[2]
            if cell.is_many:
                parts = held.split(mark, REPETITIONS_MAX)[:REPETITIONS_MAX] if mark else [held]
                made = tuple(self.one(cell.kind, part, position, cell.number) for part in parts)
            else:
                first = held.partition(mark)[0] if mark else held
                made = self.one(cell.kind, first, position, cell.number)
        return made if cell.label is None else Phi(made, cell.label)

    def whole(self, held: bytes) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """Return every repetition of a field with its components and subcomponents."""
        mark = self.message.delimiters.octets[2]
        repetitions = held.split(mark, REPETITIONS_MAX)[:REPETITIONS_MAX] if mark else [held]
        if not held:
            return ()
        return tuple(tuple(tuple(part) for part in self.parts(one)) for one in repetitions)

    def one(self, kind: Kind, held: bytes, position: int, number: int) -> Any:
        """Return one repetition as its kind; empty, with a problem, when it is none."""
        if held == b'""':
            text = "the field is null: the sender deletes the value; the view holds nothing"
            self.state("hl7v2.view-null", Severity.INFO, text, position, number)
            return kind.empty
        parts = self.parts(held)
        try:
            return kind.read(parts, self.zone)
        except (ValueError, ArithmeticError):
            text = "the value cannot be read; the view holds nothing for it"
            self.state("hl7v2.view-value", Severity.WARNING, text, position, number)
            return kind.empty

    def parts(self, held: bytes) -> Parts:
        """Return the components of one repetition as text, escapes read."""
        marks = self.message.delimiters
        is_wide = self.message.charset.wide
        codec = "utf-8" if is_wide else self.message.charset.codec
        mark = marks.octets[3]
        if mark and not is_wide and may_switch(held, mark):
            text = switched(held, mark, codec)
        else:
            text = held.decode(codec, "replace")
        components = text.split(marks.component, PARTS_MAX) if marks.component else [text]
        made = [
            part.split(marks.subcomponent, PARTS_MAX)[:PARTS_MAX] if marks.subcomponent else [part]
            for part in components[:PARTS_MAX]
        ]
        if marks.escape and marks.escape in text:
            return [[unescape(one, marks, codec) for one in part] for part in made]
        return made


def _is_of(name: str, segment: str) -> bool:
    return name == segment or (segment == "Z*" and name.startswith("Z"))


def _is_own(name: str, claims: frozenset[str]) -> bool:
    return name.startswith("Z") and "Z*" in claims


def _taker(bound: Plan, name: str) -> str | None:
    """Return the attribute whose class opens with a name, or None."""
    for attribute, what in bound.under:
        if any(_is_of(name, start) for start in plan(what.kind).starts):
            return attribute
    return None


def read_view(
    message: Message, kind: type[View], types: Sequence[str], zone: tzinfo = UTC
) -> tuple[View, list[Problem]]:
    """Return a view of `message` and what could not be read; `zone` holds where none is named.

    A message of another type than `types` (MSH-9.1) is read all the same, with an error.
    """
    names, numbers, counts = [], [], dict[str, int]()
    for position in range(len(message.segments())):
        name = name_of(message.fields(position)[0])
        counts[name] = counts.get(name, 0) + 1
        names.append(name)
        numbers.append(counts[name])
    reader = Reader(message, zone, names, numbers)
    if message.get("MSH-9.1") not in types:
        text = f"the view reads {', '.join(types)}; MSH-9 names another message"
        reader.problems.append(
            Problem("hl7v2.view-trigger", Severity.ERROR, text, "MSH[1]-9", None)
        )
    if not names or names[0] != "MSH":
        return kind(), reader.problems
    made, _ = reader.group(kind, 0, frozenset())
    view: View = made
    return view, reader.problems


def needed(problems: list[Problem], path: str, *, is_there: bool) -> None:
    """Add an error when a segment without which the view says nothing is missing."""
    if not is_there:
        text = f"the message has no {path}; the view holds nothing for it"
        problems.append(Problem("hl7v2.view-missing", Severity.ERROR, text, path))
