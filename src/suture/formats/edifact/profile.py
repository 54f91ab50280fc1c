"""What is agreed with a partner about EDIFACT: messages of its own, elements, permitted deviations.

In: TOML of a profile. Out: `EdifactProfile`. Refuses to know: files, and how a message is checked.
"""

from __future__ import annotations

from typing import Final

import msgspec

from suture.formats.profile import Profile


class EdifactProfile(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A profile with declarations; `version` is a directory, e.g. `D.96A`."""

    messages: dict[str, str] = msgspec.field(default_factory=dict)
    """Message type -> structure between UNH and UNT in the notation of `edi.definition`."""
    elements: dict[str, str] = msgspec.field(default_factory=dict)
    """Segment tag -> what its elements must be, in the notation of `directory`."""


STANDARD_PROFILE: Final = EdifactProfile(name="standard")
"""Nothing agreed: messages are held against the directory they name."""
