"""The interface of the case cart and of what people decide about a case (spec 2.15, 2.1).

In: HTTP requests. Out: carts, and one event per deed. Refuses to know: what a deed leads to; the
tables of CASE and W14 decide that. Reads are open on loopback, deeds ask for the operator's token.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException, Query
from pydantic import BaseModel, Field

from suture.api.hub import HubPort
from suture.core.refusal import RefusalError
from suture.documents.cart import (
    CardAttached,
    CartDelivered,
    CartReturns,
    CartScan,
    ReturnedLine,
    RiskAccepted,
    UsageReconciled,
)
from suture.intelligence.carts import CARTS_MAX, Wanted, cart, carts
from suture.orchestration.facts import Facts

LINES_MAX = 500
"""Lines of one request; a cart has about 80."""
Name = Annotated[str, Field(min_length=1, max_length=100)]
Reason = Annotated[str, Field(default="", max_length=500)]
Line = Annotated[str, Field(min_length=1, max_length=100)]
Once = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]


class Scan(BaseModel):
    """One line a person scanned; without a quantity all that is open of it."""

    line: Line
    by: Name
    quantity: Decimal | None = Field(default=None, ge=0, le=100_000)
    lot: str = Field(default="", max_length=60)
    expiry: date | None = None
    is_sterile: bool = True
    reason: str = Field(default="", max_length=500)


class Delivery(BaseModel):
    """The cart stands at the room; `gaps_accepted_by` is the charge nurse's name."""

    by: Name
    gaps_accepted_by: str = Field(default="", max_length=100)


class Row(BaseModel):
    """What came back of one line; opened goods need a reason."""

    line: Line
    quantity: Decimal = Field(gt=0, le=100_000)
    condition: Literal["sterile", "opened"] = "sterile"
    reason: str = Field(default="", max_length=500)


class Returns(BaseModel):
    """The returns of a cart; no rows: compare again."""

    by: Name
    rows: list[Row] = Field(default=[], max_length=LINES_MAX)


class Signed(BaseModel):
    """A named person's decision with its reason."""

    by: Name
    reason: str = Field(min_length=1, max_length=500)


class Card(BaseModel):
    """The card a person names for a case."""

    card: str = Field(min_length=1, max_length=100)
    by: Name
    reason: str = Field(default="", max_length=500)


SCANS = {
    "picks": "cart.line_picked",
    "shorts": "cart.line_short",
    "losses": "item.lost",
    "recalls": "lot.recalled",
}
"""Path -> event of a scan."""


def cart_routes(hub: HubPort, authorised: Any) -> APIRouter:
    """Return the routes that read carts and take deeds."""
    router = APIRouter()
    _reads(router, hub)
    _scans(router, hub, authorised)
    _journeys(router, hub, authorised)
    _decisions(router, hub, authorised)
    return router


def _reads(router: APIRouter, hub: HubPort) -> None:
    @router.get("/carts", summary="Case carts by start of their case", tags=["read"])
    async def get_carts(
        facility: Annotated[str, Query(max_length=20)] = "",
        state: Annotated[str, Query(max_length=30)] = "",
        days: Annotated[int, Query(ge=1, le=31)] = 2,
        limit: Annotated[int, Query(ge=1, le=CARTS_MAX)] = CARTS_MAX,
    ) -> dict[str, Any]:
        """Those of yesterday are listed too: their returns may be open."""
        now = hub.now()
        wanted = Wanted(now - timedelta(days=1), now + timedelta(days=days), facility, state, limit)

        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                return [asdict(one) for one in carts(reader, wanted)]

        found = await asyncio.to_thread(query)
        return {"as_of": now, "carts": found, "is_truncated": len(found) == limit}

    @router.get("/carts/{token}", summary="One cart with its pick list", tags=["read"])
    async def get_cart(token: str) -> dict[str, Any]:
        def query() -> dict[str, Any] | None:
            with hub.reading() as reader:
                found = cart(reader, token)
                return asdict(found) if found is not None else None

        found = await asyncio.to_thread(query)
        if found is None:
            raise HTTPException(404, "no pick was released for this case")
        return {"as_of": hub.now(), "cart": found}


def _scans(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    def scanned(kind: str, token: str, one: Scan, once: str) -> bool:
        _known_line(hub, token, one.line)
        told = CartScan(
            line=one.line,
            by=one.by,
            quantity=Fraction(one.quantity) if one.quantity is not None else None,
            lot=one.lot,
            expiry=one.expiry,
            is_sterile=one.is_sterile,
            reason=one.reason,
        )
        return hub.act(SCANS[kind], "W14", token, told, once=once)

    @router.post(
        "/carts/{token}/{kind}",
        summary="Scan a line: picks, shorts, losses, recalls",
        tags=["change"],
        dependencies=[authorised],
    )
    async def scan(
        token: str,
        kind: Literal["picks", "shorts", "losses", "recalls"],
        one: Scan,
        idempotency_key: Once = "",
    ) -> dict[str, Any]:
        is_new = await asyncio.to_thread(scanned, kind, token, one, idempotency_key)
        return {"case": token, "line": one.line, "taken": is_new}


def _journeys(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    @router.put(
        "/carts/{token}/delivery",
        summary="The cart is at the room",
        tags=["change"],
        dependencies=[authorised],
    )
    async def deliver(token: str, told: Delivery, idempotency_key: Once = "") -> dict[str, Any]:
        def act() -> bool:
            with hub.reading() as reader:
                stored = reader.instance("W14", token)
            if stored is not None and stored.state == "INCOMPLETE" and not told.gaps_accepted_by:
                raise RefusalError(
                    "cart.gaps-open", "the cart has gaps: name the charge nurse who accepts them"
                )
            event = CartDelivered(by=told.by, gaps_accepted_by=told.gaps_accepted_by)
            return hub.act("cart.delivered", "W14", token, event, once=idempotency_key)

        return {"case": token, "taken": await asyncio.to_thread(act)}

    @router.put(
        "/carts/{token}/returns",
        summary="What came back of the cart",
        tags=["change"],
        dependencies=[authorised],
    )
    async def bring_back(token: str, told: Returns, idempotency_key: Once = "") -> dict[str, Any]:
        def act() -> bool:
            rows = tuple(_returned(hub, token, row) for row in told.rows)
            event = CartReturns(by=told.by, rows=rows)
            return hub.act("cart.returns_scanned", "W14", token, event, once=idempotency_key)

        return {"case": token, "taken": await asyncio.to_thread(act)}


def _known_line(hub: HubPort, token: str, line: str) -> None:
    with hub.reading() as reader:
        found = cart(reader, token)
    if found is None:
        raise RefusalError("object.unknown", "no pick was released for this case")
    if line not in {x.line for x in found.lines}:
        raise RefusalError("cart.line-unknown", "the line is not on this cart")


def _returned(hub: HubPort, token: str, row: Row) -> ReturnedLine:
    _known_line(hub, token, row.line)
    if row.condition != "sterile" and not row.reason:
        raise RefusalError("cart.reason-missing", "say why an opened item was not used")
    return ReturnedLine(
        line=row.line,
        quantity=Fraction(row.quantity),
        condition=row.condition,
        reason=row.reason,
    )


def _decisions(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    @router.post(
        "/cases/{token}/risk",
        summary="A named owner accepts the supply risk",
        tags=["change"],
        dependencies=[authorised],
    )
    async def accept(token: str, told: Signed, idempotency_key: Once = "") -> dict[str, Any]:
        event = RiskAccepted(by=told.by, reason=told.reason)
        taken = await asyncio.to_thread(
            lambda: hub.act("case.risk_accepted", "CASE", token, event, once=idempotency_key)
        )
        return {"case": token, "taken": taken}

    @router.post(
        "/cases/{token}/card",
        summary="Name a preference card for a case without one",
        tags=["change"],
        dependencies=[authorised],
    )
    async def attach(token: str, told: Card, idempotency_key: Once = "") -> dict[str, Any]:
        def act() -> bool:
            with hub.reading() as reader:
                if Facts(reader, hub.now()).card((told.card,)) is None:
                    raise RefusalError("card.unknown", "no preference card has this id")
            event = CardAttached(card=told.card, by=told.by, reason=told.reason)
            return hub.act("preference_card.attached", "CASE", token, event, once=idempotency_key)

        return {"case": token, "taken": await asyncio.to_thread(act)}

    @router.post(
        "/cases/{token}/usage-final",
        summary="Close the usage of a case that had no cart",
        tags=["change"],
        dependencies=[authorised],
    )
    async def close(token: str, told: Signed, idempotency_key: Once = "") -> dict[str, Any]:
        event = UsageReconciled(by=told.by, reason=told.reason)
        taken = await asyncio.to_thread(
            lambda: hub.act("case.usage_reconciled", "CASE", token, event, once=idempotency_key)
        )
        return {"case": token, "taken": taken}
