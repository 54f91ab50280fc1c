"""The approval matrix (spec 2.0.12): who must approve a requisition, with every reason.

In: the requisition as facts, the policy. Out: approve, route or deny. Refuses to know: who answers.
Proven by tests: raising the amount never removes an approver, the same inputs and policy give the
same decision, a denial explains itself. Built: A2 with the implant switch, A3-A6, X1, X5, X6 and
the cumulative caps. Not built: A1 (par replenishment), X2-X4.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from suture.governance.policy import ApprovalPolicy

IMPLANTS = frozenset({"IMPLANT", "TISSUE"})


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """One line as the matrix sees it."""

    item: str
    item_class: str
    amount: Decimal
    is_on_contract: bool


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

    @property
    def amount(self) -> Decimal:
        """The requisition's amount."""
        return sum((x.amount for x in self.lines), Decimal(0))


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
    reasons = _why_not_automatic(case, policy)
    if not reasons:
        return Approval(
            "approve",
            "A2",
            (
                "case-linked, on the active card, on contract, supplier active",
                f"every line within {policy.case_linked_line_limit}, inside the cumulative caps",
            ),
        )
    return _route(case, policy, tuple(reasons))


def _why_not_automatic(case: ApprovalCase, policy: ApprovalPolicy) -> list[str]:
    reasons: list[str] = []
    if not case.lines:
        reasons.append("no line is left")
    if not case.is_case_linked:
        reasons.append("not linked to a case")
    if case.supplier_status != "ACTIVE":
        reasons.append(f"supplier is {case.supplier_status.lower()}")
    if any(not x.is_on_contract for x in case.lines):
        reasons.append("a line is off contract")
    if any(x.amount > policy.case_linked_line_limit for x in case.lines):
        reasons.append(f"a line is above {policy.case_linked_line_limit}")
    has_implant = any(x.item_class in IMPLANTS for x in case.lines)
    if has_implant and case.facility not in policy.implant_auto_facilities:
        reasons.append(f"implant: {case.facility} asks a person (recommended for approval)")
    caps = (
        ("case", case.spent_case, policy.cap_per_case),
        ("supplier and day", case.spent_supplier_day, policy.cap_per_supplier_day),
        ("facility and day", case.spent_facility_day, policy.cap_per_facility_day),
    )
    for name, spent, cap in caps:
        if spent + case.amount > cap:
            reasons.append(f"above the cap of {cap} per {name}")
    return reasons


def _route(case: ApprovalCase, policy: ApprovalPolicy, reasons: tuple[str, ...]) -> Approval:
    approvers: tuple[str, ...] = ()
    rule = "A6"
    asks_for_implant = any(reason.startswith("implant:") for reason in reasons)
    if asks_for_implant and len(reasons) == 1:
        rule = "A2"
    else:
        for row in sorted(policy.routes, key=lambda r: r.limit):
            rule, approvers = row.rule, row.approvers
            if case.amount <= row.limit:
                break
    if asks_for_implant and policy.implant_approver not in approvers:
        approvers = (*approvers, policy.implant_approver)
    if any(not x.is_on_contract for x in case.lines):
        approvers = (*approvers, *(a for a in policy.off_contract_approvers if a not in approvers))
        rule += "+X1"
    if case.supplier_status not in ("ACTIVE", "SUSPENDED"):
        approvers = (*approvers, "compliance")
        rule += "+X6"
    return Approval("route", rule, reasons, approvers)
