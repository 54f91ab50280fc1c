"""Maps the syntax identifiers UNOA to UNOY to character sets, and finds what does not fit them.

In: a syntax identifier and text whose characters are bytes. Out: decoded text, or the place of the
first byte outside the set. Refuses to know: segments and elements. A wrong label is a problem,
never a reason to lose bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from suture.core.problem import Severity
from suture.formats.edifact.delimiters import Delimiters

CODECS: Final[dict[str, str]] = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOX": "iso2022_jp",
    "UNOY": "utf-8",
}
"""Syntax identifier -> codec (ISO 9735-1 annex A); UNOY is UTF-8 as partners use it."""
UNCERTAIN: Final = frozenset({"UNOX"})
"""Sets whose shifted bytes may look like delimiters; separators inside are not recognised."""


class Foreign(NamedTuple):
    """A byte that does not fit the character set."""

    place: int
    code: str
    severity: Severity
    text: str


def decoded(text: str, codec: str) -> str:
    """Return characters kept as ISO 8859-1, read in `codec`; as UTF-8 or as they are otherwise."""
    if text.isascii() and codec != "iso2022_jp":
        return text
    content = text.encode("latin-1")
    for name in (codec, "utf-8"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return text


def first_foreign(text: str, identifier: str, marks: Delimiters) -> Foreign | None:
    """Return the first byte of `text` outside the set of `identifier`, control characters first."""
    if identifier != "UNOA" and text.isascii() and text.isprintable():
        return None
    control = _controls(marks.special).search(text)
    if control and identifier not in UNCERTAIN:
        note = "control characters have no place in a segment; they are kept"
        return Foreign(control.start(), "edifact.control-character", Severity.WARNING, note)
    if identifier == "UNOA":
        return _outside_level_a(text, marks)
    note = "a character is not in the character set that UNB names; the byte is kept"
    if identifier == "UNOB":
        match = _ABOVE.search(text)
        place = match.start() if match else -1
    else:
        place = _undecodable(text, CODECS.get(identifier, "latin-1"))
    if place < 0:
        return None
    return Foreign(place, "edifact.character", Severity.WARNING, note)


_ABOVE = re.compile(r"[^\x00-\x7e]")
_CONTROLS_ABOVE = re.compile(r"[\x80-\x9f]")


@lru_cache(maxsize=64)
def _controls(marks: str) -> re.Pattern[str]:
    kept = "".join(chr(n) for n in [*range(32), 127] if chr(n) not in marks)
    return re.compile("[" + re.escape(kept) + "]")


@lru_cache(maxsize=64)
def _level_a(marks: str) -> re.Pattern[str]:
    return re.compile(rf"[^A-Z0-9 .,\-()/='+:?!\"%&*;<>{re.escape(marks)}]")


def _outside_level_a(text: str, marks: Delimiters) -> Foreign | None:
    pattern = _level_a(marks.special)
    if pattern.search(text) is None:
        return None
    # Small letters under UNOA are so common that they are only mentioned, unless worse follows.
    worse = next((found for found in pattern.finditer(text) if not "a" <= found[0] <= "z"), None)
    if worse:
        note = "a character is not in level A; the byte is kept"
        return Foreign(worse.start(), "edifact.character", Severity.WARNING, note)
    small = pattern.search(text)
    note = "small letters are not in level A"
    place = small.start() if small else 0
    return Foreign(place, "edifact.character", Severity.INFO, note)


def _undecodable(text: str, codec: str) -> int:
    """Return the place of the first byte that `codec` does not have, -1 when it has all."""
    try:
        text.encode("latin-1").decode(codec)
    except UnicodeDecodeError as error:
        return error.start
    if codec.startswith("iso8859"):
        match = _CONTROLS_ABOVE.search(text)
        return match.start() if match else -1
    return -1
