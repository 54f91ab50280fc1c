"""Availability over the interface: what is there, how well it is known, what was counted (S122)."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from conftest_world import erp_page, stock
from door import TOKEN, call

from suture.documents.inventory import SourceSilent
from suture.testing.world import World

PLACE = "NCH-OR-IMPL"


def asked(world: World, **query: str) -> dict[str, Any]:
    """Return the answer for an item."""
    found = call(world, f"/api/v1/availability?{urlencode(query)}")
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def deed(world: World, path: str, **body: Any) -> Any:
    """Send a deed with the operator's token and let the hub work."""
    told = {"item": "PACK", "location": PLACE, "by": "S. Store", **body}
    once = str(told.pop("once", ""))
    answer = call(world, f"/api/v1/stock/{path}", method="POST", token=TOKEN, json=told, once=once)
    world.settle()
    return answer


def problem(answer: Any) -> tuple[int, str]:
    """Return status and code of a problem document."""
    return answer.status_code, answer.json()["title"]


def test_an_answer_names_quantities_places_and_freshness(world: World) -> None:
    """Five are there, one is held for the case; the implant was never reported: not zero."""
    pack = asked(world, item="PACK")
    [place] = pack["positions"]
    assert (place["on_hand"], place["reserved"], place["available"]) == ("5", "1", "4")
    assert (place["location"], place["facility"]) == (PLACE, "NCH")
    assert (place["freshness"], place["confidence"], pack["freshness"]) == (
        "FRESH",
        "confirmed",
        "FRESH",
    )
    assert place["consigned"] is None
    implant = asked(world, item="F5")
    assert (implant["available"], implant["freshness"]) == (None, "UNKNOWN")
    assert [p["on_hand"] for p in implant["positions"]] == [None]
    assert asked(world, item="PACK", facility="SMC")["positions"] == []
    assert asked(world, item="PACK", facility="SMC")["freshness"] == "UNKNOWN"
    assert problem(call(world, "/api/v1/availability?item=NONE")) == (404, "item.unknown")


def test_an_answer_grows_old_without_a_timer(world: World) -> None:
    """Ten minutes are nothing to a pack, an hour and a day are: judged when it is read."""
    told = [asked(world, item="PACK")["freshness"]]
    for minutes in (10, 60, 24 * 60):
        world.advance(minutes=minutes)
        told.append(asked(world, item="PACK")["freshness"])
    assert told == ["FRESH", "FRESH", "STALE", "UNKNOWN"]
    [place] = asked(world, item="PACK")["positions"]
    assert (place["on_hand"], place["available"], place["last_known"]) == (None, None, "5")


def test_what_was_thought_then(world: World) -> None:
    """2.10, bitemporal: the position as it was known at 07:10, whatever came later."""
    before = world.clock.now()
    world.advance(minutes=20)
    page = erp_page(stock("PACK", 2, version=2, cause="issue"), last=2)
    world.arrive(page, endpoint="erp", format="erp", control_id="changes/1-2")
    [now] = asked(world, item="PACK")["positions"]
    [then] = asked(world, item="PACK", at=before.isoformat())["positions"]
    assert (now["on_hand"], now["available"]) == ("2", "1")
    assert (then["on_hand"], then["available"], then["reserved"]) == ("5", "4", "1")
    early = (before - timedelta(days=1)).isoformat()
    [never] = asked(world, item="PACK", at=early)["positions"]
    assert (never["freshness"], never["on_hand"]) == ("UNKNOWN", None)
    later = urlencode({"item": "PACK", "at": (before + timedelta(days=9)).isoformat()})
    assert problem(call(world, f"/api/v1/availability?{later}")) == (422, "availability.future")


def test_what_is_on_order_is_told_beside(world: World) -> None:
    """Order lines that are open are on their way; without a promise no date is made up."""
    inbound = asked(world, item="F5")["inbound"]
    assert {one["state"] for one in inbound} <= {"SENT", "TRANSPORT_ACKED", "ACCEPTED"}
    assert all(one["quantity"].endswith(" EA") for one in inbound)


def test_a_count_is_taken_once_and_a_contradiction_is_disputed(world: World) -> None:
    """The same key is one count; a count that the book contradicts lands on the desk."""
    assert deed(world, "counts", quantity="5", once="c1").json()["taken"] is True
    assert deed(world, "counts", quantity="5", once="c1").json()["taken"] is False
    reused = deed(world, "counts", quantity="4", once="c1")
    assert problem(reused) == (409, "request.key-reused")
    assert asked(world, item="PACK")["freshness"] == "FRESH"
    deed(world, "counts", quantity="2")
    [place] = asked(world, item="PACK")["positions"]
    assert (place["freshness"], place["on_hand"]) == ("DISPUTED", "2")
    assert place["dispute"] == "count says 2, the book 5"
    desk = call(world, "/api/v1/exceptions").json()
    assert "stock.disputed" in json.dumps(desk)


def test_counts_that_cannot_be_are_refused(world: World) -> None:
    """Unknown items and places, dates to come, no token: each with its code."""
    assert problem(deed(world, "counts", quantity="5", item="NONE")) == (404, "item.unknown")
    wrong = deed(world, "counts", quantity="5", location="NOWHERE")
    assert problem(wrong) == (422, "location.unknown")
    late = (world.clock.now() + timedelta(hours=1)).isoformat()
    future = deed(world, "counts", quantity="5", counted_at=late)
    assert problem(future) == (422, "stock.count-future")
    assert problem(deed(world, "counts", quantity="-1"))[0] == 422
    body = {"item": "PACK", "location": PLACE, "quantity": "5", "by": "x"}
    assert call(world, "/api/v1/stock/counts", method="POST", json=body).status_code == 401


def test_a_place_is_retired_only_when_it_is_empty(world: World) -> None:
    """Retired: shown as such; the API says what to do while some is there."""
    assert problem(deed(world, "retirements", reason="moved")) == (409, "stock.not-empty")
    deed(world, "counts", item="OPT", quantity="0")
    assert deed(world, "retirements", item="OPT", reason="moved").status_code == 200
    assert [p["freshness"] for p in asked(world, item="OPT")["positions"]] == ["RETIRED"]
    none = deed(world, "retirements", item="WRAP", reason="moved")
    assert problem(none) == (404, "object.unknown")


def test_positions_are_paged_and_filtered(world: World) -> None:
    """Every list is bounded: the next page begins where the last one ended."""
    first = call(world, "/api/v1/stock?limit=1").json()
    rest = call(world, f"/api/v1/stock?limit=100&after={first['next']}").json()
    names = [p["item"] for p in (*first["positions"], *rest["positions"])]
    assert names == sorted(names) and len(set(names)) == len(names) > 1
    world.event("timer.validity_expired", "W9", f"PACK@{PLACE}", SourceSilent(silent_s=61 * 60))
    [stale] = call(world, "/api/v1/stock?state=STALE").json()["positions"]
    assert (stale["item"], Fraction(stale["on_hand"])) == ("PACK", 5)
    assert problem(call(world, "/api/v1/stock?after=none")) == (422, "page.unknown")
