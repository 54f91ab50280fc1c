"""Problems, refusals and outcomes are told by code and position."""

from __future__ import annotations

import pytest

from suture.core.outcome import (
    Accepted,
    Misconfigured,
    Outcome,
    Refused,
    Unavailable,
    Uncertain,
    outcome_code,
)
from suture.core.problem import Problem, Severity, worst
from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError


@pytest.mark.parametrize(
    ("path", "offset", "line"),
    [
        ("", None, "x12.segment-count: the count differs"),
        ("SE-1", None, "x12.segment-count at SE-1: the count differs"),
        ("", 0, "x12.segment-count (byte 0): the count differs"),
        ("SE-1", 812, "x12.segment-count at SE-1 (byte 812): the count differs"),
    ],
)
def test_a_problem_on_one_line(path: str, offset: int | None, line: str) -> None:
    """Code, place and text; what is not known is left out."""
    problem = Problem("x12.segment-count", Severity.ERROR, "the count differs", path, offset)
    assert problem.describe() == line


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], None),
        (["info"], "info"),
        (["info", "warning"], "warning"),
        (["warning", "error", "info"], "error"),
    ],
)
def test_the_worst_problem_counts(levels: list[str], expected: str | None) -> None:
    """An error outweighs a warning, a warning an information."""
    assert worst([Problem("a.b", Severity(level), "text") for level in levels]) == expected


def test_a_refusal_says_where() -> None:
    """The code leads the text, so that a log line can be searched for it."""
    refusal = RefusalError("dock.scan-invalid", "not a dock scan", path="$.at", offset=3)
    assert str(refusal) == "dock.scan-invalid: not a dock scan"
    assert (refusal.code, refusal.path, refusal.offset) == ("dock.scan-invalid", "$.at", 3)
    assert str(MisconfiguredError("tls.no-key", "set it")) == "tls.no-key: set it"
    assert StoreFullError().code == "store.low-space"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Accepted({"number": "1"}), "accepted"),
        (Refused("erp.http-422"), "erp.http-422"),
        (Unavailable("erp.http-503"), "erp.http-503"),
        (Uncertain("erp.http-500"), "erp.http-500"),
        (Misconfigured("erp.http-401"), "erp.http-401"),
    ],
)
def test_an_outcome_has_a_code(outcome: Outcome, code: str) -> None:
    """Policy reads the code; an acceptance has one word for it."""
    assert outcome_code(outcome) == code
