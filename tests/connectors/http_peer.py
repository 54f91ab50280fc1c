"""An HTTP server nobody here wrote (Hypercorn) with an application that does as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

Told = tuple[int, dict[str, str], bytes]
"""(status, headers, body) of an answer."""


@dataclass
class Seen:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def accepted(_: Seen) -> Told:
    """Say yes."""
    return 200, {}, b""


@dataclass
class HttpPeer:
    """Listens on one port of loopback; may go away and come back."""

    answer: Callable[[Seen], Told] = accepted
    port: int = 0
    tls: tuple[str, str, str] | None = None
    """(certificate, key, client CA or empty)."""
    seen: list[Seen] = field(default_factory=list)
    _stop: asyncio.Event | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/in"

    async def start(self) -> None:
        """Listen."""
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = int(probe.getsockname()[1])
        config = Config()
        config.bind = [f"127.0.0.1:{self.port}"]
        config.graceful_timeout = config.shutdown_timeout = 0.2
        config.loglevel = "CRITICAL"
        if self.tls is not None:
            config.certfile, config.keyfile = self.tls[:2]
            if self.tls[2]:
                config.ca_certs = self.tls[2]
                config.verify_mode = ssl.CERT_REQUIRED
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(
            serve(self._app, config, shutdown_trigger=self._stop.wait)  # type: ignore[arg-type]
        )
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return

    async def stop(self) -> None:
        """Be gone; connections are cut."""
        if self._task is not None and self._stop is not None:
            self._stop.set()
            await asyncio.wait([self._task], timeout=5)
            self._task = None

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        one = Seen(scope["method"], scope["path"], headers, body)
        self.seen.append(one)
        status, more, content = self.answer(one)
        while status == 0:  # silent
            await asyncio.sleep(60)
        told = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": told})
        await send({"type": "http.response.body", "body": content})
