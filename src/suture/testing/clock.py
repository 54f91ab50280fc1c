"""A clock that stands until it is moved, and chance from a seed.

In: an instant, a seed. Out: a `Clock` and an `Entropy` that repeat themselves. Refuses to know: the
machine's time and randomness.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta


class SettableClock:
    """Business time and real time move together, by hand."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        """Return the set business instant."""
        return self._now

    def wall(self) -> datetime:
        """Return the same instant as real time."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds moved so far."""
        return self._elapsed_s

    def advance(self, by: timedelta) -> None:
        """Move on; raises ValueError when `by` is negative."""
        if by < timedelta(0):
            raise ValueError("a clock does not go back")
        self._now += by
        self._elapsed_s += by.total_seconds()

    def move_to(self, at: datetime) -> None:
        """Move on to an instant."""
        self.advance(at - self._now)


class SeededEntropy:
    """Bytes that look random and are the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._count = 0

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes of the stream."""
        made = b""
        while len(made) < count:
            self._count += 1
            made += hashlib.sha256(f"{self._seed}/{self._count}".encode()).digest()
        return made[:count]
