"""Files for flows: a folder that is looked at, and one file a message in another.

In: declared ends. Out: an open source, outcomes. Refuses to know: flows' steps, lanes. A file is
taken when it no longer grows, message by message; it is moved away only after all of it is kept, so
a crash in between takes it again, and what was kept before is known by its key.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from suture.assembly.flows.connectors.taking import Look, Looks, refuse_large, take_file
from suture.assembly.flows.door import FlowDoor
from suture.core.outcome import Accepted, Misconfigured, Outcome, Unavailable
from suture.core.refusal import StoreFullError
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.files import FilesDestination, FilesSource

log = structlog.get_logger("suture.flow")


class FilesOpen:
    """A folder that is looked at again and again."""

    address: tuple[str, int] | None = None

    def __init__(self, declared: FilesSource, door: FlowDoor, base: Path) -> None:
        self._declared = declared
        self._door = door
        self._folder = base / declared.folder
        self._done = self._folder / declared.done
        self._looks = Looks(declared.pattern)
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
        for name, size, _ in self._looks.whole(await asyncio.to_thread(self._there)):
            if self._stop.is_set():
                break
            await self._take(self._folder / name, size)
            taken += 1
        return taken

    def _there(self) -> list[Look]:
        self._done.mkdir(parents=True, exist_ok=True)
        plain = (path for path in self._folder.iterdir() if path.is_file())
        about = ((path.name, path.stat()) for path in plain)
        return [(name, found.st_size, found.st_mtime_ns) for name, found in about]

    async def _take(self, path: Path, size: int) -> None:
        peer = f"file/{path.name}"
        if size > self._declared.file_bytes_max:
            await refuse_large(self._door, peer)
        else:
            data = await asyncio.to_thread(path.read_bytes)
            await take_file(self._door, self._declared, peer, data)
        await asyncio.to_thread(self._put_away, path)

    def _put_away(self, path: Path) -> None:
        target = self._done / path.name
        number = 1
        while target.exists():
            number += 1
            target = self._done / f"{path.stem}.{number}{path.suffix}"
        path.replace(target)
        self._looks.forget(path.name)


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
