"""What a connector is to the flows: a source that is open, a way to a destination.

In: nothing. Out: the two protocols every connector fulfils. Refuses to know: any single connector.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from suture.core.outcome import Outcome
from suture.journal.record import Delivery

HandOver = Callable[[str, str, bytes], Awaitable[Outcome]]
"""(flow, peer, content) -> outcome."""


class Outlet(Protocol):
    """A way to one destination."""

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Hand one message over; never raises for what the destination does."""

    async def close(self) -> None:
        """Let go of connections."""


class OpenSource(Protocol):
    """A source that is open."""

    address: tuple[str, int] | None
    """Where it listens, if it does."""

    async def close(self) -> None:
        """Take nothing more, and finish what was taken."""
