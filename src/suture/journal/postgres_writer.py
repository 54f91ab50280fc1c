"""The one thread that writes to PostgreSQL: a batch of units is one transaction.

In: units from any thread or event loop. Out: their results, after the commit. Refuses to know: what
a unit does. A batch runs without savepoints first, since every statement is a journey to the
server; when a unit of it raises, all is undone and runs again with a savepoint each. When the
connection is lost, the batch number stored with each commit tells whether the last one took place:
then its results stand, else it runs again, whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError
from suture.journal.contract import JournalConflictError, JournalFailedError
from suture.journal.postgres_link import Session, Trouble, TroubleError
from suture.journal.postgres_member import Membership
from suture.journal.postgres_owner import Ownership, SupersededError
from suture.journal.postgres_tx import PostgresTx
from suture.journal.sql_tally import Tally
from suture.journal.units import Pending, UnitWriter, answer, end_with

TRIES_MAX = 5
"""Runs of a batch that meets foreign locks or time limits before it ends with `store.busy`."""
RECONNECT_PAUSE_S = 0.25
"""Between two tries to reach the server."""
FULL_S = 5.0
"""After a full disk nothing new is admitted for so long; then it is tried again."""


@dataclass(frozen=True, slots=True)
class WriterParts:
    """What the writer thread works with."""

    connect: Callable[[], Session]
    owner: Ownership | Membership
    open_store: Callable[[Session], None]
    """Takes the store and brings it up to date; called once, on the writer thread."""
    zone: str
    batch_units_max: int
    queue_units_max: int
    outage_s: float


class _UnitRaisedError(Exception):
    """A unit of a shared batch raised: its neighbours run again without it."""


class PostgresWriter(UnitWriter):
    """Owns the writing session and its thread."""

    def __init__(self, parts: WriterParts) -> None:
        super().__init__(
            parts.zone,
            batch_units_max=parts.batch_units_max,
            queue_units_max=parts.queue_units_max,
        )
        self._parts = parts
        self._owner = parts.owner
        self._tally = Tally()
        self._is_in_doubt = False
        self._full_until = float("-inf")

    @property
    def is_full(self) -> bool:
        """True while the server's disk is taken to be full."""
        return time.monotonic() < self._full_until

    def _run(self) -> None:
        try:
            self._session = self._parts.connect()
            self._parts.open_store(self._session)
            self._use(self._session)
        except BaseException as error:  # noqa: BLE001 - the opener gets it, this thread ends
            if hasattr(self, "_session"):
                self._session.close()
            self._started.set_exception(error)
            return
        self._started.set_result(None)
        is_open = True
        while is_open:
            batch, is_open = self._take(self._owner.heartbeat_s)
            if batch:
                self._commit_together(batch)
                answer(batch)
            elif is_open and not self._has_failed:
                self._commit_together([])
        self._leave()

    def _leave(self) -> None:
        try:
            if not self._has_failed:
                self._owner.leave(self._session)
        except TroubleError:
            pass  # the others find out by themselves
        self._session.close()

    @property
    def is_current(self) -> bool:
        """True while no other process can have taken over what is ours."""
        return self._failure is None and self._owner.is_current

    def _use(self, session: Session) -> None:
        self._session = session
        self._tx = PostgresTx(session, self._parts.zone, self._tally, lambda: not self.is_full)
        self._tx.member = self._owner.id
        self._tx.load_sequences()

    def _commit_together(self, batch: list[Pending]) -> None:
        """Commit a batch; an empty one tells the server that we are alive."""
        if self._failure is not None:
            end_with(batch, self._failure)
            return
        try:
            self._until_done(batch)
        except SupersededError:
            text = "another process has taken the store over; this one stops"
            self._stop_for_good(batch, text, self._owner.fenced_code)
        except MisconfiguredError as error:
            self._stop_for_good(batch, error.text)
        except TroubleError as error:
            self._stop_for_good(batch, f"the server does not do its work: {error}")
        except BaseException as error:  # noqa: BLE001 - nobody knows what was written
            self._stop_for_good(batch, f"the store could not write ({type(error).__name__})")

    def _until_done(self, batch: list[Pending], *, is_full: bool = False) -> None:
        is_careful, tries = False, 0
        while True:
            try:
                self._attempt(batch, is_careful)
                return
            except _UnitRaisedError:
                self._undo_all()
                is_careful = True
            except TroubleError as error:
                self._undo_all()
                tries += 1
                if tries > TRIES_MAX and error.kind is not Trouble.AGAIN:
                    raise
                match error.kind:
                    case Trouble.LOST:
                        if self._reconnect():
                            return
                    case Trouble.FULL:
                        self._full(batch, is_again=is_full)
                        return
                    case Trouble.AGAIN if tries > TRIES_MAX:
                        busy = RefusalError("store.busy", "the store is locked; try again")
                        end_with(batch, busy)
                        return
                    case Trouble.AGAIN:
                        pass
                    case _:
                        raise

    def _full(self, batch: list[Pending], *, is_again: bool) -> None:
        """Run the units of a batch that met a full disk again, each alone, without arrivals."""
        self._full_until = time.monotonic() + FULL_S
        if is_again:
            end_with(batch, StoreFullError("store.low-space: the server's disk is full"))
            return
        for pending in batch:
            self._until_done([pending], is_full=True)

    def _attempt(self, batch: list[Pending], is_careful: bool) -> None:
        """Run and commit a batch; raises what ends the transaction."""
        session = self._session
        self._before = self._tx.sequences()
        highest = self._owner.begin_batch(session)
        if highest is not None:
            self._before = highest
            self._tx.restore(highest)
        for pending in batch:
            if is_careful:
                self._beside(pending)
                continue
            self._call(pending)
            if pending.error is not None:
                if len(batch) > 1:
                    raise _UnitRaisedError
                self._undo_all()
                return
            self._tally.keep_unit()
        self._tally.flush(session)
        self._owner.before_commit(session)
        self._is_in_doubt = True
        session.commit()
        self._is_in_doubt = False
        self._owner.committed()

    def _beside(self, pending: Pending) -> None:
        before = self._tx.sequences()
        self._session.run("SAVEPOINT unit")
        self._call(pending)
        if pending.error is not None:
            self._session.run("ROLLBACK TO unit; RELEASE unit")
            self._tally.drop_unit()
            self._tx.restore(before)
        else:
            self._session.run("RELEASE unit")
            self._tally.keep_unit()

    def _call(self, pending: Pending) -> None:
        """Run one unit; raises when the transaction itself is lost."""
        pending.result, pending.error = None, None
        session = self._session
        session.take_trouble()
        try:
            pending.result = pending.unit(self._tx)
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever queued the unit
            pending.error = error
        trouble = session.take_trouble()
        if trouble is None:
            return
        if trouble.kind is not Trouble.UNDONE:
            raise trouble
        if pending.error is None:
            pending.error = JournalConflictError("the unit went on after a statement was refused")

    def _undo_all(self) -> None:
        self._tally.drop_batch()
        self._tx.restore(self._before)
        if self._session.is_broken:
            return
        try:
            self._session.run("ROLLBACK")
        except TroubleError:
            self._session.close()  # the next statement finds that it is lost

    def _reconnect(self) -> bool:
        """Get a new session as the same owner; return whether the last batch was committed.

        Raises SupersededError, TroubleError LOST after `outage_s`.
        """
        self._session.close()
        deadline = time.monotonic() + self._parts.outage_s
        while True:
            try:
                session = self._parts.connect()
                try:
                    is_committed = self._resume(session) and self._is_in_doubt
                    self._use(session)
                except BaseException:
                    session.close()
                    raise
                self._is_in_doubt = False
                return is_committed
            except TroubleError as error:
                if error.kind is Trouble.FATAL or time.monotonic() > deadline:
                    raise
            time.sleep(RECONNECT_PAUSE_S)

    def _resume(self, session: Session) -> bool:
        if not self._owner.take(session, 0):
            if self._owner.is_superseded(session):
                raise SupersededError
            raise TroubleError(Trouble.LOST, "the old session still holds the store")
        return self._owner.resume(session)

    def _stop_for_good(self, batch: list[Pending], text: str, code: str = "store.failed") -> None:
        what = "repair and restart" if code == "store.failed" else "start it again"
        self._give_up(batch, JournalFailedError(code, f"{text}; {what}"))
        self._session.close()
