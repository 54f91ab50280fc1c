"""W9: who gets what when stock is short, comes and goes (spec 2.3 `Rules`, invariant I4)."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import MONDAY, build, close
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from small_master import FILES, write_master
from stage import book, erp, line_of, reasons, took
from wire import siu, stock

from suture.assembly.core import store_master
from suture.documents.erp import ErpStock
from suture.documents.events import (
    ReservationReleased,
    ReservationRequested,
    StockConsumed,
    StockReceived,
)
from suture.documents.inventory import BookReported
from suture.documents.supply import Lot
from suture.testing.world import World

KEY = "PACK@NCH-OR-IMPL"


def ask(
    world: World,
    line: str,
    quantity: int,
    *,
    days: int = 7,
    criticality: str = "REQUIRED",
    waits: bool = True,
) -> None:
    """Let a line ask for stock."""
    wanted = ReservationRequested(
        line=line,
        case_token="c",
        quantity=Fraction(quantity),
        need_at=MONDAY + timedelta(days=days),
        criticality=criticality,
        waits=waits,
    )
    world.event("stock.reservation_requested", "W9", KEY, wanted)


def position(world: World) -> dict[str, Any]:
    """Return the position's data."""
    return world.data(world.instance("W9", KEY))


def held(world: World) -> dict[str, str]:
    """Return line -> quantity reserved."""
    return {k: v["quantity"] for k, v in position(world)["reservations"].items()}


def waiting(world: World) -> dict[str, str]:
    """Return line -> quantity waited for."""
    return {k: v["quantity"] for k, v in position(world)["waiting"].items()}


def report(world: World, on_hand: int, version: int) -> None:
    """Let the ERP report the position."""
    erp(world, stock("PACK", on_hand, version=version, cause="count"), last=version)


@pytest.mark.walks("W9.025")
def test_a_count_takes_stock_from_the_least_urgent(world: World) -> None:
    """2.3: earlier need first, then higher criticality; the loser is told."""
    report(world, 3, 1)
    ask(world, "late", 1, days=9)
    ask(world, "soon", 1, days=2)
    ask(world, "soon-optional", 1, days=2, criticality="OPTIONAL")
    report(world, 2, 2)
    assert held(world) == {"soon": "1", "soon-optional": "1"}
    report(world, 1, 3)
    assert held(world) == {"soon": "1"}
    lost = [e.key for e in world.events() if e.type == "reservation.lost"]
    assert lost == ["late", "soon-optional"]
    erp(world, stock("PACK", 9, version=3), last=30)
    assert took(world, "W9", KEY).endswith("005 005 025")
    assert world.instance("W9", KEY).state == "FRESH"
    assert reasons(world, "W9", KEY) == ["STALE_IGNORED: v3 <= v3"]


def test_stock_that_appears_goes_to_the_most_urgent_that_waits(world: World) -> None:
    """2.3: in rank order; a large wish does not block a small one behind it."""
    report(world, 0, 1)
    ask(world, "late", 1, days=9)
    ask(world, "big", 4, days=1)
    ask(world, "soon", 1, days=2)
    assert waiting(world) == {"late": "1", "big": "4", "soon": "1"}
    report(world, 1, 2)
    assert held(world) == {"soon": "1"}
    assert waiting(world) == {"late": "1", "big": "4"}
    report(world, 7, 3)
    assert held(world) == {"soon": "1", "big": "4", "late": "1"}
    assert waiting(world) == {}


@pytest.mark.walks("W9.001", "W9.013", "W9.014")
def test_a_wish_without_waiting_is_answered_and_forgotten(world: World) -> None:
    """W9.013, .005: never reported yet: short, with the position's age unknown."""
    ask(world, "a", 1, waits=False)
    assert took(world, "W9", KEY) == "013"
    assert world.instance("W9", KEY).state == "UNKNOWN"
    assert "(position never reported)" in reasons(world, "W9", KEY)[0]
    assert (held(world), waiting(world)) == ({}, {})
    report(world, 5, 1)
    assert took(world, "W9", KEY) == "013 001"
    assert world.instance("W9", KEY).state == "FRESH"
    ask(world, "a", 2, waits=False)
    assert held(world) == {"a": "2"}


@pytest.mark.walks("W9.001")
def test_asking_again_replaces_the_earlier_wish(world: World) -> None:
    """The same line asks for another quantity: no double reservation."""
    report(world, 5, 1)
    ask(world, "a", 4)
    ask(world, "a", 5)
    assert held(world) == {"a": "5"}
    ask(world, "a", 6)
    assert (held(world), waiting(world)) == ({}, {"a": "6"})


@pytest.mark.walks("W9.016")
def test_a_release_serves_the_next(world: World) -> None:
    """W9.016: given back, granted on."""
    report(world, 1, 1)
    assert world.instance("W9", KEY).state == "FRESH"
    ask(world, "a", 1)
    assert world.instance("W9", KEY).state == "FRESH"
    ask(world, "b", 1)
    gone = ReservationReleased(line="a", reason="case cancelled")
    world.event("stock.reservation_released", "W9", KEY, gone)
    assert held(world) == {"b": "1"}
    assert took(world, "W9", KEY) == "001 014 014 016"
    assert world.instance("W9", KEY).state == "FRESH"


@pytest.mark.walks("W9.015", "W9.017", "W9.019")
def test_news_of_a_position_that_was_never_reported(world: World) -> None:
    """W9.015, .008, .010: release, receipt and use come before the ERP's first report."""
    gone = ReservationReleased(line="a", reason="x")
    world.event("stock.reservation_released", "W9", "A@L", gone)
    assert reasons(world, "W9", "A@L") == ["x"]
    came = StockReceived(ref="r1", quantity=Fraction(2), lots=(), shares={"a": Fraction(1)})
    world.event("stock.received", "W9", "B@L", came)
    used = StockConsumed(ref="u1", line="a", quantity=Fraction(1))
    world.event("stock.consumed", "W9", "C@L", used)
    assert [took(world, "W9", key) for key in ("A@L", "B@L", "C@L")] == ["015", "017", "019"]
    assert {world.instance("W9", f"{x}@L").state for x in "ABC"} == {"UNKNOWN"}
    b = world.data(world.instance("W9", "B@L"))
    assert b["pending"]["r1"]["quantity"] == "2"
    assert b["reservations"]["a"]["quantity"] == "1"
    c = world.data(world.instance("W9", "C@L"))
    assert c["pending"]["u1"]["quantity"] == "-1"


@pytest.mark.walks("W9.018", "W9.020")
def test_a_receipt_serves_its_line_first_and_then_those_who_wait(world: World) -> None:
    """W9.018: three came, one is meant for a line, two are free for the others."""
    report(world, 0, 1)
    ask(world, "mine", 1)
    ask(world, "other", 2)
    came = StockReceived(ref="r1", quantity=Fraction(3), lots=(), shares={"mine": Fraction(1)})
    world.event("stock.received", "W9", KEY, came)
    assert held(world) == {"mine": "1", "other": "2"}
    assert waiting(world) == {}
    assert world.instance("W9", KEY).state == "FRESH"
    used = StockConsumed(ref="u1", line="mine", quantity=Fraction(1))
    world.event("stock.consumed", "W9", KEY, used)
    assert held(world) == {"other": "2"}
    assert world.instance("W9", KEY).state == "FRESH"


@pytest.mark.walks("W2.072")
def test_safety_stock_raised_under_a_reservation(world: World, tmp_path: Path) -> None:
    """W2.072: asked again after the floor was raised, the line is short and looks elsewhere."""
    book(world, card="PC-PACK")
    folder = write_master(tmp_path / "again")
    rows = [{**x, "safety_stock": "5"} if x["key"] == "PACK" else x for x in FILES["items"]]
    (folder / "items.json").write_text(json.dumps(rows), "utf-8")
    store_master(world.core, folder)
    erp(world, stock("PACK", 5, version=9), last=9)
    line = line_of(world, "PACK")
    assert line.state == "RESERVED"
    moved = {"start": "20270113073000-0600", "sent": "20270105081500-0600", "control": "MSG2"}
    world.hl7(siu("S13", card="PC-PACK", **moved))
    assert took(world, "W2", line.key) == "001 003 007 048 072 013 073"
    assert position(world)["reservations"] == {}


LINES = ("a", "b", "c", "d")


class StockMachine(RuleBasedStateMachine):
    """Reports, wishes, releases, receipts and uses in any order."""

    def __init__(self) -> None:
        super().__init__()
        with tempfile.TemporaryDirectory() as folder:
            self.world: World = build(Path(folder))
        self.version = 0
        self.number = 0
        self.used_over = False

    def teardown(self) -> None:
        """Close the journals."""
        close(self.world)

    @rule(on_hand=st.integers(0, 9))
    def reported(self, on_hand: int) -> None:
        """The ERP reports a position."""
        self.version += 1
        lots = (Lot(quantity=Fraction(on_hand), lot="L1"),) if on_hand else ()
        told = ErpStock(
            item="PACK",
            location="NCH-OR-IMPL",
            version=self.version,
            on_hand=Fraction(on_hand),
            lots=lots,
            cause_kind="count",
        )
        at = datetime(2027, 1, 4, tzinfo=UTC)
        self.tell("inventory.position_changed", BookReported(stock=told, as_of=at))

    @rule(line=st.sampled_from(LINES), quantity=st.integers(1, 4), waits=st.booleans())
    def asked(self, line: str, quantity: int, *, waits: bool) -> None:
        """A line asks."""
        ask(self.world, line, quantity, waits=waits)

    @rule(line=st.sampled_from(LINES))
    def released(self, line: str) -> None:
        """A line gives back."""
        self.tell("stock.reservation_released", ReservationReleased(line=line, reason="x"))

    @rule(line=st.sampled_from(LINES), quantity=st.integers(1, 3))
    def received(self, line: str, quantity: int) -> None:
        """Goods come for a line."""
        self.number += 1
        share = {line: Fraction(1)}
        came = StockReceived(
            ref=f"r{self.number}", quantity=Fraction(quantity), lots=(), shares=share
        )
        self.tell("stock.received", came)

    @rule(line=st.sampled_from(LINES), quantity=st.integers(1, 2))
    def used(self, line: str, quantity: int) -> None:
        """A line is used."""
        self.number += 1
        self.tell(
            "stock.consumed",
            StockConsumed(ref=f"u{self.number}", line=line, quantity=Fraction(quantity)),
        )

    def tell(self, event: str, payload: Any) -> None:
        """Send an event to the position."""
        self.world.event(event, "W9", KEY, payload)

    @invariant()
    def never_more_reserved_than_there_is(self) -> None:
        """I4: reserved never exceeds on hand; a line never holds and waits at once."""
        if not self.world.all("W9"):
            return
        now = position(self.world)
        total = Fraction(now["on_hand"]) + sum(
            (Fraction(p["quantity"]) for p in now["pending"].values()), Fraction(0)
        )
        reserved = sum((Fraction(r["quantity"]) for r in now["reservations"].values()), Fraction(0))
        assert reserved <= max(total, Fraction(0))
        assert not now["reservations"].keys() & now["waiting"].keys()


TestStockMachine = StockMachine.TestCase
TestStockMachine.settings = settings(
    max_examples=15,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
