"""How urgent a need is, and who could meet it in time (spec 2.0.12 urgency class, 2.16).

In: need time, place of the patient, contract lines, free stock. Out: a class, budgets, sources.
Refuses to know: who asks, who answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

CLASSES = ("IN_ROOM", "STAT", "URGENT")
"""Highest first; what can wait longer is not an urgent request (spec 2.0.12)."""
STAT_WITHIN = timedelta(hours=4)
URGENT_WITHIN = timedelta(hours=48)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One that could bring it: a shelf of ours or a contracted supplier."""

    source: str
    kind: str
    """`shelf`, `sister site` or `supplier` (ladder steps 2, 4, 5 and 6)."""
    arrives_at: datetime
    cost: Decimal = Decimal(0)
    detail: str = ""


def urgency_class(need_at: datetime, now: datetime, is_in_room: bool, is_or_call: bool) -> str:
    """Return IN_ROOM, STAT or URGENT: the patient, a call or four hours, and all the rest."""
    if is_in_room:
        return "IN_ROOM"
    return "STAT" if is_or_call or need_at - now < STAT_WITHIN else "URGENT"


def higher(one: str, other: str) -> str:
    """Return the more urgent class; an unknown or empty one is the least."""
    known = [x for x in (one, other) if x in CLASSES]
    return min(known, key=CLASSES.index) if known else CLASSES[-1]


def ranked(sources: list[Source], need_at: datetime) -> tuple[Source, ...]:
    """Return the sources to ask at once: those in time first, then earliest, then cheapest."""
    return tuple(
        sorted(sources, key=lambda x: (x.arrives_at > need_at, x.arrives_at, x.cost, x.source))
    )
