"""Urgent requests: one source brings it, whoever answers first (spec 2.16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import book, line_of, open_codes, reasons, shelve, state, took

from suture.documents.urgent import (
    CourierUnderWay,
    HandedOver,
    NeedChanged,
    NeedWithdrawn,
    SourceCommitted,
    SourceLost,
    UrgentRequested,
    UrgentTriaged,
)
from suture.orchestration.decisions.race import (
    LIVE,
    Commitment,
    Held,
    commit,
    end,
    lose,
    ordered,
    overdue,
)
from suture.testing.world import World

NOW = datetime(2027, 1, 4, 14, tzinfo=UTC)


def ask(world: World, key: str = "U1", **told: Any) -> None:
    """Let the room call for one tibial tray in six hours."""
    request: dict[str, Any] = {
        "item": "T5",
        "description": "TIBIAL TRAY SZ 5 RT",
        "facility": "NCH",
        "location": "NCH-OR-IMPL",
        "quantity": Fraction(1),
        "need_at": NOW + timedelta(hours=6),
        "by": "N. Nurse",
        "room": "OR04",
        "criticality": "CRITICAL",
        **told,
    }
    world.event("urgent_request.raised", "W15", key, UrgentRequested(**request))


def commits(world: World, source: str, key: str = "U1", **told: Any) -> None:
    """Let a source commit."""
    offer = SourceCommitted(source=source, by="B. Buyer", **told)
    world.event("supply.source_committed", "W15", key, offer)


def departs(world: World, key: str = "U1") -> None:
    """Let the courier leave."""
    world.event("shipment.notified", "W15", key, CourierUnderWay(by="C. Courier"))


def loses(world: World, source: str = "", key: str = "U1") -> None:
    """Let a source fall away."""
    told = SourceLost(by="B. Buyer", reason="van broke down", source=source)
    world.event("supply.promise_lost", "W15", key, told)


def arrives(world: World, key: str = "U1", **told: Any) -> None:
    """Let it be handed over in the room."""
    world.event("supply.received", "W15", key, HandedOver(by="N. Nurse", **told))


def withdraws(world: World, key: str = "U1") -> None:
    """Let the need be withdrawn."""
    told = NeedWithdrawn(by="N. Nurse", reason="found on the shelf")
    world.event("demand.cancelled", "W15", key, told)


def standing(world: World, key: str = "U1") -> dict[str, str]:
    """Return source -> standing."""
    held = world.data(world.instance("W15", key))["commitments"]
    return {x["source"]: x["standing"] for x in held}


@pytest.mark.walks("W15.001", "W15.003", "W15.005", "W15.011", "W15.014")
def test_a_call_is_judged_sought_brought_and_handed_over(world: World) -> None:
    """All sources are asked at once; the first brings it; the clock stops at the point of use."""
    ask(world)
    assert state(world, "W15", "U1") == "SEARCHING"
    asked = [x["source"] for x in world.data(world.instance("W15", "U1"))["sources"]]
    assert asked == ["SUP-9001", "SUP-9002"]
    assert open_codes(world) == {"urgent.request": "OR buyer"}
    commits(world, "SUP-9002", cost=Decimal("950.00"))
    assert (state(world, "W15", "U1"), standing(world)) == ("COMMITTED", {"SUP-9002": "ordered"})
    assert open_codes(world)["urgent.approved-review"] == "requisition desk"
    departs(world)
    world.advance(minutes=40)
    arrives(world, cause="supplier_late", cost=Decimal("85.00"))
    assert state(world, "W15", "U1") == "FULFILLED"
    assert reasons(world, "W15", "U1") == [
        "handed over by N. Nurse after 40 min; cause supplier_late"
    ]
    assert Decimal(world.data(world.instance("W15", "U1"))["cost"]) == Decimal("1035.00")
    assert open_codes(world) == {"urgent.approved-review": "requisition desk"}


def test_a_shelf_of_ours_is_asked_first(world: World) -> None:
    """A shelf with enough free stock stands before suppliers, with its walking time."""
    shelve(world, T5=3)
    ask(world)
    [first, *_] = world.data(world.instance("W15", "U1"))["sources"]
    assert (first["source"], first["kind"]) == ("NCH-OR-IMPL", "shelf")


@pytest.mark.walks("W15.002", "W15.020")
def test_the_same_need_twice_is_one_request_of_both_quantities(world: World) -> None:
    """One open request per item and place; the higher class and the quantity go over to it."""
    ask(world)
    ask(world, "U2", is_in_room=True, quantity=Fraction(2), need_at=NOW + timedelta(hours=1))
    assert state(world, "W15", "U2") == "MERGED"
    held = world.data(world.instance("W15", "U1"))
    assert (held["quantity"], held["urgency"]) == ("3", "IN_ROOM")
    assert held["need_at"].startswith("2027-01-04T15:00")
    ask(world, "U3", location="NCH-OTHER")
    assert state(world, "W15", "U3") == "SEARCHING"


@pytest.mark.walks("W15.022")
def test_a_merged_need_that_goes_takes_its_quantity_back(world: World) -> None:
    """The open request needs as much as before the merge."""
    ask(world)
    ask(world, "U2", quantity=Fraction(2))
    withdraws(world, "U2")
    assert world.data(world.instance("W15", "U1"))["quantity"] == "1"


@pytest.mark.walks("W15.004")
@pytest.mark.parametrize(("is_in_room", "minutes"), [(True, 2), (False, 5)])
def test_nobody_judges_it(world: World, is_in_room: bool, minutes: int) -> None:
    """After two minutes with a patient in the room, else five, the search starts by itself."""
    ask(world, criticality="", is_or_call=True, is_in_room=is_in_room)
    world.advance(minutes=minutes - 1)
    assert state(world, "W15", "U1") == "RAISED"
    world.advance(minutes=1)
    assert state(world, "W15", "U1") == "SEARCHING"


def test_a_person_judges_it(world: World) -> None:
    """A person's class counts when it is higher."""
    ask(world, criticality="", need_at=NOW + timedelta(hours=40))
    told = UrgentTriaged(criticality="REQUIRED", by="L. Lead", urgency="STAT")
    world.event("urgent_request.triaged", "W15", "U1", told)
    held = world.data(world.instance("W15", "U1"))
    assert (held["criticality"], held["urgency"]) == ("REQUIRED", "STAT")


@pytest.mark.walks("W15.006", "W15.007")
@pytest.mark.parametrize(("is_in_room", "minutes"), [(True, 5), (False, 30)])
def test_no_source_in_time_goes_to_the_command_center(
    world: World, is_in_room: bool, minutes: int
) -> None:
    """With a patient in the room the charge nurse is told as well; a late source still counts."""
    ask(world, is_in_room=is_in_room)
    world.advance(minutes=minutes)
    assert state(world, "W15", "U1") == "ESCALATED"
    nurse = {"urgent.in-room": "charge nurse"} if is_in_room else {}
    center = {"urgent.escalated": "supply command center"}
    assert open_codes(world) == {"urgent.request": "OR buyer", **center, **nurse}
    commits(world, "SUP-9001")
    assert state(world, "W15", "U1") == "COMMITTED"
    assert open_codes(world) == {"urgent.request": "OR buyer"}


@pytest.mark.walks("W15.009", "W15.008")
def test_the_need_time_passes_without_a_source(world: World) -> None:
    """First the command center, then it is unfilled and its cause is looked for."""
    ask(world, need_at=NOW + timedelta(minutes=20))
    world.advance(minutes=20)
    assert state(world, "W15", "U1") == "ESCALATED"
    world.advance(minutes=30)
    assert state(world, "W15", "U1") == "UNFILLED"
    assert open_codes(world) == {"urgent.unfilled": "supply command center"}


@pytest.mark.walks("W15.010")
def test_a_late_source_makes_room_for_a_second(world: World) -> None:
    """Past the need time a second source is sought; when it commits the late one is withdrawn."""
    ask(world, need_at=NOW + timedelta(hours=1))
    commits(world, "SUP-9001")
    world.advance(hours=1)
    assert (state(world, "W15", "U1"), standing(world)) == ("ESCALATED", {"SUP-9001": "late"})
    commits(world, "SUP-9002", arrives_at=NOW + timedelta(hours=3))
    assert standing(world) == {"SUP-9001": "withdrawn", "SUP-9002": "ordered"}
    world.advance(hours=1)
    assert state(world, "W15", "U1") == "COMMITTED"


@pytest.mark.walks("W15.012", "W15.013", "W15.016")
def test_who_falls_away_is_replaced(world: World) -> None:
    """A second source stands by with a patient in the room and takes over; else it is withdrawn."""
    ask(world, is_in_room=True)
    commits(world, "SUP-9001")
    commits(world, "SUP-9002")
    assert standing(world) == {"SUP-9001": "ordered", "SUP-9002": "stand-by"}
    loses(world)
    assert (state(world, "W15", "U1"), standing(world)["SUP-9002"]) == ("COMMITTED", "ordered")
    loses(world)
    assert state(world, "W15", "U1") == "SEARCHING"
    ask(world, "U2", item="F5")
    for source in ("SUP-9001", "SUP-9002"):
        commits(world, source, "U2")
    assert standing(world, "U2") == {"SUP-9001": "ordered", "SUP-9002": "withdrawn"}
    departs(world, "U2")
    loses(world, key="U2")
    assert state(world, "W15", "U2") == "ESCALATED"


@pytest.mark.walks("W15.015")
def test_it_is_found_in_the_room(world: World) -> None:
    """Handed over while the search goes on: the clock stops, the others are withdrawn."""
    ask(world)
    arrives(world)
    assert (state(world, "W15", "U1"), open_codes(world)) == ("FULFILLED", {})


@pytest.mark.walks("W15.017", "W15.018", "W15.019", "W15.021", "W15.023", "W15.024")
def test_a_need_that_goes_leaves_nothing_ordered(world: World) -> None:
    """What is under way goes back; what comes after the end is put on a desk with its cost."""
    for number, steps in enumerate(((), (commits,), (commits, departs))):
        key = f"U{number}"
        ask(world, key, location=f"NCH-{number}")
        for step in steps:
            step(world, "SUP-9001", key) if step is commits else step(world, key)
        withdraws(world, key)
        assert state(world, "W15", key) == "CANCELLED"
        assert set(standing(world, key).values()) <= {"withdrawn"}
    assert [took(world, "W15", f"U{n}")[-3:] for n in range(3)] == ["017", "018", "019"]
    assert open_codes(world) == {"urgent.return": "receiving lead"}
    arrives(world, "U2", cost=Decimal(40))
    assert Decimal(world.data(world.instance("W15", "U2"))["late_cost"]) == 40
    assert open_codes(world)["urgent.late-delivery"] == "receiving lead"
    withdraws(world, "U2")
    world.event("demand.changed", "W15", "U2", NeedChanged(by="N. Nurse", add=Fraction(1)))
    assert state(world, "W15", "U2") == "CANCELLED"


def test_a_patient_in_the_room_is_never_slower(world: World) -> None:
    """A change neither lowers the class nor moves the need time back (W15.020)."""
    ask(world, is_in_room=True, need_at=NOW + timedelta(hours=1))
    later = NeedChanged(by="N. Nurse", need_at=NOW + timedelta(hours=9), urgency="URGENT")
    world.event("demand.changed", "W15", "U1", later)
    held = world.data(world.instance("W15", "U1"))
    assert (held["urgency"], held["need_at"][:16]) == ("IN_ROOM", "2027-01-04T15:00")


def test_a_purchase_outside_the_contract_asks_the_approver(world: World) -> None:
    """Break-glass covers known sources up to its limit; anything else asks a person first."""
    ask(world)
    commits(world, "CORNER-SHOP", cost=Decimal(12))
    assert open_codes(world)["urgent.approval"] == "on-call approver"


ANSWERS = st.lists(
    st.tuples(st.sampled_from(("commit", "lose", "overdue")), st.sampled_from("ABCD")), max_size=12
)


@given(answers=ANSWERS, keeps_standby=st.booleans())
def test_whatever_the_order_of_answers_one_source_is_ordered_at_most(
    answers: list[tuple[str, str]], keeps_standby: bool
) -> None:
    """Never two orders, never one source twice, and an answer told again changes nothing."""
    held: Held = ()
    for number, (kind, source) in enumerate(answers):
        told = Commitment(source=source, by="x", at=NOW + timedelta(minutes=number))
        if kind == "commit":
            held = commit(held, told, keeps_standby=keeps_standby)
            assert ordered(held) is not None
            assert commit(held, told, keeps_standby=keeps_standby) == held
        else:
            held = lose(held, source) if kind == "lose" else overdue(held)
        assert sum(x.standing in ("ordered", "late") for x in held) <= 1
        live = [x.source for x in held if x.standing in LIVE]
        assert len(live) == len(set(live))
    assert not [x for x in end(held) if x.standing in LIVE]


def test_a_planned_line_that_loses_its_source_calls_by_itself(world: World) -> None:
    """CRITICAL and needed within 48 h: W2 opens the request; handed over, it is on the cart."""
    world.move_to(datetime(2027, 1, 9, 16, tzinfo=UTC))
    token = book(world, card="PC-TRAY")
    line = line_of(world, "T5").key
    assert state(world, "W2", line) == "AT_RISK"
    [called] = world.all("W15")
    assert (called.state, world.data(called)["lines"]) == ("SEARCHING", [line])
    commits(world, "SUP-9001", called.key)
    arrives(world, called.key)
    assert (state(world, "W2", line), state(world, "CASE", token)) == ("PICKED", "COVERED")


def test_a_line_that_is_covered_withdraws_its_call(world: World) -> None:
    """Stock that appears ends the request; nobody brings a second one."""
    world.move_to(datetime(2027, 1, 9, 16, tzinfo=UTC))
    book(world, card="PC-TRAY")
    [called] = world.all("W15")
    commits(world, "SUP-9001", called.key)
    shelve(world, last=7, T5=4)
    assert state(world, "W15", called.key) == "CANCELLED"
    assert standing(world, called.key) == {"SUP-9001": "withdrawn"}
