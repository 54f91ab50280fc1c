"""A plain HL7 v2 interface in the clinical zone: MLLP in, steps, MLLP out, without DECIDE.

In: frames of one endpoint. Out: transformed messages to one destination, in order per patient.
Refuses to know: operations; nothing of a relay leaves the clinical zone. The received bytes and the
delivery commit together, then the sender is acknowledged; a step that fails keeps the message and
refuses it with a code.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field

from suture.assembly.core import HubCore
from suture.assembly.settings import HubSettings, RelayTable
from suture.connectivity.transports.mllp import MllpSender
from suture.connectivity.transports.result import NotSent, Unanswered
from suture.core.ids import key_id
from suture.core.outcome import Accepted, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError
from suture.formats.hl7v2 import (
    AcceptMode,
    AckCode,
    Header,
    Message,
    accept_mode,
    ack,
    header,
    parse,
)
from suture.governance.seal import place
from suture.journal.contract import Journal, Tx
from suture.journal.record import Admitted, NewArrival, NewDelivery, Replayed
from suture.orchestration.path.deliver import Deliverer
from suture.orchestration.path.receive import Door, nack, owes_answer
from suture.systems.adapter import Encoded, Exchange, NextNumber, WireRequest

Step = Callable[[Message], Message]

SENDERS = 16
"""Connections to one destination; more do not help a stop-and-wait peer on one machine."""
SEND_TIMEOUT_S = 10.0


class RelayAdapter:
    """Content of a relay is known when it is queued; nothing is encoded later."""

    def encode(self, kind: str, payload: bytes, number: NextNumber, at: object) -> Encoded:
        """Return the payload as it is."""
        return Encoded(payload, "")

    def exchange(self, kind: str, content: bytes, control_id: str) -> Exchange:
        """Not used: a relay speaks MLLP, not requests."""
        yield WireRequest("POST", "")
        raise MisconfiguredError("relay.no-exchange", "a relay is executed over MLLP")


@dataclass
class RelayLane:
    """One relay: its door, steps and lanes."""

    settings: RelayTable
    door: Door
    steps: tuple[Step, ...]
    senders: list[MllpSender]
    deliverer: Deliverer = field(init=False)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _free: asyncio.Queue[MllpSender] = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Queue()
        for sender in self.senders:
            self._free.put_nowait(sender)
        self.deliverer = Deliverer(
            self.door.journal,
            self.door.sealer,
            self.door.clock,
            {self.name: RelayAdapter()},
            self.execute,
        )

    @property
    def name(self) -> str:
        """The endpoint and destination name."""
        return self.settings.endpoint

    async def receive(
        self, endpoint: str, peer: str, content: bytes, fault: str = ""
    ) -> bytes | None:
        """Store, transform, queue and acknowledge one message."""
        try:
            if fault:
                raise RefusalError(fault, "the frame is not acceptable")
            found = header(content)
            made = self._transform(content)
        except RefusalError as refusal:
            return await nack(self.door, endpoint, peer, content, refusal)
        mode = accept_mode(found)
        answer, arrival = self._arrival(endpoint, peer, content, found, mode)
        delivery = self._delivery(arrival, made)
        wall = self.door.clock.wall()

        def unit(tx: Tx) -> bytes:
            admission = tx.admit(arrival)
            match admission:
                case Admitted():
                    tx.enqueue(delivery, wall)
                case Replayed(_, earlier):
                    return earlier
            return answer

        try:
            answered = await self.door.journal.submit(unit)
        except (StoreFullError, RefusalError) as error:
            later = RefusalError(error.code, "send again later")
            return await nack(self.door, endpoint, peer, content, later)
        return answered if owes_answer(mode, True) else None

    def _arrival(
        self, endpoint: str, peer: str, content: bytes, found: Header, mode: AcceptMode
    ) -> tuple[bytes, NewArrival]:
        """Return the positive answer and the row to be stored."""
        good: AckCode = "CA" if mode.enhanced else "AA"
        exchange = self.door.new_exchange()
        own_id = exchange.replace("-", "")[-20:].upper()
        answer = ack(found, code=good, control_id=own_id, at=self.door.clock.now())
        sealed, key = self.door.seal_arrival(exchange, content)
        arrival = NewArrival(
            exchange=exchange,
            endpoint=endpoint,
            peer=peer,
            format="hl7v2",
            transport_key=found.transport_key,
            control_id=found.control_id,
            digest=hashlib.sha256(content).digest(),
            size_bytes=len(content),
            content=sealed,
            key_id=key,
            ack=answer,
            ack_code=good,
            received_at=self.door.clock.now(),
        )
        return answer, arrival

    def _transform(self, content: bytes) -> Message:
        message, _ = parse(content)
        for step in self.steps:
            try:
                message = step(message)
            except (ValueError, LookupError, TypeError) as error:
                raise RefusalError("relay.step-failed", type(error).__name__) from None
        return message

    def _delivery(self, arrival: NewArrival, made: Message) -> NewDelivery:
        name = key_id("relay", arrival.exchange)
        aad = place(self.door.journal.zone, "delivery", name)
        sealed, key = self.door.sealer.seal(bytes(made), aad=aad)
        patient = made.get("PID-3.1") or arrival.control_id
        return NewDelivery(
            id=name,
            idempotency_key=f"relay/{arrival.exchange}",
            kind="relay",
            destination=self.name,
            lane=self.door.sealer.blind(patient.encode())[:8].hex(),
            machine="",
            key="",
            payload=b"",
            created_at=arrival.received_at,
            exchange=arrival.exchange,
            content=sealed,
            content_key_id=key,
        )

    async def execute(
        self, destination: str, kind: str, content: bytes, control_id: str
    ) -> Outcome:
        """Send over a free connection and read the acknowledgement."""
        sender = await self._free.get()
        try:
            result = await sender.send(content, SEND_TIMEOUT_S)
        finally:
            self._free.put_nowait(sender)
        match result:
            case NotSent(code=code):
                return Unavailable(code)
            case Unanswered(code=code):
                return Uncertain(code)
        return read_ack(result.content)

    async def close(self) -> None:
        """Close every connection."""
        for sender in self.senders:
            await sender.close()


def read_ack(content: bytes) -> Outcome:
    """Return the outcome an acknowledgement's MSA-1 means (HL7 table 0008)."""
    message, _ = parse(content)
    code = message.get("MSA-1")
    if code in ("AA", "CA"):
        return Accepted({"ack": code})
    if code in ("AE", "CE"):
        return Refused("hl7v2.ack-error")
    if code in ("AR", "CR"):
        return Refused("hl7v2.ack-reject")
    return Uncertain("hl7v2.ack-unreadable")


def load_step(name: str) -> Step:
    """Return the function `module:function`; raises MisconfiguredError `relay.step-unknown`."""
    module, _, function = name.partition(":")
    try:
        found: Step = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError):
        raise MisconfiguredError("relay.step-unknown", f"no such step: {name}") from None
    return found


def build_relays(settings: HubSettings, core: HubCore, clinical: Journal) -> list[RelayLane]:
    """Return the relays of the settings."""
    return [
        RelayLane(
            settings=table,
            door=Door(clinical, core.clinical.sealer, core.clock, core.clinical.entropy),
            steps=tuple(load_step(name) for name in table.steps),
            senders=[MllpSender(table.to_host, table.to_port) for _ in range(SENDERS)],
        )
        for table in settings.relay
    ]
