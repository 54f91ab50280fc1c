"""What this process has taken and sent since it started: counts by code, and how long it took.

In: an endpoint or destination, a code, seconds. Out: series for metrics and alerts. Refuses to
know: messages. It lives in memory and starts at nothing; the journal keeps what must be kept. Names
come from configuration and codes from closed sets; both are bounded all the same.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0, 900.0)
"""Upper ends of the histogram: from a local commit to a quarter of an hour in a queue."""
NAMES_MAX = 2000
"""Endpoints or destinations; a hub with more is several hubs."""
CODES_MAX = 40
"""Codes of one name; later ones are counted together, so that no peer can fill the memory."""
OTHER = "other"
NOTES_MAX = 1000
"""Messages noted between two looks; a hub in trouble needs no more examples."""


@dataclass(slots=True)
class Series:
    """What one endpoint or destination has done."""

    codes: dict[str, int] = field(default_factory=dict)
    """Outcome code -> how often."""
    good: int = 0
    bad: int = 0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    """Of those that were timed: how many took up to each bound, and longer than all."""
    total_s: float = 0.0

    def count(self, code: str, seconds: float | None, *, is_bad: bool) -> None:
        """Count one outcome; `seconds` None is not timed."""
        name = code if code in self.codes or len(self.codes) < CODES_MAX else OTHER
        self.codes[name] = self.codes.get(name, 0) + 1
        self.bad += is_bad
        self.good += not is_bad
        if seconds is not None:
            self.buckets[bisect_left(BOUNDS_S, seconds)] += 1
            self.total_s += seconds


@dataclass(slots=True)
class Pulse:
    """The series of one process."""

    endpoints: dict[str, Series] = field(default_factory=dict)
    destinations: dict[str, Series] = field(default_factory=dict)
    slow_s: float | None = None
    """Deliveries that took longer are noted, and those that failed; None: nobody asks."""
    _notes: dict[tuple[str, str], str] = field(default_factory=dict)

    def received(
        self, endpoint: str, code: str, seconds: float | None = None, *, is_bad: bool = False
    ) -> None:
        """Count one message at a door; `seconds` from its last byte to its acknowledgement."""
        _series(self.endpoints, endpoint).count(code, seconds, is_bad=is_bad)

    def sent(self, destination: str, code: str, age_s: float | None) -> None:
        """Count one try; `age_s` from being queued to being delivered, None when it was not."""
        _series(self.destinations, destination).count(code, age_s, is_bad=age_s is None)

    def note(self, zone: str, exchange: str, age_s: float | None) -> None:
        """Note the message of a delivery that ended, when it failed (None) or was slow."""
        if self.slow_s is None or not exchange or len(self._notes) >= NOTES_MAX:
            return
        if age_s is None:
            self._notes[zone, exchange] = "failed"
        elif age_s > self.slow_s:
            self._notes.setdefault((zone, exchange), "slow")

    def take_notes(self) -> dict[tuple[str, str], str]:
        """Return (zone, exchange) -> `failed` or `slow` since this was asked last."""
        found, self._notes = self._notes, {}
        return found


def _series(of: dict[str, Series], name: str) -> Series:
    found = of.get(name)
    if found is None:
        found = of.setdefault(name if len(of) < NAMES_MAX else OTHER, Series())
    return found
