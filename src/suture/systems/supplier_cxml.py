"""A supplier that takes cXML 1.2 over HTTP POST.

In: order commands. Out: documents and outcomes. Refuses to know: the address. HTTP success proves
transfer; the Status code in the Response's body is the acknowledgement (spec 2.0.7): 2xx taken, 4xx
refused, 5xx to be repeated. Anything else is asked about.
"""

from __future__ import annotations

from datetime import datetime

from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.partner import PartnerProfile
from suture.documents.supply import OrderChange, PurchaseOrder
from suture.documents.to_cxml import change_document, order_document, payload_id
from suture.formats import cxml
from suture.systems.adapter import (
    Encoded,
    Exchange,
    NextNumber,
    WireRequest,
    WireResponse,
    outcome_of_status,
)
from suture.systems.supplier_x12 import looked_up, lookup_request

XML = "text/xml; charset=utf-8"


class SupplierCxmlAdapter:
    """Speaks cXML to one supplier."""

    def __init__(self, profile: PartnerProfile, secret: str) -> None:
        self._profile = profile
        self._secret = secret

    def __repr__(self) -> str:
        return f"<cXML adapter of {self._profile.supplier}>"

    def encode(self, kind: str, payload: bytes, number: NextNumber, at: datetime) -> Encoded:
        """Return the document of a command; the control id is its payloadID."""
        match kind:
            case "order.dispatch":
                order = codec.decode(payload, PurchaseOrder)
                content = order_document(order, self._profile, self._secret, at)
                return Encoded(content, payload_id(order.po_number, 0))
            case "order.change":
                change = codec.decode(payload, OrderChange)
                content = change_document(change, self._profile, self._secret, at)
                return Encoded(content, payload_id(change.po_number, change.change_seq))
            case "order.lookup":
                return Encoded(payload, "")
        raise RefusalError("cxml.unknown-command", f"no cXML for {kind}")

    def exchange(self, kind: str, content: bytes, control_id: str) -> Exchange:
        """Post the document and read the Status of its Response."""
        if kind == "order.lookup":
            answer = yield lookup_request(content)
            return looked_up(answer)
        answer = yield WireRequest("POST", "/cxml", XML, content)
        return outcome_of_status(answer, "cxml") or read_response(answer)


def read_response(answer: WireResponse) -> Outcome:
    """Return the outcome a Response's Status means; an unreadable one proves transfer only."""
    document, _ = cxml.parse(answer.body)
    status = cxml.response_status(document)[0] if document is not None else None
    if status is None:
        return Uncertain("cxml.response-unreadable", "no Response/Status came back")
    code = f"cxml.status-{status.code}"
    if status.is_success:
        return Accepted({"evidence": "functional", "status": str(status.code)})
    if status.code in (401, 403):
        return Misconfigured(code, "the partner refuses our credentials")
    if 400 <= status.code < 500:
        return Refused(code)
    if status.is_retryable:
        return Unavailable(code)
    return Uncertain(code, "the Status is neither a success nor an error")
