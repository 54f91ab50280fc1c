"""Says whether the text of one leaf fits its data type (HL7 chapter 2A).

In: bytes of a leaf and the name of a primitive type. Out: fit or unfit, and whether it is longer
than its type allows. Refuses to know: fields, tables, what the value means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

PRIMITIVE: Final = frozenset(
    {"ST", "TX", "FT", "ID", "IS", "NM", "SI", "DT", "TM", "DTM", "TN", "GTS", "SNM"}
    | {"varies", "WD", "CK", "CM", "CN"}
)
"""Types without components of their own; CM and CN of 2.1 are compound without a definition."""

LENGTHS: Final[dict[str, int]] = {"SI": 4, "DT": 8, "TM": 16, "DTM": 24, "NM": 16, "TS": 26}
"""Longest text of a type in characters, up to 2.6; later versions leave it to agreements."""

_NUMBER: Final = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)")
_SEQUENCE: Final = re.compile(rb"\d{1,9}")
_TIME: Final = re.compile(
    rb"([01]\d|2[0-3])(?:([0-5]\d)(?:([0-5]\d)(?:\.\d{1,6})?)?)?(?:[+-](?:0\d|1[0-4])[0-5]\d)?"
)
_DAY: Final = re.compile(rb"(\d{4})(?:(\d\d)(\d\d)?)?")
_MOMENT: Final = re.compile(rb"(\d{4,8})(.*)")


def is_number(leaf: bytes) -> bool:
    """Return whether a leaf is an NM: digits with a sign and a point."""
    return _NUMBER.fullmatch(leaf) is not None


def is_sequence(leaf: bytes) -> bool:
    """Return whether a leaf is an SI: digits alone."""
    return _SEQUENCE.fullmatch(leaf) is not None


def is_date(leaf: bytes) -> bool:
    """Return whether a leaf is a DT: a year, month or day that exists."""
    match = _DAY.fullmatch(leaf)
    if match is None:
        return False
    try:
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return False
    return True


def is_time(leaf: bytes) -> bool:
    """Return whether a leaf is a TM: an hour at least, perhaps an offset."""
    return _TIME.fullmatch(leaf) is not None


def is_moment(leaf: bytes) -> bool:
    """Return whether a leaf is a DTM: a date, then perhaps a time of day and an offset."""
    match = _MOMENT.fullmatch(leaf)
    if match is None or not is_date(match[1]):
        return False
    rest = match[2]
    if not rest:
        return True
    if rest[:1] in b"+-":
        return _TIME.fullmatch(b"00" + rest) is not None
    return len(match[1]) == 8 and is_time(rest)


FORMS: Final[dict[str, Callable[[bytes], bool]]] = {
    "NM": is_number,
    "SI": is_sequence,
    "DT": is_date,
    "TM": is_time,
    "DTM": is_moment,
    "TS": is_moment,
}
"""Type -> its check; types without one take any text."""
