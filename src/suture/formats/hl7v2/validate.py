"""Holds a message against its version and a partner's profile: structure first, then fields.

In: a `Message`, perhaps an `Hl7Profile`. Out: problems, each with path, byte offset and clause.
Refuses to know: whether the message is taken; a severity of error says that something cannot be
read, a warning that the standard or the profile is broken but the meaning is there.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.hl7v2.content import Check, Place, Row, check_segment
from suture.formats.hl7v2.grammar import Grammar, grammar
from suture.formats.hl7v2.lines import name_of
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.path import Path, parse_path
from suture.formats.hl7v2.profile import NO_PROFILE, Hl7Profile, own_cells, own_structure
from suture.formats.hl7v2.standard import nearest, standard, versions_of
from suture.formats.hl7v2.trigger import likely_name, structure_name
from suture.formats.profile import permitted

ANCHORS: Final[dict[str, tuple[str, ...]]] = {
    "ACK": ("MSA",),
    "ADT": ("PID",),
    "DFT": ("FT1",),
    "MFK": ("MSA", "MFI"),
    "MFN": ("MFI", "MFE"),
    "OMG": ("ORC",),
    "OMN": ("ORC",),
    "OMS": ("ORC",),
    "ORM": ("ORC",),
    "ORU": ("OBR",),
    "SIU": ("SCH",),
}
"""Message type -> segments without which there is nothing to read in it."""
_ANYWHERE: Final = frozenset({"DSC", "ADD", "SFT", "UAC"})
"""Segments of the protocol, which later versions allow in every message."""


def validate(message: Message, profile: Hl7Profile | None = None) -> list[Problem]:
    """Return what in `message` differs from its version of HL7 and from `profile`.

    Checks run in order: version, structure, fields, the profile's own rules. Deviations the
    profile permits by name come back as `INFO`. At most 200 problems, then `hl7v2.check-stopped`.
    """
    agreed = profile or NO_PROFILE
    stated = message.version
    wanted = agreed.version or stated
    tables = nearest(wanted)
    kind, _, event = message.trigger.partition("^")
    name = structure_name(kind, event, message.structure, tables)
    label = f"HL7 v{wanted if standard(wanted) is not None else tables.version}"
    own = own_structure(profile, message.trigger)
    if own is not None:
        name = f"{agreed.name} {kind}_{event}"
    check = Check(message, tables, agreed, f"{label} {name}".rstrip())
    rows = _rows(message)
    if standard(wanted) is None:
        text = f"MSH-12 names no version of HL7 v2; held against {tables.version}"
        check.state("hl7v2.version", Severity.WARNING, text, _header(check, rows, "MSH-12"))
    walked = own or (grammar(tables.structure(name)) if name else None)
    if walked is None:
        _no_structure(check, _header(check, rows, "MSH[1]-9"), kind, event)
    else:
        if own is None:
            _stated_structure(check, _header(check, rows, "MSH[1]-9.3"), name)
        _structure(check, walked, rows, kind)
    _content(check, rows)
    _agreed(check, rows)
    return _permitted(check.problems, agreed)


def _rows(message: Message) -> list[Row]:
    """Return the segments of a message, numbered by name."""
    counts: dict[str, int] = {}
    rows = []
    for segment in message.segments():
        fields = message.fields(segment.index)
        name = name_of(fields[0])
        counts[name] = counts.get(name, 0) + 1
        rows.append(Row(name, f"{name or '?'}[{counts[name]}]", segment.index, fields))
    return rows


def _header(check: Check, rows: list[Row], path: str) -> Place:
    """Return where a field of MSH is, under the path it is stated with."""
    if not rows:
        return Place(path)
    field, _, part = path.partition("-")[2].partition(".")
    return replace(rows[0].place(check, int(field), part=int(part or 0)), path=path)


def _no_structure(check: Check, at: Place, kind: str, event: str) -> None:
    """State that the version has no structure for the trigger, and which versions have one."""
    others = versions_of(likely_name(kind, event))
    text = "no structure is known for this trigger; only the segments are checked"
    code = "hl7v2.structure-unknown"
    if others:
        code = "hl7v2.structure-version"
        text = f"the trigger belongs to versions {others[0]} to {others[-1]}; MSH-12 says another"
    check.state(code, Severity.INFO, text, at)


def _stated_structure(check: Check, at: Place, name: str) -> None:
    """State a structure in MSH-9.3 that is not the trigger's."""
    stated = check.message.structure
    if stated and stated != name and check.tables.structure(stated) != check.tables.structure(name):
        text = f"MSH-9.3 names another structure than the trigger's, {name}"
        check.state("hl7v2.structure-name", Severity.INFO, text, at, "MSH-9.3")


def _structure(check: Check, walked: Grammar, rows: list[Row], kind: str) -> None:
    """Walk the segments through the structure and state what does not fit."""
    place = walked.start
    missing: list[tuple[str, int | None]] = []
    late: set[str] = set()
    for row in rows:
        node, skipped = walked.step(place, row.name)
        if node is not None:
            offset = check.message.offset_of(row.position) if skipped else None
            missing += [(name, offset) for name in skipped]
            place = node
        elif row.name in walked.names:
            late.add(row.name)
            _misplaced(check, row, is_again=place.name == row.name)
        else:
            _stranger(check, row)
        if check.is_stopped:
            return
    size = len(bytes(check.message))
    missing += [(name, size) for name in walked.end(place)]
    anchors = ANCHORS.get(kind, ())
    for name, offset in missing:
        # One that comes later in the message is stated where it stands.
        if name not in late:
            is_anchor = name in anchors and not check.message.count(name)
            severity = Severity.ERROR if is_anchor else Severity.WARNING
            text = f"the structure needs {name} here"
            check.state("hl7v2.segment-missing", severity, text, Place(name, offset), name)


def _misplaced(check: Check, row: Row, *, is_again: bool) -> None:
    """State a segment of the structure that may not stand where it does."""
    place = Place(row.path, check.message.offset_of(row.position))
    if is_again:
        text = f"{row.name} may come once here"
        check.state("hl7v2.segment-repetition", Severity.WARNING, text, place, row.name)
    else:
        text = f"{row.name} does not belong here in this structure"
        check.state("hl7v2.segment-sequence", Severity.WARNING, text, place, row.name)


def _stranger(check: Check, row: Row) -> None:
    """State a segment the structure does not name: the standard's, an agreed one, or unknown."""
    if row.name in _ANYWHERE or row.name in check.profile.segments:
        return
    place = Place(row.path, check.message.offset_of(row.position))
    if check.tables.has_segment(row.name):
        text = f"{row.name} is no part of this structure"
        check.state("hl7v2.segment-unexpected", Severity.INFO, text, place)
    elif check.profile.is_closed or not row.name.startswith("Z"):
        severity = Severity.WARNING if check.profile.is_closed else Severity.INFO
        text = "the segment is not known in this version; define it in the profile"
        check.state("hl7v2.segment-unknown", severity, text, place)


def _content(check: Check, rows: list[Row]) -> None:
    """Check the fields of every segment that has a definition."""
    own = {name: own_cells(cells) for name, cells in check.profile.segments.items()}
    for row in rows:
        cells = own.get(row.name) or check.tables.fields(row.name)
        if cells:
            check_segment(check, row, cells)
        if check.is_stopped:
            return


def _agreed(check: Check, rows: list[Row]) -> None:
    """Check what the profile requires and forbids."""
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    clause = f"profile {check.profile.name}"
    for text in check.profile.required:
        path = parse_path(text)
        found = by_name.get(path.name.decode(), [])
        empty = [row for row in found if not _filled(check, row, path)]
        said = "the profile requires it"
        if not found:
            at = Place(text, len(bytes(check.message)))
            check.problems.append(_breach("hl7v2.profile-required", said, at, clause))
        for row in islice(empty, 20):
            at = row.place(check, path.field) if path.field else Place(row.path)
            check.problems.append(_breach("hl7v2.profile-required", said, at, clause))
    for text in check.profile.forbidden:
        path = parse_path(text)
        for row in islice(by_name.get(path.name.decode(), []), 20):
            if _filled(check, row, path):
                at = row.place(check, path.field) if path.field else _whole(check, row)
                said = "the profile forbids it"
                check.problems.append(_breach("hl7v2.profile-forbidden", said, at, clause))


def _breach(code: str, text: str, at: Place, clause: str) -> Problem:
    return Problem(code, Severity.WARNING, text, at.path, at.offset, clause)


def _whole(check: Check, row: Row) -> Place:
    return Place(row.path, check.message.offset_of(row.position))


def _filled(check: Check, row: Row, path: Path) -> bool:
    """Return whether a segment is there and, where the path names a field, has it filled."""
    return not path.field or bool(check.message.text_at(row.position, path))


def _permitted(problems: list[Problem], profile: Hl7Profile) -> list[Problem]:
    """Return the problems with the permitted ones marked.

    A deviation may say `PID-3` for any segment of the name: paths are matched with and without
    the segment's number, which a shell pattern could not spell.
    """
    if not profile.deviations:
        return problems
    marked = []
    for problem in problems:
        name, bracket, rest = problem.path.partition("[")
        plain = name + rest.partition("]")[2] if bracket and "-" not in name else problem.path
        for path in (problem.path, plain):
            [one] = permitted([replace(problem, path=path)], profile)
            if one.permitted_by:
                break
        marked.append(replace(one, path=problem.path))
    return marked
