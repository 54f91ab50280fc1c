"""Lists every problem this codec can state, with its limits.

In: nothing. Out: `PROBLEM_CODES` (the one list the error reference is generated from), `Limits`.
Refuses to know: how a partner profile softens or sharpens a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROBLEM_CODES: Final[dict[str, str]] = {
    "hl7v2.no-msh": "the content does not start with an MSH segment",
    "hl7v2.delimiters": "MSH-1 or MSH-2 is missing, repeats a character or uses an unfit one",
    "hl7v2.no-control-id": "MSH-10 is empty, so the message cannot be acknowledged by name",
    "hl7v2.no-message-type": "MSH-9 is empty, so the message cannot be routed",
    "hl7v2.too-large": "a limit on bytes, segments, fields or repetitions is exceeded",
    "hl7v2.nul": "a NUL byte stands in the message, which no character set of HL7 wants",
    "hl7v2.leading-bytes": "bytes stand before MSH (byte order mark, frame byte or white space)",
    "hl7v2.segment-name": "a line does not start with a three-character segment name and MSH-1",
    "hl7v2.second-msh": "a second MSH stands in one message: split the batch first",
    "hl7v2.charset-unknown": "MSH-18 names no known character set; read as ISO 8859-1",
    "hl7v2.charset-mismatch": "bytes do not fit the character set of MSH-18; read with U+FFFD",
    "hl7v2.charset-unlabelled": "MSH-18 is empty but the content is not ASCII",
    "hl7v2.charset-unencodable": "a value cannot be written in the message's character set",
    "hl7v2.charset-escape": "a character-set escape (C or M) names an unknown set and is kept",
    "hl7v2.no-escape": "a value needs escaping but MSH-2 declares no escape character",
    "hl7v2.no-segment": "the segment to change is not in the message",
    "hl7v2.batch-count": "BTS-1 or FTS-1 differs from what was received",
    "hl7v2.batch-trailer": "a batch or file header has no trailer, or the reverse",
    "hl7v2.batch-stray": "a line in a batch belongs to no message",
    "hl7v2.fragment": "a continuation does not fit the message before it (DSC-1, MSH-14)",
    "hl7v2.version": "MSH-12 names no version of HL7 v2; the nearest one is used",
    "hl7v2.structure-unknown": "no version has a structure for the trigger; segments are checked",
    "hl7v2.structure-version": "the trigger belongs to other versions than MSH-12 says",
    "hl7v2.structure-name": "MSH-9.3 names another structure than the trigger's",
    "hl7v2.segment-missing": "a segment the structure requires is not there",
    "hl7v2.segment-sequence": "a segment stands where the structure has no place for it",
    "hl7v2.segment-repetition": "a segment comes again where it may come once",
    "hl7v2.segment-unexpected": "a segment of the standard is no part of this structure",
    "hl7v2.segment-unknown": "a segment is defined neither by the version nor by the profile",
    "hl7v2.required": "a required field is empty",
    "hl7v2.repetition": "a field repeats more often than it may; readers take the first",
    "hl7v2.component": "a required component is empty, or more are filled than the type has",
    "hl7v2.data-type": "a value cannot be read as its data type (number, date, time, sequence)",
    "hl7v2.length": "a value is longer than its data type allows (up to version 2.6)",
    "hl7v2.table-value": "a coded value is not in its table",
    "hl7v2.withdrawn": "a field withdrawn in this version is filled",
    "hl7v2.field-unknown": "more fields are filled than the segment has in this version",
    "hl7v2.profile-required": "the profile requires a field or segment that is not there",
    "hl7v2.profile-forbidden": "the profile forbids a field or segment that is there",
    "hl7v2.view-trigger": "a view was asked of another message type",
    "hl7v2.view-missing": "the segment a view is about is not in the message",
    "hl7v2.view-value": "a value cannot be read as its kind; the view holds nothing for it",
    "hl7v2.view-repeats": "a segment comes again where a view holds one; the first is held",
    "hl7v2.view-null": "the sender deletes the value; a view holds nothing for it",
    "hl7v2.check-stopped": "the check ended at a limit on problems or values",
}
"""Problem code -> what it means, one line each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds what one message may cost to read."""

    bytes_max: int = 16 * 1024 * 1024
    """Largest message: scanned documents travel as base64 in OBX-5; larger is a file transfer."""
    segments_max: int = 100_000
    """Most lines: an item-master load of 20 000 items has five segments each."""
    fields_max: int = 2_000
    """Most fields in one segment: the widest standard segment has fewer than 100."""
    repetitions_max: int = 20_000
    """Most repetition separators in one segment: bounds what one field read can allocate."""
    header_bytes_max: int = 8_192
    """Longest MSH: 25 fields of at most 227 characters stay under 6 kB."""


DEFAULT: Final = Limits()
