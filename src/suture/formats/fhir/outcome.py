"""Reads an OperationOutcome, and says problems as one.

In: a resource, or problems. Out: issues, or a resource to answer with. Refuses to know: HTTP. What
is written has code, position and house text, never a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.fhir.datatype import Concept, Node, concept, kind_of, nodes, text, texts
from suture.formats.fhir.resource import Resource, veiled

CODE_SYSTEM: Final = "urn:suture:problem"
"""System of the problem codes in `details`; a urn, since nobody is to fetch it."""

_SEVERITIES: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "information",
}
_ISSUES: Final = {
    "fhir.not-utf8": "structure",
    "fhir.not-json": "structure",
    "fhir.not-finite": "structure",
    "fhir.not-resource": "structure",
    "fhir.duplicate-key": "structure",
    "fhir.shape": "structure",
    "fhir.choice": "structure",
    "fhir.unknown-element": "structure",
    "fhir.too-large": "too-long",
    "fhir.too-deep": "too-long",
    "fhir.number": "too-long",
    "fhir.required": "required",
    "fhir.profile-required": "required",
    "fhir.code": "code-invalid",
    "fhir.profile-code": "code-invalid",
    "fhir.primitive": "value",
    "fhir.character": "value",
    "fhir.empty": "value",
    "fhir.invariant": "invariant",
    "fhir.constraint": "invariant",
    "fhir.extension": "extension",
    "fhir.resource-type": "not-supported",
    "fhir.version": "not-supported",
    "fhir.kind": "not-supported",
    "fhir.privacy-trap": "business-rule",
    "fhir.profile-forbidden": "business-rule",
    "fhir.expression": "exception",
}
"""Problem code -> issue type; the others are `invalid`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue."""

    __repr__ = veiled

    severity: str
    """fatal, error, warning, information; R5 also success."""
    code: str
    details: Concept | None
    diagnostics: str
    expressions: tuple[str, ...]

    @property
    def is_error(self) -> bool:
        """The severity is fatal or error."""
        return self.severity in ("fatal", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationOutcome:
    """What a server says of a request."""

    __repr__ = veiled

    issues: tuple[Issue, ...]

    @property
    def is_error(self) -> bool:
        """Some issue is fatal or an error."""
        return any(issue.is_error for issue in self.issues)

    @property
    def is_transient(self) -> bool:
        """Every error says that the same request may succeed later."""
        errors = [issue.code for issue in self.issues if issue.is_error]
        return bool(errors) and all(code in _TRANSIENT for code in errors)


_TRANSIENT: Final = frozenset(
    {"transient", "lock-error", "no-store", "timeout", "incomplete", "throttled"}
)
"""Issue types below `transient` in the standard's hierarchy, `exception` excepted: it may stay."""


def operation_outcome(source: Resource | Node) -> OperationOutcome:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "OperationOutcome")
    return OperationOutcome(
        issues=tuple(
            Issue(
                severity=text(one, "severity"),
                code=text(one, "code"),
                details=concept(one, "details"),
                diagnostics=text(one, "diagnostics"),
                expressions=texts(one, "expression") or texts(one, "location"),
            )
            for one in nodes(data, "issue")
        )
    )


def outcome_of(problems: Iterable[Problem]) -> Resource:
    """Return an OperationOutcome that says the problems; without any it says that all is well."""
    issues = [_issue(problem) for problem in problems]
    if not issues:
        issues = [{"severity": "information", "code": "informational"}]
    return Resource({"resourceType": "OperationOutcome", "issue": issues})


def _issue(problem: Problem) -> dict[str, object]:
    clause = f" [{problem.clause}]" if problem.clause else ""
    issue: dict[str, object] = {
        "severity": _SEVERITIES[problem.severity],
        "code": _ISSUES.get(problem.code, "invalid"),
        "details": {
            "coding": [{"system": CODE_SYSTEM, "code": problem.code}],
            "text": f"{problem.text}{clause}",
        },
    }
    if problem.offset is not None:
        issue["diagnostics"] = f"byte {problem.offset}"
    if problem.path:
        issue["expression"] = [problem.path]
    return issue
