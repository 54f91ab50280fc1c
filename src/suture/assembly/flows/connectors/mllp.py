"""MLLP for flows: a listener whose frames go to the door, a pool of connections to a listener.

In: declared ends. Out: an open source, outcomes. Refuses to know: flows' steps, lanes. Repeating is
harmless: an HL7 receiver knows the control id.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from suture.assembly.flows.connectors.tls_files import listener_tls, sender_tls
from suture.assembly.flows.door import FlowDoor
from suture.connectivity.transports.mllp import (
    Inbound,
    MllpListener,
    MllpListenerSettings,
    MllpSender,
)
from suture.connectivity.transports.result import NotSent, Unanswered
from suture.core.outcome import Accepted, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import answered, header
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.mllp import MllpDestination, MllpSource

DRAIN_S = 2.0
"""How long a listener that closes answers what it took."""


class MllpOpen:
    """A listener whose frames go to a flow's door."""

    def __init__(self, listener: MllpListener, address: tuple[str, int]) -> None:
        self._listener = listener
        self.address: tuple[str, int] | None = address

    async def close(self) -> None:
        """Close, answering for a while."""
        await self._listener.close(DRAIN_S)


async def open_mllp(
    declared: MllpSource, door: FlowDoor, base: Path, *, is_shared: bool = False
) -> MllpOpen:
    """Listen for a flow; raises MisconfiguredError of the listener."""

    async def take(inbound: Inbound) -> bytes | None:
        return await door.receive(inbound.peer, inbound.content, inbound.fault or "")

    settings = MllpListenerSettings(
        endpoint=door.name,
        host=declared.host,
        port=declared.port,
        frame_bytes_max=declared.frame_bytes_max,
        connections_max=declared.connections_max,
        idle_timeout_s=declared.idle_timeout_s,
        tls=listener_tls(declared.tls, base),
        is_shared=is_shared,
    )
    listener = MllpListener(settings, take)
    return MllpOpen(listener, await listener.start())


@dataclass
class MllpOutlet:
    """A pool of connections to one MLLP listener."""

    declared: MllpDestination
    base: Path
    senders: list[MllpSender] = field(init=False)
    _free: asyncio.Queue[MllpSender] = field(init=False)

    def __post_init__(self) -> None:
        one = self.declared
        tls = sender_tls(one.tls, self.base)
        self.senders = [MllpSender(one.host, one.port, tls=tls) for _ in range(one.connections)]
        self._free = asyncio.Queue()
        for sender in self.senders:
            self._free.put_nowait(sender)

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Send over a free connection and read the acknowledgement."""
        sender = await self._free.get()
        try:
            result = await sender.send(content, self.declared.timeout_s)
        except RefusalError as refusal:
            return Refused(refusal.code, refusal.text)
        finally:
            self._free.put_nowait(sender)
        match result:
            case NotSent(code=code):
                return Unavailable(code)
            case Unanswered(code=code):
                return Uncertain(code)
        outcome = read_ack(result.content, header(content).control_id)
        if isinstance(outcome, Uncertain):
            await sender.drop()
        return outcome

    async def close(self) -> None:
        """Close every connection once it is free, or after the time-out of a message."""
        try:
            async with asyncio.timeout(self.declared.timeout_s):
                for _ in self.senders:
                    await self._free.get()
        except TimeoutError:
            pass
        for sender in self.senders:
            await sender.close()


def read_ack(content: bytes, control_id: str) -> Outcome:
    """Return the outcome an acknowledgement's MSA means (HL7 tables 0008 and 0357).

    One that names another message is no answer to ours.
    """
    try:
        code, named = answered(content)
    except RefusalError:
        return Uncertain("hl7v2.ack-unreadable")
    if named and named != control_id:
        return Uncertain("hl7v2.ack-other")
    match code:
        case "AA" | "CA":
            return Accepted({"ack": code}, content)
        case "AE" | "CE":
            return Refused("hl7v2.ack-error", response=content)
        case "AR" | "CR":
            return Refused("hl7v2.ack-reject", response=content)
    return Uncertain("hl7v2.ack-unreadable")
