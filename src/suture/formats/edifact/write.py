"""Writes interchanges: UNA, the envelope, counts, messages, with delimiters released in values.

In: an `Envelope` and messages as segments of values. Out: bytes. Refuses to know: what messages
say; references and the time come in by the envelope. What the character set lacks is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.edifact.charset import CODECS, UNCERTAIN, first_foreign
from suture.formats.edifact.delimiters import STANDARD, Delimiters, escaped, una
from suture.formats.edifact.interchange import InterchangeParty
from suture.formats.edifact.segment import Syntax


@dataclass(frozen=True, slots=True)
class Repeated:
    """The repetitions of one element; syntax version 4 only."""

    values: tuple[str | Sequence[str], ...]


Element = str | Sequence[str] | Repeated
"""A value, the components of a composite, or repetitions."""
WrittenSegment = Sequence[Element]
"""The tag and the elements."""

_REFERENCE_MAX: Final = 14
_PARTY_MAX: Final = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class OutMessage:
    """A message to write, between UNH and UNT."""

    type: str
    segments: Sequence[WrittenSegment]
    reference: str = ""
    """0062; the place of the message in the interchange when empty."""
    version: str = "D.96A"
    """0052 and 0054 of UNH, e.g. `D.01B`."""
    agency: str = "UN"
    association: str = ""
    """0057, e.g. `EAN008`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Addressing and control of one interchange."""

    sender: InterchangeParty
    receiver: InterchangeParty
    reference: str
    """0020 of UNB."""
    at: datetime
    """Date and time of UNB, written as it is given."""
    identifier: str = "UNOC"
    """The character set, UNOA to UNOY."""
    syntax_version: int = 3
    application: str = ""
    agreement: str = ""
    ack_requested: bool = False
    """0031: the receiver is to answer with a CONTRL."""
    is_test: bool = False
    has_una: bool = True
    delimiters: Delimiters = field(default_factory=lambda: STANDARD)
    group_reference: str = ""
    """0048: writes the messages in one group when it is not empty."""


def compose(envelope: Envelope, messages: Sequence[OutMessage]) -> bytes:
    """Return one interchange with `messages`.

    Raises RefusalError `edifact.value` when the character set has no such character, with the
    position, never the value, and `edifact.envelope-value` when the envelope does not fit.
    """
    syntax = _syntax(envelope)
    lines = [_line(_unb(envelope), "UNB", syntax)]
    kinds = {message.type for message in messages}
    if envelope.group_reference:
        if len(kinds) != 1:
            note = "a group has messages of one type"
            raise RefusalError("edifact.envelope-value", note, path="UNG-1")
        lines.append(_line(_ung(envelope, messages[0]), "UNG", syntax))
    for number, message in enumerate(messages, start=1):
        lines += _message(message, number, syntax)
    count = len(messages)
    if envelope.group_reference:
        lines.append(_line(["UNE", str(count), envelope.group_reference], "UNE", syntax))
        count = 1
    lines.append(_line(["UNZ", str(count), envelope.reference], "UNZ", syntax))
    marks = syntax.delimiters
    end = marks.segment + marks.line_end
    head = una(marks) + marks.line_end if envelope.has_una else ""
    return (head + "".join(line + end for line in lines)).encode(syntax.codec)


def _syntax(envelope: Envelope) -> Syntax:
    marks = envelope.delimiters
    if envelope.identifier not in CODECS or envelope.identifier in UNCERTAIN:
        note = "a character set that can be written is one of UNOA to UNOL, UNOW, UNOY"
        raise RefusalError("edifact.envelope-value", note, path="UNB-1.1")
    if not 1 <= envelope.syntax_version <= 4:
        note = "a syntax version is 1 to 4"
        raise RefusalError("edifact.envelope-value", note, path="UNB-1.2")
    if envelope.syntax_version < 4:
        marks = replace(marks, repetition="")
    elif not envelope.has_una:
        marks = replace(marks, repetition="*")
    required = (marks.component, marks.element, marks.segment)
    if not marks.is_sound or not all(len(mark) == 1 for mark in required):
        note = "delimiters are different single characters, no letters, digits or spaces"
        raise RefusalError("edifact.envelope-value", note, path="UNA")
    if not envelope.has_una and replace(marks, repetition="", line_end="") != STANDARD:
        note = "delimiters of one's own need UNA"
        raise RefusalError("edifact.envelope-value", note, path="UNA")
    return Syntax(marks, envelope.identifier, envelope.syntax_version, envelope.has_una)


def _unb(envelope: Envelope) -> list[Element]:
    form = "%Y%m%d" if envelope.syntax_version == 4 else "%y%m%d"
    return [
        "UNB",
        [envelope.identifier, str(envelope.syntax_version)],
        _party(envelope.sender, 2),
        _party(envelope.receiver, 3),
        [f"{envelope.at:{form}}", f"{envelope.at:%H%M}"],
        _reference(envelope.reference, "UNB-5"),
        "",
        envelope.application,
        "",
        "1" if envelope.ack_requested else "",
        envelope.agreement,
        "1" if envelope.is_test else "",
    ]


def _ung(envelope: Envelope, message: OutMessage) -> list[Element]:
    version, _, release = message.version.partition(".")
    form = "%Y%m%d" if envelope.syntax_version == 4 else "%y%m%d"
    return [
        "UNG",
        message.type,
        [envelope.sender.id, envelope.sender.qualifier],
        [envelope.receiver.id, envelope.receiver.qualifier],
        [f"{envelope.at:{form}}", f"{envelope.at:%H%M}"],
        _reference(envelope.group_reference, "UNG-5"),
        message.agency,
        [version, release, message.association],
    ]


def _party(party: InterchangeParty, number: int) -> list[str]:
    if not party.id or len(party.id) > _PARTY_MAX:
        note = f"an interchange party has one to {_PARTY_MAX} characters"
        raise RefusalError("edifact.envelope-value", note, path=f"UNB-{number}")
    return [party.id, party.qualifier, party.routing]


def _reference(text: str, path: str) -> str:
    if not text or len(text) > _REFERENCE_MAX:
        note = f"a reference has one to {_REFERENCE_MAX} characters"
        raise RefusalError("edifact.envelope-value", note, path=path)
    return text


def _message(message: OutMessage, number: int, syntax: Syntax) -> list[str]:
    reference = _reference(message.reference or str(number), "UNH-1")
    version, _, release = message.version.partition(".")
    identifier = [message.type, version, release, message.agency, message.association]
    whole: list[WrittenSegment] = [["UNH", reference, identifier], *message.segments]
    whole.append(["UNT", str(len(whole) + 1), reference])
    return [_line(one, f"{one[0]}[{place}]", syntax) for place, one in enumerate(whole, start=1)]


def segment_text(segment: WrittenSegment, syntax: Syntax) -> str:
    """Return a segment as it is written, without its terminator; raises what `compose` raises."""
    return _line(segment, str(segment[0]), syntax)


def _line(segment: WrittenSegment, path: str, syntax: Syntax) -> str:
    """Return a written segment; empty elements and components at the end are left out."""
    marks = syntax.delimiters
    tag = segment[0]
    if not (isinstance(tag, str) and len(tag) == 3 and tag.isascii() and tag.isalnum()):
        raise RefusalError("edifact.value", "a tag has three letters or digits", path="?")
    values = [tag]
    for number, element in enumerate(segment[1:], start=1):
        values.append(_element(element, f"{path}-{number}", syntax))
    return _trimmed(values, marks.element)


def _element(element: Element, path: str, syntax: Syntax) -> str:
    marks = syntax.delimiters
    if isinstance(element, Repeated):
        if not marks.repetition and len(element.values) > 1:
            note = "repetitions need syntax version 4"
            raise RefusalError("edifact.value", note, path=path)
        every = [_element(value, path, syntax) for value in element.values]
        return marks.repetition.join(every)
    parts = [element] if isinstance(element, str) else list(element)
    return _trimmed([value_text(part, path, syntax) for part in parts], marks.component)


def value_text(value: str, path: str, syntax: Syntax) -> str:
    """Return a value as it is written; raises RefusalError `edifact.value` when it cannot be."""
    marks = syntax.delimiters
    if not marks.release and any(mark in value for mark in marks.special):
        note = "a value holds a delimiter and there is no release character"
        raise RefusalError("edifact.value", note, path=path)
    try:
        content = value.encode(syntax.codec)
    except UnicodeEncodeError:
        note = "the character set of the interchange has no such character"
        raise RefusalError("edifact.value", note, path=path) from None
    if first_foreign(content.decode("latin-1"), syntax.identifier, Delimiters()) is not None:
        note = "the character set of the interchange has no such character"
        raise RefusalError("edifact.value", note, path=path)
    return escaped(value, marks)


def _trimmed(parts: list[str], separator: str) -> str:
    end = len(parts)
    while end > 1 and not parts[end - 1]:
        end -= 1
    return separator.join(parts[:end])
