"""Figures, budgets and the picture: what `make bench` says of what it measured."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench.__main__ import CORRECT, table
from bench.figure import Budget, Figure, Series, read_budgets
from bench.plot import draw

UPPER, LOWER = Budget(200, True, True), Budget(4000, False, False)


@pytest.mark.parametrize(
    ("budget", "value", "holds", "share"),
    [
        (UPPER, 200, True, 1.0),
        (UPPER, 300, False, 1.5),
        (LOWER, 4000, True, 1.0),
        (LOWER, 1000, False, 4.0),
        (Budget(0, True, True), 0, True, 0.0),
        (Budget(0, True, True), 3, False, 99.0),
    ],
)
def test_a_budget_is_used_from_either_side(
    budget: Budget, value: float, *, holds: bool, share: float
) -> None:
    """Above one is outside, whichever way the bound points."""
    assert budget.holds(value) is holds
    assert budget.share(value) == share


def test_every_figure_about_correctness_has_a_bound() -> None:
    """Otherwise a run could not fail on it."""
    assert set(read_budgets()) >= CORRECT


def test_a_missed_budget_is_said(tmp_path: Path) -> None:
    """The table tells both verdicts, and nothing where there is no budget."""
    path = tmp_path / "budgets.toml"
    path.write_text("[P1]\ncpu_us = { at_most = 200, gate = true }\nper_s = { at_least = 4000 }\n")
    figures = [
        Figure("P1.cpu_us", "hub CPU", 250.0, "us"),
        Figure("P1.per_s", "acknowledged", 5000.0, "msg/s"),
        Figure("P1.p50_ms", "p50", 3.0, "ms"),
    ]
    rows = table(figures, read_budgets(path)).splitlines()
    assert rows[0].endswith("<= 200 ! NOT MET")
    assert rows[1].endswith(">= 4000 met")
    assert rows[2].rstrip().endswith("ms")


def test_the_picture_is_well_formed() -> None:
    """Bars for budgets, a chart per series, labels escaped."""
    figures = [Figure("P1.cpu_us", "hub <CPU>", 250.0, "us")]
    series = [Series("P3.cpu_us", "open orders", "us", ((1000, 3.0), (100_000, 4.0)))]
    root = ElementTree.fromstring(draw(figures, series, {"P1.cpu_us": UPPER}))
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert names.count("polyline") == 1
    assert names.count("circle") == 2
    assert "hub <CPU>" in "".join(root.itertext())
