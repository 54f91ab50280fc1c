"""The interface's view of the lanes: what waits, what was given up, what needs a look.

In: HTTP requests. Out: views. Refuses to know: how anything is sent again (`app` has that).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query

from suture.api.hub import HubPort
from suture.intelligence.alert_log import held, kept, view_of
from suture.intelligence.alerts import Around, FeedSeen, alerts
from suture.intelligence.health import health
from suture.intelligence.lanes import GivenUp, dead, lanes
from suture.intelligence.view import KeptAlert, Looked
from suture.journal.contract import Reader

LANES_MAX = 1000
"""Destinations that alerts look at; they come from configuration, and a view must end."""


def looked(hub: HubPort, oldest_s: float | None = None) -> Looked:
    """Return health, lanes and alerts of one pair of snapshots."""
    flows = hub.running_flows()
    certificates = hub.watched.certificates()
    with hub.tracing() as readers:
        now = hub.now()
        view = health(readers, hub.stores(), now=now, flows=flows)
        found = lanes(readers, flows, LANES_MAX)
        known = list(held(readers.operations).values())
        feeds = _feeds(hub, readers.clinical, known, now)
    around = Around(
        wall=hub.clock.wall(),
        oldest_s=hub.watched.oldest_s if oldest_s is None else oldest_s,
        certificate_days=hub.watched.certificate_days,
        gathering=hub.watched.gathering(),
        stalled={(one.zone, one.destination) for one in known if one.rule == "stall"},
        feeds=feeds,
        certificates=certificates,
        burning=[view_of(one, now) for one in known if one.rule == "errors"],
    )
    return Looked(view, found, alerts(view, found, around))


def _feeds(
    hub: HubPort, clinical: Reader, known: Iterable[KeptAlert], now: datetime
) -> list[FeedSeen]:
    absent = {one.destination: one.raised_at for one in known if one.rule == "absence"}
    found = []
    for feed in hub.watched.feeds():
        last = next((x.received_at for x in clinical.find_arrivals(1, endpoint=feed.name)), None)
        since = hub.watched.started or last or now
        found.append(FeedSeen(feed, last, since, absent.get(feed.name)))
    return found


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
        oldest_s: Annotated[float | None, Query(ge=0, le=31_536_000)] = None,
    ) -> dict[str, Any]:
        seen = await asyncio.to_thread(looked, hub, oldest_s)
        return {"as_of": seen.health.as_of, "alerts": [asdict(one) for one in seen.alerts]}

    @router.get("/alerts/past", summary="Alerts that were raised, and when they were over")
    async def get_past_alerts(
        since_s: Annotated[float, Query(gt=0, le=31_536_000)] = 7 * 86_400.0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        since = hub.now() - timedelta(seconds=since_s)

        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                return [asdict(one) for one in kept(reader, since, limit)]

        return {"as_of": hub.now(), "alerts": await asyncio.to_thread(query)}

    return router
