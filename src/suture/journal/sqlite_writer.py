"""The one thread that writes: takes what is queued, commits it together, then answers.

In: units from any thread or event loop. Out: their results, after the commit. Refuses to know: what
a unit does. Each unit of a shared batch runs in a savepoint. A sync that failed is never tried
again: the operating system may have dropped the pages it could not write, so a second success
proves nothing; the writer stops instead.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import apsw

from suture.core.refusal import RefusalError, StoreFullError
from suture.journal.contract import JournalFailedError, Tx
from suture.journal.sqlite_pool import ReaderPool
from suture.journal.sqlite_space import Space
from suture.journal.sqlite_tally import Tally
from suture.journal.sqlite_tx import SqliteTx

T = TypeVar("T")

_FATAL = (apsw.IOError, apsw.CorruptError, apsw.NotADBError, apsw.ReadOnlyError, apsw.NoMemError)
"""After these nobody can say what the file holds; only a restart can."""


class Pending:
    """One queued unit and where its result goes."""

    __slots__ = ("error", "future", "loop", "result", "unit")

    def __init__(
        self,
        unit: Callable[[Tx], Any],
        future: asyncio.Future[Any] | Future[Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.unit = unit
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class WriterParts:
    """What the writer thread works with."""

    connect: Callable[[], apsw.Connection]
    """Opens the writing connection; called on the writer thread."""
    zone: str
    space: Space
    pool: ReaderPool
    """Hears when a batch begins, commits and ends."""
    batch_units_max: int
    queue_units_max: int
    checkpoint_pages: int


class Writer:
    """Owns the writing connection and its thread."""

    def __init__(self, parts: WriterParts) -> None:
        self._parts = parts
        self._queue: SimpleQueue[Pending | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._refused: JournalFailedError | None = None
        self._failure: JournalFailedError | None = None
        self._is_full = False
        self._tally = Tally()
        self._wal_pages = 0
        self._checkpoint_at = parts.checkpoint_pages
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name=f"journal-{parts.zone}", daemon=True)

    @property
    def is_failed(self) -> bool:
        """True when units are refused: after a fatal error or after `stop`."""
        return self._refused is not None

    def start(self) -> None:
        """Start the thread; raises what opening the connection raised."""
        self._thread.start()
        self._started.result()

    def write(self, unit: Callable[[Tx], T]) -> T:
        """Queue a unit and wait for its result."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit may not write to its own journal: use its tx")
        future: Future[T] = Future()
        self._put(Pending(unit, future, None))
        return future.result()

    def submit(self, unit: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Queue a unit from the running event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(Pending(unit, future, loop))
        return future

    def stop(self) -> None:
        """Finish what is queued, close the connection, end the thread. May be called again."""
        with self._gate:
            if self._refused is None or self._refused.code != "store.closed":
                self._refused = JournalFailedError("store.closed", "the journal was closed")
                self._queue.put(None)
        self._thread.join()

    def _put(self, pending: Pending) -> None:
        with self._gate:
            if self._refused is not None:
                raise JournalFailedError(self._refused.code, "the journal takes no more units")
            if self._queue.qsize() >= self._parts.queue_units_max:
                raise RefusalError("store.busy", "too many units are waiting; try again")
            self._queue.put(pending)

    def _run(self) -> None:
        try:
            self._db = self._parts.connect()
        except BaseException as error:  # noqa: BLE001 - the opener gets it, this thread ends
            self._started.set_exception(error)
            return
        space = self._parts.space
        self._tx = SqliteTx(
            self._db,
            self._parts.zone,
            self._tally,
            lambda: space.is_accepting and not self._is_full,
        )
        # One cursor for all: a new one for each statement costs as much as the statement.
        self._execute = self._db.cursor().execute
        self._db.set_wal_hook(self._count_wal)
        self._started.set_result(None)
        is_open = True
        while is_open:
            batch, is_open = self._take()
            if batch:
                self._commit_together(batch)
                _answer(batch)
                self._checkpoint_when_due()
        self._close()

    def _count_wal(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return 0

    def _checkpoint_when_due(self) -> None:
        """Copy the WAL into the file; not inside a commit, where SQLite would hide a failure."""
        if self._wal_pages < self._checkpoint_at or self._has_failed:
            return
        try:
            total, done = self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except _FATAL as error:
            self._stop_for_good([], error)
            return
        except apsw.Error as error:
            if isinstance(error, apsw.FullError):
                self._parts.space.release()
            total, done = 1, 0
        # Readers may hold it back: then try again when the WAL has grown by as much once more.
        grown = 0 if done == total else self._wal_pages
        self._checkpoint_at = grown + self._parts.checkpoint_pages

    @property
    def _has_failed(self) -> bool:
        return self._failure is not None

    def _close(self) -> None:
        if self._has_failed:
            # Leave the WAL to the next start: a checkpoint here would sync after a failed sync.
            self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        try:
            self._db.close()
        except apsw.Error:
            pass  # what is in the WAL is durable; the next start copies it

    def _take(self) -> tuple[list[Pending], bool]:
        first = self._queue.get()
        if first is None:
            return [], False
        batch = [first]
        try:
            while len(batch) < self._parts.batch_units_max:
                pending = self._queue.get_nowait()
                if pending is None:
                    return batch, False
                batch.append(pending)
        except Empty:
            pass
        return batch, True

    def _commit_together(self, batch: list[Pending]) -> None:
        if self._failure is not None:
            _end_with(batch, self._failure)
            return
        self._parts.space.refresh()
        try:
            try:
                self._attempt(batch)
            except apsw.FullError:
                self._undo_all()
                self._retry_one_by_one(batch)
        except apsw.BusyError:
            self._undo_all()
            busy = RefusalError("store.busy", "another program holds the store; try again")
            _end_with(batch, busy)
        except BaseException as error:  # noqa: BLE001 - nobody knows what was written
            self._stop_for_good(batch, error)

    def _retry_one_by_one(self, batch: list[Pending]) -> None:
        """Run the units of a batch that met a full disk again, each alone, without arrivals."""
        self._parts.space.release()
        self._is_full = True
        try:
            for pending in batch:
                try:
                    self._attempt([pending])
                except apsw.FullError:
                    self._undo_all()
                    pending.result = None
                    pending.error = StoreFullError("store.low-space: the disk is full")
        finally:
            self._is_full = False

    def _attempt(self, batch: list[Pending]) -> None:
        """Run and commit a batch; raises FullError, or what makes the writer stop."""
        pool = self._parts.pool
        pool.begin_batch()
        try:
            self._execute("BEGIN IMMEDIATE")
            if len(batch) == 1:
                self._alone(batch[0])
            else:
                for pending in batch:
                    self._beside(pending)
            if self._db.in_transaction:
                self._tally.flush(self._db.cursor())
                pool.before_commit()
                self._execute("COMMIT")
        finally:
            pool.end_batch()

    def _alone(self, pending: Pending) -> None:
        self._call(pending)
        if pending.error is not None:
            self._undo_all()
        else:
            self._tally.keep_unit()

    def _beside(self, pending: Pending) -> None:
        run = self._execute
        run("SAVEPOINT unit")
        self._call(pending)
        if pending.error is not None:
            run("ROLLBACK TO unit")
            self._tally.drop_unit()
        else:
            self._tally.keep_unit()
        run("RELEASE unit")

    def _call(self, pending: Pending) -> None:
        """Run one unit; raises when the transaction itself is lost."""
        pending.result, pending.error = None, None
        try:
            pending.result = pending.unit(self._tx)
        except (apsw.FullError, *_FATAL):
            raise
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever queued the unit
            pending.error = error
        if not self._db.in_transaction:
            raise apsw.FullError("the transaction was undone underneath the unit")

    def _undo_all(self) -> None:
        self._tally.drop_batch()
        if self._db.in_transaction:  # SQLite has rolled back by itself after most errors
            self._db.execute("ROLLBACK")

    def _stop_for_good(self, batch: list[Pending], error: BaseException) -> None:
        failure = JournalFailedError(
            "store.failed",
            f"the store could not write ({type(error).__name__}); check the disk and restart",
        )
        with self._gate:
            self._failure = failure
            if self._refused is None:
                self._refused = failure
        try:
            self._undo_all()
        except apsw.Error:
            pass  # the file is given up anyway; the next start recovers it
        _end_with(batch, failure)


def _end_with(batch: list[Pending], error: BaseException) -> None:
    for pending in batch:
        pending.result, pending.error = None, error


def _answer(batch: list[Pending]) -> None:
    """Resolve the futures of a batch: one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Pending]] = {}
    for pending in batch:
        if pending.loop is None:
            _resolve(pending)
        else:
            loops.setdefault(pending.loop, []).append(pending)
    for loop, those in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, those)
        except RuntimeError:
            pass  # the loop was closed: nobody waits any more


def _resolve_all(batch: list[Pending]) -> None:
    for pending in batch:
        if not pending.future.done():
            _resolve(pending)


def _resolve(pending: Pending) -> None:
    error = pending.error
    if error is None:
        pending.future.set_result(pending.result)
    elif isinstance(error, StopIteration):
        # A future cannot carry StopIteration (PEP 479 gives the same answer).
        pending.future.set_exception(RuntimeError("a unit raised StopIteration"))
    else:
        pending.future.set_exception(error)
