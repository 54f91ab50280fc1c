"""How long messages are kept, and what keeps them longer: a pure rule.

In: a message's envelope, what became of it, the terms, the holds. Out: whether it may go, and if
not, why. Refuses to know: stores, and when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from suture.core.json_codec import decode, encoder
from suture.journal.record import Arrival, ArrivalState, DeliveryState, Fact

DAYS_MIN = 35
"""As long as a transport key is known (spec 2.0.2): what is known must be there."""
HOLDS_MAX = 1000
"""Holds of a zone, those released included."""
HOLD = "hold"
"""Kind of the facts that are holds."""


class Verdict(StrEnum):
    """What is to be done with a message."""

    GO = "removed"
    YOUNG = "young"
    HELD = "held"
    UNFINISHED = "unfinished"


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold: what matches everything it names is kept until it is released."""

    id: str
    by: str
    reason: str
    added_at: datetime
    endpoint: str = ""
    exchange: str = ""
    control_id: str = ""
    entry: str = ""
    """An entry of a flow's index, blind."""
    since: datetime | None = None
    until: datetime | None = None
    released_at: datetime | None = None
    released_by: str = ""
    release_reason: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it keeps anything."""
        return self.released_at is None

    @property
    def names_something(self) -> bool:
        """Whether it is about less than everything."""
        return bool(
            self.endpoint or self.exchange or self.control_id or self.entry or self.since
        ) or (self.until is not None)

    def covers_time(self, at: datetime) -> bool:
        """Return whether an instant lies in its span."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def hold_as_fact(hold: Hold, version: int) -> Fact:
    """Return a hold as the journal keeps it."""
    value = encoder().encode(hold)
    return Fact(HOLD, hold.id, version, value, hold.released_at or hold.added_at, hold.by)


def hold_of(fact: Fact) -> Hold:
    """Return the hold a fact is."""
    return decode(fact.value, Hold)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a zone keeps what; 0 days keep it for ever."""

    days: int = 0
    refusals_days: int = 0
    unfinished_days: int = 0
    """What was given up, refused, parked or failed and not settled; 0 waits for a person."""
    of_endpoint: Mapping[str, int] = field(default_factory=dict)

    def days_of(self, endpoint: str) -> int:
        """Return how long an endpoint's messages are kept, 0 for ever."""
        return self.of_endpoint.get(endpoint, self.days)


@dataclass(frozen=True, slots=True)
class Holds:
    """The active holds of a zone, and how to learn whether a message has an entry."""

    active: tuple[Hold, ...]
    has_entry: Callable[[str, str], bool]
    """(entry, exchange) -> whether the message is found under it."""

    def cover(self, one: Arrival) -> bool:
        """Return whether a hold keeps a message."""
        return any(self._covers(hold, one) for hold in self.active)

    def _covers(self, hold: Hold, one: Arrival) -> bool:
        return (
            hold.endpoint in ("", one.endpoint)
            and hold.exchange in ("", one.exchange)
            and hold.control_id in ("", one.control_id)
            and hold.covers_time(one.received_at)
            and (not hold.entry or self.has_entry(hold.entry, one.exchange))
        )

    def cover_refusal(self, endpoint: str, at: datetime) -> bool:
        """Return whether a hold keeps what was refused, which was never read."""
        return any(
            hold.endpoint in ("", endpoint)
            and hold.covers_time(at)
            and not (hold.exchange or hold.control_id or hold.entry)
            for hold in self.active
        )


_OPEN_ARRIVAL = (ArrivalState.PARKED, ArrivalState.FAILED)
_LIVE = (DeliveryState.WAITING, DeliveryState.SENDING)
_OPEN_DELIVERY = (DeliveryState.REFUSED, DeliveryState.UNCERTAIN, DeliveryState.DEAD)


def verdict(
    one: Arrival,
    deliveries: Iterable[DeliveryState],
    terms: Terms,
    holds: Holds,
    now: datetime,
) -> Verdict:
    """Return what is to be done with a message, given the states of its deliveries."""
    age = now - one.received_at
    days = terms.days_of(one.endpoint)
    if not days or age < timedelta(days=days):
        return Verdict.YOUNG
    if holds.cover(one):
        return Verdict.HELD
    states = set(deliveries)
    if one.state is ArrivalState.RECEIVED or states & set(_LIVE):
        return Verdict.UNFINISHED
    is_open = one.state in _OPEN_ARRIVAL or bool(states & set(_OPEN_DELIVERY))
    waits = not terms.unfinished_days or age < timedelta(days=terms.unfinished_days)
    return Verdict.UNFINISHED if is_open and waits else Verdict.GO
