"""A real RabbitMQ of the machine (Debian's), in a folder of its own, on loopback only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import aio_pika
from certificates import Authority

_BESIDE = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PROGRAM = str(_BESIDE) if _BESIDE.is_file() else shutil.which("rabbitmq-server")
"""Debian's own script changes the user; the one behind it does not."""
USER, PASSWORD = "hub", "pass-1234"
START_S = 60


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RabbitServer:
    """One broker; its name finder (epmd) is its own too."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="suture-mq-"))
        self.port, self.tls_port, self._epmd = _free_port(), _free_port(), _free_port()
        self.authority = Authority(self.folder)
        self.authority.issue("broker", days=10)
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndefault_user = {USER}\n"
            f"default_pass = {PASSWORD}\ndefault_permissions.configure = .*\n"
            "default_permissions.read = .*\ndefault_permissions.write = .*\n"
            "disk_free_limit.absolute = 1MB\n"
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}\n"
            f"ssl_options.cacertfile = {self.folder}/ca.pem\n"
            f"ssl_options.certfile = {self.folder}/broker.pem\n"
            f"ssl_options.keyfile = {self.folder}/broker.key\n"
            "ssl_options.verify = verify_none\nssl_options.fail_if_no_peer_cert = false\n",
            "utf-8",
        )
        (self.folder / "plugins").write_text("[].\n", "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": folder,
            "RABBITMQ_NODENAME": f"suture{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_DIST_PORT": str(_free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd),
        }

    def start(self) -> None:
        """Run and wait until it takes connections."""
        assert PROGRAM is not None, "looked for before"
        log = (self.folder / "said.log").open("ab")
        self._process = subprocess.Popen(
            [PROGRAM], env=self._environment(), stdout=log, stderr=log, start_new_session=True
        )
        for _ in range(START_S * 10):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError((self.folder / "said.log").read_text("utf-8")[-500:])

    async def connected(self) -> Any:
        """Return a connection of the reference client."""
        return await aio_pika.connect(
            host="127.0.0.1", port=self.port, login=USER, password=PASSWORD, timeout=5
        )

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    def remove(self) -> None:
        """Kill it and leave nothing."""
        self.stop()
        killer = [shutil.which("epmd") or "epmd", "-port", str(self._epmd), "-kill"]
        subprocess.run(killer, check=False, stdout=subprocess.DEVNULL, env=self._environment())
        shutil.rmtree(self.folder, ignore_errors=True)

    async def do(self, work: Any) -> Any:
        """Call `work` with a channel of the reference client."""
        connection = await self.connected()
        try:
            return await work(await connection.channel())
        finally:
            await connection.close()

    async def make(self, name: str) -> None:
        """Make a queue whose refused messages go to `NAME.dead`."""

        async def work(channel: Any) -> None:
            await channel.declare_queue(f"{name}.dead", durable=True)
            more = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{name}.dead"}
            await channel.declare_queue(name, durable=True, arguments=more)

        await self.do(work)

    async def put(self, name: str, content: bytes, id: str = "") -> None:
        """Publish one message into a queue."""
        message = aio_pika.Message(content, message_id=id or None, delivery_mode=2)
        # The client makes an id up where there is none; other publishers do not.
        none = SimpleNamespace(hex=None)
        with mock.patch("aiormq.channel.UUID", return_value=none):
            await self.do(lambda channel: channel.default_exchange.publish(message, name))

    async def take(self, name: str) -> list[tuple[bytes, str]]:
        """Take everything out of a queue: (content, message id)."""

        async def work(channel: Any) -> list[tuple[bytes, str]]:
            queue = await channel.get_queue(name)
            found = []
            while (message := await queue.get(fail=False)) is not None:
                await message.ack()
                found.append((message.body, message.message_id or ""))
            return found

        found: list[tuple[bytes, str]] = await self.do(work)
        return found

    async def count(self, name: str) -> int:
        """Return how many messages wait in a queue, those handed out not counted."""

        async def work(channel: Any) -> int:
            queue = await channel.declare_queue(name, passive=True)
            return int(queue.declaration_result.message_count)

        found: int = await self.do(work)
        return found
