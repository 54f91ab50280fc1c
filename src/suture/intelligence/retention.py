"""Which messages have had their time: judged page by page, for a plan or for a pass.

In: a snapshot or a unit of one zone, the terms, the business time. Out: each old message with its
verdict. Refuses to know: removing; the assembly does that, in the unit it judged in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from suture.governance.retention import (
    HOLD,
    HOLDS_MAX,
    Hold,
    Holds,
    Terms,
    Verdict,
    hold_of,
    verdict,
)
from suture.intelligence.search import META
from suture.journal.contract import PAGE_MAX, Reader

PAGE_MESSAGES = 50
"""Judged at once: a unit that removes them holds the writer for some ten milliseconds."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A page of old messages, or of refusals, each with its verdict."""

    each: tuple[tuple[int, Verdict], ...]
    """(sequence, verdict)."""
    next: int
    """Where the next page begins; 0 when there is none."""

    def counts(self) -> Counter[Verdict]:
        """Return how many have which verdict."""
        return Counter(found for _, found in self.each)


@dataclass(frozen=True, slots=True)
class Result:
    """What becomes of the old messages of an endpoint, or of old refusals."""

    zone: str
    endpoint: str
    """Empty for what was refused at any door."""
    counts: Mapping[str, int]
    """By verdict."""


def all_holds(reader: Reader) -> list[Hold]:
    """Return the holds of a zone, those released too, the oldest first."""
    found = [hold_of(fact) for fact in reader.facts(HOLD, limit=HOLDS_MAX)]
    return sorted(found, key=lambda hold: (hold.added_at, hold.id))


def active_holds(reader: Reader) -> Holds:
    """Return the holds of a zone that keep something."""
    active = tuple(hold for hold in all_holds(reader) if hold.is_active)
    return Holds(active, lambda entry, exchange: reader.is_alias(META, entry, "", exchange))


def endpoints(reader: Reader) -> Iterator[str]:
    """Yield every endpoint that has messages."""
    page = reader.endpoints(PAGE_MAX)
    while page:
        yield from page
        page = reader.endpoints(PAGE_MAX, after=page[-1])


def first_page(reader: Reader, terms: Terms, endpoint: str, now: datetime) -> int:
    """Return where an endpoint's old messages begin, newest first; 0 when there are none."""
    days = terms.days_of(endpoint)
    found = reader.arrivals_before(now - timedelta(days=days)) if days else 0
    return found + 1 if found else 0


def judge_messages(
    reader: Reader, terms: Terms, endpoint: str, now: datetime, before: int
) -> Judged:
    """Return the verdicts of a page of an endpoint's messages below a sequence."""
    holds = active_holds(reader)
    page = reader.find_arrivals(PAGE_MESSAGES, endpoint=endpoint, before=before)
    each = [
        (one.seq, verdict(one, reader.delivery_states(one.exchange), terms, holds, now))
        for one in page
    ]
    old = tuple(found for found in each if found[1] is not Verdict.YOUNG)
    return Judged(old, page[-1].seq if len(page) == PAGE_MESSAGES else 0)


def judge_refusals(reader: Reader, terms: Terms, now: datetime, after: int) -> Judged:
    """Return the verdicts of a page of what was refused, above a sequence."""
    if not terms.refusals_days:
        return Judged((), 0)
    holds = active_holds(reader)
    limit = now - timedelta(days=terms.refusals_days)
    page = reader.refusals_after(after, PAGE_MESSAGES)
    each: list[tuple[int, Verdict]] = []
    for one in page:
        if one.at >= limit:
            return Judged(tuple(each), 0)
        is_held = holds.cover_refusal(one.endpoint, one.at)
        each.append((one.seq, Verdict.HELD if is_held else Verdict.GO))
    return Judged(tuple(each), page[-1].seq if len(page) == PAGE_MESSAGES else 0)


def plan(reader: Reader, zone: str, terms: Terms, now: datetime) -> Iterator[Result]:
    """Yield what a pass would do now; reads what is old enough, page by page."""
    for endpoint in endpoints(reader):
        counts: Counter[Verdict] = Counter()
        place = first_page(reader, terms, endpoint, now)
        while place:
            judged = judge_messages(reader, terms, endpoint, now, place)
            counts += judged.counts()
            place = judged.next
        if counts:
            yield result(zone, endpoint, counts)
    judged = judge_refusals(reader, terms, now, 0)
    counts = judged.counts()
    while judged.next:
        judged = judge_refusals(reader, terms, now, judged.next)
        counts += judged.counts()
    if counts:
        yield result(zone, "", counts)


def result(zone: str, endpoint: str, counts: Mapping[Verdict, int]) -> Result:
    """Return counts as they are shown."""
    return Result(zone, endpoint, {each.value: counts[each] for each in Verdict if counts[each]})
