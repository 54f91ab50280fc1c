"""Case carts as a picker, a porter and a charge nurse need them (spec 2.15).

In: a snapshot of the operations journal. Out: carts by start, one cart with its pick list. Refuses
to know: the patient, how a scan is taken. Every list is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from suture.documents import codec
from suture.intelligence.coverage import case_card, line_view, room_name
from suture.intelligence.view import LineView
from suture.journal.contract import Reader
from suture.journal.record import Instance
from suture.orchestration.decisions.readiness import CartLine, readiness
from suture.orchestration.processes.cart import CartData

CARTS_MAX = 200
"""Carts of one list: a large site has about 200 cases a day."""


@dataclass(frozen=True, slots=True)
class PickView:
    """One line of a pick list; quantities are decimal text."""

    line: str
    item: str
    description: str
    criticality: str
    planned: str
    picked: str
    used: str
    back: str
    """Returned sterile or wasted."""
    state: str
    """`picked`, `open`, `not sterile`, `put back`."""
    lots: tuple[str, ...]
    """Lots to pick, first expiry first; those picked once it is."""
    location: str
    note: str


@dataclass(frozen=True, slots=True)
class CartView:
    """One cart; `lines` only where one cart is asked for."""

    token: str
    version: int
    state: str
    facility: str
    room: str
    start: datetime
    timezone: str
    procedure: str
    case_state: str
    score: int
    is_complete: bool
    gaps: tuple[str, ...]
    open_lines: int
    needed_lines: int
    gaps_accepted_by: str
    lines: tuple[PickView, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which carts are listed."""

    due_from: datetime
    due_to: datetime
    facility: str = ""
    state: str = ""
    limit: int = CARTS_MAX


def carts(reader: Reader, wanted: Wanted) -> tuple[CartView, ...]:
    """Return the carts whose case starts in the given time, earliest first."""
    found = reader.instances(
        "W14",
        limit=min(wanted.limit, CARTS_MAX),
        states=(wanted.state,) if wanted.state else (),
        facility=wanted.facility or None,
        due_from=wanted.due_from,
        due_to=wanted.due_to,
    )
    return tuple(_cart(reader, stored, with_lines=False) for stored in found)


def cart(reader: Reader, token: str) -> CartView | None:
    """Return the cart of a case with its pick list, None when its pick was never released."""
    stored = reader.instance("W14", token)
    return _cart(reader, stored, with_lines=True) if stored is not None else None


def _cart(reader: Reader, stored: Instance, *, with_lines: bool) -> CartView:
    data = codec.decode(stored.data, CartData)
    found = readiness(data.lines.values())
    live = [x for x in data.lines.values() if not x.is_removed]
    case = reader.instance("CASE", stored.key)
    card = case_card(reader, case, with_lines=False) if case is not None else None
    return CartView(
        token=stored.key,
        version=data.version,
        state=stored.state,
        facility=data.facility,
        room=room_name(data.room),
        start=data.start,
        timezone=data.timezone,
        procedure=card.procedure if card is not None else "",
        case_state=case.state if case is not None else "",
        score=found.score,
        is_complete=found.is_complete,
        gaps=found.gaps,
        open_lines=sum(not x.is_done for x in live),
        needed_lines=len(live),
        gaps_accepted_by=data.gaps_accepted_by,
        lines=tuple(_pick(reader, k, x) for k, x in data.lines.items()) if with_lines else (),
    )


def _pick(reader: Reader, key: str, line: CartLine) -> PickView:
    stored = reader.instance("W2", key)
    seen: LineView | None = line_view(stored) if stored is not None else None
    location = codec.decode(stored.data, dict).get("location", "") if stored is not None else ""
    return PickView(
        line=key,
        item=line.item or (seen.item if seen else ""),
        description=line.description or (seen.description if seen else ""),
        criticality=line.criticality,
        planned=_text(line.planned),
        picked=_text(line.picked),
        used=_text(line.used),
        back=_text(line.returned + line.wasted),
        state=_state(line),
        lots=line.lots or (seen.lots if seen else ()),
        location=location,
        note=_note(line, seen),
    )


def _note(line: CartLine, seen: LineView | None) -> str:
    """Return why a line cannot be picked now; what is reserved since the release can be."""
    if line.is_done or (seen is not None and seen.state == "RESERVED"):
        return ""
    return line.note or (seen.reason if seen is not None else "")


def _state(line: CartLine) -> str:
    if line.is_removed:
        return "put back"
    if line.is_unsterile:
        return "not sterile"
    return "picked" if line.is_done else "open"


def _text(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
