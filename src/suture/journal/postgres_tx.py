"""The writer's view of a PostgreSQL journal: its statements, and how its rows are numbered.

In: the writing session. Out: changed rows. Refuses to know: what is written (`sql_tx`). There is
one writer, so it numbers the rows itself: without gaps, in the order of commits, without asking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from suture.core.clock import to_micros
from suture.journal.contract import JournalConflictError
from suture.journal.postgres_link import Session
from suture.journal.postgres_schema import NUMBERED
from suture.journal.postgres_sql import numbered, table_of
from suture.journal.record import Admission, Admitted, ArrivalState, Delivery, NewArrival
from suture.journal.sql_rows import ARRIVAL_LETTER, arrival_state
from suture.journal.sql_tally import Tally
from suture.journal.sql_tx import SqlTx, as_received

_ADMIT_NEW = (
    "WITH seen AS (INSERT INTO dedupe VALUES(?, ?, ''::bytea, ?) ON CONFLICT DO NOTHING"
    " RETURNING seq) INSERT INTO arrival(seq, exchange, endpoint, peer, format, transport_key,"
    " control_id, digest, size_bytes, key_id, ack_code, ack, content, received_at, state, code,"
    " problems) SELECT seq, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]'::bytea FROM seen"
)
"""A message that is new, in one journey instead of three; of any other it writes nothing."""
_SETTLE_ARRIVAL = (
    "WITH old AS (SELECT state FROM arrival WHERE seq = ?) UPDATE arrival SET state = ?, code = ?,"
    " problems = ? FROM old WHERE seq = ? RETURNING old.state"
)
"""One journey instead of two."""
_CLAIMED = (
    "INSERT INTO claimed(seq, member) VALUES(?, ?) ON CONFLICT(seq) DO UPDATE"
    " SET member = excluded.member"
)
_LOST = (
    "SELECT q.seq FROM queue q LEFT JOIN claimed c ON c.seq = q.seq"
    " LEFT JOIN member m ON m.id = c.member"
    " WHERE q.phase = 3 AND coalesce(m.is_fenced, true) ORDER BY q.seq"
)
_DUTY = (
    "INSERT INTO duty(name, member) VALUES(?, ?) ON CONFLICT(name) DO UPDATE"
    " SET member = excluded.member WHERE duty.member = excluded.member OR NOT EXISTS"
    " (SELECT 1 FROM member WHERE id = duty.member AND NOT is_fenced)"
)
_CLAIMS = (
    "SELECT seq FROM claimed WHERE seq IN"
    " (SELECT seq FROM delivery WHERE exchange = ? AND exchange <> '')"
)
_UNCLAIM = "DELETE FROM claimed WHERE seq = ?"
_FLOWS = "UPDATE member SET flows = ? WHERE id = ? AND flows <> ?"


class PostgresTx(SqlTx):
    """A unit's view on the writing session."""

    def __init__(
        self, session: Session, zone: str, tally: Tally, is_accepting: Callable[[], bool]
    ) -> None:
        super().__init__(session, zone, tally, is_accepting)
        self._session = session
        self._last: dict[str, int] = {}
        self.member = 0
        """Which member writes; 0 for the sole owner of the store."""

    @property
    def session(self) -> Session:
        """The writing session, for copying a store."""
        return self._session

    def load_sequences(self) -> None:
        """Read the highest sequence of every numbered table."""
        highest = [f"(SELECT coalesce(max(seq), 0) FROM {name})" for name in NUMBERED]  # noqa: S608
        (found,) = self._session.ask("SELECT " + ", ".join(highest))
        self._last = {name: int(seq) for name, seq in zip(NUMBERED, found, strict=True)}

    def sequences(self) -> dict[str, int]:
        """Return the highest sequences, for `restore`."""
        return dict(self._last)

    def restore(self, sequences: dict[str, int]) -> None:
        """Take back the numbers that an undone unit or batch has given out."""
        self._last = dict(sequences)

    def admit(self, arrival: NewArrival) -> Admission:
        """Store an arrival unless its transport key is known for the endpoint (spec 2.0.2)."""
        if not self._is_accepting():
            return super().admit(arrival)
        new, seq = arrival, self._last["arrival"] + 1
        values = (
            *(new.endpoint, new.transport_key, seq),
            *as_received(new),
            *(to_micros(new.received_at), ARRIVAL_LETTER[new.state], new.code),
        )
        if not self._changed(_ADMIT_NEW, values):
            return super().admit(arrival)
        self._last["arrival"] = seq
        self._steps.step("arrival", "", new.state.value)
        return Admitted(seq)

    def settle_arrival(
        self, seq: int, state: ArrivalState, code: str = "", problems: bytes = b"[]"
    ) -> None:
        """Record what became of an arrival; raises JournalConflictError when it is unknown."""
        row = self._one(_SETTLE_ARRIVAL, (seq, ARRIVAL_LETTER[state], code, problems, seq))
        if row is None:
            raise JournalConflictError("no arrival has this sequence")
        self._steps.move("arrival", "", arrival_state(row[0]).value, state.value)

    def claim(self, wall: datetime, limit: int, destinations: Sequence[str]) -> list[Delivery]:
        """Move due lane heads to SENDING and remember which member has them."""
        found = super().claim(wall, limit, destinations)
        if self.member:
            self._session.executemany(_CLAIMED, [(each.seq, self.member) for each in found])
        return found

    def interrupted(self) -> list[Delivery]:
        """Return deliveries left SENDING: by fenced members, to the sole owner all."""
        if not self.member:
            return super().interrupted()
        return self._deliveries([row[0] for row in self._all(_LOST, ())])

    def take_duty(self, name: str) -> bool:
        """Return whether this member does what only one may do; ours until we are fenced."""
        return not self.member or self._changed(_DUTY, (name, self.member))

    def tell_flows(self, flows: str) -> None:
        """Keep which flows this process runs, for whoever compares the members."""
        self._cursor.execute(_FLOWS, (flows, self.member, flows))

    def _changed(self, statement: str, values: tuple[object, ...]) -> bool:
        return self._session.execute(statement, values).changed > 0

    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        table = table_of(statement)
        seq = self._last[table] + 1
        self._session.execute(numbered(statement), (seq, *values))
        self._last[table] = seq
        return seq

    def _insert_once(self, statement: str, values: tuple[object, ...]) -> int:
        table = table_of(statement)
        seq = self._last[table] + 1
        if not self._session.execute(numbered(statement), (seq, *values)).changed:
            return 0
        self._last[table] = seq
        return seq

    def remove_message(self, seq: int) -> bool:
        """Remove an arrival, what was made of it, and who had claimed that."""
        arrival = self.arrival(seq)
        if arrival is None:
            return False
        claimed = self._all(_CLAIMS, (arrival.exchange,))
        if not super().remove_message(seq):
            return False
        for row in claimed:
            self._session.execute(_UNCLAIM, row)
        return True
