"""Templates and their filters: times, glyphs, names.

In: views. Out: HTML, everything escaped. Refuses to know: where views come from.
"""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from suture.console.steps import line_readiness
from suture.console.timeline import local_start
from suture.intelligence.view import Board, CaseCard

GLYPHS = {"ready": "✓", "partial": "◐", "blocked": "✕", "unknown": "?"}
"""State is colour, glyph and word, never colour alone."""
STAGE_NAMES = {
    "booked": "Booked",
    "demand": "Demand lines",
    "availability": "Availability",
    "requisition": "Requisition",
    "approval": "Approval",
    "order": "Order",
    "acknowledgement": "Acknowledged",
    "shipment": "Shipped",
    "receipt": "Received",
    "invoice": "Invoice",
    "match": "Match",
    "payment": "Paid",
    "usage": "Usage",
    "case": "Case",
    "exception": "Exceptions",
}
MACHINE_NAMES = {
    "SNAP": "case report",
    "CASE": "case",
    "W2": "demand line",
    "W3": "order line",
    "W4": "receipt",
    "W5": "invoice",
    "W7": "requisition",
    "W9": "stock position",
    "W14": "case cart",
    "W15": "urgent request",
    "ERPW": "ERP posting",
    "EXC": "exception",
}
"""Workflows in the field's words (GLOSSARY.md)."""
UNCOVERED_MAX = 60
"""Cards in the list of uncovered cases; all of them stand in their rooms below."""


class Renderer:
    """Renders the console's templates."""

    def __init__(self, name: str, timezone: str) -> None:
        self._zone_name = timezone
        self._zone = ZoneInfo(timezone)
        self._environment = Environment(
            loader=PackageLoader("suture.console", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            clock=self.clock,
            day=self.day,
            stamp=self.stamp,
            exact=self.exact,
            starts=lambda card: local_start(card, timezone),
            iso=lambda at: at.astimezone(UTC).isoformat(timespec="seconds"),
            glyph=lambda state: GLYPHS.get(str(state), "?"),
            stage=lambda name: STAGE_NAMES.get(name, name),
            machine=lambda name: MACHINE_NAMES.get(name, name),
            words=words,
            quoted=shlex.quote,
            span=span,
            readiness=line_readiness,
            uncovered=uncovered,
        )
        self._environment.globals.update(
            hub=name, zone=timezone, ago=ago, until=until, uncovered_max=UNCOVERED_MAX
        )

    def page(self, template: str, **context: Any) -> str:
        """Return the page; raises jinja2.UndefinedError for a name the template lacks."""
        return self._environment.get_template(template).render(**context)

    def clock(self, at: datetime) -> str:
        """Return hours and minutes: of a facility when `at` is on its clock, else of the hub."""
        return self._local(at).strftime("%H:%M")

    def day(self, at: datetime | date) -> str:
        """Return a local day, e.g. `Thu 7 Jan`."""
        local = self._local(at) if isinstance(at, datetime) else at
        return f"{local:%a} {local.day} {local:%b}"

    def stamp(self, at: datetime) -> str:
        """Return a local day and time."""
        return f"{self.day(at)} {self.clock(at)}"

    def exact(self, at: datetime) -> str:
        """Return the whole local instant with the name of its time zone."""
        local = self._local(at)
        return f"{self.day(local)} {local:%Y %H:%M:%S} {local.tzinfo}"

    def _local(self, at: datetime) -> datetime:
        is_local = isinstance(at.tzinfo, ZoneInfo) and at.tzinfo.key != "UTC"
        return at if is_local else at.astimezone(self._zone)


def uncovered(board: Board, only: str = "") -> list[tuple[str, CaseCard]]:
    """Return (room, case) of the cases that are not ready: blocked first, then by time."""
    order = {"blocked": 0, "unknown": 1, "partial": 2}
    found = [
        (room, card)
        for room, cards in board.rooms
        for card in cards
        if card.readiness.value in order and only in ("", card.readiness.value)
    ]
    return sorted(found, key=lambda x: (order[x[1].readiness.value], x[1].start, x[1].token))


def words(name: str) -> str:
    """Return a state's name as words, e.g. `AT_RISK` as `at risk`."""
    return name.strip("()").replace("_", " ").lower()


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago, in the largest whole unit."""
    return f"{span((now - then).total_seconds())} ago" if then <= now else until(then, now)


def until(then: datetime, now: datetime) -> str:
    """Return how long until, or how long since when it has passed."""
    return f"in {span((then - now).total_seconds())}" if then > now else ago(then, now)


def span(seconds: float) -> str:
    """Return a length of time in its largest whole unit, e.g. `3 h`."""
    left = timedelta(seconds=abs(int(seconds)))
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if left.total_seconds() >= size:
            return f"{int(left.total_seconds()) // size} {name}"
    return f"{int(left.total_seconds())} s"
