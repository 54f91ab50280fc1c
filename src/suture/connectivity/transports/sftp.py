"""SFTP: one connection to a server whose key is known, opened when it is needed.

In: where, who we are, which key the server must have. Out: names, contents, whole files at the
other side; `SftpError` with what may be done next. Refuses to know: what is in a file. A file is
written under a name of its own, synced where the server can, and renamed: nobody reads a part.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

import asyncssh

from suture.connectivity.transports.fault import TransportFault
from suture.core.refusal import MisconfiguredError

T = TypeVar("T")

NAMES_MAX = 10_000
"""Names of a folder that one look considers; the rest wait."""
CHUNK_BYTES = 256 * 1024


class SftpError(TransportFault):
    """Why something was not done; holds a code and no name of a file."""


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """One account of one server."""

    host: str
    port: int
    user: str
    known_hosts: Path
    """OpenSSH's file of host keys: the server must have one of them."""
    private_key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a folder."""

    name: str
    size: int
    modified: float


class SftpLink:
    """A connection that comes and goes; one thing at a time on it."""

    def __init__(self, settings: SftpSettings) -> None:
        """Prepare, without connecting; raises MisconfiguredError `sftp.key`, `sftp.known-hosts`."""
        self._settings = settings
        self._lock = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._keys: list[asyncssh.SSHKey] = []
        if settings.private_key:
            try:
                self._keys = [asyncssh.import_private_key(settings.private_key)]
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
                raise MisconfiguredError("sftp.key", "no private key without passphrase") from None
        try:
            self._known = asyncssh.read_known_hosts(str(settings.known_hosts))
        except (OSError, ValueError):
            raise MisconfiguredError(
                "sftp.known-hosts", "the file of host keys cannot be read: ssh-keyscan makes one"
            ) from None

    # ---- what can be done

    async def names(self, folder: str) -> list[Found]:
        """Return the plain files of a folder, by name."""

        async def work(client: asyncssh.SFTPClient) -> list[Found]:
            found = []
            async for entry in client.scandir(folder):
                attributes = entry.attrs
                if attributes.permissions is None or not stat.S_ISREG(attributes.permissions):
                    continue
                name = entry.filename
                text = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
                found.append(Found(text, attributes.size or 0, float(attributes.mtime or 0)))
                if len(found) >= NAMES_MAX:
                    break
            return sorted(found, key=lambda one: one.name)

        return await self._do(work)

    async def read(self, path: str, bytes_max: int) -> bytes | None:
        """Return a file's content, None when it is larger than `bytes_max`."""

        async def work(client: asyncssh.SFTPClient) -> bytes | None:
            async with client.open(path, "rb") as file:
                content = bytearray()
                while part := cast(bytes, await file.read(CHUNK_BYTES)):
                    content += part
                    if len(content) > bytes_max:
                        return None
                return bytes(content)

        return await self._do(work)

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write a file whole: aside, synced, renamed over what has its name."""

        async def work(client: asyncssh.SFTPClient) -> None:
            part = f"{folder}/.{name}.part"
            async with client.open(part, "wb") as file:
                await file.write(content)
                try:
                    await file.fsync()
                except asyncssh.SFTPOpUnsupported:
                    pass  # the server decides when it is on its disk
            try:
                await client.posix_rename(part, f"{folder}/{name}")
            except asyncssh.SFTPOpUnsupported:
                await client.rename(part, f"{folder}/{name}")

        await self._do(work)

    async def move(self, folder: str, name: str, target: str) -> None:
        """Move a file into another folder, under a new name where its own is taken."""

        async def work(client: asyncssh.SFTPClient) -> None:
            await client.makedirs(target, exist_ok=True)
            stem, dot, end = name.rpartition(".")
            for number in range(1, 1000):
                other = name if number == 1 else f"{stem}.{number}{dot}{end}"
                if not await client.exists(f"{target}/{other}"):
                    await client.rename(f"{folder}/{name}", f"{target}/{other}")
                    return
            raise SftpError("sftp.names-taken", "operator")

        await self._do(work)

    async def remove(self, path: str) -> None:
        """Remove a file."""
        await self._do(lambda client: client.remove(path))

    async def close(self) -> None:
        """Let go of the connection."""
        async with self._lock:
            await self._drop()

    # ---- the connection

    async def _do(self, work: Callable[[asyncssh.SFTPClient], Awaitable[T]]) -> T:
        """Do one thing within the time-out; a connection that failed is dropped."""
        async with self._lock:
            has_begun = False
            try:
                async with asyncio.timeout(self._settings.timeout_s):
                    client = await self._open()
                    has_begun = True
                    return await work(client)
            except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection):
                await self._drop()
                raise SftpError("sftp.connection-lost", "maybe") from None
            except asyncssh.SFTPError as error:
                raise _answered(error) from None
            except (TimeoutError, OSError, asyncssh.Error) as error:
                await self._drop()
                if has_begun:
                    raise SftpError("sftp.connection-lost", "maybe") from None
                raise _not_connected(error) from None

    async def _open(self) -> asyncssh.SFTPClient:
        if self._client is not None and self._connection is not None:
            return self._client
        one = self._settings
        self._connection = await asyncssh.connect(
            one.host,
            one.port,
            username=one.user,
            known_hosts=self._known,
            client_keys=self._keys or None,
            password=one.password or None,
            agent_path=None,
            config=None,
            gss_host=None,
            connect_timeout=one.timeout_s,
            login_timeout=one.timeout_s,
            keepalive_interval=15,
            keepalive_count_max=2,
        )
        self._client = await self._connection.start_sftp_client()
        return self._client

    async def _drop(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()


def _answered(error: asyncssh.SFTPError) -> SftpError:
    """Return what an answer of the server means; version 3, which most speak, says little."""
    match error:
        case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath() | asyncssh.SFTPNotADirectory():
            return SftpError("sftp.no-such-folder", "operator")
        case asyncssh.SFTPPermissionDenied() | asyncssh.SFTPWriteProtect():
            return SftpError("sftp.permission", "operator")
        case asyncssh.SFTPNoSpaceOnFilesystem() | asyncssh.SFTPQuotaExceeded():
            return SftpError("sftp.no-space", "later")
    return SftpError("sftp.failed", "later")


def _not_connected(error: BaseException) -> SftpError:
    match error:
        case asyncssh.HostKeyNotVerifiable():
            return SftpError("sftp.host-key", "operator")
        case asyncssh.PermissionDenied():
            return SftpError("sftp.login", "operator")
    return SftpError("sftp.connect-failed", "later")
