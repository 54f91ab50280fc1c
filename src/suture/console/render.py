"""Templates and their filters: times, glyphs, names.

In: views. Out: HTML, everything escaped. Refuses to know: where views come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from suture.intelligence.view import Board, CaseCard

GLYPHS = {"ready": "✓", "partial": "◐", "blocked": "✕", "unknown": "?"}
"""State is colour, glyph and word, never colour alone."""
STAGE_NAMES = {
    "booked": "Booked",
    "demand": "Demand",
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
    "exception": "Exception",
}


class Renderer:
    """Renders the console's templates."""

    def __init__(self, name: str, timezone: str) -> None:
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
            iso=lambda at: at.isoformat(),
            glyph=lambda state: GLYPHS.get(str(state), "?"),
            stage=lambda name: STAGE_NAMES.get(name, name),
            by_day=self.by_day,
            uncovered=uncovered,
        )
        self._environment.globals.update(hub=name, zone=timezone, ago=ago, until=until)

    def page(self, template: str, **context: Any) -> str:
        """Return the page; raises jinja2.UndefinedError for a name the template lacks."""
        return self._environment.get_template(template).render(**context)

    def clock(self, at: datetime) -> str:
        """Return local hours and minutes."""
        return at.astimezone(self._zone).strftime("%H:%M")

    def day(self, at: datetime | date) -> str:
        """Return a local day, e.g. `Thu 7 Jan`."""
        local = at.astimezone(self._zone) if isinstance(at, datetime) else at
        return f"{local:%a} {local.day} {local:%b}"

    def stamp(self, at: datetime) -> str:
        """Return a local day and time."""
        return f"{self.day(at)} {self.clock(at)}"

    def by_day(self, board: Board) -> list[tuple[date, list[tuple[str, list[CaseCard]]]]]:
        """Return days, each with its rooms and their cases by time."""
        days: dict[date, dict[str, list[CaseCard]]] = {}
        for room, cards in board.rooms:
            for card in cards:
                local = card.start.astimezone(self._zone).date()
                days.setdefault(local, {}).setdefault(room, []).append(card)
        return [(d, [(r, _by_time(c)) for r, c in sorted(days[d].items())]) for d in sorted(days)]


def uncovered(board: Board) -> list[CaseCard]:
    """Return the cases that are not ready, blocked ones first, then by time."""
    order = {"blocked": 0, "unknown": 1, "partial": 2}
    found = [c for _, cards in board.rooms for c in cards if c.readiness.value in order]
    return sorted(found, key=lambda c: (order[c.readiness.value], c.start, c.token))


def _by_time(cards: Iterable[CaseCard]) -> list[CaseCard]:
    return sorted(cards, key=lambda c: (c.start, c.token))


def ago(then: datetime, now: datetime) -> str:
    """Return how long ago, in the largest whole unit."""
    return f"{_span(now - then)} ago" if then <= now else until(then, now)


def until(then: datetime, now: datetime) -> str:
    """Return how long until, or how long since when it has passed."""
    return f"in {_span(then - now)}" if then > now else f"{_span(now - then)} ago"


def _span(span: timedelta) -> str:
    seconds = int(abs(span.total_seconds()))
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"
