"""What every connector of a flow must do, whatever it speaks: one suite for sources, one for ends.

A connector's test module subclasses `SourceConformance` or `DestinationConformance` and gives a
rig: a real peer, and the entries of a flow file that reach it. The rules these tests prove carry
ids in `docs/connectors/index.md` (C1..) and are named in each connector's `quality.yaml`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest
import structlog
from flow_files import write_flow
from flow_hub import (
    Peer,
    arrivals,
    connect,
    deliveries,
    hl7,
    open_exceptions_of,
    peer,
    running_hub,
    until,
)

from suture.assembly.flows.store import deploy
from suture.assembly.hub import Hub
from suture.journal.record import DeliveryState

PLANTED = ("SYNPLANTED", "Synth^Planted")
"""A patient's number and name that may be in no log line."""

HEAD = """\
description = "conformance"
owner = "integration team"
format = "hl7v2"
order_by = "none"
"""


def planted(number: int) -> bytes:
    """Return a message with a patient who is looked for in the logs."""
    return hl7(number, patient=PLANTED[0]).replace(b"Synth^Anna", PLANTED[1].encode())


def assert_nothing_leaked(logged: list[dict[str, object]]) -> None:
    """No log line holds the planted patient."""
    for line in logged:
        assert not any(value in str(line) for value in PLANTED), sorted(line)


class SourceRig(Protocol):
    """A real peer that gives messages to the source under test."""

    entries: str
    """The entries of `[source]`."""
    small: str
    """The same with a limit of 2,000 bytes a message or file."""

    async def start(self, folder: Path) -> None:
        """Make the peer ready; `folder` is where hub.toml is."""

    async def stop(self) -> None:
        """Let go of everything."""

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Hand one message over; True: accepted, False: refused, None: this way has no answer."""


@asynccontextmanager
async def fed(
    folder: Path, rig: SourceRig, *, is_small: bool = False
) -> AsyncIterator[tuple[Hub, Peer]]:
    """Run a hub whose flow reads from the rig and sends to an MLLP peer."""
    await rig.start(folder)
    entries = rig.small if is_small else rig.entries
    try:
        async with peer() as lab:
            text = (
                f"{HEAD}[source]\n{entries}\n\n"
                '[[destination]]\nname = "lab"\nconnector = "mllp"\nhost = "127.0.0.1"\n'
                f"port = {lab.port}\n"
            )
            async with running_hub(folder, {"fed": text}) as hub:
                yield hub, lab
    finally:
        await rig.stop()


class SourceConformance:
    """C1 to C6: what a source owes whoever gives it messages."""

    def rig(self) -> SourceRig:
        """Return a fresh rig."""
        raise AssertionError("a connector's suite gives its rig")

    def test_c1_a_message_is_kept_as_it_came_and_goes_on(self, tmp_path: Path) -> None:
        """Accepted means kept, byte for byte; then it is delivered."""

        async def story() -> None:
            rig = self.rig()
            async with fed(tmp_path, rig) as (hub, lab):
                assert await rig.give(hub, hl7(1)) in (True, None)
                await until(lambda: lab.got, "the message")
                assert lab.got == [hl7(1)]
                (arrival,) = arrivals(hub)
                kept = hub.core.clinical.open_arrival(
                    arrival.exchange, arrival.content, arrival.key_id
                )
                assert kept == hl7(1)

        asyncio.run(story())

    def test_c2_a_repetition_is_answered_and_not_delivered_again(self, tmp_path: Path) -> None:
        """The same message twice: two good answers, one delivery (S42)."""

        async def story() -> None:
            rig = self.rig()
            async with fed(tmp_path, rig) as (hub, lab):
                for _ in range(2):
                    assert await rig.give(hub, hl7(1)) in (True, None)
                assert await rig.give(hub, hl7(2)) in (True, None)
                await until(lambda: len(lab.got) >= 2, "both messages")
                await asyncio.sleep(0.3)
                assert sorted(lab.numbers()) == ["MSG00001", "MSG00002"]

        asyncio.run(story())

    def test_c3_what_is_unreadable_is_refused_and_the_next_goes_on(self, tmp_path: Path) -> None:
        """A negative answer where there is one, an audit row with a code, no effect on others."""

        async def story() -> None:
            rig = self.rig()
            async with fed(tmp_path, rig) as (hub, lab):
                assert await rig.give(hub, b"NOT|A|MESSAGE\r") in (False, None)
                assert await rig.give(hub, hl7(2)) in (True, None)
                await until(lambda: lab.got, "the good message")
                with hub.clinical.read() as reader:
                    (refused,) = reader.refusals(10)
                assert refused.code.startswith("hl7v2.")

        asyncio.run(story())

    def test_c4_too_much_is_refused_and_the_next_goes_on(self, tmp_path: Path) -> None:
        """Memory is bounded by the flow's own limit."""

        async def story() -> None:
            rig = self.rig()
            async with fed(tmp_path, rig, is_small=True) as (hub, lab):
                assert await rig.give(hub, hl7(1) + b"NTE|1||" + b"x" * 4000 + b"\r") is not True
                assert await rig.give(hub, hl7(2)) in (True, None)
                await until(lambda: lab.got, "the small message")
                assert lab.numbers() == ["MSG00002"]
                with hub.clinical.read() as reader:
                    (refused,) = reader.refusals(10)
                assert refused.code

        asyncio.run(story())

    def test_c5_a_changed_flow_takes_over_without_losing_any(self, tmp_path: Path) -> None:
        """Messages before, during and after the change arrive once each."""

        async def story() -> None:
            rig = self.rig()
            async with fed(tmp_path, rig) as (hub, lab):
                giving = asyncio.create_task(self._give_all(rig, hub))
                await until(lambda: lab.got, "the first message")
                text = (tmp_path / "flows" / "fed" / "flow.toml").read_text("utf-8")
                changed = text.replace("conformance", "conformance, changed")
                deploy(tmp_path / "stores", [write_flow(tmp_path / "flows", "fed", changed)])
                assert any("changed" in said for said in await hub.flows.reload())
                await giving
                await until(lambda: len(set(lab.numbers())) == 10, "ten messages")
                assert len(lab.got) == 10

        asyncio.run(story())

    @staticmethod
    async def _give_all(rig: SourceRig, hub: Hub) -> None:
        for number in range(10):
            assert await rig.give(hub, hl7(number)) in (True, None)
            await asyncio.sleep(0.02)

    def test_c6_no_log_line_holds_what_a_message_holds(self, tmp_path: Path) -> None:
        """Neither when it is taken nor when it is refused."""

        async def story() -> None:
            rig = self.rig()
            async with fed(tmp_path, rig) as (hub, lab):
                await rig.give(hub, planted(1))
                await rig.give(hub, planted(2).replace(b"MSH|", b"MSG|"))
                await until(lambda: lab.got, "the message")

        with structlog.testing.capture_logs() as logged:
            asyncio.run(story())
        assert_nothing_leaked([dict(line) for line in logged])


class DestinationRig(Protocol):
    """A real peer that takes what the destination under test sends."""

    entries: str
    """The entries of `[[destination]]` but its name; read after `start`."""
    can_refuse: bool
    """Whether the peer can say no to one message for good."""

    async def start(self, folder: Path) -> None:
        """Make the peer ready and reachable; `folder` is where hub.toml is."""

    async def stop(self) -> None:
        """Let go of everything."""

    async def away(self) -> None:
        """Be unreachable from now on."""

    async def back(self) -> None:
        """Be reachable again at the same place."""

    def refuse(self, number: int) -> None:
        """Say no to the message MSG{number:05} for good."""

    def got(self) -> list[bytes]:
        """Return what arrived whole, oldest first; a repetition may be there twice."""


@asynccontextmanager
async def feeding(folder: Path, rig: DestinationRig) -> AsyncIterator[Hub]:
    """Run a hub whose flow takes MLLP and sends to the rig."""
    await rig.start(folder)
    try:
        text = (
            f'{HEAD.replace("none", "PID-3.1")}[source]\nconnector = "mllp"\nport = 0\n\n'
            f'[[destination]]\nname = "there"\n{rig.entries}\n'
            "retry = { first_s = 0.1, longest_s = 0.3, give_up_after_s = 60 }\n"
        )
        async with running_hub(folder, {"feeding": text}) as hub:
            yield hub
    finally:
        await rig.stop()


def states(hub: Hub) -> list[DeliveryState]:
    """Return how far the deliveries are, in the order they were queued."""
    return [each.state for each in deliveries(hub)]


class DestinationConformance:
    """C11 to C15: what a destination owes the messages it is given."""

    def rig(self) -> DestinationRig:
        """Return a fresh rig."""
        raise AssertionError("a connector's suite gives its rig")

    def test_c11_messages_arrive_as_they_are_and_in_order(self, tmp_path: Path) -> None:
        """Byte for byte, in the order of their key, and each is DELIVERED then."""

        async def story() -> None:
            rig = self.rig()
            async with feeding(tmp_path, rig) as hub:
                sender = await connect(hub, "feeding")
                for number in range(5):
                    assert await sender.send(hl7(number)) == ("AA", "")
                await until(lambda: len(rig.got()) == 5, "five messages")
                assert rig.got() == [hl7(number) for number in range(5)]
                await until(
                    lambda: states(hub) == [DeliveryState.DELIVERED] * 5, "five confirmations"
                )

        asyncio.run(story())

    def test_c12_what_waits_for_an_absent_peer_arrives_when_it_is_back(
        self, tmp_path: Path
    ) -> None:
        """Nothing is lost and the order holds; meanwhile the sender is answered (S52)."""

        async def story() -> None:
            rig = self.rig()
            async with feeding(tmp_path, rig) as hub:
                sender = await connect(hub, "feeding")
                await sender.send(hl7(0))
                await until(lambda: rig.got(), "the first")
                await rig.away()
                for number in range(1, 4):
                    assert await sender.send(hl7(number)) == ("AA", "")
                await asyncio.sleep(0.5)
                assert DeliveryState.DELIVERED not in states(hub)[1:]
                await rig.back()
                await until(
                    lambda: states(hub) == [DeliveryState.DELIVERED] * 4, "all four confirmed"
                )
                wanted = [hl7(number) for number in range(4)]
                await until(lambda: list(dict.fromkeys(rig.got())) == wanted, "all four in order")

        asyncio.run(story())

    def test_c13_a_refused_message_has_an_owner_and_the_next_goes_on(self, tmp_path: Path) -> None:
        """REFUSED with a code, an exception on the desk, the lane moves."""

        async def story() -> None:
            rig = self.rig()
            if not rig.can_refuse:
                pytest.skip("this peer cannot say no to a message")
            async with feeding(tmp_path, rig) as hub:
                rig.refuse(1)
                sender = await connect(hub, "feeding")
                for number in range(1, 3):
                    await sender.send(hl7(number))
                await until(
                    lambda: states(hub) == [DeliveryState.REFUSED, DeliveryState.DELIVERED],
                    "one refused, one delivered",
                )
                assert deliveries(hub)[0].code
                await until(lambda: open_exceptions_of(hub), "an exception")

        asyncio.run(story())

    def test_c14_a_repetition_has_the_same_bytes(self, tmp_path: Path) -> None:
        """Redelivering by hand sends what was sent before, under the same name or number."""

        async def story() -> None:
            rig = self.rig()
            async with feeding(tmp_path, rig) as hub:
                sender = await connect(hub, "feeding")
                await sender.send(hl7(1))
                await until(lambda: states(hub) == [DeliveryState.DELIVERED], "delivered")
                await rig.away()
                await sender.send(hl7(2))
                await until(lambda: deliveries(hub)[1].attempts > 1, "a second try")
                await rig.back()
                await until(lambda: states(hub) == [DeliveryState.DELIVERED] * 2, "both")
                await until(lambda: set(rig.got()) == {hl7(1), hl7(2)}, "the same bytes")

        asyncio.run(story())

    def test_c15_no_log_line_holds_what_a_message_holds(self, tmp_path: Path) -> None:
        """Neither when it is sent nor when the peer is away."""

        async def story() -> None:
            rig = self.rig()
            async with feeding(tmp_path, rig) as hub:
                sender = await connect(hub, "feeding")
                await sender.send(planted(1))
                await until(lambda: rig.got(), "the message")
                await rig.away()
                await sender.send(planted(2))
                await until(lambda: deliveries(hub)[1].attempts, "a try")

        with structlog.testing.capture_logs() as logged:
            asyncio.run(story())
        assert_nothing_leaked([dict(line) for line in logged])
