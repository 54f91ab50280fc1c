"""The exception desk over the interface: order, filters, answers by state (spec 2.24)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from door import TOKEN, call

from suture.documents.events import ExceptionRaised
from suture.intelligence import exceptions
from suture.orchestration.effects import exception_key
from suture.testing.world import World


def problem(world: World, name: str, **more: Any) -> str:
    """Raise an exception; return its key."""
    told = {"family": "SUPPLIER", "code": "order.late", "summary": name, "dedupe": name, **more}
    world.event("exception.raised", "EXC", exception_key(name), ExceptionRaised(**told))
    return exception_key(name)


def answer(world: World, key: str, verdict: str, reason: str = "") -> Any:
    """Answer with the operator's token."""
    body = {"verdict": verdict, "by": "ann", "reason": reason}
    path = f"/api/v1/exceptions/{key}/answer"
    told = call(world, path, method="POST", token=TOKEN, json=body)
    world.settle()
    return told


def listed(world: World, query: str) -> list[str]:
    """Return the summaries of the desk in order."""
    told = call(world, f"/api/v1/exceptions?{query}").json()
    return [x["summary"] for x in told["exceptions"]]


@pytest.mark.parametrize("page", [1, 1000])
def test_the_desk_is_sorted_before_it_is_cut(
    world: World, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.0.3: an urgent one that is needed last is still the first of two."""
    monkeypatch.setattr(exceptions, "PAGE_MAX", page)
    now = world.clock.now()
    for n in range(4):
        problem(world, f"n{n}", family="PRICE", need_at=now + timedelta(hours=n))
    problem(world, "hot", family="PRICE", severity="urgent", need_at=now + timedelta(days=9))
    problem(world, "other")
    assert listed(world, "family=PRICE&limit=2") == ["hot", "n0"]
    assert listed(world, "family=PRICE") == ["hot", "n0", "n1", "n2", "n3"]
    assert listed(world, "owner=buyer") == ["other"]


def test_an_exception_is_worked_on_step_by_step(world: World) -> None:
    """2.24: take, wait, reply, write off; an answer its state does not take is refused."""
    key = problem(world, "late")
    early = answer(world, key, "wait")
    assert (early.status_code, early.json()["title"]) == (409, "object.state")
    for verdict, reason, state in (
        ("assign", "", "ASSIGNED"),
        ("wait", "", "WAITING"),
        ("reply", "ships on Friday", "ASSIGNED"),
        ("accept-loss", "below 5 USD", "WRITTEN_OFF"),
    ):
        assert answer(world, key, verdict, reason).status_code == 200
        assert world.instance("EXC", key).state == state
    bare = answer(world, problem(world, "again"), "accept-loss")
    assert (bare.status_code, bare.json()["title"]) == (422, "exception.reason-missing")
