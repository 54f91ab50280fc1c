"""Mounts the console's pages on the API application.

In: the application, the hub. Out: pages, fragments, the live stream, static files. Refuses to
know: stores: it shows what the views tell. There is no sign-in yet, so the server refuses to listen
beyond loopback, and no page holds patient data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from suture.api.hub import HubPort
from suture.console.live import Live
from suture.console.render import Renderer
from suture.intelligence.coverage import board
from suture.intelligence.exceptions import open_exceptions, open_tasks
from suture.intelligence.health import health
from suture.intelligence.lineage import message_in, trace
from suture.intelligence.view import Board, Lineage

T = TypeVar("T")

LIST_MAX = 200
DAYS_MAX = 31
DAYS_SHOWN = 7
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Days = Annotated[int, Query(ge=1, le=DAYS_MAX)]
Facility = Annotated[str, Query(max_length=20)]
Asked = Annotated[str, Query(max_length=200)]


def mount_console(app: FastAPI, hub: HubPort) -> None:
    """Add the console's routes to the application."""
    console = _Console(hub)
    add: Callable[..., Any] = app.add_api_route
    for path, handler in (
        ("/", console.board),
        ("/fragments/board", console.board_fragment),
        ("/cases/{token}", console.case),
        ("/trace", console.trace),
        ("/exceptions", console.exceptions),
        ("/messages", console.messages),
        ("/health", console.health),
        ("/live", console.live),
    ):
        add(path, handler, methods=["GET"], include_in_schema=False, response_class=HTMLResponse)
    folder = Path(str(files("suture.console") / "static"))
    app.mount("/static", StaticFiles(directory=folder), name="static")


class _Console:
    """The pages of one hub."""

    def __init__(self, hub: HubPort) -> None:
        self._hub = hub
        self._render = Renderer(hub.name, hub.timezone)
        self._live = Live(self._last_event)

    def _last_event(self) -> int:
        with self._hub.reading() as reader:
            return reader.last_event_seq()

    async def _query(self, query: Callable[[], T]) -> T:
        return await asyncio.to_thread(query)

    def _page(self, name: str, status: int = 200, **context: Any) -> HTMLResponse:
        html = self._render.page(name, now=self._hub.now(), **context)
        return HTMLResponse(html, status, headers=SECURITY)

    def _board(self, facility: str, day: date | None, days: int) -> Board:
        with self._hub.reading() as reader:
            return board(
                reader,
                now=self._hub.now(),
                facility=facility,
                day=day,
                days=days,
                timezone=self._hub.timezone,
            )

    async def board(
        self, facility: Facility = "", day: date | None = None, days: Days = DAYS_SHOWN
    ) -> Response:
        """Show the coming cases by day and operating room."""
        found = await self._query(lambda: self._board(facility, day, days))
        return self._page("board.html", board=found, day=day, days=days, title="Readiness board")

    async def board_fragment(
        self, facility: Facility = "", day: date | None = None, days: Days = DAYS_SHOWN
    ) -> Response:
        """Return the part of the board that changes."""
        found = await self._query(lambda: self._board(facility, day, days))
        return self._page("_board.html", board=found, day=day, days=days)

    def _trace(self, asked: str) -> Lineage | None:
        with self._hub.tracing() as readers:
            return trace(readers, asked, now=self._hub.now())

    async def case(self, token: str) -> Response:
        """Show one case: coverage and lineage."""
        return await self._lineage(token)

    async def trace(self, asked: Asked = "") -> Response:
        """Find a case, order, invoice or message by its number."""
        asked = asked.strip()
        if not asked:
            return RedirectResponse("/", 303)
        found = await self._query(lambda: self._trace(asked))
        if found is not None and len(found.cases) == 1 and found.cases[0].token != asked:
            return RedirectResponse(f"/cases/{found.cases[0].token}", 303)
        return await self._lineage(asked)

    async def _lineage(self, asked: str) -> Response:
        found = await self._query(lambda: self._trace(asked))
        if found is None:
            return self._page("missing.html", 404, asked=asked, title="Not found")
        return self._page("lineage.html", lineage=found, title="Lineage")

    async def exceptions(self, facility: Facility = "") -> Response:
        """Show the exception desk and the open tasks."""

        def query() -> tuple[list[Any], list[Any]]:
            with self._hub.reading() as reader:
                return (
                    list(open_exceptions(reader, limit=LIST_MAX, facility=facility)),
                    list(open_tasks(reader, limit=LIST_MAX)),
                )

        exceptions, tasks = await self._query(query)
        return self._page(
            "exceptions.html",
            exceptions=exceptions,
            tasks=tasks,
            limit=LIST_MAX,
            title="Exceptions",
        )

    async def messages(self, before: Annotated[int | None, Query(ge=1)] = None) -> Response:
        """Show the newest envelopes of both zones, never content."""

        def query() -> dict[str, Any]:
            with self._hub.tracing() as readers:
                zones = {"operations": readers.operations, "clinical": readers.clinical}
                return {
                    "zones": {
                        name: [message_in(a) for a in reader.recent_arrivals(100, before)]
                        for name, reader in zones.items()
                    },
                    "refusals": [
                        *readers.clinical.refusals(50),
                        *readers.operations.refusals(50),
                    ],
                }

        return self._page("messages.html", **await self._query(query), title="Messages")

    async def health(self) -> Response:
        """Show stores, backlog and lanes."""

        def query() -> Any:
            with self._hub.tracing() as readers:
                return health(readers, self._hub.stores(), now=self._hub.now())

        return self._page("health.html", health=await self._query(query), title="Health")

    async def live(self, request: Request) -> Response:
        """Stream one event per change of the record; resumes by Last-Event-ID."""
        seen = request.headers.get("last-event-id", "")
        stream = self._live.stream(int(seen) if seen.isdigit() else 0)
        if stream is None:
            return Response("too many viewers", 503, headers={"Retry-After": "30"})
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={**SECURITY, "X-Accel-Buffering": "no"}
        )
