"""The one thread that writes: takes what is queued, commits it together, then answers.

In: units from any thread or event loop. Out: their results, after the commit. Refuses to know: what
a unit does. Each unit of a shared batch runs in a savepoint. A sync that failed is never tried
again: the operating system may have dropped the pages it could not write, so a second success
proves nothing; the writer stops instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import apsw

from suture.core.refusal import RefusalError, StoreFullError
from suture.journal.contract import JournalFailedError
from suture.journal.sql_tally import Tally
from suture.journal.sqlite_pool import ReaderPool
from suture.journal.sqlite_space import Space
from suture.journal.sqlite_tx import SqliteTx
from suture.journal.units import Pending, UnitWriter, answer, end_with

_FATAL = (apsw.IOError, apsw.CorruptError, apsw.NotADBError, apsw.ReadOnlyError, apsw.NoMemError)
"""After these nobody can say what the file holds; only a restart can."""


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


class Writer(UnitWriter):
    """Owns the writing connection and its thread."""

    def __init__(self, parts: WriterParts) -> None:
        super().__init__(
            parts.zone,
            batch_units_max=parts.batch_units_max,
            queue_units_max=parts.queue_units_max,
        )
        self._parts = parts
        self._is_full = False
        self._tally = Tally()
        self._wal_pages = 0
        self._checkpoint_at = parts.checkpoint_pages

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
                answer(batch)
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

    def _close(self) -> None:
        if self._has_failed:
            # Leave the WAL to the next start: a checkpoint here would sync after a failed sync.
            self._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        try:
            self._db.close()
        except apsw.Error:
            pass  # what is in the WAL is durable; the next start copies it

    def _commit_together(self, batch: list[Pending]) -> None:
        if self._failure is not None:
            end_with(batch, self._failure)
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
            end_with(batch, busy)
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
        self._give_up(batch, failure)
        try:
            self._undo_all()
        except apsw.Error:
            pass  # the file is given up anyway; the next start recovers it
