"""NATS for flows: messages of a durable consumer go to the door, others are published.

In: declared ends. Out: an open source, outcomes. Refuses to know: the protocol, flows' steps. The
broker hears of a message only after it is kept; one delivered again is known by its key.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from suture.assembly.flows.connectors.ends import outcome_of
from suture.assembly.flows.connectors.tls_files import sender_tls
from suture.assembly.flows.door import FlowDoor, no_answer
from suture.assembly.secret import read_secret
from suture.connectivity.transports.nats import NatsError, NatsLink, NatsSettings, Taken
from suture.core.outcome import Accepted, Outcome
from suture.core.refusal import RefusalError, StoreFullError
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.nats import NatsAccount, NatsDestination, NatsSource
from suture.orchestration.flows.subject import Identity, identity

log = structlog.get_logger("suture.flow")

LATER_S = 5.0
"""When a message comes again that could not be kept."""
PAUSE_S_MAX = 60.0


def link_of(account: NatsAccount, base: Path, timeout_s: float) -> NatsLink:
    """Return a link, not yet connected; raises MisconfiguredError of its files."""
    if account.creds_file:
        read_secret(base / account.creds_file)
    return NatsLink(
        NatsSettings(
            servers=account.servers,
            creds_file=base / account.creds_file if account.creds_file else None,
            user=account.user,
            password=read_secret(base / account.password_file) if account.user else "",
            tls=sender_tls(account.tls, base),
            timeout_s=timeout_s,
        )
    )


class NatsOpen:
    """A consumer that is asked again and again."""

    address: tuple[str, int] | None = None

    def __init__(self, declared: NatsSource, door: FlowDoor, base: Path) -> None:
        """Begin to ask; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._door = door
        self._link = link_of(declared, base, declared.timeout_s)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"nats-{door.name}")

    async def close(self) -> None:
        """Finish what was fetched and let go of the broker."""
        self._stop.set()
        await self._task
        await self._link.close()

    async def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                await self._some()
                failures = 0
                continue
            except StoreFullError as full:
                log.warning("flow.nats-waits", flow=self._door.name, code=full.code)
            except NatsError as error:
                log.warning("flow.nats-failed", flow=self._door.name, code=error.code)
            except (OSError, RuntimeError) as error:
                log.error("flow.nats-failed", flow=self._door.name, code=type(error).__name__)
            failures += 1
            try:
                await asyncio.wait_for(
                    self._stop.wait(), min(0.2 * 2.0 ** min(failures, 10), PAUSE_S_MAX)
                )
            except TimeoutError:
                continue

    async def _some(self) -> None:
        one = self._declared
        for taken in await self._link.fetch(one.stream, one.durable, one.subject, one.batch):
            if self._stop.is_set():
                await taken.later(0)
            else:
                await self._take(taken)

    async def _take(self, taken: Taken) -> None:
        peer = f"nats/{self._declared.stream}"
        try:
            if len(taken.content) > self._declared.message_bytes_max:
                raise RefusalError("nats.too-large", "the message is larger than the flow takes")
            await self._door.take(peer, taken.content, no_answer, self._known(taken))
        except StoreFullError as full:
            log.warning("flow.nats-waits", flow=self._door.name, code=full.code)
            await taken.later(LATER_S)
        except RefusalError as refusal:
            await self._door.door.refuse(self._door.name, peer, taken.content, refusal)
            await taken.give_up()
        else:
            await taken.keep()

    def _known(self, taken: Taken) -> Identity:
        """Return the message's own number where its format has one, else the stream's."""
        format = self._door.flow.declared.format
        if format in ("raw", "fhir"):
            return Identity("", taken.key)
        return identity(format, taken.content)


class NatsOutlet:
    """A subject of a stream."""

    def __init__(self, declared: NatsDestination, base: Path) -> None:
        """Prepare, without connecting; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._link = link_of(declared, base, declared.timeout_s)

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Publish one message; the stream knows a repetition by the delivery's id."""
        one = self._declared
        try:
            facts = await self._link.publish(one.subject, one.stream, content, delivery.id)
        except NatsError as error:
            return outcome_of(error, "the server takes no message of this size")
        return Accepted(facts)

    async def close(self) -> None:
        """Let go of the broker."""
        await self._link.close()
