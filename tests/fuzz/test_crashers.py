"""What a fuzzer once found, and the seeds it starts from, hold for every reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuzz import targets

HERE = Path(__file__).resolve().parent

KEPT = [
    pytest.param(path.parent.name, path.read_bytes(), id=f"{path.parent.name}-{path.name}")
    for path in sorted((HERE / "crashers").rglob("*"))
    if path.is_file() and path.parent.name in targets.TARGETS
]
SEEDS = [
    pytest.param(name, content, id=f"{name}-seed-{number}")
    for name, contents in targets.SEEDS.items()
    for number, content in enumerate(contents)
]


@pytest.mark.parametrize(("reader", "content"), [*KEPT, *SEEDS])
def test_it_holds(reader: str, content: bytes) -> None:
    """No exception, the same bytes back, within pytest's time limit."""
    targets.TARGETS[reader](content)


@pytest.mark.parametrize("reader", sorted(targets.TARGETS))
def test_a_seed_cut_anywhere_holds(reader: str) -> None:
    """Truncated content is content too."""
    for content in targets.SEEDS[reader]:
        for end in range(0, len(content), 7):
            targets.TARGETS[reader](content[:end])
