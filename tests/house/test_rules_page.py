"""Every built rule of the workflow tables is walked by a test that names it (issue 5, D2).

In: the tables and the markers. Out: a verdict; `make docs` renews the page.
"""

from __future__ import annotations

import ast

import rules

from suture.orchestration.processes.catalog import ALL

OWED = frozenset(
    {
        "CASE.004",
        "ERPW.006",
        "ERPW.007",
        "ERPW.008",
        "W3.009",
        "W3.034",
        "W3.036",
        "W3.053",
        "W3.079",
        "W3.087",
        "W3.088",
        "W3.089",
        "W3.090",
        "W3.091",
        "W3.092",
        "W3.100",
        "W3.101",
        "W3.102",
        "W3.117",
        "W3.154",
        "W3.155",
        "W3.160",
        "W3.182",
        "W3.183",
        "W3.184",
        "W3.185",
        "W3.194",
        "W3.195",
        "W3.200",
        "W3.201",
        "W3.203",
        "W3.209",
        "W3.231",
        "W3.232",
        "W3.235",
        "W4.020",
        "W4.021",
        "W4.022",
        "W4.027",
        "W5.028",
        "W5.030",
        "W5.031",
        "W5.044",
        "W5.057",
        "W5.058",
        "W5.059",
        "W5.060",
        "W7.028",
        "W7.041",
        "W7.055",
        "W7.057",
    }
)
"""Rules that were built before they had to be walked; the set only shrinks."""


def test_every_built_rule_is_walked() -> None:
    """S57: a built rule without a test that walks it fails the build."""
    assert sorted(set(rules.not_walked()) - OWED) == []


def test_what_is_walked_is_not_owed_any_more() -> None:
    """The list of debts shrinks with each test that is written."""
    assert sorted(OWED - set(rules.not_walked())) == []


def test_a_marker_names_a_rule_that_exists() -> None:
    """A typing error in a marker would hide a rule without a test."""
    known = {rule.id for process in ALL.values() for rule in process.rules}
    assert sorted(set(rules.walked()) - known) == []


def test_the_page_is_what_tables_and_markers_say() -> None:
    """`docs/rules.md` is generated: run `make docs`."""
    assert rules.PAGE.read_text("utf-8") == rules.page()


def test_markers_of_parameters_are_seen() -> None:
    """A rule may be marked on one case of a parametrised test."""
    source = """
@pytest.mark.walks("W2.001")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.walks("W2.002"))])
def test_x(x): ...
"""
    assert list(rules.marked(ast.parse(source))) == [("W2.001", "test_x"), ("W2.002", "test_x")]
