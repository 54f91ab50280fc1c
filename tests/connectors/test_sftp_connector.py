"""SFTP in flows against OpenSSH and against asyncssh's server (S42, S52)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from conformance import HEAD, DestinationConformance, DestinationRig, SourceConformance, SourceRig
from flow_hub import connect, deliveries, hl7, open_exceptions_of, peer, running_hub, until
from sftp_peer import SSHD, USER, AsyncSsh, OpenSsh, know

from suture.assembly.hub import Hub
from suture.connectivity.transports.sftp import SftpLink, SftpSettings
from suture.core.refusal import MisconfiguredError

needs_openssh = pytest.mark.skipif(SSHD is None, reason="OpenSSH's server is not installed")
KINDS = [
    pytest.param(AsyncSsh, id="asyncssh"),
    pytest.param(OpenSsh, id="openssh", marks=[needs_openssh, pytest.mark.processes]),
]


def account(server: AsyncSsh | OpenSsh) -> str:
    """Return the entries of a flow that say who we are."""
    return (
        f'connector = "sftp"\nhost = "127.0.0.1"\nport = {server.port}\nuser = "{USER}"\n'
        'key_file = "ssh/client"\nknown_hosts = "ssh/known"\n'
    )


class Served:
    """A rig with a server in `ssh/` beside hub.toml."""

    kind: type[AsyncSsh | OpenSsh] = AsyncSsh

    def __init__(self) -> None:
        self.server: AsyncSsh | OpenSsh

    async def start(self, folder: Path) -> None:
        """Start the server."""
        (folder / "ssh").mkdir()
        self.server = self.kind(folder / "ssh")
        (self.server.home / "box").mkdir()
        await self.server.start()

    async def stop(self) -> None:
        """Stop it."""
        await self.server.stop()


class DropRig(Served):
    """Files appear in the server's folder, as another client would put them there."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    @property
    def entries(self) -> str:
        """Its folder."""
        return f'{account(self.server)}folder = "{self.server.path("box")}"\npoll_s = 0.1'

    @property
    def small(self) -> str:
        """The same with a limit."""
        return f"{self.entries}\nfile_bytes_max = 2000"

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Put a file and wait until it was moved away."""
        self._count += 1
        path = self.server.home / "box" / f"{self._count:03}.hl7"
        path.write_bytes(content)
        await until(lambda: not path.exists(), "the file to be taken")
        return None


class BoxRig(Served):
    """Files are read from the server's folder."""

    can_refuse = False

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, bytes] = {}

    @property
    def entries(self) -> str:
        """Its folder."""
        return f'{account(self.server)}folder = "{self.server.path("box")}"\ntimeout_s = 5'

    async def away(self) -> None:
        """Stop the server and its sessions."""
        await self.server.stop()

    async def back(self) -> None:
        """Start it at its port."""
        await self.server.start()

    def refuse(self, number: int) -> None:
        """A folder cannot."""

    def got(self) -> list[bytes]:
        """Return every whole file, by time of writing."""
        files = sorted(
            (self.server.home / "box").glob("[!.]*.hl7"), key=lambda path: path.stat().st_mtime_ns
        )
        for path in files:
            self._seen.setdefault(path.name, path.read_bytes())
        return list(self._seen.values())


class TestSftpSource(SourceConformance):
    """C1 to C6 from a folder of asyncssh's server."""

    def rig(self) -> SourceRig:
        """Return a server with a folder."""
        return DropRig()


class TestSftpDestination(DestinationConformance):
    """C11 to C15 into a folder of asyncssh's server."""

    def rig(self) -> DestinationRig:
        """Return a server with a folder."""
        return BoxRig()


@needs_openssh
@pytest.mark.processes
class TestSftpSourceOpenSsh(SourceConformance):
    """C1 to C6 from a folder of a real sshd."""

    def rig(self) -> SourceRig:
        """Return a server with a folder."""
        one = DropRig()
        one.kind = OpenSsh  # type: ignore[assignment]
        return one


@needs_openssh
@pytest.mark.processes
class TestSftpDestinationOpenSsh(DestinationConformance):
    """C11 to C15 into a folder of a real sshd."""

    def rig(self) -> DestinationRig:
        """Return a server with a folder."""
        one = BoxRig()
        one.kind = OpenSsh  # type: ignore[assignment]
        return one


@asynccontextmanager
async def putting(
    folder: Path, server: AsyncSsh | OpenSsh, entries: str, more: str = ""
) -> AsyncIterator[Hub]:
    """Run a hub whose flow writes to a server."""
    text = (
        f'{HEAD}[source]\nconnector = "mllp"\nport = 0\n[[destination]]\nname = "there"\n{entries}'
        f'folder = "{server.path("box")}"\ntimeout_s = 1\n'
        f"retry = {{ first_s = 0.1, longest_s = 0.2 }}\n{more}"
    )
    async with running_hub(folder, {"put": text}) as hub:
        yield hub


@asynccontextmanager
async def served(folder: Path, kind: type[AsyncSsh | OpenSsh]) -> AsyncIterator[AsyncSsh | OpenSsh]:
    """Run a server with an empty folder."""
    (folder / "ssh").mkdir()
    server = kind(folder / "ssh")
    (server.home / "box").mkdir()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_with_another_key_is_not_spoken_to(
    tmp_path: Path, kind: type[AsyncSsh | OpenSsh]
) -> None:
    """Nothing is sent, an operator is told; with the right key known it goes on by redelivery."""

    async def story() -> None:
        async with served(tmp_path, kind) as server:
            real = (tmp_path / "ssh" / "host").read_bytes()
            asyncssh.generate_private_key("ssh-ed25519").write_private_key(
                str(tmp_path / "ssh" / "host")
            )
            know(tmp_path / "ssh", server.port)
            (tmp_path / "ssh" / "host").write_bytes(real)
            async with putting(tmp_path, server, account(server)) as hub:
                sender = await connect(hub, "put")
                await sender.send(hl7(1))
                await until(lambda: deliveries(hub)[0].code == "sftp.host-key", "the code")
                assert deliveries(hub)[0].state.value == "dead"
                assert list((server.home / "box").iterdir()) == []
                await until(lambda: open_exceptions_of(hub), "an exception")

    asyncio.run(story())


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_credentials_and_folders_end_with_a_person(
    tmp_path: Path, kind: type[AsyncSsh | OpenSsh]
) -> None:
    """Neither is tried again and again: sftp.login, sftp.no-such-folder."""

    async def story() -> None:
        async with served(tmp_path, kind) as server:
            asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "other"))
            (tmp_path / "other").chmod(0o600)
            wrong = account(server).replace("ssh/client", "other")
            async with putting(tmp_path, server, wrong) as hub:
                sender = await connect(hub, "put")
                await sender.send(hl7(1))
                await until(lambda: deliveries(hub)[0].code == "sftp.login", "the code")
            (server.home / "box").rmdir()
            async with putting(
                tmp_path / "two", server, account(server).replace("ssh/", "../ssh/")
            ) as hub:
                sender = await connect(hub, "put")
                await sender.send(hl7(2))
                await until(lambda: deliveries(hub)[0].code == "sftp.no-such-folder", "the code")
                assert deliveries(hub)[0].state.value == "dead"

    asyncio.run(story())


def test_a_password_is_a_way_in(tmp_path: Path) -> None:
    """From a file of mode 0600; a wrong one ends with a person."""

    async def story() -> None:
        async with served(tmp_path, AsyncSsh) as server:
            secret = tmp_path / "password"
            secret.write_text("pass-1234\n", "ascii")
            secret.chmod(0o600)
            entries = account(server).replace(
                'key_file = "ssh/client"', 'password_file = "password"'
            )
            async with putting(tmp_path, server, entries) as hub:
                sender = await connect(hub, "put")
                await sender.send(hl7(1))
                await until(lambda: deliveries(hub)[0].state.value == "delivered", "delivered")
            secret.write_text("pass-9999\n", "ascii")
            async with putting(tmp_path, server, entries) as hub:
                sender = await connect(hub, "put")
                await sender.send(hl7(2))
                await until(lambda: deliveries(hub)[1].code == "sftp.login", "the code")

    asyncio.run(story())


TAKING = """\
description = "from a server"
owner = "integration team"
order_by = "none"
[source]
{entries}
after = "delete"
poll_s = 0.1
file_bytes_max = 2000
[[destination]]
name = "kept"
connector = "files"
folder = "kept"
"""


def test_what_was_refused_is_not_deleted(tmp_path: Path) -> None:
    """A file that was taken is deleted; one that was refused is moved aside and stays whole."""

    async def story() -> None:
        async with served(tmp_path, AsyncSsh) as server:
            box = server.home / "box"
            entries = f'{account(server)}folder = "{server.path("box")}"'
            async with running_hub(tmp_path, {"take": TAKING.format(entries=entries)}):
                (box / "small.hl7").write_bytes(hl7(1))
                (box / "large.hl7").write_bytes(hl7(2) + b"NTE|1||" + b"x" * 3000)
                await until(lambda: not list(box.glob("*.hl7")), "both to be gone")
            assert [path.name for path in (box / "done").iterdir()] == ["large.hl7"]
            assert (box / "done" / "large.hl7").stat().st_size > 3000

    asyncio.run(story())


@needs_openssh
@pytest.mark.processes
def test_a_server_that_stands_still_holds_nobody_else_up(tmp_path: Path) -> None:
    """SIGSTOP of sshd: the try ends in time, another destination is served, then all arrives."""

    async def story() -> None:
        async with served(tmp_path, OpenSsh) as server, peer() as lab:
            assert isinstance(server, OpenSsh) and server.process is not None
            other = (
                f'[[destination]]\nname = "lab"\nconnector = "mllp"\nhost = "127.0.0.1"\n'
                f"port = {lab.port}\n"
            )
            async with putting(tmp_path, server, account(server), other) as hub:
                sender = await connect(hub, "put")
                os.killpg(server.process.pid, signal.SIGSTOP)
                try:
                    for number in range(3):
                        assert await sender.send(hl7(number)) == ("AA", "")
                    await until(lambda: len(lab.got) == 3, "the other destination")
                    await until(
                        lambda: any(d.code.startswith("sftp.con") for d in deliveries(hub)),
                        "a code",
                    )
                finally:
                    os.killpg(server.process.pid, signal.SIGCONT)
                box = server.home / "box"
                await until(lambda: len(list(box.glob("[!.]*.hl7"))) == 3, "all three")
                contents = {path.read_bytes() for path in box.glob("[!.]*.hl7")}
                assert contents == {hl7(number) for number in range(3)}

    asyncio.run(story())


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_at_the_server_sees_whole_files_only(
    tmp_path: Path, kind: type[AsyncSsh | OpenSsh]
) -> None:
    """While files are written and written again under one name."""
    content = b"x" * 300_000

    async def story() -> set[int]:
        sizes: set[int] = set()
        async with served(tmp_path, kind) as server:
            folder = tmp_path / "ssh"
            link = SftpLink(
                SftpSettings(
                    "127.0.0.1",
                    server.port,
                    USER,
                    folder / "known",
                    (folder / "client").read_text("ascii"),
                )
            )
            for number in range(20):
                writing = asyncio.create_task(
                    link.write(server.path("box"), f"{number % 3}.hl7", content)
                )
                while not writing.done():
                    found = (server.home / "box").glob("[!.]*.hl7")
                    sizes |= {path.stat().st_size for path in found}
                    await asyncio.sleep(0.001)
                await writing
            assert [one.name for one in await link.names(server.path("box"))] == [
                "0.hl7",
                "1.hl7",
                "2.hl7",
            ]
            assert await link.read(server.path("box/0.hl7"), 299_999) is None
            assert await link.read(server.path("box/0.hl7"), 300_000) == content
            await link.close()
        return sizes

    assert asyncio.run(story()) == {len(content)}


def test_files_that_cannot_be_used_are_told_at_the_start(tmp_path: Path) -> None:
    """A key that is none, no file of host keys."""
    known = tmp_path / "known"
    known.write_text("", "ascii")
    with pytest.raises(MisconfiguredError) as caught:
        SftpLink(SftpSettings("h", 22, "u", known, "no key"))
    assert caught.value.code == "sftp.key"
    with pytest.raises(MisconfiguredError) as caught:
        SftpLink(SftpSettings("h", 22, "u", tmp_path / "none"))
    assert caught.value.code == "sftp.known-hosts"
