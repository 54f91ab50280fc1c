"""The requisition interface: ask, get the policy's decision at once, look up prices (spec 2.8).

In: HTTP requests. Out: a decision with its reasons, requisitions, contract prices. Refuses to know:
the ERP (it is written afterwards, never waited for) and the policy; the one engine decides, and a
request waits for it for two seconds at most, then people decide.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, HTTPException, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from suture.api.hub import HubPort
from suture.core.ids import key_id
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.erp import RequisitionLine
from suture.documents.events import RequisitionRequest, RequisitionWithdrawn
from suture.documents.requisition import RequisitionSubmitted
from suture.intelligence.requisitions import (
    REQUISITIONS_MAX,
    UNDECIDED,
    RequisitionView,
    requisition,
    requisitions,
)
from suture.journal.contract import PAGE_MAX, Tx
from suture.journal.record import NewEvent
from suture.orchestration.decisions.contract_check import (
    ContractCheck,
    PriceAsked,
    check_contract,
)
from suture.orchestration.facts import Facts
from suture.orchestration.processes.requisition import BY_HAND

LINES_MAX = 100
"""Lines of one request: one supplier's order of one day."""
SYNC_BUDGET_S = 2.0
"""A person waits this long for the decision (spec 2.8); the p99 target is 0.3 s."""
LOOK_S = 0.01
"""Between two looks at whether the decision is there."""
Name = Annotated[str, Field(min_length=1, max_length=100)]
Code = Annotated[str, Field(min_length=1, max_length=60)]
Once = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class WantedLine(BaseModel):
    """One line; without a price the contract's is taken."""

    item: Code
    quantity: Decimal = Field(gt=0, le=100_000)
    uom: str = Field(min_length=1, max_length=10)
    unit_price: Decimal | None = Field(default=None, gt=0, le=10_000_000)
    cost_center: str = Field(default="", max_length=60)
    deliver_to: str = Field(default="", max_length=60)


class WantedRequisition(BaseModel):
    """What a person asks for, of one supplier, for one day."""

    requester: Name
    facility: Code
    supplier: Code
    need_by: date
    lines: list[WantedLine] = Field(min_length=1, max_length=LINES_MAX)
    case: str = Field(default="", max_length=100)
    urgency: Literal["ROUTINE", "EXPEDITE", "URGENT", "STAT", "IN_ROOM"] = "ROUTINE"


class WantedPrice(BaseModel):
    """What a price is looked up for; without a day, today."""

    item: Code
    facility: Code
    uom: str = Field(min_length=1, max_length=10)
    at: date | None = None
    supplier: str = Field(default="", max_length=60)
    price: Decimal | None = Field(default=None, gt=0)


class Signed(BaseModel):
    """A named person's deed with its reason."""

    by: Name
    reason: str = Field(min_length=1, max_length=500)


def requisition_routes(hub: HubPort, authorised: Any) -> APIRouter:
    """Return the routes of requisitions and prices."""
    router = APIRouter()
    _reads(router, hub)
    _prices(router, hub)
    _asks(router, hub, authorised)
    return router


def _reads(router: APIRouter, hub: HubPort) -> None:
    @router.get("/requisitions", summary="Requisitions and their decisions", tags=["read"])
    async def get_requisitions(
        state: Annotated[str, Query(max_length=30)] = "",
        facility: Annotated[str, Query(max_length=20)] = "",
        limit: Annotated[int, Query(ge=1, le=REQUISITIONS_MAX)] = 50,
    ) -> dict[str, Any]:
        def query() -> list[dict[str, Any]]:
            with hub.reading() as reader:
                found = requisitions(reader, limit=limit, state=state, facility=facility)
                return [asdict(x) for x in found]

        return {"as_of": hub.now(), "requisitions": await asyncio.to_thread(query)}

    @router.get("/requisitions/{key}", summary="One requisition", tags=["read"])
    async def get_requisition(key: str) -> dict[str, Any]:
        found = await asyncio.to_thread(_look, hub, key)
        if found is None:
            raise HTTPException(404, "there is no requisition of this key")
        return asdict(found)


def _look(hub: HubPort, key: str) -> RequisitionView | None:
    with hub.reading() as reader:
        return requisition(reader, key)


def _prices(router: APIRouter, hub: HubPort) -> None:
    @router.get("/prices", summary="Contract check of an item (spec 2.0.12)", tags=["read"])
    async def get_price(wanted: Annotated[WantedPrice, Query()]) -> Response:
        asked = PriceAsked(
            wanted.item,
            wanted.facility,
            wanted.uom,
            wanted.at or hub.now().date(),
            wanted.supplier,
            wanted.price,
        )

        def query() -> ContractCheck:
            with hub.reading() as reader:
                return _checked(Facts(reader, hub.now()), asked)

        found = await asyncio.to_thread(query)
        return _json({"as_of": hub.now(), "asked": asked, "check": found})


def _json(value: Any, status: int = 200) -> Response:
    return Response(codec.encode(value), status, media_type="application/json")


def _checked(facts: Facts, asked: PriceAsked) -> ContractCheck:
    item = facts.item(asked.item)
    if item is None:
        raise RefusalError("item.unknown", "no item has this number")
    return check_contract(facts.contract_lines(asked.item), asked, item.tree())


def _asks(router: APIRouter, hub: HubPort, authorised: Any) -> None:
    @router.post(
        "/requisitions",
        summary="Ask for goods; the policy decides at once",
        tags=["change"],
        dependencies=[authorised],
    )
    async def ask(wanted: WantedRequisition, idempotency_key: Once) -> Response:
        """200 with the decision; 202 when it did not come in time: then people decide."""
        key = key_id("requisition", "by-hand", wanted.requester, idempotency_key)
        await asyncio.to_thread(_hand_in, hub, key, wanted)
        hub.nudge()
        found = await _decided(hub, key)
        status = 200 if found and found.state not in UNDECIDED else 202
        return _json(_answer(key, found), status)

    @router.post(
        "/requisitions/{key}/submission",
        summary="Submit a requisition again that was returned",
        tags=["change"],
        dependencies=[authorised],
    )
    async def submit(key: str, told: Signed) -> dict[str, Any]:
        event = RequisitionSubmitted(by=told.by)
        taken = await asyncio.to_thread(hub.act, "requisition.submitted", "W7", key, event)
        hub.nudge()
        return {"requisition": key, "taken": taken}

    @router.post(
        "/requisitions/{key}/withdrawal",
        summary="Take a requisition back",
        tags=["change"],
        dependencies=[authorised],
    )
    async def withdraw(key: str, told: Signed) -> dict[str, Any]:
        gone = RequisitionWithdrawn(demand_line="", reason=f"{told.by}: {told.reason}")
        taken = await asyncio.to_thread(
            lambda: hub.act("requisition.withdrawn", "W7", key, gone, once=f"withdraw/{told.by}")
        )
        hub.nudge()
        return {"requisition": key, "taken": taken}


async def _decided(hub: HubPort, key: str) -> RequisitionView | None:
    """Wait for the decision as long as a person may wait; return what is known then."""
    found = None
    for _ in range(int(SYNC_BUDGET_S / LOOK_S)):
        found = await asyncio.to_thread(_look, hub, key)
        if found is not None and found.state not in UNDECIDED:
            break
        await asyncio.sleep(LOOK_S)
    return found


def _answer(key: str, found: RequisitionView | None) -> dict[str, Any]:
    if found is None or found.state in UNDECIDED:
        reason = "the policy did not answer in time; nothing is approved by a clock"
        return {"requisition": key, "decision": "pending", "reasons": [reason], "approvers": []}
    return {
        "requisition": key,
        "decision": found.decision,
        "lane": found.lane,
        "rule": found.rule,
        "reasons": found.reasons,
        "approvers": found.approvers,
        "policy": {"name": found.policy, "sha256": found.policy_sha256},
        "amount": found.amount,
        "state": found.state,
        "status": f"/api/v1/requisitions/{key}",
    }


def _hand_in(hub: HubPort, key: str, wanted: WantedRequisition) -> None:
    """Append the lines and the submission in one unit; the same request again adds nothing."""
    digest = hashlib.sha256(wanted.model_dump_json().encode()).hexdigest()

    def unit(tx: Tx) -> None:
        now = hub.now()
        if _was_asked(tx, key, digest):
            return
        facts = Facts(tx, now)
        asked = [_request(facts, wanted, line, f"{BY_HAND}/{key}/{n}") for n, line in _rows(wanted)]
        events: list[tuple[str, object]] = [
            ("requisition.changed" if n else "requisition.created", one)
            for n, one in enumerate(asked)
        ]
        submitted = RequisitionSubmitted(by=wanted.requester, request_sha256=digest)
        for n, (event_type, payload) in enumerate((*events, ("requisition.submitted", submitted))):
            event = NewEvent(
                id=f"person/W7/{key}/{n}",
                type=event_type,
                machine="W7",
                key=key,
                time=now,
                payload=codec.encode(payload),
                facility=wanted.facility,
            )
            tx.append(event, now)

    hub.operations.write(unit)


def _rows(wanted: WantedRequisition) -> list[tuple[int, WantedLine]]:
    return list(enumerate(wanted.lines, 1))


def _was_asked(tx: Tx, key: str, digest: str) -> bool:
    """Return whether the key was used; raises `request.key-reused` for another request."""
    if not tx.has_events("W7", key):
        return False
    for event in tx.events_of("W7", key, PAGE_MAX):
        if event.type == "requisition.submitted":
            told = codec.decode(event.payload, RequisitionSubmitted)
            if told.request_sha256 and told.request_sha256 != digest:
                raise RefusalError("request.key-reused", "the key was used for something else")
    return True


def _request(
    facts: Facts, wanted: WantedRequisition, line: WantedLine, demand_line: str
) -> RequisitionRequest:
    """Return one line with its contract price, class and card; refuses what cannot be bought."""
    item = facts.item(line.item)
    if item is None:
        raise RefusalError("item.unknown", "no item has this number")
    if facts.facility(wanted.facility) is None:
        raise RefusalError("facility.unknown", "this facility is not served here")
    if facts.supplier(wanted.supplier) is None:
        raise RefusalError("supplier.unknown", "no supplier has this number")
    if wanted.case and facts.state_of("CASE", wanted.case) is None:
        raise RefusalError("case.unknown", "no case has this token")
    asked = PriceAsked(
        line.item,
        wanted.facility,
        line.uom,
        facts.today(),
        wanted.supplier,
        line.unit_price,
    )
    found = _checked(facts, asked)
    price = line.unit_price if found.line is None else line.unit_price or found.line.price
    if price is None:
        raise RefusalError("price.missing", f"{found.result}: name the price that was offered")
    on_card = wanted.case and line.item in {x.item for x in facts.demand_lines(wanted.case)}
    return RequisitionRequest(
        facility=wanted.facility,
        supplier=wanted.supplier,
        need_by=wanted.need_by,
        case_token=wanted.case,
        demand_line=demand_line,
        line=RequisitionLine(
            line="1",
            item=line.item,
            quantity=Fraction(line.quantity),
            uom=line.uom,
            unit_price=price,
            currency=found.line.currency if found.line else "USD",
            contract=found.line.contract if found.line else "",
            cost_center=line.cost_center,
            deliver_to=line.deliver_to,
        ),
        item_class=item.item_class,
        is_on_contract=found.result == "ON_CONTRACT",
        quantity_needed=item.tree().to_base(Fraction(line.quantity), line.uom),
        requester=wanted.requester,
        urgency=wanted.urgency,
        is_on_card=bool(on_card),
    )
