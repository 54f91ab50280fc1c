"""MLLP listener and sender: the door of HL7 v2 feeds, and the way out to their peers.

In: settings and a receiver; content to send. Out: bound addresses, replies, outcomes. Refuses to
know: HL7; which bytes are an acknowledgement is the receiver's and the caller's business.
"""

from __future__ import annotations

import asyncio

from suture.connectivity.listen import check_listen_address
from suture.connectivity.tls import server_context
from suture.connectivity.transports.mllp_connection import (
    Inbound,
    MllpConnection,
    MllpListenerSettings,
    Receiver,
)
from suture.connectivity.transports.mllp_sender import MllpSender
from suture.connectivity.transports.result import NotSent, Replied, SendResult, Unanswered
from suture.core.refusal import MisconfiguredError

BACKLOG_CONNECTIONS = 256
"""Connections the kernel keeps while we are busy: a restart of a large site's senders."""
HANDSHAKE_TIMEOUT_S = 10.0
"""A TLS handshake takes milliseconds; a peer that stalls in it holds a socket."""
SWEEP_S_MAX = 1.0
"""How often ages are looked at, at least; one look over 512 connections takes 0.2 ms."""
SWEEP_PARTS = 4
"""Looks per shortest time-out: a quarter of it is how early or late it may strike."""
CUT_S_MAX = 1.0
"""Sockets that were cut are closed in the next turns of the loop."""


class MllpListener:
    """Accepts connections and hands each frame to the receiver; replies keep their order."""

    def __init__(self, settings: MllpListenerSettings, receiver: Receiver) -> None:
        self.settings = settings
        self.receiver = receiver
        self._connections: set[MllpConnection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    @property
    def connection_count(self) -> int:
        """Connections that are open or still owe a commit."""
        return len(self._connections)

    async def start(self) -> tuple[str, int]:
        """Listen and return the bound host and port.

        Raises MisconfiguredError: `listen.tls-required`, `listen.authentication-required`,
        `listen.address-unavailable`, `tls.files`.
        """
        settings, tls = self.settings, self.settings.tls
        check_listen_address(
            settings.host,
            tls=tls is not None,
            authenticated=tls is not None and tls.client_ca is not None,
        )
        context = None if tls is None else server_context(tls)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: MllpConnection(self, loop),
                settings.host,
                settings.port,
                ssl=context,
                backlog=BACKLOG_CONNECTIONS,
                reuse_port=settings.is_shared or None,
                ssl_handshake_timeout=None if context is None else HANDSHAKE_TIMEOUT_S,
            )
        except OSError:
            raise MisconfiguredError(
                "listen.address-unavailable", "in use, not ours, or not permitted"
            ) from None
        self._sweep(loop, self._sweep_s())
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def close(self, drain_s: float) -> None:
        """Accept no more, answer for at most `drain_s` what was taken, then cut what is left."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for connection in list(self._connections):
            connection.drain()
        await self._wait_empty(drain_s)
        for connection in list(self._connections):
            connection.cut()
        await self._wait_empty(CUT_S_MAX)
        if self._sweeper is not None:
            self._sweeper.cancel()

    def admit(self, connection: MllpConnection) -> bool:
        """Return whether there is room for one more, and count it."""
        if self._server is None or len(self._connections) >= self.settings.connections_max:
            return False
        self._connections.add(connection)
        self._is_empty.clear()
        return True

    def forget(self, connection: MllpConnection) -> None:
        """Take a connection off the count: it is closed and owes nothing."""
        self._connections.discard(connection)
        if not self._connections:
            self._is_empty.set()

    def _sweep_s(self) -> float:
        settings = self.settings
        shortest = min(settings.idle_timeout_s, settings.frame_timeout_s, settings.reply_timeout_s)
        return min(SWEEP_S_MAX, shortest / SWEEP_PARTS)

    def _sweep(self, loop: asyncio.AbstractEventLoop, every_s: float) -> None:
        for connection in list(self._connections):
            connection.check_age(every_s)
        self._sweeper = loop.call_later(every_s, self._sweep, loop, every_s)

    async def _wait_empty(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._is_empty.wait(), seconds)
        except TimeoutError:
            pass


__all__ = [
    "Inbound",
    "MllpListener",
    "MllpListenerSettings",
    "MllpSender",
    "NotSent",
    "Receiver",
    "Replied",
    "SendResult",
    "Unanswered",
]
