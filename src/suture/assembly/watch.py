"""Looks again and again, and keeps what was raised and what is over.

In: a hub's doors, the bounds of its settings. Out: rows of the record, written only when something
changed. Refuses to know: whom to tell. Of several processes one judges all but what only the one
that answers a sender can count: the errors at its own doors.
"""

from __future__ import annotations

import asyncio
import functools
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from suture.api.hub import HubPort
from suture.api.traffic import looked
from suture.assembly.alert_rows import clear_alert, raise_alert
from suture.assembly.roles import Role
from suture.assembly.settings import AlertsTable
from suture.intelligence.alert_log import held, name_of
from suture.intelligence.alerts import due_from
from suture.intelligence.burn import Budget, Burn, Counts
from suture.intelligence.progress import Progress
from suture.intelligence.view import AlertView, Health, LaneView, Looked
from suture.journal.contract import Tx

log = structlog.get_logger("suture.alert")

BAD = ("refused", "dead")
JUDGED = ("stall", "errors")
"""What one look alone cannot tell."""


@dataclass(slots=True)
class _Open:
    """An alert that was raised and not cleared."""

    key: str
    held_s: float
    """Steady time at which it held last."""
    quiet_s: float
    """How long it must not have held to be over."""


@dataclass(slots=True)
class Watch:
    """The alerts of one process."""

    port: HubPort
    table: AlertsTable
    role: Role
    _open: dict[str, _Open] = field(default_factory=dict)
    _progress: Progress = field(default_factory=Progress)
    _received: Burn = field(init=False)
    _sent: Burn = field(init=False)
    _by: str = field(init=False)

    def __post_init__(self) -> None:
        """Take the budget of the settings."""
        one = self.table
        budget = Budget(one.errors_share, one.errors_min, one.errors_short_s, one.errors_long_s)
        self._received, self._sent = Burn(budget), Burn(budget)
        self._by = f"{self.role.name}@{platform.node()}" if self.role.is_shared else ""

    async def look(self, *, judges_all: bool) -> None:
        """Judge once; `judges_all`: this process judges what is the same for every one."""
        raised, cleared = await asyncio.to_thread(self._changes, judges_all)
        if not raised and not cleared:
            return
        keys = await self.port.operations.submit(functools.partial(self._keep, raised, cleared))
        now_s = self.port.clock.monotonic()
        for one, key in zip(raised, keys, strict=True):
            self._open[one.name] = _Open(key, now_s, self.table.quiet_s)
            log.warning("alert.raised", rule=one.rule, zone=one.zone, about=one.destination)
        for name in cleared:
            del self._open[name]
            log.info("alert.cleared", alert=name)

    def _changes(self, judges_all: bool) -> tuple[list[AlertView], list[str]]:
        """Return what holds anew and the names of what is over."""
        self._take_over(judges_all)
        now_s = self.port.clock.monotonic()
        found = {one.name: one for one in self._holding(judges_all)}
        for name in found.keys() & self._open.keys():
            self._open[name].held_s = now_s
        raised = [one for name, one in found.items() if name not in self._open]
        cleared = [
            name
            for name, one in self._open.items()
            if name not in found and now_s - one.held_s >= one.quiet_s
        ]
        return raised, cleared

    def _take_over(self, judges_all: bool) -> None:
        """Know what another process, or this one before its start, has raised, and forget ours."""
        with self.port.reading() as reader:
            kept = held(reader)
        now_s = self.port.clock.monotonic()
        mine: dict[str, _Open] = {}
        for key, one in kept.items():
            is_own_door = one.rule == "errors" and one.level == "received"
            if (one.by == self._by) if is_own_door else judges_all:
                name = name_of(one)
                mine[name] = self._open.get(name) or _Open(
                    key, now_s, self._patience_s(is_own_door)
                )
        self._open = mine

    def _patience_s(self, is_own_door: bool) -> float:
        """Return how long what was raised elsewhere is left alone.

        Another listener of this machine may still count errors that do not come here.
        """
        is_theirs = is_own_door and self.role.is_shared
        return max(self.table.quiet_s, self.table.errors_long_s if is_theirs else 0.0)

    def _holding(self, judges_all: bool) -> Iterator[AlertView]:
        now_s = self.port.clock.monotonic()
        counts = {
            name: (one.good, one.bad) for name, one in self.port.pulse.endpoints.copy().items()
        }
        yield from _burning(self._received, now_s, counts, "received")
        if not judges_all:
            return
        seen = looked(self.port)
        yield from (one for one in seen.alerts if one.rule not in JUDGED)
        yield from self._stalled(seen, now_s)
        yield from _burning(self._sent, now_s, _ends(seen.health), "sent")

    def _stalled(self, seen: Looked, now_s: float) -> Iterator[AlertView]:
        wall, as_of = self.port.clock.wall(), seen.health.as_of
        gathering = self.port.watched.gathering()
        due = [lane for lane in seen.lanes if due_from(lane, gathering, as_of) <= as_of]
        still = self._progress.look(due, seen.health.deliveries, wall, now_s)
        lanes: dict[tuple[str, str], LaneView] = {(x.zone, x.destination): x for x in seen.lanes}
        for where, seconds in still.items():
            if seconds > self.table.stall_s:
                lane = lanes[where]
                age_s = (as_of - lane.oldest).total_seconds() if lane.oldest else 0.0
                yield AlertView("stall", *where, lane.waiting + lane.sending, age_s)

    def _keep(self, raised: list[AlertView], cleared: list[str], tx: Tx) -> list[str]:
        now = self.port.now()
        for name in cleared:
            clear_alert(tx, self._open[name].key, now)
        return [raise_alert(tx, one, now, self._by) for one in raised]


def _burning(burn: Burn, now_s: float, counts: dict[str, Counts], level: str) -> list[AlertView]:
    return [
        AlertView(
            "errors",
            "",
            one.name,
            0,
            0.0,
            level,
            f"{one.bad} errors, {one.share:.0%} of late",
        )
        for one in burn.look(now_s, counts)
    ]


def _ends(health: Health) -> dict[str, Counts]:
    """Return how many deliveries of each destination ended well, and how many did not."""
    found: dict[str, Counts] = {}
    for name, count in health.deliveries.items():
        destination, _, state = name.rpartition("/")
        good, bad = found.get(destination, (0, 0))
        found[destination] = (good + count * (state == "delivered"), bad + count * (state in BAD))
    return found
