"""Sending over MLLP: one connection, one message in flight, one of three results.

In: content. Out: the peer's reply, or what is known about why there is none. Refuses to know: HL7;
whether the reply is good or bad, and whether it names our control id, is for the caller to read.

After anything unexpected (a time-out, a second reply, garbage) the connection is dropped, so that
a late reply is never taken for the answer to the next message.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import cast

from suture.connectivity.framing import Frame, FramingFault, MllpDecoder, encode
from suture.connectivity.tls import TlsSettings, client_context
from suture.connectivity.transports.result import NotSent, Replied, SendResult, Unanswered
from suture.core.refusal import RefusalError

CONNECT_TIMEOUT_S = 10.0
"""A handshake across a hospital network takes well under a second; a filter never answers."""
REPLY_BYTES_MAX = 256 * 1024
"""An acknowledgement has some hundred bytes; with an ERR per segment a few thousand."""
HANDSHAKE_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAILURE", "ACCESS_DENIED")
"""TLS alerts by which a peer refuses us before it reads any content (RFC 8446 6.2)."""


class _Link(asyncio.Protocol):
    """One connection: collects what comes back while a reply is awaited, and notes strays."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._decoder = MllpDecoder(REPLY_BYTES_MAX)
        self._reply: asyncio.Future[SendResult] | None = None
        self._has_heard = False
        self._is_spoiled = False
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_usable(self) -> bool:
        """Whether a message may be sent and the next frame will be its reply."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and not self._is_spoiled

    def send(self, frame: bytes, deadline: float) -> asyncio.Future[SendResult]:
        """Write one frame; the future settles with the reply, the loss of the connection or time.

        A timer of its own costs a third of `asyncio.timeout_at`.
        """
        assert self._transport is not None and self._reply is None
        self._reply = self._loop.create_future()
        self._timer = self._loop.call_at(deadline, self._give_up)
        self._transport.write(frame)
        return self._reply

    def _give_up(self) -> None:
        """End the wait: the reply may still come, so nothing more is sent over this connection."""
        waiting, self._reply = self._reply, None
        self._is_spoiled = True
        if waiting is not None:
            self._settle(waiting, Unanswered("mllp.ack-timeout"))

    def drop(self) -> None:
        """Cut the connection: what may still come is nobody's."""
        self._is_spoiled = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        own = transport.get_extra_info("socket")
        if own is not None:
            # A peer that vanished is noticed without traffic.
            own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        self._has_heard = True
        found = self._decoder.feed(data)
        waiting, first = self._reply, found[0] if found else None
        if waiting is None:
            # Line ends between frames are harmless; anything else was not asked for.
            self._is_spoiled |= bool(found) or self._decoder.is_inside
            return
        if first is None:
            return
        self._reply = None
        self._is_spoiled |= len(found) > 1 or self._decoder.is_inside
        match first:
            case Frame(content):
                self._settle(waiting, Replied(content))
            case FramingFault():
                self._is_spoiled = True
                self._settle(waiting, Unanswered("mllp.reply-not-framed"))

    def eof_received(self) -> bool:
        self._is_spoiled = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        waiting, self._reply = self._reply, None
        if waiting is None:
            return
        reason = str(exc.reason) if isinstance(exc, ssl.SSLError) else ""
        if not self._has_heard and any(alert in reason for alert in HANDSHAKE_ALERTS):
            self._settle(waiting, NotSent("mllp.tls-refused"))
        else:
            self._settle(waiting, Unanswered("mllp.connection-lost"))

    def _settle(self, waiting: asyncio.Future[SendResult], result: SendResult) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not waiting.done():
            waiting.set_result(result)


class MllpSender:
    """Holds one connection to one peer; connects when there is something to send."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: TlsSettings | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        """Prepare, without connecting; raises MisconfiguredError `tls.files`."""
        self._host = host
        self._port = port
        self._connect_timeout_s = connect_timeout_s
        self._context = None if tls is None else client_context(tls)
        self._server_name = (tls.server_name or host) if tls is not None else None
        self._link: _Link | None = None
        self._turn = asyncio.Lock()

    async def send(self, content: bytes, timeout_s: float) -> SendResult:
        """Send one message and return what became of it within `timeout_s`, waiting included.

        Concurrent calls take turns. Raises RefusalError `mllp.content-not-framable`.
        """
        try:
            frame = encode(content)
        except ValueError:
            raise RefusalError(
                "mllp.content-not-framable", "VT or EB cannot be sent in MLLP"
            ) from None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        if not await self._take_turn(deadline):
            return NotSent("mllp.sender-busy")
        try:
            link = await self._connected(min(deadline, loop.time() + self._connect_timeout_s))
            if isinstance(link, NotSent):
                return link
            return await self._exchange(link, frame, deadline)
        finally:
            self._turn.release()

    async def _take_turn(self, deadline: float) -> bool:
        """Wait for the connection to be free; False when the time is over."""
        if not self._turn.locked():
            return await self._turn.acquire()  # at once: nothing to be timed
        try:
            async with asyncio.timeout_at(deadline):
                return await self._turn.acquire()
        except TimeoutError:
            return False

    async def drop(self) -> None:
        """Drop the connection, e.g. after a reply that answers another message."""
        async with self._turn:
            self._forget()

    async def close(self) -> None:
        """Close the connection at once; a message in flight ends `Unanswered`."""
        self._forget()
        # One turn, so that the transport closes its socket.
        await asyncio.sleep(0)

    async def _connected(self, deadline: float) -> _Link | NotSent:
        if self._link is not None and self._link.is_usable:
            return self._link
        self._forget()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(deadline):
                _, link = await loop.create_connection(
                    lambda: _Link(loop),
                    self._host,
                    self._port,
                    ssl=self._context,
                    server_hostname=self._server_name,
                )
        except (OSError, TimeoutError) as error:
            return NotSent(connect_code(error))
        self._link = link
        return link

    async def _exchange(self, link: _Link, frame: bytes, deadline: float) -> SendResult:
        if not link.is_usable:
            # Lost between the handshake and now; nothing was written.
            return NotSent("mllp.connect-failed")
        is_settled = False
        try:
            result = await link.send(frame, deadline)
            is_settled = link.is_usable
            return result
        finally:
            if not is_settled:
                self._forget()

    def _forget(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.drop()


def connect_code(error: Exception) -> str:
    """Return the stable code of a failure to connect: nothing has left this machine."""
    match error:
        case ssl.SSLCertVerificationError():
            return "mllp.tls-untrusted"
        case ssl.SSLError():
            return "mllp.tls-failed"
        case TimeoutError():
            return "mllp.connect-timeout"
        case ConnectionRefusedError():
            return "mllp.connect-refused"
        case socket.gaierror():
            return "mllp.name-unknown"
        case _:
            return "mllp.connect-failed"
