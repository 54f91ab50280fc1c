"""W7: a requisition from draft to approval (spec 2.8).

In: lines asked for by demand or by a person, a policy, people's answers. Out: one requisition
posted to the ERP per case, supplier and need day. Refuses to know: how the ERP answers
(`requisition_erp`), how a supplier is reached. No clock and no failure ever approves: what the
policy does not answer, people do.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.documents.erp import RequisitionLine, RequisitionPosting
from suture.documents.events import (
    PolicyDecided,
    RequisitionRequest,
    RequisitionWithdrawn,
)
from suture.documents.requisition import RequisitionSubmitted
from suture.orchestration.decisions.approval import (
    BREAK_GLASS,
    ApprovalCase,
    ApprovalLine,
    decide_approval,
)
from suture.orchestration.definition import (
    Answered,
    Ask,
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Moment,
    Place,
    Resolve,
    Send,
    Withdraw,
)
from suture.orchestration.processes.erp_write import ERP

REQUESTER = "suture"
"""Requester of case-driven requisitions; never an approver (segregation of duties)."""
BY_HAND = "by-hand"
"""Opening of the line keys of a requisition that no demand line asked for."""
URGENT = frozenset({"URGENT", "STAT", "IN_ROOM"})


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line and the demand it serves."""

    demand_line: str
    line: RequisitionLine
    item_class: str
    is_on_contract: bool
    needed: Fraction
    """Base units the demand line needs."""
    is_withdrawn: bool = False
    is_on_card: bool = True
    is_new_item: bool = False

    @property
    def serves_demand(self) -> bool:
        """Whether a demand line (W2) waits for it."""
        return not self.demand_line.startswith(BY_HAND)


class RequisitionData(msgspec.Struct, frozen=True, kw_only=True):
    """A requisition from draft to order."""

    facility: str = ""
    supplier: str = ""
    need_by: date = date(1970, 1, 1)
    case_token: str = ""
    requester: str = ""
    urgency: str = "ROUTINE"
    lines: tuple[AskedLine, ...] = ()
    amount: Decimal = Decimal(0)
    round: int = 0
    """Which check of the policy counts; a change starts the next one."""
    decision: str = ""
    rule: str = ""
    reasons: tuple[str, ...] = ()
    policy: str = ""
    policy_sha256: str = ""
    approvers: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    """Questions to people that are open for the present level."""
    escalations: int = 0
    is_returned: bool = False
    pending: tuple[RequisitionRequest, ...] = ()
    """Changes that came while the ERP was being asked; decided when its answer is known."""
    requisition_no: str = ""
    po_number: str = ""
    sends: int = 0


M = Moment[RequisitionData]


def lines_left(m: M) -> list[AskedLine]:
    """Return the lines still wanted after this event; a withdrawal without a line takes all."""
    wanted = [x for x in m.data.lines if not x.is_withdrawn]
    if not isinstance(m.payload, RequisitionWithdrawn):
        return wanted
    gone = m.payload.demand_line
    return [x for x in wanted if gone not in ("", x.demand_line)]


# ---- guards


def approve(m: M) -> bool:
    """Return whether the policy approves what is asked now."""
    return bool(m.payload.decision == "approve") and _is_current(m)


def route(m: M) -> bool:
    """Return whether the policy asks people."""
    return bool(m.payload.decision == "route") and _is_current(m)


def deny(m: M) -> bool:
    """Return whether the policy denies."""
    return bool(m.payload.decision == "deny") and _is_current(m)


def approve_or_route(m: M) -> bool:
    """Return whether a late answer approves or routes: people were asked already."""
    return bool(m.payload.decision in ("approve", "route")) and _is_current(m)


def outdated(m: M) -> bool:
    """Return whether the answer is about a requisition that was changed since."""
    return not _is_current(m)


def _is_current(m: M) -> bool:
    return bool(m.payload.round == m.data.round)


def urgent(m: M) -> bool:
    """Return whether somebody on call has to be asked at once."""
    return m.data.urgency in URGENT


def not_urgent(m: M) -> bool:
    """Return whether the default human route will do."""
    return m.data.urgency not in URGENT


def last_level(m: M) -> bool:
    """Return whether this approval is the last one needed and by someone who may give it."""
    return len(m.data.approved_by) + 1 >= len(m.data.approvers) and _may_approve(m)


def more_levels(m: M) -> bool:
    """Return whether a further approver follows."""
    return len(m.data.approved_by) + 1 < len(m.data.approvers) and _may_approve(m)


def _may_approve(m: M) -> bool:
    """Segregation of duties: a name, not the requester's, not one that approved before."""
    who = m.payload.by.strip().casefold()
    taken = (REQUESTER, m.data.requester, *m.data.approved_by)
    return bool(who) and who not in {name.strip().casefold() for name in taken}


def nothing_left(m: M) -> bool:
    """Return whether no line is wanted any more."""
    return not lines_left(m)


def lines_remain(m: M) -> bool:
    """Return whether other lines are still wanted."""
    return bool(lines_left(m))


# ---- from draft to decision


def _asked(m: M, number: int) -> AskedLine:
    ask: RequisitionRequest = m.payload
    return AskedLine(
        demand_line=ask.demand_line,
        line=msgspec.structs.replace(ask.line, line=str(number)),
        item_class=ask.item_class,
        is_on_contract=ask.is_on_contract,
        needed=ask.quantity_needed,
        is_on_card=ask.is_on_card,
        is_new_item=ask.is_new_item,
    )


def draft(m: M) -> Effects:
    """Open the draft; lines of the same case and supplier join it until it is submitted."""
    ask: RequisitionRequest = m.payload
    first = _asked(m, 1)
    yield Keep(
        {
            "facility": ask.facility,
            "supplier": ask.supplier,
            "need_by": ask.need_by,
            "case_token": ask.case_token,
            "requester": ask.requester,
            "urgency": ask.urgency,
            "lines": (first,),
        }
    )
    yield Place(parent=ask.case_token, facility=ask.facility, due_at=m.now)
    if first.serves_demand:
        yield Bind("W2", ask.demand_line)
    yield Because(f"first line for {ask.supplier}, needed by {ask.need_by.isoformat()}")


def change_line(m: M) -> Effects:
    """Add a line to the draft, or replace the one it changes (W7.003, .044)."""
    yield Keep({"lines": changed_lines(m)})
    if not m.payload.demand_line.startswith(BY_HAND):
        yield Bind("W2", m.payload.demand_line)
    yield Because(f"a line of {m.payload.line.item} joined or changed")


def changed_lines(m: M) -> tuple[AskedLine, ...]:
    """Return the lines with the asked one in place of its earlier self, or at the end."""
    for place, row in enumerate(m.data.lines):
        if row.demand_line == m.payload.demand_line:
            anew = _asked(m, int(row.line.line))
            return (*m.data.lines[:place], anew, *m.data.lines[place + 1 :])
    return (*m.data.lines, _asked(m, len(m.data.lines) + 1))


def submit(m: M) -> Effects:
    """Ask the policy (W7.002, S76)."""
    told: RequisitionSubmitted = m.payload
    if told.by:
        yield Because(f"submitted by {told.by}")
    yield Keep({"is_returned": False})
    yield Resolve(f"returned|{m.key}", "submitted again")
    yield from check(m, tuple(lines_left(m)))


def check(m: M, lines: tuple[AskedLine, ...]) -> Effects:
    """Ask the policy about these lines; answers about earlier ones no longer count."""
    amount = sum((_amount(x) for x in lines if not x.is_withdrawn), Decimal(0))
    yield Keep({"amount": amount, "round": m.data.round + 1, "escalations": 0})
    yield Because(f"{len(lines)} line(s), {amount} USD")
    yield Emit("policy.decided", "W7", m.key, _policy_decision(m, lines, amount))


def decide_again(m: M) -> Effects:
    """A line, quantity or date changed: approvals given before are void (W7.011, .012)."""
    lines = changed_lines(m)
    yield Keep({"lines": lines, "need_by": m.payload.need_by, "approved_by": ()})
    yield Because("changed: decided again, earlier approvals are void")
    yield from close_questions(m, "changed")
    yield Withdraw(sending(m.key, m.data.sends))
    yield from check(m, tuple(x for x in lines if not x.is_withdrawn))


def expire(m: M) -> Effects:
    """The approval is too old to be acted on (W7.024)."""
    yield Because("the approval expired before it reached the ERP: decided again")
    yield Keep({"approved_by": ()})
    yield Withdraw(sending(m.key, m.data.sends))
    yield from check(m, tuple(lines_left(m)))


def sending(key: str, number: int) -> str:
    """Return the idempotency key of a posting."""
    return f"requisition/{key}/{number}"


def _amount(asked: AskedLine) -> Decimal:
    exact = Fraction(asked.line.unit_price) * asked.line.quantity
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def _policy_decision(m: M, lines: tuple[AskedLine, ...], amount: Decimal) -> PolicyDecided:
    supplier = m.facts.supplier(m.data.supplier)
    first = lines[0].line if lines else None
    cost_center = m.facts.cost_center(first.cost_center) if first else None
    case = ApprovalCase(
        facility=m.data.facility,
        supplier=m.data.supplier,
        supplier_status=str(supplier.status) if supplier else "UNKNOWN",
        is_case_linked=bool(m.data.case_token),
        lines=tuple(
            ApprovalLine(
                x.line.item, x.item_class, _amount(x), x.is_on_contract, x.is_on_card, x.is_new_item
            )
            for x in lines
        ),
        spent_case=_spent(m, "case"),
        spent_supplier_day=_spent(m, "supplier"),
        spent_facility_day=_spent(m, "facility"),
        chain=cost_center.approver_chain if cost_center else (),
        urgency=m.data.urgency,
        requester=m.data.requester,
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
        round=m.data.round + 1,
    )


def _spent(m: M, scope: str) -> Decimal:
    """Return what was approved without a person in a scope (cumulative caps, spec 2.0.12)."""
    if scope == "case":
        token = m.data.case_token
        found = m.facts.siblings("W7", token, RequisitionData) if token else []
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


def decided(m: M) -> Keep:
    """Keep what the policy said."""
    told: PolicyDecided = m.payload
    return Keep(
        {
            "decision": told.decision,
            "rule": told.rule,
            "reasons": told.reasons,
            "policy": told.policy,
            "policy_sha256": told.policy_sha256,
            "approvers": told.approvers,
        }
    )


def post_approved(m: M) -> Effects:
    """The policy approved: write the requisition to the ERP (W7.006)."""
    told: PolicyDecided = m.payload
    yield decided(m)
    yield Because(f"approved by policy {told.policy} rule {told.rule}: {'; '.join(told.reasons)}")
    yield Because(f"policy sha256 {told.policy_sha256}")
    if m.data.urgency in BREAK_GLASS:
        policy = m.policies.approval
        yield Ask(
            kind="requisition.review",
            role=policy.break_glass_reviewer,
            title=f"Review afterwards: {m.data.amount} USD at {m.data.supplier}, asked by "
            f"{m.data.requester} as {m.data.urgency}",
            task=f"{m.key}.review.{m.data.round}",
            due_at=m.now + timedelta(hours=policy.break_glass_review_h),
        )
    yield from post(m, f"policy {told.policy}", told.policy)


def post(m: M, approved_by: str, policy: str) -> Effects:
    """Send the lines that are wanted to the ERP under the external reference."""
    posting = RequisitionPosting(
        external_ref=m.key,
        facility=m.data.facility,
        need_by=m.data.need_by,
        requester=m.data.requester or REQUESTER,
        supplier=m.data.supplier,
        approval_policy=policy,
        approved_by=approved_by,
        lines=tuple(x.line for x in m.data.lines if not x.is_withdrawn),
    )
    sends = m.data.sends + 1
    yield Keep({"sends": sends})
    yield Send("erp.requisition.create", ERP, m.key, posting, sending(m.key, sends))


def close_questions(m: M, why: str) -> Effects:
    """Close what people were asked; the one that is answered is closed with the answer."""
    answered = getattr(m.payload, "task", "")
    for task in m.data.tasks:
        if task != answered:
            yield Answered(task, "system", why)
    yield Keep({"tasks": (), "escalations": 0})
