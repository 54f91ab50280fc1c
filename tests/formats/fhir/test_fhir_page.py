"""The examples of docs/formats/fhir.md run as they stand.

In: the page. Out: a verdict; the blocks are executed in order, in one namespace.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[3] / "docs" / "formats" / "fhir.md"


def test_the_examples_of_the_page_run() -> None:
    """Every Python block of the page does what it says."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 5
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
