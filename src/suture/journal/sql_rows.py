"""Rows of a table turned into the journal's values, and what a cursor must be able to do.

In: tuples in the column order named here. Out: frozen records. Refuses to know: where a row came
from. Instants are stored as whole microseconds since 1970 (`core.clock.to_micros`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from suture.core.clock import from_micros
from suture.journal.record import (
    Arrival,
    ArrivalState,
    Attempt,
    Delivery,
    DeliveryState,
    Event,
    Fact,
    Instance,
    Refusal,
    Stage,
    Task,
    Timer,
    Transition,
)

Row = tuple[Any, ...]


class Cursor(Protocol):
    """What the statements need of a database; `?` marks a value."""

    def execute(self, statement: str, values: tuple[Any, ...] = ..., /) -> Cursor: ...
    def executemany(self, statement: str, rows: Iterable[tuple[Any, ...]], /) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchone(self) -> Any: ...
    def close(self) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...


NEVER = 1 << 62
"""Stored for `due_at` None: sorts after every instant and keeps comparisons free of NULL."""

ARRIVAL_LETTER = {
    ArrivalState.RECEIVED: "r",
    ArrivalState.TRANSLATED: "t",
    ArrivalState.FILTERED: "f",
    ArrivalState.PARKED: "p",
    ArrivalState.FAILED: "x",
}
_ARRIVAL_STATE = {letter: state for state, letter in ARRIVAL_LETTER.items()}

COLUMNS = {
    "@arrival": "seq, exchange, endpoint, peer, format, transport_key, control_id, digest,"
    " size_bytes, content, key_id, ack, ack_code, received_at, state, code, problems",
    "@heading": "seq, exchange, endpoint, peer, format, transport_key, control_id, digest,"
    " size_bytes, x'', key_id, ack, ack_code, received_at, state, code, problems",
    "@refusal": "endpoint, peer, code, path, offset, size_bytes, digest, head, key_id, at, seq",
    "@event": "seq, id, type, machine, key, time, recorded, payload, facility, exchange, causation",
    "@instance": "machine, key, state, rev, definition, entered_at, data, parent, facility,"
    " due_at, fired",
    "@transition": "machine, key, rev, rule, from_state, to_state, event_seq, event_type, at,"
    " decision, seq",
    "@timer": "machine, key, name, event_type, due",
    "@task": "id, machine, key, kind, role, title, opened_at, due_at, data, is_open, closed_at,"
    " closed_by, resolution",
    "@delivery": "seq, id, idempotency_key, kind, destination, lane, machine, key, payload,"
    " created_at, exchange, priority, content, content_key_id, causation",
    "@progress": "state, control_id, attempts, next_at, settled_at, code, facts",
    "@attempt": "delivery_seq, number, started_wall, ended_wall, outcome, code, answer_key,"
    " answer_bytes, answer",
    "@stage": "exchange, number, name, digest, size_bytes, is_edits, key_id, content",
    "@fact": "kind, key, version, value, as_of, source",
}


def sql(text: str) -> str:
    """Return a statement with its `@name` replaced by that record's columns, in reading order."""
    for name, columns in COLUMNS.items():
        text = text.replace(name, columns)
    return text


def _at(cells: list[Any], *places: int) -> list[Any]:
    """Turn the micros at these places into instants, leaving None alone."""
    for place in places:
        if cells[place] is not None:
            cells[place] = from_micros(cells[place])
    return cells


def arrival_state(letter: str) -> ArrivalState:
    """Return the state a stored letter stands for."""
    return _ARRIVAL_STATE[letter]


def arrival(row: Row) -> Arrival:
    """Return an arrival from `@arrival` or `@heading`."""
    cells = _at(list(row), 13)
    cells[14] = _ARRIVAL_STATE[cells[14]]
    return Arrival(*cells)


def refusal(row: Row) -> Refusal:
    """Return a refusal from `@refusal`."""
    return Refusal(*_at(list(row), 9))


def event(row: Row) -> Event:
    """Return an event from `@event`."""
    return Event(*_at(list(row), 5, 6))


def instance(row: Row) -> Instance:
    """Return an instance from `@instance`."""
    cells = list(row)
    if cells[9] == NEVER:
        cells[9] = None
    return Instance(*_at(cells, 5, 9))


def transition(row: Row) -> Transition:
    """Return a transition from `@transition`."""
    return Transition(*_at(list(row), 8))


def timer(row: Row) -> Timer:
    """Return a timer from `@timer`."""
    return Timer(*_at(list(row), 4))


def task(row: Row) -> Task:
    """Return a task from `@task`."""
    cells = _at(list(row), 6, 7, 10)
    cells[9] = bool(cells[9])
    return Task(*cells)


def delivery(row: Row, progress: Row) -> Delivery:
    """Return a delivery from `@delivery` and its `@progress`."""
    cells = _at([*row, *progress], 9, 18, 19)
    cells[15] = DeliveryState(cells[15])
    return Delivery(*cells)


def attempt(row: Row) -> Attempt:
    """Return an attempt from `@attempt`."""
    return Attempt(*_at(list(row), 2, 3))


def stage(row: Row) -> Stage:
    """Return a stage from `@stage`."""
    cells = list(row)
    cells[5] = bool(cells[5])
    return Stage(*cells)


def fact(row: Row) -> Fact:
    """Return a fact from `@fact`."""
    return Fact(*_at(list(row), 4))
