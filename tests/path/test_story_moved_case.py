"""Slice 3: the EHR moves a case; supply follows, in every state a line can be in."""

from __future__ import annotations

from typing import Any

import pytest
from stage import (
    LINE,
    accept_order,
    approve,
    book,
    case_of,
    functional_ack,
    line_of,
    open_codes,
    order,
    receive_order,
    sent,
    shelf,
    ship_order,
    state,
    submit,
    syntho,
    took,
)
from wire import siu, x855, x865

from suture.documents.events import OrderChangeRequested
from suture.testing.world import World

LATER = "20270113073000-0600"
"""Two days later than booked."""
EARLIER = "20270107073000-0600"
TOO_EARLY = "20270105173000-0600"
"""Before anything ordered today can arrive (P90 two days)."""


def move(world: World, start: str, *, control: str = "MSG2", **more: Any) -> None:
    """Let the EHR send SIU^S13 with a new start."""
    sent_at = more.pop("sent", "20270104091500-0600")
    world.hl7(siu("S13", start=start, sent=sent_at, control=control, **more))


@pytest.mark.walks("CASE.059", "W2.048")
def test_a_reserved_line_keeps_its_stock(world: World) -> None:
    """R1, W2.048: the reservation moves with the case; the case is covered again at once."""
    token = book(world, card="PC-PACK")
    move(world, LATER, card="PC-PACK")
    line = line_of(world, "PACK")
    assert took(world, "W2", line.key) == "001 003 007 048 071"
    assert took(world, "CASE", token) == "001 002 009 059 009 074"
    [held] = shelf(world, "PACK")["reservations"].values()
    assert held["need_at"] == "2027-01-13T13:30:00Z"
    assert line.due_at == case_of(world, token).due_at
    assert world.data(case_of(world, token))["planned"]["start"] == "2027-01-13T13:30:00Z"


@pytest.mark.walks("W2.048")
def test_a_line_in_requisition_keeps_it_when_the_case_moves_later(world: World) -> None:
    """W2.048: what was asked for an earlier day is in time for a later one."""
    token = book(world)
    move(world, LATER)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 048"
    requisition = world.instance("W7", submit(world))
    assert requisition.state == "ERP_CREATED"
    assert took(world, "CASE", token) == "001 002 008 055 008 008"


@pytest.mark.walks("W2.049")
def test_a_line_in_requisition_asks_again_when_the_case_moves_earlier(world: World) -> None:
    """W2.049: a requisition for a later day is withdrawn; a new one asks for the new day."""
    book(world)
    move(world, EARLIER)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 049 010"
    states = {str(world.data(x)["need_by"]): x.state for x in world.all("W7")}
    assert states == {"2027-01-11": "CANCELLED", "2027-01-07": "DRAFT"}


@pytest.mark.walks("W2.013")
def test_a_line_without_a_source_for_the_new_day_is_at_risk(world: World) -> None:
    """W2.013: the ladder is exhausted; the desk hears why and the requisition is withdrawn."""
    token = book(world)
    move(world, TOO_EARLY)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 049 013 073"
    assert "P90 arrival 2027-01-06 is after 2027-01-05" in world.data(line)["reason"]
    assert took(world, "CASE", token).startswith("001 002 008 055")
    assert state(world, "CASE", token) == "AT_RISK"
    codes = ("line.at-risk", "case.at-risk", "urgent.request")
    assert open_codes(world) == dict.fromkeys(codes, "OR buyer")


@pytest.mark.walks("W2.010", "W2.053")
def test_a_line_at_risk_is_sourced_again_when_the_case_moves_back(world: World) -> None:
    """W2.053, W2.010: no order stands open, so the ladder runs again and buys."""
    token = book(world, start=TOO_EARLY)
    assert state(world, "CASE", token) == "AT_RISK"
    move(world, LATER)
    line = line_of(world, "F5")
    assert line.state == "REQUISITIONED"
    assert took(world, "W2", line.key) == "001 003 008 013 073 053 010"
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    assert not shelf(world, "F5")["waiting"]


@pytest.mark.walks("W3.094", "W3.113")
def test_an_unanswered_order_is_changed_by_860(world: World) -> None:
    """W3.094: the 860 names the new day; the 865 settles it; the ERP's order follows."""
    token = order(world)
    move(world, LATER)
    assert state(world, "W3", LINE) == "CHANGE_PENDING"
    [change] = sent(world, "order.change")
    assert b"BCH*04*SA*PO4500012345**1001*20270104~" in change.content
    assert b"POC*1*RS*1*1*EA*1450.00*CT*" in change.content
    assert change.content.count(b"DTM*002*20270113~") == 2
    syntho(world, "865", "CA", x865("AT"), 210)
    assert took(world, "W3", LINE) == "001 002 006 016 094 162 113"
    data = world.data(world.instance("W3", LINE))
    assert (data["promised"], data["approved"]["need_by"]) == ("2027-01-13", "2027-01-13")
    assert data["wanted_need_by"] is None
    [told] = sent(world, "erp.order.change")
    assert told.control_id == f"{LINE}/change/1"
    assert b'"2027-01-13"' in told.content
    assert took(world, "W2", line_of(world, "F5").key) == "001 003 008 010 021 050 025"
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W3.114")
def test_an_accepted_order_keeps_its_terms_when_the_change_is_refused(world: World) -> None:
    """W3.114: refused, the old promise stands; it still meets the later day; a buyer is told."""
    token = order(world)
    accept_order(world)
    move(world, LATER)
    assert took(world, "W3", LINE) == "001 002 006 016 014 045 095 162"
    syntho(world, "865", "CA", x865("RJ"), 210)
    assert state(world, "W3", LINE) == "ACCEPTED"
    assert took(world, "W3", LINE).endswith("095 162 114")
    assert world.data(world.instance("W3", LINE))["promised"] == "2027-01-08"
    assert open_codes(world) == {"order.change-refused": "buyer"}
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.walks("W2.051")
def test_an_order_that_misses_the_new_day_is_hurried(world: World) -> None:
    """W2.051: the promise misses the earlier day: 860 wanted, line at risk, case told."""
    token = order(world)
    accept_order(world)
    move(world, EARLIER)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 021 025 051"
    assert line.state == "AT_RISK"
    assert "misses the new date" in world.data(line)["reason"]
    assert state(world, "W3", LINE) == "CHANGE_PENDING"
    assert state(world, "CASE", token) == "AT_RISK"
    syntho(world, "865", "CA", x865("AT"), 210)
    assert took(world, "W2", line.key).endswith("051 027")
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W2.028")
def test_a_refused_hurry_keeps_the_line_at_risk_with_the_old_promise(world: World) -> None:
    """W2.028: the old terms stand and are still too late."""
    token = order(world)
    accept_order(world)
    move(world, EARLIER)
    syntho(world, "865", "CA", x865("RJ"), 210)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("051 028")
    assert "promised 2027-01-08, needed 2027-01-07" in world.data(line)["reason"]
    assert state(world, "CASE", token) == "AT_RISK"


@pytest.mark.walks("W2.052")
def test_moving_back_calms_a_line_that_was_at_risk(world: World) -> None:
    """W2.052: the open order meets the new day after all; the risk is closed."""
    token = order(world)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IA", day="20270112"), 201)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("021 024 073")
    assert line.state == "AT_RISK"
    move(world, LATER)
    assert took(world, "W2", line.key).endswith("021 024 073 052")
    assert state(world, "W2", line.key) == "ON_ORDER"
    assert state(world, "W3", LINE) == "CHANGE_PENDING"
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W2.053")
def test_a_backordered_line_is_cancelled_and_sourced_again(world: World) -> None:
    """W2.053: a promise of 25 January misses any of these days: the order is given up."""
    order(world)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    move(world, LATER)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 021 026 073 053 010"
    assert state(world, "W3", LINE) == "CANCEL_PENDING"
    assert sorted(x.state for x in world.all("W7")) == ["DRAFT", "ORDERED"]


@pytest.mark.walks("W3.118")
def test_a_change_that_nobody_answers_lets_the_old_terms_stand(world: World) -> None:
    """W3.118: eight hours without an 865; a buyer is told, the promise stands."""
    order(world)
    accept_order(world)
    move(world, LATER)
    world.advance(hours=9)
    assert took(world, "W3", LINE).endswith("095 162 118")
    assert open_codes(world) == {"order.change-refused": "buyer"}
    assert world.data(world.instance("W3", LINE))["wanted_need_by"] is None


@pytest.mark.walks("W3.115")
def test_a_change_of_an_unanswered_order_waits_for_its_855_when_refused(world: World) -> None:
    """W3.115, W3.119: no 855 had come when the change was asked for."""
    order(world)
    move(world, LATER)
    syntho(world, "865", "CA", x865("RJ"), 210)
    assert took(world, "W3", LINE).endswith("094 162 115")
    assert state(world, "W3", LINE) == "ACK_OVERDUE"
    assert open_codes(world)["order.change-refused"] == "buyer"
    assert world.data(world.instance("W3", LINE))["wanted_need_by"] is None
    syntho(world, "855", "PR", x855("IA"), 211)
    assert took(world, "W3", LINE).endswith("115 045")


@pytest.mark.walks("W2.050", "W3.119")
def test_a_change_of_an_unanswered_order_that_nobody_answers(world: World) -> None:
    """W3.119: neither an 855 nor an 865: the acknowledgement is overdue."""
    order(world)
    move(world, LATER)
    world.advance(hours=9)
    assert took(world, "W3", LINE).endswith("094 162 119")
    assert state(world, "W3", LINE) == "ACK_OVERDUE"
    assert open_codes(world)["order.change-refused"] == "buyer"


@pytest.mark.walks("W3.116")
def test_a_backordered_line_goes_back_to_it_when_the_change_is_refused(world: World) -> None:
    """W3.116: what was backordered stays so."""
    _back_to_backorder(world, answered=True)


def _back_to_backorder(world: World, *, answered: bool) -> None:
    order(world)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    ask = OrderChangeRequested(reason="buyer wants it earlier")
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    assert state(world, "W3", LINE) == "CHANGE_PENDING"
    if answered:
        syntho(world, "865", "CA", x865("RJ"), 210)
        assert took(world, "W3", LINE).endswith("048 095 162 116")
    else:
        world.advance(hours=9)
        assert took(world, "W3", LINE).endswith("048 095 162 120")
    assert state(world, "W3", LINE) == "BACKORDERED"
    assert open_codes(world)["order.change-refused"] == "buyer"


@pytest.mark.walks("W3.120")
def test_a_backordered_line_goes_back_to_it_without_an_answer(world: World) -> None:
    """W3.120: eight hours without an 865."""
    _back_to_backorder(world, answered=False)


def test_a_second_move_while_a_change_is_open_is_put_on_a_desk(world: World) -> None:
    """W3.103 is not built: the second change becomes an owned exception, nothing is faked."""
    order(world)
    accept_order(world)
    move(world, LATER)
    move(world, "20270114073000-0600", control="MSG3", sent="20270104101500-0600")
    [told] = [x for x in world.exceptions() if x["code"] == "RULE_NOT_BUILT"]
    assert "W3.103" in told["summary"]
    assert state(world, "W3", LINE) == "CHANGE_PENDING"
    assert len(sent(world, "order.change")) == 1


@pytest.mark.walks("W3.107")
def test_shipped_goods_are_not_changed(world: World) -> None:
    """W3.107: the move of a case whose goods are on their way changes nothing at the supplier."""
    token = order(world)
    ship_order(world)
    move(world, LATER)
    assert took(world, "W3", LINE).endswith("168 107")
    assert not sent(world, "order.change")
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.walks("W2.048")
def test_received_goods_stay_reserved_for_the_new_day(world: World) -> None:
    """W2.048 on a received line: nothing is bought again."""
    token = order(world)
    receive_order(world)
    move(world, LATER)
    line = line_of(world, "F5")
    assert line.state == "RESERVED"
    assert state(world, "CASE", token) == "COVERED"
    assert len(world.all("W7")) == 1


@pytest.mark.walks("W3.077", "W3.078")
def test_an_855_that_crosses_our_860_decides_nothing(world: World) -> None:
    """W3.077, W3.117: the 865 decides; goods that left meanwhile keep the old terms."""
    order(world)
    move(world, LATER)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IA"), 201)
    assert took(world, "W3", LINE).endswith("094 162 164 077")
    assert state(world, "W3", LINE) == "CHANGE_PENDING"
    syntho(world, "855", "PR", x855("DR"), 202)
    assert took(world, "W3", LINE).endswith("077 078")
    assert state(world, "W3", LINE) == "CHANGE_PENDING"


@pytest.mark.walks("W3.080")
def test_a_backorder_that_crosses_our_860_counts(world: World) -> None:
    """W3.080: the line is backordered, whatever becomes of the change."""
    token = order(world)
    move(world, LATER)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    assert took(world, "W3", LINE).endswith("094 162 080")
    assert state(world, "W3", LINE) == "BACKORDERED"
    assert state(world, "W2", line_of(world, "F5").key) == "AT_RISK"
    assert state(world, "CASE", token) == "DEMAND_OPEN"


@pytest.mark.walks("W3.083")
def test_a_rejection_that_crosses_our_860_counts(world: World) -> None:
    """W3.083: the line is rejected."""
    order(world)
    move(world, LATER)
    syntho(world, "855", "PR", x855("IR", day=""), 201)
    assert took(world, "W3", LINE).endswith("094 162 083")
    assert state(world, "W3", LINE) == "REJECTED"
    assert open_codes(world)["order.line-rejected"] == "buyer"


@pytest.mark.walks("W7.013")
def test_an_order_under_approval_follows_the_case(world: World) -> None:
    """A late approval of a withdrawn requisition is recorded and buys nothing (W7.013, G3)."""
    book(world)
    requisition = submit(world)
    approve(world, "W7", requisition, f"{requisition}.0", by="ann")
    assert took(world, "W7", requisition) == "001 002 006 023 025 013"
    assert state(world, "W7", requisition) == "ERP_CREATED"
    assert len(sent(world, "erp.requisition.create")) == 1
