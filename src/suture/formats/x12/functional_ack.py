"""Answers interchanges with 997 and 999 (X12 997; 999 as the implementation acknowledgement).

In: an interchange with its problems. Out: bytes. Refuses to know: whether a business accepts the
content; a functional acknowledgement says that the content could be read. Nothing received is
repeated in it: AK404 and IK404 stay empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.x12.ack_code import PLACE, codes_of
from suture.formats.x12.ack_reading import ACCEPTED_CODES
from suture.formats.x12.dictionary import segment_rule
from suture.formats.x12.interchange import Group, Interchange, TransactionSet
from suture.formats.x12.write import Element, Envelope, compose

_DETAILS_MAX: Final = 50
"""Most AK3 loops in one AK2: enough to find the fault, short enough to be read."""
_NOTES_MAX: Final = 5
"""AK502 to AK506, AK905 to AK909."""
_SITUATION: Final = "SITUATIONAL TRIGGER"
"""CTX01: the fault comes from a relation between elements."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """The segments in which a 997 and a 999 say the same."""

    set_id: str
    segment: str
    element: str
    verdict: str


_FUNCTIONAL: Final = _Kind("997", "AK3", "AK4", "AK5")
_IMPLEMENTATION: Final = _Kind("999", "IK3", "IK4", "IK5")


def functional_ack(interchange: Interchange, problems: list[Problem], envelope: Envelope) -> bytes:
    """Return an interchange with one 997 per received group (X12 997: AK1 to AK9).

    A set is `R` with a problem of severity error, `E` with a warning, `A` otherwise: a profile that
    softens a rule passes the problem with a lower severity. When errors were too many to be stated,
    every set is `R`. Groups of acknowledgements (`FA`) are
    not answered; empty bytes when nothing is to be answered. Raises what `compose` raises.
    """
    return _answer(_FUNCTIONAL, interchange, problems, envelope)


def implementation_ack(
    interchange: Interchange, problems: list[Problem], envelope: Envelope
) -> bytes:
    """Return an interchange with one 999 per received group (AK1, IK3 to IK5, AK9).

    As `functional_ack`; rules of a partner's guide have codes of their own, and a fault that comes
    from a relation between elements says so (CTX).
    """
    return _answer(_IMPLEMENTATION, interchange, problems, envelope)


def _answer(
    kind: _Kind, interchange: Interchange, problems: list[Problem], envelope: Envelope
) -> bytes:
    groups = [group for group in interchange.groups if group.functional_id not in {"FA", ""}]
    answers = [_group_answer(kind, group, problems) for group in groups]
    return compose(replace(envelope, set_id=kind.set_id), answers) if answers else b""


def _group_answer(kind: _Kind, group: Group, problems: list[Problem]) -> list[list[Element]]:
    answer: list[list[Element]] = [
        ["AK1", _safe(group.functional_id), _safe(group.control_number), _safe(group.version)]
    ]
    codes: list[str] = []
    overflow = [p for p in problems if p.code == "x12.too-many-problems"]
    for found in group.sets:
        start, end = _span(found)
        own = overflow + [p for p in problems if p.offset is not None and start <= p.offset < end]
        code, segments = _set_answer(kind, found, own, group.version)
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
        codes_of(problem).group
        for problem in problems
        if problem.offset in places and problem.severity is Severity.ERROR
    }
    return sorted(notes - {""})[:_NOTES_MAX]


def _set_answer(
    kind: _Kind, found: TransactionSet, problems: list[Problem], version: str
) -> tuple[str, list[list[Element]]]:
    """Return the verdict and the segments AK2 to AK5 for one set with its problems."""
    relevant = [p for p in problems if p.severity is not Severity.INFO]
    is_error = any(p.severity is Severity.ERROR for p in relevant)
    code = "R" if is_error else "E" if relevant else "A"
    segments: list[list[Element]] = [["AK2", _safe(found.id), _safe(found.control_number)]]
    segments += _details(kind, relevant, version)
    every = [codes_of(p, is_implementation=kind is _IMPLEMENTATION) for p in relevant]
    notes = {codes.set for codes in every if codes.set}
    if any(codes.segment for codes in every):
        is_guide = all(codes.segment == "I8" or codes.element == "I6" for codes in every)
        notes.add("I5" if is_guide else "5")
    segments.append([kind.verdict, code, *sorted(notes)[:_NOTES_MAX]])
    return code, segments


@dataclass(frozen=True, slots=True)
class _Fault:
    """A problem at an element: AK401, AK402, AK403."""

    number: int
    part: int
    reference: str
    code: str
    is_relation: bool


def _details(kind: _Kind, problems: list[Problem], version: str) -> Iterator[list[Element]]:
    """Yield AK3 and AK4 for the problems of segments and elements, in order of position."""
    placed: dict[tuple[int, str, str], list[_Fault]] = {}
    for problem in problems:
        match = PLACE.fullmatch(problem.path)
        codes = codes_of(problem, is_implementation=kind is _IMPLEMENTATION)
        if match is None or not codes.segment:
            continue
        faults = placed.setdefault((int(match[2]), match[1], codes.segment), [])
        if codes.element:
            number, part = int(match[3] or 0), int(match[4] or 0)
            relation = problem.code in ("x12.condition", "x12.exclusion")
            reference = _reference((match[1], number, part), version)
            faults.append(_Fault(number, part, reference, codes.element, relation))
    for (place, segment_id, code), faults in sorted(placed.items(), key=lambda item: item[0])[
        :_DETAILS_MAX
    ]:
        yield [kind.segment, segment_id, str(place), "", code]
        for fault in sorted(faults, key=lambda one: (one.number, one.part, one.code)):
            where: Element = (
                [str(fault.number), str(fault.part)] if fault.part else str(fault.number)
            )
            yield [kind.element, where, fault.reference, fault.code]
            if fault.is_relation and kind is _IMPLEMENTATION:
                yield ["CTX", _SITUATION, segment_id, str(place)]


def _reference(place: tuple[str, int, int], version: str) -> str:
    """Return AK402, the number of the data element; empty where it is not declared."""
    segment_id, number, part = place
    rule = segment_rule(segment_id, version)
    if rule is None or not 1 <= number <= len(rule.uses):
        return ""
    use = rule.uses[number - 1]
    if 1 <= part <= len(use.components):
        use = use.components[part - 1]
    return use.type.number if use.type.number.isdecimal() else ""


def _span(found: TransactionSet) -> tuple[int, int]:
    """Return the first byte of the set and the byte after its last segment."""
    table, last = found.table, found.end - 1
    return found.offset, table.offsets[last] + len(table.texts[last]) + 1


def _safe(text: str) -> str:
    """Return a received control value, or nothing where it could not be written again."""
    return text if text.isascii() and text.replace(" ", "").isalnum() and len(text) <= 12 else ""
