"""Every alert once through a running hub: raised by a real cause, kept, gone with it, kept as over.

The bounds are short; the causes are real ones: peers that refuse, fall silent or are away,
certificates in files, a disk without room.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from certificates import Authority
from click.testing import CliRunner, Result
from flow_hub import Peer, connect, deployed_flows, flow_text, hl7, peer, running_hub, until
from flow_nodes import free_port

from suture.assembly.hub import Hub
from suture.assembly.roles import Role
from suture.assembly.settings import AlertsTable
from suture.assembly.watch import Watch
from suture.cli.main import cli
from suture.intelligence.alert_log import kept
from suture.intelligence.alerts import RULES
from suture.intelligence.view import KeptAlert
from suture.journal.record import NewEvent
from suture.orchestration.path.pulse import Pulse

ALERTS = """\
[alerts]
oldest_s = 0.4
stall_s = 0.5
errors_min = 3
errors_short_s = 1.0
errors_long_s = 60
look_s = 0.05
quiet_s = 0.1
"""
QUICK = "retry = { first_s = 0.1, longest_s = 0.2 }"
ENOUGH = 10**12
"""Free bytes of a disk with room."""
EXPECTING = 'expect_every = "1s"\n'


def all_kept(hub: Hub) -> list[KeptAlert]:
    """Return every alert the hub has kept."""
    with hub.operations.read() as reader:
        return kept(reader, hub.core.clock.now().replace(year=2000), 1000)


async def raised(hub: Hub, rule: str, about: str, level: str = "") -> KeptAlert:
    """Wait until an alert holds."""

    def found() -> KeptAlert | None:
        for one in all_kept(hub):
            what = (one.rule, one.destination or one.zone, one.level, one.cleared_at)
            if what == (rule, about, level, None):
                return one
        return None

    one = await until(found, f"{rule} of {about} raised")
    assert isinstance(one, KeptAlert)
    return one


async def over(hub: Hub, rule: str, about: str, level: str = "") -> None:
    """Wait until an alert was raised once, or again, and holds no more."""

    def is_over() -> bool:
        of = [
            one.cleared_at
            for one in all_kept(hub)
            if (one.rule, one.destination or one.zone, one.level) == (rule, about, level)
        ]
        return bool(of) and None not in of

    await until(is_over, f"{rule} of {about} cleared")


async def walk_destinations(hub: Hub, lab: Peer) -> None:
    """A pause, a slow receiver, one that is silent, one that refuses, one that is away."""
    await hub.flows.pause("adt.lab", is_paused=True)
    sender = await connect(hub, "adt")
    assert (await sender.send(hl7(1)))[0] == "AA"
    await raised(hub, "paused", "adt.lab")
    lab.delay_s = 0.3  # each takes a while: the last of some waits too long, and all move
    for number in range(2, 7):
        await sender.send(hl7(number))
    await hub.flows.pause("adt.lab", is_paused=False)
    await raised(hub, "backlog", "adt.lab")
    await over(hub, "paused", "adt.lab")
    lab.delay_s = 0.0
    await over(hub, "backlog", "adt.lab")
    lab.delay_s = 1.5  # nobody answers for longer than a lane may stand still
    await sender.send(hl7(7))
    await raised(hub, "stall", "adt.lab")
    await over(hub, "stall", "adt.lab")
    lab.delay_s, lab.verdict = 0.0, lambda _: "AR"
    for number in range(10, 14):
        await sender.send(hl7(number, patient=f"SYN{number}"))
    await raised(hub, "errors", "adt.lab", "sent")
    lab.verdict = lambda _: "AA"
    await over(hub, "errors", "adt.lab", "sent")
    await lab.stop()
    await sender.send(hl7(20))
    await raised(hub, "unanswered", "adt.lab")
    await lab.start()
    await over(hub, "unanswered", "adt.lab")


async def walk_door(hub: Hub) -> None:
    """Frames that are no messages, then a feed that falls silent and comes back."""
    for _ in range(4):
        assert (await (await connect(hub, "feed")).send(b"no message"))[0] == "AR"
    await raised(hub, "errors", "feed", "received")
    await over(hub, "errors", "feed", "received")
    await raised(hub, "absence", "feed")
    assert (await (await connect(hub, "feed")).send(hl7(40)))[0] == "AA"
    await over(hub, "absence", "feed")


async def walk_certificate(hub: Hub, authority: Authority) -> None:
    """It ends in 20 days, in 5, has ended; a new file ends it."""
    about = "secure: tls/hub.pem"
    for days, level in ((5, "very soon"), (-1, "over"), (400, "")):
        before = {5: "soon", -1: "very soon", 400: "over"}[days]
        await raised(hub, "certificate", about, before)
        authority.issue("hub", days=days)
        await over(hub, "certificate", about, before)
        if level:
            await raised(hub, "certificate", about, level)


async def walk_stores(hub: Hub, free: list[int]) -> None:
    """A disk without room, then decisions that nobody makes."""
    free[0] = 1
    await raised(hub, "store", "clinical")
    assert "docs/runbooks/store.md" in await shown(hub, "/health")
    free[0] = ENOUGH
    await over(hub, "store", "clinical")
    real_core = hub.core

    class Idle:
        """Decides nothing."""

        clock, operations, next_due = real_core.clock, real_core.operations, real_core.next_due

        async def work(self) -> int:
            return 0

    hub.core = Idle()  # type: ignore[assignment]
    now = real_core.clock.now()
    event = NewEvent(id="walk", type="walk.made", machine="", key="", time=now, payload=b"{}")
    await hub.operations.submit(lambda tx: tx.append(event, now))
    await raised(hub, "decisions", "operations")
    hub.core = real_core
    await over(hub, "decisions", "operations")


def test_every_alert_is_raised_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule is in the record with both times, on the page with its runbook; without content."""
    (tmp_path / "tls").mkdir()
    authority = Authority(tmp_path / "tls")
    authority.issue("hub", days=20)
    real, free = shutil.disk_usage, [ENOUGH]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=free[0]))
    tls = 'tls = { certificate = "tls/hub.pem", key_file = "tls/hub.key" }'

    async def story() -> None:
        async with peer() as lab, peer() as other:
            flows: dict[str, str | dict[str, str]] = {
                "adt": flow_text(lab.port, lab=QUICK),
                "feed": flow_text(other.port).replace("port = 0\n", f"port = 0\n{EXPECTING}"),
                "secure": flow_text(free_port()).replace("port = 0\n", f"port = 0\n{tls}\n"),
            }
            async with running_hub(tmp_path, flows, ALERTS, 1_000_000) as hub:
                await asyncio.gather(
                    walk_destinations(hub, lab),
                    walk_door(hub),
                    walk_certificate(hub, authority),
                )
                await walk_stores(hub, free)
                found = all_kept(hub)
                assert {one.rule for one in found} == set(RULES)
                with hub.operations.read() as reader:
                    events = reader.events_after(0, 1000)
                told = [json.loads(x.payload) for x in events if x.type.startswith("alert.")]
                assert {"alert.raised", "alert.cleared"} <= {x.type for x in events}
                assert "SYN" not in json.dumps(told)
                assert "Over since yesterday" in await shown(hub, "/health")
                past = await ask(tmp_path, "--past")
                assert past.exit_code == 0
                assert "paused     adt.lab, over after " in past.output
                assert "SYN" not in past.output

    asyncio.run(story())


async def shown(hub: Hub, path: str) -> str:
    """Return a page of the console."""
    host, port = hub.addresses["console"]
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    return answer.text


async def ask(folder: Path, *words: str) -> Result:
    """Run `suture alerts`."""
    config = str(folder / "hub.toml")
    return await asyncio.to_thread(CliRunner().invoke, cli, ["alerts", *words, "--config", config])


def test_what_was_raised_before_a_restart_is_raised_once(tmp_path: Path) -> None:
    """A feed that was silent before stays one alert; a message ends it; a look writes nothing."""

    patient = ALERTS.replace("oldest_s = 0.4", "oldest_s = 900")

    async def story() -> None:
        async with peer() as lab:
            text = flow_text(lab.port).replace("port = 0\n", 'port = 0\nexpect_every = "1s"\n')
            flows: dict[str, str | dict[str, str]] = {"feed": text}
            async with running_hub(tmp_path, flows, patient) as hub:
                first = await raised(hub, "absence", "feed")
                assert (await ask(tmp_path)).output.startswith("absence    feed, silent for ")
            async with running_hub(tmp_path, {}, patient) as hub:
                await asyncio.sleep(0.3)
                with hub.operations.read() as reader:
                    before = reader.last_event_seq()
                await asyncio.sleep(0.3)
                assert all_kept(hub) == [first]
                with hub.operations.read() as reader:
                    assert reader.last_event_seq() == before
                assert (await (await connect(hub, "feed")).send(hl7(1)))[0] == "AA"
                await until(lambda: all_kept(hub)[-1].cleared_at, "cleared")
                ended: Any = all_kept(hub)[-1].cleared_at
                assert all_kept(hub)[-1] == replace(first, cleared_at=ended)

    asyncio.run(story())


def test_a_change_of_what_is_expected_keeps_connections(tmp_path: Path) -> None:
    """A sender stays connected while its flow is told when it should send."""

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"feed": flow_text(lab.port)}
            async with running_hub(tmp_path, flows) as hub:
                sender = await connect(hub, "feed")
                assert (await sender.send(hl7(1)))[0] == "AA"
                assert hub.port.watched.feeds() == []
                text = flow_text(lab.port).replace("port = 0\n", 'port = 0\nexpect_every = "1h"\n')
                deployed_flows(tmp_path, {"feed": text})
                await hub.flows.reload()
                assert (await sender.send(hl7(2)))[0] == "AA"
                assert [one.name for one in hub.port.watched.feeds()] == ["feed"]

    asyncio.run(story())


def test_listeners_of_one_machine_leave_each_other_s_alerts_alone(tmp_path: Path) -> None:
    """One counts errors at its door, the other none: raised once, cleared by who raised it."""
    role = Role("listen", listens=True, works=False, serves=False)
    table = AlertsTable(errors_min=3, errors_short_s=0.5, errors_long_s=60, quiet_s=0)

    async def story() -> None:
        async with running_hub(tmp_path, {}) as hub:
            ports = [replace(hub.port, pulse=Pulse()) for _ in range(2)]
            one, other = (Watch(port, table, role) for port in ports)
            for each in (one, other):
                await each.look(judges_all=False)
            for _ in range(5):
                ports[0].pulse.received("adt", "hl7v2.no-msh", is_bad=True)
            for each in (one, other, one, other):
                await each.look(judges_all=False)
            [found] = all_kept(hub)
            assert (found.rule, found.level, found.cleared_at) == ("errors", "received", None)
            assert found.by.startswith("listen@")
            await asyncio.sleep(0.6)
            await other.look(judges_all=False)
            assert all_kept(hub) == [found]
            await one.look(judges_all=False)
            assert all_kept(hub)[0].cleared_at is not None

    asyncio.run(story())
