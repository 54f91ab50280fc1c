"""A stand-in for the hub: takes what the peers send, so that they can be tested alone.

In: partner documents, dock scans, MLLP frames. Out: acknowledgements, and lists of what came.
Refuses to know: what any of it means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from suture.simulation.server.config import PeerConfig, peer_config
from suture.simulation.server.listen import LocalServer
from suture.simulation.wire import cxml, mllp

EPOCH = "2027-01-04T14:00:00+00:00"


class HubStub:
    """HTTP and MLLP doors on free ports."""

    def __init__(self) -> None:
        self.documents: list[tuple[str, bytes]] = []
        self.frames: list[bytes] = []
        self.refuse_next = 0
        self.drop_next = 0
        routes = [
            Route(path, self._take, methods=["POST"])
            for path in ("/partner/x12", "/partner/cxml", "/dock/scans")
        ]
        self.http = LocalServer(Starlette(routes=routes), "127.0.0.1", 0)
        self._mllp: asyncio.Server | None = None

    async def start(self) -> None:
        await self.http.start()
        self._mllp = await asyncio.start_server(self._talk, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._mllp is not None
        self._mllp.close()
        await self.http.close()

    @property
    def mllp(self) -> str:
        assert self._mllp is not None
        return f"127.0.0.1:{self._mllp.sockets[0].getsockname()[1]}"

    def came(self, path: str) -> list[bytes]:
        return [content for at, content in self.documents if at == path]

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("authorization") != "Bearer hub-token":
            return Response(status_code=401)
        if self.refuse_next:
            self.refuse_next -= 1
            return Response(status_code=503)
        self.documents.append((request.url.path, body))
        if request.url.path == "/partner/cxml":
            now = datetime(2027, 1, 4, tzinfo=UTC)
            return Response(cxml.response("200", "OK", payload_id="h", at=now))
        return Response(status_code=202)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer = b""
        while chunk := await reader.read(65536):
            found, buffer = mllp.unframe(buffer + chunk)
            if found is None:
                continue
            self.frames.append(found)
            if self.drop_next:
                self.drop_next -= 1
                break
            control = found.split(b"\r")[0].split(b"|")[9]
            writer.write(mllp.frame(b"MSH|^~\\&|HUB\rMSA|CA|" + control + b"\r"))
            await writer.drain()
        writer.close()


def raw_config(
    directory: Path,
    name: str,
    *,
    rate: float = 1.0,
    peers: dict[str, str] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Return the JSON of a peer's configuration whose clock starts now."""
    return {
        "name": name,
        "host": "127.0.0.1",
        "port": 0,
        "clock": {"epoch": EPOCH, "rate": rate, "start": datetime.now(UTC).isoformat()},
        "token": "peer-token",
        "control_token": "control-token",
        "data_dir": str(directory),
        "peers": peers or {},
        **extra,
    }


def config(directory: Path, name: str, **extra: Any) -> PeerConfig:
    """Return a peer's configuration."""
    return peer_config(raw_config(directory, name, **extra))


async def until(condition: Callable[[], object], timeout_s: float = 8.0) -> None:
    """Wait until a condition holds; raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)
