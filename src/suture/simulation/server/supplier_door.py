"""What both supplier processes share: the model's clockwork, two lanes out, trucks, state.

In: a `PeerConfig` with `items` and `rules`, and a way to send a trade document. Out: documents sent
when they fall due. Refuses to know: X12 and cXML.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from suture.simulation.faults import FaultBoard
from suture.simulation.generator.write import canonical_json
from suture.simulation.model.supplier import SupplierModel, truck_of
from suture.simulation.model.trade import Shipment, TradeDocument
from suture.simulation.server.config import PeerConfig
from suture.simulation.server.desk import Desk
from suture.simulation.server.listen import LocalServer, Ticker
from suture.simulation.server.outbound import Accept, Outbound, Parcel, any_2xx
from suture.simulation.server.record import Record

Row = dict[str, Any]
Send = Callable[[TradeDocument, datetime], None]


class SupplierDoor:
    """A supplier's process without its dialect."""

    def __init__(self, config: PeerConfig, send: Send, prefix: str) -> None:
        self.config = config
        self.model = SupplierModel(config.load("items") or [], config.load("rules") or [], prefix)
        self.board = FaultBoard()
        self.desk = Desk(self.board, config.control_token)
        self.record = Record(config.data_dir, config.name)
        self.received: list[Row] = []
        self._send = send

    def listen(self, routes: list[Route]) -> None:
        """Bind the port with the dialect's routes, the order query and the control routes."""
        every = [
            *routes,
            Route(
                "/orders/{po}",
                self.desk.guarded(self.config.token, self._order),
                methods=["GET"],
            ),
            *self.desk.control_routes(self.state),
        ]
        self._server = LocalServer(Starlette(routes=every), self.config.host, self.config.port)

    @property
    def url(self) -> str:
        """Base address."""
        return self._server.url

    async def start(self, accept: Accept = any_2xx) -> None:
        """Serve, tick, and send what the hub must `accept`."""
        self.outbound = Outbound(self.board, accept)
        self._trucks = Outbound(self.board)
        self._ticker = Ticker(self.config.clock, self._tick, self.model.next_due)
        await self._server.start()
        self.outbound.start()
        self._trucks.start()
        self._ticker.start()

    async def close(self) -> None:
        """Stop."""
        await self._ticker.close()
        await self.outbound.close()
        await self._trucks.close()
        await self._server.close()
        self.record.close()

    def poke(self) -> None:
        """Tick now: an order or a change came in."""
        self._ticker.poke()

    def state(self) -> Row:
        """Return the state for assertions."""
        return self.model.view() | {
            "received": self.received,
            "messages": self.outbound.view(),
            "trucks": self._trucks.view(),
            "waiting": self.outbound.waiting + self._trucks.waiting,
            "unauthorised": self.desk.unauthorised,
        }

    def _order(self, request: Request, body: bytes) -> Response:
        number = str(request.path_params["po"])
        status = self.model.status(number)
        if status is None:
            return JSONResponse({"code": "not_found"}, 404)
        return JSONResponse({"po": number, "status": status})

    async def _tick(self, now: datetime) -> None:
        for document in self.model.tick(now):
            self._send(document, document.at)
            if isinstance(document, Shipment):
                self._send_truck(document)

    def _send_truck(self, shipment: Shipment) -> None:
        self._trucks.put(
            Parcel(
                subject="truck",
                url=f"{self.config.peers.get('erp', '')}/dock/trucks",
                content=canonical_json(truck_of(self.model, shipment)),
                content_type="application/json",
                token=self.config.peers.get("dock_token", ""),
                reference=shipment.shipment,
            )
        )
