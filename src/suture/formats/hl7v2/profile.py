"""What is agreed with one partner about HL7 v2: a version, deviations, own segments and tables.

In: TOML. Out: an `Hl7Profile`, its parts readable by the checks. Refuses to know: files, and which
partner it is for.
"""

from __future__ import annotations

from functools import lru_cache

from suture.core.refusal import MisconfiguredError
from suture.formats.hl7v2.grammar import Grammar, grammar
from suture.formats.hl7v2.path import parse_path
from suture.formats.hl7v2.standard import Cell, read_cell
from suture.formats.profile import Profile, read_profile


class Hl7Profile(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A partner's way of writing HL7 v2."""

    structures: dict[str, str] = {}
    """Trigger -> own structure, e.g. `"SIU^S12" = "MSH SCH PID PV1? AIS* ZPA?"`."""
    segments: dict[str, tuple[str, ...]] = {}
    """Own segment -> its fields by number, e.g. `ZPA = ["SI!", "PL!", "CWE*#L001"]`."""
    required: tuple[str, ...] = ()
    """Fields that must be filled, e.g. `PV1-19`; in every segment of the name, one at least."""
    forbidden: tuple[str, ...] = ()
    """Fields or segments that must not come, e.g. `PID-19`, `NK1`."""
    tables: dict[str, tuple[str, ...]] = {}
    """Table number -> the codes allowed, instead of the standard's; `L001` and such are local."""
    bindings: dict[str, str] = {}
    """Field -> the table its first component is held against, e.g. `"AIL-4" = "L001"`."""
    is_closed: bool = False
    """Whether segments unknown to the standard and to this profile are a problem."""


def read_hl7_profile(data: bytes) -> Hl7Profile:
    """Return the profile in TOML `data`; raises MisconfiguredError `profile.invalid`.

    Everything in it is read once here, so that a wrong cell, path or structure is found at start.
    """
    profile = read_profile(data, Hl7Profile)
    try:
        for expression in profile.structures.values():
            grammar(expression)
        for cells in profile.segments.values():
            own_cells(cells)
        for path in (*profile.required, *profile.forbidden, *profile.bindings):
            parse_path(path)
        if any("^" not in trigger for trigger in profile.structures):
            raise ValueError("a structure is given for a trigger such as SIU^S12")
    except ValueError as error:
        raise MisconfiguredError(
            "profile.invalid", f"the profile cannot be used: {error}"
        ) from None
    return profile


@lru_cache(maxsize=256)
def own_cells(cells: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return the cells of an own segment; raises ValueError for one that cannot be read."""
    return tuple(read_cell(text) for text in cells)


def own_structure(profile: Hl7Profile | None, trigger: str) -> Grammar | None:
    """Return the profile's structure for a trigger, or None."""
    if profile is None or trigger not in profile.structures:
        return None
    return grammar(profile.structures[trigger])


NO_PROFILE = Hl7Profile(name="")
"""Agrees on nothing: the standard as published."""
