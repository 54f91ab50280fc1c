"""The readiness board: which coming cases are covered, and why not (S89, S175).

In: a snapshot of the operations journal. Out: `Board`. Refuses to know: the patient and the case
number, which are not there to be shown. Every list is bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from suture.documents import codec
from suture.intelligence.view import Board, CaseCard, LineView, Readiness
from suture.journal.contract import Reader
from suture.journal.record import Instance
from suture.orchestration.processes.case import CaseData
from suture.orchestration.processes.replenishment import LineData

CASES_MAX = 500
"""Cases on one board; a large site has about 200 a day."""
LINES_MAX = 500
NEEDED = frozenset({"CRITICAL", "REQUIRED"})

_READY = frozenset({"COVERED", "FROZEN", "CART_READY"})
_UNDERWAY = frozenset({"IN_PROCEDURE", "USAGE_OPEN", "USAGE_RECONCILED", "COSTED"})


def board(
    reader: Reader,
    *,
    now: datetime,
    facility: str = "",
    day: date | None = None,
    days: int = 1,
    timezone: str = "UTC",
) -> Board:
    """Return the cases of `days` local days from `day` (default: today), by room."""
    zone = ZoneInfo(timezone)
    first = day or now.astimezone(zone).date()
    start = datetime.combine(first, time(), zone)
    found = reader.instances(
        "CASE",
        limit=CASES_MAX,
        facility=facility or None,
        due_from=start,
        due_to=start + timedelta(days=days),
    )
    cards = [case_card(reader, stored) for stored in found if stored.state != "CANCELLED"]
    rooms: dict[str, list[CaseCard]] = {}
    for card in cards:
        rooms.setdefault(f"{card.facility} {card.room}", []).append(card)
    counts = {r.value: sum(1 for c in cards if c.readiness is r) for r in Readiness}
    exceptions = reader.instances(
        "EXC", limit=CASES_MAX, states=("OPEN", "ASSIGNED", "WAITING", "ESCALATED")
    )
    urgent = sum(1 for x in exceptions if codec.decode(x.data, dict).get("severity") == "urgent")
    return Board(
        as_of=now,
        day=first,
        days=days,
        facilities=facilities(reader),
        facility=facility,
        timezone=timezone,
        rooms=tuple((room, tuple(rooms[room])) for room in sorted(rooms)),
        counts=counts,
        open_exceptions=len(exceptions),
        urgent_exceptions=urgent,
        last_event_seq=reader.last_event_seq(),
        is_truncated=len(found) == CASES_MAX,
    )


def facilities(reader: Reader) -> tuple[str, ...]:
    """Return the facility codes of the master data."""
    return tuple(sorted(fact.key for fact in reader.facts("facility", limit=1000)))


def case_card(reader: Reader, stored: Instance, *, with_lines: bool = True) -> CaseCard:
    """Return one case as the board shows it."""
    data = codec.decode(stored.data, CaseData)
    snapshot = data.snapshot
    assert snapshot is not None, "a stored case has a snapshot"
    lines = case_lines(reader, stored.key) if with_lines else ()
    needed = [x for x in lines if x.criticality in NEEDED and x.state != "RELEASED"]
    gaps = sorted(
        (x for x in needed if not x.is_covered and x.state != "CONSUMED"),
        key=lambda x: (x.criticality != "CRITICAL", x.line),
    )
    readiness = _readiness(stored.state, gaps)
    procedure = ", ".join(
        f"{p.code} {p.laterality}" if p.laterality else p.code for p in snapshot.procedures
    )
    return CaseCard(
        token=stored.key,
        facility=snapshot.facility,
        room=room_name(snapshot.room),
        start=snapshot.start,
        duration_min=snapshot.duration_min,
        timezone=data.timezone,
        procedure=procedure,
        state=stored.state,
        readiness=readiness,
        covered=len(needed) - len(gaps),
        needed=len(needed),
        reason=_reason(stored.state, data, gaps),
        gaps=tuple(gaps),
        changed_at=stored.entered_at,
    )


def room_name(place: str) -> str:
    """Return the short room of an HL7 PL text, e.g. `OR04` of `MAIN^OR04^^NCH`."""
    parts = place.split("^")
    return parts[1] if len(parts) > 1 and parts[1] else place


def _readiness(state: str, gaps: Sequence[LineView]) -> Readiness:
    if state in _UNDERWAY or (state in _READY and not gaps):
        return Readiness.READY
    if state in ("SCHEDULED", "CARD_MISSING"):
        return Readiness.UNKNOWN
    if state == "AT_RISK":
        return Readiness.BLOCKED
    return Readiness.PARTIAL


def _reason(state: str, data: CaseData, gaps: Sequence[LineView]) -> str:
    if state == "CARD_MISSING":
        return "no preference card"
    if state == "SCHEDULED":
        return "being planned"
    if state == "CANCELLED":
        return data.note or "cancelled"
    if gaps:
        first = gaps[0]
        more = f" (+{len(gaps) - 1} more)" if len(gaps) > 1 else ""
        return f"{first.description or first.item}: {first.reason}{more}"
    if state == "AT_RISK":
        return data.note or "at risk"
    words = {
        "COVERED": "every critical and required line has a confirmed source",
        "FROZEN": "covered and frozen, cart being picked",
        "CART_READY": "cart complete",
        "IN_PROCEDURE": "patient in room",
        "USAGE_OPEN": "procedure complete, usage being recorded",
        "USAGE_RECONCILED": "usage final, invoices open",
        "COSTED": "closed, cost known",
    }
    return words.get(state, "lines are being sourced")


def case_lines(reader: Reader, token: str) -> tuple[LineView, ...]:
    """Return the demand lines of a case, in card order."""
    found = reader.instances("W2", limit=LINES_MAX, parent=token)
    views = [line_view(stored) for stored in found]
    return tuple(sorted(views, key=lambda x: (x.line.zfill(6), x.key)))


def line_view(stored: Instance) -> LineView:
    """Return one demand line."""
    data = codec.decode(stored.data, LineData)
    demand = data.demand
    covered = stored.state in ("RESERVED", "PICKED", "CONSUMED") or (
        stored.state == "ON_ORDER" and data.is_confirmed
    )
    return LineView(
        key=stored.key,
        line=demand.line if demand else "",
        item=data.item,
        description=data.description or (demand.ehr_supply_id if demand else ""),
        quantity=_number(demand.quantity if demand else data.used),
        criticality=demand.criticality if demand else "ADDED",
        state=stored.state,
        is_covered=covered,
        reason=data.reason,
        source=data.po_number or ("stock" if data.lots else ""),
        promised=data.promised,
        po_number=data.po_number,
        lots=tuple(x.lot for x in data.lots if x.lot),
    )


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
