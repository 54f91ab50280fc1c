"""The hub the interface's tests ask."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "console"))

from door import short_case

from suture.testing.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a hub with one case that has a gap, under the default policy (a person approves)."""
    with short_case(tmp_path) as made:
        yield made
