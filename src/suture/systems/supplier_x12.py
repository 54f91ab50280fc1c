"""A supplier that takes X12 over HTTP.

In: order commands. Out: interchanges and outcomes. Refuses to know: address and token. HTTP success
proves transfer only; the 997 that comes later is the functional acknowledgement (spec 2.0.6).
"""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import quote

from suture.core.outcome import Accepted, Outcome
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.partner import PartnerProfile
from suture.documents.supply import OrderChange, PurchaseOrder
from suture.documents.to_x12 import change_set, control_id, order_interchange, order_set
from suture.systems.adapter import (
    Encoded,
    Exchange,
    NextNumber,
    WireRequest,
    WireResponse,
    outcome_of_status,
)

X12 = "application/edi-x12"


class SupplierX12Adapter:
    """Speaks X12 to one supplier."""

    def __init__(self, profile: PartnerProfile) -> None:
        self._profile = profile

    def encode(self, kind: str, payload: bytes, number: NextNumber, at: datetime) -> Encoded:
        """Return the interchange of a command under the next control number."""
        match kind:
            case "order.dispatch":
                segments, set_id = order_set(codec.decode(payload, PurchaseOrder)), "850"
            case "order.change":
                segments, set_id = change_set(codec.decode(payload, OrderChange)), "860"
            case "order.lookup" | "functional_ack.send":
                return Encoded(payload, "")
            case _:
                raise RefusalError("x12.unknown-command", f"no X12 for {kind}")
        control = number(f"x12/{self._profile.supplier}")
        content = order_interchange(set_id, segments, self._profile, control, at)
        return Encoded(content, control_id(control))

    def exchange(self, kind: str, content: bytes, control_id: str) -> Exchange:
        """Post the interchange, or ask for the state of an order."""
        if kind == "order.lookup":
            answer = yield lookup_request(content)
            return looked_up(answer)
        answer = yield WireRequest("POST", "/x12", X12, content)
        return outcome_of_status(answer, "x12") or Accepted({"evidence": "transfer"})


def lookup_request(content: bytes) -> WireRequest:
    """Return the order-status query of a supplier or its network."""
    po_number = json.loads(content)["po_number"]
    return WireRequest("GET", f"/orders/{quote(po_number, safe='')}")


def looked_up(answer: WireResponse) -> Outcome:
    """Return whether the supplier has the order; 404 is an answer, not a failure."""
    if answer.status == 404:
        return Accepted({"found": "false"})
    return outcome_of_status(answer, "order.lookup") or Accepted({"found": "true"})
