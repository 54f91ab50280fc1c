"""An ASGI application on uvicorn, inside the running loop.

In: an application and an address. Out: a listening server that closes in order. Refuses to know:
what the application does. Access logs are off: a URL is an egress point (spec 4.2).
"""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.types import ASGIApp

from suture.connectivity.listen import check_listen_address
from suture.connectivity.tls import TlsSettings, server_context
from suture.core.refusal import MisconfiguredError


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the hub has them."""

    def install_signal_handlers(self) -> None:
        """Leave signals to the hub."""


class HttpServer:
    """One HTTP or HTTPS listener; plain HTTP is for loopback only."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        concurrency_max: int = 512,
        tls: TlsSettings | None = None,
        is_authenticated: bool = False,
        is_shared: bool = False,
    ) -> None:
        """Prepare, without listening; raises MisconfiguredError `listen.*` and `tls.files`.

        `is_authenticated`: the application itself asks whoever calls for credentials.
        """
        has_client_ca = tls is not None and tls.client_ca is not None
        check_listen_address(
            host, tls=tls is not None, authenticated=has_client_ca or is_authenticated
        )
        context = server_context(tls) if tls is not None else None
        self._host, self._port = host, port
        self._is_shared = is_shared
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=concurrency_max,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=2,
                lifespan="off",
                ws="none",
                ssl_context_factory=(lambda *_: context) if context is not None else None,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Listen and return (host, port) once connections are accepted.

        Raises MisconfiguredError `listen.address-unavailable`.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self._is_shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            listening.bind((self._host, self._port))
        except OSError:
            listening.close()
            raise MisconfiguredError(
                "listen.address-unavailable", "in use, not ours, or not permitted"
            ) from None
        host, port = listening.getsockname()[:2]
        self._task = asyncio.create_task(self._server._serve([listening]))
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.01)
        return str(host), int(port)

    async def close(self) -> None:
        """Stop accepting and finish open requests."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
