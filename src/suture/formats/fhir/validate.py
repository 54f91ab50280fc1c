"""Holds a resource against its version of FHIR and a partner's profile.

In: a resource and a profile. Out: problems, each with position and clause. Refuses to know:
terminology beyond required bindings, and the standard's profiles; it is a door's check, no
certification.
"""

from __future__ import annotations

from typing import Any

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.fhir.codes import DEFAULT, Limits
from suture.formats.fhir.expression import evaluate
from suture.formats.fhir.invariant import check_invariants
from suture.formats.fhir.path import reached, read_path, shown
from suture.formats.fhir.profile import PLAIN, Constraint, FhirProfile
from suture.formats.fhir.resource import Resource
from suture.formats.fhir.structure import Walk, walk
from suture.formats.fhir.table import VERSIONS
from suture.formats.fhir.version import detect_version
from suture.formats.profile import permitted


def validate(
    resource: Resource, profile: FhirProfile = PLAIN, limits: Limits = DEFAULT
) -> list[Problem]:
    """Return what is wrong with a resource, in its order; empty when nothing is found.

    The version is the profile's, else the one the resource tells, else R4. Elements of resources
    that have no table are checked in their data types only as far as their names tell them.
    """
    version = profile.version or detect_version(resource) or VERSIONS[0]
    if version not in VERSIONS:
        note = "the profile's version is R4 or R5"
        return [Problem("fhir.version", Severity.ERROR, note)]
    made = walk(resource.data, version, limits.problems_max)
    check_invariants(made)
    _check_profile(made, resource, profile)
    found = made.problems
    if len(found) >= limits.problems_max:
        note = f"the first {limits.problems_max} problems are stated"
        found = found[: limits.problems_max]
        found.append(Problem("fhir.too-many-problems", Severity.WARNING, note))
    return permitted(found, profile)


def _check_profile(made: Walk, resource: Resource, profile: FhirProfile) -> None:
    if profile.resource and resource.type != profile.resource:
        note = f"a {profile.resource} is expected"
        _say(made, profile, "fhir.profile-resource", (note, shown(resource.type)))
        return
    for path in profile.required:
        _check_required(made, resource, profile, path)
    for path in profile.forbidden:
        note = "this element is not allowed here"
        for at, _ in reached(resource.data, read_path(path), shown(resource.type)):
            _say(made, profile, "fhir.profile-forbidden", (note, at))
    for binding in profile.bindings:
        note = "the value is not among those that are allowed here"
        for at, value in reached(resource.data, read_path(binding.path), shown(resource.type)):
            if value not in binding.values:
                _say(made, profile, "fhir.profile-code", (note, at))
    for constraint in profile.constraints:
        _check_constraint(made, resource, profile, constraint)


def _check_required(made: Walk, resource: Resource, profile: FhirProfile, path: str) -> None:
    """State each object that the path's first steps reach and that lacks its last one."""
    *before, last = read_path(path)
    for at, outer in reached(resource.data, before, shown(resource.type)):
        if not any(True for _ in reached(outer, [last])):
            note = "this element is mandatory here"
            _say(made, profile, "fhir.profile-required", (note, f"{at}.{path.split('.')[-1]}"))


def _check_constraint(
    made: Walk, resource: Resource, profile: FhirProfile, constraint: Constraint
) -> None:
    try:
        found = evaluate(resource, constraint.expression, version=made.version)
    except RefusalError as refusal:
        text = f"constraint {constraint.name}: {refusal.text}"
        made.problems.append(
            Problem(refusal.code, Severity.ERROR, text, shown(resource.type), clause=profile.name)
        )
        return
    if not _is_met(found):
        clause = constraint.clause or f"{profile.name} {constraint.name}"
        made.problems.append(
            Problem(
                "fhir.constraint",
                constraint.severity,
                constraint.text,
                shown(resource.type),
                clause=clause,
            )
        )


def _is_met(found: list[Any]) -> bool:
    """Return whether a result counts as true: true itself, or nothing (FHIRPath 2.1, R4 2.1.0)."""
    return not found or found == [True]


def _say(made: Walk, profile: FhirProfile, code: str, what: tuple[str, str]) -> None:
    text, path = what
    made.problems.append(Problem(code, Severity.ERROR, text, path, clause=profile.name))
