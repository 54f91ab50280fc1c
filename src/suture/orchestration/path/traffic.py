"""How much may be on its way to each destination now: places, rate, circuit breaker, pause.

In: what was started and what became of it, in steady seconds. Out: how many more may start.
Refuses to know: lanes, messages. It lives in memory: after a restart every circuit is closed, and
the first failures open it again. A pause is the operator's and is kept in the journal.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from suture.orchestration.path.pulse import Pulse

BREAK_AFTER = 5
"""Failures in a row after which a destination is left alone for a while."""
SET_BACK_S = 2.0
"""A wall clock that goes back by more was set by somebody."""
BREAK_FIRST_S = 1.0
BREAK_LONGEST_S = 30.0
"""Real seconds without a try; the first one after them is alone."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a destination is treated."""

    places: int = 32
    """Deliveries under way at once."""
    rate_per_s: float = 0.0
    """0: no limit."""
    first_s: float = 0.2
    longest_s: float = 60.0
    give_up_after_s: float = 3600.0
    """Real seconds from the first try."""

    def backoff_s(self, delivery: str, attempts: int) -> float:
        """Return real seconds before the next try: doubled each time, spread by a fifth.

        The spread is the delivery's own, so that a thousand lanes do not come back as one.
        """
        seconds = min(self.first_s * 2.0 ** min(max(attempts - 1, 0), 30), self.longest_s)
        digest = hashlib.blake2b(f"{delivery}/{attempts}".encode(), digest_size=2).digest()
        return seconds * (0.8 + 0.4 * int.from_bytes(digest) / 0xFFFF)


@dataclass(slots=True)
class _State:
    under_way: int = 0
    failures: int = 0
    open_until_s: float = 0.0
    tokens: float = 0.0
    counted_at_s: float | None = None


@dataclass(slots=True)
class Traffic:
    """The destinations of one deliverer."""

    treatments: dict[str, Treatment] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    pulse: Pulse = field(default_factory=Pulse)
    """Counts what became of each try."""
    _states: dict[str, _State] = field(default_factory=dict)
    _clocks: tuple[float, float] | None = None

    def treatment(self, destination: str) -> Treatment:
        """Return how a destination is treated."""
        return self.treatments.get(destination) or _DEFAULT

    def room(self, destination: str, now_s: float) -> int:
        """Return how many deliveries may start now; `now_s` is a steady count of seconds."""
        if destination in self.paused:
            return 0
        state, treatment = self._state(destination), self.treatment(destination)
        if now_s < state.open_until_s:
            return 0
        if state.failures >= BREAK_AFTER:
            return 0 if state.under_way else 1
        room = treatment.places - state.under_way
        if treatment.rate_per_s:
            room = min(room, int(self._tokens(state, treatment.rate_per_s, now_s)))
        return max(room, 0)

    def started(self, destination: str, now_s: float) -> None:
        """Count one delivery as under way."""
        state, rate = self._state(destination), self.treatment(destination).rate_per_s
        state.under_way += 1
        if rate:
            state.tokens = self._tokens(state, rate, now_s) - 1

    def ended(self, destination: str, now_s: float, *, was_reached: bool) -> None:
        """Count one delivery as over; `was_reached`: the destination answered, whatever it said."""
        state = self._state(destination)
        state.under_way = max(0, state.under_way - 1)
        if was_reached:
            state.failures, state.open_until_s = 0, 0.0
            return
        state.failures += 1
        over = state.failures - BREAK_AFTER
        if over >= 0:
            pause = min(BREAK_FIRST_S * 2.0 ** min(over, 30), BREAK_LONGEST_S)
            state.open_until_s = now_s + pause

    def is_open(self, destination: str, now_s: float) -> bool:
        """Return whether a destination is left alone because it failed again and again."""
        state = self._state(destination)
        return state.failures >= BREAK_AFTER and now_s < state.open_until_s

    def was_set_back(self, wall_s: float, now_s: float) -> bool:
        """Return whether the wall clock went back since this was asked last.

        Small steps are a time service at work, and are left alone.
        """
        before, self._clocks = self._clocks, (wall_s, now_s)
        if before is None:
            return False
        return (wall_s - before[0]) - (now_s - before[1]) < -SET_BACK_S

    def _state(self, destination: str) -> _State:
        return self._states.setdefault(destination, _State())

    @staticmethod
    def _tokens(state: _State, rate: float, now_s: float) -> float:
        """Return the tokens now: they fill at the rate, up to one second's worth."""
        if state.counted_at_s is None:
            state.tokens = max(rate, 1.0)
        else:
            gained = max(0.0, now_s - state.counted_at_s) * rate
            state.tokens = min(state.tokens + gained, max(rate, 1.0))
        state.counted_at_s = now_s
        return state.tokens


_DEFAULT = Treatment()
