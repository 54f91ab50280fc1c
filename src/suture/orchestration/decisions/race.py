"""Several sources are asked at once and one brings it (spec 2.16: first commitment wins).

In: the commitments so far and one answer. Out: the commitments after it, at most one of them
ordered. Refuses to know: who the sources are, how they were asked.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

ORDERED, STANDBY, WITHDRAWN, LOST, LATE = "ordered", "stand-by", "withdrawn", "lost", "late"
"""A late one is still under way while a second source is sought; it makes room for it."""
LIVE = frozenset({ORDERED, STANDBY, LATE})


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """What one source said it will do."""

    source: str
    by: str
    at: datetime
    standing: str = ORDERED
    arrives_at: datetime | None = None
    cost: Decimal = Decimal(0)


Held = tuple[Commitment, ...]


def ordered(held: Held) -> Commitment | None:
    """Return the one that brings it."""
    return next((x for x in held if x.standing in (ORDERED, LATE)), None)


def commit(held: Held, told: Commitment, *, keeps_standby: bool) -> Held:
    """Return the commitments with one more answer: the first wins, a later one never orders.

    A source that answers twice is taken once. A late source is withdrawn by the next that commits,
    and brings it after all when it commits anew itself. What a source said before is forgotten.
    """
    before = [x for x in held if x.source == told.source and x.standing in LIVE]
    if before and before[0].standing != LATE:
        return held
    held = tuple(x for x in held if x.source != told.source)
    if any(x.standing == ORDERED for x in held):
        standing = STANDBY if keeps_standby else WITHDRAWN
        return (*held, msgspec.structs.replace(told, standing=standing))
    freed = tuple(_with(x, WITHDRAWN) if x.standing == LATE else x for x in held)
    return (*freed, msgspec.structs.replace(told, standing=ORDERED))


def lose(held: Held, source: str) -> Held:
    """Return the commitments after a source fell away; a stand-by takes its place at once."""
    left = [_with(x, LOST) if x.source == source and x.standing in LIVE else x for x in held]
    if not any(x.standing in (ORDERED, LATE) for x in left):
        for index, one in enumerate(left):
            if one.standing == STANDBY:
                left[index] = _with(one, ORDERED)
                break
    return tuple(left)


def overdue(held: Held) -> Held:
    """Return the commitments once the need time has passed: who brings it is late."""
    return tuple(_with(x, LATE) if x.standing == ORDERED else x for x in held)


def end(held: Held) -> Held:
    """Return the commitments when nothing more is needed: everything live is withdrawn."""
    return tuple(_with(x, WITHDRAWN) if x.standing in LIVE else x for x in held)


def _with(one: Commitment, standing: str) -> Commitment:
    return msgspec.structs.replace(one, standing=standing)
