"""A few reading connections to PostgreSQL, lent one snapshot at a time.

In: a way to open a session. Out: readers, each inside one read-only transaction that sees one
state. Refuses to know: the writer. A connection that was lost while it lay idle is replaced once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from suture.core.refusal import RefusalError
from suture.journal.contract import JournalFailedError, JournalUnreachableError
from suture.journal.postgres_link import Session, SnapshotCursor, TroubleError
from suture.journal.record import Node
from suture.journal.sql_reader import SqlReader

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1 FROM owner"
"""The first read fixes what the transaction sees; one journey for both."""


_SIZE = (
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
)


_NODES = (
    "SELECT id, role, host, extract(epoch FROM clock_timestamp() - beat)::float8, is_fenced, flows"
    " FROM member WHERE NOT is_fenced OR id IN"
    " (SELECT id FROM member WHERE is_fenced ORDER BY id DESC LIMIT 10) ORDER BY id"
)
"""Living processes and the last that ended."""


class PostgresReader(SqlReader):
    """A snapshot; it also knows how much room the store takes."""

    def nodes(self) -> list[Node]:
        """Return the processes that share the store, the last ten that ended included."""
        return [Node(*row) for row in self._all(_NODES, ())]

    def size_bytes(self) -> int:
        """Return the bytes of the zone's tables and their indexes."""
        row = self._one(_SIZE)
        return 0 if row is None else int(row[0])


class SessionPool:
    """Lends readers from any thread; at most `readers_max` at once."""

    def __init__(self, connect: Callable[[], Session], *, readers_max: int, wait_s: float) -> None:
        self._connect = connect
        self._wait_s = wait_s
        self._room = threading.BoundedSemaphore(readers_max)
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._is_closed = False

    @contextmanager
    def lend(self) -> Iterator[PostgresReader]:
        """Open a snapshot.

        Raises RefusalError `store.busy` when none comes free in time, JournalUnreachableError when
        the server does not answer, also in the middle of reading.
        """
        if not self._room.acquire(timeout=self._wait_s):
            raise RefusalError("store.busy", "too many readers at once; try again")
        try:
            try:
                session = self._begin()
            except TroubleError as error:
                raise _unreachable(error) from None
            cursor = SnapshotCursor(session)
            try:
                yield PostgresReader(cursor)
            except TroubleError as error:
                raise _unreachable(error) from None
            finally:
                cursor.close()
                self._end(session)
        finally:
            self._room.release()

    def _begin(self) -> Session:
        """Return a session inside a new snapshot; idle ones that were cut off are thrown away."""
        while True:
            with self._lock:
                if self._is_closed:
                    raise JournalFailedError("store.closed", "the journal was closed")
                session = self._idle.pop() if self._idle else None
            is_new = session is None
            session = session or self._connect()
            try:
                session.run(_BEGIN)
            except BaseException:
                session.close()
                if is_new:
                    raise
                continue
            return session

    def _end(self, session: Session) -> None:
        try:
            session.run("ROLLBACK")
            session.take_trouble()
        except (TroubleError, RefusalError):
            session.close()
            return
        with self._lock:
            if not self._is_closed:
                self._idle.append(session)
                return
        session.close()

    def close(self) -> None:
        """Close what is idle; what is lent is closed when it comes back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()


def _unreachable(error: TroubleError) -> JournalUnreachableError:
    return JournalUnreachableError(f"store.unreachable: the store does not answer ({error})")
