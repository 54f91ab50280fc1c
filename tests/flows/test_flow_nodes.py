"""Listeners, workers and a console in processes of their own, on one store in PostgreSQL.

What senders were acknowledged, what the store has and what a real MLLP peer got are compared:
everything once at least, in the order of each lane, under the same control ids.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_hub import Peer, peer, settings_in, until
from flow_nodes import Feed, Nodes, first_seen, nodes_in
from tests.postgres_server import postgres_server

from suture.assembly.settings import load_settings
from suture.assembly.stores import reading_stores
from suture.cli.main import cli

pytest.importorskip("psycopg", reason="the extra postgres is not installed")
pytestmark = pytest.mark.processes


def stored(nodes: Nodes) -> list[str]:
    """Return the control ids the store has, in its order."""
    with reading_stores(load_settings(nodes.config)) as (_, clinical):
        return [each.control_id for each in clinical.arrivals_after(0, 1000)]


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


def test_roles_in_processes_survive_kill_stop_and_rolling_restart(tmp_path: Path) -> None:
    """Two listeners, two workers: killed, stopped past the fence, renewed."""

    async def story() -> None:
        async with peer() as lab:
            lab.delay_s = 0.005
            nodes = nodes_in(tmp_path, lab.port)
            try:
                await nodes.start("work")
                others = ("work", "listen", "listen")
                sleeper, listener, second = await asyncio.gather(*map(nodes.start, others))
                feeds = [Feed(nodes.port, lane) for lane in (1, 2, 3, 4)]
                tasks = [asyncio.create_task(feed.run(20)) for feed in feeds]
                await until(lambda: len(lab.got) > 20, "deliveries")
                sleeper.signal(signal.SIGSTOP)
                listener.signal(signal.SIGKILL)
                await nodes.start("listen")
                second.signal(signal.SIGTERM)
                assert await second.ended() == 0, second.said()
                await asyncio.sleep(SILENT_AND_MORE_S)
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


SILENT_AND_MORE_S = 4.0


def test_a_sender_hears_of_the_delivery_by_another_process(tmp_path: Path) -> None:
    """`ack = "on_delivered"` with listener and worker apart; two whole nodes beside each other."""

    async def story() -> None:
        async with peer() as lab:
            nodes = nodes_in(tmp_path, lab.port, top='ack = "on_delivered"')
            try:
                listener = await nodes.start("listen")
                feed = Feed(nodes.port, 1)
                task = asyncio.create_task(feed.run(3))
                await nodes.start("work")
                feed.is_over = True
                await asyncio.wait_for(task, 20)
                assert first_seen(lab.numbers()) == ["MSG10000", "MSG10001", "MSG10002"]
                assert listener.process.returncode is None
            finally:
                await nodes.kill_all()

    asyncio.run(story())


@pytest.mark.parametrize("role", ["listen", "work", "web"])
def test_a_part_of_a_hub_on_files_is_refused(tmp_path: Path, role: str) -> None:
    """A file has one process; the code says so."""
    config = settings_in(tmp_path)
    done = CliRunner().invoke(cli, ["run", "--config", str(config), "--role", role])
    assert getattr(done.exception, "code", "") == "run.role"
