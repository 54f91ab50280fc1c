"""W15's table: states, rules and alarms of an urgent request (spec 2.16).

In: the guards and actions of `urgent`. Out: the process. Refuses to know: what they do.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from suture.governance.policy import Policies
from suture.orchestration.decisions.race import ordered
from suture.orchestration.definition import SAME, START, Alarm, Process, rule, stays
from suture.orchestration.processes import urgent as do
from suture.orchestration.processes.urgent import UrgentData


def _triage_due(data: UrgentData, entered: datetime, policies: Policies) -> datetime | None:
    is_in_room = data.urgency == "IN_ROOM"
    name = "urgent_triage_in_room_min" if is_in_room else "urgent_triage_min"
    return entered + policies.time.minutes(name)


def _search_due(data: UrgentData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + _budget(data, policies)


def _budget(data: UrgentData, policies: Policies) -> timedelta:
    is_in_room = data.urgency == "IN_ROOM"
    return policies.time.minutes("urgent_search_in_room_min" if is_in_room else "urgent_search_min")


def _need_due(data: UrgentData, entered: datetime, policies: Policies) -> datetime | None:
    """Return the need time; past it, the time the source named or one search budget more."""
    if data.need_at is None or data.need_at > entered:
        return data.need_at
    brings = ordered(data.commitments)
    arrives_at = brings.arrives_at if brings else None
    return max(entered + _budget(data, policies), arrives_at or entered)


def _unfilled_due(data: UrgentData, entered: datetime, policies: Policies) -> datetime | None:
    """Return the need time; who escalates at it has one search budget more."""
    return max(data.need_at, entered + _budget(data, policies)) if data.need_at else None


ENDED = ("FULFILLED", "UNFILLED", "CANCELLED")

URGENT = Process(
    machine="W15",
    title="Urgent replenishment",
    states=(
        "RAISED",
        "MERGED",
        "SEARCHING",
        "COMMITTED",
        "ESCALATED",
        "UNFILLED",
        "IN_TRANSIT",
        "FULFILLED",
        "CANCELLED",
    ),
    terminal=("MERGED", "FULFILLED", "UNFILLED", "CANCELLED"),
    data_type=UrgentData,
    alarms=(
        Alarm("triage", ("RAISED",), "timer.sla_breached", _triage_due),
        Alarm("search", ("SEARCHING",), "timer.sla_breached", _search_due),
        Alarm(
            "need", ("SEARCHING", "COMMITTED", "IN_TRANSIT"), "timer.need_date_passed", _need_due
        ),
        Alarm("unfilled", ("ESCALATED",), "timer.need_date_passed", _unfilled_due),
    ),
    rules=(
        rule("W15.001", START, "urgent_request.raised", "RAISED", do=do.raise_request),
        rule(
            "W15.002", "RAISED", "urgent_request.triaged", "MERGED", when=do.duplicate, do=do.merge
        ),
        rule("W15.003", "RAISED", "urgent_request.triaged", "SEARCHING", when=do.new, do=do.search),
        rule("W15.004", "RAISED", "timer.sla_breached", "SEARCHING", do=do.search_unjudged),
        rule("W15.005", "SEARCHING", "supply.source_committed", "COMMITTED", do=do.take),
        rule("W15.006", "SEARCHING", "timer.sla_breached", "ESCALATED", do=do.none_found),
        rule("W15.007", "ESCALATED", "supply.source_committed", "COMMITTED", do=do.take),
        rule("W15.008", "ESCALATED", "timer.need_date_passed", "UNFILLED", do=do.unfilled),
        rule(
            "W15.009",
            "SEARCHING",
            "timer.need_date_passed",
            "ESCALATED",
            do=do.need_passed_searching,
        ),
        rule(
            "W15.010",
            ("COMMITTED", "IN_TRANSIT"),
            "timer.need_date_passed",
            "ESCALATED",
            do=do.need_passed_waiting,
        ),
        rule("W15.011", "COMMITTED", "shipment.notified", "IN_TRANSIT", do=do.depart),
        rule("W15.012", "COMMITTED", "supply.promise_lost", "SEARCHING", do=do.search_again),
        rule(
            "W15.013",
            ("COMMITTED", "IN_TRANSIT"),
            "supply.source_committed",
            SAME,
            do=do.take,
        ),
        rule("W15.014", "IN_TRANSIT", "supply.received", "FULFILLED", do=do.fulfil),
        rule(
            "W15.015",
            ("COMMITTED", "ESCALATED", "SEARCHING"),
            "supply.received",
            "FULFILLED",
            do=do.fulfil,
        ),
        rule("W15.016", "IN_TRANSIT", "supply.promise_lost", "ESCALATED", do=do.lost_on_the_way),
        rule(
            "W15.017",
            ("RAISED", "SEARCHING", "ESCALATED"),
            "demand.cancelled",
            "CANCELLED",
            do=do.cancel,
        ),
        rule("W15.018", "COMMITTED", "demand.cancelled", "CANCELLED", do=do.cancel_committed),
        rule("W15.019", "IN_TRANSIT", "demand.cancelled", "CANCELLED", do=do.cancel_in_transit),
        rule("W15.020", do.LIVE, "demand.changed", SAME, do=do.change),
        rule("W15.021", ENDED, "supply.received", SAME, do=do.late_delivery),
        # House rules, appended (ADR 0011): what the system itself may tell too late.
        rule("W15.022", "MERGED", "demand.cancelled", SAME, do=do.take_back),
        rule("W15.023", ENDED, "demand.cancelled", SAME, do=stays),
        rule("W15.024", ENDED, "demand.changed", SAME, do=stays),
    ),
)
