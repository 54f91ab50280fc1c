"""Is the hub doing its work: stores, backlog, lanes.

In: snapshots and store states. Out: `Health`. Refuses to know: what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from suture.intelligence.lineage import Readers
from suture.intelligence.view import Health
from suture.journal.record import StoreStatus


def health(
    readers: Readers,
    stores: tuple[StoreStatus, ...],
    *,
    now: datetime,
    flows: Sequence[dict[str, Any]] = (),
) -> Health:
    """Return the backlog of DECIDE, the lanes' counts, the stores' states and the flows."""
    cursor = readers.operations.cursor("decide")
    waiting = readers.operations.events_after(cursor, 1)
    return Health(
        as_of=now,
        zones=tuple(asdict(s) for s in stores),
        undecided=max(0, readers.operations.last_event_seq() - cursor),
        oldest_undecided_s=(now - waiting[0].recorded).total_seconds() if waiting else 0.0,
        deliveries={
            f"{destination}/{state}": count
            for reader in (readers.operations, readers.clinical)
            for (destination, state), count in reader.count_deliveries().items()
        },
        flows=tuple(flows),
    )
