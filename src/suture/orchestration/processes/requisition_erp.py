"""W7 at the ERP: numbers, lost answers, orders, withdrawals and late changes (spec 2.8).

In: the ERP's answers, withdrawn demand, changes after posting. Out: order lines to W3 and W2.
Refuses to know: who approved. The key is the external reference, also written into the ERP
document, so that an unknown outcome is asked for and never repeated blindly (S123).
"""

from __future__ import annotations

import msgspec

from suture.documents.erp import (
    ErpOrder,
    OrderCancelPosting,
    ReferenceQuery,
    RequisitionCancel,
)
from suture.documents.events import (
    ExceptionRaised,
    LineApproved,
    OrderChangeRequested,
    OrderLineCreated,
    RequisitionWithdrawn,
)
from suture.documents.supply import OrderLine
from suture.orchestration.definition import (
    Answered,
    Because,
    Effects,
    Emit,
    Keep,
    Name,
    Raise,
    Resolve,
    Send,
    Withdraw,
)
from suture.orchestration.processes.erp_write import ERP, write_request
from suture.orchestration.processes.requisition import AskedLine, M, post, sending

PENDING_MAX = 20
"""Changes kept while the ERP is asked; its answer takes minutes, a person's change too."""


def confirm(m: M) -> Effects:
    """Keep the requisition number (W7.025, W7.027)."""
    yield Keep({"requisition_no": m.payload.number})
    yield Name("requisition", m.payload.number)
    yield Because(f"the ERP minted requisition {m.payload.number}")
    yield Resolve(f"requisition.failed|{m.key}", "the ERP has it")
    if all(x.is_withdrawn for x in m.data.lines):
        gone = RequisitionWithdrawn(demand_line="", reason="withdrawn while posting")
        yield Emit("requisition.withdrawn", "W7", m.key, gone)
    for change in m.data.pending:
        yield Emit("requisition.changed", "W7", m.key, change)
    yield Keep({"pending": ()})


def ask_erp(m: M) -> Effects:
    """The outcome is unknown: ask by external reference (W7.026)."""
    yield Because("no answer from the ERP: ask by external reference before anything is repeated")
    query = ReferenceQuery(external_ref=m.key)
    yield Send("erp.requisition.find", ERP, m.key, query, f"find/{m.key}/{m.event_seq}")


def post_fixed(m: M) -> Effects:
    """A person fixed the cause of the refusal: the same external reference again (W7.030)."""
    yield Because(f"fixed by {m.payload.by}: {m.payload.reason}")
    yield from post(m, ", ".join(m.data.approved_by) or f"policy {m.data.policy}", m.data.policy)


def post_again(m: M) -> Effects:
    """The ERP does not have it: the same key again (W7.028)."""
    yield Because("the ERP does not have it: sent again under the same external reference")
    yield from post(m, ", ".join(m.data.approved_by) or f"policy {m.data.policy}", m.data.policy)


def fail(m: M) -> Effects:
    """The ERP refused the requisition (W7.029)."""
    yield Because(f"the ERP refused: {m.payload.code}")
    yield Raise(
        ExceptionRaised(
            family="LEDGER",
            code="requisition.refused",
            summary=f"the ERP refused a requisition for {m.data.supplier}: {m.payload.code}",
            dedupe=f"requisition.failed|{m.key}",
            machine="W7",
            key=m.key,
            facility=m.data.facility,
            case_tokens=_cases(m),
            usd_at_risk=m.data.amount,
            severity="urgent",
            suggestion="Fix the cause in the ERP or the master data, then resolve: it is sent "
            "again under the same reference.",
        )
    )


def order(m: M) -> Effects:
    """The ERP made the purchase order: its lines start (W7.033)."""
    made: ErpOrder = m.payload.order
    yield Keep({"po_number": made.po_number})
    yield Name("po", made.po_number)
    yield Because(f"the ERP minted purchase order {made.po_number}")
    by_line = {x.line.line: x for x in m.data.lines}
    for row in made.lines:
        asked = by_line.get(row.requisition_line)
        if asked is None:
            continue
        if asked.is_withdrawn:
            yield _cancel_in_erp(m, made.po_number, row.line)
            continue
        yield Emit(
            "requisition.line_approved",
            "W3",
            f"{made.po_number}/{row.line}",
            _approved(m, made, asked, row.line),
        )
        if not asked.serves_demand:
            continue
        created = OrderLineCreated(
            po_number=made.po_number, line=row.line, requisition=m.key, quantity=asked.needed
        )
        yield Emit("purchase_order.created", "W2", asked.demand_line, created)


def order_before_answer(m: M) -> Effects:
    """The order proves the requisition before its own answer came (W7.054): a lost answer."""
    made: ErpOrder = m.payload.order
    yield Keep({"requisition_no": made.requisition_no})
    yield Name("requisition", made.requisition_no)
    yield Because("the purchase order proves the requisition, whose answer was lost or late")
    yield Resolve(f"requisition.failed|{m.key}", "the ERP has it")
    yield from order(m)


def _approved(m: M, made: ErpOrder, asked: AskedLine, line: str) -> LineApproved:
    item = m.facts.item(asked.line.item)
    row = next(x for x in made.lines if x.line == line)
    case_line = m.facts.other("W2", asked.demand_line, dict)
    token = ""
    if case_line is not None:
        tokens = (case_line[1].get("demand") or {}).get("demand_token") or {}
        token = tokens.get(made.supplier, "")
    return LineApproved(
        po_number=made.po_number,
        line=OrderLine(
            line=row.line,
            item=row.item,
            quantity=row.quantity,
            uom=row.uom,
            unit_price=row.unit_price,
            currency=row.currency,
            gtin=item.gtin(row.uom) if item else "",
            catalog_no=item.catalog_no if item else "",
            description=item.description if item else "",
            contract=asked.line.contract,
            cost_center=asked.line.cost_center,
            deliver_to=asked.line.deliver_to,
            demand_token=token,
        ),
        supplier=made.supplier,
        facility=made.facility,
        order_date=made.order_date,
        need_by=made.need_by,
        ship_to_gln=made.ship_to_gln,
        requisition=m.key,
        case_tokens=_cases(m),
        demand_lines=((asked.demand_line, asked.needed),) if asked.serves_demand else (),
        item_class=asked.item_class,
    )


def _cancel_in_erp(m: M, po_number: str, line: str) -> Emit:
    ref = f"{po_number}/{line}/cancel"
    posting = OrderCancelPosting(external_ref=ref, po_number=po_number, lines=(line,))
    return write_request("erp.order.cancel", ref, po_number, posting)


def _cases(m: M) -> tuple[str, ...]:
    return (m.data.case_token,) if m.data.case_token else ()


# ---- changed and withdrawn


def keep_change(m: M) -> Effects:
    """Changed while the ERP is asked: its answer first, then decided again (W7.032)."""
    yield Keep({"pending": (*m.data.pending, m.payload)[:PENDING_MAX]})
    yield Because("changed while posting: settled first, then decided again")


def change_order(m: M) -> Effects:
    """Changed after the order: the order line is asked to change (W7.037)."""
    told = m.payload
    yield Because("changed after the order: the supplier is asked to change the order line")
    for asked in m.data.lines:
        if asked.demand_line == told.demand_line and not asked.is_withdrawn:
            ask = OrderChangeRequested(
                reason="the requisition was changed",
                need_by=told.need_by,
                quantity=told.line.quantity,
                demand_line=told.demand_line if asked.serves_demand else "",
            )
            key = f"{m.data.po_number}/{asked.line.line}"
            yield Emit("purchase_order.change_requested", "W3", key, ask)


def drop_line(m: M) -> Effects:
    """One line is no longer wanted, others are (W7.038)."""
    yield _without(m)
    yield Because(f"one line withdrawn: {m.payload.reason}")


def _without(m: M) -> Keep:
    gone = m.payload.demand_line
    lines = tuple(
        msgspec.structs.replace(x, is_withdrawn=True) if gone in ("", x.demand_line) else x
        for x in m.data.lines
    )
    return Keep({"lines": lines})


def withdraw(m: M) -> Effects:
    """Nothing is wanted any more and the ERP does not have it yet (W7.004, .005)."""
    yield _without(m)
    yield Because(f"withdrawn: {m.payload.reason}")
    for task in m.data.tasks:
        yield Answered(task, "system", "withdrawn")
    yield Withdraw(sending(m.key, m.data.sends))
    yield Resolve(f"approval|{m.key}", "withdrawn")
    yield Resolve(f"returned|{m.key}", "withdrawn")


def settle_first(m: M) -> Effects:
    """Withdrawn while posting: settle first, then cancel in the ERP (W7.031)."""
    yield _without(m)
    yield Because("withdrawn while posting: settled first, then cancelled in the ERP")


def cancel_in_erp(m: M) -> Effects:
    """Cancel the requisition that is not ordered yet (W7.034)."""
    yield _without(m)
    yield Because("withdrawn before the order: cancelled in the ERP")
    ref = f"{m.key}/cancel"
    posting = RequisitionCancel(external_ref=ref, requisition_no=m.data.requisition_no)
    yield write_request("erp.requisition.cancel", ref, m.key, posting)


def cancel_after_order(m: M) -> Effects:
    """Withdrawn after the order: W3 cancels the line (W7.036)."""
    gone = m.payload.demand_line
    yield Because("withdrawn after the order: the order line is cancelled")
    ask = OrderChangeRequested(reason=m.payload.reason, demand_line=gone)
    for asked in m.data.lines:
        if asked.demand_line == gone:
            key = f"{m.data.po_number}/{asked.line.line}"
            yield Emit("purchase_order.cancel_requested", "W3", key, ask)


def order_of_cancelled(m: M) -> Effects:
    """The ERP ordered before our cancel reached it: cancel the order, nothing was sent (W7.039)."""
    made: ErpOrder = m.payload.order
    yield Keep({"po_number": made.po_number})
    yield Name("po", made.po_number)
    yield Because("ordered by the ERP before the cancel arrived; never dispatched to the supplier")
    for row in made.lines:
        yield _cancel_in_erp(m, made.po_number, row.line)
