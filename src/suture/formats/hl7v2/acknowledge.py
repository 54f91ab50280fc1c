"""Writes the answer to a message: MSA, and ERR when something is wrong (HL7 2.9 2.9).

In: the header received, a code of table 0008, an id, an instant, a problem. Out: bytes in the
sender's delimiters and character set; whether the sender wants them. Refuses to know: why, and
whether the message is stored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Literal

from suture.core.problem import Problem, Severity
from suture.formats.hl7v2.escape import escape
from suture.formats.hl7v2.header import Header, lenient
from suture.formats.hl7v2.parse import parse
from suture.formats.hl7v2.path import parse_path
from suture.formats.hl7v2.timestamp import timestamp_text

AckCode = Literal["AA", "AE", "AR", "CA", "CE", "CR"]
"""Table 0008: application or commit, accept, error or reject."""

ERROR_CODES: Final[dict[str, str]] = {
    "no-msh": "100",
    "second-msh": "100",
    "segment-sequence": "100",
    "segment-missing": "100",
    "segment-repetition": "100",
    "segment-unexpected": "100",
    "segment-unknown": "100",
    "view-missing": "100",
    "segment-name": "100",
    "fragment": "100",
    "no-control-id": "101",
    "no-message-type": "101",
    "required": "101",
    "profile-required": "101",
    "no-case-number": "101",
    "no-start": "101",
    "no-item": "101",
    "no-quantity": "101",
    "no-message-time": "101",
    "no-usage-time": "101",
    "delimiters": "102",
    "data-type": "102",
    "component": "102",
    "length": "102",
    "repetition": "102",
    "view-value": "102",
    "quantity": "102",
    "charset-unknown": "102",
    "nul": "102",
    "charset-mismatch": "102",
    "table-value": "103",
    "unsupported-message": "200",
    "view-trigger": "200",
    "unsupported-event": "201",
    "structure-unknown": "201",
    "structure-version": "201",
    "processing-id": "202",
    "version": "203",
    "unknown-key": "204",
    "key-reuse": "205",
    "duplicate-key": "205",
    "locked": "206",
}
"""Reason (problem code after the dot) -> table 0357; anything else is 207, internal error."""

_INTERNAL_ERROR: Final = "207"
_SEVERITY: Final = {Severity.ERROR: "E", Severity.WARNING: "W", Severity.INFO: "I"}
"""Table 0516."""
_ERRORS_MAX: Final = 10
"""Most ERR segments of one answer: a sender corrects the first few and sends again."""
_ECHO_MAX: Final = 250
"""Longest field echoed, in characters: an answer must stay small whatever was sent (HD is 227)."""
_USUAL: Final = re.compile(
    rb"MSH\|\^~\\&(?:\|[^|\r]*){6}\|[^|\r]+\|[^|\r]+(?:\|[^|\r]*){0,7}\r"
    rb"MSA\|([A-Z]{2})(?:\|([^|\r~\\]*)(?:\|[^\r]*)?)?(?:\r(?!ADD)|\Z)"
)
"""MSH without MSH-18, and MSA-1 and MSA-2 that read as they stand."""
_ANSWER_MODES: Final = frozenset({"AL", "NE", "ER", "SU"})


@dataclass(frozen=True, slots=True)
class AcceptMode:
    """Says which answers a sender asked for in MSH-15 and MSH-16 (HL7 2.9 2.9.2, table 0155)."""

    enhanced: bool
    """False is the original mode: one application acknowledgement and no accept acknowledgement."""
    accept: str
    """AL, NE, ER or SU for the accept acknowledgement."""
    application: str
    """AL, NE, ER or SU for the application acknowledgement."""

    def wants_accept(self, ok: bool) -> bool:
        """Return whether to send CA (`ok`) or CE/CR."""
        return self.enhanced and _wanted(self.accept, ok)

    def wants_application(self, ok: bool) -> bool:
        """Return whether to send AA (`ok`) or AE/AR."""
        return not self.enhanced or _wanted(self.application, ok)


def _wanted(mode: str, ok: bool) -> bool:
    """Return whether table 0155 `mode` asks for an answer about success (`ok`) or failure."""
    match mode:
        case "NE":
            return False
        case "ER":
            return not ok
        case "SU":
            return ok
    return True


def accept_mode(header: Header) -> AcceptMode:
    """Return the acknowledgement mode: original when MSH-15 and MSH-16 are empty or null.

    In enhanced mode a field left empty asks for nothing; a value outside table 0155 asks always.
    """
    asked = [
        "" if text == '""' else text
        for text in (header.accept_acknowledgement, header.application_acknowledgement)
    ]
    if not any(asked):
        return AcceptMode(False, "NE", "AL")
    accept, application = (
        text if text in _ANSWER_MODES else "AL" if text else "NE" for text in asked
    )
    return AcceptMode(True, accept, application)


def error_code(problem_code: str) -> str:
    """Return the table 0357 code of a problem code, by its part after the dot."""
    return ERROR_CODES.get(problem_code.rpartition(".")[2], _INTERNAL_ERROR)


def ack(
    header: Header,
    *,
    code: AckCode,
    control_id: str,
    at: datetime,
    text: str = "",
    error: Problem | Sequence[Problem] | None = None,
    sender: tuple[str, str] = ("SUTURE", "HUB"),
) -> bytes:
    """Return the acknowledgement of the message `header` heads, each segment ended by CR.

    `control_id` becomes MSH-10, `at` (aware) MSH-7, `text` MSA-3, each `error` (ten at
    most) an ERR segment in the form of the sender's version. MSH-3/4 are the received MSH-5/6, or
    `sender` where those are empty. Raises ValueError when `at` has no zone.
    """
    marks = header.delimiters
    separator = marks.field
    got = [text if len(text) <= _ECHO_MAX else "" for text in header.fields[:18]]
    got += [""] * (18 - len(got))
    fields = [
        "MSH",
        marks.encoding_characters,
        got[4] or _safe(sender[0], header),
        got[5] or _safe(sender[1], header),
        got[2],
        got[3],
        timestamp_text(at),
        "",
        _ack_type(got[8], got[11], marks.component),
        _safe(control_id, header),
        got[10] or "P",
        got[11],
    ]
    if got[17]:
        fields += ["", "", "", "", "", got[17]]
    answer = ["MSA", code, got[9]]
    if text:
        answer.append(_safe(text, header))
    stated = [error] if isinstance(error, Problem) else list(error or ())
    if stated and (2, 2) <= _version(header.version) < (2, 5):
        # Before ERR-3 the condition stood in MSA-6 as well (table 0357 since 2.4).
        coded = [error_code(stated[0].code), "", "HL70357"]
        answer += [""] * (6 - len(answer)) + [marks.component.join(coded)]
    lines = [separator.join(fields), separator.join(answer)]
    lines += [_err(header, one) for one in stated[:_ERRORS_MAX]]
    # An echoed frame byte before CR would end the sender's MLLP frame early (HL7 LLP: FS CR).
    whole = ("\r".join(lines) + "\r").replace("\x1c", "").replace("\x0b", "")
    return whole.encode(header.codec, "replace")


def answered(content: bytes) -> tuple[str, str]:
    """Return MSA-1 and MSA-2 of an acknowledgement, empty where they are not there.

    What most partners send, ASCII in the standard delimiters with MSA second and no character set,
    is read without a parse of the whole.
    """
    usual = _USUAL.match(content) if content.isascii() and b"\n" not in content else None
    if usual is not None:
        return usual[1].decode("ascii"), (usual[2] or b"").decode("ascii")
    message, _ = parse(content)
    return message.get("MSA-1"), message.get("MSA-2")


def ack_for_unparsable(
    data: bytes,
    *,
    code: AckCode,
    control_id: str,
    at: datetime,
    error: Problem | Sequence[Problem],
    sender: tuple[str, str] = ("SUTURE", "HUB"),
) -> bytes:
    """Return the negative answer to bytes whose MSH `header` refused.

    What can be read of MSH-3..6, 9, 10, 11, 12 is echoed; MSA-2 is empty when there is no MSH-10.
    """
    return ack(lenient(data), code=code, control_id=control_id, at=at, error=error, sender=sender)


def _safe(text: str, header: Header) -> str:
    """Return `text` fit for one leaf: escaped, or without delimiters when none can be escaped."""
    marks = header.delimiters
    if marks.escape:
        return escape(text[:_ECHO_MAX], marks)
    special = marks.field + marks.encoding_characters
    return "".join(c if c.isprintable() and c not in special else " " for c in text[:_ECHO_MAX])


@lru_cache(maxsize=256)
def _version(text: str) -> tuple[int, ...]:
    """Return MSH-12.1 as numbers; a version that is none counts as 2.5."""
    parts = text.split(".")
    if all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        return tuple(int(part) for part in parts)
    return (2, 5)


@lru_cache(maxsize=256)
def _ack_type(received: str, version: str, mark: str) -> str:
    """Return MSH-9 of the answer: with the event since 2.2, with the structure since 2.3.1."""
    parts = received.split(mark)
    event = parts[1] if len(parts) > 1 else ""
    if not event.isalnum() or len(event) > _ECHO_MAX:
        return "ACK"
    return mark.join(
        ["ACK", event] + (["ACK"] if _version(version.partition(mark)[0]) >= (2, 3, 1) else [])
    )


def _err(header: Header, problem: Problem) -> str:
    """Return the ERR segment: ERR-2, 3, 4, 7 and 8 since 2.5, ERR-1 before."""
    marks = header.delimiters
    place = _place(problem.path)
    code = error_code(problem.code)
    if _version(header.version) >= (2, 5):
        said = [_safe(problem.code, header), _safe(problem.text, header)]
        coded = marks.component.join([code, "", "HL70357"])
        where = marks.component.join(place)
        fields = ["ERR", "", where, coded, _SEVERITY[problem.severity], "", "", *said]
        return marks.field.join(fields)
    parts = [code, _safe(problem.code, header), "HL70357"]
    coded = marks.subcomponent.join(parts) if marks.subcomponent else code
    located = [*place, "", "", ""][:3]
    return marks.field.join(["ERR", marks.component.join([*located, coded])])


def _place(path: str) -> list[str]:
    """Return an error location: segment, which, field, repetition, component, subcomponent.

    Trailing empty parts are dropped; a path that addresses no segment gives nothing.
    """
    try:
        address = parse_path(path)
    except ValueError:
        return []
    parts = [address.name.decode("ascii"), str(address.segment)]
    if not address.field:
        return parts
    parts += [str(address.field), str(max(address.repetition, 1))]
    parts += [str(part) for part in (address.component, address.subcomponent) if part]
    return parts
