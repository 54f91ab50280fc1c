"""Lists every problem this codec can state, with its limits.

In: nothing. Out: `PROBLEM_CODES` (the one list the error reference is generated from), `Limits`.
Refuses to know: how a partner profile softens or sharpens a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROBLEM_CODES: Final[dict[str, str]] = {
    "x12.no-isa": "the content does not start with an ISA segment that can be read",
    "x12.leading-bytes": "bytes stand before ISA (byte order mark or white space)",
    "x12.isa-width": "ISA has 16 elements but not the fixed widths; read by its separators",
    "x12.delimiters": "two delimiters of ISA are the same, or one is a letter, digit or space",
    "x12.line-break": "line breaks stand inside segments (a wrapped file); they are left out",
    "x12.too-large": "a limit on bytes, segments or interchanges is exceeded",
    "x12.too-many-problems": "more problems than are stated; the rest is left out",
    "x12.more-interchanges": "a further interchange follows; read the file with parse_all",
    "x12.stray-bytes": "content between interchanges belongs to none",
    "x12.interchange-trailer": "IEA is missing: the interchange was cut off",
    "x12.interchange-control": "IEA02 differs from ISA13",
    "x12.interchange-repeated": "an interchange of this control number was received before",
    "x12.group-count": "IEA01 differs from the number of groups received",
    "x12.group-trailer": "GE is missing",
    "x12.group-control": "GE02 differs from GS06",
    "x12.set-count": "GE01 differs from the number of transaction sets received",
    "x12.set-trailer": "SE is missing",
    "x12.set-control": "SE02 differs from ST02",
    "x12.segment-count": "SE01 differs from the number of segments received, ST and SE included",
    "x12.envelope": "an envelope segment stands where it has no place",
    "x12.control-repeated": "a control number stands twice in one interchange",
    "x12.functional-id": "GS01 does not fit the transaction set of ST01",
    "x12.unknown-set": "no definition of this transaction set is declared; not checked further",
    "x12.unexpected-segment": "the transaction set has no such segment",
    "x12.segment-order": "a segment stands after its place",
    "x12.segment-missing": "a mandatory segment is missing",
    "x12.segment-repeats": "a segment stands more often than it may",
    "x12.loop-repeats": "a loop stands more often than it may",
    "x12.element-missing": "a mandatory element is empty",
    "x12.element-length": "an element is longer than it may be",
    "x12.element-short": "an element is shorter than it must be",
    "x12.element-count": "a segment has more elements than are declared",
    "x12.element-repeats": "an element is repeated more often than it may be",
    "x12.component-count": "an element has more components than are declared",
    "x12.element-character": "an element has a control character in it",
    "x12.element-code": "a code is not one of the codes of its element",
    "x12.condition": "an element is missing because of another one (conditions P, R, C, L)",
    "x12.exclusion": "two elements stand together that exclude each other (condition E)",
    "x12.element-number": "an element that must be a number is none",
    "x12.element-date": "an element that must be a date is no calendar date",
    "x12.element-time": "an element that must be a time of day is none",
    "x12.hierarchy": "HL01 stands twice, or HL02 names no level above",
    "x12.hierarchy-child": "HL04 says otherwise than the levels that follow",
    "x12.line-count": "CTT01 differs from the number of lines received",
    "x12.hash-total": "CTT02 differs from the sum of the quantities received",
    "x12.isa-value": "an element of ISA or GS has a value it may not have",
    "x12.isa-padding": "an element of ISA is not filled with blanks on its right",
    "x12.version": "ISA12, GS08 and the agreed version do not belong together",
    "x12.version-unread": "GS08 names a version whose structure is not known",
    "x12.profile-segment": "a segment that the partner's guide requires is missing",
    "x12.profile-code": "a code is not one of those the partner's guide allows",
    "x12.profile-delimiters": "the delimiters are not those agreed with the partner",
    "x12.character-set": "a character is outside the character set agreed with the partner",
    "x12.set-unread": "this kind of transaction set is passed on; it has no typed view",
    "x12.delimiter-in-value": "a value to write has a delimiter in it",
    "x12.character": "a value to write has a control character in it",
    "x12.edit": "an element cannot be changed there, or not to this value",
    "x12.envelope-value": "a value of the envelope does not fit its element",
}
"""Problem code -> what it means, one line each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds what one interchange may cost to read."""

    bytes_max: int = 32 * 1024 * 1024
    """Largest file: a price catalog of 100 000 lines has some 20 MB."""
    segments_max: int = 400_000
    """Most segments in one file: 100 000 catalog lines of four; each costs some 500 bytes."""
    sets_max: int = 50_000
    """Most transaction sets in one interchange: a busy day of a large partner has some thousand."""
    interchanges_max: int = 1_000
    """Most interchanges in one file: a day's mailbox of a large partner has some hundred."""
    problems_max: int = 200
    """Most problems stated: a file of the wrong kind would state one per segment."""


STATED_MAX: Final = 1_000
"""Most problems of one kind gathered per transaction set: the verdict on the set stands long
before, and a hostile file must not fill the memory with them."""

DEFAULT: Final = Limits()
