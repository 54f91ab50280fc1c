"""W2: one demand line of one case, from signal to consumption (spec 2.3).

In: a line exploded from a card, stock answers, order and receipt events, usage. Out: reservations,
requisitions, coverage told to the case. Refuses to know: document formats, the patient. Transfers,
loaners and substitutes are not built; W12 becomes an owned exception.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from suture.core.ids import key_id
from suture.documents import codec
from suture.documents.case import Usage
from suture.documents.events import (
    CoverageChanged,
    DemandLine,
    EvaluationCompleted,
    ExceptionRaised,
    OrderChangeRequested,
    RequisitionRequest,
    RequisitionWithdrawn,
    ReservationReleased,
    ReservationRequested,
    StepChosen,
    StockConsumed,
)
from suture.documents.supply import Lot
from suture.documents.urgent import NeedWithdrawn, UrgentRequested
from suture.governance.policy import Policies
from suture.orchestration.decisions.sourcing import choose_step, requisition_key
from suture.orchestration.decisions.urgency import URGENT_WITHIN
from suture.orchestration.definition import (
    SAME,
    START,
    Alarm,
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Moment,
    Place,
    Process,
    Raise,
    Resolve,
    rule,
    stays,
    unbuilt,
)
from suture.orchestration.facts import Facts
from suture.orchestration.processes.erp_write import issue_request


class LineData(msgspec.Struct, frozen=True, kw_only=True):
    """A demand line and where its supply comes from."""

    demand: DemandLine | None = None
    item: str = ""
    description: str = ""
    item_class: str = ""
    location: str = ""
    cost_center: str = ""
    lots: tuple[Lot, ...] = ()
    """Reserved lots."""
    supplier: str = ""
    requisition: str = ""
    po_number: str = ""
    po_line: str = ""
    promised: date | None = None
    is_confirmed: bool = False
    reason: str = ""
    tried: tuple[str, ...] = ()
    """Suppliers that failed this line, not asked again."""
    used: Fraction = Fraction(0)
    urgent: str = ""
    """The urgent request that was opened for this line."""


M = Moment[LineData]
NEEDED = frozenset({"CRITICAL", "REQUIRED"})


def stock_key(item: str, location: str) -> str:
    """Return the key of the W9 instance of one item at one inventory location."""
    return f"{item}@{location}"


def _demand(m: M) -> DemandLine:
    assert m.data.demand is not None, "a line that exists has its demand"
    return m.data.demand


def _needed_by(m: M, demand: DemandLine) -> datetime:
    return demand.need_at - m.policies.time.hours("preparation_h")


# ---- guards: the outcome is in the event


def _evaluation(m: M, kind: str, result: str) -> bool:
    return bool(m.payload.kind == kind and m.payload.result == result)


def resolved(m: M) -> bool:
    """Return whether item, location and cost center were found."""
    return _evaluation(m, "enrichment", "resolved")


def unresolved(m: M) -> bool:
    """Return whether the item or the location was not found."""
    return _evaluation(m, "enrichment", "unresolved")


def available(m: M) -> bool:
    """Return whether stock was reserved for the line."""
    return _evaluation(m, "availability", "available")


def short(m: M) -> bool:
    """Return whether projected availability does not cover the line."""
    return _evaluation(m, "availability", "short")


def buy(m: M) -> bool:
    """Return whether the ladder's step is to buy."""
    return bool(m.payload.step == "buy")


def none(m: M) -> bool:
    """Return whether the ladder is exhausted."""
    return bool(m.payload.step == "none")


def _eta(m: M) -> date | None:
    promised: date | None = getattr(m.payload, "promised", None)
    return promised


def eta_ok(m: M) -> bool:
    """Return whether the promise arrives before preparation must begin."""
    eta = _eta(m)
    return eta is None or eta <= _needed_by(m, _demand(m)).date()


def eta_after_need(m: M) -> bool:
    """Return whether the promise is too late."""
    return not eta_ok(m)


def now_available(m: M) -> bool:
    """Return whether the stock found covers the line."""
    return bool(m.payload.quantity >= _demand(m).quantity)


def full_quantity(m: M) -> bool:
    """Return whether the use covers the whole line."""
    return bool(m.payload.quantity + m.data.used >= _demand(m).quantity)


def partial_quantity(m: M) -> bool:
    """Return whether a part of the line stays open."""
    return not full_quantity(m)


def no_card_line(m: M) -> bool:
    """Return whether the item was used without a line (the instance does not exist)."""
    return m.data.demand is None


def source_still_feasible(m: M) -> bool:
    """Return whether the present source meets the new date and quantity."""
    held, fresh = _demand(m), m.payload
    if fresh.facility != held.facility or fresh.quantity > held.quantity:
        return False
    if m.state == "RESERVED":
        return True
    if m.state == "REQUISITIONED":
        return _need_day(m, fresh) >= _need_day(m, held)
    if m.state == "AT_RISK" and (not m.data.po_number or m.data.promised is None):
        return False
    return m.data.promised is None or m.data.promised <= _needed_by(m, fresh).date()


def source_not_feasible(m: M) -> bool:
    """Return whether the present source misses the new date or quantity."""
    return not source_still_feasible(m)


# ---- what the line tells others


def _told(m: M, *, covered: bool, reason: str, **more: Any) -> Emit:
    data, demand = m.data, _demand(m)
    payload = CoverageChanged(
        line=m.key,
        item=more.pop("item", data.item),
        description=data.description or demand.ehr_supply_id,
        criticality=demand.criticality,
        is_covered=covered,
        reason=reason,
        **more,
    )
    kind = "coverage.gained" if covered else "coverage.lost"
    return Emit(kind, "CASE", demand.case_token, payload)


def _tells(m: M) -> bool:
    return _demand(m).criticality in NEEDED


def _gained(m: M, reason: str, **more: Any) -> Effects:
    yield from _urgent_over(m, reason)
    if _tells(m):
        yield _told(m, covered=True, reason=reason, **more)


def _lost(m: M, reason: str, **more: Any) -> Effects:
    if _tells(m):
        yield _told(m, covered=False, reason=reason, **more)


def _to_stock(m: M, event: str, payload: Any, item: str = "", location: str = "") -> Emit:
    key = stock_key(item or m.data.item, location or m.data.location)
    return Emit(event, "W9", key, payload)


def _request(m: M, demand: DemandLine, *, waits: bool, **at: str) -> Emit:
    ask = ReservationRequested(
        line=m.key,
        case_token=demand.case_token,
        quantity=demand.quantity,
        need_at=demand.need_at,
        criticality=demand.criticality,
        waits=waits,
    )
    return _to_stock(m, "stock.reservation_requested", ask, **at)


def _release(m: M, reason: str) -> Emit:
    gone = ReservationReleased(line=m.key, reason=reason)
    return _to_stock(m, "stock.reservation_released", gone)


def _desk(m: M, code: str, text: str, suggestion: str) -> Raise:
    demand = _demand(m)
    return Raise(
        ExceptionRaised(
            family="CROSSWALK" if code == "line.unresolved" else "COVERAGE",
            code=code,
            summary=text,
            dedupe=f"{code}|{m.key}",
            machine="W2",
            key=m.key,
            facility=demand.facility,
            case_tokens=(demand.case_token,),
            need_at=demand.need_at,
            severity="urgent" if demand.need_at - m.now < timedelta(hours=48) else "normal",
            suggestion=suggestion,
        )
    )


# ---- from signal to source


def signal(m: M) -> Effects:
    """Mint the line and look its item and place up (W2.001)."""
    demand: DemandLine = m.payload
    yield Keep({"demand": demand})
    yield Place(parent=demand.case_token, facility=demand.facility, due_at=demand.need_at)
    yield Bind("CASE", demand.case_token)
    yield Because(f"{demand.criticality} line {demand.line} of card {demand.card}")
    yield _enriched(m, demand)


def _enriched(m: M, demand: DemandLine) -> Emit:
    item = m.facts.item_of_supply(demand.ehr_supply_id, demand.facility)
    context = m.facts.context(demand.room, demand.facility)
    missing = []
    if item is None:
        missing.append(f"supply id {demand.ehr_supply_id} has no item")
    if context.missing:
        missing.append(f"room leads to no {context.missing}")
    told = EvaluationCompleted(
        kind="enrichment",
        result="unresolved" if missing else "resolved",
        reason="; ".join(missing),
        item=item.key if item else "",
        location=context.inventory_location,
        cost_center=context.cost_center_key,
    )
    return Emit("evaluation.completed", "W2", m.key, told)


def attach(m: M) -> Effects:
    """Attach item and place and ask for stock (W2.003)."""
    told: EvaluationCompleted = m.payload
    item = m.facts.item(told.item)
    assert item is not None, "the enrichment named a known item"
    yield Keep(
        {
            "item": item.key,
            "description": item.description,
            "item_class": item.item_class,
            "location": told.location,
            "cost_center": told.cost_center,
            "reason": "asking for stock",
        }
    )
    yield Because(f"item {item.key} at {told.location}, cost center {told.cost_center}")
    yield Resolve(f"line.unresolved|{m.key}", "item and location are known now")
    yield _request(m, _demand(m), waits=False, item=item.key, location=told.location)


def can_be_enriched(data: bytes, facts: Facts) -> bool:
    """Return whether a waiting line's item and place can be found now."""
    demand = codec.decode(data, LineData).demand
    if demand is None:
        return False
    item = facts.item_of_supply(demand.ehr_supply_id, demand.facility)
    return item is not None and not facts.context(demand.room, demand.facility).missing


def repaired(m: M) -> Effects:
    """The crosswalk was repaired: attach item and place, ask for stock (W2.005)."""
    demand = _demand(m)
    item = m.facts.item_of_supply(demand.ehr_supply_id, demand.facility)
    context = m.facts.context(demand.room, demand.facility)
    assert item is not None and not context.missing, "published only when it can be enriched"
    told = EvaluationCompleted(
        kind="enrichment",
        result="resolved",
        item=item.key,
        location=context.inventory_location,
        cost_center=context.cost_center_key,
    )
    yield from attach(dataclasses.replace(m, payload=told))


def ask_steward(m: M) -> Effects:
    """Put a line without item or place on the steward's desk: detector D1 (W2.004)."""
    yield Keep({"reason": m.payload.reason})
    yield Because(m.payload.reason)
    yield _desk(
        m,
        "line.unresolved",
        f"preference-card line cannot be supplied: {m.payload.reason}",
        "Add the crosswalk entry for the supply id or the room, then load the master data.",
    )
    yield from _lost(m, m.payload.reason)


def reserve(m: M) -> Effects:
    """Keep the reserved lots and tell the case (W2.007)."""
    told: EvaluationCompleted = m.payload
    text = f"{_count(told.quantity)} reserved from stock at {m.data.location}"
    yield Keep({"lots": told.lots, "reason": text, "is_confirmed": True})
    yield Because(
        f"available {_count(told.available)} >= required {_count(_demand(m).quantity)}"
        f" (position v{told.stock_version})"
    )
    yield from _gained(m, text, source="stock")


def _count(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def seek_source(m: M) -> Effects:
    """Choose the next step of the sourcing ladder (W2.008, W2.022 and returns to SHORT)."""
    demand = _demand(m)
    told = m.payload
    if isinstance(told, EvaluationCompleted):
        yield Because(
            f"available {_count(told.available)} < required {_count(demand.quantity)}"
            f" (position v{told.stock_version})"
        )
    if demand.criticality not in NEEDED:
        yield Keep({"reason": "no stock; OPTIONAL lines are not ordered"})
        yield _request(m, demand, waits=True)
        return
    tried = m.data.tried
    yield Keep(_NO_SOURCE)
    yield Emit("sourcing.step_chosen", "W2", m.key, _step(m, demand, tried))


_NO_SOURCE: dict[str, Any] = {
    "reason": "choosing a source",
    "requisition": "",
    "po_number": "",
    "po_line": "",
    "promised": None,
    "is_confirmed": False,
    "lots": (),
}


def _step(m: M, demand: DemandLine, tried: tuple[str, ...]) -> StepChosen:
    return choose_step(
        facts=m.facts,
        item=m.data.item,
        demand=demand,
        location=m.data.location,
        cost_center=m.data.cost_center,
        needed_by=_needed_by(m, demand),
        now=m.now,
        tried=tried,
    )


def start_requisition(m: M) -> Effects:
    """Ask for the line on the requisition of its case and supplier (W2.010)."""
    step: StepChosen = m.payload
    demand = _demand(m)
    assert step.line is not None, "a step to buy names the line"
    need_by = _needed_by(m, demand).date()
    key, is_new = requisition_key(m.facts, demand.case_token, step.supplier, need_by)
    text = f"requisition to {step.supplier}: waiting for approval and order"
    yield Keep({"requisition": key, "supplier": step.supplier, "reason": text})
    yield Because(step.reason)
    ask = RequisitionRequest(
        facility=demand.facility,
        supplier=step.supplier,
        need_by=need_by,
        case_token=demand.case_token,
        demand_line=m.key,
        line=step.line,
        item_class=m.data.item_class,
        is_on_contract=bool(step.line.contract),
        quantity_needed=demand.quantity,
    )
    yield Emit("requisition.created" if is_new else "requisition.changed", "W7", key, ask)


def give_up(m: M) -> Effects:
    """No source is left: the supply command center decides (W2.013; W12 is not built)."""
    yield Keep({"reason": m.payload.reason})
    yield Because(m.payload.reason)
    yield from _at_risk(m, m.payload.reason)
    yield _request(m, _demand(m), waits=True)
    yield from _lost(m, m.payload.reason)


def _at_risk(m: M, reason: str) -> Effects:
    """Put the gap on the buyer's desk; what is critical and near is urgent (opens W15)."""
    name = m.data.description or _demand(m).ehr_supply_id
    yield from _call_urgent(m)
    yield _desk(
        m,
        "line.at-risk",
        f"{name}: {reason}",
        "Find a transfer, a loaner or a substitute, or advise a new date (W12 is not built yet).",
    )


def _call_urgent(m: M) -> Effects:
    demand = _demand(m)
    is_near = m.now < demand.need_at < m.now + URGENT_WITHIN
    if demand.criticality != "CRITICAL" or not is_near or not m.data.item or _is_called(m):
        return
    key = key_id("urgent", m.key, str(m.event_seq))
    call = UrgentRequested(
        item=m.data.item,
        description=m.data.description,
        facility=demand.facility,
        location=m.data.location,
        quantity=demand.quantity,
        need_at=demand.need_at,
        by="demand line",
        room=demand.room,
        criticality=demand.criticality,
        case_token=demand.case_token,
        line=m.key,
    )
    yield Keep({"urgent": key})
    yield Emit("urgent_request.raised", "W15", key, call)


def _is_called(m: M) -> bool:
    state = m.facts.state_of("W15", m.data.urgent) if m.data.urgent else None
    return state in ("RAISED", "MERGED", "SEARCHING", "COMMITTED", "IN_TRANSIT", "ESCALATED")


def _urgent_over(m: M, reason: str) -> Effects:
    """Withdraw the urgent request that is still open for this line (closes W15)."""
    if m.data.urgent and _is_called(m):
        gone = NeedWithdrawn(by="demand line", reason=reason)
        yield Emit("demand.cancelled", "W15", m.data.urgent, gone)
        yield Keep({"urgent": ""})


# ---- on order


def link_order(m: M) -> Effects:
    """Remember the order line that will bring the supply (W2.021)."""
    told = m.payload
    text = f"on order {told.po_number}: waiting for the supplier's promise"
    yield Keep({"po_number": told.po_number, "po_line": told.line, "reason": text})
    yield Because(f"purchase order {told.po_number} line {told.line}")


def take_promise(m: M) -> Effects:
    """Store a promise that is in time and tell the case (W2.025, W2.027)."""
    told = m.payload
    text = f"{told.po_number} {told.reason}" + (
        f", promised {told.promised.isoformat()}" if told.promised else ""
    )
    yield Keep({"promised": told.promised, "reason": text, "is_confirmed": True})
    need = _needed_by(m, _demand(m)).date()
    yield Because(f"promised {told.promised} is not after {need}")
    if m.state == "AT_RISK":
        yield Resolve(f"line.at-risk|{m.key}", "the promise is in time again")
        yield _release(m, "the order is in time again")
    yield from _gained(m, text, source=told.po_number, promised=told.promised)


def lose_promise(m: M) -> Effects:
    """The source is late or gone: tell the case why (W2.024, W2.026, W2.028, W2.029)."""
    told = m.payload
    need = _needed_by(m, _demand(m)).date()
    text = f"{told.reason} by {told.supplier or m.data.supplier} ({told.po_number})"
    if told.promised:
        text += f", promised {told.promised.isoformat()}, needed {need.isoformat()}"
    yield Keep({"promised": told.promised, "reason": text, "is_confirmed": False})
    yield Because(text)
    yield from _at_risk(m, text)
    if m.state != "AT_RISK":
        yield _request(m, _demand(m), waits=True)
    yield from _lost(m, text, source=told.po_number, promised=told.promised)


def hold_received(m: M) -> Effects:
    """Hold the received quantity for this case (W2.023, W2.031)."""
    told = m.payload
    text = f"received on {told.po_number}, reserved at {told.location}"
    yield Keep({"lots": told.lots, "reason": text, "is_confirmed": True})
    yield Because(f"receipt {told.receipt}: {_count(told.quantity)} allocated to this line")
    yield Resolve(f"line.at-risk|{m.key}", "the goods are here")
    yield from _gained(m, text, source=told.po_number)


def find_stock(m: M) -> Effects:
    """Take stock that appeared (W2.032)."""
    told = m.payload
    text = f"{_count(told.quantity)} reserved from stock at {told.location}"
    yield Keep({"lots": told.lots, "reason": text, "is_confirmed": True})
    yield Because(f"stock appeared (position v{told.stock_version})")
    yield Resolve(f"line.at-risk|{m.key}", "stock was found")
    if m.data.po_number:
        yield _cancel_order(m, "covered from stock")
    yield from _gained(m, text, source="stock")


def lose_reservation(m: M) -> Effects:
    """A count or a case of higher priority took the stock (W2.034)."""
    text = f"reservation lost: {m.payload.reason}"
    yield from _lost(m, text)
    yield Because(text)
    yield from seek_source(m)


def try_next(m: M) -> Effects:
    """The requisition was denied: next step of the ladder (W2.022)."""
    tried = (*m.data.tried, m.data.supplier)
    yield Keep({**_NO_SOURCE, "tried": tried})
    yield Because(f"requisition denied: {'; '.join(m.payload.reasons)}")
    yield Emit("sourcing.step_chosen", "W2", m.key, _step(m, _demand(m), tried))


# ---- the need changes


def rerun(m: M) -> Effects:
    """Run again with the new values (W2.047)."""
    fresh: DemandLine = m.payload
    yield Keep({"demand": fresh})
    yield Place(facility=fresh.facility, due_at=fresh.need_at)
    yield Because("needs changed before a source was found")
    if m.state in ("ENRICHED", "SHORT"):
        yield _release(m, "needs changed")
        yield _request(m, fresh, waits=m.state == "SHORT")
    else:
        yield _enriched(m, fresh)


def keep_source(m: M) -> Effects:
    """The present source still fits: amend it (W2.048, W2.050)."""
    fresh: DemandLine = m.payload
    yield Keep({"demand": fresh})
    yield Place(facility=fresh.facility, due_at=fresh.need_at)
    yield Because("the present source still meets date and quantity")
    if m.state == "RESERVED":
        yield _request(m, fresh, waits=False)
    elif m.state == "ON_ORDER" and _need_day(m, fresh) != _need_day(m, _demand(m)):
        yield _change_order(m, fresh)
    if m.data.is_confirmed:
        yield from _gained(m, m.data.reason, promised=m.data.promised)


def _need_day(m: M, demand: DemandLine) -> date:
    return _needed_by(m, demand).date()


def _change_order(m: M, fresh: DemandLine) -> Emit:
    need_by = _need_day(m, fresh)
    ask = OrderChangeRequested(reason="case moved", need_by=need_by, demand_line=m.key)
    return Emit("purchase_order.change_requested", "W3", _po_line(m), ask)


def _po_line(m: M) -> str:
    return f"{m.data.po_number}/{m.data.po_line}"


def drop_source(m: M) -> Effects:
    """The present source no longer fits: keep what is usable, source the rest (W2.049, .053)."""
    fresh: DemandLine = m.payload
    yield Keep({**_NO_SOURCE, "demand": fresh})
    yield Place(facility=fresh.facility, due_at=fresh.need_at)
    yield Because("the present source misses the new date or quantity")
    if m.state in ("RESERVED", "AT_RISK"):
        yield _release(m, "needs changed")
    if m.state == "REQUISITIONED":
        yield _withdraw(m, "needs changed")
    if m.state == "AT_RISK" and m.data.po_number:
        yield _cancel_order(m, "needs changed")
    yield from _lost(m, "needs changed; looking for a source again")
    yield Emit("sourcing.step_chosen", "W2", m.key, _step(m, fresh, m.data.tried))


def hurry_order(m: M) -> Effects:
    """The open order misses the new date: ask the supplier, and tell the case (W2.051)."""
    fresh: DemandLine = m.payload
    text = f"order {m.data.po_number} promised {m.data.promised} misses the new date"
    yield Keep({"demand": fresh, "reason": text, "is_confirmed": False})
    yield Place(facility=fresh.facility, due_at=fresh.need_at)
    yield Because(text)
    yield _change_order(m, fresh)
    yield from _at_risk(m, text)
    yield from _lost(m, text)


def calm_down(m: M) -> Effects:
    """The open order meets the new date after all (W2.052)."""
    fresh: DemandLine = m.payload
    text = f"order {m.data.po_number} meets the new date"
    yield Keep({"demand": fresh, "reason": text, "is_confirmed": True})
    yield Place(facility=fresh.facility, due_at=fresh.need_at)
    yield Because(text)
    yield _release(m, text)
    yield Resolve(f"line.at-risk|{m.key}", text)
    if _need_day(m, fresh) != _need_day(m, _demand(m)):
        yield _change_order(m, fresh)
    yield from _gained(m, text, source=m.data.po_number, promised=m.data.promised)


# ---- the need ends


def _withdraw(m: M, reason: str) -> Emit:
    gone = RequisitionWithdrawn(demand_line=m.key, reason=reason)
    return Emit("requisition.withdrawn", "W7", m.data.requisition, gone)


def _cancel_order(m: M, reason: str) -> Emit:
    ask = OrderChangeRequested(reason=reason, demand_line=m.key)
    return Emit("purchase_order.cancel_requested", "W3", _po_line(m), ask)


def _ended(m: M) -> Effects:
    yield from _urgent_over(m, m.payload.reason)
    yield Keep({"reason": m.payload.reason, "is_confirmed": False, "lots": ()})
    yield Because(m.payload.reason)
    for code in ("line.unresolved", "line.at-risk"):
        yield Resolve(f"{code}|{m.key}", m.payload.reason)


def let_go(m: M) -> Effects:
    """Nothing was sourced yet (W2.056)."""
    yield from _ended(m)
    if m.data.item:
        yield _release(m, m.payload.reason)


def unreserve(m: M) -> Effects:
    """Give the reserved stock back (W2.057)."""
    yield from _ended(m)
    yield _release(m, m.payload.reason)


def withdraw_requisition(m: M) -> Effects:
    """Withdraw the line from its requisition (W2.061)."""
    yield from _ended(m)
    yield _withdraw(m, m.payload.reason)


def cancel_order(m: M) -> Effects:
    """Cancel the order line at the supplier (W2.062)."""
    yield from _ended(m)
    yield _cancel_order(m, m.payload.reason)


def settle_risk(m: M) -> Effects:
    """Close the risk and settle the open order (W2.063)."""
    yield from _ended(m)
    yield _release(m, m.payload.reason)
    if m.data.po_number:
        yield _cancel_order(m, m.payload.reason)


def restore(m: M) -> Effects:
    """The case is reinstated: the same line again, next version (W2.065)."""
    yield Keep({**_NO_SOURCE, "demand": m.payload, "tried": (), "used": Fraction(0)})
    yield Place(facility=m.payload.facility, due_at=m.payload.need_at)
    yield Because("case reinstated")
    yield _enriched(m, m.payload)


def miss(m: M) -> Effects:
    """The need date passed without supply (W2.033)."""
    text = f"need date passed: {m.data.reason}"
    yield Keep({"reason": text, "is_confirmed": False})
    yield Because(text)
    yield Resolve(f"line.at-risk|{m.key}", "the need date has passed")
    if _tells(m):
        yield _desk(m, "line.missed", f"{m.data.description}: {text}", "Find the cause (RCA).")
    if m.state == "REQUISITIONED":
        yield _withdraw(m, "need date passed")
    if m.state in ("ON_ORDER", "AT_RISK") and m.data.po_number:
        yield _cancel_order(m, "need date passed")
    if m.state in ("AT_RISK", "SHORT") and m.data.item:
        yield _release(m, "need date passed")


# ---- use


def consume(m: M) -> Effects:
    """Consume the line: stock and ERP hear of it, the pending source is settled (W2.045)."""
    usage: Usage = m.payload
    yield Keep({"used": m.data.used + usage.quantity, "reason": "used in the case"})
    yield Because(f"{_count(usage.quantity)} used")
    yield Resolve(f"line.at-risk|{m.key}", "the item was used")
    yield from _urgent_over(m, "the item was used")
    if m.data.item:
        yield from _issue(m, usage, m.data.item, m.data.location)
    if m.state == "REQUISITIONED":
        yield _withdraw(m, "used from another source")
    if m.state in ("ON_ORDER", "AT_RISK") and m.data.po_number:
        yield _cancel_order(m, "used from another source")


def consume_part(m: M) -> Effects:
    """A part was used; the rest of the line stays (W2.046)."""
    usage: Usage = m.payload
    yield Keep({"used": m.data.used + usage.quantity})
    yield Because(f"{_count(usage.quantity)} of {_count(_demand(m).quantity)} used so far")
    if m.data.item:
        yield from _issue(m, usage, m.data.item, m.data.location)


def _issue(m: M, usage: Usage, item: str, location: str) -> Effects:
    demand = m.data.demand
    token = next(iter(demand.demand_token.values()), "") if demand else ""
    ref = key_id("issue", m.key, usage.usage)
    taken = StockConsumed(ref=ref, line=m.key, quantity=usage.quantity, lot=usage.lot)
    yield _to_stock(m, "stock.consumed", taken, item=item, location=location)
    yield issue_request(ref, token or m.key, item, location, usage)


def mint_consumed(m: M) -> Effects:
    """Use without a card line mints a consumed line (W2.002)."""
    usage: Usage = m.payload
    item = m.facts.item_key(usage.item_system, usage.item_id)
    context = m.facts.context(usage.location, m.facility)
    known = m.facts.item(item) if item else None
    yield Place(parent=usage.case_token, facility=m.facility, due_at=usage.at)
    yield Bind("CASE", usage.case_token)
    yield Because("used without a card line")
    if known is None or context.missing:
        yield Raise(
            ExceptionRaised(
                family="CROSSWALK",
                code="usage.item-unknown",
                summary=f"used item {usage.item_id} or its place is not known; "
                "stock was not decremented",
                dedupe=f"usage.item-unknown|{m.key}",
                machine="W2",
                key=m.key,
                facility=m.facility,
                case_tokens=(usage.case_token,),
                suggestion="Add the crosswalk entry, then post the issue by hand.",
            )
        )
        return
    yield Keep(
        {
            "item": known.key,
            "description": known.description,
            "item_class": known.item_class,
            "location": context.inventory_location,
            "used": usage.quantity,
            "reason": "used without a card line",
        }
    )
    yield from _issue(m, usage, known.key, context.inventory_location)


def _book_out(m: M, quantity: Fraction, why: str, lot: str = "") -> Effects:
    """Take a quantity that is gone out of stock and out of the ERP's book, once per event."""
    lots = [x.lot for x in m.data.lots]
    gone = Usage(
        case_token=_demand(m).case_token,
        usage=f"{why}/{m.event_seq}",
        item_id=m.data.item,
        item_system="",
        quantity=quantity,
        location="",
        at=m.now,
        lot=lot or (lots[0] if len(lots) == 1 else ""),
    )
    yield from _issue(m, gone, m.data.item, m.data.location)


# ---- the cart


def same_day(m: M) -> bool:
    """Return whether the case stays at its facility and on its local day."""
    held, fresh = _demand(m), m.payload
    place = m.facts.facility(held.facility)
    zone = ZoneInfo(place.timezone) if place is not None else UTC
    days = {x.need_at.astimezone(zone).date() for x in (held, fresh)}
    return bool(held.facility == fresh.facility and len(days) == 1)


def need_date_moved(m: M) -> bool:
    """Return whether the case moved to another day or facility."""
    return not same_day(m)


def sterile(m: M) -> bool:
    """Return whether the item came back sterile and intact."""
    return bool(m.payload.condition == "sterile")


def opened(m: M) -> bool:
    """Return whether it came back opened, contaminated or expired, with the reason."""
    return bool(m.payload.condition != "sterile" and m.payload.reason)


def pick_line(m: M) -> Effects:
    """The line is on the cart; the book moves when it is used (W2.037)."""
    yield Keep({"reason": f"picked to the cart by {m.payload.by}"})
    yield Because(f"picked by {m.payload.by}")


def pick_found(m: M) -> Effects:
    """Picked before a source was confirmed: the goods count, the source is settled (W2.082)."""
    text = f"found and picked by {m.payload.by}"
    yield Keep({"reason": text, "is_confirmed": True})
    yield Because(text)
    for code in ("line.unresolved", "line.at-risk"):
        yield Resolve(f"{code}|{m.key}", "the item is on the cart")
    yield from _settle_source(m, text)
    yield from _gained(m, text, source="stock")


def _settle_source(m: M, reason: str) -> Effects:
    """Withdraw or cancel what was asked for; it is not needed any more."""
    if m.state == "REQUISITIONED":
        yield _withdraw(m, reason)
    if m.state in ("ON_ORDER", "AT_RISK") and m.data.po_number:
        yield _cancel_order(m, reason)


def lose_item(m: M) -> Effects:
    """Missing, damaged, dropped or unsterile: booked out, sought again (W2.036, W2.042)."""
    text = f"lost: {m.payload.reason or 'missing, damaged or unsterile'}"
    yield Because(text)
    yield from _lost(m, text)
    yield from _book_out(m, _demand(m).quantity, "lost", m.payload.lot)
    yield from _ask_stock_again(m)


def quarantine(m: M) -> Effects:
    """The lot is recalled: nobody gets it any more, another source is sought (W2.035, W2.043)."""
    demand, lot = _demand(m), m.payload.lot
    text = f"lot {lot} is recalled" if lot else "the lot is recalled"
    yield Because(text)
    yield from _lost(m, text)
    ref = key_id("recall", m.key, str(m.event_seq))
    held = StockConsumed(ref=ref, line=m.key, quantity=demand.quantity, lot=lot)
    yield _to_stock(m, "stock.consumed", held)
    yield Raise(
        ExceptionRaised(
            family="RECALL",
            code="line.recalled",
            summary=f"{m.data.description}: {text}; pull and quarantine it",
            dedupe=f"line.recalled|{m.key}|{lot}",
            machine="W2",
            key=m.key,
            facility=demand.facility,
            case_tokens=(demand.case_token,),
            need_at=demand.need_at,
            severity="urgent",
            suggestion="Quarantine the lot and post its movement in the ERP.",
        )
    )
    yield from _ask_stock_again(m)


ASKING = "asking for stock"


def _ask_stock_again(m: M) -> Effects:
    """Ask the shelf before the ladder: what is gone may lie there once more."""
    yield Keep({**_NO_SOURCE, "reason": ASKING})
    yield _request(m, _demand(m), waits=True)


def still_short(m: M) -> Effects:
    """The shelf has none either: the ladder, when nothing is under way (W2.073)."""
    if m.state == "SHORT" and m.data.reason == ASKING:
        yield from seek_source(m)
    else:
        yield Because("recorded; nothing else follows from it")


def put_away(m: M) -> Effects:
    """Back on the shelf, sterile (W2.040, W2.064)."""
    yield from _ended(m)
    yield _release(m, m.payload.reason or "returned sterile")


def waste(m: M) -> Effects:
    """Opened and not used: the case bears it (W2.041)."""
    text = f"wasted: {m.payload.reason}"
    yield Keep({"reason": text})
    yield Because(text)
    yield from _book_out(m, m.payload.quantity, "waste")


def recall_cart(m: M) -> Effects:
    """The case moved: the cart is put back, the reservation stays (W2.054)."""
    fresh: DemandLine = m.payload
    yield Keep({"demand": fresh, "reason": "put back: the case moved"})
    yield Place(facility=fresh.facility, due_at=fresh.need_at)
    yield Because("the case moved to another day or facility: put back, kept reserved")
    yield _request(m, fresh, waits=False)


def delta_pick(m: M) -> Effects:
    """Same day: a surplus is put back, an extra comes as a line of its own (W2.055)."""
    fresh: DemandLine = m.payload
    held = _demand(m)
    kept = msgspec.structs.replace(fresh, quantity=min(held.quantity, fresh.quantity))
    yield Keep({"demand": kept})
    yield Place(due_at=fresh.need_at)
    surplus = held.quantity - kept.quantity
    yield Because(f"{_count(surplus)} to put back" if surplus else "what was picked stays picked")
    if surplus:
        yield _request(m, kept, waits=False)


def still_picked(m: M) -> Effects:
    """The reservation was amended under a picked line (W2.084)."""
    yield Keep({"lots": m.payload.lots})
    yield Because("the reservation is as large as what was picked")


def never_picked(m: M) -> Effects:
    """The case is closed and the line was not needed (W2.038)."""
    yield from _ended(m)
    yield _release(m, "the case is closed")


def picked_and_gone(m: M) -> Effects:
    """The case is closed; what was picked is neither used nor back (W2.044)."""
    text = f"{m.data.description}: picked, neither used, returned nor wasted"
    yield Because(text)
    implant = m.data.item_class in ("IMPLANT", "TISSUE")
    yield Raise(
        ExceptionRaised(
            family="IMPLANT" if implant else "RECON",
            code="line.picked-and-gone",
            summary=text,
            dedupe=f"line.picked-and-gone|{m.key}",
            machine="W2",
            key=m.key,
            facility=_demand(m).facility,
            case_tokens=(_demand(m).case_token,),
            owner="OR lead",
            suggestion="Record the usage in the EHR or scan the item back.",
        )
    )


# ---- corrections


def still_used(m: M) -> bool:
    """Return whether something stays used after the correction."""
    return bool(m.data.used + m.payload.quantity > 0)


def not_used(m: M) -> bool:
    """Return whether the correction takes the whole use back."""
    return not still_used(m)


def use_returned(m: M) -> Effects:
    """Used after it was booked back or wasted: that is reversed, and told (W2.067)."""
    usage: Usage = m.payload
    yield Keep({"used": m.data.used + usage.quantity, "reason": "used in the case"})
    yield Because(f"used after it was {m.state.lower()}")
    if m.state == "RETURNED":
        yield from _issue(m, usage, m.data.item, m.data.location)
    yield Raise(
        ExceptionRaised(
            family="RECON",
            code="usage.after-return",
            summary=f"{m.data.description}: used after it was booked {m.state.lower()}",
            dedupe=f"usage.after-return|{m.key}",
            machine="W2",
            key=m.key,
            facility=_demand(m).facility,
            case_tokens=(_demand(m).case_token,),
            owner="OR lead",
            suggestion="Check the shelf: the usage stands, the put-away was reversed.",
        )
    )


def correct_use(m: M) -> Effects:
    """Lot, serial or quantity of a use was corrected (W2.068, W2.083)."""
    usage: Usage = m.payload
    yield Keep({"used": max(Fraction(0), m.data.used + usage.quantity)})
    yield Because(
        f"{_count(-usage.quantity)} taken back" if usage.quantity < 0 else "lot or serial corrected"
    )
    if usage.quantity and m.data.item:
        back = msgspec.structs.replace(usage, usage=f"{usage.usage}/{usage.control_id}")
        yield from _issue(m, back, m.data.item, m.data.location)


def take_use_back(m: M) -> Effects:
    """Nothing of the line was used: book it back; a person checks the goods (W2.069)."""
    yield from correct_use(m)
    yield Keep({"reason": "usage taken back"})
    demand = m.data.demand
    yield Raise(
        ExceptionRaised(
            family="RECON",
            code="usage.taken-back",
            summary=f"{m.data.description}: usage was taken back; the book has it on the shelf",
            dedupe=f"usage.taken-back|{m.key}",
            machine="W2",
            key=m.key,
            facility=demand.facility if demand else m.facility,
            case_tokens=(demand.case_token,) if demand else (),
            owner="OR lead",
            suggestion="Put it away when sterile; else post its waste.",
        )
    )


# ---- alarms


def _need_due(data: LineData, entered: datetime, policies: Policies) -> datetime | None:
    return data.demand.need_at if data.demand else None


OPEN = (
    "SIGNALLED",
    "UNRESOLVED",
    "ENRICHED",
    "RESERVED",
    "SHORT",
    "SUBSTITUTE_PROPOSED",
    "TRANSFER_REQUESTED",
    "LOANER_REQUESTED",
    "REQUISITIONED",
    "ON_ORDER",
    "AT_RISK",
    "PICKED",
)
BEFORE_PICK = tuple(s for s in OPEN if s != "PICKED")
NO_PROMISE_NEEDED = ("RESERVED", "CONSUMED", "UNFILLED", "SHORT", "REQUISITIONED")
"""States in which news of an earlier order is only recorded: the goods are here or asked anew."""
UNRESERVED = tuple(s for s in OPEN if s not in ("SIGNALLED", "RESERVED", "PICKED"))
ENDED = ("CONSUMED", "RETURNED", "WASTED", "RELEASED", "UNFILLED")
UNSOURCED = ("SIGNALLED", "UNRESOLVED", "ENRICHED", "SHORT")
SOURCED = (
    "RESERVED",
    "SUBSTITUTE_PROPOSED",
    "TRANSFER_REQUESTED",
    "LOANER_REQUESTED",
    "REQUISITIONED",
)


REPLENISHMENT = Process(
    machine="W2",
    title="Procedure-linked replenishment",
    states=(
        "SIGNALLED",
        "CONSUMED",
        "ENRICHED",
        "UNRESOLVED",
        "AT_RISK",
        "RESERVED",
        "SHORT",
        "TRANSFER_REQUESTED",
        "REQUISITIONED",
        "LOANER_REQUESTED",
        "SUBSTITUTE_PROPOSED",
        "ON_ORDER",
        "UNFILLED",
        "PICKED",
        "RELEASED",
        "RETURNED",
        "WASTED",
    ),
    terminal=("CONSUMED", "RETURNED", "WASTED", "RELEASED", "UNFILLED"),
    data_type=LineData,
    alarms=(Alarm("need_date", BEFORE_PICK, "timer.need_date_passed", _need_due),),
    rules=(
        rule("W2.001", START, "demand.exploded", "SIGNALLED", do=signal),
        rule("W2.002", START, "usage.recorded", "CONSUMED", when=no_card_line, do=mint_consumed),
        rule("W2.003", "SIGNALLED", "evaluation.completed", "ENRICHED", when=resolved, do=attach),
        rule(
            "W2.004",
            "SIGNALLED",
            "evaluation.completed",
            "UNRESOLVED",
            when=unresolved,
            do=ask_steward,
        ),
        rule("W2.005", "UNRESOLVED", "item.published", "ENRICHED", do=repaired),
        unbuilt("W2.006", "UNRESOLVED", "timer.freeze_reached", "AT_RISK"),
        rule("W2.007", "ENRICHED", "evaluation.completed", "RESERVED", when=available, do=reserve),
        rule("W2.008", "ENRICHED", "evaluation.completed", "SHORT", when=short, do=seek_source),
        unbuilt("W2.009", "SHORT", "sourcing.step_chosen", "TRANSFER_REQUESTED", "transfer"),
        rule(
            "W2.010",
            "SHORT",
            "sourcing.step_chosen",
            "REQUISITIONED",
            when=buy,
            do=start_requisition,
        ),
        unbuilt("W2.011", "SHORT", "sourcing.step_chosen", "LOANER_REQUESTED", "loaner"),
        unbuilt("W2.012", "SHORT", "sourcing.step_chosen", "SUBSTITUTE_PROPOSED", "substitute"),
        rule("W2.013", "SHORT", "sourcing.step_chosen", "AT_RISK", when=none, do=give_up),
        unbuilt(
            "W2.014", "SUBSTITUTE_PROPOSED", "review.approved", "ENRICHED", "clinical_approver"
        ),
        unbuilt("W2.015", "SUBSTITUTE_PROPOSED", "review.rejected", "SHORT"),
        unbuilt("W2.016", "TRANSFER_REQUESTED", "supply.received", "RESERVED"),
        unbuilt("W2.017", ("TRANSFER_REQUESTED", "LOANER_REQUESTED"), "supply.refused", "SHORT"),
        unbuilt("W2.018", "LOANER_REQUESTED", "supply.received", "RESERVED"),
        unbuilt(
            "W2.019",
            ("TRANSFER_REQUESTED", "LOANER_REQUESTED", "SUBSTITUTE_PROPOSED", "REQUISITIONED"),
            "timer.decision_deadline_reached",
            "SHORT",
        ),
        unbuilt("W2.020", ("SHORT", "AT_RISK"), "supply.received", "RESERVED"),
        rule("W2.021", "REQUISITIONED", "purchase_order.created", "ON_ORDER", do=link_order),
        rule("W2.022", "REQUISITIONED", "requisition.denied", "SHORT", do=try_next),
        rule("W2.023", "ON_ORDER", "receipt.allocated", "RESERVED", do=hold_received),
        rule(
            "W2.024",
            "ON_ORDER",
            "supply.promise_changed",
            "AT_RISK",
            when=eta_after_need,
            do=lose_promise,
        ),
        rule("W2.025", "ON_ORDER", "supply.promise_changed", SAME, when=eta_ok, do=take_promise),
        rule("W2.026", "ON_ORDER", "supply.promise_lost", "AT_RISK", do=lose_promise),
        rule(
            "W2.027", "AT_RISK", "supply.promise_changed", "ON_ORDER", when=eta_ok, do=take_promise
        ),
        rule(
            "W2.028",
            "AT_RISK",
            "supply.promise_changed",
            SAME,
            when=eta_after_need,
            do=lose_promise,
        ),
        rule("W2.029", "AT_RISK", "supply.promise_lost", SAME, do=lose_promise),
        unbuilt("W2.030", "AT_RISK", "disruption.plan_accepted", "SHORT"),
        rule(
            "W2.031",
            (
                "AT_RISK",
                "SHORT",
                "SUBSTITUTE_PROPOSED",
                "TRANSFER_REQUESTED",
                "LOANER_REQUESTED",
                "REQUISITIONED",
            ),
            "receipt.allocated",
            "RESERVED",
            do=hold_received,
        ),
        rule(
            "W2.032",
            ("AT_RISK", "SHORT"),
            "inventory.position_changed",
            "RESERVED",
            when=now_available,
            do=find_stock,
        ),
        rule(
            "W2.033",
            (
                "SIGNALLED",
                "UNRESOLVED",
                "ENRICHED",
                "SHORT",
                "SUBSTITUTE_PROPOSED",
                "TRANSFER_REQUESTED",
                "LOANER_REQUESTED",
                "REQUISITIONED",
                "ON_ORDER",
                "AT_RISK",
            ),
            "timer.need_date_passed",
            "UNFILLED",
            do=miss,
        ),
        rule("W2.034", "RESERVED", "reservation.lost", "SHORT", do=lose_reservation),
        rule("W2.035", "RESERVED", "lot.recalled", "SHORT", do=quarantine),
        rule("W2.036", "RESERVED", "item.lost", "SHORT", do=lose_item),
        rule("W2.037", "RESERVED", "cart.line_picked", "PICKED", do=pick_line),
        rule("W2.038", "RESERVED", "case.usage_reconciled", "RELEASED", do=never_picked),
        rule("W2.039", "RESERVED", "timer.need_date_passed", SAME, do=stays),
        rule("W2.040", "PICKED", "cart.returns_scanned", "RETURNED", when=sterile, do=put_away),
        rule("W2.041", "PICKED", "cart.returns_scanned", "WASTED", when=opened, do=waste),
        rule("W2.042", "PICKED", "item.lost", "SHORT", do=lose_item),
        rule("W2.043", "PICKED", "lot.recalled", "SHORT", do=quarantine),
        rule("W2.044", "PICKED", "case.usage_reconciled", SAME, do=picked_and_gone),
        rule("W2.045", OPEN, "usage.recorded", "CONSUMED", when=full_quantity, do=consume),
        rule("W2.046", OPEN, "usage.recorded", SAME, when=partial_quantity, do=consume_part),
        rule("W2.047", UNSOURCED, "demand.changed", SAME, do=rerun),
        rule("W2.048", SOURCED, "demand.changed", SAME, when=source_still_feasible, do=keep_source),
        rule(
            "W2.049", SOURCED, "demand.changed", "SHORT", when=source_not_feasible, do=drop_source
        ),
        rule(
            "W2.050", "ON_ORDER", "demand.changed", SAME, when=source_still_feasible, do=keep_source
        ),
        rule(
            "W2.051",
            "ON_ORDER",
            "demand.changed",
            "AT_RISK",
            when=source_not_feasible,
            do=hurry_order,
        ),
        rule(
            "W2.052",
            "AT_RISK",
            "demand.changed",
            "ON_ORDER",
            when=source_still_feasible,
            do=calm_down,
        ),
        rule(
            "W2.053", "AT_RISK", "demand.changed", "SHORT", when=source_not_feasible, do=drop_source
        ),
        rule(
            "W2.054", "PICKED", "demand.changed", "RESERVED", when=need_date_moved, do=recall_cart
        ),
        rule("W2.055", "PICKED", "demand.changed", SAME, when=same_day, do=delta_pick),
        rule("W2.056", UNSOURCED, "demand.cancelled", "RELEASED", do=let_go),
        rule("W2.057", "RESERVED", "demand.cancelled", "RELEASED", do=unreserve),
        unbuilt("W2.058", "SUBSTITUTE_PROPOSED", "demand.cancelled", "RELEASED"),
        unbuilt("W2.059", "TRANSFER_REQUESTED", "demand.cancelled", "RELEASED"),
        unbuilt("W2.060", "LOANER_REQUESTED", "demand.cancelled", "RELEASED"),
        rule("W2.061", "REQUISITIONED", "demand.cancelled", "RELEASED", do=withdraw_requisition),
        rule("W2.062", "ON_ORDER", "demand.cancelled", "RELEASED", do=cancel_order),
        rule("W2.063", "AT_RISK", "demand.cancelled", "RELEASED", do=settle_risk),
        rule("W2.064", "PICKED", "demand.cancelled", "RETURNED", do=put_away),
        rule("W2.065", "RELEASED", "demand.exploded", "SIGNALLED", do=restore),
        rule("W2.066", ("RELEASED", "UNFILLED"), "usage.recorded", "CONSUMED", do=consume),
        rule("W2.067", ("RETURNED", "WASTED"), "usage.recorded", "CONSUMED", do=use_returned),
        rule("W2.068", "CONSUMED", "usage.corrected", SAME, when=still_used, do=correct_use),
        rule("W2.069", "CONSUMED", "usage.corrected", "RETURNED", when=not_used, do=take_use_back),
        rule("W2.070", "UNFILLED", "receipt.allocated", SAME, do=stays),
        # House rules, appended (ADR 0011): answers of W9 that the table leaves open.
        rule("W2.071", "RESERVED", "evaluation.completed", SAME, when=available, do=reserve),
        rule("W2.072", "RESERVED", "evaluation.completed", "SHORT", when=short, do=seek_source),
        rule(
            "W2.073", ("AT_RISK", "SHORT"), "evaluation.completed", SAME, when=short, do=still_short
        ),
        rule(
            "W2.074",
            ("AT_RISK", "SHORT"),
            "evaluation.completed",
            "RESERVED",
            when=available,
            do=reserve,
        ),
        rule("W2.075", "RELEASED", "supply.promise_lost", SAME, do=stays),
        rule("W2.076", "RELEASED", "supply.promise_changed", SAME, do=stays),
        rule("W2.077", ("RELEASED", "CONSUMED"), "receipt.allocated", SAME, do=stays),
        rule("W2.078", NO_PROMISE_NEEDED, "supply.promise_changed", SAME, do=stays),
        rule("W2.079", NO_PROMISE_NEEDED, "supply.promise_lost", SAME, do=stays),
        rule("W2.080", "UNRESOLVED", "evaluation.completed", "ENRICHED", when=resolved, do=attach),
        rule("W2.081", "UNRESOLVED", "evaluation.completed", SAME, when=unresolved, do=ask_steward),
        rule("W2.082", UNRESERVED, "cart.line_picked", "PICKED", do=pick_found),
        rule("W2.083", OPEN, "usage.corrected", SAME, do=correct_use),
        rule("W2.084", "PICKED", "evaluation.completed", SAME, do=still_picked),
        rule("W2.086", "RETURNED", "demand.exploded", "SIGNALLED", do=restore),
        rule("W2.085", ENDED, "case.usage_reconciled", SAME, do=stays),
    ),
)
