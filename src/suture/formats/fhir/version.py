"""Tells FHIR R4 from R5 by what a resource has in it.

In: a resource. Out: `R4`, `R5`, or nothing when it fits both. Refuses to know: what a server said
of itself; the caller passes that as the profile's version.
"""

from __future__ import annotations

from typing import Any

from suture.formats.fhir.resource import Resource
from suture.formats.fhir.table import VERSIONS, Definition, ElementRule, definitions, resources

_ENTRIES_MAX = 50
"""Entries of a Bundle that are looked at; they are of one version."""


def detect_version(resource: Resource) -> str:
    """Return `R4` or `R5` where type and elements tell, else an empty text."""
    return _told(resource.data)


def _told(data: dict[str, Any]) -> str:
    kind = str(data.get("resourceType"))
    known = [version for version in VERSIONS if kind in resources(version)]
    if len(known) == 1:
        return known[0]
    if kind == "Bundle" and isinstance(data.get("entry"), list):
        inner = [e.get("resource") for e in data["entry"][:_ENTRIES_MAX] if isinstance(e, dict)]
        told = {_told(one) for one in inner if isinstance(one, dict)} - {""}
        return told.pop() if len(told) == 1 else ""
    if not known:
        return ""
    misfits = [_misfits(data, version, kind) for version in VERSIONS]
    if misfits[0] == misfits[1]:
        return ""
    return VERSIONS[0] if misfits[0] < misfits[1] else VERSIONS[1]


def _misfits(data: dict[str, Any], version: str, kind: str) -> int:
    """Return how many elements do not exist in a version, or not as an array or single value."""
    table = definitions(version)
    waiting: list[tuple[Definition | None, dict[str, Any]]] = [(table.get(kind), data)]
    count = 0
    while waiting:
        definition, one = waiting.pop()
        if definition is None:
            continue
        for key, value in one.items():
            rule = definition.elements.get(key.removeprefix("_"))
            count += rule is None or rule.is_list != isinstance(value, list)
            if rule is not None and rule.type not in ("Resource", "Extension"):
                count += _is_misplaced(rule, value)
                items = value if isinstance(value, list) else [value]
                waiting += [(table.get(rule.type), item) for item in items if type(item) is dict]
    return count


def _is_misplaced(rule: ElementRule, value: Any) -> bool:
    """Return whether a code is one of the other version only."""
    return bool(rule.codes) and isinstance(value, str) and value not in rule.codes
