"""Writes interchanges: the envelope, the counts, the transaction sets.

In: an `Envelope` and segments as lists of values. Out: bytes. Refuses to know: what the sets say;
control numbers and the time come in by the envelope. A value that holds a delimiter is refused:
X12 has no escape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.x12.delimiters import STANDARD, Delimiters
from suture.formats.x12.sets import FUNCTIONAL_IDS

Element = str | Sequence[str]
"""A value, or the components of a composite element."""
SetSegments = Sequence[Sequence[Element]]
"""A transaction set between ST and SE: segments, each the id and its elements."""

_CONTROL_MAX: Final = 999_999_999
"""ISA13 and GS06 have at most nine digits."""
_SET_CONTROL_MAX: Final = 999_999_999
_PARTY_CHARACTERS_MAX: Final = 15
"""ISA06 and ISA08 have fixed widths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Addressing and control of one interchange with one group."""

    set_id: str
    """ST01 of the transaction sets, e.g. `850`; GS01 follows from it."""
    sender: str
    receiver: str
    interchange_control: int
    """ISA13, 1 to 999999999."""
    group_control: int
    """GS06, 1 to 999999999."""
    at: datetime
    """Date and time of ISA09/10 and GS04/05, written as it is given."""
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    group_sender: str = ""
    """GS02; the interchange sender when empty."""
    group_receiver: str = ""
    """GS03; the interchange receiver when empty."""
    version: str = "005010"
    """GS08; ISA12 follows from it."""
    is_test: bool = False
    ack_requested: bool = False
    """ISA14: the receiver is to answer with a TA1."""
    set_control_start: int = 1
    """ST02 of the first transaction set; the others count on."""
    delimiters: Delimiters = STANDARD


def set_control(number: int) -> str:
    """Return ST02 as written: at least four digits."""
    return f"{number:04}"


def compose(envelope: Envelope, sets: Sequence[SetSegments]) -> bytes:
    """Return one interchange with one group of `sets` (segments without ST and SE).

    Raises RefusalError `x12.delimiter-in-value` or `x12.character` with the position, never the
    value, and `x12.envelope-value` when a part of the envelope does not fit its element.
    """
    marks = envelope.delimiters
    _check_delimiters(marks)
    functional_id = FUNCTIONAL_IDS.get(envelope.set_id)
    if functional_id is None:
        note = "no functional id is declared for this transaction set"
        raise RefusalError("x12.envelope-value", note, path="ST-1")
    version = envelope.version
    lines = [_line(_group_header(envelope, functional_id), 0, marks)]
    for number, segments in enumerate(sets, start=envelope.set_control_start):
        if number > _SET_CONTROL_MAX:
            raise RefusalError("x12.envelope-value", "a control number is too large", path="ST-2")
        control = set_control(number)
        whole = [["ST", envelope.set_id, control], *segments]
        if envelope.set_id == "999":
            whole[0] = [*whole[0], version]
        whole.append(["SE", str(len(whole) + 1), control])
        lines += [_line(segment, place, marks) for place, segment in enumerate(whole, start=1)]
    group_control = str(_control(envelope.group_control, "GS-6"))
    lines.append(_line(["GE", str(len(sets)), group_control], 0, marks))
    return enclose(envelope, lines, 1)


def enclose(envelope: Envelope, lines: Sequence[str], group_count: int) -> bytes:
    """Return the written segments `lines` between ISA and IEA."""
    marks = envelope.delimiters
    _check_delimiters(marks)
    control = f"{_control(envelope.interchange_control, 'ISA-13'):09}"
    header = marks.element.join(_isa(envelope, control))
    trailer = _line(["IEA", str(group_count), control], 0, marks)
    end = marks.segment + marks.line_end
    return "".join(line + end for line in (header, *lines, trailer)).encode()


def _isa(envelope: Envelope, control: str) -> list[str]:
    """Return the elements of ISA in their fixed widths."""
    marks = envelope.delimiters
    version = envelope.version[:5] if len(envelope.version) >= 6 else ""
    if not (version.isascii() and version.isdecimal()):
        raise RefusalError("x12.envelope-value", "a version is like 005010", path="GS-8")
    # ISA12 drops the last digit of the six-digit release: 005010 -> 00501.
    has_repetition = version >= "00402" and bool(marks.repetition)
    return [
        *("ISA", "00", " " * 10, "00", " " * 10),
        *(_qualifier(envelope.sender_qualifier, 5), _party(envelope.sender, marks, 6)),
        *(_qualifier(envelope.receiver_qualifier, 7), _party(envelope.receiver, marks, 8)),
        *(f"{envelope.at:%y%m%d}", f"{envelope.at:%H%M}"),
        *(marks.repetition if has_repetition else "U", version, control),
        *("1" if envelope.ack_requested else "0", "T" if envelope.is_test else "P"),
        marks.component,
    ]


def _check_delimiters(marks: Delimiters) -> None:
    """Raise RefusalError unless the delimiters are different single characters."""
    used = [marks.element, marks.component, marks.segment, marks.repetition]
    used = [mark for mark in used if mark]
    is_single = all(len(mark) == 1 and not mark.isalnum() and mark.isascii() for mark in used)
    if len(set(used)) != len(used) or len(used) < 3 or not is_single:
        note = "delimiters are different single characters, no letters or digits"
        raise RefusalError("x12.envelope-value", note, path="ISA")


def _group_header(envelope: Envelope, functional_id: str) -> list[str]:
    return [
        *("GS", functional_id),
        envelope.group_sender or envelope.sender,
        envelope.group_receiver or envelope.receiver,
        *(f"{envelope.at:%Y%m%d}", f"{envelope.at:%H%M}"),
        str(_control(envelope.group_control, "GS-6")),
        *("X", envelope.version),
    ]


def _control(number: int, path: str) -> int:
    if not 1 <= number <= _CONTROL_MAX:
        note = "a control number has one to nine digits and is not zero"
        raise RefusalError("x12.envelope-value", note, path=path)
    return number


def _qualifier(text: str, number: int) -> str:
    if len(text) != 2 or not text.isalnum():
        note = "a qualifier of an interchange id has two characters"
        raise RefusalError("x12.envelope-value", note, path=f"ISA-{number}")
    return text


def _party(text: str, marks: Delimiters, number: int) -> str:
    _check(text, marks, f"ISA-{number}")
    if not text or len(text) > _PARTY_CHARACTERS_MAX or not text.isascii():
        note = "an interchange id has one to fifteen ASCII characters"
        raise RefusalError("x12.envelope-value", note, path=f"ISA-{number}")
    return text.ljust(_PARTY_CHARACTERS_MAX)


def _line(segment: Sequence[Element], place: int, marks: Delimiters) -> str:
    """Return a written segment; empty elements and components at the end are left out."""
    values = []
    for number, element in enumerate(segment):
        parts = [element] if isinstance(element, str) else list(element)
        for part in parts:
            _check(part, marks, f"{segment[0]}[{place}]-{number}")
        values.append(_trimmed(parts, marks.component))
    return _trimmed(values, marks.element)


def _trimmed(parts: list[str], separator: str) -> str:
    end = len(parts)
    while end > 1 and not parts[end - 1]:
        end -= 1
    return separator.join(parts[:end])


def _check(value: str, marks: Delimiters, path: str) -> None:
    """Raise RefusalError when a value cannot be written."""
    if not marks.special.isdisjoint(value):
        note = "a value holds a delimiter; choose other delimiters or change the value"
        raise RefusalError("x12.delimiter-in-value", note, path=path)
    if not value.isprintable():
        note = "a value holds a control character"
        raise RefusalError("x12.character", note, path=path)
