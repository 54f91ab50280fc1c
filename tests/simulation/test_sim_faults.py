"""Faults a test arms: by subject, counted down, refused when they make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from suture.simulation.faults import FaultBoard


def test_a_fault_is_taken_as_often_as_it_was_armed() -> None:
    """Two times means two; other subjects pass."""
    board = FaultBoard()
    board.arm({"match": "POST /receipts", "kind": "http_500", "times": 2})
    assert board.take("POST /issues") is None
    assert [board.take("POST /receipts") is not None for _ in range(3)] == [True, True, False]
    assert board.view() == {"armed": [], "acted": [["POST /receipts", "http_500"]] * 2}


@pytest.mark.parametrize(
    "order",
    [
        {"match": "", "kind": "late"},
        {"match": "POST /x", "kind": "odd"},
        {"match": "POST /x", "kind": "late", "times": 0},
        {"match": "POST /x", "kind": "late", "delay_s": 1e9},
        {"match": "POST /x", "kind": "late", "delay_s": "1"},
    ],
)
def test_a_senseless_fault_is_refused(order: dict[str, Any]) -> None:
    """Unknown kinds, no subject, no count, endless delays."""
    with pytest.raises(ValueError):
        FaultBoard().arm(order)
