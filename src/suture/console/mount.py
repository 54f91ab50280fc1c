"""Mounts the console on the API application: routes, error pages, guard, static files.

In: the application, the hub. Out: the same application with pages beside the interface. Refuses to
know: what a page shows. There is no sign-in yet, so the server refuses to listen beyond loopback,
and no page holds patient data.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from suture.api.hub import HubPort
from suture.console.guard import Guard
from suture.console.pages import Console

INTERFACE = ("/api/", "/health/", "/metrics", "/openapi.json", "/static/")
"""What programs ask for: their errors stay problem documents."""

Handler = Callable[[Request, Any], Awaitable[Response]]


def mount_console(app: FastAPI, hub: HubPort) -> None:
    """Add the console's routes, its error pages and the guard to the application."""
    console = Console(hub)
    add: Callable[..., Any] = app.add_api_route
    for path, handler in (
        ("/", console.board),
        ("/fragments/board", console.board_fragment),
        ("/cases/{token}", console.case),
        ("/trace", console.trace),
        ("/fragments/lineage", console.lineage_fragment),
        ("/carts", console.carts),
        ("/fragments/carts", console.carts_fragment),
        ("/urgent", console.urgent),
        ("/fragments/urgent", console.urgent_fragment),
        ("/stock", console.stock),
        ("/fragments/stock", console.stock_fragment),
        ("/exceptions", console.exceptions),
        ("/fragments/exceptions", console.exceptions_fragment),
        ("/messages", console.messages),
        ("/messages/{exchange}", console.message),
        ("/partners", console.partners),
        ("/fragments/partners", console.partners_fragment),
        ("/health", console.health),
        ("/fragments/health", console.health_fragment),
        ("/live", console.live),
    ):
        add(path, handler, methods=["GET"], include_in_schema=False, response_class=HTMLResponse)
    folder = Path(str(files("suture.console") / "static"))
    app.mount("/static", StaticFiles(directory=folder), name="static")
    _show_faults(app, console)
    app.add_middleware(Guard)


def _show_faults(app: FastAPI, console: Console) -> None:
    """Answer errors of pages with a page; those of the interface as the interface does."""
    faults: tuple[tuple[type[Exception], Callable[[Any], tuple[int, str]]], ...] = (
        (HTTPException, lambda e: (e.status_code, f"http.{e.status_code}")),
        (RequestValidationError, lambda _: (422, "request.invalid")),
        (Exception, lambda _: (500, "hub.failed")),
    )
    for kind, tell in faults:
        app.add_exception_handler(kind, _handler(app, console, kind, tell))


def _handler(
    app: FastAPI,
    console: Console,
    kind: type[Exception],
    tell: Callable[[Any], tuple[int, str]],
) -> Handler:
    for_programs: Any = app.exception_handlers.get(kind)

    async def answer(request: Request, error: Any) -> Response:
        if request.url.path.startswith(INTERFACE) and for_programs is not None:
            told: Response = await for_programs(request, error)
            return told
        return console.fault(*tell(error))

    return answer
