"""The EHR process: an MLLP client that resends until acknowledged, and a small control port.

In: a `PeerConfig` with `scenario` (file or value), `control_prefix`; `peers.hub_mllp` is host:port.
Out: messages in order on one connection. Refuses to know: anything the model decides.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from suture.simulation.faults import FaultBoard
from suture.simulation.model.ehr import EhrModel, OwedMessage
from suture.simulation.server.config import PeerConfig
from suture.simulation.server.desk import Desk, json_object
from suture.simulation.server.listen import TICK_MAX_S, TICK_MIN_S, LocalServer, watched
from suture.simulation.server.record import Record
from suture.simulation.wire import mllp
from suture.simulation.wire.hl7 import read_acknowledgement

CONNECT_TIMEOUT_S = 5.0
"""Loopback connects at once or not at all."""
ACK_TIMEOUT_S = 10.0
"""The hub acknowledges in milliseconds; a real EHR waits 10 to 30 s."""
BACKOFF_S = (1.0, 2.0, 3.0, 5.0)
"""Real seconds before the same bytes are sent again; the last is repeated."""
READ_BYTES = 65_536
"""Read chunk."""


class EhrServer:
    """The EHR as a process."""

    def __init__(self, config: PeerConfig) -> None:
        self.config = config
        prefix = str(config.extra.get("control_prefix", "EHR"))
        self.model = EhrModel(config.load("scenario") or [], prefix)
        self.board = FaultBoard()
        self._desk = Desk(self.board, config.control_token)
        self._record = Record(config.data_dir, config.name)
        send = self._desk.guarded(config.control_token, self._send_one)
        routes = [
            Route("/_sim/send", send, methods=["POST"]),
            *self._desk.control_routes(self.state),
        ]
        self._server = LocalServer(Starlette(routes=routes), config.host, config.port)
        self._line = _Line(config.peers.get("hub_mllp", ""))
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Base address of the control port."""
        return self._server.url

    async def start(self) -> None:
        """Serve the control port and begin to play."""
        await self._server.start()
        self._task = watched(asyncio.create_task(self._play()))

    async def close(self) -> None:
        """Stop playing."""
        if self._task is not None:
            self._task.cancel()
            try:
                await self._task
            except asyncio.CancelledError:
                pass
        self._line.drop()
        await self._server.close()
        self._record.close()

    def _send_one(self, request: Request, body: bytes) -> Response:
        self.model.send_now(json_object(body))
        self._poked.set()
        return JSONResponse({"queued": True}, 202)

    async def _play(self) -> None:
        clock = self.config.clock
        while True:
            self._poked.clear()
            self.model.tick(clock.now())
            owed = self.model.next_message(clock.now())
            if owed is not None:
                await self._deliver(owed)
                continue
            due = self.model.next_due()
            wait = TICK_MAX_S
            if due is not None:
                wait = clock.business.wall_seconds(due - clock.now())
            try:
                async with asyncio.timeout(min(max(wait, TICK_MIN_S), TICK_MAX_S)):
                    await self._poked.wait()
            except TimeoutError:
                pass

    async def _deliver(self, owed: OwedMessage) -> None:
        """Send one message until it is acknowledged, acting out the armed fault."""
        fault = self.board.take(f"SEND {owed.kind}") if not owed.attempts else None
        kind = fault.kind if fault else ""
        if fault is not None and kind == "late":
            await asyncio.sleep(fault.delay_s)
        if kind == "reorder" and self.model.postpone(self.config.clock.now()):
            return
        while not await self._attempt(owed):
            self._line.drop()
            await asyncio.sleep(BACKOFF_S[min(owed.attempts, len(BACKOFF_S)) - 1])
        self._record.add(self.config.clock.now(), "acknowledged", owed.view())
        if kind == "duplicate":
            await self._repeat(owed)

    async def _attempt(self, owed: OwedMessage) -> bool:
        now = self.config.clock.now()
        self.model.sending(owed, now)
        self._record.add(now, "sent", {"control_id": owed.control_id, "attempt": owed.attempts})
        try:
            reply = await self._line.exchange(owed.content)
            code, control_id = read_acknowledgement(reply)
        except (OSError, TimeoutError, ValueError, EOFError):
            return False
        return self.model.acknowledged(code, control_id, self.config.clock.now())

    async def _repeat(self, owed: OwedMessage) -> None:
        """Send an acknowledged message once more (fault `duplicate`)."""
        self.model.sending(owed, self.config.clock.now())
        try:
            await self._line.exchange(owed.content)
        except (OSError, TimeoutError, ValueError, EOFError):
            self._line.drop()

    def state(self) -> dict[str, Any]:
        """Return the state for assertions."""
        return self.model.view()


class _Line:
    """The one connection to the hub; opened when needed."""

    def __init__(self, address: str) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port or 0)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def exchange(self, content: bytes) -> bytes:
        """Send a frame and return the content of the next frame that comes back."""
        if self._writer is None or self._reader is None:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                connected = await asyncio.open_connection(self._host, self._port)
            self._reader, self._writer = connected
        self._writer.write(mllp.frame(content))
        buffer = b""
        async with asyncio.timeout(ACK_TIMEOUT_S):
            await self._writer.drain()
            while True:
                found, buffer = mllp.unframe(buffer)
                if found is not None:
                    return found
                chunk = await self._reader.read(READ_BYTES)
                if not chunk:
                    raise EOFError("the hub closed the connection")
                buffer += chunk

    def drop(self) -> None:
        """Close the connection; a late reply can never be read as the next one's."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
