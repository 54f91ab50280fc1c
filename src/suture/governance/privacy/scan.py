"""The partner intake scanner: patient-like data in what suppliers send (spec 4.1, 4.4).

In: raw bytes and their format. Out: findings with kind, place and a keyed hash, never the value.
Refuses to know: parsing (it must work on what no parser accepts) and what to do with a finding; a
false alarm quarantines a field, so doubt speaks for a finding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from suture.core.refusal import RefusalError

SCAN_BYTES_MAX = 32 * 1024 * 1024
"""Above the door's largest document; more is refused, never scanned in part."""
FINDINGS_MAX = 200
"""Enough to quarantine every field of a bad document and to write to the supplier."""
PERSON_ENTITIES = frozenset({"QC", "IL", "QD", "74", "S1", "GD", "EXS", "77", "82", "71", "72"})
"""X12 N101/NM101 codes of a person (patient, insured, dependent, practitioner)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that looks like patient data."""

    kind: str
    """patient_segment, person, mrn, birth_date, name or initials."""
    path: str
    """X12: segment and its number, e.g. `NM1[12]`; otherwise the line, e.g. `line 3`."""
    offset: int
    """Byte offset of the value in the content."""
    digest: str
    """Keyed hash of the value, hex; tells repeats apart without the value."""


@dataclass(frozen=True, slots=True)
class ScanProfile:
    """Which record numbers the hospitals of this hub use."""

    mrn_patterns: tuple[re.Pattern[bytes], ...] = field(
        default=(
            re.compile(rb"\bSYN(?:MRN|CSN)?\d{3,}\b"),
            re.compile(
                rb"\b(?:MRN|MR#|med(?:ical)? ?rec(?:ord)?)\W{0,3}(\w{0,20}\d[\w-]{2,30})", re.I
            ),
        )
    )
    """Group 1, when there is one, is the value."""


_DATE = rb"(?:19|20)\d\d-?\d\d-?\d\d|\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d"
_BIRTH = re.compile(
    rb"\b(?:DOB|D\.O\.B\.?|birth ?date|date of birth|born)\W{0,6}(" + _DATE + rb")", re.I
)
_NAME = rb"((?-i:[A-Z])[A-Za-z'-]{1,30}(?:[,\s]\s?(?-i:[A-Z])[A-Za-z'.-]{0,30}){0,3})"
_LABELLED_NAME = re.compile(
    rb"\b(?:(?:patient|pt|pat)\.?(?:\s{0,2}name)?\s{0,3}[:=#]|(?:sur|last)?name:)\s{0,3}" + _NAME,
    re.I,
)
_LOOSE_NAME = re.compile(rb"\b(?:patient|pt|pat)\b\.?\s{1,3}(?:name\s{1,3})?" + _NAME, re.I)
"""In free text only: `PATIENT GOWN` is a product in a description."""
_LABELLED_INITIALS = re.compile(
    rb"\b(?:patient|pt|pat)\.?\s{0,3}(?:initials?|init)\b\W{0,3}((?-i:[A-Z])\.?\s?(?-i:[A-Z])\.?"
    rb"(?:\s?(?-i:[A-Z])\.?)?)(?![A-Za-z])",
    re.I,
)
_DOTTED_INITIALS = re.compile(rb"(?<![A-Za-z.])([A-Z]\.\s?[A-Z]\.(?:\s?[A-Z]\.)?)(?![A-Za-z])")
_HL7_SEGMENT = re.compile(rb"(?<![A-Za-z0-9])((?:PID|NK1|PD1|GT1|IN1|DG1|PV1)\|[^\r\n~']{0,200})")
_X12_FREE_TEXT = frozenset({b"NTE", b"MSG", b"PID", b"REF", b"MTX"})
_X12_REMARKS = _X12_FREE_TEXT - {b"PID"}
_XML_REMARKS = re.compile(rb"<(?:Comments|Extrinsic)\b[^>]{0,500}>([^<]{1,20000})", re.I)
_X12_BIRTH = frozenset({b"DMG"})
_ISA_BYTES = 106
"""An ISA is fixed in width, its last byte is the segment terminator (X12 005010 ISA)."""


def scan(
    content: bytes,
    format: str,
    *,
    key: Callable[[bytes], bytes],
    profile: ScanProfile | None = None,
) -> list[Finding]:
    """Return what looks like patient data, by offset, at most `FINDINGS_MAX`.

    `format` is `x12` or anything else (cXML, JSON, text). `key` hashes a value under a clinical key
    (`Sealer.blind`). Raises RefusalError `privacy.too-large` above `SCAN_BYTES_MAX`.
    """
    if len(content) > SCAN_BYTES_MAX:
        raise RefusalError("privacy.too-large", f"more than {SCAN_BYTES_MAX} bytes to scan")
    hits = set(_anywhere(content, profile or ScanProfile()))
    is_x12 = format == "x12" and content[:3] == b"ISA" and len(content) >= _ISA_BYTES
    segments = list(_segments(content)) if is_x12 else []
    for _, start, elements in segments:
        hits |= set(_in_segment(content, start, elements))
    if not is_x12:
        hits |= set(_in_text(content, is_markup=content.lstrip()[:1] == b"<"))
    places = _places(content, segments)
    findings = []
    for kind, start, end in sorted(hits, key=lambda hit: (hit[1], hit[0])):
        digest = key(content[start:end].strip().upper()).hex()
        findings.append(Finding(kind=kind, path=places(start), offset=start, digest=digest))
        if len(findings) == FINDINGS_MAX:
            break
    return findings


Hit = tuple[str, int, int]
"""Kind, start and end of the value."""


def _anywhere(content: bytes, profile: ScanProfile) -> Iterator[Hit]:
    """Yield what counts as patient data wherever it stands."""
    for pattern in profile.mrn_patterns:
        for match in pattern.finditer(content):
            yield "mrn", *match.span(1 if pattern.groups else 0)
    for kind, pattern in (
        ("birth_date", _BIRTH),
        ("name", _LABELLED_NAME),
        ("initials", _LABELLED_INITIALS),
        ("patient_segment", _HL7_SEGMENT),
    ):
        for match in pattern.finditer(content):
            yield kind, *match.span(1)


def _segments(content: bytes) -> Iterator[tuple[int, int, list[bytes]]]:
    """Yield (number from 1, offset, elements) of X12 segments by the ISA's own delimiters."""
    separator, terminator = content[3:4], content[105:106]
    offset = 0
    for number, segment in enumerate(content.split(terminator), start=1):
        lead = len(segment) - len(segment.lstrip())
        yield number, offset + lead, segment[lead:].split(separator)
        offset += len(segment) + 1


def _in_segment(content: bytes, start: int, elements: list[bytes]) -> Iterator[Hit]:
    """Yield what only the X12 segment tells: persons, demographics, initials in free text."""
    name = elements[0]
    end = start + sum(len(element) + 1 for element in elements) - 1
    entity = elements[1].decode("latin-1") if len(elements) > 1 else ""
    is_person = name == b"NM1" and elements[2:3] == [b"1"]
    if is_person or (name in {b"N1", b"NM1"} and entity in PERSON_ENTITIES):
        yield "person", start + len(name) + 1, end
    elif name in _X12_BIRTH and any(elements[1:]):
        yield "birth_date", start + len(name) + 1, end
    elif name in _X12_FREE_TEXT:
        for match in _DOTTED_INITIALS.finditer(content, start, end):
            yield "initials", *match.span(1)
        if name in _X12_REMARKS:
            for match in _LOOSE_NAME.finditer(content, start, end):
                yield "name", *match.span(1)


def _in_text(content: bytes, *, is_markup: bool) -> Iterator[Hit]:
    """Yield what only running text tells: dotted initials, names after a bare label."""
    spans = [(0, len(content))]
    if is_markup:
        spans = [match.span(1) for match in _XML_REMARKS.finditer(content)]
    for start, end in spans:
        for match in _LOOSE_NAME.finditer(content, start, end):
            yield "name", *match.span(1)
    for match in _DOTTED_INITIALS.finditer(content):
        yield "initials", *match.span(1)


def _places(content: bytes, segments: list[tuple[int, int, list[bytes]]]) -> Callable[[int], str]:
    """Return what names the place of an offset."""
    starts = [start for _, start, _ in segments]

    def by_segment(offset: int) -> str:
        number, _, elements = segments[max(bisect_right(starts, offset) - 1, 0)]
        return f"{elements[0][:3].decode('latin-1')}[{number}]"

    def by_line(offset: int) -> str:
        ends = content.count(b"\n", 0, offset) or content.count(b"\r", 0, offset)
        return f"line {ends + 1}"

    return by_segment if segments else by_line
