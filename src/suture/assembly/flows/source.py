"""Where a flow's messages come from: a listener, or a folder that is looked at.

In: declared sources. Out: content for the flow's door. Refuses to know: flows' steps. A file is
taken when it no longer grows, message by message; it is moved away only after all of it is kept, so
a crash in between takes it again, and what was kept before is known by its key.
"""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

import structlog

from suture.assembly.flows.door import FlowDoor
from suture.connectivity.tls import TlsSettings
from suture.connectivity.transports.mllp import Inbound, MllpListener, MllpListenerSettings
from suture.core.refusal import RefusalError, StoreFullError
from suture.formats.hl7v2 import read_messages
from suture.orchestration.flows.declaration import FilesSource, MllpSource, Source

log = structlog.get_logger("suture.flow")

DRAIN_S = 2.0
"""How long a listener that closes answers what it took."""
FILES_PER_LOOK = 200
"""Files taken in one look; the rest wait for the next one."""


class OpenSource(Protocol):
    """A source that is open."""

    address: tuple[str, int] | None
    """Where it listens, if it does."""

    async def close(self) -> None:
        """Take nothing more, and finish what was taken."""


class MllpOpen:
    """A listener whose frames go to a flow's door."""

    def __init__(self, listener: MllpListener, address: tuple[str, int]) -> None:
        self._listener = listener
        self.address: tuple[str, int] | None = address

    async def close(self) -> None:
        """Close, answering for a while."""
        await self._listener.close(DRAIN_S)


async def open_mllp(declared: MllpSource, door: FlowDoor, base: Path) -> MllpOpen:
    """Listen for a flow; raises MisconfiguredError of the listener."""
    tls = None
    if declared.tls is not None:
        one = declared.tls
        tls = TlsSettings(
            certificate=base / one.certificate,
            key=base / one.key_file,
            client_ca=base / one.client_ca if one.client_ca else None,
        )

    async def take(inbound: Inbound) -> bytes | None:
        return await door.receive(inbound.peer, inbound.content, inbound.fault or "")

    settings = MllpListenerSettings(
        endpoint=door.name,
        host=declared.host,
        port=declared.port,
        frame_bytes_max=declared.frame_bytes_max,
        connections_max=declared.connections_max,
        idle_timeout_s=declared.idle_timeout_s,
        tls=tls,
    )
    listener = MllpListener(settings, take)
    return MllpOpen(listener, await listener.start())


class FilesOpen:
    """A folder that is looked at again and again."""

    address: tuple[str, int] | None = None

    def __init__(self, declared: FilesSource, door: FlowDoor, base: Path) -> None:
        self._declared = declared
        self._door = door
        self._folder = base / declared.folder
        self._done = self._folder / declared.done
        self._seen: dict[str, tuple[int, int]] = {}
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"files-{door.name}")

    async def close(self) -> None:
        """Finish the file under way."""
        self._stop.set()
        await self._task

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self.look()
            except StoreFullError as full:
                log.warning("flow.files-wait", flow=self._door.name, code=full.code)
            except (OSError, RuntimeError) as error:
                log.error("flow.files-failed", flow=self._door.name, error=type(error).__name__)
            try:
                await asyncio.wait_for(self._stop.wait(), self._declared.poll_s)
            except TimeoutError:
                continue

    async def look(self) -> int:
        """Take every file that has not grown since the last look; return how many."""
        taken = 0
        for path in await asyncio.to_thread(self._ready):
            if self._stop.is_set():
                break
            await self._take(path)
            taken += 1
        return taken

    def _ready(self) -> list[Path]:
        self._done.mkdir(parents=True, exist_ok=True)
        now: dict[str, tuple[int, int]] = {}
        ready: list[Path] = []
        for path in sorted(self._folder.iterdir()):
            name = path.name
            is_ours = fnmatchcase(name, self._declared.pattern) and not name.startswith(".")
            if not is_ours or not path.is_file() or name.endswith((".part", ".tmp")):
                continue
            about = path.stat()
            now[name] = (about.st_size, about.st_mtime_ns)
            if self._seen.get(name) == now[name] and len(ready) < FILES_PER_LOOK:
                ready.append(path)
        self._seen = now
        return ready

    async def _take(self, path: Path) -> None:
        peer = f"file/{path.name}"
        if self._seen[path.name][0] > self._declared.file_bytes_max:
            refusal = RefusalError("files.too-large", "the file is larger than the flow takes")
            await self._door.door.refuse(self._door.name, peer, b"", refusal)
        else:
            data = await asyncio.to_thread(path.read_bytes)
            for content in self._messages(data):
                await self._one(peer, content)
        await asyncio.to_thread(self._put_away, path)

    def _messages(self, data: bytes) -> list[bytes]:
        """Return the messages of a file: those of a batch, or the file as a whole."""
        if self._door.flow.declared.format != "hl7v2":
            return [data]
        return [found.data or data for found in read_messages([data])] or [data]

    async def _one(self, peer: str, content: bytes) -> None:
        try:
            await self._door.take(peer, content)
        except RefusalError as refusal:
            await self._door.door.refuse(self._door.name, peer, content, refusal)

    def _put_away(self, path: Path) -> None:
        target = self._done / path.name
        number = 1
        while target.exists():
            number += 1
            target = self._done / f"{path.stem}.{number}{path.suffix}"
        path.replace(target)
        self._seen.pop(path.name, None)


async def open_source(declared: Source, door: FlowDoor, base: Path) -> OpenSource | None:
    """Open a flow's source; None for one that other flows hand over to."""
    match declared:
        case MllpSource():
            return await open_mllp(declared, door, base)
        case FilesSource():
            return FilesOpen(declared, door, base)
    return None
