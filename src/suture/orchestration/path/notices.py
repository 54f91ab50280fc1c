"""Carries exceptions of the clinical zone to the desk, which is in operations.

In: `exception.raised` of the clinical journal after a cursor. Out: the same in operations, with the
cursor in the same transaction. Refuses to know: anything else of the clinical zone; an exception
holds codes, endpoint names and an exchange id, and no content (spec 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.journal.contract import Journal, Tx
from suture.journal.record import Event, NewEvent

NOTICES_CURSOR = "notices"
BATCH_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Notices:
    """The way of exceptions over the boundary."""

    clinical: Journal
    operations: Journal

    async def carry_some(self, limit: int = BATCH_EVENTS) -> int:
        """Carry the next exceptions; return how many."""
        with self.operations.read() as reader:
            position = reader.cursor(NOTICES_CURSOR)
        with self.clinical.read() as reader:
            if reader.last_event_seq() <= position:
                return 0
            events = reader.events_after(position, limit)
        if not events:
            return 0
        await self.operations.submit(lambda tx: _append(tx, events))
        return len(events)


def _append(tx: Tx, events: list[Event]) -> None:
    if tx.cursor(NOTICES_CURSOR) >= events[-1].seq:
        return
    for event in events:
        if event.machine != "EXC":
            continue
        tx.append(
            NewEvent(
                id=f"clinical/{event.id}",
                type=event.type,
                machine=event.machine,
                key=event.key,
                time=event.time,
                payload=event.payload,
                facility=event.facility,
                exchange=event.exchange,
            ),
            event.recorded,
        )
    tx.set_cursor(NOTICES_CURSOR, events[-1].seq)
