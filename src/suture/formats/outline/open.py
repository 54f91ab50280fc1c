"""Guesses a format, reads every document of a file, and checks one against a profile.

In: bytes; a profile's TOML. Out: `Opened` documents with their tree and problems. Refuses to know:
files and paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats import FORMATS, cif, cxml, edifact, fhir, hl7v2, x12
from suture.formats.fhir.profile import PLAIN as PLAIN_FHIR
from suture.formats.outline.edi import edifact_node, x12_node
from suture.formats.outline.elements import cxml_node
from suture.formats.outline.members import fhir_node
from suture.formats.outline.node import Node
from suture.formats.outline.pipes import hl7v2_node
from suture.formats.outline.rows import cif_node
from suture.formats.profile import read_profile

_BLANK: Final = b"\xef\xbb\xbf\x0b \t\r\n"
_HL7_STARTS: Final = (b"MSH", b"FHS", b"BHS")


@dataclass(frozen=True, slots=True)
class Opened:
    """One document of a file; `repr` shows no content."""

    format: str
    title: str
    """Kind and number, e.g. `SIU^S12 MSG0001`; no patient and no name."""
    document: Any = field(repr=False)
    """None when nothing could be read."""
    tree: Node = field(repr=False)
    problems: tuple[Problem, ...]


def guess(data: bytes) -> str:
    """Return the format's name, empty when it looks like none of them."""
    if data[:64].lstrip(_BLANK)[:3] in _HL7_STARTS:
        return "hl7v2"
    for name, module in (("x12", x12), ("edifact", edifact), ("cxml", cxml), ("cif", cif)):
        if module.looks_like(data):
            return name
    return "fhir" if fhir.looks_like(data) else ""


def read_all(data: bytes, format: str = "") -> Iterator[Opened]:
    """Yield every document of a file.

    Raises RefusalError `format.unknown` when the format is not named and cannot be guessed.
    """
    name = format or guess(data)
    reader = _READERS.get(name)
    if reader is None:
        listed = ", ".join(FORMATS)
        raise RefusalError("format.unknown", f"this looks like none of {listed}; name the format")
    return reader(data)


def _hl7v2(data: bytes) -> Iterator[Opened]:
    for found in hl7v2.read_messages([data]):
        problems = list(found.problems)
        if not found.data:
            yield Opened("hl7v2", "no message", None, Node("file"), tuple(problems))
            continue
        try:
            message, more = hl7v2.parse(found.data)
        except RefusalError as refusal:
            problems.append(
                Problem(refusal.code, Severity.ERROR, refusal.text, refusal.path, refusal.offset)
            )
            yield Opened("hl7v2", "unreadable", None, Node("message"), tuple(problems))
            continue
        title = f"{message.trigger or message.get('MSH-9')} {message.control_id}".strip()
        yield Opened("hl7v2", title, message, hl7v2_node(message), (*problems, *more))


def _x12(data: bytes) -> Iterator[Opened]:
    interchanges, problems = x12.parse_all(data)
    for number, found in enumerate(interchanges):
        sets = ", ".join(s.id for s in found.sets[:5]) or "no transaction set"
        mine = _of(problems, found, is_last=number + 1 == len(interchanges))
        yield Opened("x12", f"{sets} {found.control_number}", found, x12_node(found), mine)


def _edifact(data: bytes) -> Iterator[Opened]:
    interchanges, problems = edifact.parse_all(data)
    for number, found in enumerate(interchanges):
        kinds = ", ".join(m.type for m in found.messages[:5]) or "no message"
        mine = _of(problems, found, is_last=number + 1 == len(interchanges))
        title = f"{kinds} {found.header.value(5)}".strip()
        yield Opened("edifact", title, found, edifact_node(found), mine)


def _of(
    problems: list[Problem], found: x12.Interchange | edifact.Interchange, *, is_last: bool
) -> tuple[Problem, ...]:
    """Return the problems of one interchange of a file; those without a place go to the last."""
    offset, size = found.offset, len(found.content)
    return tuple(
        p
        for p in problems
        if (p.offset is None and is_last)
        or (p.offset is not None and offset <= p.offset and (is_last or p.offset < offset + size))
    )


def _cxml(data: bytes) -> Iterator[Opened]:
    document, problems = cxml.parse(data)
    if document is None:
        yield Opened("cxml", "unreadable", None, Node("document"), tuple(problems))
        return
    title = f"{document.kind} {document.payload_id}".strip()
    yield Opened("cxml", title, document, cxml_node(document), tuple(problems))


def _cif(data: bytes) -> Iterator[Opened]:
    catalogue, problems = cif.parse(data)
    if catalogue is None:
        yield Opened("cif", "unreadable", None, Node("catalogue"), tuple(problems))
        return
    title = f"catalogue of {len(catalogue.items)} items"
    yield Opened("cif", title, catalogue, cif_node(catalogue), tuple(problems))


def _fhir(data: bytes) -> Iterator[Opened]:
    resource, problems = fhir.parse(data)
    if resource is not None:
        yield _resource(resource, problems)
        return
    lines = [line for line in fhir.read_ndjson([data]) if line.resource is not None]
    if len(lines) < 2:
        yield Opened("fhir", "unreadable", None, Node("resource"), tuple(problems))
        return
    for line in fhir.read_ndjson([data]):
        if line.resource is not None:
            yield _resource(line.resource, line.problems)
        else:
            yield Opened("fhir", f"line {line.number}", None, Node("line"), tuple(line.problems))


def _resource(resource: fhir.Resource, problems: list[Problem]) -> Opened:
    version = fhir.detect_version(resource)
    title = " ".join(x for x in (resource.type, resource.id, version) if x)
    return Opened("fhir", title, resource, fhir_node(resource), tuple(problems))


_READERS: Final[dict[str, Callable[[bytes], Iterator[Opened]]]] = {
    "hl7v2": _hl7v2,
    "x12": _x12,
    "edifact": _edifact,
    "cxml": _cxml,
    "cif": _cif,
    "fhir": _fhir,
}


def check(
    opened: Opened, profile: bytes | None = None, *, dtd: bytes | None = None
) -> list[Problem]:
    """Return every problem of a document: what reading found and what the profile adds.

    `profile` is the TOML of a partner's profile of the same format; without one the standard alone
    is held against it. Raises MisconfiguredError `profile.invalid`.
    """
    found = opened.document
    if found is None:
        return list(opened.problems)
    match opened.format:
        case "hl7v2":
            more = hl7v2.validate(found, hl7v2.read_hl7_profile(profile) if profile else None)
        case "x12":
            agreed = read_profile(profile, x12.X12Profile) if profile else x12.HOUSE_PROFILE
            more = x12.validate(found, agreed)
        case "edifact":
            kind = edifact.EdifactProfile
            more = edifact.validate(
                found, read_profile(profile, kind) if profile else edifact.STANDARD_PROFILE
            )
        case "cxml":
            own = cxml.CxmlProfile(name="standard")
            given = cxml.read_cxml_profile(profile) if profile else own
            more = cxml.validate(found, given, dtd=dtd)
        case "fhir":
            more = fhir.validate(
                found, read_profile(profile, fhir.FhirProfile) if profile else PLAIN_FHIR
            )
        case _:
            more = []
    return _once([*opened.problems, *more])


def _once(problems: list[Problem]) -> list[Problem]:
    """Return the problems without those that reading and checking both found.

    Of two the one that names the clause is kept, and a permitted one before all.
    """
    seen: dict[tuple[str, str, int | None, str], Problem] = {}
    for problem in problems:
        key = (problem.code, problem.path, problem.offset, problem.text)
        if key not in seen or problem.permitted_by or not seen[key].clause:
            seen[key] = problem
    return list(seen.values())
