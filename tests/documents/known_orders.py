"""What the hub knows of its orders, for reading an answer where the order is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from suture.documents.events import Acknowledged, LineApproved
from suture.documents.supply import OrderLine
from suture.orchestration.facts import Facts
from suture.orchestration.path.announce import Announced, Document, announce
from suture.orchestration.processes.supplier_order import OrderLineData


class KnownOrder:
    """Stands for `Facts`: one order of some lines, all in one state."""

    def __init__(
        self, *lines: str, supplier: str = "SYNTHO", state: str = "SENT", quantity: int = 10
    ) -> None:
        self._state = state
        self._data = {
            line: OrderLineData(approved=_approved(line, supplier, quantity)) for line in lines
        }

    def siblings(self, machine: str, parent: str, kind: Any) -> list[tuple[str, str, Any]]:
        return [(f"{parent}/{x}", self._state, data) for x, data in self._data.items()]

    def state_of(self, machine: str, key: str) -> str:
        return self._state

    def named(self, kind: str, value: str) -> list[tuple[str, str]]:
        return []

    def sent_under(self, destination: str, control_id: str) -> list[str]:
        return [f"{destination}/{control_id}"]


def _approved(line: str, supplier: str, quantity: int) -> LineApproved:
    return LineApproved(
        po_number="PO1",
        line=OrderLine(
            line=line,
            item="ITM-1",
            quantity=Fraction(quantity),
            uom="EA",
            unit_price=Decimal("5.00"),
        ),
        supplier=supplier,
        facility="NCH",
        order_date=date(2027, 1, 4),
        need_by=date(2027, 1, 10),
        ship_to_gln="",
        requisition="R1",
        case_tokens=(),
        demand_lines=(),
        item_class="SUPPLY",
    )


def announced(document: Document, known: KnownOrder) -> list[Announced]:
    """Return the events a document means where `known` is known."""
    return announce(document, cast(Facts, known), "C1")


def told(document: Document, known: KnownOrder) -> dict[str, tuple[str, bool]]:
    """Return line -> last part of the event's type, and whether no person is asked."""
    found = {}
    for event in announced(document, known):
        payload = event.payload
        assert isinstance(payload, Acknowledged)
        result = event.type.removeprefix("purchase_order.acknowledged.")
        found[event.key.rpartition("/")[2]] = (result, payload.is_within_tolerance)
    return found
