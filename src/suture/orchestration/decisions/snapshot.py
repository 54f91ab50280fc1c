"""Folding case messages into one versioned snapshot (plan D2, spec 2.1 R1).

In: the snapshot held and a report. Out: what the report means: newer, stale or the same, and which
differences matter for supply. Refuses to know: how reports arrive. Any arrival order of the same
reports ends in the same snapshot: the newest (MSH-7, then content digest) wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from suture.documents.case import CaseSnapshot

ACTIVE = frozenset({"booked", "started", "complete"})
"""Statuses under which the case is going on."""


@dataclass(frozen=True, slots=True)
class Version:
    """The order of reports of one case: message time, then content digest."""

    message_at: datetime
    digest: str

    def is_newer_than(self, other: Version) -> bool:
        """Return whether this report supersedes `other`."""
        return (self.message_at, self.digest) > (other.message_at, other.digest)


def is_active(snapshot: CaseSnapshot) -> bool:
    """Return whether the case is still to be done, going on or done."""
    return snapshot.status in ACTIVE


def differences(before: CaseSnapshot, after: CaseSnapshot) -> tuple[str, ...]:
    """Return the names of the fields that differ, in the order of the struct."""
    names = (
        "facility",
        "room",
        "start",
        "duration_min",
        "procedures",
        "cards",
        "surgeon_ref",
        "resources",
        "latex_safe_required",
        "status",
    )
    return tuple(n for n in names if getattr(before, n) != getattr(after, n))


SUPPLY_FIELDS = frozenset(
    {"facility", "room", "procedures", "cards", "surgeon_ref", "resources", "latex_safe_required"}
)
"""Fields whose change always matters for supply (spec 2.1 R1)."""


def is_supply_relevant(
    planned: CaseSnapshot, now: CaseSnapshot, *, timezone: str, small_move: timedelta
) -> bool:
    """Return whether supply must be planned again (spec 2.1 R1).

    A time change counts when the local date moves or the start moves by `small_move` or more; a
    ten-minute slip does not.
    """
    changed = set(differences(planned, now))
    if changed & SUPPLY_FIELDS:
        return True
    if "start" not in changed:
        return False
    zone = ZoneInfo(timezone)
    moved_day = planned.start.astimezone(zone).date() != now.start.astimezone(zone).date()
    return moved_day or abs(now.start - planned.start) >= small_move
