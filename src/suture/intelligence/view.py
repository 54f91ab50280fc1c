"""The views every door shows: board, case, exceptions, health.

In: nothing. Out: frozen dataclasses without patient data. Refuses to know: HTML, JSON, journals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Readiness(StrEnum):
    """The four states of the board (console direction): colour, glyph and word together."""

    READY = "ready"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LineView:
    """One demand line of a case."""

    key: str
    line: str
    item: str
    description: str
    quantity: str
    criticality: str
    state: str
    """State of W2."""
    is_covered: bool
    reason: str
    source: str
    promised: date | None
    po_number: str
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseCard:
    """One case on the board."""

    token: str
    facility: str
    room: str
    """Short room name, e.g. `OR04`."""
    start: datetime
    duration_min: int
    timezone: str
    procedure: str
    state: str
    """State of CASE."""
    readiness: Readiness
    covered: int
    needed: int
    reason: str
    """Why it is in this state, in words."""
    gaps: tuple[LineView, ...] = ()
    """Open CRITICAL and REQUIRED lines, CRITICAL first."""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """One exception with its owner and clock."""

    key: str
    family: str
    code: str
    state: str
    severity: str
    owner: str
    summary: str
    suggestion: str
    count: int
    first_at: datetime
    last_at: datetime
    need_at: datetime | None
    usd_at_risk: str
    case_tokens: tuple[str, ...]
    machine: str
    object_key: str
    level: int
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """A question a person has to answer."""

    id: str
    kind: str
    role: str
    title: str
    opened_at: datetime
    due_at: datetime | None
    machine: str
    object_key: str


@dataclass(frozen=True, slots=True)
class Board:
    """The coming cases by operating room."""

    as_of: datetime
    day: date
    """First local day shown."""
    days: int
    facilities: tuple[str, ...]
    facility: str
    timezone: str
    rooms: tuple[tuple[str, tuple[CaseCard, ...]], ...]
    """(facility and room, its cases by start)."""
    counts: dict[str, int]
    """Readiness -> number of cases shown."""
    open_exceptions: int
    urgent_exceptions: int
    last_event_seq: int
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message in or out, without its content."""

    direction: str
    """`in` or `out`."""
    exchange: str
    control_id: str
    endpoint: str
    format: str
    at: datetime
    ack: str
    state: str
    code: str
    attempts: int = 0
    kind: str = ""
    seq: int = 0
    """Place in its zone's store: what `before` of the message list counts."""


@dataclass(frozen=True, slots=True)
class LaneView:
    """What waits for one destination."""

    zone: str
    destination: str
    waiting: int
    sending: int
    lanes: int
    """Ordering keys that have work."""
    oldest: datetime | None
    """Business instant at which the oldest one was queued."""
    next_at_wall: datetime | None
    given_up: int
    """Refused and dead: `suture dead` lists them."""
    is_paused: bool
    is_circuit_open: bool


@dataclass(frozen=True, slots=True)
class AlertView:
    """One thing an operator should look at now."""

    rule: str
    """One of `alerts.RULES`; docs/runbooks has a page for each."""
    zone: str
    destination: str
    """What it is about: a destination, a feed, a certificate's file; empty for a whole zone."""
    waiting: int
    oldest_s: float
    """Business age of the oldest one that waits, or of the last that came."""
    level: str = ""
    """Which of several alerts about one thing: `received`, `sent`; `soon`, `very soon`, `over`."""
    detail: str = ""
    """More in words, without content."""
    runbook: str = field(init=False, default="")
    """The page that says what to do."""

    def __post_init__(self) -> None:
        """Name the page."""
        object.__setattr__(self, "runbook", f"docs/runbooks/{self.rule}.md")

    @property
    def name(self) -> str:
        """What makes it the same alert as a moment ago."""
        return "/".join((self.rule, self.zone, self.destination, self.level))


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as the journal keeps it."""

    rule: str
    zone: str
    destination: str
    level: str
    detail: str
    raised_at: datetime
    cleared_at: datetime | None
    """None while it holds."""
    by: str = ""
    """Which of several processes judged it; empty for one alone."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Health, lanes and alerts of one moment."""

    health: Health
    lanes: list[LaneView]
    alerts: list[AlertView]


@dataclass(frozen=True, slots=True)
class DeadView:
    """One delivery that was given up, without its content."""

    zone: str
    seq: int
    destination: str
    kind: str
    exchange: str
    state: str
    code: str
    attempts: int
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a lineage: a decision with its time, message and inputs."""

    at: datetime
    stage: str
    """booked, demand, availability, requisition, approval, order, acknowledgement, shipment,
    receipt, invoice, match, payment, usage, exception, case."""
    machine: str
    key: str
    rule: str
    event_type: str
    from_state: str
    to_state: str
    title: str
    reasons: tuple[str, ...]
    inputs: tuple[dict[str, Any], ...]
    message: MessageView | None = None
    sent: tuple[MessageView, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectView:
    """One instance of a lineage with the state it is in now."""

    machine: str
    key: str
    state: str
    title: str
    """What it is in the field's words: item, supplier, document number."""
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything that became of one case, order, invoice or message."""

    as_of: datetime
    asked: str
    cases: tuple[CaseCard, ...]
    lines: tuple[LineView, ...]
    hops: tuple[Hop, ...]
    stages: tuple[tuple[str, str, datetime | None], ...]
    """(stage, `done` | `open` | `at risk` | `none`, when) from booked to paid, left to right."""
    exceptions: tuple[ExceptionView, ...]
    objects: tuple[ObjectView, ...] = ()
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """Is the hub doing its work."""

    as_of: datetime
    zones: tuple[dict[str, Any], ...]
    undecided: int
    oldest_undecided_s: float
    deliveries: dict[str, int] = field(default_factory=dict)
    """`destination/state` -> count."""
    flows: tuple[dict[str, Any], ...] = ()
    """Declared interfaces that run: version, address, destinations with pause and circuit."""


@dataclass(frozen=True, slots=True)
class OutstandingView:
    """One order of ours that waits for something of a partner, or of us."""

    what: str
    """`delivery` (no proof that it arrived), `order`, `change` (no answer), `repair` (refused)."""
    document: str
    """Purchase order number."""
    answer: str
    """The document that would end it."""
    since: datetime
    is_late: bool
    """The time agreed for the answer is over."""


@dataclass(frozen=True, slots=True)
class GapView:
    """Control numbers that did not come, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PartnerView:
    """What is outstanding with one trading partner."""

    partner: str
    name: str
    dialect: str
    unproven: int
    """Orders sent without a functional acknowledgement."""
    unanswered: int
    """Orders that arrived and have no answer."""
    changes: int
    """Changes and cancellations without an answer."""
    repairs: int
    """Orders that the partner's translator refused."""
    late: int
    """Of all these, how many are beyond the time agreed."""
    missing: int
    """Control numbers that did not come."""
    gaps: tuple[GapView, ...]
    waiting: int
    """Documents that are not sent yet."""
    given_up: int
    received_at: datetime | None
    """When the partner sent something last."""
    oldest_at: datetime | None
    outstanding: tuple[OutstandingView, ...]
    is_truncated: bool
