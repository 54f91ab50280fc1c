"""The pages of the formats are true: their blocks run, in order, as one program each.

In: pages of `docs/formats`. Out: the outcome of their code.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def program(page: str) -> str:
    """Return the page's Python blocks as one program whose line numbers are those of the page."""
    lines: list[str] = []
    is_code = False
    for line in page.splitlines():
        is_fence = line.startswith("```")
        lines.append(line if is_code and not is_fence else "")
        is_code = line == "```python" or (is_code and not is_fence)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", ["cxml", "supply", "udi"])
def test_a_page_runs(name: str) -> None:
    """Each block does what the page says."""
    page = ROOT / "docs" / "formats" / f"{name}.md"
    text = program(page.read_text(encoding="utf-8"))
    assert text.count("assert") > 5
    exec(compile(text, str(page), "exec"), {"__name__": name})
