"""How long a message is kept, and what keeps it longer (a pure rule)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.governance.retention import (
    Hold,
    Holds,
    Terms,
    Verdict,
    hold_as_fact,
    hold_of,
    verdict,
)
from suture.journal.record import Arrival, ArrivalState, DeliveryState

NOW = datetime(2027, 6, 1, tzinfo=UTC)
NOTHING = Holds((), lambda entry, exchange: False)
FINAL = (DeliveryState.DELIVERED, DeliveryState.WITHDRAWN)


def message(age_days: float, **changes: Any) -> Arrival:
    """Return an envelope of some age."""
    one = Arrival(
        seq=7,
        exchange="x-7",
        endpoint="adt",
        peer="",
        format="hl7v2",
        transport_key="",
        control_id="C7",
        digest=b"",
        size_bytes=0,
        content=b"",
        key_id="",
        ack=b"",
        ack_code="AA",
        received_at=NOW - timedelta(days=age_days),
        state=ArrivalState.TRANSLATED,
        code="",
        problems=b"[]",
    )
    return replace(one, **changes)


def hold(**named: Any) -> Hold:
    """Return a hold."""
    return Hold(id="H-1", by="c", reason="r", added_at=NOW, **named)


def judged(one: Arrival, *states: DeliveryState, holds: Holds = NOTHING, **terms: Any) -> Verdict:
    """Return the verdict with 100 days for everything unless said otherwise."""
    return verdict(one, states, Terms(**{"days": 100, **terms}), holds, NOW)


def test_age_decides() -> None:
    """The zone's days, the flow's own before them, and 0 for ever."""
    assert judged(message(99)) is Verdict.YOUNG
    assert judged(message(100)) is Verdict.GO
    assert judged(message(41), of_endpoint={"adt": 40}) is Verdict.GO
    assert judged(message(101), of_endpoint={"adt": 200}) is Verdict.YOUNG
    assert judged(message(101), of_endpoint={"other": 200}) is Verdict.GO
    assert judged(message(36_000), days=0) is Verdict.YOUNG


@pytest.mark.parametrize("state", [s for s in DeliveryState if s not in FINAL])
def test_what_did_not_end_well_waits(state: DeliveryState) -> None:
    """A delivery that waits is never removed; one given up only when the settings say so."""
    assert judged(message(500), DeliveryState.DELIVERED, state) is Verdict.UNFINISHED
    is_live = state in (DeliveryState.WAITING, DeliveryState.SENDING)
    after = judged(message(500), state, unfinished_days=400)
    assert after is (Verdict.UNFINISHED if is_live else Verdict.GO)
    assert judged(message(399), state, unfinished_days=400) is Verdict.UNFINISHED


def test_arrivals_that_wait_for_a_person() -> None:
    """Received is never removed; parked and failed as what was given up."""
    for state in (ArrivalState.PARKED, ArrivalState.FAILED):
        assert judged(message(500, state=state)) is Verdict.UNFINISHED
        assert judged(message(500, state=state), unfinished_days=400) is Verdict.GO
    received = message(500, state=ArrivalState.RECEIVED)
    assert judged(received, unfinished_days=400) is Verdict.UNFINISHED
    assert judged(message(500, state=ArrivalState.FILTERED)) is Verdict.GO


@pytest.mark.parametrize(
    ("named", "is_held"),
    [
        ({"endpoint": "adt"}, True),
        ({"endpoint": "orm"}, False),
        ({"exchange": "x-7"}, True),
        ({"exchange": "x-8"}, False),
        ({"control_id": "C7"}, True),
        ({"control_id": "C7", "endpoint": "orm"}, False),
        ({"since": NOW - timedelta(days=500)}, True),
        ({"since": NOW - timedelta(days=499)}, False),
        ({"until": NOW - timedelta(days=499)}, True),
        ({"until": NOW - timedelta(days=500)}, False),
        ({"entry": "e1"}, True),
        ({"entry": "e2"}, False),
        ({"entry": "e1", "endpoint": "adt", "since": NOW - timedelta(days=501)}, True),
    ],
)
def test_a_hold_keeps_what_matches_all_it_names(named: dict[str, Any], is_held: bool) -> None:
    """Each thing named must match; the age is no matter then."""
    holds = Holds((hold(**named),), lambda entry, exchange: (entry, exchange) == ("e1", "x-7"))
    assert judged(message(500), holds=holds) is (Verdict.HELD if is_held else Verdict.GO)


def test_refusals_are_held_by_endpoint_and_time_only() -> None:
    """What was never read has no number and no entry that a hold could name."""
    at = NOW - timedelta(days=500)
    for named, is_held in (
        ({"endpoint": "adt"}, True),
        ({"endpoint": "orm"}, False),
        ({"since": at}, True),
        ({"control_id": "C7"}, False),
        ({"entry": "e1", "endpoint": "adt"}, False),
    ):
        holds = Holds((hold(**named),), lambda entry, exchange: True)
        assert holds.cover_refusal("adt", at) is is_held


def test_a_hold_comes_back_as_it_was_kept() -> None:
    """The journal keeps a hold as a fact."""
    one = hold(endpoint="adt", since=NOW, released_at=NOW, released_by="b")
    assert hold_of(hold_as_fact(one, 2)) == one
    assert not one.is_active and one.names_something
    assert not hold().names_something


@given(
    age=st.floats(0, 2000),
    state=st.sampled_from(ArrivalState),
    states=st.lists(st.sampled_from(DeliveryState), max_size=4),
    days=st.integers(0, 1000),
    unfinished=st.integers(0, 1000),
)
def test_nothing_needed_ever_goes(
    age: float, state: ArrivalState, states: list[DeliveryState], days: int, unfinished: int
) -> None:
    """Whatever the terms: not before its days, not while anything of it is under way."""
    one = message(age, state=state)
    found = judged(one, *states, days=days, unfinished_days=unfinished)
    live = {DeliveryState.WAITING, DeliveryState.SENDING}
    if found is Verdict.GO:
        assert days and age >= days
        assert state is not ArrivalState.RECEIVED and not live & set(states)
        settled = set(states) <= set(FINAL) and state not in ("parked", "failed")
        assert settled or (unfinished and age >= unfinished)
    assert judged(
        one, *states, days=days, holds=Holds((hold(endpoint="adt"),), lambda e, x: False)
    ) in (
        Verdict.HELD,
        Verdict.YOUNG,
    )
