"""The journal on SQLite: one file per zone, one writing thread, readers beside it.

In: a path (or None: in memory) and settings. Out: a `Journal`. Refuses to know: what is stored.
WAL with synchronous=FULL: a commit is on the disk before anybody hears of it. Exactly one
connection writes and checkpoints; readers are query-only and never checkpoint.
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import apsw

from suture.core.refusal import MisconfiguredError
from suture.journal.contract import OLDER, Journal, JournalFailedError, Reader, Tx
from suture.journal.record import StoreStatus
from suture.journal.sqlite_pool import MemoryPool, ReaderPool
from suture.journal.sqlite_schema import MIGRATIONS, SQLITE_MIN, ZONES, prepare
from suture.journal.sqlite_space import Space
from suture.journal.sqlite_writer import Writer, WriterParts

T = TypeVar("T")

_MEMORY_NAMES = itertools.count(1)

_READ_FLAGS = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
_WRITE_FLAGS = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI

_UNLIMITED_BYTES = 1 << 60
"""Free room of the in-memory store: memory is bounded by the machine, not watched here."""


@dataclass(frozen=True, slots=True)
class SqliteSettings:
    """How a SQLite journal is run. The defaults are for production."""

    is_durable: bool = True
    """False syncs nothing: for benchmarks and demonstrations only."""
    page_bytes: int = 4096
    """Small pages: a lone message writes few of them per commit."""
    checkpoint_pages: int = 4000
    """16 MB of WAL: one sync of the file per some thousand messages; bounds recovery time too."""
    cache_kib: int = 65_536
    """Writer's page cache; the unique indices of a busy month stay in it."""
    pages_max: int = 0
    """Upper bound of the file in pages; 0 leaves it to the disk."""
    batch_units_max: int = 1024
    """Units per commit: bounds the wait of the first one in the batch."""
    queue_units_max: int = 16_384
    """Units waiting; beyond it `store.busy`: back-pressure instead of memory."""
    readers_max: int = 8
    """Snapshots at once; each may hold back the WAL."""
    reader_wait_s: float = 10.0
    """How long a reader waits for its turn before `store.busy`."""
    space_bytes_min: int = 64 * 1024 * 1024
    """Low-space watermark: below it arrivals are refused while work in hand goes on."""
    space_check_ms: int = 200
    """The disk is asked at most this often."""
    ballast_bytes: int = 8 * 1024 * 1024
    """Given up when the disk is full, so that settling goes on."""
    busy_ms: int = 5000
    """Wait for a foreign lock (a backup tool, an in-memory commit) before giving up."""
    vfs: str = ""
    """Name of a registered SQLite VFS: the disk comes in by the door (plan D9)."""


class SqliteJournal:
    """One zone's record in SQLite; made by `open_sqlite`."""

    def __init__(
        self, place: _Place, writer: Writer, pool: ReaderPool, space: Space, schema: int
    ) -> None:
        self._place = place
        self._writer = writer
        self._pool = pool
        self._space = space
        self._schema = schema

    @property
    def zone(self) -> str:
        """`clinical` or `operations`."""
        return self._place.zone

    def write(self, unit: Callable[[Tx], T]) -> T:
        """Run a unit, wait until it is durable, return its result. Not for the event loop.

        Raises what the unit raised, RefusalError `store.busy`, JournalFailedError.
        """
        return self._writer.write(unit)

    def submit(self, unit: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Queue a unit from the running event loop; the future resolves after the commit.

        Raises RefusalError `store.busy` and JournalFailedError at once. Cancelling the future does
        not undo the unit.
        """
        return self._writer.submit(unit)

    def read(self) -> AbstractContextManager[Reader]:
        """Open a read-only snapshot; safe from any thread; never blocks the writer."""
        return self._pool.lend()

    @property
    def is_current(self) -> bool:
        """True: a file has one writer."""
        return True

    @property
    def failure(self) -> JournalFailedError | None:
        """Why no more units are taken, None while they are."""
        return self._writer.failure

    def status(self) -> StoreStatus:
        """Return size, room and counts."""
        free = self._space.free_bytes()
        with self._pool.lend() as reader:
            counts = reader.totals()
        has_room = free >= self._place.settings.space_bytes_min
        return StoreStatus(
            zone=self.zone,
            schema=self._schema,
            path=str(self._place.path or ""),
            size_bytes=self._place.size_bytes(),
            free_bytes=free,
            is_accepting=has_room and not self._writer.is_failed,
            counts=counts,
        )

    def close(self) -> None:
        """Finish queued units, checkpoint, close. May be called again."""
        self._pool.close()
        self._writer.stop()
        self._place.unlock()


class _Place:
    """Where the store lives: its file, lock and connections."""

    def __init__(self, path: Path | None, zone: str, settings: SqliteSettings) -> None:
        self.path = path
        self.zone = zone
        self.settings = settings
        self._lock: int | None = None
        number = next(_MEMORY_NAMES)
        self._name = str(path) if path else f"file:/suture-{os.getpid()}-{number}?vfs=memdb"

    def create(self) -> None:
        """Make directory and file with narrow rights and take the lock."""
        if self.path is None:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _lock_file(self.path.with_name(self.path.name + ".lock"))
        if not self.path.exists():
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            _sync_directory(self.path.parent)

    def unlock(self) -> None:
        """Let another process have the store."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def size_bytes(self) -> int:
        """Return the bytes of the file and its WAL, 0 in memory."""
        if self.path is None:
            return 0
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def connect(self, flags: int) -> apsw.Connection:
        """Open a connection."""
        vfs = self.settings.vfs or None
        db = apsw.Connection(self._name, flags=flags, vfs=vfs, statementcachesize=256)
        db.set_busy_timeout(self.settings.busy_ms)
        # Without this guarantee a statement near a partial index is planned anew at each binding.
        db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        return db

    def connect_reader(self) -> apsw.Connection:
        """Open a connection that can neither write nor checkpoint."""
        db = self.connect(_READ_FLAGS)
        db.pragma("query_only", 1)
        db.wal_autocheckpoint(0)
        return db

    def connect_writer(self) -> apsw.Connection:
        """Open and configure the writing connection."""
        settings = self.settings
        db = self.connect(_WRITE_FLAGS)
        db.pragma("page_size", settings.page_bytes)
        if not db.pragma("page_count"):
            db.pragma("auto_vacuum", "incremental")  # older files: `compact_sqlite`
        if self.path is None:
            db.pragma("journal_mode", "memory")
            db.pragma("cache_spill", 0)  # a spill would need the readers to leave
        elif db.pragma("journal_mode", "wal") != "wal":
            raise MisconfiguredError("store.no-wal", "the file system cannot hold a WAL store")
        db.pragma("synchronous", "full" if settings.is_durable else "off")
        db.pragma("cache_size", -settings.cache_kib)
        db.pragma("temp_store", "memory")
        db.pragma("journal_size_limit", 2 * settings.checkpoint_pages * settings.page_bytes)
        db.wal_autocheckpoint(0)  # the writer checkpoints after it has answered, see Writer
        if settings.pages_max:
            db.pragma("max_page_count", settings.pages_max)
        return db


def open_sqlite(
    path: Path | None,
    *,
    zone: str,
    settings: SqliteSettings | None = None,
    free_bytes: Callable[[], int] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    migrations: Sequence[str] = MIGRATIONS,
) -> Journal:
    """Open (or create, or bring up to date) one zone's journal; None keeps it in memory.

    Raises MisconfiguredError: `store.zone`, `store.in-use`, `store.newer-schema`,
    `store.other-zone`, `store.not-a-journal`, `store.no-wal`, `store.sqlite-version`.
    """
    if zone not in ZONES:
        raise MisconfiguredError("store.zone", f"a zone is one of {', '.join(ZONES)}")
    if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < SQLITE_MIN:
        raise MisconfiguredError(
            "store.sqlite-version", "this SQLite may corrupt a WAL; install apsw 3.51.3 or newer"
        )
    place = _Place(path, zone, settings or SqliteSettings())
    place.create()
    try:
        return _start(place, free_bytes or _free_bytes_of(path), monotonic, migrations)
    except BaseException:
        place.unlock()
        raise


def _start(
    place: _Place,
    free_bytes: Callable[[], int],
    monotonic: Callable[[], float],
    migrations: Sequence[str],
) -> SqliteJournal:
    settings = place.settings
    pool_type = ReaderPool if place.path else MemoryPool
    pool = pool_type(
        place.connect_reader, readers_max=settings.readers_max, wait_s=settings.reader_wait_s
    )
    space = Space(
        free_bytes,
        monotonic,
        bytes_min=settings.space_bytes_min,
        check_ms=settings.space_check_ms,
        ballast=place.path and place.path.with_name(place.path.name + ".ballast"),
        ballast_bytes=settings.ballast_bytes,
    )
    schema: list[int] = []

    def connect() -> apsw.Connection:
        try:
            db = place.connect_writer()
            schema.append(prepare(db, place.zone, migrations))
        except apsw.NotADBError as error:
            raise MisconfiguredError(
                "store.not-a-journal", "the file is no SQLite file; name another path"
            ) from error
        space.refresh()
        return db

    writer = Writer(
        WriterParts(
            connect=connect,
            zone=place.zone,
            space=space,
            pool=pool,
            batch_units_max=settings.batch_units_max,
            queue_units_max=settings.queue_units_max,
            checkpoint_pages=settings.checkpoint_pages,
        )
    )
    writer.start()
    return SqliteJournal(place, writer, pool, space, schema[0])


def _free_bytes_of(path: Path | None) -> Callable[[], int]:
    if path is None:
        return lambda: _UNLIMITED_BYTES
    directory = path.parent
    return lambda: shutil.disk_usage(directory).free


def _lock_file(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise MisconfiguredError(
            "store.in-use", "another process writes this store; stop it first"
        ) from error
    return handle


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


__all__ = ["SqliteJournal", "SqliteSettings", "open_sqlite"]


@contextmanager
def read_sqlite(path: Path, *, zone: str) -> Iterator[Reader]:
    """Open a snapshot of a store that another process may be writing; never writes.

    Raises MisconfiguredError `store.newer-schema` for a file of a newer version, and
    `store.older-schema` for one that the hub has not brought up to date yet.
    """
    place = _Place(path, zone, SqliteSettings())
    pool = ReaderPool(place.connect_reader, readers_max=1, wait_s=1.0)
    try:
        with pool.lend() as reader:
            schema = int(reader.meta("schema") or 0)
            if schema > len(MIGRATIONS):
                raise MisconfiguredError(
                    "store.newer-schema", f"the store has schema {schema}: install a newer suture"
                )
            if schema < len(MIGRATIONS):
                raise MisconfiguredError("store.older-schema", OLDER)
            yield reader
    finally:
        pool.close()


def sqlite_rows(path: Path, query: str) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a query of our own over a store that nobody writes."""
    db = apsw.Connection(str(path), flags=_READ_FLAGS)
    try:
        yield from db.execute(query)
    finally:
        db.close()


def sqlite_version() -> str:
    """Return the version of the SQLite inside apsw."""
    return apsw.sqlite_lib_version()


def compact_sqlite(path: Path, *, zone: str) -> tuple[int, int]:
    """Write a store that nobody runs anew without free room; return its bytes before and after.

    From then on free room is given back while the hub runs. Raises MisconfiguredError `store.*`.
    """
    place = _Place(path, zone, SqliteSettings())
    place.create()
    try:
        before = path.stat().st_size
        db = place.connect_writer()
        try:
            prepare(db, zone)
            db.pragma("auto_vacuum", "incremental")
            db.execute("VACUUM")
            db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            db.close()
        return before, path.stat().st_size
    finally:
        place.unlock()
