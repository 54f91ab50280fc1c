"""The console's pages over a hub with a case in it, through ASGI."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest
from door import PLANTED, app_of, call, stream_until

from suture.console import pages
from suture.documents import codec
from suture.intelligence import coverage
from suture.orchestration.processes.replenishment import LineData
from suture.testing.world import World

BOARD = "/?days=14&day=2027-01-04"
PAGES = ("/", BOARD, "/exceptions", "/messages", "/partners", "/health")
FRAGMENTS = (
    "/fragments/board?days=14",
    "/fragments/exceptions",
    "/fragments/partners",
    "/fragments/health",
)


def case_of(world: World) -> str:
    """Return the token of the only case."""
    [case] = world.all("CASE")
    return case.key


class _Outline(HTMLParser):
    """What of a page can be checked without a browser."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.unscoped = 0
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named: dict[str, Any] = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.unscoped += tag == "th" and "scope" not in named
        self.inline += [k for k in named if k == "style" or k.startswith("on")]
        self.inline += ["style"] if tag == "style" else []
        self.inline += ["script"] if tag == "script" and "src" not in named else []


@pytest.mark.parametrize("path", [*PAGES, "case"])
def test_every_page_is_served_with_a_strict_policy(world: World, path: str) -> None:
    """No page has an inline script or style, and each says so to the browser."""
    answer = call(world, f"/cases/{case_of(world)}" if path == "case" else path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert _Outline(answer.text).inline == []


@pytest.mark.parametrize("path", [*PAGES, "case"])
def test_every_page_can_be_walked_without_seeing_it(world: World, path: str) -> None:
    """A language, one main heading, a skip link, landmarks, scoped table heads, unique ids."""
    html = call(world, f"/cases/{case_of(world)}" if path == "case" else path).text
    outline = _Outline(html)
    assert '<html lang="en">' in html
    assert outline.tags.count("h1") == 1 and outline.tags.count("main") == 1
    assert 'class="skip" href="#main"' in html
    assert outline.unscoped == 0
    assert len(outline.ids) == len(set(outline.ids))


def test_the_board_shows_the_gap_with_state_word_glyph_and_reason(world: World) -> None:
    """S89: state is a word and a glyph, and the reason stands beside it."""
    html = call(world, BOARD).text
    assert "Not covered yet" in html
    assert "◐</span> partial" in html
    assert "FEMORAL COMP KNEE SZ 5 RT" in html
    assert "NCH OR04" in html and "07:30" in html
    assert "times in America/Chicago" in html


def test_the_board_can_be_narrowed_to_one_state(world: World) -> None:
    """Every count is a link to the cases it counts, and back."""
    html = call(world, BOARD).text
    assert 'href="/?day=2027-01-04&amp;days=14&amp;state=partial"' in html
    only = call(world, BOARD + "&state=ready").text
    assert "Only ready cases are shown." in only and "No case is ready in this time." in only
    assert "FEMORAL COMP" not in only
    assert call(world, BOARD + "&state=green").status_code == 422


def test_an_empty_hub_says_what_to_expect(nothing: World) -> None:
    """Empty lists are designed, and say where the next thing will show."""
    assert "as soon as the EHR sends them" in call(nothing, "/").text
    assert "Nothing needs a person just now." in call(nothing, "/exceptions").text
    assert "No question waits for an answer." in call(nothing, "/exceptions").text
    assert call(nothing, "/messages").text.count("Nothing has arrived yet.") == 2
    assert "Nothing has been sent yet." in call(nothing, "/health").text


def test_a_cut_board_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """More cases than one board holds are not left out silently."""
    monkeypatch.setattr(coverage, "CASES_MAX", 1)
    assert "More cases are booked than one board shows" in call(world, BOARD).text


def test_no_patient_data_is_on_any_page(world: World) -> None:
    """S99: neither name, MRN, birth date, case number nor surgeon number is shown anywhere."""
    token = case_of(world)
    lineage = (f"/cases/{token}", f"/fragments/lineage?asked={token}")
    for path in (*PAGES, *FRAGMENTS, *lineage):
        text = call(world, path).text
        for planted in PLANTED:
            assert planted not in text, (path, planted)


def test_a_case_page_tells_its_lineage(world: World) -> None:
    """S90: each hop has its rule, reasons, message and inputs with version and age."""
    html = call(world, f"/cases/{case_of(world)}").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
    for part in (
        "CASE.001",
        "W2.008",
        "W7.007",
        "MSG0001",
        "received from ehr",
        "answered CA",
        "inputs read, event case.scheduled",
        "available 0 &lt; required 1",
    ):
        assert part in text, part
    assert re.search(r"card PC-KNEE, version 1, \d+ \w+ old", text)
    assert re.search(r"stock position PACK@NCH-OR-IMPL, version 1, \d+ \w+ old", text)
    order = ["Booked", "Demand lines", "Availability", "Requisition", "Order", "Acknowledged"]
    order += ["Shipped", "Received", "Invoice", "Match", "Paid"]
    assert re.findall(r'<span class="name">([^<]+)</span>', html) == order


def test_search_leads_from_any_number_to_its_case(world: World) -> None:
    """A control id, a token or the key of a document on the desk finds the case."""
    token = case_of(world)
    [requisition] = world.all("W7")
    for asked in ("MSG0001", f"%20{token}%20", requisition.key):
        answer = call(world, f"/trace?asked={asked}")
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/cases/{token}"
    assert call(world, "/trace?asked=").headers["location"] == "/"


def test_errors_of_pages_are_pages_and_repeat_nothing(world: World) -> None:
    """An unknown number, address or value gives a code and what to do, never the input."""
    hostile = "%3Cscript%3ESYNCANARY%3C/script%3E"
    for path, status, code in (
        (f"/trace?asked={hostile}", 404, "trace.unknown"),
        (f"/cases/{hostile}", 404, "http.404"),
        ("/cases/SYNCANARY", 404, "trace.unknown"),
        ("/SYNCANARY", 404, "http.404"),
        ("/?days=400", 422, "request.invalid"),
        ("/?day=9999-12-31", 422, "request.invalid"),
        ("/?day=SYNCANARY", 422, "request.invalid"),
        (f"/?facility={'SYNCANARY' * 9}", 422, "request.invalid"),
        ("/messages?clinical_before=99999999999999999999", 422, "request.invalid"),
    ):
        answer = call(world, path)
        assert (answer.status_code, answer.headers["content-type"]) == (
            status,
            "text/html; charset=utf-8",
        ), path
        assert f"<code>{code}</code>" in answer.text and 'href="/"' in answer.text
        assert "SYNCANARY" not in answer.text


def test_a_day_left_blank_is_today(world: World) -> None:
    """The form can be sent with the date cleared."""
    assert "Mon 4 Jan and the 6 days after" in call(world, "/?facility=&day=&days=7").text


def test_text_of_the_record_is_never_markup(world: World) -> None:
    """A description that holds a script is shown as text."""
    [line] = [x for x in world.all("W2") if world.data(x)["item"] == "F5"]
    data = msgspec.structs.replace(
        codec.decode(line.data, LineData),
        description="<script>alert(1)</script>",
        reason='"><img src=x onerror=alert(1)>',
    )
    changed = replace(line, rev=line.rev + 1, data=codec.encode(data))
    world.operations.write(lambda tx: tx.put_instance(changed))
    for path in (BOARD, f"/cases/{case_of(world)}"):
        html = call(world, path).text
        assert "<script>alert" not in html and "<img src=x" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
        assert _Outline(html).inline == []


def test_the_desk_shows_owner_clock_and_impact(world: World) -> None:
    """S175: a question has its role, its due time and the command that answers it."""
    html = call(world, "/exceptions").text
    assert "supply manager" in html
    assert "suture task approve" in html and "--by NAME" in html
    assert re.search(r'<time class="near" datetime="[^"]+" title="[^"]*America/Chicago">', html)


def test_messages_are_envelopes_and_page_backwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full page links to the older envelopes of its zone; content is nowhere."""
    monkeypatch.setattr("suture.console.pages.MESSAGES_MAX", 1)
    html = call(world, "/messages").text
    assert "MSG0001" in html and "<code>CA</code>" in html
    assert 'href="/messages?clinical_before=1"' in html
    older = call(world, "/messages?clinical_before=1").text
    assert "Nothing older." in older and "MSG0001" not in older
    assert "Back to the newest" in older


def test_fragments_are_the_changing_part_alone(world: World) -> None:
    """A fragment has neither head nor foot, and is what its page holds."""
    for path in (*FRAGMENTS, f"/fragments/lineage?asked={case_of(world)}"):
        answer = call(world, path)
        assert answer.status_code == 200
        assert "<html" not in answer.text and "<main" not in answer.text
    assert call(world, "/fragments/lineage?asked=nothing").status_code == 404


def test_static_files_are_our_own(world: World) -> None:
    """No third party is asked for anything, and a new version is noticed."""
    for path in ("/static/console.css", "/static/console.js", "/static/mark.svg"):
        answer = call(world, path)
        assert answer.status_code == 200
        assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert call(world, "/static/../pages.py").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8080", "10.0.0.5"])
def test_another_host_name_is_refused(world: World, host: str) -> None:
    """A page elsewhere cannot read the board under its own name (DNS rebinding)."""
    for path in ("/", "/api/v1/board", "/live"):
        answer = call(world, path, host=host)
        assert (answer.status_code, answer.json()["title"]) == (421, "http.host")
        assert "evil" not in answer.text


def test_this_machine_is_answered_under_each_of_its_names(world: World) -> None:
    """Loopback names pass, whatever the port."""
    for host in ("127.0.0.1", "localhost:8080", "[::1]:8080"):
        assert call(world, "/health", host=host).status_code == 200


def test_a_failure_shows_no_content(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that cannot be made says its code and what to do; the interface a problem."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("SYNCANARY")

    monkeypatch.setattr("suture.console.pages.board", fail)
    monkeypatch.setattr("suture.api.app.board", fail)
    page, program = call(world, "/"), call(world, "/api/v1/board")
    assert (page.status_code, program.status_code) == (500, 500)
    assert "hub.failed" in page.text and program.json()["title"] == "hub.failed"
    assert "SYNCANARY" not in page.text + program.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


def test_a_new_viewer_hears_of_what_it_has_not_seen(world: World) -> None:
    """The stream's first event carries the last sequence as id."""
    last = world.read(lambda r: r.last_event_seq())
    got = stream_until(world, "/live?after=1", f"id: {last}\n".encode(), {})
    assert got.startswith(b"retry: 3000\n\n")
    assert f"id: {last}\nevent: change\n".encode() in got


def test_a_viewer_resumes_where_it_was(world: World) -> None:
    """Last-Event-ID goes before the address; a malformed one counts as nothing seen."""
    last = world.read(lambda r: r.last_event_seq())
    for told in (str(last - 1), "²", "9" * 40, "-1", "x"):
        headers = {"last-event-id": told}
        assert stream_until(world, "/live", f"id: {last}\n".encode(), headers), told


def test_a_fragment_is_made_once_per_change_for_all_viewers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty screens that hear of one change cost one board; another scope is another board."""
    made = 0
    real = pages.board

    def counted(*args: Any, **more: Any) -> Any:
        nonlocal made
        made += 1
        return real(*args, **more)

    monkeypatch.setattr(pages, "board", counted)

    async def viewers() -> set[str]:
        transport = httpx.ASGITransport(app=app_of(world))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            asked = [client.get("/fragments/board?days=14") for _ in range(60)]
            other = await client.get("/fragments/board?days=7")
            return {a.text for a in await asyncio.gather(*asked)} - {other.text}

    assert len(asyncio.run(viewers())) == 1
    assert made == 2
