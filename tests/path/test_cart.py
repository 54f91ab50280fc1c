"""The case cart from the released pick to returns that agree with usage (spec 2.15)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from stage import (
    book,
    case_of,
    line_of,
    open_codes,
    reasons,
    sent,
    shelf,
    shelve,
    state,
    the_erp_answers,
    took,
)
from wire import dft, siu

from suture.documents.cart import (
    CartDelivered,
    CartReturns,
    CartScan,
    ReturnedLine,
    RiskAccepted,
)
from suture.testing.world import World

FREEZE = datetime(2027, 1, 10, 18, tzinfo=UTC)
"""Noon at the hospital on the day before."""
START = datetime(2027, 1, 11, 13, 30, tzinfo=UTC)


def frozen(world: World) -> tuple[str, str]:
    """Book a case that needs one PACK, on the shelf, and let it freeze: (case, demand line)."""
    token = book(world, card="PC-PACK")
    world.move_to(FREEZE)
    return token, line_of(world, "PACK").key


def scan(world: World, kind: str, token: str, line: str, **more: Any) -> None:
    """Let a person scan one line of the cart."""
    world.event(kind, "W14", token, CartScan(line=line, by="P. Picker", **more))


def pick(world: World, token: str, line: str, **more: Any) -> None:
    """Let the picker put a line on the cart."""
    scan(world, "cart.line_picked", token, line, **more)


def deliver(world: World, token: str, *, accepted: str = "") -> None:
    """Let the cart be scanned at the room."""
    told = CartDelivered(by="P. Porter", gaps_accepted_by=accepted)
    world.event("cart.delivered", "W14", token, told)


def bring_back(world: World, token: str, *rows: ReturnedLine) -> None:
    """Let the returns be scanned."""
    world.event("cart.returns_scanned", "W14", token, CartReturns(by="P. Picker", rows=rows))


def ehr(world: World, status: str, control: str, **more: Any) -> None:
    """Let the EHR report the room."""
    sent_at = {"STARTED": "20270111073500-0600", "COMPLETE": "20270111093500-0600"}[status]
    world.hl7(siu("S14", status=status, sent=sent_at, control=control, card="PC-PACK", **more))


def lines(world: World, token: str) -> dict[str, Any]:
    """Return the lines of the cart."""
    found: dict[str, Any] = world.data(world.instance("W14", token))["lines"]
    return found


@pytest.mark.walks(
    "W14.001",
    "W14.002",
    "W14.015",
    "W14.019",
    "W14.021",
    "W14.023",
    "W14.027",
    "W2.037",
    "CASE.026",
    "CASE.044",
    "CASE.051",
)
def test_a_cart_is_picked_delivered_used_and_closed(world: World) -> None:
    """S66: from the freeze to known cost: picked, ready, used, agreed, nothing left open."""
    token, line = frozen(world)
    assert state(world, "W14", token) == "PICK_RELEASED"
    [planned] = lines(world, token).values()
    assert (planned["item"], planned["planned"], planned["note"]) == ("PACK", "1", "")
    pick(world, token, line, lot="LOT1")
    assert (state(world, "W14", token), state(world, "W2", line)) == ("COMPLETE", "PICKED")
    assert state(world, "CASE", token) == "CART_READY"
    assert reasons(world, "CASE", token) == ["cart complete, 100 % ready"]
    deliver(world, token)
    assert state(world, "W14", token) == "DELIVERED"
    ehr(world, "STARTED", "MSG-S")
    assert reasons(world, "CASE", token) == ["patient in room"]
    world.hl7(dft(item="PACK", lot="LOT1"))
    assert state(world, "W14", token) == "IN_USE"
    ehr(world, "COMPLETE", "MSG-E")
    assert took(world, "W14", token) == "001 002 015 019 021 023 027"
    assert took(world, "CASE", token) == "001 002 009 017 026 031 035 037 044 051"
    assert state(world, "CASE", token) == "COSTED"
    assert open_codes(world) == {}


# ---- every state a cart can be in, and what each scan does there


def stocked(world: World) -> tuple[str, str, str]:
    """Book a knee whose two lines are on the shelf and freeze it: (case, F5 line, PACK line)."""
    the_erp_answers(world)
    shelve(world, PACK=5, F5=2)
    world.hl7(siu())
    world.move_to(FREEZE)
    [case] = world.all("CASE")
    return case.key, line_of(world, "F5").key, line_of(world, "PACK").key


def reach(world: World, wanted: str) -> tuple[str, str, str]:
    """Bring a cart of two lines into a state; F5 is picked from PICKING on, PACK when complete."""
    token, f5, pack = stocked(world)
    if wanted == "PICK_RELEASED":
        return token, f5, pack
    pick(world, token, f5, lot="LOT1")
    if wanted in ("INCOMPLETE", "DELIVERED_WITH_GAPS"):
        scan(world, "cart.line_short", token, pack, reason="not on the shelf")
    if wanted == "DELIVERED_WITH_GAPS":
        deliver(world, token, accepted="C. Nurse")
    if wanted in ("COMPLETE", "DELIVERED", "IN_USE", "RETURNING", "RECONCILED"):
        pick(world, token, pack)
    if wanted in ("DELIVERED", "IN_USE", "RETURNING", "RECONCILED"):
        deliver(world, token)
    if wanted in ("IN_USE", "RETURNING", "RECONCILED"):
        knee(world, "STARTED", "MSG-S")
    if wanted in ("RETURNING", "RECONCILED"):
        world.hl7(dft(item="F5", lot="LOT1"))
        knee(world, "COMPLETE", "MSG-E")
    if wanted == "RECONCILED":
        bring_back(world, token, ReturnedLine(line=pack, quantity=Fraction(1)))
    assert state(world, "W14", token) == wanted
    return token, f5, pack


def knee(world: World, status: str, control: str) -> None:
    """Let the EHR report the room of the knee."""
    sent_at = {"STARTED": "20270111073500-0600", "COMPLETE": "20270111093500-0600"}[status]
    world.hl7(siu("S14", status=status, sent=sent_at, control=control))


@pytest.mark.parametrize(
    ("origin", "kind", "target", "line_state", "code"),
    [
        pytest.param(*row[1:], marks=pytest.mark.walks(*row[0].split()), id=row[0])
        for row in (
            ("W14.005", "PICK_RELEASED", "cart.line_short", "INCOMPLETE", "RESERVED", "cart.short"),
            ("W14.006", "INCOMPLETE", "cart.line_short", "INCOMPLETE", "RESERVED", "cart.short"),
            ("W14.007 W2.042", "COMPLETE", "item.lost", "INCOMPLETE", "RESERVED", "cart.lost"),
            (
                "W14.008 W2.043",
                "COMPLETE",
                "lot.recalled",
                "INCOMPLETE",
                "RESERVED",
                "cart.recalled",
            ),
            ("W14.009", "INCOMPLETE", "item.lost", "INCOMPLETE", "RESERVED", "cart.lost"),
            ("W14.010", "PICKING", "item.lost", "INCOMPLETE", "RESERVED", "cart.lost"),
            ("W14.011", "INCOMPLETE", "lot.recalled", "INCOMPLETE", "RESERVED", "cart.recalled"),
            ("W14.012", "PICKING", "lot.recalled", "INCOMPLETE", "RESERVED", "cart.recalled"),
            ("W14.013", "DELIVERED", "item.lost", "DELIVERED_WITH_GAPS", "RESERVED", "cart.lost"),
            (
                "W14.014",
                "DELIVERED",
                "lot.recalled",
                "DELIVERED_WITH_GAPS",
                "RESERVED",
                "cart.recalled",
            ),
            (
                "W14.018",
                "DELIVERED",
                "cart.line_short",
                "DELIVERED_WITH_GAPS",
                "RESERVED",
                "cart.short",
            ),
            ("W14.022", "IN_USE", "item.lost", "IN_USE", "RESERVED", "cart.lost"),
            ("W14.053", "COMPLETE", "cart.line_short", "INCOMPLETE", "RESERVED", "cart.short"),
        )
    ],
)
def test_what_is_gone_from_a_cart_is_sought_again(
    world: World, origin: str, kind: str, target: str, line_state: str, code: str
) -> None:
    """2.15: the cart has a gap, the desk sees it, the second piece on the shelf is reserved."""
    token, f5, _ = reach(world, origin)
    scan(world, kind, token, f5, lot="LOT1", reason="fell to the floor")
    assert state(world, "W14", token) == target
    assert lines(world, token)[f5]["picked"] == "0"
    assert state(world, "W2", f5) == line_state
    found = {x["code"]: x for x in world.exceptions()}
    assert "fell to the floor" in found[code]["summary"]
    family = "RECALL" if code == "cart.recalled" else "COVERAGE"
    assert found[code]["family"] == family


@pytest.mark.walks("CASE.030", "CASE.018")
def test_a_ready_case_is_at_risk_while_its_cart_has_a_gap(world: World) -> None:
    """CASE.030: READY is never shown over a gap; the replacement makes it ready again."""
    token, f5, _ = reach(world, "COMPLETE")
    assert state(world, "CASE", token) == "CART_READY"
    scan(world, "item.lost", token, f5, lot="LOT1", reason="dropped")
    assert "030" in took(world, "CASE", token)
    assert state(world, "CASE", token) == "COVERED"
    world.move_to(world.clock.now() + timedelta(hours=1))
    assert state(world, "CASE", token) == "FROZEN"
    pick(world, token, f5)
    assert state(world, "CASE", token) == "CART_READY"


@pytest.mark.walks("W14.003", "W14.004", "W14.052")
def test_lines_are_picked_one_by_one(world: World) -> None:
    """W14.003, .004: a part of a line leaves it open; the demand line hears of the whole only."""
    token = book(world, card="PC-PACKS")
    world.move_to(FREEZE)
    line = line_of(world, "PACK").key
    pick(world, token, line, quantity=Fraction(1))
    assert (state(world, "W14", token), state(world, "W2", line)) == ("PICKING", "RESERVED")
    assert reasons(world, "W14", token) == [
        "TOTAL JOINT PACK picked by P. Picker; 0 % ready: TOTAL JOINT PACK: 3 of 4 missing"
    ]
    pick(world, token, line, quantity=Fraction(2))
    assert state(world, "W14", token) == "PICKING"
    pick(world, token, line)
    assert (state(world, "W14", token), state(world, "W2", line)) == ("COMPLETE", "PICKED")
    pick(world, token, line, quantity=Fraction(1))
    assert state(world, "W14", token) == "COMPLETE"
    assert took(world, "W14", token) == "001 003 004 002 052"


def test_an_unsterile_tray_does_not_make_a_cart_complete(world: World) -> None:
    """2.15: trays sterile-ready; the same line scanned again with a good indicator completes."""
    token, line = frozen(world)
    pick(world, token, line, is_sterile=False)
    assert state(world, "W14", token) == "PICKING"
    assert "TOTAL JOINT PACK: not sterile" in reasons(world, "W14", token)[0]
    pick(world, token, line, quantity=Fraction(0))
    assert state(world, "W14", token) == "COMPLETE"


@pytest.mark.walks("W14.016", "W14.017")
def test_a_cart_with_gaps_needs_a_name_and_is_never_ready(world: World) -> None:
    """W14.016, .017: refused without the charge nurse; filled at the room it is ready."""
    token, _, pack = reach(world, "INCOMPLETE")
    deliver(world, token)
    assert state(world, "W14", token) == "INCOMPLETE"
    assert "UNEXPECTED_EVENT" in open_codes(world)
    deliver(world, token, accepted="C. Nurse")
    assert state(world, "W14", token) == "DELIVERED_WITH_GAPS"
    assert state(world, "CASE", token) != "CART_READY"
    assert world.data(world.instance("W14", token))["gaps_accepted_by"] == "C. Nurse"
    pick(world, token, pack)
    assert state(world, "W14", token) == "DELIVERED"


@pytest.mark.walks("W14.020", "W14.043")
def test_a_use_without_a_room_event_starts_the_case(world: World) -> None:
    """W14.020: usage is the proof of a start; a correction takes it back from the count."""
    token, f5, _ = reach(world, "COMPLETE")
    world.hl7(dft(item="F5", lot="LOT1"))
    assert state(world, "W14", token) == "IN_USE"
    assert lines(world, token)[f5]["used"] == "1"
    world.hl7(dft(item="F5", lot="LOT1", kind="CR", control="MSG0403"))
    assert lines(world, token)[f5]["used"] == "0"


@pytest.mark.walks("W14.028", "W2.041")
def test_what_is_picked_must_be_used_or_come_back(world: World) -> None:
    """W14.028: one of the two is missing: the OR lead is asked; found, it is reconciled."""
    token, _, pack = reach(world, "RETURNING")
    bring_back(world, token)
    assert state(world, "W14", token) == "RETURNING"
    assert open_codes(world)["cart.differs"] == "OR lead"
    assert state(world, "CASE", token) == "USAGE_OPEN"
    torn = ReturnedLine(line=pack, quantity=Fraction(1), condition="opened", reason="torn")
    bring_back(world, token, torn)
    assert state(world, "W14", token) == "RECONCILED"
    assert state(world, "W2", pack) == "WASTED"
    assert "cart.differs" not in open_codes(world)
    issued = [json.loads(s.content)["lines"][0]["item"] for s in sent(world, "erp.issue.post")]
    assert issued == ["F5", "PACK"]
    assert state(world, "CASE", token) == "COSTED"


@pytest.mark.walks("W2.040")
def test_what_comes_back_sterile_is_free_again(world: World) -> None:
    """W2.040: put away: the reservation is given back."""
    token, _, pack = reach(world, "RETURNING")
    bring_back(world, token, ReturnedLine(line=pack, quantity=Fraction(1)))
    assert state(world, "W2", pack) == "RETURNED"
    assert shelf(world, "PACK")["reservations"] == {}


@pytest.mark.walks("W14.025", "W14.026", "W2.067", "CASE.042", "CASE.043")
def test_usage_that_comes_after_the_case_closes_the_cart(world: World) -> None:
    """W14.025: late usage fills the difference; W14.026: a correction opens it again."""
    token, _, pack = reach(world, "RETURNING")
    world.hl7(dft(item="F5", lot="LOT1", kind="CR", control="MSG0403"))
    assert state(world, "W14", token) == "RETURNING"
    world.hl7(dft(item="F5", lot="LOT1", usage="USE-3", control="MSG0404"))
    world.hl7(dft(item="PACK", lot="LOT1", usage="USE-2", control="MSG0405"))
    assert state(world, "W14", token) == "RECONCILED"
    assert state(world, "W2", pack) == "CONSUMED"


@pytest.mark.walks("W14.029", "CASE.054", "W14.041", "CASE.053")
def test_a_closed_case_reopens_for_late_usage(world: World) -> None:
    """CASE.053, .054: reopened, compared again, closed again with the new cost."""
    token, _, _ = reach(world, "RECONCILED")
    assert state(world, "CASE", token) == "COSTED"
    world.hl7(dft(item="F5", lot="LOT1", kind="CR", control="MSG0403"))
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("RETURNING", "USAGE_OPEN")
    assert open_codes(world)["cart.differs"] == "OR lead"
    world.hl7(dft(item="F5", lot="LOT1", usage="USE-4", control="MSG0404"))
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("RECONCILED", "COSTED")
    world.hl7(dft(item="OPT", usage="USE-5", control="MSG0405"))
    assert took(world, "W14", token).endswith("041 027")
    assert state(world, "CASE", token) == "COSTED"


# ---- the case changes


def amended(world: World, **more: Any) -> None:
    """Let the EHR change the case on the afternoon before it."""
    world.hl7(siu(sent="20270110130000-0600", control="MSG-A", **more))


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        pytest.param(origin, target, marks=pytest.mark.walks(rule), id=rule)
        for rule, origin, target in (
            ("W14.031", "PICK_RELEASED", "PICKING"),
            ("W14.032", "PICKING", "PICKING"),
            ("W14.033", "COMPLETE", "INCOMPLETE"),
            ("W14.034", "DELIVERED", "DELIVERED_WITH_GAPS"),
            ("W14.035", "DELIVERED_WITH_GAPS", "DELIVERED_WITH_GAPS"),
        )
    ],
)
def test_another_card_is_a_delta_pick(world: World, origin: str, target: str) -> None:
    """W14.031-.035: what is on it no more is put back, what is new is picked."""
    token, f5, _ = reach(world, origin)
    was_picked = lines(world, token)[f5]["picked"] == "1"
    amended(world, trigger="S14", card="PC-PACKS")
    assert state(world, "W14", token) == target
    found = lines(world, token)
    assert (f5 in found) == was_picked
    if was_picked:
        assert found[f5]["is_removed"] is True
        assert state(world, "W2", f5) == "RETURNED"
    else:
        assert state(world, "W2", f5) == "RELEASED"
    [fresh] = [x for x in found.values() if not x["is_removed"] and x["planned"] == "4"]
    assert fresh["criticality"] == "REQUIRED"


@pytest.mark.walks("W14.030", "CASE.065")
def test_a_change_without_meaning_for_supply_leaves_the_cart(world: World) -> None:
    """W14.030: longer by an hour: the cart stays as it is."""
    token, _, _ = reach(world, "COMPLETE")
    amended(world, trigger="S14", minutes=180)
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("COMPLETE", "CART_READY")


@pytest.mark.walks("W14.036", "CASE.066")
def test_a_small_move_only_changes_the_delivery_time(world: World) -> None:
    """W14.036: ten minutes later: same cart."""
    token, _, _ = reach(world, "COMPLETE")
    amended(world, trigger="S13", start="20270111074000-0600")
    assert state(world, "W14", token) == "COMPLETE"
    assert world.data(world.instance("W14", token))["start"] == "2027-01-11T13:40:00Z"


@pytest.mark.walks("W14.037", "W14.039", "W14.040", "W2.054", "CASE.061")
def test_a_case_that_moves_to_another_day_puts_its_cart_back(world: World) -> None:
    """W14.037, .039, W2.054: put back, kept reserved, picked anew at the new freeze."""
    token, f5, _ = reach(world, "COMPLETE")
    amended(world, trigger="S13", start="20270113073000-0600")
    assert (state(world, "W14", token), state(world, "W2", f5)) == ("VOID", "RESERVED")
    bring_back(world, token, ReturnedLine(line=f5, quantity=Fraction(1)))
    assert reasons(world, "W14", token) == ["put back by P. Picker; 1 line(s) still out"]
    world.move_to(datetime(2027, 1, 12, 18, tzinfo=UTC))
    cart = world.data(world.instance("W14", token))
    assert (state(world, "W14", token), cart["version"]) == ("PICK_RELEASED", 2)
    assert [x["picked"] for x in cart["lines"].values()] == ["0", "0"]


@pytest.mark.walks("W14.038", "CASE.070", "W2.064")
def test_a_cancelled_case_puts_its_cart_back(world: World) -> None:
    """W14.038, W2.064: picked lines go back to the shelf and are free for others."""
    token, f5, pack = reach(world, "COMPLETE")
    amended(world, trigger="S15", status="CANCELLED")
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("VOID", "CANCELLED")
    assert (state(world, "W2", f5), state(world, "W2", pack)) == ("RETURNED", "RETURNED")
    assert shelf(world, "F5")["reservations"] == {}


@pytest.mark.walks("W2.086", "CASE.071")
def test_a_reinstated_case_sources_its_put_back_lines_again(world: World) -> None:
    """W2.086: what was put back is reserved again under the same line."""
    token, f5, _ = reach(world, "COMPLETE")
    amended(world, trigger="S15", status="CANCELLED")
    world.hl7(siu("S14", sent="20270110140000-0600", control="MSG-B"))
    assert state(world, "W2", f5) == "RESERVED"
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.walks("W14.024", "CASE.038")
def test_a_case_cancelled_in_the_room_returns_its_cart(world: World) -> None:
    """W14.024, CASE.038: nothing was opened: everything comes back."""
    token, f5, pack = reach(world, "IN_USE")
    world.hl7(siu("S15", status="CANCELLED", sent="20270111080000-0600", control="MSG-C"))
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("RETURNING", "CANCELLED")
    rows = [ReturnedLine(line=x, quantity=Fraction(1)) for x in (f5, pack)]
    bring_back(world, token, *rows)
    assert state(world, "W14", token) == "RECONCILED"


# ---- before the room, without a cart


@pytest.mark.walks("CASE.029")
def test_a_cart_that_is_late_puts_the_case_at_risk(world: World) -> None:
    """CASE.029: two hours before the start the cart must be complete; the gap is named."""
    token, _ = frozen(world)
    world.move_to(START - timedelta(hours=2))
    assert state(world, "CASE", token) == "AT_RISK"
    [told] = world.exceptions()
    assert (told["code"], told["owner"], told["severity"]) == (
        "case.at-risk",
        "OR buyer",
        "urgent",
    )
    assert "TOTAL JOINT PACK: 1 of 1 missing" in told["summary"]


@pytest.mark.walks("CASE.022")
def test_a_signed_risk_lets_the_case_go_on(world: World) -> None:
    """CASE.022: after the freeze a named owner takes the risk: frozen, alert over, gaps listed."""
    token = book(world)
    world.move_to(FREEZE)
    assert state(world, "CASE", token) == "AT_RISK"
    signed = RiskAccepted(by="S. Surgeon", reason="size 6 fits as well")
    world.event("case.risk_accepted", "CASE", token, signed)
    assert state(world, "CASE", token) == "FROZEN"
    assert world.data(case_of(world, token))["risk_accepted_by"] == "S. Surgeon"
    assert "case.at-risk" not in open_codes(world)
    notes = [x["note"] for x in lines(world, token).values() if x["criticality"] == "CRITICAL"]
    assert notes == ["requisition to SUP-9001: waiting for approval and order"]


@pytest.mark.walks("CASE.023", "CASE.024")
def test_a_risk_signed_early_counts_at_the_freeze(world: World) -> None:
    """CASE.023, .024: signed three days before, used at the freeze."""
    token = book(world)
    world.move_to(datetime(2027, 1, 8, 13, 30, tzinfo=UTC))
    signed = RiskAccepted(by="S. Surgeon", reason="will be here")
    world.event("case.risk_accepted", "CASE", token, signed)
    assert state(world, "CASE", token) == "AT_RISK"
    world.move_to(FREEZE)
    assert state(world, "CASE", token) == "FROZEN"
    assert took(world, "CASE", token).endswith("023 024")


def test_a_cart_that_nobody_scanned_closes_nothing(world: World) -> None:
    """2.15: no pick, no proof: the usage stays open until a person compares or closes it."""
    token, _ = frozen(world)
    ehr(world, "STARTED", "MSG-S")
    ehr(world, "COMPLETE", "MSG-E")
    assert (state(world, "W14", token), state(world, "CASE", token)) == ("RETURNING", "USAGE_OPEN")
    bring_back(world, token)
    assert state(world, "CASE", token) == "COSTED"
