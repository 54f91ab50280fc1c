"""RabbitMQ for flows: messages of a queue go to the door, others are published.

In: declared ends. Out: an open source, outcomes. Refuses to know: the protocol, flows' steps. The
broker hears of a message only after it is kept; one delivered again is known by its key.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import structlog

from suture.assembly.flows.connectors.ends import outcome_of
from suture.assembly.flows.connectors.tls_files import sender_tls
from suture.assembly.flows.door import FlowDoor, no_answer
from suture.assembly.secret import read_secret
from suture.connectivity.transports.rabbitmq import RabbitError, RabbitLink, RabbitSettings, Taken
from suture.core.outcome import Accepted, Outcome
from suture.core.refusal import RefusalError, StoreFullError
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.rabbitmq import (
    RabbitAccount,
    RabbitDestination,
    RabbitSource,
)
from suture.orchestration.flows.subject import Identity, identity

log = structlog.get_logger("suture.flow")

WAIT_S = 1.0
LATER_S = 5.0
"""Pause when nothing can be kept, before the message is put back."""
PAUSE_S_MAX = 60.0


def link_of(account: RabbitAccount, base: Path, timeout_s: float, prefetch: int = 1) -> RabbitLink:
    """Return a link, not yet connected; raises MisconfiguredError of its files."""
    return RabbitLink(
        RabbitSettings(
            host=account.host,
            port=account.port,
            vhost=account.vhost,
            user=account.user,
            password=read_secret(base / account.password_file),
            tls=sender_tls(account.tls, base),
            timeout_s=timeout_s,
            prefetch=prefetch,
        )
    )


class RabbitOpen:
    """A queue that is consumed."""

    address: tuple[str, int] | None = None

    def __init__(self, declared: RabbitSource, door: FlowDoor, base: Path) -> None:
        """Begin; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._door = door
        self._link = link_of(declared, base, declared.timeout_s, declared.prefetch)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"rabbitmq-{door.name}")

    async def close(self) -> None:
        """Finish what is being taken and let go of the broker, which keeps the rest."""
        self._stop.set()
        await self._task
        await self._link.close()

    async def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                for taken in await self._link.fetch(self._declared.queue, WAIT_S):
                    if self._stop.is_set():
                        break
                    await self._take(taken)
                failures = 0
                continue
            except RabbitError as error:
                log.warning("flow.rabbitmq-failed", flow=self._door.name, code=error.code)
            except (OSError, RuntimeError) as error:
                log.error("flow.rabbitmq-failed", flow=self._door.name, code=type(error).__name__)
            failures += 1
            await self._pause(min(0.2 * 2.0 ** min(failures, 10), PAUSE_S_MAX))

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            pass

    async def _take(self, taken: Taken) -> None:
        peer = f"rabbitmq/{self._declared.queue}"
        try:
            if len(taken.content) > self._declared.message_bytes_max:
                text = "the message is larger than the flow takes"
                raise RefusalError("rabbitmq.too-large", text)
            await self._door.take(peer, taken.content, no_answer, self._known(taken))
        except StoreFullError as full:
            log.warning("flow.rabbitmq-waits", flow=self._door.name, code=full.code)
            await self._pause(LATER_S)
            await taken.later()
        except RefusalError as refusal:
            await self._door.door.refuse(self._door.name, peer, taken.content, refusal)
            await taken.give_up()
        else:
            await taken.keep()

    def _known(self, taken: Taken) -> Identity:
        """Return the message's own number where its format has one, else the publisher's."""
        format = self._door.flow.declared.format
        if format not in ("raw", "fhir"):
            return identity(format, taken.content)
        if taken.id:
            return Identity(taken.id[:100], f"id/{taken.id}")
        if self._declared.without_id == "refuse":
            raise RefusalError("rabbitmq.no-id", "the publisher gives no message_id")
        return Identity("", f"digest/{hashlib.sha256(taken.content).hexdigest()}")


class RabbitOutlet:
    """An exchange."""

    def __init__(self, declared: RabbitDestination, base: Path) -> None:
        """Prepare, without connecting; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._link = link_of(declared, base, declared.timeout_s)

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Publish one message; `message_id` is the delivery's id, the same in a repetition."""
        one = self._declared
        try:
            await self._link.publish(
                one.exchange,
                one.routing_key,
                content,
                id=delivery.id,
                content_type=one.content_type,
            )
        except RabbitError as error:
            return outcome_of(error, "no queue takes it")
        return Accepted({"message_id": delivery.id})

    async def close(self) -> None:
        """Let go of the broker."""
        await self._link.close()
