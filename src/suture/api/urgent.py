"""The interface of urgent requests: the call of a room, and what sources answer (spec 2.16).

In: HTTP requests. Out: requests, and one event per deed. Refuses to know: who wins; the table of
W15 decides that. Reads are open on loopback, deeds ask for the operator's token.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Header, HTTPException, Query
from pydantic import AwareDatetime, BaseModel, Field

from suture.api.hub import HubPort
from suture.core.ids import key_id
from suture.core.refusal import RefusalError
from suture.documents.urgent import (
    CAUSES,
    CourierUnderWay,
    HandedOver,
    NeedChanged,
    NeedWithdrawn,
    SourceCommitted,
    SourceLost,
    UrgentRequested,
    UrgentTriaged,
)
from suture.intelligence.urgent import URGENT_MAX, urgent_request, urgent_requests
from suture.orchestration.facts import Facts

NEED_MAX = timedelta(days=30)
"""What is needed later is not urgent; bounds a slip of the year."""
Name = Annotated[str, Field(min_length=1, max_length=100)]
Once = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]
Cause = Literal[
    "card_wrong", "count_wrong", "supplier_late", "add_on", "damage", "usage_spike", "not_known"
]
Criticality = Literal["CRITICAL", "REQUIRED", "OPTIONAL"]
assert set(get_args(Cause)) == set(CAUSES), "the interface takes the causes the documents know"


class Call(BaseModel):
    """What the room calls for; with a patient in the room the search is faster."""

    item: str = Field(min_length=1, max_length=100)
    quantity: Decimal = Field(gt=0, le=100_000)
    facility: str = Field(min_length=1, max_length=20)
    room: str = Field(min_length=1, max_length=100)
    """The room as the EHR names it, e.g. `MAIN^OR04^^NCH`."""
    by: Name
    need_at: AwareDatetime | None = None
    """Empty: now."""
    criticality: Criticality | None = None
    is_in_room: bool = False
    cause: Cause = "not_known"
    case: str = Field(default="", max_length=100)


class Deed(BaseModel):
    """What a person tells of a request; each deed reads the fields it needs."""

    by: Name
    source: str = Field(default="", max_length=100)
    arrives_at: AwareDatetime | None = None
    cost: Decimal = Field(default=Decimal(0), ge=0, le=10_000_000)
    reason: str = Field(default="", max_length=500)
    cause: Cause | None = None
    criticality: Criticality = "CRITICAL"
    urgency: Literal["", "IN_ROOM", "STAT", "URGENT"] = ""
    add: Decimal = Field(default=Decimal(0), ge=-100_000, le=100_000)
    need_at: AwareDatetime | None = None
    is_in_room: bool = False
    lot: str = Field(default="", max_length=60)


def urgent_routes(hub: HubPort, authorised: Any) -> APIRouter:
    """Return the routes that read urgent requests and take deeds."""
    router = APIRouter()
    _reads(router, hub)
    _calls(router, hub, authorised)
    _deeds(router, hub, authorised)
    return router


def _reads(router: APIRouter, hub: HubPort) -> None:
    @router.get("/urgent", summary="Urgent requests by need time", tags=["read"])
    async def get_requests(
        facility: Annotated[str, Query(max_length=20)] = "",
        is_open: bool = True,
        limit: Annotated[int, Query(ge=1, le=URGENT_MAX)] = URGENT_MAX,
    ) -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                found = urgent_requests(reader, facility=facility, is_open=is_open, limit=limit)
                return [asdict(one) for one in found]

        found = await asyncio.to_thread(query)
        return {"as_of": hub.now(), "requests": found, "is_truncated": len(found) == limit}

    @router.get("/urgent/{key}", summary="One urgent request with its sources", tags=["read"])
    async def get_request(key: str) -> dict[str, Any]:
        def query() -> dict[str, Any] | None:
            with hub.reading() as reader:
                found = urgent_request(reader, key)
                return asdict(found) if found is not None else None

        found = await asyncio.to_thread(query)
        if found is None:
            raise HTTPException(404, "there is no urgent request of this key")
        return {"as_of": hub.now(), "request": found}


def _calls(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    @router.post(
        "/urgent",
        summary="Call for an item that is missing now",
        tags=["change"],
        dependencies=[authorised],
    )
    async def call(told: Call, idempotency_key: Once = "") -> dict[str, Any]:
        def act() -> tuple[str, bool]:
            request = _request(hub, told)
            occasion = idempotency_key or hub.now().isoformat()
            key = key_id("urgent", told.item, told.room, told.by, occasion)
            taken = hub.act("urgent_request.raised", "W15", key, request, once=idempotency_key)
            return key, taken

        key, taken = await asyncio.to_thread(act)
        return {"key": key, "taken": taken}


def _request(hub: HubPort, told: Call) -> UrgentRequested:
    now = hub.now()
    need_at = told.need_at or now
    if need_at - now > NEED_MAX:
        raise RefusalError("urgent.need-far", "it is needed in more than thirty days")
    with hub.reading() as reader:
        facts = Facts(reader, now)
        key = facts.item_key("ERP", told.item, told.facility)
        item = facts.item(key) if key else None
        context = facts.context(told.room, told.facility)
    if item is None:
        raise RefusalError("urgent.item-unknown", "no item has this number")
    if context.missing:
        raise RefusalError("urgent.room-unknown", f"the room leads to no {context.missing}")
    return UrgentRequested(
        item=item.key,
        description=item.description,
        facility=told.facility,
        location=context.inventory_location,
        quantity=Fraction(told.quantity),
        need_at=need_at,
        by=told.by,
        room=told.room,
        criticality=told.criticality or "",
        is_in_room=told.is_in_room,
        is_or_call=True,
        cause=told.cause,
        case_token=told.case,
    )


DEEDS = {
    "triage": "urgent_request.triaged",
    "commitments": "supply.source_committed",
    "departure": "shipment.notified",
    "loss": "supply.promise_lost",
    "handover": "supply.received",
    "withdrawal": "demand.cancelled",
    "change": "demand.changed",
}
"""Path -> event of a deed."""


def _deeds(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    @router.post(
        "/urgent/{key}/{deed}",
        summary="Judge it, commit a source, depart, lose, hand over, withdraw, change",
        tags=["change"],
        dependencies=[authorised],
    )
    async def take(
        key: str,
        deed: Literal[
            "triage", "commitments", "departure", "loss", "handover", "withdrawal", "change"
        ],
        told: Deed,
        idempotency_key: Once = "",
    ) -> dict[str, Any]:
        event = _event(deed, told)
        taken = await asyncio.to_thread(
            lambda: hub.act(DEEDS[deed], "W15", key, event, once=idempotency_key)
        )
        return {"key": key, "taken": taken}


def _event(deed: str, told: Deed) -> object:
    match deed:
        case "triage":
            return UrgentTriaged(criticality=told.criticality, by=told.by, urgency=told.urgency)
        case "commitments":
            if not told.source:
                raise RefusalError("urgent.source-missing", "name the source that brings it")
            return SourceCommitted(
                source=told.source, by=told.by, arrives_at=told.arrives_at, cost=told.cost
            )
        case "departure":
            return CourierUnderWay(by=told.by, arrives_at=told.arrives_at)
        case "loss":
            return SourceLost(by=told.by, reason=_reason(told), source=told.source)
        case "handover":
            return HandedOver(by=told.by, cause=told.cause or "", cost=told.cost, lot=told.lot)
        case "withdrawal":
            return NeedWithdrawn(by=told.by, reason=_reason(told))
        case _:
            return NeedChanged(
                by=told.by,
                add=Fraction(told.add),
                need_at=told.need_at,
                is_in_room=told.is_in_room,
                urgency=told.urgency,
                reason=told.reason,
            )


def _reason(told: Deed) -> str:
    if not told.reason:
        raise RefusalError("urgent.reason-missing", "say why")
    return told.reason
