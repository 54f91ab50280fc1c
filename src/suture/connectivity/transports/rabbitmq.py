"""RabbitMQ: messages of a queue, and messages published for good (AMQP 0-9-1).

In: a broker, credentials, names of queue and exchange. Out: messages with a way to answer them,
confirmations of what was published; `RabbitError` with what may be done next. Refuses to know: what
a message means. The client's own reconnecting is off: a connection that is lost is opened again by
whoever needs one, and nothing waits in memory meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aio_pika
import aiormq.exceptions as amqp
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage, AbstractQueue

from suture.connectivity.tls import TlsSettings, client_context
from suture.connectivity.transports.fault import Next, TransportFault

for _name in ("aiormq", "aio_pika"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # what they say, who calls us is told

T = TypeVar("T")

HEARTBEAT_S = 15
_LOST = (amqp.AMQPError, RuntimeError, OSError, TimeoutError)
"""RuntimeError: a channel that was closed under us."""


class RabbitError(TransportFault):
    """Why something was not done; holds a code and no content."""


@dataclass(frozen=True, slots=True)
class RabbitSettings:
    """One account at one broker."""

    host: str
    port: int
    vhost: str
    user: str
    password: str = field(repr=False)
    tls: TlsSettings | None = None
    timeout_s: float = 10.0
    prefetch: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """One message of a queue; `repr` shows no content."""

    content: bytes = field(repr=False)
    id: str
    """Its `message_id`, empty when the publisher gave none."""
    message: AbstractIncomingMessage = field(repr=False)

    async def keep(self) -> None:
        """Say that it is kept; the broker forgets it."""
        await _said(self.message.ack())

    async def give_up(self) -> None:
        """Say that it will never be taken: it goes to the queue's dead-letter exchange, if any."""
        await _said(self.message.reject(requeue=False))

    async def later(self) -> None:
        """Put it back into the queue."""
        await _said(self.message.nack(requeue=True))


async def _said(way: Awaitable[Any]) -> None:
    """Let an answer leave; when it is lost the broker delivers again."""
    try:
        await way
    except _LOST:
        pass


class RabbitLink:
    """A connection that is opened when it is needed."""

    def __init__(self, settings: RabbitSettings) -> None:
        """Prepare, without connecting; raises MisconfiguredError `tls.files`."""
        self._settings = settings
        self._context = client_context(settings.tls) if settings.tls is not None else None
        self._lock = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: Any = None
        self._queue: AbstractQueue | None = None
        self._waiting: asyncio.Queue[Taken] = asyncio.Queue()

    async def publish(
        self, exchange: str, routing_key: str, content: bytes, *, id: str, content_type: str
    ) -> None:
        """Publish, and wait until the broker has it; raises RabbitError."""
        message = aio_pika.Message(
            content,
            message_id=id,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            content_type=content_type or None,
        )

        async def work(channel: Any) -> None:
            if exchange:
                place = await channel.get_exchange(exchange, ensure=True)
            else:
                place = channel.default_exchange
            await place.publish(
                message, routing_key, mandatory=True, timeout=self._settings.timeout_s
            )

        await self._do(work, "maybe")

    async def fetch(self, queue: str, wait_s: float) -> list[Taken]:
        """Return what the broker handed over, nothing when nothing came in time.

        Raises RabbitError, also when the connection was lost meanwhile: what was handed over and
        not answered comes again then.
        """

        async def work(channel: Any) -> None:
            if self._queue is None:
                found = await channel.get_queue(queue, ensure=True)
                self._waiting = asyncio.Queue()
                await found.consume(self._came, no_ack=False)
                self._queue = found

        await self._do(work, "later")
        found: list[Taken] = []
        try:
            found.append(await asyncio.wait_for(self._waiting.get(), wait_s))
        except TimeoutError:
            return found
        while not self._waiting.empty():
            found.append(self._waiting.get_nowait())
        return found

    async def _came(self, message: AbstractIncomingMessage) -> None:
        self._waiting.put_nowait(Taken(message.body, message.message_id or "", message))

    async def close(self) -> None:
        """Let go of the connection."""
        async with self._lock:
            await self._drop()

    async def _do(self, work: Callable[[Any], Awaitable[T]], lost: Next) -> T:
        channel = await self._open()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await work(channel)
        except amqp.PublishError:
            raise RabbitError("rabbitmq.unroutable", "content") from None
        except amqp.DeliveryError:
            raise RabbitError("rabbitmq.not-taken", "later") from None
        except amqp.ChannelNotFoundEntity:
            await self.close()
            raise RabbitError("rabbitmq.missing", "operator") from None
        except amqp.ChannelAccessRefused:
            await self.close()
            raise RabbitError("rabbitmq.permission", "operator") from None
        except _LOST:
            await self.close()
            raise RabbitError("rabbitmq.connection-lost", lost) from None

    async def _open(self) -> Any:
        async with self._lock:
            if self._channel is not None and not self._channel.is_closed:
                return self._channel
            await self._drop()
            one = self._settings
            port = one.port or (5671 if one.tls is not None else 5672)
            try:
                async with asyncio.timeout(one.timeout_s):
                    self._connection = await aio_pika.connect(
                        host=one.host,
                        port=port,
                        virtualhost=one.vhost,
                        login=one.user,
                        password=one.password,
                        ssl=one.tls is not None,
                        ssl_context=self._context,
                        timeout=one.timeout_s,
                        heartbeat=HEARTBEAT_S,
                    )
                    channel = self._connection.channel(
                        publisher_confirms=True, on_return_raises=True
                    )
                    await channel.initialize()
                    await channel.set_qos(prefetch_count=one.prefetch)
            except (amqp.AuthenticationError, amqp.ProbableAuthenticationError):
                raise RabbitError("rabbitmq.login", "operator") from None
            except amqp.ConnectionNotAllowed:
                raise RabbitError("rabbitmq.permission", "operator") from None
            except _LOST:
                await self._drop()
                raise RabbitError("rabbitmq.connect-failed", "later") from None
            self._channel = channel
            return channel

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._channel, self._queue = None, None
        if connection is None:
            return
        try:
            async with asyncio.timeout(2):
                await connection.close()
        except _LOST:
            pass
