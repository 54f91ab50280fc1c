"""An order line from the approved requisition to the wire: checks, holds, channels (spec 2.4)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from small_master import FILES, write_master
from stage import (
    LINE,
    LOST_ANSWER,
    approve,
    book,
    erp,
    line_of,
    open_codes,
    reject,
    sent,
    submit,
    syntho,
    tasks,
    took,
    writes,
)
from wire import purchase_order, x855

from suture.assembly.core import store_master
from suture.core.outcome import Accepted, Misconfigured, Unavailable
from suture.documents.events import OrderChangeRequested
from suture.testing.world import World


@pytest.mark.walks("W3.003", "W3.004")
def test_a_price_that_left_the_contract_is_held(world: World) -> None:
    """S79, W3.003, .004: the ERP's price is not the contract's: held; released by a person."""
    book(world)
    lines = (("F5", "1", "EA", "1500.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    assert took(world, "W3", LINE) == "001 003"
    assert open_codes(world) == {"order.price-hold": "contract analyst"}
    [task] = tasks(world)
    assert (task.id, task.role) == (f"{LINE}.price", "contract analyst")
    assert not sent(world, "order.dispatch")
    approve(world, "W3", LINE, task.id, by="cara", reason="amendment signed")
    assert took(world, "W3", LINE) == "001 003 004 006 016"
    assert not tasks(world)
    assert not world.exceptions()


@pytest.mark.walks("W3.005")
def test_a_held_line_is_abandoned(world: World) -> None:
    """W3.005: abandoned: cancelled in the ERP, never sent, demand looks elsewhere."""
    book(world)
    lines = (("F5", "1", "EA", "1500.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    reject(world, "W3", LINE, f"{LINE}.price", by="cara", reason="wrong item")
    assert took(world, "W3", LINE) == "001 003 005"
    assert writes(world) == {"erp.order.cancel": "POSTED"}
    assert line_of(world, "F5").state == "AT_RISK"
    assert not sent(world, "order.dispatch")
    assert not tasks(world)


@pytest.mark.walks("W3.008", "W3.010")
def test_a_held_line_is_cancelled_with_its_case(world: World) -> None:
    """W3.008 from PRICE_HOLD, .010: new terms check again, a cancel ends it."""
    book(world)
    lines = (("F5", "1", "EA", "1500.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    ask = OrderChangeRequested(reason="case moved")
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE) == "001 003 010 003"
    world.event("purchase_order.cancel_requested", "W3", LINE, ask)
    assert took(world, "W3", LINE) == "001 003 010 003 008"
    assert world.instance("W3", LINE).state == "CANCELLED"
    assert "order.price-hold" not in open_codes(world)


@pytest.mark.parametrize(
    ("file", "change", "failed"),
    [
        ("suppliers", {"status": "INACTIVE"}, "supplier"),
        ("contracts", {"valid_to": "2026-12-31"}, "contract price"),
    ],
)
def test_the_order_is_checked_before_it_is_sent(
    world: World, tmp_path: Path, file: str, change: dict[str, str], failed: str
) -> None:
    """S79: supplier, unit, contract price and ship-to are checked at dispatch time."""
    book(world)
    requisition = submit(world)
    folder = write_master(tmp_path / "again")
    rows = [{**FILES[file][0], **change}, *FILES[file][1:]]
    (folder / f"{file}.json").write_text(json.dumps(rows), "utf-8")
    store_master(world.core, folder)
    erp(world, purchase_order(requisition), last=6)
    assert took(world, "W3", LINE) == "001 003"
    decided = json.loads(world.transitions("W3", LINE)[-1].decision)
    assert decided["reasons"][0].startswith(f"{failed}:")


@pytest.mark.walks("W3.007")
def test_a_channel_that_is_down_for_good_is_told_to_a_buyer(world: World) -> None:
    """W3.007: given up after its tries: the order stays READY, with an owner."""
    book(world)
    world.answers["order.dispatch"] = Misconfigured("cxml.status-401", "bad credentials")
    erp(world, purchase_order(submit(world)), last=6)
    assert took(world, "W3", LINE) == "001 002 007"
    codes = open_codes(world)
    assert codes["order.channel-down"] == "buyer"
    assert codes["delivery.dead"] == "integration engineer"


@pytest.mark.walks("W3.018")
def test_a_dispatch_without_an_answer_is_asked_for_and_never_repeated(world: World) -> None:
    """S124, W3.018: a timeout proves nothing: ask the supplier by order number."""
    book(world)
    world.answers["order.dispatch"] = LOST_ANSWER
    world.answers["order.lookup"] = Accepted({"found": "true"})
    erp(world, purchase_order(submit(world)), last=6)
    assert took(world, "W3", LINE) == "001 002 006 018 020"
    assert len(sent(world, "order.dispatch")) == 1


@pytest.mark.walks("W3.010")
def test_a_change_before_dispatch_is_checked_again(world: World) -> None:
    """W3.010 from READY: the waiting document is withdrawn; new terms are checked and sent."""
    book(world)
    world.answers["order.dispatch"] = Unavailable("http.down", "down")
    erp(world, purchase_order(submit(world)), last=6)
    ask = OrderChangeRequested(reason="case moved", need_by=date(2027, 1, 12))
    world.event("purchase_order.change_requested", "W3", LINE, ask)
    world.answers["order.dispatch"] = Accepted({"evidence": "transfer"})
    world.advance(hours=1)
    assert took(world, "W3", LINE) == "001 002 010 002 006 016"
    assert b"DTM*002*20270112~" in sent(world, "order.dispatch")[-1].content
    assert [str(d.state) for d in world.deliveries("W3", LINE)] == ["withdrawn", "delivered"]


def test_an_answer_to_an_order_that_was_never_sent_is_an_exception(world: World) -> None:
    """G3: the line is held back, so no outcome can come that the answer could wait for."""
    book(world)
    lines = (("F5", "1", "EA", "1500.00"),)
    erp(world, purchase_order(submit(world), lines=lines), last=6)
    syntho(world, "855", "PR", x855("IA"), 302)
    assert world.instance("W3", LINE).state == "PRICE_HOLD"
    assert "UNEXPECTED_EVENT" in open_codes(world)


def test_an_answer_while_the_channel_is_down_waits_for_the_next_attempt(world: World) -> None:
    """The supplier has the order, its front said otherwise: the answer counts once it is sent."""
    book(world)
    world.answers["order.dispatch"] = Unavailable("http.503", 60)
    erp(world, purchase_order(submit(world)), last=6)
    syntho(world, "855", "PR", x855("IA"), 302)
    assert world.instance("W3", LINE).state == "READY"
    world.answers["order.dispatch"] = Accepted({"evidence": "transfer"})
    world.advance(minutes=10)
    assert world.instance("W3", LINE).state == "ACCEPTED"
    assert not world.exceptions()
