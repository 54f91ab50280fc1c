"""The approval matrix (spec 2.0.12): who must approve a requisition, with every reason.

In: the requisition as facts, the policy. Out: approve, route or deny. Refuses to know: who answers.
Proven by tests: raising the amount never removes an approver, the same inputs and policy give the
same decision, a denial explains itself. What is not known (budget, card) never approves.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from suture.governance.policy import ApprovalPolicy

IMPLANTS = frozenset({"IMPLANT", "TISSUE"})
CAPITAL = "CAPITAL"
BREAK_GLASS = frozenset({"STAT", "IN_ROOM"})


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """One line as the matrix sees it."""

    item: str
    item_class: str
    amount: Decimal
    is_on_contract: bool
    is_on_card: bool = True
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalCase:
    """A requisition as the matrix sees it; amounts already approved without a person included."""

    facility: str
    supplier: str
    supplier_status: str
    is_case_linked: bool
    lines: tuple[ApprovalLine, ...]
    spent_case: Decimal
    spent_supplier_day: Decimal
    spent_facility_day: Decimal
    chain: tuple[str, ...] = ()
    urgency: str = "ROUTINE"
    requester: str = ""
    is_over_budget: bool = False

    @property
    def amount(self) -> Decimal:
        """The requisition's amount."""
        return sum((x.amount for x in self.lines), Decimal(0))

    @property
    def has_implant(self) -> bool:
        """Whether a line is an implant or tissue."""
        return any(x.item_class in IMPLANTS for x in self.lines)


@dataclass(frozen=True, slots=True)
class Approval:
    """The decision with its rule, reasons and, when people are asked, their roles in order."""

    decision: str
    rule: str
    reasons: tuple[str, ...]
    approvers: tuple[str, ...] = ()


def decide_approval(case: ApprovalCase, policy: ApprovalPolicy) -> Approval:
    """Return approve, route or deny; the first rule that applies wins, add-ons are added."""
    if case.supplier_status == "SUSPENDED":
        return Approval("deny", "X5", ("the supplier is suspended",))
    if case.urgency in BREAK_GLASS:
        return _break_glass(case, policy)
    reasons = _why_not_case(case, policy) if case.is_case_linked else _why_not_stock(case, policy)
    if reasons:
        return _route(case, policy, tuple(reasons))
    inside = "inside the cumulative caps"
    if case.is_case_linked:
        seen = "case-linked, on the active card, on contract, supplier active"
        limit = f"every line within {policy.case_linked_line_limit}, {inside}"
        return Approval("approve", "A2", (seen, limit))
    seen = "stock replenishment, on contract, supplier active, budget vouched for"
    return Approval("approve", "A1", (seen, f"lines within {policy.stock_line_limit}, {inside}"))


def _why_not_case(case: ApprovalCase, policy: ApprovalPolicy) -> list[str]:
    reasons = _in_the_way(case, policy, policy.case_linked_line_limit)
    if any(not x.is_on_card for x in case.lines):
        reasons.append("a line is not on the active card of the case")
    if case.has_implant and case.facility not in policy.implant_auto_facilities:
        reasons.append(f"implant: {case.facility} asks a person (recommended for approval)")
    return reasons


def _why_not_stock(case: ApprovalCase, policy: ApprovalPolicy) -> list[str]:
    reasons = ["not linked to a case", *_in_the_way(case, policy, policy.stock_line_limit)]
    if case.has_implant:
        reasons.append("an implant for stock")
    if case.facility not in policy.stock_auto_facilities:
        reasons.append("the budget is not known here")
    return [] if len(reasons) == 1 else reasons


def _in_the_way(case: ApprovalCase, policy: ApprovalPolicy, line_limit: Decimal) -> list[str]:
    """Return what keeps any automatic approval away: supplier, contract, limits, caps."""
    reasons: list[str] = []
    if not case.lines:
        reasons.append("no line is left")
    if case.supplier_status != "ACTIVE":
        reasons.append(f"supplier is {case.supplier_status.lower()}")
    if any(not x.is_on_contract for x in case.lines):
        reasons.append("a line is off contract")
    if any(x.amount > line_limit for x in case.lines):
        reasons.append(f"a line is above {line_limit}")
    if any(x.is_new for x in case.lines):
        reasons.append("an item is new")
    if case.is_over_budget:
        reasons.append("the budget is exceeded")
    if any(x.item_class == CAPITAL for x in case.lines):
        reasons.append("capital goods")
    caps = (
        ("case", case.spent_case, policy.cap_per_case),
        ("supplier and day", case.spent_supplier_day, policy.cap_per_supplier_day),
        ("facility and day", case.spent_facility_day, policy.cap_per_facility_day),
    )
    for name, spent, cap in caps:
        if spent + case.amount > cap:
            reasons.append(f"above the cap of {cap} per {name}")
    return reasons


def _break_glass(case: ApprovalCase, policy: ApprovalPolicy) -> Approval:
    """X4: at once when nothing is in doubt, reviewed afterwards; else the on-call lane."""
    reasons = _in_the_way(case, policy, policy.break_glass_limit)
    if case.amount > policy.break_glass_limit:
        reasons.append(f"above {policy.break_glass_limit}")
    if not case.requester:
        reasons.append("no named requester")
    if not case.is_case_linked or any(not x.is_on_card for x in case.lines):
        reasons.append("a line is not on the active card of a case")
    if reasons:
        return _added(case, policy, "X4", (policy.on_call_approver,), tuple(reasons))
    why = f"{case.urgency}: on contract, on the active card, supplier active, requester named"
    return Approval("approve", "X4", (why, f"reviewed by the {policy.break_glass_reviewer} after"))


def _route(case: ApprovalCase, policy: ApprovalPolicy, reasons: tuple[str, ...]) -> Approval:
    asks_for_implant = any(reason.startswith("implant:") for reason in reasons)
    rule: str
    approvers: tuple[str, ...]
    if asks_for_implant and len(reasons) == 1:
        rule, approvers = "A2", ()
    elif any(x.item_class == CAPITAL for x in case.lines):
        rule, approvers = policy.ladder(max(row.limit for row in policy.routes))
    else:
        rule, approvers = policy.ladder(case.amount)
    if asks_for_implant and policy.implant_approver not in approvers:
        approvers = (*approvers, policy.implant_approver)
    return _added(case, policy, rule, approvers, reasons)


def _added(
    case: ApprovalCase,
    policy: ApprovalPolicy,
    rule: str,
    approvers: tuple[str, ...],
    reasons: tuple[str, ...],
) -> Approval:
    """Return the route with its add-ons X1, X2, X3 and X6."""
    more: list[str] = []
    if any(not x.is_on_contract for x in case.lines):
        rule += "+X1"
        more += policy.off_contract_approvers
        if case.has_implant:
            more.append(policy.implant_off_contract_approver)
    if any(x.is_new for x in case.lines):
        rule += "+X2"
        more.append(policy.new_item_approver)
    if case.is_over_budget:
        rule += "+X3"
        more.append(policy.budget_approver)
    if case.supplier_status != "ACTIVE":
        rule += "+X6"
        more += policy.restricted_approvers
    return Approval("route", rule, reasons, tuple(dict.fromkeys((*approvers, *more))))
