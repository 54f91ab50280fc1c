"""W7: people decide (spec 2.8, escalation of 2.0.12).

In: what the policy asked for, answers, the clock. Out: questions to roles and their stand-ins,
escalations, denials told to the lines. Refuses to know: why the policy asked. A level that does not
answer is passed on, never passed over.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from suture.documents.events import Denied, ExceptionRaised, PolicyDecided
from suture.governance.policy import Policies
from suture.orchestration.definition import (
    Answered,
    Ask,
    Because,
    Effects,
    Emit,
    Keep,
    Raise,
    Resolve,
)
from suture.orchestration.processes.requisition import (
    URGENT,
    M,
    RequisitionData,
    close_questions,
    decided,
    post,
)


def ask_people(m: M) -> Effects:
    """The policy routes to people (W7.007)."""
    told: PolicyDecided = m.payload
    yield decided(m)
    yield Because(f"rule {told.rule} needs {', '.join(told.approvers)}: {'; '.join(told.reasons)}")
    yield from _ask(m, told.approvers, 0)


def ask_on_call(m: M) -> Effects:
    """The policy did not answer and it is urgent: the on-call lane (W7.009)."""
    yield from _without_policy(m, (m.policies.approval.on_call_approver,))


def ask_by_amount(m: M) -> Effects:
    """The policy did not answer: the human route of the amount (W7.010)."""
    yield from _without_policy(m, m.policies.approval.ladder(m.data.amount)[1])


def _without_policy(m: M, approvers: tuple[str, ...]) -> Effects:
    reason = "the policy gave no answer in time: people decide, nothing is approved by a clock"
    yield Keep(
        {"decision": "route", "rule": "FALLBACK", "reasons": (reason,), "approvers": approvers}
    )
    yield Because(reason)
    yield from _ask(m, approvers, 0)


def show_late(m: M) -> Effects:
    """The policy answered after people were asked: shown, the human route stands (W7.015)."""
    told: PolicyDecided = m.payload
    yield Keep({"policy": told.policy, "policy_sha256": told.policy_sha256})
    yield Because(f"late: the policy would {told.decision} by rule {told.rule}; people decide")


def sla(data: RequisitionData, policies: Policies) -> timedelta:
    """Return how long one level has for its answer (spec 2.0.12, escalation)."""
    if data.urgency in URGENT and policies.approval.on_call_approver in data.approvers:
        return policies.time.hours("approval_sla_in_room_h")
    name = {
        "IN_ROOM": "approval_sla_in_room_h",
        "STAT": "approval_sla_stat_h",
        "URGENT": "approval_sla_urgent_h",
    }.get(data.urgency, "approval_sla_h")
    return policies.time.hours(name)


def _ask(m: M, approvers: tuple[str, ...], level: int) -> Effects:
    role = approvers[level] if level < len(approvers) else "requisition desk"
    name = f"{m.key}.{level}" if m.data.round <= 1 else f"{m.key}.{level}.r{m.data.round}"
    yield from _question(m, role, name, approvers)
    yield Keep({"tasks": (name,), "escalations": 0})


def _question(m: M, role: str, name: str, approvers: tuple[str, ...]) -> Effects:
    person = m.policies.approval.stand_in(role, m.now.date())
    if person != role:
        yield Because(f"{person} stands in for {role}")
    asked = msgspec.structs.replace(m.data, approvers=approvers)
    yield Ask(
        kind="requisition.approve",
        role=person,
        title=f"Approve {m.data.amount} USD at {m.data.supplier} for {m.data.facility}, "
        f"needed by {m.data.need_by.isoformat()}",
        task=name,
        due_at=m.now + sla(asked, m.policies),
        data={"amount": str(m.data.amount), "supplier": m.data.supplier},
    )


def refuse(m: M) -> Effects:
    """The policy denies: tell the lines (W7.008, late .014)."""
    told: PolicyDecided = m.payload
    yield decided(m)
    yield Because(f"denied by rule {told.rule}: {'; '.join(told.reasons)}")
    yield from close_questions(m, "denied by policy")
    yield Resolve(f"approval|{m.key}", "denied")
    yield from _denied(m, told.reasons)


def _denied(m: M, reasons: tuple[str, ...]) -> Effects:
    for asked in m.data.lines:
        if not asked.is_withdrawn and asked.serves_demand:
            payload = Denied(requisition=m.key, reasons=reasons)
            yield Emit("requisition.denied", "W2", asked.demand_line, payload)


def post_after_approval(m: M) -> Effects:
    """The last level approved: write the requisition to the ERP (W7.016)."""
    people = (*m.data.approved_by, m.payload.by)
    yield Keep({"approved_by": people})
    yield Because(f"approved by {', '.join(people)}")
    yield Answered(m.payload.task, m.payload.by, f"approved: {m.payload.reason}".rstrip(": "))
    yield from close_questions(m, "approved")
    yield Resolve(f"approval|{m.key}", "approved")
    yield from post(m, ", ".join(people), m.data.policy)


def next_level(m: M) -> Effects:
    """One level approved: ask the next (W7.017, .018)."""
    people = (*m.data.approved_by, m.payload.by)
    yield Keep({"approved_by": people})
    yield Because(f"approved by {m.payload.by}; next level")
    yield Answered(m.payload.task, m.payload.by, "approved")
    yield from close_questions(m, "approved")
    yield from _ask(m, m.data.approvers, len(people))


def reject(m: M) -> Effects:
    """A person rejected it (W7.019)."""
    yield Because(f"rejected by {m.payload.by}: {m.payload.reason}")
    yield Keep({"reasons": (f"rejected by {m.payload.by}: {m.payload.reason}",)})
    yield Answered(m.payload.task, m.payload.by, f"rejected: {m.payload.reason}")
    yield from close_questions(m, "rejected")
    yield Resolve(f"approval|{m.key}", "rejected")
    yield from _denied(m, (f"rejected by {m.payload.by}",))


def give_back(m: M) -> Effects:
    """A person wants it changed first (W7.020): it waits in DRAFT until it is submitted again."""
    yield Because(f"returned by {m.payload.by}: {m.payload.reason}")
    yield Keep({"approved_by": (), "is_returned": True})
    yield Answered(m.payload.task, m.payload.by, f"returned: {m.payload.reason}")
    yield from close_questions(m, "returned")
    yield Resolve(f"approval|{m.key}", "returned")
    summary = f"requisition of {m.data.amount} USD at {m.data.supplier} was returned for change"
    suggestion = (
        "Withdraw it and ask anew, or submit it again with a reason (docs/requisitions.md)."
    )
    yield Raise(_task_for_desk(m, "requisition.returned", "returned", summary, suggestion))


def escalate(m: M) -> Effects:
    """No answer in time: the delegate or the next level is asked too (W7.021, .022)."""
    number = m.data.escalations + 1
    level = len(m.data.approved_by)
    role = m.data.approvers[level] if level < len(m.data.approvers) else "requisition desk"
    for _ in range(number):
        role = m.policies.approval.above(role)
    yield Because(f"no approval in time: {role} is asked too; no clock approves")
    name = f"{m.key}.{level}.r{m.data.round}.e{number}"
    yield from _question(m, role, name, m.data.approvers)
    yield Keep({"escalations": number, "tasks": (*m.data.tasks, name)})
    summary = (
        f"requisition of {m.data.amount} USD at {m.data.supplier} waits for "
        f"{', '.join(m.data.approvers) or 'an approver'}"
    )
    suggestion = "suture task list; suture task approve ID --by NAME"
    yield Raise(_task_for_desk(m, "approval.overdue", "approval", summary, suggestion))


def _task_for_desk(m: M, code: str, kind: str, summary: str, suggestion: str) -> ExceptionRaised:
    return ExceptionRaised(
        family="APPROVAL",
        code=code,
        summary=summary,
        dedupe=f"{kind}|{m.key}",
        machine="W7",
        key=m.key,
        facility=m.data.facility,
        case_tokens=(m.data.case_token,) if m.data.case_token else (),
        usd_at_risk=m.data.amount,
        severity="urgent" if m.data.urgency in URGENT else "normal",
        suggestion=suggestion,
    )


def note_answer(m: M) -> Effects:
    """A late or repeated approval, or the review after break-glass: recorded (W7.013)."""
    yield Because(f"recorded: approved by {m.payload.by}; nothing else follows from it")
    yield Answered(m.payload.task, m.payload.by, "approved")


def note_objection(m: M) -> Effects:
    """The review after break-glass objects: the desk hears it, the goods are on their way."""
    yield Because(f"objection of {m.payload.by}: {m.payload.reason}")
    yield Answered(m.payload.task, m.payload.by, f"rejected: {m.payload.reason}")
    summary = f"the review of {m.data.amount} USD at {m.data.supplier} ({m.data.urgency}) objects"
    suggestion = "Speak with the requester; withdraw the lines while they are not shipped."
    yield Raise(_task_for_desk(m, "break-glass.objected", "review", summary, suggestion))
