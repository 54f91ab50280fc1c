"""Writes and reads escape sequences (HL7 2.9 2.7).

In: text and the delimiters. Out: text. Refuses to know: fields, character sets of the message (the
codec of `\\X..\\` is a parameter). Formatting commands become white space, highlighting goes,
local escapes stay literally: nothing is guessed (`switch` reads those that change the set).
"""

from __future__ import annotations

import re
from functools import lru_cache

from suture.core.refusal import RefusalError
from suture.formats.hl7v2.delimiters import STANDARD, Delimiters

_HEX_DIGITS_MAX = 4_096
"""Longest hexadecimal escape read, in digits: 2 kB is beyond any text use; longer stays literal."""

_SPACES_MAX = 256
"""Most lines or blanks one formatting command may produce; a bound against `\\.sp99999999\\`."""

_SEQUENCE = (
    r"(?:[FSTREPHN]|\.[a-z]{2} ?[+-]?\d{0,8}"
    rf"|X(?:[0-9A-Fa-f]{{2}}){{1,{_HEX_DIGITS_MAX // 2}}})"
)


@lru_cache(maxsize=256)
def _reader(escape_character: str) -> re.Pattern[str]:
    """Return the pattern of one known escape sequence between two escape characters."""
    mark = re.escape(escape_character)
    return re.compile(f"{mark}({_SEQUENCE}){mark}")


@lru_cache(maxsize=256)
def _writer(delimiters: Delimiters) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what must be escaped under `delimiters`, and its replacement."""
    mark = delimiters.escape
    letters = {
        delimiters.escape: "E",
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.subcomponent: "T",
        delimiters.repetition: "R",
        delimiters.truncation: "P",
    }
    table = {character: f"{mark}{code}{mark}" for character, code in letters.items() if character}
    # Control characters end a segment (CR, LF) or a frame (VT, FS), so they travel as hex.
    table |= {chr(code): f"{mark}X{code:02X}{mark}" for code in (*range(9), *range(10, 32), 127)}
    return re.compile("[" + re.escape("".join(table)) + "]"), table


def escape(text: str, delimiters: Delimiters = STANDARD) -> str:
    """Return `text` safe to stand in one leaf of a message.

    Delimiters and control characters but the tab are escaped. Raises `RefusalError`
    `hl7v2.no-escape` when something must be escaped and MSH-2 declares no escape character.
    """
    pattern, table = _writer(delimiters)
    if pattern.search(text) is None:
        return text
    if not delimiters.escape:
        raise RefusalError("hl7v2.no-escape", "declare an escape character in MSH-2", path="MSH-2")
    return pattern.sub(lambda match: table[match[0]], text)


def unescape(text: str, delimiters: Delimiters = STANDARD, codec: str = "utf-8") -> str:
    """Return `text` with every known escape sequence read.

    `codec` is the Python codec for the bytes of `\\X..\\`; bytes it cannot read are taken as
    ISO 8859-1. `\\.br\\` and its like become line feeds, `\\H\\` and `\\N\\` nothing;
    `\\C..\\`, `\\M..\\`, `\\Z..\\` and unknown or unclosed sequences stay as they are.
    """
    mark = delimiters.escape
    if not mark or mark not in text:
        return text
    return _reader(mark).sub(lambda match: _meaning(match, delimiters, codec), text)


def _meaning(match: re.Match[str], delimiters: Delimiters, codec: str) -> str:
    """Return what one escape sequence stands for."""
    body = match[1]
    match body[0]:
        case "F":
            return delimiters.field
        case "S":
            return delimiters.component
        case "T":
            return delimiters.subcomponent or match[0]
        case "R":
            return delimiters.repetition or match[0]
        case "E":
            return delimiters.escape
        case "P":
            return delimiters.truncation or match[0]
        case "X":
            return _hexadecimal(bytes.fromhex(body[1:]), codec)
        case ".":
            return _formatting(body)
    return ""


def _hexadecimal(octets: bytes, codec: str) -> str:
    """Return the text of `\\X..\\` in `codec`, else in ISO 8859-1."""
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _formatting(command: str) -> str:
    """Return the white space of a formatting command (HL7 2.9 2.7.6)."""
    name, digits = command[1:3], command[3:].strip().lstrip("+-")
    count = min(int(digits), _SPACES_MAX) if digits else 1
    match name:
        case "br" | "ce":
            return "\n"
        case "sp":
            return "\n" * max(count, 1)
        case "sk":
            return " " * count
    return ""
