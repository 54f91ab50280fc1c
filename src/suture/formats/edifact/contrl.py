"""Answers interchanges with CONTRL, and reads the CONTRL that answers ours.

In: an interchange with its problems, or a received CONTRL. Out: bytes, or `Control`. Refuses to
know: whether a business accepts the content; CONTRL says that it could be read. Nothing received is
repeated in it but references and addresses.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.edifact.interchange import Group, Interchange, Message
from suture.formats.edifact.segment import Segment
from suture.formats.edifact.structure import SegmentGroup, tree
from suture.formats.edifact.write import Envelope, OutMessage, WrittenSegment, compose

REJECTED: Final = "4"
"""0083: this level and all below it are rejected."""
ACKNOWLEDGED: Final = "7"
"""0083: this level is acknowledged, and all below it that are not rejected explicitly."""
RECEIVED: Final = "8"
"""0083: the interchange was received; nothing is said about its messages."""

_UNSPECIFIED: Final = "18"
INTERCHANGE_ERRORS: Final[dict[str, tuple[str, str]]] = {
    "edifact.no-unb": ("13", "UNB"),
    "edifact.delimiters": ("22", "UNA"),
    "edifact.syntax": ("2", "UNB"),
    "edifact.envelope": ("33", ""),
    "edifact.mixed-groups": ("30", ""),
    "edifact.interchange-trailer": ("13", "UNZ"),
    "edifact.interchange-reference": ("28", "UNZ"),
    "edifact.interchange-count": ("29", "UNZ"),
    "edifact.too-large": (_UNSPECIFIED, ""),
    "edifact.too-many-problems": (_UNSPECIFIED, ""),
}
"""Problem of the interchange -> 0085 and the tag of UCI."""
GROUP_ERRORS: Final[dict[str, tuple[str, str]]] = {
    "edifact.group-trailer": ("13", "UNE"),
    "edifact.group-reference": ("28", "UNE"),
    "edifact.group-count": ("29", "UNE"),
}
"""Problem of a group -> 0085 and the tag of UCF."""
MESSAGE_ERRORS: Final[dict[str, tuple[str, str]]] = {
    "edifact.message-trailer": ("13", "UNT"),
    "edifact.message-reference": ("28", "UNT"),
    "edifact.segment-count": ("29", "UNT"),
    "edifact.reference-repeated": ("26", "UNH"),
    "edifact.group-type": ("31", "UNH"),
}
"""Problem of a message -> 0085 and the tag of UCM."""
SEGMENT_ERRORS: Final[dict[str, str]] = {
    "edifact.unexpected-segment": "15",
    "edifact.segment-order": "15",
    "edifact.segment-missing": "13",
    "edifact.segment-repeats": "35",
    "edifact.group-repeats": "36",
    "edifact.elements": "16",
    "edifact.character": "21",
    "edifact.control-character": "21",
}
"""Problem of a segment -> 0085 of UCS."""
ELEMENT_ERRORS: Final[dict[str, str]] = {
    "edifact.element-missing": "13",
    "edifact.element-length": "39",
    "edifact.element-type": "37",
    "edifact.element-number": "37",
}
"""Problem of an element -> 0085 of UCD."""
_DETAILS_MAX: Final = 50
"""Most UCS in one UCM: enough to find the fault, short enough to be read."""
_PLACE: Final = re.compile(r".*\]-(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class ControlDetail:
    """An error of a segment, or of an element in it."""

    segment: int
    """0096: place of the segment in the message, UNH being 1."""
    error: str
    """0085."""
    element: int = 0
    """0098: place in the segment, the tag being 1; 0 for the segment itself."""
    component: int = 0


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """What a CONTRL says about one message of ours."""

    reference: str
    type: str
    action: str
    """0083."""
    error: str = ""
    """0085."""
    details: tuple[ControlDetail, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """The message is acknowledged."""
        return self.action == ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class Control:
    """What a CONTRL says about one interchange of ours."""

    reference: str
    """0020 of the interchange it answers."""
    sender: str
    """S002 of that interchange: ourselves."""
    receiver: str
    action: str
    error: str
    answers: tuple[MessageAnswer, ...] = ()

    def is_accepted(self, reference: str) -> bool | None:
        """Return whether the message of that reference is acknowledged; None when it is not said.

        A message that is not named follows the interchange (0083 of UCI).
        """
        for answer in self.answers:
            if answer.reference == reference:
                return answer.is_accepted if answer.action != RECEIVED else None
        return {ACKNOWLEDGED: True, REJECTED: False}.get(self.action)


def control(
    interchange: Interchange,
    problems: Sequence[Problem],
    envelope: Envelope,
    version: str = "D.3",
) -> bytes:
    """Return an interchange with a CONTRL for `interchange`.

    A message is rejected with a problem of severity error, the whole interchange when its envelope
    has one: a profile that softens a rule passes the problem with a lower severity. An interchange
    of CONTRL only is not answered: empty bytes. Raises what `compose` raises.
    """
    messages = [one for one in interchange.messages if one.type != "CONTRL"]
    if interchange.messages and not messages:
        return b""
    errors = [p for p in problems if p.severity is Severity.ERROR]
    header = interchange.header
    note = next((INTERCHANGE_ERRORS[p.code] for p in errors if p.code in INTERCHANGE_ERRORS), None)
    error, tag = note or ("", "")
    uci: WrittenSegment = [
        "UCI",
        _safe(interchange.reference) or "0",
        _address(header, 2),
        _address(header, 3),
        REJECTED if note else ACKNOWLEDGED,
        error,
        tag,
    ]
    segments: list[WrittenSegment] = [uci]
    if note is None:
        inside = {one.header.offset: one for one in interchange.groups}
        segments += _messages([m for m in messages if m.group is None], problems)
        for group in inside.values():
            segments += _group(group, problems)
    answer = OutMessage(type="CONTRL", version=version, segments=segments)
    return compose(envelope, [answer])


def receipt(interchange: Interchange, envelope: Envelope, version: str = "D.3") -> bytes:
    """Return an interchange with a CONTRL that only says that `interchange` was received."""
    header = interchange.header
    reference = _safe(interchange.reference) or "0"
    uci: WrittenSegment = ["UCI", reference, _address(header, 2), _address(header, 3), RECEIVED]
    return compose(envelope, [OutMessage(type="CONTRL", version=version, segments=[uci])])


def _group(group: Group, problems: Sequence[Problem]) -> Iterator[WrittenSegment]:
    places = {group.header.offset, group.trailer.offset if group.trailer else -1}
    error, tag = next(
        (
            GROUP_ERRORS[p.code]
            for p in problems
            if p.code in GROUP_ERRORS and p.offset in places and p.severity is Severity.ERROR
        ),
        ("", ""),
    )
    yield [
        "UCF",
        _safe(group.reference) or "0",
        _address(group.header, 2),
        _address(group.header, 3),
        REJECTED if error else ACKNOWLEDGED,
        error,
        tag,
    ]
    if not error:
        yield from _messages(group.messages, problems)


def _messages(messages: Sequence[Message], problems: Sequence[Problem]) -> Iterator[WrittenSegment]:
    """Yield UCM with UCS and UCD for each message."""
    placed = sorted((p for p in problems if p.offset is not None), key=lambda p: p.offset or 0)
    offsets = [p.offset or 0 for p in placed]
    for message in messages:
        start, end = message.offset, _end(message)
        low, high = bisect_right(offsets, start - 1), bisect_right(offsets, end - 1)
        own = placed[low:high]
        is_error = any(p.severity is Severity.ERROR for p in own)
        error, tag = next(
            (MESSAGE_ERRORS[p.code] for p in own if p.code in MESSAGE_ERRORS), ("", "")
        )
        details = list(_details(message, own)) if is_error else []
        if is_error and not error and not details:
            error = _UNSPECIFIED
        yield [
            "UCM",
            _safe(message.reference) or "0",
            [_safe(part) for part in message.header.components(2)[:5]],
            REJECTED if is_error else ACKNOWLEDGED,
            error if is_error else "",
            tag if is_error else "",
        ]
        yield from details


def _end(message: Message) -> int:
    return message.table.offsets[-1] + len(message.table.texts[-1]) + 1


def _details(message: Message, problems: Sequence[Problem]) -> Iterator[WrittenSegment]:
    """Yield UCS and UCD for the problems of segments and elements, in order of position."""
    found: dict[int, tuple[str, list[WrittenSegment]]] = {}
    for problem in problems:
        error = SEGMENT_ERRORS.get(problem.code, "")
        inner = ELEMENT_ERRORS.get(problem.code, "")
        if (not error and not inner) or problem.severity is Severity.INFO:
            continue
        number = bisect_right(message.table.offsets, problem.offset or 0)
        before, elements = found.setdefault(number, ("", []))
        place = _PLACE.fullmatch(problem.path)
        if inner and place:
            # 0098 counts the tag as 1.
            position = [str(int(place[1]) + 1), place[2] or ""]
            elements.append(["UCD", inner, position])
        found[number] = (before or error, elements)
    for number, (error, elements) in sorted(found.items())[:_DETAILS_MAX]:
        yield ["UCS", str(number), error]
        yield from elements[:_DETAILS_MAX]


def _address(header: Segment, number: int) -> list[str]:
    parts = [_safe(part) for part in header.components(number)[:2]]
    return parts if parts and parts[0] else ["0"]


def _safe(text: str) -> str:
    """Return a received reference or address, or nothing where it could not be written again."""
    is_plain = text.isascii() and text.isprintable() and len(text) <= 35
    return text if is_plain and "?" not in text else ""


def read_control(message: Message) -> tuple[Control | None, list[Problem]]:
    """Return what a CONTRL says; None with a problem when it answers nothing.

    Raises RefusalError `edifact.wrong-message` for another message.
    """
    if message.type != "CONTRL":
        raise RefusalError("edifact.wrong-message", "the message is no CONTRL", path="UNH-2.1")
    body = tree(message)
    head = body.first("UCI")
    if head is None or not head.value(1) or not head.value(4):
        note = "UCI names no interchange or no action: nothing is acknowledged"
        header = message.header
        return None, [
            Problem("edifact.acknowledgement", Severity.ERROR, note, header.path(), header.offset)
        ]
    answers: list[MessageAnswer] = []
    problems: list[Problem] = []
    for group in body.walk():
        if group.id != "UCM":
            continue
        start = group.opening
        if not start.value(1) or not start.value(3):
            note = "UCM names no message or no action"
            problems.append(
                Problem("edifact.acknowledgement", Severity.ERROR, note, start.path(), start.offset)
            )
            continue
        answers.append(
            MessageAnswer(
                start.value(1), start.value(2), start.value(3), start.value(4), _read_details(group)
            )
        )
    found = Control(
        head.value(1), head.value(2), head.value(3), head.value(4), head.value(5), tuple(answers)
    )
    return found, problems


def _read_details(group: SegmentGroup) -> tuple[ControlDetail, ...]:
    details: list[ControlDetail] = []
    for inner in group.within("UCS"):
        place = _whole(inner.opening.value(1))
        if inner.opening.value(2):
            details.append(ControlDetail(place, inner.opening.value(2)))
        for one in inner.all("UCD"):
            element, component = _whole(one.value(2)), _whole(one.value(2, 2))
            details.append(ControlDetail(place, one.value(1), element, component))
    return tuple(details)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
