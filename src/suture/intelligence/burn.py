"""How much of what was done went wrong, over a short and a long while.

In: counts that only grow, by name, and a steady time. Out: which names burn their budget. Refuses
to know: what is counted. A burst that is over and a trickle that is allowed are both no alert: the
share must be too high now and for long.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

SAMPLES_PER_SHORT = 10
"""Kept of the short while; the long one is as fine."""

Counts = tuple[int, int]
"""(good, bad)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may go wrong."""

    share: float = 0.05
    """Of what is done."""
    least: int = 10
    """Fewer errors in the long while are no matter for an alert."""
    short_s: float = 300.0
    long_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Burning:
    """A name that burns its budget."""

    name: str
    share: float
    """Over the short while."""
    bad: int
    """In the long while."""


@dataclass(slots=True)
class Burn:
    """The counts of a while."""

    budget: Budget
    _samples: dict[str, deque[tuple[float, Counts]]] = field(default_factory=dict)
    _before: dict[str, tuple[float, Counts]] = field(default_factory=dict)
    """What was seen at the look before."""
    _looked_s: float | None = None

    def look(self, now_s: float, counts: Mapping[str, Counts]) -> list[Burning]:
        """Take the counts of now and return what burns, by name.

        What is there at the first look is the past; a name that comes later began with nothing.
        """
        for name in self._samples.keys() - counts.keys():
            del self._samples[name], self._before[name]
        found = [one for name in sorted(counts) if (one := self._one(name, now_s, counts[name]))]
        self._looked_s = now_s
        return found

    def _one(self, name: str, now_s: float, now: Counts) -> Burning | None:
        samples = self._samples.get(name)
        if samples is None:
            began = (now_s, now) if self._looked_s is None else (self._looked_s, (0, 0))
            samples = self._samples[name] = deque([began])
        budget = self.budget
        before = self._before.get(name, samples[-1])
        if before[0] > samples[-1][0] and (
            now_s - samples[-1][0] >= budget.short_s / SAMPLES_PER_SHORT
        ):
            samples.append(before)
        self._before[name] = (now_s, now)
        while len(samples) > 1 and samples[1][0] <= now_s - budget.long_s:
            samples.popleft()
        good, bad = _since(samples, now_s - budget.long_s, now)
        recent_good, recent_bad = _since(samples, now_s - budget.short_s, now)
        recent = _share(recent_good, recent_bad)
        if bad < budget.least or min(recent, _share(good, bad)) <= budget.share:
            return None
        return Burning(name, recent, bad)


def _since(samples: deque[tuple[float, Counts]], at_s: float, now: Counts) -> Counts:
    """Return what was counted since the last sample not after `at_s`."""
    before = samples[0][1]
    for taken_s, counts in samples:
        if taken_s > at_s:
            break
        before = counts
    return max(now[0] - before[0], 0), max(now[1] - before[1], 0)


def _share(good: int, bad: int) -> float:
    return bad / (good + bad) if bad else 0.0
