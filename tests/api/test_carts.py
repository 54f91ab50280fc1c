"""Carts over the interface: read, scanned once, refused with a reason (S66)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from door import TOKEN, call

from suture.testing.world import World

FREEZE = datetime(2027, 1, 10, 18, tzinfo=UTC)


def frozen(world: World) -> str:
    """Let the only case freeze; return its token."""
    world.move_to(FREEZE)
    [case] = world.all("CASE")
    return case.key


def deed(world: World, path: str, body: Any, *, method: str = "POST", once: str = "") -> Any:
    """Send a deed with the operator's token and let the hub work."""
    answer = call(
        world, f"/api/v1{path}", method=method, token=TOKEN, json={"by": "P. P", **body}, once=once
    )
    world.settle()
    return answer


def cart(world: World, token: str) -> dict[str, Any]:
    """Return the cart as the interface shows it."""
    found: dict[str, Any] = call(world, f"/api/v1/carts/{token}").json()["cart"]
    return found


def test_a_pick_list_names_items_places_and_lots(world: World) -> None:
    """The picker reads what to fetch from where; the gap says why it cannot be fetched."""
    assert call(world, "/api/v1/carts/none").status_code == 404
    token = frozen(world)
    [listed] = call(world, "/api/v1/carts").json()["carts"]
    assert (listed["token"], listed["state"], listed["score"]) == (token, "PICK_RELEASED", 0)
    lines = {x["item"]: x for x in cart(world, token)["lines"]}
    assert lines["PACK"]["location"] == "NCH-OR-IMPL"
    assert (lines["PACK"]["state"], lines["PACK"]["planned"]) == ("open", "1")
    assert lines["F5"]["note"]
    assert call(world, "/api/v1/carts?facility=SMC").json()["carts"] == []


def test_a_scan_needs_the_token_and_is_taken_once(world: World) -> None:
    """S73: the same key is one pick; another deed under it, or an unknown line, is refused."""
    token = frozen(world)
    pack = {x["item"]: x["line"] for x in cart(world, token)["lines"]}["PACK"]
    path = f"/carts/{token}/picks"
    body = {"line": pack, "by": "P. P"}
    assert call(world, f"/api/v1{path}", method="POST", json=body).status_code == 401
    assert deed(world, path, {"line": pack}, once="k1").json()["taken"] is True
    assert deed(world, path, {"line": pack}, once="k1").json()["taken"] is False
    reused = deed(world, path, {"line": pack, "lot": "L2"}, once="k1")
    assert (reused.status_code, reused.json()["title"]) == (409, "request.key-reused")
    unknown = deed(world, path, {"line": "nothing"})
    assert (unknown.status_code, unknown.json()["title"]) == (422, "cart.line-unknown")
    lines = {x["item"]: x for x in cart(world, token)["lines"]}
    assert (lines["PACK"]["state"], lines["PACK"]["picked"]) == ("picked", "1")


def test_a_cart_with_gaps_is_delivered_by_name_only(world: World) -> None:
    """W14.016: the door asks for the charge nurse before anything is recorded."""
    token = frozen(world)
    f5 = {x["item"]: x["line"] for x in cart(world, token)["lines"]}["F5"]
    early = deed(world, f"/carts/{token}/delivery", {}, method="PUT")
    assert (early.status_code, early.json()["title"]) == (409, "object.state")
    assert deed(world, f"/carts/{token}/shorts", {"line": f5, "reason": "none"}).status_code == 200
    bare = deed(world, f"/carts/{token}/delivery", {}, method="PUT")
    assert (bare.status_code, bare.json()["title"]) == (422, "cart.gaps-open")
    named = {"gaps_accepted_by": "C. Nurse"}
    assert deed(world, f"/carts/{token}/delivery", named, method="PUT").status_code == 200
    found = cart(world, token)
    assert (found["state"], found["gaps_accepted_by"]) == ("DELIVERED_WITH_GAPS", "C. Nurse")


def test_an_opened_item_that_was_not_used_needs_a_reason(world: World) -> None:
    """W2.041: waste is never booked without its reason."""
    token = frozen(world)
    pack = {x["item"]: x["line"] for x in cart(world, token)["lines"]}["PACK"]
    rows = [{"line": pack, "quantity": "1", "condition": "opened"}]
    answer = deed(world, f"/carts/{token}/returns", {"rows": rows}, method="PUT")
    assert (answer.status_code, answer.json()["title"]) == (422, "cart.reason-missing")


def test_people_decide_about_a_case(world: World) -> None:
    """CASE.022: the risk is signed by name; a card that nobody knows is refused."""
    token = frozen(world)
    assert world.instance("CASE", token).state == "AT_RISK"
    no_card = deed(world, f"/cases/{token}/card", {"card": "PC-NO"})
    assert (no_card.status_code, no_card.json()["title"]) == (422, "card.unknown")
    signed = deed(world, f"/cases/{token}/risk", {"reason": "size 6 fits"})
    assert signed.json() == {"case": token, "taken": True}
    assert world.instance("CASE", token).state == "FROZEN"
    final = deed(world, f"/cases/{token}/usage-final", {"reason": "checked"})
    assert (final.status_code, final.json()["title"]) == (409, "object.state")


@pytest.mark.parametrize("path", ["/carts", "/cases/{token}"])
def test_the_pages_show_the_cart_without_a_patient(world: World, path: str) -> None:
    """The list by start, and the pick list on the case's own page with the command to scan."""
    token = frozen(world)
    page = call(world, path.format(token=token))
    assert page.status_code == 200
    assert "TOTAL JOINT PACK" in page.text
    if path != "/carts":
        assert f"suture cart pick {token}" in page.text
