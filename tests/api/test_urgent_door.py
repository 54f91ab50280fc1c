"""A call of the room over interface, command line and page (spec 2.16)."""

from __future__ import annotations

from typing import Any

import pytest
from door import TOKEN, call

from suture.testing.world import World

CALL = {
    "item": "F5",
    "quantity": "1",
    "facility": "NCH",
    "room": "MAIN^OR04^^NCH",
    "by": "N. Nurse",
    "criticality": "CRITICAL",
    "is_in_room": True,
}


def deed(world: World, path: str, body: Any, once: str = "") -> Any:
    """Send a deed with the operator's token and let the hub work."""
    answer = call(world, f"/api/v1{path}", method="POST", token=TOKEN, json=body, once=once)
    world.settle()
    return answer


def test_a_call_is_taken_once_and_filled_in_the_room(world: World) -> None:
    """STAT intake, the first source wins, handed over; each deed needs the token."""
    assert call(world, "/api/v1/urgent", method="POST", json=CALL).status_code == 401
    told = deed(world, "/urgent", CALL, once="call-1").json()
    assert deed(world, "/urgent", CALL, once="call-1").json() == {**told, "taken": False}
    [one] = call(world, "/api/v1/urgent").json()["requests"]
    assert (one["key"], one["state"], one["urgency"]) == (told["key"], "SEARCHING", "IN_ROOM")
    assert (one["room"], one["description"]) == ("OR04", "FEMORAL COMP KNEE SZ 5 RT")
    page = call(world, "/urgent").text
    assert "nobody yet" in page and f"suture urgent take {told['key']}" in page
    path = f"/urgent/{told['key']}"
    assert deed(world, f"{path}/departure", {"by": "C"}).json()["title"] == "object.state"
    assert deed(world, f"{path}/commitments", {"by": "B", "source": "SUP-9001"}).json()["taken"]
    shown = call(world, f"/api/v1{path}").json()["request"]
    assert (shown["brings"], shown["state"]) == ("SUP-9001", "COMMITTED")
    assert deed(world, f"{path}/departure", {"by": "C"}).json()["taken"]
    assert deed(world, f"{path}/handover", {"by": "N", "cause": "damage"}).json()["taken"]
    assert call(world, "/api/v1/urgent").json()["requests"] == []
    [ended] = call(world, "/api/v1/urgent?is_open=false").json()["requests"]
    assert (ended["state"], ended["cause"]) == ("FULFILLED", "damage")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item": "NOTHING"}, "urgent.item-unknown"),
        ({"room": "MAIN^OR99^^NCH"}, "urgent.room-unknown"),
        ({"need_at": "2028-01-01T00:00:00Z"}, "urgent.need-far"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(
    world: World, change: dict[str, str], code: str
) -> None:
    """The caller learns at once what is wrong, and nothing is kept."""
    answer = deed(world, "/urgent", {**CALL, **change})
    assert (answer.status_code, answer.json()["title"]) == (422, code)
    assert call(world, "/api/v1/urgent").json()["requests"] == []


def test_every_other_deed_has_its_door(world: World) -> None:
    """Judged, changed, lost and withdrawn by a person, with a reason where one is owed."""
    key = deed(world, "/urgent", {**CALL, "criticality": None, "is_in_room": False}).json()["key"]
    assert deed(world, f"/urgent/{key}/triage", {"by": "L", "urgency": "STAT"}).json()["taken"]
    assert deed(world, f"/urgent/{key}/change", {"by": "N", "add": "2"}).json()["taken"]
    assert call(world, f"/api/v1/urgent/{key}").json()["request"]["quantity"] == "3"
    none = deed(world, f"/urgent/{key}/commitments", {"by": "B"})
    assert none.json()["title"] == "urgent.source-missing"
    deed(world, f"/urgent/{key}/commitments", {"by": "B", "source": "SUP-9001"})
    silent = deed(world, f"/urgent/{key}/loss", {"by": "B"})
    assert silent.json()["title"] == "urgent.reason-missing"
    assert deed(world, f"/urgent/{key}/loss", {"by": "B", "reason": "late"}).json()["taken"]
    assert deed(world, f"/urgent/{key}/withdrawal", {"by": "N", "reason": "x"}).json()["taken"]
    assert call(world, "/api/v1/urgent/none").status_code == 404
