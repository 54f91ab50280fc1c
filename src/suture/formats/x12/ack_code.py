"""Says which code of 997, 999 and TA1 stands for which problem of ours.

In: a problem. Out: the codes of AK304, AK403, AK502, AK905, TA105 and those of a 999. Refuses to
know: how bad the problem is. Every code of `PROBLEM_CODES` has a row: a problem is never left out
of an answer because nobody thought of it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from suture.core.problem import Problem

PLACE: Final = re.compile(r"([A-Z][A-Z0-9]{1,2})\[(\d+)\](?:-(\d+)(?:\.(\d+))?)?")
"""Path of a problem: segment, its place in the set, element, component."""


class AckCodes(NamedTuple):
    """What is answered to a problem; empty where that answer does not speak of it."""

    segment: str = ""
    """AK304 and IK304 (element 720)."""
    element: str = ""
    """AK403 and IK403 (element 723); AK304 is then 8."""
    set: str = ""
    """AK502 and IK502 (element 718)."""
    group: str = ""
    """AK905 (element 716)."""
    interchange: str = ""
    """TA105 (element I18)."""


_ELEMENT_IN_ERROR: Final = "8"
_NONE: Final = AckCodes()
_VALUE: Final = AckCodes(element="7")

ACK_CODES: Final[dict[str, AckCodes]] = {
    "x12.no-isa": AckCodes(interchange="022"),
    "x12.leading-bytes": _NONE,
    "x12.isa-width": AckCodes(interchange="024"),
    "x12.isa-value": AckCodes(group="6", interchange="024"),
    "x12.isa-padding": AckCodes(interchange="024"),
    "x12.delimiters": AckCodes(interchange="022"),
    "x12.line-break": _NONE,
    "x12.too-large": AckCodes(interchange="022"),
    "x12.too-many-problems": _NONE,
    "x12.more-interchanges": _NONE,
    "x12.stray-bytes": _NONE,
    "x12.interchange-trailer": AckCodes(interchange="023"),
    "x12.interchange-control": AckCodes(interchange="001"),
    "x12.interchange-repeated": AckCodes(interchange="025"),
    "x12.group-count": AckCodes(interchange="021"),
    "x12.group-trailer": AckCodes(group="3"),
    "x12.group-control": AckCodes(group="4"),
    "x12.set-count": AckCodes(group="5"),
    "x12.set-trailer": AckCodes(set="2"),
    "x12.set-control": AckCodes(set="3"),
    "x12.segment-count": AckCodes(set="4"),
    "x12.envelope": AckCodes(interchange="022"),
    "x12.control-repeated": AckCodes(set="23", group="19"),
    "x12.functional-id": AckCodes(set="6"),
    "x12.unknown-set": AckCodes(set="1"),
    "x12.set-unread": _NONE,
    "x12.version": AckCodes(group="2"),
    "x12.version-unread": AckCodes(group="2"),
    "x12.unexpected-segment": AckCodes(segment="2"),
    "x12.segment-missing": AckCodes(segment="3"),
    "x12.profile-segment": AckCodes(segment="3"),
    "x12.loop-repeats": AckCodes(segment="4"),
    "x12.segment-repeats": AckCodes(segment="5"),
    "x12.segment-order": AckCodes(segment="7"),
    "x12.element-missing": AckCodes(element="1"),
    "x12.condition": AckCodes(element="2"),
    "x12.element-count": AckCodes(element="3"),
    "x12.element-short": AckCodes(element="4"),
    "x12.element-length": AckCodes(element="5"),
    "x12.element-number": AckCodes(element="6"),
    "x12.element-character": AckCodes(element="6"),
    "x12.character-set": AckCodes(element="6"),
    "x12.element-code": _VALUE,
    "x12.profile-code": _VALUE,
    "x12.element-date": AckCodes(element="8"),
    "x12.element-time": AckCodes(element="9"),
    "x12.exclusion": AckCodes(element="10"),
    "x12.element-repeats": AckCodes(element="12"),
    "x12.component-count": AckCodes(element="13"),
    "x12.hierarchy": _VALUE,
    "x12.hierarchy-child": _VALUE,
    "x12.line-count": _VALUE,
    "x12.hash-total": _VALUE,
    "x12.profile-delimiters": AckCodes(interchange="024"),
    "x12.delimiter-in-value": _NONE,
    "x12.character": _NONE,
    "x12.envelope-value": _NONE,
    "x12.edit": _NONE,
}
"""Problem -> what is answered; the last rows are refusals of writing and are never answered."""

IMPLEMENTATION: Final[dict[str, AckCodes]] = {
    "x12.profile-segment": AckCodes(segment="I8"),
    "x12.profile-code": AckCodes(element="I6"),
}
"""What a 999 says otherwise: rules of a guide have codes of their own."""

_OF_999: Final = ACK_CODES | IMPLEMENTATION
_ISA_NOTES: Final[dict[int, str]] = {
    1: "010",
    2: "011",
    3: "012",
    4: "013",
    5: "005",
    6: "006",
    7: "007",
    8: "008",
    9: "014",
    10: "015",
    11: "016",
    12: "017",
    13: "018",
    14: "019",
    15: "020",
    16: "027",
}
"""Element of ISA -> TA105 for a value it may not have."""
_GS_NOTES: Final[dict[int, str]] = {1: "1", 6: "6", 8: "2"}
"""Element of GS -> AK905; other elements have no code."""


def codes_of(problem: Problem, *, is_implementation: bool = False) -> AckCodes:
    """Return what is answered to a problem; for elements AK304 is filled too."""
    found = (_OF_999 if is_implementation else ACK_CODES).get(problem.code, _NONE)
    if found.element:
        return found._replace(segment=_ELEMENT_IN_ERROR)
    if problem.code == "x12.isa-value":
        match = PLACE.fullmatch(problem.path)
        number = int(match[3] or 0) if match else 0
        if match and match[1] == "GS":
            return AckCodes(group=_GS_NOTES.get(number, ""))
        return AckCodes(interchange=_ISA_NOTES.get(number, found.interchange))
    return found
