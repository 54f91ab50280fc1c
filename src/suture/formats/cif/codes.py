"""Lists every problem this codec can state, with its limits.

In: nothing. Out: `PROBLEM_CODES`, `Limits`. Refuses to know: which problems keep a catalogue out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROBLEM_CODES: Final[dict[str, str]] = {
    "cif.not-cif": "the first line is not CIF_I_V with a version",
    "cif.version": "the version is not 3.0; it is read as 3.0",
    "cif.too-large": "a limit on bytes, rows, fields or characters is exceeded",
    "cif.encoding": "the bytes are not text in the charset of the header, or it is not known",
    "cif.header": "a line of the header is no name with a value, or stands twice",
    "cif.header-value": "a value of the header is not in its list or no number",
    "cif.no-data": "the line DATA is missing, so there are no rows",
    "cif.no-trailer": "the line ENDOFDATA is missing: the file may be cut off",
    "cif.after-trailer": "something stands behind ENDOFDATA and is not read",
    "cif.field-names": "a field name is empty or stands twice, or a mandatory one is missing",
    "cif.field-count": "a row has more or fewer fields than there are names",
    "cif.quoting": "a quotation mark is not closed, or text stands behind one",
    "cif.item-count": "ITEMCOUNT is not the number of rows",
    "cif.value-missing": "a mandatory field of a row is empty",
    "cif.value-number": "a price or lead time is no number, or is negative",
    "cif.value-date": "a date is not in the calendar",
    "cif.value-unknown": "a value is not in its list, e.g. a unit of measure or a currency",
    "cif.classification": "a classification is no UNSPSC code, and CODEFORMAT says it is one",
    "cif.row-repeated": "the same part of the same supplier stands twice",
    "cif.more-problems": "there are more problems than are listed",
    "cif.character": "a value to write has a character that the charset does not have",
}
"""Problem code -> what it means, one line each."""

PROBLEMS_MAX: Final = 200
"""Most problems of one catalogue: a person reads no more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds what one catalogue may cost to read."""

    bytes_max: int = 256 * 1024 * 1024
    """Largest file read whole; larger ones are streamed."""
    rows_max: int = 1_000_000
    fields_max: int = 200
    """Most fields of a row: the format has some 80 names."""
    row_characters_max: int = 100_000
    """Longest row, its line ends within quotes included."""
    header_lines_max: int = 200


DEFAULT: Final = Limits()
