"""Slice 3: invoices are matched untouched, or become an exception with an owner (spec 2.6)."""

from __future__ import annotations

import pytest
import wire_cxml
from stage import (
    BOX_LINE,
    BOX_PO,
    LINE,
    PO,
    accept_order,
    approve,
    book,
    continental,
    erp,
    open_codes,
    order,
    order_box,
    reasons,
    receive_order,
    reject,
    scan,
    sent,
    ship_order,
    state,
    submit,
    syntho,
    tasks,
    took,
)
from wire import purchase_order, x810, x856

from suture.testing.world import World

INVOICE = "SUP-9001|INV77123|standard"


def bill(world: World, control: int = 203, **more: str) -> None:
    """Let Syntho send an 810."""
    syntho(world, "810", "IN", x810(**more), control)


def pay(world: World, key: str = INVOICE, last: int = 20) -> None:
    """Let the ERP report the payment."""
    paid = {
        "payment_no": "PAY1",
        "voucher_no": "VO1",
        "external_ref": key,
        "invoice_no": "INV-77123",
        "amount": "1450.00",
        "paid_at": "2027-01-12T00:00:00Z",
    }
    erp(world, ("payment", paid), last=last)


@pytest.mark.walks("W5.007", "W5.008", "W5.010")
def test_an_invoice_before_its_receipt_waits_for_it(world: World) -> None:
    """W5.008, .010, .007: AWAITING_RECEIPT, then matched by the receipt, untouched."""
    order(world)
    accept_order(world)
    bill(world)
    assert took(world, "W5", INVOICE) == "001 005 008"
    assert state(world, "W5", INVOICE) == "AWAITING_RECEIPT"
    assert "a receipt is missing: waits for it" in reasons(world, "W5", INVOICE)
    assert not sent(world, "erp.voucher.post")
    syntho(world, "856", "SH", x856(), 204)
    scan(world, "arrived")
    scan(world, "counted")
    assert took(world, "W5", INVOICE) == "001 005 008 010 007 026 027"
    assert len(sent(world, "erp.voucher.post")) == 1
    assert not world.exceptions()


@pytest.mark.walks("W3.023", "W5.005")
def test_an_invoice_proves_that_the_order_arrived(world: World) -> None:
    """W3.023: billed before any acknowledgement: delivered, the 855 clock runs."""
    order(world)
    bill(world)
    assert took(world, "W3", LINE) == "001 002 006 016 023"
    assert state(world, "W3", LINE) == "TRANSPORT_ACKED"


@pytest.mark.walks("W5.011")
def test_a_receipt_that_never_comes_is_an_exception(world: World) -> None:
    """W5.011: five days later: NO_RECEIPT; a receipt after that still matches it."""
    order(world)
    accept_order(world)
    bill(world)
    world.advance(hours=121)
    assert took(world, "W5", INVOICE) == "001 005 008 011"
    assert state(world, "W5", INVOICE) == "EXCEPTION"
    assert open_codes(world)["invoice.no-receipt"] == "AP analyst"
    scan(world, "arrived")
    scan(world, "counted")
    assert took(world, "W5", INVOICE) == "001 005 008 011 010 007 026 027"
    assert "invoice.no-receipt" not in open_codes(world)


@pytest.mark.walks("W5.009", "W5.014", "W5.063")
def test_a_price_variance_goes_to_the_contract_analyst(world: World) -> None:
    """S92, W5.009, .014: owner, evidence, money at risk; released by a named person."""
    order(world)
    receive_order(world)
    bill(world, price="1493.50")
    assert took(world, "W5", INVOICE) == "001 005 009"
    data = world.data(world.instance("W5", INVOICE))
    assert data["result"] == "out_of_tolerance"
    [line] = data["lines"]
    assert (line["result"], line["billed"], line["expected"]) == ("PRICE", "1493.50", "1450.00")
    assert "(+3.0 %), tolerance implant" in line["detail"]
    [told] = world.exceptions()
    assert (told["code"], told["owner"]) == ("invoice.price", "contract analyst")
    assert told["usd_at_risk"] == "43.50"
    assert len(told["case_tokens"]) == 1
    [task] = tasks(world)
    assert (task.id, task.role) == (f"{INVOICE}.variance", "contract analyst")
    assert not sent(world, "erp.voucher.post")
    approve(world, "W5", INVOICE, task.id, by="cara", reason="")
    assert state(world, "W5", INVOICE) == "EXCEPTION", "a release needs a reason"
    approve(world, "W5", INVOICE, task.id, by="cara", reason="amendment 7")
    assert took(world, "W5", INVOICE) == "001 005 009 063 014 026 027"
    assert world.data(world.instance("W5", INVOICE))["released_by"] == "cara"
    assert len(sent(world, "erp.voucher.post")) == 1
    assert not tasks(world)
    assert "invoice.price" not in open_codes(world)


@pytest.mark.walks("W5.003")
def test_a_rejected_variance_is_never_paid(world: World) -> None:
    """W5.003 from EXCEPTION: REJECTED with its reason; nothing is posted."""
    order(world)
    receive_order(world)
    bill(world, price="1493.50")
    reject(world, "W5", INVOICE, f"{INVOICE}.variance", by="cara", reason="not agreed")
    assert took(world, "W5", INVOICE) == "001 005 009 003"
    assert not sent(world, "erp.voucher.post")
    assert not tasks(world)
    assert not world.exceptions()
    scan(world, "counted", shipment="SHP9")
    assert state(world, "W5", INVOICE) == "REJECTED"


def test_a_lower_price_is_accepted(world: World) -> None:
    """2.6 auto-resolver: a price decrease is logged and paid."""
    order(world)
    receive_order(world)
    bill(world, price="1400.00")
    assert took(world, "W5", INVOICE) == "001 005 007 026 027"
    assert "line 1: MATCH billed 1400.00 expected 1450.00" in _match(world)


def _match(world: World) -> str:
    return "; ".join(
        text
        for t in world.transitions("W5", INVOICE)
        for text in _decision(t.decision)
        if text.startswith("line")
    )


def _decision(raw: bytes) -> list[str]:
    import json

    found: list[str] = json.loads(raw)["reasons"]
    return found


def test_a_quantity_variance_goes_to_receiving(world: World) -> None:
    """2.0.3 MATCH: three ordered, one received, three billed; the case of a short receipt."""
    book(world)
    lines = (("F5", "3", "EA", "1450.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    accept_order(world)
    body = [row.replace("IT1*1*1*EA", "IT1*1*4*EA") for row in x810()]
    body = [row.replace("TDS*145000", "TDS*580000") for row in body]
    syntho(world, "810", "IN", body, 203)
    assert took(world, "W5", INVOICE) == "001 005 009"
    [told] = world.exceptions()
    assert (told["code"], told["owner"]) == ("invoice.qty", "receiving lead")
    assert "billed 4 of 3 ordered" in told["summary"]


@pytest.mark.walks("W5.047")
def test_the_same_number_with_punctuation_is_one_invoice(world: World) -> None:
    """S91: `INV-77123`, `inv 77123` are one number: at most one voucher; AP hears the second."""
    order(world)
    receive_order(world)
    bill(world)
    bill(world, 204)
    assert took(world, "W5", INVOICE) == "001 005 007 026 027 047"
    assert state(world, "W5", INVOICE) == "POSTED"
    assert not world.exceptions()
    bill(world, 205, invoice="inv 77123", price="1499.00")
    assert took(world, "W5", INVOICE).endswith("047 047")
    assert open_codes(world) == {"invoice.number-again": "AP analyst"}
    assert len(world.all("W5")) == 1
    assert len(sent(world, "erp.voucher.post")) == 1


@pytest.mark.walks("W5.002", "W5.003")
def test_a_look_alike_is_decided_by_a_person(world: World) -> None:
    """W5.002, .003: another number, same order, amount and lines within ten days."""
    order(world)
    receive_order(world)
    bill(world)
    bill(world, 204, invoice="INV-88000", day="20270112")
    twin = "SUP-9001|INV88000|standard"
    assert took(world, "W5", twin) == "001 002"
    [task] = tasks(world)
    assert (task.id, task.role) == (f"{twin}.duplicate", "AP analyst")
    assert "looks like INV-77123" in task.title
    reject(world, "W5", twin, task.id, by="ann", reason="same goods")
    assert took(world, "W5", twin) == "001 002 003"
    assert len(sent(world, "erp.voucher.post")) == 1
    assert not world.exceptions()


@pytest.mark.walks("W5.004")
def test_a_look_alike_that_is_none_goes_on(world: World) -> None:
    """W5.004: a named person says it is not a duplicate: two came, each is billed alone."""
    book(world)
    lines = (("F5", "2", "EA", "1450.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    accept_order(world)
    scan(world, "arrived", quantity="2")
    scan(world, "counted", quantity="2")
    bill(world)
    bill(world, 204, invoice="INV-88000", day="20270112")
    twin = "SUP-9001|INV88000|standard"
    approve(world, "W5", twin, f"{twin}.duplicate", by="", reason="?")
    assert state(world, "W5", twin) == "DUPLICATE_SUSPECT"
    approve(world, "W5", twin, f"{twin}.duplicate", by="ann", reason="second delivery")
    assert took(world, "W5", twin) == "001 002 004 007 026 027"
    assert "invoice.duplicate" not in open_codes(world)
    assert not tasks(world)


@pytest.mark.walks("W5.001", "W5.006")
def test_an_invoice_without_our_order_is_kept_with_an_owner(world: World) -> None:
    """W5.006: NO_PO."""
    order(world)
    bill(world, po="PO1")
    assert took(world, "W5", INVOICE) == "001 006"
    assert state(world, "W5", INVOICE) == "EXCEPTION"
    assert open_codes(world) == {"invoice.no-po": "AP analyst"}


@pytest.mark.walks("W5.006")
def test_an_order_of_another_supplier_is_no_order_of_this_one(world: World) -> None:
    """W5.006: Continental bills Syntho's order: NO_PO, nothing is matched."""
    order(world)
    receive_order(world)
    continental(world, wire_cxml.invoice(po=PO))
    assert took(world, "W5", "SUP-9002|C9001|standard") == "001 006"
    assert open_codes(world) == {"invoice.no-po": "AP analyst"}


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ({"price": "12.62", "total": "12.62"}, "001 005 007 026 027"),
        ({"price": "12.64", "total": "12.64"}, "001 005 009"),
        ({"total": "12.80", "shipping": "0.30"}, "001 005 007 026 027"),
        ({"total": "52.50", "shipping": "40.00"}, "001 005 009"),
        ({"price": "0.25", "quantity": "50", "unit": "EA"}, "001 005 007 026 027"),
        ({"price": "0.25", "quantity": "51", "unit": "EA", "total": "12.75"}, "001 005 009"),
        ({"price": "12.50", "unit": "CS"}, "001 005 009"),
    ],
)
def test_gloves_are_matched_within_their_tolerance(
    world: World, more: dict[str, str], rules: str
) -> None:
    """2.0.12: med-surg 1 % and 3 % freight; units are compared through the packaging tree."""
    order_box(world)
    continental(world, wire_cxml.confirmation("accept"))
    continental(world, wire_cxml.ship_notice())
    count = {"po": BOX_PO, "shipment": "CSHP1", "uom": "BX", "lot": "G33"}
    scan(world, "arrived", **count)
    scan(world, "counted", **count)
    continental(world, wire_cxml.invoice(**more))
    assert took(world, "W5", "SUP-9002|C9001|standard") == rules
    assert state(world, "W3", BOX_LINE) == "RECEIVED"


@pytest.mark.walks("W3.226", "W5.036")
def test_a_payment_closes_the_order_line_and_a_repeated_one_changes_nothing(world: World) -> None:
    """W5.036, W3.226: PAID, CLOSED; the payment number is found by its alias."""
    order(world)
    receive_order(world)
    bill(world)
    pay(world)
    assert took(world, "W5", INVOICE) == "001 005 007 026 027 036"
    assert took(world, "W3", LINE).endswith("206 226")
    assert reasons(world, "W3", LINE) == ["invoice INV-77123 paid by PAY1"]
    named = world.read(lambda r: r.aliases("payment", "PAY1"))
    assert named == [("W5", INVOICE)]
    pay(world, last=21)
    assert state(world, "W5", INVOICE) == "PAID"


@pytest.mark.walks("W5.045")
def test_a_second_receipt_of_a_paid_order_changes_nothing_on_the_invoice(world: World) -> None:
    """W5.045: late receipts are recorded on an invoice that is settled."""
    book(world)
    lines = (("F5", "2", "EA", "1450.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    ship_order(world)
    scan(world, "arrived")
    scan(world, "counted")
    bill(world)
    assert state(world, "W5", INVOICE) == "POSTED"
    scan(world, "arrived", shipment="SHP2")
    scan(world, "counted", shipment="SHP2")
    assert took(world, "W5", INVOICE) == "001 005 007 026 027 045"
    assert state(world, "W5", INVOICE) == "POSTED"
    assert state(world, "W3", LINE) == "RECEIVED"
    assert not world.exceptions()


def test_a_credit_of_no_known_invoice_is_nobodys(world: World) -> None:
    """A credit of no invoice of ours waits for it, then it has an owner; nothing is paid."""
    order(world)
    receive_order(world)
    body = [row + "***CR" if row.startswith("BIG*") else row for row in x810(invoice="CM-1")]
    syntho(world, "810", "IN", body, 208)
    world.advance(minutes=16)
    [told] = world.exceptions()
    assert told["code"] == "UNEXPECTED_EVENT"
    assert not sent(world, "erp.voucher.post")
