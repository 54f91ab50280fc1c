"""`docs/formats/hl7v2.md` is true: its examples run in order, its codes are the codec's."""

from __future__ import annotations

import re
from pathlib import Path

from suture.formats.hl7v2 import PROBLEM_CODES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "formats" / "hl7v2.md"


def test_the_page_runs() -> None:
    """Each block does what the page says, with the names of the blocks before it."""
    lines: list[str] = []
    is_code = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        is_fence = line.startswith("```")
        lines.append(line if is_code and not is_fence else "")
        is_code = line == "```python" or (is_code and not is_fence)
    exec(compile("\n".join(lines), str(PAGE), "exec"), {"__name__": "hl7v2_page"})


def test_the_table_of_severities_names_every_code_of_the_check() -> None:
    """What `validate` may state is classified on the page, and nothing else."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| (error|warning|info) ", line)]
    named = {f"hl7v2.{code}" for row in rows for code in re.findall(r"`([a-z-]+)`", row)}
    first = list(PROBLEM_CODES).index("hl7v2.version")
    of_check = {code for code in list(PROBLEM_CODES)[first:] if not code.startswith("hl7v2.view-")}
    assert named == of_check
