"""W3: one line of one purchase order at a supplier (spec 2.4).

In: an approved line with the number its system of record minted, the supplier's answers in any
order, ship notices, receipts, changes and cancels wanted by demand. Out: the order dispatched once,
promises told to demand lines, exceptions to the buyer. Refuses to know: X12, cXML, addresses.
Key = `po_number/line`. The order is one document: the last line that becomes READY dispatches it.
Partial backorders, substitutions, holds and buyer reviews are not built yet; W12 and W22 become
owned exceptions. A functional acknowledgement proves delivery, a timeout proves nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from suture.documents.cart import CaseSettled
from suture.documents.erp import OrderCancelPosting, OrderChangePosting
from suture.documents.events import (
    Acknowledged,
    ExceptionRaised,
    LineApproved,
    OrderChangeRequested,
    PromiseChanged,
    ReceiptPosted,
    ShipmentNotified,
    Validated,
)
from suture.documents.invoice import OrderForInvoice
from suture.documents.supply import OrderChange, OrderChangeLine, OrderLine, PurchaseOrder
from suture.governance.policy import Policies
from suture.orchestration.decisions.order_check import check_order_line
from suture.orchestration.definition import (
    SAME,
    START,
    Alarm,
    Answered,
    Ask,
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Moment,
    Name,
    Place,
    Process,
    Raise,
    Resolve,
    Send,
    Wait,
    Withdraw,
    rule,
    stays,
    unbuilt,
)
from suture.orchestration.processes.erp_write import write_request


class OrderLineData(msgspec.Struct, frozen=True, kw_only=True):
    """An order line, what was promised, shipped, received."""

    approved: LineApproved | None = None
    promised: date | None = None
    supplier_order: str = ""
    ack_code: str = ""
    shipped: Fraction = Fraction(0)
    received: Fraction = Fraction(0)
    receipts: dict[str, Fraction] = {}
    shipments: tuple[str, ...] = ()
    change_seq: int = 0
    wanted_need_by: date | None = None
    wanted_quantity: Fraction | None = None
    came_from: str = ""
    """State in which the open change was asked for."""
    cancel_wanted: str = ""
    chases: int = 0
    dispatches: int = 0


M = Moment[OrderLineData]

PRE_SHIPMENT_DEAD = ("CANCELLED", "CANCEL_PENDING", "CANCEL_UNKNOWN", "CLOSED", "REJECTED")


def _approved(m: M) -> LineApproved:
    assert m.data.approved is not None, "a line that exists was approved"
    return m.data.approved


def _po(m: M) -> str:
    return m.key.rpartition("/")[0]


# ---- guards


def accepted(m: M) -> bool:
    """Return whether the functional acknowledgement is clean."""
    return not m.payload.has_errors


def accepted_with_errors(m: M) -> bool:
    """Return whether it was accepted with errors: delivered all the same."""
    return bool(m.payload.has_errors)


def functional_ack_expected(m: M) -> bool:
    """Return whether the partner sends functional acknowledgements; both dialects here do."""
    return True


def within_tolerance(m: M) -> bool:
    """Return whether the change may be taken without a person, and has a date."""
    return bool(m.payload.is_within_tolerance)


def outside_tolerance(m: M) -> bool:
    """Return whether a buyer must look at the change."""
    return not within_tolerance(m)


def _received_after(m: M) -> Fraction:
    told: ReceiptPosted = m.payload
    receipts = {**m.data.receipts, told.receipt: told.quantity}
    return sum(receipts.values(), Fraction(0))


def complete(m: M) -> bool:
    """Return whether cumulative received reaches what was ordered."""
    return _received_after(m) >= _approved(m).line.quantity


def partial(m: M) -> bool:
    """Return whether a part is still to come."""
    return not complete(m)


def nothing_received(m: M) -> bool:
    """Return whether nothing of the line was received."""
    return m.data.received == 0


def part_received(m: M) -> bool:
    """Return whether a part of the line was received."""
    return m.data.received > 0


def was_accepted(m: M) -> bool:
    """Return whether the line was accepted when the change was asked for."""
    return m.data.came_from == "ACCEPTED"


def was_backordered(m: M) -> bool:
    """Return whether the line was backordered when the change was asked for."""
    return m.data.came_from == "BACKORDERED"


def was_unacknowledged(m: M) -> bool:
    """Return whether no 855 had come when the change was asked for."""
    return m.data.came_from not in ("ACCEPTED", "BACKORDERED") and not already_shipped(m)


def already_shipped(m: M) -> bool:
    """Return whether something was shipped."""
    return m.data.shipped > 0


def not_shipped(m: M) -> bool:
    """Return whether nothing was shipped."""
    return not already_shipped(m)


def on_the_wire(m: M) -> bool:
    """Return whether the order document has been claimed for sending."""
    state = m.facts.delivery_state(_dispatch_key(m))
    return state is not None and state != "waiting"


def queued(m: M) -> bool:
    """Return whether the order document waits for sending or for the outcome of it."""
    return m.facts.delivery_state(_dispatch_key(m)) is not None


def not_on_the_wire(m: M) -> bool:
    """Return whether the order document can still be taken back."""
    return not on_the_wire(m)


# ---- the order goes out


def open_line(m: M) -> Effects:
    """Mint the order line and check it before it may be sent (W3.001)."""
    told: LineApproved = m.payload
    yield Keep({"approved": told})
    yield Place(parent=told.po_number, facility=told.facility, due_at=_at(told.need_by))
    yield Name("po", told.po_number)
    yield Bind("W7", told.requisition)
    for demand_line, _ in told.demand_lines:
        yield Bind("W2", demand_line)
    found = check_order_line(told, m.facts, m.now)
    yield Because(f"pre-send checks: {', '.join(found.checks)}")
    kind = "validation.failed" if found.failed else "validation.passed"
    payload = Validated(checks=found.checks, reason=found.failed, detail=found.detail)
    yield Emit(kind, "W3", m.key, payload)
    for machine, key in m.facts.named("invoice_of_po", told.po_number):
        billed = OrderForInvoice(po_number=told.po_number, line=told.line.line)
        yield Emit("purchase_order.created", machine, key, billed)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def make_ready(m: M) -> Effects:
    """The line may be sent; the last line of the order dispatches the document (W3.002)."""
    yield Because("contract price, unit, GLN, supplier and duplicate checks passed")
    yield Resolve(f"order.price-hold|{m.key}", "the checks pass")
    yield from _dispatch_when_last(m)


def _dispatch_when_last(m: M) -> Effects:
    siblings = m.facts.siblings("W3", _po(m), OrderLineData)
    others = [(k, s, d) for k, s, d in siblings if k != m.key]
    expected = _order_lines_expected(m)
    waiting = [k for k, s, _ in others if s in ("DRAFT", "PRICE_HOLD")]
    if waiting or len(others) + 1 < expected:
        yield Because("waits for the other lines of the same order")
        return
    live = [d for _, s, d in others if s == "READY"]
    lines = tuple(
        sorted(
            (d.approved.line for d in (*live, m.data) if d.approved is not None),
            key=lambda x: int(x.line),
        )
    )
    yield Because(f"dispatched as one document with {len(lines)} line(s)")
    yield Send(
        "order.dispatch",
        _approved(m).supplier,
        _po(m),
        _document(m, lines),
        _dispatch_key(m),
        0 if _is_urgent(m) else 5,
    )


def _order_lines_expected(m: M) -> int:
    """Return how many lines of the order were approved (the requisition knows)."""
    found = m.facts.other("W7", _approved(m).requisition, dict)
    if found is None:
        return 1
    return sum(1 for x in found[1].get("lines", ()) if not x.get("is_withdrawn"))


def _dispatch_key(m: M) -> str:
    return f"order/{_po(m)}/dispatch/{m.data.dispatches}"


def _is_urgent(m: M) -> bool:
    return _at(_approved(m).need_by) - m.now < timedelta(hours=24)


def _document(m: M, lines: tuple[OrderLine, ...]) -> PurchaseOrder:
    told = _approved(m)
    supplier = m.facts.supplier(told.supplier)
    gln, name = m.facts.dock_gln(told.facility)
    payer = m.facts.facility(told.facility)
    return PurchaseOrder(
        po_number=told.po_number,
        supplier=told.supplier,
        facility=told.facility,
        order_date=told.order_date,
        need_by=told.need_by,
        lines=lines,
        currency=lines[0].currency if lines else "USD",
        contract=lines[0].contract if lines else "",
        bill_to_gln=payer.gln if payer else "",
        bill_to_name=payer.name if payer else "",
        ship_to_gln=told.ship_to_gln or gln,
        ship_to_name=name,
        vendor_no=supplier.erp_vendor_no if supplier else "",
        urgency="EMERGENCY" if _is_urgent(m) else "ROUTINE",
    )


def hold_price(m: M) -> Effects:
    """A check failed: the contract analyst decides before anything is sent (W3.003)."""
    yield Because(f"{m.payload.reason}: {m.payload.detail}")
    yield Ask(
        kind="order.release",
        role="contract analyst",
        title=f"Order line {m.key} is held: {m.payload.reason}",
        task=f"{m.key}.price",
        data={"detail": m.payload.detail},
    )
    yield _desk(m, "PRICE", "order.price-hold", f"order line held: {m.payload.detail}")


def release_price(m: M) -> Effects:
    """A person released the held line (W3.004)."""
    yield Because(f"released by {m.payload.by}: {m.payload.reason}")
    yield Answered(m.payload.task, m.payload.by, "released")
    yield Resolve(f"order.price-hold|{m.key}", "released")
    yield from _dispatch_when_last(m)


def abandon(m: M) -> Effects:
    """A person abandoned the held line (W3.005)."""
    yield Because(f"abandoned by {m.payload.by}: {m.payload.reason}")
    yield Answered(m.payload.task, m.payload.by, "abandoned")
    yield Resolve(f"order.price-hold|{m.key}", "abandoned")
    yield from _tell_lost(m, "order line abandoned before dispatch")
    yield _cancel_in_erp(m)


def mark_sent(m: M) -> Effects:
    """The document was handed over (W3.006)."""
    yield Name("control_id", m.payload.control_id) if m.payload.control_id else Because("sent")
    yield Because(f"handed to the supplier's channel, control id {m.payload.control_id}")
    if m.data.cancel_wanted:
        ask = OrderChangeRequested(reason=m.data.cancel_wanted)
        yield Emit("purchase_order.cancel_requested", "W3", m.key, ask)


def channel_down(m: M) -> Effects:
    """The channel is down for good: the buyer is told (W3.007)."""
    yield Because(f"dispatch failed: {m.payload.code}")
    yield _desk(m, "SUPPLIER", "order.channel-down", f"order not dispatched: {m.payload.code}")


def note_errors(m: M) -> Effects:
    """Delivered with errors: EDI desk, never a resend (W3.015)."""
    yield Because("accepted with errors: delivered, never sent again")
    yield _desk(m, "TRANSPORT", "order.accepted-with-errors", "997 accepted with errors")


def query_supplier(m: M) -> Effects:
    """Delivery is unknown: ask before anything is sent again (W3.018, .127)."""
    yield Because("no answer: asked by purchase order number before anything is sent again")
    query = {"po_number": _po(m), "lines": [_approved(m).line.line]}
    yield Send(
        "order.lookup", _approved(m).supplier, _po(m), query, f"lookup/{m.key}/{m.event_seq}"
    )


def phone(m: M) -> Effects:
    """Still no answer: a person calls; nothing is sent again (W3.022, .027, .128)."""
    yield Keep({"chases": m.data.chases + 1})
    yield Because("no answer to the query either: phone task, no resend")
    yield _desk(m, "SUPPLIER", "order.no-answer", "the supplier does not answer; call them")


def rejected_by_translator(m: M) -> Effects:
    """The partner's translator rejected the document (W3.019)."""
    yield Because(f"rejected: {m.payload.code}")
    yield _desk(m, "TRANSPORT", "order.rejected-997", f"order document rejected: {m.payload.code}")


def resend(m: M) -> Effects:
    """The supplier does not have it: same order number, same control key (W3.021)."""
    sends = m.data.dispatches + 1
    yield Keep({"dispatches": sends})
    yield Because("the supplier does not have it: sent again under the same order number")
    siblings = m.facts.siblings("W3", _po(m), OrderLineData)
    lines = tuple(
        sorted(
            (
                d.approved.line
                for _, s, d in siblings
                if d.approved is not None and s not in PRE_SHIPMENT_DEAD
            ),
            key=lambda x: int(x.line),
        )
    )
    key = f"order/{_po(m)}/dispatch/{sends}"
    yield Send("order.dispatch", _approved(m).supplier, _po(m), _document(m, lines), key, 0)


def chase(m: M) -> Effects:
    """No business answer in time (W3.026)."""
    yield Keep({"chases": m.data.chases + 1})
    yield Because("no 855 or confirmation in time: chase the supplier")
    yield _desk(m, "SUPPLIER", "order.ack-overdue", "no acknowledgement from the supplier in time")


# ---- what the supplier says


def _name(m: M) -> str:
    line = _approved(m).line
    return line.description or line.item


def _tell(m: M, event: str, reason: str, promised: date | None) -> Effects:
    told = _approved(m)
    payload = PromiseChanged(
        po_number=told.po_number,
        line=told.line.line,
        reason=reason,
        promised=promised,
        supplier=told.supplier,
    )
    for demand_line, _ in told.demand_lines:
        yield Emit(event, "W2", demand_line, payload)


def _tell_lost(m: M, reason: str, promised: date | None = None) -> Effects:
    yield from _tell(m, "supply.promise_lost", reason, promised)


def _promise(m: M) -> date | None:
    answer = m.payload.answer
    if answer.promised_delivery is not None:
        promised: date = answer.promised_delivery
        return promised
    if answer.promised_ship is not None:
        shipped: date = answer.promised_ship
        return shipped + timedelta(days=1)
    return None


def take_promise(m: M) -> Effects:
    """Store the promised date and tell the demand lines (W3.028, .045, .054, .062)."""
    told: Acknowledged = m.payload
    promised = _promise(m) or _approved(m).need_by
    yield Keep(
        {
            "promised": promised,
            "ack_code": told.answer.code,
            "supplier_order": told.supplier_order or m.data.supplier_order,
        }
    )
    yield Because(f"{told.answer.code or told.answer.result}: promised {promised.isoformat()}")
    for code in ("order.ack-overdue", "order.no-answer", "order.backordered"):
        yield Resolve(f"{code}|{m.key}", "the supplier accepted")
    yield from _tell(m, "supply.promise_changed", "accepted", promised)


def backorder(m: M) -> Effects:
    """The supplier cannot deliver now: demand hears it with the new date (W3.048)."""
    told: Acknowledged = m.payload
    promised = _promise(m)
    yield Keep({"promised": promised, "ack_code": told.answer.code})
    when = f", promised {promised.isoformat()}" if promised else ", no date given"
    yield Because(f"{told.answer.code}: backordered{when}")
    yield _desk(
        m,
        "SUPPLIER",
        "order.backordered",
        f"{_name(m)} backordered by {_approved(m).supplier}{when}, "
        f"needed {_approved(m).need_by.isoformat()}",
        suggestion="Find another source or a substitute (W12 is not built yet).",
    )
    yield from _tell_lost(m, "backordered", promised)


def rejected_by_supplier(m: M) -> Effects:
    """The supplier rejects the line: demand looks for another source (W3.034, .051, .060)."""
    told: Acknowledged = m.payload
    yield Keep({"ack_code": told.answer.code, "promised": None})
    yield Because(f"{told.answer.code}: rejected ({told.answer.reason or 'no cause given'})")
    yield _desk(m, "SUPPLIER", "order.line-rejected", f"{_name(m)} rejected: {told.answer.code}")
    yield from _tell_lost(m, f"rejected ({told.answer.code})")


def missing_line(m: M) -> Effects:
    """A detail acknowledgement without this line: never assume acceptance (W3.036, .053)."""
    yield Because("the detail acknowledgement does not list this line")
    yield _desk(m, "SUPPLIER", "order.line-missing", f"{_name(m)} is missing from the 855")


# ---- changes and cancels


def _other_lines(m: M) -> list[OrderLine]:
    siblings = m.facts.siblings("W3", _po(m), OrderLineData)
    return sorted(
        (
            d.approved.line
            for k, s, d in siblings
            if k != m.key and d.approved is not None and s not in PRE_SHIPMENT_DEAD
        ),
        key=lambda x: int(x.line),
    )


def _whole_order(m: M) -> PurchaseOrder:
    siblings = m.facts.siblings("W3", _po(m), OrderLineData)
    lines = sorted(
        (d.approved.line for _, _, d in siblings if d.approved is not None),
        key=lambda x: int(x.line),
    )
    return _document(m, tuple(lines))


def _change(m: M, action: str, need_by: date, quantity: Fraction | None) -> Send:
    told = _approved(m)
    line = told.line
    if quantity is not None:
        line = msgspec.structs.replace(line, quantity=quantity)
    others = _other_lines(m)
    sequence = m.data.change_seq + 1
    remaining = others if action == "cancel" else sorted([*others, line], key=lambda x: int(x.line))
    change = OrderChange(
        po_number=told.po_number,
        change_seq=sequence * 1000 + int(told.line.line),
        supplier=told.supplier,
        facility=told.facility,
        order_date=told.order_date,
        need_by=need_by,
        lines=(OrderChangeLine(action=action, order_line=line, need_by=need_by),),
        is_cancel_of_order=action == "cancel" and not others,
        original=_whole_order(m),
        remaining=tuple(remaining),
    )
    key = f"order/{m.key}/change/{sequence}"
    return Send("order.change", told.supplier, told.po_number, change, key, 0)


def take_back(m: M) -> Effects:
    """Cancelled before dispatch: the document is withdrawn, nothing was sent (W3.008)."""
    yield Because(f"cancelled before dispatch: {m.payload.reason}")
    yield Resolve(f"order.price-hold|{m.key}", "cancelled")
    yield _cancel_in_erp(m)
    if m.state != "READY":
        return
    yield Withdraw(_dispatch_key(m))
    siblings = m.facts.siblings("W3", _po(m), OrderLineData)
    rest = [(k, s, d) for k, s, d in siblings if k != m.key]
    if any(s in ("DRAFT", "PRICE_HOLD") for _, s, _ in rest):
        return
    lines = tuple(d.approved.line for _, s, d in rest if s == "READY" and d.approved is not None)
    if lines:
        key = f"order/{_po(m)}/dispatch/without-{_approved(m).line.line}"
        yield Send("order.dispatch", _approved(m).supplier, _po(m), _document(m, lines), key)


def cancel_later(m: M) -> Effects:
    """The document is on the wire: cancel as soon as it is known to be sent (W3.229)."""
    yield Keep({"cancel_wanted": m.payload.reason})
    yield Because("the order is on the wire: it is cancelled as soon as it is known to be sent")


def ask_cancel(m: M) -> Effects:
    """Ask the supplier to cancel the line: 860 or cXML delete (W3.098, .099, .105)."""
    yield Keep({"change_seq": m.data.change_seq + 1, "came_from": m.state})
    yield Because(f"cancel asked for: {m.payload.reason}")
    yield _change(m, "cancel", _approved(m).need_by, None)


def cancel_unknown(m: M) -> Effects:
    """Delivery is unknown, so the cancel is settled by asking first (W3.100)."""
    yield Keep({"came_from": m.state})
    yield from query_supplier(m)


def cancel_settled(m: M) -> Effects:
    """The supplier confirmed the cancel (W3.123, .124, .130, .085)."""
    yield Because("the cancel is confirmed; the ERP's order line is cancelled too")
    for code in ("order.ack-overdue", "order.no-answer", "order.backordered"):
        yield Resolve(f"{code}|{m.key}", "cancelled")
    yield _cancel_in_erp(m)


def _cancel_in_erp(m: M) -> Emit:
    ref = f"{m.key}/cancel"
    posting = OrderCancelPosting(
        external_ref=ref, po_number=_po(m), lines=(_approved(m).line.line,)
    )
    return write_request("erp.order.cancel", ref, _po(m), posting)


def cancel_lost(m: M) -> Effects:
    """Shipped already: the goods become stock or go back (W3.125, .175; W22 is not built)."""
    yield Because("the supplier had shipped already: goods become stock or are returned")
    yield _desk(
        m,
        "SUPPLIER",
        "order.cancel-refused",
        f"{_name(m)}: cancelled too late, goods are coming",
        suggestion="Take the goods into stock, or arrange a return (W22 is not built yet).",
    )


def order_stands(m: M) -> Effects:
    """The supplier refuses the cancel (W3.126)."""
    yield from cancel_lost(m)


def again_cancel(m: M) -> Effects:
    """The supplier has the order: send the cancel again under the next sequence (W3.129)."""
    yield Keep({"change_seq": m.data.change_seq + 1})
    yield Because("the supplier has the order: the cancel is sent again")
    yield _change(m, "cancel", _approved(m).need_by, None)


def ask_change(m: M) -> Effects:
    """Ask the supplier for a new date or quantity: 860 or cXML update (W3.094, .095)."""
    wanted: OrderChangeRequested = m.payload
    need_by = wanted.need_by or _approved(m).need_by
    yield Keep(
        {
            "change_seq": m.data.change_seq + 1,
            "came_from": m.state,
            "wanted_need_by": need_by,
            "wanted_quantity": wanted.quantity,
        }
    )
    yield Because(f"{wanted.reason}: wanted by {need_by.isoformat()}")
    yield _change(m, "change", need_by, wanted.quantity)


def recheck(m: M) -> Effects:
    """New terms before dispatch: check again (W3.009, .010)."""
    told = _approved(m)
    wanted: OrderChangeRequested = m.payload
    line = told.line
    if wanted.quantity is not None:
        line = msgspec.structs.replace(line, quantity=wanted.quantity)
    fresh = msgspec.structs.replace(told, need_by=wanted.need_by or told.need_by, line=line)
    if m.state == "READY":
        yield Withdraw(_dispatch_key(m))
    yield Keep({"approved": fresh, "dispatches": m.data.dispatches + 1})
    yield Because(f"{wanted.reason}: new terms before dispatch")
    found = check_order_line(fresh, m.facts, m.now)
    kind = "validation.failed" if found.failed else "validation.passed"
    payload = Validated(checks=found.checks, reason=found.failed, detail=found.detail)
    yield Emit(kind, "W3", m.key, payload)


def new_terms(m: M) -> Effects:
    """The supplier accepted the change: store the terms, tell demand and ERP (W3.113)."""
    told = _approved(m)
    need_by = m.data.wanted_need_by or told.need_by
    quantity = m.data.wanted_quantity or told.line.quantity
    line = msgspec.structs.replace(told.line, quantity=quantity)
    yield Keep(
        {
            "approved": msgspec.structs.replace(told, need_by=need_by, line=line),
            "promised": need_by,
            "wanted_need_by": None,
            "wanted_quantity": None,
        }
    )
    yield Because(f"the supplier accepted the change: promised {need_by.isoformat()}")
    ref = f"{m.key}/change/{m.data.change_seq}"
    posting = OrderChangePosting(
        external_ref=ref,
        po_number=_po(m),
        line=told.line.line,
        quantity=quantity,
        need_by=need_by,
    )
    yield write_request("erp.order.change", ref, _po(m), posting)
    yield from _tell(m, "supply.promise_changed", "change accepted", need_by)


def old_terms(m: M) -> Effects:
    """The change was refused or not answered: the old terms stand (W3.114, .118)."""
    yield Keep({"wanted_need_by": None, "wanted_quantity": None})
    yield Because("the change was not accepted: the old terms stand")
    yield _desk(m, "SUPPLIER", "order.change-refused", f"{_name(m)}: change not accepted")
    if m.data.promised is not None:
        yield from _tell(m, "supply.promise_changed", "old terms stand", m.data.promised)


# ---- goods and money


def ship(m: M) -> Effects:
    """Goods are on their way (W3.165 and following)."""
    told: ShipmentNotified = m.payload
    yield Keep({"promised": told.expected or m.data.promised})
    if told.shipment not in m.data.shipments:
        shipped = m.data.shipped + told.shipped.quantity
        yield Keep({"shipped": shipped, "shipments": (*m.data.shipments, told.shipment)})
    implied = m.state in ("SENT", "TRANSPORT_ACKED", "ACK_OVERDUE", "DELIVERY_UNKNOWN")
    yield Because(
        f"ship notice {told.shipment}" + ("; acceptance implied, flagged" if implied else "")
    )
    for code in ("order.ack-overdue", "order.no-answer", "order.backordered", "order.overdue"):
        yield Resolve(f"{code}|{m.key}", "the goods are on their way")
    if m.state in ("CANCEL_PENDING", "CANCEL_UNKNOWN"):
        yield from cancel_lost(m)
    promised = told.expected or m.data.promised
    if promised is not None:
        yield from _tell(m, "supply.promise_changed", "shipped", promised)


def ship_again(m: M) -> Effects:
    """A further or repeated ship notice (W3.179, .180)."""
    yield from ship(m)


def receive(m: M) -> Effects:
    """Count a posted receipt (W3.182 and following)."""
    told: ReceiptPosted = m.payload
    receipts = {**m.data.receipts, told.receipt: told.quantity}
    total = sum(receipts.values(), Fraction(0))
    yield Keep({"receipts": receipts, "received": total})
    without = "" if m.data.shipments else "; no ship notice, flagged"
    yield Because(f"received {total} of {_approved(m).line.quantity}{without}")
    for code in ("order.ack-overdue", "order.no-answer", "order.backordered", "order.overdue"):
        yield Resolve(f"{code}|{m.key}", "the goods are here")


def trace(m: M) -> Effects:
    """Not here in time: trace with supplier and carrier (W3.219)."""
    yield Because(f"not received by {m.data.promised} and grace")
    yield _desk(m, "SUPPLIER", "order.overdue", f"{_name(m)} is overdue; trace the shipment")


def close(m: M) -> Effects:
    """Invoiced and paid: the line's lineage closes; a case without open orders hears (W3.226)."""
    yield Because(f"invoice {m.payload.invoice_no} paid by {m.payload.payment_no}")
    for token in _approved(m).case_tokens:
        if not _open_orders(m, token):
            told = CaseSettled(reason="the last open order of the case is paid")
            yield Emit("settlement.completed", "CASE", token, told)


def _open_orders(m: M, token: str) -> set[str]:
    """Return the order lines of a case, this one left out, that are not at their end."""
    lines = m.facts.siblings("W2", token, dict)
    orders = {f"{x['po_number']}/{x['po_line']}" for _, _, x in lines if x.get("po_number")}
    ended = ("CLOSED", "CANCELLED")
    return {x for x in orders - {m.key} if m.facts.state_of("W3", x) not in ended}


def unsolicited(m: M) -> Effects:
    """Goods or an answer on a finished line (W3.153, .181, .210)."""
    yield Because(f"{m.event_type} on a finished line")
    yield _desk(
        m,
        "SUPPLIER",
        "order.finished-line",
        f"{_name(m)}: {m.event_type} although the line is {m.state.lower()}",
        suggestion="Call the supplier; take the goods on a new order line or return them.",
    )


def _desk(m: M, family: str, code: str, text: str, *, suggestion: str = "") -> Raise:
    told = _approved(m)
    amount = told.line.unit_price * Fraction(told.line.quantity).numerator
    return Raise(
        ExceptionRaised(
            family=family,
            code=code,
            summary=f"{m.key}: {text}",
            dedupe=f"{code}|{m.key}",
            machine="W3",
            key=m.key,
            facility=told.facility,
            case_tokens=told.case_tokens,
            usd_at_risk=amount / Fraction(told.line.quantity).denominator,
            need_at=_at(told.need_by),
            severity="urgent" if _at(told.need_by) - m.now < timedelta(hours=48) else "normal",
            suggestion=suggestion,
        )
    )


# ---- alarms


def _hours(name: str) -> Any:
    def due(data: OrderLineData, entered: datetime, policies: Policies) -> datetime | None:
        return entered + policies.time.hours(name) * (data.chases + 1)

    return due


def _delivery_due(data: OrderLineData, entered: datetime, policies: Policies) -> datetime | None:
    if data.promised is None:
        return None
    end_of_day = _at(data.promised) + timedelta(days=1)
    return end_of_day + policies.time.hours("delivery_grace_h")


BEFORE_DISPATCH = ("DRAFT", "PRICE_HOLD", "READY")
SENT_UNANSWERED = ("SENT", "TRANSPORT_ACKED", "ACK_OVERDUE")
ON_THE_WAY = ("SHIPPED", "PART_RECEIVED", "RECEIVED")
CANCELLING = ("CANCEL_PENDING", "CANCEL_UNKNOWN")
IN_QUESTION = (
    "ON_HOLD",
    "BACKORDERED",
    "PARTIAL_BACKORDER",
    "CHANGE_REVIEW",
    "SUBSTITUTION_REVIEW",
)
AFTER_ANSWER = ("ACCEPTED", "ACK_OVERDUE", "BACKORDERED", "SHIPPED")
UNKNOWN_DELIVERY = ("SENT", "DELIVERY_UNKNOWN")
DISPATCHED_BEFORE = (
    "SENT",
    "DELIVERY_UNKNOWN",
    "TRANSPORT_ACKED",
    "ACK_OVERDUE",
    "ACCEPTED",
    "BACKORDERED",
    "CHANGE_PENDING",
    "CANCEL_PENDING",
    "CANCEL_UNKNOWN",
    "REJECTED",
    "SHIPPED",
)
ANSWERED = (
    "TRANSPORT_ACKED",
    "TRANSPORT_REJECTED",
    "ACK_OVERDUE",
    "ACCEPTED",
    "BACKORDERED",
    "REJECTED",
    "SHIPPED",
    "PART_RECEIVED",
    "RECEIVED",
    "CHANGE_PENDING",
    "CANCELLED",
    "CLOSED",
)
"""States that make the answer to our question about delivery old news."""

ANSWERS = frozenset(
    {
        "purchase_order.transport_acknowledged",
        "purchase_order.transport_rejected",
        "purchase_order.transfer_confirmed",
        "purchase_order.acknowledged.accepted",
        "purchase_order.acknowledged.changed",
        "purchase_order.acknowledged.backordered",
        "purchase_order.acknowledged.partially_backordered",
        "purchase_order.acknowledged.substituted",
        "purchase_order.acknowledged.held",
        "purchase_order.acknowledged.rejected",
        "purchase_order.acknowledged.line_missing",
        "shipment.notified",
        "invoice.received",
    }
)
"""What a supplier says of an order it has got, maybe before we know that it has."""


SUPPLIER_ORDER = Process(
    machine="W3",
    title="Supplier order orchestration",
    waits=(Wait("READY", ANSWERS, queued),),
    states=(
        "DRAFT",
        "READY",
        "PRICE_HOLD",
        "CANCELLED",
        "SENT",
        "SHIPPED",
        "RECEIVED",
        "PART_RECEIVED",
        "TRANSPORT_ACKED",
        "DELIVERY_UNKNOWN",
        "TRANSPORT_REJECTED",
        "ACK_OVERDUE",
        "ACCEPTED",
        "CHANGE_REVIEW",
        "BACKORDERED",
        "PARTIAL_BACKORDER",
        "SUBSTITUTION_REVIEW",
        "REJECTED",
        "ON_HOLD",
        "CHANGE_PENDING",
        "CANCEL_PENDING",
        "CANCEL_UNKNOWN",
        "OVERDUE",
        "CLOSED",
    ),
    terminal=("CANCELLED", "CLOSED"),
    data_type=OrderLineData,
    alarms=(
        Alarm(
            "functional_ack", UNKNOWN_DELIVERY, "timer.reply_overdue", _hours("functional_ack_h")
        ),
        Alarm(
            "business_ack",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "timer.reply_overdue",
            _hours("business_ack_h"),
        ),
        Alarm(
            "change_answer",
            ("CHANGE_PENDING", "CANCEL_PENDING", "CANCEL_UNKNOWN"),
            "timer.reply_overdue",
            _hours("change_answer_h"),
        ),
        Alarm(
            "delivery",
            ("ACCEPTED", "SHIPPED", "PART_RECEIVED"),
            "timer.delivery_overdue",
            _delivery_due,
        ),
    ),
    rules=(
        rule("W3.001", START, "requisition.line_approved", "DRAFT", do=open_line),
        rule("W3.002", "DRAFT", "validation.passed", "READY", do=make_ready),
        rule("W3.003", "DRAFT", "validation.failed", "PRICE_HOLD", do=hold_price),
        rule("W3.004", "PRICE_HOLD", "review.approved", "READY", do=release_price),
        rule("W3.005", "PRICE_HOLD", "review.rejected", "CANCELLED", do=abandon),
        rule("W3.006", "READY", "outbox.dispatched", "SENT", do=mark_sent),
        rule("W3.007", "READY", "outbox.dispatch_failed", SAME, do=channel_down),
        rule(
            "W3.008",
            BEFORE_DISPATCH,
            "purchase_order.cancel_requested",
            "CANCELLED",
            when=not_on_the_wire,
            do=take_back,
        ),
        rule("W3.009", "DRAFT", "purchase_order.change_requested", SAME, do=recheck),
        rule(
            "W3.010",
            ("PRICE_HOLD", "READY", "TRANSPORT_REJECTED"),
            "purchase_order.change_requested",
            "DRAFT",
            do=recheck,
        ),
        unbuilt("W3.011", BEFORE_DISPATCH, "shipment.notified", "SHIPPED"),
        unbuilt("W3.012", BEFORE_DISPATCH, "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.013", BEFORE_DISPATCH, "receipt.posted", "PART_RECEIVED", "partial"),
        rule(
            "W3.014",
            UNKNOWN_DELIVERY,
            "purchase_order.transport_acknowledged",
            "TRANSPORT_ACKED",
            when=accepted,
            do=stays,
        ),
        rule(
            "W3.015",
            UNKNOWN_DELIVERY,
            "purchase_order.transport_acknowledged",
            "TRANSPORT_ACKED",
            when=accepted_with_errors,
            do=note_errors,
        ),
        rule(
            "W3.016",
            UNKNOWN_DELIVERY,
            "purchase_order.transfer_confirmed",
            SAME,
            when=functional_ack_expected,
            do=stays,
        ),
        unbuilt(
            "W3.017",
            UNKNOWN_DELIVERY,
            "purchase_order.transfer_confirmed",
            "TRANSPORT_ACKED",
            "no_functional_ack_in_profile",
        ),
        rule("W3.018", "SENT", "timer.reply_overdue", "DELIVERY_UNKNOWN", do=query_supplier),
        rule(
            "W3.019",
            ("SENT", "DELIVERY_UNKNOWN", "TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.transport_rejected",
            "TRANSPORT_REJECTED",
            do=rejected_by_translator,
        ),
        rule("W3.020", "DELIVERY_UNKNOWN", "lookup.found", "TRANSPORT_ACKED", do=stays),
        rule("W3.021", "DELIVERY_UNKNOWN", "lookup.absent", "SENT", do=resend),
        rule("W3.022", "DELIVERY_UNKNOWN", "timer.reply_overdue", SAME, do=phone),
        rule("W3.023", UNKNOWN_DELIVERY, "invoice.received", "TRANSPORT_ACKED", do=stays),
        unbuilt("W3.024", "TRANSPORT_REJECTED", "exception.resolved", "SENT"),
        unbuilt("W3.025", "TRANSPORT_REJECTED", "purchase_order.cancel_requested", "CANCELLED"),
        rule("W3.026", "TRANSPORT_ACKED", "timer.reply_overdue", "ACK_OVERDUE", do=chase),
        rule("W3.027", "ACK_OVERDUE", "timer.reply_overdue", SAME, do=phone),
        rule(
            "W3.028",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.accepted",
            "ACCEPTED",
            do=take_promise,
        ),
        rule(
            "W3.029",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.changed",
            "ACCEPTED",
            when=within_tolerance,
            do=take_promise,
        ),
        unbuilt(
            "W3.030",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.changed",
            "CHANGE_REVIEW",
            "outside_tolerance",
        ),
        rule(
            "W3.031",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.backordered",
            "BACKORDERED",
            do=backorder,
        ),
        unbuilt(
            "W3.032",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.partially_backordered",
            "PARTIAL_BACKORDER",
        ),
        unbuilt(
            "W3.033",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.substituted",
            "SUBSTITUTION_REVIEW",
        ),
        rule(
            "W3.034",
            UNKNOWN_DELIVERY,
            "purchase_order.acknowledged.rejected",
            "REJECTED",
            do=rejected_by_supplier,
        ),
        unbuilt("W3.035", UNKNOWN_DELIVERY, "purchase_order.acknowledged.held", "ON_HOLD"),
        rule(
            "W3.036",
            ("SENT", "DELIVERY_UNKNOWN", "TRANSPORT_REJECTED"),
            "purchase_order.acknowledged.line_missing",
            "TRANSPORT_ACKED",
            do=missing_line,
        ),
        unbuilt("W3.037", "TRANSPORT_REJECTED", "purchase_order.acknowledged.accepted", "ACCEPTED"),
        unbuilt(
            "W3.038",
            "TRANSPORT_REJECTED",
            "purchase_order.acknowledged.changed",
            "ACCEPTED",
            "within_tolerance",
        ),
        unbuilt(
            "W3.039",
            "TRANSPORT_REJECTED",
            "purchase_order.acknowledged.changed",
            "CHANGE_REVIEW",
            "outside_tolerance",
        ),
        unbuilt(
            "W3.040", "TRANSPORT_REJECTED", "purchase_order.acknowledged.backordered", "BACKORDERED"
        ),
        unbuilt(
            "W3.041",
            "TRANSPORT_REJECTED",
            "purchase_order.acknowledged.partially_backordered",
            "PARTIAL_BACKORDER",
        ),
        unbuilt(
            "W3.042",
            "TRANSPORT_REJECTED",
            "purchase_order.acknowledged.substituted",
            "SUBSTITUTION_REVIEW",
        ),
        unbuilt("W3.043", "TRANSPORT_REJECTED", "purchase_order.acknowledged.rejected", "REJECTED"),
        unbuilt("W3.044", "TRANSPORT_REJECTED", "purchase_order.acknowledged.held", "ON_HOLD"),
        rule(
            "W3.045",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.accepted",
            "ACCEPTED",
            do=take_promise,
        ),
        rule(
            "W3.046",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.changed",
            "ACCEPTED",
            when=within_tolerance,
            do=take_promise,
        ),
        unbuilt(
            "W3.047",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.changed",
            "CHANGE_REVIEW",
            "outside_tolerance",
        ),
        rule(
            "W3.048",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.backordered",
            "BACKORDERED",
            do=backorder,
        ),
        unbuilt(
            "W3.049",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.partially_backordered",
            "PARTIAL_BACKORDER",
        ),
        unbuilt(
            "W3.050",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.substituted",
            "SUBSTITUTION_REVIEW",
        ),
        rule(
            "W3.051",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.rejected",
            "REJECTED",
            do=rejected_by_supplier,
        ),
        unbuilt(
            "W3.052",
            ("TRANSPORT_ACKED", "ACK_OVERDUE"),
            "purchase_order.acknowledged.held",
            "ON_HOLD",
        ),
        rule(
            "W3.053",
            (
                "TRANSPORT_ACKED",
                "ACK_OVERDUE",
                "ACCEPTED",
                "ON_HOLD",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "CHANGE_REVIEW",
                "SUBSTITUTION_REVIEW",
            ),
            "purchase_order.acknowledged.line_missing",
            SAME,
            do=missing_line,
        ),
        rule("W3.054", "ACCEPTED", "purchase_order.acknowledged.accepted", SAME, do=take_promise),
        rule(
            "W3.055",
            "ACCEPTED",
            "purchase_order.acknowledged.changed",
            SAME,
            when=within_tolerance,
            do=take_promise,
        ),
        unbuilt(
            "W3.056",
            ("ACCEPTED", "ON_HOLD", "BACKORDERED", "PARTIAL_BACKORDER", "SUBSTITUTION_REVIEW"),
            "purchase_order.acknowledged.changed",
            "CHANGE_REVIEW",
            "outside_tolerance",
        ),
        rule(
            "W3.057",
            ("ACCEPTED", "ON_HOLD", "PARTIAL_BACKORDER", "CHANGE_REVIEW", "SUBSTITUTION_REVIEW"),
            "purchase_order.acknowledged.backordered",
            "BACKORDERED",
            do=backorder,
        ),
        unbuilt(
            "W3.058",
            ("ACCEPTED", "ON_HOLD", "BACKORDERED", "CHANGE_REVIEW", "SUBSTITUTION_REVIEW"),
            "purchase_order.acknowledged.partially_backordered",
            "PARTIAL_BACKORDER",
        ),
        unbuilt(
            "W3.059",
            ("ACCEPTED", "ON_HOLD", "BACKORDERED", "PARTIAL_BACKORDER", "CHANGE_REVIEW"),
            "purchase_order.acknowledged.substituted",
            "SUBSTITUTION_REVIEW",
        ),
        rule(
            "W3.060",
            (
                "ACCEPTED",
                "ON_HOLD",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "CHANGE_REVIEW",
                "SUBSTITUTION_REVIEW",
            ),
            "purchase_order.acknowledged.rejected",
            "REJECTED",
            do=rejected_by_supplier,
        ),
        unbuilt(
            "W3.061",
            (
                "ACCEPTED",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "CHANGE_REVIEW",
                "SUBSTITUTION_REVIEW",
            ),
            "purchase_order.acknowledged.held",
            "ON_HOLD",
        ),
        rule(
            "W3.062",
            IN_QUESTION,
            "purchase_order.acknowledged.accepted",
            "ACCEPTED",
            do=take_promise,
        ),
        rule(
            "W3.063",
            IN_QUESTION,
            "purchase_order.acknowledged.changed",
            "ACCEPTED",
            when=within_tolerance,
            do=take_promise,
        ),
        unbuilt("W3.064", "ON_HOLD", "purchase_order.acknowledged.held", SAME),
        rule(
            "W3.065", "BACKORDERED", "purchase_order.acknowledged.backordered", SAME, do=backorder
        ),
        unbuilt(
            "W3.066", "PARTIAL_BACKORDER", "purchase_order.acknowledged.partially_backordered", SAME
        ),
        unbuilt(
            "W3.067",
            "CHANGE_REVIEW",
            "purchase_order.acknowledged.changed",
            SAME,
            "outside_tolerance",
        ),
        unbuilt("W3.068", "SUBSTITUTION_REVIEW", "purchase_order.acknowledged.substituted", SAME),
        unbuilt("W3.069", "REJECTED", "purchase_order.acknowledged.accepted", "CHANGE_REVIEW"),
        unbuilt("W3.070", "REJECTED", "purchase_order.acknowledged.changed", "CHANGE_REVIEW"),
        unbuilt("W3.071", "REJECTED", "purchase_order.acknowledged.backordered", SAME),
        unbuilt("W3.072", "REJECTED", "purchase_order.acknowledged.partially_backordered", SAME),
        unbuilt("W3.073", "REJECTED", "purchase_order.acknowledged.substituted", SAME),
        unbuilt("W3.074", "REJECTED", "purchase_order.acknowledged.rejected", SAME),
        unbuilt("W3.075", "REJECTED", "purchase_order.acknowledged.held", SAME),
        unbuilt("W3.076", "REJECTED", "purchase_order.acknowledged.line_missing", SAME),
        rule("W3.077", "CHANGE_PENDING", "purchase_order.acknowledged.accepted", SAME, do=stays),
        rule("W3.078", "CHANGE_PENDING", "purchase_order.acknowledged.changed", SAME, do=stays),
        rule(
            "W3.079", "CHANGE_PENDING", "purchase_order.acknowledged.line_missing", SAME, do=stays
        ),
        rule(
            "W3.080",
            "CHANGE_PENDING",
            "purchase_order.acknowledged.backordered",
            "BACKORDERED",
            do=backorder,
        ),
        unbuilt(
            "W3.081",
            "CHANGE_PENDING",
            "purchase_order.acknowledged.partially_backordered",
            "PARTIAL_BACKORDER",
        ),
        unbuilt(
            "W3.082",
            "CHANGE_PENDING",
            "purchase_order.acknowledged.substituted",
            "SUBSTITUTION_REVIEW",
        ),
        rule(
            "W3.083",
            "CHANGE_PENDING",
            "purchase_order.acknowledged.rejected",
            "REJECTED",
            do=rejected_by_supplier,
        ),
        unbuilt("W3.084", "CHANGE_PENDING", "purchase_order.acknowledged.held", "ON_HOLD"),
        rule(
            "W3.085",
            CANCELLING,
            "purchase_order.acknowledged.rejected",
            "CANCELLED",
            when=nothing_received,
            do=cancel_settled,
        ),
        rule(
            "W3.086",
            CANCELLING,
            "purchase_order.acknowledged.rejected",
            "RECEIVED",
            when=part_received,
            do=cancel_settled,
        ),
        rule("W3.087", CANCELLING, "purchase_order.acknowledged.accepted", SAME, do=stays),
        rule("W3.088", CANCELLING, "purchase_order.acknowledged.changed", SAME, do=stays),
        rule("W3.089", CANCELLING, "purchase_order.acknowledged.backordered", SAME, do=stays),
        rule(
            "W3.090",
            CANCELLING,
            "purchase_order.acknowledged.partially_backordered",
            SAME,
            do=stays,
        ),
        rule("W3.091", CANCELLING, "purchase_order.acknowledged.substituted", SAME, do=stays),
        rule("W3.092", CANCELLING, "purchase_order.acknowledged.held", SAME, do=stays),
        rule("W3.093", CANCELLING, "purchase_order.acknowledged.line_missing", SAME, do=stays),
        rule(
            "W3.094",
            SENT_UNANSWERED,
            "purchase_order.change_requested",
            "CHANGE_PENDING",
            do=ask_change,
        ),
        rule(
            "W3.095",
            ("ACCEPTED", "BACKORDERED"),
            "purchase_order.change_requested",
            "CHANGE_PENDING",
            do=ask_change,
        ),
        unbuilt("W3.096", "DELIVERY_UNKNOWN", "purchase_order.change_requested", SAME),
        unbuilt(
            "W3.097",
            ("ON_HOLD", "CHANGE_REVIEW", "SUBSTITUTION_REVIEW", "PARTIAL_BACKORDER", "REJECTED"),
            "purchase_order.change_requested",
            SAME,
        ),
        rule(
            "W3.098",
            SENT_UNANSWERED,
            "purchase_order.cancel_requested",
            "CANCEL_PENDING",
            do=ask_cancel,
        ),
        rule(
            "W3.099",
            (
                "ACCEPTED",
                "ON_HOLD",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "CHANGE_REVIEW",
                "SUBSTITUTION_REVIEW",
                "CHANGE_PENDING",
            ),
            "purchase_order.cancel_requested",
            "CANCEL_PENDING",
            do=ask_cancel,
        ),
        rule(
            "W3.100",
            "DELIVERY_UNKNOWN",
            "purchase_order.cancel_requested",
            "CANCEL_UNKNOWN",
            do=cancel_unknown,
        ),
        rule("W3.101", CANCELLING, "purchase_order.cancel_requested", SAME, do=stays),
        rule("W3.102", CANCELLING, "purchase_order.change_requested", SAME, do=stays),
        unbuilt("W3.103", "CHANGE_PENDING", "purchase_order.change_requested", SAME),
        rule("W3.104", "SHIPPED", "purchase_order.cancel_requested", SAME, do=cancel_lost),
        rule(
            "W3.105",
            ("PART_RECEIVED", "OVERDUE"),
            "purchase_order.cancel_requested",
            "CANCEL_PENDING",
            do=ask_cancel,
        ),
        rule("W3.106", "RECEIVED", "purchase_order.cancel_requested", SAME, do=cancel_lost),
        rule(
            "W3.107",
            ("SHIPPED", "PART_RECEIVED", "OVERDUE", "RECEIVED"),
            "purchase_order.change_requested",
            SAME,
            do=stays,
        ),
        rule("W3.108", "REJECTED", "purchase_order.cancel_requested", "CLOSED", do=stays),
        unbuilt("W3.109", "CHANGE_REVIEW", "review.approved", "ACCEPTED"),
        unbuilt(
            "W3.110", ("CHANGE_REVIEW", "SUBSTITUTION_REVIEW"), "review.rejected", "CANCEL_PENDING"
        ),
        unbuilt("W3.111", "SUBSTITUTION_REVIEW", "review.approved", "ACCEPTED", "approved_class"),
        unbuilt("W3.112", "PARTIAL_BACKORDER", "purchase_order.line_split", "ACCEPTED"),
        rule(
            "W3.113", "CHANGE_PENDING", "purchase_order.change_accepted", "ACCEPTED", do=new_terms
        ),
        rule(
            "W3.114",
            "CHANGE_PENDING",
            "purchase_order.change_refused",
            "ACCEPTED",
            when=was_accepted,
            do=old_terms,
        ),
        rule(
            "W3.115",
            "CHANGE_PENDING",
            "purchase_order.change_refused",
            "ACK_OVERDUE",
            when=was_unacknowledged,
            do=old_terms,
        ),
        rule(
            "W3.116",
            "CHANGE_PENDING",
            "purchase_order.change_refused",
            "BACKORDERED",
            when=was_backordered,
            do=old_terms,
        ),
        rule(
            "W3.117",
            "CHANGE_PENDING",
            "purchase_order.change_refused",
            "SHIPPED",
            when=already_shipped,
            do=old_terms,
        ),
        rule(
            "W3.118",
            "CHANGE_PENDING",
            "timer.reply_overdue",
            "ACCEPTED",
            when=was_accepted,
            do=old_terms,
        ),
        rule(
            "W3.119",
            "CHANGE_PENDING",
            "timer.reply_overdue",
            "ACK_OVERDUE",
            when=was_unacknowledged,
            do=old_terms,
        ),
        rule(
            "W3.120",
            "CHANGE_PENDING",
            "timer.reply_overdue",
            "BACKORDERED",
            when=was_backordered,
            do=old_terms,
        ),
        unbuilt("W3.121", AFTER_ANSWER, "purchase_order.change_accepted", SAME),
        rule("W3.122", AFTER_ANSWER, "purchase_order.change_refused", SAME, do=stays),
        rule(
            "W3.123",
            CANCELLING,
            "purchase_order.cancel_accepted",
            "CANCELLED",
            when=nothing_received,
            do=cancel_settled,
        ),
        rule(
            "W3.124",
            CANCELLING,
            "purchase_order.cancel_accepted",
            "RECEIVED",
            when=part_received,
            do=cancel_settled,
        ),
        rule(
            "W3.125",
            CANCELLING,
            "purchase_order.cancel_refused",
            "SHIPPED",
            when=already_shipped,
            do=cancel_lost,
        ),
        rule(
            "W3.126",
            CANCELLING,
            "purchase_order.cancel_refused",
            "ACCEPTED",
            when=not_shipped,
            do=order_stands,
        ),
        rule(
            "W3.127", "CANCEL_PENDING", "timer.reply_overdue", "CANCEL_UNKNOWN", do=query_supplier
        ),
        rule("W3.128", "CANCEL_UNKNOWN", "timer.reply_overdue", SAME, do=phone),
        rule("W3.129", "CANCEL_UNKNOWN", "lookup.found", "CANCEL_PENDING", do=again_cancel),
        rule("W3.130", "CANCEL_UNKNOWN", "lookup.absent", "CANCELLED", do=cancel_settled),
        unbuilt("W3.131", "CHANGE_PENDING", "purchase_order.transport_rejected", SAME),
        unbuilt("W3.132", "CANCEL_PENDING", "purchase_order.transport_rejected", "CANCEL_UNKNOWN"),
        rule("W3.133", "CANCELLED", "purchase_order.cancel_accepted", SAME, do=stays),
        unbuilt("W3.134", "CANCELLED", "purchase_order.cancel_refused", "ACCEPTED"),
        rule("W3.135", ON_THE_WAY, "purchase_order.acknowledged.accepted", SAME, do=stays),
        unbuilt("W3.136", ON_THE_WAY, "purchase_order.acknowledged.changed", SAME),
        unbuilt("W3.137", ON_THE_WAY, "purchase_order.acknowledged.backordered", SAME),
        unbuilt("W3.138", ON_THE_WAY, "purchase_order.acknowledged.partially_backordered", SAME),
        unbuilt("W3.139", ON_THE_WAY, "purchase_order.acknowledged.substituted", SAME),
        unbuilt("W3.140", ON_THE_WAY, "purchase_order.acknowledged.rejected", SAME),
        unbuilt("W3.141", ON_THE_WAY, "purchase_order.acknowledged.held", SAME),
        rule("W3.142", ON_THE_WAY, "purchase_order.acknowledged.line_missing", SAME, do=stays),
        unbuilt(
            "W3.143",
            "OVERDUE",
            "purchase_order.acknowledged.backordered",
            "BACKORDERED",
            "nothing_shipped",
        ),
        unbuilt(
            "W3.144",
            "OVERDUE",
            "purchase_order.acknowledged.backordered",
            SAME,
            "shipped_or_received",
        ),
        unbuilt(
            "W3.145",
            "OVERDUE",
            "purchase_order.acknowledged.rejected",
            "REJECTED",
            "nothing_shipped",
        ),
        unbuilt(
            "W3.146", "OVERDUE", "purchase_order.acknowledged.rejected", SAME, "shipped_or_received"
        ),
        rule("W3.147", "OVERDUE", "purchase_order.acknowledged.accepted", SAME, do=stays),
        rule("W3.148", "OVERDUE", "purchase_order.acknowledged.changed", SAME, do=stays),
        unbuilt("W3.149", "OVERDUE", "purchase_order.acknowledged.partially_backordered", SAME),
        unbuilt("W3.150", "OVERDUE", "purchase_order.acknowledged.substituted", SAME),
        unbuilt("W3.151", "OVERDUE", "purchase_order.acknowledged.held", SAME),
        unbuilt("W3.152", "OVERDUE", "purchase_order.acknowledged.line_missing", SAME),
        rule("W3.153", "CANCELLED", "purchase_order.acknowledged.accepted", SAME, do=unsolicited),
        rule("W3.154", "CANCELLED", "purchase_order.acknowledged.changed", SAME, do=unsolicited),
        rule(
            "W3.155", "CANCELLED", "purchase_order.acknowledged.backordered", SAME, do=unsolicited
        ),
        unbuilt("W3.156", "CANCELLED", "purchase_order.acknowledged.partially_backordered", SAME),
        unbuilt("W3.157", "CANCELLED", "purchase_order.acknowledged.substituted", SAME),
        unbuilt("W3.158", "CANCELLED", "purchase_order.acknowledged.held", SAME),
        rule("W3.159", "CANCELLED", "purchase_order.acknowledged.rejected", SAME, do=stays),
        rule("W3.160", "CANCELLED", "purchase_order.acknowledged.line_missing", SAME, do=stays),
        rule(
            "W3.161", "TRANSPORT_REJECTED", "purchase_order.transport_acknowledged", SAME, do=stays
        ),
        rule(
            "W3.162",
            (
                "TRANSPORT_REJECTED",
                "TRANSPORT_ACKED",
                "ACK_OVERDUE",
                "ACCEPTED",
                "CHANGE_REVIEW",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "SUBSTITUTION_REVIEW",
                "ON_HOLD",
                "REJECTED",
                "CHANGE_PENDING",
                "CANCEL_PENDING",
                "CANCEL_UNKNOWN",
                "SHIPPED",
            ),
            "purchase_order.transfer_confirmed",
            SAME,
            do=stays,
        ),
        unbuilt(
            "W3.163",
            (
                "TRANSPORT_REJECTED",
                "ACCEPTED",
                "CHANGE_REVIEW",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "SUBSTITUTION_REVIEW",
                "ON_HOLD",
                "REJECTED",
                "CANCEL_UNKNOWN",
                "SHIPPED",
            ),
            "purchase_order.transport_rejected",
            SAME,
        ),
        rule(
            "W3.164",
            (
                "TRANSPORT_ACKED",
                "ACK_OVERDUE",
                "ACCEPTED",
                "CHANGE_REVIEW",
                "BACKORDERED",
                "PARTIAL_BACKORDER",
                "SUBSTITUTION_REVIEW",
                "ON_HOLD",
                "REJECTED",
                "CHANGE_PENDING",
                "CANCEL_PENDING",
                "CANCEL_UNKNOWN",
                "SHIPPED",
            ),
            "purchase_order.transport_acknowledged",
            SAME,
            do=stays,
        ),
        rule("W3.165", SENT_UNANSWERED, "shipment.notified", "SHIPPED", do=ship),
        rule("W3.166", "DELIVERY_UNKNOWN", "shipment.notified", "SHIPPED", do=ship),
        unbuilt("W3.167", "TRANSPORT_REJECTED", "shipment.notified", "SHIPPED"),
        rule("W3.168", "ACCEPTED", "shipment.notified", "SHIPPED", do=ship),
        unbuilt("W3.169", "CHANGE_REVIEW", "shipment.notified", "SHIPPED"),
        unbuilt("W3.170", "SUBSTITUTION_REVIEW", "shipment.notified", "SHIPPED"),
        rule("W3.171", "BACKORDERED", "shipment.notified", "SHIPPED", do=ship),
        unbuilt("W3.172", "PARTIAL_BACKORDER", "shipment.notified", "SHIPPED"),
        unbuilt("W3.173", "ON_HOLD", "shipment.notified", "SHIPPED"),
        rule("W3.174", "CHANGE_PENDING", "shipment.notified", "SHIPPED", do=ship),
        rule("W3.175", CANCELLING, "shipment.notified", "SHIPPED", do=ship),
        unbuilt("W3.176", "REJECTED", "shipment.notified", "SHIPPED"),
        rule("W3.177", "OVERDUE", "shipment.notified", "SHIPPED", do=ship),
        rule("W3.178", "PART_RECEIVED", "shipment.notified", "SHIPPED", do=ship),
        rule("W3.179", "SHIPPED", "shipment.notified", SAME, do=ship_again),
        rule("W3.180", "RECEIVED", "shipment.notified", SAME, do=ship_again),
        rule("W3.181", ("CANCELLED", "CLOSED"), "shipment.notified", SAME, do=unsolicited),
        rule("W3.182", SENT_UNANSWERED, "receipt.posted", "RECEIVED", when=complete, do=receive),
        rule(
            "W3.183", SENT_UNANSWERED, "receipt.posted", "PART_RECEIVED", when=partial, do=receive
        ),
        rule("W3.184", "DELIVERY_UNKNOWN", "receipt.posted", "RECEIVED", when=complete, do=receive),
        rule(
            "W3.185",
            "DELIVERY_UNKNOWN",
            "receipt.posted",
            "PART_RECEIVED",
            when=partial,
            do=receive,
        ),
        unbuilt("W3.186", "TRANSPORT_REJECTED", "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.187", "TRANSPORT_REJECTED", "receipt.posted", "PART_RECEIVED", "partial"),
        rule("W3.188", "ACCEPTED", "receipt.posted", "RECEIVED", when=complete, do=receive),
        rule("W3.189", "ACCEPTED", "receipt.posted", "PART_RECEIVED", when=partial, do=receive),
        unbuilt("W3.190", "CHANGE_REVIEW", "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.191", "CHANGE_REVIEW", "receipt.posted", "PART_RECEIVED", "partial"),
        unbuilt("W3.192", "SUBSTITUTION_REVIEW", "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.193", "SUBSTITUTION_REVIEW", "receipt.posted", "PART_RECEIVED", "partial"),
        rule("W3.194", "BACKORDERED", "receipt.posted", "RECEIVED", when=complete, do=receive),
        rule("W3.195", "BACKORDERED", "receipt.posted", "PART_RECEIVED", when=partial, do=receive),
        unbuilt("W3.196", "PARTIAL_BACKORDER", "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.197", "PARTIAL_BACKORDER", "receipt.posted", "PART_RECEIVED", "partial"),
        unbuilt("W3.198", "ON_HOLD", "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.199", "ON_HOLD", "receipt.posted", "PART_RECEIVED", "partial"),
        rule("W3.200", "CHANGE_PENDING", "receipt.posted", "RECEIVED", when=complete, do=receive),
        rule(
            "W3.201", "CHANGE_PENDING", "receipt.posted", "PART_RECEIVED", when=partial, do=receive
        ),
        rule("W3.202", CANCELLING, "receipt.posted", "RECEIVED", when=complete, do=receive),
        rule("W3.203", CANCELLING, "receipt.posted", "PART_RECEIVED", when=partial, do=receive),
        unbuilt("W3.204", "REJECTED", "receipt.posted", "RECEIVED", "complete"),
        unbuilt("W3.205", "REJECTED", "receipt.posted", "PART_RECEIVED", "partial"),
        rule(
            "W3.206",
            ("SHIPPED", "OVERDUE", "PART_RECEIVED"),
            "receipt.posted",
            "RECEIVED",
            when=complete,
            do=receive,
        ),
        rule(
            "W3.207",
            ("SHIPPED", "OVERDUE"),
            "receipt.posted",
            "PART_RECEIVED",
            when=partial,
            do=receive,
        ),
        rule("W3.208", "PART_RECEIVED", "receipt.posted", SAME, when=partial, do=receive),
        rule("W3.209", "RECEIVED", "receipt.posted", SAME, do=receive),
        rule("W3.210", ("CANCELLED", "CLOSED"), "receipt.posted", SAME, do=unsolicited),
        unbuilt("W3.211", "SHIPPED", "shipment.cancelled", "ACCEPTED", "nothing_received"),
        unbuilt("W3.212", "SHIPPED", "shipment.cancelled", "PART_RECEIVED", "part_received"),
        unbuilt("W3.213", "OVERDUE", "shipment.cancelled", SAME),
        unbuilt("W3.214", "SHIPPED", "purchase_order.remainder_cancelled", SAME),
        unbuilt("W3.215", "PART_RECEIVED", "purchase_order.remainder_cancelled", "RECEIVED"),
        unbuilt(
            "W3.216", "OVERDUE", "purchase_order.remainder_cancelled", "RECEIVED", "part_received"
        ),
        unbuilt(
            "W3.217",
            "OVERDUE",
            "purchase_order.remainder_cancelled",
            "REJECTED",
            "nothing_received",
        ),
        unbuilt("W3.218", "ACCEPTED", "timer.reply_overdue", SAME),
        rule(
            "W3.219",
            ("ACCEPTED", "SHIPPED", "PART_RECEIVED"),
            "timer.delivery_overdue",
            "OVERDUE",
            do=trace,
        ),
        rule("W3.220", "BACKORDERED", "timer.delivery_overdue", SAME, do=stays),
        unbuilt("W3.221", ("SHIPPED", "OVERDUE"), "shipment.lost", "REJECTED", "nothing_received"),
        unbuilt("W3.222", ("SHIPPED", "OVERDUE"), "shipment.lost", "RECEIVED", "part_received"),
        unbuilt("W3.223", "RECEIVED", "receipt.reversed", "PART_RECEIVED"),
        unbuilt("W3.224", "PART_RECEIVED", "receipt.reversed", SAME),
        unbuilt("W3.225", "CLOSED", "receipt.reversed", SAME),
        rule("W3.226", "RECEIVED", "settlement.completed", "CLOSED", do=close),
        unbuilt(
            "W3.227",
            ("SENT", "TRANSPORT_ACKED", "ACK_OVERDUE", "ACCEPTED"),
            "settlement.completed",
            "CLOSED",
            "no_receipt_required",
        ),
        unbuilt("W3.228", "REJECTED", "sourcing.step_chosen", "CLOSED"),
        # House rules, appended (ADR 0011): an order document that is on the wire; late news.
        rule(
            "W3.229",
            "READY",
            "purchase_order.cancel_requested",
            SAME,
            when=on_the_wire,
            do=cancel_later,
        ),
        rule("W3.230", ("CANCELLED", "CLOSED"), "purchase_order.cancel_requested", SAME, do=stays),
        rule(
            "W3.231",
            ("CANCELLED", "CLOSED"),
            "purchase_order.transport_acknowledged",
            SAME,
            do=stays,
        ),
        rule(
            "W3.232", ("CANCELLED", "CLOSED"), "purchase_order.transfer_confirmed", SAME, do=stays
        ),
        rule(
            "W3.233",
            ("PART_RECEIVED", "RECEIVED", "OVERDUE"),
            "purchase_order.transport_acknowledged",
            SAME,
            do=stays,
        ),
        rule("W3.234", DISPATCHED_BEFORE, "outbox.dispatched", SAME, do=stays),
        rule("W3.235", ANSWERED, "lookup.found", SAME, do=stays),
        rule("W3.236", ANSWERED, "lookup.absent", SAME, do=stays),
    ),
)
