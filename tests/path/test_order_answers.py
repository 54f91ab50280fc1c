"""What suppliers answer to an order, in any order, and what the hub does about it (spec 2.4)."""

from __future__ import annotations

import json

import pytest
from stage import (
    LINE,
    PO,
    accept_order,
    book,
    erp,
    functional_ack,
    line_of,
    open_codes,
    order,
    scan,
    sent,
    shelf,
    state,
    submit,
    syntho,
    took,
)
from wire import purchase_order, stock, x12, x855, x856

from suture.core.outcome import Accepted, Unavailable
from suture.documents.events import OrderChangeRequested, TimerFired
from suture.testing.world import World


@pytest.mark.walks("W3.028", "W3.164")
def test_an_acceptance_carries_its_promise_to_the_case(world: World) -> None:
    """W3.028: an 855 without a 997 proves delivery too; promised 8 January, in time."""
    token = order(world)
    syntho(world, "855", "PR", x855("IA"), 201)
    assert took(world, "W3", LINE) == "001 002 006 016 028"
    data = world.data(world.instance("W3", LINE))
    assert (data["promised"], data["ack_code"]) == ("2027-01-08", "IA")
    assert data["supplier_order"] == "SO778899"
    line = world.data(line_of(world, "F5"))
    assert (line["promised"], line["is_confirmed"]) == ("2027-01-08", True)
    assert state(world, "CASE", token) == "COVERED"
    functional_ack(world)
    assert took(world, "W3", LINE).endswith("028 164")


@pytest.mark.walks("W3.029", "W3.055")
def test_a_change_without_harm_is_taken(world: World) -> None:
    """W3.029, .046, .055: date rescheduled with a date: within tolerance (2.4 rule 3)."""
    order(world)
    syntho(world, "855", "PR", x855("DR", day="20270109"), 201)
    assert took(world, "W3", LINE).endswith("016 029")
    syntho(world, "855", "PR", x855("IA", day="20270108"), 202)
    assert took(world, "W3", LINE).endswith("029 054")
    syntho(world, "855", "PR", x855("DR", day="20270107"), 203)
    assert took(world, "W3", LINE).endswith("054 055")
    assert world.data(world.instance("W3", LINE))["promised"] == "2027-01-07"
    assert not world.exceptions()


def test_a_dearer_implant_is_not_taken_without_a_person(world: World) -> None:
    """W3.047 is not built: a price change of an implant waits on a desk (2.4 rule 3)."""
    order(world)
    functional_ack(world)
    body = [row.replace("1450.00", "1450.01") for row in x855("IP")]
    syntho(world, "855", "PR", body, 201)
    assert state(world, "W3", LINE) == "TRANSPORT_ACKED"
    [told] = world.exceptions()
    assert (told["code"], told["owner"]) == ("RULE_NOT_BUILT", "integration engineer")
    assert "W3.047" in told["summary"]


@pytest.mark.walks("W2.024")
def test_a_promise_after_the_need_puts_the_case_at_risk(world: World) -> None:
    """W2.024: accepted, but for 12 January; needed by the evening of 10 January (local)."""
    token = order(world)
    syntho(world, "855", "PR", x855("IA", day="20270112"), 201)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 021 024 073"
    assert "promised 2027-01-12, needed 2027-01-11" in world.data(line)["reason"]
    assert state(world, "W3", LINE) == "ACCEPTED"
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    assert open_codes(world) == {"line.at-risk": "OR buyer"}
    syntho(world, "855", "PR", x855("IA", day="20270113"), 202)
    assert took(world, "W2", line.key).endswith("073 028")
    syntho(world, "855", "PR", x855("IA", day="20270109"), 203)
    assert took(world, "W2", line.key).endswith("028 027")
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W2.025")
def test_a_promise_for_shipment_counts_a_day_on_the_road(world: World) -> None:
    """2.0.6 qualifier 079: promised for shipment on the 8th is delivery on the 9th."""
    order(world)
    body = [row.replace("*069*", "*079*") for row in x855("IA")]
    syntho(world, "855", "PR", body, 201)
    assert world.data(world.instance("W3", LINE))["promised"] == "2027-01-09"


@pytest.mark.walks("W2.029", "W3.031", "W3.062", "W3.065")
def test_a_backorder_is_lifted_by_a_later_acceptance(world: World) -> None:
    """W3.031, .065, .062: backordered, again backordered, then accepted in time."""
    token = order(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    assert took(world, "W3", LINE).endswith("016 031")
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270128"), 202)
    assert took(world, "W3", LINE).endswith("031 065")
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("026 073 029")
    assert world.data(world.instance("W2", line.key))["promised"] == "2027-01-28"
    [told] = [x for x in world.exceptions() if x["code"] == "order.backordered"]
    assert (told["count"], told["usd_at_risk"]) == (2, "1450.00")
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    syntho(world, "855", "PR", x855("IA"), 203)
    assert took(world, "W3", LINE).endswith("065 062")
    assert took(world, "W2", line.key).endswith("029 027")
    assert state(world, "W2", line.key) == "ON_ORDER"
    assert shelf(world, "F5")["waiting"] == {}
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W2.027", "W3.063")
def test_a_backorder_is_lifted_by_a_change(world: World) -> None:
    """W3.063: a change with a date within tolerance is an acceptance too."""
    order(world)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    syntho(world, "855", "PR", x855("DR"), 202)
    assert took(world, "W3", LINE).endswith("048 063")


@pytest.mark.walks("W3.057")
def test_an_accepted_line_falls_into_backorder(world: World) -> None:
    """W3.057: the later 855 supersedes; the covered case is at risk."""
    token = order(world)
    accept_order(world)
    world.advance(days=4)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 203)
    assert took(world, "W3", LINE).endswith("045 057")
    assert state(world, "CASE", token) == "AT_RISK"
    assert took(world, "CASE", token) == "001 002 008 009 016"


@pytest.mark.walks("W2.032")
def test_stock_that_appears_covers_a_backordered_line(world: World) -> None:
    """W2.032: stock is found: the case is covered, the open order is cancelled."""
    token = order(world)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    erp(world, stock("F5", 1, version=9, cause="count"), last=9)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("026 073 032")
    assert state(world, "W2", line.key) == "RESERVED"
    assert state(world, "W3", LINE) == "CANCEL_PENDING"
    assert state(world, "CASE", token) == "COVERED"
    assert "line.at-risk" not in open_codes(world)


@pytest.mark.walks("W2.026")
@pytest.mark.parametrize(("ack_first", "rule"), [(False, "034"), (True, "051")])
def test_a_rejected_line_is_at_risk(world: World, *, ack_first: bool, rule: str) -> None:
    """W3.034, .051: IR: the buyer is told, demand hears it, nothing is promised."""
    order(world)
    if ack_first:
        functional_ack(world)
    syntho(world, "855", "PR", x855("IR", day=""), 201)
    assert took(world, "W3", LINE).endswith(rule)
    assert state(world, "W3", LINE) == "REJECTED"
    assert world.data(world.instance("W3", LINE))["promised"] is None
    assert "rejected (IR) by SUP-9001" in world.data(line_of(world, "F5"))["reason"]
    assert open_codes(world) == {"order.line-rejected": "buyer", "line.at-risk": "OR buyer"}


@pytest.mark.walks("W3.060", "W3.108", "W3.230")
def test_an_accepted_line_is_rejected_later(world: World) -> None:
    """W3.060, .108: rejected after all; cancelling it then needs no 860."""
    order(world)
    accept_order(world)
    syntho(world, "855", "PR", x855("IR", day=""), 203)
    assert took(world, "W3", LINE).endswith("045 060")
    assert world.data(world.instance("W3", LINE))["promised"] is None
    ask = OrderChangeRequested(reason="sourced elsewhere")
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE).endswith("060 108")
    assert state(world, "W3", LINE) == "CLOSED"
    assert not sent(world, "order.change")
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE).endswith("108 230")


@pytest.mark.parametrize(("ack_first", "rule"), [(False, "036"), (True, "053")])
def test_a_line_missing_from_a_detail_855_is_not_assumed(
    world: World, *, ack_first: bool, rule: str
) -> None:
    """W3.036, .053: header AC lists every line; ours is not there: a buyer is told."""
    order(world)
    if ack_first:
        functional_ack(world)
    syntho(world, "855", "PR", [f"BAK*00*AC*{PO}*20270104", "CTT*0"], 201)
    assert took(world, "W3", LINE).endswith(rule)
    assert state(world, "W3", LINE) == "TRANSPORT_ACKED"
    assert open_codes(world) == {"order.line-missing": "buyer"}


def test_a_header_speaks_for_lines_it_does_not_list(world: World) -> None:
    """2.0.6 BAK02: AT accepts all, RJ rejects all."""
    order(world)
    functional_ack(world)
    syntho(world, "855", "PR", [f"BAK*00*AT*{PO}*20270104", "CTT*0"], 201)
    assert state(world, "W3", LINE) == "ACCEPTED"
    assert world.data(world.instance("W3", LINE))["promised"] == "2027-01-10", "as needed"
    syntho(world, "855", "PR", [f"BAK*00*RJ*{PO}*20270104", "CTT*0"], 202)
    assert state(world, "W3", LINE) == "REJECTED"


@pytest.mark.walks("W3.015")
def test_a_997_with_errors_is_delivered_and_never_sent_again(world: World) -> None:
    """S78, W3.015: E means delivered; the EDI desk looks at it."""
    order(world)
    functional_ack(world, "E")
    assert took(world, "W3", LINE) == "001 002 006 016 015"
    assert state(world, "W3", LINE) == "TRANSPORT_ACKED"
    assert open_codes(world) == {"order.accepted-with-errors": "integration engineer"}
    world.advance(days=1)
    assert len(sent(world, "order.dispatch")) == 1


@pytest.mark.walks("W3.019", "W3.161")
def test_a_rejected_997_is_on_the_edi_desk(world: World) -> None:
    """W3.019: R: the document was rejected; it is not sent again by itself."""
    order(world)
    functional_ack(world, "R")
    assert took(world, "W3", LINE) == "001 002 006 016 019"
    assert open_codes(world) == {"order.rejected-997": "integration engineer"}
    functional_ack(world, "A", control=220)
    assert took(world, "W3", LINE).endswith("019 161")
    world.advance(days=2)
    assert len(sent(world, "order.dispatch")) == 1
    ask = OrderChangeRequested(reason="case moved")
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE).endswith("161 010 002 006 016")
    assert len(sent(world, "order.dispatch")) == 2


@pytest.mark.walks("W3.018", "W3.020")
def test_no_997_in_time_is_asked_and_found(world: World) -> None:
    """W3.018, .020: four hours without a 997: ask by order number; found means delivered."""
    order(world)
    world.answers["order.lookup"] = Accepted({"found": "true"})
    world.advance(hours=5)
    assert took(world, "W3", LINE) == "001 002 006 016 018 020"
    assert state(world, "W3", LINE) == "TRANSPORT_ACKED"
    [asked] = sent(world, "order.lookup")
    assert json.loads(asked.content) == {"po_number": PO, "lines": ["1"]}
    assert len(sent(world, "order.dispatch")) == 1


@pytest.mark.walks("W3.021", "W3.234")
def test_no_997_in_time_and_absent_is_sent_again(world: World) -> None:
    """W3.021: the supplier does not have it: the same order again, under the same number."""
    order(world)
    world.answers["order.lookup"] = Accepted({"found": "false"})
    world.advance(hours=5)
    assert took(world, "W3", LINE).startswith("001 002 006 016 018 021 234 016")
    one, two = sent(world, "order.dispatch")
    body = one.content.partition(b"BEG")[2].partition(b"SE*")[0]
    assert body == two.content.partition(b"BEG")[2].partition(b"SE*")[0]
    assert one.control_id != two.control_id


@pytest.mark.walks("W3.022")
def test_an_order_nobody_answers_for_is_a_phone_call(world: World) -> None:
    """W3.022: no answer to the question either: a person calls; nothing is sent again."""
    order(world)
    world.answers["order.lookup"] = Unavailable("http.down", "down")
    world.advance(hours=5)
    world.advance(hours=5)
    assert took(world, "W3", LINE) == "001 002 006 016 018 022"
    assert open_codes(world)["order.no-answer"] == "buyer"
    assert len(sent(world, "order.dispatch")) == 1
    functional_ack(world)
    assert took(world, "W3", LINE).endswith("022 014")


@pytest.mark.walks("W3.026", "W3.027", "W3.045")
def test_no_855_in_time_is_chased(world: World) -> None:
    """W3.026, .027, .045: a day without an 855: chased, then a phone call; then accepted."""
    order(world)
    functional_ack(world)
    world.advance(hours=25)
    assert took(world, "W3", LINE).endswith("014 026")
    assert state(world, "W3", LINE) == "ACK_OVERDUE"
    assert open_codes(world) == {"order.ack-overdue": "buyer"}
    world.advance(hours=49)
    assert took(world, "W3", LINE).endswith("026 027")
    assert "order.no-answer" in open_codes(world)
    syntho(world, "855", "PR", x855("IA"), 201)
    assert took(world, "W3", LINE).endswith("027 045")
    assert not open_codes(world)


@pytest.mark.walks("W3.147", "W3.148", "W3.177", "W3.219")
def test_a_late_delivery_is_traced(world: World) -> None:
    """W3.219, .147, .148, .177: a day after the promise the buyer traces; the ASN ends it."""
    order(world)
    accept_order(world)
    world.advance(days=6)
    assert took(world, "W3", LINE).endswith("045 219")
    assert open_codes(world)["order.overdue"] == "buyer"
    syntho(world, "855", "PR", x855("IA"), 203)
    syntho(world, "855", "PR", x855("DR"), 204)
    assert took(world, "W3", LINE).endswith("219 147 148")
    syntho(world, "856", "SH", x856(day="20270111"), 205)
    assert took(world, "W3", LINE).endswith("148 177")
    assert "order.overdue" not in open_codes(world)


@pytest.mark.walks("W3.135", "W3.142", "W3.165", "W3.179")
def test_a_shipment_before_any_acknowledgement_is_an_acceptance(world: World) -> None:
    """W3.165: an 856 for a sent order: acceptance implied; the case is covered."""
    token = order(world)
    syntho(world, "856", "SH", x856(), 202)
    assert took(world, "W3", LINE) == "001 002 006 016 165"
    assert state(world, "CASE", token) == "COVERED"
    syntho(world, "856", "SH", x856(), 203)
    assert took(world, "W3", LINE).endswith("165 179")
    assert world.data(world.instance("W3", LINE))["shipped"] == "1"
    syntho(world, "855", "PR", x855("IA"), 204)
    functional_ack(world)
    assert took(world, "W3", LINE).endswith("179 135 164")
    syntho(world, "855", "PR", [f"BAK*00*AC*{PO}*20270104", "CTT*0"], 206)
    assert took(world, "W3", LINE).endswith("164 142")


@pytest.mark.walks("W3.166")
def test_a_shipment_while_delivery_is_unknown(world: World) -> None:
    """W3.166: the goods prove that the order arrived."""
    order(world)
    world.answers["order.lookup"] = Unavailable("http.down", "down")
    world.advance(hours=5)
    syntho(world, "856", "SH", x856(), 202)
    assert took(world, "W3", LINE).endswith("018 166")


@pytest.mark.walks("W3.171")
def test_a_backordered_line_ships_after_all(world: World) -> None:
    """W3.171: the ship notice supersedes the backorder."""
    token = order(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    syntho(world, "856", "SH", x856(), 202)
    assert took(world, "W3", LINE).endswith("031 171")
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W3.095", "W3.122", "W3.174")
def test_an_asn_while_a_change_is_open_keeps_the_old_terms(world: World) -> None:
    """W3.174, .122: goods left meanwhile; the 865 that refuses changes nothing."""
    order(world)
    accept_order(world)
    ask = OrderChangeRequested(reason="case moved")
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    syntho(world, "856", "SH", x856(), 202)
    assert took(world, "W3", LINE).endswith("095 162 174")
    body = [f"BCA*00*RJ*{PO}**1001*20270104", "CTT*0"]
    syntho(world, "865", "CA", body, 210)
    assert took(world, "W3", LINE).endswith("174 122")


def test_an_answer_for_an_order_we_do_not_know_waits_and_is_told(world: World) -> None:
    """G5: fifteen minutes for its parent, then an owned exception."""
    world.arrive(
        x12("856", "SH", x856(po="PO9999999999")),
        endpoint="SUP-9001",
        format="x12",
        control_id="100",
    )
    assert not world.exceptions()
    world.advance(minutes=16)
    assert open_codes(world) == {"UNEXPECTED_EVENT": "integration engineer"}


def test_two_orders_one_unknown_line_in_an_855(world: World) -> None:
    """An 855 that speaks of a line we never ordered: that line waits, ours is accepted."""
    order(world)
    body = [*x855("IA")[:-1], "PO1*2*1*EA*10.00", "ACK*IA*1*EA", "CTT*2"]
    syntho(world, "855", "PR", body, 201)
    assert state(world, "W3", LINE) == "ACCEPTED"
    world.advance(minutes=16)
    [told] = world.exceptions()
    assert (told["machine"], told["key"]) == ("W3", f"{PO}/2")


@pytest.mark.walks("W3.220")
def test_an_overdue_backorder_is_only_noted(world: World) -> None:
    """W3.220: a backordered line has no delivery to be late; the clock's event is recorded."""
    order(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    fired = TimerFired(name="delivery", due=world.clock.now())
    world.event("timer.delivery_overdue", "W3", LINE, fired)
    assert took(world, "W3", LINE).endswith("031 220")


def test_a_shipped_order_keeps_its_promise_date(world: World) -> None:
    """The ship notice's day replaces the 855's; the demand line shows it."""
    order(world)
    accept_order(world)
    syntho(world, "856", "SH", x856(day="20270107"), 202)
    assert world.data(world.instance("W3", LINE))["promised"] == "2027-01-07"
    assert world.data(line_of(world, "F5"))["promised"] == "2027-01-07"


@pytest.mark.walks("W3.233")
def test_late_transport_news_of_a_received_order_is_recorded(world: World) -> None:
    """W3.233: a 997 after the goods changes nothing."""
    order(world)
    syntho(world, "856", "SH", x856(), 202)
    scan(world, "arrived")
    scan(world, "counted")
    functional_ack(world)
    assert took(world, "W3", LINE).endswith("165 206 233")


@pytest.mark.parametrize(
    "answer", [{"quantity": "2"}, {"quantity": "3", "uom": "BX"}], ids=["fewer", "another unit"]
)
def test_a_yes_to_something_else_is_no_yes(world: World, answer: dict[str, str]) -> None:
    """S88: IA for less than ordered, or in another unit, covers nothing: a person decides."""
    book(world)
    lines = (("F5", "3", "EA", "1450.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    syntho(world, "855", "PR", x855("IA", **answer), 201)
    assert world.instance("W3", LINE).state == "SENT"
    assert open_codes(world) == {"RULE_NOT_BUILT": "integration engineer"}


def test_a_yes_at_a_higher_price_is_no_yes(world: World) -> None:
    """S88: an implant's price may not rise with the acceptance."""
    order(world)
    body = [row.replace("1450.00", "1460.00") for row in x855("IA")]
    syntho(world, "855", "PR", body, 201)
    assert world.instance("W3", LINE).state == "SENT"
    assert open_codes(world) == {"RULE_NOT_BUILT": "integration engineer"}
