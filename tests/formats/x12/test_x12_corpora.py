"""Real interchanges of others: none crashes the reader, untouched ones come back byte for byte."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from suture.formats.x12 import PROBLEM_CODES, parse_all

ROOT = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
FILES = sorted(path for path in (ROOT / "x12").rglob("*") if path.is_file())

pytestmark = pytest.mark.skipif(
    not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
)


def test_every_file_is_read_and_comes_back() -> None:
    """The interchanges of a file add up to its bytes; problems have declared codes only."""
    for path in FILES:
        content = path.read_bytes()
        found, problems = parse_all(content)
        assert b"".join(map(bytes, found)) == content, path.name
        assert {problem.code for problem in problems} <= set(PROBLEM_CODES), path.name
        for interchange in found:
            for transaction_set in interchange.sets:
                walked = sum(len(loop.ids) for loop in transaction_set.tree.walk())
                assert walked >= len(transaction_set.segments) - 2


def test_nearly_every_file_has_an_interchange() -> None:
    """Only files that are no X12 at all have none."""
    unread = [path.name for path in FILES if not parse_all(path.read_bytes())[0][0].groups]
    assert len(unread) <= 2, unread


def test_supply_chain_files_fit_the_definitions() -> None:
    """Of the orders, ship notices and invoices in the corpora hardly any has a stray segment."""
    counts: Counter[str] = Counter()
    for path in FILES:
        found, problems = parse_all(path.read_bytes())
        if any(one.is_declared for interchange in found for one in interchange.sets):
            counts["files"] += 1
            counts.update({problem.code for problem in problems})
    assert counts["files"] >= 5
    assert counts["x12.unexpected-segment"] == 0
    assert counts["x12.segment-order"] == 0
