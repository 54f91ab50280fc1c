"""What the stock page shows.

In: an item or a facility that was asked for. Out: the template's context. Refuses to know: HTML.
"""

from __future__ import annotations

from typing import Any

from suture.api.hub import HubPort
from suture.core.refusal import RefusalError
from suture.intelligence.stock import (
    PLACES_MAX,
    Listed,
    Position,
    Question,
    availability,
    positions,
)
from suture.orchestration.decisions.availability import Freshness

DOUBTFUL = (Freshness.DISPUTED, Freshness.STALE, Freshness.UNKNOWN)
DOUBTFUL_MAX = 30
"""Positions of each kind that are shown; the interface pages through all."""


def stock_page(hub: HubPort, item: str, facility: str) -> dict[str, Any]:
    """Return the answer for an item, or the first positions; and what is not to be relied on."""
    found: dict[str, Any] = {
        "item": item,
        "facility": facility,
        "limit": DOUBTFUL_MAX,
        "answer": None,
        "problem": "",
        "doubtful": (),
        "places": (),
    }
    if hub.policies is None:
        return found | {"seq": 0, "problem": "this process holds no stock positions"}
    now, wall = hub.now(), hub.clock.wall()
    with hub.reading() as reader:
        found["seq"] = reader.last_event_seq()
        doubtful: list[Position] = []
        for state in DOUBTFUL:
            wanted = Listed(now, wall, facility, state, limit=DOUBTFUL_MAX)
            doubtful += positions(reader, wanted, hub.policies)
        found["doubtful"] = doubtful
        if not item:
            listed = Listed(now, wall, facility, limit=PLACES_MAX)
            found["places"] = positions(reader, listed, hub.policies)
        else:
            asked = Question(item, now, wall, facility)
            try:
                found["answer"] = availability(reader, asked, hub.policies)
            except RefusalError as error:
                found["problem"] = error.text
    return found
