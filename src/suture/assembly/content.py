"""What a message says at each stage, opened with the key for a person who may look.

In: settings, a snapshot, an exchange id. Out: contents by name. Refuses to know: who looks; that
was noted before. Reads only, running hub or not.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from suture.assembly.flows.kept import AS_EDITS, stage_place
from suture.assembly.settings import HubSettings
from suture.core.ids import SystemEntropy
from suture.governance.seal import Sealer, load_keyring, place
from suture.intelligence.message import DELIVERIES_MAX
from suture.journal.contract import Reader
from suture.journal.record import Delivery
from suture.orchestration.flows.edits import applied
from suture.orchestration.path.deliver import ANSWER_BYTES_MAX, answer_place


@dataclass(frozen=True, slots=True)
class Content:
    """The message at one stage."""

    name: str
    """`received`, `step 1 set`, `sent to FLOW.DESTINATION`, `answer of ... to try 1`."""
    content: bytes = field(repr=False)
    is_cut: bool = False
    """Only the beginning of it was kept."""


def contents(settings: HubSettings, zone: str, reader: Reader, exchange: str) -> list[Content]:
    """Return what was received, made, sent and answered, in this order.

    Raises MisconfiguredError for the key file, SealError for another key, RefusalError
    `flow.edits-broken`.
    """
    sealer = Sealer(load_keyring(settings.key_file, os.environ), zone, SystemEntropy())
    found: list[Content] = []
    received = b""
    arrival = reader.arrival_of_exchange(exchange)
    if arrival is not None:
        aad = place(zone, "arrival", exchange)
        received = sealer.open(arrival.content, arrival.key_id, aad=aad)
        found.append(Content("received", received))
    for stage in reader.stages_of(exchange):
        aad = stage_place(zone, exchange, stage.digest)
        made = sealer.open(stage.content, stage.key_id, aad=aad)
        found.append(Content(stage.name, applied(received, made) if stage.is_edits else made))
    for delivery in reader.deliveries_of_exchange(exchange, DELIVERIES_MAX):
        found += _sent(sealer, zone, reader, delivery, received)
    return found


def _sent(
    sealer: Sealer, zone: str, reader: Reader, delivery: Delivery, received: bytes
) -> list[Content]:
    """Return what went to one destination, and each answer."""
    found = []
    if delivery.content:
        aad = place(zone, "delivery", delivery.id)
        sent = sealer.open(delivery.content, delivery.content_key_id, aad=aad)
        if delivery.payload == AS_EDITS:
            sent = applied(received, sent)
        found.append(Content(f"sent to {delivery.destination}", sent))
    for each in reader.attempts_of(delivery.seq):
        if not each.answer:
            continue
        aad = answer_place(zone, delivery.id, each.number)
        answer = sealer.open(each.answer, each.answer_key, aad=aad)
        name = f"answer of {delivery.destination} to try {each.number}"
        found.append(Content(name, answer, each.answer_bytes > ANSWER_BYTES_MAX))
    return found
