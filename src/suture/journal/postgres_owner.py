"""Who writes a zone's tables: one process, by a lock of its session and a number in each commit.

In: a session. Out: ownership, or who has it. Refuses to know: what is written. The advisory lock
ends with its session, so a process that died leaves no lock behind. The epoch in the `owner` row
fences: a process that was stopped and superseded finds another epoch and commits nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from suture.journal.postgres_link import Session, Trouble, TroubleError

_CLASS = 0x53555455
"""`SUTU`: the upper half of the lock's number; the lower is the schema's own (its oid)."""
LOCK = f"(({_CLASS}::bigint << 32) | current_schema()::regnamespace::oid::bigint)"
_TRY = f"SELECT pg_try_advisory_lock({LOCK})"
OURS = " AND ".join(
    (
        "locktype = 'advisory' AND granted",
        "database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        f"classid = {_CLASS}",
        "objid = current_schema()::regnamespace::oid",
    )
)
_END_OLD = f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE {OURS} AND pid = "  # noqa: S608
_PAUSE_S = 0.1
"""Between two tries to get the lock."""


class SupersededError(Exception):
    """Another process owns the store now."""


@dataclass(slots=True)
class Ownership:
    """Our claim on the store, carried from session to session."""

    prepare: Callable[[Session], None]
    """Brings the tables up to date, once the store is ours."""
    epoch: int = 0
    batch: int = 0
    """Number of the last batch begun; stored with it, it tells whether it was committed."""
    pid: int = 0
    """The server's process of our last session."""
    id: int = 0
    """Not one of several."""
    heartbeat_s: float = 15.0

    fenced_code: ClassVar[str] = "store.failed"
    is_current: ClassVar[bool] = True
    """The sole owner starts what it likes: a successor asks about what was on the wire."""

    def take(self, session: Session, wait_s: float) -> bool:
        """Lock the store for this session, trying for `wait_s`; False when another has it.

        An earlier session of ours that the server has not yet missed is ended.
        """
        deadline = time.monotonic() + wait_s
        while not session.ask(_TRY)[0][0]:
            if self.pid:
                session.ask(f"{_END_OLD}{self.pid:d}")
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_S)
        if not self.pid:
            self.prepare(session)
        self.pid = session.pid
        return True

    def begin_epoch(self, session: Session) -> None:
        """Become the owner: every earlier one is fenced off from here on."""
        holder = f"{os.uname().nodename}:{os.getpid()}"
        session.execute("UPDATE owner SET epoch = epoch + 1, holder = ?", (holder,))
        session.run("UPDATE member SET is_fenced = true")
        self.epoch, self.batch = self._stored(session)

    def resume(self, session: Session) -> bool:
        """Go on after a lost connection; return whether the last batch begun was committed.

        Raises SupersededError when another process has become the owner meanwhile.
        """
        epoch, batch = self._stored(session)
        if epoch != self.epoch:
            raise SupersededError
        return batch == self.batch

    def is_superseded(self, session: Session) -> bool:
        """Return whether another process has become the owner."""
        return self._stored(session)[0] != self.epoch

    def begin_batch(self, session: Session) -> None:
        """Begin a transaction that only the owner can commit; the owner numbers rows itself."""
        self.batch += 1
        session.run(f"BEGIN; UPDATE owner SET batch = {self.batch:d} WHERE epoch = {self.epoch:d}")  # noqa: S608
        if session.changed != 1:
            raise SupersededError

    def before_commit(self, session: Session) -> None:
        """Do nothing: there is nobody else."""

    def committed(self) -> None:
        """Do nothing: nobody can fence us without the lock."""

    def leave(self, session: Session) -> None:
        """Do nothing: the lock ends with the session."""

    def _stored(self, session: Session) -> tuple[int, int]:
        found = session.ask("SELECT epoch, batch FROM owner")
        if len(found) != 1:
            raise TroubleError(Trouble.FATAL, "no owner row")
        return int(found[0][0]), int(found[0][1])
