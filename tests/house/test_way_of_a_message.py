"""`docs/way-of-a-message.md` is true: its steps run, in order, against the product.

In: the page. Out: the outcome of its code blocks, run as one program from the repository's root.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "way-of-a-message.md"


def program(page: str) -> str:
    """Return the page's Python blocks as one program whose line numbers are those of the page."""
    lines: list[str] = []
    is_code = False
    for line in page.splitlines():
        is_fence = line.startswith("```")
        lines.append(line if is_code and not is_fence else "")
        is_code = line == "```python" or (is_code and not is_fence)
    return "\n".join(lines) + "\n"


def test_the_page_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each step of the page does what the page says, from the frame to the board."""
    monkeypatch.chdir(ROOT)
    code = compile(program(PAGE.read_text(encoding="utf-8")), str(PAGE), "exec")
    exec(code, {"__name__": "way_of_a_message"})
    assert re.match(r"OR04 [A-Z_]+ ", capsys.readouterr().out)


def test_text_between_blocks_is_not_run() -> None:
    """Only what stands in a Python block is part of the program."""
    assert program("a\n```python\nx = 1\n```\nb\n```\nc\n```\n") == "\n\nx = 1\n\n\n\n\n\n"
