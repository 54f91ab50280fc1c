"""Gives out control numbers, and watches those a partner gives out.

In: the state as a value, a number received. Out: the next state and events. Refuses to know: where
the state is kept, and what a gap means to a process. Numbers run from 1 to 999999999 and then start
again (ISA13, GS06: nine digits).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from suture.core.problem import Problem, Severity

CONTROL_MAX: Final = 999_999_999
_NEAR_MAX: Final = 100_000
"""Farther than this a number is no gap but another counter: a partner's translator was set anew."""
_MISSING_MAX: Final = 1_000
"""Most gaps remembered; the oldest are forgotten, their numbers then count as repeated."""


@dataclass(frozen=True, slots=True)
class ControlGap:
    """Numbers `first` to `last` were skipped; they may still come."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ControlFilled:
    """A number that was skipped has come."""

    number: int


@dataclass(frozen=True, slots=True)
class ControlRepeated:
    """A number came that was received before."""

    number: int


@dataclass(frozen=True, slots=True)
class ControlJumped:
    """A number far from the last one: the partner's counter was set anew."""

    last: int
    number: int


ControlEvent = ControlGap | ControlFilled | ControlRepeated | ControlJumped


@dataclass(frozen=True, slots=True)
class ControlNumbers:
    """The control numbers exchanged with one partner, of one kind (interchange or group)."""

    sent: int = 0
    """Last number given out; 0 before the first."""
    received: int = 0
    """Highest number received; 0 before the first."""
    missing: tuple[tuple[int, int], ...] = ()
    """Gaps that are open: first and last number, oldest first."""

    def take(self, count: int = 1) -> tuple[int, ControlNumbers]:
        """Return the first of `count` numbers in a row, and the state after them.

        Numbers in a row may run over the end: `after(number)` gives the next of each.
        """
        first = after(self.sent)
        return first, replace(self, sent=(self.sent + count - 1) % CONTROL_MAX + 1)

    def receive(self, number: int) -> tuple[ControlNumbers, list[ControlEvent]]:
        """Return the state after a number of the partner's, and what is remarkable about it.

        The first number of all is taken as it comes.
        """
        if not self.received:
            return replace(self, received=number), []
        ahead = (number - self.received) % CONTROL_MAX
        if ahead == 1:
            return replace(self, received=number), []
        if ahead == 0:
            return self, [ControlRepeated(number)]
        if ahead <= _NEAR_MAX:
            gap = (after(self.received), before(number))
            missing = (*self.missing, gap)[-_MISSING_MAX:]
            return replace(self, received=number, missing=missing), [ControlGap(*gap)]
        for place, gap in enumerate(self.missing):
            if _within(number, gap):
                rest = _without(number, gap)
                missing = (*self.missing[:place], *rest, *self.missing[place + 1 :])
                return replace(self, missing=missing[-_MISSING_MAX:]), [ControlFilled(number)]
        if CONTROL_MAX - ahead <= _NEAR_MAX:
            return self, [ControlRepeated(number)]
        jumped = ControlJumped(self.received, number)
        return replace(self, received=number, missing=()), [jumped]


def after(number: int) -> int:
    """Return the control number that follows; after the highest comes 1."""
    return number % CONTROL_MAX + 1


def before(number: int) -> int:
    """Return the control number before; before 1 comes the highest."""
    return (number - 2) % CONTROL_MAX + 1


def repeated_problem(event: ControlRepeated, offset: int = 0) -> Problem:
    """Return the problem to answer a repeated interchange with (TA105 025)."""
    note = "the sender has used this interchange control number before"
    return Problem("x12.interchange-repeated", Severity.ERROR, note, "ISA[1]-13", offset)


def _within(number: int, gap: tuple[int, int]) -> bool:
    return (number - gap[0]) % CONTROL_MAX <= (gap[1] - gap[0]) % CONTROL_MAX


def _without(number: int, gap: tuple[int, int]) -> list[tuple[int, int]]:
    """Return what is left of a gap without one of its numbers."""
    first, last = gap
    low = [] if number == first else [(first, before(number))]
    high = [] if number == last else [(after(number), last)]
    return [*low, *high]
