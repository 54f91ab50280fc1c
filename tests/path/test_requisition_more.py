"""W7 beyond the straight way: no answer, late answers, changes, returns, expiry, repair (2.8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import build, close
from stage import LOST_ANSWER, approve, erp, open_codes, sent, state, tasks, the_erp_answers, took
from wire import purchase_order

from suture.core.outcome import Accepted, Refused, Unavailable
from suture.documents import codec
from suture.documents.erp import RequisitionLine
from suture.documents.events import (
    ExceptionClosed,
    PolicyDecided,
    ReplyOverdue,
    RequisitionRequest,
    ReviewDecided,
)
from suture.documents.requisition import RequisitionSubmitted
from suture.journal.record import NewEvent
from suture.testing.world import World

KEY = "asked-1"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[World]:
    """Give a hub under the shipped default policy, with an ERP that answers."""
    made = build(tmp_path, policy="default")
    the_erp_answers(made)
    yield made
    close(made)


def wanted(**more: Any) -> RequisitionRequest:
    """Return two boxes of gloves that a person asks for."""
    line = RequisitionLine(
        line="1",
        item="GLV",
        quantity=Fraction(more.pop("quantity", 2)),
        uom="BX",
        unit_price=Decimal("12.50"),
    )
    asked = {
        "facility": "NCH",
        "supplier": "SUP-9002",
        "need_by": date(2027, 1, 11),
        "case_token": "",
        "demand_line": f"by-hand/{KEY}/1",
        "line": line,
        "item_class": "CONSUMABLE",
        "is_on_contract": True,
        "quantity_needed": Fraction(100),
        "requester": "ann",
        "is_on_card": False,
        **more,
    }
    return RequisitionRequest(**asked)


def together(world: World, *events: tuple[str, Any]) -> None:
    """Let several events be there before the engine looks."""
    now = world.clock.now()
    made = [
        NewEvent(f"t/{n}/{now}", kind, "W7", KEY, now, codec.encode(payload))
        for n, (kind, payload) in enumerate(events)
    ]
    world.operations.write(lambda tx: [tx.append(event, now) for event in made])
    world.settle()


def asked(world: World, **more: Any) -> None:
    """Let a person ask and submit."""
    together(
        world,
        ("requisition.created", wanted(**more)),
        ("requisition.submitted", RequisitionSubmitted(by="ann")),
    )


def unanswered(world: World, **more: Any) -> None:
    """Let a person ask while the policy does not answer in time; its answer comes later."""
    together(
        world,
        ("requisition.created", wanted(**more)),
        ("requisition.submitted", RequisitionSubmitted(by="ann")),
        ("timer.reply_overdue", ReplyOverdue()),
    )


def data(world: World) -> dict[str, Any]:
    """Return what the requisition holds."""
    return world.data(world.instance("W7", KEY))


@pytest.mark.walks("W7.010", "W7.015")
def test_without_an_answer_of_the_policy_people_decide(hub: World) -> None:
    """W7.010, .015: the route of the amount; the late answer is shown and changes nothing."""
    unanswered(hub)
    assert took(hub, "W7", KEY) == "001 002 010 015"
    found = data(hub)
    assert (found["rule"], found["approvers"]) == ("FALLBACK", ["cost_center_manager"])
    assert (found["decision"], state(hub, "W7", KEY)) == ("route", "PENDING_APPROVAL")
    assert len(found["policy_sha256"]) == 64
    assert not hub.sent, "nothing is approved by a clock"


@pytest.mark.walks("W7.009", "W7.021")
def test_an_urgent_one_goes_to_who_is_on_call(hub: World) -> None:
    """W7.009: five minutes, then the next one is asked too."""
    unanswered(hub, urgency="STAT")
    assert took(hub, "W7", KEY).startswith("001 002 009")
    [task] = tasks(hub)
    assert task.role == "on_call_approver"
    assert task.due_at is not None
    assert task.due_at - hub.clock.now() < timedelta(minutes=5)
    hub.advance(minutes=5)
    assert took(hub, "W7", KEY).endswith("021")
    assert len(tasks(hub)) == 2
    assert open_codes(hub) == {"approval.overdue": "requisition desk"}


@pytest.mark.walks("W7.014")
def test_a_late_denial_closes_the_question(hub: World) -> None:
    """W7.014: DENIED with the reason, nobody is asked any more."""
    together(
        hub,
        ("requisition.created", wanted()),
        ("requisition.submitted", RequisitionSubmitted(by="ann")),
        ("timer.reply_overdue", ReplyOverdue()),
        ("policy.decided", decided("deny")),
    )
    assert took(hub, "W7", KEY).startswith("001 002 010 014")
    assert state(hub, "W7", KEY) == "DENIED"
    assert data(hub)["reasons"] == ["the supplier is suspended"]
    assert not tasks(hub)


def decided(decision: str, number: int = 1) -> PolicyDecided:
    """Return an answer of the policy."""
    return PolicyDecided(
        decision=decision,
        rule="X5",
        reasons=("the supplier is suspended",),
        approvers=(),
        policy="p v1",
        policy_sha256="0" * 64,
        amount=Decimal(25),
        round=number,
    )


@pytest.mark.walks("W7.011", "W7.059")
def test_a_change_during_the_check_is_decided_anew(hub: World) -> None:
    """W7.011: the answer about the first quantity no longer counts."""
    together(
        hub,
        ("requisition.created", wanted()),
        ("requisition.submitted", RequisitionSubmitted(by="ann")),
        ("requisition.changed", wanted(quantity=500)),
    )
    assert took(hub, "W7", KEY) == "001 002 011 059 007"
    assert (data(hub)["amount"], data(hub)["rule"]) == ("6250", "A4")


@pytest.mark.walks("W7.012")
def test_a_change_voids_the_approvals_given(hub: World) -> None:
    """W7.012: one of two had approved; both are asked again about the new amount."""
    asked(hub, quantity=500)
    approve(hub, "W7", KEY, f"{KEY}.0", by="bob")
    hub.event("requisition.changed", "W7", KEY, wanted(quantity=600))
    assert took(hub, "W7", KEY) == "001 002 007 017 012 007"
    found = data(hub)
    assert (found["amount"], found["approved_by"]) == ("7500", [])
    [task] = tasks(hub)
    assert (task.id, task.role) == (f"{KEY}.0.r2", "cost_center_manager")


@pytest.mark.walks("W7.020", "W7.003", "W7.002")
def test_a_returned_requisition_waits_for_its_requester(hub: World) -> None:
    """W7.020: a draft again, on the desk; it is not submitted by a clock."""
    asked(hub)
    hub.event("review.returned", "W7", KEY, ReviewDecided(task=f"{KEY}.0", by="bob", reason="why"))
    hub.advance(days=1)
    assert took(hub, "W7", KEY) == "001 002 007 020"
    assert state(hub, "W7", KEY) == "DRAFT"
    assert open_codes(hub) == {"requisition.returned": "requisition desk"}
    hub.event("requisition.changed", "W7", KEY, wanted(quantity=1))
    hub.event("requisition.submitted", "W7", KEY, RequisitionSubmitted(by="ann"))
    assert took(hub, "W7", KEY).endswith("020 003 002 007")
    assert data(hub)["amount"] == "12.5"
    assert not open_codes(hub)


@pytest.mark.walks("W7.024")
def test_an_approval_does_not_last_for_ever(hub: World) -> None:
    """W7.024: the ERP takes nothing for three days: the approval is asked for again."""
    hub.answers["erp.requisition.create"] = Unavailable("http.down", "down")
    asked(hub)
    approve(hub, "W7", KEY, f"{KEY}.0", by="bob")
    assert state(hub, "W7", KEY) == "APPROVED"
    hub.advance(hours=73)
    assert took(hub, "W7", KEY).endswith("016 024 007")
    assert data(hub)["approved_by"] == []
    [old] = hub.deliveries("W7", KEY)
    assert str(old.state) == "withdrawn"


@pytest.mark.walks("W7.030")
def test_a_repaired_refusal_is_sent_again_under_the_same_reference(hub: World) -> None:
    """W7.030: resolved by a person; the ERP gets the same external reference."""
    hub.answers["erp.requisition.create"] = Refused("erp.no-budget")
    asked(hub)
    approve(hub, "W7", KEY, f"{KEY}.0", by="bob")
    assert state(hub, "W7", KEY) == "ERP_FAILED"
    hub.answers["erp.requisition.create"] = Accepted({"number": "RQ9"})
    hub.event("exception.resolved", "W7", KEY, ExceptionClosed(by="cy", reason="budget moved"))
    assert took(hub, "W7", KEY).endswith("029 030 041 025")
    first, second = sent(hub, "erp.requisition.create")
    references = {json.loads(x.content)["external_ref"] for x in (first, second)}
    assert references == {KEY}
    assert not open_codes(hub)


@pytest.mark.walks("W7.032")
def test_a_change_while_posting_waits_for_the_answer(hub: World) -> None:
    """W7.032: settled first; then the change is there, on a desk as amending is not built."""
    hub.answers["erp.requisition.create"] = LOST_ANSWER
    hub.answers["erp.requisition.find"] = Unavailable("http.down", "down")
    asked(hub)
    approve(hub, "W7", KEY, f"{KEY}.0", by="bob")
    assert state(hub, "W7", KEY) == "ERP_UNKNOWN"
    hub.event("requisition.changed", "W7", KEY, wanted(quantity=9))
    hub.answers["erp.requisition.find"] = Accepted({"found": "true", "number": "RQ5"})
    hub.advance(minutes=5)
    assert took(hub, "W7", KEY).endswith("032 027")
    assert data(hub)["pending"] == []
    assert "RULE_NOT_BUILT" in open_codes(hub)


@pytest.mark.walks("W7.033", "W7.037", "W3.001")
def test_a_change_after_the_order_asks_the_supplier(hub: World) -> None:
    """W7.037: a requisition asked for by hand is ordered without a demand line, then changed."""
    asked(hub)
    approve(hub, "W7", KEY, f"{KEY}.0", by="bob")
    hub.answers["order.dispatch"] = Accepted({"evidence": "functional", "status": "200"})
    made = purchase_order(KEY, supplier="SUP-9002", lines=(("GLV", "2", "BX", "12.50"),))
    erp(hub, made, last=6)
    assert state(hub, "W7", KEY) == "ORDERED"
    [line] = hub.all("W3")
    hub.event("requisition.changed", "W7", KEY, wanted(quantity=3))
    assert took(hub, "W7", KEY).endswith("033 037")
    asked_of = [e for e in hub.events() if e.type == "purchase_order.change_requested"]
    assert [e.key for e in asked_of] == [line.key]
    assert codec.decode(asked_of[0].payload, dict)["quantity"] == "3"


@pytest.mark.parametrize(
    ("verdict", "rule"),
    [
        pytest.param("approved", "013", marks=pytest.mark.walks("W7.006", "W7.013")),
        pytest.param("rejected", "058", marks=pytest.mark.walks("W7.058")),
    ],
)
def test_break_glass_is_reviewed_afterwards(hub: World, verdict: str, rule: str) -> None:
    """X4: approved at once with a named requester; the review is a task, an objection is told."""
    asked(hub, urgency="STAT", is_on_card=True, case_token="case-1")
    assert took(hub, "W7", KEY) == "001 002 006 023 025"
    assert data(hub)["rule"] == "X4"
    [task] = tasks(hub)
    assert (task.kind, task.role) == ("requisition.review", "director")
    hub.event(f"review.{verdict}", "W7", KEY, ReviewDecided(task=task.id, by="dee", reason="r"))
    assert took(hub, "W7", KEY).endswith(rule)
    assert not tasks(hub)
    told = {"break-glass.objected"} if verdict == "rejected" else set()
    assert set(open_codes(hub)) == told


def test_a_stand_in_is_asked_while_the_approver_is_away(hub: World) -> None:
    """2.0.12: delegation by date, in the policy."""
    policy = hub.core.engine.policies.approval
    assert policy.stand_in("director", date(2027, 1, 4)) == "director"
    assert policy.above("director") == "vp_supply_chain"
    assert policy.above("cfo") == "on_call_approver"
