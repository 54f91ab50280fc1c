"""A partner's guide as data: its own structure, segments, codes and agreements.

In: TOML (`read_profile(data, X12Profile)`). Out: `X12Profile`, and the `Structure` to parse with.
Refuses to know: files, and whether a guide is licensed: what a user may load stays with the user.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from suture.core.refusal import MisconfiguredError
from suture.formats.profile import Profile
from suture.formats.x12.delimiters import Delimiters
from suture.formats.x12.dictionary import COMPOSITES, types_of
from suture.formats.x12.rule import SegmentRule, read_rule
from suture.formats.x12.structure import HOUSE, Structure


class SetGuide(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a guide says about one transaction set."""

    structure: str = ""
    """Loops in the compact notation (`definition`); empty keeps the house's."""
    required: tuple[str, ...] = ()
    """Segments that must stand, e.g. `CUR` or `N1:ST` (first element `ST`)."""
    codes: dict[str, tuple[str, ...]] = {}
    """Element -> codes allowed in this set, e.g. `BEG-2 = ["NE", "RO"]`."""


class Marks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The delimiters agreed; an empty one may be any."""

    element: str = ""
    component: str = ""
    segment: str = ""
    repetition: str = ""


class X12Profile(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed with a partner about X12."""

    sets: dict[str, SetGuide] = {}
    """ST01 -> what the guide says about it."""
    segments: dict[str, str] = {}
    """Segment id -> its elements in the compact notation (`rule`), in place of the house's."""
    codes: dict[str, tuple[str, ...]] = {}
    """Element -> codes allowed in every set, e.g. `CUR-2 = ["USD"]`."""
    character_set: Literal["", "basic", "extended"] = ""
    """Characters a value may have (X12.5): basic is capitals and digits; empty is any."""
    delimiters: Marks = Marks()


def structure_of(profile: X12Profile) -> Structure:
    """Return the structure to parse with; raises MisconfiguredError `profile.invalid`."""
    own = {set_id: guide.structure for set_id, guide in profile.sets.items() if guide.structure}
    return Structure(own) if own else HOUSE


def rules_of(profile: X12Profile, version: str) -> dict[str, SegmentRule]:
    """Return the guide's own segments; raises MisconfiguredError `profile.invalid`."""
    types = types_of(version)
    rules = {}
    for segment_id, notation in profile.segments.items():
        try:
            rules[segment_id] = read_rule(notation, types, COMPOSITES)
        except ValueError:
            note = f"the elements of segment {segment_id} cannot be read: see `rule`"
            raise MisconfiguredError("profile.invalid", note) from None
    return rules


def codes_of(profile: X12Profile, set_id: str) -> dict[str, frozenset[str]]:
    """Return element -> the codes the guide allows in a set; the set's own rule counts."""
    guide = profile.sets.get(set_id)
    allowed = profile.codes | (guide.codes if guide else {})
    return {path: frozenset(values) for path, values in allowed.items()}


def differing_marks(profile: X12Profile, used: Delimiters) -> list[str]:
    """Return the names of the delimiters that are not the agreed ones."""
    agreed = profile.delimiters
    pairs = {
        "element": (agreed.element, used.element),
        "component": (agreed.component, used.component),
        "segment": (agreed.segment, used.segment),
        "repetition": (agreed.repetition, used.repetition),
    }
    return [name for name, (wanted, found) in pairs.items() if wanted and wanted != found]
