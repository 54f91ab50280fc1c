"""A few read-only connections, lent one snapshot at a time.

In: a way to open a connection. Out: readers, each inside one transaction. Refuses to know: the
writer. In a file (WAL) a snapshot never stops the writer. The in-memory store has no WAL: there the
writer and the pool take turns, and a commit moves open snapshots to private copies.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import apsw

from suture.core.refusal import RefusalError
from suture.journal.contract import JournalFailedError
from suture.journal.sql_reader import SqlReader
from suture.journal.sql_rows import Row

_PIN = "SELECT 1 FROM meta LIMIT 1"
"""The first read fixes what a deferred transaction sees."""


class ReaderPool:
    """Lends readers from any thread; at most `readers_max` at once."""

    def __init__(
        self, connect: Callable[[], apsw.Connection], *, readers_max: int, wait_s: float
    ) -> None:
        self._connect = connect
        self._wait_s = wait_s
        self._room = threading.BoundedSemaphore(readers_max)
        self._lock = threading.Lock()
        self._idle: list[apsw.Connection] = []
        self._is_closed = False

    @contextmanager
    def lend(self) -> Iterator[SqlReader]:
        """Open a snapshot; raises RefusalError `store.busy` when none comes free in time."""
        if not self._room.acquire(timeout=self._wait_s):
            raise RefusalError("store.busy", "too many readers at once; try again")
        try:
            db = self._take()
            try:
                yield from self._use(db)
            finally:
                self._give_back(db)
        finally:
            self._room.release()

    def _use(self, db: apsw.Connection) -> Iterator[SqlReader]:
        db.execute("BEGIN")
        reader = SqlReader(db.cursor())
        try:
            db.execute(_PIN).fetchall()
            yield reader
        finally:
            reader.end()
            db.execute("ROLLBACK")

    def _take(self) -> apsw.Connection:
        with self._lock:
            if self._is_closed:
                raise JournalFailedError("store.closed", "the journal was closed")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, db: apsw.Connection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(db)
                return
        db.close()

    def begin_batch(self) -> None:
        """Hear that the writer begins; in a file a commit and a snapshot never meet."""

    def before_commit(self) -> None:
        """Hear that the writer is about to commit."""

    def end_batch(self) -> None:
        """Hear that the writer has finished."""

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()


class SharedMemoryReader(SqlReader):
    """A snapshot of the in-memory store; the writer may move it to a private copy."""

    def __init__(self, db: apsw.Connection) -> None:
        super().__init__(db.cursor())
        self._lock = threading.Lock()
        self._shared: apsw.Connection | None = db
        self._private: apsw.Connection | None = None

    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Row]:
        with self._lock:
            return super()._all(statement, values)

    def _one(self, statement: str, values: tuple[Any, ...] = ()) -> Row | None:
        with self._lock:
            found = super()._all(statement, values)
        return found[0] if found else None

    def detach(self) -> None:
        """Copy the snapshot and let go of the shared store."""
        with self._lock:
            if self._shared is None:
                return
            private = apsw.Connection(":memory:")
            private.deserialize("main", self._shared.serialize("main"))
            self._shared.execute("ROLLBACK")
            self._shared, self._private = None, private
            self._cursor = private.cursor()

    def end(self) -> None:
        """End the snapshot; asking afterwards raises."""
        with self._lock:
            super().end()
            if self._shared is not None:
                self._shared.execute("ROLLBACK")
                self._shared = None
            if self._private is not None:
                self._private.close()


class MemoryPool(ReaderPool):
    """The pool of the in-memory store: snapshots begin between batches only."""

    def __init__(
        self, connect: Callable[[], apsw.Connection], *, readers_max: int, wait_s: float
    ) -> None:
        super().__init__(connect, readers_max=readers_max, wait_s=wait_s)
        self._turn = threading.Lock()
        self._lent: set[SharedMemoryReader] = set()

    def _use(self, db: apsw.Connection) -> Iterator[SqlReader]:
        if not self._turn.acquire(timeout=self._wait_s):
            raise RefusalError("store.busy", "the writer does not come to an end; try again")
        try:
            db.execute("BEGIN")
            db.execute(_PIN).fetchall()
            reader = SharedMemoryReader(db)
            with self._lock:
                self._lent.add(reader)
        finally:
            self._turn.release()
        try:
            yield reader
        finally:
            with self._lock:
                self._lent.discard(reader)
            reader.end()

    def begin_batch(self) -> None:
        """Let no snapshot begin until the batch has ended."""
        self._turn.acquire()

    def end_batch(self) -> None:
        """Let snapshots begin again."""
        self._turn.release()

    def before_commit(self) -> None:
        """Move every open snapshot out of the way of the commit that follows."""
        with self._lock:
            for reader in self._lent:
                reader.detach()
