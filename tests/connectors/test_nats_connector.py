"""NATS JetStream in flows against a real nats-server and the reference client (S42, S52)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from conformance import HEAD, DestinationConformance, DestinationRig, SourceConformance, SourceRig
from flow_hub import (
    arrivals,
    connect,
    deliveries,
    hl7,
    open_exceptions_of,
    peer,
    running_hub,
    until,
)
from nats_peer import PROGRAM, STREAM, NatsServer

from suture.assembly.hub import Hub
from suture.core.refusal import StoreFullError
from suture.orchestration.path.receive import Door

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="nats-server is not installed"),
    pytest.mark.processes,
]


class Brokered:
    """A rig with a server and a stream."""

    def __init__(self) -> None:
        self.server: NatsServer

    async def start(self, folder: Path) -> None:
        """Start the server."""
        (folder / "broker").mkdir()
        self.server = NatsServer(folder / "broker")
        await self.server.start()
        await self.server.make_stream()

    async def stop(self) -> None:
        """Stop it."""
        await self.server.stop(is_hard=True)


class PublishRig(Brokered):
    """The reference client publishes."""

    @property
    def entries(self) -> str:
        """The consumer."""
        return (
            f'connector = "nats"\nservers = ["{self.server.url}"]\nstream = "{STREAM}"\n'
            'durable = "hub"'
        )

    @property
    def small(self) -> str:
        """The same with a limit."""
        return f"{self.entries}\nmessage_bytes_max = 2000"

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Publish and wait until the consumer has acknowledged it."""
        await self.server.put(content)
        for _ in range(200):
            try:
                if not await self.server.pending("hub"):
                    return None
            except Exception:  # noqa: BLE001 - the consumer is made by the hub's first look
                pass
            await asyncio.sleep(0.03)
        raise AssertionError("it was never acknowledged")


class StreamRig(Brokered):
    """The stream is read with the reference client."""

    can_refuse = False

    def __init__(self) -> None:
        super().__init__()
        self._got: list[bytes] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def entries(self) -> str:
        """The subject."""
        return (
            f'connector = "nats"\nservers = ["{self.server.url}"]\nstream = "{STREAM}"\n'
            'subject = "orders.new"\ntimeout_s = 2'
        )

    async def start(self, folder: Path) -> None:
        """Start the server, and look at the stream now and then."""
        await super().start(folder)
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Stop both."""
        assert self._task is not None, "started before"
        self._task.cancel()
        await super().stop()

    async def _look(self) -> None:
        while True:
            try:
                self._got = await asyncio.wait_for(self.server.all(), 3)
            except Exception:  # noqa: BLE001 - it is away, or going
                pass
            await asyncio.sleep(0.1)

    async def away(self) -> None:
        """Kill the server."""
        await self.server.stop(is_hard=True)

    async def back(self) -> None:
        """Start it on its files."""
        await self.server.start()

    def refuse(self, number: int) -> None:
        """A stream cannot."""

    def got(self) -> list[bytes]:
        """Return what the stream holds."""
        return list(self._got)


class TestNatsSource(SourceConformance):
    """C1 to C6 from a stream."""

    def rig(self) -> SourceRig:
        """Return a server and the reference client."""
        return PublishRig()


class TestNatsDestination(DestinationConformance):
    """C11 to C15 into a stream."""

    def rig(self) -> DestinationRig:
        """Return a server and the reference client."""
        return StreamRig()


@asynccontextmanager
async def broker(folder: Path, *, user: str = "", password: str = "") -> AsyncIterator[NatsServer]:
    """Run a server with its stream."""
    (folder / "broker").mkdir()
    server = NatsServer(folder / "broker", user=user, password=password)
    await server.start()
    await server.make_stream()
    try:
        yield server
    finally:
        await server.stop(is_hard=True)


def source(server: NatsServer, port: int, top: str = "", more: str = "") -> str:
    """Return a flow from the stream to an MLLP peer."""
    return (
        f'description = "from a stream"\nowner = "integration team"\norder_by = "none"\n{top}\n'
        f'[source]\nconnector = "nats"\nservers = ["{server.url}"]\nstream = "{STREAM}"\n'
        f'durable = "hub"\n{more}\n[[destination]]\nname = "lab"\nconnector = "mllp"\n'
        f'host = "127.0.0.1"\nport = {port}\n'
    )


def sink(server: NatsServer, more: str = "", stream: str = STREAM) -> str:
    """Return a flow from MLLP into the stream."""
    return (
        f'{HEAD}[source]\nconnector = "mllp"\nport = 0\n[[destination]]\nname = "there"\n'
        f'connector = "nats"\nservers = ["{server.url}"]\nstream = "{stream}"\n'
        f'subject = "orders.new"\ntimeout_s = 1\n{more}\n'
        "retry = { first_s = 0.1, longest_s = 0.2 }\n"
    )


def test_a_redelivery_after_a_stop_before_the_acknowledgement_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub keeps it and ends before the broker hears of it: delivered again, taken once."""
    from suture.connectivity.transports import nats as transport

    async def story() -> None:
        async with broker(tmp_path) as server, peer() as lab:
            with monkeypatch.context() as patched:

                async def lost(_: object) -> None:
                    """The acknowledgement never leaves."""

                patched.setattr(transport.Taken, "keep", lost)
                async with running_hub(tmp_path, {"in": source(server, lab.port)}) as hub:
                    await server.put(hl7(1))
                    await until(lambda: lab.got, "the message")
            await server.do(_short_wait)
            async with running_hub(tmp_path, {"in": source(server, lab.port)}) as hub:
                for _ in range(300):
                    if not await server.pending("hub"):
                        break
                    await asyncio.sleep(0.1)
                assert await server.pending("hub") == 0
                assert len(arrivals(hub)) == 1 and lab.numbers() == ["MSG00001"]

    asyncio.run(story())


async def _short_wait(js: object) -> None:
    """Let the consumer deliver again after a second instead of half a minute."""
    from nats.js.api import AckPolicy, ConsumerConfig

    config = ConsumerConfig(durable_name="hub", ack_policy=AckPolicy.EXPLICIT, ack_wait=1)
    await js.add_consumer(STREAM, config)  # type: ignore[attr-defined]


def test_a_poisoned_message_is_refused_once(tmp_path: Path) -> None:
    """It is not delivered again and again; the next goes on."""

    async def story() -> None:
        async with (
            broker(tmp_path) as server,
            peer() as lab,
            running_hub(tmp_path, {"in": source(server, lab.port)}) as hub,
        ):
            await server.put(b"NOT|A|MESSAGE")
            await server.put(hl7(2))
            await until(lambda: lab.got, "the good one")
            await asyncio.sleep(0.5)
            assert await server.pending("hub") == 0
            with hub.clinical.read() as reader:
                assert len(reader.refusals(9)) == 1

    asyncio.run(story())


def test_messages_without_a_number_are_known_by_their_place(tmp_path: Path) -> None:
    """raw: two messages of the same bytes are two; one with the same Nats-Msg-Id is one."""
    top = 'format = "raw"'

    async def story() -> None:
        async with (
            broker(tmp_path) as server,
            peer() as lab,
            running_hub(tmp_path, {"in": source(server, lab.port, top)}) as hub,
        ):
            for _ in range(2):
                await server.put(hl7(1))
            await until(lambda: len(arrivals(hub)) == 2, "both")
            assert len({one.transport_key for one in arrivals(hub)}) == 2

    asyncio.run(story())


def test_a_stream_knows_a_repetition(tmp_path: Path) -> None:
    """Redelivered with the same bytes: the stream has it once, the answer says it was known."""

    async def story() -> None:
        async with (
            broker(tmp_path) as server,
            running_hub(tmp_path, {"out": sink(server)}) as hub,
        ):
            sender = await connect(hub, "out")
            await sender.send(hl7(1))
            await until(lambda: deliveries(hub)[0].state.value == "delivered", "delivered")
            (one,) = deliveries(hub)
            await server.do(
                lambda js: js.publish("orders.new", hl7(1), headers={"Nats-Msg-Id": one.id})
            )
            assert await server.all() == [hl7(1)]
            assert b'"duplicate":"false"' in one.facts.replace(b" ", b"")

    asyncio.run(story())


def test_what_an_operator_has_to_mend_is_not_tried_on(tmp_path: Path) -> None:
    """A wrong password, a stream that is not there, a message beyond the server's limit."""

    async def story() -> None:
        async with broker(tmp_path, user="hub", password="pass-1234") as server:
            secret = tmp_path / "secret"
            secret.write_text("pass-1234", "ascii")
            secret.chmod(0o600)
            login = 'user = "hub"\npassword_file = "secret"'
            flows: dict[str, str | dict[str, str]] = {
                "good": sink(server, login),
                "none": sink(server, login, "MISSING"),
                "wrong": sink(server, login.replace("secret", "other")),
            }
            (tmp_path / "other").write_text("pass-9999", "ascii")
            (tmp_path / "other").chmod(0o600)
            async with running_hub(tmp_path, flows) as hub:
                for name in flows:
                    sender = await connect(hub, name)
                    await sender.send(hl7(1))
                sender = await connect(hub, "good")
                await sender.send(hl7(2) + b"NTE|1||" + b"x" * 70_000 + b"\r")
                await until(
                    lambda: all(d.state.value != "waiting" for d in deliveries(hub)), "verdicts"
                )
                await until(
                    lambda: (
                        {d.state.value for d in deliveries(hub)} == {"delivered", "dead", "refused"}
                    ),
                    "three kinds",
                )
                found = {(d.destination, d.state.value, d.code) for d in deliveries(hub)}
                assert ("wrong.there", "dead", "nats.login") in found
                assert ("good.there", "refused", "nats.too-large") in found
                assert any(d == "none.there" and s == "dead" for d, s, _ in found), found
                await until(lambda: len(open_exceptions_of(hub)) >= 3, "three exceptions")

    asyncio.run(story())


def test_a_consumer_that_would_lose_messages_is_not_used(tmp_path: Path) -> None:
    """One that is there and gives up by itself: nothing is taken, the code is in the log."""
    from nats.js.api import AckPolicy, ConsumerConfig

    async def story() -> None:
        async with broker(tmp_path) as server, peer() as lab:
            config = ConsumerConfig(
                durable_name="hub", ack_policy=AckPolicy.EXPLICIT, max_deliver=2
            )
            await server.do(lambda js: js.add_consumer(STREAM, config))
            async with running_hub(tmp_path, {"in": source(server, lab.port)}) as hub:
                await server.put(hl7(1))
                await asyncio.sleep(1)
                assert arrivals(hub) == [] and await server.pending("hub") == 1

    with structlog.testing.capture_logs() as logged:
        asyncio.run(story())
    assert "nats.consumer" in {line.get("code") for line in logged}


def test_a_full_store_does_not_end_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when the refusal of an unreadable message finds no room; later it goes on."""
    real = Door.refuse
    full = True

    async def refuse(self: Door, *arguments: Any) -> None:
        if full:
            raise StoreFullError("store.low-space")
        await real(self, *arguments)

    monkeypatch.setattr(Door, "refuse", refuse)

    async def story() -> None:
        nonlocal full
        async with (
            broker(tmp_path) as server,
            peer() as lab,
            running_hub(tmp_path, {"in": source(server, lab.port)}) as hub,
        ):
            await server.put(b"NOT|A|MESSAGE")
            await asyncio.sleep(1)
            full = False
            await server.put(hl7(2))
            await until(lambda: lab.got, "the next one")
            assert len(arrivals(hub)) == 1

    asyncio.run(story())
