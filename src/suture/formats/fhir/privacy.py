"""Finds the elements of FHIR that carry a patient or free text where none may be (spec 2.0.11).

In: a resource that is to be outside the clinical zone. Out: problems, `fhir.privacy-trap`, with the
place and never the value. Refuses to know: zones; the caller decides where the rule holds. It is a
net under the minimiser, which drops by default, and replaces none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from suture.core.problem import Problem, Severity
from suture.formats.fhir.path import shown
from suture.formats.fhir.resource import Resource

TRAPS: Final[dict[str, tuple[str, ...]]] = {
    "SupplyRequest": ("deliverFor",),
    "SupplyDelivery": ("patient",),
    "InventoryItem": ("instance.subject",),
    "Appointment": (
        "subject",
        "comment",
        "description",
        "patientInstruction",
        "reason",
        "reasonCode",
        "reasonReference",
        "cancelationReason.text",
        "cancellationReason.text",
        "supportingInformation",
    ),
    "Transport": ("for", "encounter", "description", "input", "output"),
    "Task": ("for", "encounter", "description", "input", "output"),
    "ServiceRequest": (
        "subject",
        "encounter",
        "reason",
        "reasonCode",
        "reasonReference",
        "supportingInfo",
        "insurance",
        "specimen",
        "patientInstruction",
        "relevantHistory",
    ),
    "Procedure": (
        "subject",
        "encounter",
        "reason",
        "reasonCode",
        "reasonReference",
        "complication",
        "complicationDetail",
        "outcome",
        "report",
        "focus",
    ),
    "Device": ("patient",),
    "DeviceUseStatement": ("subject", "reasonCode", "reasonReference", "derivedFrom"),
    "DeviceUsage": ("patient", "reason", "context", "derivedFrom"),
    "DeviceRequest": ("subject", "encounter", "reasonCode", "reasonReference", "reason"),
    "DeviceDispense": ("subject", "receiver", "encounter"),
    "DeviceAssociation": ("subject",),
    "AuditEvent": ("patient", "encounter"),
}
"""resourceType -> elements that must be absent; the first rows are named by spec 2.0.11, the others
follow its field table (spec 4.4)."""

PERSONS: Final = frozenset({"Patient", "RelatedPerson", "Person"})
"""Resources that are a person in care, or next to one."""
CLINICAL: Final = PERSONS | {
    "AllergyIntolerance",
    "Condition",
    "Coverage",
    "DiagnosticReport",
    "Encounter",
    "Observation",
}
"""Resources that do not leave the clinical zone at all (spec 4.4)."""
_PATIENT_NAMES: Final = ("patient", "subject")
"""Elements that hold a patient in any resource."""
_PERSON_PATH: Final = re.compile(r"(?:^|/)(?:Patient|RelatedPerson|Person)(?:/|\?|$)")
_NOTE: Final = "this may lead to a patient; leave it out outside the clinical zone"


def privacy_traps(resource: Resource) -> list[Problem]:
    """Return one problem per place that may lead to a patient, in Bundles and contained too.

    Besides the elements of `TRAPS` it finds resources of persons and of clinical content, every
    reference to a person, `subject` and `patient` of any resource, narratives, and notes anywhere.
    """
    return [
        Problem("fhir.privacy-trap", Severity.ERROR, _NOTE, path, clause="spec 2.0.11")
        for path in dict.fromkeys(_places(resource.data))
    ]


def _places(data: dict[str, Any]) -> Iterator[str]:
    persons = _full_urls_of_persons(data)
    waiting: list[tuple[str, Any]] = [(shown(str(data.get("resourceType", ""))), data)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, list):
            waiting += [(f"{path}[{n}]", item) for n, item in reversed([*enumerate(one)])]
        elif isinstance(one, dict):
            yield from _own(path, one, persons)
            waiting += [(f"{path}.{shown(key)}", value) for key, value in reversed(one.items())]


def _own(path: str, one: dict[str, Any], persons: frozenset[str]) -> Iterator[str]:
    """Yield the traps of one object, those of its children excepted."""
    kind = one.get("resourceType")
    if isinstance(kind, str):
        if kind in CLINICAL and ".filterBy[" not in path:
            yield path
        if isinstance(one.get("text"), dict):
            yield f"{path}.text"
        for trap in (*_PATIENT_NAMES, *TRAPS.get(kind, ())):
            yield from _standing(path, one, trap.split("."))
        if kind == "Appointment":
            yield from _unknown_actors(path, one)
    if "note" in one:
        yield f"{path}.note"
    if _is_person(one, persons):
        yield path


def _unknown_actors(path: str, one: dict[str, Any]) -> Iterator[str]:
    """Yield the participants of an appointment of whom nothing says that they are no patient."""
    participants = one.get("participant")
    for number, item in enumerate(participants if isinstance(participants, list) else []):
        actor = item.get("actor") if isinstance(item, dict) else None
        if isinstance(actor, dict) and not _names_a_kind(actor):
            yield f"{path}.participant[{number}].actor"


def _names_a_kind(actor: dict[str, Any]) -> bool:
    target = actor.get("reference")
    is_told = isinstance(target, str) and re.search(r"(?:^|/)[A-Z][A-Za-z]+/[^/]+", target)
    return bool(is_told) or isinstance(actor.get("type"), str)


def _standing(path: str, one: Any, names: list[str]) -> Iterator[str]:
    if isinstance(one, list):
        for number, item in enumerate(one):
            yield from _standing(f"{path}[{number}]", item, names)
    elif not names:
        yield path
    elif isinstance(one, dict):
        for key in (names[0], f"_{names[0]}"):
            if key in one:
                yield from _standing(f"{path}.{key}", one[key], names[1:])


def _is_person(one: dict[str, Any], persons: frozenset[str]) -> bool:
    """Return whether an object is a reference to a person."""
    target = one.get("reference")
    if isinstance(target, str) and (_PERSON_PATH.search(target) or target in persons):
        return True
    kind = one.get("type")
    is_person = isinstance(kind, str) and kind in PERSONS
    return is_person and any(key in one for key in ("reference", "identifier"))


def _full_urls_of_persons(data: dict[str, Any]) -> frozenset[str]:
    """Return the references that lead to a person inside: fullUrls of a Bundle, `#id`."""
    found: set[str] = set()
    waiting: list[Any] = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            inner = one.get("resource")
            if isinstance(inner, dict) and str(inner.get("resourceType")) in PERSONS:
                found.add(str(one.get("fullUrl", "")))
            if str(one.get("resourceType")) in PERSONS:
                found.add(f"#{one.get('id')}")
            waiting += one.values()
    return frozenset(found - {""})
