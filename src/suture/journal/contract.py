"""The contract every journal driver fulfils; one base suite proves it for each.

In: units of work, functions of a `Tx`. Out: their results, after they are durable. Refuses to know:
which database. A unit runs alone on the one writer, inside a savepoint; units queued together share
one commit (group commit). A unit that raises undoes itself only; its neighbours commit. When the
disk fills up underneath a batch, its units run again from the start, so a unit has no effect but
through its `Tx`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from suture.journal.record import (
    Admission,
    Answer,
    Arrival,
    ArrivalState,
    Attempt,
    Delivery,
    DeliveryState,
    Event,
    Fact,
    Heads,
    Instance,
    Link,
    NewArrival,
    NewDelivery,
    NewEvent,
    Parked,
    Refusal,
    Stage,
    StoreStatus,
    Task,
    Timer,
    Transition,
)

T = TypeVar("T")

NO_ANSWER = Answer()

PAGE_MAX = 1000
"""No list call returns more rows than this."""


OLDER = "the store is of an older version: start the hub once, which brings it up to date"
"""What a command hears that reads a store before the hub of its version has run."""


class Reader(Protocol):
    """Reads one consistent snapshot. Lists are in ascending sequence unless said otherwise."""

    def meta(self, name: str) -> str | None:
        """Return a stored setting (schema, zone, store id, business clock)."""

    def cursor(self, name: str) -> int:
        """Return how far `name` has got; 0 when unknown."""

    def arrival(self, seq: int) -> Arrival | None: ...
    def arrival_of_exchange(self, exchange: str) -> Arrival | None: ...
    def arrivals_after(self, seq: int, limit: int) -> list[Arrival]: ...
    def arrivals_of_control_id(self, control_id: str, limit: int) -> list[Arrival]: ...
    def recent_arrivals(self, limit: int, before: int | None = None) -> list[Arrival]:
        """Return the newest first, older than sequence `before`; `content` is empty."""

    def find_arrivals(
        self,
        limit: int,
        *,
        endpoint: str = "",
        code: str = "",
        after: int = 0,
        before: int | None = None,
    ) -> list[Arrival]:
        """Return the newest first, of an endpoint, with a code, or any; `content` is empty.

        Sequences between `after` and `before`, both excluded.
        """

    def arrivals_before(self, at: datetime) -> int:
        """Return the sequence of the last arrival received before an instant, 0 for none.

        Looked up by halves over the sequence: where the business clock was set back, it is near.
        """

    def endpoints(self, limit: int, after: str = "") -> list[str]:
        """Return the endpoints that messages were received by, in order of their names."""

    def refusals(self, limit: int, before: int | None = None) -> list[Refusal]:
        """Return the newest first."""

    def refusals_after(self, seq: int, limit: int) -> list[Refusal]:
        """Return the oldest first."""

    def event(self, seq: int) -> Event | None: ...
    def events_after(self, seq: int, limit: int) -> list[Event]: ...
    def events_of(self, machine: str, key: str, limit: int) -> list[Event]: ...
    def has_events(self, machine: str, key: str) -> bool:
        """Return whether an instance was ever spoken of."""

    def events_of_exchange(self, exchange: str, limit: int) -> list[Event]:
        """Return the events one arrival gave rise to, oldest first."""

    def last_event_seq(self) -> int: ...
    def instance(self, machine: str, key: str) -> Instance | None: ...
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
        """Return instances ordered by (due_at, key); filters combine; uses an index each."""

    def count_instances(self, machine: str) -> dict[str, int]:
        """Return the number of instances per state."""

    def transitions_of(self, machine: str, key: str, limit: int) -> list[Transition]: ...
    def transitions_of_event(self, event_seq: int) -> list[Transition]: ...
    def timers_of(self, machine: str, key: str) -> list[Timer]: ...
    def next_timer_due(self) -> datetime | None: ...
    def task(self, task_id: str) -> Task | None: ...
    def tasks(self, *, is_open: bool | None, limit: int, role: str | None = None) -> list[Task]: ...
    def tasks_of(self, machine: str, key: str) -> list[Task]: ...
    def delivery(self, seq: int) -> Delivery | None: ...
    def delivery_of_key(self, idempotency_key: str) -> Delivery | None: ...
    def delivery_of_control_id(self, destination: str, control_id: str) -> Delivery | None: ...
    def deliveries_of(self, machine: str, key: str, limit: int) -> list[Delivery]: ...
    def deliveries_of_exchange(self, exchange: str, limit: int) -> list[Delivery]: ...
    def delivery_states(self, exchange: str) -> dict[DeliveryState, int]:
        """Return how many deliveries of an exchange are in which state."""

    def deliveries_in(self, state: DeliveryState, limit: int, after: int = 0) -> list[Delivery]:
        """Return deliveries in one state with a sequence above `after`, oldest first."""

    def waiting_heads(self, destination: str) -> Heads:
        """Return how many lanes of a destination have a head, its oldest and its next try."""

    def count_deliveries(self) -> dict[tuple[str, str], int]:
        """Return counts per (destination, state)."""

    def attempts_of(self, delivery_seq: int) -> list[Attempt]: ...
    def stages_of(self, exchange: str) -> list[Stage]:
        """Return what the steps of a flow made of a message, where that was kept."""

    def fact(self, kind: str, key: str) -> Fact | None: ...
    def facts(self, kind: str, *, limit: int, after_key: str = "") -> list[Fact]: ...
    def parents_of(self, machine: str, key: str) -> list[Link]: ...
    def children_of(self, machine: str, key: str) -> list[Link]: ...
    def aliases(self, kind: str, value: str) -> list[tuple[str, str]]:
        """Return the (machine, key) pairs a business number names, e.g. kind `po`."""

    def is_alias(self, kind: str, value: str, machine: str, key: str) -> bool:
        """Return whether a value names this (machine, key)."""

    def newest_aliases(self, kind: str, value: str, limit: int) -> list[str]:
        """Return keys that a value names, the last first in the order of their texts.

        Exchanges begin with their instant, so these are the newest.
        """

    def alias_kinds(self, value: str) -> list[tuple[str, str, str]]:
        """Return (kind, machine, key) for a business number of any kind."""

    def vault(self, scope: str, blind: bytes) -> str | None:
        """Return the stored value under a blind index (clinical zone only)."""


class Tx(Reader, Protocol):
    """A unit's view: everything a reader can, and the writes. Reads see the unit's own writes."""

    def set_meta(self, name: str, value: str) -> None: ...
    def set_cursor(self, name: str, seq: int) -> None: ...
    def admit(self, arrival: NewArrival) -> Admission:
        """Store an arrival unless its transport key is known for the endpoint (spec 2.0.2).

        Raises StoreFullError below the low-space watermark.
        """

    def settle_arrival(
        self, seq: int, state: ArrivalState, code: str = "", problems: bytes = b"[]"
    ) -> None: ...
    def record_refusal(self, refusal: Refusal) -> None: ...
    def append(self, event: NewEvent, recorded: datetime) -> int:
        """Append and return the sequence; an id already present appends nothing and returns 0."""

    def put_instance(self, instance: Instance) -> None:
        """Insert (rev 1) or update; raises JournalConflictError unless stored rev is rev - 1."""

    def record_transition(self, transition: Transition) -> int: ...
    def set_timer(self, timer: Timer) -> None:
        """Insert or move the instance's timer of that name."""

    def clear_timer(self, machine: str, key: str, name: str) -> None: ...
    def due_timers(self, now: datetime, limit: int) -> list[Timer]: ...
    def park(self, event_seq: int, machine: str, key: str, deadline: datetime) -> None: ...
    def unpark(self, machine: str, key: str) -> list[Event]:
        """Remove and return the events parked for an instance, oldest first."""

    def overdue_parked(self, now: datetime, limit: int) -> list[Parked]:
        """Remove and return parked events whose deadline has passed."""

    def open_task(self, task: Task) -> None: ...
    def close_task(self, task_id: str, *, at: datetime, by: str, resolution: str) -> bool:
        """Close an open task; False when it is unknown or closed already."""

    def enqueue(self, delivery: NewDelivery, wall: datetime) -> int:
        """Queue a delivery; an idempotency key already present queues nothing and returns 0."""

    def withdraw(self, idempotency_key: str, at: datetime) -> bool:
        """Withdraw a delivery that is still waiting; False when it is too late."""

    def claim(self, wall: datetime, limit: int, destinations: Sequence[str]) -> list[Delivery]:
        """Move lane heads that are due to SENDING, open an attempt, return them.

        A lane (destination, lane) with a delivery SENDING, or an earlier one WAITING, gives none.
        Order: priority, then sequence.
        """

    def set_delivery_content(
        self, seq: int, content: bytes, key_id: str, control_id: str
    ) -> None: ...
    def settle_delivery(
        self,
        seq: int,
        state: DeliveryState,
        *,
        at: datetime,
        wall: datetime,
        outcome: str,
        code: str = "",
        facts: bytes = b"{}",
        next_at_wall: datetime | None = None,
        answer: Answer = NO_ANSWER,
    ) -> None:
        """Close the open attempt and set the state; WAITING needs `next_at_wall`."""

    def requeue_delivery(self, seq: int, wall: datetime) -> None:
        """Put an UNCERTAIN, REFUSED or DEAD delivery back to WAITING with the same bytes."""

    def hasten(self, wall: datetime) -> None:
        """Let no delivery wait beyond `wall`, whenever its next try was to be.

        For a clock that was set back: what waits would wait as much longer.
        """

    def interrupted(self) -> list[Delivery]:
        """Return deliveries left SENDING by a process that died.

        Called once at start by a process that is alone; again and again by one of several, which
        gets those of fenced members only.
        """

    def take_duty(self, name: str) -> bool:
        """Return whether this process does what only one of several may do (poll, decide).

        It stays with a process until that one ends or is fenced.
        """

    def tell_flows(self, flows: str) -> None:
        """Keep which flows this process runs, where several are compared."""

    def next_number(self, name: str) -> int:
        """Return the next value of a durable counter, starting at 1 (control numbers)."""

    def put_fact(self, fact: Fact) -> bool:
        """Store unless a higher or equal version is known; True when it changed."""

    def link(self, link: Link) -> None: ...
    def add_alias(self, kind: str, value: str, machine: str, key: str) -> None: ...
    def keep_stage(self, stage: Stage) -> None:
        """Store what a step made of a message."""

    def forget_keys(self, before: datetime) -> int:
        """Forget transport keys of arrivals received before an instant (spec 2.0.2: 35 days).

        Returns how many arrivals were passed, a bounded number; 0 when nothing is left. The
        arrivals stay.
        """

    def remove_message(self, seq: int) -> bool:
        """Remove an arrival with all that was made of it for destinations.

        False, and nothing is removed, when a delivery of it waits or is under way, and when it or
        a delivery is the newest: sequences are never given out twice. What processes recorded
        (events, transitions, instances, tasks) stays.
        """

    def remove_refusal(self, seq: int) -> bool:
        """Remove the audit row of something refused; False for the newest."""

    def give_back(self, pages: int) -> int:
        """Return up to so many free pages to the disk; 0 when none is free, or the server does."""

    def put_vault(self, scope: str, blind: bytes, value: str, sealed: bytes, key_id: str) -> None:
        """Store a token; `sealed` is what it stands for, readable with the key only."""


class JournalConflictError(Exception):
    """A write contradicts what is stored (a stale revision, a settled delivery settled again, an
    unknown sequence): a broken invariant, the unit is undone."""


class JournalFailedError(Exception):
    """The journal takes no more units; the text says why and what to do.

    `code` is `store.failed` (the disk refused a write or a sync: restart after repair; what was
    reported as committed is safe), `store.superseded` (another process fenced this one) or
    `store.closed`. A unit that ends with `store.failed` may
    still be found committed after the restart.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class JournalUnreachableError(ConnectionError):
    """A snapshot could not be read, since the store does not answer now (`store.unreachable`).

    Nothing was decided: ask again later. A driver that stands on a file never raises it; writing
    never does: a unit waits for the store, or ends with `store.failed`.
    """


class Journal(Protocol):
    """One zone's complete record."""

    @property
    def zone(self) -> str:
        """`clinical` or `operations`."""

    def write(self, unit: Callable[[Tx], T]) -> T:
        """Run a unit, wait until it is durable, return its result. Not for the event loop."""

    def submit(self, unit: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Queue a unit from the running event loop; the future resolves after the commit."""

    def read(self) -> AbstractContextManager[Reader]:
        """Open a read-only snapshot; safe from any thread; never blocks the writer."""

    @property
    def is_current(self) -> bool:
        """True while no other process can have taken over what this one has claimed."""

    @property
    def failure(self) -> JournalFailedError | None:
        """Why no more units are taken, None while they are; only a new start helps."""

    def status(self) -> StoreStatus: ...
    def close(self) -> None:
        """Finish queued units, checkpoint, close."""


def in_pages(rows: Iterable[T], limit: int) -> list[T]:
    """Return at most `limit` rows, refusing a limit above `PAGE_MAX` with ValueError."""
    if not 0 < limit <= PAGE_MAX:
        raise ValueError(f"limit must be 1..{PAGE_MAX}")
    page: list[T] = []
    for row in rows:
        page.append(row)
        if len(page) == limit:
            break
    return page
