"""Requisitions: policy and people decide, the ERP mints (spec 2.8, policies of 2.0.12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import MONDAY, build, close
from small_master import FILES, write_master
from stage import (
    LOST_ANSWER,
    approve,
    book,
    case_of,
    erp,
    line_of,
    open_codes,
    reasons,
    reject,
    sent,
    state,
    submit,
    tasks,
    took,
    writes,
)
from wire import purchase_order, siu

from suture.assembly.core import store_master
from suture.core.outcome import Accepted, Refused, Unavailable
from suture.documents import codec
from suture.documents.erp import RequisitionLine
from suture.documents.events import ReplyOverdue, RequisitionRequest, RequisitionWithdrawn
from suture.journal.record import NewEvent
from suture.orchestration.decisions.approval import Approval
from suture.orchestration.processes import requisition
from suture.testing.world import World


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[World]:
    """Give a hub under the shipped default policy: a person approves implants."""
    made = build(tmp_path, policy="default")
    yield made
    close(made)


def ask(world: World) -> str:
    """Book a knee case and let the policy route its requisition to a person."""
    book(world)
    return submit(world)


def test_the_shipped_policy_asks_a_person_for_an_implant(careful: World) -> None:
    """S76, A2: the implant switch is off: PENDING_APPROVAL, a task for the supply manager."""
    key = ask(careful)
    assert took(careful, "W7", key) == "001 002 007"
    data = careful.data(careful.instance("W7", key))
    assert (data["decision"], data["rule"]) == ("route", "A2")
    assert data["approvers"] == ["supply_manager"]
    assert len(data["policy_sha256"]) == 64
    [task] = tasks(careful)
    assert (task.id, task.role, task.kind) == (f"{key}.0", "supply_manager", "requisition.approve")
    assert task.due_at == careful.clock.now() + timedelta(hours=4)
    assert not careful.sent


@pytest.mark.walks("W7.016")
def test_an_approval_by_a_person_writes_the_requisition_with_the_name(careful: World) -> None:
    """W7.016: the ERP gets the requisition with who approved it; the task is closed."""
    key = ask(careful)
    approve(careful, "W7", key, f"{key}.0", by="ann", reason="ok")
    assert took(careful, "W7", key) == "001 002 007 016 023 025"
    [told] = sent(careful, "erp.requisition.create")
    body = json.loads(told.content)
    assert body["approval"] == {"policy": "approval-default v1", "by": "ann"}
    assert body["external_ref"] == key
    assert not tasks(careful)
    assert careful.data(careful.instance("W7", key))["requisition_no"] == "RQ1"


def test_the_requester_cannot_approve(careful: World) -> None:
    """Segregation of duties: the hub's own name is no approver; nothing moves."""
    key = ask(careful)
    approve(careful, "W7", key, f"{key}.0", by="suture")
    approve(careful, "W7", key, f"{key}.0", by="")
    assert state(careful, "W7", key) == "PENDING_APPROVAL"
    assert not sent(careful, "erp.requisition.create")
    assert open_codes(careful)["UNEXPECTED_EVENT"] == "integration engineer"


@pytest.mark.walks("W2.022", "W7.002", "W7.007", "W7.019")
def test_a_rejection_leads_to_the_next_source(careful: World) -> None:
    """W7.019, W2.022: the tray has a second supplier; the line is asked there."""
    book(careful, card="PC-TRAY")
    key = submit(careful)
    reject(careful, "W7", key, f"{key}.0", by="ann", reason="too dear")
    assert took(careful, "W7", key) == "001 002 007 019"
    assert state(careful, "W7", key) == "DENIED"
    line = line_of(careful, "T5")
    assert took(careful, "W2", line.key) == "001 003 008 010 022 010"
    data = careful.data(line)
    assert (data["supplier"], data["tried"]) == ("SUP-9002", ["SUP-9001"])
    assert not tasks(careful)
    [second] = [x for x in careful.all("W7") if x.key != key]
    assert (second.state, careful.data(second)["supplier"]) == ("DRAFT", "SUP-9002")


@pytest.mark.walks("W2.013")
def test_a_rejection_without_another_source_puts_the_case_at_risk(careful: World) -> None:
    """W2.013: the ladder is exhausted, the buyer's desk hears it, the case shows the reason."""
    key = ask(careful)
    reject(careful, "W7", key, f"{key}.0", by="ann", reason="no")
    line = line_of(careful, "F5")
    assert took(careful, "W2", line.key) == "001 003 008 010 022 013 073"
    assert line.state == "AT_RISK"
    assert open_codes(careful) == {"line.at-risk": "OR buyer"}
    [case] = careful.all("CASE")
    assert case.state == "DEMAND_OPEN", "outside the risk horizon re-sourcing may still help"
    assert not careful.data(case_of(careful, case.key))["lines"][line.key]["is_covered"]


@pytest.mark.walks("W7.021", "W7.022")
def test_an_approval_is_never_given_by_a_clock(careful: World) -> None:
    """W7.021, .022: escalated twice, counted once on the desk, still pending; then a person."""
    key = ask(careful)
    careful.move_to(MONDAY + timedelta(hours=4, minutes=30))
    assert took(careful, "W7", key) == "001 002 007 021"
    assert open_codes(careful) == {"approval.overdue": "requisition desk"}
    careful.move_to(MONDAY + timedelta(hours=9))
    assert took(careful, "W7", key) == "001 002 007 021 022"
    [told] = [x for x in careful.exceptions() if x["code"] == "approval.overdue"]
    assert (told["count"], told["usd_at_risk"]) == (2, "1450")
    assert not careful.sent
    approve(careful, "W7", key, f"{key}.0", by="ann")
    assert state(careful, "W7", key) == "ERP_CREATED"
    assert not careful.exceptions()


@pytest.mark.walks("W7.016", "W7.017")
def test_two_levels_need_two_people(world: World) -> None:
    """W7.017, .016: the same name does not count twice."""
    book(world, card="PC-PACK")
    key = _route(world, ("cost_center_manager", "director"))
    approve(world, "W7", key, f"{key}.0", by="ann")
    assert took(world, "W7", key) == "001 002 007 017"
    [task] = tasks(world)
    assert (task.id, task.role) == (f"{key}.1", "director")
    approve(world, "W7", key, f"{key}.1", by="ann")
    assert state(world, "W7", key) == "PENDING_APPROVAL"
    approve(world, "W7", key, f"{key}.1", by="bob")
    assert took(world, "W7", key) == "001 002 007 017 016 023 025"
    assert world.data(world.instance("W7", key))["approved_by"] == ["ann", "bob"]


@pytest.mark.walks("W7.018")
def test_an_escalated_requisition_goes_on_level_by_level(world: World) -> None:
    """W7.018: an approval after the escalation asks the next level; its clock starts again."""
    book(world, card="PC-PACK")
    key = _route(world, ("cost_center_manager", "director"))
    world.advance(hours=5)
    approve(world, "W7", key, f"{key}.0", by="ann")
    assert took(world, "W7", key) == "001 002 007 021 018"
    assert state(world, "W7", key) == "PENDING_APPROVAL"
    assert world.data(world.instance("W7", key))["approved_by"] == ["ann"]
    [task] = tasks(world)
    assert (task.id, task.role) == (f"{key}.1", "director")
    world.advance(hours=5)
    assert took(world, "W7", key) == "001 002 007 021 018 021"


def _route(world: World, approvers: tuple[str, ...]) -> str:
    """Ask for nine implants without a case: too dear for one person; return the key."""
    line = RequisitionLine(
        line="1", item="F5", quantity=Fraction(9), uom="EA", unit_price=Decimal("1450.00")
    )
    wanted = RequisitionRequest(
        facility="NCH",
        supplier="SUP-9001",
        need_by=date(2027, 1, 11),
        case_token="",
        demand_line="by-hand",
        line=line,
        item_class="IMPLANT",
        is_on_contract=True,
        quantity_needed=Fraction(9),
    )
    world.event("requisition.created", "W7", "by-hand-1", wanted)
    world.advance(minutes=15)
    found = world.data(world.instance("W7", "by-hand-1"))
    assert (found["rule"], tuple(found["approvers"])) == ("A4", approvers)
    assert found["amount"] == "13050"
    return "by-hand-1"


@pytest.mark.walks("W7.008")
def test_a_denial_by_policy_reaches_the_line_with_its_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X5, W7.008: the policy denies, the line hears why and looks for another source."""
    denied = Approval("deny", "X5", ("the supplier is suspended",))
    monkeypatch.setattr(requisition, "decide_approval", lambda case, policy: denied)
    book(world)
    key = submit(world)
    assert took(world, "W7", key) == "001 002 008"
    assert state(world, "W7", key) == "DENIED"
    assert "denied by rule X5: the supplier is suspended" in reasons(world, "W7", key)
    assert took(world, "W2", line_of(world, "F5").key) == "001 003 008 010 022 013 073"


def test_a_supplier_that_is_not_active_needs_more_people(world: World, tmp_path: Path) -> None:
    """X6: never a silent denial: manager, supply manager and compliance are asked in turn."""
    book(world)
    folder = write_master(tmp_path / "again")
    rows = [{**FILES["suppliers"][0], "status": "INACTIVE"}, FILES["suppliers"][1]]
    (folder / "suppliers.json").write_text(json.dumps(rows), "utf-8")
    store_master(world.core, folder)
    key = submit(world)
    found = world.data(world.instance("W7", key))
    people = ["cost_center_manager", "supply_manager", "compliance"]
    assert (found["rule"], found["approvers"]) == ("A3+X6", people)
    assert took(world, "W7", key) == "001 002 007"


@pytest.mark.walks("W2.021", "W3.001", "W3.002", "W3.016")
def test_two_lines_for_one_supplier_join_one_requisition(world: World) -> None:
    """2.3: one requisition per case, supplier and need day; the order has two lines."""
    token = book(world, card="PC-BOTH")
    key = submit(world)
    assert took(world, "W7", key) == "001 044 002 006 023 025"
    posted = json.loads(sent(world, "erp.requisition.create")[0].content)
    rows = {(x["line"], x["item"], x["quantity"]) for x in posted["lines"]}
    assert {x[0] for x in rows} == {"1", "2"}
    assert {(x[1], x[2]) for x in rows} == {("F5", "1"), ("T5", "1")}
    prices = {"F5": "1450.00", "T5": "900.00"}
    items = [x["item"] for x in posted["lines"]]
    lines = tuple((item, "1", "EA", prices[item]) for item in items)
    erp(world, purchase_order(key, lines=lines), last=6)
    [dispatched] = sent(world, "order.dispatch")
    assert dispatched.content.count(b"PO1*") == 2
    assert {x.state for x in world.all("W3")} == {"SENT"}
    assert world.states("W2") == {"ON_ORDER": 2}
    assert state(world, "CASE", token) == "DEMAND_OPEN"


@pytest.mark.walks("W7.038")
def test_one_of_two_lines_is_withdrawn(world: World) -> None:
    """W7.038: the other line is still asked for, alone."""
    book(world, card="PC-BOTH")
    world.hl7(siu("S14", card="PC-KNEE", sent="20270104091500-0600", control="MSG2"))
    key = submit(world)
    assert took(world, "W7", key) == "001 044 038 002 006 023 025"
    posted = json.loads(sent(world, "erp.requisition.create")[0].content)
    assert [x["item"] for x in posted["lines"]] == ["F5"]
    assert state(world, "W2", line_of(world, "T5").key) == "RELEASED"


@pytest.mark.walks("W7.033")
def test_a_line_withdrawn_after_the_requisition_is_not_ordered(world: World) -> None:
    """W7.033: the ERP orders both lines; the unwanted one is cancelled there, never sent."""
    book(world, card="PC-BOTH")
    key = submit(world)
    items = [x["line"]["item"] for x in world.data(world.instance("W7", key))["lines"]]
    world.hl7(siu("S14", card="PC-KNEE", sent="20270104091500-0600", control="MSG2"))
    assert took(world, "W7", key).endswith("025 038")
    prices = {"F5": "1450.00", "T5": "900.00"}
    lines = tuple((item, "1", "EA", prices[item]) for item in items)
    erp(world, purchase_order(key, lines=lines), last=6)
    [dispatched] = sent(world, "order.dispatch")
    assert dispatched.content.count(b"PO1*") == 1
    assert b"IN*F5" in dispatched.content
    unwanted = str(items.index("T5") + 1)
    [told] = sent(world, "erp.order.cancel")
    assert json.loads(told.content)["lines"] == [unwanted]


@pytest.mark.walks("W7.038")
def test_one_of_two_lines_is_withdrawn_while_posting(world: World) -> None:
    """W7.038 in ERP_UNKNOWN: the requisition stands for the other line, nothing is cancelled."""
    world.answers["erp.requisition.create"] = LOST_ANSWER
    world.answers["erp.requisition.find"] = Unavailable("http.down", "down")
    book(world, card="PC-BOTH")
    key = submit(world)
    world.hl7(siu("S14", card="PC-KNEE", sent="20270104091500-0600", control="MSG2"))
    assert took(world, "W7", key) == "001 044 002 006 023 026 038"
    assert state(world, "W7", key) == "ERP_UNKNOWN"
    world.answers["erp.requisition.find"] = Accepted({"found": "true", "number": "RQ5"})
    world.advance(minutes=5)
    assert took(world, "W7", key).endswith("038 027")
    assert not writes(world)


@pytest.mark.walks("W7.004", "W7.029")
def test_a_refused_requisition_is_on_a_desk_and_can_be_withdrawn(world: World) -> None:
    """W7.029, .004: a functional error of the ERP; cancelling the case withdraws it."""
    book(world)
    world.answers["erp.requisition.create"] = Refused("erp.no-budget")
    key = submit(world)
    assert took(world, "W7", key) == "001 002 006 023 029"
    assert open_codes(world) == {"requisition.refused": "finance integration analyst"}
    world.hl7(siu("S15", sent="20270104091500-0600", control="MSG9", status="CANCELLED"))
    assert took(world, "W7", key) == "001 002 006 023 029 004"
    assert not writes(world)


@pytest.mark.walks("W7.043")
def test_a_second_purchase_order_event_of_the_same_order_changes_nothing(world: World) -> None:
    """W7.043: the ERP reports the order again; nothing is dispatched twice."""
    book(world)
    key = submit(world)
    erp(world, purchase_order(key), last=6)
    erp(world, purchase_order(key), last=7)
    assert took(world, "W7", key).endswith("025 033 043")
    assert state(world, "W7", key) == "ORDERED"
    assert len(sent(world, "order.dispatch")) == 1
    assert len(world.all("W3")) == 1


@pytest.mark.walks("W3.162", "W7.036")
def test_a_requisition_withdrawn_after_the_order_cancels_the_line(world: World) -> None:
    """W7.036: the demand line leaves a requisition that is ordered: W3 cancels its order line."""
    book(world)
    key = submit(world)
    erp(world, purchase_order(key), last=6)
    gone = RequisitionWithdrawn(demand_line=line_of(world, "F5").key, reason="by hand")
    world.event("requisition.withdrawn", "W7", key, gone)
    assert took(world, "W7", key).endswith("033 036")
    assert state(world, "W7", key) == "ORDERED"
    assert state(world, "W3", "PO4500012345/1") == "CANCEL_PENDING"


@pytest.mark.walks("W7.004", "W7.042")
def test_a_pending_approval_is_closed_when_the_case_is_cancelled(careful: World) -> None:
    """W7.004: nobody is asked for something nobody wants; a late withdrawal is recorded."""
    key = ask(careful)
    careful.hl7(siu("S15", sent="20270104091500-0600", control="MSG9", status="CANCELLED"))
    assert took(careful, "W7", key) == "001 002 007 004"
    assert not tasks(careful)
    gone = RequisitionWithdrawn(demand_line="", reason="again")
    careful.event("requisition.withdrawn", "W7", key, gone)
    assert took(careful, "W7", key) == "001 002 007 004 042"
    assert state(careful, "W7", key) == "CANCELLED"
    assert not careful.sent


@pytest.mark.walks("W7.026", "W7.027", "W7.040", "W7.056")
def test_an_erp_that_answers_a_look_up_late_is_asked_again(world: World) -> None:
    """W7.040: an overdue answer in ERP_UNKNOWN is another question, never another posting."""

    book(world)
    world.answers["erp.requisition.create"] = LOST_ANSWER
    world.answers["erp.requisition.find"] = Unavailable("http.down", "down")
    key = submit(world)
    world.event("timer.reply_overdue", "W7", key, ReplyOverdue())
    assert took(world, "W7", key) == "001 002 006 023 026 040"
    world.answers["erp.requisition.find"] = Accepted({"found": "true", "number": "RQ5"})
    world.advance(minutes=5)
    assert state(world, "W7", key) == "ERP_CREATED"
    assert len(sent(world, "erp.requisition.create")) == 1


@pytest.mark.walks("W7.005")
def test_a_withdrawal_during_the_policy_check(world: World) -> None:
    """W7.005: the decision that is on its way is ignored (G3); nothing is posted."""
    book(world)
    [found] = world.all("W7")
    now = world.clock.now()
    gone = RequisitionWithdrawn(demand_line=line_of(world, "F5").key, reason="by hand")
    told = {"requisition.submitted": {"name": "submit", "due": now}, "requisition.withdrawn": gone}
    made = [
        NewEvent(f"test/{kind}", kind, "W7", found.key, now, codec.encode(payload))
        for kind, payload in told.items()
    ]
    world.operations.write(lambda tx: [tx.append(event, now) for event in made])
    world.settle()
    assert took(world, "W7", found.key) == "001 002 005"
    assert state(world, "W7", found.key) == "CANCELLED"
    assert all(x["is_withdrawn"] for x in world.data(world.instance("W7", found.key))["lines"])
    assert not world.sent


@pytest.mark.walks("W7.006", "W7.023", "W7.025", "W7.038", "W7.044")
def test_one_of_two_lines_is_withdrawn_during_the_policy_check(world: World) -> None:
    """W7.038 in POLICY_CHECK: the other line is decided and posted alone."""
    book(world, card="PC-BOTH")
    [found] = world.all("W7")
    now = world.clock.now()
    gone = RequisitionWithdrawn(demand_line=line_of(world, "T5").key, reason="by hand")
    told = {"requisition.submitted": {"name": "submit", "due": now}, "requisition.withdrawn": gone}
    made = [
        NewEvent(f"test/{kind}", kind, "W7", found.key, now, codec.encode(payload))
        for kind, payload in told.items()
    ]
    world.operations.write(lambda tx: [tx.append(event, now) for event in made])
    world.settle()
    assert took(world, "W7", found.key) == "001 044 002 038 006 023 025"
    posted = json.loads(sent(world, "erp.requisition.create")[0].content)
    assert [x["item"] for x in posted["lines"]] == ["F5"]
