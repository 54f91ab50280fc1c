"""Takes the messages of one flow: kept, performed, queued, then acknowledged as the flow says.

In: content of one message and its peer. Out: what was kept; for MLLP the acknowledgement. Refuses
to know: listeners, outlets. The received bytes and the deliveries commit together; a message that a
step refuses is refused at the door with its code, unless the flow answers before performing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from suture.assembly.flows.batching import waits_at
from suture.assembly.flows.counting import counted
from suture.assembly.flows.kept import Kept, keep_stages
from suture.core.ids import key_id
from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError, StoreFullError
from suture.formats.hl7v2 import AckCode, Header, accept_mode, ack, header
from suture.governance.seal import place
from suture.intelligence.search import META
from suture.journal.contract import Tx
from suture.journal.record import (
    Admission,
    Admitted,
    Arrival,
    ArrivalState,
    Delivery,
    DeliveryState,
    NewArrival,
    NewDelivery,
    Replayed,
)
from suture.orchestration.flows.perform import PERFORM, Flow, Performed, lane_of, perform
from suture.orchestration.flows.steps import Setting
from suture.orchestration.flows.subject import Identity, Subject, identity
from suture.orchestration.path.deliver import FLOW_KIND
from suture.orchestration.path.receive import Door, nack, owes_answer

PRIORITY_STAT, PRIORITY_ROUTINE = 0, 5

Pending = dict[str, asyncio.Future[DeliveryState]]
"""Delivery id -> who waits for its end."""
Answer = Callable[[str], tuple[bytes, str]]
"""Exchange -> the good answer and its code, kept with the arrival."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was kept of one message."""

    exchange: str
    admission: Admission
    ack: bytes = field(repr=False)
    """The good answer: the earlier one for a repetition."""


def no_answer(exchange: str) -> tuple[bytes, str]:
    """Return the answer of a source that has nobody to answer."""
    return b"", ""


@dataclass
class FlowDoor:
    """The door of one flow; `flow` is exchanged while it is open."""

    flow: Flow
    door: Door
    kept: Kept
    wake: Callable[[str], None]
    """Tells that a destination has work."""
    pending: Pending = field(default_factory=dict)
    look_s: float = 1.0
    """How often who waits for a delivery looks whether another process has ended it."""

    @property
    def name(self) -> str:
        """The endpoint's name: the flow's."""
        return self.flow.name

    # ---- taking

    @counted
    async def take(
        self,
        peer: str,
        content: bytes,
        answer: Answer = no_answer,
        known: Identity | None = None,
        also: Callable[[Tx], None] | None = None,
    ) -> Taken:
        """Keep one message and what the flow makes of it.

        `also` keeps what belongs to a new message in the same transaction.
        Raises RefusalError for what the flow cannot take, StoreFullError.
        """
        flow = self.flow
        known = known or identity(flow.declared.format, content)
        exchange = self.door.new_exchange()
        made: Performed | None = None
        if flow.declared.ack != "on_stored":
            made = await self._perform(flow, content)
        arrival = self._arrival(exchange, peer, content, known, answer, made)
        if made is None:
            lane = lane_of(flow, Subject(flow.declared.format, content))
            deliveries = [self._performing(arrival, lane, "first")]
        else:
            deliveries = self.deliveries(flow, exchange, known.control_id, made)
        entries = self.kept.entries(flow, content)
        stages = self.kept.stages(exchange, made)
        wall = self.door.clock.wall()

        def unit(tx: Tx) -> Admission:
            admission = tx.admit(arrival)
            if isinstance(admission, Admitted):
                if also is not None:
                    also(tx)
                keep_stages(tx, stages)
                for entry in entries:
                    tx.add_alias(META, entry, "", exchange)
                for delivery in deliveries:
                    tx.enqueue(delivery, wall)
            return admission

        self.kept.note(exchange, content)
        admission = await self.door.journal.submit(unit)
        for delivery in deliveries:
            self.wake(delivery.destination)
        earlier = admission.ack if isinstance(admission, Replayed) else arrival.ack
        return Taken(exchange, admission, earlier)

    async def _perform(self, flow: Flow, content: bytes) -> Performed:
        keeps = flow.declared.keep == "stages"
        return perform(flow, content, await self._setting(flow), with_stages=keeps)

    async def _setting(self, flow: Flow) -> Setting:
        number = 1
        if flow.is_numbered:
            number = await self.door.journal.submit(lambda tx: tx.next_number(f"flow/{flow.name}"))
        return Setting(self.door.clock.now(), number)

    def _arrival(
        self,
        exchange: str,
        peer: str,
        content: bytes,
        known: Identity,
        answer: Answer,
        made: Performed | None,
    ) -> NewArrival:
        sealed, key = self.door.seal_arrival(exchange, content)
        good, code = answer(exchange)
        state = ArrivalState.RECEIVED
        if made is not None:
            state = ArrivalState.FILTERED if made.is_filtered else ArrivalState.TRANSLATED
        return NewArrival(
            exchange=exchange,
            endpoint=self.name,
            peer=peer,
            format=self.flow.declared.format,
            transport_key=known.transport_key,
            control_id=known.control_id,
            digest=hashlib.sha256(content).digest(),
            size_bytes=len(content),
            content=sealed,
            key_id=key,
            ack=good,
            ack_code=code,
            received_at=self.door.clock.now(),
            state=state,
            code=filtered_code(made),
        )

    def deliveries(
        self, flow: Flow, exchange: str, control_id: str, made: Performed, origin: str = ""
    ) -> list[NewDelivery]:
        """Return what goes to each destination; `origin` names a performing after the first."""
        found = []
        lane = self._lane(made.lane or control_id) if made.lane else exchange
        routes = {route.name: route for route in flow.declared.destination}
        for sent in made.sent:
            key = f"flow/{exchange}/{sent.destination}{origin}"
            name = key_id("flow", key)
            sealed, seal_key, payload = self.kept.sealed(name, made.received, sent.content)
            found.append(
                NewDelivery(
                    id=name,
                    idempotency_key=key,
                    kind=FLOW_KIND,
                    destination=waits_at(flow.name, routes[sent.destination]),
                    lane=name if routes[sent.destination].batch else lane,
                    machine="",
                    key="",
                    payload=payload,
                    created_at=self.door.clock.now(),
                    exchange=exchange,
                    priority=PRIORITY_STAT if made.is_stat else PRIORITY_ROUTINE,
                    content=sealed,
                    content_key_id=seal_key,
                )
            )
        return found

    def _performing(self, arrival: NewArrival | Arrival, lane: str, origin: str) -> NewDelivery:
        key = f"flow/{arrival.exchange}/{PERFORM}/{origin}"
        name = key_id("flow", key)
        aad = place(self.door.journal.zone, "delivery", name)
        sealed, seal_key = self.door.sealer.seal(b"{}", aad=aad)
        return NewDelivery(
            id=name,
            idempotency_key=key,
            kind=FLOW_KIND,
            destination=f"{self.name}.{PERFORM}",
            lane=self._lane(lane) if lane else arrival.exchange,
            machine="",
            key="",
            payload=b"",
            created_at=self.door.clock.now(),
            exchange=arrival.exchange,
            content=sealed,
            content_key_id=seal_key,
        )

    def _lane(self, value: str) -> str:
        """Return the ordering key as a lane: blind, because it may be a patient's number."""
        return self.door.sealer.blind(value.encode())[:8].hex()

    # ---- performing later, and again

    def replay(self, tx: Tx, arrival: Arrival, content: bytes) -> bool:
        """Queue a kept message for the flow as it is now; False when it is queued already."""
        again = sum(
            each.destination == f"{self.name}.{PERFORM}"
            for each in tx.deliveries_of_exchange(arrival.exchange, 1000)
        )
        lane = lane_of(self.flow, Subject(self.flow.declared.format, content))
        delivery = self._performing(arrival, lane, f"again/{again}")
        return bool(tx.enqueue(delivery, self.door.clock.wall()))

    async def performed(self, delivery: Delivery) -> tuple[Performed, Flow, Arrival]:
        """Return what today's flow makes of the message a performing speaks of.

        Raises RefusalError: `flow.arrival-gone`, and the codes of `perform`.
        """
        flow = self.flow
        arrival = await asyncio.to_thread(self.kept.arrival, delivery.exchange)
        content = self.door.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
        return await self._perform(flow, content), flow, arrival

    # ---- MLLP

    @counted
    async def receive(self, peer: str, content: bytes, fault: str = "") -> bytes | None:
        """Take one frame and return the acknowledgement the flow owes, None when it owes none."""
        try:
            if fault:
                raise RefusalError(fault, "the frame is not acceptable")
            found = header(content)
            mode = accept_mode(found)
            good: AckCode = "CA" if mode.enhanced else "AA"

            def answer(exchange: str) -> tuple[bytes, str]:
                made = ack(found, code=good, control_id=_own_id(exchange), at=self.door.clock.now())
                return made, good

            known = Identity(found.control_id, found.transport_key)
            taken = await self.take(peer, content, answer, known)
        except StoreFullError as full:
            return self._later(header(content), full.code)
        except RefusalError as refusal:
            return await nack(self.door, self.name, peer, content, refusal)
        if self.flow.declared.ack == "on_delivered":
            code = await self.delivered(taken)
            if code:
                return self._later(found, code)
        return taken.ack if owes_answer(mode, True) else None

    def _later(self, found: Header, code: str) -> bytes | None:
        """Return the answer that asks for a repetition: AE or CE."""
        mode = accept_mode(found)
        if not owes_answer(mode, False):
            return None
        bad: AckCode = "CE" if mode.enhanced else "AE"
        error = Problem(code, Severity.ERROR, "send it again later")
        own = _own_id(self.door.new_exchange())
        return ack(found, code=bad, control_id=own, at=self.door.clock.now(), error=error)

    async def delivered(self, taken: Taken) -> str:
        """Wait until every destination has it; return why not, empty when all have it."""
        exchange = taken.exchange
        if isinstance(taken.admission, Replayed):
            exchange = await asyncio.to_thread(self._exchange_of, taken.admission.seq)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.flow.declared.ack_timeout_s
        while True:
            waiting: dict[str, asyncio.Future[DeliveryState]] = {}
            for delivery in await asyncio.to_thread(self._queued, exchange):
                match delivery.state:
                    case DeliveryState.WAITING | DeliveryState.SENDING:
                        ended = self.pending.setdefault(delivery.id, loop.create_future())
                        waiting[delivery.id] = ended
                    case DeliveryState.REFUSED | DeliveryState.DEAD:
                        return delivery.code or "flow.not-delivered"
            if not waiting:
                return ""
            left = min(deadline - loop.time(), self.look_s)
            if left <= 0:
                return "flow.delivery-pending"
            await asyncio.wait(waiting.values(), timeout=left)
            for name, ended in waiting.items():
                if self.pending.get(name) is ended and not ended.done():
                    del self.pending[name]  # another process may end it, and would not tell

    def _queued(self, exchange: str) -> list[Delivery]:
        with self.door.journal.read() as reader:
            return reader.deliveries_of_exchange(exchange, 1000)

    def _exchange_of(self, seq: int) -> str:
        with self.door.journal.read() as reader:
            arrival = reader.arrival(seq)
        return arrival.exchange if arrival is not None else ""


def filtered_code(made: Performed | None) -> str:
    """Return why nothing goes anywhere, empty when something does."""
    if made is None:
        return ""
    if made.is_filtered:
        return "flow.filtered"
    return "" if made.sent else "flow.no-destination"


def _own_id(exchange: str) -> str:
    return exchange.replace("-", "")[-20:].upper()
