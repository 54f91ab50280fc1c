"""How the scripted cases must end: plain data for the demo driver (and for people).

In: when the story ends. Out: per case the states, documents and exceptions to be found then, by
item. Refuses to know: the hub's interfaces; state names are those of the specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from suture.simulation.generator.organisation import BY_CODE
from suture.simulation.generator.storyline import BY_KEY, CASE_BY_NAME, StoryCase
from suture.simulation.number import iso

Row = dict[str, Any]

USED = ["USAGE_RECONCILED", "COSTED"]
"""CASE states after the procedure: returns and usage agree; costed when no order is open."""
RECEIVED = ["RECEIVED", "CLOSED"]


@dataclass(frozen=True, slots=True)
class _Bought:
    """An item that is bought, and what becomes of its order."""

    item: str
    supplier: str
    channel: str
    order_states: list[str]
    supplier_states: list[str]
    invoice_states: list[str]
    counts: Row
    """Documents in the ERP for this item: requisitions, receipts, vouchers, payments."""


def _bought_and_paid(item: str, channel: str) -> _Bought:
    supplier = {"x12": "SUP-9001", "cxml": "SUP-9002"}[channel]
    counts = {"requisitions": 1, "receipts": 1, "vouchers": 1, "payments": 1}
    return _Bought(item, supplier, channel, RECEIVED, ["billed"], ["PAID"], counts)


def _bought_and_open(item: str, channel: str, order_states: list[str], status: str) -> _Bought:
    supplier = {"x12": "SUP-9001", "cxml": "SUP-9002"}[channel]
    counts = {"requisitions": 1, "receipts": 0, "vouchers": 0, "payments": 0}
    return _Bought(item, supplier, channel, order_states, [status], [], counts)


def _price_case() -> _Bought:
    counts = {"requisitions": 1, "receipts": 1, "vouchers": 0, "payments": 0}
    return _Bought("ITM-100260", "SUP-9001", "x12", RECEIVED, ["billed"], ["EXCEPTION"], counts)


def _case(
    name: str,
    case_states: list[str],
    line_states: dict[str, list[str]],
    *bought: _Bought,
    exceptions: tuple[Row, ...] = (),
    on_hand: dict[str, str] | None = None,
) -> Row:
    case: StoryCase = CASE_BY_NAME[name]
    common = ["CONSUMED"] if case_states == USED else ["RESERVED", "PICKED"]
    if case_states == ["CANCELLED"]:
        common = ["RELEASED"]
    lines = {**line_states, **dict.fromkeys(case.common, common)}
    store = BY_CODE[case.facility].inventory_location
    return {
        "name": name,
        "title": case.title,
        "case_number": case.number,
        "facility": case.facility,
        "card": case.card,
        "case_states": case_states,
        "lines": [
            {"item": item, "description": BY_KEY[item].description, "states": states}
            for item, states in lines.items()
        ],
        "bought": [
            {
                "item": row.item,
                "supplier": row.supplier,
                "channel": row.channel,
                "order_states": row.order_states,
                "supplier_states": row.supplier_states,
                "invoice_states": row.invoice_states,
                "erp": row.counts,
            }
            for row in bought
        ],
        "exceptions": list(exceptions),
        "stock": [
            {"item": item, "location": store, "on_hand": count}
            for item, count in (on_hand or {}).items()
        ],
    }


RESERVED, CONSUMED, ON_RELEASE = ["RESERVED", "PICKED"], ["CONSUMED"], ["RELEASED"]
"""States of a demand line: kept for the case, used in it, given back."""


def expected(ends_at: datetime) -> Row:
    """Return the expectation at the end of the story."""
    return {
        "ends_at": iso(ends_at),
        "cases": [*_took_place(), *_stand_open(), _price()],
        "duplicates": {"erp": 0, "suppliers": 0},
    }


def _took_place() -> list[Row]:
    return [
        _case(
            "stock",
            USED,
            {"ITM-100200": CONSUMED, "ITM-100201": CONSUMED},
            on_hand={"ITM-100200": "3", "ITM-100201": "3"},
        ),
        _case(
            "implant",
            USED,
            {"ITM-100210": CONSUMED, "ITM-100211": CONSUMED},
            _bought_and_paid("ITM-100210", "x12"),
            on_hand={"ITM-100210": "0", "ITM-100211": "3"},
        ),
        _case(
            "consumable",
            USED,
            {"ITM-100220": CONSUMED},
            _bought_and_paid("ITM-100220", "cxml"),
            on_hand={"ITM-100220": "8"},
        ),
    ]


def _stand_open() -> list[Row]:
    late = {"family": ["COVERAGE", "SUPPLIER"], "owner": ["OR buyer", "buyer"]}
    return [
        _case(
            "backorder",
            ["AT_RISK"],
            {"ITM-100230": ["AT_RISK"], "ITM-100231": RESERVED},
            _bought_and_open("ITM-100230", "x12", ["BACKORDERED"], "backordered"),
            exceptions=(late,),
            on_hand={"ITM-100230": "0", "ITM-100231": "12"},
        ),
        _case(
            "rescheduled",
            ["COVERED", "FROZEN", "CART_READY"],
            {"ITM-100240": RESERVED, "ITM-100241": RESERVED},
            _bought_and_paid("ITM-100240", "x12"),
            on_hand={"ITM-100240": "1", "ITM-100241": "4"},
        ),
        _case(
            "cancelled",
            ["CANCELLED"],
            {"ITM-100250": ON_RELEASE, "ITM-100251": ON_RELEASE, "ITM-100252": ON_RELEASE},
            _bought_and_open("ITM-100250", "x12", ["CANCELLED"], "cancelled"),
            _bought_and_open("ITM-100251", "cxml", ["CANCELLED"], "cancelled"),
            on_hand={"ITM-100250": "0", "ITM-100251": "0", "ITM-100252": "2"},
        ),
    ]


def _price() -> Row:
    analyst = {"family": ["PRICE"], "owner": ["contract analyst"]}
    return _case(
        "price",
        USED,
        {"ITM-100260": CONSUMED, "ITM-100261": CONSUMED},
        _price_case(),
        exceptions=(analyst,),
        on_hand={"ITM-100260": "0", "ITM-100261": "3"},
    )
