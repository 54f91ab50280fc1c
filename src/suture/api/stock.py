"""The interface of stock: what is there, what was counted, what is no longer held (spec 2.10).

In: HTTP requests. Out: availability with its freshness, positions, one event per deed. Refuses to
know: the ERP; an answer is read from the projection and never waits for another system. Reads are
open on loopback, deeds ask for the operator's token.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

from suture.api.hub import HubPort
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.inventory import Counted, PlaceRetired
from suture.governance.policy import Policies
from suture.intelligence.stock import (
    PLACES_MAX,
    Listed,
    Question,
    availability,
    positions,
)
from suture.orchestration.processes.position import StockData

Key = Annotated[str, Field(min_length=1, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Once = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]
State = Literal["", "FRESH", "STALE", "UNKNOWN", "DISPUTED", "RETIRED"]
AHEAD = timedelta(minutes=5)
"""Clocks of counting devices may be this much fast."""


class Count(BaseModel):
    """What was counted of an item at a place, in base units."""

    item: Key
    location: Key
    quantity: Decimal = Field(ge=0, le=10_000_000)
    by: Name
    source: str = Field(default="", max_length=100)
    """The system that counted, e.g. a cabinet; left out: a person."""
    counted_at: AwareDatetime | None = None


class Retirement(BaseModel):
    """An item is no longer held at a place."""

    item: Key
    location: Key
    by: Name
    reason: str = Field(min_length=1, max_length=500)


def stock_routes(hub: HubPort, authorised: Any) -> APIRouter:
    """Return the routes that read stock and take counts."""
    router = APIRouter()
    _reads(router, hub)
    _deeds(router, hub, authorised)
    return router


def _policies(hub: HubPort) -> Policies:
    if hub.policies is None:
        raise RefusalError("stock.none", "this process holds no stock positions")
    return hub.policies


def _reads(router: APIRouter, hub: HubPort) -> None:
    @router.get("/availability", summary="What is there of an item, and how well", tags=["read"])
    async def get_availability(
        item: Annotated[str, Query(min_length=1, max_length=100)],
        facility: Annotated[str, Query(max_length=20)] = "",
        location: Annotated[str, Query(max_length=100)] = "",
        need_at: AwareDatetime | None = None,
        at: AwareDatetime | None = None,
    ) -> Response:
        """UNKNOWN is a legal answer; quantities are then null. `at`: as it was thought then."""
        policies, now = _policies(hub), hub.now()
        if at is not None and at > now:
            raise RefusalError("availability.future", "`at` looks back: it is later than now")
        asked = Question(item, now, hub.clock.wall(), facility, location, need_at, at)

        def query() -> bytes:
            with hub.reading() as reader:
                return msgspec.json.encode(availability(reader, asked, policies))

        return Response(await asyncio.to_thread(query), media_type="application/json")

    @router.get("/stock", summary="Stock positions, a page at a time", tags=["read"])
    async def get_stock(
        facility: Annotated[str, Query(max_length=20)] = "",
        state: State = "",
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=PLACES_MAX)] = PLACES_MAX,
    ) -> dict[str, Any]:
        """`after` is the `next` of the page before."""
        policies, now = _policies(hub), hub.now()
        wanted = Listed(now, hub.clock.wall(), facility, state, after, limit)

        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                return [asdict(one) for one in positions(reader, wanted, policies)]

        found = await asyncio.to_thread(query)
        last = found[-1] if len(found) == limit else None
        following = f"{last['item']}@{last['location']}" if last else ""
        return {"as_of": now, "positions": found, "next": following}


def _deeds(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    @router.post(
        "/stock/counts",
        summary="Hand a count in",
        tags=["change"],
        dependencies=[authorised],
    )
    async def count(told: Count, idempotency_key: Once = "") -> dict[str, Any]:
        """One that the book contradicts makes the position disputed and asks for a count."""
        key = f"{told.item}@{told.location}"

        def act() -> bool:
            at = told.counted_at or hub.now()
            if at > hub.now() + AHEAD:
                raise RefusalError("stock.count-future", "the count is dated after now")
            _known(hub, told.item, told.location)
            event = Counted(
                as_of=at, quantity=Fraction(told.quantity), by=told.by, source=told.source
            )
            return hub.act("inventory.counted", "W9", key, event, once=idempotency_key)

        return {"position": key, "taken": await asyncio.to_thread(act)}

    @router.post(
        "/stock/retirements",
        summary="An item is no longer held at a place",
        tags=["change"],
        dependencies=[authorised],
    )
    async def retire(told: Retirement, idempotency_key: Once = "") -> dict[str, Any]:
        """Refused while some is there or held for a case."""
        key = f"{told.item}@{told.location}"

        def act() -> bool:
            _empty(hub, key)
            event = PlaceRetired(by=told.by, reason=told.reason)
            return hub.act("asset.retired", "W9", key, event, once=idempotency_key)

        return {"position": key, "taken": await asyncio.to_thread(act)}


def _known(hub: HubPort, item: str, location: str) -> None:
    with hub.reading() as reader:
        if reader.fact("item", item) is None:
            raise RefusalError("item.unknown", "no item has this key")
        if reader.fact("store", location) is None:
            raise RefusalError("location.unknown", "no room names this inventory location")


def _empty(hub: HubPort, key: str) -> None:
    with hub.reading() as reader:
        stored = reader.instance("W9", key)
    if stored is None:
        raise RefusalError("object.unknown", "there is no stock position of this item and place")
    data = codec.decode(stored.data, StockData)
    if data.total() != 0 or data.reservations:
        raise RefusalError("stock.not-empty", "some is there or held: count it to 0 first")
