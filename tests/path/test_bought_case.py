"""Slice 2: a short case is bought by X12, received, matched and paid."""

from __future__ import annotations

import json
from typing import Any

from wire import dock, erp_page, purchase_order, siu, stock, x12, x810, x855, x856

from suture.core.outcome import Accepted
from suture.testing.world import World

PO = "PO4500012345"
LINE = f"{PO}/1"


def book_short_case(world: World) -> str:
    """Book a knee case with no femoral component in stock; return the requisition's key."""
    world.answers |= {
        "erp.requisition.create": Accepted({"number": "RQ1"}),
        "erp.receipt.post": Accepted({"number": "GR1"}),
        "erp.voucher.post": Accepted({"number": "VO1"}),
        "order.dispatch": Accepted({"evidence": "transfer"}),
    }
    world.arrive(
        erp_page(stock("PACK", 5), stock("F5", 0), last=2),
        endpoint="erp",
        format="erp",
        control_id="changes/0-2",
    )
    world.hl7(siu())
    world.advance(minutes=15)
    [requisition] = world.all("W7")
    return requisition.key


def erp(world: World, *changes: Any, last: int) -> None:
    """Let the ERP's cursor move."""
    world.arrive(
        erp_page(*changes, last=last), endpoint="erp", format="erp", control_id=f"changes/{last}"
    )


def supplier(world: World, set_id: str, functional: str, body: list[str], control: int) -> None:
    """Let Syntho send a transaction set."""
    world.arrive(
        x12(set_id, functional, body, control=control),
        endpoint="SUP-9001",
        format="x12",
        control_id=f"{control:09d}",
    )


def order(world: World) -> str:
    """Book, and let the ERP make the purchase order; return the requisition's key."""
    key = book_short_case(world)
    erp(world, purchase_order(key), last=3)
    return key


def acknowledge_transport(world: World) -> None:
    """Let the supplier's translator accept the 850."""
    [sent] = [s for s in world.sent if s.kind == "order.dispatch"]
    group, _, control = sent.control_id.partition("/")
    body = [f"AK1*PO*{group}", f"AK2*850*{control}", "AK5*A", "AK9*A*1*1*1"]
    supplier(world, "997", "FA", body, 200)


def scan(world: World, kind: str, **line: Any) -> None:
    """Let the dock scan or count."""
    body = dock(kind, **line)
    world.arrive(body, endpoint="dock", format="dock", control_id=json.loads(body)["scan_id"])


def test_a_short_case_is_bought_received_matched_and_paid(world: World) -> None:
    """S87, S88, S90: from the booked case to the paid invoice, each document once."""
    key = order(world)
    assert world.instance("W7", key).state == "ORDERED"
    assert world.instance("W3", LINE).state == "SENT"
    [dispatched] = [s for s in world.sent if s.kind == "order.dispatch"]
    assert b"BEG*00*NE*PO4500012345**20270104~" in dispatched.content
    assert b"PO1*1*1*EA*1450.00*CT*UK*" in dispatched.content
    acknowledge_transport(world)
    assert world.instance("W3", LINE).state == "TRANSPORT_ACKED"
    supplier(world, "855", "PR", x855("IA"), 201)
    assert world.instance("W3", LINE).state == "ACCEPTED"
    [case] = world.all("CASE")
    assert case.state == "COVERED"
    supplier(world, "856", "SH", x856(), 202)
    assert world.instance("W3", LINE).state == "SHIPPED"
    scan(world, "arrived")
    scan(world, "counted")
    assert world.instance("W4", f"SHP1/{LINE}").state == "POSTED"
    assert world.instance("W3", LINE).state == "RECEIVED"
    assert sorted(x.state for x in world.all("W2")) == ["RESERVED", "RESERVED"]
    supplier(world, "810", "IN", x810(), 203)
    [invoice] = world.all("W5")
    assert invoice.state == "POSTED"
    paid = {
        "payment_no": "PAY1",
        "voucher_no": "VO1",
        "external_ref": invoice.key,
        "invoice_no": "INV-77123",
        "amount": "1450.00",
        "paid_at": "2027-01-12T00:00:00Z",
    }
    erp(world, ("payment", paid), last=4)
    assert world.instance("W5", invoice.key).state == "PAID"
    assert world.instance("W3", LINE).state == "CLOSED"
    kinds = [s.kind for s in world.sent]
    for kind in ("erp.requisition.create", "order.dispatch", "erp.receipt.post"):
        assert kinds.count(kind) == 1
    assert kinds.count("erp.voucher.post") == 1
    assert not world.exceptions()


def test_a_backorder_puts_the_case_at_risk_with_its_reason(world: World) -> None:
    """S33, S89: 855 IB reaches the case with item, supplier, promised and needed dates."""
    order(world)
    acknowledge_transport(world)
    world.advance(days=4)
    supplier(world, "855", "PR", x855("IB", header="AC", day="20270125"), 201)
    assert world.instance("W3", LINE).state == "BACKORDERED"
    [case] = world.all("CASE")
    assert case.state == "AT_RISK"
    note = world.data(case)["note"]
    assert "FEMORAL COMP KNEE SZ 5 RT: backordered by SUP-9001" in note
    assert "promised 2027-01-25, needed 2027-01-11" in note
    codes = {x["code"]: x["owner"] for x in world.exceptions()}
    assert codes["order.backordered"] == "buyer"
    assert codes["case.at-risk"] == "OR buyer"
