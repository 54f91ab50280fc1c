"""Time comes in by the door (plan D9).

In: an epoch, a rate and a wall start. Out: two clocks. *Business time* dates documents, service
levels and process timers and may run accelerated; *real time* drives sockets, back-off and
certificates. Refuses to know: who asks, and any time zone but UTC.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""What the store counts from; made once, because every row asks."""


class Clock(Protocol):
    """Gives business time and real time; implemented by `SystemClock` and the test kit's clock."""

    def now(self) -> datetime:
        """Return business time as an aware UTC datetime."""

    def wall(self) -> datetime:
        """Return real time as an aware UTC datetime."""

    def monotonic(self) -> float:
        """Return real seconds from an arbitrary start; never goes back."""


@dataclass(frozen=True, slots=True)
class BusinessTime:
    """The one triple configured into every process: business = epoch + rate x (wall - start)."""

    epoch: datetime
    """Business instant at `start`, UTC."""
    rate: float
    """Business seconds per real second; 1.0 in production."""
    start: datetime
    """Real instant at which `epoch` holds, UTC."""

    def at(self, wall: datetime) -> datetime:
        """Return the business instant that corresponds to the real instant `wall`."""
        if self.rate == 1.0:  # production: no fraction of a second to be lost on the way
            return wall if self.epoch is self.start else self.epoch + (wall - self.start)
        return self.epoch + timedelta(seconds=(wall - self.start).total_seconds() * self.rate)

    def wall_at(self, business: datetime) -> datetime:
        """Return the real instant that corresponds to a business instant."""
        return self.start + (business - self.epoch) / self.rate

    def wall_seconds(self, business: timedelta) -> float:
        """Return how many real seconds a business duration takes."""
        return business.total_seconds() / self.rate


def real_time() -> BusinessTime:
    """Return the triple under which business time is real time."""
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    return BusinessTime(epoch=origin, rate=1.0, start=origin)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock seen through a `BusinessTime`."""

    business: BusinessTime

    def now(self) -> datetime:
        """Return business time as an aware UTC datetime."""
        return self.business.at(self.wall())

    def wall(self) -> datetime:
        """Return real time as an aware UTC datetime."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return real seconds from an arbitrary start."""
        return time.monotonic()


def to_micros(at: datetime) -> int:
    """Return whole microseconds since 1970-01-01T00:00Z; the store's form of an instant."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    """Return the aware UTC instant of `to_micros`."""
    return _EPOCH + timedelta(0, 0, micros)
