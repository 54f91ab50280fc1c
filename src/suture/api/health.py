"""The door that tells whoever watches a process how it is: live, ready, metrics.

In: HTTP requests on loopback. Out: 200, or 503 with codes. Refuses to know: views, pages, what else
the process does. Live says that the process answers; ready says that it can do its part now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, Response

from suture.api.hub import HubPort
from suture.api.metrics import CONTENT_TYPE_LATEST, exposition
from suture.api.traffic import looked

ANSWER_S = 3.0
"""A store that does not answer for so long is not there; probes wait for a few seconds."""
FRESH_S = 0.5
"""Several probes of one moment get one answer."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a process cannot do its part now."""

    code: str
    text: str


@dataclass(slots=True)
class Readiness:
    """Asks once at a time, whoever asks."""

    hub: HubPort
    troubles: Callable[[], Sequence[Trouble]]
    """May block: it looks into the stores."""
    _known: tuple[float, list[Trouble]] | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> list[Trouble]:
        """Return what is wrong now; empty: ready."""
        async with self._one_at_a_time:
            now_s = self.hub.clock.monotonic()
            if self._known is not None and now_s - self._known[0] < FRESH_S:
                return self._known[1]
            try:
                work = asyncio.to_thread(self.troubles)
                found = list(await asyncio.wait_for(work, ANSWER_S))
            except (TimeoutError, OSError):
                found = [Trouble("store.unreachable", "a store does not answer")]
            self._known = (now_s, found)
            return found


def health_routes(hub: HubPort, troubles: Callable[[], Sequence[Trouble]]) -> APIRouter:
    """Return `/health/live` and `/health/ready`."""
    router = APIRouter(include_in_schema=False)
    readiness = Readiness(hub, troubles)

    @router.get("/health/live")
    async def live() -> Response:
        """Say that the process answers; nothing is looked at."""
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    async def ready() -> Response:
        """Say whether the process can do its part; 503 names every reason by code."""
        found = await readiness.look()
        if not found:
            return JSONResponse({"status": "ready"})
        told: dict[str, Any] = {
            "type": f"urn:suture:problem:{found[0].code}",
            "title": found[0].code,
            "status": 503,
            "detail": "; ".join(f"{one.code}: {one.text}" for one in found),
        }
        return JSONResponse(told, 503, media_type="application/problem+json")

    return router


def make_health(hub: HubPort, troubles: Callable[[], Sequence[Trouble]]) -> FastAPI:
    """Return the application of a process that serves no console."""
    app = FastAPI(title="suture", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(hub, troubles))

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        def query() -> bytes:
            view = looked(hub)
            return exposition(lambda: view, hub.pulse)

        return Response(await asyncio.to_thread(query), media_type=CONTENT_TYPE_LATEST)

    return app
