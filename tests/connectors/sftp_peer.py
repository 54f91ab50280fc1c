"""SFTP servers nobody here wrote: OpenSSH where it is installed, asyncssh everywhere."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any, Protocol

import asyncssh

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").is_file() else None)
USER = os.environ.get("USER") or "root"


class Server(Protocol):
    """A server whose files are in `home`."""

    port: int
    home: Path

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


def keys(folder: Path) -> None:
    """Write a host key, a client's key, and the file by which the client knows the host."""
    host = asyncssh.generate_private_key("ssh-ed25519")
    client = asyncssh.generate_private_key("ssh-ed25519")
    host.write_private_key(str(folder / "host"))
    client.write_private_key(str(folder / "client"))
    client.write_public_key(str(folder / "authorized"))
    for name in ("host", "client", "authorized"):
        (folder / name).chmod(0o600)


def know(folder: Path, port: int, name: str = "known") -> None:
    """Write the file of host keys for a port."""
    public = asyncssh.read_private_key(str(folder / "host")).export_public_key().decode().strip()
    (folder / name).write_text(f"[127.0.0.1]:{port} {public}\n", "ascii")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OpenSsh:
    """A real sshd of this user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        keys(folder)
        know(folder, self.port)
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/authorized\nPidFile {folder}/sshd.pid\n"
            "UsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
            "Subsystem sftp internal-sftp\n",
            "ascii",
        )

    def path(self, name: str) -> str:
        """Return a folder as the client names it."""
        return str(self.home / name)

    async def start(self) -> None:
        """Listen; raises RuntimeError when it ends instead."""
        await asyncio.to_thread(self._launch)
        for _ in range(500):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                assert self.process is not None, "just launched"
                if self.process.poll() is not None:
                    raise RuntimeError("sshd ended") from None
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return

    def _launch(self) -> None:
        assert SSHD is not None, "looked for before"
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        words = [SSHD, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        log = (self.folder / "sshd.log").open("wb")
        self.process = subprocess.Popen(words, stderr=log, start_new_session=True)

    async def stop(self) -> None:
        """Be gone, with every session."""
        await asyncio.to_thread(self._kill)

    def _kill(self) -> None:
        if self.process is None:
            return
        for one in [self.process.pid, *descendants(self.process.pid)]:
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None


def descendants(process: int) -> list[int]:
    """Return the processes a process started, and theirs."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == process:
            found += [int(path.parent.name), *descendants(int(path.parent.name))]
    return found


class _Accounts(asyncssh.SSHServer):
    """Public keys of a file, and one password."""

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, "pass-1234")


class AsyncSsh:
    """asyncssh's own server; its files are under `home`, which it calls `/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.port = 0
        self._server: Any = None
        self._open: list[Any] = []
        keys(folder)

    def path(self, name: str) -> str:
        """Return a folder as the client names it."""
        return f"/{name}"

    async def start(self) -> None:
        """Listen, at the port it had before if it had one."""
        opened = self._open

        class Kept(_Accounts):
            def connection_made(self, conn: Any) -> None:
                opened.append(conn)

        self._server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=Kept,
            server_host_keys=[str(self.folder / "host")],
            authorized_client_keys=str(self.folder / "authorized"),
            sftp_factory=lambda chan: asyncssh.SFTPServer(chan, chroot=str(self.home).encode()),
            reuse_address=True,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        know(self.folder, self.port)

    async def stop(self) -> None:
        """Be gone, with every session."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        for connection in self._open:
            connection.abort()
        self._open.clear()
