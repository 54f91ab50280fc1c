"""`docs/formats/edifact.md` is true: its examples run, in order, and print what it says.

In: the page. Out: the outcome of its code blocks, run as one program.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "formats" / "edifact.md"


def blocks(page: str, kind: str) -> list[tuple[int, str]]:
    """Return (line, text) of each block of a kind."""
    found = re.finditer(rf"^```{kind}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [(page.count("\n", 0, match.start(1)), match[1]) for match in found]


def test_the_page_runs_and_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Each example does what the page says."""
    page = PAGE.read_text(encoding="utf-8")
    program = ""
    for line, text in blocks(page, "python"):
        program += "\n" * (line - program.count("\n")) + text
    exec(compile(program, str(PAGE), "exec"), {"__name__": "edifact_page"})
    ((_, printed),) = blocks(page, "text")
    assert capsys.readouterr().out == printed
