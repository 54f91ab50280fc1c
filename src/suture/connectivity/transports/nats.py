"""NATS JetStream: messages of a durable consumer, and messages published for good.

In: servers, credentials, names of stream and consumer. Out: messages with a way to acknowledge
them, acknowledgements of what was published; `NatsError` with what may be done next. Refuses to
know: what a message means. The client's own reconnecting and buffering are off: a connection that
is lost is opened again by whoever needs one, and nothing waits in memory meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from suture.connectivity.tls import TlsSettings, client_context
from suture.connectivity.transports.fault import TransportFault

T = TypeVar("T")

ID_HEADER = "Nats-Msg-Id"
"""By it JetStream knows a repetition within the stream's window."""


class NatsError(TransportFault):
    """Why something was not done; holds a code and no content."""


@dataclass(frozen=True, slots=True)
class NatsSettings:
    """One account at one cluster."""

    servers: tuple[str, ...]
    creds_file: Path | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    tls: TlsSettings | None = None
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Taken:
    """One message of a consumer; `repr` shows no content."""

    content: bytes = field(repr=False)
    key: str
    """Names this message of this stream for good, in a redelivery too."""
    subject: str
    message: Msg = field(repr=False)

    async def keep(self) -> None:
        """Say that it is kept; the server forgets it for this consumer."""
        await _said(self.message.ack())

    async def give_up(self) -> None:
        """Say that it will never be taken: no redelivery."""
        await _said(self.message.term())

    async def later(self, delay_s: float) -> None:
        """Ask for it again after a while."""
        await _said(self.message.nak(delay=delay_s))


async def _said(way: Awaitable[Any]) -> None:
    """Wait for an answer to be on its way; when it is lost the server delivers again."""
    try:
        await way
    except (nats.errors.Error, OSError):
        pass


class NatsLink:
    """A connection that is opened when it is needed."""

    def __init__(self, settings: NatsSettings) -> None:
        """Prepare, without connecting; raises MisconfiguredError `tls.files`."""
        self._settings = settings
        self._context = client_context(settings.tls) if settings.tls is not None else None
        self._lock = asyncio.Lock()
        self._client: Client | None = None
        self._consumer: Any = None

    async def publish(self, subject: str, stream: str, content: bytes, id: str) -> dict[str, str]:
        """Publish and return what the stream says of it: its sequence, whether it was known."""

        async def work(client: Client) -> dict[str, str]:
            told = await client.jetstream().publish(
                subject,
                content,
                timeout=self._settings.timeout_s,
                stream=stream,
                headers={ID_HEADER: id},
            )
            is_known = "true" if told.duplicate else "false"
            return {"stream": told.stream, "sequence": str(told.seq), "duplicate": is_known}

        return await self._do(work)

    async def fetch(self, stream: str, durable: str, subject: str, count: int) -> list[Taken]:
        """Return the next messages of a durable consumer, none when none comes in a second.

        The consumer is made when it is not there: explicit acknowledgement, redelivery after half a
        minute.
        """

        async def work(client: Client) -> list[Taken]:
            if self._consumer is None:
                self._consumer = await self._consume(client, stream, durable, subject)
            try:
                found = await self._consumer.fetch(count, timeout=1)
            except (nats.errors.TimeoutError, TimeoutError):
                return []
            return [_taken(message) for message in found]

        return await self._do(work)

    @staticmethod
    async def _consume(client: Client, stream: str, durable: str, subject: str) -> Any:
        context = client.jetstream()
        try:
            found = (await context.consumer_info(stream, durable)).config
            if found.ack_policy != AckPolicy.EXPLICIT or (found.max_deliver or -1) > 0:
                raise NatsError("nats.consumer", "operator")
        except nats.js.errors.NotFoundError:
            config = ConsumerConfig(
                durable_name=durable,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=30,
                filter_subject=subject or None,
            )
            await context.add_consumer(stream, config)
        return await context.pull_subscribe_bind(durable=durable, stream=stream)

    async def close(self) -> None:
        """Let go of the connection."""
        async with self._lock:
            await self._drop()

    async def _do(self, work: Callable[[Client], Awaitable[T]]) -> T:
        try:
            client = await self._open()
        except NatsError:
            raise
        try:
            async with asyncio.timeout(self._settings.timeout_s + 2):
                return await work(client)
        except nats.errors.MaxPayloadError:
            raise NatsError("nats.too-large", "content") from None
        except (nats.js.errors.NoStreamResponseError, nats.js.errors.NotFoundError):
            raise NatsError("nats.no-stream", "operator") from None
        except nats.js.errors.APIError as error:
            is_ours = error.code is not None and 400 <= error.code < 500
            raise NatsError("nats.refused", "operator" if is_ours else "later") from None
        except (nats.errors.Error, OSError, TimeoutError):
            await self.close()
            raise NatsError("nats.connection-lost", "maybe") from None

    async def _open(self) -> Client:
        async with self._lock:
            if self._client is not None and self._client.is_connected:
                return self._client
            await self._drop()
            one, client = self._settings, Client()
            options: dict[str, Any] = {"tls": self._context} if self._context is not None else {}
            if one.tls is not None and one.tls.server_name:
                options["tls_hostname"] = one.tls.server_name
            if one.creds_file is not None:
                options["user_credentials"] = str(one.creds_file)
            elif one.user:
                options |= {"user": one.user, "password": one.password}
            try:
                async with asyncio.timeout(one.timeout_s):
                    await client.connect(
                        servers=list(one.servers),
                        allow_reconnect=False,
                        connect_timeout=max(1, int(one.timeout_s)),
                        error_cb=_nothing,
                        disconnected_cb=_silence,
                        closed_cb=_silence,
                        **options,
                    )
            except (nats.errors.AuthorizationError, nats.errors.NoServersError) as error:
                is_login = isinstance(error, nats.errors.AuthorizationError)
                raise NatsError(
                    "nats.login" if is_login else "nats.connect-failed",
                    "operator" if is_login else "later",
                ) from None
            except (nats.errors.Error, OSError, TimeoutError, ValueError) as error:
                is_login = "uthorization" in str(error)
                raise NatsError(
                    "nats.login" if is_login else "nats.connect-failed",
                    "operator" if is_login else "later",
                ) from None
            self._client = client
            return client

    async def _drop(self) -> None:
        client, self._client, self._consumer = self._client, None, None
        if client is None:
            return
        try:
            async with asyncio.timeout(2):
                await client.close()
        except (nats.errors.Error, OSError, TimeoutError):
            pass


def _taken(message: Msg) -> Taken:
    about = message.metadata
    own = (message.headers or {}).get(ID_HEADER, "")
    at = int(about.timestamp.timestamp() * 1_000_000)
    name = own or f"{about.sequence.stream}/{at}"
    return Taken(message.data, f"nats/{about.stream}/{name}", message.subject, message)


async def _nothing(_: Exception) -> None:
    """Say nothing: who needs the connection hears of it."""


async def _silence() -> None:
    """Say nothing."""
