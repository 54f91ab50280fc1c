"""Carrying out what an action yielded, inside the deciding transaction.

In: effects of one transition. Out: rows of the journal. Refuses to know: why an effect was yielded.
Ids are derived from (machine, key, revision, position): a replayed transaction mints the same ones.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_never

from suture.core.ids import key_id
from suture.documents import codec
from suture.documents.events import ExceptionClosed, ExceptionRaised
from suture.journal.contract import Tx
from suture.journal.record import Link, NewDelivery, NewEvent, Task
from suture.orchestration.definition import (
    Answered,
    Ask,
    Because,
    Bind,
    Effect,
    Emit,
    Keep,
    Moment,
    Name,
    Place,
    Raise,
    Resolve,
    Send,
    Withdraw,
)


def carry_out(
    tx: Tx,
    moment: Moment[Any],
    effects: list[Effect],
    *,
    rev: int,
    facility: str,
    wall: datetime,
) -> None:
    """Write the rows of every effect of one transition, in the order they were yielded."""
    for position, effect in enumerate(effects):
        origin = f"{moment.machine}/{moment.key}/{rev}/{position}"
        match effect:
            case Keep() | Place() | Because():
                pass
            case Emit():
                tx.append(_event(moment, effect, origin, facility), moment.now)
            case Send():
                tx.enqueue(_delivery(moment, effect, origin), wall)
            case Withdraw(key):
                tx.withdraw(key, moment.now)
            case Ask():
                tx.open_task(_task(moment, effect))
            case Answered(task, by, resolution):
                tx.close_task(task, at=moment.now, by=by, resolution=resolution)
            case Raise(exception):
                raise_exception(tx, exception, causation=moment.event_seq, now=moment.now)
            case Resolve(dedupe, reason):
                _resolve(tx, moment, dedupe, reason, origin)
            case Bind(parent_machine, parent_key):
                tx.link(Link(parent_machine, parent_key, moment.machine, moment.key))
            case Name(kind, value):
                tx.add_alias(kind, value, moment.machine, moment.key)
            case _:
                assert_never(effect)


def exception_key(dedupe: str) -> str:
    """Return the key of the exception instance that collects one dedupe key."""
    return key_id("exception", dedupe)


def raise_exception(
    tx: Tx, exception: ExceptionRaised, *, causation: int, now: datetime, origin: str = ""
) -> None:
    """Append `exception.raised` for the exception's own instance.

    `origin` names the occasion where no event caused it, so that the next one counts too.
    """
    key = exception_key(exception.dedupe)
    tx.append(
        NewEvent(
            id=f"exception/{key}/{origin or causation}",
            type="exception.raised",
            machine="EXC",
            key=key,
            time=now,
            payload=codec.encode(exception),
            facility=exception.facility,
            exchange=exception.exchange,
            causation=causation,
        ),
        now,
    )


def _resolve(tx: Tx, moment: Moment[Any], dedupe: str, reason: str, origin: str) -> None:
    key = exception_key(dedupe)
    if not tx.has_events("EXC", key):
        return
    tx.append(
        NewEvent(
            id=origin,
            type="exception.auto_resolved",
            machine="EXC",
            key=key,
            time=moment.now,
            payload=codec.encode(ExceptionClosed(by="system", reason=reason)),
            causation=moment.event_seq,
        ),
        moment.now,
    )


def _event(moment: Moment[Any], effect: Emit, origin: str, facility: str) -> NewEvent:
    return NewEvent(
        id=origin,
        type=effect.type,
        machine=effect.machine,
        key=effect.key,
        time=moment.now,
        payload=codec.encode(effect.payload),
        facility=facility,
        exchange=moment.exchange,
        causation=moment.event_seq,
    )


def _delivery(moment: Moment[Any], effect: Send, origin: str) -> NewDelivery:
    return NewDelivery(
        id=key_id("delivery", origin),
        idempotency_key=effect.idempotency_key,
        kind=effect.kind,
        destination=effect.destination,
        lane=effect.lane,
        machine=moment.machine,
        key=moment.key,
        payload=codec.encode(effect.payload),
        created_at=moment.now,
        exchange=moment.exchange,
        priority=effect.priority,
        causation=moment.event_seq,
    )


def _task(moment: Moment[Any], effect: Ask) -> Task:
    return Task(
        id=effect.task,
        machine=moment.machine,
        key=moment.key,
        kind=effect.kind,
        role=effect.role,
        title=effect.title,
        opened_at=moment.now,
        due_at=effect.due_at,
        data=codec.encode(effect.data),
    )
