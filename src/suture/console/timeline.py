"""Lays the cases of a board out: by day, by operating room, along the hours of the day.

In: a board. Out: days, each with its cases by time and its rooms as tracks of cells a table can
show. Refuses to know: HTML. A case stands at the local time of its own facility.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from suture.intelligence.view import Board, CaseCard

SLOT_MIN = 15
"""Minutes of one column; cases are booked in steps of five, a column narrower than 15 has no room
for a word."""
SLOTS_PER_HOUR = 60 // SLOT_MIN
SLOTS_PER_DAY = 24 * SLOTS_PER_HOUR
CARD_SLOTS_MIN = 5
"""A short case is drawn at least this long, so that its state can be read; its length is told."""
DAY_STARTS_H = 7
DAY_ENDS_H = 17
"""Hours shown even when nothing is booked in them; earlier and later cases widen the day."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of one track: a case, or free time up to the next case or full hour."""

    slots: int
    card: CaseCard | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """One operating room of a day; overlapping cases need more than one track."""

    name: str
    tracks: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of the board."""

    day: date
    hours: tuple[int, ...]
    """Full hours the columns stand for, first to last."""
    rooms: tuple[Room, ...]
    cards: tuple[tuple[str, CaseCard], ...]
    """(room, case) by time."""


def local_start(card: CaseCard, timezone: str) -> datetime:
    """Return the case's start on the clock of its facility (else of the hub)."""
    return card.start.astimezone(ZoneInfo(card.timezone or timezone))


def days_of(board: Board, *, only: str = "") -> tuple[Day, ...]:
    """Return the days that have cases, in order; `only` keeps one readiness state."""
    found: dict[date, list[tuple[str, CaseCard]]] = {}
    for room, cards in board.rooms:
        for card in cards:
            if not only or card.readiness.value == only:
                found.setdefault(local_start(card, board.timezone).date(), []).append((room, card))
    return tuple(_day(day, found[day], board.timezone) for day in sorted(found))


def _day(day: date, cards: Sequence[tuple[str, CaseCard]], timezone: str) -> Day:
    by_time = sorted(cards, key=lambda x: (x[1].start, x[0], x[1].token))
    spans = {card.token: _span(card, timezone) for _, card in by_time}
    first = min(DAY_STARTS_H, *(a // SLOTS_PER_HOUR for a, _ in spans.values()))
    last = max(DAY_ENDS_H, *(-(-b // SLOTS_PER_HOUR) for _, b in spans.values()))
    rooms: dict[str, list[CaseCard]] = {}
    for room, card in by_time:
        rooms.setdefault(room, []).append(card)
    window = (first * SLOTS_PER_HOUR, last * SLOTS_PER_HOUR)
    return Day(
        day=day,
        hours=tuple(range(first, last)),
        rooms=tuple(Room(r, _tracks(rooms[r], spans, window)) for r in sorted(rooms)),
        cards=tuple(by_time),
    )


def _span(card: CaseCard, timezone: str) -> tuple[int, int]:
    """Return the first slot of a case and the one after its last, within its day."""
    start = local_start(card, timezone)
    begin = (start.hour * 60 + start.minute) // SLOT_MIN
    long = max(CARD_SLOTS_MIN, -(-card.duration_min // SLOT_MIN))
    end = min(SLOTS_PER_DAY, begin + long)
    return min(begin, end - CARD_SLOTS_MIN), end


def _tracks(
    cards: Iterable[CaseCard], spans: dict[str, tuple[int, int]], window: tuple[int, int]
) -> tuple[tuple[Cell, ...], ...]:
    """Return the cells of each track; a case goes to the first track that is free."""
    tracks: list[list[CaseCard]] = []
    for card in cards:
        begin = spans[card.token][0]
        free = next((t for t in tracks if spans[t[-1].token][1] <= begin), None)
        if free is None:
            tracks.append([card])
        else:
            free.append(card)
    return tuple(tuple(_cells(track, spans, window)) for track in tracks)


def _cells(
    track: Iterable[CaseCard], spans: dict[str, tuple[int, int]], window: tuple[int, int]
) -> Iterator[Cell]:
    at, last = window
    for card in track:
        begin, end = spans[card.token]
        yield from _free(at, begin)
        yield Cell(end - begin, card)
        at = end
    yield from _free(at, last)


def _free(at: int, until: int) -> Iterator[Cell]:
    """Yield free cells, cut at full hours so that the hours can be seen."""
    while at < until:
        step = min(until, (at // SLOTS_PER_HOUR + 1) * SLOTS_PER_HOUR) - at
        yield Cell(step)
        at += step
