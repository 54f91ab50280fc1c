"""Processes of one hub on one store in PostgreSQL, senders that reconnect, what to compare."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from flow_hub import EB, VT, deployed_flows, flow_text, hl7, settings_in
from tests.postgres_server import new_schema, postgres_server

SOURCE = Path(__file__).resolve().parents[2] / "src"
SILENT_S = 2
START_S = 60
"""How long a process may take to start on a busy machine."""


def free_port() -> int:
    """Return a port nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Node:
    """One process of the hub."""

    role: str
    process: asyncio.subprocess.Process
    log: Path

    def signal(self, number: signal.Signals) -> None:
        """Stop it, let it go on, end it or kill it."""
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; return its code."""
        return await asyncio.wait_for(self.process.wait(), START_S)

    def said(self) -> str:
        """Return what it wrote to standard error."""
        return self.log.read_text("utf-8", "replace")


@dataclass
class Nodes:
    """A hub of several processes with one flow `adt` at `port`."""

    folder: Path
    port: int
    config: Path
    running: list[Node] = field(default_factory=list)

    async def start(self, role: str) -> Node:
        """Start a process and wait until it is ready."""
        log = self.folder / f"{role}-{len(self.running)}.log"
        with log.open("wb") as err:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "suture", "run"),
                *("--config", str(self.config), "--role", role),
                stdout=asyncio.subprocess.PIPE,
                stderr=err,
                env={**os.environ, "PYTHONPATH": str(SOURCE)},
            )
        node = Node(role, process, log)
        self.running.append(node)
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), START_S)
        assert line == f"running {role}\n".encode(), node.said()
        return node

    async def kill_all(self) -> None:
        """End what still runs."""
        for node in self.running:
            if node.process.returncode is None:
                node.process.kill()
        for node in self.running:
            await node.process.communicate()


def nodes_in(folder: Path, peer_port: int, *, top: str = "") -> Nodes:
    """Write the settings of a hub on a new pair of schemas and deploy its flow."""
    url, schema, port = postgres_server().url(), new_schema(), free_port()
    stores = f"[store]\nsilent_s = {SILENT_S}\n" + "".join(
        f'[store.{zone}]\nurl = "{url}"\ntables_in = "{schema}_{zone}"\n'
        for zone in ("clinical", "operations")
    )
    config = settings_in(folder, stores)
    text = flow_text(peer_port, top=top).replace("port = 0", f"port = {port}", 1)
    deployed_flows(folder, {"adt": text})
    return Nodes(folder, port, config)


@dataclass
class Feed:
    """One sender with one patient: each message again until it is acknowledged."""

    port: int
    lane: int
    acknowledged: list[int] = field(default_factory=list)
    is_over: bool = False
    refused: list[str] = field(default_factory=list)

    async def run(self, count_min: int) -> None:
        """Send until `is_over`, at least so many."""
        number = 0
        while not self.is_over or number < count_min:
            if await self._sent(self.lane * 10_000 + number):
                self.acknowledged.append(self.lane * 10_000 + number)
                number += 1
                await asyncio.sleep(0.1)
            else:
                await asyncio.sleep(0.1)

    async def send(self, count: int) -> None:
        """Send so many."""
        self.is_over = True
        await self.run(count)

    async def _sent(self, number: int) -> bool:
        try:
            if not hasattr(self, "_pipe"):
                self._pipe = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self._pipe
            writer.write(VT + hl7(number, patient=f"SYN{self.lane:04}") + EB)
            answer = await asyncio.wait_for(reader.readuntil(EB), 10)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            if hasattr(self, "_pipe"):
                self._pipe[1].close()
                del self._pipe
            return False
        if b"MSA|AA|" not in answer:
            self.refused.append(answer.decode("ascii", "replace"))
            return False
        return True


def first_seen(got: list[str]) -> list[str]:
    """Return control ids without repetitions, in the order they came first."""
    return list(dict.fromkeys(got))
