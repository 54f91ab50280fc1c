"""Slice 3: the EHR cancels a case; each line gives back what it holds, by its own state."""

from __future__ import annotations

from typing import Any

import pytest
from stage import (
    LINE,
    PO,
    accept_order,
    book,
    case_of,
    erp,
    functional_ack,
    line_of,
    open_codes,
    order,
    receive_order,
    scan,
    sent,
    shelf,
    ship_order,
    state,
    submit,
    syntho,
    took,
    writes,
)
from wire import purchase_order, siu, x855, x856, x865

from suture.core.outcome import Accepted, Unavailable, Uncertain
from suture.documents import codec
from suture.documents.events import OrderChangeRequested
from suture.journal.record import NewEvent
from suture.testing.world import World


def cancel(world: World, trigger: str = "S15", **more: Any) -> None:
    """Let the EHR cancel the case."""
    more = {"sent": "20270104091500-0600", "control": "MSG9", "status": "CANCELLED", **more}
    world.hl7(siu(trigger, **more))


@pytest.mark.walks("CASE.069", "W2.057")
def test_a_reserved_line_gives_its_stock_back(world: World) -> None:
    """W2.057: released; the position is free for the next case."""
    token = book(world, card="PC-PACK")
    cancel(world, card="PC-PACK")
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007 057"
    assert took(world, "CASE", token) == "001 002 009 069"
    assert shelf(world, "PACK")["reservations"] == {}
    assert world.data(case_of(world, token))["note"] == "cancelled"


@pytest.mark.walks("W2.056")
def test_a_line_without_a_source_is_let_go(world: World) -> None:
    """W2.056: an OPTIONAL line that waited for stock waits no more."""
    book(world, card="PC-STOCK")
    assert shelf(world, "OPT")["waiting"]
    cancel(world, card="PC-STOCK")
    assert took(world, "W2", line_of(world, "OPT").key) == "001 003 008 073 056"
    assert line_of(world, "OPT").state == "RELEASED"
    assert shelf(world, "OPT")["waiting"] == {}


@pytest.mark.walks("W2.061", "W7.004")
def test_a_draft_is_withdrawn_before_the_erp_hears_of_it(world: World) -> None:
    """W2.061, W7.004: nothing was sent, nothing is to be taken back."""
    token = book(world)
    cancel(world)
    assert took(world, "W2", line_of(world, "F5").key) == "001 003 008 010 061"
    [requisition] = world.all("W7")
    assert took(world, "W7", requisition.key) == "001 004"
    world.advance(hours=1)
    assert not world.sent
    assert state(world, "CASE", token) == "CANCELLED"


@pytest.mark.walks("W7.034")
def test_a_requisition_in_the_erp_is_cancelled_there(world: World) -> None:
    """W7.034: the ERP cancels the requisition by its number."""
    book(world)
    requisition = submit(world)
    cancel(world)
    assert took(world, "W7", requisition) == "001 002 006 023 025 034"
    [told] = sent(world, "erp.requisition.cancel")
    assert b'"requisition_no":"RQ1"' in told.content
    assert writes(world) == {"erp.requisition.cancel": "POSTED"}


@pytest.mark.walks("W7.039")
def test_an_order_that_crosses_the_cancel_is_never_dispatched(world: World) -> None:
    """W7.039: the ERP had ordered already: its order is cancelled, the supplier hears nothing."""
    book(world)
    requisition = submit(world)
    cancel(world)
    erp(world, purchase_order(requisition), last=6)
    assert took(world, "W7", requisition) == "001 002 006 023 025 034 039"
    assert state(world, "W7", requisition) == "CANCELLED"
    named = world.read(lambda r: r.aliases("po", PO))
    assert named == [("W7", requisition)]
    [told] = sent(world, "erp.order.cancel")
    assert told.control_id == f"{LINE}/cancel"
    assert not sent(world, "order.dispatch")
    assert not world.all("W3")


@pytest.mark.walks("W7.031")
def test_a_requisition_withdrawn_while_posting_is_settled_first(world: World) -> None:
    """W7.031: the outcome is unknown; once the ERP has it, it is cancelled there."""
    book(world)
    world.answers["erp.requisition.create"] = Uncertain("http.no-answer", "lost")
    world.answers["erp.requisition.find"] = Unavailable("http.down", "down")
    requisition = submit(world)
    assert state(world, "W7", requisition) == "ERP_UNKNOWN"
    cancel(world)
    assert took(world, "W7", requisition) == "001 002 006 023 026 031"
    world.answers["erp.requisition.find"] = Accepted({"found": "true", "number": "RQ7"})
    world.advance(minutes=2)
    assert took(world, "W7", requisition) == "001 002 006 023 026 031 027 034"
    assert b'"requisition_no":"RQ7"' in sent(world, "erp.requisition.cancel")[0].content


@pytest.mark.walks("W3.098", "W3.123")
def test_a_sent_order_is_cancelled_by_860(world: World) -> None:
    """S96, W3.098, W3.123: 860 asks, 865 settles, the ERP's line is cancelled once."""
    token = order(world)
    cancel(world)
    [change] = sent(world, "order.change")
    assert b"BCH*01*SA*PO4500012345**1001*20270104~" in change.content
    assert b"POC*1*DI*1*0*EA*" in change.content
    assert took(world, "W2", line_of(world, "F5").key) == "001 003 008 010 021 062"
    syntho(world, "865", "CA", x865("AT"), 210)
    assert took(world, "W3", LINE) == "001 002 006 016 098 162 123"
    assert state(world, "W3", LINE) == "CANCELLED"
    [told] = sent(world, "erp.order.cancel")
    assert told.control_id == f"{LINE}/cancel"
    assert took(world, "CASE", token) == "001 002 008 069"
    assert not world.exceptions()


@pytest.mark.walks("W3.099", "W3.123", "W3.133", "W3.153", "W3.159", "W3.181")
def test_an_accepted_order_is_cancelled_and_late_news_changes_nothing(world: World) -> None:
    """W3.099, .123, .133, .153, .181: an answer on a finished line goes to the buyer's desk."""
    order(world)
    accept_order(world)
    cancel(world)
    syntho(world, "865", "CA", x865("AT"), 210)
    assert took(world, "W3", LINE) == "001 002 006 016 014 045 099 162 123"
    syntho(world, "865", "CA", x865("AT"), 211)
    assert took(world, "W3", LINE).endswith("123 133")
    assert not world.exceptions()
    syntho(world, "855", "PR", x855("IA"), 212)
    assert took(world, "W3", LINE).endswith("133 153")
    assert open_codes(world) == {"order.finished-line": "buyer"}
    syntho(world, "855", "PR", x855("IR", day=""), 213)
    assert took(world, "W3", LINE).endswith("153 159")
    syntho(world, "856", "SH", x856(), 214)
    assert took(world, "W3", LINE).endswith("159 181")
    assert state(world, "W3", LINE) == "CANCELLED"
    [told] = [x for x in world.exceptions() if x["code"] == "order.finished-line"]
    assert told["count"] == 2
    assert len(sent(world, "erp.order.cancel")) == 1


@pytest.mark.walks("W2.062")
@pytest.mark.parametrize(
    ("ack", "rule"),
    [("IA", "087"), ("DR", "088"), ("IB", "089"), ("BP", "090"), ("IS", "091"), ("IH", "092")],
)
def test_an_855_that_crosses_our_cancel_decides_nothing(world: World, ack: str, rule: str) -> None:
    """W3.087-.092: stored; the 865 decides."""
    order(world)
    cancel(world)
    syntho(world, "855", "PR", x855(ack), 201)
    assert took(world, "W3", LINE).endswith(f"098 162 {rule}")
    assert state(world, "W3", LINE) == "CANCEL_PENDING"
    assert state(world, "W2", line_of(world, "F5").key) == "RELEASED"


@pytest.mark.walks("W3.093")
def test_a_detail_855_without_the_line_crosses_our_cancel(world: World) -> None:
    """W3.093: a detail acknowledgement that leaves the line out decides nothing either."""
    order(world)
    cancel(world)
    syntho(world, "855", "PR", [f"BAK*00*AC*{PO}*20270104", "CTT*0"], 201)
    assert took(world, "W3", LINE).endswith("098 162 093")
    assert state(world, "W3", LINE) == "CANCEL_PENDING"


@pytest.mark.walks("W3.085")
def test_a_rejection_that_crosses_our_cancel_settles_it(world: World) -> None:
    """W3.085: rejected means cancelled; the ERP's line is cancelled."""
    order(world)
    cancel(world)
    syntho(world, "855", "PR", x855("IR", day=""), 201)
    assert took(world, "W3", LINE).endswith("098 162 085")
    assert state(world, "W3", LINE) == "CANCELLED"
    assert writes(world) == {"erp.order.cancel": "POSTED"}


@pytest.mark.walks("W3.126")
def test_a_refused_cancel_lets_the_order_stand(world: World) -> None:
    """W3.126: a buyer is told that goods are coming for a cancelled case."""
    order(world)
    accept_order(world)
    cancel(world)
    syntho(world, "865", "CA", x865("RJ"), 210)
    assert took(world, "W3", LINE).endswith("099 162 126")
    assert state(world, "W3", LINE) == "ACCEPTED"
    assert open_codes(world) == {"order.cancel-refused": "buyer"}
    assert not sent(world, "erp.order.cancel")


@pytest.mark.walks("W3.104")
def test_a_cancel_after_shipping_comes_too_late(world: World) -> None:
    """W3.104: nothing is asked of the supplier; a buyer decides about the goods."""
    order(world)
    ship_order(world)
    cancel(world)
    assert took(world, "W3", LINE).endswith("168 104")
    assert state(world, "W3", LINE) == "SHIPPED"
    assert open_codes(world) == {"order.cancel-refused": "buyer"}
    assert not sent(world, "order.change")


@pytest.mark.walks("W2.076", "W3.175")
def test_goods_shipped_while_the_cancel_was_open(world: World) -> None:
    """W3.175: the ship notice wins; received, the goods become stock of nobody."""
    order(world)
    accept_order(world)
    cancel(world)
    syntho(world, "856", "SH", x856(), 202)
    assert took(world, "W3", LINE).endswith("099 162 175")
    assert took(world, "W2", line_of(world, "F5").key).endswith("062 076")
    assert line_of(world, "F5").state == "RELEASED"
    assert open_codes(world) == {"order.cancel-refused": "buyer"}
    scan(world, "arrived")
    scan(world, "counted")
    assert took(world, "W3", LINE).endswith("175 206")
    position = shelf(world, "F5")
    assert position["reservations"] == {}
    assert [x["quantity"] for x in position["pending"].values()] == ["1"]


@pytest.mark.walks("W2.057")
def test_received_goods_of_a_cancelled_case_go_to_stock(world: World) -> None:
    """W2.057 on a received line: the goods stay, the reservation goes."""
    order(world)
    receive_order(world)
    cancel(world)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key).endswith("023 057")
    assert shelf(world, "F5")["reservations"] == {}
    assert not sent(world, "order.change")


@pytest.mark.walks("W2.063")
def test_a_backordered_order_is_cancelled_with_its_risk(world: World) -> None:
    """W2.063: the risk is closed and the open order is settled."""
    order(world)
    functional_ack(world)
    syntho(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    assert shelf(world, "F5")["waiting"]
    cancel(world)
    assert took(world, "W2", line_of(world, "F5").key).endswith("026 073 063")
    assert line_of(world, "F5").state == "RELEASED"
    assert shelf(world, "F5")["waiting"] == {}
    assert took(world, "W3", LINE).endswith("048 099 162")
    syntho(world, "865", "CA", x865("AT"), 210)
    assert not world.exceptions()


@pytest.mark.walks("W3.008")
def test_an_order_still_in_the_outbox_is_taken_back(world: World) -> None:
    """W3.008: the document is withdrawn in the same transaction; nothing is ever sent."""
    book(world)
    requisition = submit(world)
    world.core.deliverer.adapters.pop("SUP-9001", None)  # type: ignore[attr-defined]
    erp(world, purchase_order(requisition), last=6)
    assert state(world, "W3", LINE) == "READY"
    cancel(world)
    assert took(world, "W3", LINE) == "001 002 008"
    assert state(world, "W3", LINE) == "CANCELLED"
    assert not sent(world, "order.dispatch")
    assert writes(world) == {"erp.order.cancel": "POSTED"}
    [held] = world.deliveries("W3", LINE)
    assert str(held.state) == "withdrawn"


@pytest.mark.walks("W3.008")
def test_an_order_that_provably_did_not_leave_is_taken_back(world: World) -> None:
    """W3.008: the channel is down and the document waits for its next try: it is withdrawn."""
    book(world)
    world.answers["order.dispatch"] = Unavailable("http.down", "down")
    erp(world, purchase_order(submit(world)), last=6)
    assert state(world, "W3", LINE) == "READY"
    cancel(world)
    assert took(world, "W3", LINE) == "001 002 008"
    assert state(world, "W3", LINE) == "CANCELLED"
    world.answers["order.dispatch"] = Accepted({"evidence": "transfer"})
    world.advance(hours=1)
    assert len(sent(world, "order.dispatch")) == 1, "the try before the cancel, none after it"


@pytest.mark.walks("W3.006", "W3.229")
def test_an_order_on_the_wire_is_cancelled_as_soon_as_it_is_sent(world: World) -> None:
    """W3.229, W3.006: what is being sent cannot be withdrawn; sent, it is cancelled by 860."""
    book(world)

    def while_sending(content: bytes) -> Accepted:
        payload = codec.encode(OrderChangeRequested(reason="case cancelled"))
        now = world.clock.now()
        made = NewEvent("wire/1", "purchase_order.cancel_requested", "W3", LINE, now, payload)
        world.operations.write(lambda tx: tx.append(made, now))
        return Accepted({"evidence": "transfer"})

    world.answers["order.dispatch"] = while_sending
    erp(world, purchase_order(submit(world)), last=6)
    assert took(world, "W3", LINE) == "001 002 229 006 016 098 162"
    assert len(sent(world, "order.change")) == 1
    syntho(world, "865", "CA", x865("AT"), 210)
    assert state(world, "W3", LINE) == "CANCELLED"


@pytest.mark.walks("W3.127", "W3.129")
def test_a_cancel_that_nobody_answers_is_asked_for(world: World) -> None:
    """W3.127, .129: unknown is asked for by order number; found, the cancel is sent again."""
    order(world)
    cancel(world)
    world.answers["order.lookup"] = Accepted({"found": "true"})
    world.advance(hours=9)
    assert took(world, "W3", LINE) == "001 002 006 016 098 162 127 129 162"
    assert state(world, "W3", LINE) == "CANCEL_PENDING"
    assert [s.content.count(b"**2001*") for s in sent(world, "order.change")] == [0, 1]
    syntho(world, "865", "CA", x865("AT", sequence=2001), 210)
    assert state(world, "W3", LINE) == "CANCELLED"


@pytest.mark.walks("W3.130")
def test_a_cancel_of_an_order_the_supplier_does_not_have_is_done(world: World) -> None:
    """W3.130: absent at the supplier means cancelled; the ERP's line follows."""
    order(world)
    cancel(world)
    world.answers["order.lookup"] = Accepted({"found": "false"})
    world.advance(hours=9)
    assert took(world, "W3", LINE).endswith("127 130")
    assert state(world, "W3", LINE) == "CANCELLED"
    assert writes(world) == {"erp.order.cancel": "POSTED"}


@pytest.mark.walks("W3.128")
def test_a_cancel_that_stays_unknown_is_a_phone_call(world: World) -> None:
    """W3.128: no answer to the question either: a person calls, nothing is sent again."""
    order(world)
    cancel(world)
    world.answers["order.lookup"] = Unavailable("http.down", "down")
    world.advance(hours=9)
    world.advance(hours=9)
    assert took(world, "W3", LINE).endswith("127 128")
    assert state(world, "W3", LINE) == "CANCEL_UNKNOWN"
    assert open_codes(world)["order.no-answer"] == "buyer"
    assert len(sent(world, "order.change")) == 1


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        ("S15", "cancelled"),
        ("S16", "discontinued"),
        ("S17", "entered in error"),
        ("S26", "no show"),
    ],
)
def test_every_way_to_end_a_case_ends_its_demand(world: World, trigger: str, reason: str) -> None:
    """2.1: S15, S16, S17 and S26 cancel; the reason is the EHR's."""
    token = book(world, card="PC-PACK")
    cancel(world, trigger, card="PC-PACK")
    assert state(world, "CASE", token) == "CANCELLED"
    assert world.data(case_of(world, token))["note"] == reason


def test_a_line_taken_off_the_card_is_cancelled_alone(world: World) -> None:
    """2.1 R1: another card without the pack: its line is released, the other stays."""
    token = book(world, card="PC-KNEE")
    world.hl7(siu("S14", card="PC-SIDES", sent="20270104091500-0600", control="MSG2", side="LT"))
    assert state(world, "W2", line_of(world, "F5").key) == "RELEASED"
    lines = world.data(case_of(world, token))["lines"]
    assert len(lines) == 1
    assert state(world, "CASE", token) == "COVERED"
