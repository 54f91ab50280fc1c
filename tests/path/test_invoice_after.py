"""Invoices beside the straight path: credits, corrections, disputes, reversals (spec 2.6)."""

from __future__ import annotations

import functools
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from small_master import SYNTHO
from stage import (
    LINE,
    PO,
    accept_order,
    approve,
    book,
    erp,
    open_codes,
    order,
    reasons,
    receive_order,
    scan,
    sent,
    state,
    submit,
    syntho,
    tasks,
    took,
    writes,
)
from wire import purchase_order, x810

from suture.core.outcome import Accepted, Refused, Unavailable, Uncertain
from suture.documents import codec
from suture.documents.events import ExceptionClosed, InvoiceReceived, ReceiptPosted
from suture.documents.invoice import (
    InvoiceDisputed,
    InvoiceVoided,
    InvoiceWithdrawn,
    OrderForInvoice,
    PaymentReturned,
    ReceiptReversed,
)
from suture.documents.supply import Invoice, InvoiceLine
from suture.journal.contract import Tx
from suture.journal.record import DeliveryState, NewEvent
from suture.testing.world import World

INVOICE = "SUP-9001|INV77123|standard"


def bill(world: World, control: int = 203, **more: str) -> None:
    """Let Syntho send an 810."""
    syntho(world, "810", "IN", x810(**more), control)


def corrected(purpose: str = "05", **more: str) -> list[str]:
    """Return an 810 that replaces (05) or cancels (01) the invoice of its number."""
    head, *rest = x810(**more)
    return [f"{head}****{purpose}", *rest]


def credit(number: str = "CM-1", *, about: str = "INV-77123", **more: str) -> list[str]:
    """Return an 810 credit memo about an invoice."""
    head, *rest = x810(invoice=number, **more)
    return [f"{head}***CR", *([f"REF*OI*{about}"] if about else []), *rest]


def together(world: World, *bodies: list[str], control: int = 230) -> None:
    """Let Syntho send several 810 in one interchange: they are announced at once."""
    sets = [
        f"ST*810*{n:04d}~{''.join(row + '~' for row in body)}SE*{len(body) + 2}*{n:04d}~"
        for n, body in enumerate(bodies, 1)
    ]
    content = (
        "ISA*00*          *00*          *ZZ*SUP9001DEMO    *ZZ*HSCIPDEMO      *270104*1502*^*00501"
        f"*{control:09d}*0*T*:~GS*IN*SUP9001DEMO*HSCIPDEMO*20270104*1502*{control}*X*005010~"
        f"{''.join(sets)}GE*{len(sets)}*{control}~IEA*1*{control:09d}~"
    )
    world.arrive(content.encode(), endpoint=SYNTHO, format="x12", control_id=f"{control:09d}")


def document(number: str, *, kind: str, price: str) -> Invoice:
    """Return a document of one line of F5."""
    row = InvoiceLine(
        line="1", po_line="1", quantity=Fraction(1), uom="EA", unit_price=Decimal(price)
    )
    return Invoice(
        invoice_no=number,
        supplier=SYNTHO,
        invoice_date=date(2027, 1, 10),
        po_number=PO,
        lines=(row,),
        total=Decimal(price),
        kind=kind,
    )


def at_once(world: World, *told: tuple[str, Any]) -> None:
    """Append several events of the invoice before any is decided."""
    now = world.clock.now()
    for number, (event_type, payload) in enumerate(told):
        made = NewEvent(
            id=f"test/at-once/{number}",
            type=event_type,
            machine="W5",
            key=INVOICE,
            time=now,
            payload=codec.encode(payload),
        )
        world.operations.write(functools.partial(_append, made, now))
    world.settle()


def _append(made: NewEvent, now: datetime, tx: Tx) -> None:
    tx.append(made, now)


def pay(world: World, last: int = 20, number: str = "PAY1") -> None:
    """Let the ERP report the payment."""
    paid = {
        "payment_no": number,
        "voucher_no": "VO1",
        "external_ref": INVOICE,
        "invoice_no": "INV-77123",
        "amount": "1450.00",
        "paid_at": "2027-01-12T00:00:00Z",
    }
    erp(world, ("payment", paid), last=last)


def billed(world: World, **more: str) -> None:
    """Let F5 be ordered, received and billed."""
    order(world)
    receive_order(world)
    syntho(world, "810", "IN", x810(**more), 203)


def data(world: World) -> dict[str, Any]:
    """Return what is kept of the invoice."""
    return world.data(world.instance("W5", INVOICE))


def vouchers(world: World) -> list[tuple[str, str]]:
    """Return (reference, amount) of the vouchers handed to the ERP."""
    import json

    told = [json.loads(x.content) for x in sent(world, "erp.voucher.post")]
    return [(x["external_ref"], x["amount"]) for x in told]


def reversal() -> ReceiptReversed:
    """Return that the receipt was reversed."""
    return ReceiptReversed(receipt=f"SHP1/{LINE}", by="R. Dock", reason="wrong item")


@pytest.mark.walks("W5.016")
def test_a_credit_of_the_difference_makes_the_invoice_match(world: World) -> None:
    """W5.016: billed 43.50 too much, credited before posting: the net is matched and paid."""
    billed(world, price="1493.50")
    assert state(world, "W5", INVOICE) == "EXCEPTION"
    syntho(world, "810", "IN", credit(price="43.50"), 210)
    assert took(world, "W5", INVOICE) == "001 005 009 016 007 026 027"
    assert vouchers(world) == [(INVOICE, "1450.00")]
    assert not world.exceptions()
    assert not tasks(world)


@pytest.mark.walks("W5.016", "W5.020")
def test_an_invoice_credited_whole_before_posting_is_never_paid(world: World) -> None:
    """W5.016, .020: nothing is left of it: no voucher, its number stays known."""
    billed(world, price="1493.50")
    syntho(world, "810", "IN", credit(price="1493.50"), 210)
    assert took(world, "W5", INVOICE) == "001 005 009 016 020"
    assert state(world, "W5", INVOICE) == "REJECTED"
    assert not sent(world, "erp.voucher.post")
    bill(world, 211)
    assert state(world, "W5", INVOICE) == "REJECTED"


@pytest.mark.walks("W5.017", "W5.066")
def test_two_credits_at_once_count_both(world: World) -> None:
    """W5.017, .066: the run after the first credit is overtaken by the second."""
    billed(world, price="1493.50")
    together(world, credit("CM-1", price="40.00"), credit("CM-2", price="3.50"))
    assert took(world, "W5", INVOICE) == "001 005 009 016 017 066 007 026 027"
    assert vouchers(world) == [(INVOICE, "1450.00")]


@pytest.mark.walks("W5.018", "W5.019")
def test_a_correction_replaces_the_invoice_and_both_are_kept(world: World) -> None:
    """W5.018, .019: the newest content counts; the earlier ones are kept."""
    billed(world, price="1493.50")
    together(world, corrected(price="1480.00"), corrected(price="1450.00"))
    assert took(world, "W5", INVOICE) == "001 005 009 018 019 066 007 026 027"
    assert [x["total"] for x in data(world)["earlier"]] == ["1493.50", "1480.00"]
    assert vouchers(world) == [(INVOICE, "1450.00")]
    assert not world.exceptions()


@pytest.mark.walks("W5.020", "W5.042")
def test_a_withdrawn_invoice_may_be_sent_again_corrected(world: World) -> None:
    """W5.020, .042: cancelled by the supplier, then corrected: a new version is matched."""
    billed(world, price="1493.50")
    syntho(world, "810", "IN", corrected("01"), 210)
    assert took(world, "W5", INVOICE) == "001 005 009 020"
    assert not tasks(world)
    assert not world.exceptions()
    syntho(world, "810", "IN", corrected(), 211)
    assert took(world, "W5", INVOICE) == "001 005 009 020 042 007 026 027"


@pytest.mark.walks("W5.015", "W5.024")
def test_a_dispute_without_an_answer_comes_back_to_its_owner(world: World) -> None:
    """W5.015, .024: disputed, thirty days later an exception again; a credit then settles it."""
    billed(world, price="1493.50")
    told = InvoiceDisputed(by="ann", reason="agreed 1450.00")
    world.event("invoice.disputed", "W5", INVOICE, told)
    assert state(world, "W5", INVOICE) == "DISPUTED"
    assert open_codes(world) == {"invoice.disputed": "AP analyst"}
    world.advance(days=31)
    assert took(world, "W5", INVOICE) == "001 005 009 015 024"
    assert "invoice.dispute-unanswered" in open_codes(world)
    syntho(world, "810", "IN", credit(price="43.50"), 210)
    assert state(world, "W5", INVOICE) == "POSTED"


@pytest.mark.walks("W5.021", "W5.022", "W5.023", "W5.034")
def test_what_comes_while_the_voucher_is_on_its_way_waits(world: World) -> None:
    """W5.021, .022: kept until the outcome is known, then treated as after the posting."""
    order(world)
    receive_order(world)
    world.answers["erp.voucher.post"] = Uncertain("http.no-answer", "no full answer")
    world.answers["erp.voucher.find"] = Uncertain("http.no-answer", "no full answer")
    bill(world)
    assert state(world, "W5", INVOICE) == "POST_UNKNOWN"
    syntho(world, "810", "IN", credit(price="50.00"), 210)
    syntho(world, "810", "IN", corrected("01"), 211)
    assert took(world, "W5", INVOICE).endswith("022 021")
    assert len(sent(world, "erp.voucher.post")) == 1
    world.answers["erp.voucher.post"] = Accepted({"number": "VO2"})
    world.answers["erp.voucher.find"] = Accepted({"number": "VO1"})
    world.advance(hours=2)
    assert took(world, "W5", INVOICE).endswith("031 046 027 034 023")
    assert vouchers(world)[-1] == (f"{INVOICE}/credit/CM-1", "-50.00")
    assert open_codes(world)["invoice.stop-payment"] == "finance integration analyst"


@pytest.mark.walks("W5.033")
def test_a_credit_of_the_whole_posted_invoice_reverses_it(world: World) -> None:
    """W5.033: credit and rebill: the offset voucher, then the new invoice is matched and paid."""
    billed(world)
    syntho(world, "810", "IN", credit(), 210)
    assert took(world, "W5", INVOICE) == "001 005 007 026 027 033"
    assert state(world, "W5", INVOICE) == "REVERSED"
    assert writes(world) == {"erp.voucher.post": "POSTED"}
    bill(world, 211, invoice="INV-77124")
    rebill = "SUP-9001|INV77124|standard"
    assert took(world, "W5", rebill) == "001 005 007 026 027"
    assert [x for _, x in vouchers(world)] == ["1450.00", "-1450.00", "1450.00"]
    assert not world.exceptions()


@pytest.mark.walks("W5.034", "W5.036", "W5.039", "W5.041", "W5.070")
def test_credits_around_the_payment(world: World) -> None:
    """W5.034, .039, .041: net payable; after the payment a recovery; a returned one reopens."""
    billed(world)
    syntho(world, "810", "IN", credit(price="50.00"), 210)
    syntho(world, "810", "IN", credit(price="50.00"), 211)
    assert took(world, "W5", INVOICE).endswith("027 034 034")
    assert len(vouchers(world)) == 2, "the same credit is offset once"
    pay(world)
    syntho(world, "810", "IN", credit("CM-2", price="30.00"), 212)
    assert state(world, "W5", INVOICE) == "ADJUSTED"
    assert open_codes(world)["invoice.recovery"] == "AP analyst"
    syntho(world, "810", "IN", credit("CM-3", price="5.00"), 213)
    assert took(world, "W5", INVOICE).endswith("036 039 070")
    back = PaymentReturned(payment_no="PAY1", reason="account closed")
    world.event("payment.returned", "W5", INVOICE, back)
    assert state(world, "W5", INVOICE) == "POSTED"
    assert "credits stay linked: the net is payable" in reasons(world, "W5", INVOICE)


@pytest.mark.walks("W5.038", "W5.040")
def test_a_payment_that_came_back_is_made_again(world: World) -> None:
    """W5.038, .040: payable again; once paid, a reversed receipt is a recovery case."""
    billed(world)
    pay(world)
    world.event(
        "payment.returned", "W5", INVOICE, PaymentReturned(payment_no="PAY1", reason="bank")
    )
    assert state(world, "W5", INVOICE) == "POSTED"
    assert open_codes(world)["invoice.payment-returned"] == "finance integration analyst"
    pay(world, 21, "PAY2")
    world.event("receipt.reversed", "W5", INVOICE, reversal())
    assert took(world, "W5", INVOICE).endswith("036 038 036 040")
    assert "invoice.recovery" in open_codes(world)


@pytest.mark.walks("W5.035", "W5.037", "W5.043", "W5.065")
def test_a_voucher_is_voided_by_an_independent_person(world: World) -> None:
    """W5.035, .037, .065, .043: who released it may not void it; paid all the same: recovery."""
    billed(world, price="1493.50")
    approve(world, "W5", INVOICE, f"{INVOICE}.variance", by="cara", reason="amendment 7")
    world.event("receipt.reversed", "W5", INVOICE, reversal())
    assert open_codes(world)["invoice.payment-block"]
    world.event("invoice.voided", "W5", INVOICE, InvoiceVoided(by="cara", reason="returned"))
    assert state(world, "W5", INVOICE) == "POSTED"
    world.event("invoice.voided", "W5", INVOICE, InvoiceVoided(by="dan", reason="returned"))
    assert took(world, "W5", INVOICE).endswith("035 065 037")
    assert vouchers(world)[-1][1] == "-1493.50"
    pay(world)
    assert took(world, "W5", INVOICE).endswith("037 043")
    assert open_codes(world)["invoice.paid-outside"] == "AP analyst"


@pytest.mark.walks("W5.025", "W5.068")
def test_a_receipt_reversed_before_the_posting_voids_the_match(world: World) -> None:
    """W5.025: the voucher's channel is down: the match is void, the invoice waits again."""
    order(world)
    receive_order(world)
    world.answers["erp.voucher.post"] = Unavailable("http.down", "down")
    bill(world)
    assert state(world, "W5", INVOICE) == "MATCHED"
    world.event("receipt.reversed", "W5", INVOICE, reversal())
    assert state(world, "W5", INVOICE) == "AWAITING_RECEIPT"
    world.event("receipt.reversed", "W5", INVOICE, reversal())
    assert took(world, "W5", INVOICE).endswith("025 068")
    world.answers["erp.voucher.post"] = Accepted({"number": "VO1"})
    world.advance(hours=2)
    assert took(world, "W5", INVOICE).endswith("025 068")
    assert {d.state for d in world.deliveries("W5", INVOICE)} == {DeliveryState.WITHDRAWN}


@pytest.mark.walks("W5.012", "W5.067")
def test_an_order_that_is_issued_after_its_invoice(world: World) -> None:
    """W5.012, .067: billed on a verbal order: matched again when the ERP issues the order."""
    book(world)
    requisition = submit(world)
    bill(world)
    assert open_codes(world)["invoice.no-po"] == "AP analyst"
    erp(world, purchase_order(requisition), last=6)
    assert took(world, "W5", INVOICE).startswith("001 006 012")
    assert state(world, "W5", INVOICE) == "AWAITING_RECEIPT"
    assert "invoice.no-po" not in open_codes(world)
    another = OrderForInvoice(po_number=PO, line="2")
    world.event("purchase_order.created", "W5", INVOICE, another)
    assert took(world, "W5", INVOICE).endswith("012 008 067")


@pytest.mark.walks("W5.064")
def test_a_price_without_proof_stays_an_exception(world: World) -> None:
    """W5.064: asked for a re-check, the contract of record does not have the price."""
    billed(world, price="1493.50")
    told = ExceptionClosed(by="ann", reason="the supplier says so")
    world.event("exception.auto_resolved", "W5", INVOICE, told)
    assert took(world, "W5", INVOICE) == "001 005 009 064"
    assert not sent(world, "erp.voucher.post")


@pytest.mark.walks("W5.062", "W5.014")
def test_a_large_variance_takes_two_signatures(world: World) -> None:
    """W5.062, .014: above 100.00 the first signature is kept, the same person is no second."""
    billed(world, price="1600.00")
    approve(world, "W5", INVOICE, f"{INVOICE}.variance", by="cara", reason="agreed")
    assert state(world, "W5", INVOICE) == "EXCEPTION"
    [task] = tasks(world)
    assert (task.id, task.role) == (f"{INVOICE}.countersign", "AP manager")
    approve(world, "W5", INVOICE, task.id, by="cara", reason="agreed")
    assert state(world, "W5", INVOICE) == "EXCEPTION"
    assert [x.id for x in tasks(world)] == [f"{INVOICE}.countersign"]
    approve(world, "W5", INVOICE, f"{INVOICE}.countersign", by="max", reason="agreed")
    assert took(world, "W5", INVOICE) == "001 005 009 062 063 014 026 027"
    assert data(world)["released_by"] == "cara and max"
    assert not tasks(world)


@pytest.mark.walks("W5.069")
def test_a_credit_after_a_refused_posting_is_matched_anew(world: World) -> None:
    """W5.069: the ERP refused the voucher; the net goes through the match again."""
    order(world)
    receive_order(world)
    world.answers["erp.voucher.post"] = Refused("erp.period-closed", "the period is closed")
    bill(world)
    assert state(world, "W5", INVOICE) == "POST_FAILED"
    world.answers["erp.voucher.post"] = Accepted({"number": "VO1"})
    syntho(world, "810", "IN", credit(price="50.00"), 210)
    assert took(world, "W5", INVOICE).endswith("029 069 007 026 027")
    assert vouchers(world)[-1] == (INVOICE, "1400.00")


@pytest.mark.walks("W5.071", "W5.072")
def test_a_credit_of_a_suspect_and_of_a_rejected_invoice(world: World) -> None:
    """W5.071, .072: linked before the check; recorded when nothing is owed anyway."""
    billed(world)
    bill(world, 204, invoice="INV-88000", day="20270112")
    twin = "SUP-9001|INV88000|standard"
    syntho(world, "810", "IN", credit(about="INV-88000", price="1.00"), 210)
    assert took(world, "W5", twin) == "001 002 071"
    told = InvoiceWithdrawn(reason="sent twice", by="ann")
    world.event("invoice.withdrawn", "W5", twin, told)
    syntho(world, "810", "IN", credit("CM-2", about="INV-88000", price="1.00"), 211)
    assert took(world, "W5", twin) == "001 002 071 020 072"


def test_a_credit_that_names_no_invoice_is_that_of_the_only_one(world: World) -> None:
    """Without REF OI the only open invoice of the order is meant."""
    billed(world)
    syntho(world, "810", "IN", credit(about="", price="50.00"), 210)
    assert took(world, "W5", INVOICE).endswith("027 034")
    assert Decimal(data(world)["credits"][0]["total"]) == Decimal("50.00")


@pytest.mark.walks("W5.061")
def test_a_receipt_that_meets_the_match_run_is_not_missed(world: World) -> None:
    """W5.061: a receipt between run and result starts the run anew."""
    billed(world, price="1493.50")
    told = ReceiptPosted(
        receipt="R2", receipt_no="GR2", po_number=PO, line="1", quantity=Fraction(1), uom="EA"
    )
    memo = InvoiceReceived(invoice=document("CM-1", kind="credit", price="43.50"))
    at_once(world, ("invoice.credited", memo), ("receipt.posted", told))
    assert took(world, "W5", INVOICE) == "001 005 009 016 061 066 007 026 027"


@pytest.mark.walks("W5.013")
def test_the_contract_of_record_proves_a_price(world: World) -> None:
    """W5.013: ordered below the contract's price, billed at it: proved, matched and paid."""
    book(world)
    lines = (("F5", "1", "EA", "1400.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    if state(world, "W3", LINE) == "PRICE_HOLD":
        approve(world, "W3", LINE, tasks(world)[0].id, by="cara", reason="known")
    accept_order(world)
    scan(world, "arrived")
    scan(world, "counted")
    bill(world)
    assert took(world, "W5", INVOICE) == "001 005 009"
    told = ExceptionClosed(by="ann", reason="contract CTR-1")
    world.event("exception.auto_resolved", "W5", INVOICE, told)
    assert took(world, "W5", INVOICE) == "001 005 009 013 007 026 027"
    assert not tasks(world)
