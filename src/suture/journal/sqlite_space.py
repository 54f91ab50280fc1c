"""Room on the disk: a watermark below which nothing new is taken, and a ballast for emergencies.

In: a way to ask for free bytes and a clock. Out: whether arrivals are accepted. Refuses to know:
SQL. A full disk stops deletes and settles too, so a file of ballast is given up when the disk is
really full, and made again when there is room.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


class Space:
    """Watches the room of one store. Used by the writer thread; `is_accepting` from any."""

    def __init__(
        self,
        free_bytes: Callable[[], int],
        monotonic: Callable[[], float],
        *,
        bytes_min: int,
        check_ms: int,
        ballast: Path | None,
        ballast_bytes: int,
    ) -> None:
        self._free_bytes = free_bytes
        self._monotonic = monotonic
        self._bytes_min = bytes_min
        self._check_s = check_ms / 1000
        self._ballast = ballast
        self._ballast_bytes = ballast_bytes
        self._next_check = float("-inf")
        # One left by an earlier process can be given up even if there is no room for a new one.
        self._has_ballast = ballast is not None and ballast.exists()
        self.is_accepting = True

    def refresh(self, *, is_forced: bool = False) -> None:
        """Look at the disk if the last look is older than `check_ms`; make the ballast again."""
        now = self._monotonic()
        if now < self._next_check and not is_forced:
            return
        self._next_check = now + self._check_s
        free = self.free_bytes()
        self.is_accepting = free >= self._bytes_min
        if not self._has_ballast and free >= self._bytes_min + self._ballast_bytes:
            self._make_ballast()

    def free_bytes(self) -> int:
        """Return the free bytes, 0 when the disk cannot be asked."""
        try:
            return self._free_bytes()
        except OSError:
            return 0

    def release(self) -> bool:
        """Give up the ballast because the disk is full; False when there was none."""
        self.is_accepting = False
        self._next_check = self._monotonic() + self._check_s
        if not self._has_ballast or self._ballast is None:
            return False
        self._ballast.unlink(missing_ok=True)
        self._has_ballast = False
        return True

    def _make_ballast(self) -> None:
        if self._ballast is None or not self._ballast_bytes:
            return
        try:
            _allocate(self._ballast, self._ballast_bytes)
        except OSError:
            self._ballast.unlink(missing_ok=True)
            return
        self._has_ballast = True


def _allocate(path: Path, count: int) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(handle).st_size != count:
            os.ftruncate(handle, 0)
            os.posix_fallocate(handle, 0, count)
    finally:
        os.close(handle)
