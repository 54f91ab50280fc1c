"""DELIVER: claim a lane's head, encode it, hand it over, record what became of it.

In: waiting deliveries, adapters. Out: outcomes as events of the instance that asked. Refuses to
know: sockets: `execute` is given. Encoding happens inside the claiming transaction, so the bytes
and control number of a first try are those of every later one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from suture.core.clock import Clock
from suture.core.outcome import (
    Accepted,
    Misconfigured,
    Outcome,
    Refused,
    Unavailable,
    Uncertain,
    outcome_code,
)
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import ExceptionRaised
from suture.governance.seal import Sealer, place
from suture.journal.contract import NO_ANSWER, PAGE_MAX, Journal, Tx
from suture.journal.record import Answer, Delivery, DeliveryState, NewEvent
from suture.orchestration.effects import raise_exception
from suture.orchestration.path.outcome import outcome_events
from suture.orchestration.path.traffic import Traffic
from suture.systems.adapter import Adapter

CLAIM_MAX = 32
"""Deliveries on the wire at once; bounds sockets and memory."""
WISH_S_MAX = 300.0
"""Longest pause a destination may ask for."""

ANSWER_BYTES_MAX = 64 * 1024
"""What is kept of an answer; the rest of a longer one is cut off."""

FLOW_KIND = "flow"
"""What a declared flow sends: the receiver knows a repetition by the message's own number."""

Execute = Callable[[str, str, bytes, str], Awaitable[Outcome]]
"""(destination, kind, content, control id) -> outcome; connectivity executes the adapter."""


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Carries the deliveries of one zone."""

    journal: Journal
    sealer: Sealer
    clock: Clock
    adapters: Mapping[str, Adapter]
    """Destination -> adapter."""
    execute: Execute
    traffic: Traffic = field(default_factory=Traffic)
    """How much may be under way to each destination."""

    async def recover(self) -> int:
        """Give deliveries that a dead process left on the wire the outcome uncertain.

        What waits for a later try is tried at once: the clock it waits by may have been set back.
        """
        return await self.journal.submit(self._recover)

    def _recover(self, tx: Tx) -> int:
        found = self._settle_interrupted(tx)
        tx.hasten(self.clock.wall())
        return found

    def _settle_interrupted(self, tx: Tx) -> int:
        found = tx.interrupted()
        for delivery in found:
            self.settle(tx, delivery, Uncertain("delivery.interrupted", "the hub stopped"))
        return len(found)

    async def recover_lost(self) -> int:
        """Give what fenced processes left on the wire its outcome; for one of several, often."""
        return await self.journal.submit(self._settle_interrupted)

    def doubt_waiting(self, tx: Tx) -> int:
        """Treat what waits as if it may have been sent: the record is older than the world.

        For a store that was restored. What is harmless to repeat goes on waiting.
        """
        after, doubted = 0, 0
        while page := tx.deliveries_in(DeliveryState.WAITING, PAGE_MAX, after):
            after = page[-1].seq
            for delivery in page:
                if not is_repeatable(delivery):
                    self.settle(tx, delivery, Uncertain("delivery.restored", "an older record"))
                    doubted += 1
        return doubted

    async def deliver_some(self) -> int:
        """Claim what is due, hand it over concurrently, record outcomes; return how many."""
        claimed = await self.claim(CLAIM_MAX)
        if claimed:
            await asyncio.gather(*(self.carry(d) for d in claimed))
        return len(claimed)

    async def claim(self, limit: int, among: Sequence[str] | None = None) -> list[Delivery]:
        """Claim up to `limit` lane heads and encode them, in one transaction.

        `among` names the destinations to look at, all when left out. Each gives no more than its
        traffic allows, so that one that does not answer leaves room for the others.
        """
        now_s, wall = self.clock.monotonic(), self.clock.wall()
        if self.traffic.was_set_back(wall.timestamp(), now_s):
            await self.journal.submit(lambda tx: tx.hasten(wall))
        rooms = [
            (name, room)
            for name in (self.adapters if among is None else among)
            if (room := self.traffic.room(name, now_s))
        ]
        if not rooms:
            return []
        claimed = await self.journal.submit(lambda tx: self._claim(tx, limit, rooms))
        for delivery in claimed:
            self.traffic.started(delivery.destination, now_s)
        return claimed

    def _claim(self, tx: Tx, limit: int, rooms: Sequence[tuple[str, int]]) -> list[Delivery]:
        wall = self.clock.wall()
        ready: list[Delivery] = []
        heads: list[Delivery] = []
        for name, room in rooms:
            if len(heads) < limit:
                heads += tx.claim(wall, min(room, limit - len(heads)), (name,))
        for delivery in heads:
            if delivery.content:
                ready.append(delivery)
                continue
            try:
                encoded = self.adapters[delivery.destination].encode(
                    delivery.kind, delivery.payload, tx.next_number, self.clock.now()
                )
            except RefusalError as refusal:
                self.settle(tx, delivery, Misconfigured(refusal.code, refusal.text))
                continue
            aad = place(self.journal.zone, "delivery", delivery.id)
            sealed, key_id = self.sealer.seal(encoded.content, aad=aad)
            tx.set_delivery_content(delivery.seq, sealed, key_id, encoded.control_id)
            stored = tx.delivery(delivery.seq)
            assert stored is not None, "just claimed"
            ready.append(stored)
        return ready

    async def carry(self, delivery: Delivery) -> None:
        """Hand one claimed delivery over and record what became of it."""
        if not self.journal.is_current:
            await self.carry_by(delivery, not_current())
            return
        aad = place(self.journal.zone, "delivery", delivery.id)
        content = self.sealer.open(delivery.content, delivery.content_key_id, aad=aad)
        await self.carry_by(
            delivery,
            self.execute(delivery.destination, delivery.kind, content, delivery.control_id),
        )

    async def carry_by(self, delivery: Delivery, way: Awaitable[Outcome]) -> DeliveryState:
        """Wait for what becomes of a claimed delivery and record it; return its state."""
        outcome: Outcome = Uncertain("delivery.interrupted", "the try ended without an outcome")
        try:
            outcome = await way
        finally:
            self.over(delivery, outcome)
        state = await self.journal.submit(lambda tx: self.settle(tx, delivery, outcome))
        self._count(delivery, outcome, state)
        return state

    def _count(self, delivery: Delivery, outcome: Outcome, state: DeliveryState) -> None:
        age_s = None
        if state is DeliveryState.DELIVERED:
            age_s = (self.clock.now() - delivery.created_at).total_seconds()
        code = outcome_code(outcome) or type(outcome).__name__.lower()
        self.traffic.pulse.sent(delivery.destination, code, age_s)
        if state is not DeliveryState.WAITING:
            self.traffic.pulse.note(self.journal.zone, delivery.exchange, age_s)

    def over(self, delivery: Delivery, outcome: Outcome) -> None:
        """Count a try as over, so that the next one may start."""
        now_s = self.clock.monotonic()
        was_reached = not isinstance(outcome, (Unavailable, Uncertain))
        self.traffic.ended(delivery.destination, now_s, was_reached=was_reached)

    def settle(self, tx: Tx, delivery: Delivery, outcome: Outcome) -> DeliveryState:
        """Record an outcome: retry, or tell the instance (and, given up, a person)."""
        now, wall = self.clock.now(), self.clock.wall()
        state, next_at, facts = self._verdict(tx, delivery, outcome)
        tx.settle_delivery(
            delivery.seq,
            state,
            at=now,
            wall=wall,
            outcome=type(outcome).__name__.lower(),
            code=outcome_code(outcome),
            facts=codec.encode(facts),
            next_at_wall=wall + next_at if next_at is not None else None,
            answer=self._kept_answer(delivery, outcome),
        )
        if state is DeliveryState.WAITING:
            return state
        for event_type, machine, key, payload in outcome_events(delivery, outcome, state):
            tx.append(
                NewEvent(
                    id=f"outcome/{delivery.id}/{delivery.attempts}/{event_type}/{machine}/{key}",
                    type=event_type,
                    machine=machine,
                    key=key,
                    time=now,
                    payload=codec.encode(payload),
                    exchange=delivery.exchange,
                    causation=delivery.causation,
                ),
                now,
            )
        is_dead_letter = state is DeliveryState.REFUSED and delivery.kind == FLOW_KIND
        if state is DeliveryState.DEAD or is_dead_letter:
            self._tell_person(tx, delivery, outcome)
        return state

    def _kept_answer(self, delivery: Delivery, outcome: Outcome) -> Answer:
        """Return what the destination answered as it is kept: its beginning, sealed."""
        told = outcome.response if isinstance(outcome, (Accepted, Refused)) else b""
        if not told:
            return NO_ANSWER
        aad = answer_place(self.journal.zone, delivery.id, delivery.attempts)
        sealed, key_id = self.sealer.seal(told[:ANSWER_BYTES_MAX], aad=aad)
        return Answer(sealed, key_id, len(told))

    def _verdict(
        self, tx: Tx, delivery: Delivery, outcome: Outcome
    ) -> tuple[DeliveryState, timedelta | None, dict[str, Any]]:
        match outcome:
            case Accepted(facts=facts):
                return DeliveryState.DELIVERED, None, dict(facts)
            case Refused():
                return DeliveryState.REFUSED, None, {}
            case Uncertain():
                if is_repeatable(delivery):
                    return self._again(tx, delivery, 0.0)
                return DeliveryState.UNCERTAIN, None, {}
            case Unavailable(retry_after_s=wish):
                return self._again(tx, delivery, min(wish or 0.0, WISH_S_MAX))
            case Misconfigured():
                return DeliveryState.DEAD, None, {}

    def _again(
        self, tx: Tx, delivery: Delivery, wish_s: float
    ) -> tuple[DeliveryState, timedelta | None, dict[str, Any]]:
        """Return a later try, or the end of trying."""
        treatment = self.traffic.treatment(delivery.destination)
        tries = tx.attempts_of(delivery.seq)
        began: datetime = tries[0].started_wall if tries else self.clock.wall()
        if (self.clock.wall() - began).total_seconds() >= treatment.give_up_after_s:
            return DeliveryState.DEAD, None, {}
        seconds = max(wish_s, treatment.backoff_s(delivery.id, delivery.attempts))
        return DeliveryState.WAITING, timedelta(seconds=seconds), {}

    def _tell_person(self, tx: Tx, delivery: Delivery, outcome: Outcome) -> None:
        raise_exception(
            tx,
            ExceptionRaised(
                family="TRANSPORT",
                code="delivery.dead",
                summary=f"{delivery.kind} to {delivery.destination} was given up: "
                f"{outcome_code(outcome)}",
                dedupe=f"delivery.dead|{delivery.destination}|{outcome_code(outcome)}",
                machine=delivery.machine,
                key=delivery.key,
                severity="urgent",
                suggestion="Mend the endpoint, then: suture redeliver "
                f"{delivery.destination} (the bytes are kept).",
            ),
            causation=delivery.causation,
            now=self.clock.now(),
            origin=f"delivery/{delivery.id}/{delivery.attempts}",
        )


def answer_place(zone: str, delivery_id: str, number: int) -> bytes:
    """Return what the answer to a try is sealed to."""
    return place(zone, "answer", f"{delivery_id}/{number}")


async def not_current() -> Outcome:
    """Return the outcome of what is not sent because another process may have it by now."""
    return Unavailable("store.superseded", "this process was silent too long to send it")


def is_repeatable(delivery: Delivery) -> bool:
    """Return whether repeating the same bytes is harmless: queries and acknowledgements."""
    return delivery.kind.endswith((".find", ".lookup")) or delivery.kind in (
        "functional_ack.send",
        FLOW_KIND,
    )
