"""Which feeds should have sent, and have not.

In: expectations, when each feed sent last. Out: how much of the time in which it should send has
passed in silence. Refuses to know: why. Hours are local and spans are real time, so that a change
of the clocks makes a night an hour shorter or longer and raises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from suture.orchestration.flows.expecting import DAY_MIN, Expectation

DAYS_MAX = 400
"""Looked back at most: more than the longest span on one day a week."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of which something is expected."""

    name: str
    """Its endpoint."""
    expectation: Expectation
    is_paused: bool = False


def silent_s(expected: Expectation, last: datetime, now: datetime) -> float:
    """Return the seconds of expected time from `last` to `now`; exact up to `every_s`."""
    zone = ZoneInfo(expected.timezone)
    day, first = now.astimezone(zone).date(), last.astimezone(zone).date() - DAY
    later, found = now, 0.0
    for _ in range(DAYS_MAX):
        if day < first or found > expected.every_s:
            break
        if day.weekday() in expected.weekdays:
            begins, ends = _hours(expected, day, zone)
            span = min(ends, later) - max(begins, last)
            found += max(span.total_seconds(), 0.0)
            later = min(later, begins)
        day -= DAY
    return found


def is_absent(expected: Expectation, last: datetime, now: datetime) -> bool:
    """Return whether a feed was silent for longer than it should be."""
    return silent_s(expected, last, now) > expected.every_s


def _hours(expected: Expectation, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the hours of a day begin and end: of an hour that comes twice, all of it."""
    days = expected.ends_min // DAY_MIN + (expected.ends_min <= expected.begins_min)
    begins = datetime.combine(day, _of_day(expected.begins_min), zone)
    ends = datetime.combine(day + days * DAY, _of_day(expected.ends_min % DAY_MIN), zone)
    latest = max(ends.astimezone(UTC), ends.replace(fold=1).astimezone(UTC))
    return begins.astimezone(UTC), latest


def _of_day(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
