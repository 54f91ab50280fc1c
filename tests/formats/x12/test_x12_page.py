"""`docs/formats/x12.md` is true: its blocks run, in order.

In: the page. Out: the outcome of its code blocks, run as one program.
"""

from __future__ import annotations

import re
from pathlib import Path

from suture.formats.x12 import DEFINITIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "formats" / "x12.md"


def test_the_page_runs() -> None:
    """Each block does what the page says."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 7
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {"__name__": "x12_page"})


def test_the_page_names_every_declared_set() -> None:
    """The table of depths is complete."""
    table = PAGE.read_text(encoding="utf-8").partition("## What is declared")[2]
    assert all(set_id in table for set_id in DEFINITIONS)
