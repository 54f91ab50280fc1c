"""Forms batches: what waits for a destination becomes one delivery when its time has come.

In: the deliveries that wait to be gathered, declared batches, the business clock. Out: one delivery
for each batch, in the same transaction in which its members end. Refuses to know: how it is sent:
from then on a batch is a delivery as any other, with the bytes and number it was formed with, so a
process that is killed has formed it or has not, and what is repeated is the same.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from suture.assembly.flows.kept import Kept
from suture.core.ids import key_id
from suture.core.outcome import Misconfigured, Outcome, Refused
from suture.core.refusal import RefusalError
from suture.governance.seal import SealError, place
from suture.journal.contract import Journal, JournalUnreachableError, Tx
from suture.journal.record import Delivery, DeliveryState, NewDelivery
from suture.orchestration.flows.gathering import Gathered, gathered
from suture.orchestration.flows.perform import Flow
from suture.orchestration.flows.table import Batch, DestinationTable
from suture.orchestration.flows.windows import due_at
from suture.orchestration.path.deliver import FLOW_KIND, Deliverer
from suture.orchestration.path.receive import Door

log = structlog.get_logger("suture.flow")

GATHER = "gather"
"""Behind a destination's name: where its messages wait for their batch."""
LANE = "batch"
"""The one lane of formed batches: they go in the order in which they were formed."""
ALONE = Batch(envelope="none", max_messages=1, every_s=1)
"""What gathered for a destination that no longer has batches goes message by message."""
LOOK_S = 0.5
"""How late a batch may be."""


def waits_at(flow: str, destination: DestinationTable) -> str:
    """Return where a message for a destination waits first."""
    where = f"{flow}.{destination.name}"
    return f"{where}.{GATHER}" if destination.batch is not None else where


class Batcher:
    """Looks at the destinations of a hub's flows, and forms what is due."""

    def __init__(self, door: Door, kept: Kept, deliverer: Deliverer) -> None:
        self._door = door
        self._kept = kept
        self._deliverer = deliverer

    async def run(
        self,
        stop: asyncio.Event,
        flows: Callable[[], Iterable[Flow]],
        wake: Callable[[str], None],
    ) -> None:
        """Look every half second until the hub stops; `wake` tells who has work."""
        while not stop.is_set():
            try:
                for where in await self.look(list(flows())):
                    wake(where)
            except (OSError, RuntimeError, RefusalError, JournalUnreachableError) as error:
                log.error("flow.batch-failed", error=type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_S)
            except TimeoutError:
                pass

    async def look(self, flows: Iterable[Flow]) -> list[str]:
        """Form every batch that is due; return the destinations that have work now."""
        declared = {
            f"{flow.name}.{route.name}": route.batch or ALONE
            for flow in flows
            for route in flow.declared.destination
        }
        waiting = await asyncio.to_thread(_waiting, self._door.journal)
        formed = []
        for where, batch in declared.items():
            unit = functools.partial(self._form, where=where, batch=batch)
            count = waiting.get(f"{where}.{GATHER}", 0)
            while count > 0 and (done := await self._door.journal.submit(unit)):
                formed.append(where)
                count -= done
        return formed

    def _form(self, tx: Tx, where: str, batch: Batch) -> int:
        """Form the batches of one share of what waits, if it is due; return how many messages."""
        now, gather = self._door.clock.now(), f"{where}.{GATHER}"
        if not self._is_due(tx, gather, batch, now):
            return 0
        members = tx.claim(self._door.clock.wall(), batch.max_messages, (gather,))
        contents, good = [], []
        for member in members:
            try:
                contents.append(self._kept.content_in(tx, member))
                good.append(member)
            except (SealError, RefusalError) as error:
                self._leave(tx, member, Misconfigured(error.code, error.text))
        if not good:
            return len(members)
        counter = f"batch/{where}"
        batches, left = gathered(batch, contents, lambda: tx.next_number(counter), now)
        for each in left:
            self._leave(tx, good[each.member], Refused(each.code, each.text))
        for one in batches:
            self._queue(tx, where, one, [good[place] for place in one.members])
        return len(members)

    def _is_due(self, tx: Tx, gather: str, batch: Batch, now: datetime) -> bool:
        heads = tx.waiting_heads(gather)
        if not heads.lanes:
            return False
        first = tx.delivery(heads.oldest_seq)
        return (
            heads.lanes >= batch.max_messages
            or first is None
            or due_at(batch, first.created_at) <= now
        )

    def _queue(self, tx: Tx, where: str, one: Gathered, members: list[Delivery]) -> None:
        """Queue a batch under its first message, and end its members."""
        now, wall = self._door.clock.now(), self._door.clock.wall()
        number = tx.next_number(f"batches/{where}")
        key = f"batch/{where}/{number}"
        name = key_id("flow", key)
        aad = place(self._door.journal.zone, "delivery", name)
        content, seal_key = self._door.sealer.seal(one.content, aad=aad)
        told = {"batch": key, "members": [member.exchange for member in members]}
        tx.enqueue(
            NewDelivery(
                id=name,
                idempotency_key=key,
                kind=FLOW_KIND,
                destination=where,
                lane=LANE,
                machine="",
                key="",
                payload=json.dumps(told).encode(),
                created_at=now,
                exchange=members[0].exchange,
                content=content,
                content_key_id=seal_key,
            ),
            wall,
        )
        facts = json.dumps({"batch": key}).encode()
        for member in members:
            tx.settle_delivery(
                member.seq,
                DeliveryState.DELIVERED,
                at=now,
                wall=wall,
                outcome="accepted",
                code="flow.batched",
                facts=facts,
            )
        log.info("flow.batched", destination=where, batch=key, messages=len(members))

    def _leave(self, tx: Tx, member: Delivery, why: Outcome) -> None:
        """Give up a message that can be in no batch: a person decides."""
        self._deliverer.settle(tx, member, why)


def _waiting(journal: Journal) -> dict[str, int]:
    """Return how many wait where, of destinations that gather."""
    end = f".{GATHER}"
    with journal.read() as reader:
        counts = reader.count_deliveries()
    return {
        where: count
        for (where, state), count in counts.items()
        if state == DeliveryState.WAITING and where.endswith(end)
    }
