"""The trigger registry: which clinical event starts what, and where it is switched off (S173).

In: `triggers.toml` of the policy folders. Out: whether an event may start something at a facility.
Refuses to know: the processes that are started; what is under way is never stopped by a switch.
"""

from __future__ import annotations

from collections import Counter

import msgspec

EVERYWHERE = "*"
"""In `off_at`: at every facility."""

EVENTS = frozenset(
    {
        "case.reported",
        "procedure.started",
        "procedure.completed",
        "usage.recorded",
        "usage.corrected",
    }
)
"""What crosses from the clinical zone; each stands in exactly one trigger."""


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of clinical event and what follows from it."""

    name: str
    messages: str
    """The messages that carry it, for a person to read."""
    events: tuple[str, ...]
    starts: str
    """What it starts, in a person's words."""
    off_at: tuple[str, ...] = ()
    """Facilities where it starts nothing; `*` is all of them."""

    def is_on(self, facility: str) -> bool:
        """Return whether it starts something at a facility."""
        return not {facility, EVERYWHERE} & set(self.off_at)


class Triggers(msgspec.Struct, frozen=True, kw_only=True):
    """Every trigger; `case` is the one that takes a new case on."""

    id: str
    version: str
    triggers: tuple[Trigger, ...]
    sha256: str = ""

    def __post_init__(self) -> None:
        counted = Counter(event for trigger in self.triggers for event in trigger.events)
        wrong = sorted((EVENTS ^ set(counted)) | {e for e, n in counted.items() if n > 1})
        if wrong:
            raise ValueError(f"each clinical event stands in one trigger: check {', '.join(wrong)}")

    def of(self, event_type: str) -> Trigger:
        """Return the trigger of an event type; raises KeyError for an event that is none."""
        for trigger in self.triggers:
            if event_type in trigger.events:
                return trigger
        raise KeyError(event_type)

    def starts(self, event_type: str, facility: str, *, is_known: bool) -> bool:
        """Return whether an event is passed on.

        `is_known`: the case is under way. Its own reports are always passed on, so that a case
        that was taken on is changed and cancelled whatever the switch says now; room and usage
        events of a case that was never taken on have nothing to go to.
        """
        case = self.of("case.reported")
        if event_type in case.events:
            return is_known or case.is_on(facility)
        return self.of(event_type).is_on(facility) and (is_known or case.is_on(facility))
