"""EXC: an exception with an owner and a clock (spec 2.24, routing 2.0.3).

In: `exception.raised` from any workflow, people's answers, vanished causes, the clock. Out: one row
per dedupe key, counted when it returns, escalated when its time is up. Refuses to know: how the
cause is repaired. Queue order is time to impact, then dollars.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from suture.documents.events import ExceptionRaised
from suture.governance.policy import Policies
from suture.orchestration.definition import (
    SAME,
    START,
    Alarm,
    Because,
    Bind,
    Effects,
    Keep,
    Moment,
    Place,
    Process,
    rule,
    stays,
)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

REOPEN_WITHIN = timedelta(days=7)
"""A dedupe key that returns inside this time reopens the earlier exception (EXC.014)."""


class ExceptionData(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk shows."""

    family: str = ""
    code: str = ""
    summary: str = ""
    dedupe: str = ""
    machine: str = ""
    key: str = ""
    case_tokens: tuple[str, ...] = ()
    usd_at_risk: Decimal = Decimal(0)
    need_at: datetime | None = None
    suggestion: str = ""
    owner: str = ""
    severity: str = "normal"
    exchange: str = ""
    count: int = 0
    first_at: datetime = _NEVER
    opened_at: datetime = _NEVER
    """Start of the clock: when it was raised, or came back after a fix."""
    last_at: datetime = _NEVER
    assignee: str = ""
    level: int = 0
    reply: str = ""
    """The latest answer from outside, as a person noted it."""
    closed_by: str = ""
    resolution: str = ""


M = Moment[ExceptionData]

_RANK = {"info": 0, "normal": 1, "urgent": 2}


def authority(m: M) -> bool:
    """Return whether a named person with a reason accepts the loss."""
    return bool(m.payload.by) and bool(m.payload.reason)


def _fields(m: M) -> dict[str, object]:
    told: ExceptionRaised = m.payload
    owner = told.owner or m.policies.routing.owner_of(told.family).role
    tokens = tuple(dict.fromkeys((*m.data.case_tokens, *told.case_tokens)))
    return {
        "family": told.family,
        "code": told.code,
        "summary": told.summary,
        "dedupe": told.dedupe,
        "machine": told.machine,
        "key": told.key,
        "case_tokens": tokens[:CASES_MAX],
        "usd_at_risk": told.usd_at_risk,
        "need_at": told.need_at,
        "suggestion": told.suggestion,
        "owner": owner,
        "exchange": told.exchange,
        "count": m.data.count + 1,
        "last_at": m.now,
    }


CASES_MAX = 200
"""Cases kept on one exception; a flood of one cause stays one row."""


def open_exception(m: M) -> Effects:
    """Route it to its owner and start the clock (EXC.001)."""
    told: ExceptionRaised = m.payload
    clock = {"first_at": m.now, "opened_at": m.now}
    yield Keep({**_fields(m), "severity": told.severity, **clock})
    yield Place(parent=told.family, facility=told.facility, due_at=told.need_at or m.now)
    owner = told.owner or m.policies.routing.owner_of(told.family).role
    yield Because(f"{told.family} goes to the {owner}")
    if told.machine and told.key:
        yield Bind(told.machine, told.key)


def count_again(m: M) -> Effects:
    """The same cause again: count it; the class may rise (EXC.002)."""
    told: ExceptionRaised = m.payload
    severity = max(m.data.severity, told.severity, key=lambda s: _RANK.get(s, 1))
    yield Keep({**_fields(m), "severity": severity})
    yield Because(f"seen {m.data.count + 1} times")


def reopen(m: M) -> Effects:
    """The cause is back (EXC.014): the earlier fix stays linked in the history."""
    told: ExceptionRaised = m.payload
    soon = m.now - m.data.last_at <= REOPEN_WITHIN
    anew = {"opened_at": m.now, "level": 0, "assignee": "", "closed_by": "", "resolution": ""}
    yield Keep({**_fields(m), "severity": told.severity, **anew})
    yield Because("back inside seven days" if soon else "back after more than seven days")


def assign(m: M) -> Effects:
    """A person takes it (EXC.003, .004, .005)."""
    yield Keep({"assignee": m.payload.by})
    yield Because(f"taken by {m.payload.by}")


def wait(m: M) -> Effects:
    """Waits for an outside answer (EXC.007)."""
    yield Because("waits for an outside answer; the clock goes on")


def hear_reply(m: M) -> Effects:
    """The outside answer is there (EXC.008), shown to who escalated (EXC.009)."""
    yield Keep({"reply": m.payload.reason})
    yield Because(f"answer noted by {m.payload.by}: {m.payload.reason}")


def close(m: M) -> Effects:
    """The cause has gone or was fixed (EXC.006, .010, .013)."""
    yield Keep({"closed_by": m.payload.by, "resolution": m.payload.reason})
    yield Because(f"{m.payload.by}: {m.payload.reason}")


def escalate(m: M) -> Effects:
    """The time is up: next level (EXC.011, .012)."""
    yield Keep({"level": m.data.level + 1})
    yield Because(f"not fixed in time: level {m.data.level + 1}")


def _sla_due(data: ExceptionData, entered: datetime, policies: Policies) -> datetime | None:
    if data.severity == "info" or data.level >= ESCALATIONS_MAX:
        return None
    owner = policies.routing.owner_of(data.family)
    hours = owner.urgent_h if data.severity == "urgent" else owner.normal_h
    return data.opened_at + timedelta(hours=hours) * (data.level + 1)


ESCALATIONS_MAX = 3
"""Levels above the owner; then it stays where it is."""

LIVE = ("OPEN", "ASSIGNED", "WAITING", "ESCALATED")


EXCEPTION_TASK = Process(
    machine="EXC",
    title="Exception task",
    states=("OPEN", "ASSIGNED", "WAITING", "ESCALATED", "AUTO_RESOLVED", "RESOLVED", "WRITTEN_OFF"),
    terminal=("RESOLVED", "AUTO_RESOLVED", "WRITTEN_OFF"),
    data_type=ExceptionData,
    alarms=(Alarm("sla", LIVE, "timer.sla_breached", _sla_due),),
    rules=(
        rule("EXC.001", START, "exception.raised", "OPEN", do=open_exception),
        rule("EXC.002", LIVE, "exception.raised", SAME, do=count_again),
        rule("EXC.003", "OPEN", "task.assigned", "ASSIGNED", do=assign),
        rule("EXC.004", "ASSIGNED", "task.assigned", SAME, do=assign),
        rule("EXC.005", ("ESCALATED", "WAITING"), "task.assigned", "ASSIGNED", do=assign),
        rule("EXC.006", LIVE, "exception.auto_resolved", "AUTO_RESOLVED", do=close),
        rule("EXC.007", "ASSIGNED", "task.waiting", "WAITING", do=wait),
        rule("EXC.008", "WAITING", "task.reply_received", "ASSIGNED", do=hear_reply),
        rule("EXC.009", "ESCALATED", "task.reply_received", SAME, do=hear_reply),
        rule(
            "EXC.010",
            ("ASSIGNED", "ESCALATED", "WAITING"),
            "exception.resolved",
            "RESOLVED",
            do=close,
        ),
        rule(
            "EXC.011",
            ("OPEN", "ASSIGNED", "WAITING"),
            "timer.sla_breached",
            "ESCALATED",
            do=escalate,
        ),
        rule("EXC.012", "ESCALATED", "timer.sla_breached", SAME, do=escalate),
        rule(
            "EXC.013",
            ("ASSIGNED", "ESCALATED"),
            "loss.accepted",
            "WRITTEN_OFF",
            when=authority,
            do=close,
        ),
        rule("EXC.014", ("RESOLVED", "AUTO_RESOLVED"), "exception.raised", "OPEN", do=reopen),
        # House rules, appended (ADR 0011): a person may fix at once; old ones may be written anew.
        rule("EXC.015", "OPEN", "exception.resolved", "RESOLVED", do=close),
        rule(
            "EXC.016",
            ("RESOLVED", "AUTO_RESOLVED", "WRITTEN_OFF"),
            "exception.auto_resolved",
            SAME,
            do=stays,
        ),
        rule("EXC.017", "WRITTEN_OFF", "exception.raised", "OPEN", do=reopen),
    ),
)
