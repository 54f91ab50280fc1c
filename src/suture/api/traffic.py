"""The interface's view of the lanes: what waits, what was given up, what needs a look.

In: HTTP requests. Out: views. Refuses to know: how anything is sent again (`app` has that).
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query

from suture.api.hub import HubPort
from suture.intelligence.alerts import OLDEST_S, alerts
from suture.intelligence.health import health
from suture.intelligence.lanes import GivenUp, dead, lanes
from suture.intelligence.view import Looked

LANES_MAX = 1000
"""Destinations that alerts look at; they come from configuration, and a view must end."""


def looked(hub: HubPort, oldest_s: float = OLDEST_S) -> Looked:
    """Return health, lanes and alerts of one pair of snapshots."""
    flows = hub.running_flows()
    with hub.tracing() as readers:
        now = hub.now()
        view = health(readers, hub.stores(), now=now, flows=flows)
        found = lanes(readers, flows, LANES_MAX)
    return Looked(view, found, alerts(view, found, oldest_s))


def traffic_routes(hub: HubPort) -> APIRouter:
    """Return the routes that read lanes."""
    router = APIRouter(tags=["read"])

    @router.get("/lanes", summary="What waits for which destination")
    async def get_lanes(
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.tracing() as readers:
                return [asdict(one) for one in lanes(readers, hub.running_flows(), limit)]

        return {"as_of": hub.now(), "lanes": await asyncio.to_thread(query)}

    @router.get("/dead", summary="Deliveries that were given up, without content")
    async def get_dead(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        destination: Annotated[str, Query(max_length=200)] = "",
        code: Annotated[str, Query(max_length=100)] = "",
    ) -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.tracing() as readers:
                found = dead(readers, GivenUp(destination, "", code))
                return [asdict(one) for one in islice(found, limit)]

        return {"as_of": hub.now(), "dead": await asyncio.to_thread(query)}

    @router.get("/alerts", summary="What an operator should look at now")
    async def get_alerts(
        oldest_s: Annotated[float, Query(ge=0, le=31_536_000)] = OLDEST_S,
    ) -> dict[str, Any]:
        seen = await asyncio.to_thread(looked, hub, oldest_s)
        return {"as_of": seen.health.as_of, "alerts": [asdict(one) for one in seen.alerts]}

    return router
