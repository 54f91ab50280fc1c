"""The table of W7: a requisition from draft to order (spec 2.8).

In: the guards and actions of `requisition` and `requisition_erp`. Out: the process. Refuses to
know: what an action does. Rules above .037 are the house's own, appended (ADR 0011).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from suture.governance.policy import Policies
from suture.orchestration.definition import SAME, START, Alarm, Process, rule, stays, unbuilt
from suture.orchestration.processes import requisition_erp as erp
from suture.orchestration.processes.requisition import (
    RequisitionData,
    approve,
    approve_or_route,
    change_line,
    decide_again,
    deny,
    draft,
    expire,
    last_level,
    lines_remain,
    more_levels,
    not_urgent,
    nothing_left,
    outdated,
    post_approved,
    route,
    submit,
    urgent,
)
from suture.orchestration.processes.requisition_people import (
    ask_by_amount,
    ask_on_call,
    ask_people,
    escalate,
    give_back,
    next_level,
    note_answer,
    note_objection,
    post_after_approval,
    refuse,
    reject,
    show_late,
    sla,
)


def _submit_due(data: RequisitionData, entered: datetime, policies: Policies) -> datetime | None:
    """A draft of the hub is submitted when its window closes; a person submits his own."""
    if data.is_returned or data.requester:
        return None
    return entered + timedelta(minutes=policies.time.requisition_window_min)


def _decision_due(data: RequisitionData, entered: datetime, policies: Policies) -> datetime | None:
    """A person waits two seconds for the policy; the hub's own drafts an hour (nobody waits)."""
    if data.requester:
        return entered + timedelta(seconds=policies.approval.decision_reply_s)
    return entered + timedelta(minutes=policies.time.evaluation_grace_min)


def _validity_end(data: RequisitionData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("approval_validity_h")


def _approval_due(data: RequisitionData, entered: datetime, policies: Policies) -> datetime | None:
    if data.escalations >= ESCALATIONS_MAX:
        return None
    return entered + sla(data, policies) * max(data.escalations, 1)


ESCALATIONS_MAX = 5
"""Levels asked beyond the one that does not answer: the whole ladder."""
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
        Alarm("decision", ("POLICY_CHECK",), "timer.reply_overdue", _decision_due),
        Alarm("validity", ("APPROVED",), "timer.validity_expired", _validity_end),
        Alarm("approval", ("PENDING_APPROVAL", "ESCALATED"), "timer.sla_breached", _approval_due),
    ),
    rules=(
        rule("W7.001", START, "requisition.created", "DRAFT", do=draft),
        rule("W7.002", "DRAFT", "requisition.submitted", "POLICY_CHECK", do=submit),
        rule("W7.003", "DRAFT", "requisition.changed", SAME, do=change_line),
        rule(
            "W7.004",
            BEFORE_THE_ERP,
            "requisition.withdrawn",
            "CANCELLED",
            when=nothing_left,
            do=erp.withdraw,
        ),
        rule(
            "W7.005",
            "POLICY_CHECK",
            "requisition.withdrawn",
            "CANCELLED",
            when=nothing_left,
            do=erp.withdraw,
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
        rule(
            "W7.009",
            "POLICY_CHECK",
            "timer.reply_overdue",
            "PENDING_APPROVAL",
            when=urgent,
            do=ask_on_call,
        ),
        rule(
            "W7.010",
            "POLICY_CHECK",
            "timer.reply_overdue",
            "PENDING_APPROVAL",
            when=not_urgent,
            do=ask_by_amount,
        ),
        rule("W7.011", "POLICY_CHECK", "requisition.changed", SAME, do=decide_again),
        rule(
            "W7.012",
            ("PENDING_APPROVAL", "ESCALATED", "APPROVED"),
            "requisition.changed",
            "POLICY_CHECK",
            do=decide_again,
        ),
        rule(
            "W7.013",
            ("POLICY_CHECK", "APPROVED", "ERP_SUBMITTING", "ERP_CREATED", "ORDERED"),
            "review.approved",
            SAME,
            do=note_answer,
        ),
        rule(
            "W7.014",
            ("PENDING_APPROVAL", "ESCALATED"),
            "policy.decided",
            "DENIED",
            when=deny,
            do=refuse,
        ),
        rule(
            "W7.015",
            ("PENDING_APPROVAL", "ESCALATED"),
            "policy.decided",
            SAME,
            when=approve_or_route,
            do=show_late,
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
        rule("W7.020", ("PENDING_APPROVAL", "ESCALATED"), "review.returned", "DRAFT", do=give_back),
        rule("W7.021", "PENDING_APPROVAL", "timer.sla_breached", "ESCALATED", do=escalate),
        rule("W7.022", "ESCALATED", "timer.sla_breached", SAME, do=escalate),
        rule("W7.023", "APPROVED", "outbox.dispatched", "ERP_SUBMITTING", do=stays),
        rule("W7.024", "APPROVED", "timer.validity_expired", "POLICY_CHECK", do=expire),
        rule(
            "W7.025",
            ("ERP_SUBMITTING", "ERP_UNKNOWN"),
            "target.confirmed",
            "ERP_CREATED",
            do=erp.confirm,
        ),
        rule("W7.026", "ERP_SUBMITTING", "timer.reply_overdue", "ERP_UNKNOWN", do=erp.ask_erp),
        rule("W7.027", "ERP_UNKNOWN", "lookup.found", "ERP_CREATED", do=erp.confirm),
        rule("W7.028", "ERP_UNKNOWN", "lookup.absent", "ERP_SUBMITTING", do=erp.post_again),
        rule(
            "W7.029",
            ("ERP_SUBMITTING", "ERP_UNKNOWN"),
            "target.rejected",
            "ERP_FAILED",
            do=erp.fail,
        ),
        rule("W7.030", "ERP_FAILED", "exception.resolved", "ERP_SUBMITTING", do=erp.post_fixed),
        rule(
            "W7.031",
            ("ERP_SUBMITTING", "ERP_UNKNOWN"),
            "requisition.withdrawn",
            SAME,
            when=nothing_left,
            do=erp.settle_first,
        ),
        rule(
            "W7.032",
            ("ERP_SUBMITTING", "ERP_UNKNOWN"),
            "requisition.changed",
            SAME,
            do=erp.keep_change,
        ),
        rule("W7.033", "ERP_CREATED", "purchase_order.created", "ORDERED", do=erp.order),
        rule(
            "W7.034",
            "ERP_CREATED",
            "requisition.withdrawn",
            "CANCELLED",
            when=nothing_left,
            do=erp.cancel_in_erp,
        ),
        unbuilt("W7.035", "ERP_CREATED", "requisition.changed", "POLICY_CHECK"),
        rule("W7.036", "ORDERED", "requisition.withdrawn", SAME, do=erp.cancel_after_order),
        rule("W7.037", "ORDERED", "requisition.changed", SAME, do=erp.change_order),
        # House rules, appended (ADR 0011).
        rule("W7.038", LIVE, "requisition.withdrawn", SAME, when=lines_remain, do=erp.drop_line),
        rule(
            "W7.054",
            ("APPROVED", "ERP_SUBMITTING", "ERP_UNKNOWN", "ERP_FAILED"),
            "purchase_order.created",
            "ORDERED",
            do=erp.order_before_answer,
        ),
        rule("W7.055", SETTLED_BEFORE, "target.confirmed", SAME, do=stays),
        rule("W7.056", SETTLED_BEFORE, "lookup.found", SAME, do=stays),
        rule("W7.057", SETTLED_BEFORE, "timer.reply_overdue", SAME, do=stays),
        rule("W7.043", "ORDERED", "purchase_order.created", SAME, do=stays),
        rule("W7.039", "CANCELLED", "purchase_order.created", SAME, do=erp.order_of_cancelled),
        rule("W7.040", ("ERP_UNKNOWN",), "timer.reply_overdue", SAME, do=erp.ask_erp),
        rule(
            "W7.041",
            ("ERP_SUBMITTING", "ERP_UNKNOWN", "ERP_CREATED", "ORDERED", "ERP_FAILED"),
            "outbox.dispatched",
            SAME,
            do=stays,
        ),
        rule("W7.042", ("CANCELLED", "DENIED"), "requisition.withdrawn", SAME, do=stays),
        rule("W7.044", "DRAFT", "requisition.created", SAME, do=change_line),
        rule(
            "W7.058",
            ("APPROVED", "ERP_SUBMITTING", "ERP_UNKNOWN", "ERP_CREATED", "ORDERED"),
            "review.rejected",
            SAME,
            do=note_objection,
        ),
        rule(
            "W7.059",
            ("POLICY_CHECK", "PENDING_APPROVAL", "ESCALATED"),
            "policy.decided",
            SAME,
            when=outdated,
            do=stays,
        ),
    ),
)
