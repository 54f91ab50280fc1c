"""A person's deed, handed to the process it concerns.

In: an event type, the object it is for, its payload, a key that makes it happen once. Out: one
event in the operations journal, or a refusal that says why. Refuses to know: what the deed means;
the rules of the process decide that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import read_payload
from suture.journal.contract import PAGE_MAX, Reader, Tx
from suture.journal.record import NewEvent
from suture.orchestration.definition import START
from suture.orchestration.processes.catalog import ALL


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does to an object."""

    event_type: str
    machine: str
    key: str
    payload: object
    once: str = ""
    """The caller's idempotency key; without one the same deed again is a new deed."""


def hand_in(tx: Tx, act: Act, now: datetime) -> bool:
    """Append the event of a deed; False when `once` was used for the same deed before.

    Raises RefusalError: `object.unknown`, `object.state` when the object's present state does not
    take the event, `request.key-reused` when `once` was used for another deed.
    """
    payload = codec.encode(act.payload)
    read_payload(act.machine, act.event_type, payload)
    stored = tx.instance(act.machine, act.key)
    rev = stored.rev if stored is not None else 0
    name = act.once or f"{rev}/{hashlib.sha256(payload).hexdigest()[:16]}"
    event = NewEvent(
        id=f"person/{act.machine}/{act.key}/{act.once and 'once/'}{name}",
        type=act.event_type,
        machine=act.machine,
        key=act.key,
        time=now,
        payload=payload,
        facility=stored.facility if stored is not None else "",
    )
    if not tx.append(event, now):
        _same_deed(tx, event)
        return False
    state = stored.state if stored is not None else START
    process = ALL[act.machine]
    if process.candidates(state, act.event_type):
        return True
    if stored is None:
        raise RefusalError("object.unknown", f"there is no {process.title.lower()} of this key")
    takes = sorted({s for s, event_type in process.index if event_type == act.event_type})
    raise RefusalError(
        "object.state", f"it is {state}; {act.event_type} is taken in {', '.join(takes)}"
    )


def _same_deed(reader: Reader, event: NewEvent) -> None:
    for held in reader.events_of(event.machine, event.key, PAGE_MAX):
        if held.id == event.id and (held.type, held.payload) != (event.type, event.payload):
            raise RefusalError("request.key-reused", "the key was used for something else")
