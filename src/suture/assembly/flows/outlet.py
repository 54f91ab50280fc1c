"""How a flow's destinations are reached, and what their answers mean.

In: a delivery's content. Out: an outcome. Refuses to know: lanes, retries. Repeating is harmless at
each of them: an HL7 receiver knows the control id, a file has one name, a flow knows the key.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from suture.connectivity.tls import TlsSettings
from suture.connectivity.transports.mllp import MllpSender
from suture.connectivity.transports.result import NotSent, Unanswered
from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import header, parse
from suture.journal.record import Delivery
from suture.orchestration.flows.declaration import (
    Destination,
    FilesDestination,
    FlowDestination,
    MllpDestination,
)

HandOver = Callable[[str, str, bytes], Awaitable[Outcome]]
"""(flow, peer, content) -> outcome."""


class Outlet(Protocol):
    """A way to one destination."""

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Hand one message over; never raises for what the destination does."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass
class MllpOutlet:
    """A pool of connections to one MLLP listener."""

    declared: MllpDestination
    base: Path
    senders: list[MllpSender] = field(init=False)
    _free: asyncio.Queue[MllpSender] = field(init=False)

    def __post_init__(self) -> None:
        one = self.declared
        tls = None
        if one.tls is not None:
            tls = TlsSettings(
                certificate=self.base / one.tls.certificate if one.tls.certificate else None,
                key=self.base / one.tls.key_file if one.tls.key_file else None,
                server_ca=self.base / one.tls.ca,
                server_name=one.tls.server_name,
            )
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
        message, _ = parse(content)
    except RefusalError:
        return Uncertain("hl7v2.ack-unreadable")
    code, named = message.get("MSA-1"), message.get("MSA-2")
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


@dataclass(frozen=True)
class FilesOutlet:
    """One file a message, written aside and then renamed."""

    declared: FilesDestination
    base: Path

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Write the file; its name is the message's, so a repetition writes the same one."""
        return await asyncio.to_thread(self._write, delivery, content)

    def _write(self, delivery: Delivery, content: bytes) -> Outcome:
        folder = self.base / self.declared.folder
        path = folder / f"{delivery.exchange}{self.declared.suffix}"
        part = folder / f".{path.name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except PermissionError:
            return Misconfigured("files.permission", "the folder cannot be written")
        except OSError:
            return Unavailable("files.write-failed")
        return Accepted({"file": path.name})

    async def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True)
class FlowOutlet:
    """Another flow of this hub."""

    declared: FlowDestination
    hand_over: HandOver
    name: str
    """Of the flow that sends."""

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Hand the message to the other flow, which keeps it before this returns."""
        return await self.hand_over(self.declared.flow, f"flow/{self.name}", content)

    async def close(self) -> None:
        """Nothing is held open."""


def is_same_way(one: Destination, other: Destination) -> bool:
    """Return whether two declarations reach a destination alike: its outlet can stay."""
    left, right = (
        x.model_dump(exclude={"when", "step", "retry", "rate_per_s"}) for x in (one, other)
    )
    return left == right


def open_outlet(declared: Destination, base: Path, name: str, hand_over: HandOver) -> Outlet:
    """Return the way to a destination of flow `name`; raises MisconfiguredError `tls.files`."""
    match declared:
        case MllpDestination():
            return MllpOutlet(declared, base)
        case FilesDestination():
            return FilesOutlet(declared, base)
        case FlowDestination():
            return FlowOutlet(declared, hand_over, name)
