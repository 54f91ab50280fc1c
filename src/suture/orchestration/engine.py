"""The one engine that runs every transition table (plan D2; general rules G1-G5, spec 2.0.13).

In: events after a cursor, due timers. Out: instances, decisions, events, deliveries, tasks and
timers, all in the deciding transaction. Refuses to know: any single workflow, any wire, any clock
but the one passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from suture.core.clock import Clock, to_micros
from suture.core.ids import key_id
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import ExceptionRaised, read_payload
from suture.governance.policy import Policies
from suture.journal.contract import Tx
from suture.journal.record import Event, Instance, NewEvent, Timer, Transition
from suture.orchestration.definition import (
    SAME,
    START,
    Because,
    Bind,
    Effect,
    Emit,
    Keep,
    Moment,
    Place,
    Process,
    Rule,
    choose,
)
from suture.orchestration.effects import carry_out, raise_exception
from suture.orchestration.facts import Facts

PARENT_WAIT = timedelta(minutes=15)
"""How long an event waits for an instance that is not yet known (G5)."""
OUTCOME_WAIT = timedelta(hours=24)
"""How long an answer waits for the outcome of the sending it answers: far above any time-out."""

EXCEPTION_MACHINE = "EXC"
DECIDE_CURSOR = "decide"


@dataclass(frozen=True, slots=True)
class Engine:
    """Runs the registered processes over one journal."""

    processes: Mapping[str, Process]
    policies: Policies
    clock: Clock

    def step(self, tx: Tx, limit: int) -> int:
        """Fire due timers and decide up to `limit` events; return how many events were decided."""
        now = self.clock.now()
        self._fire_timers(tx, now, limit)
        self._expire_parked(tx, now, limit)
        position = tx.cursor(DECIDE_CURSOR)
        events = tx.events_after(position, limit)
        for event in events:
            if event.machine:
                self.decide(tx, event, now)
            position = event.seq
        if events:
            tx.set_cursor(DECIDE_CURSOR, position)
        return len(events)

    def decide(self, tx: Tx, event: Event, now: datetime) -> None:
        """Let one event meet its instance: find the rule, apply it, or say why there is none."""
        process = self.processes.get(event.machine)
        if process is None:
            self._not_expected(tx, event, "no such process", now, code="process.unknown")
            return
        stored = tx.instance(event.machine, event.key)
        state = stored.state if stored else START
        candidates = process.candidates(state, event.type)
        wait = process.wait(state, event.type)
        if not candidates and wait is None:
            self._without_rule(tx, process, event, stored, now)
            return
        try:
            moment = self._moment(tx, process, event, stored, now)
        except RefusalError as refusal:
            self._not_expected(tx, event, refusal.text, now, code=refusal.code)
            return
        if wait is not None and wait.when(moment):
            tx.park(event.seq, event.machine, event.key, now + OUTCOME_WAIT)
            return
        if not candidates:
            self._without_rule(tx, process, event, stored, now)
            return
        chosen = choose(candidates, moment)
        if chosen is None:
            self._no_guard_held(tx, process, event, state, candidates, now)
            return
        self._apply(tx, process, chosen, moment, stored, event)

    def _moment(
        self, tx: Tx, process: Process, event: Event, stored: Instance | None, now: datetime
    ) -> Moment[Any]:
        data = codec.decode(stored.data, process.data_type) if stored else process.data_type()
        return Moment(
            machine=event.machine,
            key=event.key,
            state=stored.state if stored else START,
            data=data,
            event_type=event.type,
            payload=read_payload(event.machine, event.type, event.payload),
            now=now,
            entered_at=stored.entered_at if stored else now,
            facts=Facts(tx, now),
            policies=self.policies,
            event_seq=event.seq,
            exchange=event.exchange,
            facility=stored.facility if stored else event.facility,
        )

    def _apply(
        self,
        tx: Tx,
        process: Process,
        chosen: Rule,
        moment: Moment[Any],
        stored: Instance | None,
        event: Event,
    ) -> None:
        effects: list[Effect] = list(chosen.action(moment)) if chosen.action else []
        target = moment.state if chosen.to == SAME else chosen.to
        was_left = stored is None or target != stored.state
        data = moment.data
        place = Place(
            stored.parent if stored else "",
            stored.facility if stored else event.facility,
            stored.due_at if stored else None,
        )
        for effect in effects:
            if isinstance(effect, Keep):
                data = msgspec.structs.replace(data, **effect.changes)
            elif isinstance(effect, Place):
                place = Place(
                    effect.parent or place.parent,
                    effect.facility or place.facility,
                    effect.due_at or place.due_at,
                )
        rev = (stored.rev if stored else 0) + 1
        fired = {} if was_left or stored is None else codec.decode(stored.fired, dict[str, int])
        if event.type.startswith("timer.") or event.type == "requisition.submitted":
            name, due = getattr(moment.payload, "name", ""), getattr(moment.payload, "due", None)
            if name and due is not None and not was_left:
                fired = {**fired, name: to_micros(due)}
        entered = moment.now if was_left else moment.entered_at
        tx.put_instance(
            Instance(
                machine=moment.machine,
                key=moment.key,
                state=target,
                rev=rev,
                definition=process.definition,
                entered_at=entered,
                data=codec.encode(data),
                parent=place.parent,
                facility=place.facility,
                due_at=place.due_at,
                fired=codec.encode(fired),
            )
        )
        reasons = [e.text for e in effects if isinstance(e, Because)]
        tx.record_transition(
            Transition(
                machine=moment.machine,
                key=moment.key,
                rev=rev,
                rule=chosen.id,
                from_state=moment.state,
                to_state=target,
                event_seq=event.seq,
                event_type=event.type,
                at=moment.now,
                decision=codec.encode(
                    {"inputs": moment.facts.read, "reasons": reasons, "guard": chosen.guard_name}
                ),
            )
        )
        carry_out(tx, moment, effects, rev=rev, facility=place.facility, wall=self.clock.wall())
        self._keep_timers(tx, process, moment, target, data, entered, fired)
        is_free = was_left and any(w.state == moment.state for w in process.waits)
        if stored is None or is_free:
            self._release_parked(tx, moment)

    def _keep_timers(
        self,
        tx: Tx,
        process: Process,
        moment: Moment[Any],
        state: str,
        data: Any,
        entered: datetime,
        fired: dict[str, int],
    ) -> None:
        for alarm in process.alarms:
            due = alarm.due(data, entered, self.policies) if state in alarm.states else None
            if due is None or fired.get(alarm.name) == to_micros(due):
                if moment.state in alarm.states:
                    tx.clear_timer(moment.machine, moment.key, alarm.name)
                continue
            tx.set_timer(Timer(moment.machine, moment.key, alarm.name, alarm.event, due))

    def _release_parked(self, tx: Tx, moment: Moment[Any]) -> None:
        for event in tx.unpark(moment.machine, moment.key):
            tx.append(
                NewEvent(
                    id=f"{event.id}/unparked",
                    type=event.type,
                    machine=event.machine,
                    key=event.key,
                    time=event.time,
                    payload=event.payload,
                    facility=event.facility,
                    exchange=event.exchange,
                    causation=event.seq,
                ),
                moment.now,
            )

    def _fire_timers(self, tx: Tx, now: datetime, limit: int) -> None:
        for timer in tx.due_timers(now, limit):
            tx.clear_timer(timer.machine, timer.key, timer.name)
            due = to_micros(timer.due)
            tx.append(
                NewEvent(
                    id=f"timer/{timer.machine}/{timer.key}/{timer.name}/{due}/"
                    f"{_rev(tx, timer.machine, timer.key)}",
                    type=timer.event_type,
                    machine=timer.machine,
                    key=timer.key,
                    time=timer.due,
                    payload=codec.encode({"name": timer.name, "due": timer.due}),
                ),
                now,
            )

    def _expire_parked(self, tx: Tx, now: datetime, limit: int) -> None:
        for parked in tx.overdue_parked(now, limit):
            text = "what it waits for did not come in time"
            self._not_expected(tx, parked.event, text, now, code="UNEXPECTED_EVENT")

    def _without_rule(
        self, tx: Tx, process: Process, event: Event, stored: Instance | None, now: datetime
    ) -> None:
        if stored is None:
            tx.park(event.seq, event.machine, event.key, now + PARENT_WAIT)
            return
        quiet = stored.state in process.terminal or event.type.startswith("timer.")
        self._not_expected(
            tx,
            event,
            f"state {stored.state} has no rule for it",
            now,
            code="UNEXPECTED_EVENT",
            severity="info" if quiet else "normal",
        )

    def _no_guard_held(
        self,
        tx: Tx,
        process: Process,
        event: Event,
        state: str,
        candidates: tuple[Rule, ...],
        now: datetime,
    ) -> None:
        waiting = [r.id for r in candidates if not r.is_built]
        if waiting:
            self._not_expected(
                tx,
                event,
                f"{state}: rule {' or '.join(waiting)} is specified but not built yet",
                now,
                code="RULE_NOT_BUILT",
            )
            return
        self._not_expected(
            tx, event, f"{state}: no guard of {event.type} holds", now, code="UNEXPECTED_EVENT"
        )

    def _not_expected(
        self,
        tx: Tx,
        event: Event,
        text: str,
        now: datetime,
        *,
        code: str,
        severity: str = "normal",
    ) -> None:
        """Store the fact that an event had no effect, on a desk with an owner (G3, G5)."""
        if event.machine == EXCEPTION_MACHINE:
            return
        raise_exception(
            tx,
            ExceptionRaised(
                family="TRANSPORT" if not event.machine else "RECON",
                code=code,
                summary=f"{event.machine} {event.type}: {text}",
                dedupe=f"{code}|{event.machine}|{event.key}|{event.type}",
                machine=event.machine,
                key=event.key,
                facility=event.facility,
                severity=severity,
                exchange=event.exchange,
                suggestion="Look at the event in the lineage and settle the object by hand.",
            ),
            causation=event.seq,
            now=now,
        )


def self_event(moment: Moment[Any], event_type: str, payload: Any) -> Emit:
    """Return an event of this instance to itself: the outcome of an internal evaluation."""
    return Emit(event_type, moment.machine, moment.key, payload)


def _rev(tx: Tx, machine: str, key: str) -> int:
    stored = tx.instance(machine, key)
    return stored.rev if stored else 0


__all__ = ["DECIDE_CURSOR", "Bind", "Engine", "choose", "key_id", "self_event"]
