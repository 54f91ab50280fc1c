"""Every write of the journal, as statements inside the writer's transaction.

In: values. Out: changed rows. Refuses to know: which database, and when the transaction begins,
commits or is undone; that is the driver's. Used by one thread only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter

from suture.core.clock import from_micros, to_micros
from suture.core.refusal import MisconfiguredError, StoreFullError
from suture.journal import sql_lanes as lanes
from suture.journal import sql_removal as removal
from suture.journal import sql_rows as rows
from suture.journal import sql_statements as do
from suture.journal.contract import NO_ANSWER, JournalConflictError
from suture.journal.record import (
    Admission,
    Admitted,
    Answer,
    ArrivalState,
    Delivery,
    DeliveryState,
    Event,
    Fact,
    Instance,
    KeyReused,
    Link,
    NewArrival,
    NewDelivery,
    NewEvent,
    Parked,
    Refusal,
    Replayed,
    Stage,
    Task,
    Timer,
    Transition,
)
from suture.journal.sql_arrivals import page
from suture.journal.sql_reader import SqlReader
from suture.journal.sql_rows import ARRIVAL_LETTER, NEVER, Cursor
from suture.journal.sql_tally import Tally

_FINAL = (DeliveryState.DELIVERED.value, DeliveryState.WITHDRAWN.value)
_AGAIN = (
    DeliveryState.UNCERTAIN.value,
    DeliveryState.REFUSED.value,
    DeliveryState.DEAD.value,
)
_QUEUED = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)

as_received = attrgetter(
    *("exchange", "endpoint", "peer", "format", "transport_key", "control_id", "digest"),
    *("size_bytes", "key_id", "ack_code", "ack", "content"),
)
"""An arrival's columns in one call: this is the hot path."""
_KEY_REUSED = (ArrivalState.PARKED.value, ARRIVAL_LETTER[ArrivalState.PARKED], "KEY_REUSE")


class SqlTx(SqlReader, ABC):
    """The writer's view; `is_accepting` says whether there is room for new arrivals.

    A driver says how a row gets its sequence and whether a statement changed anything.
    """

    def __init__(
        self, cursor: Cursor, zone: str, tally: Tally, is_accepting: Callable[[], bool]
    ) -> None:
        super().__init__(cursor)
        self._zone = zone
        self._steps = tally
        self._is_accepting = is_accepting

    def _tally(self, scope: str) -> dict[tuple[str, str], int]:
        found = super()._tally(scope)
        for name, n in self._steps.pending(scope).items():
            found[name] = found.get(name, 0) + n
        return {name: n for name, n in found.items() if n}

    @abstractmethod
    def _changed(self, statement: str, values: tuple[object, ...]) -> bool:
        """Execute and return whether a row was written."""

    @abstractmethod
    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        """Insert a row and return its sequence, one more than the highest of its table."""

    @abstractmethod
    def _insert_once(self, statement: str, values: tuple[object, ...]) -> int:
        """Insert a row unless its unique name is known: then return 0."""

    def set_meta(self, name: str, value: str) -> None:
        """Store a setting."""
        self._cursor.execute(do.SET_META, (name, value))

    def set_cursor(self, name: str, seq: int) -> None:
        """Store how far `name` has got."""
        self._cursor.execute(do.SET_CURSOR, (name, seq))

    def admit(self, arrival: NewArrival) -> Admission:
        """Store an arrival unless its transport key is known for the endpoint (spec 2.0.2)."""
        if not self._is_accepting():
            raise StoreFullError("store.low-space: free disk space; nothing new is taken")
        key = (arrival.endpoint, arrival.transport_key)
        seen = self._one(do.FIND_SEEN, (*key, b""))
        if seen is None:
            state = arrival.state
            fate = state.value, ARRIVAL_LETTER[state], arrival.code
            return Admitted(self._store(arrival, b"", fate))
        first: int = seen[0]
        digest, ack = self._all(do.EARLIER, (first,))[0]
        if digest == arrival.digest:
            return Replayed(first, ack)
        again = self._one(do.FIND_SEEN, (*key, arrival.digest))
        if again is not None:
            return Replayed(again[0], self._all(do.EARLIER, (again[0],))[0][1])
        return KeyReused(self._store(arrival, arrival.digest, _KEY_REUSED), first)

    def _store(self, new: NewArrival, variant: bytes, fate: tuple[str, str, str]) -> int:
        state, letter, code = fate
        at = to_micros(new.received_at)
        seq = self._insert(do.ADMIT, (*as_received(new), at, letter, code))
        self._cursor.execute(do.SEEN, (new.endpoint, new.transport_key, variant, seq))
        self._steps.step("arrival", "", state)
        return seq

    def settle_arrival(
        self, seq: int, state: ArrivalState, code: str = "", problems: bytes = b"[]"
    ) -> None:
        """Record what became of an arrival; raises JournalConflictError when it is unknown."""
        row = self._one(do.ARRIVAL_STATE, (seq,))
        if row is None:
            raise JournalConflictError("no arrival has this sequence")
        self._cursor.execute(do.SETTLE_ARRIVAL, (ARRIVAL_LETTER[state], code, problems, seq))
        self._steps.move("arrival", "", rows.arrival_state(row[0]).value, state.value)

    def record_refusal(self, refusal: Refusal) -> None:
        """Store the audit row of something refused at the door; its `seq` is given here."""
        r = refusal
        self._insert(
            do.REFUSE,
            (
                r.endpoint,
                r.peer,
                r.code,
                r.path,
                r.offset,
                r.size_bytes,
                r.digest,
                r.head,
                r.key_id,
                to_micros(r.at),
            ),
        )
        self._steps.step("refusal", "", "")

    def append(self, event: NewEvent, recorded: datetime) -> int:
        """Append and return the sequence; an id already present appends nothing and returns 0."""
        e = event
        return self._insert_once(
            do.APPEND,
            (
                e.id,
                e.type,
                e.machine,
                e.key,
                to_micros(e.time),
                to_micros(recorded),
                e.facility,
                e.exchange,
                e.causation,
                e.payload,
            ),
        )

    def put_instance(self, instance: Instance) -> None:
        """Insert (rev 1) or update; raises JournalConflictError unless stored rev is rev - 1."""
        i = instance
        stored = self._one(do.REV, (i.machine, i.key))
        if (0 if stored is None else stored[0]) != i.rev - 1:
            raise JournalConflictError("the instance was changed since it was read")
        due = NEVER if i.due_at is None else to_micros(i.due_at)
        self._cursor.execute(
            do.NEW_INSTANCE if stored is None else do.PUT_INSTANCE,
            (
                i.state,
                i.rev,
                i.definition,
                to_micros(i.entered_at),
                i.parent,
                i.facility,
                due,
                i.fired,
                i.data,
                i.machine,
                i.key,
            ),
        )
        if stored is None:
            self._steps.step("instance", i.machine, i.state)
        else:
            self._steps.move("instance", i.machine, stored[1], i.state)

    def record_transition(self, transition: Transition) -> int:
        """Store a decision and return its sequence."""
        t = transition
        return self._insert(
            do.TRANSITION,
            (
                t.machine,
                t.key,
                t.rev,
                t.rule,
                t.from_state,
                t.to_state,
                t.event_seq,
                t.event_type,
                to_micros(t.at),
                t.decision,
            ),
        )

    def set_timer(self, timer: Timer) -> None:
        """Insert or move the instance's timer of that name."""
        due = to_micros(timer.due)
        self._cursor.execute(
            do.SET_TIMER, (timer.machine, timer.key, timer.name, timer.event_type, due)
        )

    def clear_timer(self, machine: str, key: str, name: str) -> None:
        """Remove a timer; an unknown one is no matter."""
        self._cursor.execute(do.CLEAR_TIMER, (machine, key, name))

    def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        """Return the timers due at `now`, earliest first; they stay until cleared or moved."""
        return [rows.timer(row) for row in self._all(do.DUE_TIMERS, (to_micros(now), page(limit)))]

    def park(self, event_seq: int, machine: str, key: str, deadline: datetime) -> None:
        """Keep an event for an instance that does not exist yet."""
        self._cursor.execute(do.PARK, (machine, key, event_seq, to_micros(deadline)))

    def unpark(self, machine: str, key: str) -> list[Event]:
        """Remove and return the events parked for an instance, oldest first."""
        found = self._all(do.PARKED_OF, (machine, key))
        if found:
            self._cursor.execute(do.UNPARK, (machine, key))
        return [self._event(seq) for (seq,) in found]

    def _event(self, seq: int) -> Event:
        found = self.event(seq)
        if found is None:
            raise JournalConflictError("a parked event is not in the journal")
        return found

    def overdue_parked(self, now: datetime, limit: int) -> list[Parked]:
        """Remove and return parked events whose deadline has passed, earliest first."""
        found = self._all(do.OVERDUE, (to_micros(now), page(limit)))
        for machine, key, seq, _ in found:
            self._cursor.execute(do.UNPARK_ONE, (machine, key, seq))
        return [Parked(self._event(seq), from_micros(deadline)) for *_, seq, deadline in found]

    def open_task(self, task: Task) -> None:
        """Store a task; an id already present opens nothing."""
        t = task
        due = None if t.due_at is None else to_micros(t.due_at)
        closed = None if t.closed_at is None else to_micros(t.closed_at)
        is_new = self._insert_once(
            do.OPEN_TASK,
            (
                t.id,
                t.machine,
                t.key,
                t.kind,
                t.role,
                t.title,
                to_micros(t.opened_at),
                due,
                t.data,
                int(t.is_open),
                closed,
                t.closed_by,
                t.resolution,
            ),
        )
        if is_new:
            self._steps.step("task", "", "open" if t.is_open else "closed")

    def close_task(self, task_id: str, *, at: datetime, by: str, resolution: str) -> bool:
        """Close an open task; False when it is unknown or closed already."""
        was_open = self._changed(do.CLOSE_TASK, (to_micros(at), by, resolution, task_id))
        if was_open:
            self._steps.move("task", "", "open", "closed")
        return was_open

    def enqueue(self, delivery: NewDelivery, wall: datetime) -> int:
        """Queue a delivery; an idempotency key already present queues nothing and returns 0."""
        d = delivery
        seq = self._insert_once(
            do.ENQUEUE,
            (
                d.id,
                d.idempotency_key,
                d.kind,
                d.destination,
                d.lane,
                d.machine,
                d.key,
                to_micros(d.created_at),
                d.exchange,
                d.priority,
                d.causation,
                d.payload,
                d.content_key_id,
                d.content,
            ),
        )
        if not seq:
            return 0
        at = to_micros(wall)
        self._cursor.execute(do.PROGRESS, (seq, d.destination, d.lane, d.priority, at))
        lanes.join(self._cursor, (d.destination, d.lane), seq, d.priority, at, at)
        self._steps.step("delivery", d.destination, "waiting")
        return seq

    def withdraw(self, idempotency_key: str, at: datetime) -> bool:
        """Withdraw a delivery that is still waiting; False when it is too late or unknown."""
        row = self._one(do.DELIVERY_SEQ, (idempotency_key,))
        if row is None:
            return False
        seq: int = row[0]
        lane, _, state, _ = self._place_of(seq)
        if state != DeliveryState.WAITING:
            return False
        self._cursor.execute(do.SETTLE, ("withdrawn", to_micros(at), "", b"{}", seq))
        lanes.leave(self._cursor, lane, seq, 0)
        self._steps.move("delivery", lane[0], "waiting", "withdrawn")
        return True

    def claim(self, wall: datetime, limit: int, destinations: Sequence[str]) -> list[Delivery]:
        """Move due lane heads to SENDING, open an attempt, return them."""
        heads = lanes.claim(self._cursor, to_micros(wall), page(limit), destinations)
        for _, destination in heads:
            self._steps.move("delivery", destination, "waiting", "sending")
        return self._deliveries([seq for seq, _ in heads])

    def set_delivery_content(self, seq: int, content: bytes, key_id: str, control_id: str) -> None:
        """Store the encoded bytes that go on the wire."""
        self._place_of(seq)
        self._cursor.execute(do.SET_CONTENT, (content, key_id, seq))
        self._cursor.execute(do.SET_CONTROL, (control_id, seq))

    def _place_of(self, seq: int) -> tuple[tuple[str, str], int, str, int]:
        row = self._one(do.PLACE, (seq,))
        if row is None:
            raise JournalConflictError("no delivery has this sequence")
        return (row[0], row[1]), row[2], row[3], row[4]

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
        """Close the open attempt and set the state; WAITING needs `next_at_wall`.

        Raises ValueError for SENDING (only `claim` sets it) and for WAITING without an instant;
        JournalConflictError when the delivery is unknown, delivered or withdrawn.
        """
        is_waiting = state is DeliveryState.WAITING
        if state is DeliveryState.SENDING or is_waiting != (next_at_wall is not None):
            raise ValueError("a settled state, or WAITING with next_at_wall")
        lane, priority, old, attempts = self._place_of(seq)
        if old in _FINAL:
            raise JournalConflictError("the delivery was settled for good before")
        now = to_micros(wall)
        told = (answer.key_id, answer.size_bytes, answer.content)
        self._cursor.execute(do.END_ATTEMPT, (now, outcome, code, *told, seq, attempts))
        if next_at_wall is not None:
            next_at = to_micros(next_at_wall)
            self._cursor.execute(do.RESUME, (next_at, code, facts, seq))
            if old in _QUEUED:
                lanes.delay(self._cursor, lane, seq, next_at, now)
            else:
                lanes.join(self._cursor, lane, seq, priority, next_at, now)
        else:
            self._cursor.execute(do.SETTLE, (state.value, to_micros(at), code, facts, seq))
            if old in _QUEUED:
                lanes.leave(self._cursor, lane, seq, now)
        self._steps.move("delivery", lane[0], old, state.value)

    def requeue_delivery(self, seq: int, wall: datetime) -> None:
        """Put an UNCERTAIN, REFUSED or DEAD delivery back to WAITING with the same bytes.

        It takes its old place in its lane. Raises JournalConflictError in any other state.
        """
        lane, priority, old, _ = self._place_of(seq)
        if old not in _AGAIN:
            raise JournalConflictError("only an uncertain, refused or dead delivery is requeued")
        at = to_micros(wall)
        self._cursor.execute(do.REQUEUE, (at, seq))
        lanes.join(self._cursor, lane, seq, priority, at, at)
        self._steps.move("delivery", lane[0], old, "waiting")

    def hasten(self, wall: datetime) -> None:
        """Let no delivery wait beyond an instant."""
        lanes.hasten(self._cursor, to_micros(wall))

    def interrupted(self) -> list[Delivery]:
        """Return deliveries left SENDING by a process that died; called once at start."""
        return self._deliveries(lanes.sending(self._cursor))

    def take_duty(self, name: str) -> bool:
        """Return True: the only process does everything."""
        return True

    def tell_flows(self, flows: str) -> None:
        """Do nothing: there is no other process to be compared with."""

    def next_number(self, name: str) -> int:
        """Return the next value of a durable counter, starting at 1."""
        return int(self._all(do.NEXT_NUMBER, (name,))[0][0])

    def put_fact(self, fact: Fact) -> bool:
        """Store unless a higher or equal version is known; True when it changed."""
        f = fact
        values = (f.kind, f.key, f.version, to_micros(f.as_of), f.source, f.value)
        return self._changed(do.PUT_FACT, values)

    def link(self, link: Link) -> None:
        """Store one edge of lineage; storing it again changes nothing."""
        ends = (link.parent_machine, link.parent_key, link.child_machine, link.child_key)
        self._cursor.execute(do.LINK, ends)

    def add_alias(self, kind: str, value: str, machine: str, key: str) -> None:
        """Let a business number name an instance; storing it again changes nothing."""
        self._cursor.execute(do.ALIAS, (value, kind, machine, key))

    def put_vault(self, scope: str, blind: bytes, value: str, sealed: bytes, key_id: str) -> None:
        """Store a token; the same token again changes nothing.

        Raises JournalConflictError when the blind index names another value, and
        MisconfiguredError `store.vault-zone` outside the clinical zone (plan D7).
        """
        if self._zone != "clinical":
            raise MisconfiguredError("store.vault-zone", "tokens are kept in the clinical zone")
        if self._changed(do.PUT_VAULT, (scope, blind, value, key_id, sealed)):
            return
        if self.vault(scope, blind) != value:
            raise JournalConflictError("the blind index names another value")

    def keep_stage(self, stage: Stage) -> None:
        """Store what a step made of a message."""
        s = stage
        head = (s.exchange, s.number, s.name, s.digest, s.size_bytes)
        self._cursor.execute(do.STAGE, (*head, int(s.is_edits), s.key_id, s.content))

    def forget_keys(self, before: datetime) -> int:
        """Forget transport keys of arrivals received before; return how many were passed."""
        return removal.forget_keys(self, self._cursor, to_micros(before))

    def remove_message(self, seq: int) -> bool:
        """Remove an arrival and what was made of it for destinations, unless it is needed."""
        return removal.remove_message(self._cursor, self._steps, seq)

    def remove_refusal(self, seq: int) -> bool:
        """Remove the audit row of something refused; False for the newest."""
        return removal.remove_refusal(self._cursor, self._steps, seq)

    def give_back(self, pages: int) -> int:
        """Return 0: a server looks after its free room itself."""
        return 0


__all__ = ["SqlTx", "as_received"]
