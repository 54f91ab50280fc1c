"""The JSON interface over a hub with a case in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from door import PLANTED, TOKEN, call

from suture.api.act import Act, hand_in
from suture.core.refusal import RefusalError
from suture.documents.events import ReviewDecided
from suture.testing.world import World

CANARY = "SYNCANARY" * 30
BODY = {"verdict": "approve", "by": "J. Manager", "reason": "needed"}


def post(world: World, path: str, body: Any, token: str = TOKEN) -> Any:
    """Send a change with the operator's token."""
    return call(world, f"/api/v1{path}", method="POST", token=token, json=body)


def task_of(world: World) -> str:
    """Return the path of the only open task's answer."""
    [task] = call(world, "/api/v1/tasks").json()["tasks"]
    return f"/tasks/{task['id']}/answer"


def test_a_task_is_answered_by_a_person_with_the_token(world: World) -> None:
    """S76: the default policy asks a person; the answer needs the operator's token and a name."""
    [task] = call(world, "/api/v1/tasks").json()["tasks"]
    assert task["role"] == "supply_manager"
    path = task_of(world)
    assert post(world, path, BODY, token="").status_code == 401
    assert post(world, path, BODY, token="wrong").status_code == 401
    assert post(world, path, BODY).status_code == 200
    world.settle()
    [requisition] = world.all("W7")
    assert requisition.state == "ERP_CREATED"
    assert world.data(requisition)["approved_by"] == ["J. Manager"]
    again = post(world, path, BODY)
    assert (again.status_code, again.json()["title"]) == (409, "task.closed")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/tasks/none/answer", BODY, 404, "task.unknown"),
        ("/exceptions/none/answer", {**BODY, "verdict": "resolve"}, 404, "exception.unknown"),
        ("/exceptions/none/answer", BODY, 422, "exception.verdict"),
    ],
)
def test_an_answer_that_fits_nothing_is_refused(
    world: World, path: str, body: Any, status: int, code: str
) -> None:
    """The code says what is wrong; nothing is changed."""
    answer = post(world, path, body)
    assert (answer.status_code, answer.json()["title"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_verdict_is_one_of_two(world: World) -> None:
    """Anything but approve or reject is refused, and the task stays open."""
    answer = post(world, task_of(world), {**BODY, "verdict": "maybe"})
    assert (answer.status_code, answer.json()["title"]) == (422, "task.verdict")
    assert len(call(world, "/api/v1/tasks").json()["tasks"]) == 1


def test_every_change_needs_the_token(world: World) -> None:
    """No operation that changes something is open, in the code as in the description."""
    described = call(world, "/openapi.json").json()["paths"]
    changes = [(p, m) for p, ms in described.items() for m in ms if m != "get"]
    assert sorted(changes) == [
        ("/api/v1/carts/{token}/delivery", "put"),
        ("/api/v1/carts/{token}/returns", "put"),
        ("/api/v1/carts/{token}/{kind}", "post"),
        ("/api/v1/cases/{token}/card", "post"),
        ("/api/v1/cases/{token}/risk", "post"),
        ("/api/v1/cases/{token}/usage-final", "post"),
        ("/api/v1/destinations/{name}/pause", "post"),
        ("/api/v1/destinations/{name}/redeliver", "post"),
        ("/api/v1/destinations/{name}/resume", "post"),
        ("/api/v1/exceptions/{key}/answer", "post"),
        ("/api/v1/flows/reload", "post"),
        ("/api/v1/holds", "post"),
        ("/api/v1/holds/{name}/release", "post"),
        ("/api/v1/invoices/{number}/{verb}", "post"),
        ("/api/v1/messages/search", "post"),
        ("/api/v1/messages/{exchange}/opened", "post"),
        ("/api/v1/messages/{exchange}/replay", "post"),
        ("/api/v1/requisitions", "post"),
        ("/api/v1/requisitions/{key}/submission", "post"),
        ("/api/v1/requisitions/{key}/withdrawal", "post"),
        ("/api/v1/retention/run", "post"),
        ("/api/v1/stock/counts", "post"),
        ("/api/v1/stock/retirements", "post"),
        ("/api/v1/tasks/{task_id}/answer", "post"),
        ("/api/v1/urgent", "post"),
        ("/api/v1/urgent/{key}/{deed}", "post"),
    ]
    names = {"number": "1", "verb": "x", "name": "erp", "key": "x", "task_id": "x", "exchange": "x"}
    for path, method in changes:
        filled = path.format(**names, token="x", kind="picks", deed="loss")
        for token in ("", "wrong"):
            answer = call(world, filled, method=method.upper(), token=token, json=BODY)
            assert answer.status_code == 401, path


def test_a_hub_without_a_token_takes_no_change(world: World) -> None:
    """An empty token is no password."""
    path = "/api/v1/tasks/x/answer"
    for token in ("", " ", "x"):
        answer = call(world, path, method="POST", json=BODY, token=token, hub_token="")
        assert answer.status_code == 401, token


def test_errors_never_echo_what_was_sent(world: World) -> None:
    """A mistyped value does not come back in the problem document (plan D11)."""
    for path in (
        f"/api/v1/board?days={CANARY}",
        f"/api/v1/board?day={CANARY}",
        f"/api/v1/exceptions?facility={CANARY}",
        f"/api/v1/messages?zone={CANARY}",
        f"/api/v1/trace/{CANARY}",
    ):
        answer = call(world, path)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "request.invalid"
        assert "SYNCANARY" not in answer.text
    for path, body in (
        ("/tasks/x/answer", {"verdict": CANARY, "by": "", "reason": ""}),
        ("/tasks/SYNCANARY/answer", BODY),
        ("/exceptions/SYNCANARY/answer", {**BODY, "verdict": "SYNCANARY"}),
    ):
        answer = post(world, path, body)
        assert answer.status_code in (404, 422) and "SYNCANARY" not in answer.text
    for path in ("/api/v1/trace/SYNCANARY", "/api/v1/SYNCANARY"):
        answer = call(world, path)
        assert answer.status_code == 404 and "SYNCANARY" not in answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_no_patient_data_is_in_any_answer(world: World) -> None:
    """S99: the interface shows what the pages show."""
    [case] = world.all("CASE")
    paths = ("board?days=14", f"trace/{case.key}", "exceptions", "tasks", "messages", "health")
    for path in paths:
        answer = call(world, f"/api/v1/{path}")
        assert answer.status_code == 200
        for planted in PLANTED:
            assert planted not in answer.text, (path, planted)


def test_a_trace_tells_the_position_an_answer_rests_on(world: World) -> None:
    """S90: availability at the ERP is told with the position's version and age."""
    [case] = world.all("CASE")
    found = call(world, f"/api/v1/trace/{case.key}").json()
    positions = [i for h in found["hops"] for i in h["inputs"] if i.get("kind") == "stock position"]
    assert {p["key"] for p in positions} >= {"PACK@NCH-OR-IMPL"}
    assert all(p["version"] == 1 and p["age_s"] >= 0 for p in positions)


def test_messages_page_by_zone(world: World) -> None:
    """Zones count apart: a page goes on from the sequence of its own zone."""
    both = call(world, "/api/v1/messages").json()
    assert both["clinical"] and both["operations"]
    one = call(world, "/api/v1/messages?zone=clinical&limit=1").json()
    assert "operations" not in one
    [newest] = one["clinical"]
    rest = call(world, f"/api/v1/messages?zone=clinical&before={newest['seq']}").json()
    assert newest["seq"] not in [m["seq"] for m in rest["clinical"]]


@pytest.mark.parametrize(
    "path",
    [
        "exceptions?limit=100000",
        "exceptions?limit=0",
        "tasks?limit=201",
        "messages?limit=201",
        "messages?before=0",
        "messages?before=9999999999999999999999",
        "board?days=400",
        "board?day=9999-12-31",
        "board?day=0001-01-01",
    ],
)
def test_lists_are_bounded(world: World, path: str) -> None:
    """A value beyond its bounds is refused, not cut silently and not a failure."""
    assert call(world, f"/api/v1/{path}").status_code == 422


def test_metrics_are_counts_without_content(world: World) -> None:
    """S130: backlog, store and lane gauges in the Prometheus format."""
    text = call(world, "/metrics").text
    assert "suture_events_undecided 0.0" in text
    assert 'suture_store_accepting{zone="clinical"} 1.0' in text
    assert "# TYPE suture_alert gauge" in text
    assert "# TYPE suture_lane_oldest_seconds gauge" in text
    for planted in ("SYNTHETIC", "SYNMRN", "88123"):
        assert planted not in text


def test_answers_of_the_interface_are_not_kept(world: World) -> None:
    """No browser or proxy keeps an answer."""
    answer = call(world, "/api/v1/board")
    assert answer.headers["cache-control"] == "no-store"
    assert json.loads(answer.text)["last_event_seq"] > 0


def test_a_hub_says_that_it_is_alive_and_ready(world: World) -> None:
    """Both answer in words for a probe, without a token."""
    for path in ("/livez", "/readyz"):
        answer = call(world, path)
        assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_hub_whose_store_takes_nothing_is_not_ready(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with the zone; it is alive all the same."""
    journal = world.core.clinical.journal
    status = replace(journal.status(), is_accepting=False)
    monkeypatch.setattr(type(journal), "status", lambda self: status)
    answer = call(world, "/readyz")
    assert answer.status_code == 503
    assert answer.json()["title"] == "store.low-space" and "clinical" in answer.json()["detail"]
    assert call(world, "/livez").status_code == 200


def test_a_deed_is_taken_once_and_only_where_its_state_takes_it(world: World) -> None:
    """S73: the same answer twice is one event; another one under the same key is refused."""
    path = task_of(world)
    assert post(world, path, BODY).status_code == 200
    assert post(world, path, BODY).status_code == 200
    other = post(world, path, {**BODY, "by": "A. Other"})
    assert (other.status_code, other.json()["title"]) == (409, "request.key-reused")
    assert [e.type for e in world.events()].count("review.approved") == 1
    [requisition] = world.all("W7")
    deed = Act("review.returned", "W7", requisition.key, ReviewDecided(task="t", by="x"))
    world.settle()
    with pytest.raises(RefusalError) as refused:
        world.operations.write(lambda tx: hand_in(tx, deed, world.clock.now()))
    assert refused.value.code == "object.state"
    assert "it is ERP_CREATED" in refused.value.text
    unknown = replace(deed, key="none")
    with pytest.raises(RefusalError) as refused:
        world.operations.write(lambda tx: hand_in(tx, unknown, world.clock.now()))
    assert refused.value.code == "object.unknown"
    assert [e.type for e in world.events()].count("review.approved") == 1
