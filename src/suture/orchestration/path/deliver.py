"""DELIVER: claim a lane's head, encode it, hand it over, record what became of it.

In: waiting deliveries, adapters. Out: outcomes as events of the instance that asked. Refuses to
know: sockets: `execute` is given. Encoding happens inside the claiming transaction, so the bytes
and control number of a first try are those of every later one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
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
from suture.journal.contract import Journal, Tx
from suture.journal.record import Delivery, DeliveryState, NewEvent
from suture.orchestration.effects import raise_exception
from suture.orchestration.path.outcome import outcome_events
from suture.systems.adapter import Adapter

CLAIM_MAX = 32
"""Deliveries on the wire at once; bounds sockets and memory."""
ATTEMPTS_MAX = 60
"""Tries of something provably not accepted; with the back-off below about an hour."""
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Real seconds before the next try; the last one repeats."""

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

    async def recover(self) -> int:
        """Give deliveries that a dead process left on the wire the outcome uncertain."""
        return await self.journal.submit(self._recover)

    def _recover(self, tx: Tx) -> int:
        found = tx.interrupted()
        for delivery in found:
            self.settle(tx, delivery, Uncertain("delivery.interrupted", "the hub stopped"))
        return len(found)

    async def deliver_some(self) -> int:
        """Claim what is due, hand it over concurrently, record outcomes; return how many."""
        claimed = await self.claim(CLAIM_MAX)
        if claimed:
            await asyncio.gather(*(self.carry(d) for d in claimed))
        return len(claimed)

    async def claim(self, limit: int) -> list[Delivery]:
        """Claim up to `limit` lane heads and encode them, in one transaction."""
        return await self.journal.submit(lambda tx: self._claim(tx, limit))

    def _claim(self, tx: Tx, limit: int) -> list[Delivery]:
        wall = self.clock.wall()
        ready: list[Delivery] = []
        for delivery in tx.claim(wall, limit, tuple(self.adapters)):
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
        aad = place(self.journal.zone, "delivery", delivery.id)
        content = self.sealer.open(delivery.content, delivery.content_key_id, aad=aad)
        outcome = await self.execute(
            delivery.destination, delivery.kind, content, delivery.control_id
        )
        await self.journal.submit(lambda tx: self.settle(tx, delivery, outcome))

    def settle(self, tx: Tx, delivery: Delivery, outcome: Outcome) -> None:
        """Record an outcome: retry, or tell the instance (and, given up, a person)."""
        now, wall = self.clock.now(), self.clock.wall()
        state, next_at, facts = self._verdict(delivery, outcome)
        tx.settle_delivery(
            delivery.seq,
            state,
            at=now,
            wall=wall,
            outcome=type(outcome).__name__.lower(),
            code=outcome_code(outcome),
            facts=codec.encode(facts),
            next_at_wall=wall + next_at if next_at is not None else None,
        )
        if state is DeliveryState.WAITING:
            return
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
        if state is DeliveryState.DEAD:
            self._tell_person(tx, delivery, outcome)

    def _verdict(
        self, delivery: Delivery, outcome: Outcome
    ) -> tuple[DeliveryState, timedelta | None, dict[str, Any]]:
        match outcome:
            case Accepted(facts=facts):
                return DeliveryState.DELIVERED, None, dict(facts)
            case Refused():
                return DeliveryState.REFUSED, None, {}
            case Uncertain():
                if is_repeatable(delivery):
                    return DeliveryState.WAITING, timedelta(seconds=backoff(delivery)), {}
                return DeliveryState.UNCERTAIN, None, {}
            case Unavailable(retry_after_s=wish):
                if delivery.attempts >= ATTEMPTS_MAX:
                    return DeliveryState.DEAD, None, {}
                seconds = max(wish or 0.0, backoff(delivery))
                return DeliveryState.WAITING, timedelta(seconds=min(seconds, 300.0)), {}
            case Misconfigured():
                return DeliveryState.DEAD, None, {}

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
        )


def is_repeatable(delivery: Delivery) -> bool:
    """Return whether repeating the same bytes is harmless: queries and acknowledgements."""
    return delivery.kind.endswith((".find", ".lookup")) or delivery.kind in (
        "functional_ack.send",
        "relay",
    )


def backoff(delivery: Delivery) -> float:
    """Return real seconds before the next try."""
    return BACKOFF_S[min(delivery.attempts, len(BACKOFF_S)) - 1 if delivery.attempts else 0]
