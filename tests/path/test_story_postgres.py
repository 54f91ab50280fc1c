"""The story of a bought case, and of a repeated one, with both zones in PostgreSQL.

`SUTURE_TEST_STORE=postgres pytest tests/path` plays every scenario there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest_world import build, close
from test_bought_case import (
    test_a_backorder_puts_the_case_at_risk_with_its_reason,
    test_a_short_case_is_bought_received_matched_and_paid,
)

from suture.testing.world import World

__all__ = [
    "test_a_backorder_puts_the_case_at_risk_with_its_reason",
    "test_a_short_case_is_bought_received_matched_and_paid",
]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a hub under the demo policy, on PostgreSQL."""
    monkeypatch.setenv("SUTURE_TEST_STORE", "postgres")
    made = build(tmp_path)
    yield made
    close(made)
