"""Answers an interchange with TA1, and reads the TA1 that answer ours.

In: an interchange with its problems, or a received one. Out: bytes, or `InterchangeAck`. Refuses to
know: what is inside groups; that is the functional acknowledgement's.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.core.problem import Problem, Severity
from suture.formats.x12.ack_code import codes_of
from suture.formats.x12.interchange import Interchange
from suture.formats.x12.write import Envelope, enclose


def interchange_ack(interchange: Interchange, problems: list[Problem], envelope: Envelope) -> bytes:
    """Return an interchange with a TA1 for `interchange`, to be sent when ISA14 is 1.

    TA104 is `R` when the envelope has an error, `E` when it has a warning, `A` otherwise; problems
    inside groups are the 997's. Raises what `compose` raises.
    """
    own = [p for p in problems if codes_of(p).interchange and p.severity is not Severity.INFO]
    errors = [p for p in own if p.severity is Severity.ERROR]
    code = "R" if errors else "E" if own else "A"
    note = codes_of((errors or own)[0]).interchange if own else "000"
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
