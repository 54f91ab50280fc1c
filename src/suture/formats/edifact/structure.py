"""Sorts the segments of a message into the segment groups its definition declares.

In: a message and a profile. Out: a tree of groups, problems of structure. Refuses to know: how the
tree is built, which EDIFACT shares with X12 (`edi.tree`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.edi.definition import LoopDefinition, read_definition
from suture.formats.edi.tree import Loop, Matcher, TreeWords, flat
from suture.formats.edifact.check import read_elements
from suture.formats.edifact.directory import D96A, ELEMENTS, MESSAGES, nearest
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.segment import Segment

SegmentGroup: TypeAlias = Loop[Segment]
"""One occurrence of a segment group; the message itself is the outermost one."""
_UNDECLARED: Final = LoopDefinition("", True, 1, (), ())
_ANY_VERSION: Final = frozenset({"CONTRL"})
"""Messages whose version is that of the syntax, not of a directory."""


class Declared(NamedTuple):
    """What a message is held against."""

    notation: str
    """Empty when nothing is declared."""
    clause: str
    """E.g. `D.96A ORDERS`."""
    elements: Mapping[str, str]
    is_exact: bool
    """The directory is the one the message names."""


def declared(message: Message, profile: EdifactProfile) -> Declared:
    """Return the definition for a message: the profile's, its directory's, or the nearest."""
    kind, own = message.type, message.version
    wanted = profile.version or own
    directory = wanted if (kind, wanted) in MESSAGES else nearest(wanted)
    is_exact = directory == wanted or kind in _ANY_VERSION
    elements = ELEMENTS.get(directory, ELEMENTS[D96A])
    if profile.elements:
        elements = {**elements, **profile.elements}
    if kind in profile.messages:
        return Declared(profile.messages[kind], f"{profile.name} {kind}", elements, True)
    notation = MESSAGES.get((kind, directory), "")
    return Declared(notation, f"{directory} {kind}", elements, is_exact)


def tree(message: Message, profile: EdifactProfile = STANDARD_PROFILE) -> SegmentGroup:
    """Return the segments of a message by groups; one flat group when it is not declared."""
    return matched(message, declared(message, profile))[0]


def matched(message: Message, found: Declared) -> tuple[SegmentGroup, list[Problem]]:
    """Return the tree of a message, and the problems of its structure."""
    if not found.notation:
        note = "no definition of this message is declared; it is passed on unchecked"
        header = message.header
        path = header.path(2, 1)
        problem = Problem("edifact.unknown-message", Severity.INFO, note, path, header.offset)
        return flat(_UNDECLARED, message), [problem]
    group, problems = _matcher(found.notation, found.clause).match(message)
    if not found.is_exact:
        header = message.header
        note = "no definition of this version is declared; the nearest one was used"
        path = header.path(2, 2)
        problems.insert(
            0,
            Problem("edifact.version", Severity.INFO, note, path, header.offset, found.clause),
        )
    return group, problems


@lru_cache(maxsize=256)
def _matcher(notation: str, clause: str) -> Matcher:
    try:
        definition = read_definition(notation)
    except ValueError as error:
        raise MisconfiguredError(
            "profile.invalid", f"a message is declared wrongly: {error}"
        ) from None
    words = TreeWords(
        subject="message",
        unexpected="edifact.unexpected-segment",
        order="edifact.segment-order",
        missing="edifact.segment-missing",
        segment_repeats="edifact.segment-repeats",
        loop_repeats="edifact.group-repeats",
        missing_path=lambda tag, index, path: path,
        clause=clause,
    )
    return Matcher(definition, words)


def check_profile(profile: EdifactProfile) -> None:
    """Raise MisconfiguredError `profile.invalid` when a declaration of the profile is wrong."""
    for kind, notation in profile.messages.items():
        _matcher(notation, f"{profile.name} {kind}")
    for notation in profile.elements.values():
        try:
            read_elements(notation)
        except ValueError as error:
            raise MisconfiguredError(
                "profile.invalid", f"an element is declared wrongly: {error}"
            ) from None
