"""Several messages made into one file or interchange: what goes over the wire as a batch.

In: messages in their order, an envelope, a control number, a time. Out: batches, each with the
places of its messages; and those that fit into none, with a code. Refuses to know: journals, where
it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from suture.core.refusal import RefusalError
from suture.formats import x12
from suture.formats.hl7v2 import join_batch
from suture.orchestration.flows.table import Batch


@dataclass(frozen=True, slots=True)
class Gathered:
    """One batch; `repr` shows no content."""

    content: bytes = field(repr=False)
    members: tuple[int, ...]
    """Places of its messages among those given."""


@dataclass(frozen=True, slots=True)
class Left:
    """A message that can be in no batch."""

    member: int
    code: str
    text: str


Numbers = Callable[[], int]
"""Gives the next control number."""


def gathered(
    batch: Batch, messages: Sequence[bytes], numbers: Numbers, at: datetime
) -> tuple[list[Gathered], list[Left]]:
    """Return messages as batches within `max_bytes`, and those that cannot be in one."""
    match batch.envelope:
        case "x12":
            return _x12(batch, messages, numbers, at)
        case "hl7":
            fits, left = _sound(messages, _hl7)
        case "lines":
            fits, left = _sound(messages, _line)
        case _:
            fits, left = _sound(messages, lambda content: content)
    found = []
    for members in _shares([len(messages[each]) for each in fits], batch.max_bytes):
        places = tuple(fits[each] for each in members)
        contents = [messages[each] for each in places]
        if batch.envelope == "hl7":
            whole = join_batch(contents, number=numbers(), at=at)
        elif batch.envelope == "lines":
            whole = b"".join(each.rstrip(b"\r\n") + b"\n" for each in contents)
        else:
            whole = b"".join(contents)
        found.append(Gathered(whole, places))
    return found, left


def _sound(
    messages: Sequence[bytes], check: Callable[[bytes], bytes]
) -> tuple[list[int], list[Left]]:
    fits, left = [], []
    for place, content in enumerate(messages):
        try:
            check(content)
        except RefusalError as refusal:
            left.append(Left(place, refusal.code, refusal.text))
        else:
            fits.append(place)
    return fits, left


def _hl7(content: bytes) -> bytes:
    if not content.startswith(b"MSH"):
        raise RefusalError("batch.member", "this is no HL7 v2 message")
    return content


def _line(content: bytes) -> bytes:
    if b"\n" in content.rstrip(b"\r\n") or b"\r" in content.rstrip(b"\r\n"):
        raise RefusalError("batch.member", "the message has several lines")
    return content


def _shares(sizes: Sequence[int], bytes_max: int) -> list[list[int]]:
    """Return places in order, cut so that each share is within the bound if it can be."""
    shares: list[list[int]] = []
    size = 0
    for place, one in enumerate(sizes):
        if not shares or size + one > bytes_max:
            shares.append([])
            size = 0
        shares[-1].append(place)
        size += one
    return shares


# ---- X12


@dataclass(frozen=True, slots=True)
class _Read:
    """What a member contributes: its sets, and the envelope they stood in."""

    place: int
    interchange: x12.Interchange
    size: int

    @property
    def ends(self) -> tuple[object, ...]:
        """What must be the same for messages of one interchange."""
        it = self.interchange
        return (it.sender, it.receiver, it.version, it.is_test, it.delimiters)


def _x12(
    batch: Batch, messages: Sequence[bytes], numbers: Numbers, at: datetime
) -> tuple[list[Gathered], list[Left]]:
    read: dict[tuple[object, ...], list[_Read]] = {}
    left = []
    for place, content in enumerate(messages):
        interchange, problems = x12.parse(content)
        bad = next((one for one in problems if one.code in _BROKEN), None)
        if bad is not None or not interchange.sets:
            left.append(Left(place, "batch.member", "this is no sound X12 interchange"))
            continue
        one = _Read(place, interchange, len(content))
        read.setdefault(one.ends, []).append(one)
    found = []
    for same in read.values():
        for share in _shares([one.size for one in same], batch.max_bytes):
            members = [same[each] for each in share]
            content = _interchange(members, numbers(), at)
            found.append(Gathered(content, tuple(one.place for one in members)))
    return found, left


_BROKEN = frozenset(
    f"x12.{name}"
    for name in (
        *("no-isa", "delimiters", "too-large", "interchange-trailer", "group-trailer"),
        *("set-trailer", "segment-count", "set-count", "more-interchanges"),
    )
)


def _interchange(members: Sequence[_Read], number: int, at: datetime) -> bytes:
    """Return one interchange with the sets of all, their groups joined where they are alike."""
    first = members[0].interchange
    marks = first.delimiters
    groups: dict[tuple[str, ...], list[list[list[str]]]] = {}
    for one in members:
        for group in one.interchange.groups:
            head = tuple(group.header.element(each) for each in (1, 2, 3, 7, 8))
            sets = groups.setdefault(head, [])
            sets += [[list(each.elements) for each in found.segments] for found in group.sets]
    lines: list[list[str]] = []
    set_number = 0
    for group_number, (head, sets) in enumerate(groups.items(), 1):
        functional, sender, receiver, agency, version = head
        stamp = (f"{at:%Y%m%d}", f"{at:%H%M}", str(group_number))
        lines.append(["GS", functional, sender, receiver, *stamp, agency, version])
        for segments in sets:
            set_number += 1
            control = x12.set_control(set_number)
            segments[0][2] = segments[-1][2] = control
            lines += segments
        lines.append(["GE", str(len(sets)), str(group_number)])
    header = list(first.header.elements)
    header[9], header[10], header[13] = f"{at:%y%m%d}", f"{at:%H%M}", f"{number:09}"
    whole = [header, *lines, ["IEA", str(len(groups)), header[13]]]
    end = marks.segment + marks.line_end
    return "".join(marks.element.join(each) + end for each in whole).encode("latin-1")
