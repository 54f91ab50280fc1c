"""A real nats-server with JetStream: from the development wheel, else the machine's own."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import nats

_WHEEL = Path(sys.executable).parent / "nats-server"
PROGRAM = str(_WHEEL) if _WHEEL.is_file() else shutil.which("nats-server")
STREAM = "ORDERS"


class NatsServer:
    """One server in a folder of its own; what it acknowledged is on the disk."""

    def __init__(self, folder: Path, *, user: str = "", password: str = "") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._login = {"user": user, "password": password} if user else {}
        accounts = f'authorization {{ user: "{user}", password: "{password}" }}\n' if user else ""
        self._folder = folder
        self._config = folder / "nats.conf"
        self._config.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: 64KB\n{accounts}'
            f'jetstream {{ store_dir: "{folder}/js", sync_interval: always }}\n',
            "utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Run and wait until it listens."""
        await asyncio.to_thread(self._launch)
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return

    def _launch(self) -> None:
        assert PROGRAM is not None, "looked for before"
        log = (self._folder / "nats.log").open("ab")
        self._process = subprocess.Popen([PROGRAM, "-c", str(self._config)], stderr=log)

    async def stop(self, *, is_hard: bool = False) -> None:
        """End it; `is_hard` kills it."""
        await asyncio.to_thread(self._end, is_hard)

    def _end(self, is_hard: bool) -> None:
        if self._process is not None:
            self._process.kill() if is_hard else self._process.terminate()
            self._process.wait(20)
            self._process = None

    async def do(self, work: Any) -> Any:
        """Call `work` with a JetStream context of the reference client."""
        client = await nats.connect(self.url, connect_timeout=5, **self._login)
        try:
            return await work(client.jetstream())
        finally:
            await client.close()

    async def make_stream(self) -> None:
        """Make the stream of the tests."""
        await self.do(lambda js: js.add_stream(name=STREAM, subjects=["orders.>"]))

    async def put(self, content: bytes, **headers: str) -> None:
        """Publish one message."""
        await self.do(lambda js: js.publish("orders.new", content, headers=headers or None))

    async def all(self) -> list[bytes]:
        """Return what is in the stream, oldest first."""

        async def read(js: Any) -> list[bytes]:
            about = await js.stream_info(STREAM)
            first, last = about.state.first_seq, about.state.last_seq
            return [(await js.get_msg(STREAM, seq)).data for seq in range(max(first, 1), last + 1)]

        found: list[bytes] = await self.do(read)
        return found

    async def pending(self, durable: str) -> int:
        """Return how many messages a consumer has not acknowledged, those to come included."""

        async def ask(js: Any) -> int:
            about = await js.consumer_info(STREAM, durable)
            return int(about.num_ack_pending + about.num_pending)

        found: int = await self.do(ask)
        return found
