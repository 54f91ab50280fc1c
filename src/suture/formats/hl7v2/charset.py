"""Chooses how the bytes of a message become text (MSH-18, HL7 table 0211).

In: the repetitions of MSH-18 and the bytes. Out: a Python codec with what had to be assumed.
Refuses to know: fields. A label is believed; where bytes contradict it the reader marks the place
and replaces, because guessing a character set silently changes names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from suture.core.problem import Problem, Severity

_LABELS: Final[dict[str, str]] = {
    "ASCII": "ascii",
    "USASCII": "ascii",
    "ISOIR6": "ascii",
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-16",
    "UNICODEUTF16": "utf-16",
    "UTF16": "utf-16",
    "UNICODEUTF32": "utf-32",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "KSX1001": "euc_kr",
    "BIG5": "big5",
    "ISOIR13": "iso2022_jp_ext",
    "ISOIR14": "iso2022_jp_ext",
    "ISOIR87": "iso2022_jp_ext",
    "ISOIR159": "iso2022_jp_ext",
    "ISOIR100": "iso8859-1",
    "ISOIR101": "iso8859-2",
    "WINDOWS1252": "cp1252",
    "CP1252": "cp1252",
}
"""Table 0211 labels, upper-case without punctuation; the last rows are common in the field."""

_PARTS_OF_8859 = frozenset((*range(1, 12), 13, 14, 15, 16))
"""Parts of ISO 8859 that exist: 12 was abandoned."""

_WIDE = frozenset({"gb18030", "big5", "iso2022_jp_ext", "utf-16-le", "utf-16-be", "utf-32"})
"""Codecs in which a byte equal to a delimiter may be half of a character: split after decoding."""


class Charset(NamedTuple):
    """Says how one message is read."""

    codec: str
    """Python codec name."""
    label: str
    """First repetition of MSH-18 as received."""
    wide: bool = False
    """Whether bytes must be decoded before they are split."""
    known: bool = True
    """False when the label is none of table 0211."""


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Return the Python codec of one table 0211 label, or None when it is unknown."""
    plain = "".join(character for character in label.upper() if character.isalnum())
    if plain in _LABELS:
        return _LABELS[plain]
    for start in ("8859", "ISO8859"):
        part = plain.removeprefix(start)
        if part != plain and part.isascii() and part.isdigit() and int(part) in _PARTS_OF_8859:
            # Python reads its own name of part 1 without a registry look-up, four times faster.
            return "latin-1" if int(part) == 1 else f"iso8859-{int(part)}"
    return None


def choose(
    labels: tuple[str, ...], data: bytes, wire: str | None = None
) -> tuple[Charset, list[Problem]]:
    """Return the character set of `data` under the repetitions of MSH-18, and what is wrong.

    `wire` is the codec already seen from the first bytes (UTF-16) and wins over the label.
    Problems: `hl7v2.charset-unknown`, `-mismatch` (with the byte offset), `-unlabelled`.
    """
    label = labels[0] if labels else ""
    if wire is not None:
        return Charset(wire, label, True), []
    if not any(labels):
        return _unlabelled(data)
    charset = _labelled(labels)
    if data.isascii() and charset.codec != "iso2022_jp_ext" and charset.known:
        return charset, []
    if not charset.known:
        text = "use a label of table 0211 in MSH-18; read as ISO 8859-1"
        return charset, [Problem("hl7v2.charset-unknown", Severity.WARNING, text, "MSH-18")]
    return charset, _mismatch(data, charset.codec)


@lru_cache(maxsize=256)
def _labelled(labels: tuple[str, ...]) -> Charset:
    """Return the character set of the repetitions of MSH-18; ISO 8859-1 for an unknown label."""
    codecs = [codec_of(one) if one else "ascii" for one in labels]
    # ISO 2022 switches sets inside a field, so its codec must read everything.
    codec = "iso2022_jp_ext" if "iso2022_jp_ext" in codecs else codecs[0]
    if codec in ("utf-16", "utf-32"):
        # MSH starts with a one-byte M: such a label describes the sender's memory, not the wire.
        codec = "utf-8"
    return Charset(codec or "latin-1", labels[0], codec in _WIDE, codec is not None)


def _unlabelled(data: bytes) -> tuple[Charset, list[Problem]]:
    """Return ASCII when it is, else UTF-8 when it is, else ISO 8859-1."""
    place = _first_bad(data, "ascii")
    if place is None:
        return Charset("ascii", ""), []
    codec = "utf-8" if _first_bad(data, "utf-8") is None else "latin-1"
    text = f"state the character set in MSH-18; read as {codec}"
    return Charset(codec, ""), [
        Problem("hl7v2.charset-unlabelled", Severity.INFO, text, "MSH-18", place)
    ]


def _mismatch(data: bytes, codec: str) -> list[Problem]:
    """Return the problem at the first byte that `codec` cannot read."""
    place = _first_bad(data, codec)
    if place is None:
        return []
    text = "bytes do not fit the character set of MSH-18; correct the label or the bytes"
    return [Problem("hl7v2.charset-mismatch", Severity.WARNING, text, "MSH-18", place)]


def _first_bad(data: bytes, codec: str) -> int | None:
    """Return the offset of the first byte `codec` cannot read, or None."""
    if codec != "iso2022_jp_ext" and data.isascii():
        return None
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        return error.start
    return None
