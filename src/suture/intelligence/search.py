"""Finding messages by what their flow indexes: visit, accession, order.

In: a snapshot of the clinical zone, entries as the journal has them (blind), bounds. Out: arrivals,
newest first, without content. Refuses to know: how an entry is made blind, and what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from suture.journal.contract import PAGE_MAX, Reader
from suture.journal.record import Arrival

META = "meta"
"""Kind under which the journal keeps what a flow's index says of a message."""


class Bounds(Protocol):
    """What else must hold; empty or None is no bound."""

    @property
    def endpoint(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def until(self) -> datetime | None: ...


def by_meta(reader: Reader, entries: Sequence[str], bounds: Bounds) -> Iterator[Arrival]:
    """Yield the newest messages under all entries; looks at the newest thousand of each."""
    first, *others = (reader.newest_aliases(META, entry, PAGE_MAX) for entry in entries)
    for exchange in first:
        if any(exchange not in other for other in others):
            continue
        one = reader.arrival_of_exchange(exchange)
        if one is not None and _is_within(one, bounds):
            yield one


def _is_within(one: Arrival, bounds: Bounds) -> bool:
    is_late_enough = bounds.since is None or one.received_at >= bounds.since
    is_early_enough = bounds.until is None or one.received_at < bounds.until
    is_same = bounds.endpoint in ("", one.endpoint) and bounds.code in ("", one.code)
    return is_same and is_late_enough and is_early_enough
