"""The hub the console's tests look at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from door import empty_hub, short_case

from suture.testing.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a hub with one case that has a gap, under the default policy (a person approves)."""
    with short_case(tmp_path) as made:
        yield made


@pytest.fixture
def nothing(tmp_path: Path) -> Iterator[World]:
    """Give a hub to which nothing has happened."""
    with empty_hub(tmp_path) as made:
        yield made
