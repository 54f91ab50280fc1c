"""SFTP for flows: a folder of a server that is looked at, and one file a message in another.

In: declared ends. Out: an open source, outcomes. Refuses to know: SSH, flows' steps, lanes. A file
is taken when it no longer grows, and moved or deleted only after all of it is kept.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from suture.assembly.flows.connectors.ends import outcome_of
from suture.assembly.flows.connectors.taking import Looks, refuse_large, take_file
from suture.assembly.flows.door import FlowDoor
from suture.assembly.secret import read_secret
from suture.connectivity.transports.sftp import SftpError, SftpLink, SftpSettings
from suture.core.outcome import Accepted, Outcome
from suture.core.refusal import StoreFullError
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.sftp import SftpAccount, SftpDestination, SftpSource

log = structlog.get_logger("suture.flow")

PAUSE_S_MAX = 300.0
"""Longest pause between looks at a server that cannot be reached."""


def link_of(account: SftpAccount, base: Path, timeout_s: float) -> SftpLink:
    """Return a link, not yet connected; raises MisconfiguredError of its files."""
    return SftpLink(
        SftpSettings(
            host=account.host,
            port=account.port,
            user=account.user,
            known_hosts=base / account.known_hosts,
            private_key=read_secret(base / account.key_file) if account.key_file else "",
            password=read_secret(base / account.password_file) if account.password_file else "",
            timeout_s=timeout_s,
        )
    )


class SftpOpen:
    """A folder of a server that is looked at again and again."""

    address: tuple[str, int] | None = None

    def __init__(self, declared: SftpSource, door: FlowDoor, base: Path) -> None:
        """Begin to look; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._door = door
        self._link = link_of(declared, base, declared.timeout_s)
        self._looks = Looks(declared.pattern)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"sftp-{door.name}")

    async def close(self) -> None:
        """Finish the file under way and let go of the server."""
        self._stop.set()
        await self._task
        await self._link.close()

    async def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                await self.look()
                failures = 0
            except StoreFullError as full:
                log.warning("flow.files-wait", flow=self._door.name, code=full.code)
            except SftpError as error:
                failures += 1
                log.warning("flow.sftp-failed", flow=self._door.name, code=error.code)
            except (OSError, RuntimeError) as error:
                failures += 1
                log.error("flow.files-failed", flow=self._door.name, error=type(error).__name__)
            pause_s = self._declared.poll_s * 2.0 ** min(failures, 10)
            try:
                await asyncio.wait_for(
                    self._stop.wait(), min(pause_s, max(PAUSE_S_MAX, self._declared.poll_s))
                )
            except TimeoutError:
                continue

    async def look(self) -> int:
        """Take every file that has not changed since the last look; return how many."""
        folder = self._declared.folder.rstrip("/")
        found = await self._link.names(folder or "/")
        taken = 0
        for name, size, _ in self._looks.whole((f.name, f.size, f.modified) for f in found):
            if self._stop.is_set():
                break
            await self._take(folder, name, size)
            taken += 1
        return taken

    async def _take(self, folder: str, name: str, size: int) -> None:
        peer = f"sftp/{name}"
        data, is_kept = None, False
        if size <= self._declared.file_bytes_max:
            data = await self._link.read(f"{folder}/{name}", self._declared.file_bytes_max)
        if data is None:
            await refuse_large(self._door, peer)
        else:
            is_kept = await take_file(self._door, self._declared, peer, data)
        if self._declared.after == "delete" and is_kept:
            await self._link.remove(f"{folder}/{name}")
        else:
            await self._link.move(folder, name, f"{folder}/{self._declared.done}")
        self._looks.forget(name)


class SftpOutlet:
    """One file a message at a server, written aside and then renamed."""

    def __init__(self, declared: SftpDestination, base: Path) -> None:
        """Prepare, without connecting; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._link = link_of(declared, base, declared.timeout_s)

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Write the file; its name is the message's, so a repetition writes the same one."""
        name = f"{delivery.exchange}{self._declared.suffix}"
        try:
            await self._link.write(self._declared.folder.rstrip("/") or "/", name, content)
        except SftpError as error:
            return outcome_of(error)
        return Accepted({"file": name})

    async def close(self) -> None:
        """Let go of the server."""
        await self._link.close()
