"""The JSON interface: `/api/v1`.

In: HTTP requests. Out: views, problem details (RFC 9457). Refuses to know: pages. Reading needs no
sign-in because the door listens on loopback only and shows no patient data; changing anything
needs the operator's bearer token.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.exceptions import HTTPException

from suture import __version__
from suture.api.carts import cart_routes
from suture.api.hub import Flows, HubPort, Redeliver
from suture.api.invoices import invoice_routes
from suture.api.keeping import keeping_routes, message_reads
from suture.api.metrics import CONTENT_TYPE_LATEST, exposition
from suture.api.partners import partner_routes
from suture.api.pulse import pulse_routes
from suture.api.requisitions import requisition_routes
from suture.api.stock import stock_routes
from suture.api.traffic import looked, traffic_routes
from suture.api.triggers import trigger_routes
from suture.api.urgent import urgent_routes
from suture.core.refusal import RefusalError, StoreFullError
from suture.intelligence.coverage import board
from suture.intelligence.exceptions import open_exceptions, open_tasks
from suture.intelligence.health import health
from suture.intelligence.lineage import message_in, trace
from suture.intelligence.search import by_meta

PAGE_MAX = 200
DAYS_MAX = 31
DAY_MIN, DAY_MAX = date(2000, 1, 1), date(2100, 1, 1)
"""Days that may be asked for: far enough for any schedule, clear of the calendar's ends."""
ASKED_MAX = 200
SEQ_MAX = 10**18
"""Above every sequence; what SQLite's 64-bit row number holds."""

_STATUS = {
    "task.unknown": 404,
    "task.closed": 409,
    "task.same-person": 409,
    "exception.unknown": 404,
    "hold.unknown": 404,
    "object.unknown": 404,
    "item.unknown": 404,
    "stock.not-empty": 409,
    "object.state": 409,
    "request.key-reused": 409,
}


class Verdict(BaseModel):
    """A person's answer."""

    verdict: str = Field(max_length=20)
    by: str = Field(min_length=1, max_length=100)
    reason: str = Field(default="", max_length=500)


class Search(BaseModel):
    """What messages are looked for; all must hold."""

    meta: dict[str, str] = Field(min_length=1, max_length=8)
    """Name -> value, as the flows' `index` names them."""
    endpoint: str = Field(default="", max_length=200)
    code: str = Field(default="", max_length=100)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    limit: int = Field(default=50, ge=1, le=PAGE_MAX)


class Again(BaseModel):
    """Which of a destination's given-up deliveries are sent again; all when left out."""

    exchange: str = Field(default="", max_length=100)
    code: str = Field(default="", max_length=100)
    limit: int = Field(default=1000, ge=1, le=1000)
    dry_run: bool = False


def problem(status: int, code: str, detail: str) -> JSONResponse:
    """Return a problem document; `code` is the stable one to act on."""
    return JSONResponse(
        {"type": f"urn:suture:problem:{code}", "title": code, "status": status, "detail": detail},
        status,
        media_type="application/problem+json",
    )


def _routers(hub: HubPort) -> Iterator[APIRouter]:
    """Yield the routes of `/api/v1`."""
    yield from (_reads(hub), traffic_routes(hub), partner_routes(hub), pulse_routes(hub))
    yield from (message_reads(hub), keeping_routes(hub, _authorised(hub)))
    yield from (trigger_routes(hub), cart_routes(hub, _authorised(hub)))
    yield requisition_routes(hub, _authorised(hub))
    yield from (urgent_routes(hub, _authorised(hub)),)
    yield stock_routes(hub, _authorised(hub))
    yield invoice_routes(hub, _authorised(hub))
    yield from (_searches(hub), _writes(hub))


def make_api(hub: HubPort) -> FastAPI:
    """Return the application with every operation and the error handlers."""
    app = FastAPI(title="suture", version=__version__, docs_url=None, redoc_url=None)
    for router in _routers(hub):
        app.include_router(router, prefix="/api/v1")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        def query() -> bytes:
            view = looked(hub)
            return exposition(lambda: view, hub.pulse)

        return Response(await asyncio.to_thread(query), media_type=CONTENT_TYPE_LATEST)

    @app.get("/livez", include_in_schema=False)
    async def alive() -> Response:
        """Say that the process answers; nothing is looked at."""
        return Response("ok\n", media_type="text/plain")

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> Response:
        """Say whether messages are taken: 503 names the zones whose store takes none."""
        stores = await asyncio.to_thread(hub.stores)
        full = [store.zone for store in stores if not store.is_accepting]
        if full:
            return problem(503, "store.low-space", f"takes no messages: {', '.join(full)}")
        return Response("ok\n", media_type="text/plain")

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = ", ".join(".".join(str(x) for x in e["loc"]) for e in error.errors()[:5])
        return problem(422, "request.invalid", f"check these fields: {fields}")

    @app.exception_handler(RefusalError)
    async def refused(_: Request, error: RefusalError) -> JSONResponse:
        return problem(_STATUS.get(error.code, 422), error.code, error.text)

    @app.exception_handler(HTTPException)
    async def failed(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, f"http.{error.status_code}", str(error.detail))

    @app.exception_handler(StoreFullError)
    async def full(_: Request, error: StoreFullError) -> JSONResponse:
        return problem(503, error.code, "the store is low on space and takes nothing new")

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> JSONResponse:
        return problem(500, "hub.failed", f"the hub failed to answer ({type(error).__name__})")

    return app


def _reads(hub: HubPort) -> APIRouter:
    router = APIRouter(tags=["read"])

    @router.get("/board", summary="Coming cases by operating room")
    async def get_board(
        facility: Annotated[str, Query(max_length=20)] = "",
        day: Annotated[date | None, Query(ge=DAY_MIN, le=DAY_MAX)] = None,
        days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = 7,
    ) -> dict[str, Any]:
        def query() -> dict[str, Any]:
            with hub.reading() as reader:
                return asdict(
                    board(
                        reader,
                        now=hub.now(),
                        facility=facility,
                        day=day,
                        days=days,
                        timezone=hub.timezone,
                    )
                )

        return await asyncio.to_thread(query)

    @router.get("/trace/{asked:path}", summary="Lineage of a case, order, invoice or message")
    async def get_trace(
        asked: Annotated[str, PathParameter(max_length=ASKED_MAX)],
    ) -> dict[str, Any]:
        def query() -> dict[str, Any] | None:
            with hub.tracing() as readers:
                found = trace(readers, asked, now=hub.now())
                return asdict(found) if found else None

        found = await asyncio.to_thread(query)
        if found is None:
            raise HTTPException(404, "nothing is known under this name")
        return found

    @router.get("/exceptions", summary="Open exceptions in queue order")
    async def get_exceptions(
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
        facility: Annotated[str, Query(max_length=20)] = "",
        owner: Annotated[str, Query(max_length=60)] = "",
        family: Annotated[str, Query(max_length=20)] = "",
    ) -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                found = open_exceptions(
                    reader, limit=limit, facility=facility, owner=owner, family=family
                )
                return [asdict(x) for x in found]

        return {"as_of": hub.now(), "exceptions": await asyncio.to_thread(query)}

    @router.get("/tasks", summary="Open questions to people")
    async def get_tasks(limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100) -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                return [asdict(x) for x in open_tasks(reader, limit=limit)]

        return {"as_of": hub.now(), "tasks": await asyncio.to_thread(query)}

    @router.get("/messages", summary="Newest messages received, without content")
    async def get_messages(
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
        before: Annotated[int | None, Query(ge=1, lt=SEQ_MAX)] = None,
        zone: Annotated[Literal["clinical", "operations"] | None, Query()] = None,
        endpoint: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=100)] = "",
    ) -> dict[str, Any]:
        """Page with `zone` and `before` (the `seq` of the last one got): zones count apart."""

        def query() -> dict[str, Any]:
            with hub.tracing() as readers:
                readers_of = {"operations": readers.operations, "clinical": readers.clinical}
                return {
                    name: [
                        asdict(message_in(a))
                        for a in reader.find_arrivals(
                            limit, endpoint=endpoint, code=code, before=before
                        )
                    ]
                    for name, reader in readers_of.items()
                    if zone in (None, name)
                }

        return {"as_of": hub.now(), **await asyncio.to_thread(query)}

    @router.get("/flows", summary="Running flows with their destinations")
    async def get_flows() -> dict[str, Any]:
        return {"items": flows_of(hub).status()}

    @router.get("/health", summary="Backlog, lanes and stores")
    async def get_health() -> dict[str, Any]:
        def query() -> dict[str, Any]:
            with hub.tracing() as readers:
                return asdict(
                    health(readers, hub.stores(), now=hub.now(), flows=hub.running_flows())
                )

        return await asyncio.to_thread(query)

    return router


def flows_of(hub: HubPort) -> Flows:
    """Return the hub's flows; raises RefusalError `flow.unknown` where it has none."""
    if hub.flows is None:
        raise RefusalError("flow.unknown", "this hub runs no flows")
    return hub.flows


def _authorised(hub: HubPort) -> Any:
    """Return what asks for the operator's token."""

    def authorised(authorization: Annotated[str, Header()] = "") -> None:
        scheme, _, given = authorization.partition(" ")
        good = scheme.lower() == "bearer" and hmac.compare_digest(
            given.encode(), hub.token.encode()
        )
        if not hub.token or not good:
            raise HTTPException(401, "the operator's bearer token is needed (api.token file)")

    return Depends(authorised)


def _searches(hub: HubPort) -> APIRouter:
    router = APIRouter(tags=["read"], dependencies=[_authorised(hub)])

    @router.post("/messages/search", summary="Messages by what their flow indexes")
    async def search_messages(wanted: Search) -> dict[str, Any]:
        """Asks for the token: whether a patient is known here is an answer too.

        Values stand in the body, for addresses find their way into logs.
        """
        blind = hub.blind
        if blind is None:
            raise RefusalError("flow.unknown", "this hub runs no flows")
        entries = [blind(f"{name}={value}") for name, value in wanted.meta.items()]

        def query() -> list[dict[str, Any]]:
            with hub.tracing() as readers:
                found = islice(by_meta(readers.clinical, entries, wanted), wanted.limit)
                return [asdict(message_in(one)) for one in found]

        return {"as_of": hub.now(), "clinical": await asyncio.to_thread(query)}

    return router


def _writes(hub: HubPort) -> APIRouter:
    router = APIRouter(tags=["change"], dependencies=[_authorised(hub)])

    @router.post("/tasks/{task_id:path}/answer", summary="Answer a task")
    async def answer_task(task_id: str, verdict: Verdict) -> dict[str, str]:
        await asyncio.to_thread(
            hub.answer_task, task_id, verdict.verdict, by=verdict.by, reason=verdict.reason
        )
        return {"task": task_id, "verdict": verdict.verdict}

    @router.post("/exceptions/{key}/answer", summary="Answer an exception")
    async def answer_exception(key: str, verdict: Verdict) -> dict[str, str]:
        await asyncio.to_thread(
            hub.answer_exception, key, verdict.verdict, by=verdict.by, reason=verdict.reason
        )
        return {"exception": key, "verdict": verdict.verdict}

    @router.post("/destinations/{name}/pause", summary="Stop a flow or its destination")
    async def pause(name: str) -> dict[str, Any]:
        await flows_of(hub).pause(name, is_paused=True)
        return {"destination": name, "paused": True}

    @router.post("/destinations/{name}/resume", summary="Let a flow or destination go on")
    async def resume(name: str) -> dict[str, Any]:
        await flows_of(hub).pause(name, is_paused=False)
        return {"destination": name, "paused": False}

    @router.post("/flows/reload", summary="Run the flows that are deployed now")
    async def reload() -> dict[str, Any]:
        return {"changed": await flows_of(hub).reload()}

    @router.post("/messages/{exchange}/replay", summary="Give a message to its flow again")
    async def replay(exchange: str) -> dict[str, Any]:
        return {"exchange": exchange, "flow": await flows_of(hub).replay(exchange)}

    @router.post("/destinations/{name}/redeliver", summary="Send dead deliveries again")
    async def redeliver(name: str, wanted: Again | None = None) -> dict[str, Any]:
        one = wanted or Again()
        asked = Redeliver(name, one.exchange, one.code, one.limit, one.dry_run)
        found = await asyncio.to_thread(hub.redeliver, asked)
        requeued = 0 if one.dry_run else len(found)
        return {"destination": name, "requeued": requeued, "exchanges": found}

    return router
