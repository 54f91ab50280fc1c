"""W7: requisition submission and approval (spec 2.8).

In: lines asked for by demand, a policy, people's answers, the ERP's answers. Out: one requisition
in the ERP per case, supplier and need day, and its order lines to W3 and W2. Refuses to know: how
the ERP writes numbers, how a supplier is reached. Key = external reference, also written into the
ERP document, so that an unknown outcome is asked for and never repeated blindly (S123).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.documents.erp import (
    ErpOrder,
    OrderCancelPosting,
    ReferenceQuery,
    RequisitionCancel,
    RequisitionLine,
    RequisitionPosting,
)
from suture.documents.events import (
    Denied,
    ExceptionRaised,
    LineApproved,
    OrderChangeRequested,
    OrderLineCreated,
    PolicyDecided,
    RequisitionRequest,
    RequisitionWithdrawn,
)
from suture.documents.supply import OrderLine
from suture.governance.policy import Policies
from suture.orchestration.decisions.approval import ApprovalCase, ApprovalLine, decide_approval
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
    rule,
    stays,
    unbuilt,
)
from suture.orchestration.processes.erp_write import ERP, write_request

REQUESTER = "suture"
"""Requester of case-driven requisitions; never an approver (segregation of duties)."""


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line and the demand it serves."""

    demand_line: str
    line: RequisitionLine
    item_class: str
    is_on_contract: bool
    needed: Fraction
    """Base units the demand line needs."""
    is_withdrawn: bool = False


class RequisitionData(msgspec.Struct, frozen=True, kw_only=True):
    """A requisition from draft to order."""

    facility: str = ""
    supplier: str = ""
    need_by: date = date(1970, 1, 1)
    case_token: str = ""
    lines: tuple[AskedLine, ...] = ()
    amount: Decimal = Decimal(0)
    decision: str = ""
    rule: str = ""
    policy: str = ""
    policy_sha256: str = ""
    approvers: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    requisition_no: str = ""
    po_number: str = ""
    sends: int = 0


M = Moment[RequisitionData]


def _lines_left(m: M) -> list[AskedLine]:
    gone = m.payload.demand_line if isinstance(m.payload, RequisitionWithdrawn) else ""
    return [x for x in m.data.lines if not x.is_withdrawn and x.demand_line != gone]


# ---- guards


def approve(m: M) -> bool:
    """Return whether the policy approves."""
    return bool(m.payload.decision == "approve")


def route(m: M) -> bool:
    """Return whether the policy asks people."""
    return bool(m.payload.decision == "route")


def deny(m: M) -> bool:
    """Return whether the policy denies."""
    return bool(m.payload.decision == "deny")


def last_level(m: M) -> bool:
    """Return whether this approval is the last one needed and by someone who may give it."""
    return len(m.data.approved_by) + 1 >= len(m.data.approvers) and _may_approve(m)


def more_levels(m: M) -> bool:
    """Return whether a further approver follows."""
    return len(m.data.approved_by) + 1 < len(m.data.approvers) and _may_approve(m)


def _may_approve(m: M) -> bool:
    who = m.payload.by
    return bool(who) and who != REQUESTER and who not in m.data.approved_by


def nothing_left(m: M) -> bool:
    """Return whether no line is wanted any more."""
    return not _lines_left(m)


def lines_remain(m: M) -> bool:
    """Return whether other lines are still wanted."""
    return bool(_lines_left(m))


# ---- from draft to decision


def _asked(m: M, number: int) -> AskedLine:
    ask: RequisitionRequest = m.payload
    return AskedLine(
        demand_line=ask.demand_line,
        line=msgspec.structs.replace(ask.line, line=str(number)),
        item_class=ask.item_class,
        is_on_contract=ask.is_on_contract,
        needed=ask.quantity_needed,
    )


def draft(m: M) -> Effects:
    """Open the draft; lines of the same case and supplier join it until it is submitted."""
    ask: RequisitionRequest = m.payload
    yield Keep(
        {
            "facility": ask.facility,
            "supplier": ask.supplier,
            "need_by": ask.need_by,
            "case_token": ask.case_token,
            "lines": (_asked(m, 1),),
        }
    )
    yield Place(parent=ask.case_token, facility=ask.facility, due_at=m.now)
    yield Bind("W2", ask.demand_line)
    yield Because(f"first line for {ask.supplier}, needed by {ask.need_by.isoformat()}")


def add_line(m: M) -> Effects:
    """Add a line to the draft (W7.003; .044 when both lines were decided before it existed)."""
    yield Keep({"lines": (*m.data.lines, _asked(m, len(m.data.lines) + 1))})
    yield Bind("W2", m.payload.demand_line)
    yield Because(f"line {len(m.data.lines) + 1} joined")


def submit(m: M) -> Effects:
    """Ask the policy (W7.002, S76)."""
    lines = _lines_left(m)
    amount = sum((Decimal(_amount(x)) for x in lines), Decimal(0))
    yield Keep({"amount": amount})
    yield Because(f"{len(lines)} line(s), {amount} USD")
    yield Emit("policy.decided", "W7", m.key, _policy_decision(m, lines, amount))


def _amount(asked: AskedLine) -> Decimal:
    exact = Fraction(asked.line.unit_price) * asked.line.quantity
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def _policy_decision(m: M, lines: list[AskedLine], amount: Decimal) -> PolicyDecided:
    supplier = m.facts.supplier(m.data.supplier)
    first = lines[0].line if lines else None
    cost_center = m.facts.cost_center(first.cost_center) if first else None
    case = ApprovalCase(
        facility=m.data.facility,
        supplier=m.data.supplier,
        supplier_status=str(supplier.status) if supplier else "UNKNOWN",
        is_case_linked=bool(m.data.case_token),
        lines=tuple(
            ApprovalLine(x.line.item, x.item_class, _amount(x), x.is_on_contract) for x in lines
        ),
        spent_case=_spent(m, "case"),
        spent_supplier_day=_spent(m, "supplier"),
        spent_facility_day=_spent(m, "facility"),
        chain=cost_center.approver_chain if cost_center else (),
    )
    policy = m.policies.approval
    result = decide_approval(case, policy)
    return PolicyDecided(
        decision=result.decision,
        rule=result.rule,
        reasons=result.reasons,
        approvers=result.approvers,
        policy=f"{policy.id} v{policy.version}",
        policy_sha256=policy.sha256,
        amount=amount,
    )


def _spent(m: M, scope: str) -> Decimal:
    """Return what was approved without a person in a scope (cumulative caps, spec 2.0.12)."""
    if scope == "case":
        found = m.facts.siblings("W7", m.data.case_token, RequisitionData)
    else:
        found = m.facts.of_day("W7", m.data.facility, m.now, RequisitionData)
    return sum(
        (
            data.amount
            for key, state, data in found
            if key != m.key
            and data.decision == "approve"
            and state != "CANCELLED"
            and (scope != "supplier" or data.supplier == m.data.supplier)
        ),
        Decimal(0),
    )


def _decided(m: M) -> Keep:
    told: PolicyDecided = m.payload
    return Keep(
        {
            "decision": told.decision,
            "rule": told.rule,
            "policy": told.policy,
            "policy_sha256": told.policy_sha256,
            "approvers": told.approvers,
        }
    )


def post_approved(m: M) -> Effects:
    """The policy approved: write the requisition to the ERP (W7.006)."""
    told: PolicyDecided = m.payload
    yield _decided(m)
    yield Because(f"approved by policy {told.policy} rule {told.rule}: {'; '.join(told.reasons)}")
    yield Because(f"policy sha256 {told.policy_sha256}")
    yield from _post(m, f"policy {told.policy}", told.policy)


def _post(m: M, approved_by: str, policy: str) -> Effects:
    lines = tuple(x.line for x in m.data.lines if not x.is_withdrawn)
    posting = RequisitionPosting(
        external_ref=m.key,
        facility=m.data.facility,
        need_by=m.data.need_by,
        requester=REQUESTER,
        supplier=m.data.supplier,
        approval_policy=policy,
        approved_by=approved_by,
        lines=lines,
    )
    sends = m.data.sends + 1
    yield Keep({"sends": sends})
    yield Send("erp.requisition.create", ERP, m.key, posting, f"requisition/{m.key}/{sends}")


def ask_people(m: M) -> Effects:
    """The policy routes to people (W7.007)."""
    told: PolicyDecided = m.payload
    yield _decided(m)
    yield Because(f"rule {told.rule} needs {', '.join(told.approvers)}: {'; '.join(told.reasons)}")
    yield _task(m, told.approvers, 0)


def _task(m: M, approvers: tuple[str, ...], level: int) -> Ask:
    role = approvers[level] if level < len(approvers) else "requisition desk"
    return Ask(
        kind="requisition.approve",
        role=role,
        title=f"Approve {m.data.amount} USD at {m.data.supplier} for {m.data.facility}, "
        f"needed by {m.data.need_by.isoformat()}",
        task=f"{m.key}.{level}",
        due_at=m.now + m.policies.time.hours("approval_sla_h"),
        data={"amount": str(m.data.amount), "supplier": m.data.supplier},
    )


def refuse(m: M) -> Effects:
    """The policy denies: tell the lines (W7.008)."""
    told: PolicyDecided = m.payload
    yield _decided(m)
    yield Because(f"denied by rule {told.rule}: {'; '.join(told.reasons)}")
    yield from _denied(m, told.reasons)


def _denied(m: M, reasons: tuple[str, ...]) -> Effects:
    for asked in m.data.lines:
        if not asked.is_withdrawn:
            payload = Denied(requisition=m.key, reasons=reasons)
            yield Emit("requisition.denied", "W2", asked.demand_line, payload)


def post_after_approval(m: M) -> Effects:
    """The last level approved: write the requisition to the ERP (W7.016)."""
    people = (*m.data.approved_by, m.payload.by)
    yield Keep({"approved_by": people})
    yield Because(f"approved by {', '.join(people)}")
    yield Answered(m.payload.task, m.payload.by, f"approved: {m.payload.reason}".rstrip(": "))
    yield Resolve(f"approval|{m.key}", "approved")
    yield from _post(m, ", ".join(people), m.data.policy)


def next_level(m: M) -> Effects:
    """One level approved: ask the next (W7.017)."""
    people = (*m.data.approved_by, m.payload.by)
    yield Keep({"approved_by": people})
    yield Because(f"approved by {m.payload.by}; next level")
    yield Answered(m.payload.task, m.payload.by, "approved")
    yield _task(m, m.data.approvers, len(people))


def reject(m: M) -> Effects:
    """A person rejected it (W7.019)."""
    yield Because(f"rejected by {m.payload.by}: {m.payload.reason}")
    yield Answered(m.payload.task, m.payload.by, f"rejected: {m.payload.reason}")
    yield Resolve(f"approval|{m.key}", "rejected")
    yield from _denied(m, (f"rejected by {m.payload.by}",))


def escalate(m: M) -> Effects:
    """No answer in time (W7.021); approval is never given by a clock."""
    yield Because("no approval in time: escalated, still waiting for a person")
    yield Raise(
        ExceptionRaised(
            family="APPROVAL",
            code="approval.overdue",
            summary=f"requisition of {m.data.amount} USD at {m.data.supplier} waits for "
            f"{', '.join(m.data.approvers) or 'an approver'}",
            dedupe=f"approval|{m.key}",
            machine="W7",
            key=m.key,
            facility=m.data.facility,
            case_tokens=(m.data.case_token,),
            usd_at_risk=m.data.amount,
            suggestion="suture task list; suture task approve ID --by NAME",
        )
    )


# ---- at the ERP


def confirm(m: M) -> Effects:
    """Keep the requisition number (W7.025, W7.027)."""
    yield Keep({"requisition_no": m.payload.number})
    yield Name("requisition", m.payload.number)
    yield Because(f"the ERP minted requisition {m.payload.number}")
    yield Resolve(f"requisition.failed|{m.key}", "the ERP has it")
    if all(x.is_withdrawn for x in m.data.lines):
        gone = RequisitionWithdrawn(demand_line="", reason="withdrawn while posting")
        yield Emit("requisition.withdrawn", "W7", m.key, gone)


def ask_erp(m: M) -> Effects:
    """The outcome is unknown: ask by external reference (W7.026)."""
    yield Because("no answer from the ERP: ask by external reference before anything is repeated")
    query = ReferenceQuery(external_ref=m.key)
    yield Send("erp.requisition.find", ERP, m.key, query, f"find/{m.key}/{m.event_seq}")


def post_again(m: M) -> Effects:
    """The ERP does not have it: the same key again (W7.028)."""
    yield Because("the ERP does not have it: sent again under the same external reference")
    yield from _post(m, ", ".join(m.data.approved_by) or f"policy {m.data.policy}", m.data.policy)


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
            case_tokens=(m.data.case_token,),
            usd_at_risk=m.data.amount,
            severity="urgent",
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
        case_tokens=(m.data.case_token,),
        demand_lines=((asked.demand_line, asked.needed),),
        item_class=asked.item_class,
    )


def _cancel_in_erp(m: M, po_number: str, line: str) -> Emit:
    ref = f"{po_number}/{line}/cancel"
    posting = OrderCancelPosting(external_ref=ref, po_number=po_number, lines=(line,))
    return write_request("erp.order.cancel", ref, po_number, posting)


# ---- withdrawn


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
    for level in range(len(m.data.approvers)):
        yield Answered(f"{m.key}.{level}", "system", "withdrawn")
    yield Resolve(f"approval|{m.key}", "withdrawn")


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


# ---- alarms


def _submit_due(data: RequisitionData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + timedelta(minutes=policies.time.requisition_window_min)


def _approval_due(data: RequisitionData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("approval_sla_h")


SETTLED_BEFORE = ("ERP_CREATED", "ORDERED", "CANCELLED")
BEFORE_THE_ERP = ("DRAFT", "PENDING_APPROVAL", "ESCALATED", "APPROVED", "ERP_FAILED")
LIVE = (
    "DRAFT",
    "POLICY_CHECK",
    "PENDING_APPROVAL",
    "ESCALATED",
    "APPROVED",
    "ERP_FAILED",
    "ERP_SUBMITTING",
    "ERP_UNKNOWN",
    "ERP_CREATED",
)


REQUISITION = Process(
    machine="W7",
    title="Requisition submission and approval",
    states=(
        "DRAFT",
        "POLICY_CHECK",
        "CANCELLED",
        "PENDING_APPROVAL",
        "ESCALATED",
        "APPROVED",
        "ERP_FAILED",
        "DENIED",
        "ERP_SUBMITTING",
        "ERP_CREATED",
        "ORDERED",
        "ERP_UNKNOWN",
    ),
    terminal=("ORDERED", "DENIED", "CANCELLED"),
    data_type=RequisitionData,
    alarms=(
        Alarm("submit", ("DRAFT",), "requisition.submitted", _submit_due),
        Alarm("approval", ("PENDING_APPROVAL", "ESCALATED"), "timer.sla_breached", _approval_due),
    ),
    rules=(
        rule("W7.001", START, "requisition.created", "DRAFT", do=draft),
        rule("W7.002", "DRAFT", "requisition.submitted", "POLICY_CHECK", do=submit),
        rule("W7.003", "DRAFT", "requisition.changed", SAME, do=add_line),
        rule(
            "W7.004",
            BEFORE_THE_ERP,
            "requisition.withdrawn",
            "CANCELLED",
            when=nothing_left,
            do=withdraw,
        ),
        rule(
            "W7.005",
            "POLICY_CHECK",
            "requisition.withdrawn",
            "CANCELLED",
            when=nothing_left,
            do=withdraw,
        ),
        rule(
            "W7.006", "POLICY_CHECK", "policy.decided", "APPROVED", when=approve, do=post_approved
        ),
        rule(
            "W7.007",
            "POLICY_CHECK",
            "policy.decided",
            "PENDING_APPROVAL",
            when=route,
            do=ask_people,
        ),
        rule("W7.008", "POLICY_CHECK", "policy.decided", "DENIED", when=deny, do=refuse),
        unbuilt("W7.009", "POLICY_CHECK", "timer.reply_overdue", "PENDING_APPROVAL", "urgent"),
        unbuilt("W7.010", "POLICY_CHECK", "timer.reply_overdue", "PENDING_APPROVAL", "not_urgent"),
        unbuilt("W7.011", "POLICY_CHECK", "requisition.changed", SAME),
        unbuilt(
            "W7.012",
            ("PENDING_APPROVAL", "ESCALATED", "APPROVED"),
            "requisition.changed",
            "POLICY_CHECK",
        ),
        rule(
            "W7.013",
            ("POLICY_CHECK", "APPROVED", "ERP_SUBMITTING", "ERP_CREATED", "ORDERED"),
            "review.approved",
            SAME,
            do=stays,
        ),
        unbuilt("W7.014", ("PENDING_APPROVAL", "ESCALATED"), "policy.decided", "DENIED", "deny"),
        unbuilt(
            "W7.015", ("PENDING_APPROVAL", "ESCALATED"), "policy.decided", SAME, "approve_or_route"
        ),
        rule(
            "W7.016",
            ("PENDING_APPROVAL", "ESCALATED"),
            "review.approved",
            "APPROVED",
            when=last_level,
            do=post_after_approval,
        ),
        rule(
            "W7.017", "PENDING_APPROVAL", "review.approved", SAME, when=more_levels, do=next_level
        ),
        rule(
            "W7.018",
            "ESCALATED",
            "review.approved",
            "PENDING_APPROVAL",
            when=more_levels,
            do=next_level,
        ),
        rule("W7.019", ("PENDING_APPROVAL", "ESCALATED"), "review.rejected", "DENIED", do=reject),
        unbuilt("W7.020", ("PENDING_APPROVAL", "ESCALATED"), "review.returned", "DRAFT"),
        rule("W7.021", "PENDING_APPROVAL", "timer.sla_breached", "ESCALATED", do=escalate),
        rule("W7.022", "ESCALATED", "timer.sla_breached", SAME, do=escalate),
        rule("W7.023", "APPROVED", "outbox.dispatched", "ERP_SUBMITTING", do=stays),
        unbuilt("W7.024", "APPROVED", "timer.validity_expired", "POLICY_CHECK"),
        rule(
            "W7.025",
            ("ERP_SUBMITTING", "ERP_UNKNOWN"),
            "target.confirmed",
            "ERP_CREATED",
            do=confirm,
        ),
        rule("W7.026", "ERP_SUBMITTING", "timer.reply_overdue", "ERP_UNKNOWN", do=ask_erp),
        rule("W7.027", "ERP_UNKNOWN", "lookup.found", "ERP_CREATED", do=confirm),
        rule("W7.028", "ERP_UNKNOWN", "lookup.absent", "ERP_SUBMITTING", do=post_again),
        rule("W7.029", ("ERP_SUBMITTING", "ERP_UNKNOWN"), "target.rejected", "ERP_FAILED", do=fail),
        unbuilt("W7.030", "ERP_FAILED", "exception.resolved", "ERP_SUBMITTING"),
        rule(
            "W7.031",
            ("ERP_SUBMITTING", "ERP_UNKNOWN"),
            "requisition.withdrawn",
            SAME,
            when=nothing_left,
            do=settle_first,
        ),
        unbuilt("W7.032", ("ERP_SUBMITTING", "ERP_UNKNOWN"), "requisition.changed", SAME),
        rule("W7.033", "ERP_CREATED", "purchase_order.created", "ORDERED", do=order),
        rule(
            "W7.034",
            "ERP_CREATED",
            "requisition.withdrawn",
            "CANCELLED",
            when=nothing_left,
            do=cancel_in_erp,
        ),
        unbuilt("W7.035", "ERP_CREATED", "requisition.changed", "POLICY_CHECK"),
        rule("W7.036", "ORDERED", "requisition.withdrawn", SAME, do=cancel_after_order),
        unbuilt("W7.037", "ORDERED", "requisition.changed", SAME),
        # House rules, appended (ADR 0011).
        rule("W7.038", LIVE, "requisition.withdrawn", SAME, when=lines_remain, do=drop_line),
        rule(
            "W7.054",
            ("APPROVED", "ERP_SUBMITTING", "ERP_UNKNOWN", "ERP_FAILED"),
            "purchase_order.created",
            "ORDERED",
            do=order_before_answer,
        ),
        rule("W7.055", SETTLED_BEFORE, "target.confirmed", SAME, do=stays),
        rule("W7.056", SETTLED_BEFORE, "lookup.found", SAME, do=stays),
        rule("W7.057", SETTLED_BEFORE, "timer.reply_overdue", SAME, do=stays),
        rule("W7.043", "ORDERED", "purchase_order.created", SAME, do=stays),
        rule("W7.039", "CANCELLED", "purchase_order.created", SAME, do=order_of_cancelled),
        rule("W7.040", ("ERP_UNKNOWN",), "timer.reply_overdue", SAME, do=ask_erp),
        rule(
            "W7.041",
            ("ERP_SUBMITTING", "ERP_UNKNOWN", "ERP_CREATED", "ORDERED", "ERP_FAILED"),
            "outbox.dispatched",
            SAME,
            do=stays,
        ),
        rule("W7.042", ("CANCELLED", "DENIED"), "requisition.withdrawn", SAME, do=stays),
        rule("W7.044", "DRAFT", "requisition.created", SAME, do=add_line),
    ),
)
