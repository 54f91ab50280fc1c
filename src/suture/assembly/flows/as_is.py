"""The adapter of flows: content is known when it is queued, so nothing is encoded later.

In: a payload. Out: the same. Refuses to know: how it is sent; outlets do that.
"""

from __future__ import annotations

from suture.core.refusal import MisconfiguredError
from suture.systems.adapter import Encoded, Exchange, NextNumber, WireRequest


class AsIs:
    """Content of a flow is known when it is queued; nothing is encoded later."""

    def encode(self, kind: str, payload: bytes, number: NextNumber, at: object) -> Encoded:
        """Return the payload as it is."""
        return Encoded(payload, "")

    def exchange(self, kind: str, content: bytes, control_id: str) -> Exchange:
        """Not used: an outlet is no adapter."""
        yield WireRequest("POST", "")
        raise MisconfiguredError("flow.no-exchange", "a flow is carried by its outlets")
