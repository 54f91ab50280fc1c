"""Lanes: one delivery in flight per (destination, lane), in order, claimed by priority.

In: a cursor of the writing connection. Out: changed rows of `queue`, `progress` and `attempt`.
Refuses to know: what is delivered. `queue` holds the deliveries that are WAITING or SENDING; at
most one row of a lane, its head, has a phase above 0 (a unique index proves it), so a blocked lane
costs one row however long it is and a claim never walks the rows behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from typing import Any

from suture.journal.sql_rows import Cursor

BEHIND, LATER, DUE, SENDING = 0, 1, 2, 3
"""Phases of a queue row: not the head, head before its instant, head claimable, head claimed."""

PROMOTE_MAX = 10_000
"""Heads whose instant has come that one claim looks at; bounds a claim after a long stand-still."""

_INSERT = "INSERT INTO queue VALUES(?, ?, ?, ?, ?, ?)"
_HEAD = "SELECT seq, phase FROM queue WHERE destination = ? AND lane = ? AND phase > 0"
_FIRST = "SELECT seq, next_at FROM queue WHERE destination = ? AND lane = ? ORDER BY seq LIMIT 1"
_PHASE = "UPDATE queue SET phase = ? WHERE destination = ? AND lane = ? AND seq = ?"
_DELAY = "UPDATE queue SET phase = 0, next_at = ? WHERE destination = ? AND lane = ? AND seq = ?"
_DELETE = "DELETE FROM queue WHERE destination = ? AND lane = ? AND seq = ?"
_COME = (
    "SELECT destination, lane, seq FROM queue WHERE phase = 1 AND next_at <= ?"
    " ORDER BY next_at, seq LIMIT ?"
)
_CLAIMABLE = (
    "SELECT priority, seq, destination, lane FROM queue WHERE phase = 2 AND destination = ?"
    " AND next_at <= ? ORDER BY priority, seq LIMIT ?"
)
_HASTEN = (
    "UPDATE progress SET next_at = ? WHERE next_at > ? AND seq IN (SELECT seq FROM queue)",
    "UPDATE queue SET next_at = ? WHERE next_at > ?",
)
_INTERRUPTED = "SELECT seq FROM queue WHERE phase = 3 ORDER BY seq"
_START = "UPDATE progress SET state = 'sending', attempts = attempts + 1 WHERE seq = ?"
_ATTEMPT = (
    "INSERT INTO attempt(delivery_seq, number, started_wall, ended_wall, outcome, code)"
    " SELECT seq, attempts, ?, NULL, '', '' FROM progress WHERE seq = ?"
)

Lane = tuple[str, str]
"""(destination, lane)."""


def join(cursor: Cursor, lane: Lane, seq: int, priority: int, next_at: int, wall: int) -> None:
    """Put a delivery into its lane in sequence order."""
    head = cursor.execute(_HEAD, lane).fetchone()
    if head is None:
        phase = DUE if next_at <= wall else LATER
        cursor.execute(_INSERT, (*lane, seq, priority, next_at, phase))
        return
    cursor.execute(_INSERT, (*lane, seq, priority, next_at, BEHIND))
    if seq < head[0]:
        advance(cursor, lane, wall)


def leave(cursor: Cursor, lane: Lane, seq: int, wall: int) -> None:
    """Take a delivery out of its lane; the next one becomes the head."""
    cursor.execute(_DELETE, (*lane, seq))
    advance(cursor, lane, wall)


def delay(cursor: Cursor, lane: Lane, seq: int, next_at: int, wall: int) -> None:
    """Let a claimed delivery wait for its next try."""
    cursor.execute(_DELAY, (next_at, *lane, seq))
    advance(cursor, lane, wall)


def advance(cursor: Cursor, lane: Lane, wall: int) -> None:
    """Make the first delivery of a lane its head, unless one is being sent."""
    first = cursor.execute(_FIRST, lane).fetchone()
    if first is None:
        return
    head = cursor.execute(_HEAD, lane).fetchone()
    if head is not None and head[1] == SENDING:
        return
    if head is not None and head[0] != first[0]:
        cursor.execute(_PHASE, (BEHIND, *lane, head[0]))
    cursor.execute(_PHASE, (DUE if first[1] <= wall else LATER, *lane, first[0]))


def claim(
    cursor: Cursor, wall: int, limit: int, destinations: Sequence[str]
) -> list[tuple[int, str]]:
    """Claim up to `limit` heads and return (seq, destination), by priority then sequence."""
    come = cursor.execute(_COME, (wall, PROMOTE_MAX)).fetchall()
    if come:
        cursor.executemany(_PHASE, [(DUE, *row) for row in come])
    found: list[list[Any]] = [
        cursor.execute(_CLAIMABLE, (destination, wall, limit)).fetchall()
        for destination in dict.fromkeys(destinations)
    ]
    heads = list(islice(merge(*found), limit))
    for _, seq, destination, lane in heads:
        cursor.execute(_PHASE, (SENDING, destination, lane, seq))
        cursor.execute(_START, (seq,))
        cursor.execute(_ATTEMPT, (wall, seq))
    return [(seq, destination) for _, seq, destination, _ in heads]


def hasten(cursor: Cursor, wall: int) -> None:
    """Let nothing wait beyond `wall`: its clock was set back, or the waits are to end."""
    for statement in _HASTEN:
        cursor.execute(statement, (wall, wall))


def sending(cursor: Cursor) -> list[int]:
    """Return the sequences of the claimed deliveries."""
    return [row[0] for row in cursor.execute(_INTERRUPTED)]
