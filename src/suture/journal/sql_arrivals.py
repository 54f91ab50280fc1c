"""What a journal in SQL answers about the messages received and refused, by an index each.

In: a cursor inside a transaction. Out: frozen records. Refuses to know: which database answers, and
what became of the messages (`sql_reader`).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from suture.core.clock import to_micros
from suture.journal import sql_rows as rows
from suture.journal.contract import PAGE_MAX
from suture.journal.record import Arrival, DeliveryState, Refusal, Stage
from suture.journal.sql_rows import NEVER, Cursor, Row, sql

_ARRIVAL = sql("SELECT @arrival FROM arrival WHERE seq = ?")
_ARRIVAL_EXCHANGE = sql("SELECT @arrival FROM arrival WHERE exchange = ?")
_ARRIVALS_AFTER = sql("SELECT @arrival FROM arrival WHERE seq > ? ORDER BY seq LIMIT ?")
_ARRIVALS_CONTROL = sql(
    "SELECT @arrival FROM arrival WHERE control_id = ? AND control_id <> '' ORDER BY seq LIMIT ?"
)
_ARRIVALS_RECENT = sql("SELECT @heading FROM arrival WHERE seq < ? ORDER BY seq DESC LIMIT ?")
_ARRIVALS_OF_ENDPOINT = sql(
    "SELECT @heading FROM arrival WHERE endpoint = ? AND seq > ? AND seq < ?"
    " ORDER BY seq DESC LIMIT ?"
)
_ARRIVALS_OF_CODE = sql(
    "SELECT @heading FROM arrival WHERE code = ? AND code <> '' AND seq > ? AND seq < ?"
    " ORDER BY seq DESC LIMIT ?"
)
_ARRIVALS_OF_BOTH = sql(
    "SELECT @heading FROM arrival WHERE code = ? AND code <> '' AND endpoint = ? AND seq > ?"
    " AND seq < ? ORDER BY seq DESC LIMIT ?"
)
_ARRIVALS_BETWEEN = sql(
    "SELECT @heading FROM arrival WHERE seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?"
)
_RECEIVED_AT = "SELECT seq, received_at FROM arrival WHERE seq >= ? ORDER BY seq LIMIT 1"
_ENDPOINT = "SELECT endpoint FROM arrival WHERE endpoint > ? ORDER BY endpoint LIMIT 1"
_REFUSALS_AFTER = sql("SELECT @refusal FROM refusal WHERE seq > ? ORDER BY seq LIMIT ?")
_STATES = (
    "SELECT state FROM progress WHERE seq IN"
    " (SELECT seq FROM delivery WHERE exchange = ? AND exchange <> '')"
)
_STAGES = sql("SELECT @stage FROM stage WHERE exchange = ? ORDER BY number LIMIT ?")
_IS_ALIAS = "SELECT 1 FROM alias WHERE value = ? AND kind = ? AND machine = ? AND key = ?"
_LAST_ARRIVAL = "SELECT seq FROM arrival ORDER BY seq DESC LIMIT 1"
_REFUSALS = sql("SELECT @refusal FROM refusal WHERE seq < ? ORDER BY seq DESC LIMIT ?")


def page(limit: int) -> int:
    """Return `limit`, refusing one above `PAGE_MAX` or below 1 with ValueError."""
    if not 0 < limit <= PAGE_MAX:
        raise ValueError(f"limit must be 1..{PAGE_MAX}")
    return limit


class ArrivalReader:
    """Reads inside the transaction its cursor is in."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def _all(self, statement: str, values: tuple[Any, ...]) -> list[Row]:
        return self._cursor.execute(statement, values).fetchall()

    def _one(self, statement: str, values: tuple[Any, ...] = ()) -> Row | None:
        # All rows, although there is one at most: a half-read statement would keep its snapshot.
        found = self._cursor.execute(statement, values).fetchall()
        return found[0] if found else None

    def end(self) -> None:
        """Let go of the connection; asking afterwards raises."""
        self._cursor.close()

    def arrival(self, seq: int) -> Arrival | None:
        """Return one arrival."""
        row = self._one(_ARRIVAL, (seq,))
        return None if row is None else rows.arrival(row)

    def arrival_of_exchange(self, exchange: str) -> Arrival | None:
        """Return the arrival that an exchange id names."""
        row = self._one(_ARRIVAL_EXCHANGE, (exchange,))
        return None if row is None else rows.arrival(row)

    def arrivals_after(self, seq: int, limit: int) -> list[Arrival]:
        """Return the arrivals that follow a sequence."""
        return [rows.arrival(row) for row in self._all(_ARRIVALS_AFTER, (seq, page(limit)))]

    def arrivals_of_control_id(self, control_id: str, limit: int) -> list[Arrival]:
        """Return the arrivals with a control id, on any endpoint."""
        found = self._all(_ARRIVALS_CONTROL, (control_id, page(limit)))
        return [rows.arrival(row) for row in found]

    def recent_arrivals(self, limit: int, before: int | None = None) -> list[Arrival]:
        """Return the newest arrivals first, without content."""
        start = NEVER if before is None else before
        return [rows.arrival(row) for row in self._all(_ARRIVALS_RECENT, (start, page(limit)))]

    def find_arrivals(
        self,
        limit: int,
        *,
        endpoint: str = "",
        code: str = "",
        after: int = 0,
        before: int | None = None,
    ) -> list[Arrival]:
        """Return the newest arrivals of an endpoint or with a code, without content."""
        span = (after, NEVER if before is None else before, page(limit))
        match bool(code), bool(endpoint):
            case True, True:
                found = self._all(_ARRIVALS_OF_BOTH, (code, endpoint, *span))
            case True, False:
                found = self._all(_ARRIVALS_OF_CODE, (code, *span))
            case False, True:
                found = self._all(_ARRIVALS_OF_ENDPOINT, (endpoint, *span))
            case _:
                found = self._all(_ARRIVALS_BETWEEN, span)
        return [rows.arrival(row) for row in found]

    def arrivals_before(self, at: datetime) -> int:
        """Return the sequence of the last arrival before an instant, 0 when there is none."""
        wanted = to_micros(at)
        last = self._one(_LAST_ARRIVAL, ())
        low, high = 0, 0 if last is None else int(last[0])
        while low < high:
            middle = (low + high + 1) // 2
            row = self._one(_RECEIVED_AT, (middle,))
            if row is not None and row[1] < wanted:
                low = int(row[0])
            else:
                high = middle - 1
        return low

    def refusals(self, limit: int, before: int | None = None) -> list[Refusal]:
        """Return the newest refusals first."""
        start = NEVER if before is None else before
        return [rows.refusal(row) for row in self._all(_REFUSALS, (start, page(limit)))]

    def refusals_after(self, seq: int, limit: int) -> list[Refusal]:
        """Return the oldest refusals first."""
        return [rows.refusal(row) for row in self._all(_REFUSALS_AFTER, (seq, page(limit)))]

    def endpoints(self, limit: int, after: str = "") -> list[str]:
        """Return the endpoints messages were received by; one row of an index for each."""
        found: list[str] = []
        while len(found) < page(limit):
            row = self._one(_ENDPOINT, (after,))
            if row is None:
                break
            after = str(row[0])
            found.append(after)
        return found

    def delivery_states(self, exchange: str) -> dict[DeliveryState, int]:
        """Return how many deliveries of an exchange are in which state."""
        return dict(Counter(DeliveryState(row[0]) for row in self._all(_STATES, (exchange,))))

    def stages_of(self, exchange: str) -> list[Stage]:
        """Return what the steps of a flow made of a message, in their order."""
        return [rows.stage(row) for row in self._all(_STAGES, (exchange, PAGE_MAX))]

    def is_alias(self, kind: str, value: str, machine: str, key: str) -> bool:
        """Return whether a value names this (machine, key)."""
        return self._one(_IS_ALIAS, (value, kind, machine, key)) is not None
