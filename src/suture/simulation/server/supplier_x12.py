"""The X12 supplier process: interchanges in over HTTP, answers posted to the hub.

In: a `PeerConfig` with `items`, `rules`, `x12_id`, `buyer_x12_id`, `gln`. Out: 202 for a transfer,
then 997, 855, 865, 856, 810, and trucks to the dock. Refuses to know: anything the model decides.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from suture.simulation.model.trade import ChangeReply, TradeDocument
from suture.simulation.server.config import PeerConfig
from suture.simulation.server.outbound import Parcel
from suture.simulation.server.supplier_door import SupplierDoor
from suture.simulation.wire import x12

Row = dict[str, Any]


class X12SupplierServer:
    """The supplier as a process."""

    def __init__(self, config: PeerConfig) -> None:
        extra = config.extra
        self.config = config
        self.door = SupplierDoor(config, self._send, str(extra.get("prefix", "X")))
        self.us = x12.Party(
            id=str(extra.get("x12_id", "SUP9001DEMO")),
            name=str(extra.get("supplier_name", "SYNTHO ORTHOPEDICS")),
            gln=str(extra.get("gln", "9521009000019")),
        )
        self.them = x12.Party(id=str(extra.get("buyer_x12_id", "HSCIPDEMO")))
        self._control = int(extra.get("control_start", 1)) - 1
        take = self.door.desk.guarded(config.token, self._take)
        self.door.listen([Route("/x12", take, methods=["POST"])])

    @property
    def url(self) -> str:
        """Base address."""
        return self.door.url

    async def start(self) -> None:
        """Serve and tick."""
        await self.door.start()

    async def close(self) -> None:
        """Stop."""
        await self.door.close()

    def _take(self, request: Request, body: bytes) -> Response:
        """Store an interchange and answer 202: the transfer only; all else comes later."""
        sets = x12.read(body)
        now = self.config.clock.now()
        self.door.record.add(now, "received", {"content": body.decode("utf-8", "replace")})
        replies: list[ChangeReply] = []
        answered = [(entry, self._take_set(entry, now, replies)) for entry in sets]
        business = [(entry, code) for entry, code in answered if code]
        if business:
            acks = x12.functional_ack([s for s, _ in business], [c for _, c in business])
            self._post("997", acks, reference=business[0][0].group_control, at=now)
        for reply in replies:
            self._send(reply, now)
        self.door.poke()
        return JSONResponse({"taken": len(sets)}, 202)

    def _take_set(self, entry: x12.ReceivedSet, now: datetime, replies: list[ChangeReply]) -> str:
        """Return the AK5 code of a set; `` for acknowledgements, which are not acknowledged."""
        row = {"set": entry.id, "group_control": entry.group_control, "control": entry.control}
        self.door.received.append(row)
        if entry.id in ("997", "999"):
            row["code"] = x12.at(entry.first("AK9"), 1)
            return ""
        try:
            if entry.id == "850":
                order = x12.read_order(entry)
                row["po_number"] = order.po_number
                self.door.model.take_order(order, now)
            elif entry.id == "860":
                change = x12.read_change(entry)
                row["po_number"] = change.po_number
                replies.append(self.door.model.take_change(change, now))
            else:
                return "R"
        except ValueError:
            return "R"
        return "A"

    def _send(self, document: TradeDocument, at: datetime) -> None:
        name = x12.set_id(document)
        body = x12.transaction_set(document, self.us)
        self._post(name, [body], reference=document.order.po_number, at=at)

    def _post(
        self, name: str, sets: list[list[x12.Fields]], *, reference: str, at: datetime
    ) -> None:
        self._control += 1
        content = x12.interchange(
            self.us, self.them, group=x12.GROUPS[name], sets=sets, control=self._control, at=at
        )
        told = {"set": name, "reference": reference, "content": content.decode("ascii")}
        self.door.record.add(at, "sent", told)
        self.door.outbound.put(
            Parcel(
                subject=name,
                url=f"{self.config.peers.get('hub', '')}/partner/x12",
                content=content,
                content_type="application/edi-x12",
                token=self.config.peers.get("hub_token", ""),
                reference=reference,
            )
        )
