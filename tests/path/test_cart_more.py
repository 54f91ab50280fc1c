"""Cart and demand lines: what the main walk of a cart leaves over (spec 2.15, 2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import book, line_of, open_codes, order, reasons, sent, shelve, state, took
from wire import dft, siu

from suture.documents import codec
from suture.documents.cart import (
    CartChange,
    CartCompleted,
    CartScan,
    CartUsage,
    PickReleased,
    PlannedLine,
    UsageReconciled,
)
from suture.documents.case import ProcedureEvent
from suture.documents.events import (
    CoverageChanged,
    DemandLine,
    PromiseChanged,
    ReceiptAllocated,
)
from suture.orchestration.decisions.readiness import CartLine, is_agreed, readiness
from suture.testing.world import World

FREEZE = datetime(2027, 1, 10, 18, tzinfo=UTC)
START = datetime(2027, 1, 11, 13, 30, tzinfo=UTC)
ONE = Fraction(1)


def frozen(world: World, card: str = "PC-PACK") -> tuple[str, str]:
    """Book a case of one PACK and freeze it: (case, demand line)."""
    token = book(world, card=card)
    world.move_to(FREEZE)
    return token, line_of(world, "PACK").key


def scan(world: World, kind: str, machine: str, key: str, line: str, **more: Any) -> None:
    """Hand a scan to a machine."""
    world.event(kind, machine, key, CartScan(line=line, by="P. Picker", **more))


def released(token: str, line: str) -> PickReleased:
    """Return the plan of one PACK as frozen again."""
    return PickReleased(
        case_token=token,
        version=2,
        facility="NCH",
        room="MAIN^OR04^^NCH",
        start=START,
        timezone="America/Chicago",
        lines=(PlannedLine(line=line, criticality="CRITICAL", quantity=ONE, item="PACK"),),
    )


@pytest.mark.walks("W14.042", "CASE.027")
def test_a_plan_frozen_again_refreshes_a_complete_cart(world: World) -> None:
    """W14.042, CASE.027: nothing new on the list: the case stays ready, the time is renewed."""
    token, line = frozen(world)
    scan(world, "cart.line_picked", "W14", token, line)
    world.event("cart.pick_released", "W14", token, released(token, line))
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("COMPLETE", "CART_READY")
    assert took(world, "CASE", token).endswith("026 027")


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        pytest.param(o, k, marks=pytest.mark.walks(r), id=r)
        for r, o, k in (
            ("W14.044", "IN_USE", "case.changed"),
            ("W14.045", "IN_USE", "case.rescheduled"),
            ("W14.046", "VOID", "case.cancelled"),
            ("W14.047", "IN_USE", "procedure.started"),
            ("W14.048", "VOID", "procedure.completed"),
            ("W14.049", "VOID", "usage.recorded"),
            ("W14.050", "VOID", "usage.corrected"),
            ("W14.051", "IN_USE", "cart.pick_released"),
        )
    ],
)
def test_what_comes_too_late_for_a_cart_is_recorded(world: World, origin: str, kind: str) -> None:
    """House rules: events of the case after its cart is gone or in use change nothing."""
    token, line = frozen(world)
    if origin == "IN_USE":
        event = ProcedureEvent(case_token=token, at=world.clock.now())
        world.event("procedure.started", "W14", token, event)
    else:
        world.hl7(
            siu(
                "S15",
                card="PC-PACK",
                status="CANCELLED",
                sent="20270110130000-0600",
                control="MSG-X",
            )
        )
    payload: Any = CartChange(version=9, start=START, facility="NCH", is_supply_relevant=True)
    if kind.startswith("procedure"):
        payload = ProcedureEvent(case_token=token, at=world.clock.now())
    elif kind.startswith("usage"):
        payload = CartUsage(usage="U9", line=line, quantity=ONE)
    elif kind == "cart.pick_released":
        payload = released(token, line)
    before = world.instance("W14", token)
    world.event(kind, "W14", token, payload)
    after = world.instance("W14", token)
    assert (after.state, after.data) == (before.state, before.data) == (origin, before.data)


def covered(token: str) -> CoverageChanged:
    """Return a coverage event of a line nobody knows."""
    return CoverageChanged(
        line="x", item="", description="", criticality="REQUIRED", is_covered=True, reason="late"
    )


@pytest.mark.walks("CASE.075", "CASE.076", "CASE.079", "CASE.082", "CASE.078")
def test_late_news_of_a_cancelled_or_planned_case_is_recorded(world: World) -> None:
    """House rules of CASE: gains, losses and carts that come too late or too early."""
    token = book(world, card="PC-PACK")
    done = CartCompleted(score=100, at=world.clock.now())
    world.event("cart.completed", "CASE", token, done)
    assert state(world, "CASE", token) == "COVERED"
    cancelled = {"status": "CANCELLED", "sent": "20270105081500-0600", "control": "MSG-X"}
    world.hl7(siu("S15", card="PC-PACK", **cancelled))
    told = covered(token)
    world.event("coverage.lost", "CASE", token, told)
    world.event("coverage.gained", "CASE", token, told)
    world.event("cart.completed", "CASE", token, done)
    world.event("case.usage_reconciled", "CASE", token, UsageReconciled(by="x"))
    assert took(world, "CASE", token).endswith("078 069 075 076 079 082")


@pytest.mark.walks("W2.035")
def test_a_recalled_lot_on_the_shelf_is_quarantined(world: World) -> None:
    """W2.035: nobody gets it any more: the next piece is reserved, the recall desk hears."""
    book(world, card="PC-PACK")
    line = line_of(world, "PACK").key
    scan(world, "lot.recalled", "W2", line, line, lot="LOT1")
    assert took(world, "W2", line).endswith("035 074")
    assert open_codes(world) == {"line.recalled": "recall coordinator"}
    assert sent(world, "erp.issue.post") == []


@pytest.mark.walks("W2.036", "W2.073")
def test_the_last_piece_is_missing_on_the_shelf(world: World) -> None:
    """W2.036: booked out, the shelf has no other: it is bought."""
    shelve(world, last=6, PACK=1, F5=0, GLV=0, T5=0)
    world.hl7(siu(card="PC-PACK"))
    line = line_of(world, "PACK").key
    scan(world, "item.lost", "W2", line, line, reason="not on the shelf")
    assert took(world, "W2", line).startswith("001 003 007 036 073")
    assert line_of(world, "PACK").state in ("REQUISITIONED", "AT_RISK")
    assert len(sent(world, "erp.issue.post")) == 1


@pytest.mark.walks("W2.082")
def test_what_the_picker_finds_counts(world: World) -> None:
    """W2.082: picked while it was on order: the line is covered, the order is cancelled."""
    token = order(world)
    line = line_of(world, "F5").key
    assert state(world, "W2", line) == "ON_ORDER"
    scan(world, "cart.line_picked", "W2", line, line)
    assert state(world, "W2", line) == "PICKED"
    assert state(world, "CASE", token) == "COVERED"
    [change] = [x for x in world.events() if x.type == "purchase_order.cancel_requested"]
    assert change.machine == "W3"


@pytest.mark.walks("W2.055", "W2.084")
def test_fewer_of_a_picked_line_are_put_back(world: World) -> None:
    """W2.055: same day, two instead of four: the surplus is free again."""
    token = book(world, card="PC-PACKS")
    world.move_to(FREEZE)
    line = line_of(world, "PACK")
    scan(world, "cart.line_picked", "W14", token, line.key)
    held = codec.decode(codec.encode(world.data(line)["demand"]), DemandLine)
    fewer = msgspec.structs.replace(held, quantity=Fraction(2), version=held.version + 1)
    world.event("demand.changed", "W2", line.key, fewer)
    assert took(world, "W2", line.key).endswith("037 055 084")
    assert world.data(world.instance("W2", line.key))["demand"]["quantity"] == "2"
    assert reasons(world, "W2", line.key) == ["the reservation is as large as what was picked"]


@pytest.mark.walks("W2.083")
def test_a_part_of_a_use_is_taken_back(world: World) -> None:
    """W2.083: two of four used, one taken back: one is used, the line goes on."""
    book(world, card="PC-PACKS")
    world.hl7(dft(item="PACK", quantity="2", lot="LOT1"))
    world.hl7(dft(item="PACK", quantity="1", lot="LOT1", kind="CR", control="MSG0403"))
    line = line_of(world, "PACK")
    assert (line.state, world.data(line)["used"]) == ("RESERVED", "1")


@pytest.mark.walks("W2.075", "W2.077", "W2.079")
def test_news_of_an_order_that_is_not_needed_is_recorded(world: World) -> None:
    """House rules of W2: a promise lost or goods received for a line that ended."""
    book(world, card="PC-PACK")
    line = line_of(world, "PACK").key
    lost = PromiseChanged(po_number="PO1", line="1", supplier="S", promised=None, reason="lost")
    world.event("supply.promise_lost", "W2", line, lost)
    assert took(world, "W2", line).endswith("079")
    cancelled = {"status": "CANCELLED", "sent": "20270105081500-0600", "control": "MSG-X"}
    world.hl7(siu("S15", card="PC-PACK", **cancelled))
    world.event("supply.promise_lost", "W2", line, lost)
    assert took(world, "W2", line).endswith("057 075")
    here = ReceiptAllocated(
        receipt="R1",
        po_number="PO1",
        line="1",
        item="PACK",
        location="NCH-OR-IMPL",
        quantity=ONE,
    )
    world.event("receipt.allocated", "W2", line, here)
    assert took(world, "W2", line).endswith("057 075 077")


# ---- the verdict itself

LINES = st.lists(
    st.builds(
        CartLine,
        criticality=st.sampled_from(["CRITICAL", "REQUIRED", "OPTIONAL"]),
        planned=st.integers(0, 9).map(Fraction),
        picked=st.integers(0, 9).map(Fraction),
        used=st.integers(0, 9).map(Fraction),
        is_unsterile=st.booleans(),
        is_removed=st.booleans(),
    ),
    max_size=8,
)


@given(LINES)
def test_complete_means_that_every_needed_line_is_done(lines: list[CartLine]) -> None:
    """2.15: complete and no gap are one; the score is 100 only when all is done."""
    found = readiness(lines)
    live = [x for x in lines if not x.is_removed]
    assert found.is_complete == (not found.gaps)
    assert found.is_complete == all(x.is_done for x in live if x.criticality != "OPTIONAL")
    assert 0 <= found.score <= 100
    assert (found.score == 100) == all(x.is_done for x in live)


@given(LINES, st.integers(1, 5))
def test_picking_never_lowers_the_score(lines: list[CartLine], more: int) -> None:
    """One more piece on the cart never makes it less ready."""
    if lines:
        fuller = [msgspec.structs.replace(lines[0], picked=lines[0].picked + more), *lines[1:]]
        assert readiness(fuller).score >= readiness(lines).score


@given(LINES)
def test_a_cart_agrees_when_nothing_is_unaccounted(lines: list[CartLine]) -> None:
    """Using all that was picked always agrees."""
    assert is_agreed([msgspec.structs.replace(x, used=x.picked) for x in lines])
