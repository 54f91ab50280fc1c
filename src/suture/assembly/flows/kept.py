"""What flows keep of what they made: edits of the received bytes, and how to have it back.

In: a message received, what was made of it. Out: sealed content for a delivery, and later the exact
bytes. Refuses to know: lanes, outlets. What was received lately stays in memory, bounded, so that
most deliveries go out without reading it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from suture.core.ids import SystemEntropy
from suture.core.refusal import MisconfiguredError, RefusalError
from suture.governance.seal import Sealer, load_keyring, place
from suture.intelligence.search import META
from suture.journal.contract import Reader, Tx
from suture.journal.record import Arrival, Delivery, Stage
from suture.orchestration.flows.edits import applied, edits_of
from suture.orchestration.flows.perform import Flow, Performed, indexed
from suture.orchestration.flows.subject import Subject
from suture.orchestration.path.receive import Door

RECENT_BYTES_MAX = 16 * 1024 * 1024
"""Some ten thousand messages of the usual size; what has left is read from the store."""
AS_EDITS = b'{"content":"edits"}'
"""Payload of a delivery whose content is edits of what was received."""


def blind_entry(sealer: Sealer, entry: str) -> str:
    """Return an entry of a flow's index as it stands in the journal."""
    return sealer.blind(f"{META}/{entry}".encode())[:16].hex()


def entries_asked(key_file: Path, given: Sequence[str]) -> list[str]:
    """Return `name=value` as a person asks for it as it stands in the journal of a hub.

    Raises MisconfiguredError: those of the key file, and `messages.meta` for another form.
    """
    if any("=" not in each for each in given):
        raise MisconfiguredError("messages.meta", "write it like --meta visit=V1")
    sealer = Sealer(load_keyring(key_file, os.environ), "clinical", SystemEntropy())
    return [blind_entry(sealer, each) for each in given]


def stage_place(zone: str, exchange: str, digest: bytes) -> bytes:
    """Return what a stage of a message is sealed to."""
    return place(zone, "stage", f"{exchange}/{digest.hex()}")


def keep_stages(tx: Tx, stages: Sequence[Stage]) -> None:
    """Store stages behind those of an earlier performing."""
    first = len(tx.stages_of(stages[0].exchange)) + 1 if stages else 1
    for number, stage in enumerate(stages, first):
        tx.keep_stage(replace(stage, number=number))


class Kept:
    """The contents of one hub's flows."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def note(self, exchange: str, received: bytes) -> None:
        """Remember what was just received, for the deliveries that follow."""
        if exchange in self._recent or len(received) > RECENT_BYTES_MAX // 16:
            return
        self._recent[exchange] = received
        self._bytes += len(received)
        while self._bytes > RECENT_BYTES_MAX:
            _, gone = self._recent.popitem(last=False)
            self._bytes -= len(gone)

    def sealed(self, name: str, received: bytes, made: bytes) -> tuple[bytes, str, bytes]:
        """Return (sealed content, key id, payload) of a delivery's content."""
        edits = edits_of(received, made)
        aad = place(self._door.journal.zone, "delivery", name)
        content, key_id = self._door.sealer.seal(made if edits is None else edits, aad=aad)
        return content, key_id, b"" if edits is None else AS_EDITS

    def stages(self, exchange: str, made: Performed | None) -> list[Stage]:
        """Return what each step made, sealed, where the flow keeps it; not numbered yet."""
        found = []
        for stage in made.stages[1:] if made is not None else ():
            digest = hashlib.sha256(stage.content).digest()
            edits = edits_of(made.received, stage.content) if made is not None else None
            aad = stage_place(self._door.journal.zone, exchange, digest)
            kept = stage.content if edits is None else edits
            content, key_id = self._door.sealer.seal(kept, aad=aad)
            size, is_edits = len(stage.content), edits is not None
            found.append(Stage(exchange, 0, stage.name, digest, size, is_edits, key_id, content))
        return found

    def content_in(self, reader: Reader, delivery: Delivery) -> bytes:
        """Return the bytes of a delivery within a unit; raises as `content` does."""
        aad = place(self._door.journal.zone, "delivery", delivery.id)
        content = self._door.sealer.open(delivery.content, delivery.content_key_id, aad=aad)
        if delivery.payload != AS_EDITS:
            return content
        received = self._recent.get(delivery.exchange)
        if received is None:
            arrival = reader.arrival_of_exchange(delivery.exchange)
            if arrival is None:
                raise RefusalError("flow.arrival-gone", "the message is no longer kept")
            received = self._door.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
        return applied(received, content)

    async def content(self, delivery: Delivery) -> bytes:
        """Return the bytes a delivery sends.

        Raises SealError, and RefusalError `flow.arrival-gone`, `flow.edits-broken`.
        """
        aad = place(self._door.journal.zone, "delivery", delivery.id)
        content = self._door.sealer.open(delivery.content, delivery.content_key_id, aad=aad)
        if delivery.payload != AS_EDITS:
            return content
        received = self._recent.get(delivery.exchange)
        if received is None:
            arrival = await asyncio.to_thread(self.arrival, delivery.exchange)
            received = self._door.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
        return applied(received, content)

    def entries(self, flow: Flow, received: bytes) -> list[str]:
        """Return what a flow's index says of a message, blind: a value may be a patient's."""
        if not flow.declared.index:
            return []
        subject = Subject(flow.declared.format, received)
        return [blind_entry(self._door.sealer, entry) for entry in indexed(flow, subject)]

    def arrival(self, exchange: str) -> Arrival:
        """Return what was received, from the store; raises RefusalError `flow.arrival-gone`."""
        with self._door.journal.read() as reader:
            arrival = reader.arrival_of_exchange(exchange)
        if arrival is None:
            raise RefusalError("flow.arrival-gone", "the message is no longer kept")
        return arrival
