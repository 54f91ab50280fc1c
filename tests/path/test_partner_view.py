"""What is outstanding with each partner: from sending to answer, late, refused, and gaps."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from small_master import CONTINENTAL, SYNTHO
from stage import accept_order, functional_ack, order, order_box, syntho
from wire import x997

from suture.intelligence.partners import Partner, gaps, partners
from suture.intelligence.view import GapView, PartnerView
from suture.journal.contract import Tx
from suture.testing.world import World

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "console"))

KNOWN = (Partner(CONTINENTAL, "Continental", "cxml"), Partner(SYNTHO, "Syntho", "x12"))


def seen(world: World) -> dict[str, PartnerView]:
    """Return the views by partner."""
    return {one.partner: one for one in world.read(lambda reader: partners(reader, KNOWN))}


def told(one: PartnerView) -> tuple[int, int, int, int]:
    """Return what is outstanding, and how much of it is late."""
    return one.unproven, one.unanswered, one.repairs, one.late


def test_an_order_is_outstanding_until_it_is_answered(world: World) -> None:
    """S79: sent, then proven to have arrived, then answered; each step is seen."""
    order(world)
    one = seen(world)[SYNTHO]
    assert told(one) == (1, 0, 0, 0)
    [waits] = one.outstanding
    assert (waits.what, waits.answer, waits.is_late) == ("delivery", "997 or 999", False)
    assert one.oldest_at == waits.since
    assert waits.document == world.all("W3")[0].parent
    functional_ack(world)
    one = seen(world)[SYNTHO]
    assert told(one) == (0, 1, 0, 0)
    assert one.outstanding[0].answer == "855"
    accept_order(world)
    assert told(seen(world)[SYNTHO]) == (0, 0, 0, 0)
    assert seen(world)[SYNTHO].received_at is not None


def test_what_is_beyond_the_time_agreed_is_late(world: World) -> None:
    """A missing 855 is late when its service level has passed, and goes first."""
    order(world)
    functional_ack(world)
    world.advance(hours=30)
    views = world.read(lambda reader: partners(reader, KNOWN))
    assert views[0].partner == SYNTHO
    assert told(views[0]) == (0, 1, 0, 1)


def test_an_order_their_translator_refused_waits_for_us(world: World) -> None:
    """A 997 that rejects leaves the order with us."""
    order(world)
    functional_ack(world, code="R")
    one = seen(world)[SYNTHO]
    assert told(one) == (0, 0, 1, 1)
    assert one.outstanding[0].answer == "our correction"


@pytest.mark.walks("W3.014")
def test_cxml_waits_for_a_confirmation(world: World) -> None:
    """The Response proves that it arrived; its answer is a ConfirmationRequest. No numbers."""
    order_box(world)
    one = seen(world)[CONTINENTAL]
    assert told(one) == (0, 1, 0, 0)
    assert one.outstanding[0].answer == "ConfirmationRequest"
    assert (one.missing, one.gaps) == (0, ())


def test_interchanges_that_did_not_come_are_named(world: World) -> None:
    """A jump is a gap until the missing one comes."""
    order(world)
    for control in (200, 201, 205):
        syntho(world, "997", "FA", x997("000000001", "A"), control)
    one = seen(world)[SYNTHO]
    assert (one.missing, one.gaps) == (3, (GapView(202, 204),))
    syntho(world, "997", "FA", x997("000000001", "A"), 203)
    assert seen(world)[SYNTHO].gaps == (GapView(202, 202), GapView(204, 204))


@pytest.mark.parametrize(
    ("numbers", "missing"),
    [
        ([], []),
        ([5], []),
        ([5, 6, 7], []),
        ([5, 7, 6], []),
        ([5, 9], [(6, 8)]),
        ([5, 9, 8, 9], [(6, 7)]),
        ([5, 5000, 5001], []),  # numbered anew
        ([999_999_999, 1, 2, 4], [(3, 3)]),  # after the last comes the first
        ([10, 9], []),  # what was before we looked
    ],
)
def test_gaps_are_between_numbers_received(numbers: list[int], missing: Any) -> None:
    """In the order they came; late ones fill; a new count is none."""
    assert [(one.first, one.last) for one in gaps(numbers)] == missing


def test_the_view_reads_by_indexes_only(world: World) -> None:
    """Each statement searches an index; only counts of states are read whole."""
    order(world)
    texts: set[str] = set()

    def unit(tx: Tx) -> list[str]:
        db: Any = getattr(tx, "_db", None)
        if db is None:
            pytest.skip("the plans of PostgreSQL are checked with its journal")
        db.exec_trace = lambda _cursor, text, _values: bool(texts.add(text) or True)
        partners(tx, KNOWN)
        db.exec_trace = None
        steps = []
        for text in texts:
            rows = db.execute("EXPLAIN QUERY PLAN " + text, (None,) * text.count("?")).fetchall()
            steps += [str(row[3]) for row in rows]
        return steps

    steps = world.operations.write(unit)
    assert any("instance_state" in step for step in steps)
    assert any("arrival_endpoint" in step for step in steps)
    assert [x for x in steps if not re.match(r"SEARCH (\w+) USING|SEARCH tally", x)] == []


def test_a_person_sees_it_by_page_and_interface(world: World) -> None:
    """The page names partner, order and answer; the interface gives the same numbers."""
    from door import call

    order(world)
    document = world.all("W3")[0].parent
    page = call(world, "/partners")
    assert page.status_code == 200
    for word in ("Syntho", "Continental", "997 or 999", document, "not numbered"):
        assert word in page.text
    got = call(world, "/api/v1/partners").json()["partners"]
    assert [(one["partner"], one["unproven"]) for one in got] == [(SYNTHO, 1), (CONTINENTAL, 0)]
