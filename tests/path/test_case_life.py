"""A case from its booking to its freeze: cards, noise, timers, risk (spec 2.1)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import MONDAY
from small_master import FILES, write_master
from stage import (
    LINE,
    accept_order,
    book,
    case_of,
    erp,
    line_of,
    open_codes,
    order,
    reasons,
    scan,
    shelf,
    shelve,
    state,
    submit,
    took,
)
from wire import siu, stock

from suture.assembly.core import publish_items, store_master
from suture.documents.events import CoverageChanged, EvaluationCompleted, TimerFired
from suture.testing.world import World


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of January 2027, UTC."""
    return datetime(2027, 1, day, hour, minute, tzinfo=UTC)


RISK_HORIZON = at(8, 13, 30)
"""72 hours before the start."""
FREEZE = at(10, 18)
"""Noon at the hospital on the day before."""
START_OF_CASE = at(11, 13, 30)
PRESUMED_END = at(11, 21, 30)
"""Start, two hours, six hours of grace."""


def change(world: World, control: str, sent: str, **more: Any) -> None:
    """Let the EHR send SIU^S14."""
    world.hl7(siu("S14", control=control, sent=sent, **more))


@pytest.mark.walks("CASE.017", "CASE.034", "W2.039")
def test_a_case_covered_from_stock_freezes_and_waits_for_the_room(world: World) -> None:
    """CASE.017, .034, W2.039: frozen at noon before, asked about six hours after its end."""
    token = book(world, card="PC-PACK")
    world.move_to(RISK_HORIZON)
    assert state(world, "CASE", token) == "COVERED"
    [line] = world.data(case_of(world, token))["lines"].values()
    assert (line["is_covered"], line["source"], line["item"]) == (True, "stock", "PACK")
    world.move_to(FREEZE - timedelta(minutes=1))
    assert state(world, "CASE", token) == "COVERED"
    world.move_to(FREEZE)
    assert took(world, "CASE", token) == "001 002 009 017"
    assert state(world, "CASE", token) == "FROZEN"
    assert world.exceptions() == []
    assert state(world, "W14", token) == "PICK_RELEASED"
    world.move_to(PRESUMED_END)
    assert took(world, "CASE", token) == "001 002 009 017 029 025 034"
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007 039"
    assert open_codes(world) == {
        "case.at-risk": "OR buyer",
        "case.end-presumed": "integration engineer",
    }


@pytest.mark.walks("CASE.012", "CASE.025", "W2.033")
def test_a_critical_gap_puts_the_case_at_risk_at_the_horizon(world: World) -> None:
    """CASE.012, .025, W2.033: at risk with item and reason, not frozen, missed at its need."""
    token = book(world)
    world.move_to(RISK_HORIZON)
    assert took(world, "CASE", token) == "001 002 008 012"
    note = world.data(case_of(world, token))["note"]
    assert note == (
        "FEMORAL COMP KNEE SZ 5 RT: requisition to SUP-9001: waiting for approval and order"
    )
    assert open_codes(world) == {"case.at-risk": "OR buyer"}
    world.move_to(FREEZE)
    assert took(world, "CASE", token) == "001 002 008 012 025"
    assert state(world, "W14", token) == "PICK_RELEASED"
    world.move_to(START_OF_CASE)
    line = line_of(world, "F5")
    assert took(world, "W2", line.key) == "001 003 008 010 033"
    assert line.state == "UNFILLED"
    [requisition] = world.all("W7")
    assert requisition.state == "CANCELLED"
    assert open_codes(world)["line.missed"] == "OR buyer"
    world.move_to(PRESUMED_END)
    assert took(world, "CASE", token).endswith("025 034")


@pytest.mark.walks("W2.033")
def test_a_missed_line_on_order_cancels_its_order(world: World) -> None:
    """W2.033 from ON_ORDER and W2.070: goods that come later go to stock."""
    order(world)
    accept_order(world)
    world.move_to(START_OF_CASE)
    assert took(world, "W2", line_of(world, "F5").key).endswith("025 033")
    assert state(world, "W3", LINE) == "CANCEL_PENDING"


@pytest.mark.walks("W2.070", "W3.202")
def test_goods_after_the_miss_go_to_stock(world: World) -> None:
    """W2.070: allocated to a line that missed its need: recorded, reserved for nobody else."""
    order(world)
    accept_order(world)
    world.move_to(START_OF_CASE)
    scan(world, "arrived")
    scan(world, "counted")
    assert took(world, "W2", line_of(world, "F5").key).endswith("033 070")


@pytest.mark.walks("W2.033")
def test_a_missed_line_at_risk_waits_no_more(world: World) -> None:
    """W2.033 from AT_RISK: the wish for stock is withdrawn, the risk is closed."""
    book(world, start="20270105173000-0600")
    assert shelf(world, "F5")["waiting"]
    world.advance(days=3)
    assert took(world, "W2", line_of(world, "F5").key) == "001 003 008 013 073 033"
    assert shelf(world, "F5")["waiting"] == {}
    assert "line.at-risk" not in open_codes(world)


@pytest.mark.walks("CASE.013", "CASE.015")
def test_a_required_gap_does_not_keep_the_case_from_freezing(world: World) -> None:
    """CASE.013, .015: no CRITICAL gap: REQUIRED gaps stay with the buyer."""
    token = book(world, card="PC-GLOVE")
    world.move_to(FREEZE)
    assert took(world, "CASE", token) == "001 002 008 013 015"
    assert state(world, "CASE", token) == "FROZEN"
    told = [json.loads(t.decision)["reasons"] for t in world.transitions("CASE", token)]
    assert told[3] == ["no CRITICAL gap; 1 REQUIRED gap(s) stay with the buyer"]
    assert "freeze time reached with 1 open line(s)" in reasons(world, "CASE", token)


@pytest.mark.walks("CASE.014")
def test_a_critical_gap_at_the_freeze_is_at_risk(world: World) -> None:
    """CASE.014: a case booked inside the horizon: the freeze finds the gap."""
    token = book(world)
    data = world.data(case_of(world, token))
    assert data["card"] == "PC-KNEE"
    fired = TimerFired(name="freeze", due=world.clock.now())
    world.event("timer.freeze_reached", "CASE", token, fired)
    assert took(world, "CASE", token) == "001 002 008 014"
    assert state(world, "CASE", token) == "AT_RISK"
    assert open_codes(world) == {"case.at-risk": "OR buyer"}
    assert state(world, "W14", token) == "PICK_RELEASED"


@pytest.mark.walks("CASE.028")
def test_a_case_frozen_loses_its_cover(world: World) -> None:
    """CASE.028, .016: a count takes the reserved stock from a frozen case."""
    token = book(world, card="PC-PACK")
    world.move_to(FREEZE)
    erp(world, stock("PACK", 0, version=9, cause="count"), last=9)
    line = line_of(world, "PACK")
    assert took(world, "W2", line.key) == "001 003 007 034 013 073"
    assert took(world, "CASE", token).startswith("001 002 009 017 028")
    assert state(world, "CASE", token) == "AT_RISK"
    told = [json.loads(t.decision)["reasons"] for t in world.transitions("CASE", token)]
    assert told[4] == ["TOTAL JOINT PACK: reservation lost: the counted stock is lower"]
    erp(world, stock("PACK", 3, version=10, cause="count"), last=10)
    assert took(world, "W2", line.key).endswith("073 032")
    assert state(world, "CASE", token) == "COVERED"
    assert "case.at-risk" not in open_codes(world)


@pytest.mark.walks("CASE.016", "W2.034")
def test_a_covered_case_loses_its_cover_to_a_count(world: World) -> None:
    """CASE.016, W2.034: the reservation is lost; nobody sells packs: at risk, then covered."""
    token = book(world, card="PC-PACK")
    erp(world, stock("PACK", 0, version=9, cause="count"), last=9)
    assert took(world, "CASE", token) == "001 002 009 016 020"
    [told] = [x for x in world.exceptions() if x["code"] == "case.at-risk"]
    assert told["count"] == 2, "lost, then no other source"
    assert told["case_tokens"] == [token]
    assert "no active contract line" in world.data(case_of(world, token))["note"]
    erp(world, stock("PACK", 1, version=10, cause="count"), last=10)
    assert took(world, "CASE", token) == "001 002 009 016 020 018"


@pytest.mark.walks("CASE.019")
def test_a_critical_line_regained_while_a_required_one_is_open(world: World) -> None:
    """CASE.019: from AT_RISK back to DEMAND_OPEN."""
    token = book(world, card="PC-KNEE")
    shelve(world, last=8, PACK=0)
    world.move_to(RISK_HORIZON)
    assert state(world, "CASE", token) == "AT_RISK"
    shelve(world, last=9, F5=1)
    erp(world, stock("F5", 1, version=10), last=10)
    line = line_of(world, "F5")
    covered = CoverageChanged(
        line=line.key,
        item="F5",
        description="",
        criticality="CRITICAL",
        is_covered=True,
        reason="by hand",
    )
    world.event("coverage.gained", "CASE", token, covered)
    assert took(world, "CASE", token).endswith("019")
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    assert world.data(case_of(world, token))["lines"][line.key]["is_covered"]


@pytest.mark.walks("CASE.007", "CASE.020")
def test_two_critical_lines_are_covered_one_after_the_other(world: World) -> None:
    """CASE.007: one of two CRITICAL lines regained: still at risk."""
    token = book(world, card="PC-BOTH", start="20270105173000-0600")
    assert state(world, "CASE", token) == "AT_RISK"
    shelve(world, last=9, F5=1)
    assert took(world, "CASE", token).endswith("007")
    shelve(world, last=10, T5=1)
    assert took(world, "CASE", token).endswith("007 018")
    assert not open_codes(world)


@pytest.mark.walks("CASE.010")
def test_a_loss_inside_the_horizon_counts_at_once(world: World) -> None:
    """CASE.010: booked a day ahead, nothing arrives in time: AT_RISK before any timer."""
    token = book(world, start="20270105173000-0600")
    assert took(world, "CASE", token) == "001 002 008 010"
    assert state(world, "CASE", token) == "AT_RISK"
    note = world.data(case_of(world, token))["note"]
    assert note.startswith("FEMORAL COMP KNEE SZ 5 RT: no source arrives in time: SUP-9001: P90")
    codes = ("line.at-risk", "case.at-risk", "urgent.request")
    assert open_codes(world) == dict.fromkeys(codes, "OR buyer")


# ---- noise


@pytest.mark.walks("CASE.066")
def test_a_ten_minute_slip_changes_nothing(world: World) -> None:
    """S30, CASE.066: times are stored, supply stays; planned is what demand was cut from."""
    token = book(world, card="PC-PACK")
    later = {"start": "20270111074000-0600", "sent": "20270105081500-0600", "control": "MSG2"}
    world.hl7(siu("S13", card="PC-PACK", **later))
    assert took(world, "CASE", token) == "001 002 009 066"
    case = case_of(world, token)
    assert world.data(case)["planned"]["start"] == "2027-01-11T13:30:00Z"
    assert case.due_at == at(11, 13, 40)
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007"


def test_slips_that_add_up_are_seen(world: World) -> None:
    """R1: the difference is taken from what was planned, not from the last slip."""
    token = book(world, card="PC-PACK")
    for number in range(1, 4):
        start = f"20270111{7 + number:02d}1000-0600"
        world.hl7(
            siu(
                "S13",
                card="PC-PACK",
                start=start,
                sent=f"202701050{number}1500-0600",
                control=f"MSG{number + 1}",
            )
        )
    assert took(world, "CASE", token) == "001 002 009 066 066 059 009 074"


@pytest.mark.walks("CASE.065")
def test_another_duration_changes_nothing(world: World) -> None:
    """CASE.065: S14 with a longer procedure: stored."""
    token = book(world, card="PC-PACK")
    change(world, "MSG2", "20270105081500-0600", card="PC-PACK", minutes=180)
    assert took(world, "CASE", token) == "001 002 009 065"
    assert world.data(case_of(world, token))["snapshot"]["duration_min"] == 180
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.walks("CASE.060", "CASE.074", "W2.071")
def test_another_room_is_supply_relevant(world: World) -> None:
    """CASE.060, R1: the room decides where stock is taken from; the line is asked again."""
    token = book(world, card="PC-PACK")
    change(world, "MSG2", "20270105081500-0600", card="PC-PACK", room="MAIN^OR05^^NCH")
    assert took(world, "CASE", token) == "001 002 009 060 009 074"
    assert state(world, "CASE", token) == "COVERED"
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007 048 071"


def test_another_card_adds_and_removes_lines(world: World) -> None:
    """CASE.060: the new card's lines are created, the others cancelled, the common one stays."""
    token = book(world, card="PC-KNEE")
    change(world, "MSG2", "20270105081500-0600", card="PC-STOCK")
    assert state(world, "W2", line_of(world, "OPT").key) == "SHORT"
    assert state(world, "W2", line_of(world, "F5").key) == "RELEASED"
    assert world.data(case_of(world, token))["card"] == "PC-STOCK"
    packs = [x.state for x in world.all("W2") if world.data(x)["item"] == "PACK"]
    assert sorted(packs) == ["RELEASED", "RESERVED"]
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.walks("CASE.055", "CASE.056")
def test_an_open_case_is_planned_again(world: World) -> None:
    """CASE.055, .056: from DEMAND_OPEN it stays there until its lines are covered."""
    token = book(world)
    change(world, "MSG2", "20270105081500-0600", room="MAIN^OR05^^NCH")
    assert took(world, "CASE", token) == "001 002 008 056 008 008"
    moved = {"start": "20270112073000-0600", "sent": "20270105091500-0600", "control": "MSG3"}
    world.hl7(siu("S13", room="MAIN^OR05^^NCH", **moved))
    assert "055" in took(world, "CASE", token).split()


@pytest.mark.walks("CASE.065", "CASE.066")
def test_an_open_case_keeps_its_plan_when_supply_does_not_mind(world: World) -> None:
    """CASE.065, .066, R1: longer, then ten minutes later, from DEMAND_OPEN: stored, no new plan."""
    token = book(world)
    change(world, "MSG2", "20270105081500-0600", minutes=180)
    moved = {"start": "20270111074000-0600", "sent": "20270105091500-0600", "control": "MSG3"}
    world.hl7(siu("S13", minutes=180, **moved))
    assert took(world, "CASE", token) == "001 002 008 065 066"
    assert state(world, "CASE", token) == "DEMAND_OPEN"


@pytest.mark.walks("CASE.018", "W2.074")
def test_a_missed_evaluation_that_finds_stock_reserves_it(world: World) -> None:
    """W2.074: the shelf says yes after it said no: reserved, the risk is over."""
    token = book(world, start="20270105173000-0600")
    line = line_of(world, "F5")
    assert line.state == "AT_RISK"
    told = EvaluationCompleted(kind="availability", result="available", quantity=Fraction(1))
    world.event("evaluation.completed", "W2", line.key, told)
    assert took(world, "W2", line.key).endswith("073 074")
    assert state(world, "W2", line.key) == "RESERVED"
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.parametrize(
    ("trigger", "rule"),
    [
        pytest.param("S13", "061", marks=pytest.mark.walks("CASE.061", "W14.037", "W14.039")),
        pytest.param("S14", "062", marks=pytest.mark.walks("CASE.062", "W14.031")),
    ],
)
def test_a_frozen_case_thaws_when_it_moves(world: World, trigger: str, rule: str) -> None:
    """CASE.061, .062: planned again, covered again, frozen again on its new day."""
    token = book(world, card="PC-PACK")
    world.move_to(FREEZE)
    more: dict[str, Any] = {"start": "20270113073000-0600"}
    if trigger == "S14":
        more = {"room": "MAIN^OR05^^NCH"}
    world.hl7(siu(trigger, card="PC-PACK", sent="20270110123000-0600", control="MSG2", **more))
    assert took(world, "CASE", token).startswith(f"001 002 009 017 {rule} 009")
    assert state(world, "CASE", token) == "COVERED"
    world.move_to(at(12, 18) if trigger == "S13" else at(10, 19, 31))
    assert state(world, "CASE", token) == "FROZEN"


# ---- cards, sides, items


@pytest.mark.walks("CASE.003", "CASE.058")
def test_a_missing_card_is_on_its_owners_desk_until_it_comes(world: World, tmp_path: Path) -> None:
    """CASE.003, .058: the card is loaded; the next message plans the case."""
    token = book(world, card="PC-NEW")
    assert took(world, "CASE", token) == "001 003"
    assert open_codes(world) == {"card.missing": "periop card owner"}
    load(world, tmp_path, cards=[{**FILES["cards"][0], "card": "PC-NEW"}])
    change(world, "MSG2", "20270105081500-0600", card="PC-NEW", room="MAIN^OR05^^NCH")
    assert took(world, "CASE", token) == "001 003 058 002 009"
    assert not open_codes(world)


@pytest.mark.walks("CASE.003", "CASE.057", "SNAP.002")
def test_a_missing_card_is_looked_for_again_when_the_case_moves(world: World) -> None:
    """CASE.057, .003: still missing after the move."""
    token = book(world, card="PC-NEW")
    moved = {"start": "20270113073000-0600", "sent": "20270105081500-0600", "control": "MSG2"}
    world.hl7(siu("S13", card="PC-NEW", **moved))
    assert took(world, "CASE", token) == "001 003 057 003"
    [told] = world.exceptions()
    assert told["count"] == 2


@pytest.mark.walks("CASE.006")
def test_a_case_without_a_card_is_at_risk_at_the_freeze(world: World) -> None:
    """CASE.006: nobody attached a card."""
    token = book(world, card="PC-NEW")
    world.move_to(FREEZE)
    assert took(world, "CASE", token) == "001 003 006"
    assert state(world, "CASE", token) == "AT_RISK"
    codes = open_codes(world)
    assert codes["case.at-risk"] == "OR buyer"


def test_a_card_that_goes_away_leaves_the_lines_and_an_owner(world: World) -> None:
    """A change names a card we do not have: the lines stay, the card's owner is asked."""
    token = book(world, card="PC-PACK")
    change(world, "MSG2", "20270105081500-0600", card="PC-NONE")
    assert open_codes(world) == {"card.missing": "periop card owner"}
    assert line_of(world, "PACK").state == "RESERVED"
    assert world.data(case_of(world, token))["card"] == "PC-PACK"


@pytest.mark.walks("W2.004", "W2.005")
def test_a_supply_id_without_an_item_is_repaired_by_the_steward(
    world: World, tmp_path: Path
) -> None:
    """S44, W2.004, .005: UNRESOLVED with an owner; the crosswalk comes, stock covers it."""
    token = book(world, card="PC-GHOST")
    [line] = world.all("W2")
    assert took(world, "W2", line.key) == "001 004"
    assert open_codes(world) == {"line.unresolved": "master-data steward"}
    assert took(world, "CASE", token) == "001 002 011"
    assert publish_items(world.core) == 0
    load(world, tmp_path, items=[*FILES["items"], _ghost()])
    shelve(world, last=9, GHOST=2)
    assert publish_items(world.core) == 1
    world.settle()
    assert took(world, "W2", line.key) == "001 004 005 007"
    assert state(world, "CASE", token) == "COVERED"
    assert not world.exceptions()


@pytest.mark.walks("W2.047", "W2.056", "W2.081")
def test_an_unresolved_line_follows_its_case(world: World) -> None:
    """W2.047, .056: moved, it is looked up again; cancelled, it is let go."""
    book(world, card="PC-GHOST")
    [line] = world.all("W2")
    moved = {"start": "20270113073000-0600", "sent": "20270105081500-0600", "control": "MSG2"}
    world.hl7(siu("S13", card="PC-GHOST", **moved))
    assert took(world, "W2", line.key) == "001 004 047 081"
    assert state(world, "W2", line.key) == "UNRESOLVED"
    [told] = [x for x in world.exceptions() if x["code"] == "line.unresolved"]
    assert told["count"] == 2
    gone = {"sent": "20270105091500-0600", "control": "MSG3", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-GHOST", **gone))
    assert took(world, "W2", line.key).endswith("056")
    assert not open_codes(world)


def _ghost() -> dict[str, object]:
    """Return the drain kit under another key and catalog number, named by the ghost's supply id."""
    rows = {str(x["key"]): x for x in FILES["items"]}
    packaging = [{"uom": "EA", "gtin": "", "contains": "1", "of": None}]
    named = {"key": "GHOST", "ehr_ids": ["SUP-UNKNOWN"], "catalog_no": "CAT-G"}
    return {**rows["OPT"], **named, "packaging": packaging}


def load(world: World, tmp_path: Path, **files: list[dict[str, object]]) -> None:
    """Load master data with some files replaced."""
    folder = write_master(tmp_path / "again")
    for name, rows in files.items():
        (folder / f"{name}.json").write_text(json.dumps(rows), "utf-8")
    store_master(world.core, folder)


@pytest.mark.walks("CASE.009")
def test_a_side_decides_which_lines_are_needed(world: World) -> None:
    """R7: the right knee's component is not asked for a left knee."""
    token = book(world, card="PC-SIDES", side="LT")
    assert len(world.all("W2")) == 1
    assert state(world, "CASE", token) == "COVERED"
    assert not open_codes(world)


@pytest.mark.walks("CASE.002")
def test_a_missing_side_is_never_guessed(world: World) -> None:
    """R7, CASE.002: no side code and a lateral line: an owner is asked."""
    book(world, card="PC-SIDES", side="")
    assert open_codes(world) == {"case.side-missing": "implant coordinator"}
    assert len(world.all("W2")) == 1


@pytest.mark.walks("W2.080")
def test_a_room_that_leads_nowhere_is_unresolved_until_the_case_moves(world: World) -> None:
    """S54, W2.080: the missing hop is named; in a known room the line finds its stock."""
    book(world, card="PC-PACK", room="MAIN^OR99^^NCH")
    [line] = world.all("W2")
    assert line.state == "UNRESOLVED"
    assert "room leads to no" in world.data(line)["reason"]
    change(world, "MSG2", "20270105081500-0600", card="PC-PACK")
    assert took(world, "W2", line.key) == "001 004 047 080 007"
    assert not open_codes(world)


# ---- cancelled and back


@pytest.mark.walks("CASE.071", "W2.065")
def test_a_cancelled_number_that_is_booked_again_is_reinstated(world: World) -> None:
    """S31, CASE.071, W2.065: the same token, the same lines, planned from the beginning."""
    token = book(world, card="PC-PACK")
    gone = {"sent": "20270105081500-0600", "control": "MSG2", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-PACK", **gone))
    world.hl7(siu("S12", card="PC-PACK", sent="20270105091500-0600", control="MSG3"))
    assert took(world, "CASE", token) == "001 002 009 069 071 002 009"
    assert took(world, "W2", line_of(world, "PACK").key) == "001 003 007 057 065 003 007"
    assert len(shelf(world, "PACK")["reservations"]) == 1


@pytest.mark.walks("W2.065")
def test_a_reinstated_case_buys_again(world: World) -> None:
    """W2.065: what was cancelled is bought anew, under a new requisition."""
    book(world)
    submit(world)
    gone = {"sent": "20270105081500-0600", "control": "MSG2", "status": "CANCELLED"}
    world.hl7(siu("S15", **gone))
    world.hl7(siu("S12", sent="20270105091500-0600", control="MSG3"))
    assert took(world, "W2", line_of(world, "F5").key).endswith("061 065 003 008 010")
    assert sorted(x.state for x in world.all("W7")) == ["CANCELLED", "DRAFT"]


@pytest.mark.walks("CASE.001", "CASE.068", "CASE.077", "SNAP.003")
def test_a_case_first_heard_of_by_its_cancel(world: World) -> None:
    """Plan D2: the cancel arrives first: the case exists, cancelled, nothing is bought."""
    shelve(world, PACK=5, F5=0)
    gone = {"sent": "20270105081500-0600", "control": "MSG2", "status": "CANCELLED"}
    world.hl7(siu("S15", card="PC-PACK", **gone))
    [case] = world.all("CASE")
    assert case.state == "CANCELLED"
    world.hl7(siu("S12", card="PC-PACK", sent="20270104081500-0600", control="MSG1"))
    assert world.rules("SNAP", case.key) == ["SNAP.001", "SNAP.003"]
    assert "STALE_IGNORED" in reasons(world, "SNAP", case.key)[0]
    assert state(world, "CASE", case.key) == "CANCELLED"


def test_a_case_that_was_booked_late_has_an_hour_before_its_alarms(world: World) -> None:
    """Evaluation grace: booked inside the horizon, the first decision comes after an hour."""
    token = book(world, start="20270107073000-0600")
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    world.move_to(MONDAY + timedelta(minutes=59))
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    world.move_to(MONDAY + timedelta(minutes=60))
    assert state(world, "CASE", token) == "AT_RISK"
