"""When a batch goes: at the first cut-off after its first message came, or so many seconds later.

In: a declared batch, an instant. Out: an instant, UTC. Refuses to know: what waits. A cut-off is a
time of day on a wall clock: one that the clock jumps over in spring is met when the clock has
jumped, one that comes twice in autumn is met the first time.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from suture.orchestration.flows.table import WEEKDAYS, Batch

DAYS_MAX = 500 + 14
"""Days looked at: all that may be declared as holidays, and two weeks for the weekdays."""


def due_at(batch: Batch, first: datetime) -> datetime:
    """Return when a batch goes whose first message came at `first`.

    A message that comes at the very instant of a cut-off goes with the next one. Where no day has a
    cut-off any more (holidays without end), it goes at once rather than never.
    """
    if batch.every_s:
        return first + timedelta(seconds=batch.every_s)
    zone = ZoneInfo(batch.timezone)
    day = first.astimezone(zone).date()
    for _ in range(DAYS_MAX):
        found = [at for each in batch.cut_off if (at := _at(day, each, zone)) > first]
        if found and _has_cut_offs(batch, day):
            return min(found)
        day += timedelta(days=1)
    return first


def _has_cut_offs(batch: Batch, day: date) -> bool:
    return WEEKDAYS[day.weekday()] in batch.weekdays and day not in batch.holidays


def _at(day: date, text: str, zone: ZoneInfo) -> datetime:
    local = datetime.combine(day, time.fromisoformat(text), zone)
    return local.astimezone(UTC)
