"""Live, ready and metrics of a process that serves no console, and of one that does."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from flow_hub import Peer, flow_text, peer, running_hub, until
from flow_nodes import Feed, nodes_in

from suture.api import health
from suture.api.health import Readiness, Trouble
from suture.assembly.hub import Hub, open_hub
from suture.assembly.roles import role_of
from suture.assembly.settings import load_settings


@asynccontextmanager
async def part(config: Path, role: str) -> AsyncIterator[Hub]:
    """Run one part of a hub of several in this process."""
    settings = load_settings(config)
    hub = await asyncio.to_thread(open_hub, settings, role=role_of(role, settings))
    try:
        await hub.start()
        yield hub
    finally:
        await hub.close()


async def got(hub: Hub, path: str, door: str = "health") -> httpx.Response:
    """Ask a hub's door."""
    base = "http://{}:{}".format(*hub.addresses[door])
    async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
        return await client.get(path)


def test_listeners_and_workers_have_a_door_of_their_own(tmp_path: Path) -> None:
    """Each is live and ready, counts its own leg, and serves no page and no interface."""
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")

    async def story(lab: Peer) -> None:
        nodes = nodes_in(tmp_path, lab.port)
        async with part(nodes.config, "work") as work, part(nodes.config, "listen") as listen:
            for one, role in ((work, "work"), (listen, "listen")):
                assert (await got(one, "/health/live")).json() == {"status": "live"}
                ready = await got(one, "/health/ready")
                assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
                assert (await got(one, "/api/v1/health")).status_code == 404
                assert (await got(one, "/")).status_code == 404
                kept = (tmp_path / "stores" / f"health-{role}.port").read_text()
                assert int(kept) == one.addresses["health"][1]
                assert one.addresses["health"][0] == "127.0.0.1"
            await Feed(nodes.port, 1).send(2)
            await until(lambda: len(lab.got) == 2, "delivered")
            received = 'suture_received_total{code="taken",endpoint="adt"} 2.0'
            sent = 'suture_sent_total{code="accepted",destination="adt.lab"} 2.0'
            await until(lambda: "adt.lab" in work.port.pulse.destinations)
            of_listener, of_worker = [(await got(x, "/metrics")).text for x in (listen, work)]
            assert received in of_listener and received not in of_worker
            assert sent in of_worker and sent not in of_listener
            assert "SYN" not in of_listener + of_worker
            listen.stop()
            await asyncio.sleep(health.FRESH_S)
            ending = await got(listen, "/health/ready")
            assert (ending.status_code, ending.json()["title"]) == (503, "hub.stopping")

    async def with_peer() -> None:
        async with peer() as lab:
            await story(lab)

    asyncio.run(with_peer())


def test_the_console_s_door_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready, then a full disk: 503 with the code; and ready again."""
    real, free = shutil.disk_usage, [10**12]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=free[0]))

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows, "", 1_000_000) as hub:
                assert (await got(hub, "/health/live", "console")).status_code == 200
                assert (await got(hub, "/health/ready", "console")).status_code == 200
                free[0] = 1

                async def comes(status: int) -> Any:
                    for _ in range(100):
                        answer = await got(hub, "/health/ready", "console")
                        if answer.status_code == status:
                            return answer
                        await asyncio.sleep(0.1)
                    raise AssertionError("it never came")

                told = (await comes(503)).json()
                assert told["title"] == "store.low-space"
                assert "clinical" in told["detail"] and "operations" in told["detail"]
                free[0] = 10**12
                await comes(200)
                await hub.flows.pause("adt", is_paused=True)
                await asyncio.sleep(health.FRESH_S)
                assert (await got(hub, "/health/ready", "console")).status_code == 200

    asyncio.run(story())


class _Clock:
    """Steady seconds that stand still."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        """Return them."""
        return self.now_s


class _Port:
    """A hub with a clock."""

    def __init__(self) -> None:
        self.clock = _Clock()


def test_a_store_that_does_not_answer_is_told_and_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unreachable and silent are the same to a probe; many probes are one question."""
    monkeypatch.setattr(health, "ANSWER_S", 0.1)
    asked: list[str] = []

    def away() -> list[Trouble]:
        asked.append("away")
        raise ConnectionError

    def silent() -> list[Trouble]:
        asked.append("silent")
        time.sleep(0.4)
        return []

    async def story() -> None:
        for troubles in (away, silent):
            one = Readiness(_Port(), troubles)  # type: ignore[arg-type]
            for found in await asyncio.gather(*(one.look() for _ in range(20))):
                assert [x.code for x in found] == ["store.unreachable"]

    asyncio.run(story())
    assert asked == ["away", "silent"]


def test_a_hub_whose_only_listener_is_not_open_is_not_ready(tmp_path: Path) -> None:
    """The port is somebody else's: nothing could be taken, and a balancer is told so."""

    async def story() -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            taken = other.getsockname()[1]
            text = flow_text(9).replace("port = 0", f"port = {taken}", 1)
            async with running_hub(tmp_path, {"adt": text}) as hub:
                told = await got(hub, "/health/ready", "console")
                assert (told.status_code, told.json()["title"]) == (503, "listen.none")
                assert (await got(hub, "/health/live", "console")).status_code == 200

    asyncio.run(story())
