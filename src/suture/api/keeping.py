"""The interface's view of one message, and of how long messages are kept.

In: HTTP requests. Out: tables without content; passes begun, holds added and released. Refuses to
know: keys: what a message says is opened by the command line alone, after it was noted here.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as PathParameter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.exceptions import HTTPException

from suture.api.hub import HubPort, Retention
from suture.core.json_codec import builtins
from suture.core.refusal import RefusalError
from suture.governance.retention import Hold
from suture.intelligence.message import message

Exchange = Annotated[str, PathParameter(max_length=100)]


class Who(BaseModel):
    """A person and a reason, kept with what they do."""

    by: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500)


class AskedHold(Who):
    """What a hold keeps: everything that matches all that is named."""

    endpoint: str = Field(default="", max_length=200)
    exchange: str = Field(default="", max_length=100)
    control_id: str = Field(default="", max_length=200)
    meta: str = Field(default="", max_length=500)
    """`name=value` of a flow's index."""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


def message_reads(hub: HubPort) -> APIRouter:
    """Return the route that shows one message."""
    router = APIRouter(tags=["read"])

    @router.get("/messages/{exchange}", summary="One message with its tries, without content")
    async def get_message(exchange: Exchange) -> dict[str, Any]:
        def query() -> dict[str, Any]:
            with hub.tracing() as readers:
                zones = {"clinical": readers.clinical, "operations": readers.operations}
                found = {zone: message(reader, exchange) for zone, reader in zones.items()}
            return {zone: told for zone, told in found.items() if told is not None}

        found = await asyncio.to_thread(query)
        if not found:
            raise HTTPException(404, "no such message")
        return found

    return router


def keeping_routes(hub: HubPort, authorised: Any) -> APIRouter:
    """Return the routes of retention and holds; all of them ask for the operator's token."""
    router = APIRouter(tags=["change"], dependencies=[authorised])

    @router.post("/messages/{exchange}/opened", summary="Note who looks at a message's content")
    async def note_opened(exchange: Exchange, who: Who) -> dict[str, str]:
        def note() -> bool:
            return hub.note_opened(exchange, by=who.by, reason=who.reason)

        if not await asyncio.to_thread(note):
            raise HTTPException(404, "no such message")
        return {"exchange": exchange, "by": who.by}

    @router.get("/retention", summary="What the last pass of retention did")
    async def get_retention() -> dict[str, Any]:
        return _retention(hub).status()

    @router.post("/retention/run", summary="Remove what has had its time, now")
    async def run_retention(who: Who) -> dict[str, bool]:
        return {"started": _retention(hub).start(who.by, who.reason)}

    @router.get("/holds", summary="Legal holds, those released too")
    async def get_holds() -> dict[str, Any]:
        found = await asyncio.to_thread(_retention(hub).holds)
        return {"as_of": hub.now(), "holds": [builtins(hold) for hold in found]}

    @router.post("/holds", summary="Keep messages whatever their age")
    async def add_hold(asked: AskedHold) -> Any:
        entry = ""
        if asked.meta:
            if hub.blind is None or "=" not in asked.meta:
                raise RefusalError("messages.meta", "write it like visit=V1")
            entry = hub.blind(asked.meta)
        values = asked.model_dump(exclude={"meta"})
        hold = Hold(id="", added_at=hub.now(), entry=entry, **values)
        return builtins(await asyncio.to_thread(_retention(hub).add_hold, hold))

    @router.post("/holds/{name}/release", summary="End a hold")
    async def release_hold(name: Exchange, who: Who) -> Any:
        def release() -> Hold:
            return _retention(hub).release_hold(name, by=who.by, reason=who.reason)

        return builtins(await asyncio.to_thread(release))

    return router


def _retention(hub: HubPort) -> Retention:
    if hub.retention is None:
        raise RefusalError("retention.none", "this process keeps no retention")
    return hub.retention
