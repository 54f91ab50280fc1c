"""Reads the separators a message declares in MSH-1 and MSH-2 (HL7 2.9 2.5.4).

In: the two fields as text. Out: a `Delimiters` value. Refuses to know: the rest of the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from suture.core.refusal import RefusalError


@dataclass(frozen=True, slots=True)
class Delimiters:
    """Holds the separators of one message; an undeclared one is the empty string."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""
    """MSH-2 position 5, from version 2.7 (HL7 2.9 2.5.5.2)."""
    encoding_characters: str = "^~\\&"
    """MSH-2 verbatim."""
    octets: tuple[bytes, bytes, bytes, bytes, bytes] = (b"|", b"^", b"~", b"\\", b"&")
    """Field, component, repetition, escape, subcomponent as bytes."""


STANDARD: Final = Delimiters()
"""The recommended set `|^~\\&`."""

_MSH2_LENGTH_MAX = 5
"""Component, repetition, escape, subcomponent, truncation: HL7 2.9 defines no sixth."""


def _fit(character: str) -> bool:
    """Return whether a character can separate: ASCII, no letter or digit, no blank, no control."""
    return "!" <= character <= "~" and not character.isalnum()


@lru_cache(maxsize=256)
def delimiters(separator: str, encoding: str) -> Delimiters:
    """Return the delimiters of `separator` (MSH-1) and `encoding` (MSH-2, 1 to 5 characters).

    Raises `RefusalError` `hl7v2.delimiters` when a character is missing, repeated or unfit.
    """
    if separator == "|" and encoding == "^~\\&":
        return STANDARD
    declared = separator + encoding
    if len(separator) != 1 or not 1 <= len(encoding) <= _MSH2_LENGTH_MAX:
        raise RefusalError(
            "hl7v2.delimiters",
            "MSH-1 must be one character and MSH-2 four (five from version 2.7)",
            path="MSH-2" if len(separator) == 1 else "MSH-1",
            offset=4 if len(separator) == 1 else 3,
        )
    for position, character in enumerate(declared):
        if not _fit(character) or character in declared[:position]:
            raise RefusalError(
                "hl7v2.delimiters",
                "a separator repeats another or is a letter, digit, blank or control character",
                path="MSH-2" if position else "MSH-1",
                offset=3 + position,
            )
    component, repetition, escape, subcomponent, truncation = (
        encoding[place : place + 1] for place in range(_MSH2_LENGTH_MAX)
    )
    return Delimiters(
        separator,
        component,
        repetition,
        escape,
        subcomponent,
        truncation,
        encoding,
        (
            separator.encode("ascii"),
            component.encode("ascii"),
            repetition.encode("ascii"),
            escape.encode("ascii"),
            subcomponent.encode("ascii"),
        ),
    )
