"""What needs more than one look: a burnt budget, a lane that does not move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from suture.intelligence.burn import Budget, Burn, Burning
from suture.intelligence.progress import Progress
from suture.intelligence.view import LaneView

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BUDGET = Budget(share=0.1, least=5, short_s=300, long_s=3600)


def test_errors_burn_the_budget_when_they_are_many_now_and_for_long() -> None:
    """Five of ten in the first minutes burn; a quiet short while ends it."""
    burn = Burn(BUDGET)
    assert burn.look(0, {"adt": (1000, 500)}) == []  # the past of another process
    assert burn.look(60, {"adt": (1004, 504)}) == []  # four are too few
    assert burn.look(120, {"adt": (1005, 505)}) == [Burning("adt", 0.5, 5)]
    assert burn.look(600, {"adt": (1100, 505)}) == []  # none in the last five minutes


def test_a_trickle_that_is_allowed_and_a_burst_that_is_over_raise_nothing() -> None:
    """One in twenty for an hour; then a burst that was long ago."""
    burn = Burn(BUDGET)
    burn.look(0, {})
    for minute in range(1, 61):
        assert burn.look(minute * 60, {"adt": (19 * minute, minute)}) == []
    burst = Burn(BUDGET)
    burst.look(0, {})
    assert burst.look(10, {"adt": (0, 50)}) == [Burning("adt", 1.0, 50)]
    assert burst.look(400, {"adt": (1, 50)}) == []  # nobody looked meanwhile


def test_a_name_that_comes_later_began_with_nothing() -> None:
    """Its first errors count; one that goes is forgotten; what is put right counts for nothing."""
    burn = Burn(BUDGET)
    burn.look(0, {})
    assert burn.look(10, {"lab": (0, 5)}) == [Burning("lab", 1.0, 5)]
    assert burn.look(20, {}) == []
    assert burn.look(30, {"lab": (0, 4)}) == []
    assert burn.look(40, {"lab": (0, 2)}) == []


def test_it_is_over_some_minutes_after_its_cause() -> None:
    """One in three until minute 100, then none: over when one in eleven of five minutes is left."""
    burn = Burn(BUDGET)
    burn.look(0, {})
    for minute in range(1, 200):
        at_s, bad = minute * 60.0, min(minute, 100)
        found = burn.look(at_s, {"adt": (minute * 2, bad)})
        assert bool(found) is (5 <= minute < 104), minute


def lane(**changes: object) -> LaneView:
    """Return a lane with one due delivery."""
    given: dict[str, object] = {
        "zone": "clinical",
        "destination": "adt.lab",
        "waiting": 1,
        "sending": 0,
        "lanes": 1,
        "oldest": NOW,
        "next_at_wall": NOW,
        "given_up": 0,
        "is_paused": False,
        "is_circuit_open": False,
    }
    return LaneView(**(given | changes))  # type: ignore[arg-type]


WHERE = ("clinical", "adt.lab")


def test_a_lane_with_due_work_stands_still_until_something_ends_or_is_tried() -> None:
    """More that waits is no movement; an end, a try and a new head are."""
    progress = Progress()
    assert progress.look([lane()], {}, NOW, 0) == {WHERE: 0}
    assert progress.look([lane(waiting=9)], {}, NOW, 60) == {WHERE: 60}
    assert progress.look([lane()], {"adt.lab/delivered": 1}, NOW, 90) == {WHERE: 0}
    later = NOW + timedelta(seconds=1)
    assert progress.look([lane(next_at_wall=later)], {"adt.lab/delivered": 1}, later, 120) == {
        WHERE: 0
    }
    assert progress.look([lane(next_at_wall=later)], {"adt.lab/delivered": 1}, later, 150) == {
        WHERE: 30
    }


def test_what_is_not_due_does_not_stand_still() -> None:
    """Paused, left alone, waiting for the next try, empty; but what is on the wire counts."""
    later = NOW + timedelta(seconds=1)
    for quiet in (
        lane(is_paused=True),
        lane(is_circuit_open=True),
        lane(next_at_wall=later),
        lane(waiting=0, oldest=None, next_at_wall=None),
    ):
        assert Progress().look([quiet], {}, NOW, 0) == {}
    assert Progress().look([lane(waiting=0, sending=1, next_at_wall=later)], {}, NOW, 0) == {
        WHERE: 0
    }
