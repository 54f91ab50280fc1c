"""Flow to flow: a message is handed to another flow of this hub.

In: a declared destination. Out: outcomes. Refuses to know: what the other flow does with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.assembly.flows.connectors.ends import HandOver
from suture.core.outcome import Outcome
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.flow import FlowDestination


@dataclass(frozen=True)
class FlowOutlet:
    """Another flow of this hub."""

    declared: FlowDestination
    hand_over: HandOver
    name: str
    """Of the flow that sends."""

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Hand the message to the other flow, which keeps it before this returns."""
        return await self.hand_over(self.declared.flow, f"flow/{self.name}", content)

    async def close(self) -> None:
        """Nothing is held open."""
