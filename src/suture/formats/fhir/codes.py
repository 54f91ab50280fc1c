"""Lists every problem this codec can state, with its limits.

In: nothing. Out: `PROBLEM_CODES` (the one list the error reference is generated from), `Limits`.
Refuses to know: how a partner profile softens or sharpens a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROBLEM_CODES: Final[dict[str, str]] = {
    "fhir.not-utf8": "the content is not UTF-8",
    "fhir.byte-order-mark": "a byte order mark stands before the content; it is skipped",
    "fhir.not-json": "the content is not JSON (FHIR in XML is not read)",
    "fhir.not-finite": "NaN or Infinity stands where JSON wants a number",
    "fhir.number": "a number is longer, or its exponent larger, than is read",
    "fhir.too-large": "a limit on bytes, values or items of an array is exceeded",
    "fhir.too-deep": "objects and arrays are nested deeper than is read",
    "fhir.duplicate-key": "a name stands twice in one object; the last one is read",
    "fhir.character": "a text has half a surrogate pair, which no UTF-8 can carry",
    "fhir.not-resource": "the content is no object with a resourceType",
    "fhir.line": "a line of a bulk file is too long; it is skipped",
    "fhir.too-many-problems": "more problems than are stated; the rest is left out",
    "fhir.version": "the profile names a version of FHIR that is not known here",
    "fhir.resource-type": "the version has no such resource",
    "fhir.unknown-element": "the version has no such element at this place; it is kept",
    "fhir.shape": "an element is an array, object or single value where another is wanted",
    "fhir.empty": "an object, array or text is empty, or a null stands alone",
    "fhir.primitive": "a primitive value does not have the form of its type",
    "fhir.required": "an element that must be present is missing",
    "fhir.choice": "more than one type of a choice element is present",
    "fhir.code": "a code is not in the list that its element is bound to",
    "fhir.reference": "a reference has no form that FHIR knows, or leads nowhere inside",
    "fhir.extension": "an extension's url is not absolute, or it has both a value and extensions",
    "fhir.contained": "a contained resource has no id, a repeated id, or contains others",
    "fhir.invariant": "two elements of one object contradict each other",
    "fhir.bundle": "a Bundle's entries do not fit its type, or a fullUrl stands twice",
    "fhir.profile-resource": "the resource is not the one the profile is for",
    "fhir.profile-required": "an element the profile asks for is missing",
    "fhir.profile-forbidden": "an element the profile does not allow is present",
    "fhir.profile-code": "a value is not among those the profile allows",
    "fhir.constraint": "a constraint of the profile is not met",
    "fhir.expression": "a FHIRPath expression cannot be read or evaluated",
    "fhir.expression-clock": "a FHIRPath expression asks for the time; pass it in as a variable",
    "fhir.expression-limit": "a FHIRPath expression, its input or its result is too large",
    "fhir.privacy-trap": "an element that links to a patient, or free text, outside the clinic",
    "fhir.path": "a path is malformed or leads to no place that can be written",
    "fhir.value": "a value to write has a type or character that JSON does not have",
    "fhir.kind": "the resource is of another type than the view",
}
"""Problem code -> what it means, one line each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds what one resource may cost to read."""

    bytes_max: int = 16 * 1024 * 1024
    """Largest resource: a Bundle of a patient's whole record has some 5 MB."""
    values_max: int = 500_000
    """Most values of a resource: each costs some 100 bytes in memory."""
    depth_max: int = 100
    """Deepest nesting: contained resources in a Bundle reach about 20."""
    items_max: int = 50_000
    """Most items of one array: a full inventory count has some thousands."""
    number_chars_max: int = 100
    """Longest number: FHIR asks for 18 significant digits."""
    exponent_max: int = 300
    """Largest exponent: beyond it a short text becomes a number of megabytes."""
    problems_max: int = 200
    """Most problems stated: a file of the wrong kind would state one per value."""


DEFAULT: Final = Limits()
