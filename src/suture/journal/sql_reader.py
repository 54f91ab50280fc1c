"""Every question a journal in SQL answers, each by an index.

In: a cursor inside a transaction. Out: frozen records. Refuses to know: which database answers,
which thread asks and when the snapshot began; those are the driver's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from suture.core.clock import from_micros, to_micros
from suture.journal import sql_rows as rows
from suture.journal.contract import PAGE_MAX
from suture.journal.record import (
    Attempt,
    Delivery,
    DeliveryState,
    Event,
    Fact,
    Heads,
    Instance,
    Link,
    Task,
    Timer,
    Transition,
)
from suture.journal.sql_arrivals import ArrivalReader, page
from suture.journal.sql_rows import NEVER, Row, sql

_META = "SELECT value FROM meta WHERE name = ?"
_CURSOR = "SELECT seq FROM cursor WHERE name = ?"
_EVENT = sql("SELECT @event FROM event WHERE seq = ?")
_EVENTS_AFTER = sql("SELECT @event FROM event WHERE seq > ? ORDER BY seq LIMIT ?")
_EVENTS_OF = sql(
    "SELECT @event FROM event WHERE machine = ? AND key = ? AND machine <> '' ORDER BY seq LIMIT ?"
)
_HAS_EVENTS = "SELECT 1 FROM event WHERE machine = ? AND key = ? AND machine <> '' LIMIT 1"
_EVENTS_OF_EXCHANGE = sql(
    "SELECT @event FROM event WHERE exchange = ? AND exchange <> '' ORDER BY seq LIMIT ?"
)
_LAST_EVENT = "SELECT seq FROM event ORDER BY seq DESC LIMIT 1"
_INSTANCE = sql("SELECT @instance FROM instance WHERE machine = ? AND key = ?")
_INSTANCE_DUE = "SELECT due_at FROM instance WHERE machine = ? AND key = ?"
_INSTANCES = sql(
    "SELECT @instance FROM instance INDEXED BY #index WHERE machine = ? #where"
    " AND (due_at, key) > (?, ?) AND due_at >= ? AND due_at < ? ORDER BY due_at, key LIMIT ?"
)
_TALLY = "SELECT a, b, n FROM tally WHERE scope = ?"
_TRANSITIONS_OF = sql(
    "SELECT @transition FROM transition WHERE machine = ? AND key = ? ORDER BY seq LIMIT ?"
)
_TRANSITIONS_EVENT = sql(
    "SELECT @transition FROM transition WHERE event_seq = ? ORDER BY seq LIMIT ?"
)
_TIMERS_OF = sql("SELECT @timer FROM timer WHERE machine = ? AND key = ? ORDER BY name LIMIT ?")
_NEXT_TIMER = "SELECT due FROM timer ORDER BY due LIMIT 1"
_TASK = sql("SELECT @task FROM task WHERE id = ?")
_TASKS = sql("SELECT @task FROM task ORDER BY seq LIMIT ?")
_TASKS_OPEN = sql("SELECT @task FROM task WHERE is_open = ? ORDER BY seq LIMIT ?")
_TASKS_ROLE = sql("SELECT @task FROM task WHERE role = ? ORDER BY seq LIMIT ?")
_TASKS_ROLE_OPEN = sql("SELECT @task FROM task WHERE role = ? AND is_open = ? ORDER BY seq LIMIT ?")
_TASKS_OF = sql("SELECT @task FROM task WHERE machine = ? AND key = ? ORDER BY seq LIMIT ?")
# A delivery is read as two rows by sequence: a join costs several times two single look-ups.
_DELIVERY = sql("SELECT @delivery FROM delivery WHERE seq = ?")
_PROGRESS = sql("SELECT @progress FROM progress WHERE seq = ?")
_DELIVERY_KEY = "SELECT seq FROM delivery WHERE idempotency_key = ?"
_DELIVERY_CONTROL = (
    "SELECT seq FROM progress WHERE destination = ? AND control_id = ? AND control_id <> ''"
    " ORDER BY seq DESC LIMIT 1"
)
_DELIVERIES_OF = (
    "SELECT seq FROM delivery WHERE machine = ? AND key = ? AND machine <> '' ORDER BY seq LIMIT ?"
)
_DELIVERIES_EXCHANGE = (
    "SELECT seq FROM delivery WHERE exchange = ? AND exchange <> '' ORDER BY seq LIMIT ?"
)
_DELIVERIES_IN = "SELECT seq FROM progress WHERE state = ? AND seq > ? ORDER BY seq LIMIT ?"
_HEADS = "SELECT COUNT(*), MIN(seq), MIN(next_at) FROM queue WHERE destination = ? AND phase > 0"
_ATTEMPTS = sql("SELECT @attempt FROM attempt WHERE delivery_seq = ? ORDER BY number LIMIT ?")
_FACT = sql("SELECT @fact FROM fact WHERE kind = ? AND key = ?")
_FACTS = sql("SELECT @fact FROM fact WHERE kind = ? AND key > ? ORDER BY key LIMIT ?")
_PARENTS = (
    "SELECT parent_machine, parent_key, child_machine, child_key FROM link"
    " WHERE child_machine = ? AND child_key = ? ORDER BY parent_machine, parent_key LIMIT ?"
)
_CHILDREN = (
    "SELECT parent_machine, parent_key, child_machine, child_key FROM link"
    " WHERE parent_machine = ? AND parent_key = ? ORDER BY child_machine, child_key LIMIT ?"
)
_ALIASES = (
    "SELECT machine, key FROM alias WHERE value = ? AND kind = ? ORDER BY machine, key LIMIT ?"
)
_NEWEST_ALIASES = (
    "SELECT key FROM alias WHERE value = ? AND kind = ? AND machine = '' ORDER BY key DESC LIMIT ?"
)
_ALIAS_KINDS = (
    "SELECT kind, machine, key FROM alias WHERE value = ? ORDER BY kind, machine, key LIMIT ?"
)
_VAULT = "SELECT value FROM vault WHERE scope = ? AND blind = ?"


class SqlReader(ArrivalReader):
    """Reads inside the transaction its cursor is in."""

    def meta(self, name: str) -> str | None:
        """Return a stored setting."""
        row = self._one(_META, (name,))
        return None if row is None else str(row[0])

    def cursor(self, name: str) -> int:
        """Return how far `name` has got; 0 when unknown."""
        row = self._one(_CURSOR, (name,))
        return 0 if row is None else int(row[0])

    def event(self, seq: int) -> Event | None:
        """Return one event."""
        row = self._one(_EVENT, (seq,))
        return None if row is None else rows.event(row)

    def events_after(self, seq: int, limit: int) -> list[Event]:
        """Return the events that follow a sequence."""
        return [rows.event(row) for row in self._all(_EVENTS_AFTER, (seq, page(limit)))]

    def events_of(self, machine: str, key: str, limit: int) -> list[Event]:
        """Return the events of one instance, oldest first."""
        return [rows.event(row) for row in self._all(_EVENTS_OF, (machine, key, page(limit)))]

    def has_events(self, machine: str, key: str) -> bool:
        """Return whether an instance was ever spoken of."""
        return self._one(_HAS_EVENTS, (machine, key)) is not None

    def events_of_exchange(self, exchange: str, limit: int) -> list[Event]:
        """Return the events one arrival gave rise to, oldest first."""
        return [rows.event(row) for row in self._all(_EVENTS_OF_EXCHANGE, (exchange, page(limit)))]

    def last_event_seq(self) -> int:
        """Return the newest event's sequence, 0 when there is none."""
        row = self._one(_LAST_EVENT)
        return 0 if row is None else int(row[0])

    def instance(self, machine: str, key: str) -> Instance | None:
        """Return one process instance."""
        row = self._one(_INSTANCE, (machine, key))
        return None if row is None else rows.instance(row)

    def instances(
        self,
        machine: str,
        *,
        limit: int,
        states: Sequence[str] = (),
        parent: str | None = None,
        facility: str | None = None,
        due_from: datetime | None = None,
        due_to: datetime | None = None,
        after_key: str = "",
    ) -> list[Instance]:
        """Return instances by (due_at, key), those without a due date last.

        `due_from` is inclusive, `due_to` exclusive; either leaves out the undated. `after_key`
        names the last instance of the previous page; ValueError when it is unknown.
        """
        after = self._place(machine, after_key) if after_key else (-NEVER, "")
        since = -NEVER if due_from is None else to_micros(due_from)
        is_dated = due_from is not None or due_to is not None
        until = to_micros(due_to) if due_to is not None else NEVER if is_dated else NEVER + 1
        window = (*after, since, until, page(limit))
        found: list[Row] = []
        for statement, values in _instance_queries(states, parent, facility):
            found += self._all(statement, (machine, *values, *window))
        if len(states) > 1:
            found.sort(key=lambda row: (row[9], row[1]))
        return [rows.instance(row) for row in islice(found, limit)]

    def _place(self, machine: str, key: str) -> tuple[int, str]:
        row = self._one(_INSTANCE_DUE, (machine, key))
        if row is None:
            raise ValueError("after_key names no instance of this machine")
        return int(row[0]), key

    def _tally(self, scope: str) -> dict[tuple[str, str], int]:
        return {(a, b): n for a, b, n in self._all(_TALLY, (scope,)) if n}

    def count_instances(self, machine: str) -> dict[str, int]:
        """Return the number of instances per state."""
        return {state: n for (of, state), n in self._tally("instance").items() if of == machine}

    def totals(self) -> dict[str, int]:
        """Return row counts per kind and state, for `status`."""
        kinds = ("arrival", "refusal", "delivery", "instance", "task")
        last = self.last_event_seq()
        found = {"event": last} if last else {}
        for kind in kinds:
            for (_, state), n in self._tally(kind).items():
                name = f"{kind}.{state}" if kind in ("arrival", "delivery", "task") else kind
                found[name] = found.get(name, 0) + n
        return found

    def transitions_of(self, machine: str, key: str, limit: int) -> list[Transition]:
        """Return the decisions of one instance, oldest first."""
        found = self._all(_TRANSITIONS_OF, (machine, key, page(limit)))
        return [rows.transition(row) for row in found]

    def transitions_of_event(self, event_seq: int) -> list[Transition]:
        """Return the decisions one event led to."""
        return [
            rows.transition(row) for row in self._all(_TRANSITIONS_EVENT, (event_seq, PAGE_MAX))
        ]

    def timers_of(self, machine: str, key: str) -> list[Timer]:
        """Return the alarms of one instance, by name."""
        return [rows.timer(row) for row in self._all(_TIMERS_OF, (machine, key, PAGE_MAX))]

    def next_timer_due(self) -> datetime | None:
        """Return when the earliest alarm goes off."""
        row = self._one(_NEXT_TIMER)
        return None if row is None else from_micros(row[0])

    def task(self, task_id: str) -> Task | None:
        """Return one task."""
        row = self._one(_TASK, (task_id,))
        return None if row is None else rows.task(row)

    def tasks(self, *, is_open: bool | None, limit: int, role: str | None = None) -> list[Task]:
        """Return tasks in the order they were opened; None means open and closed."""
        values: tuple[Any, ...] = (page(limit),)
        if is_open is not None:
            values = (int(is_open), *values)
        if role is not None:
            values = (role, *values)
        any_role = _TASKS if is_open is None else _TASKS_OPEN
        one_role = _TASKS_ROLE if is_open is None else _TASKS_ROLE_OPEN
        return [rows.task(row) for row in self._all(any_role if role is None else one_role, values)]

    def tasks_of(self, machine: str, key: str) -> list[Task]:
        """Return the tasks of one instance."""
        return [rows.task(row) for row in self._all(_TASKS_OF, (machine, key, PAGE_MAX))]

    def delivery(self, seq: int) -> Delivery | None:
        """Return one delivery."""
        row = self._one(_DELIVERY, (seq,))
        return None if row is None else rows.delivery(row, self._all(_PROGRESS, (seq,))[0])

    def _delivery_where(self, statement: str, *values: Any) -> Delivery | None:
        row = self._one(statement, values)
        return None if row is None else self.delivery(row[0])

    def _deliveries_where(self, statement: str, *values: Any) -> list[Delivery]:
        return self._deliveries([row[0] for row in self._all(statement, values)])

    def _deliveries(self, seqs: Sequence[int]) -> list[Delivery]:
        return [found for seq in seqs if (found := self.delivery(seq)) is not None]

    def delivery_of_key(self, idempotency_key: str) -> Delivery | None:
        """Return the delivery an idempotency key names."""
        return self._delivery_where(_DELIVERY_KEY, idempotency_key)

    def delivery_of_control_id(self, destination: str, control_id: str) -> Delivery | None:
        """Return the newest delivery that went out under a control id."""
        return self._delivery_where(_DELIVERY_CONTROL, destination, control_id)

    def deliveries_of(self, machine: str, key: str, limit: int) -> list[Delivery]:
        """Return the deliveries of one instance."""
        return self._deliveries_where(_DELIVERIES_OF, machine, key, page(limit))

    def deliveries_of_exchange(self, exchange: str, limit: int) -> list[Delivery]:
        """Return the deliveries one arrival led to."""
        return self._deliveries_where(_DELIVERIES_EXCHANGE, exchange, page(limit))

    def deliveries_in(self, state: DeliveryState, limit: int, after: int = 0) -> list[Delivery]:
        """Return the deliveries in one state above a sequence."""
        return self._deliveries_where(_DELIVERIES_IN, state.value, after, page(limit))

    def waiting_heads(self, destination: str) -> Heads:
        """Return the lanes of a destination that have work; reads one row a lane."""
        lanes, oldest, next_at = self._all(_HEADS, (destination,))[0]
        return Heads(lanes, oldest or 0, from_micros(next_at) if lanes else None)

    def count_deliveries(self) -> dict[tuple[str, str], int]:
        """Return counts per (destination, state)."""
        return self._tally("delivery")

    def attempts_of(self, delivery_seq: int) -> list[Attempt]:
        """Return the tries of a delivery, first first."""
        return [rows.attempt(row) for row in self._all(_ATTEMPTS, (delivery_seq, PAGE_MAX))]

    def fact(self, kind: str, key: str) -> Fact | None:
        """Return the current version of one fact."""
        row = self._one(_FACT, (kind, key))
        return None if row is None else rows.fact(row)

    def facts(self, kind: str, *, limit: int, after_key: str = "") -> list[Fact]:
        """Return facts of one kind by key."""
        return [rows.fact(row) for row in self._all(_FACTS, (kind, after_key, page(limit)))]

    def parents_of(self, machine: str, key: str) -> list[Link]:
        """Return the edges that lead to an instance."""
        return [Link(*row) for row in self._all(_PARENTS, (machine, key, PAGE_MAX))]

    def children_of(self, machine: str, key: str) -> list[Link]:
        """Return the edges that leave an instance."""
        return [Link(*row) for row in self._all(_CHILDREN, (machine, key, PAGE_MAX))]

    def aliases(self, kind: str, value: str) -> list[tuple[str, str]]:
        """Return the (machine, key) pairs a business number names."""
        return [(row[0], row[1]) for row in self._all(_ALIASES, (value, kind, PAGE_MAX))]

    def newest_aliases(self, kind: str, value: str, limit: int) -> list[str]:
        """Return keys that a value names, the last first."""
        return [str(row[0]) for row in self._all(_NEWEST_ALIASES, (value, kind, page(limit)))]

    def alias_kinds(self, value: str) -> list[tuple[str, str, str]]:
        """Return (kind, machine, key) for a business number of any kind."""
        return [(row[0], row[1], row[2]) for row in self._all(_ALIAS_KINDS, (value, PAGE_MAX))]

    def vault(self, scope: str, blind: bytes) -> str | None:
        """Return the stored value under a blind index."""
        row = self._one(_VAULT, (scope, blind))
        return None if row is None else str(row[0])


def _instance_queries(
    states: Sequence[str], parent: str | None, facility: str | None
) -> list[tuple[str, tuple[str, ...]]]:
    """Return one query per index walk: the most selective filter chooses the index."""
    rest: list[str] = []
    values: list[str] = []
    for column, value in (("parent", parent), ("facility", facility)):
        if value is not None:
            rest.append(f"AND {column} = ?" + (f" AND {column} <> ''" if value else ""))
            values.append(value)
    index = "instance_parent" if parent else "instance_facility" if facility else "instance_due"
    each: list[tuple[str, tuple[str, ...]]] = []
    if not states:
        return [(_walk(index, " ".join(rest)), tuple(values))]
    if not parent:
        index = "instance_state"
    for state in dict.fromkeys(states):
        each.append((_walk(index, " ".join([*rest, "AND state = ?"])), (*values, state)))
    return each


def _walk(index: str, where: str) -> str:
    return _INSTANCES.replace("#index", index).replace("#where", where)
