"""Answers interchanges with 997 and TA1, and reads the 997 and 999 that answer ours.

In: an interchange with its problems, or a received acknowledgement. Out: bytes, or `SetAck`.
Refuses to know: whether a business accepts the content; a functional acknowledgement says that the
content could be read. Nothing received is repeated in it: AK404 stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.x12.interchange import Group, Interchange, TransactionSet
from suture.formats.x12.segment import Segment
from suture.formats.x12.write import Element, Envelope, compose, enclose

ACCEPTED_CODES: Final = frozenset({"A", "E"})
"""AK501/IK501/AK901 under which the set was taken (spec 2.0.6); `P` of a group decides nothing."""
REJECTED_CODES: Final = frozenset({"R", "M", "W", "X"})

_SEGMENT_CODES: Final[dict[str, str]] = {
    "x12.unexpected-segment": "2",
    "x12.segment-missing": "3",
    "x12.loop-repeats": "4",
    "x12.segment-repeats": "5",
    "x12.segment-order": "7",
}
"""Problem -> AK304; any other problem of a segment is 8, its elements are in error."""
_ELEMENT_CODES: Final[dict[str, str]] = {
    "x12.element-missing": "1",
    "x12.element-length": "5",
    "x12.element-number": "6",
    "x12.element-date": "8",
    "x12.element-time": "9",
}
"""Problem -> AK403."""
_SET_CODES: Final[dict[str, str]] = {
    "x12.set-trailer": "2",
    "x12.set-control": "3",
    "x12.segment-count": "4",
    "x12.control-repeated": "23",
}
"""Problem -> AK502; problems of segments are 5."""
_GROUP_CODES: Final[dict[str, str]] = {
    "x12.group-trailer": "3",
    "x12.group-control": "4",
    "x12.set-count": "5",
    "x12.control-repeated": "19",
}
"""Problem -> AK905."""
_INTERCHANGE_CODES: Final[dict[str, str]] = {
    "x12.interchange-control": "001",
    "x12.group-count": "021",
    "x12.interchange-trailer": "023",
    "x12.envelope": "022",
    "x12.delimiters": "022",
    "x12.no-isa": "022",
    "x12.too-large": "022",
}
"""Problem -> TA105."""
_DETAILS_MAX: Final = 50
"""Most AK3 loops in one AK2: enough to find the fault, short enough to be read."""
_SET_NOTES_MAX: Final = 5
"""AK502 to AK506."""
_PATH: Final = re.compile(r"([A-Z][A-Z0-9]{1,2})\[(\d+)\](?:-(\d+))?")


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

    @property
    def is_group_level(self) -> bool:
        """The answer names no transaction set."""
        return not self.control

    @property
    def is_accepted(self) -> bool:
        """The set or group was taken, with or without errors."""
        return self.code in ACCEPTED_CODES


def functional_ack(interchange: Interchange, problems: list[Problem], envelope: Envelope) -> bytes:
    """Return an interchange with one 997 per received group (X12 997: AK1 to AK9).

    A set is `R` with a problem of severity error, `E` with a warning, `A` otherwise: a profile that
    softens a rule passes the problem with a lower severity. When errors were too many to be stated,
    every set is `R`. Groups of acknowledgements (`FA`) are
    not answered; empty bytes when nothing is to be answered. Raises what `compose` raises.
    """
    groups = [group for group in interchange.groups if group.functional_id not in {"FA", ""}]
    answers = [_group_answer(group, problems) for group in groups]
    return compose(replace(envelope, set_id="997"), answers) if answers else b""


def _group_answer(group: Group, problems: list[Problem]) -> list[list[Element]]:
    answer: list[list[Element]] = [
        ["AK1", group.functional_id, _safe(group.control_number), _safe(group.version)]
    ]
    codes: list[str] = []
    overflow = [p for p in problems if p.code == "x12.too-many-problems"]
    for found in group.sets:
        start, end = _span(found)
        own = overflow + [p for p in problems if p.offset is not None and start <= p.offset < end]
        code, segments = _set_answer(found, own)
        codes.append(code)
        answer += segments
    received = len(group.sets)
    notes = _group_notes(group, problems)
    code = _group_code(codes, bool(notes))
    accepted = 0 if code == "R" else sum(code in ACCEPTED_CODES for code in codes)
    stated = group.trailer.element(1) if group.trailer else ""
    included = stated if stated.isdecimal() and len(stated) <= 6 else str(received)
    answer.append(["AK9", code, included, str(received), str(accepted), *notes])
    return answer


def _group_code(codes: list[str], is_broken: bool) -> str:
    """Return AK901: broken groups and those of rejected sets `R`, mixed ones `P`."""
    if is_broken or (codes and all(code == "R" for code in codes)):
        return "R"
    if "R" in codes:
        return "P"
    return "E" if "E" in codes else "A"


def _group_notes(group: Group, problems: list[Problem]) -> list[str]:
    """Return AK905 to AK909 for the errors at GS and GE."""
    places = {group.header.offset}
    if group.trailer:
        places.add(group.trailer.offset)
    notes = {
        _GROUP_CODES[problem.code]
        for problem in problems
        if problem.offset in places
        and problem.code in _GROUP_CODES
        and problem.severity is Severity.ERROR
    }
    return sorted(notes)


def _set_answer(found: TransactionSet, problems: list[Problem]) -> tuple[str, list[list[Element]]]:
    """Return AK501 and the segments AK2 to AK5 for one set with its problems."""
    relevant = [p for p in problems if p.severity is not Severity.INFO]
    is_error = any(p.severity is Severity.ERROR for p in relevant)
    code = "R" if is_error else "E" if relevant else "A"
    segments: list[list[Element]] = [["AK2", _safe(found.id), _safe(found.control_number)]]
    details = list(_details(relevant))
    segments += details
    notes = {_SET_CODES[p.code] for p in relevant if p.code in _SET_CODES}
    if any(p.code in _SEGMENT_CODES or p.code in _ELEMENT_CODES for p in relevant):
        notes.add("5")
    segments.append(["AK5", code, *sorted(notes)[:_SET_NOTES_MAX]])
    return code, segments


def _details(problems: list[Problem]) -> Iterator[list[Element]]:
    """Yield AK3 and AK4 for the problems of segments and elements, in order of position."""
    placed: dict[tuple[int, str, str], list[tuple[int, str]]] = {}
    for problem in problems:
        match = _PATH.fullmatch(problem.path)
        if match is None or problem.code in _SET_CODES:
            continue
        element_code = _ELEMENT_CODES.get(problem.code)
        code = _SEGMENT_CODES.get(problem.code, "8" if element_code else "")
        if not code:
            continue
        elements = placed.setdefault((int(match[2]), match[1], code), [])
        if element_code:
            elements.append((int(match[3] or 0), element_code))
    for (place, segment_id, code), elements in sorted(placed.items())[:_DETAILS_MAX]:
        yield ["AK3", segment_id, str(place), "", code]
        for number, element_code in sorted(elements):
            yield ["AK4", str(number), "", element_code]


def _span(found: TransactionSet) -> tuple[int, int]:
    """Return the first byte of the set and the byte after its last segment."""
    table, last = found.table, found.end - 1
    return found.offset, table.offsets[last] + len(table.texts[last]) + 1


def _safe(text: str) -> str:
    """Return a received control value, or nothing where it could not be written again."""
    return text if text.isascii() and text.replace(" ", "").isalnum() and len(text) <= 12 else ""


def interchange_ack(interchange: Interchange, problems: list[Problem], envelope: Envelope) -> bytes:
    """Return an interchange with a TA1 for `interchange`, to be sent when ISA14 is 1.

    TA104 is `R` when the envelope has an error, `E` when it has a warning, `A` otherwise; problems
    inside groups are the 997's. Raises what `compose` raises.
    """
    own = [p for p in problems if p.code in _INTERCHANGE_CODES]
    errors = [p for p in own if p.severity is Severity.ERROR]
    code = "R" if errors else "E" if own else "A"
    note = _INTERCHANGE_CODES[(errors or own)[0].code] if own else "000"
    header = interchange.header
    control = interchange.control_number
    line = envelope.delimiters.element.join(
        [
            "TA1",
            control if control.isdecimal() and len(control) == 9 else "0" * 9,
            _digits(header.element(9), 6),
            _digits(header.element(10), 4),
            code,
            note,
        ]
    )
    return enclose(envelope, [line], 0)


def _digits(text: str, length: int) -> str:
    """Return a date or time of ISA, zeros where it is unreadable."""
    return text if len(text) == length and text.isascii() and text.isdecimal() else "0" * length


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


@dataclass(frozen=True, slots=True)
class InterchangeAck:
    """What a TA1 says about one interchange of ours."""

    control: str
    """TA101: the ISA13 it answers."""
    code: str
    """TA104: A, E or R."""
    note: str
    """TA105: why, `000` for no error."""


def read_interchange_acks(interchange: Interchange) -> list[InterchangeAck]:
    """Return the TA1 segments of an interchange."""
    return [
        InterchangeAck(segment.element(1).strip(), segment.element(4), segment.element(5))
        for segment in interchange.interchange_acks
    ]
