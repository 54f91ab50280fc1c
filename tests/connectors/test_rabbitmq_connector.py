"""RabbitMQ in flows against the machine's own broker and the reference client (S42, S52)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from conformance import HEAD, DestinationConformance, DestinationRig, SourceConformance, SourceRig
from flow_files import write_flow
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
from rabbit_peer import PASSWORD, PROGRAM, USER, RabbitServer

from suture.assembly.hub import Hub
from suture.journal.record import DeliveryState
from suture.orchestration.flows.lint import lint

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="rabbitmq-server is not installed"),
    pytest.mark.slow,
    pytest.mark.processes,
]

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[RabbitServer]:
    """Give one broker for all: it takes seconds to start."""
    one = RabbitServer()
    Rabbit.server = one
    try:
        one.start()
        yield one
    finally:
        one.remove()


class Rabbit:
    """A rig with a queue of its own."""

    server: RabbitServer

    def __init__(self) -> None:
        self.queue = f"q{next(_NUMBERS)}"

    @property
    def account(self) -> str:
        """Return the entries that say where and who."""
        return (
            f'connector = "rabbitmq"\nhost = "127.0.0.1"\nport = {self.server.port}\n'
            f'user = "{USER}"\npassword_file = "mq"\n'
        )

    async def start(self, folder: Path) -> None:
        """Make the queue, and the password's file."""
        secret = folder / "mq"
        secret.write_text(PASSWORD, "ascii")
        secret.chmod(0o600)
        await self.server.make(self.queue)

    async def stop(self) -> None:
        """Leave the queue."""


class QueueRig(Rabbit):
    """The reference client publishes into the queue."""

    @property
    def entries(self) -> str:
        """The queue."""
        return f'{self.account}queue = "{self.queue}"'

    @property
    def small(self) -> str:
        """The same with a limit."""
        return f"{self.entries}\nmessage_bytes_max = 2000"

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Publish, and wait until it is kept or refused."""
        await self.server.put(self.queue, content)

        def seen() -> int:
            with hub.clinical.read() as reader:
                return len(reader.recent_arrivals(100)) + len(reader.refusals(100))

        before = seen()
        for _ in range(60):
            if seen() > before or not await self.server.count(self.queue):
                await asyncio.sleep(0.05)
                return None
            await asyncio.sleep(0.05)
        raise AssertionError("it was never taken")


class BoxRig(Rabbit):
    """The queue is emptied with the reference client now and then."""

    can_refuse = False

    def __init__(self) -> None:
        super().__init__()
        self._got: list[bytes] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def entries(self) -> str:
        """The default exchange."""
        return f'{self.account}routing_key = "{self.queue}"\ntimeout_s = 2'

    async def start(self, folder: Path) -> None:
        """Begin to look."""
        await super().start(folder)
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Look no more."""
        assert self._task is not None, "started before"
        self._task.cancel()

    async def _look(self) -> None:
        while True:
            try:
                taken = await asyncio.wait_for(self.server.take(self.queue), 3)
                self._got += [content for content, _ in taken]
            except Exception:  # noqa: BLE001 - it is away, or going
                pass
            await asyncio.sleep(0.1)

    async def away(self) -> None:
        """Kill the broker."""
        await asyncio.to_thread(self.server.stop)

    async def back(self) -> None:
        """Start it on its files."""
        await asyncio.to_thread(self.server.start)

    def refuse(self, number: int) -> None:
        """A queue cannot."""

    def got(self) -> list[bytes]:
        """Return what was taken out."""
        return list(self._got)


class TestRabbitSource(SourceConformance):
    """C1 to C6 from a queue."""

    def rig(self) -> SourceRig:
        """Return a queue."""
        return QueueRig()


class TestRabbitDestination(DestinationConformance):
    """C11 to C15 into a queue."""

    def rig(self) -> DestinationRig:
        """Return a queue."""
        return BoxRig()

    @pytest.fixture(autouse=True)
    def _is_up(self, server: RabbitServer) -> Iterator[None]:
        """Start the broker again where a story left it away."""
        yield
        if server._process is None:
            server.start()


def flow_in(rig: Rabbit, port: int, top: str = "", more: str = "") -> str:
    """Return a flow from a queue to an MLLP peer."""
    return (
        f'description = "d"\nowner = "o"\norder_by = "none"\n{top}\n[source]\n{rig.account}'
        f'queue = "{rig.queue}"\n{more}\n[[destination]]\nname = "lab"\nconnector = "mllp"\n'
        f'host = "127.0.0.1"\nport = {port}\n'
    )


def flow_out(rig: Rabbit, more: str) -> str:
    """Return a flow from MLLP to the broker."""
    return (
        f'{HEAD}[source]\nconnector = "mllp"\nport = 0\n[[destination]]\nname = "there"\n'
        f"{rig.account}timeout_s = 5\n{more}\n"
    )


def test_a_redelivery_after_a_lost_acknowledgement_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub keeps it and ends before the broker hears of it: delivered again, taken once."""
    from suture.connectivity.transports import rabbitmq as transport

    async def story() -> None:
        rig = QueueRig()
        await rig.start(tmp_path)
        async with peer() as lab:
            flow = flow_in(rig, lab.port)
            with monkeypatch.context() as patched:

                async def lost(_: object) -> None:
                    """The acknowledgement never leaves."""

                patched.setattr(transport.Taken, "keep", lost)
                async with running_hub(tmp_path, {"in": flow}):
                    await rig.server.put(rig.queue, hl7(1))
                    await until(lambda: lab.got, "the message")
            assert await rig.server.count(rig.queue) == 1, "the broker has it still"
            async with running_hub(tmp_path, {}) as hub:
                for _ in range(100):
                    if not await rig.server.count(rig.queue):
                        break
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.5)
                assert len(arrivals(hub)) == 1 and lab.numbers() == ["MSG00001"]
            assert await rig.server.count(rig.queue) == 0

    asyncio.run(story())


def test_what_is_refused_goes_to_the_dead_letters_once(tmp_path: Path) -> None:
    """It does not come again and again; the next goes on."""

    async def story() -> None:
        rig = QueueRig()
        await rig.start(tmp_path)
        async with peer() as lab, running_hub(tmp_path, {"in": flow_in(rig, lab.port)}) as hub:
            await rig.server.put(rig.queue, b"NOT|A|MESSAGE")
            await rig.server.put(rig.queue, hl7(2))
            await until(lambda: lab.got, "the good one")
            with hub.clinical.read() as reader:
                assert len(reader.refusals(9)) == 1
            assert await rig.server.take(f"{rig.queue}.dead") == [(b"NOT|A|MESSAGE", "")]

    asyncio.run(story())


def test_messages_without_a_number_are_known_by_the_publishers(tmp_path: Path) -> None:
    """raw: `message_id` tells; without one it is refused, or its bytes tell where that is said."""

    async def story() -> None:
        rig, lenient = QueueRig(), QueueRig()
        await rig.start(tmp_path)
        await lenient.start(tmp_path)
        async with peer() as lab:
            top = 'format = "raw"'
            flows: dict[str, str | dict[str, str]] = {
                "strict": flow_in(rig, lab.port, top),
                "lenient": flow_in(lenient, lab.port, top, 'without_id = "digest"'),
            }
            async with running_hub(tmp_path, flows) as hub:
                for id in ("a", "b", "b", ""):
                    await rig.server.put(rig.queue, hl7(1), id)
                await until(lambda: len(arrivals(hub)) == 2, "two messages")
                for _ in range(2):
                    await rig.server.put(lenient.queue, hl7(1))
                await until(lambda: len(arrivals(hub)) == 3, "one more")
                await asyncio.sleep(0.5)
                keys = [one.transport_key.partition("/")[0] for one in arrivals(hub)]
                assert keys == ["id", "id", "digest"]
                with hub.clinical.read() as reader:
                    assert [r.code for r in reader.refusals(9)] == ["rabbitmq.no-id"]

    asyncio.run(story())


def test_a_repetition_has_the_same_id(tmp_path: Path) -> None:
    """`message_id` is the delivery's: whoever reads the queue knows it."""

    async def story() -> None:
        rig = Rabbit()
        await rig.start(tmp_path)
        flow = flow_out(rig, f'routing_key = "{rig.queue}"')
        async with running_hub(tmp_path, {"out": flow}) as hub:
            sender = await connect(hub, "out")
            await sender.send(hl7(1))
            await until(lambda: deliveries(hub)[0].state is DeliveryState.DELIVERED, "delivered")
            assert await rig.server.take(rig.queue) == [(hl7(1), deliveries(hub)[0].id)]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("more", "change", "state", "code"),
    [
        ('routing_key = "no.such.queue"', ("", ""), "refused", "rabbitmq.unroutable"),
        ('exchange = "nowhere"\nrouting_key = "x"', ("", ""), "dead", "rabbitmq.missing"),
        ('routing_key = "x"', (USER, "nobody"), "dead", "rabbitmq.login"),
    ],
)
def test_what_nobody_can_take_has_an_owner(
    more: str, change: tuple[str, str], state: str, code: str, tmp_path: Path
) -> None:
    """No queue for it, no such exchange, a wrong user: told at once, not tried on."""

    async def story() -> None:
        rig = Rabbit()
        await rig.start(tmp_path)
        old, new = change
        flow = flow_out(rig, more).replace(f'user = "{old}"', f'user = "{new}"')
        async with running_hub(tmp_path, {"out": flow}) as hub:
            sender = await connect(hub, "out")
            await sender.send(hl7(1))
            await until(lambda: deliveries(hub)[0].state.value == state, code)
            assert deliveries(hub)[0].code == code
            await until(lambda: open_exceptions_of(hub), "an exception")

    asyncio.run(story())


def test_beyond_this_machine_there_is_tls(tmp_path: Path) -> None:
    """The password would go over the wire otherwise."""
    rig: Any = Rabbit()
    flow = flow_out(rig, 'routing_key = "x"')
    assert lint([write_flow(tmp_path, "near", flow)]).is_sound
    far = flow.replace('host = "127.0.0.1"\nport = %d' % rig.server.port, 'host = "mq.example.org"')  # noqa: UP031
    (found,) = [f for f in lint([write_flow(tmp_path, "far", far)]).findings if not f.is_warning]
    assert "tls" in found.text


def test_messages_go_over_tls_to_whom_our_authority_vouches_for(tmp_path: Path) -> None:
    """S52: amqps out and in; under another authority nothing is sent, and it waits."""

    def over_tls(flow: str, authority: str) -> str:
        server = Rabbit.server
        safe = flow.replace(f"port = {server.port}\n", f"port = {server.tls_port}\n")
        assert safe != flow
        return safe.replace('user = "', f'tls = {{ ca = "{authority}" }}\nuser = "', 1)

    async def story() -> None:
        rig = QueueRig()
        await rig.start(tmp_path)
        (tmp_path / "ours.pem").write_bytes((rig.server.folder / "ca.pem").read_bytes())
        other = tmp_path / "other"
        other.mkdir()
        Authority(other)
        async with peer() as lab:
            out = flow_out(rig, f'routing_key = "{rig.queue}"')
            flows = {
                "out": over_tls(out, "ours.pem"),
                "doubt": over_tls(out, "other/ca.pem"),
                "in": over_tls(flow_in(rig, lab.port), "ours.pem"),
            }
            async with running_hub(tmp_path, {**flows}) as hub:
                good, bad = await connect(hub, "out"), await connect(hub, "doubt")
                assert (await bad.send(hl7(2)))[0] == "AA"
                assert (await good.send(hl7(1)))[0] == "AA"
                await until(lambda: lab.got, "what went to the broker and came back")

                def doubted() -> tuple[str, str]:
                    found = {each.destination: each for each in deliveries(hub)}
                    return found["doubt.there"].state.value, found["doubt.there"].code

                refused = ("waiting", "rabbitmq.connect-failed")
                await until(lambda: doubted() == refused, "the refusal of the other authority")
                assert lab.numbers() == ["MSG00001"]

    asyncio.run(story())
