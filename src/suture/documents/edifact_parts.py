"""Parts of EDIFACT that every exchanged document has: the envelope, text, units, other messages.

In: segments and addressing, or bytes. Out: bytes, values, problems. Refuses to know: what a message
says. Written is D.01B, whose elements are longer than those of D.96A; read is either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import descriptive, unread
from suture.documents.partner import Addressing
from suture.documents.taken import Taken
from suture.formats import edifact
from suture.formats.edifact.parts import GTIN_KINDS
from suture.formats.edifact.write import WrittenSegment

_TEXT_CHARACTERS: Final = 256
"""7008 of D.01B; IMD has it twice."""
_NAME_CHARACTERS_MAX: Final = 175
"""3036: five times 35."""
PRODUCT_KINDS: Final = {"SA": "catalog_no", "IN": "item", "BP": "item"}
"""7143 of PIA -> field: supplier's and buyer's article number."""


def composed(kind: str, segments: Sequence[WrittenSegment], addressing: Addressing) -> bytes:
    """Return one interchange with one message of D.01B."""
    envelope = edifact.Envelope(
        sender=edifact.InterchangeParty(addressing.sender, addressing.sender_qualifier),
        receiver=edifact.InterchangeParty(addressing.receiver, addressing.receiver_qualifier),
        reference=str(addressing.control),
        at=addressing.at,
        identifier=addressing.charset,
        is_test=addressing.is_test,
    )
    message = edifact.OutMessage(type=kind, segments=segments, version=edifact.D01B)
    return edifact.compose(envelope, [message])


def messages_of(data: bytes, kind: str, problems: list[Problem]) -> Iterator[edifact.Message]:
    """Yield the messages of one kind; every other one is stated, and what is wrong with each."""
    interchange, found = edifact.parse(data)
    problems += [*found, *edifact.validate(interchange)]
    for message in interchange.messages:
        if message.type == kind:
            yield message
        else:
            problems.append(unread("UNH", message.offset))


def interchange_parties(data: bytes) -> tuple[str, str]:
    """Return (sender, receiver) of the interchange, for documents that name neither."""
    interchange, _ = edifact.parse(data)
    return interchange.sender.id, interchange.receiver.id


def shown(text: str, charset: str, characters_max: int) -> str:
    """Return text for people in a character set; what it lacks becomes a question mark."""
    codec = edifact.CODECS.get(charset, "ascii")
    kept = descriptive(text).encode(codec, "replace").decode(codec)
    return kept[:characters_max].rstrip()


def imd(text: str, charset: str) -> list[WrittenSegment]:
    """Return IMD with a description in free form; none without a text."""
    kept = shown(text, charset, 2 * _TEXT_CHARACTERS)
    parts = [kept[:_TEXT_CHARACTERS], kept[_TEXT_CHARACTERS:]]
    return [["IMD", "F", "", ["", "", "", *parts]]] if kept else []


def nad(role: str, number: str, agency: str, name: str, charset: str) -> list[WrittenSegment]:
    """Return NAD of a party; none when nothing is known of it."""
    kept = shown(name, charset, _NAME_CHARACTERS_MAX)
    return [edifact.build.nad(role, number, agency, kept)] if number or kept else []


def name_in(segment: edifact.Segment | None) -> str:
    """Return the name of a NAD, from C080 or else from C058."""
    if segment is None:
        return ""
    return "".join(segment.components(4)) or "".join(segment.components(3))


def text_in(segment: edifact.Segment | None) -> str:
    """Return the free description of an IMD."""
    return "".join(segment.components(3)[3:5]) if segment is not None else ""


def day_in(segment: edifact.Segment | None) -> date | None:
    """Return the calendar day of a DTM; raises RefusalError for a value that is no such."""
    if segment is None or not segment.value(1, 2):
        return None
    found = edifact.moment(segment.value(1, 2), segment.value(1, 3), UTC)
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, date):
        return found
    note = "a day is expected, not a span of time"
    raise RefusalError("edifact.element-date", note, path=segment.path(1, 2))


def product_segments(catalog_no: str, item: str) -> list[WrittenSegment]:
    """Return PIA for the supplier's and the buyer's number of an item."""
    held = (("5", "SA", catalog_no), ("1", "IN", item))
    return [
        edifact.build.pia(function, (number, kind)) for function, kind, number in held if number
    ]


def products_of(taken: Taken[edifact.Segment], group: edifact.SegmentGroup) -> dict[str, str]:
    """Return gtin, item and catalog_no of a line; PIA segments whose kinds are known are taken."""
    start = group.opening
    fields = PRODUCT_KINDS | dict.fromkeys(GTIN_KINDS, "gtin")
    found = dict.fromkeys(("gtin", "item", "catalog_no"), "")
    if start.value(3, 2) in fields:
        found[fields[start.value(3, 2)]] = start.value(3)
    for segment in group.all("PIA"):
        kinds = [segment.value(n, 2) for n in range(2, len(segment.elements))]
        for place, kind in enumerate(kinds, start=2):
            if kind in PRODUCT_KINDS and not found[PRODUCT_KINDS[kind]]:
                found[PRODUCT_KINDS[kind]] = segment.value(place)
        if all(kind in PRODUCT_KINDS for kind in kinds):
            taken.take(segment)
    return found


def product_unread(group: edifact.SegmentGroup) -> list[Problem]:
    """Return a problem when LIN names its item in a way that `products_of` does not know."""
    start = group.opening
    is_known = start.value(3, 2) in GTIN_KINDS or start.value(3, 2) in PRODUCT_KINDS
    return [] if is_known or not start.value(3) else [unread(start.path(3), start.offset)]
