"""W9: how well a position is known, and who is served from it (spec 2.10, S140)."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from conftest import MONDAY
from hypothesis import given
from hypothesis import strategies as st
from stage import erp, reasons, took
from test_stock import ask, held, waiting
from wire import stock

from suture.documents.inventory import (
    Counted,
    PlaceRetired,
    SourceHeard,
    SourceSilent,
    VarianceFound,
)
from suture.documents.supply import Lot
from suture.orchestration.decisions.availability import (
    Freshness,
    Reservation,
    expiring,
    freshness,
    grant,
    tolerance,
)
from suture.orchestration.path.freshness import (
    Silence,
    last_word,
    note_answer,
    tell_answer,
    tell_silence,
)
from suture.testing.world import World

KEY = "PACK@NCH-OR-IMPL"
MIN = 60
HOUR = 3600


def report(world: World, on_hand: int, version: int, *, cause: str = "issue") -> None:
    """Let the ERP report the position."""
    erp(world, stock("PACK", on_hand, version=version, cause=cause), last=version)


def tell(world: World, event: str, payload: Any, key: str = KEY) -> None:
    """Hand an event to the position."""
    world.event(event, "W9", key, payload)


def count(world: World, quantity: int, *, by: str = "S. Store") -> None:
    """Hand in a person's count."""
    told = Counted(as_of=world.clock.now(), quantity=Fraction(quantity), by=by)
    tell(world, "inventory.counted", told)


def silent(world: World, seconds: int) -> None:
    """Tell how long the ERP has not answered."""
    tell(world, "timer.validity_expired", SourceSilent(silent_s=seconds))


def state(world: World) -> str:
    """Return the position's state."""
    return str(world.instance("W9", KEY).state)


def data(world: World) -> dict[str, Any]:
    """Return the position's data."""
    return world.data(world.instance("W9", KEY))


def desk(world: World) -> list[str]:
    """Return code and state of the exceptions."""
    return [f"{world.data(x)['code']} {x.state}" for x in world.all("EXC")]


@pytest.mark.walks("W9.001", "W9.002", "W9.005", "W9.012")
def test_a_movement_is_folded_and_a_snapshot_wins(world: World) -> None:
    """W9.001, .002, .005: the opening balance, a movement, a count of the ERP, and an old row."""
    report(world, 5, 1, cause="opening")
    report(world, 4, 2)
    report(world, 7, 3, cause="count")
    erp(world, stock("PACK", 9, version=2, cause="issue"), last=30)
    assert took(world, "W9", KEY) == "001 002 005 012"
    assert (state(world), data(world)["on_hand"], data(world)["version"]) == ("FRESH", "7", 3)


@pytest.mark.walks("W9.034")
def test_a_snapshot_without_a_version_says_nothing(world: World) -> None:
    """W9.034: the ERP numbers its positions from 1; 0 is no position."""
    report(world, 5, 0, cause="opening")
    assert (state(world), data(world)["on_hand"]) == ("UNKNOWN", "0")


@pytest.mark.walks("W9.011")
def test_the_first_word_may_be_a_movement(world: World) -> None:
    """W9.011: a place that was never counted is known by its first book position."""
    report(world, 3, 1, cause="receipt")
    assert (state(world), took(world, "W9", KEY)) == ("FRESH", "011")


@pytest.mark.walks("W9.003", "W9.004", "W9.021")
def test_a_position_goes_stale_when_its_source_is_silent(world: World) -> None:
    """W9.003: 60 minutes, for what critical lines rest on 5; the next report makes it fresh."""
    report(world, 5, 1)
    silent(world, 6 * MIN)
    assert state(world) == "FRESH"
    ask(world, "critical", 1, criticality="CRITICAL")
    silent(world, 6 * MIN)
    assert state(world) == "STALE"
    report(world, 5, 2)
    assert state(world) == "FRESH"
    assert took(world, "W9", KEY) == "011 021 014 003 004"


def test_critical_lines_are_not_served_from_what_is_not_fresh(world: World) -> None:
    """W9.003: stale stock counts for other lines, for critical ones not: they wait (2.0.12)."""
    report(world, 5, 1)
    silent(world, 61 * MIN)
    assert state(world) == "STALE"
    ask(world, "critical", 1, criticality="CRITICAL")
    assert waiting(world) == {"critical": "1"}
    assert "not counted for a critical line" in reasons(world, "W9", KEY)[0]
    ask(world, "required", 1)
    assert held(world) == {"required": "1"}
    report(world, 4, 2)
    assert held(world) == {"required": "1", "critical": "1"}


@pytest.mark.walks("W9.007", "W9.022", "W9.023", "W9.024")
def test_after_a_day_nothing_is_known_until_the_source_answers(world: World) -> None:
    """W9.007: unknown is a legal answer; an answer without a change says that the book stands."""
    report(world, 5, 1)
    silent(world, 61 * MIN)
    tell(world, "inventory.source_heard", SourceHeard(silent_s=61 * MIN))
    assert state(world) == "FRESH"
    silent(world, 61 * MIN)
    silent(world, 25 * HOUR)
    assert state(world) == "UNKNOWN"
    assert reasons(world, "W9", KEY) == ["the source has been silent for 25 h: blind spot"]
    ask(world, "critical", 1, criticality="CRITICAL")
    tell(world, "inventory.source_heard", SourceHeard(silent_s=25 * HOUR))
    assert (state(world), held(world)) == ("FRESH", {"critical": "1"})
    tell(world, "inventory.source_heard", SourceHeard(silent_s=0))
    assert took(world, "W9", KEY) == "011 003 022 003 007 014 023 024"


@pytest.mark.walks("W9.006", "W9.008", "W9.026", "W9.028")
def test_a_count_that_the_book_contradicts_makes_a_dispute(world: World) -> None:
    """W9.006: neither is believed, the lower one binds; a count of the ERP ends it."""
    report(world, 5, 1)
    for line in ("a", "b", "c"):
        ask(world, line, 1, days=ord(line) - 90)
    count(world, 2)
    assert state(world) == "DISPUTED"
    assert held(world) == {"a": "1", "b": "1"}
    assert desk(world) == ["stock.disputed OPEN"]
    report(world, 4, 2)
    assert (state(world), data(world)["doubt"]) == ("DISPUTED", "3")
    count(world, 1)
    assert took(world, "W9", KEY).endswith("006 008 026 028")
    assert data(world)["dispute"] == "count says 1, the book 4"
    report(world, 2, 3, cause="count")
    assert (state(world), data(world)["doubt"], data(world)["dispute"]) == ("FRESH", "0", "")
    assert desk(world) == ["stock.disputed AUTO_RESOLVED"]


def test_a_count_that_agrees_confirms_the_book(world: World) -> None:
    """2.10: a traced item has no tolerance; a count is as good as a word of the source."""
    report(world, 5, 1)
    silent(world, 61 * MIN)
    count(world, 5)
    assert (state(world), data(world)["on_hand"]) == ("FRESH", "5")
    assert took(world, "W9", KEY) == "011 003 001"


@pytest.mark.walks("W9.027")
def test_a_count_where_nothing_is_known_is_a_dispute_when_the_book_differs(world: World) -> None:
    """W9.027: the book is a day old, the count differs: not zero, not the book, somebody looks."""
    report(world, 5, 1)
    silent(world, 61 * MIN)
    silent(world, 25 * HOUR)
    count(world, 9)
    assert (state(world), data(world)["doubt"]) == ("DISPUTED", "0")
    silent(world, 26 * HOUR)
    assert state(world) == "UNKNOWN"


def test_the_first_count_is_believed_where_the_source_never_spoke(world: World) -> None:
    """W9.001 from unknown: a line waits, somebody counts, the line is served."""
    ask(world, "a", 1)
    assert state(world) == "UNKNOWN"
    count(world, 3)
    assert (state(world), data(world)["on_hand"], held(world)) == ("FRESH", "3", {"a": "1"})


@pytest.mark.walks("W9.009", "W9.010", "W9.025", "W9.029")
def test_a_place_is_retired_when_it_is_empty(world: World) -> None:
    """W9.009, .010: not while some is there; a movement afterwards is doubted and counted."""
    gone = PlaceRetired(by="S. Store", reason="moved to the core")
    report(world, 1, 1)
    tell(world, "asset.retired", gone)
    assert (state(world), reasons(world, "W9", KEY)) == (
        "FRESH",
        ["not retired: 1 on hand, 0 held"],
    )
    report(world, 0, 2, cause="count")
    tell(world, "asset.retired", PlaceRetired(by="S. Store", reason="moved"))
    assert state(world) == "RETIRED"
    erp(world, stock("PACK", 0, version=2, cause="count"), last=30)
    report(world, 4, 3)
    assert (state(world), desk(world)) == ("DISPUTED", ["stock.disputed OPEN"])
    assert took(world, "W9", KEY) == "011 029 005 009 025 010"


@pytest.mark.walks("W9.030", "W9.031", "W9.032", "W9.033")
def test_what_changes_nothing_is_recorded(world: World) -> None:
    """House rules: repetitions of what a position already knows."""
    ask(world, "a", 1)
    tell(world, "inventory.source_heard", SourceHeard(silent_s=0))
    silent(world, 61 * MIN)
    assert state(world) == "UNKNOWN"
    report(world, 0, 1, cause="count")
    silent(world, 61 * MIN)
    silent(world, 62 * MIN)
    assert state(world) == "STALE"
    tell(world, "asset.retired", PlaceRetired(by="S. Store", reason="moved"))
    tell(world, "asset.retired", PlaceRetired(by="S. Store", reason="moved again"))
    assert (state(world), waiting(world)) == ("RETIRED", {})
    assert took(world, "W9", KEY) == "013 031 033 001 003 032 009 030"


def test_a_cabinet_that_differs_is_a_variance_of_its_own(world: World) -> None:
    """W9.006 by a system: the variance names it."""
    report(world, 5, 1)
    told = VarianceFound(expected=Fraction(5), counted=Fraction(2), source="cabinet-3")
    tell(world, "inventory.variance_found", told)
    assert data(world)["dispute"] == "cabinet-3 says 2, the book 5"


def test_what_expires_before_the_need_is_not_given(world: World) -> None:
    """2.0.12: on hand counts lots that are still good on the day of the need; FEFO among those."""
    kind, row = stock("PACK", 3, cause="opening")
    row["lots"] = [
        {"lot": "OLD", "expiry": "2027-01-08", "quantity": "1"},
        {"lot": "NEW", "expiry": "2029-06-30", "quantity": "2"},
    ]
    erp(world, (kind, row), last=1)
    ask(world, "after", 2, days=7)
    assert data(world)["reservations"]["after"]["lots"][0]["lot"] == "NEW"
    ask(world, "too-late", 1, days=8)
    assert waiting(world) == {"too-late": "1"}
    ask(world, "before", 1, days=3)
    assert data(world)["reservations"]["before"]["lots"][0]["lot"] == "OLD"


# ---- silence of the source, seen by the poller's side


def test_silence_is_told_once_to_those_it_concerns(world: World) -> None:
    """Freshness counts from the last answer of the ERP, not from the last change."""
    report(world, 5, 1)
    ask(world, "a", 1, criticality="CRITICAL")
    erp(world, stock("OPT", 5, version=2), last=2)
    since = world.clock.wall()
    world.operations.write(lambda tx: note_answer(tx, since))
    with world.operations.read() as reader:
        assert last_word(reader) == since
    time = world.core.engine.policies.time

    def told(after: timedelta) -> int:
        silence = Silence(since, after)
        now = world.clock.now()
        number: int = world.operations.write(lambda tx: tell_silence(tx, silence, time, now))
        world.settle()
        return number

    assert told(timedelta(minutes=5)) == 0
    assert (told(timedelta(minutes=6)), state(world)) == (1, "STALE")
    assert told(timedelta(minutes=7)) == 0
    assert told(timedelta(minutes=61)) == 1
    assert told(timedelta(hours=25)) == 2
    assert {x.state for x in world.all("W9")} == {"UNKNOWN"}
    silence, now = Silence(since, timedelta(hours=25)), world.clock.now()
    assert world.operations.write(lambda tx: tell_answer(tx, silence, now)) == 2
    world.settle()
    assert {x.state for x in world.all("W9")} == {"FRESH"}


# ---- decisions


@pytest.mark.parametrize(
    ("held_state", "silence_min", "expected"),
    [
        ("FRESH", 60, "FRESH"),
        ("FRESH", 61, "STALE"),
        ("STALE", 1, "STALE"),
        ("FRESH", 24 * 60 + 1, "UNKNOWN"),
        ("DISPUTED", 61, "DISPUTED"),
        ("DISPUTED", 24 * 60 + 1, "UNKNOWN"),
        ("UNKNOWN", 0, "UNKNOWN"),
        ("RETIRED", 24 * 60 + 1, "RETIRED"),
    ],
)
def test_a_position_is_judged_when_it_is_read(
    held_state: str, silence_min: int, expected: str
) -> None:
    """The answer does not wait for a timer: its age is looked at when somebody asks."""
    found = freshness(
        held_state, timedelta(minutes=silence_min), timedelta(hours=1), timedelta(hours=24)
    )
    assert found is Freshness(expected)


@pytest.mark.parametrize(
    ("expected", "is_exact", "limit"),
    [("10", False, "1"), ("200", False, "4"), ("200", True, "0"), ("0", False, "1")],
)
def test_tolerance(expected: str, limit: str, *, is_exact: bool) -> None:
    """2.10: 0 for implants and traced items, else max(1 unit, 2 %)."""
    assert tolerance(Fraction(expected), is_exact=is_exact) == Fraction(limit)


LOTS = st.lists(
    st.builds(
        Lot,
        quantity=st.integers(1, 5).map(Fraction),
        lot=st.sampled_from("ABCDE"),
        expiry=st.none() | st.dates(date(2027, 1, 1), date(2027, 2, 1)),
    ),
    max_size=5,
    unique_by=lambda x: x.lot,
)


@given(LOTS, st.integers(1, 20), st.dates(date(2027, 1, 1), date(2027, 2, 1)))
def test_what_is_given_is_good_and_never_more_than_there_is(
    lots: list[Lot], quantity: int, until: date
) -> None:
    """FEFO among usable lots; given and unusable together never exceed what is there."""
    given_lots = grant(lots, {}, Fraction(quantity), until)
    assert all(x.expiry is None or x.expiry >= until for x in given_lots)
    expiries = [x.expiry or date.max for x in given_lots]
    assert expiries == sorted(expiries)
    total = sum((x.quantity for x in lots), Fraction(0))
    taken = sum((x.quantity for x in given_lots), Fraction(0))
    assert taken == min(Fraction(quantity), total - expiring(lots, {}, until))
    mine = Reservation(quantity=taken, need_at=MONDAY, criticality="REQUIRED", lots=given_lots)
    assert expiring(lots, {"a": mine}, until) == expiring(lots, {}, until)
