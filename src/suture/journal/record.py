"""The rows of the journal, as values.

In: what a floor above wants remembered. Out: frozen rows. Refuses to know: SQL. Instants are aware
UTC datetimes of *business* time unless the name says `wall`. `payload`, `data`, `decision`, `facts`
and `value` are JSON text as bytes; `content` and `ack` are opaque (sealed when the zone seals).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ArrivalState(StrEnum):
    """What became of an arrival inside (the acknowledgement is the other leg, plan D4)."""

    RECEIVED = "received"
    """Stored and acknowledged; not yet translated. Set by RECEIVE."""
    TRANSLATED = "translated"
    """Its business events are in the journal. Set by TRANSLATE."""
    FILTERED = "filtered"
    """A rule says it has no meaning here; kept. Set by TRANSLATE."""
    PARKED = "parked"
    """Kept unprocessed with an owned exception (KEY_REUSE, PHI hold). Set by RECEIVE, TRANSLATE."""
    FAILED = "failed"
    """Could not be translated; kept with an owned exception. Set by TRANSLATE."""


class DeliveryState(StrEnum):
    """How far one message to one destination has got (plan D4)."""

    WAITING = "waiting"
    """Claimable when its lane reaches it and `next_at_wall` has come. Set by DECIDE, DELIVER."""
    SENDING = "sending"
    """Claimed and possibly on the wire; after a crash its outcome is uncertain. Set by DELIVER."""
    DELIVERED = "delivered"
    """The destination accepted it. Set by DELIVER."""
    REFUSED = "refused"
    """The destination said no to the content; the process decides. Set by DELIVER."""
    UNCERTAIN = "uncertain"
    """May have been accepted; the process asks by business key. Set by DELIVER."""
    DEAD = "dead"
    """Given up; an owned exception exists. Set by DELIVER."""
    WITHDRAWN = "withdrawn"
    """Taken back before it was sent. Set by DECIDE."""


@dataclass(frozen=True, slots=True)
class NewArrival:
    """What RECEIVE wants stored before it acknowledges."""

    exchange: str
    endpoint: str
    peer: str
    format: str
    """`hl7v2`, `x12`, `cxml`, `json`."""
    transport_key: str
    """Spec 2.0.2; unique per endpoint for 35 days."""
    control_id: str
    digest: bytes
    """sha256 of the content as received."""
    size_bytes: int
    content: bytes
    key_id: str
    ack: bytes
    ack_code: str
    received_at: datetime
    state: ArrivalState = ArrivalState.RECEIVED
    """A flow knows what becomes of a message before it is stored."""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A stored arrival."""

    seq: int
    exchange: str
    endpoint: str
    peer: str
    format: str
    transport_key: str
    control_id: str
    digest: bytes
    size_bytes: int
    content: bytes
    key_id: str
    ack: bytes
    ack_code: str
    received_at: datetime
    state: ArrivalState
    code: str
    """Why it is filtered, parked or failed; empty otherwise."""
    problems: bytes
    """JSON list of problem descriptions, content-free."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The arrival is new and stored."""

    seq: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """Same key, same body: nothing stored, the earlier acknowledgement is sent again."""

    seq: int
    ack: bytes


@dataclass(frozen=True, slots=True)
class KeyReused:
    """Same key, other body: stored parked with code `KEY_REUSE`."""

    seq: int
    first_seq: int


Admission = Admitted | Replayed | KeyReused


@dataclass(frozen=True, slots=True)
class Refusal:
    """The audit row of something refused at the door."""

    endpoint: str
    peer: str
    code: str
    path: str
    offset: int | None
    size_bytes: int
    digest: bytes
    head: bytes
    """The first 64 kB at most, sealed when the zone seals."""
    key_id: str
    at: datetime
    seq: int = 0


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A past-tense record to be appended; `id` is deterministic where a business key exists."""

    id: str
    type: str
    machine: str
    """The process that decides on it, e.g. `W3`; empty for a record nobody decides on."""
    key: str
    time: datetime
    payload: bytes
    facility: str = ""
    exchange: str = ""
    """The arrival it came from, if any."""
    causation: int = 0
    """Sequence of the event whose decision emitted this one; 0 when it came from outside."""


@dataclass(frozen=True, slots=True)
class Event:
    """An appended event."""

    seq: int
    id: str
    type: str
    machine: str
    key: str
    time: datetime
    recorded: datetime
    payload: bytes
    facility: str
    exchange: str
    causation: int


@dataclass(frozen=True, slots=True)
class Instance:
    """One process instance: a row, nothing resident (plan D2)."""

    machine: str
    key: str
    state: str
    rev: int
    definition: int
    entered_at: datetime
    """Business instant at which the current state was entered."""
    data: bytes
    parent: str = ""
    """Key that groups instances for look-up, e.g. the case token of a demand line."""
    facility: str = ""
    due_at: datetime | None = None
    """The instant the board sorts by, e.g. the case's start."""
    fired: bytes = b"{}"
    """JSON: timers already fired in this state, name -> due micros."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One decision: which rule took which event, with what inputs and reasons."""

    machine: str
    key: str
    rev: int
    rule: str
    """Rule id of the workflow table, or `G1`..`G5`."""
    from_state: str
    to_state: str
    event_seq: int
    event_type: str
    at: datetime
    decision: bytes
    """JSON {inputs:[{kind,key,version,age_s,value}], reasons:[..], policy:{..}}."""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Timer:
    """An alarm of an instance, in business time."""

    machine: str
    key: str
    name: str
    event_type: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """A question a person has to answer."""

    id: str
    machine: str
    key: str
    kind: str
    role: str
    title: str
    opened_at: datetime
    due_at: datetime | None
    data: bytes
    is_open: bool = True
    closed_at: datetime | None = None
    closed_by: str = ""
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A command to be carried out at a destination, once."""

    id: str
    idempotency_key: str
    kind: str
    """What is to be done, e.g. `order.dispatch`, `erp.receipt.post`, `relay`."""
    destination: str
    lane: str
    """Ordering key: one in flight, in order, per (destination, lane)."""
    machine: str
    key: str
    """The instance that hears of the outcome; both empty for a relay."""
    payload: bytes
    created_at: datetime
    exchange: str = ""
    priority: int = 5
    """0 = STAT, 5 = routine."""
    content: bytes = b""
    """Encoded bytes when already known (relay); else DELIVER encodes and stores them."""
    content_key_id: str = ""
    causation: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored delivery."""

    seq: int
    id: str
    idempotency_key: str
    kind: str
    destination: str
    lane: str
    machine: str
    key: str
    payload: bytes
    created_at: datetime
    exchange: str
    priority: int
    content: bytes
    content_key_id: str
    causation: int
    state: DeliveryState
    control_id: str
    attempts: int
    next_at_wall: datetime
    settled_at: datetime | None
    code: str
    facts: bytes


@dataclass(frozen=True, slots=True)
class Heads:
    """The lanes of a destination that have work."""

    lanes: int
    oldest_seq: int
    """Sequence of the oldest delivery that waits or is sent; 0 when there is none."""
    next_at_wall: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a delivery; `ended_wall` is None while on the wire."""

    delivery_seq: int
    number: int
    started_wall: datetime
    ended_wall: datetime | None
    outcome: str
    code: str
    answer_key: str = ""
    answer_bytes: int = 0
    """Size of what was answered, as it came; 0 when nothing was."""
    answer: bytes = field(default=b"", repr=False)
    """Its beginning at least, sealed when the zone seals."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a destination answered to a try, as it is kept."""

    content: bytes = field(default=b"", repr=False)
    key_id: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """What a step of a flow made of a message."""

    exchange: str
    number: int
    """From 1, in the order of the flow."""
    name: str
    digest: bytes
    """sha256 of what the step made."""
    size_bytes: int
    is_edits: bool
    """The content is edits of what was received."""
    key_id: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """An input read by decisions, current version only (a decision keeps what it read)."""

    kind: str
    key: str
    version: int
    value: bytes
    as_of: datetime
    """When the source says it held, business time."""
    source: str


@dataclass(frozen=True, slots=True)
class Link:
    """One edge of lineage between process instances."""

    parent_machine: str
    parent_key: str
    child_machine: str
    child_key: str


@dataclass(frozen=True, slots=True)
class Parked:
    """An event waiting for its instance to appear (general rule G5)."""

    event: Event
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Node:
    """One of several processes that write a store."""

    id: int
    role: str
    host: str
    """Machine and process number."""
    silent_s: float
    """Seconds since its last commit, by the store's own clock."""
    is_fenced: bool
    flows: str
    """Which flows it runs, each with its version."""


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What `suture doctor` and health pages show of a store."""

    zone: str
    schema: int
    path: str
    size_bytes: int
    free_bytes: int
    is_accepting: bool
    counts: dict[str, int]
