"""The journal contract on a SQLite file, and what only a file can show.

In: the suite, temporary directories, child processes that are killed. Out: a verdict on
`open_sqlite(path, ...)`.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest
from suite import NOON, JournalContract, arrival, claim, delivery, enqueue, event, settle

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.journal.contract import Journal, Tx
from suture.journal.record import DeliveryState, Replayed
from suture.journal.sqlite import SqliteSettings, compact_sqlite, open_sqlite, read_sqlite
from suture.journal.sqlite_schema import MIGRATIONS, prepare

SMALL = SqliteSettings(ballast_bytes=64 * 1024)
SOURCE = Path(__file__).resolve().parents[2] / "src"


def opened(path: Path, zone: str = "operations", **more: object) -> Journal:
    """Open a journal with a small ballast."""
    return open_sqlite(path, zone=zone, settings=SMALL, **more)  # type: ignore[arg-type]


class TestFile(JournalContract):
    """The file store fulfils the contract."""

    def open_journal(self, tmp_path: Path, zone: str = "operations") -> Journal:
        """Return a journal in a new file."""
        return opened(tmp_path / "store" / "journal.db", zone)

    def open_small(self, tmp_path: Path, *, queue_units_max: int) -> Journal:
        """Return one with a short queue."""
        settings = SqliteSettings(queue_units_max=queue_units_max, ballast_bytes=0)
        return open_sqlite(tmp_path / "small.db", zone="operations", settings=settings)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a path in a directory that does not exist yet."""
    return tmp_path / "store" / "journal.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """Give the path of a closed journal with one arrival, event and delivery on the wire."""
    journal = opened(path)
    journal.write(lambda tx: tx.admit(arrival(1)))
    journal.write(lambda tx: tx.append(event("e-1"), NOON))
    enqueue(journal, delivery(1))
    claim(journal)
    journal.close()
    return path


def test_reopening_keeps_everything(filled: Path) -> None:
    """What was committed is there at the next start, what was on the wire is interrupted."""
    journal = opened(filled)
    assert journal.write(lambda tx: tx.admit(arrival(1))) == Replayed(1, b"MSA|CA|1")
    assert [each.id for each in journal.write(lambda tx: tx.interrupted())] == ["d-1"]
    with journal.read() as reader:
        assert reader.last_event_seq() == 1
        assert reader.count_deliveries() == {("erp", "sending"): 1}
    settle(journal, 1, DeliveryState.UNCERTAIN)
    journal.close()


def test_closing_leaves_one_consistent_file(filled: Path) -> None:
    """After closing the WAL is gone, and the file is whole by SQLite's own check."""
    assert not filled.with_name("journal.db-wal").exists()
    db = apsw.Connection(str(filled), flags=apsw.SQLITE_OPEN_READONLY)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_modes(path: Path) -> None:
    """Nobody but the owner can read a store or look into its directory."""
    old = os.umask(0)
    try:
        journal = opened(path)
        journal.write(lambda tx: tx.set_cursor("a", 1))
        with journal.read() as reader:
            reader.cursor("a")
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        names = {file.name for file in path.parent.iterdir()}
        assert {"journal.db", "journal.db-wal", "journal.db.lock", "journal.db.ballast"} <= names
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        journal.close()
    finally:
        os.umask(old)


def test_durable_settings_are_in_force(path: Path) -> None:
    """The file is in WAL mode and every commit is synced."""
    journal = opened(path)
    pragmas = ("journal_mode", "synchronous", "page_size")
    found = journal.write(lambda tx: [tx._db.pragma(name) for name in pragmas])  # type: ignore[attr-defined]
    assert found == ["wal", 2, 4096]
    journal.close()


def test_second_writer_is_refused(path: Path) -> None:
    """A store has one writing process; after it closed, the next may open."""
    journal = opened(path)
    with pytest.raises(MisconfiguredError) as caught:
        opened(path)
    assert caught.value.code == "store.in-use"
    journal.close()
    opened(path).close()


def test_second_process_is_refused(path: Path) -> None:
    """The lock holds between processes, and dies with its process."""
    child = start_child(path)
    assert child.stdout is not None
    child.stdout.readline()
    with pytest.raises(MisconfiguredError) as caught:
        opened(path)
    assert caught.value.code == "store.in-use"
    child.kill()
    child.wait()
    child.stdout.close()
    opened(path).close()


def test_other_zone_is_refused(filled: Path) -> None:
    """A file of one zone is never opened as another (plan D7)."""
    with pytest.raises(MisconfiguredError) as caught:
        opened(filled, "clinical")
    assert caught.value.code == "store.other-zone"
    opened(filled).close()


def test_unknown_zone_is_refused(path: Path) -> None:
    """A zone is clinical or operations."""
    with pytest.raises(MisconfiguredError) as caught:
        opened(path, "lunch")
    assert caught.value.code == "store.zone"


def test_newer_schema_is_refused(filled: Path) -> None:
    """A file written by a newer program names the version to install, and stays untouched."""
    db = apsw.Connection(str(filled))
    db.execute("PRAGMA user_version = 7; UPDATE meta SET value = '9.4.0' WHERE name = 'program'")
    db.close()
    with pytest.raises(MisconfiguredError) as caught:
        opened(filled)
    assert caught.value.code == "store.newer-schema"
    assert "install suture 9.4.0" in caught.value.text


def test_migration_from_an_older_schema(filled: Path) -> None:
    """An older file is brought up step by step and keeps its rows."""
    steps = (*MIGRATIONS, "CREATE TABLE shelf(n INTEGER)", "INSERT INTO shelf VALUES(3)")
    journal = opened(filled, migrations=steps)
    assert journal.status().schema == len(steps)
    with journal.read() as reader:
        assert reader.meta("schema") == str(len(steps))
        assert reader.arrival(1) is not None
    journal.close()
    with pytest.raises(MisconfiguredError):
        opened(filled)


def test_failed_migration_changes_nothing(filled: Path) -> None:
    """A step that fails leaves the schema before it, whole."""
    steps = (*MIGRATIONS, "CREATE TABLE shelf(n INTEGER); INSERT INTO nowhere VALUES(1)")
    with pytest.raises(apsw.SQLError):
        opened(filled, migrations=steps)
    journal = opened(filled)
    with journal.read() as reader:
        assert reader.meta("schema") == str(len(MIGRATIONS))
    journal.close()


def test_a_file_of_the_first_schema_is_brought_up(path: Path) -> None:
    """What the first release wrote is searched by endpoint and code after the next start."""
    path.parent.mkdir(exist_ok=True)
    old = opened(path, migrations=MIGRATIONS[:1])
    old.write(lambda tx: tx.admit(arrival(1, endpoint="ehr")))
    old.close()
    new = opened(path)
    with new.read() as reader:
        assert [each.seq for each in reader.find_arrivals(9, endpoint="ehr")] == [1]
    assert new.status().schema == len(MIGRATIONS)
    new.close()


def test_foreign_files_are_refused(path: Path) -> None:
    """A file that is no journal is neither opened nor changed."""
    path.parent.mkdir()
    for content in (b"no database at all, but long enough to be asked about" * 20, None):
        path.unlink(missing_ok=True)
        if content is None:
            other = sqlite3.connect(path)
            other.execute("CREATE TABLE theirs(a)")
            other.commit()
            other.close()
        else:
            path.write_bytes(content)
        with pytest.raises(MisconfiguredError) as caught:
            opened(path)
        assert caught.value.code == "store.not-a-journal"
        assert not content or path.read_bytes() == content


def test_foreign_lock_is_waited_for_then_refused(path: Path) -> None:
    """A tool that holds the write lock delays units; they are refused, and go on afterwards."""
    settings = SqliteSettings(ballast_bytes=0, busy_ms=20)
    journal = open_sqlite(path, zone="operations", settings=settings)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RefusalError) as caught:
        journal.write(lambda tx: tx.next_number("n"))
    assert caught.value.code == "store.busy"
    other.execute("ROLLBACK")
    other.close()
    assert journal.write(lambda tx: tx.next_number("n")) == 1
    journal.close()


def test_wal_is_copied_and_used_again(path: Path) -> None:
    """The WAL does not grow without end, and readers that are open do not stop the writer."""
    settings = SqliteSettings(ballast_bytes=0, checkpoint_pages=20)
    journal = open_sqlite(path, zone="operations", settings=settings)
    wal = path.with_name("journal.db-wal")

    def write(count: int) -> None:
        for _ in range(count):
            journal.write(lambda tx: tx.set_cursor("a", tx.cursor("a") + 1))

    write(100)
    size = wal.stat().st_size
    with journal.read() as reader:
        write(100)
        assert reader.cursor("a") == 100
        assert wal.stat().st_size > size
    write(300)
    held = wal.stat().st_size
    write(300)
    assert wal.stat().st_size <= held
    journal.close()


def test_unclosed_reader_outlives_its_journal(path: Path) -> None:
    """A snapshot that is open while the journal closes still reads."""
    journal = opened(path)
    journal.write(lambda tx: tx.set_cursor("a", 1))
    with journal.read() as reader:
        journal.close()
        assert reader.cursor("a") == 1


def test_nobody_sees_a_running_unit(path: Path) -> None:
    """A snapshot taken while a unit runs does not show what the unit wrote."""
    journal = opened(path)

    def unit(tx: Tx) -> int:
        tx.set_cursor("a", 1)
        with journal.read() as outside:
            return outside.cursor("a")

    assert journal.write(unit) == 0
    journal.close()


CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from suite import arrival, delivery, NOON
from suture.journal.sqlite import SqliteSettings, open_sqlite
settings = SqliteSettings(ballast_bytes=0, checkpoint_pages=40)
journal = open_sqlite(Path(sys.argv[1]), zone="operations", settings=settings)
number = journal.write(lambda tx: tx.next_number("start")) * 1_000_000
print("open", flush=True)
while True:
    number += 1
    def unit(tx):
        seq = tx.admit(arrival(number)).seq
        tx.enqueue(delivery(number, lane=str(number % 7)), NOON)
        return seq
    print(number, journal.write(unit), flush=True)
"""


def start_child(path: Path) -> subprocess.Popen[str]:
    """Start a process that writes for ever and prints what it knows to be committed."""
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), here],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


@pytest.mark.processes
def test_kill_loses_nothing_reported(path: Path) -> None:
    """Killed at any point, ten times, a process has lost no unit it reported as committed (S74)."""
    reported: dict[str, int] = {}
    for round_number in range(10):
        child = start_child(path)
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        time.sleep(0.02 + 0.013 * round_number)
        child.kill()
        lines = child.stdout.read().split("\n")[:-1]
        child.wait()
        child.stdout.close()
        reported.update((f"x-{line.split()[0]}", int(line.split()[1])) for line in lines)
    assert len(reported) > 10
    journal = opened(path)
    with journal.read() as reader:
        for exchange, seq in reported.items():
            found = reader.arrival_of_exchange(exchange)
            assert found is not None and found.seq == seq
            assert reader.delivery_of_key("i-" + exchange[2:]) is not None
        counts = journal.status().counts
        assert counts["arrival.received"] == counts["delivery.waiting"] >= len(reported)
    journal.close()
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_room_is_given_back_while_the_store_is_used(path: Path) -> None:
    """Ten megabytes of messages removed leave a small file, a bounded number of pages a unit."""
    journal = opened(path)
    for number in range(1, 502):
        content = b"x" * 20_000 + b"%d" % number
        journal.write(lambda tx, n=number, c=content: tx.admit(arrival(n, content=c)))
    assert journal.status().size_bytes > 10_000_000
    assert journal.write(lambda tx: sum(tx.remove_message(seq) for seq in range(1, 501))) == 500
    given = []
    while pages := journal.write(lambda tx: tx.give_back(256)):
        given.append(pages)
    assert max(given) <= 256 and sum(given) > 2_000
    journal.close()
    assert path.stat().st_size < 400_000


def test_an_older_file_gives_back_after_it_was_written_anew(path: Path) -> None:
    """A file of an earlier version keeps its free room until `compact_sqlite`."""
    path.parent.mkdir()
    db = apsw.Connection(str(path))
    db.pragma("journal_mode", "wal")
    prepare(db, "operations", MIGRATIONS[:2])
    db.close()
    with pytest.raises(MisconfiguredError) as old, read_sqlite(path, zone="operations"):
        pass
    assert old.value.code == "store.older-schema"
    journal = opened(path)
    for number in range(1, 52):
        content = b"x" * 20_000 + b"%d" % number
        journal.write(lambda tx, n=number, c=content: tx.admit(arrival(n, content=c)))
    journal.write(lambda tx: [tx.remove_message(seq) for seq in range(1, 51)])
    assert journal.write(lambda tx: tx.give_back(256)) == 0
    with pytest.raises(MisconfiguredError) as caught:
        compact_sqlite(path, zone="operations")
    assert caught.value.code == "store.in-use"
    journal.close()
    before, after = compact_sqlite(path, zone="operations")
    assert before > 1_000_000 and after < 400_000
    journal = opened(path)
    with journal.read() as reader:
        assert [one.seq for one in reader.arrivals_after(0, 9)] == [51]
    journal.write(lambda tx: tx.admit(arrival(60, content=b"y" * 500_000)))
    journal.write(lambda tx: tx.admit(arrival(61)))
    journal.write(lambda tx: tx.remove_message(52))
    assert journal.write(lambda tx: tx.give_back(256)) > 100
    journal.close()
