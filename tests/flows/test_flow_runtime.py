"""Flows at work: real sockets, a real store, peers that fail (S42, S52, S157)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from flow_files import write_flow
from flow_hub import (
    Peer,
    arrivals,
    connect,
    deliveries,
    flow_text,
    hl7,
    open_exceptions_of,
    peer,
    running_hub,
    settings_in,
    until,
)

from suture.api.hub import Redeliver
from suture.assembly.flows.store import deploy
from suture.core.refusal import RefusalError
from suture.journal.record import ArrivalState, DeliveryState

LOUD = '[[step]]\nset = { "MSH-3" = "HUB" }'


def run(work: object) -> None:
    """Run a test's coroutine."""
    asyncio.run(work)  # type: ignore[arg-type]


def test_a_message_is_kept_changed_delivered_and_answered(tmp_path: Path) -> None:
    """The sender gets AA, the destination the changed message, the store both."""

    async def story() -> None:
        async with (
            peer() as lab,
            running_hub(tmp_path, {"adt": flow_text(lab.port, steps=LOUD)}) as hub,
        ):
            sender = await connect(hub, "adt")
            assert await sender.send(hl7(1)) == ("AA", "")
            await until(lambda: lab.got)
            assert lab.got == [hl7(1).replace(b"|EHR|", b"|HUB|")]
            await until(lambda: deliveries(hub)[0].state is DeliveryState.DELIVERED)
            (arrival,) = arrivals(hub)
            assert (arrival.state, arrival.endpoint) == (ArrivalState.TRANSLATED, "adt")
            assert await sender.send(hl7(1)) == ("AA", "")
            await asyncio.sleep(0.5)
            assert len(lab.got) == 1 and len(arrivals(hub)) == 1

    run(story())


def test_order_is_kept_per_key_and_others_go_on(tmp_path: Path) -> None:
    """Twenty messages of each of five patients arrive in their order, some at once."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {"adt": flow_text(lab.port)}) as hub:
            lab.delay_s = 0.005
            sender = await connect(hub, "adt")
            for number in range(100):
                await sender.send(hl7(number, patient=f"SYN{number % 5}"))
            await until(lambda: len(lab.got) == 100)
            for patient in range(5):
                mine = [n for n in lab.numbers() if int(n[3:]) % 5 == patient]
                assert mine == sorted(mine)
            assert lab.most_under_way > 1

    run(story())


def test_what_the_filter_leaves_out_is_kept(tmp_path: Path) -> None:
    """Answered AA, state filtered, nothing queued."""
    top = '[[filter]]\npath = "trigger"\nin = ["ADT^A01"]'

    async def story() -> None:
        async with (
            peer() as lab,
            running_hub(tmp_path, {"adt": flow_text(lab.port, top=top)}) as hub,
        ):
            sender = await connect(hub, "adt")
            assert await sender.send(hl7(1, trigger="ADT^A03")) == ("AA", "")
            (arrival,) = arrivals(hub)
            assert (arrival.state, arrival.code) == (ArrivalState.FILTERED, "flow.filtered")
            assert deliveries(hub) == []

    run(story())


STEPS = '[[step]]\nlookup = { field = "PV1-3.1", table = "wards" }'
WARDS = {"tables/wards.csv": "from,to\nNORTH2,N2\n"}


def test_a_step_that_refuses_answers_with_its_code(tmp_path: Path) -> None:
    """AR at the door with the code, an audit row, and the next message goes on."""

    async def story() -> None:
        async with peer() as lab:
            files = {"flow.toml": flow_text(lab.port, steps=STEPS), **WARDS}
            async with running_hub(tmp_path, {"adt": files}) as hub:
                sender = await connect(hub, "adt")
                verdict, told = await sender.send(hl7(1).replace(b"NORTH2", b"WEST9"))
                assert verdict == "AR" and "flow.lookup-unknown" in told
                assert "WEST9" not in told
                assert await sender.send(hl7(2)) == ("AA", "")
                with hub.clinical.read() as reader:
                    assert [each.code for each in reader.refusals(10)] == ["flow.lookup-unknown"]

    run(story())


def test_on_stored_answers_first_and_keeps_what_fails(tmp_path: Path) -> None:
    """AA although the step refuses; then a dead letter with an owner, and a replay that works."""

    async def story() -> None:
        async with peer() as lab:
            top = 'ack = "on_stored"'
            files = {"flow.toml": flow_text(lab.port, top=top, steps=STEPS), **WARDS}
            async with running_hub(tmp_path, {"adt": files}) as hub:
                sender = await connect(hub, "adt")
                assert await sender.send(hl7(1).replace(b"NORTH2", b"WEST9")) == ("AA", "")
                assert await sender.send(hl7(2, patient="SYN0002")) == ("AA", "")
                await until(lambda: lab.numbers() == ["MSG00002"])
                await until(lambda: deliveries(hub)[0].state is DeliveryState.REFUSED)
                assert arrivals(hub)[0].state is ArrivalState.RECEIVED
                (told,) = await until(lambda: open_exceptions_of(hub))
                assert "flow.lookup-unknown" in str(told) and "WEST9" not in str(told)
                mended = {**files, "tables/wards.csv": "from,to\nNORTH2,N2\nWEST9,W9\n"}
                deploy(tmp_path / "stores", [write_flow(tmp_path / "mended", "adt", mended)])
                assert len(await hub.flows.reload()) == 1
                assert await hub.flows.replay(arrivals(hub)[0].exchange) == "adt"
                await until(lambda: lab.numbers() == ["MSG00002", "MSG00001"])
                assert b"PV1|1|I|W9^" in lab.got[-1]
                await until(lambda: arrivals(hub)[0].state is ArrivalState.TRANSLATED)

    run(story())


def test_on_delivered_answers_with_what_the_destination_said(tmp_path: Path) -> None:
    """AA when it has it, AE with the code when it refused or does not answer in time."""

    async def story() -> None:
        top = 'ack = "on_delivered"\nack_timeout_s = 1.0'
        async with (
            peer() as lab,
            running_hub(tmp_path, {"adt": flow_text(lab.port, top=top)}) as hub,
        ):
            sender = await connect(hub, "adt")
            assert await sender.send(hl7(1)) == ("AA", "")
            assert lab.numbers() == ["MSG00001"]
            lab.verdict = lambda _: "AE"
            verdict, told = await sender.send(hl7(2, patient="B"))
            assert verdict == "AE" and "hl7v2.ack-error" in told
            lab.verdict = lambda _: "AA"
            await lab.stop()
            verdict, told = await sender.send(hl7(3, patient="C"))
            assert verdict == "AE" and "flow.delivery-pending" in told
            await lab.start()
            await until(lambda: "MSG00003" in lab.numbers())
            assert await sender.send(hl7(3, patient="C")) == ("AA", "")
            assert lab.numbers().count("MSG00003") == 1

    run(story())


def test_a_destination_that_refuses_leaves_a_dead_letter(tmp_path: Path) -> None:
    """Its lane goes on, the desk has an exception, and redelivering sends the same bytes."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {"adt": flow_text(lab.port)}) as hub:
            lab.verdict = lambda content: "AR" if b"MSG00001" in content else "AA"
            sender = await connect(hub, "adt")
            await sender.send(hl7(1))
            await sender.send(hl7(2))
            await until(lambda: lab.numbers() == ["MSG00001", "MSG00002"])
            (told,) = await until(lambda: open_exceptions_of(hub))
            assert "adt.lab" in str(told) and "SYN0001" not in str(told)
            lab.verdict = lambda _: "AA"
            assert len(await asyncio.to_thread(hub.port.redeliver, Redeliver("adt.lab"))) == 1
            await until(lambda: len(lab.got) == 3)
            assert lab.got[2] == lab.got[0]

    run(story())


def test_a_silent_destination_holds_up_nobody_else(tmp_path: Path) -> None:
    """Its own lane waits; another destination gets every message meanwhile."""

    async def story() -> None:
        async with peer() as lab, peer() as dead:
            dead.verdict = lambda _: "silent"
            more = (
                'timeout_s = 0.5\n[[destination]]\nname = "dead"\nconnector = "mllp"\n'
                f'host = "127.0.0.1"\nport = {dead.port}\ntimeout_s = 30\n'
            )
            async with running_hub(tmp_path, {"adt": flow_text(lab.port, lab=more)}) as hub:
                sender = await connect(hub, "adt")
                for number in range(60):
                    await sender.send(hl7(number, patient=f"SYN{number}"))
                await until(lambda: len(lab.got) == 60)
                waiting = [d for d in deliveries(hub) if d.destination == "adt.dead"]
                assert len(waiting) == 60
                assert sum(d.state is DeliveryState.SENDING for d in waiting) <= 8

    run(story())


def test_an_answer_to_another_message_is_none(tmp_path: Path) -> None:
    """The message is sent again over a new connection, and then counts."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {"adt": flow_text(lab.port)}) as hub:
            lab.verdict = lambda _: "other" if len(lab.got) == 1 else "AA"
            sender = await connect(hub, "adt")
            await sender.send(hl7(1))
            await until(lambda: deliveries(hub)[0].state is DeliveryState.DELIVERED)
            assert len(lab.got) == 2

    run(story())


def test_a_pause_keeps_messages_and_outlives_a_restart(tmp_path: Path) -> None:
    """Nothing is sent while paused, not after a restart either; resumed, everything comes."""

    async def story() -> None:
        async with peer() as lab:
            flows = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows) as hub:
                await hub.flows.pause("adt.lab", is_paused=True)
                sender = await connect(hub, "adt")
                assert await sender.send(hl7(1)) == ("AA", "")
                await asyncio.sleep(0.6)
                assert lab.got == []
                with pytest.raises(RefusalError):
                    await hub.flows.pause("adt.nothing", is_paused=True)
            async with running_hub(tmp_path, flows) as hub:
                await asyncio.sleep(0.6)
                assert lab.got == []
                (status,) = hub.flows.status()
                assert status["destinations"][0]["paused"]
                await hub.flows.pause("adt.lab", is_paused=False)
                await until(lambda: lab.got)

    run(story())


def test_a_paused_flow_takes_nothing_until_it_is_resumed(tmp_path: Path) -> None:
    """Its port is closed, over a restart and a new version too; then it takes again."""

    async def story() -> None:
        async with peer() as lab:
            flows = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows) as hub:
                await hub.flows.pause("adt", is_paused=True)
                assert hub.flows.addresses == {}
                changed = {"adt": flow_text(lab.port, steps=LOUD)}
                deploy(tmp_path / "stores", [write_flow(tmp_path / "flows", "adt", changed["adt"])])
                await hub.flows.reload()
                assert hub.flows.addresses == {}
            async with running_hub(tmp_path, changed) as hub:
                (status,) = hub.flows.status()
                assert status["paused"] and hub.flows.addresses == {}
                await hub.flows.pause("adt", is_paused=False)
                sender = await connect(hub, "adt")
                assert await sender.send(hl7(1)) == ("AA", "")
                await until(lambda: lab.got)

    run(story())


def test_a_paused_flow_lets_others_wait(tmp_path: Path) -> None:
    """What is handed to it waits with the one that hands over, and comes when it goes on."""
    first = (
        'description = "hands on"\nowner = "integration team"\n[source]\nconnector = "mllp"\n'
        'port = 0\n[[destination]]\nname = "next"\nconnector = "flow"\nflow = "second"\n'
        "retry = { first_s = 0.1, longest_s = 0.2 }\n"
    )

    async def story() -> None:
        async with peer() as lab:
            second = flow_text(lab.port).replace('"mllp"\nport = 0', '"flow"')
            async with running_hub(tmp_path, {"first": first, "second": second}) as hub:
                await hub.flows.pause("second", is_paused=True)
                sender = await connect(hub, "first")
                assert await sender.send(hl7(1)) == ("AA", "")
                await asyncio.sleep(0.5)
                assert lab.got == []
                await hub.flows.pause("second", is_paused=False)
                await until(lambda: lab.got)

    run(story())


def test_a_new_version_takes_over_without_dropping_a_connection(tmp_path: Path) -> None:
    """The same connection: one message by the old version, the next by the new one."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {"adt": flow_text(lab.port)}) as hub:
            sender = await connect(hub, "adt")
            await sender.send(hl7(1))
            changed = write_flow(tmp_path / "new", "adt", flow_text(lab.port, steps=LOUD))
            deploy(tmp_path / "stores", [changed])
            assert await hub.flows.reload() == [f"adt: changed to version {changed.version}"]
            await sender.send(hl7(2))
            await until(lambda: len(lab.got) == 2)
            assert [b"|HUB|" in content for content in lab.got] == [False, True]
            assert await hub.flows.reload() == []

    run(story())


def test_a_version_that_does_not_lint_never_replaces_one_that_runs(tmp_path: Path) -> None:
    """Even when its files were changed on the disk behind everybody's back."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {"adt": flow_text(lab.port)}) as hub:
            broken = write_flow(tmp_path / "bad", "adt", flow_text(lab.port, top='orderby = "x"'))
            deploy(tmp_path / "stores", [broken])
            with pytest.raises(RefusalError) as caught:
                await hub.flows.reload()
            assert "adt/flow.toml:3" in caught.value.text
            assert hub.flows.status()[0]["version"] != broken.version
            sender = await connect(hub, "adt")
            assert await sender.send(hl7(1)) == ("AA", "")

    run(story())


def test_files_become_messages_and_messages_files(tmp_path: Path) -> None:
    """A batch file is taken message by message and moved; each output is one whole file."""
    text = (
        'description = "files"\nowner = "team"\n[source]\nconnector = "files"\nfolder = "in"\n'
        'pattern = "*.hl7"\npoll_s = 0.05\n'
        '[[destination]]\nname = "out"\nconnector = "files"\nfolder = "out"\n'
    )

    async def story() -> None:
        settings_in(tmp_path)
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "day.hl7").write_bytes(hl7(1) + hl7(2, patient="B") + hl7(3))
        (tmp_path / "in" / "notes.txt").write_text("not for us")
        (tmp_path / "in" / "junk.hl7").write_bytes(b"nothing like HL7")
        async with running_hub(tmp_path, {"files": text}) as hub:
            await until(lambda: (tmp_path / "in" / "done" / "junk.hl7").exists())
            await until(lambda: len(list((tmp_path / "out").glob("*.hl7"))) == 3)
            made = sorted((tmp_path / "out").glob("*.hl7"))
            assert {path.read_bytes() for path in made} == {
                hl7(1),
                hl7(2, patient="B"),
                hl7(3),
            }
            assert (tmp_path / "in" / "done" / "day.hl7").exists()
            assert (tmp_path / "in" / "notes.txt").exists()
            with hub.clinical.read() as reader:
                assert len(reader.refusals(10)) == 1
            (tmp_path / "in" / "day.hl7").write_bytes(hl7(1))
            await until(lambda: (tmp_path / "in" / "done" / "day.2.hl7").exists())
            await asyncio.sleep(0.4)
            assert len(list((tmp_path / "out").glob("*"))) == 3

    run(story())


def test_a_flow_hands_over_to_another(tmp_path: Path) -> None:
    """Each keeps the message for itself; the second one's steps come after the first one's."""
    first = (
        'description = "fan"\nowner = "team"\n[source]\nconnector = "mllp"\nport = 0\n'
        f'{LOUD}\n[[destination]]\nname = "next"\nconnector = "flow"\nflow = "second"\n'
    )

    async def story() -> None:
        async with peer() as lab:
            second = flow_text(lab.port, steps='[[step]]\nset = { "MSH-5" = "LAST" }').replace(
                'connector = "mllp"\nport = 0', 'connector = "flow"'
            )
            async with running_hub(tmp_path, {"first": first, "second": second}) as hub:
                sender = await connect(hub, "first")
                await sender.send(hl7(1))
                await until(lambda: lab.got)
                assert b"|HUB|" in lab.got[0] and b"|LAST|" in lab.got[0]
                assert {each.endpoint for each in arrivals(hub)} == {"first", "second"}

    run(story())


def test_what_waits_when_the_hub_stops_goes_on_when_it_starts(tmp_path: Path) -> None:
    """Nothing that was acknowledged is lost, nothing is sent twice."""

    async def story() -> None:
        async with peer() as lab:
            port = lab.port
            await lab.stop()
            flows = {"adt": flow_text(port)}
            async with running_hub(tmp_path, flows) as hub:
                sender = await connect(hub, "adt")
                for number in range(20):
                    assert await sender.send(hl7(number, patient=f"SYN{number}")) == ("AA", "")
            again = Peer(port=port)
            await again.start()
            async with running_hub(tmp_path, flows):
                await until(lambda: len(again.got) == 20)
                await asyncio.sleep(0.4)
            assert sorted(again.numbers()) == [f"MSG{n:05}" for n in range(20)]
            await again.stop()

    run(story())


def test_urgent_messages_go_first(tmp_path: Path) -> None:
    """Of what waits, the urgent one is sent before the older routine ones."""
    top = '[[stat]]\npath = "PID-3.1"\nin = ["URGENT"]'

    async def story() -> None:
        async with peer() as lab:
            lab.delay_s = 0.01
            text = flow_text(lab.port, top=top, lab="connections = 1")
            async with running_hub(tmp_path, {"adt": text}) as hub:
                await hub.flows.pause("adt.lab", is_paused=True)
                sender = await connect(hub, "adt")
                for number in range(10):
                    await sender.send(hl7(number, patient=f"SYN{number}"))
                await sender.send(hl7(99, patient="URGENT"))
                await hub.flows.pause("adt.lab", is_paused=False)
                await until(lambda: len(lab.got) == 11)
                assert lab.numbers()[0] == "MSG00099"

    run(story())
