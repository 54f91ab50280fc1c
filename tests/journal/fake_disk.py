"""A disk for tests: it fills up, and it fails to write or sync, when told to.

In: a capacity and switches. Out: a SQLite VFS that stands before the real one. Refuses to know: the
journal. Bytes are counted where files grow, so overwriting inside a file is free, as on a disk.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw


class FakeDisk(apsw.VFS):
    """Counts the growth of files below `root` against `capacity_bytes`."""

    def __init__(self, name: str, root: Path, capacity_bytes: int) -> None:
        self.name = name
        self.root = root
        self.capacity_bytes = capacity_bytes
        self.fails_sync = False
        self.fails_write = False
        self.syncs = 0
        super().__init__(name, "")

    def free_bytes(self) -> int:
        """Return what is left; every file below the root counts, the ballast too."""
        used = sum(
            file.stat().st_size
            for file in self.root.iterdir()
            if file.is_file() and not file.name.endswith("-shm")
        )
        return max(0, self.capacity_bytes - used)

    def xOpen(self, name: Any, flags: Any) -> Any:
        """Open a file that asks this disk before it grows."""
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, disk: FakeDisk, name: Any, flags: Any) -> None:
        self.disk = disk
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:
        """Write, unless the disk is full or broken."""
        if self.disk.fails_write:
            raise apsw.IOError("injected")
        growth = offset + len(data) - super().xFileSize()
        if growth > self.disk.free_bytes():
            raise apsw.FullError("injected")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        """Sync, unless the disk is broken."""
        self.disk.syncs += 1
        if self.disk.fails_sync:
            raise apsw.IOError("injected")
        super().xSync(flags)
