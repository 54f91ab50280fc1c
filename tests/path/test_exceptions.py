"""The exception desk: one row per cause, an owner, a clock (spec 2.24, 2.0.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from conftest import MONDAY
from stage import reasons, took

from suture.documents.events import ExceptionClosed, ExceptionRaised
from suture.orchestration.effects import exception_key
from suture.testing.world import World

CAUSE = "cause|1"
KEY = exception_key(CAUSE)


def problem(world: World, **more: Any) -> None:
    """Let something raise an exception."""
    told = {"family": "SUPPLIER", "code": "order.late", "summary": "late", "dedupe": CAUSE, **more}
    world.event("exception.raised", "EXC", KEY, ExceptionRaised(**told))


def answer(world: World, event: str, *, by: str = "ann", reason: str = "called") -> None:
    """Let a person or a rule answer."""
    world.event(event, "EXC", KEY, ExceptionClosed(by=by, reason=reason))


def desk(world: World) -> dict[str, Any]:
    """Return the row with its state."""
    stored = world.instance("EXC", KEY)
    return {**world.data(stored), "state": stored.state}


@pytest.mark.parametrize(
    ("family", "owner"),
    [
        ("TRANSPORT", "integration engineer"),
        ("SCHEMA", "integration engineer"),
        ("CROSSWALK", "master-data steward"),
        ("COVERAGE", "OR buyer"),
        ("SUPPLIER", "buyer"),
        ("PRICE", "contract analyst"),
        ("APPROVAL", "requisition desk"),
        ("RECEIPT", "receiving lead"),
        ("MATCH", "AP analyst"),
        ("IMPLANT", "implant coordinator"),
        ("PRIVACY", "privacy officer"),
        ("LEDGER", "finance integration analyst"),
    ],
)
def test_every_family_has_its_owner(world: World, family: str, owner: str) -> None:
    """2.0.3: the routing table names the role; a named owner goes before it."""
    problem(world, family=family)
    assert desk(world)["owner"] == owner
    problem(world, family=family, owner="OR lead")
    assert desk(world)["owner"] == "OR lead"


@pytest.mark.walks("EXC.001", "EXC.002")
def test_the_same_cause_is_counted_on_one_row(world: World) -> None:
    """EXC.001, .002: count, last seen; the class may rise and does not fall; cases add up."""
    problem(world, case_tokens=("a",))
    world.advance(hours=1)
    problem(world, severity="urgent", case_tokens=("b",), summary="later")
    problem(world, severity="info")
    found = desk(world)
    assert took(world, "EXC", KEY) == "001 002 002"
    assert (found["count"], found["severity"], found["summary"]) == (3, "urgent", "late")
    assert found["case_tokens"] == ["a", "b"]
    assert found["first_at"] == "2027-01-04T14:00:00Z"
    assert found["last_at"] == "2027-01-04T15:00:00Z"


@pytest.mark.walks("EXC.011", "EXC.012")
def test_an_exception_escalates_when_its_time_is_up(world: World) -> None:
    """EXC.011, .012: SUPPLIER normal: 16 h per level, three levels, then it stays."""
    problem(world)
    world.move_to(MONDAY + timedelta(hours=15, minutes=59))
    assert desk(world)["state"] == "OPEN"
    world.move_to(MONDAY + timedelta(hours=16))
    assert (desk(world)["state"], desk(world)["level"]) == ("ESCALATED", 1)
    world.move_to(MONDAY + timedelta(hours=32))
    assert (desk(world)["state"], desk(world)["level"]) == ("ESCALATED", 2)
    world.move_to(MONDAY + timedelta(days=9))
    assert desk(world)["level"] == 3
    assert took(world, "EXC", KEY) == "001 011 012 012"


def test_an_urgent_one_escalates_sooner_and_an_info_never(world: World) -> None:
    """2.0.3: urgent SUPPLIER 4 h; info has no clock."""
    problem(world, severity="urgent")
    world.move_to(MONDAY + timedelta(hours=4))
    assert desk(world)["state"] == "ESCALATED"
    told = ExceptionRaised(family="SUPPLIER", code="x", summary="x", dedupe="2", severity="info")
    world.event("exception.raised", "EXC", exception_key("2"), told)
    world.advance(days=30)
    assert world.instance("EXC", exception_key("2")).state == "OPEN"


@pytest.mark.walks("EXC.003", "EXC.004", "EXC.005", "EXC.007", "EXC.010")
def test_a_person_takes_it_waits_and_fixes_it(world: World) -> None:
    """EXC.003, .004, .007, .005, .010: assigned, reassigned, waiting, taken back, resolved."""
    problem(world)
    answer(world, "task.assigned")
    assert (desk(world)["state"], desk(world)["assignee"]) == ("ASSIGNED", "ann")
    answer(world, "task.assigned", by="bob")
    assert desk(world)["assignee"] == "bob"
    answer(world, "task.waiting")
    assert desk(world)["state"] == "WAITING"
    [because] = reasons(world, "EXC", KEY)
    assert because == "waits for an outside answer; the clock goes on"
    answer(world, "task.assigned", by="cy")
    assert (desk(world)["state"], desk(world)["assignee"]) == ("ASSIGNED", "cy")
    answer(world, "exception.resolved", by="cy", reason="the carrier found it")
    found = desk(world)
    assert (found["state"], found["closed_by"]) == ("RESOLVED", "cy")
    assert found["resolution"] == "the carrier found it"
    assert took(world, "EXC", KEY) == "001 003 004 007 005 010"


@pytest.mark.walks("EXC.015")
def test_a_person_may_fix_it_at_once(world: World) -> None:
    """EXC.015: from OPEN, without taking it first."""
    problem(world)
    answer(world, "exception.resolved")
    assert took(world, "EXC", KEY) == "001 015"
    assert (desk(world)["state"], desk(world)["closed_by"]) == ("RESOLVED", "ann")


@pytest.mark.walks("EXC.006", "EXC.016")
@pytest.mark.parametrize("first", ["", "task.assigned"])
def test_a_vanished_cause_closes_it(world: World, first: str) -> None:
    """EXC.006, .016: closed by the system, from any live state; again, it is only recorded."""
    problem(world)
    if first:
        answer(world, first)
    answer(world, "exception.auto_resolved", by="system", reason="accepted")
    assert desk(world)["state"] == "AUTO_RESOLVED"
    assert desk(world)["closed_by"] == "system"
    answer(world, "exception.auto_resolved", by="system", reason="again")
    assert took(world, "EXC", KEY).endswith("006 016")
    assert desk(world)["state"] == "AUTO_RESOLVED"
    assert desk(world)["resolution"] == "accepted"


@pytest.mark.walks("EXC.014")
@pytest.mark.parametrize("event", ["exception.resolved", "exception.auto_resolved"])
def test_a_cause_that_comes_back_reopens_it(world: World, event: str) -> None:
    """EXC.014: open again with its history; the closing is wiped, the count goes on."""
    problem(world)
    answer(world, event)
    world.advance(days=2)
    problem(world)
    found = desk(world)
    assert (found["state"], found["count"], found["closed_by"]) == ("OPEN", 2, "")
    assert took(world, "EXC", KEY).endswith("014")
    world.advance(hours=15)
    assert desk(world)["state"] == "OPEN", "the clock starts again"
    world.advance(hours=1)
    assert (desk(world)["state"], desk(world)["level"]) == ("ESCALATED", 1)


@pytest.mark.walks("EXC.013", "EXC.017")
def test_a_loss_is_written_off_by_a_named_person_with_a_reason(world: World) -> None:
    """EXC.013, .017: authority; what is written off and comes back is open again."""
    problem(world)
    answer(world, "task.assigned")
    answer(world, "loss.accepted", reason="")
    assert desk(world)["state"] == "ASSIGNED"
    answer(world, "loss.accepted", reason="below 5 USD")
    assert took(world, "EXC", KEY) == "001 003 013"
    assert desk(world)["state"] == "WRITTEN_OFF"
    assert desk(world)["resolution"] == "below 5 USD"
    problem(world)
    assert took(world, "EXC", KEY) == "001 003 013 017"
    assert (desk(world)["state"], desk(world)["count"]) == ("OPEN", 2)
    assert desk(world)["resolution"] == ""


@pytest.mark.walks("EXC.005", "EXC.010")
def test_an_escalated_one_is_taken_and_resolved(world: World) -> None:
    """EXC.005, .010 from ESCALATED."""
    problem(world)
    world.advance(hours=17)
    answer(world, "task.assigned")
    assert took(world, "EXC", KEY) == "001 011 005"
    assert desk(world)["state"] == "ASSIGNED"
    answer(world, "exception.resolved")
    assert took(world, "EXC", KEY) == "001 011 005 010"


def test_an_exception_about_an_exception_is_not_raised(world: World) -> None:
    """An unexpected answer to the desk is recorded and starts no chain."""
    problem(world)
    answer(world, "loss.accepted")
    assert len(world.all("EXC")) == 1
    assert desk(world)["state"] == "OPEN"


@pytest.mark.walks("EXC.007", "EXC.008", "EXC.009")
def test_an_answer_from_outside_is_noted(world: World) -> None:
    """EXC.008, .009: back to who has it; after an escalation shown where it stands."""
    problem(world)
    answer(world, "task.assigned")
    answer(world, "task.waiting")
    answer(world, "task.reply_received", reason="ships on Friday")
    assert (desk(world)["state"], desk(world)["reply"]) == ("ASSIGNED", "ships on Friday")
    world.advance(hours=17)
    answer(world, "task.reply_received", reason="ships on Monday")
    assert took(world, "EXC", KEY) == "001 003 007 008 011 009"
    assert (desk(world)["state"], desk(world)["reply"]) == ("ESCALATED", "ships on Monday")
