"""What an operator should look at now, by rules over the record.

In: health, lanes, a bound on age. Out: alerts, each gone as soon as its cause is. Refuses to know:
whom to tell, what was said before, content. Nothing is kept: the same record gives the same alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from suture.intelligence.view import AlertView, Health, LaneView

OLDEST_S = 900.0
"""A quarter of an hour: longer than a receiver's restart, shorter than a clinician's patience."""


def alerts(
    health: Health, lanes: Sequence[LaneView], oldest_s: float = OLDEST_S
) -> list[AlertView]:
    """Return what holds now: stores first, then decisions, then destinations by name.

    `oldest_s` is the age in business seconds beyond which waiting is worth an alert.
    """
    return [
        *_of_stores(health),
        *_of_decisions(health, oldest_s),
        *sorted(
            _of_lanes(lanes, health.as_of, oldest_s), key=lambda one: (one.destination, one.zone)
        ),
    ]


def _of_stores(health: Health) -> Iterator[AlertView]:
    for zone in health.zones:
        if not zone["is_accepting"]:
            yield AlertView("store", str(zone["zone"]), "", 0, 0.0)


def _of_decisions(health: Health, oldest_s: float) -> Iterator[AlertView]:
    if health.undecided and health.oldest_undecided_s > oldest_s:
        yield AlertView("decisions", "operations", "", health.undecided, health.oldest_undecided_s)


def _of_lanes(lanes: Sequence[LaneView], now: datetime, oldest_s: float) -> Iterator[AlertView]:
    """Yield at most one alert a destination: the one that says most of why it waits."""
    for lane in lanes:
        age_s = (now - lane.oldest).total_seconds() if lane.oldest is not None else 0.0
        is_late = lane.oldest is not None and age_s > oldest_s
        rule = ""
        if lane.is_paused:
            rule = "paused" if is_late else ""
        elif lane.is_circuit_open and lane.oldest is not None:
            rule = "unanswered"
        elif is_late:
            rule = "backlog"
        if rule:
            count = lane.waiting + lane.sending
            yield AlertView(rule, lane.zone, lane.destination, count, age_s)
