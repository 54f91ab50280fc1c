"""The console's pages and the API over a hub with a case in it, through ASGI."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "path"))

from conftest_world import build, close, erp_page, siu, stock

from suture.api.app import make_api
from suture.api.hub import HubPort
from suture.console.live import Live
from suture.console.mount import mount_console
from suture.testing.world import World

TOKEN = "operator-token"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a hub with one case that has a gap, under the default policy (a person approves)."""
    made = build(tmp_path, policy="default")
    made.arrive(
        erp_page(stock("PACK", 5), last=1), endpoint="erp", format="erp", control_id="changes/0-1"
    )
    made.hl7(siu())
    made.advance(minutes=20)
    yield made
    close(made)


def call(
    world: World, path: str, *, method: str = "GET", token: str = "", json: Any = None
) -> httpx.Response:
    """Send one request to the hub's application."""
    hub = HubPort(
        clinical=world.core.clinical.journal,
        operations=world.operations,
        clock=world.clock,
        name="test",
        timezone="America/Chicago",
        token=TOKEN,
    )
    app = make_api(hub)
    mount_console(app, hub)
    headers = {"authorization": f"Bearer {token}"} if token else {}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            return await client.request(method, path, headers=headers, json=json)

    return asyncio.run(send())


PAGES = ("/", "/?days=14&day=2027-01-04", "/exceptions", "/messages", "/health")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_with_a_strict_policy(world: World, path: str) -> None:
    """A page has a language, one heading, a skip link, and neither inline script nor style."""
    answer = call(world, path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["cache-control"] == "no-store"
    html = answer.text
    assert '<html lang="en">' in html and html.count("<h1") == 1 and 'class="skip"' in html
    assert "<style" not in html and "style=" not in html and "onclick" not in html
    assert html.count("<script") == 1 and 'src="/static/console.js"' in html


def test_the_board_shows_the_gap_with_state_word_glyph_and_reason(world: World) -> None:
    """S89: state is a word and a glyph, and the reason stands beside it."""
    html = call(world, "/?days=14&day=2027-01-04").text
    assert "Not covered yet" in html
    assert "◐</span> partial" in html
    assert "FEMORAL COMP KNEE SZ 5 RT" in html
    assert "NCH OR04" in html and "07:30" in html


def test_no_patient_data_is_on_any_page(world: World) -> None:
    """S99: neither name, MRN, birth date, case number nor surgeon number is shown anywhere."""
    [case] = world.all("CASE")
    paths = (*PAGES, f"/cases/{case.key}", "/api/v1/board?days=14", f"/api/v1/trace/{case.key}")
    for path in paths:
        text = call(world, path).text
        for planted in ("SYNTHETIC^PATIENT", "SYNMRN000123", "19580214", "88123", "9000000015"):
            assert planted not in text, (path, planted)


def test_a_case_page_tells_its_lineage(world: World) -> None:
    """S90: each hop has its rule, reasons, message and inputs with version and age."""
    [case] = world.all("CASE")
    html = call(world, f"/cases/{case.key}").text
    for part in (
        "CASE.001",
        "W2.008",
        "W7.007",
        "MSG0001",
        "answered CA",
        "inputs read",
        "version 1",
    ):
        assert part in html, part


def test_search_leads_from_a_control_id_to_its_case(world: World) -> None:
    """A control id, an order or an invoice number finds the case."""
    [case] = world.all("CASE")
    answer = call(world, "/trace?asked=MSG0001")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/cases/{case.key}"


def test_an_unknown_name_is_a_designed_404_and_is_escaped(world: World) -> None:
    """What was asked for is shown, and never as markup."""
    answer = call(world, "/trace?asked=%3Cscript%3Ealert(1)%3C/script%3E")
    assert answer.status_code == 404
    assert "trace.unknown" in answer.text
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert" in answer.text


def test_static_files_are_our_own(world: World) -> None:
    """No third party is asked for anything."""
    for path in ("/static/console.css", "/static/console.js", "/static/mark.svg"):
        answer = call(world, path)
        assert answer.status_code == 200
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")


def test_a_task_is_answered_by_a_person_with_the_token(world: World) -> None:
    """S76: the default policy asks a person; the answer needs the operator's token and a name."""
    [task] = call(world, "/api/v1/tasks").json()["tasks"]
    assert task["role"] == "supply_manager"
    path = f"/api/v1/tasks/{task['id']}/answer"
    body = {"verdict": "approve", "by": "J. Manager", "reason": "needed"}
    assert call(world, path, method="POST", json=body).status_code == 401
    assert call(world, path, method="POST", token="wrong", json=body).status_code == 401
    assert call(world, path, method="POST", token=TOKEN, json=body).status_code == 200
    world.settle()
    [requisition] = world.all("W7")
    assert requisition.state == "ERP_CREATED"
    assert world.data(requisition)["approved_by"] == ["J. Manager"]
    again = call(world, path, method="POST", token=TOKEN, json=body)
    assert (again.status_code, again.json()["title"]) == (409, "task.closed")


def test_errors_never_echo_what_was_sent(world: World) -> None:
    """A mistyped value does not come back in the problem document (plan D11)."""
    canary = "SYNCANARY" * 30
    for path in (f"/api/v1/board?days={canary}", f"/api/v1/exceptions?facility={canary}"):
        answer = call(world, path)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "request.invalid"
        assert "SYNCANARY" not in answer.text
    body = {"verdict": canary, "by": "", "reason": ""}
    answer = call(world, "/api/v1/tasks/x/answer", method="POST", token=TOKEN, json=body)
    assert answer.status_code == 422 and "SYNCANARY" not in answer.text


def test_metrics_are_counts_without_content(world: World) -> None:
    """S130: backlog, store and lane gauges in the Prometheus format."""
    text = call(world, "/metrics").text
    assert "suture_events_undecided 0.0" in text
    assert 'suture_store_accepting{zone="clinical"} 1.0' in text
    for planted in ("SYNTHETIC", "SYNMRN", "88123"):
        assert planted not in text


def test_lists_are_bounded(world: World) -> None:
    """A limit above the page maximum is refused, not cut silently."""
    assert call(world, "/api/v1/exceptions?limit=100000").status_code == 422
    assert call(world, "/?days=400").status_code == 422


def test_the_live_stream_tells_of_a_change_and_resumes() -> None:
    """The first event carries the last sequence as id; a viewer who saw it waits."""

    async def first(seen: int) -> bytes:
        stream = Live(lambda: 42).stream(seen)
        assert stream is not None
        assert (await anext(stream)).startswith(b"retry:")
        found = await asyncio.wait_for(anext(stream), 5)
        await stream.aclose()  # type: ignore[attr-defined]
        return found

    assert asyncio.run(first(0)) == b"id: 42\nevent: change\ndata: 42\n\n"
