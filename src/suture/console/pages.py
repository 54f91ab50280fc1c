"""Answers requests for pages, their fragments and the live stream.

In: query values, the hub. Out: HTML of the views. Refuses to know: stores: it shows what the views
tell; and how it is mounted. A fragment is the part of a page that changes, without head and foot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlencode

from fastapi import Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from pydantic import BeforeValidator, Field

from suture.api.app import DAY_MAX, DAY_MIN
from suture.api.hub import HubPort
from suture.api.traffic import looked
from suture.console.guard import HEADERS
from suture.console.live import Live
from suture.console.render import Renderer
from suture.console.steps import beside_steps, documents_of, stage_steps, titles_of
from suture.console.stock import stock_page
from suture.console.timeline import days_of
from suture.intelligence.alert_log import kept
from suture.intelligence.carts import CARTS_MAX, CartView, Wanted, cart, carts
from suture.intelligence.coverage import board
from suture.intelligence.exceptions import open_exceptions, open_tasks
from suture.intelligence.lineage import message_in, trace
from suture.intelligence.message import message
from suture.intelligence.partners import partners
from suture.intelligence.urgent import URGENT_MAX, urgent_requests
from suture.intelligence.view import Board, ExceptionView, Lineage, TaskView

T = TypeVar("T")

LIST_MAX = 200
"""Rows of a list; more is not read on a page, the interface gives all."""
MESSAGES_MAX = 50
"""Envelopes of one zone on a page; older ones are a link away."""
REFUSALS_MAX = 50
ALERTS_MAX = 20
PAST_ALERTS = timedelta(days=1)
DAYS_MAX = 31
DAYS_SHOWN = 7
ASKED_MAX = 200
SEQ_DIGITS_MAX = 18
"""Digits of an event sequence: what SQLite's 64-bit row number holds."""
KEPT_MAX = 16
"""Board fragments kept: as many scopes as a hospital has wall screens."""


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


Days = Annotated[int, Query(ge=1, le=DAYS_MAX)]
Day = Annotated[
    Annotated[date, Field(ge=DAY_MIN, le=DAY_MAX)] | None, BeforeValidator(_blank_is_none), Query()
]
Facility = Annotated[str, Query(max_length=20)]
State = Annotated[Literal["", "ready", "partial", "blocked", "unknown"], Query()]
Asked = Annotated[str, Query(max_length=ASKED_MAX)]
Item = Annotated[str, Query(max_length=100)]
Token = Annotated[str, Path(max_length=ASKED_MAX)]
Before = Annotated[int | None, Query(ge=1, lt=10**SEQ_DIGITS_MAX)]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a board shows; `query` is the same scope as an address."""

    facility: str
    day: date | None
    days: int
    state: str

    def query(self, **changes: object) -> str:
        """Return the scope as a query string, some values changed; defaults are left out."""
        values = {
            "facility": self.facility,
            "day": self.day.isoformat() if self.day else "",
            "days": self.days if self.days != DAYS_SHOWN else "",
            "state": self.state,
            **changes,
        }
        return "?" + urlencode({k: v for k, v in values.items() if v})


class Console:
    """The pages of one hub."""

    def __init__(self, hub: HubPort) -> None:
        self._hub = hub
        self._render = Renderer(hub.name, hub.timezone)
        self._live = Live(self._last_event)
        self._one_at_a_time = asyncio.Lock()
        self._kept: dict[Scope, tuple[int, str]] = {}

    # ---- board

    async def board(
        self, facility: Facility = "", day: Day = None, days: Days = DAYS_SHOWN, state: State = ""
    ) -> Response:
        """Show the coming cases by day and operating room."""
        scope = Scope(facility, day, days, state)
        return await self._page("board.html", lambda: self._board(scope), title="Readiness board")

    async def board_fragment(
        self, facility: Facility = "", day: Day = None, days: Days = DAYS_SHOWN, state: State = ""
    ) -> Response:
        """Return the part of the board that changes: made once per change for all viewers."""
        scope = Scope(facility, day, days, state)
        async with self._one_at_a_time:
            seq = await asyncio.to_thread(self._last_event)
            kept = self._kept.get(scope)
            if kept is None or kept[0] != seq:
                html = await self._html("_board.html", lambda: self._board(scope))
                self._kept.pop(scope, None)
                if len(self._kept) >= KEPT_MAX:
                    self._kept.pop(next(iter(self._kept)))
                kept = self._kept[scope] = (seq, html)
        return HTMLResponse(kept[1])

    def _board(self, scope: Scope) -> dict[str, Any]:
        with self._hub.reading() as reader:
            found: Board = board(
                reader,
                now=self._hub.now(),
                facility=scope.facility,
                day=scope.day,
                days=scope.days,
                timezone=self._hub.timezone,
            )
        return {
            "board": found,
            "scope": scope,
            "days": days_of(found, only=scope.state),
            "seq": found.last_event_seq,
        }

    # ---- lineage

    async def case(self, token: Token) -> Response:
        """Show one case: coverage and lineage."""
        return await self._lineage(token)

    async def trace(self, asked: Asked = "") -> Response:
        """Find a case, order, invoice or message by its number; go to the case when it is one."""
        asked = asked.strip()
        if not asked:
            return RedirectResponse("/", 303)
        found = await asyncio.to_thread(self._trace, asked)
        if found is not None and len(found.cases) == 1:
            return RedirectResponse(f"/cases/{found.cases[0].token}", 303)
        return await self._lineage(asked)

    async def lineage_fragment(self, asked: Asked) -> Response:
        """Return the part of a lineage page that changes."""
        return await self._lineage(asked, template="_lineage.html")

    async def _lineage(self, asked: str, template: str = "lineage.html") -> Response:
        found = await asyncio.to_thread(self._trace, asked)
        if found is None:
            return self.fault(404, "trace.unknown")

        def context() -> dict[str, Any]:
            return {
                "lineage": found,
                "asked": asked,
                "stages": stage_steps(found),
                "beside": beside_steps(found),
                "titles": titles_of(found),
                "documents": documents_of(found),
                "cart": self._cart(found),
                "seq": self._last_event(),
            }

        return await self._page(template, context, title=_title(found))

    def _trace(self, asked: str) -> Lineage | None:
        with self._hub.tracing() as readers:
            return trace(readers, asked, now=self._hub.now())

    # ---- lists

    async def exceptions(self, facility: Facility = "") -> Response:
        """Show the exception desk and the open tasks."""
        return await self._exceptions("exceptions.html", facility)

    async def exceptions_fragment(self, facility: Facility = "") -> Response:
        """Return the part of the desk that changes."""
        return await self._exceptions("_exceptions.html", facility)

    async def _exceptions(self, template: str, facility: str) -> Response:
        def context() -> dict[str, Any]:
            with self._hub.reading() as reader:
                exceptions: list[ExceptionView] = open_exceptions(
                    reader, limit=LIST_MAX, facility=facility
                )
                tasks: list[TaskView] = open_tasks(reader, limit=LIST_MAX)
                seq = reader.last_event_seq()
            return {
                "exceptions": exceptions,
                "tasks": tasks,
                "limit": LIST_MAX,
                "facility": facility,
                "seq": seq,
            }

        return await self._page(template, context, title="Exceptions")

    async def messages(
        self, clinical_before: Before = None, operations_before: Before = None
    ) -> Response:
        """Show the newest envelopes of both zones, never content."""

        def context() -> dict[str, Any]:
            with self._hub.tracing() as readers:
                zones = (
                    ("clinical", readers.clinical, clinical_before),
                    ("operations", readers.operations, operations_before),
                )
                return {
                    "zones": [
                        (name, [message_in(a) for a in r.recent_arrivals(MESSAGES_MAX, before)])
                        for name, r, before in zones
                    ],
                    "refusals": [
                        (name, x) for name, r, _ in zones for x in r.refusals(REFUSALS_MAX)
                    ],
                    "limit": MESSAGES_MAX,
                    "is_newest": clinical_before is None and operations_before is None,
                    "seq": readers.operations.last_event_seq(),
                }

        return await self._page("messages.html", context, title="Messages")

    async def message(self, exchange: Token) -> Response:
        """Show one message: how it came, where it went and every try; never content."""
        found = await asyncio.to_thread(self._message, exchange)
        if not found:
            return self.fault(404, "trace.unknown")

        def context() -> dict[str, Any]:
            return {"zones": found, "exchange": exchange, "seq": self._last_event()}

        return await self._page("message.html", context, title="Message")

    def _message(self, exchange: str) -> list[tuple[str, dict[str, Any]]]:
        with self._hub.tracing() as readers:
            zones = (("clinical", readers.clinical), ("operations", readers.operations))
            each = [(name, message(reader, exchange)) for name, reader in zones]
        return [(name, told) for name, told in each if told is not None]

    def _cart(self, found: Lineage) -> CartView | None:
        """Return the cart where the page is about one case."""
        if len(found.cases) != 1:
            return None
        with self._hub.reading() as reader:
            return cart(reader, found.cases[0].token)

    async def carts(self) -> Response:
        """Show the carts of yesterday, today and the coming two days."""
        return await self._page("carts.html", self._carts, title="Case carts")

    async def carts_fragment(self) -> Response:
        """Return the part of the carts' page that changes."""
        return await self._page("_carts.html", self._carts, title="Case carts")

    def _carts(self) -> dict[str, Any]:
        now = self._hub.now()
        wanted = Wanted(now - timedelta(days=1), now + timedelta(days=2))
        with self._hub.reading() as reader:
            found = carts(reader, wanted)
            return {"carts": found, "limit": CARTS_MAX, "seq": reader.last_event_seq()}

    async def urgent(self) -> Response:
        """Show the urgent requests that are open."""
        return await self._page("urgent.html", self._urgent, title="Urgent requests")

    async def urgent_fragment(self) -> Response:
        """Return the part of the urgent requests' page that changes."""
        return await self._page("_urgent.html", self._urgent, title="Urgent requests")

    def _urgent(self) -> dict[str, Any]:
        with self._hub.reading() as reader:
            found = urgent_requests(reader)
            return {"requests": found, "limit": URGENT_MAX, "seq": reader.last_event_seq()}

    async def stock(self, item: Item = "", facility: Facility = "") -> Response:
        """Show what is there of an item, and the positions that are not to be relied on."""
        return await self._stock("stock.html", item, facility)

    async def stock_fragment(self, item: Item = "", facility: Facility = "") -> Response:
        """Return the part of the stock page that changes."""
        return await self._stock("_stock.html", item, facility)

    async def _stock(self, template: str, item: str, facility: str) -> Response:
        return await self._page(
            template, lambda: stock_page(self._hub, item.strip(), facility.strip()), title="Stock"
        )

    async def partners(self) -> Response:
        """Show what is outstanding with each trading partner."""
        return await self._page("partners.html", self._partners, title="Partners")

    async def partners_fragment(self) -> Response:
        """Return the part of the partners' page that changes."""
        return await self._page("_partners.html", self._partners, title="Partners")

    def _partners(self) -> dict[str, Any]:
        with self._hub.reading() as reader:
            found = partners(reader, self._hub.partners)
            return {"partners": found, "seq": reader.last_event_seq()}

    async def health(self) -> Response:
        """Show stores, backlog and lanes."""
        return await self._page("health.html", self._health, title="Health")

    async def health_fragment(self) -> Response:
        """Return the part of the health page that changes."""
        return await self._page("_health.html", self._health, title="Health")

    def _health(self) -> dict[str, Any]:
        seen = looked(self._hub)
        found = seen.health
        with self._hub.reading() as reader:
            past = kept(reader, found.as_of - PAST_ALERTS, ALERTS_MAX)
            seq = reader.last_event_seq()
        lanes: dict[str, dict[str, int]] = {}
        for name, count in found.deliveries.items():
            destination, _, state = name.rpartition("/")
            lanes.setdefault(destination, {})[state] = count
        return {
            "health": found,
            "lanes": lanes,
            "alerts": seen.alerts,
            "past": [one for one in past if one.cleared_at is not None],
            "seq": seq,
        }

    # ---- live

    async def live(
        self, request: Request, after: Annotated[int, Query(ge=0, lt=10**SEQ_DIGITS_MAX)] = 0
    ) -> Response:
        """Stream one event per change of the record; resumes by Last-Event-ID."""
        told = request.headers.get("last-event-id", "")
        is_number = told.isascii() and told.isdecimal() and len(told) <= SEQ_DIGITS_MAX
        stream = self._live.stream(int(told) if is_number else after)
        if stream is None:
            return Response("too many viewers", 503, headers={"Retry-After": "30"})
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )

    def _last_event(self) -> int:
        with self._hub.reading() as reader:
            return reader.last_event_seq()

    # ---- rendering

    def fault(self, status: int, code: str) -> HTMLResponse:
        """Return the page of an error: its code, what it means and what to do; no input."""
        html = self._render.page(
            "fault.html", now=self._hub.now(), status=status, code=code, title=code, seq=0
        )
        return HTMLResponse(html, status, headers={**HEADERS, "Cache-Control": "no-store"})

    async def _page(
        self, template: str, context: Callable[[], dict[str, Any]], *, title: str
    ) -> HTMLResponse:
        return HTMLResponse(await self._html(template, context, title=title))

    async def _html(self, template: str, context: Callable[[], dict[str, Any]], **more: Any) -> str:
        def made() -> str:
            return self._render.page(template, now=self._hub.now(), **context(), **more)

        return await asyncio.to_thread(made)


def _title(lineage: Lineage) -> str:
    if len(lineage.cases) == 1:
        case = lineage.cases[0]
        return f"{case.procedure}, {case.facility} {case.room}"
    return f"Lineage of {lineage.asked}"
