"""The hub in one process without sockets: messages in, deliveries out, time by hand.

In: HL7 messages, partner documents, scripted answers of destinations, moves of the clock. Out: what
the hub sent, its instances, its decisions. Refuses to know: real peers; the simulation's processes
are the other way to drive the same hub.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from suture.assembly.core import HubCore, Parties, build_core, store_master
from suture.core.outcome import Accepted, Outcome
from suture.core.problem import Severity
from suture.documents import codec
from suture.governance.policy import Policies
from suture.governance.seal import Keyring
from suture.journal.contract import Journal, Reader
from suture.journal.record import Delivery, Event, Instance, NewArrival, NewEvent, Transition
from suture.orchestration.path.receive import receive_hl7
from suture.testing.clock import SeededEntropy, SettableClock

T = TypeVar("T")

ROUNDS_MAX = 200
"""Rounds until quiet; more means the house talks to itself for ever."""

Answer = Outcome | Callable[[Any], Outcome | Awaitable[Outcome]]
"""What a destination answers to a kind: an outcome, or a function of the content; one that is
awaited may let other things happen while the delivery is on the wire."""


@dataclass(slots=True)
class Sent:
    """One delivery as a destination saw it."""

    destination: str
    kind: str
    content: bytes
    control_id: str


@dataclass
class World:
    """A hub under test."""

    core: HubCore
    clock: SettableClock
    answers: dict[str, Answer] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    # ---- in

    def hl7(self, message: bytes, endpoint: str = "ehr") -> bytes:
        """Send an HL7 message through the door and settle; return the acknowledgement."""
        answer: bytes = self.run(self._hl7(message, endpoint))
        return answer

    async def _hl7(self, message: bytes, endpoint: str) -> bytes:
        answer = await receive_hl7(self.core.clinical, endpoint, "test", message)
        await self._settle()
        return answer or b""

    def arrive(self, content: bytes, *, endpoint: str, format: str, control_id: str) -> None:
        """Store a partner document, a dock scan or an ERP page and settle."""
        self.run(self._arrive(content, endpoint, format, control_id))

    async def _arrive(self, content: bytes, endpoint: str, format: str, control_id: str) -> None:
        await self.take(content, endpoint, format, control_id)
        await self._settle()

    async def meanwhile(
        self, content: bytes, *, endpoint: str, format: str, control_id: str
    ) -> None:
        """Store and decide a document while a delivery is on the wire; nothing else is sent."""
        await self.take(content, endpoint, format, control_id)
        while await self.core.work():
            pass

    async def take(self, content: bytes, endpoint: str, format: str, control_id: str) -> None:
        """Store a document as its door does."""
        door = self.core.operations
        exchange = door.new_exchange()
        sealed, key_id = door.seal_arrival(exchange, content)
        await door.admit(
            NewArrival(
                exchange=exchange,
                endpoint=endpoint,
                peer="test",
                format=format,
                transport_key=control_id,
                control_id=control_id,
                digest=hashlib.sha256(content).digest(),
                size_bytes=len(content),
                content=sealed,
                key_id=key_id,
                ack=b"",
                ack_code="200",
                received_at=self.clock.now(),
            )
        )

    def event(self, event_type: str, machine: str, key: str, payload: Any) -> None:
        """Append an event that has no message of its own (a person's answer) and settle."""
        now = self.clock.now()
        number = self.read(lambda r: r.last_event_seq())
        made = NewEvent(
            id=f"test/{number}/{event_type}/{key}",
            type=event_type,
            machine=machine,
            key=key,
            time=now,
            payload=codec.encode(payload),
        )
        self.operations.write(lambda tx: tx.append(made, now))
        self.settle()

    # ---- time

    def settle(self) -> None:
        """Work and deliver until nothing moves."""
        self.run(self._settle())

    def advance(self, **delta: float) -> None:
        """Move the clock on (hours=..., days=...) and settle."""
        self.clock.advance(timedelta(**delta))
        self.settle()

    def move_to(self, at: datetime) -> None:
        """Move the clock to an instant, stopping at every timer on the way."""
        for _ in range(ROUNDS_MAX):
            due = self.core.next_due()
            if due is None or due > at:
                break
            if due > self.clock.now():
                self.clock.move_to(due)
            self.settle()
        if at > self.clock.now():
            self.clock.move_to(at)
        self.settle()

    async def _settle(self) -> None:
        for _ in range(ROUNDS_MAX):
            done = await self.core.work()
            done += await self.core.deliverer.deliver_some()
            if not done:
                return
        raise AssertionError("the house does not come to rest")

    async def execute(
        self, destination: str, kind: str, content: bytes, control_id: str
    ) -> Outcome:
        """Answer a delivery as the script says; unscripted kinds are accepted."""
        self.sent.append(Sent(destination, kind, content, control_id))
        answer = self.answers.get(kind, Accepted())
        found = answer(content) if callable(answer) else answer
        return await found if isinstance(found, Awaitable) else found

    # ---- out

    @property
    def operations(self) -> Journal:
        """The operations journal."""
        return self.core.operations.journal

    def run(self, work: Any) -> Any:
        """Run a coroutine to its end."""
        return asyncio.run(work)

    def read(self, query: Callable[[Reader], T]) -> T:
        """Run a query on a snapshot of the operations journal."""
        with self.operations.read() as reader:
            return query(reader)

    def instance(self, machine: str, key: str) -> Instance:
        """Return an instance; raises AssertionError when there is none."""
        found = self.read(lambda r: r.instance(machine, key))
        assert found is not None, f"no {machine} {key}"
        return found

    def all(self, machine: str) -> list[Instance]:
        """Return every instance of a machine, up to 1000."""
        return self.read(lambda r: r.instances(machine, limit=1000))

    def states(self, machine: str) -> dict[str, int]:
        """Return the count of instances per state."""
        return self.read(lambda r: r.count_instances(machine))

    def data(self, stored: Instance) -> dict[str, Any]:
        """Return an instance's data as builtins."""
        found: dict[str, Any] = codec.decode(stored.data, dict)
        return found

    def rules(self, machine: str, key: str) -> list[str]:
        """Return the rule ids an instance took, in order."""
        return [t.rule for t in self.transitions(machine, key)]

    def transitions(self, machine: str, key: str) -> list[Transition]:
        """Return the decisions of an instance."""
        return self.read(lambda r: r.transitions_of(machine, key, 1000))

    def events(self) -> list[Event]:
        """Return every event so far, up to 1000."""
        return self.read(lambda r: r.events_after(0, 1000))

    def deliveries(self, machine: str, key: str) -> list[Delivery]:
        """Return an instance's deliveries."""
        return self.read(lambda r: r.deliveries_of(machine, key, 1000))

    def exceptions(self, *, is_open: bool = True) -> list[dict[str, Any]]:
        """Return the data of the exceptions."""
        live = ("OPEN", "ASSIGNED", "WAITING", "ESCALATED")
        return [
            {**self.data(x), "state": x.state}
            for x in self.all("EXC")
            if not is_open or x.state in live
        ]


def make_world(
    *,
    journals: tuple[Journal, Journal],
    now: datetime,
    policies: Policies,
    parties: Parties,
    master: Path,
    seed: int = 0,
) -> World:
    """Build a hub over (clinical, operations) journals and load its master data.

    Raises AssertionError when the master data has problems.
    """
    clock, entropy = SettableClock(now), SeededEntropy(seed)
    world: list[World] = []

    async def execute(destination: str, kind: str, content: bytes, control: str) -> Outcome:
        return await world[0].execute(destination, kind, content, control)

    core = build_core(
        clinical=journals[0],
        operations=journals[1],
        ring=Keyring({"test": hashlib.sha256(b"test").digest()}),
        clock=clock,
        entropy=entropy,
        policies=policies,
        parties=parties,
        execute=execute,
    )
    world.append(World(core, clock))
    _, problems = store_master(core, master)
    bad = [p for p in problems if p.severity is Severity.ERROR]
    assert not bad, bad
    return world[0]
