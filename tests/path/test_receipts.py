"""Goods at the dock: noticed, scanned, counted, posted, shared out (spec 2.5)."""

from __future__ import annotations

import pytest
from stage import (
    LINE,
    PO,
    accept_order,
    book,
    case_of,
    erp,
    line_of,
    open_codes,
    order,
    reasons,
    scan,
    sent,
    shelf,
    ship_order,
    state,
    submit,
    syntho,
    took,
)
from wire import purchase_order, siu, stock, x855, x856

from suture.core.outcome import Accepted, Unavailable
from suture.documents.events import OrderChangeRequested
from suture.testing.world import World

RECEIPT = f"SHP1/{LINE}"


def order_three(world: World) -> str:
    """Let the ERP order three pieces for a case that needs one; return the case token."""
    token = book(world)
    lines = (("F5", "3", "EA", "1450.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    return token


def deliver(world: World, shipment: str, quantity: str, control: int) -> None:
    """Let a part be shipped, scanned and counted."""
    syntho(world, "856", "SH", x856(shipment=shipment, quantity=quantity), control)
    scan(world, "arrived", shipment=shipment, quantity=quantity)
    scan(world, "counted", shipment=shipment, quantity=quantity)


@pytest.mark.walks("W2.078", "W3.178", "W3.206", "W3.207")
def test_a_partial_receipt_covers_the_case_and_the_rest_is_awaited(world: World) -> None:
    """S90, W3.207, .178, .206: one of three covers the line; two more go to stock later."""
    token = order_three(world)
    accept_order(world)
    deliver(world, "SHP1", "1", 202)
    assert took(world, "W3", LINE).endswith("045 168 207")
    assert state(world, "W3", LINE) == "PART_RECEIVED"
    assert case_of(world, token).state == "COVERED"
    deliver(world, "SHP2", "2", 203)
    assert took(world, "W3", LINE).endswith("207 178 206")
    data = world.data(world.instance("W3", LINE))
    assert (data["shipped"], data["received"]) == ("3", "3")
    position = shelf(world, "F5")
    assert {k: v["quantity"] for k, v in position["pending"].items()} == {
        f"SHP1/{LINE}": "1",
        f"SHP2/{LINE}": "2",
    }
    assert [r["quantity"] for r in position["reservations"].values()] == ["1"]
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("025 025 023 078")
    assert state(world, "W2", line.key) == "RESERVED"
    assert not world.exceptions()


@pytest.mark.walks("W3.208")
def test_two_parts_of_one_shipment_stay_partial(world: World) -> None:
    """W3.208: one, one more, the third is still to come; a day later it is traced."""
    order_three(world)
    accept_order(world)
    deliver(world, "SHP1", "1", 202)
    scan(world, "arrived", shipment="SHP2")
    scan(world, "counted", shipment="SHP2")
    assert took(world, "W3", LINE).endswith("207 208")
    assert state(world, "W3", LINE) == "PART_RECEIVED"
    world.advance(days=6)
    assert state(world, "W3", LINE) == "OVERDUE"
    deliver(world, "SHP3", "1", 204)
    assert state(world, "W3", LINE) == "RECEIVED"
    assert "order.overdue" not in open_codes(world)


def test_a_book_position_that_shows_the_receipt_is_not_added_twice(world: World) -> None:
    """I4: on hand is the ERP's; our own posting counts only until the book shows it."""
    order(world)
    ship_order(world)
    scan(world, "arrived")
    erp(world, stock("F5", 1, version=9, cause="receipt", ref=RECEIPT), last=9)
    scan(world, "counted")
    position = shelf(world, "F5")
    assert (position["on_hand"], position["pending"]) == ("1", {})
    assert [r["quantity"] for r in position["reservations"].values()] == ["1"]
    assert state(world, "W2", line_of(world, "F5").key) == "RESERVED"


@pytest.mark.walks("W4.012")
@pytest.mark.parametrize(
    ("count", "issue"),
    [
        ({"quantity": "2"}, "more than ordered: 2 of 1"),
        ({"condition": "damaged"}, "condition: damaged"),
        ({"expiry": "2027-01-12"}, "expires 2027-01-12, too early for the need date"),
        ({"uom": "BX"}, "unit BX does not convert to EA"),
        ({"quantity": "0"}, "nothing was counted"),
        (
            {"udi": "(01)09521000000025(10)L7F21"},
            "the device identifier is not the ordered item's",
        ),
    ],
)
def test_a_count_that_differs_is_set_aside(world: World, count: dict[str, str], issue: str) -> None:
    """W4.012: nothing is posted; the receiving lead hears the order, the line and the issue."""
    order(world)
    ship_order(world)
    scan(world, "arrived")
    scan(world, "counted", **count)
    assert took(world, "W4", RECEIPT) == "001 004 012"
    assert world.data(world.instance("W4", RECEIPT))["issues"] == [issue]
    assert reasons(world, "W4", RECEIPT) == [issue]
    [told] = [x for x in world.exceptions() if x["code"] == "receipt.discrepancy"]
    assert told["owner"] == "receiving lead"
    assert told["summary"] == f"shipment SHP1, order {PO} line 1: {issue}"
    assert not sent(world, "erp.receipt.post")
    assert state(world, "W3", LINE) == "SHIPPED"


@pytest.mark.walks("W3.188", "W4.002")
def test_goods_without_a_ship_notice_are_received(world: World) -> None:
    """W4.002, W3.188: no ASN, flagged; received, posted and allocated all the same."""
    order(world)
    accept_order(world)
    scan(world, "arrived")
    assert took(world, "W4", RECEIPT) == "002"
    scan(world, "counted")
    assert took(world, "W4", RECEIPT) == "002 011 018 019"
    assert took(world, "W3", LINE).endswith("045 188")
    assert state(world, "W3", LINE) == "RECEIVED"
    assert "no ship notice, flagged" in reasons(world, "W3", LINE)[0]
    assert line_of(world, "F5").state == "RESERVED"


def test_goods_nobody_ordered_are_told(world: World) -> None:
    """W4.003 is not built: goods without an open order are kept on a desk, no receipt begins."""
    order(world)
    scan(world, "arrived", po="PO9")
    assert not world.all("W4")
    assert open_codes(world) == {"RULE_NOT_BUILT": "integration engineer"}


@pytest.mark.walks("W3.189")
def test_a_part_without_a_ship_notice(world: World) -> None:
    """W3.189: a part of an accepted order arrives unannounced."""
    order_three(world)
    accept_order(world)
    scan(world, "arrived")
    scan(world, "counted")
    assert took(world, "W3", LINE).endswith("045 189")


@pytest.mark.walks("W2.023", "W4.011", "W4.018", "W4.019")
@pytest.mark.parametrize(("quantity", "rule"), [("1", "183"), ("3", "182")])
def test_goods_before_any_acknowledgement(world: World, quantity: str, rule: str) -> None:
    """W3.182, .183: goods prove more than a 997 could."""
    order_three(world)
    scan(world, "arrived", quantity=quantity)
    scan(world, "counted", quantity=quantity)
    assert took(world, "W3", LINE).endswith(f"016 {rule}")


@pytest.mark.parametrize(("quantity", "rule"), [("1", "185"), ("3", "184")])
def test_goods_while_delivery_is_unknown(world: World, quantity: str, rule: str) -> None:
    """W3.184, .185: the question to the supplier has answered itself."""
    order_three(world)
    world.answers["order.lookup"] = Unavailable("http.down", "down")
    world.advance(hours=5)
    scan(world, "arrived", quantity=quantity)
    scan(world, "counted", quantity=quantity)
    assert took(world, "W3", LINE).endswith(f"018 {rule}")


@pytest.mark.walks("W2.031")
@pytest.mark.parametrize(("quantity", "rule"), [("1", "195"), ("3", "194")])
def test_goods_on_a_backordered_line(world: World, quantity: str, rule: str) -> None:
    """W3.194, .195, W2.031: the goods end the risk."""
    token = order_three(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    scan(world, "arrived", quantity=quantity)
    scan(world, "counted", quantity=quantity)
    assert took(world, "W3", LINE).endswith(f"031 {rule}")
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("026 073 031")
    assert state(world, "W2", line.key) == "RESERVED"
    assert shelf(world, "F5")["waiting"] == {}
    assert case_of(world, token).state == "COVERED"
    assert not open_codes(world)


@pytest.mark.parametrize(("quantity", "rule"), [("1", "201"), ("3", "200")])
def test_goods_while_a_change_is_open(world: World, quantity: str, rule: str) -> None:
    """W3.200, .201: the goods overtake the 865."""
    order_three(world)
    accept_order(world)
    ask = OrderChangeRequested(reason="buyer")
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    scan(world, "arrived", quantity=quantity)
    scan(world, "counted", quantity=quantity)
    assert took(world, "W3", LINE).endswith(f"095 162 {rule}")


@pytest.mark.parametrize(("quantity", "rule"), [("1", "203"), ("3", "202")])
def test_goods_while_a_cancel_is_open(world: World, quantity: str, rule: str) -> None:
    """W3.202, .203: goods of a cancelled case arrive before the 865; nobody holds them."""
    order_three(world)
    accept_order(world)
    world.hl7(siu("S15", sent="20270104091500-0600", control="MSG9", status="CANCELLED"))
    scan(world, "arrived", quantity=quantity)
    scan(world, "counted", quantity=quantity)
    assert took(world, "W3", LINE).endswith(f"099 162 {rule}")
    assert shelf(world, "F5")["reservations"] == {}


@pytest.mark.walks("W3.105", "W3.124")
def test_the_rest_of_a_part_received_order_is_cancelled(world: World) -> None:
    """W3.105, .124: one is here, the rest is cancelled: RECEIVED, the ERP's line is cancelled."""
    order_three(world)
    accept_order(world)
    deliver(world, "SHP1", "1", 202)
    ask = OrderChangeRequested(reason="enough")
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE).endswith("207 105 162")
    syntho(world, "865", "CA", [f"BCA*00*AT*{PO}**1001*20270104", "CTT*0"], 210)
    assert took(world, "W3", LINE).endswith("162 124")
    assert state(world, "W3", LINE) == "RECEIVED"
    assert len(sent(world, "erp.order.cancel")) == 1


@pytest.mark.walks("W3.086")
def test_a_rejection_after_a_part_was_received(world: World) -> None:
    """W3.086: the 855 that rejects settles the open cancel of the rest."""
    order_three(world)
    accept_order(world)
    deliver(world, "SHP1", "1", 202)
    ask = OrderChangeRequested(reason="enough")
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    syntho(world, "855", "PR", x855("IR", day=""), 210)
    assert took(world, "W3", LINE).endswith("162 086")


@pytest.mark.walks("W3.125")
def test_a_refused_cancel_of_shipped_goods(world: World) -> None:
    """W3.125: something had been shipped: the line is SHIPPED again, a buyer decides."""
    order_three(world)
    accept_order(world)
    deliver(world, "SHP1", "1", 202)
    ask = OrderChangeRequested(reason="enough")
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    syntho(world, "865", "CA", [f"BCA*00*RJ*{PO}**1001*20270104", "CTT*0"], 210)
    assert took(world, "W3", LINE).endswith("162 125")
    assert open_codes(world) == {"order.cancel-refused": "buyer"}


@pytest.mark.walks("W3.106", "W3.107", "W3.180", "W4.028")
def test_a_cancel_after_everything_came_is_too_late(world: World) -> None:
    """W3.106, .107, .209: the goods are in stock; a buyer decides about a return."""
    order(world)
    ship_order(world)
    scan(world, "arrived")
    scan(world, "counted")
    ask = OrderChangeRequested(reason="enough")
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE).endswith("206 106")
    assert open_codes(world) == {"order.cancel-refused": "buyer"}
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    syntho(world, "856", "SH", x856(), 203)
    assert took(world, "W3", LINE).endswith("106 107 180")
    assert took(world, "W4", RECEIPT).endswith("019 028")


@pytest.mark.walks("W4.001", "W4.004", "W4.007")
def test_announced_goods_that_do_not_come_are_missed(world: World) -> None:
    """W4.007, .001, .004: missing after grace; announced again, then here."""
    order(world)
    ship_order(world)
    world.advance(days=6)
    assert took(world, "W4", RECEIPT) == "001 007"
    assert open_codes(world)["receipt.missing"] == "receiving lead"
    assert state(world, "W3", LINE) == "OVERDUE"
    syntho(world, "856", "SH", x856(day="20270113"), 209)
    assert took(world, "W4", RECEIPT) == "001 007 001"
    assert state(world, "W3", LINE) == "SHIPPED"
    scan(world, "arrived")
    assert took(world, "W4", RECEIPT) == "001 007 001 004"
    assert "receipt.missing" not in open_codes(world)


@pytest.mark.walks("W4.005", "W4.010")
def test_a_corrected_ship_notice_replaces_the_lots(world: World) -> None:
    """W4.005, .010: corrected before and after arrival; the shipped quantity counts once."""
    order(world)
    ship_order(world)
    corrected = [row.replace("L7F21", "L7F22") for row in x856()]
    syntho(world, "856", "SH", corrected, 203)
    notified = world.data(world.instance("W4", RECEIPT))["notified"]
    assert [x["lot"] for x in notified["lots"]] == ["L7F22"]
    scan(world, "arrived")
    syntho(world, "856", "SH", x856(), 204)
    assert took(world, "W4", RECEIPT) == "001 005 004 010"
    notified = world.data(world.instance("W4", RECEIPT))["notified"]
    assert [x["lot"] for x in notified["lots"]] == ["L7F21"]
    assert world.data(world.instance("W3", LINE))["shipped"] == "1"


def test_goods_of_nobody_are_put_on_a_desk(world: World) -> None:
    """W4.003 is not built: unsolicited goods become an owned exception."""
    scan(world, "arrived")
    [told] = world.exceptions()
    assert told["code"] == "RULE_NOT_BUILT"
    assert "W4.003" in told["summary"]
    assert not world.all("W4")


@pytest.mark.walks("W3.210")
def test_goods_posted_after_the_cancel_was_settled(world: World) -> None:
    """W3.210: the dock was faster than the ERP: goods of a cancelled line are on a desk."""
    order(world)
    accept_order(world)
    world.answers["erp.receipt.post"] = Unavailable("http.down", "down")
    scan(world, "arrived")
    scan(world, "counted")
    world.hl7(siu("S15", sent="20270104091500-0600", control="MSG9", status="CANCELLED"))
    syntho(world, "865", "CA", [f"BCA*00*AT*{PO}**1001*20270104", "CTT*0"], 210)
    assert state(world, "W3", LINE) == "CANCELLED"
    world.answers["erp.receipt.post"] = Accepted({"number": "GR1"})
    world.advance(minutes=5)
    assert took(world, "W4", RECEIPT) == "002 011 018 019"
    assert took(world, "W3", LINE).endswith("123 210")
    assert open_codes(world) == {"order.finished-line": "buyer"}
    assert shelf(world, "F5")["reservations"] == {}


@pytest.mark.walks("W4.012")
def test_a_count_for_a_finished_order_is_set_aside(world: World) -> None:
    """W4.012: the order line is finished: nothing is posted."""
    order(world)
    accept_order(world)
    scan(world, "arrived")
    world.hl7(siu("S15", sent="20270104091500-0600", control="MSG9", status="CANCELLED"))
    syntho(world, "865", "CA", [f"BCA*00*AT*{PO}**1001*20270104", "CTT*0"], 210)
    scan(world, "counted")
    assert reasons(world, "W4", RECEIPT) == ["the order line is finished"]
