"""Requisitions over the interface: decided at once, once per key, never by a clock (spec 2.8)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from door import TOKEN, build, call, close
from stage import the_erp_answers

from suture.api import requisitions as door
from suture.testing.world import World

GLOVES = {"item": "GLV", "quantity": "2", "uom": "BX"}
WANTED = {
    "requester": "ann",
    "facility": "NCH",
    "supplier": "SUP-9002",
    "need_by": "2027-01-11",
    "lines": [GLOVES],
}


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[World]:
    """Give a hub with one case under the shipped default policy."""
    made = build(tmp_path, policy="default")
    the_erp_answers(made)
    yield made
    close(made)


def ask(world: World, once: str = "k1", **more: Any) -> Any:
    """Ask for goods while the engine runs, as it does in the hub."""
    answer = call(
        world,
        "/api/v1/requisitions",
        method="POST",
        token=TOKEN,
        json={**WANTED, **more},
        once=once,
        nudge=lambda: threading.Thread(target=world.settle).start(),
    )
    world.settle()
    return answer


def test_a_requisition_is_decided_while_the_requester_waits(careful: World) -> None:
    """2.8: the answer names the decision, rule, reasons, people and the policy's hash."""
    told = ask(careful)
    assert told.status_code == 200
    body = told.json()
    assert (body["decision"], body["lane"], body["rule"]) == ("route", "route", "A3")
    assert body["reasons"] == ["not linked to a case", "the budget is not known here"]
    assert body["approvers"] == ["cost_center_manager"]
    assert (body["amount"], body["state"]) == ("25", "PENDING_APPROVAL")
    assert len(body["policy"]["sha256"]) == 64
    shown = call(careful, f"/api/v1/requisitions/{body['requisition']}").json()
    assert (shown["requester"], shown["lines"][0]["unit_price"]) == ("ann", "12.50")
    assert not careful.sent, "the ERP is never asked while a person waits"


def test_the_same_key_is_one_requisition(careful: World) -> None:
    """S73: repeated, the same answer; another request under the key is refused."""
    first = ask(careful).json()
    assert ask(careful).json() == first
    assert len(careful.all("W7")) == 1
    reused = ask(careful, need_by="2027-01-12")
    assert (reused.status_code, reused.json()["title"]) == (409, "request.key-reused")
    two = [GLOVES, {**GLOVES, "quantity": "3"}]
    assert ask(careful, "k2", lines=two).json()["amount"] == "62.5"
    bare = call(careful, "/api/v1/requisitions", method="POST", token=TOKEN, json=WANTED)
    assert bare.status_code == 422, "the key is not optional"
    unsigned = call(careful, "/api/v1/requisitions", method="POST", json=WANTED, once="k3")
    assert unsigned.status_code == 401


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lines": [{**GLOVES, "item": "NONE"}]}, "item.unknown"),
        ({"facility": "XXX"}, "facility.unknown"),
        ({"supplier": "SUP-1"}, "supplier.unknown"),
        ({"case": "nobody"}, "case.unknown"),
        ({"supplier": "SUP-9001"}, "price.missing"),
    ],
)
def test_what_cannot_be_bought_is_refused_with_a_code(
    careful: World, more: dict[str, Any], code: str
) -> None:
    """RFC 9457: the problem names the stable code, and nothing is recorded."""
    told = ask(careful, **more)
    status = 404 if code == "item.unknown" else 422
    assert (told.status_code, told.json()["title"]) == (status, code)
    assert told.headers["content-type"] == "application/problem+json"
    assert not careful.all("W7")


def test_an_engine_that_does_not_answer_approves_nothing(
    careful: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.8 sync budget: 202 and `pending`; the hub decides when it works again."""
    monkeypatch.setattr(door, "SYNC_BUDGET_S", 0.05)
    told = call(careful, "/api/v1/requisitions", method="POST", token=TOKEN, json=WANTED, once="k1")
    assert (told.status_code, told.json()["decision"]) == (202, "pending")
    careful.settle()
    shown = call(careful, f"/api/v1/requisitions/{told.json()['requisition']}").json()
    assert shown["state"] == "PENDING_APPROVAL"


def test_the_requester_cannot_approve_his_own(careful: World) -> None:
    """Segregation of duties: the requester's answer moves nothing, another person's does."""
    key = ask(careful).json()["requisition"]
    path = f"/api/v1/tasks/{key}.0/answer"
    for by, status, state in (("Ann ", 409, "PENDING_APPROVAL"), ("bob", 200, "ERP_CREATED")):
        body = {"verdict": "approve", "by": by}
        told = call(careful, path, method="POST", token=TOKEN, json=body)
        assert told.status_code == status
        careful.settle()
        assert call(careful, f"/api/v1/requisitions/{key}").json()["state"] == state
    [sent] = [x for x in careful.sent if x.kind == "erp.requisition.create"]
    assert json.loads(sent.content)["requester"] == "ann"


def test_a_withdrawn_requisition_asks_nobody(careful: World) -> None:
    """W7.004 by hand: cancelled, its question closed."""
    key = ask(careful).json()["requisition"]
    path = f"/api/v1/requisitions/{key}/withdrawal"
    body = {"by": "ann", "reason": "found some"}
    assert call(careful, path, method="POST", token=TOKEN, json=body).json()["taken"] is True
    careful.settle()
    assert call(careful, f"/api/v1/requisitions/{key}").json()["state"] == "CANCELLED"
    assert call(careful, "/api/v1/tasks").json()["tasks"] == []
    [listed] = call(careful, "/api/v1/requisitions?state=CANCELLED").json()["requisitions"]
    assert listed["key"] == key


@pytest.mark.parametrize(
    ("query", "result", "price"),
    [
        ("item=T5&facility=NCH&uom=EA", "ON_CONTRACT", "900.00"),
        ("item=T5&facility=NCH&uom=EA&supplier=SUP-9002", "ON_CONTRACT", "950.00"),
        ("item=T5&facility=NCH&uom=EA&price=905", "PRICE_VARIANCE", "900.00"),
        ("item=T5&facility=SMC&uom=EA", "NOT_ELIGIBLE", None),
        ("item=T5&facility=NCH&uom=EA&at=2030-01-01", "EXPIRED", None),
        ("item=GLV&facility=NCH&uom=EA", "UOM_MISMATCH", None),
        ("item=PACK&facility=NCH&uom=EA", "OFF_CONTRACT", None),
    ],
)
def test_a_contract_price_is_looked_up(
    careful: World, query: str, result: str, price: str | None
) -> None:
    """2.0.12: every result of the contract check that the data can show."""
    check = call(careful, f"/api/v1/prices?{query}").json()["check"]
    assert check["result"] == result
    assert (check["line"] or {}).get("price") == price
