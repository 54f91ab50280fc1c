"""Which lanes have work that is due and do not move.

In: the lanes at every look. Out: for how long each has stood still. Refuses to know: why. A try
that failed is movement, and so is any end; what only waits for its next try is not due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from suture.intelligence.view import LaneView

ENDS = ("delivered", "refused", "uncertain", "dead", "withdrawn")

Where = tuple[str, str]
"""(zone, destination)."""


@dataclass(slots=True)
class Progress:
    """What was seen of each lane, and since when it is the same."""

    _seen: dict[Where, tuple[object, float]] = field(default_factory=dict)

    def look(
        self,
        lanes: Sequence[LaneView],
        deliveries: Mapping[str, int],
        wall: datetime,
        now_s: float,
    ) -> dict[Where, float]:
        """Return the steady seconds for which each lane with due work has not moved."""
        seen: dict[Where, tuple[object, float]] = {}
        for lane in lanes:
            if not _is_due(lane, wall):
                continue
            where = (lane.zone, lane.destination)
            ends = tuple(deliveries.get(f"{lane.destination}/{state}", 0) for state in ENDS)
            mark = (lane.oldest, lane.next_at_wall, ends)
            before = self._seen.get(where)
            seen[where] = before if before is not None and before[0] == mark else (mark, now_s)
        self._seen = seen
        return {where: now_s - since for where, (_, since) in seen.items()}


def _is_due(lane: LaneView, wall: datetime) -> bool:
    if lane.is_paused or lane.is_circuit_open:
        return False
    is_come = lane.next_at_wall is not None and lane.next_at_wall <= wall
    return lane.sending > 0 or (lane.waiting > 0 and is_come)
