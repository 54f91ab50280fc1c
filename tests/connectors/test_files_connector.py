"""Files in flows: another program puts files into a folder and takes them out of one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from conformance import DestinationConformance, DestinationRig, SourceConformance, SourceRig

from suture.assembly.flows.connectors.files import FilesOutlet
from suture.assembly.hub import Hub
from suture.core.outcome import Accepted
from suture.journal.record import Delivery, DeliveryState
from suture.orchestration.flows.connectors.files import FilesDestination

PUT = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"


class DropRig:
    """Another process writes a file under its own name each time."""

    entries = 'connector = "files"\nfolder = "in"\npattern = "*.hl7"\npoll_s = 0.05'
    small = entries + "\nfile_bytes_max = 2000"

    def __init__(self) -> None:
        self._folder = Path()
        self._count = 0

    async def start(self, folder: Path) -> None:
        """Make the folder."""
        self._folder = folder / "in"
        self._folder.mkdir()

    async def stop(self) -> None:
        """Leave what is there."""

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Write a file and wait until it was moved away."""
        self._count += 1
        path = self._folder / f"{self._count:03}.hl7"
        command = [sys.executable, "-c", PUT, str(path)]
        await asyncio.to_thread(subprocess.run, command, input=content, check=True, timeout=20)
        for _ in range(500):
            if not path.exists():
                return None
            await asyncio.sleep(0.02)
        raise AssertionError("the file was never taken")


class ReadRig:
    """A folder that is read as another program would; away means it cannot be made."""

    entries = 'connector = "files"\nfolder = "out/there"'
    can_refuse = False

    def __init__(self) -> None:
        self._folder = Path()
        self._seen: dict[str, bytes] = {}

    async def start(self, folder: Path) -> None:
        """Note where."""
        self._folder = folder / "out"

    async def stop(self) -> None:
        """Leave what is there."""

    async def away(self) -> None:
        """Put a file where the folder was."""
        self.got()
        shutil.rmtree(self._folder)
        self._folder.write_text("in the way", "ascii")

    async def back(self) -> None:
        """Take it away again."""
        self._folder.unlink()

    def refuse(self, number: int) -> None:
        """A folder cannot."""

    def got(self) -> list[bytes]:
        """Return every file ever seen, by time of writing."""
        if self._folder.is_dir():
            for path in sorted((self._folder / "there").glob("*.hl7"), key=os.path.getmtime):
                self._seen.setdefault(path.name, path.read_bytes())
        return list(self._seen.values())


class TestFilesSource(SourceConformance):
    """C1 to C6 from a folder."""

    def rig(self) -> SourceRig:
        """Return another process."""
        return DropRig()


class TestFilesDestination(DestinationConformance):
    """C11 to C15 into a folder."""

    def rig(self) -> DestinationRig:
        """Return a folder."""
        return ReadRig()


def delivery(exchange: str) -> Delivery:
    """Return a delivery of a message."""
    now = datetime(2027, 1, 4, tzinfo=UTC)
    return Delivery(
        seq=1,
        id="d1",
        idempotency_key="k1",
        kind="flow",
        destination="f.there",
        lane="l",
        machine="",
        key="",
        payload=b"",
        created_at=now,
        exchange=exchange,
        priority=5,
        content=b"",
        content_key_id="",
        causation=0,
        state=DeliveryState.SENDING,
        control_id="",
        attempts=1,
        next_at_wall=now,
        settled_at=None,
        code="",
        facts=b"{}",
    )


def test_a_reader_sees_whole_files_only(tmp_path: Path) -> None:
    """While a hundred files are written and written again, no listing shows a part of one."""
    declared = FilesDestination(connector="files", name="there", folder="out")
    outlet = FilesOutlet(declared, tmp_path)
    content = b"MSH|" + b"x" * 200_000

    async def story() -> set[int]:
        sizes: set[int] = set()
        for number in range(100):
            one = delivery(f"X{number % 50}")
            writing = asyncio.create_task(outlet.send(one, content))
            while not writing.done():
                sizes |= {p.stat().st_size for p in (tmp_path / "out").glob("*.hl7")}
                await asyncio.sleep(0)
            assert isinstance(writing.result(), Accepted)
        return sizes

    assert asyncio.run(story()) <= {len(content)}
    assert len(list((tmp_path / "out").iterdir())) == 50
