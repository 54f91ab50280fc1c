"""A case after its end: usage made final, cost known, corrections that reopen it (spec 2.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
    state,
    syntho,
    took,
)
from wire import dft, siu, x810

from suture.documents.cart import CardAttached, CartScan, CaseSettled, UsageReconciled
from suture.documents.events import CoverageChanged
from suture.testing.world import World

FREEZE = datetime(2027, 1, 10, 18, tzinfo=UTC)
CLOSED_BY_HAND = UsageReconciled(by="O. Lead", reason="checked against the log")


def room(world: World, status: str, **more: Any) -> None:
    """Let the EHR report the room."""
    sent = {"STARTED": "20270111073500-0600", "COMPLETE": "20270111093500-0600"}[status]
    world.hl7(siu("S14", status=status, sent=sent, control=f"MSG-{status}", **more))


def ended(world: World, card: str = "PC-PACK") -> str:
    """Book a case without a cart, use its PACK and end it."""
    token = book(world, card=card)
    room(world, "STARTED", card=card)
    world.hl7(dft(item="PACK", lot="LOT1"))
    room(world, "COMPLETE", card=card)
    return token


def close(world: World, token: str) -> None:
    """Let the OR lead close the usage."""
    world.event("case.usage_reconciled", "CASE", token, CLOSED_BY_HAND)


@pytest.mark.walks("CASE.044", "CASE.051", "W2.085")
def test_a_case_without_a_cart_is_closed_by_a_person(world: World) -> None:
    """CASE.044, .051: nothing was ordered for it: its cost is known at once."""
    token = ended(world)
    assert state(world, "CASE", token) == "USAGE_OPEN"
    close(world, token)
    assert took(world, "CASE", token).endswith("037 044 051")
    assert world.data(case_of(world, token))["reconciled_by"] == "O. Lead"
    line = line_of(world, "PACK").key
    world.event("case.usage_reconciled", "W2", line, CLOSED_BY_HAND)
    assert state(world, "W2", line) == "CONSUMED"


@pytest.mark.walks("CASE.044", "W2.038", "W2.044")
def test_what_was_held_and_not_used_goes_free(world: World) -> None:
    """W2.038: reserved, never picked: free. W2.044: picked and gone: the OR lead is asked."""
    token = book(world, card="PC-STOCK")
    line = line_of(world, "PACK").key
    world.event("cart.line_picked", "W2", line, CartScan(line=line, by="P. Picker"))
    room(world, "STARTED", card="PC-STOCK")
    room(world, "COMPLETE", card="PC-STOCK")
    close(world, token)
    assert state(world, "W2", line) == "PICKED"
    assert open_codes(world) == {"line.picked-and-gone": "OR lead"}
    other = book(world, card="PC-PACK", case="88124", control="MSG0002")
    room(world, "STARTED", card="PC-PACK", case="88124")
    held = [x for x in world.all("W2") if x.parent == other]
    assert [x.state for x in held] == ["RESERVED"]
    world.event("case.usage_reconciled", "W2", held[0].key, CLOSED_BY_HAND)
    assert state(world, "W2", held[0].key) == "RELEASED"


@pytest.mark.walks("CASE.052", "CASE.083")
def test_open_orders_keep_the_cost_open_until_the_window_closes(world: World) -> None:
    """CASE.052: the invoice never came: after ninety days the cost is frozen with its accrual."""
    token = order(world)
    receive_order(world)
    room(world, "STARTED")
    world.hl7(dft(item="F5"))
    room(world, "COMPLETE")
    close(world, token)
    assert state(world, "CASE", token) == "USAGE_RECONCILED"
    world.move_to(world.clock.now() + timedelta(days=91))
    assert state(world, "CASE", token) == "COSTED"
    assert "accruals are kept" in reasons(world, "CASE", token)[0]
    settled = CaseSettled(reason="invoice paid late")
    world.event("settlement.completed", "CASE", token, settled)
    assert state(world, "CASE", token) == "COSTED"


def open_cost(world: World) -> str:
    """Bring a case to USAGE_RECONCILED: its order has no invoice yet."""
    token = order(world)
    receive_order(world)
    room(world, "STARTED")
    world.hl7(dft(item="F5"))
    room(world, "COMPLETE")
    close(world, token)
    assert state(world, "CASE", token) == "USAGE_RECONCILED"
    return token


@pytest.mark.walks("CASE.049", "CASE.050", "W2.068")
def test_late_usage_and_corrections_reopen_a_reconciled_case(world: World) -> None:
    """CASE.049, .050, W2.068: the usage is open again until somebody closes it."""
    token = open_cost(world)
    world.hl7(dft(item="PACK", quantity="2", usage="USE-9", control="MSG0409"))
    assert state(world, "CASE", token) == "USAGE_OPEN"
    close(world, token)
    world.hl7(dft(item="PACK", usage="USE-9", kind="CR", control="MSG0410"))
    assert state(world, "CASE", token) == "USAGE_OPEN"
    assert took(world, "CASE", token).endswith("049 044 050")
    line = line_of(world, "PACK")
    assert (line.state, world.data(line)["used"]) == ("CONSUMED", "1")


@pytest.mark.walks("CASE.048", "CASE.080", "CASE.081", "CASE.082")
def test_a_correction_of_the_case_after_its_end(world: World) -> None:
    """CASE.048: a cancel after the end changes nothing and is told."""
    token = open_cost(world)
    told = CoverageChanged(
        line="x", item="", description="", criticality="REQUIRED", is_covered=True, reason="late"
    )
    world.event("coverage.gained", "CASE", token, told)
    world.event("coverage.lost", "CASE", token, told)
    close(world, token)
    assert state(world, "CASE", token) == "USAGE_RECONCILED"
    cancelled = {"status": "CANCELLED", "sent": "20270112081500-0600", "control": "MSG-X"}
    world.hl7(siu("S15", **cancelled))
    assert state(world, "CASE", token) == "USAGE_RECONCILED"
    assert open_codes(world)["case.cancelled-after-use"] == "OR lead"


@pytest.mark.walks("CASE.064")
def test_another_card_after_the_end_reopens_the_case(world: World) -> None:
    """CASE.064: reconciliation uses the new procedure."""
    token = open_cost(world)
    late = {"sent": "20270112081500-0600", "control": "MSG-Y"}
    world.hl7(siu("S14", card="PC-BOTH", **late))
    assert state(world, "CASE", token) == "USAGE_OPEN"


@pytest.mark.walks("CASE.005")
def test_a_card_is_named_for_a_case_without_one(world: World) -> None:
    """CASE.005: a person names a card; the case is planned with it, the desk is clear."""
    token = book(world, card="PC-NONE")
    assert state(world, "CASE", token) == "CARD_MISSING"
    named = CardAttached(card="PC-PACK", by="C. Owner")
    world.event("preference_card.attached", "CASE", token, named)
    assert took(world, "CASE", token).startswith("001 003 005")
    assert state(world, "CASE", token) == "COVERED"
    assert world.data(case_of(world, token))["card"] == "PC-PACK"
    assert open_codes(world) == {}


@pytest.mark.walks("CASE.006", "CASE.021")
def test_a_card_that_comes_after_the_freeze_still_plans_the_case(world: World) -> None:
    """CASE.021: at risk without a card; named late, the lines are sourced at once."""
    token = book(world, card="PC-NONE")
    world.move_to(FREEZE)
    assert state(world, "CASE", token) == "AT_RISK"
    named = CardAttached(card="PC-PACK", by="C. Owner")
    world.event("preference_card.attached", "CASE", token, named)
    assert "021" in took(world, "CASE", token).split()
    assert line_of(world, "PACK").state == "RESERVED"


@pytest.mark.walks("CASE.051", "W3.226")
def test_the_last_paid_invoice_closes_the_case(world: World) -> None:
    """CASE.051: reconciled first, paid later: its cost is known on that day."""
    token = open_cost(world)
    syntho(world, "810", "IN", x810(), 203)
    assert state(world, "CASE", token) == "USAGE_RECONCILED"
    paid = {
        "payment_no": "PAY1",
        "voucher_no": "VO1",
        "external_ref": "SUP-9001|INV77123|standard",
        "invoice_no": "INV-77123",
        "amount": "1450.00",
        "paid_at": "2027-01-12T00:00:00Z",
    }
    erp(world, ("payment", paid), last=20)
    assert state(world, "W3", LINE) == "CLOSED"
    assert state(world, "CASE", token) == "COSTED"
    assert reasons(world, "CASE", token) == ["the last open order of the case is paid"]


@pytest.mark.walks("W3.226", "CASE.083")
def test_an_order_paid_before_its_case_settles_it_at_its_end(world: World) -> None:
    """CASE.083: the invoice comes before the operation: nothing happens until usage is final."""
    token = order(world)
    receive_order(world)
    syntho(world, "810", "IN", x810(), 203)
    paid = {
        "payment_no": "PAY1",
        "voucher_no": "VO1",
        "external_ref": "SUP-9001|INV77123|standard",
        "invoice_no": "INV-77123",
        "amount": "1450.00",
        "paid_at": "2027-01-09T00:00:00Z",
    }
    erp(world, ("payment", paid), last=20)
    assert state(world, "CASE", token) == "COVERED"
    room(world, "STARTED")
    world.hl7(dft(item="F5"))
    room(world, "COMPLETE")
    close(world, token)
    assert state(world, "CASE", token) == "COSTED"


@pytest.mark.walks("CASE.041")
def test_a_line_lost_during_the_case_is_kept_on_the_case(world: World) -> None:
    """CASE.041: the case goes on; the line is open again for the room to ask for."""
    token = book(world, card="PC-PACK")
    room(world, "STARTED", card="PC-PACK")
    line = line_of(world, "PACK").key
    scanned = CartScan(line=line, by="P. Picker", reason="fell to the floor")
    world.event("item.lost", "W2", line, scanned)
    assert "041" in took(world, "CASE", token).split()
    assert state(world, "CASE", token) == "IN_PROCEDURE"
