"""The cXML supplier process: OrderRequests in, Confirmation, ShipNotice and Invoice requests out.

In: a `PeerConfig` with `items`, `rules`, `cxml_identity`, `buyer_identity`, `shared_secret` (what
the hub must show us) and `peers.hub_secret` (what we show the hub). Out: HTTP 200 with a Status, in
which the answer stands. Refuses to know: anything the model decides.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from suture.simulation.model.trade import ChangeReply, TradeDocument
from suture.simulation.server.config import PeerConfig
from suture.simulation.server.outbound import Parcel, Verdict
from suture.simulation.server.supplier_door import SupplierDoor
from suture.simulation.wire import cxml

Row = dict[str, Any]


def status_verdict(response: httpx.Response) -> Verdict:
    """Return what a Response/Status says: 2xx done, 4xx refused for good, all else again."""
    if not response.is_success:
        return "again"
    try:
        code = cxml.read_status(response.content)
    except ValueError:
        return "again"
    return {"2": "accepted", "4": "refused"}.get(code[:1], "again")  # type: ignore[return-value]


class CxmlSupplierServer:
    """The supplier as a process."""

    def __init__(self, config: PeerConfig) -> None:
        extra = config.extra
        self.config = config
        self.door = SupplierDoor(config, self._send, str(extra.get("prefix", "C")))
        self.credentials = cxml.Credentials(
            us=str(extra.get("cxml_identity", "SUP9002DEMO")),
            them=str(extra.get("buyer_identity", "HSCIPDEMO")),
            secret=config.peers.get("hub_secret", ""),
        )
        self._secret = str(extra.get("shared_secret", ""))
        self._payloads = 0
        self.door.desk.refusing = self._refusing
        self.door.listen([Route("/cxml", self._cxml, methods=["POST"])])

    @property
    def url(self) -> str:
        """Base address."""
        return self.door.url

    async def start(self) -> None:
        """Serve and tick."""
        await self.door.start(status_verdict)

    async def close(self) -> None:
        """Stop."""
        await self.door.close()

    async def _cxml(self, request: Request) -> Response:
        return await self.door.desk.answer(request, self._take)

    def _take(self, request: Request, body: bytes) -> Response:
        now = self.config.clock.now()
        try:
            received = cxml.read(body)
        except ValueError:
            return self._status("406", "Not Acceptable", now)
        if not self._secret or not hmac.compare_digest(received.secret, self._secret):
            self.door.desk.unauthorised += 1
            return self._status("401", "Unauthorized", now)
        if received.kind != "OrderRequest":
            return self._status("450", "Not Implemented", now)
        self.door.record.add(now, "received", {"content": body.decode("utf-8", "replace")})
        row = {"payload_id": received.payload_id, "type": received.order_type}
        self.door.received.append(row)
        try:
            reply = self._take_order(received, row, now)
        except (ValueError, AttributeError, TypeError):
            return self._status("400", "Bad Request", now)
        if reply is not None:
            self._send(reply, now)
        self.door.poke()
        return self._status("200", "OK", now)

    def _take_order(self, received: cxml.Received, row: Row, now: datetime) -> ChangeReply | None:
        order = cxml.read_order(received)
        row["po_number"] = order.po_number
        if received.order_type == "new":
            if not order.lines:
                raise ValueError("an order has lines")
            self.door.model.take_order(order, now)
            return None
        held = self.door.model.orders.get(order.po_number)
        known = list(held.lines) if held else []
        return self.door.model.take_change(cxml.read_change(received, known), now)

    def _status(self, code: str, text: str, at: datetime, http: int = 200) -> Response:
        content = cxml.response(code, text, payload_id=self._payload_id(), at=at)
        return Response(content, http, media_type="text/xml")

    def _refusing(self, status: int) -> Response:
        """Act out a fault: HTTP 500 with Status 500, or HTTP 200 with Status 406."""
        now = self.config.clock.now()
        if status >= 500:
            return self._status(str(status), "Internal Server Error", now, status)
        return self._status("406", "Not Acceptable", now)

    def _payload_id(self) -> str:
        self._payloads += 1
        return f"{self.config.name}.{self._payloads:06d}@{self.credentials.us}.example"

    def _send(self, document: TradeDocument, at: datetime) -> None:
        content = cxml.request(document, self.credentials, payload_id=self._payload_id(), at=at)
        kind = cxml.kind_of(document)
        reference = document.order.po_number
        self.door.record.add(at, "sent", {"kind": kind, "reference": reference})
        self.door.outbound.put(
            Parcel(
                subject=f"cxml {kind}",
                url=f"{self.config.peers.get('hub', '')}/partner/cxml",
                content=content,
                content_type="text/xml",
                token=self.config.peers.get("hub_token", ""),
                reference=reference,
            )
        )
