"""Alerts: what holds, what does not, one a destination."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from suture.intelligence.alerts import Around, Certificate, FeedSeen, alerts
from suture.intelligence.feeds import Feed
from suture.intelligence.view import AlertView, Health, LaneView
from suture.orchestration.flows.expecting import Expectation
from suture.orchestration.flows.table import Batch

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOTHING = Around(wall=NOW)


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
    assert [one.rule for one in alerts(health(), [given], NOTHING)] == ([rule] if rule else [])


def test_an_alert_says_how_many_wait_and_how_long() -> None:
    """Those on the wire wait too."""
    assert alerts(health(), [lane(60)], Around(wall=NOW, oldest_s=59)) == [
        AlertView("backlog", "clinical", "adt.lab", 3, 60.0)
    ]


def test_stores_and_decisions_come_first() -> None:
    """A store that takes nothing, then what waits for DECIDE, then destinations by name."""
    late = [lane(901, destination="b"), lane(901, destination="a")]
    found = alerts(health(undecided=4, oldest_s=901, is_accepting=False), late, NOTHING)
    assert [(one.rule, one.destination) for one in found] == [
        ("store", ""),
        ("decisions", ""),
        ("backlog", "a"),
        ("backlog", "b"),
    ]
    assert alerts(health(undecided=4, oldest_s=900), [], NOTHING) == []


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (lane(1), "stall"),
        (lane(901), "stall"),
        (lane(901, is_paused=True), "paused"),
        (lane(1, is_circuit_open=True), "unanswered"),
        (lane(None), ""),
    ],
)
def test_a_lane_that_stands_still_says_so_unless_more_is_known(given: LaneView, rule: str) -> None:
    """Paused and left alone explain it; an empty lane stands still rightly."""
    around = Around(wall=NOW, stalled={("clinical", "adt.lab")})
    assert [one.rule for one in alerts(health(), [given], around)] == ([rule] if rule else [])


def feed(
    last_s: float | None, since_s: float, held_s: float | None = None, *, is_paused: bool = False
) -> FeedSeen:
    """Return a feed whose last message, listener and alert are so many seconds old."""

    def ago(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    made = Feed("adt", Expectation(every_s=900), is_paused)
    return FeedSeen(made, ago(last_s), NOW - timedelta(seconds=since_s), ago(held_s))


@pytest.mark.parametrize(
    ("given", "silent_s"),
    [
        (feed(900, 5000), None),
        (feed(901, 5000), 901.0),
        (feed(5000, 900), None),
        (feed(5000, 901), 5000.0),
        (feed(None, 900), None),
        (feed(None, 901), 901.0),
        (feed(5000, 1, held_s=4000), 5000.0),
        (feed(None, 1, held_s=4000), 4000.0),
        (feed(5, 1, held_s=4000), None),
        (feed(901, 5000, is_paused=True), None),
    ],
)
def test_a_feed_is_absent_when_it_was_silent_while_somebody_listened(
    given: FeedSeen, silent_s: float | None
) -> None:
    """Longer than expected, not while nobody listened; what was raised holds over a restart."""
    found = alerts(health(), [], Around(wall=NOW, feeds=[given]))
    expected = [] if silent_s is None else [AlertView("absence", "clinical", "adt", 0, silent_s)]
    assert found == expected


@pytest.mark.parametrize(
    ("days", "level", "detail"),
    [
        (30.5, "", ""),
        (29.5, "soon", "expires on 2026-03-31, in 29 days"),
        (7.5, "soon", "expires on 2026-03-09, in 7 days"),
        (6.5, "very soon", "expires on 2026-03-08, in 6 days"),
        (-0.5, "over", "expired on 2026-03-01"),
    ],
)
def test_a_certificate_is_told_in_time(days: float, level: str, detail: str) -> None:
    """A month before, a week before, and when it is too late; each is an alert of its own."""
    ends = NOW + timedelta(days=days)
    around = Around(wall=NOW, certificates=[Certificate("adt: tls/hub.pem", ends)])
    found = [(one.destination, one.level, one.detail) for one in alerts(health(), [], around)]
    assert found == ([("adt: tls/hub.pem", level, detail)] if level else [])


@pytest.mark.parametrize(
    ("batch", "age_s", "rule"),
    [
        ({"every_s": 3600}, 3600 + 900, ""),
        ({"every_s": 3600}, 3600 + 901, "backlog"),
        ({"cut_off": ["17:00"]}, 15 * 3600, ""),  # since 18:00 yesterday, goes at 17:00 today
        ({"cut_off": ["17:00"]}, 17 * 3600, "backlog"),  # since 16:00: 17:00 was missed
    ],
)
def test_what_waits_for_its_batch_is_late_from_the_cut_off_on(
    batch: dict[str, Any], age_s: float, rule: str
) -> None:
    """Messages that gather wait rightly; a batch that is not formed is a backlog."""
    declared = Batch.model_validate({"envelope": "hl7", **batch})
    around = Around(wall=NOW, gathering={"adt.lab.gather": declared})
    waits = lane(age_s, destination="adt.lab.gather")
    assert [one.rule for one in alerts(health(), [waits], around)] == ([rule] if rule else [])
