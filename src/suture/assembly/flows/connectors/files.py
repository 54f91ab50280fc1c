"""Files for flows: a folder that is looked at, and one file a message in another.

In: declared ends. Out: an open source, outcomes. Refuses to know: flows' steps, lanes. A file is
taken when it no longer grows, message by message; it is moved away only after all of it is kept, so
a crash in between takes it again, and what was kept before is known by its key.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import structlog

from suture.assembly.flows.door import FlowDoor
from suture.core.outcome import Accepted, Misconfigured, Outcome, Unavailable
from suture.core.refusal import RefusalError, StoreFullError
from suture.formats.hl7v2 import read_messages
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.files import FilesDestination, FilesSource

log = structlog.get_logger("suture.flow")

FILES_PER_LOOK = 200
"""Files taken in one look; the rest wait for the next one."""


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


@dataclass(frozen=True)
class FilesOutlet:
    """One file a message, written aside and then renamed."""

    declared: FilesDestination
    base: Path

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Write the file; its name is the message's, so a repetition writes the same one."""
        return await asyncio.to_thread(self._write, delivery, content)

    def _write(self, delivery: Delivery, content: bytes) -> Outcome:
        folder = self.base / self.declared.folder
        path = folder / f"{delivery.exchange}{self.declared.suffix}"
        part = folder / f".{path.name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except PermissionError:
            return Misconfigured("files.permission", "the folder cannot be written")
        except OSError:
            return Unavailable("files.write-failed")
        return Accepted({"file": path.name})

    async def close(self) -> None:
        """Nothing is held open."""
