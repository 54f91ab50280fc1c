"""Flow to flow: what one hands over, another takes.

In: entries of a flow file. Out: frozen tables. Refuses to know: how a message is handed over.
"""

from __future__ import annotations

from typing import Literal

from suture.orchestration.flows.table import DestinationTable, Name, Place, SourceTable


class FlowSource(SourceTable):
    """`[source]`: what other flows hand over."""

    connector: Literal["flow"]

    def words(self) -> str:
        """Return that it is other flows."""
        return "other flows"

    def place(self, flow: str) -> Place | None:
        """Return its own name: others hand over to it."""
        return ("flow", flow)


class FlowDestination(DestinationTable):
    """`[[destination]]`: another flow of the same zone, whose source is `flow`."""

    connector: Literal["flow"]
    flow: Name

    def words(self) -> str:
        """Return the flow's name."""
        return f"flow {self.flow}"

    def place(self) -> Place | None:
        """Return the other flow."""
        return ("flow", self.flow)
