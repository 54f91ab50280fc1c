"""What a SQLite journal does when its disk fills up or fails.

In: a disk that is told to misbehave. Out: a verdict on what was promised and what goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_disk import FakeDisk
from suite import NOON, arrival, claim, delivery, enqueue, settle, stored

from suture.core.refusal import StoreFullError
from suture.journal.contract import Journal, JournalFailedError
from suture.journal.record import Admitted, ArrivalState, DeliveryState
from suture.journal.sqlite import SqliteSettings, open_sqlite

KB = 1024
NAMES = itertools.count(1)
SOURCE = Path(__file__).resolve().parents[2] / "src"


class Room:
    """Free bytes and a clock, both set by hand."""

    def __init__(self) -> None:
        self.free = 1000 * KB
        self.now = 0.0

    def open(self, path: Path | None) -> Journal:
        """Open a journal that asks this room."""
        settings = SqliteSettings(
            space_bytes_min=100 * KB, space_check_ms=1000, ballast_bytes=50 * KB
        )
        return open_sqlite(
            path,
            zone="operations",
            settings=settings,
            free_bytes=lambda: self.free,
            monotonic=lambda: self.now,
        )


@pytest.mark.parametrize("where", ["file", "memory"])
def test_watermark(tmp_path: Path, where: str) -> None:
    """Below the watermark arrivals are refused, all other work goes on, and it ends by itself."""
    room = Room()
    journal = room.open(tmp_path / "journal.db" if where == "file" else None)
    journal.write(lambda tx: tx.admit(arrival(1)))
    room.free = 99 * KB
    journal.write(lambda tx: tx.admit(arrival(2)))
    room.now = 1.0
    with pytest.raises(StoreFullError):
        journal.write(lambda tx: tx.admit(arrival(3)))
    assert journal.status().is_accepting is False
    journal.write(lambda tx: tx.settle_arrival(1, ArrivalState.TRANSLATED))
    enqueue(journal, delivery(1))
    assert claim(journal) == ["d-1"]
    room.free, room.now = 100 * KB, 2.0
    assert journal.write(lambda tx: tx.admit(arrival(3))) == Admitted(3)
    assert journal.status().is_accepting is True
    journal.close()


def test_watermark_refuses_arrivals_of_a_batch_only(tmp_path: Path) -> None:
    """In one batch the arrivals are refused and the other units commit."""
    room = Room()
    journal = room.open(tmp_path / "journal.db")
    room.free, room.now = 0, 1.0

    async def both() -> list[Any]:
        units = [
            journal.submit(lambda tx: tx.admit(arrival(1))),
            journal.submit(lambda tx: tx.next_number("n")),
        ]
        return list(await asyncio.gather(*units, return_exceptions=True))

    refused, number = asyncio.run(both())
    assert isinstance(refused, StoreFullError)
    assert number == 1
    journal.close()


def test_unreadable_disk_counts_as_full(tmp_path: Path) -> None:
    """When the disk cannot be asked, nothing new is taken."""

    def broken() -> int:
        raise OSError

    journal = open_sqlite(tmp_path / "journal.db", zone="operations", free_bytes=broken)
    with pytest.raises(StoreFullError):
        journal.write(lambda tx: tx.admit(arrival(1)))
    journal.close()


@pytest.fixture
def disk(tmp_path: Path) -> FakeDisk:
    """Give a disk of 2 MB."""
    return FakeDisk(f"fake-{next(NAMES)}", tmp_path, 2000 * KB)


def on_disk(disk: FakeDisk, **more: Any) -> Journal:
    """Open a journal on a fake disk, with a watermark that does not help."""
    values: dict[str, Any] = {
        "vfs": disk.name,
        "space_bytes_min": 0,
        "space_check_ms": 0,
        "ballast_bytes": 400 * KB,
        "checkpoint_pages": 50,
    }
    settings = SqliteSettings(**{**values, **more})
    path = disk.root / "journal.db"
    return open_sqlite(path, zone="operations", settings=settings, free_bytes=disk.free_bytes)


def fill(journal: Journal, first: int = 1) -> int:
    """Admit 8 kB arrivals until one is refused; return how many were stored."""
    for number in itertools.count(first):
        try:
            journal.write(lambda tx, n=number: tx.admit(arrival(n, content=b"x" * 8 * KB)))
        except StoreFullError:
            return number - first
    raise AssertionError("never full")


def test_full_disk_releases_the_ballast(disk: FakeDisk) -> None:
    """A really full disk refuses arrivals; settling and reading go on with the ballast's room."""
    journal = on_disk(disk)
    (seq,) = enqueue(journal, delivery(1))
    claim(journal)
    ballast = disk.root / "journal.db.ballast"
    assert ballast.stat().st_size == 400 * KB
    count = fill(journal)
    assert count > 20
    assert not ballast.exists()
    settle(journal, seq, DeliveryState.DELIVERED)
    assert stored(journal, seq).state is DeliveryState.DELIVERED
    with journal.read() as reader:
        assert len(reader.arrivals_after(0, 1000)) == count
    disk.capacity_bytes = 4000 * KB
    assert fill(journal, 1000) > 10
    journal.close()


def test_ballast_is_made_again(disk: FakeDisk) -> None:
    """When there is room again, the ballast is back for the next time."""
    journal = on_disk(disk)
    fill(journal)
    ballast = disk.root / "journal.db.ballast"
    assert not ballast.exists()
    disk.capacity_bytes = 8000 * KB
    journal.write(lambda tx: tx.set_cursor("a", 1))
    assert ballast.stat().st_size == 400 * KB
    journal.close()


def test_a_ballast_left_behind_still_helps(disk: FakeDisk) -> None:
    """A process that starts on a full disk gives up the ballast of the one before."""
    journal = on_disk(disk)
    enqueue(journal, delivery(1))
    journal.close()
    disk.capacity_bytes -= disk.free_bytes()
    # Opening syncs nothing new; the first write finds the disk full.
    journal = on_disk(disk)
    assert claim(journal) == ["d-1"]
    settle(journal, 1, DeliveryState.DELIVERED)
    journal.close()


def test_full_disk_in_a_batch_keeps_the_neighbours(disk: FakeDisk) -> None:
    """When the disk fills under a batch, its arrivals are refused and its other units commit."""
    journal = on_disk(disk)

    async def batch() -> list[Any]:
        units: list[asyncio.Future[Any]] = [
            journal.submit(lambda tx: tx.admit(arrival(1))),
            journal.submit(lambda tx: tx.enqueue(delivery(1), NOON)),
            journal.submit(lambda tx: tx.next_number("n")),
        ]
        return list(await asyncio.gather(*units, return_exceptions=True))

    disk.capacity_bytes -= disk.free_bytes()
    first, second, third = asyncio.run(batch())
    assert isinstance(first, StoreFullError)
    assert (second, third) == (1, 1)
    with journal.read() as reader:
        assert reader.arrivals_after(0, 9) == []
        assert reader.count_deliveries() == {("erp", "waiting"): 1}
    disk.capacity_bytes = 9000 * KB
    assert journal.write(lambda tx: tx.admit(arrival(1))) == Admitted(1)
    journal.close()


def test_page_bound_refuses_and_recovers(tmp_path: Path) -> None:
    """A store at its page bound (a real SQLITE_FULL) refuses units and keeps what it has."""
    path = tmp_path / "journal.db"
    bound = SqliteSettings(pages_max=150, ballast_bytes=0)
    journal = open_sqlite(path, zone="operations", settings=bound)
    count = fill(journal)
    assert count > 5
    with pytest.raises(StoreFullError):
        journal.write(lambda tx: tx.admit(arrival(9999, content=b"x" * 8 * KB)))
    journal.write(lambda tx: tx.settle_arrival(1, ArrivalState.TRANSLATED))
    journal.close()
    journal = open_sqlite(path, zone="operations", settings=SqliteSettings(ballast_bytes=0))
    with journal.read() as reader:
        assert len(reader.arrivals_after(0, 1000)) == count
    assert journal.write(lambda tx: tx.admit(arrival(9999))) == Admitted(count + 1)
    journal.close()


def failing_sync(disk: FakeDisk) -> None:
    """Make the next sync fail."""
    disk.fails_sync = True


def failing_write(disk: FakeDisk) -> None:
    """Make the next write fail."""
    disk.fails_write = True


@pytest.mark.parametrize("break_it", [failing_sync, failing_write])
def test_failed_sync_is_final(disk: FakeDisk, break_it: Callable[[FakeDisk], None]) -> None:
    """After a failed write or sync nothing is confirmed any more and no sync is tried again."""
    journal = on_disk(disk)
    journal.write(lambda tx: tx.admit(arrival(1)))
    break_it(disk)
    with pytest.raises(JournalFailedError) as caught:
        journal.write(lambda tx: tx.admit(arrival(2)))
    assert caught.value.code == "store.failed"
    assert journal.failure is not None and journal.failure.code == "store.failed"
    disk.fails_sync = disk.fails_write = False
    syncs = disk.syncs
    with pytest.raises(JournalFailedError):
        journal.write(lambda tx: tx.admit(arrival(3)))
    assert disk.syncs == syncs
    assert journal.status().is_accepting is False
    with journal.read() as reader:
        assert reader.arrival_of_exchange("x-1") is not None
    journal.close()
    again = on_disk(disk)
    with again.read() as reader:
        assert reader.arrival_of_exchange("x-1") is not None
        assert reader.arrival_of_exchange("x-3") is None
    again.close()


def test_failed_sync_fails_the_whole_batch(disk: FakeDisk) -> None:
    """Units that shared a commit share its failure; those behind fail, or are not taken."""
    journal = on_disk(disk, batch_units_max=2)

    async def one() -> int:
        return await journal.submit(lambda tx: tx.next_number("n"))

    async def flood() -> list[Any]:
        return list(await asyncio.gather(*(one() for _ in range(5)), return_exceptions=True))

    disk.fails_sync = True
    assert [type(each) for each in asyncio.run(flood())] == [JournalFailedError] * 5
    disk.fails_sync = False
    journal.close()


LIMITED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from suite import arrival
from suture.core.refusal import StoreFullError
from suture.journal.contract import JournalFailedError
from suture.journal.sqlite import SqliteSettings, open_sqlite
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
settings = SqliteSettings(ballast_bytes=0, checkpoint_pages=1000000)
journal = open_sqlite(Path(sys.argv[1]), zone="operations", settings=settings)
number = 0
try:
    while True:
        journal.write(lambda tx: tx.admit(arrival(number + 1, content=b"x" * 8000)))
        number += 1
except (StoreFullError, JournalFailedError):
    print(number, flush=True)
"""


@pytest.mark.processes
def test_operating_system_refuses_to_grow_a_file(tmp_path: Path) -> None:
    """When the system really refuses a write, everything reported before is there afterwards."""
    path = tmp_path / "journal.db"
    found = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=False,
    )
    count = int(found.stdout)
    assert count > 5
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    journal = open_sqlite(path, zone="operations", settings=SqliteSettings(ballast_bytes=0))
    with journal.read() as reader:
        assert len(reader.arrivals_after(0, 1000)) >= count
    assert journal.write(lambda tx: tx.admit(arrival(99999))).seq > count
    journal.close()
