"""The interface of accounts payable: what an invoice waits for, and what an analyst does about it.

In: HTTP requests. Out: invoices with what blocks them, and one event per deed (spec 2.6). Refuses
to know: what a deed leads to; the table of W5 decides that. Who approved an order may not override
the match of its invoice: that is refused here, and by the table.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException, Query
from pydantic import BaseModel, Field

from suture.api.hub import HubPort
from suture.core.refusal import RefusalError
from suture.documents.events import ExceptionClosed, ReviewDecided
from suture.documents.invoice import (
    InvoiceDisputed,
    InvoiceVoided,
    InvoiceWithdrawn,
    PaymentReturned,
)
from suture.intelligence.invoices import INVOICES_MAX, Wanted, invoice, invoice_keys, invoices
from suture.journal.contract import Reader
from suture.orchestration.facts import Facts
from suture.orchestration.processes.invoice import approvers

Supplier = Annotated[str, Query(max_length=60)]
Once = Annotated[str, Header(alias="Idempotency-Key", max_length=200)]
Verb = Literal["release", "reject", "dispute", "recheck", "withdraw", "void", "payment-return"]
OVERRIDES = frozenset({"release", "void"})
"""Deeds that take an independent person."""


class Deed(BaseModel):
    """A named person's deed with its reason."""

    by: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500)


def invoice_routes(hub: HubPort, authorised: Any) -> APIRouter:
    """Return the routes that read invoices and take deeds."""
    router = APIRouter()
    _reads(router, hub)

    @router.post(
        "/invoices/{number}/{verb}",
        summary="Release, reject, dispute, recheck, withdraw, void; or its payment came back",
        tags=["change"],
        dependencies=[authorised],
    )
    async def act(
        number: str, verb: Verb, told: Deed, supplier: Supplier = "", idempotency_key: Once = ""
    ) -> dict[str, Any]:
        def work() -> tuple[str, bool]:
            key, event_type, payload = _meant(hub, number, supplier, verb, told)
            return key, hub.act(event_type, "W5", key, payload, once=idempotency_key)

        key, taken = await asyncio.to_thread(work)
        return {"invoice": key, "taken": taken}

    return router


def _reads(router: APIRouter, hub: HubPort) -> None:
    @router.get("/invoices", summary="Invoices by state and supplier", tags=["read"])
    async def get_invoices(
        state: Annotated[str, Query(max_length=30)] = "",
        supplier: Supplier = "",
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=INVOICES_MAX)] = 50,
    ) -> dict[str, Any]:
        """`next` is the `after` of the following page, empty on the last one."""
        wanted = Wanted(state, supplier, limit, after)

        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                try:
                    return [asdict(one) for one in invoices(reader, wanted)]
                except ValueError:
                    raise RefusalError("object.unknown", "`after` names no invoice") from None

        found = await asyncio.to_thread(query)
        following = found[-1]["key"] if len(found) == limit else ""
        return {"as_of": hub.now(), "invoices": found, "next": following}

    @router.get("/invoices/{number}", summary="One invoice: what blocks it", tags=["read"])
    async def get_invoice(number: str, supplier: Supplier = "") -> dict[str, Any]:
        """Without `supplier` the number has to be that of one supplier only."""

        def query() -> dict[str, Any] | None:
            with hub.reading() as reader:
                found = invoice(reader, _key(reader, number, supplier))
                return asdict(found) if found is not None else None

        found = await asyncio.to_thread(query)
        if found is None:
            raise HTTPException(404, "no invoice has this number")
        return {"as_of": hub.now(), "invoice": found}


def _key(reader: Reader, number: str, supplier: str) -> str:
    """Return the key a number means; raises RefusalError `invoice.ambiguous` for several."""
    keys = invoice_keys(reader, number, supplier)
    if len(keys) > 1:
        raise RefusalError("invoice.ambiguous", "several suppliers have this number: name one")
    return keys[0] if keys else ""


def _meant(
    hub: HubPort, number: str, supplier: str, verb: Verb, told: Deed
) -> tuple[str, str, Any]:
    """Return key, event type and payload of a deed.

    Raises RefusalError `object.unknown`, `invoice.ambiguous`, `invoice.not-independent`.
    """
    with hub.reading() as reader:
        found = invoice(reader, _key(reader, number, supplier))
        if found is None:
            raise RefusalError("object.unknown", "no invoice has this number")
        if verb in OVERRIDES and told.by in approvers(Facts(reader, hub.now()), found.po_number):
            raise RefusalError(
                "invoice.not-independent", "who approved the order may not override its match"
            )
    return found.key, *_event(verb, told)


def _event(verb: Verb, told: Deed) -> tuple[str, Any]:
    by, reason = told.by, told.reason
    match verb:
        case "release":
            return "review.approved", ReviewDecided(task="", by=by, reason=reason)
        case "reject":
            return "review.rejected", ReviewDecided(task="", by=by, reason=reason)
        case "dispute":
            return "invoice.disputed", InvoiceDisputed(by=by, reason=reason)
        case "recheck":
            return "exception.auto_resolved", ExceptionClosed(by=by, reason=reason)
        case "withdraw":
            return "invoice.withdrawn", InvoiceWithdrawn(by=by, reason=reason)
        case "void":
            return "invoice.voided", InvoiceVoided(by=by, reason=reason)
        case "payment-return":
            returned = PaymentReturned(by=by, reason=reason)
            return "payment.returned", returned
