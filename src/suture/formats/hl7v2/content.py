"""Holds the fields of one segment against their cells: required, repeated, typed, coded.

In: a segment cut into fields, the cells of its fields. Out: problems with path and byte offset.
Refuses to know: which segments a message needs. Empty and null leaves are not looked into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.path import HEADERS
from suture.formats.hl7v2.primitive import FORMS, LENGTHS, PRIMITIVE
from suture.formats.hl7v2.profile import Hl7Profile
from suture.formats.hl7v2.standard import Cell, Standard, data_types

PROBLEMS_MAX: Final = 200
"""Most problems stated about one message: more help nobody and cost memory."""
LEAVES_MAX: Final = 2_000_000
"""Most leaves looked at in one message: about two seconds of work."""
REPETITIONS_MAX: Final = 1_000
"""Most repetitions of one field looked into; all are counted."""
PARTS_MAX: Final = 200
"""Most components of one value looked into: the widest type has 26."""
_NULL: Final = b'""'
_PRIMITIVE_CODES: Final = frozenset(name.encode("ascii") for name in PRIMITIVE)
_VARIES: Final = frozenset({"varies", "Varies", "VARIES", "var"})
_SEPARATELY: Final = frozenset({("MSH", number) for number in (1, 2, 9, 12, 18)})
"""Fields other checks are about: delimiters, trigger, version, character set."""


@dataclass(slots=True)
class Check:
    """Carries what the check of one message needs and collects what it finds."""

    message: Message
    tables: Standard
    profile: Hl7Profile
    clause: str
    """Start of every clause, e.g. `HL7 v2.5.1 ADT_A01`."""
    problems: list[Problem] = field(default_factory=list)
    leaves: int = 0
    is_stopped: bool = False

    def state(self, code: str, severity: Severity, text: str, at: Place, rule: str = "") -> None:
        """Keep a problem; past the limit only that the check stopped."""
        if self.is_stopped:
            return
        if len(self.problems) >= PROBLEMS_MAX:
            self.stop()
            return
        clause = f"{self.clause} {rule}" if rule else self.clause
        self.problems.append(Problem(code, severity, text, at.path, at.offset, clause))

    def stop(self) -> None:
        """End the check at a limit, and say so once."""
        if not self.is_stopped:
            self.is_stopped = True
            text = "the check stopped at a limit; correct what is stated and check again"
            self.problems.append(Problem("hl7v2.check-stopped", Severity.INFO, text))

    def table(self, number: str) -> frozenset[bytes]:
        """Return the codes of a table, the profile's first."""
        own = self.profile.tables.get(number)
        if own is not None:
            return frozenset(code.encode(self.message.charset.codec, "replace") for code in own)
        if number == "0125":
            return data_types() | _PRIMITIVE_CODES
        return self.tables.table(number)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is."""

    path: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One segment under check."""

    name: str
    path: str
    """Name and number, e.g. `OBX[2]`."""
    position: int
    fields: list[bytes]

    def place(self, check: Check, number: int, repetition: int = 0, part: int = 0) -> Place:
        """Return the path and the byte where a field, repetition or component starts.

        In a segment continued by ADD the bytes between its lines are not counted.
        """
        path = f"{self.path}-{number}"
        if repetition > 1 or part:
            path += f"[{max(repetition, 1)}]" if repetition > 1 else ""
            path += f".{part}" if part else ""
        offset = check.message.offset_of(self.position)
        index = number - 1 if self.name.encode() in HEADERS else number
        if check.message.charset.wide:
            return Place(path, offset)
        offset += sum(len(one) + 1 for one in self.fields[:index])
        if index >= len(self.fields):
            return Place(path, max(offset - 1, 0))
        _, component, repeat, _, _ = check.message.delimiters.octets
        held = self.fields[index]
        skipped, held = _skipped(held, repeat, repetition)
        return Place(path, offset + skipped + _skipped(held, component, part)[0])


def _skipped(held: bytes, mark: bytes, number: int) -> tuple[int, bytes]:
    """Return the bytes before the `number`-th part, and that part; past the last, all and none."""
    if number <= 1 or not mark:
        return 0, held.partition(mark)[0] if number == 1 and mark else held
    parts = held.split(mark, number)
    if len(parts) < number:
        return len(held), b""
    return sum(len(one) + 1 for one in parts[: number - 1]), parts[number - 1]


def check_segment(check: Check, row: Row, cells: tuple[Cell, ...]) -> None:
    """State what is wrong with the fields of one segment."""
    shift = 1 if row.name.encode() in HEADERS else 0
    fields = row.fields
    for number, cell in enumerate(cells, start=1):
        index = number - shift
        held = fields[index] if 0 <= index < len(fields) else b""
        if (row.name, number) in _SEPARATELY:
            continue
        if not held:
            if cell.is_required:
                text = "a required field is empty; fill it"
                place = row.place(check, number)
                check.state("hl7v2.required", Severity.WARNING, text, place, f"{row.name}-{number}")
            continue
        _field(check, row, number, cell, held)
        if check.is_stopped:
            return
    if len(fields) + shift - 1 > len(cells) and any(fields[len(cells) + 1 - shift :]):
        text = f"the segment has {len(cells)} fields in this version; more are filled"
        check.state(
            "hl7v2.field-unknown", Severity.INFO, text, row.place(check, len(cells) + 1), row.name
        )


def _field(check: Check, row: Row, number: int, cell: Cell, held: bytes) -> None:
    """Check one filled field."""
    rule = f"{row.name}-{number}"
    if cell.type in ("WD", ""):
        text = "the field is withdrawn in this version; leave it empty"
        check.state("hl7v2.withdrawn", Severity.INFO, text, row.place(check, number), rule)
        return
    repeat = check.message.delimiters.octets[2]
    if repeat and repeat in held:
        count = held.count(repeat) + 1
        if cell.repetitions and count > cell.repetitions:
            text = f"the field may be given {cell.repetitions} time(s); it comes {count} times"
            place = row.place(check, number, cell.repetitions + 1)
            check.state("hl7v2.repetition", Severity.WARNING, text, place, rule)
        parts = held.split(repeat, REPETITIONS_MAX)[:REPETITIONS_MAX]
    else:
        parts = [held]
    data_type = _data_type(check, row, number, cell)
    bound = check.profile.bindings.get(rule, "")
    for repetition, part in enumerate(parts, start=1):
        if part and part != _NULL:
            spot = Spot(row, number, repetition, cell.is_required)
            _value(check, spot, data_type, cell.table, part)
            if bound:
                _coded(check, spot, bound, part)
    if check.leaves > LEAVES_MAX:
        check.stop()


@dataclass(frozen=True, slots=True)
class Spot:
    """One value under check."""

    row: Row
    number: int
    repetition: int
    is_required: bool

    def place(self, check: Check, part: int = 0) -> Place:
        """Return the path and offset of the value or one of its components."""
        return self.row.place(check, self.number, self.repetition, part)

    def rule(self, part: int = 0) -> str:
        """Return the end of the clause."""
        return f"{self.row.name}-{self.number}" + (f".{part}" if part else "")


def _data_type(check: Check, row: Row, number: int, cell: Cell) -> str:
    """Return the data type of a field; OBX-2 names that of OBX-5."""
    if cell.type not in _VARIES:
        return cell.type
    if row.name != "OBX" or number != 5:
        return "ST"
    stated = row.fields[2].decode("latin-1").strip() if len(row.fields) > 2 else ""
    return stated if stated in PRIMITIVE or check.tables.components(stated) else "ST"


def _value(check: Check, spot: Spot, data_type: str, table: str, held: bytes) -> None:
    """Check one repetition: a primitive, or components, or subcomponents."""
    _, component, _, _, subcomponent = check.message.delimiters.octets
    cells = check.tables.components(data_type)
    if not cells or data_type in PRIMITIVE:
        if component and component in held and data_type in FORMS:
            _too_many(check, spot, 1)
            held = held.partition(component)[0]
        _leaf(check, spot, data_type, table, held)
        return
    parts = held.split(component, PARTS_MAX) if component else [held]
    for number, cell in enumerate(cells, start=1):
        part = parts[number - 1] if number <= len(parts) else b""
        if not part:
            if cell.is_required:
                text = "a required component is empty; fill it"
                place = spot.place(check, number)
                check.state("hl7v2.component", Severity.INFO, text, place, spot.rule(number))
            continue
        inner = check.tables.components(cell.type)
        if inner and subcomponent and cell.type not in PRIMITIVE:
            leaves = part.split(subcomponent, PARTS_MAX)
            for one, leaf in zip(inner, leaves, strict=False):
                _leaf(check, spot, _moment(cell.type, one), one.table, leaf, number)
        else:
            _leaf(check, spot, _moment(data_type, cell, number), cell.table, part, number)
    if len(parts) > len(cells) and any(parts[len(cells) :]):
        _too_many(check, spot, len(cells))


def _moment(outer: str, cell: Cell, number: int = 1) -> str:
    """Return the type of a component; TS.1 is text in old tables but always a date-time."""
    return "DTM" if outer == "TS" and number == 1 and cell.type == "ST" else cell.type


def _too_many(check: Check, spot: Spot, number: int) -> None:
    text = f"the data type has {number} component(s) in this version; more are filled"
    place = spot.place(check, number + 1)
    check.state("hl7v2.component", Severity.INFO, text, place, spot.rule())


def _leaf(check: Check, spot: Spot, data_type: str, table: str, held: bytes, part: int = 0) -> None:
    """Check one leaf: its form, its length, its table."""
    check.leaves += 1
    value = held.strip(b" ")
    if not value or value == _NULL:
        return
    form = FORMS.get(data_type)
    if form is not None:
        if not form(value):
            severity = Severity.ERROR if spot.is_required and part <= 1 else Severity.WARNING
            text = f"the value is no {data_type}; it cannot be read as one"
            check.state("hl7v2.data-type", severity, text, spot.place(check, part), spot.rule(part))
        elif len(value) > LENGTHS.get(data_type, 1 << 30) and check.tables.version < "2.7":
            text = f"a {data_type} has at most {LENGTHS[data_type]} characters"
            place = spot.place(check, part)
            check.state("hl7v2.length", Severity.INFO, text, place, spot.rule(part))
    elif table and (data_type == "ID" or table in check.profile.tables):
        _coded(check, spot, table, value, part)


def _coded(check: Check, spot: Spot, table: str, held: bytes, part: int = 0) -> None:
    """Check the first leaf of a value against a table, if its codes are known."""
    codes = check.table(table)
    _, component, _, _, subcomponent = check.message.delimiters.octets
    for mark in (component, subcomponent):
        held = held.partition(mark)[0] if mark else held
    if codes and held and held.strip(b" ") not in codes:
        text = f"the value is not in table {table}; send one of its codes"
        check.state(
            "hl7v2.table-value",
            Severity.WARNING,
            text,
            spot.place(check, part),
            f"{spot.rule(part)} table {table}",
        )
