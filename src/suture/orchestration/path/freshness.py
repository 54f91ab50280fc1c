"""When the source of stock positions falls silent, and when it answers again (spec 2.10).

In: the last word of the ERP, the positions that rest on it. Out: events of W9. Refuses to know: how
the ERP is asked. A change tells of one position; an answer without a change says of every position
that it stands, so freshness counts from the last answer, never from the last change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from suture.documents import codec
from suture.documents.inventory import SourceHeard, SourceSilent
from suture.governance.policy import TimePolicy
from suture.journal.contract import PAGE_MAX, Reader, Tx
from suture.journal.record import Fact, Instance, NewEvent
from suture.orchestration.facts import Facts
from suture.orchestration.processes.inventory import EXACT, StockData, item_of, rests_on

SOURCE = ("feed", "erp")
"""Kind and key of the fact that holds when the ERP answered last, in real time."""
KEPT_EVERY = timedelta(seconds=15)
"""The last answer is kept this often; a fraction of the shortest time a position is fresh."""
PAGES_MAX = 20
"""Pages of positions looked at in one pass; the next pass goes on."""


@dataclass(frozen=True, slots=True)
class Silence:
    """How long the source has been silent, and since when."""

    since: datetime
    """Real time of its last answer."""
    length: timedelta


def last_word(reader: Reader) -> datetime | None:
    """Return when the source answered last, in real time; None when it never did."""
    fact = reader.fact(*SOURCE)
    return fact.as_of if fact is not None else None


def note_answer(tx: Tx, wall: datetime) -> None:
    """Keep that the source has just answered."""
    kind, key = SOURCE
    version = int(wall.timestamp() * 1000)
    tx.put_fact(Fact(kind, key, version, b"{}", wall, "erp"))


def tell_silence(tx: Tx, silence: Silence, time: TimePolicy, now: datetime) -> int:
    """Tell the positions whose validity has ended; return how many were told now.

    One that was told for this silence and this stage is not told again.
    """
    told = 0
    payload = codec.encode(SourceSilent(silent_s=int(silence.length.total_seconds())))
    for stage, key in _due(tx, silence.length, time, now):
        name = f"freshness/{key}/{stage}/{silence.since.isoformat()}"
        told += _tell(tx, name, "timer.validity_expired", key, payload, now)
    return told


def tell_answer(tx: Tx, silence: Silence, now: datetime) -> int:
    """Tell every position that was doubted for a silence that the source answers again."""
    payload = codec.encode(SourceHeard(silent_s=int(silence.length.total_seconds())))
    told = 0
    for stored in _positions(tx, ("STALE", "UNKNOWN")):
        if codec.decode(stored.data, StockData).version:
            name = f"freshness/{stored.key}/heard/{silence.since.isoformat()}"
            told += _tell(tx, name, "inventory.source_heard", stored.key, payload, now)
    return told


def _due(tx: Tx, silent: timedelta, time: TimePolicy, now: datetime) -> Iterator[tuple[str, str]]:
    if silent > time.hours("stock_gone_h"):
        for stored in _positions(tx, ("STALE", "DISPUTED")):
            yield "gone", stored.key
    if silent <= time.fresh(is_critical=True):
        return
    facts = Facts(tx, now)
    is_any = silent > time.fresh(is_critical=False)
    for stored in _positions(tx, ("FRESH",)):
        if is_any or _is_critical(facts, stored):
            yield "stale", stored.key


def _is_critical(facts: Facts, stored: Instance) -> bool:
    item = facts.item(item_of(stored.key))
    if item is not None and item.item_class in EXACT:
        return True
    return rests_on(codec.decode(stored.data, StockData))


def _positions(reader: Reader, states: tuple[str, ...]) -> Iterator[Instance]:
    after = ""
    for _ in range(PAGES_MAX):
        page = reader.instances("W9", limit=PAGE_MAX, states=states, after_key=after)
        yield from page
        if len(page) < PAGE_MAX:
            return
        after = page[-1].key


def _tell(tx: Tx, name: str, event_type: str, key: str, payload: bytes, now: datetime) -> bool:
    event = NewEvent(id=name, type=event_type, machine="W9", key=key, time=now, payload=payload)
    return bool(tx.append(event, now))
