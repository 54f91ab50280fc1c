"""The ERP process: the model behind HTTP, and dock scans told to the hub.

In: a `PeerConfig` with `items`, `stock` (files or values), `payment_days`, `dock_token`. Out: a
running server. Refuses to know: anything the model decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from suture.simulation.faults import FaultBoard
from suture.simulation.generator.organisation import FACILITIES
from suture.simulation.generator.write import canonical_json
from suture.simulation.model.erp import ErpModel, ErpSettings
from suture.simulation.server.config import PeerConfig
from suture.simulation.server.desk import Act, Desk, json_object
from suture.simulation.server.listen import LocalServer, Ticker
from suture.simulation.server.outbound import Outbound, Parcel
from suture.simulation.server.record import Record

Row = dict[str, Any]


class ErpServer:
    """The ERP as a process: start, close, and the address in between."""

    def __init__(self, config: PeerConfig) -> None:
        self.config = config
        settings = ErpSettings(
            payment_days=Fraction(str(config.extra.get("payment_days", "1"))),
            dock_gln={facility.code: facility.dock_gln for facility in FACILITIES},
        )
        self.model = ErpModel(config.load("items") or [], settings)
        self.board = FaultBoard()
        self._desk = Desk(self.board, config.control_token)
        self._record = Record(config.data_dir, config.name)
        self._recorded = 0
        self._server = LocalServer(Starlette(routes=self._routes()), config.host, config.port)

    @property
    def url(self) -> str:
        """Base address."""
        return self._server.url

    async def start(self) -> None:
        """Put the opening stock on the shelves, then serve."""
        self._outbound = Outbound(self.board)
        self._ticker = Ticker(self.config.clock, self._tick, self.model.next_due)
        self.model.open_stock(self.config.load("stock") or [], self.config.clock.now())
        self._keep_record()
        await self._server.start()
        self._outbound.start()
        self._ticker.start()

    async def close(self) -> None:
        """Stop; what is in memory is gone."""
        await self._ticker.close()
        await self._outbound.close()
        await self._server.close()
        self._record.close()

    async def _tick(self, now: datetime) -> None:
        self.model.tick(now)
        for scan in self.model.scans:
            self._outbound.put(
                Parcel(
                    subject=f"dock/scans {scan.body['kind']}",
                    url=f"{self.config.peers.get('hub', '')}/dock/scans",
                    content=canonical_json(scan.body),
                    content_type="application/json",
                    token=self.config.peers.get("hub_token", ""),
                    reference=str(scan.body["scan_id"]),
                )
            )
        self.model.scans.clear()
        self._keep_record()

    def _keep_record(self) -> None:
        for row in self.model.changes[self._recorded :]:
            self._record.add(self.config.clock.now(), "change", row)
        self._recorded = len(self.model.changes)

    def _routes(self) -> list[Route]:
        erp, model = self._erp, self.model
        creates = {
            "requisition": model.create_requisition,
            "receipt": model.post_receipt,
            "issue": model.post_issue,
            "voucher": model.post_voucher,
        }
        routes = []
        for kind, create in creates.items():
            routes.append(erp(f"/{kind}s", "POST", self._creating(create)))
            routes.append(erp(f"/{kind}s", "GET", self._finding(kind)))
        dock_token = str(self.config.extra.get("dock_token", ""))
        return [
            *routes,
            erp("/requisitions/{no}/cancel", "POST", self._cancel_requisition),
            erp("/purchase-orders/{no}/cancel", "POST", self._on_order(model.cancel_order)),
            erp("/purchase-orders/{no}/change", "POST", self._on_order(model.change_order)),
            erp("/changes", "GET", self._changes),
            Route(
                "/dock/trucks",
                self._desk.guarded(dock_token, self._creating(model.take_truck)),
                methods=["POST"],
            ),
            Route(
                "/_sim/counts",
                self._desk.guarded(self.config.control_token, self._creating(model.count_stock)),
                methods=["POST"],
            ),
            *self._desk.control_routes(self.state),
        ]

    def state(self) -> Row:
        """Return the state for assertions."""
        return self.model.view() | {
            "dock_scans": self._outbound.view(),
            "unauthorised": self._desk.unauthorised,
        }

    def _erp(self, path: str, method: str, act: Act) -> Route:
        return Route(path, self._desk.guarded(self.config.token, act), methods=[method])

    def _creating(self, create: Callable[[Row, datetime], tuple[int, Row]]) -> Act:
        def act(request: Request, body: bytes) -> Response:
            return self._answered(*create(json_object(body), self.config.clock.now()))

        return act

    def _on_order(self, change: Callable[[str, Row, datetime], tuple[int, Row]]) -> Act:
        def act(request: Request, body: bytes) -> Response:
            number = str(request.path_params["no"])
            return self._answered(*change(number, json_object(body), self.config.clock.now()))

        return act

    def _finding(self, kind: str) -> Act:
        def act(request: Request, body: bytes) -> Response:
            return self._answered(*self.model.find(kind, request.query_params["external_ref"]))

        return act

    def _cancel_requisition(self, request: Request, body: bytes) -> Response:
        number = str(request.path_params["no"])
        return self._answered(*self.model.cancel_requisition(number, self.config.clock.now()))

    def _changes(self, request: Request, body: bytes) -> Response:
        after = int(request.query_params.get("after", "0"))
        limit = int(request.query_params.get("limit", "100"))
        return self._answered(*self.model.changes_after(after, limit))

    def _answered(self, status: int, body: Row) -> Response:
        self._keep_record()
        self._ticker.poke()
        return JSONResponse(body, status)
