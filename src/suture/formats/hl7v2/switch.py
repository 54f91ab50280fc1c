"""Reads text that changes its character set by escape (HL7 2.9 2.7.2).

In: the bytes of one leaf or field, the escape character, the message's codec. Out: text whose other
escapes still stand. Refuses to know: MSH-18, fields. `\\Cxxyy\\` and `\\Mxxyyzz\\` carry the final
bytes of an ISO 2022 designation; what follows is in that set until the next one or the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final


def _as(codec: str) -> Callable[[bytes], str]:
    return lambda octets: octets.decode(codec, "replace")


def _designated(sequence: bytes) -> Callable[[bytes], str]:
    """Return a reader of a set that Python knows by its designation."""
    return lambda octets: (b"\x1b" + sequence + octets).decode("iso2022_jp_ext", "replace")


def _high(codec: str) -> Callable[[bytes], str]:
    """Return a reader of a two-byte set sent in seven bits, by its eight-bit coding."""
    table = bytes(code | 0x80 if code > 0x20 else code for code in range(256))
    return lambda octets: octets.translate(table).decode(codec, "replace")


_READERS: Final[dict[str, Callable[[bytes], str]]] = {
    "C284A": _designated(b"(J"),
    "C2949": _as("shift_jis"),
    "M2442": _designated(b"$B"),
    "M244242": _designated(b"$B"),
    "M242844": _designated(b"$(D"),
    "M2441": _high("gb2312"),
    "M242841": _high("gb2312"),
    "M242843": _high("euc_kr"),
    "M242943": _high("euc_kr"),
    **{
        f"C{intermediate}{final}": _as(f"iso8859-{part}")
        for intermediate in ("2D", "2E")
        for final, part in (
            ("41", 1),
            ("42", 2),
            ("43", 3),
            ("44", 4),
            ("4C", 5),
            ("47", 6),
            ("46", 7),
            ("48", 8),
            ("4D", 9),
            ("54", 11),
            ("62", 15),
        )
    },
}
"""Designation -> how its bytes read (ISO-IR numbers of table 0211)."""
_BACK: Final = "C2842"
"""ASCII again: the message's own set."""


@lru_cache(maxsize=64)
def _pattern(mark: bytes) -> re.Pattern[bytes]:
    escape = re.escape(mark)
    return re.compile(escape + rb"(C[0-9A-Fa-f]{4}|M(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{4}))" + escape)


def is_known(designation: str) -> bool:
    """Return whether a designation, e.g. `C2D41`, names a set this reader knows."""
    return designation.upper() in _READERS or designation.upper() == _BACK


def may_switch(found: bytes, mark: bytes) -> bool:
    """Return whether bytes may change their character set."""
    return mark + b"C" in found or mark + b"M" in found


def switched(found: bytes, mark: bytes, codec: str) -> str:
    """Return bytes as text, each stretch in its set; an unknown designation stays as it stands."""
    pieces = _pattern(mark).split(found)
    text = pieces[0].decode(codec, "replace")
    reader = _as(codec)
    for name, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        designation = name.decode("ascii").upper()
        if designation == _BACK:
            reader = _as(codec)
        elif designation in _READERS:
            reader = _READERS[designation]
        else:
            text += (mark + name + mark).decode("ascii")
        text += reader(piece)
    return text
