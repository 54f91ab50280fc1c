"""What an operator should look at now, by rules over the record.

In: health, lanes, feeds, certificates, bounds. Out: alerts, each gone as soon as its cause is.
Refuses to know: whom to tell, content. What needs more than one look (no progress, a burnt budget)
was judged by who looks again and again, and comes in as found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from suture.intelligence.feeds import Feed, is_absent
from suture.intelligence.progress import Where
from suture.intelligence.view import AlertView, Health, LaneView
from suture.orchestration.flows.table import Batch
from suture.orchestration.flows.windows import due_at

RULES = (
    "store",
    "decisions",
    "unanswered",
    "paused",
    "stall",
    "backlog",
    "absence",
    "certificate",
    "errors",
)
"""Every rule there is; docs/runbooks has a page for each, and no other."""

OLDEST_S = 900.0
"""A quarter of an hour: longer than a receiver's restart, shorter than a clinician's patience."""
CERTIFICATE_DAYS = 30.0
"""Time to ask an authority that answers in weeks."""
CERTIFICATE_DAYS_LAST = 7.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that something of the hub's settings names."""

    name: str
    """Who names it and the file, as they are written."""
    ends: datetime
    """Real instant after which it is refused."""


@dataclass(frozen=True, slots=True)
class FeedSeen:
    """A feed, and what came of it."""

    feed: Feed
    last: datetime | None
    """When the last message was taken; None when none ever was."""
    since: datetime
    """Silence before this does not count: nobody listened."""
    held_since: datetime | None = None
    """Its absence was known at this instant, perhaps to a process before."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is looked at beside health and lanes."""

    wall: datetime
    oldest_s: float = OLDEST_S
    certificate_days: float = CERTIFICATE_DAYS
    gathering: Mapping[str, Batch] = field(default_factory=dict)
    """Where messages wait for their batch, as they should."""
    stalled: AbstractSet[Where] = frozenset()
    feeds: Sequence[FeedSeen] = field(default=())
    certificates: Sequence[Certificate] = field(default=())
    burning: Sequence[AlertView] = field(default=())


def alerts(health: Health, lanes: Sequence[LaneView], around: Around) -> list[AlertView]:
    """Return what holds now: stores first, then decisions, then the others by name."""
    others = [
        *_of_lanes(lanes, health.as_of, around),
        *_of_feeds(around.feeds, health.as_of),
        *_of_certificates(around),
        *around.burning,
    ]
    return [
        *_of_stores(health),
        *_of_decisions(health, around.oldest_s),
        *sorted(others, key=lambda one: (one.destination, one.zone, one.rule, one.level)),
    ]


def _of_stores(health: Health) -> Iterator[AlertView]:
    for zone in health.zones:
        if not zone["is_accepting"]:
            yield AlertView("store", str(zone["zone"]), "", 0, 0.0)


def _of_decisions(health: Health, oldest_s: float) -> Iterator[AlertView]:
    if health.undecided and health.oldest_undecided_s > oldest_s:
        yield AlertView("decisions", "operations", "", health.undecided, health.oldest_undecided_s)


def _of_lanes(lanes: Sequence[LaneView], now: datetime, around: Around) -> Iterator[AlertView]:
    """Yield at most one alert a destination: the one that says most of why it waits."""
    for lane in lanes:
        if lane.oldest is None:
            continue
        age_s = (now - lane.oldest).total_seconds()
        is_late = (now - due_from(lane, around.gathering, now)).total_seconds() > around.oldest_s
        rule = ""
        if lane.is_paused:
            rule = "paused" if is_late else ""
        elif lane.is_circuit_open:
            rule = "unanswered"
        elif (lane.zone, lane.destination) in around.stalled:
            rule = "stall"
        elif is_late:
            rule = "backlog"
        if rule:
            count = lane.waiting + lane.sending
            yield AlertView(rule, lane.zone, lane.destination, count, age_s)


def due_from(lane: LaneView, gathering: Mapping[str, Batch], now: datetime) -> datetime:
    """Return since when the oldest of a lane is due: from its cut-off on, if it waits for one."""
    if lane.oldest is None:
        return now
    batch = gathering.get(lane.destination)
    return lane.oldest if batch is None else due_at(batch, lane.oldest)


def _of_feeds(feeds: Sequence[FeedSeen], now: datetime) -> Iterator[AlertView]:
    for seen in feeds:
        expected, held = seen.feed.expectation, seen.held_since
        last = seen.last
        if seen.feed.is_paused:
            continue
        if held is not None and (last is None or last <= held):
            is_out = last is None or is_absent(expected, last, now)
        else:
            is_out = is_absent(expected, max(last, seen.since) if last else seen.since, now)
        if is_out:
            silent_s = (now - (last or held or seen.since)).total_seconds()
            yield AlertView("absence", "clinical", seen.feed.name, 0, max(silent_s, 0.0))


def _of_certificates(around: Around) -> Iterator[AlertView]:
    for one in around.certificates:
        days = (one.ends - around.wall).total_seconds() / 86_400
        if days <= 0:
            level, detail = "over", f"expired on {one.ends:%Y-%m-%d}"
        else:
            level = "very soon" if days <= CERTIFICATE_DAYS_LAST else "soon"
            detail = f"expires on {one.ends:%Y-%m-%d}, in {int(days)} days"
        if days <= around.certificate_days:
            yield AlertView("certificate", "", one.name, 0, 0.0, level, detail)
