"""Slice 3: gloves are bought from a supplier that speaks cXML."""

from __future__ import annotations

import pytest
import wire_cxml
from stage import (
    BOX_LINE,
    BOX_PO,
    book,
    case_of,
    continental,
    erp,
    line_of,
    open_codes,
    order_box,
    scan,
    sent,
    shelf,
    shelve,
    state,
    submit,
    took,
)
from wire import purchase_order, siu, stock

from suture.core.outcome import Accepted, Refused
from suture.testing.world import World


@pytest.mark.walks("W5.026", "W5.027")
def test_four_gloves_are_bought_as_one_box_and_the_rest_goes_to_stock(world: World) -> None:
    """S93: 4 EA needed, 1 BX of 50 ordered; the case holds 4 and 46 are free."""
    token = order_box(world)
    [requisition] = world.all("W7")
    assert took(world, "W7", requisition.key) == "001 002 006 023 025 033"
    [dispatched] = sent(world, "order.dispatch")
    assert dispatched.control_id == f"{BOX_PO}.0@suture"
    assert b'<ItemOut quantity="1" lineNumber="1"' in dispatched.content
    assert b"<UnitOfMeasure>BX</UnitOfMeasure>" in dispatched.content
    assert took(world, "W3", BOX_LINE) == "001 002 006 014"
    assert state(world, "W3", BOX_LINE) == "TRANSPORT_ACKED"
    continental(world, wire_cxml.confirmation("accept"))
    assert state(world, "W3", BOX_LINE) == "ACCEPTED"
    assert case_of(world, token).state == "COVERED"
    continental(world, wire_cxml.ship_notice())
    assert state(world, "W3", BOX_LINE) == "SHIPPED"
    count = {"po": BOX_PO, "shipment": "CSHP1", "uom": "BX", "lot": "G33"}
    scan(world, "arrived", **count)
    scan(world, "counted", **count)
    receipt = f"CSHP1/{BOX_LINE}"
    assert took(world, "W4", receipt) == "001 004 011 018 019"
    position = shelf(world, "GLV")
    assert position["pending"][receipt]["quantity"] == "50"
    [held] = position["reservations"].values()
    assert held["quantity"] == "4"
    assert [(x["lot"], x["quantity"]) for x in held["lots"]] == [("G33", "4")]
    continental(world, wire_cxml.invoice())
    [invoice] = world.all("W5")
    assert invoice.key == "SUP-9002|C9001|standard"
    assert took(world, "W5", invoice.key) == "001 005 007 026 027"
    line = line_of(world, "GLV")
    assert took(world, "W2", line.key) == "001 003 008 010 021 025 025 023"
    assert took(world, "W3", BOX_LINE) == "001 002 006 014 045 168 206"
    assert took(world, "CASE", token) == "001 002 008 009 074 074"
    told = world.data(case_of(world, token))["lines"][line.key]
    assert told["reason"] == f"received on {BOX_PO}, reserved at NCH-OR-IMPL"
    assert not world.exceptions()


def test_the_rest_of_the_box_covers_the_next_case(world: World) -> None:
    """I4: 46 gloves stay free once the ERP shows the receipt; nobody gets the four held."""
    order_box(world)
    continental(world, wire_cxml.confirmation("accept"))
    continental(world, wire_cxml.ship_notice())
    count = {"po": BOX_PO, "shipment": "CSHP1", "uom": "BX", "lot": "G33"}
    scan(world, "arrived", **count)
    scan(world, "counted", **count)
    kind, told = stock("GLV", 50, version=9, cause="receipt", ref=f"CSHP1/{BOX_LINE}", lot="G33")

    erp(world, (kind, told), last=9)
    position = shelf(world, "GLV")
    assert (position["on_hand"], position["pending"]) == ("50", {})
    token = book_second(world)
    assert case_of(world, token).state == "COVERED"
    assert sum(int(r["quantity"]) for r in shelf(world, "GLV")["reservations"].values()) == 8


def book_second(world: World) -> str:
    """Book another case with gloves; return its token."""

    before = {x.key for x in world.all("CASE")}
    world.hl7(siu(case="88124", card="PC-GLOVE", control="MSG0002"))
    [made] = {x.key for x in world.all("CASE")} - before
    return made


def test_a_confirmation_without_lines_accepts_them_all(world: World) -> None:
    """2.0.6: a header of type accept speaks for every line of the order."""
    token = order_box(world)
    continental(world, wire_cxml.confirmation_of_all("accept"))
    assert state(world, "W3", BOX_LINE) == "ACCEPTED"
    assert case_of(world, token).state == "COVERED"
    assert world.data(world.instance("W3", BOX_LINE))["promised"] == "2027-01-10"


@pytest.mark.walks("W3.051")
def test_a_cxml_rejection_puts_the_line_at_risk(world: World) -> None:
    """A header of type reject rejects every line; demand hears it with the supplier's name."""
    order_box(world)
    continental(world, wire_cxml.confirmation_of_all("reject"))
    assert state(world, "W3", BOX_LINE) == "REJECTED"
    line = line_of(world, "GLV")
    assert line.state == "AT_RISK"
    assert "by SUP-9002" in world.data(line)["reason"]
    assert open_codes(world)["order.line-rejected"] == "buyer"


@pytest.mark.walks("W3.048")
def test_a_backordered_confirmation_without_a_date_says_so(world: World) -> None:
    """The supplier gives no date: the reason says so, nothing is invented."""
    order_box(world)
    continental(world, wire_cxml.confirmation("backordered", day=""))
    assert state(world, "W3", BOX_LINE) == "BACKORDERED"
    [told] = [x for x in world.exceptions() if x["code"] == "order.backordered"]
    assert "no date given" in told["summary"]


@pytest.mark.walks("W3.046")
def test_a_confirmation_that_changes_nothing_we_mind_is_taken(world: World) -> None:
    """Type detail with our quantity and a date is a change within tolerance (2.4 rule 3)."""
    order_box(world)
    continental(world, wire_cxml.confirmation("detail"))
    assert took(world, "W3", BOX_LINE).endswith("014 046")
    assert state(world, "W3", BOX_LINE) == "ACCEPTED"
    assert world.data(world.instance("W3", BOX_LINE))["promised"] == "2027-01-08"


def test_a_detail_without_a_date_is_not_taken_without_a_person(world: World) -> None:
    """W3.047 is not built: the confirmation waits on a desk and changes nothing."""
    order_box(world)
    continental(world, wire_cxml.confirmation("detail", day=""))
    assert state(world, "W3", BOX_LINE) == "TRANSPORT_ACKED"
    [told] = [x for x in world.exceptions() if x["code"] == "RULE_NOT_BUILT"]
    assert "W3.047" in told["summary"]


@pytest.mark.parametrize(
    ("status", "verdict", "ends"),
    [("accept", "accept", "CANCELLED"), ("accept", "reject", "ACCEPTED")],
)
def test_a_cancelled_case_deletes_the_cxml_order(
    world: World, status: str, verdict: str, ends: str
) -> None:
    """S96: the document is deleted by cXML; the answer names our change and settles it."""

    order_box(world)
    continental(world, wire_cxml.confirmation(status))
    world.hl7(
        siu("S15", card="PC-GLOVE", sent="20270105081500-0600", control="MSG2", status="CANCELLED")
    )
    [change] = sent(world, "order.change")
    assert change.control_id == f"{BOX_PO}.1001@suture"
    assert b'type="delete"' in change.content
    assert state(world, "W3", BOX_LINE) == "CANCEL_PENDING"
    continental(world, wire_cxml.change_answer(verdict))
    assert state(world, "W3", BOX_LINE) == ends


def test_a_moved_case_restates_the_cxml_order(world: World) -> None:
    """S95: an update restates the order with the new day; accepted, it is written to the ERP."""

    token = order_box(world)
    continental(world, wire_cxml.confirmation("accept"))
    moved = {"start": "20270114073000-0600", "sent": "20270105081500-0600", "control": "MSG2"}
    world.hl7(siu("S13", card="PC-GLOVE", **moved))
    [change] = sent(world, "order.change")
    assert b'type="update"' in change.content
    assert b'requestedDeliveryDate="2027-01-14"' in change.content
    assert state(world, "W3", BOX_LINE) == "CHANGE_PENDING"
    continental(world, wire_cxml.change_answer("accept"))
    assert state(world, "W3", BOX_LINE) == "ACCEPTED"
    [told] = sent(world, "erp.order.change")
    assert b'"2027-01-14"' in told.content
    assert case_of(world, token).state == "COVERED"


def test_a_cxml_order_refused_in_the_response_is_never_sent_again(world: World) -> None:
    """2.0.7: a 4xx Status in the body is a functional rejection; EDI desk, no resend."""
    book(world, card="PC-GLOVE")
    world.answers["order.dispatch"] = Refused("cxml.status-406")
    lines = (("GLV", "1", "BX", "12.50"),)
    made = purchase_order(submit(world), po=BOX_PO, supplier="SUP-9002", lines=lines)

    erp(world, made, last=6)
    assert took(world, "W3", BOX_LINE) == "001 002 006 019"
    assert open_codes(world)["order.rejected-997"] == "integration engineer"
    world.advance(days=2)
    assert len(sent(world, "order.dispatch")) == 1


@pytest.mark.walks("CASE.008")
def test_stock_of_gloves_is_granted_first_expiry_first(world: World) -> None:
    """2.0.12 FEFO: the lot that expires first is reserved first."""
    world.answers["erp.requisition.create"] = Accepted({"number": "RQ1"})
    shelve(world, PACK=5)
    kind, told = stock("GLV", 5, version=6)
    told["lots"] = [
        {"lot": "LATE", "expiry": "2029-12-31", "quantity": "3"},
        {"lot": "SOON", "expiry": "2028-01-31", "quantity": "2"},
    ]

    erp(world, (kind, told), last=6)
    book_second(world)
    lots = [(x["lot"], x["quantity"]) for x in world.data(line_of(world, "GLV"))["lots"]]
    assert lots == [("SOON", "2"), ("LATE", "2")]
