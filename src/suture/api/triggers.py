"""The interface's view of the trigger registry.

In: HTTP requests. Out: which clinical event starts what, where it does not, and how many messages
were kept back. Refuses to know: how a switch is changed (a policy file, with its version).
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query

from suture.api.hub import HubPort
from suture.core.refusal import RefusalError
from suture.governance.triggers import Triggers

SHOWN_MAX = 1000
"""Messages kept back that are counted; the search pages through all of them."""


def trigger_routes(hub: HubPort) -> APIRouter:
    """Return the routes that read the registry."""
    router = APIRouter(tags=["read"])

    @router.get("/triggers", summary="Which clinical event starts what, and where it does not")
    async def get_triggers(
        facility: Annotated[str, Query(max_length=20)] = "",
    ) -> dict[str, Any]:
        """With `facility` each trigger says whether it is on there."""
        held = hub.triggers
        if held is None:
            raise RefusalError("trigger.none", "this hub takes no clinical messages")

        def query() -> int:
            with hub.clinical.read() as reader:
                return len(reader.find_arrivals(SHOWN_MAX, code="trigger.off"))

        kept = await asyncio.to_thread(query)
        return {"as_of": hub.now(), "kept_back": kept, **_shown(held, facility)}

    return router


def _shown(held: Triggers, facility: str) -> dict[str, Any]:
    rows = []
    for trigger in held.triggers:
        row = msgspec.to_builtins(trigger)
        if facility:
            row["is_on"] = trigger.is_on(facility)
        rows.append(row)
    policy = {"id": held.id, "version": held.version, "sha256": held.sha256}
    return {"policy": policy, "facility": facility, "triggers": rows}
