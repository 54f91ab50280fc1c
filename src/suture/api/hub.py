"""What the doors need of a running hub, and nothing more.

In: the assembly's journals and clock. Out: snapshots for reading, one way to hand in a person's
answer. Refuses to know: concretes; the assembly makes one.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from suture.api.act import Act, hand_in
from suture.core.clock import Clock
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import ExceptionClosed, ReviewDecided
from suture.governance.audit import MESSAGE_OPENED, Deed, deed
from suture.governance.policy import Policies
from suture.governance.retention import Hold
from suture.governance.triggers import Triggers
from suture.intelligence.alerts import CERTIFICATE_DAYS, OLDEST_S, Certificate
from suture.intelligence.feeds import Feed
from suture.intelligence.lanes import GivenUp, given_up
from suture.intelligence.lineage import Readers
from suture.intelligence.message import message
from suture.intelligence.partners import Partner
from suture.journal.contract import PAGE_MAX, Journal, Reader, Tx
from suture.journal.record import Delivery, DeliveryState, NewEvent, StoreStatus, Task
from suture.orchestration.flows.table import Batch
from suture.orchestration.path.deliver import FLOW_KIND
from suture.orchestration.path.pulse import Pulse

TASK_VERDICTS = {
    "approve": "review.approved",
    "reject": "review.rejected",
    "return": "review.returned",
}
EXCEPTION_VERDICTS = {
    "assign": "task.assigned",
    "wait": "task.waiting",
    "reply": "task.reply_received",
    "resolve": "exception.resolved",
    "accept-loss": "loss.accepted",
}

NEEDS_REASON = frozenset({"reply", "accept-loss"})


class Flows(Protocol):
    """What the doors may ask of the declared flows."""

    def status(self) -> list[dict[str, Any]]:
        """Return the running flows: version, source, destinations."""

    async def reload(self) -> list[str]:
        """Run what is deployed now; return what changed."""

    async def replay(self, exchange: str) -> str:
        """Give a kept message to its flow again; return the flow's name."""

    async def pause(self, name: str, *, is_paused: bool) -> None:
        """Stop or go on sending to a destination."""


class Retention(Protocol):
    """What the doors may ask about how long messages are kept."""

    def start(self, by: str, reason: str) -> bool:
        """Begin a pass; False when one is under way."""

    def status(self) -> dict[str, Any]:
        """Return what the pass that runs, or the last one, has done."""

    def add_hold(self, asked: Hold) -> Hold:
        """Keep everything that matches until the hold is released."""

    def release_hold(self, name: str, *, by: str, reason: str) -> Hold:
        """End a hold."""

    def holds(self) -> list[Hold]:
        """Return the holds, those released too."""


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Which given-up deliveries are sent again."""

    destination: str
    exchange: str = ""
    code: str = ""
    limit: int = PAGE_MAX
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What alerts look at beside the record, and their bounds."""

    oldest_s: float = OLDEST_S
    certificate_days: float = CERTIFICATE_DAYS
    started: datetime | None = None
    """Silence of feeds counts from here; None: from their last message."""
    feeds: Callable[[], Sequence[Feed]] = tuple
    certificates: Callable[[], Sequence[Certificate]] = tuple
    gathering: Callable[[], Mapping[str, Batch]] = dict
    """Where messages wait for their batch."""


@dataclass(frozen=True, slots=True)
class HubPort:
    """The doors' view of the hub."""

    clinical: Journal
    operations: Journal
    clock: Clock
    name: str
    timezone: str
    flows: Flows | None = None
    retention: Retention | None = None
    token: str = ""
    """Bearer token for anything that changes state; readable by the operator only."""
    blind: Callable[[str], str] | None = None
    """`name=value` of a flow's index -> as the journal has it; the key stays with the assembly."""
    watched: Watched = Watched()
    partners: tuple[Partner, ...] = ()
    policies: Policies | None = None
    """What the hub decides by; None where it only shows."""
    triggers: Triggers | None = None
    """Which clinical event starts what; None where the hub takes no clinical messages."""
    pulse: Pulse = field(default_factory=Pulse)
    """What this process has taken and sent."""
    nudge: Callable[[], None] = lambda: None
    """Wakes the engine of this process: somebody waits for a decision."""

    def now(self) -> datetime:
        """Return business time."""
        return self.clock.now()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a snapshot of the operations journal."""
        with self.operations.read() as reader:
            yield reader

    @contextmanager
    def tracing(self) -> Iterator[Readers]:
        """Open snapshots of both zones; only envelopes of the clinical one are shown."""
        with self.operations.read() as operations, self.clinical.read() as clinical:
            yield Readers(operations, clinical)

    def running_flows(self) -> list[dict[str, Any]]:
        """Return the declared interfaces that run."""
        return self.flows.status() if self.flows is not None else []

    def stores(self) -> tuple[StoreStatus, StoreStatus]:
        """Return the state of both stores."""
        return self.clinical.status(), self.operations.status()

    def answer_task(self, task_id: str, verdict: str, *, by: str, reason: str) -> None:
        """Hand in a person's answer to an open task.

        Raises RefusalError: `task.unknown`, `task.closed`, `task.verdict`, `task.same-person`.
        """
        event_type = TASK_VERDICTS.get(verdict)
        if event_type is None:
            raise RefusalError("task.verdict", "the verdict is approve, reject or return")

        def unit(tx: Tx) -> None:
            task = tx.task(task_id)
            if task is None:
                raise RefusalError("task.unknown", "no such task")
            if not task.is_open:
                raise RefusalError("task.closed", "the task was answered already")
            if verdict == "approve":
                _refuse_same_person(tx, task, by)
            payload = ReviewDecided(task=task_id, by=by, reason=reason)
            once = f"{task_id}/{verdict}"
            hand_in(tx, Act(event_type, task.machine, task.key, payload, once), self.now())

        self.operations.write(unit)

    def answer_exception(self, key: str, verdict: str, *, by: str, reason: str) -> None:
        """Work on an exception; a resolved one tells its object that it was fixed.

        Raises RefusalError: `exception.unknown`, `exception.verdict`, `exception.reason-missing`,
        `object.state` when its present state does not take the verdict.
        """
        event_type = EXCEPTION_VERDICTS.get(verdict)
        if event_type is None:
            raise RefusalError(
                "exception.verdict", "the verdict is assign, wait, reply, resolve or accept-loss"
            )

        def unit(tx: Tx) -> None:
            stored = tx.instance("EXC", key)
            if stored is None:
                raise RefusalError("exception.unknown", "no such exception")
            if verdict in NEEDS_REASON and not reason.strip():
                raise RefusalError("exception.reason-missing", "say why: it is kept")
            payload = ExceptionClosed(by=by, reason=reason)
            name = f"exception/{key}/{verdict}/{stored.rev}"
            hand_in(tx, Act(event_type, "EXC", key, payload), self.now())
            data = codec.decode(stored.data, dict)
            if verdict == "resolve" and _can_be_fixed(tx, data):
                _append(
                    tx, self, f"{name}/object", event_type, data["machine"], data["key"], payload
                )

        self.operations.write(unit)

    def act(
        self, event_type: str, machine: str, key: str, payload: object, *, once: str = ""
    ) -> bool:
        """Hand in a person's deed; False when the key `once` was used for it before.

        Raises RefusalError: `object.unknown`, `object.state`, `request.key-reused`.
        """
        deed = Act(event_type, machine, key, payload, once)
        return self.operations.write(lambda tx: hand_in(tx, deed, self.now()))

    def note_opened(self, exchange: str, *, by: str, reason: str) -> bool:
        """Keep that a person looks at the content of a message; False when it is not known."""
        now = self.now()
        event = deed(MESSAGE_OPENED, Deed(by=by, reason=reason), now, exchange)
        is_known = False
        for journal in (self.clinical, self.operations):
            with journal.read() as reader:
                has = message(reader, exchange) is not None
            if has:
                journal.write(functools.partial(_keep, event=event, now=now))
            is_known = is_known or has
        return is_known

    def redeliver(self, wanted: Redeliver) -> list[str]:
        """Put given-up deliveries of a destination back into their lanes, oldest first.

        Those of flows that were refused too: nobody else decides on them. Returns their exchanges;
        when `is_dry` nothing is changed.
        """

        def unit(tx: Tx, limit: int) -> list[str]:
            meant = GivenUp(wanted.destination, wanted.exchange, wanted.code)
            ours = (one for one in given_up(tx, meant) if _is_ours(one))
            found = list(islice(ours, limit))
            for delivery in found:
                if not wanted.is_dry:
                    tx.requeue_delivery(delivery.seq, self.clock.wall())
            return [delivery.exchange for delivery in found]

        done: list[str] = []
        for journal in (self.operations, self.clinical):
            done += journal.write(functools.partial(unit, limit=wanted.limit - len(done)))
        return done


def _keep(tx: Tx, event: NewEvent, now: datetime) -> None:
    tx.append(event, now)


def _is_ours(one: Delivery) -> bool:
    """Return whether a person sends it again; of a refused order its process decides."""
    return one.state is DeliveryState.DEAD or one.kind == FLOW_KIND


def _refuse_same_person(tx: Tx, task: Task, by: str) -> None:
    """Segregation of duties: who asked, or approved before, does not approve (spec 2.0.12)."""
    stored = tx.instance(task.machine, task.key)
    data = codec.decode(stored.data, dict) if stored is not None else {}
    taken = (data.get("requester", ""), *data.get("approved_by", ()))
    if by.strip().casefold() in {name.strip().casefold() for name in taken if name}:
        raise RefusalError("task.same-person", "who asked or approved before does not approve")


def _can_be_fixed(tx: Tx, data: dict[str, str]) -> bool:
    """Return whether the exception's object waits to be posted again."""
    machine, key = data.get("machine", ""), data.get("key", "")
    stored = tx.instance(machine, key) if machine and key else None
    return stored is not None and stored.state in ("POST_FAILED", "ERP_FAILED")


def _append(
    tx: Tx, hub: HubPort, name: str, event_type: str, machine: str, key: str, payload: object
) -> None:
    now = hub.now()
    digest = hashlib.sha256(codec.encode(payload)).hexdigest()[:16]
    tx.append(
        NewEvent(
            id=f"person/{name}/{digest}",
            type=event_type,
            machine=machine,
            key=key,
            time=now,
            payload=codec.encode(payload),
        ),
        now,
    )
