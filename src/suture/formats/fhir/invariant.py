"""Checks the rules over more than one element: references, extensions, contained, Bundles.

In: a finished walk. Out: more problems on it. Refuses to know: profiles. Which of the standard's
invariants are checked is the list of this module; the others are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from suture.formats.fhir.primitive import moment
from suture.formats.fhir.structure import Place, Walk
from suture.formats.fhir.table import resources

_LOCAL: Final = re.compile(r"#[A-Za-z0-9.-]{0,64}")
_ABSOLUTE: Final = re.compile(r"(?:https?|ftp|file|mllp|ldaps?)://\S+|urn:[a-z0-9-]+:\S+")
_RELATIVE: Final = re.compile(
    r"([A-Z][A-Za-z]+)(?:/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?|\?\S+)(?:#\S+)?"
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def check_invariants(made: Walk) -> None:
    """State the problems between the elements of each object of a walk."""
    for place in made.places:
        if made.is_full:
            return
        check = _CHECKS.get(place.type)
        if check is not None:
            check(made, place)
        if "contained" in place.value:
            _contained(made, place)
    _local_references(made)


def _reference(made: Walk, place: Place) -> None:
    target = place.value.get("reference")
    if not isinstance(target, str) or not target:
        return
    relative = _RELATIVE.fullmatch(target)
    if relative is not None and relative[1] not in resources(made.version):
        made.say("fhir.reference", "it names no resource of FHIR", place.path, "Reference")
    elif relative is None and not (_LOCAL.fullmatch(target) or _ABSOLUTE.fullmatch(target)):
        note = "a reference is Type/id, an absolute URL, a urn, or #id"
        made.say("fhir.reference", note, f"{place.path}.reference", "Reference.reference")


def _codeable_reference(made: Walk, place: Place) -> None:
    if "reference" in place.value and not isinstance(place.value["reference"], dict):
        note = "the reference of a CodeableReference is an object"
        made.say("fhir.shape", note, f"{place.path}.reference", "CodeableReference.reference")


def _extension(made: Walk, place: Place) -> None:
    url = place.value.get("url")
    is_nested = re.search(r"xtension\[[0-9]+\]\.extension\[[0-9]+\]$", place.path) is not None
    if isinstance(url, str) and not (is_nested or _SCHEME.fullmatch(url)):
        note = "an extension has an absolute url"
        made.say("fhir.extension", note, f"{place.path}.url", "Extension.url")
    has_value = any(key.lstrip("_").startswith("value") for key in place.value)
    if has_value == ("extension" in place.value):
        note = "an extension has either a value or extensions"
        made.say("fhir.extension", note, place.path, "ext-1")


def _contained(made: Walk, place: Place) -> None:
    contained = place.value["contained"]
    seen: set[str] = set()
    for number, inner in enumerate(contained if isinstance(contained, list) else []):
        path = f"{place.path}.contained[{number}]"
        if not isinstance(inner, dict):
            continue
        id_ = inner.get("id")
        if not isinstance(id_, str) or id_ in seen:
            note = "a contained resource has an id that is its own inside the outer one"
            made.say("fhir.contained", note, f"{path}.id", "dom-3")
        if "contained" in inner:
            made.say("fhir.contained", "contained resources contain no others", path, "dom-2")
        seen.add(str(id_))


def _local_references(made: Walk) -> None:
    """State the references `#id` that lead to no contained resource."""
    ids: dict[str, set[str]] = {}
    for place in made.places:
        inside = place.value.get("contained")
        if isinstance(inside, list):
            found = {str(one.get("id")) for one in inside if isinstance(one, dict)}
            ids[place.path] = found
    for place in made.places:
        target = place.value.get("reference")
        if not isinstance(target, str) or not target.startswith("#") or target == "#":
            continue
        around = (ids[at] for at in _outer(place.path) if at in ids)
        if not any(target[1:] in known for known in around) and not made.is_full:
            note = "it leads to no contained resource"
            made.say("fhir.reference", note, f"{place.path}.reference", "ref-1")


def _outer(path: str) -> Iterator[str]:
    """Yield a path and those of the objects around it."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _quantity(made: Walk, place: Place) -> None:
    if "code" in place.value and "system" not in place.value:
        _broken(made, place, "qty-3", "a coded unit has a system")


def _period(made: Walk, place: Place) -> None:
    start, end = moment(place.value.get("start")), moment(place.value.get("end"))
    if start is None or end is None:
        return
    is_comparable = start.is_exact == end.is_exact
    if is_comparable and start.at > end.at and not end.text.startswith(start.text[: len(end.text)]):
        _broken(made, place, "per-1", "a period ends after it starts")


def _contact(made: Walk, place: Place) -> None:
    if "value" in place.value and "system" not in place.value:
        _broken(made, place, "cpt-2", "a contact has a system when it has a value")


def _attachment(made: Walk, place: Place) -> None:
    if "data" in place.value and "contentType" not in place.value:
        _broken(made, place, "att-1", "inline data has a contentType")


_NO_TIME: Final = ("proposed", "cancelled", "waitlist")
_CANCELLED: Final = ("cancelled", "noshow")


def _appointment(made: Walk, place: Place) -> None:
    value = place.value
    if ("start" in value) != ("end" in value):
        _broken(made, place, "app-2", "start and end are given both or not at all")
    elif "start" not in value and value.get("status") not in _NO_TIME:
        _broken(made, place, "app-3", "only a proposed or cancelled appointment has no time")
    has_reason = "cancelationReason" in value or "cancellationReason" in value
    if has_reason and value.get("status") not in _CANCELLED:
        _broken(made, place, "app-4", "only a cancelled appointment has a reason for that")


def _participant(made: Walk, place: Place) -> None:
    if "type" not in place.value and "actor" not in place.value:
        _broken(made, place, "app-1", "a participant has a type or an actor")


_WITH_REQUEST: Final = ("batch", "transaction")
_WITH_RESPONSE: Final = ("batch-response", "transaction-response")


def _bundle(made: Walk, place: Place) -> None:
    kind, entries = place.value.get("type"), place.value.get("entry")
    if "total" in place.value and kind not in ("searchset", "history"):
        _misfit(made, place, "bdl-1", "total stands in a searchset or history only")
    seen: set[tuple[str, Any]] = set()
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        if not isinstance(entry, dict) or made.is_full:
            continue
        at = Place(entry, "BundleEntry", f"{place.path}.entry[{number}]", "Bundle.entry")
        if "search" in entry and kind != "searchset":
            _misfit(made, at, "bdl-2", "search stands in a searchset only")
        _request_and_response(made, at, str(kind))
        key = _full_key(entry)
        if key in seen and kind not in ("history", "batch"):
            _misfit(made, at, "bdl-7", "a fullUrl stands once, or with other versions")
        seen |= {key} if key[0] else set()


def _request_and_response(made: Walk, at: Place, kind: str) -> None:
    """State a request or response that is missing or out of place.

    A history's entry has a request in R4, and one of both in R5; a notification may have any.
    """
    has_request, has_response = "request" in at.value, "response" in at.value
    if kind == "subscription-notification":
        return
    if kind == "history":
        if not has_request and not (has_response and made.version == "R5"):
            _misfit(made, at, "bdl-3", "an entry of a history says what was asked")
        return
    if has_request != (kind in _WITH_REQUEST):
        _misfit(made, at, "bdl-3", "request stands in batch, transaction and history")
    if has_response != (kind in _WITH_RESPONSE):
        _misfit(made, at, "bdl-4", "response stands in responses and history")


def _full_key(entry: dict[str, Any]) -> tuple[str, Any]:
    inner = entry.get("resource")
    meta = inner.get("meta") if isinstance(inner, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return str(entry.get("fullUrl", "")), str(version)


def _misfit(made: Walk, place: Place, clause: str, note: str) -> None:
    made.say("fhir.bundle", note, place.path, clause)


def _broken(made: Walk, place: Place, clause: str, note: str) -> None:
    made.say("fhir.invariant", note, place.path, clause)


_CHECKS: Final[dict[str, Callable[[Walk, Place], None]]] = {
    "Reference": _reference,
    "CodeableReference": _codeable_reference,
    "Extension": _extension,
    "Quantity": _quantity,
    "Period": _period,
    "ContactPoint": _contact,
    "Attachment": _attachment,
    "Appointment": _appointment,
    "AppointmentParticipant": _participant,
    "Bundle": _bundle,
}
