"""Slice 3: procedure start and end, and usage (DFT^P03) that consumes stock."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stage import (
    LINE,
    book,
    case_of,
    erp,
    line_of,
    open_codes,
    order,
    reasons,
    receive_order,
    sent,
    shelf,
    state,
    submit,
    syntho,
    took,
    writes,
)
from wire import dft, siu, stock, x855

from suture.testing.world import World


def begin(world: World, **more: Any) -> None:
    """Let the EHR report the patient in the room."""
    world.hl7(siu("S14", status="STARTED", sent="20270111073500-0600", control="MSG-S", **more))


def end(world: World, **more: Any) -> None:
    """Let the EHR report the end of the procedure."""
    world.hl7(siu("S14", status="COMPLETE", sent="20270111093500-0600", control="MSG-E", **more))


@pytest.mark.walks("CASE.037", "W2.045")
def test_a_used_item_leaves_the_stock_and_the_line_is_consumed(world: World) -> None:
    """S97, W2.045: issue in the ERP with lot and demand token, never the case token."""
    token = book(world, card="PC-PACK")
    begin(world, card="PC-PACK")
    world.hl7(dft(item="PACK", lot="LOT1"))
    end(world, card="PC-PACK")
    line = line_of(world, "PACK")
    assert took(world, "W2", line.key) == "001 003 007 045"
    assert took(world, "CASE", token) == "001 002 009 031 035 037"
    assert state(world, "CASE", token) == "USAGE_OPEN"
    data = world.data(case_of(world, token))
    assert data["started_at"] == "2027-01-11T13:35:00Z"
    assert data["completed_at"] == "2027-01-11T15:35:00Z"
    [issue] = sent(world, "erp.issue.post")
    body = json.loads(issue.content)
    assert body["lines"] == [{"item": "PACK", "quantity": "1", "uom": "EA", "lot": "LOT1"}]
    assert body["location"] == "NCH-OR-IMPL"
    assert body["reference"].startswith("DMD-")
    assert token not in issue.content.decode()
    position = shelf(world, "PACK")
    assert [p["quantity"] for p in position["pending"].values()] == ["-1"]
    assert position["reservations"] == {}
    erp(world, stock("PACK", 4, version=9, cause="issue", ref=issue.control_id), last=9)
    position = shelf(world, "PACK")
    assert (position["on_hand"], position["pending"]) == ("4", {})


def test_a_book_that_is_faster_than_the_use_is_not_decremented_twice(world: World) -> None:
    """I4: the ERP reported the issue first; our own count of it is then not added."""
    book(world, card="PC-PACK")
    world.hl7(dft(item="PACK", lot="LOT1"))
    [issue] = sent(world, "erp.issue.post")
    erp(world, stock("PACK", 4, version=9, cause="issue", ref=issue.control_id), last=9)
    erp(world, stock("PACK", 4, version=9, cause="issue", ref=issue.control_id), last=10)
    assert shelf(world, "PACK")["pending"] == {}
    assert took(world, "W9", "PACK@NCH-OR-IMPL").endswith("020 002 012")


@pytest.mark.walks("CASE.035")
def test_the_same_use_sent_twice_is_used_once(world: World) -> None:
    """2.0.2 business key: the same FT1-2 under another control id is the same use."""
    book(world, card="PC-PACK")
    world.hl7(dft(item="PACK", lot="LOT1"))
    world.hl7(dft(item="PACK", lot="LOT1", control="MSG0401"))
    [case] = world.all("CASE")
    assert took(world, "CASE", case.key) == "001 002 009 032 035"
    assert world.data(case)["used"] == 1
    assert len(sent(world, "erp.issue.post")) == 1
    assert len(world.all("W2")) == 1
    assert [p["quantity"] for p in shelf(world, "PACK")["pending"].values()] == ["-1"]


@pytest.mark.walks("W2.046")
def test_a_part_used_leaves_the_rest_reserved(world: World) -> None:
    """W2.046: one of four used: three stay reserved for this case; then they are used too."""
    book(world, card="PC-PACKS")
    world.hl7(dft(item="PACK", quantity="1", lot="LOT1"))
    line = line_of(world, "PACK")
    assert took(world, "W2", line.key) == "001 003 007 046"
    assert line.state == "RESERVED"
    [held] = shelf(world, "PACK")["reservations"].values()
    assert held["quantity"] == "3"
    assert [(x["lot"], x["quantity"]) for x in held["lots"]] == [("LOT1", "3")]
    world.hl7(dft(item="PACK", quantity="3", usage="USE-2", control="MSG0402"))
    assert took(world, "W2", line.key) == "001 003 007 046 045"
    assert world.data(world.instance("W2", line.key))["used"] == "4"
    assert shelf(world, "PACK")["reservations"] == {}
    assert len(sent(world, "erp.issue.post")) == 2


@pytest.mark.walks("ERPW.001", "ERPW.002", "ERPW.003", "W2.002")
def test_a_use_without_a_card_line_mints_a_consumed_line(world: World) -> None:
    """W2.002: gloves were not on the card: a consumed line, the stock is decremented."""
    token = book(world, card="PC-PACK")
    world.hl7(dft(item="GLV", quantity="2", usage="USE-9"))
    line = line_of(world, "GLV")
    assert took(world, "W2", line.key) == "002"
    assert (line.state, line.parent) == ("CONSUMED", token)
    assert [p["quantity"] for p in shelf(world, "GLV")["pending"].values()] == ["-2"]
    assert writes(world) == {"erp.issue.post": "POSTED"}
    assert reasons(world, "CASE", token) == ["item GLV used without an open card line"]


@pytest.mark.walks("W2.002")
def test_a_use_of_an_item_nobody_knows_has_an_owner(world: World) -> None:
    """W2.002 with an unknown item: kept, not decremented, on the steward's desk."""
    book(world, card="PC-PACK")
    world.hl7(dft(item="NOPE", usage="USE-9"))
    assert open_codes(world) == {"usage.item-unknown": "master-data steward"}
    assert not sent(world, "erp.issue.post")


@pytest.mark.walks("W2.002")
def test_a_use_at_a_place_nobody_knows_has_an_owner(world: World) -> None:
    """W2.002: an item without a card line, used in a room that leads to no stock."""
    book(world, card="PC-PACK")
    world.hl7(dft(item="GLV", usage="USE-9", room="MAIN^OR99^^NCH"))
    assert open_codes(world) == {"usage.item-unknown": "master-data steward"}
    assert not sent(world, "erp.issue.post")


@pytest.mark.walks("W2.045")
def test_a_used_line_on_order_cancels_its_order(world: World) -> None:
    """W2.045 from ON_ORDER: it came from elsewhere; the order is cancelled."""
    order(world)
    world.hl7(dft())
    assert took(world, "W2", line_of(world, "F5").key) == "001 003 008 010 021 045"
    assert state(world, "W3", LINE) == "CANCEL_PENDING"


@pytest.mark.walks("W2.045")
def test_a_used_line_in_requisition_withdraws_it(world: World) -> None:
    """W2.045 from REQUISITIONED."""
    book(world)
    requisition = submit(world)
    world.hl7(dft())
    assert state(world, "W7", requisition) == "CANCELLED"
    assert writes(world) == {"erp.requisition.cancel": "POSTED", "erp.issue.post": "POSTED"}


def test_a_used_line_at_risk_closes_the_risk(world: World) -> None:
    """W2.045 from AT_RISK: the order is cancelled and the exception is resolved."""
    order(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    world.hl7(dft())
    assert took(world, "W2", line_of(world, "F5").key).endswith("026 073 045")
    assert "line.at-risk" not in open_codes(world)
    assert state(world, "W3", LINE) == "CANCEL_PENDING"
    assert shelf(world, "F5")["waiting"] == {}


def test_a_bought_and_received_implant_is_used(world: World) -> None:
    """From the receipt to the use: reserved, consumed, the reservation is gone."""
    order(world)
    receive_order(world)
    world.hl7(dft())
    assert took(world, "W2", line_of(world, "F5").key).endswith("023 045")
    assert shelf(world, "F5")["reservations"] == {}


@pytest.mark.walks("CASE.033", "CASE.042")
def test_a_case_that_ends_without_a_start(world: World) -> None:
    """CASE.033: the end is reported, the start was lost."""
    token = book(world, card="PC-PACK")
    end(world, card="PC-PACK")
    assert took(world, "CASE", token) == "001 002 009 033"
    assert world.data(case_of(world, token))["completed_at"] == "2027-01-11T15:35:00Z"
    world.hl7(dft(item="PACK", lot="LOT1"))
    assert took(world, "CASE", token) == "001 002 009 033 042"
    assert line_of(world, "PACK").state == "CONSUMED"


@pytest.mark.walks("CASE.032")
def test_a_use_without_a_start_opens_the_procedure(world: World) -> None:
    """CASE.032: usage proves that the procedure goes on."""
    token = book(world, card="PC-PACK")
    world.hl7(dft(item="PACK", lot="LOT1"))
    assert took(world, "CASE", token) == "001 002 009 032"
    assert state(world, "CASE", token) == "IN_PROCEDURE"


@pytest.mark.walks("CASE.031")
def test_a_start_ends_the_alarm_of_a_case_at_risk(world: World) -> None:
    """CASE.031 from AT_RISK: re-planning ends; the risk exception closes."""
    token = book(world, start="20270105173000-0600")
    assert state(world, "CASE", token) == "AT_RISK"
    begin(world, start="20270105173000-0600")
    assert took(world, "CASE", token).endswith("031")
    assert "case.at-risk" not in open_codes(world)


@pytest.mark.walks("CASE.045")
def test_usage_that_is_not_closed_is_chased(world: World) -> None:
    """CASE.045: a day after the end the OR lead is asked; without a cart it is closed by hand."""
    token = book(world, card="PC-PACK")
    end(world, card="PC-PACK")
    world.advance(hours=25)
    assert took(world, "CASE", token) == "001 002 009 033 045"
    assert state(world, "CASE", token) == "USAGE_OPEN"
    assert open_codes(world) == {"case.usage-open": "OR lead"}
    assert "suture case reconcile" in world.exceptions()[0]["suggestion"]


@pytest.mark.walks("CASE.040")
def test_a_case_that_never_ends_is_presumed_to(world: World) -> None:
    """CASE.040: six hours after the planned end the usage clock starts; the EHR desk is asked."""
    token = book(world, card="PC-PACK")
    begin(world, card="PC-PACK")
    world.advance(days=8)
    assert took(world, "CASE", token).startswith("001 002 009 031 040")
    assert state(world, "CASE", token) == "USAGE_OPEN"
    assert "case.end-presumed" in open_codes(world)


@pytest.mark.parametrize(
    ("used", "rules"),
    [
        pytest.param(False, "031 038", marks=pytest.mark.walks("CASE.038")),
        pytest.param(True, "032 039", marks=pytest.mark.walks("CASE.039")),
    ],
)
def test_a_case_cancelled_in_the_room(world: World, *, used: bool, rules: str) -> None:
    """CASE.038, .039: nothing opened: cancelled; something used: the usage stands."""
    token = book(world, card="PC-PACK")
    if used:
        world.hl7(dft(item="PACK", lot="LOT1"))
    else:
        begin(world, card="PC-PACK")
    cancelled = {"sent": "20270111081500-0600", "control": "MSG9", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-PACK", **cancelled))
    assert took(world, "CASE", token) == f"001 002 009 {rules}"
    assert state(world, "CASE", token) == ("USAGE_OPEN" if used else "CANCELLED")
    owner = {"case.cancelled-after-use": "OR lead"} if used else {}
    assert open_codes(world) == owner
    assert line_of(world, "PACK").state == ("CONSUMED" if used else "RELEASED")


@pytest.mark.parametrize(
    ("used", "rule"),
    [
        pytest.param(False, "046", marks=pytest.mark.walks("CASE.046")),
        pytest.param(True, "047", marks=pytest.mark.walks("CASE.047")),
    ],
)
def test_a_case_cancelled_after_its_end(world: World, *, used: bool, rule: str) -> None:
    """CASE.046, .047: a cancel after the end, without and with usage."""
    token = book(world, card="PC-PACK")
    end(world, card="PC-PACK")
    if used:
        world.hl7(dft(item="PACK", lot="LOT1"))
    cancelled = {"sent": "20270111101500-0600", "control": "MSG9", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-PACK", **cancelled))
    assert took(world, "CASE", token).endswith(rule)
    assert state(world, "CASE", token) == ("USAGE_OPEN" if used else "CANCELLED")
    assert line_of(world, "PACK").state == ("CONSUMED" if used else "RELEASED")
    owner = {"case.cancelled-after-use": "OR lead"} if used else {}
    assert open_codes(world) == owner


@pytest.mark.walks("CASE.073", "W2.066")
def test_a_use_on_a_cancelled_case_stands(world: World) -> None:
    """CASE.073, W2.066: consumed after all; somebody hears of it."""
    token = book(world, card="PC-PACK")
    cancelled = {"sent": "20270105081500-0600", "control": "MSG9", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-PACK", **cancelled))
    world.hl7(dft(item="PACK", lot="LOT1"))
    assert took(world, "CASE", token) == "001 002 009 069 073"
    assert state(world, "CASE", token) == "USAGE_OPEN"
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007 057 066"
    assert line_of(world, "PACK").state == "CONSUMED"
    assert writes(world) == {"erp.issue.post": "POSTED"}
    assert open_codes(world) == {"case.used-after-cancel": "OR buyer"}


@pytest.mark.walks("CASE.072")
def test_a_cancelled_case_that_starts_after_all(world: World) -> None:
    """CASE.072: the room knows better than the schedule."""
    token = book(world, card="PC-PACK")
    cancelled = {"sent": "20270105081500-0600", "control": "MSG9", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-PACK", **cancelled))
    begin(world, card="PC-PACK")
    assert took(world, "CASE", token) == "001 002 009 069 072"
    assert state(world, "CASE", token) == "IN_PROCEDURE"
    assert world.data(case_of(world, token))["started_at"] == "2027-01-11T13:35:00Z"


@pytest.mark.walks("CASE.036", "W2.069")
def test_a_credited_use_is_taken_back(world: World) -> None:
    """CASE.036, W2.069: the book has it on the shelf again, a person checks the goods."""
    token = book(world, card="PC-PACK")
    world.hl7(dft(item="PACK", lot="LOT1"))
    world.hl7(dft(item="PACK", lot="LOT1", kind="CR", control="MSG0403"))
    assert took(world, "CASE", token) == "001 002 009 032 036"
    line = line_of(world, "PACK")
    assert (line.state, world.data(line)["used"]) == ("RETURNED", "0")
    assert open_codes(world) == {"usage.taken-back": "OR lead"}
    issued = [json.loads(s.content)["lines"][0]["quantity"] for s in sent(world, "erp.issue.post")]
    assert issued == ["1", "-1"]


def test_a_use_of_a_case_nobody_knows_waits_and_is_told(world: World) -> None:
    """G5: usage before its booking waits fifteen minutes; with the booking it is taken."""
    world.hl7(dft(item="PACK", lot="LOT1"))
    assert not world.exceptions()
    token = book(world, card="PC-PACK")
    assert took(world, "CASE", token).split()[:1] == ["001"]
    assert "032" in took(world, "CASE", token).split()
    world.hl7(dft(item="PACK", case="99999", control="MSG0405"))
    world.advance(minutes=16)
    [told] = world.exceptions()
    assert (told["code"], told["machine"]) == ("UNEXPECTED_EVENT", "CASE")


@pytest.mark.walks("CASE.063", "CASE.067")
def test_a_procedure_moved_while_it_goes_on_only_keeps_its_times(world: World) -> None:
    """CASE.067, .063, .065: once in the room the schedule changes nothing."""
    token = book(world, card="PC-PACK")
    begin(world, card="PC-PACK")
    moved = {"sent": "20270111081500-0600", "control": "MSG7"}
    world.hl7(siu("S13", card="PC-PACK", start="20270113073000-0600", **moved))
    assert took(world, "CASE", token) == "001 002 009 031 067"
    snapshot = world.data(case_of(world, token))["snapshot"]
    assert snapshot["start"] == "2027-01-13T13:30:00Z"
    again = {"sent": "20270111082500-0600", "control": "MSG8", "start": "20270113073000-0600"}
    world.hl7(siu("S14", card="PC-PACK", room="MAIN^OR05^^NCH", **again))
    assert took(world, "CASE", token).endswith("067 063")
    assert world.data(case_of(world, token))["snapshot"]["room"] == "MAIN^OR05^^NCH"
    last = {"sent": "20270111083500-0600", "control": "MSG9", "start": "20270113073000-0600"}
    world.hl7(siu("S14", card="PC-PACK", room="MAIN^OR05^^NCH", minutes=180, **last))
    assert state(world, "CASE", token) == "IN_PROCEDURE"
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007"


@pytest.mark.walks("CASE.063", "CASE.065")
def test_a_change_that_supply_does_not_mind_during_the_procedure(world: World) -> None:
    """CASE.063, .065: another room matters to supply, a longer procedure does not; both stored."""
    token = book(world, card="PC-PACK")
    begin(world)
    world.hl7(siu("S14", card="PC-PACK", minutes=180, control="M3", sent="20270111090000-0600"))
    assert took(world, "CASE", token).endswith("065")
    world.hl7(
        siu("S14", card="PC-PACK", room="MAIN^OR05^^NCH", control="M4", sent="20270111091500-0600")
    )
    assert took(world, "CASE", token).endswith("065 063")
    assert state(world, "CASE", token) == "IN_PROCEDURE"
