"""Alerts: what holds, what does not, one a destination."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from suture.intelligence.alerts import alerts
from suture.intelligence.view import AlertView, Health, LaneView

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def health(*, undecided: int = 0, oldest_s: float = 0.0, is_accepting: bool = True) -> Health:
    return Health(
        as_of=NOW,
        zones=({"zone": "clinical", "size_bytes": 1, "is_accepting": is_accepting},),
        undecided=undecided,
        oldest_undecided_s=oldest_s,
        deliveries={},
        flows=(),
    )


def lane(age_s: float | None, **changes: Any) -> LaneView:
    given: dict[str, Any] = {
        "zone": "clinical",
        "destination": "adt.lab",
        "waiting": 2,
        "sending": 1,
        "lanes": 1,
        "oldest": None if age_s is None else NOW - timedelta(seconds=age_s),
        "next_at_wall": None,
        "given_up": 0,
        "is_paused": False,
        "is_circuit_open": False,
    }
    return LaneView(**(given | changes))


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (lane(900), ""),
        (lane(901), "backlog"),
        (lane(None, given_up=3), ""),
        (lane(1, is_circuit_open=True), "unanswered"),
        (lane(None, is_circuit_open=True), ""),
        (lane(1, is_paused=True), ""),
        (lane(901, is_paused=True, is_circuit_open=True), "paused"),
    ],
)
def test_a_destination_has_the_alert_that_says_why(given: LaneView, rule: str) -> None:
    """The bound is 900 s and belongs to what is well."""
    assert [one.rule for one in alerts(health(), [given])] == ([rule] if rule else [])


def test_an_alert_says_how_many_wait_and_how_long() -> None:
    """Those on the wire wait too."""
    assert alerts(health(), [lane(60)], 59) == [
        AlertView("backlog", "clinical", "adt.lab", 3, 60.0)
    ]


def test_stores_and_decisions_come_first() -> None:
    """A store that takes nothing, then what waits for DECIDE, then destinations by name."""
    late = [lane(901, destination="b"), lane(901, destination="a")]
    found = alerts(health(undecided=4, oldest_s=901, is_accepting=False), late)
    assert [(one.rule, one.destination) for one in found] == [
        ("store", ""),
        ("decisions", ""),
        ("backlog", "a"),
        ("backlog", "b"),
    ]
    assert alerts(health(undecided=4, oldest_s=900), []) == []
