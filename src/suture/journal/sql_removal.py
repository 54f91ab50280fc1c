"""What leaves a journal in SQL: messages with all that was made of them, refusals, transport keys.

In: the writing cursor, a sequence or an instant. Out: whether rows were removed. Refuses to know:
why they may go. The newest row of a numbered table stays, for its number would be given out again
and cursors would pass over what gets it.
"""

from __future__ import annotations

from suture.journal.contract import Tx
from suture.journal.record import DeliveryState
from suture.journal.sql_rows import Cursor, arrival_state
from suture.journal.sql_tally import Tally

KEYS_MAX = 10_000
"""Arrivals one `forget_keys` looks at, so that it never holds the writer for long."""
CURSOR = "purge.dedupe"
_LIVE = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)

OLD_ARRIVALS = (
    "SELECT seq, received_at, endpoint, transport_key FROM arrival WHERE seq > ?"
    " ORDER BY seq LIMIT ?"
)
FORGET = "DELETE FROM dedupe WHERE endpoint = ? AND transport_key = ? AND seq = ?"
LAST_ARRIVAL = "SELECT seq FROM arrival ORDER BY seq DESC LIMIT 1"
LAST_DELIVERY = "SELECT seq FROM delivery ORDER BY seq DESC LIMIT 1"
LAST_REFUSAL = "SELECT seq FROM refusal ORDER BY seq DESC LIMIT 1"
MESSAGE = "SELECT exchange, endpoint, transport_key, state FROM arrival WHERE seq = ?"
MADE = (
    "SELECT destination, state, seq FROM progress"
    " WHERE seq IN (SELECT seq FROM delivery WHERE exchange = ? AND exchange <> '')"
)
REMOVE_MADE = (
    "DELETE FROM attempt"
    " WHERE delivery_seq IN (SELECT seq FROM delivery WHERE exchange = ? AND exchange <> '')",
    "DELETE FROM progress"
    " WHERE seq IN (SELECT seq FROM delivery WHERE exchange = ? AND exchange <> '')",
    "DELETE FROM delivery WHERE exchange = ? AND exchange <> ''",
)
REMOVE_STAGES = "DELETE FROM stage WHERE exchange = ?"
REMOVE_ENTRIES = "DELETE FROM alias WHERE key = ? AND machine = ''"
REMOVE_ARRIVAL = "DELETE FROM arrival WHERE seq = ?"
REMOVE_REFUSAL = "DELETE FROM refusal WHERE seq = ?"


def forget_keys(tx: Tx, cursor: Cursor, before: int) -> int:
    """Forget the transport keys of arrivals received before; return how many were passed."""
    last = tx.cursor(CURSOR)
    old = []
    for row in cursor.execute(OLD_ARRIVALS, (last, KEYS_MAX)).fetchall():
        if row[1] >= before:
            break
        old.append(row)
    for row in old:
        cursor.execute(FORGET, (row[2], row[3], row[0]))
    if old:
        tx.set_cursor(CURSOR, old[-1][0])
    return len(old)


def remove_message(cursor: Cursor, steps: Tally, seq: int) -> bool:
    """Remove an arrival and what was made of it, unless something of it is needed."""
    found = cursor.execute(MESSAGE, (seq,)).fetchall()
    if not found or _is_newest(cursor, LAST_ARRIVAL, seq):
        return False
    exchange, endpoint, transport_key, state = found[0]
    made = cursor.execute(MADE, (exchange,)).fetchall()
    if any(row[1] in _LIVE or _is_newest(cursor, LAST_DELIVERY, row[2]) for row in made):
        return False
    for statement in REMOVE_MADE if made else ():
        cursor.execute(statement, (exchange,))
    for destination, became, _ in made:
        steps.step("delivery", destination, became, -1)
    cursor.execute(REMOVE_STAGES, (exchange,))
    cursor.execute(REMOVE_ENTRIES, (exchange,))
    cursor.execute(FORGET, (endpoint, transport_key, seq))
    cursor.execute(REMOVE_ARRIVAL, (seq,))
    steps.step("arrival", "", arrival_state(state).value, -1)
    return True


def remove_refusal(cursor: Cursor, steps: Tally, seq: int) -> bool:
    """Remove the audit row of something refused; False for the newest."""
    if _is_newest(cursor, LAST_REFUSAL, seq):
        return False
    cursor.execute(REMOVE_REFUSAL, (seq,))
    steps.step("refusal", "", "", -1)
    return True


def _is_newest(cursor: Cursor, last: str, seq: int) -> bool:
    row = cursor.execute(last, ()).fetchall()
    return bool(row) and int(row[0][0]) == seq
