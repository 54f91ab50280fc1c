"""Traffic: never more under way than a destination takes, and a circuit that opens and closes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from suture.orchestration.path.traffic import (
    BREAK_AFTER,
    BREAK_LONGEST_S,
    Traffic,
    Treatment,
)


@given(
    places=st.integers(1, 8),
    steps=st.lists(st.tuples(st.sampled_from(["start", "good", "bad"]), st.floats(0, 5))),
)
def test_never_more_than_its_places(places: int, steps: list[tuple[str, float]]) -> None:
    """Whatever happens when, room never lets more start than there are places."""
    traffic = Traffic({"lab": Treatment(places=places)})
    now, under_way = 0.0, 0
    for kind, pause in steps:
        now += pause
        if kind == "start":
            for _ in range(traffic.room("lab", now)):
                traffic.started("lab", now)
                under_way += 1
        elif under_way:
            traffic.ended("lab", now, was_reached=kind == "good")
            under_way -= 1
        assert under_way <= places


@given(rate=st.floats(0.5, 50), pauses=st.lists(st.floats(0.0, 3.0), max_size=60))
def test_never_more_than_its_rate(rate: float, pauses: list[float]) -> None:
    """Over any time no more start than the rate gives, and one second's worth at once."""
    traffic = Traffic({"lab": Treatment(places=10_000, rate_per_s=rate)})
    now, started = 0.0, 0
    for pause in pauses:
        now += pause
        for _ in range(traffic.room("lab", now)):
            traffic.started("lab", now)
            started += 1
    assert started <= rate * now + max(rate, 1.0) + 1e-6


def test_a_rate_lets_messages_through_in_time() -> None:
    """Two a second: after the first two, one each half second."""
    traffic = Traffic({"lab": Treatment(rate_per_s=2.0)})
    assert traffic.room("lab", 0.0) == 2
    traffic.started("lab", 0.0)
    traffic.started("lab", 0.0)
    assert [traffic.room("lab", at) for at in (0.1, 0.4, 0.6, 1.1)] == [0, 0, 1, 2]


def test_a_destination_that_fails_is_left_alone_and_tried_alone() -> None:
    """Five failures in a row open the circuit; one try closes it again or opens it for longer."""
    traffic = Traffic({"lab": Treatment(places=4)})
    for number in range(BREAK_AFTER):
        assert traffic.room("lab", 0.0) > 0, number
        traffic.started("lab", 0.0)
        traffic.ended("lab", 0.0, was_reached=False)
    assert traffic.room("lab", 0.5) == 0 and traffic.is_open("lab", 0.5)
    assert traffic.room("lab", 1.0) == 1
    traffic.started("lab", 1.0)
    assert traffic.room("lab", 1.0) == 0
    traffic.ended("lab", 1.0, was_reached=False)
    assert traffic.room("lab", 2.9) == 0 and traffic.room("lab", 3.0) == 1
    traffic.started("lab", 3.0)
    traffic.ended("lab", 3.0, was_reached=True)
    assert traffic.room("lab", 3.0) == 4 and not traffic.is_open("lab", 3.0)


def test_a_circuit_is_never_open_for_long() -> None:
    """However often it failed, half a minute later somebody looks."""
    traffic = Traffic()
    for _ in range(500):
        traffic.ended("lab", 0.0, was_reached=False)
    assert traffic.room("lab", BREAK_LONGEST_S) == 1


def test_another_destination_is_not_concerned() -> None:
    """One that does not answer leaves the others their room."""
    traffic = Traffic()
    for _ in range(10):
        traffic.ended("lab", 0.0, was_reached=False)
    assert traffic.room("lab", 0.0) == 0 and traffic.room("clinic", 0.0) > 0


def test_a_pause_is_a_pause() -> None:
    """Nothing starts until it is taken back."""
    traffic = Traffic(paused={"lab"})
    assert traffic.room("lab", 0.0) == 0
    traffic.paused.discard("lab")
    assert traffic.room("lab", 0.0) > 0


@given(
    first=st.floats(0.01, 10),
    longest=st.floats(10, 600),
    attempts=st.integers(0, 5000),
    name=st.text(max_size=8),
)
def test_pauses_double_up_to_the_longest_and_are_spread(
    first: float, longest: float, attempts: int, name: str
) -> None:
    """Each within a fifth of what it should be, and the same for the same try."""
    treatment = Treatment(first_s=first, longest_s=longest)
    should = min(first * 2.0 ** min(max(attempts - 1, 0), 30), longest)
    pause = treatment.backoff_s(name, attempts)
    assert 0.79 * should <= pause <= 1.21 * should
    assert pause == treatment.backoff_s(name, attempts)
