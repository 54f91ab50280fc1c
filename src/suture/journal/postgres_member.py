"""One of several processes that write a zone: a row of its own, the zone's gate, a fence.

In: a session. Out: membership, and the transactions only a member can commit. Refuses to know:
what is written. Each commit takes the zone's gate (the `owner` row) by row lock inside its own
transaction, so commits are in one order and a reader's cursor misses none. A member that is silent
is fenced by another one, by the server's clock; what was fenced commits nothing any more.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from suture.journal.postgres_link import Session, Trouble, TroubleError
from suture.journal.postgres_owner import LOCK, OURS, SupersededError
from suture.journal.postgres_schema import NUMBERED

SILENT_S = 15.0
"""A member that has committed nothing for so long is fenced; it beats each `BEAT_S`."""
GONE_S = 4.0
"""One whose session has ended too; it comes back within a second when it lives."""
BEAT_S = 1.0
CURRENT_S = 10.0
"""Silent for longer, a member starts no sending: it may be fenced before it ends."""
STOPPED_S = 5.0
"""A transaction that stands still for so long (a stopped process) is ended: the gate opens."""
_PAUSE_S = 0.1

_SHARE = f"SELECT pg_try_advisory_lock_shared({LOCK})"
_ALONE = f"SELECT pg_try_advisory_lock({LOCK})"
_NOT_ALONE = f"SELECT pg_advisory_unlock({LOCK})"
_HIGHEST = ", ".join(f"(SELECT coalesce(max(seq), 0) FROM {name})" for name in NUMBERED)  # noqa: S608
_JOIN = (
    "INSERT INTO member(id, role, host, flows, since, beat, batch, pid, is_fenced)"
    " SELECT coalesce(max(id), 0) + 1, ?, ?, '', clock_timestamp(), clock_timestamp(), 0, ?, false"
    " FROM member RETURNING id"
)
_LOST = f"NOT EXISTS (SELECT 1 FROM pg_locks WHERE {OURS} AND pg_locks.pid = member.pid)"  # noqa: S608
_FENCE = (
    "UPDATE member SET is_fenced = true WHERE NOT is_fenced AND id <> {id:d} AND"
    " (beat < clock_timestamp() - interval '{silent:f} s'"
    " OR (beat < clock_timestamp() - interval '{gone:f} s' AND {lost}))"
)
_TIDY = (
    "DELETE FROM claimed WHERE member = {id:d} AND NOT EXISTS"
    " (SELECT 1 FROM queue WHERE queue.seq = claimed.seq AND queue.phase = 3);"
    " DELETE FROM member WHERE is_fenced AND beat < clock_timestamp() - interval '1 day'"
    " AND NOT EXISTS (SELECT 1 FROM claimed WHERE claimed.member = member.id)"
    " AND id < {id:d}"
)


@dataclass(slots=True)
class Membership:
    """Our row among the members, carried from session to session."""

    role: str
    prepare: Callable[[Session], None]
    """Brings the tables up to date; called while no other process is there."""
    check: Callable[[Session], None]
    """Refuses tables of another version; called while others are there."""
    silent_s: float = SILENT_S
    gone_s: float = GONE_S
    id: int = 0
    batch: int = 0
    _steady_since: float = 0.0
    """Since when we commit without a break: after a break of the server nobody is fenced soon."""
    _last: float = 0.0
    _tended: float = 0.0

    fenced_code: ClassVar[str] = "store.superseded"
    heartbeat_s: ClassVar[float] = BEAT_S

    def take(self, session: Session, wait_s: float) -> bool:
        """Share the store for this session; False when one process has it alone."""
        deadline = time.monotonic() + wait_s
        while not self._enter(session):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE_S)
        stopped_ms = int(min(STOPPED_S, self.silent_s) * 1000)
        session.run(f"SET idle_in_transaction_session_timeout = {stopped_ms:d}")
        return True

    def _enter(self, session: Session) -> bool:
        if not self.id and session.ask(_ALONE)[0][0]:
            try:
                self.prepare(session)
                session.ask(_SHARE)
            finally:
                session.ask(_NOT_ALONE)
            return True
        if not session.ask(_SHARE)[0][0]:
            return False
        if not self.id:
            self.check(session)
        return True

    def begin_epoch(self, session: Session) -> None:
        """Become a member."""
        host = f"{os.uname().nodename}:{os.getpid()}"
        session.run("BEGIN; SELECT 1 FROM owner FOR UPDATE")
        self.id = int(session.execute(_JOIN, (self.role, host, session.pid)).fetchone()[0])
        session.commit()
        self._steady_since = self._last = time.monotonic()

    def resume(self, session: Session) -> bool:
        """Go on after a lost connection; return whether the last batch begun was committed.

        Raises SupersededError when another member has fenced us meanwhile.
        """
        session.run(
            f"UPDATE member SET pid = {session.pid:d}, beat = clock_timestamp()"  # noqa: S608
            f" WHERE id = {self.id:d} AND NOT is_fenced"
        )
        if session.changed != 1:
            raise SupersededError
        self._steady_since = self._last = time.monotonic()
        ((batch,),) = session.ask(f"SELECT batch FROM member WHERE id = {self.id:d}")  # noqa: S608
        return bool(batch == self.batch)

    def is_superseded(self, session: Session) -> bool:
        """Return whether another process has fenced us."""
        found = session.ask(f"SELECT is_fenced FROM member WHERE id = {self.id:d}")  # noqa: S608
        return not found or bool(found[0][0])

    def begin_batch(self, session: Session) -> dict[str, int]:
        """Take the gate; return the highest sequences; only an unfenced member gets through."""
        self.batch += 1
        try:
            (found,) = session.ask(
                "BEGIN; SELECT 1 FROM owner FOR UPDATE;"  # noqa: S608 - numbers and names of our own
                f" UPDATE member SET batch = {self.batch:d}, beat = clock_timestamp()"
                f" WHERE id = {self.id:d} AND NOT is_fenced;"
                f" SELECT (SELECT NOT is_fenced FROM member WHERE id = {self.id:d}), {_HIGHEST}"
            )
        except TroubleError as error:
            if error.kind is Trouble.AGAIN:
                self._steady_since = time.monotonic()
            raise
        if found[0] is not True:
            raise SupersededError
        return {name: int(seq) for name, seq in zip(NUMBERED, found[1:], strict=True)}

    def before_commit(self, session: Session) -> None:
        """Fence who is silent, now and then: inside the transaction, behind the gate."""
        now = time.monotonic()
        if now - self._last > self.silent_s / 2:
            self._steady_since = now  # we were stopped ourselves: the others may have been too
        if now - self._tended < BEAT_S:
            return
        self._tended = now
        if now - self._steady_since > self.silent_s:
            limits = {"silent": self.silent_s, "gone": min(self.gone_s, self.silent_s)}
            session.run(_FENCE.format(id=self.id, lost=_LOST, **limits))
        session.run(_TIDY.format(id=self.id))

    def committed(self) -> None:
        """Note that a commit took place."""
        self._last = time.monotonic()

    @property
    def is_current(self) -> bool:
        """True while we committed so lately that nobody can have fenced us."""
        return time.monotonic() - self._last < min(CURRENT_S, self.silent_s * 2 / 3)

    def leave(self, session: Session) -> None:
        """Say that we end: what we claimed may be given out at once."""
        session.run(f"UPDATE member SET is_fenced = true WHERE id = {self.id:d}")  # noqa: S608
