"""W14: the case cart, from the released pick list to returns that agree with usage (spec 2.15).

In: the pick list and its changes from the case, scans of people, room and usage events. Out: picked
and returned lines to W2, completion and reconciliation to CASE, gaps on the desk. Refuses to know:
where supply comes from, the patient. One instance per case; key = case token.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from suture.documents.cart import (
    CartChange,
    CartCompleted,
    CartReturns,
    CartScan,
    LineReturned,
    PickReleased,
    PlannedLine,
    UsageReconciled,
)
from suture.documents.events import ExceptionRaised
from suture.orchestration.decisions.readiness import (
    NEEDED,
    CartLine,
    Readiness,
    is_agreed,
    readiness,
)
from suture.orchestration.definition import (
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Moment,
    Place,
    Raise,
    Resolve,
)


class CartData(msgspec.Struct, frozen=True, kw_only=True):
    """The cart as planned and as scanned."""

    version: int = 0
    """Rises with each release: a cart that was put back is picked anew under the same number."""
    start: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    timezone: str = "UTC"
    facility: str = ""
    room: str = ""
    lines: dict[str, CartLine] = {}
    delivered_by: str = ""
    gaps_accepted_by: str = ""
    completed_at: datetime | None = None
    usages: dict[str, str] = {}
    """Usage token -> line, those of this cart."""


M = Moment[CartData]

URGENT = timedelta(hours=48)


# ---- guards


def _scanned(m: M) -> dict[str, CartLine]:
    """Return the lines with the scan of this event."""
    scan: CartScan = m.payload
    lines = dict(m.data.lines)
    line = lines.get(scan.line)
    if line is None:
        return lines
    quantity = line.open if scan.quantity is None else scan.quantity
    lines[scan.line] = msgspec.structs.replace(
        line,
        picked=line.picked + quantity,
        lots=tuple(dict.fromkeys((*line.lots, scan.lot))) if scan.lot else line.lots,
        is_unsterile=not scan.is_sterile,
        note="",
    )
    return lines


def all_done(m: M) -> bool:
    """Return whether no CRITICAL, REQUIRED or tray gap is open once the scan is taken."""
    return readiness(_scanned(m).values()).is_complete


def lines_open(m: M) -> bool:
    """Return whether a line or tray is still open once the scan is taken."""
    return not all_done(m)


def gaps_accepted(m: M) -> bool:
    """Return whether the charge nurse takes the cart with its gaps."""
    return bool(m.payload.gaps_accepted_by)


def agreed(m: M) -> bool:
    """Return whether returns and usage are what was picked."""
    return is_agreed(_with_returns(m).values())


def differs(m: M) -> bool:
    """Return whether returns and usage differ from what was picked."""
    return not agreed(m)


def supply_relevant(m: M) -> bool:
    """Return whether the case decided that the change matters for supply (2.1 R1)."""
    return bool(m.payload.is_supply_relevant)


def not_supply_relevant(m: M) -> bool:
    """Return whether the change leaves the cart alone."""
    return not supply_relevant(m)


def same_pick_window(m: M) -> bool:
    """Return whether need date and facility are as they were."""
    told: CartChange = m.payload
    zone = ZoneInfo(m.data.timezone)
    held, fresh = m.data.start.astimezone(zone).date(), told.start.astimezone(zone).date()
    return held == fresh and told.facility == m.data.facility


def need_date_or_facility_moved(m: M) -> bool:
    """Return whether the cart is of no use where and when it stands."""
    return not same_pick_window(m)


# ---- the pick list


def _line(plan: PlannedLine, held: CartLine | None) -> CartLine:
    """Return a planned line; what was scanned of it stays scanned."""
    base = held or CartLine(criticality=plan.criticality, planned=plan.quantity)
    return msgspec.structs.replace(
        base,
        criticality=plan.criticality,
        planned=plan.quantity,
        item=plan.item or base.item,
        description=plan.description or base.description,
        item_class=plan.item_class or base.item_class,
        is_removed=False,
        note=plan.reason if not base.picked else base.note,
    )


def _planned(m: M, plans: tuple[PlannedLine, ...]) -> dict[str, CartLine]:
    """Return the lines of a new plan; a picked line that is on it no more is put back."""
    lines = {plan.line: _line(plan, m.data.lines.get(plan.line)) for plan in plans}
    for key, held in m.data.lines.items():
        if key not in lines and held.picked:
            lines[key] = msgspec.structs.replace(held, is_removed=True)
    return lines


def _found(lines: dict[str, CartLine]) -> Readiness:
    return readiness(lines.values())


def _words(lines: dict[str, CartLine]) -> str:
    found = _found(lines)
    missing = "; ".join(found.gaps[:3])
    return f"{found.score} % ready" + (f": {missing}" if missing else "")


def release(m: M) -> Effects:
    """Begin a pick list, or the next version of one that was put back (W14.001, .039)."""
    told: PickReleased = m.payload
    lines = {plan.line: _line(plan, None) for plan in told.lines}
    yield Keep(
        {
            **{name: getattr(CartData(), name) for name in CartData.__struct_fields__},
            "version": m.data.version + 1,
            "start": told.start,
            "timezone": told.timezone,
            "facility": told.facility,
            "room": told.room,
            "lines": lines,
        }
    )
    yield Place(parent=m.key, facility=told.facility, due_at=told.start)
    if not m.data.version:
        yield Bind("CASE", m.key)
    yield Because(f"pick list of {len(lines)} lines released; {_words(lines)}")


def release_again(m: M) -> Effects:
    """The plan is frozen again while the cart is picked: what it says now is the list (W14.042)."""
    told: PickReleased = m.payload
    lines = _planned(m, told.lines)
    yield Keep({"lines": lines, "start": told.start, "room": told.room})
    yield Place(due_at=told.start)
    yield Because(f"frozen again; {_words(lines)}")
    if m.state in ("COMPLETE", "DELIVERED"):
        yield _completed(m, lines)


# ---- picking


def pick(m: M) -> Effects:
    """Take a pick over and tell the demand line when it is whole (W14.003, .004)."""
    scan: CartScan = m.payload
    lines = _scanned(m)
    line = lines.get(scan.line)
    if line is None:
        yield Because("the line is not on this cart; nothing was picked")
        yield _desk(m, "cart.line-unknown", "a line that is not on the cart was scanned", "RECON")
        return
    yield Keep({"lines": lines})
    yield Because(f"{line.description or line.item} picked by {scan.by}; {_words(lines)}")
    if line.is_done:
        yield Resolve(f"cart.short|{m.key}|{scan.line}", "the line was picked")
        if not m.data.lines[scan.line].is_done:
            yield Emit("cart.line_picked", "W2", scan.line, scan)


def complete(m: M) -> Effects:
    """The last gap is filled: the case is ready (W14.002, .017)."""
    yield from pick(m)
    lines = _scanned(m)
    yield Keep({"completed_at": m.now})
    yield _completed(m, lines)


def _completed(m: M, lines: dict[str, CartLine]) -> Emit:
    told = CartCompleted(score=_found(lines).score, at=m.now)
    return Emit("cart.completed", "CASE", m.key, told)


def come_short(m: M) -> Effects:
    """A line or tray cannot be picked: it is sought again and told as urgent (W14.005, .006)."""
    yield from _gap(m, "cart.short", "cannot be picked")


def come_short_delivered(m: M) -> Effects:
    """A gap is found at the check in the room (W14.018)."""
    yield from _gap(m, "cart.short", "missing at the check in the room")


def lose(m: M) -> Effects:
    """An item was dropped, taken or is unsterile (W14.007, .009, .010, .013, .022)."""
    yield from _gap(m, "cart.lost", "lost from the cart")


def pull_recalled(m: M) -> Effects:
    """A lot on the cart is recalled: pull it and quarantine it (W14.008, .011, .012, .014)."""
    yield from _gap(m, "cart.recalled", "recalled: pull it from the cart and quarantine it")


def _gap(m: M, code: str, words: str) -> Effects:
    """Take the line off the cart, tell its demand line, and put the gap on a desk (to W15)."""
    scan: CartScan = m.payload
    held = m.data.lines.get(scan.line)
    if held is None:
        yield Because("the line is not on this cart")
        yield _desk(m, "cart.line-unknown", "a line that is not on the cart was scanned", "RECON")
        return
    gone = held.picked if scan.quantity is None else min(scan.quantity, held.picked)
    note = scan.reason or words
    left = msgspec.structs.replace(held, picked=held.picked - gone, note=note)
    lines = {**m.data.lines, scan.line: left}
    yield Keep({"lines": lines, "completed_at": None})
    name = held.description or held.item
    yield Because(f"{name} {words}; {_words(lines)}")
    kind = "lot.recalled" if code == "cart.recalled" else "item.lost"
    if m.facts.state_of("W2", scan.line) in ("RESERVED", "PICKED"):
        yield Emit(kind, "W2", scan.line, scan)
    if held.criticality in NEEDED:
        family = "RECALL" if code == "cart.recalled" else "COVERAGE"
        yield _desk(m, code, f"{name}: {note}", family, dedupe=f"cart.short|{m.key}|{scan.line}")


def _desk(m: M, code: str, text: str, family: str, *, dedupe: str = "") -> Raise:
    """Return what the urgent desk must see; W15 opens from here."""
    return Raise(
        ExceptionRaised(
            family=family,
            code=code,
            summary=f"case cart: {text}",
            dedupe=dedupe or f"{code}|{m.key}",
            machine="W14",
            key=m.key,
            facility=m.data.facility,
            case_tokens=(m.key,),
            need_at=m.data.start,
            severity="urgent" if m.data.start - m.now < URGENT else "normal",
            suggestion="Bring the item to the cart and scan it; the demand line looks for another "
            "source by itself.",
        )
    )


# ---- to the room and back


def deliver(m: M) -> Effects:
    """The cart is scanned at the operating room (W14.015)."""
    yield Keep({"delivered_by": m.payload.by})
    yield Because(f"delivered by {m.payload.by}")


def deliver_with_gaps(m: M) -> Effects:
    """The charge nurse takes the cart with its gaps: never green (W14.016)."""
    yield Keep({"delivered_by": m.payload.by, "gaps_accepted_by": m.payload.gaps_accepted_by})
    yield Because(
        f"delivered with gaps, accepted by {m.payload.gaps_accepted_by}: {_words(m.data.lines)}"
    )


def start(m: M) -> Effects:
    """The case has started; gaps stay as requests of the room (W14.019)."""
    yield Because(f"case started; {_words(m.data.lines)}")


def start_by_use(m: M) -> Effects:
    """Usage without a room event: the case has started (W14.020)."""
    yield Because("usage without a room event: the case has started")
    yield from use(m)


def use(m: M) -> Effects:
    """Count what was used of the cart's lines; a correction takes it back (W14.021, .025, .026)."""
    lines = _used(m)
    yield Keep({"lines": lines, "usages": {**m.data.usages, m.payload.usage: m.payload.line}})
    known = m.payload.line in m.data.lines
    yield Because("used from the cart" if known else "used, not from the cart")
    if m.state == "RETURNING" and _is_accounted(lines):
        yield Emit("cart.returns_scanned", "W14", m.key, CartReturns(by="system"))


def _used(m: M) -> dict[str, CartLine]:
    told = m.payload
    held = m.data.lines.get(told.line)
    if held is None:
        return m.data.lines
    used = max(Fraction(0), held.used + told.quantity)
    return {**m.data.lines, told.line: msgspec.structs.replace(held, used=used)}


def come_back(m: M) -> Effects:
    """The case has ended: what was not used comes back (W14.023, .024)."""
    waiting = [x for x in m.data.lines.values() if x.unaccounted]
    yield Because(f"{len(waiting)} line(s) to come back")
    if _is_accounted(m.data.lines):
        yield Emit("cart.returns_scanned", "W14", m.key, CartReturns(by="system"))


def _is_accounted(lines: dict[str, CartLine]) -> bool:
    """Return whether a scanned cart agrees; one that nobody scanned proves nothing by itself."""
    return any(x.picked for x in lines.values()) and is_agreed(lines.values())


def _with_returns(m: M) -> dict[str, CartLine]:
    lines = dict(m.data.lines)
    for row in m.payload.rows:
        held = lines.get(row.line)
        if held is None:
            continue
        field = "returned" if row.condition == "sterile" else "wasted"
        lines[row.line] = msgspec.structs.replace(
            held, **{field: getattr(held, field) + row.quantity}
        )
    return lines


def _tell_returns(m: M) -> Effects:
    for row in m.payload.rows:
        if m.facts.state_of("W2", row.line) == "PICKED":
            told = LineReturned(
                by=m.payload.by, quantity=row.quantity, condition=row.condition, reason=row.reason
            )
            yield Emit("cart.returns_scanned", "W2", row.line, told)


def reconcile(m: M) -> Effects:
    """Returns and usage are what was picked: the usage of the case is final (W14.027)."""
    yield Keep({"lines": _with_returns(m)})
    yield Because("returns and usage are what was picked")
    yield from _tell_returns(m)
    yield Resolve(f"cart.differs|{m.key}", "returns and usage agree")
    yield Emit(
        "case.usage_reconciled",
        "CASE",
        m.key,
        UsageReconciled(by=m.payload.by, reason="returns and usage are what was picked"),
    )


def ask_for_the_rest(m: M) -> Effects:
    """Something picked is neither used nor back: the OR lead is asked (W14.028)."""
    lines = _with_returns(m)
    yield Keep({"lines": lines})
    yield from _tell_returns(m)
    names = [x.description or x.item for x in lines.values() if x.unaccounted]
    text = f"picked, neither used nor back: {', '.join(names[:5])}"
    yield Because(text)
    yield Raise(
        ExceptionRaised(
            family="RECON",
            code="cart.differs",
            summary=text,
            dedupe=f"cart.differs|{m.key}",
            machine="W14",
            key=m.key,
            facility=m.data.facility,
            case_tokens=(m.key,),
            owner="OR lead",
            suggestion="Find the items: record the missing usage in the EHR, or scan them back "
            "(suture cart returns).",
        )
    )


# ---- the case changes


def keep_as_is(m: M) -> Effects:
    """Nothing on the cart changes (W14.030)."""
    yield Because("no supply-relevant difference: the cart stays as it is")


def amend(m: M) -> Effects:
    """Pick the difference, put back what is not needed any more (W14.031-.035)."""
    told: CartChange = m.payload
    lines = _planned(m, told.lines)
    added = len(lines.keys() - m.data.lines.keys())
    back = sum(x.is_removed and x.picked > 0 for x in lines.values())
    yield Keep({"lines": lines, "start": told.start, "room": told.room or m.data.room})
    yield Place(due_at=told.start)
    yield Because(f"delta pick: {added} line(s) added, {back} to put back; {_words(lines)}")


def retime(m: M) -> Effects:
    """Only the delivery time moves (W14.036)."""
    yield Keep({"start": m.payload.start, "room": m.payload.room or m.data.room})
    yield Place(due_at=m.payload.start)
    yield Because(f"new delivery time {m.payload.start.isoformat()}")


def put_back(m: M) -> Effects:
    """The cart is of no use here and now: everything goes back to its shelf (W14.037, .038)."""
    picked = {k: x for k, x in m.data.lines.items() if x.picked}
    yield Because(f"{m.payload.reason or 'case moved'}: {len(picked)} line(s) to put back")
    for key in m.data.lines:
        yield Resolve(f"cart.short|{m.key}|{key}", "the cart was put back")


def correct_stock(m: M) -> Effects:
    """The put-back was scanned; demand lines gave their stock back already (W14.040)."""
    lines = _with_returns(m)
    yield Keep({"lines": lines})
    left = sum(bool(x.unaccounted) for x in lines.values())
    yield Because(f"put back by {m.payload.by}; {left} line(s) still out")


def reopen(m: M) -> Effects:
    """Usage changed after the close: compare again (W14.029, .041)."""
    lines = _used(m)
    yield Keep({"lines": lines, "usages": {**m.data.usages, m.payload.usage: m.payload.line}})
    yield Because("usage changed after the close: compare again")
    yield Emit("cart.returns_scanned", "W14", m.key, CartReturns(by="system"))


def score(data: dict[str, Any]) -> Readiness:
    """Return the readiness of a cart's stored data, for those who show it."""
    return readiness(msgspec.convert(data.get("lines", {}), dict[str, CartLine]).values())
