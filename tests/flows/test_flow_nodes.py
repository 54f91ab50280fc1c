"""Listeners, workers and a console in processes of their own, on one store in PostgreSQL.

What senders were acknowledged, what the store has and what a real MLLP peer got are compared:
everything once at least, in the order of each lane, under the same control ids.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_hub import Peer, deployed_flows, flow_text, hl7, peer, settings_in, until
from flow_nodes import Feed, Nodes, first_seen, nodes_in
from tests.postgres_server import postgres_server

from suture.assembly.hub import TEND_S, Hub, open_hub
from suture.assembly.roles import role_of
from suture.assembly.settings import load_settings
from suture.assembly.stores import reading_stores
from suture.cli.main import cli

pytest.importorskip("psycopg", reason="the extra postgres is not installed")
pytestmark = pytest.mark.processes


def stored(nodes: Nodes) -> list[str]:
    """Return the control ids the store has, in its order."""
    found: list[str] = []
    with reading_stores(load_settings(nodes.config)) as (_, clinical):
        while page := clinical.arrivals_after(len(found), 1000):
            found += [each.control_id for each in page]
    return found


def check(nodes: Nodes, lab: Peer, feeds: list[Feed]) -> None:
    """Compare sent, stored and delivered."""
    sent = [f"MSG{number:05}" for feed in feeds for number in feed.acknowledged]
    assert not [refused for feed in feeds for refused in feed.refused]
    assert not set(stored(nodes)) ^ set(sent) and len(stored(nodes)) == len(sent), (
        "stored once each"
    )
    got = first_seen(lab.numbers())
    assert not set(got) ^ set(sent), "delivered, under the control ids they came with"
    for feed in feeds:
        lane = [f"MSG{number:05}" for number in feed.acknowledged]
        assert [each for each in got if each in set(lane)] == lane, "in the order of the lane"


async def everything(lab: Peer, feeds: list[Feed]) -> None:
    """Wait until the peer has what was acknowledged."""
    sent = {f"MSG{number:05}" for feed in feeds for number in feed.acknowledged}
    await until(lambda: sent <= set(lab.numbers()), "the last delivery")


def test_roles_in_processes_survive_kill_and_stop(tmp_path: Path) -> None:
    """A listener is killed, a worker stopped past its fence, then the server crashes."""

    async def story() -> None:
        async with peer() as lab:
            lab.delay_s = 0.005
            nodes = nodes_in(tmp_path, lab.port)
            try:
                roles = ("work", "work", "listen")
                _, sleeper, listener = await asyncio.gather(*map(nodes.start, roles))
                feeds = [Feed(nodes.port, lane) for lane in (1, 2, 3, 4)]
                tasks = [asyncio.create_task(feed.run(20)) for feed in feeds]
                await until(lambda: len(lab.got) > 20, "deliveries")
                sleeper.signal(signal.SIGSTOP)
                listener.signal(signal.SIGKILL)
                await nodes.start("listen")
                await asyncio.sleep(FENCED_S)
                before = len(lab.got)
                await until(lambda: len(lab.got) > before + 5, "deliveries by the other worker")
                sleeper.signal(signal.SIGCONT)
                assert await sleeper.ended() == 1, "who was fenced ends"
                assert "store.superseded" in sleeper.said()
                postgres_server().restart()
                for feed in feeds:
                    feed.is_over = True
                await asyncio.gather(*tasks)
                await everything(lab, feeds)
                check(nodes, lab, feeds)
            finally:
                await nodes.kill_all()

    asyncio.run(story())


@pytest.mark.slow
def test_every_role_is_killed_again_and_again(tmp_path: Path) -> None:
    """kill -9 in turns, each started again at once: nothing lost, stored once, in order."""

    async def story() -> None:
        async with peer() as lab:
            nodes = nodes_in(tmp_path, lab.port)
            try:
                roles = ("listen", "work", "web", "work", "listen")
                living = list(await asyncio.gather(*map(nodes.start, roles)))
                feeds = [Feed(nodes.port, lane) for lane in (1, 2, 3, 4)]
                tasks = [asyncio.create_task(feed.run(20)) for feed in feeds]
                for kill in range(KILLS):
                    at = kill % len(living)
                    living[at].signal(signal.SIGKILL)
                    living[at] = await nodes.start(living[at].role)
                for feed in feeds:
                    feed.is_over = True
                await asyncio.gather(*tasks)
                await everything(lab, feeds)
                check(nodes, lab, feeds)
            finally:
                await nodes.kill_all()

    asyncio.run(story())


KILLS = 10


@asynccontextmanager
async def hub_of(nodes: Nodes, role: str) -> AsyncIterator[Hub]:
    """Run one node in this process."""
    settings = load_settings(nodes.config)
    hub = await asyncio.to_thread(open_hub, settings, role=role_of(role, settings))
    try:
        await hub.start()
        yield hub
    finally:
        await hub.close()


def test_one_of_two_whole_nodes_is_renewed_under_load(tmp_path: Path) -> None:
    """Senders reconnect to the other one: nothing is lost, nothing stored twice."""

    async def story() -> None:
        async with peer() as lab:
            nodes = nodes_in(tmp_path, lab.port)
            feeds = [Feed(nodes.port, lane) for lane in (1, 2, 3)]
            async with hub_of(nodes, "all"):
                tasks = [asyncio.create_task(feed.run(10)) for feed in feeds]
                for _ in range(2):
                    async with hub_of(nodes, "all"):
                        before = len(lab.got)
                        await until(lambda: len(lab.got) > before + 10, "deliveries")  # noqa: B023
                for feed in feeds:
                    feed.is_over = True
                await asyncio.gather(*tasks)
                await everything(lab, feeds)
                check(nodes, lab, feeds)

    asyncio.run(story())


def test_parts_hear_of_each_other(tmp_path: Path) -> None:
    """A sender hears of a delivery elsewhere, a pause and a deployment reach every process."""

    async def story() -> None:
        async with peer() as lab:
            nodes = nodes_in(tmp_path, lab.port, top='ack = "on_delivered"')
            feed = Feed(nodes.port, 1)
            async with (
                hub_of(nodes, "listen") as listener,
                hub_of(nodes, "work") as worker,
                hub_of(nodes, "web") as web,
            ):
                assert list(listener.addresses) == ["adt", "partners", "health"]
                assert list(web.addresses) == ["console"]
                assert list(worker.addresses) == ["health"]
                await asyncio.wait_for(feed.send(3), 10)
                assert lab.numbers() == ["MSG10000", "MSG10001", "MSG10002"]
                await web.flows.pause("adt", is_paused=True)
                await until(lambda: not listener.flows.addresses, "the pause")
                await web.flows.pause("adt", is_paused=False)
                await until(lambda: listener.flows.addresses, "the end of the pause")
                text = (nodes.folder / "flows" / "adt" / "flow.toml").read_text("utf-8")
                deployed_flows(nodes.folder, {"adt": text.replace("laboratory", "lab")})
                hubs = (listener, worker, web)
                wanted = "to the lab"
                await until(
                    lambda: all(x.flows.status()[0]["description"] == wanted for x in hubs),
                    "the new version",
                )
                await asyncio.sleep(2 * TEND_S)
                done = await asyncio.to_thread(
                    CliRunner().invoke, cli, ["store", "nodes", "--config", str(nodes.config)]
                )
                assert done.exit_code == 0
                for role in ("listen", "work", "web"):
                    assert role in done.output
                assert "flows differ" not in done.output

    asyncio.run(story())


def test_one_worker_reads_a_folder_and_another_takes_it_over(tmp_path: Path) -> None:
    """A folder is one process's duty; when that one leaves, the other goes on."""

    async def story() -> None:
        async with peer() as lab:
            nodes = nodes_in(tmp_path, lab.port)
            source = 'connector = "files"\nfolder = "inbox"\npattern = "*.hl7"\npoll_s = 0.1\n'
            text = flow_text(lab.port).replace('connector = "mllp"\nport = 0\n', source, 1)
            deployed_flows(nodes.folder, {"adt": text})
            inbox = nodes.folder / "inbox"
            inbox.mkdir()
            async with hub_of(nodes, "work"):
                async with hub_of(nodes, "work"):
                    (inbox / "one.hl7").write_bytes(hl7(1))
                    await until(lambda: lab.numbers() == ["MSG00001"], "the first file")
                (inbox / "two.hl7").write_bytes(hl7(2))
                await until(lambda: lab.numbers() == ["MSG00001", "MSG00002"], "the second file")
            async with hub_of(nodes, "work"):
                (inbox / "three.hl7").write_bytes(hl7(3))
                await until(lambda: len(lab.got) == 3, "the third file")

    asyncio.run(story())


FENCED_S = 4.0
"""Longer than a silent process of the test keeps its claims."""


@pytest.mark.parametrize("role", ["listen", "work", "web"])
def test_a_part_of_a_hub_on_files_is_refused(tmp_path: Path, role: str) -> None:
    """A file has one process; the code says so."""
    config = settings_in(tmp_path)
    done = CliRunner().invoke(cli, ["run", "--config", str(config), "--role", role])
    assert getattr(done.exception, "code", "") == "run.role"
