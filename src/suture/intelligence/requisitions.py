"""Requisitions as people and programs see them: what was decided, by whom, what is still asked.

In: a snapshot of the operations journal. Out: views. Refuses to know: how a decision is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from suture.documents import codec
from suture.journal.contract import Reader
from suture.journal.record import Instance
from suture.orchestration.processes.requisition import RequisitionData

REQUISITIONS_MAX = 200
"""Requisitions of one page."""
UNDECIDED = frozenset({"DRAFT", "POLICY_CHECK"})
"""States in which the policy has not answered yet."""


@dataclass(frozen=True, slots=True)
class AskedView:
    """One line of a requisition."""

    line: str
    item: str
    quantity: str
    uom: str
    unit_price: str
    is_on_contract: bool
    is_withdrawn: bool


@dataclass(frozen=True, slots=True)
class RequisitionView:
    """A requisition; `lane` says how it is decided: auto, recommend, route or deny."""

    key: str
    state: str
    decision: str
    lane: str
    rule: str
    reasons: tuple[str, ...]
    approvers: tuple[str, ...]
    approved_by: tuple[str, ...]
    tasks: tuple[str, ...]
    policy: str
    policy_sha256: str
    facility: str
    supplier: str
    case_token: str
    requester: str
    urgency: str
    need_by: date
    amount: str
    requisition_no: str
    po_number: str
    since: datetime
    lines: tuple[AskedView, ...]


def requisition(reader: Reader, key: str) -> RequisitionView | None:
    """Return a requisition, or None when there is none of this key."""
    stored = reader.instance("W7", key)
    return _view(stored) if stored is not None else None


def requisitions(
    reader: Reader, *, limit: int, state: str = "", facility: str = "", after: str = ""
) -> list[RequisitionView]:
    """Return requisitions, those of the earliest day first; `after` is the last key got."""
    found = reader.instances(
        "W7",
        limit=limit,
        states=(state,) if state else (),
        facility=facility or None,
        after_key=after,
    )
    return [_view(x) for x in found]


def _view(stored: Instance) -> RequisitionView:
    data = codec.decode(stored.data, RequisitionData)
    return RequisitionView(
        key=stored.key,
        state=stored.state,
        decision=data.decision,
        lane=_lane(data),
        rule=data.rule,
        reasons=data.reasons,
        approvers=data.approvers,
        approved_by=data.approved_by,
        tasks=data.tasks,
        policy=data.policy,
        policy_sha256=data.policy_sha256,
        facility=data.facility,
        supplier=data.supplier,
        case_token=data.case_token,
        requester=data.requester,
        urgency=data.urgency,
        need_by=data.need_by,
        amount=str(data.amount),
        requisition_no=data.requisition_no,
        po_number=data.po_number,
        since=stored.entered_at,
        lines=tuple(
            AskedView(
                line=x.line.line,
                item=x.line.item,
                quantity=str(x.line.quantity),
                uom=x.line.uom,
                unit_price=str(x.line.unit_price),
                is_on_contract=x.is_on_contract,
                is_withdrawn=x.is_withdrawn,
            )
            for x in data.lines
        ),
    )


def _lane(data: RequisitionData) -> str:
    if data.decision == "route" and data.rule == "A2":
        return "recommend"
    return {"approve": "auto", "route": "route", "deny": "deny"}.get(data.decision, "")
