"""The lay-out of a board: days, rooms, tracks and cells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from suture.console.timeline import SLOTS_PER_HOUR, Day, days_of
from suture.intelligence.view import Board, CaseCard, Readiness

CHICAGO = "America/Chicago"
HALF_PAST_SEVEN = datetime(2027, 1, 11, 13, 30, tzinfo=UTC)


def card(token: str, start: datetime, *, minutes: int = 120, **more: Any) -> CaseCard:
    """Return a case as the board shows it."""
    fields: dict[str, Any] = {
        "facility": "NCH",
        "room": "OR04",
        "timezone": CHICAGO,
        "procedure": "TKA-PRIM RT",
        "state": "COVERED",
        "readiness": Readiness.READY,
        "covered": 2,
        "needed": 2,
        "reason": "",
        **more,
    }
    return CaseCard(token=token, start=start, duration_min=minutes, **fields)


def board_of(*cards: CaseCard) -> Board:
    """Return a board of one room per facility."""
    rooms: dict[str, list[CaseCard]] = {}
    for one in cards:
        rooms.setdefault(f"{one.facility} {one.room}", []).append(one)
    return Board(
        as_of=HALF_PAST_SEVEN,
        day=date(2027, 1, 11),
        days=7,
        facilities=("NCH",),
        facility="",
        timezone=CHICAGO,
        rooms=tuple((name, tuple(found)) for name, found in sorted(rooms.items())),
        counts={},
        open_exceptions=0,
        urgent_exceptions=0,
        last_event_seq=1,
    )


def drawn(day: Day) -> list[list[tuple[int, str]]]:
    """Return the tracks of the first room as (slots, token); free cells have no token."""
    return [[(c.slots, c.card.token if c.card else "") for c in t] for t in day.rooms[0].tracks]


def test_a_case_stands_between_free_cells_cut_at_full_hours() -> None:
    """07:30 for two hours: half an hour free, the case, half an hour, then whole hours."""
    [day] = days_of(board_of(card("a", HALF_PAST_SEVEN)))
    assert day.day == date(2027, 1, 11)
    assert day.hours == tuple(range(7, 17))
    assert drawn(day) == [[(2, ""), (8, "a"), (2, ""), *[(4, "")] * 7]]


def test_overlapping_cases_get_a_track_each() -> None:
    """Two cases booked into one room at once are both seen."""
    later = HALF_PAST_SEVEN + timedelta(minutes=60)
    after = HALF_PAST_SEVEN + timedelta(minutes=120)
    [day] = days_of(
        board_of(card("a", HALF_PAST_SEVEN), card("b", later), card("c", after, minutes=75))
    )
    tokens = [[token for _, token in track if token] for track in drawn(day)]
    assert tokens == [["a", "c"], ["b"]]


def test_a_short_case_has_room_for_its_state() -> None:
    """Thirty minutes are drawn as seventy-five; the next case moves to another track."""
    soon = HALF_PAST_SEVEN + timedelta(minutes=30)
    [day] = days_of(board_of(card("a", HALF_PAST_SEVEN, minutes=30), card("b", soon)))
    assert [(c, t) for c, t in drawn(day)[0] if t] == [(5, "a")]
    assert [(c, t) for c, t in drawn(day)[1] if t] == [(8, "b")]


def test_early_and_late_cases_widen_the_day() -> None:
    """A case at 05:00 and one past midnight: the day is shown from 5 to 24."""
    early = datetime(2027, 1, 11, 11, 0, tzinfo=UTC)
    late = datetime(2027, 1, 12, 5, 30, tzinfo=UTC)
    [day] = days_of(board_of(card("a", early), card("b", late)))
    assert day.hours == tuple(range(5, 24))


def test_a_case_stands_on_the_clock_of_its_own_facility() -> None:
    """The same instant is 07:30 in Chicago and 06:30 in Denver, and the list is by time."""
    denver = card("b", HALF_PAST_SEVEN, facility="WEST", timezone="America/Denver")
    [day] = days_of(board_of(card("a", HALF_PAST_SEVEN), denver))
    assert day.hours[0] == 6
    assert [room for room, _ in day.cards] == ["NCH OR04", "WEST OR04"]


def test_cases_are_grouped_by_local_day_and_filtered_by_state() -> None:
    """23:30 in Chicago is the next day in UTC and stays the same day on the board."""
    late = datetime(2027, 1, 12, 5, 30, tzinfo=UTC)
    board = board_of(
        card("a", late), card("b", late + timedelta(hours=9), readiness=Readiness.BLOCKED)
    )
    assert [d.day.day for d in days_of(board)] == [11, 12]
    assert [d.day.day for d in days_of(board, only="blocked")] == [12]
    assert days_of(board, only="unknown") == ()


@given(
    st.lists(st.tuples(st.integers(0, 7 * 24 * 60), st.integers(0, 2000)), min_size=1, max_size=30)
)
def test_every_case_is_drawn_once_and_every_track_is_full(cases: list[tuple[int, int]]) -> None:
    """Whatever is booked: cells fill the day exactly, nothing is lost, nothing overlaps."""
    cards = [
        card(f"t{n}", HALF_PAST_SEVEN + timedelta(minutes=at), minutes=minutes)
        for n, (at, minutes) in enumerate(cases)
    ]
    days = days_of(board_of(*cards))
    seen = [t for day in days for track in drawn(day) for _, t in track if t]
    assert sorted(seen) == sorted(c.token for c in cards)
    for day in days:
        for track in drawn(day):
            assert sum(slots for slots, _ in track) == len(day.hours) * SLOTS_PER_HOUR
            assert all(slots > 0 for slots, _ in track)
