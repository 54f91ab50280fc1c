"""One accepted MLLP connection: frames go to the receiver, replies go back in order of arrival.

In: bytes of one peer, and what the listener shares. Out: calls of the receiver, reply frames.
Refuses to know: HL7, stores. Bounded: frames in flight, their bytes, the age of an unfinished
frame, the wait for a reply, idle time. At a bound it stops reading: TCP holds the sender back.

A connection whose next reply can no longer be told apart (the receiver failed, or did not answer in
time) is closed: the sender repeats, and the repeat is recognised by its transport key.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

import structlog

from suture.connectivity.framing import Frame, FramingFault, MllpDecoder, encode
from suture.connectivity.tls import TlsSettings

log = structlog.get_logger("suture.mllp")

UNANSWERED_FAULTS = frozenset({"mllp.garbage", "mllp.half-frame"})
"""No frame ended here, so nobody waits; a reply would shift every later one."""
CLOSE_S_MAX = 5.0
"""How long a closing connection may take to flush its last replies before it is cut."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One frame, or one framing fault, as it came in."""

    endpoint: str
    peer: str
    """Address and port of the sender."""
    content: bytes = field(repr=False)
    """The frame's content; of a fault the first 64 kB."""
    fault: str | None
    """Code of what is wrong with the frame, e.g. `mllp.frame-too-large`."""
    digest: str
    """SHA-256 in hex of the whole content, also when only its head is kept."""
    certificate: str = ""
    """SHA-256 in hex of the client certificate, empty without one."""


Receiver = Callable[[Inbound], Awaitable[bytes | None]]
"""Resolves after the commit with the content of the reply; None: nothing is sent back.

The reply to a fault that owes none (garbage, an abandoned frame) is not sent.
"""


@dataclass(frozen=True, slots=True)
class MllpListenerSettings:
    """Where a listener stands and what it puts up with."""

    endpoint: str
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free port."""
    frame_bytes_max: int = 1024 * 1024
    """Messages with an embedded document reach some 100 kB; ten times that is not a message."""
    connections_max: int = 512
    """Twice the connections of the measured load; each costs a few kB when idle."""
    in_flight_max: int = 64
    """Frames per connection handed over and not yet answered; one group commit takes them all."""
    in_flight_bytes_max: int = 4 * 1024 * 1024
    """Their bytes together: bounds memory when large frames are pipelined."""
    idle_timeout_s: float = 300
    """Firewalls forget a silent connection after five minutes or more; so do we."""
    frame_timeout_s: float = 60
    """From a frame's first byte to its last: 1 MiB at 140 kbit/s."""
    reply_timeout_s: float = 30
    """Common senders give up after 30 s; a reply after that answers nothing."""
    tls: TlsSettings | None = None
    is_shared: bool = False
    """Other processes of ours on this machine may listen here too; the system spreads."""


class Owner(Protocol):
    """What a connection needs of its listener."""

    @property
    def settings(self) -> MllpListenerSettings:
        """Limits and names."""

    @property
    def receiver(self) -> Receiver:
        """Takes each frame."""

    def admit(self, connection: MllpConnection) -> bool:
        """Return whether there is room for one more, and count it."""

    def forget(self, connection: MllpConnection) -> None:
        """The connection is closed and owes nothing."""


@dataclass(slots=True)
class _Owed:
    """A frame handed to the receiver; its reply is sent when all earlier ones are."""

    task: asyncio.Task[bytes | None]
    size_bytes: int
    deadline: float
    is_answerable: bool


class MllpConnection(asyncio.Protocol):
    """Protocol of one accepted connection."""

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._settings = owner.settings
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._decoder = MllpDecoder(owner.settings.frame_bytes_max)
        self._backlog: deque[Frame | FramingFault] = deque()
        self._owed: deque[_Owed] = deque()
        self._owed_bytes = 0
        self._active_at = loop.time()
        self._frame_since: float | None = None
        self._write_blocked_since: float | None = None
        self._closing_since: float | None = None
        self._is_reading = True
        self._is_ending = False
        self._is_admitted = False
        self._peer = ""
        self._certificate = ""

    # ---- what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or cut it when there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        self._peer = peer_name(transport)
        if not self._owner.admit(self):
            log.warning("mllp.connection-refused", endpoint=self._settings.endpoint)
            self._transport.abort()
            return
        self._is_admitted = True
        self._certificate = certificate_digest(transport)

    def data_received(self, data: bytes) -> None:
        """Decode what came and start what may be started."""
        self._active_at = self._loop.time()
        found = self._decoder.feed(data)
        if found or not self._decoder.is_inside:
            self._frame_since = None
        if self._frame_since is None and self._decoder.is_inside:
            self._frame_since = self._active_at
        if found:
            self._backlog.extend(found)
            self._advance()

    def eof_received(self) -> bool:
        """Answer what is owed before closing; TLS has no half-closed state."""
        self._is_ending = True
        self._advance()
        self._settle()
        is_tls = self._transport is None or self._transport.get_extra_info("sslcontext")
        return not is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        """Finish what was received whole; nobody is there to be answered."""
        self._transport = None
        if not self._is_admitted:
            return
        if self._decoder.is_inside:
            self._say("mllp.half-frame")
        self._advance()
        self._settle()

    def pause_writing(self) -> None:
        """The peer does not read its replies: take nothing more from it."""
        self._write_blocked_since = self._loop.time()
        self._govern_reading()

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._write_blocked_since = None
        self._advance()

    # ---- what the listener calls

    def drain(self) -> None:
        """Read no more, answer what is owed, close."""
        self._is_ending = True
        self._frame_since = None
        self._govern_reading()
        self._settle()

    def cut(self) -> None:
        """Close at once; replies that are owed are given up."""
        self._backlog.clear()
        for owed in self._owed:
            owed.task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def check_age(self, slack_s: float) -> None:
        """Close what has waited too long; called at least every `slack_s`."""
        now, settings = self._loop.time(), self._settings
        if self._owed and now + slack_s >= self._owed[0].deadline:
            self._say("mllp.reply-timeout")
            self.cut()
        elif self._transport is None:
            return
        elif _is_older(self._closing_since, CLOSE_S_MAX, now):
            self.cut()
        elif _is_older(self._write_blocked_since, settings.reply_timeout_s, now):
            self._say("mllp.peer-not-reading")
            self.cut()
        elif self._is_reading and _is_older(self._frame_since, settings.frame_timeout_s, now):
            self._say("mllp.frame-timeout")
            self._close()
        elif (
            not self._owed
            and not self._backlog
            and _is_older(self._active_at, settings.idle_timeout_s, now)
        ):
            self._close()

    # ---- handing over

    def _advance(self) -> None:
        """Hand over what the bounds allow, then read or stop reading accordingly."""
        while self._backlog and self._has_room():
            self._hand_over(self._backlog.popleft())
        self._govern_reading()

    def _has_room(self) -> bool:
        settings = self._settings
        return (
            len(self._owed) < settings.in_flight_max
            and self._owed_bytes < settings.in_flight_bytes_max
            and (self._write_blocked_since is None or self._transport is None)
        )

    def _hand_over(self, item: Frame | FramingFault) -> None:
        match item:
            case Frame(content):
                digest, fault = hashlib.sha256(content).hexdigest(), None
                is_answerable = True
            case FramingFault(code=fault, head=content, digest=digest):
                is_answerable = fault not in UNANSWERED_FAULTS
        inbound = Inbound(
            self._settings.endpoint, self._peer, content, fault, digest, self._certificate
        )
        task = self._loop.create_task(_receive(self._owner.receiver, inbound))
        deadline = self._loop.time() + self._settings.reply_timeout_s
        self._owed.append(_Owed(task, len(content), deadline, is_answerable))
        self._owed_bytes += len(content)
        task.add_done_callback(self._answer)

    def _govern_reading(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        may_read = not self._backlog and not self._is_ending and self._has_room()
        if may_read == self._is_reading:
            return
        self._is_reading = may_read
        if may_read:
            # The pause was ours: neither idle time nor the frame's age counts it.
            self._active_at = self._loop.time()
            self._frame_since = self._frame_since and self._active_at
            transport.resume_reading()
        else:
            transport.pause_reading()

    # ---- answering

    def _answer(self, _: asyncio.Task[bytes | None]) -> None:
        """Send every reply whose turn has come."""
        replies: list[bytes] = []
        is_over = False
        while self._owed and self._owed[0].task.done() and not is_over:
            owed = self._owed.popleft()
            self._owed_bytes -= owed.size_bytes
            is_over = not self._collect(owed, replies)
        transport = self._transport
        if transport is not None and replies and not transport.is_closing():
            transport.write(b"".join(replies))
            self._active_at = self._loop.time()
        if is_over:
            self._backlog.clear()
            self._close()
        self._advance()
        self._settle()

    def _collect(self, owed: _Owed, replies: list[bytes]) -> bool:
        """Append the reply of a settled frame; return False when the order of replies is lost."""
        if owed.task.cancelled():
            return False
        error = owed.task.exception()
        if error is None:
            reply = owed.task.result()
            if reply is None or not owed.is_answerable:
                return True
            try:
                replies.append(encode(reply))
                return True
            except ValueError as unframable:
                error = unframable
        log.error(
            "mllp.receiver-failed", endpoint=self._settings.endpoint, error=type(error).__name__
        )
        return False

    def _settle(self) -> None:
        """Close when ending and nothing is owed; tell the listener when all is over."""
        if self._owed or self._backlog:
            return
        if self._transport is None:
            if self._is_admitted:
                self._owner.forget(self)
        elif self._is_ending:
            self._close()

    def _close(self) -> None:
        if self._transport is not None and self._closing_since is None:
            self._closing_since = self._loop.time()
            self._transport.close()

    def _say(self, code: str) -> None:
        log.warning(code, endpoint=self._settings.endpoint, peer=self._peer)


async def _receive(receiver: Receiver, inbound: Inbound) -> bytes | None:
    return await receiver(inbound)


def _is_older(since: float | None, limit_s: float, now: float) -> bool:
    return since is not None and now - since >= limit_s


def peer_name(transport: asyncio.BaseTransport) -> str:
    """Return `address:port` of the other end, `[address]:port` for IPv6."""
    name = transport.get_extra_info("peername")
    if not isinstance(name, tuple) or len(name) < 2:
        return "unknown"
    host = f"[{name[0]}]" if ":" in str(name[0]) else str(name[0])
    return f"{host}:{name[1]}"


def certificate_digest(transport: asyncio.BaseTransport) -> str:
    """Return the SHA-256 in hex of the peer's certificate, empty without TLS or certificate."""
    session = transport.get_extra_info("ssl_object")
    found = session.getpeercert(binary_form=True) if session is not None else None
    return hashlib.sha256(found).hexdigest() if found else ""


__all__ = [
    "CLOSE_S_MAX",
    "Inbound",
    "MllpConnection",
    "MllpListenerSettings",
    "Owner",
    "Receiver",
]
