"""The interface's view of the trading partners.

In: HTTP requests. Out: views. Refuses to know: how an answer is asked for again.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from suture.api.hub import HubPort
from suture.intelligence.partners import partners


def partner_routes(hub: HubPort) -> APIRouter:
    """Return the routes that read what is outstanding."""
    router = APIRouter(tags=["read"])

    @router.get("/partners", summary="What is outstanding with each trading partner")
    async def get_partners() -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                return [asdict(one) for one in partners(reader, hub.partners)]

        return {"as_of": hub.now(), "partners": await asyncio.to_thread(query)}

    return router
