"""Control numbers: what we give out, and what a partner's counter does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from suture.formats.x12 import (
    ControlEvent,
    ControlFilled,
    ControlGap,
    ControlJumped,
    ControlNumbers,
    ControlRepeated,
    repeated_problem,
)

LAST = 999_999_999


def after_receiving(*numbers: int) -> tuple[ControlNumbers, list[ControlEvent]]:
    """Return the state and all events after the numbers."""
    state, events = ControlNumbers(), []
    for number in numbers:
        state, found = state.receive(number)
        events += found
    return state, events


def test_numbers_are_given_out_in_order_and_wrap() -> None:
    """After nine nines comes 1; a row of numbers is taken at once."""
    state = ControlNumbers()
    first, state = state.take()
    second, state = state.take(3)
    fifth, state = state.take()
    assert (first, second, fifth, state.sent) == (1, 2, 5, 5)
    assert ControlNumbers(sent=LAST).take() == (1, ControlNumbers(sent=1))
    assert ControlNumbers(sent=LAST - 1).take(2) == (LAST, ControlNumbers(sent=1))


def test_numbers_in_order_say_nothing() -> None:
    """Whatever the first one is, and over the end."""
    assert after_receiving(41, 42, 43) == (ControlNumbers(received=43), [])
    assert after_receiving(LAST, 1, 2)[1] == []


def test_a_gap_is_told_and_may_be_filled() -> None:
    """Numbers that come late close their gap; twice they are repeated."""
    state, events = after_receiving(1, 5, 3, 3, 2, 4, 6)
    assert events == [
        ControlGap(2, 4),
        ControlFilled(3),
        ControlRepeated(3),
        ControlFilled(2),
        ControlFilled(4),
    ]
    assert state == ControlNumbers(received=6)


def test_a_gap_over_the_end() -> None:
    """Nine nines are followed by 1 in gaps too."""
    state, events = after_receiving(LAST - 1, 2, LAST)
    assert events == [ControlGap(LAST, 1), ControlFilled(LAST)]
    assert state.missing == ((1, 1),)


def test_a_repeated_number_is_told() -> None:
    """The last one and older ones; the answer is TA105 025."""
    assert after_receiving(7, 8, 8, 7)[1] == [ControlRepeated(8), ControlRepeated(7)]
    assert repeated_problem(ControlRepeated(8)).code == "x12.interchange-repeated"


def test_a_counter_set_anew_is_no_gap() -> None:
    """Far from the last number in both directions it is another counter."""
    state, events = after_receiving(500_000_000, 1, 2)
    assert events == [ControlJumped(500_000_000, 1)]
    assert state == ControlNumbers(received=2)


@given(st.permutations(range(2, 30)))
def test_all_numbers_in_any_order_leave_no_gap(numbers: list[int]) -> None:
    """Late or early, once all have come nothing is missing and nothing was repeated."""
    state, events = after_receiving(1, *numbers)
    assert state == ControlNumbers(received=29)
    assert not [event for event in events if isinstance(event, ControlRepeated)]


@given(st.lists(st.integers(1, LAST), max_size=50))
def test_the_state_is_bounded(numbers: list[int]) -> None:
    """Any numbers in any order are taken."""
    state, _ = after_receiving(*numbers)
    assert len(state.missing) <= 1_000
