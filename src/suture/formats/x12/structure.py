"""Finds the structure of a transaction set: the house's, or that of a guide loaded as a profile.

In: notations by ST01. Out: `Structure`, whose matchers sort segments into loops. Refuses to know:
where a guide comes from. A guide's set replaces the house's; all other sets stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from suture.core.refusal import MisconfiguredError
from suture.formats.edi.tree import Matcher
from suture.formats.x12.definition import read_definition
from suture.formats.x12.sets import DEFINITIONS
from suture.formats.x12.tree import matcher


class Structure:
    """What transaction sets look like; keeps the matchers, which learn while they work."""

    __slots__ = ("_definitions", "_matchers")

    def __init__(self, notations: Mapping[str, str] | None = None) -> None:
        """Raise MisconfiguredError `profile.invalid` when a notation is wrong."""
        self._definitions = dict(DEFINITIONS)
        self._matchers: dict[str, Matcher] = {}
        for set_id, notation in (notations or {}).items():
            try:
                self._definitions[set_id] = read_definition(notation)
            except (ValueError, IndexError):
                note = f"the structure of set {set_id} cannot be read: see `definition`"
                raise MisconfiguredError("profile.invalid", note) from None

    def matcher(self, set_id: str) -> Matcher | None:
        """Return what sorts the segments of set `set_id`; None when it is not declared."""
        if set_id not in self._definitions:
            return None
        found = self._matchers.get(set_id)
        if found is None:
            found = self._matchers[set_id] = matcher(self._definitions[set_id])
        return found


HOUSE: Final = Structure()
"""The declared sets (`sets`)."""
