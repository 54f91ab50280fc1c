"""What a connector is to the flows: a source that is open, a way to a destination.

In: faults of transports. Out: the two protocols every connector fulfils, outcomes. Refuses to
know: any single connector.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from suture.connectivity.transports.fault import TransportFault
from suture.core.outcome import Misconfigured, Outcome, Refused, Unavailable, Uncertain
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


def outcome_of(fault: TransportFault, refused: str = "the other side refuses it") -> Outcome:
    """Return what a transport's fault means for a delivery; `refused` says what a no was about."""
    match fault.next:
        case "operator":
            return Misconfigured(fault.code, "an operator has to act")
        case "content":
            return Refused(fault.code, refused)
        case "maybe":
            return Uncertain(fault.code)
    return Unavailable(fault.code)
