"""Lists every problem this codec can state, with its limits.

In: nothing. Out: `PROBLEM_CODES`, `TEXT_CHARACTERS_MAX`. Refuses to know: which problems stop a
scan from being used; the severity beside each problem says how bad it is.
"""

from __future__ import annotations

from typing import Final

PROBLEM_CODES: Final[dict[str, str]] = {
    "udi.not-a-udi": "the text is neither a GS1, a HIBC nor an ISBT 128 device label",
    "udi.too-large": "the text is longer than any device label",
    "udi.no-device-identifier": "the label names no device (no DI part)",
    "udi.check-digit": "a check digit or check character does not agree",
    "udi.unknown-part": "a part has an identifier that is not known; the rest is not read",
    "udi.value": "a part is too short, too long or has a character that it may not have",
    "udi.date": "a date on the label is no calendar date",
    "udi.separator-missing": "a variable-length part may have swallowed the next one (no FNC1)",
    "udi.repeated": "a part stands twice with different values",
    "udi.link": "the secondary HIBC does not belong to the primary beside it",
}
"""Problem code -> what it means, one line each."""

TEXT_CHARACTERS_MAX: Final = 512
"""Longest label text: a GS1 message has at most 3 x 48 characters, ISBT 128 compounds fewer."""
