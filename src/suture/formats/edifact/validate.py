"""Checks an interchange: counts, references, structure of messages, elements that are read.

In: an interchange or a message, and a profile. Out: problems with path, byte and clause. Refuses to
know: what reading the bytes already found (`parse` states that), and what a message means.
"""

from __future__ import annotations

from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.edifact.check import check_elements, segment_problems
from suture.formats.edifact.codes import bounded
from suture.formats.edifact.envelope import CLAUSE
from suture.formats.edifact.interchange import Group, Interchange, Message
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.segment import Segment
from suture.formats.edifact.structure import declared, matched
from suture.formats.profile import permitted

_HEADER: Final = "1!an..14 2.1!an..6 2.2!an..3 2.3!an..3 2.4!an..3 2.5an..6"
_TRAILER: Final = "1!n..10 2!an..14"
_UNG: Final = (
    "1an..6 2.1an..35 3.1an..35 4.1n..8 4.2n..4 5!an..14 6an..3 7.1an..3 7.2an..3 7.3an..6"
)
_UNB: Final = (
    "1.1!a4 1.2!an1 2.1!an..35 2.2an..4 3.1!an..35 3.2an..4 4.2!n..4 5!an..14 7an..14 9n1 11n1"
)


def validate(interchange: Interchange, profile: EdifactProfile = STANDARD_PROFILE) -> list[Problem]:
    """Return what is wrong with an interchange beyond reading it; deviations are marked.

    Raises MisconfiguredError `profile.invalid` when the profile declares a message wrongly.
    """
    problems: list[Problem] = []
    for message in interchange.messages:
        problems += message_problems(message, profile)
    problems += envelope_problems(interchange)
    return permitted(bounded(problems), profile)


def message_problems(message: Message, profile: EdifactProfile) -> list[Problem]:
    """Return what is wrong with one message; deviations are not marked yet."""
    problems = segment_problems(message.header, _HEADER, CLAUSE)
    trailer = message.trailer
    if trailer is not None:
        problems += segment_problems(trailer, _TRAILER, CLAUSE)
        if not _same_number(trailer.value(1), len(message.table)):
            note = f"{len(message.table)} segments were received, UNH and UNT included"
            problems.append(_at("edifact.segment-count", trailer, 1, note))
        if trailer.value(2) != message.reference:
            note = "UNT must repeat the reference of UNH"
            problems.append(_at("edifact.message-reference", trailer, 2, note))
    if message.group is not None and message.group.value(1) != message.type:
        note = "the message is of another type than its group"
        problems.append(_at("edifact.group-type", message.header, 2, note))
    found = declared(message, profile)
    problems += matched(message, found)[1]
    if found.notation:
        problems += check_elements(message, found.elements, found.clause)
    return problems


def envelope_problems(interchange: Interchange) -> list[Problem]:
    """Return what is wrong with the counts and references of an interchange and its groups."""
    problems: list[Problem] = []
    counts = interchange.counts
    for group in interchange.groups:
        problems += _group_problems(group)
    if counts.groups and counts.loose:
        note = "either all messages are in groups or none is"
        problems.append(_at("edifact.mixed-groups", interchange.header, 0, note))
    trailer = interchange.trailer
    if interchange.reference or interchange.header.value(1):
        # 0017 has a century since version 4 of the syntax.
        day = "4.1!n8" if interchange.header.value(1, 2) == "4" else "4.1!n6"
        problems += segment_problems(interchange.header, f"{_UNB} {day}", CLAUSE)
    if trailer is not None:
        received = counts.groups or counts.messages
        if not _same_number(trailer.value(1), received):
            what = "groups" if counts.groups else "messages"
            note = f"{received} {what} were received"
            problems.append(_at("edifact.interchange-count", trailer, 1, note))
        if trailer.value(2) != interchange.reference:
            note = "UNZ must repeat the reference of UNB"
            problems.append(_at("edifact.interchange-reference", trailer, 2, note))
    return problems


def _group_problems(group: Group) -> list[Problem]:
    problems = segment_problems(group.header, _UNG, CLAUSE)
    trailer = group.trailer
    if trailer is None:
        return problems
    if not _same_number(trailer.value(1), group.message_count):
        note = f"{group.message_count} messages were received"
        problems.append(_at("edifact.group-count", trailer, 1, note))
    if trailer.value(2) != group.reference:
        note = "UNE must repeat the reference of UNG"
        problems.append(_at("edifact.group-reference", trailer, 2, note))
    return problems


def _at(code: str, segment: Segment, number: int, note: str) -> Problem:
    path = segment.path(number)
    return Problem(code, Severity.ERROR, note, path, segment.offset, CLAUSE)


def _same_number(text: str, count: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12 and int(text) == count
