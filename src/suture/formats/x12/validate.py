"""Holds an interchange against the standard and a partner's guide: everything that can be said.

In: an interchange, an `X12Profile`. Out: problems, those of `parse` included, with clause; the
permitted ones are marked. Refuses to know: what to do about them. A pass of its own: parsing for
the hot path stays fast, and finds what makes content unreadable.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.profile import permitted
from suture.formats.x12.codes import DEFAULT, STATED_MAX, Limits
from suture.formats.x12.conform import code_problems, conform
from suture.formats.x12.dictionary import CLOSED_CODES, CODES, segment_rule
from suture.formats.x12.frame import frame_problems
from suture.formats.x12.guide import X12Profile, codes_of, differing_marks, rules_of, structure_of
from suture.formats.x12.interchange import Group, Interchange, TransactionSet
from suture.formats.x12.parse import parse
from suture.formats.x12.rule import SegmentRule
from suture.formats.x12.total import level_problems, total_problems

HOUSE_PROFILE: Final = X12Profile(name="house")
"""Nothing agreed: the standard as the house declares it."""

_CHARACTERS: Final[dict[str, re.Pattern[str]]] = {
    "basic": re.compile(r"[^A-Z0-9 !\"&'()*+,\-./:;?=]"),
    "extended": re.compile(r"[^A-Za-z0-9 !\"&'()*+,\-./:;?=%~@\[\]_{}\\|<>^`#$]"),
}
"""What stands outside the character sets of X12.5."""
_PLACE: Final = re.compile(r"([A-Z][A-Z0-9]{1,2})\[\d+\](?:-(\d+))?")
_TYPE_CODES: Final = frozenset(
    {
        "x12.element-length",
        "x12.element-short",
        "x12.element-number",
        "x12.element-date",
        "x12.element-time",
        "x12.element-character",
    }
)
_GATHERED_MAX: Final = 10_000
"""Most problems gathered before the worst are chosen: a hostile file has one per element."""
_ENVELOPE: Final = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"})


def validate(
    interchange: Interchange, profile: X12Profile = HOUSE_PROFILE, *, limits: Limits = DEFAULT
) -> list[Problem]:
    """Return every problem of an interchange, in order of place; permitted ones are `INFO`.

    Raises MisconfiguredError `profile.invalid` when a notation of the profile cannot be read.
    """
    again, found = parse(bytes(interchange), limits=limits, structure=structure_of(profile))
    shift = interchange.header.offset - again.header.offset
    problems = {(p.code, p.path, p.offset): p for p in found}
    for problem in islice(_more(again, profile), _GATHERED_MAX):
        problems.setdefault((problem.code, problem.path, problem.offset), problem)
    versions = _versions(again)
    ordered = sorted(problems.values(), key=lambda p: -1 if p.offset is None else p.offset)
    placed = [_placed(p, versions, shift) for p in ordered]
    return _stated(permitted(placed, profile), limits.problems_max)


def _more(interchange: Interchange, profile: X12Profile) -> Iterator[Problem]:
    """Yield what parsing does not look at."""
    yield from frame_problems(interchange, profile.version)
    for name in differing_marks(profile, interchange.delimiters):
        note = f"the {name} delimiter is not the one agreed"
        place = interchange.header.offset
        yield Problem("x12.profile-delimiters", Severity.WARNING, note, "ISA", place)
    for group in interchange.groups:
        rules = rules_of(profile, profile.version or group.version)
        for found in group.sets:
            yield from islice(_set_problems(found, group, profile, rules), STATED_MAX)


def _set_problems(
    found: TransactionSet, group: Group, profile: X12Profile, own: Mapping[str, SegmentRule]
) -> Iterator[Problem]:
    version = profile.version or group.version
    if found.is_declared:
        yield from total_problems(found)
        yield from level_problems(found)
        yield from _required(found, profile)
        yield from _segment_problems(found, version, own, codes_of(profile, found.id))
    if profile.character_set:
        yield from _character_problems(found, _CHARACTERS[profile.character_set])


def _segment_problems(
    found: TransactionSet,
    version: str,
    own: Mapping[str, SegmentRule],
    agreed: Mapping[str, frozenset[str]],
) -> Iterator[Problem]:
    coded = {path.partition("-")[0] for path in (*CODES, *CLOSED_CODES)}
    agreeing = {path.partition("-")[0] for path in agreed}
    table = found.table
    ids = table.ids
    rules = {
        name: own.get(name) or segment_rule(name, version)
        for name in set(ids[found.start : found.end])
    }
    for number in range(found.start, found.end):
        name = ids[number]
        rule = rules[name]
        if rule is None and name not in agreeing:
            continue
        segment = table.segment(number, found.start)
        if rule is not None:
            yield from conform(segment, rule)
        if name in coded:
            # An open list: the standard has more codes than the house acts on.
            yield from code_problems(segment, CODES, "x12.element-code", Severity.INFO)
            yield from code_problems(segment, CLOSED_CODES, "x12.element-code", Severity.ERROR)
        if name in agreeing:
            yield from code_problems(segment, agreed, "x12.profile-code", Severity.ERROR)


def _required(found: TransactionSet, profile: X12Profile) -> Iterator[Problem]:
    """Yield the segments that the guide requires and that stand nowhere in the set."""
    guide = profile.sets.get(found.id)
    wanted = set(guide.required) if guide else set()
    if not wanted:
        return
    for segment in found.segments:
        wanted -= {segment.id, f"{segment.id}:{segment.element(1)}"}
    for missing in sorted(wanted):
        note = "the partner's guide requires a segment that is not there"
        path = f"{missing.partition(':')[0]}[1]"
        yield Problem("x12.profile-segment", Severity.ERROR, note, path, found.offset)


def _character_problems(found: TransactionSet, outside: re.Pattern[str]) -> Iterator[Problem]:
    for segment in found.segments:
        for number, value in enumerate(segment.elements):
            if outside.search(value):
                place = segment.offset + sum(len(one) + 1 for one in segment.elements[:number])
                note = "a character is outside the set agreed with the partner"
                path = segment.path(number)
                yield Problem("x12.character-set", Severity.WARNING, note, path, place)


_Placed = list[tuple[int, str, str]]


def _versions(interchange: Interchange) -> _Placed:
    """Return byte, version and set id of the transaction sets, in order."""
    return [
        (found.offset, group.version[:6], found.id)
        for group in interchange.groups
        for found in group.sets
    ]


def _placed(problem: Problem, versions: _Placed, shift: int) -> Problem:
    """Return the problem with its clause, its byte counted from the start of the file."""
    offset = problem.offset
    version, set_id = "", ""
    if offset is not None and versions:
        number = bisect_right(versions, offset, key=lambda found: found[0])
        _, version, set_id = versions[number - 1] if number else (0, "", "")
    clause = problem.clause or _clause(problem, version, set_id)
    place = None if offset is None else offset + shift
    return replace(problem, clause=clause, offset=place)


def _clause(problem: Problem, version: str, set_id: str) -> str:
    """Return where the standard says so; empty for rules of the house and of partners."""
    match = _PLACE.match(problem.path)
    name = match[1] if match else problem.path
    if problem.code.startswith("x12.profile-") or problem.code in ("x12.too-large", "x12.version"):
        return ""
    if problem.code in _TYPE_CODES and name not in ("ISA", "IEA"):
        return "X12.6 3.5.1"
    if name in _ENVELOPE or not set_id:
        return "X12.6" if name in ("ST", "SE") else "X12.5"
    if match and match[2]:
        return f"{version} {name}{int(match[2]):02}"
    return f"{version} {set_id} {name}"


def _stated(problems: Iterable[Problem], most: int) -> list[Problem]:
    every = list(problems)
    if len(every) <= most:
        return every
    # Errors first: a warning may be left out, an error may not be drowned by warnings.
    every.sort(key=lambda problem: problem.severity is not Severity.ERROR)
    note = f"at most {most} problems are stated"
    return [*every[:most], Problem("x12.too-many-problems", every[most].severity, note)]
