"""SNAP: the fold of case messages (plan D2; house machine, ADR 0014).

In: `case.reported` in any order, twice, late. Out: `case.scheduled|rescheduled|changed|cancelled|
reinstated` for CASE, in the order of the case's own clock. Refuses to know: demand, stock, orders.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from suture.documents.case import CaseReport, CaseSnapshot
from suture.documents.events import CaseChange
from suture.orchestration.decisions.snapshot import Version, differences, is_active
from suture.orchestration.definition import (
    SAME,
    START,
    Because,
    Effects,
    Emit,
    Keep,
    Moment,
    Process,
    rule,
)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class SnapshotData(msgspec.Struct, frozen=True, kw_only=True):
    """The newest report of one case."""

    snapshot: CaseSnapshot | None = None
    message_at: datetime = _NEVER
    digest: str = ""
    version: int = 0
    aliases: dict[str, str] = {}


M = Moment[SnapshotData]

CANCEL_REASONS = {
    "cancelled": "cancelled",
    "discontinued": "discontinued",
    "no_show": "no show",
    "entered_in_error": "entered in error",
}


def _version(report: CaseReport) -> Version:
    return Version(report.message_at, report.digest)


def newer(m: M) -> bool:
    """Return whether the report supersedes the one held."""
    return _version(m.payload).is_newer_than(Version(m.data.message_at, m.data.digest))


def not_newer(m: M) -> bool:
    """Return whether the report is stale or a repetition."""
    return not newer(m)


def _keep(m: M) -> Keep:
    report: CaseReport = m.payload
    return Keep(
        {
            "snapshot": report.snapshot,
            "message_at": report.message_at,
            "digest": report.digest,
            "version": m.data.version + 1,
            "aliases": {**m.data.aliases, **report.aliases},
        }
    )


def _change(m: M, event_type: str, **more: Any) -> Emit:
    report: CaseReport = m.payload
    change = CaseChange(
        version=m.data.version + 1,
        snapshot=report.snapshot,
        aliases={**m.data.aliases, **report.aliases},
        **more,
    )
    return Emit(event_type, "CASE", m.key, change)


def begin(m: M) -> Effects:
    """Open the case; a change or cancel of an unknown case creates it first (plan D2)."""
    report: CaseReport = m.payload
    yield _keep(m)
    yield Because(f"first report of the case ({report.trigger})")
    yield _change(m, "case.scheduled")
    if not is_active(report.snapshot):
        yield _change(m, "case.cancelled", reason=CANCEL_REASONS[report.snapshot.status])


def advance(m: M) -> Effects:
    """Tell the case what differs from the report held."""
    before, report = m.data.snapshot, m.payload
    assert before is not None, "a current snapshot is never empty"
    changed = differences(before, report.snapshot)
    yield _keep(m)
    yield Because(f"{report.trigger} is newer; differs in {', '.join(changed) or 'nothing'}")
    was, is_now = is_active(before), is_active(report.snapshot)
    if was and not is_now:
        reason = CANCEL_REASONS[report.snapshot.status]
        yield _change(m, "case.cancelled", differences=changed, reason=reason)
    elif is_now and not was:
        yield _change(m, "case.reinstated", differences=changed)
    elif is_now and changed == ("start",):
        yield _change(m, "case.rescheduled", differences=changed)
    elif is_now and set(changed) - {"status"}:
        yield _change(m, "case.changed", differences=changed)


def ignore(m: M) -> Effects:
    """Record a report that is not newer: STALE_IGNORED or a repetition (G1, G2)."""
    is_same = m.payload.digest == m.data.digest and m.payload.message_at == m.data.message_at
    yield Because(
        "the same report again"
        if is_same
        else f"STALE_IGNORED: version {m.data.version} is newer than this {m.payload.trigger}"
    )


SNAPSHOT = Process(
    machine="SNAP",
    title="Case snapshot",
    states=("CURRENT",),
    terminal=(),
    data_type=SnapshotData,
    rules=(
        rule("SNAP.001", START, "case.reported", "CURRENT", do=begin),
        rule("SNAP.002", "CURRENT", "case.reported", SAME, when=newer, do=advance),
        rule("SNAP.003", "CURRENT", "case.reported", SAME, when=not_newer, do=ignore),
    ),
)
