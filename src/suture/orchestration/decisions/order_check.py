"""The pre-send gate of an order line (spec 2.4 rule 1).

In: an approved line, contract prices, item, supplier, place. Out: the checks made and the first one
that failed. Refuses to know: the approval (it has been given) and the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from suture.canonical.contract_price import eligible_lines
from suture.canonical.record import Status
from suture.core.refusal import RefusalError
from suture.documents.events import LineApproved
from suture.orchestration.facts import Facts


@dataclass(frozen=True, slots=True)
class OrderCheck:
    """Names of the checks made; `failed` is empty when all passed."""

    checks: tuple[str, ...]
    failed: str = ""
    detail: str = ""


def check_order_line(line: LineApproved, facts: Facts, now: datetime) -> OrderCheck:
    """Return the result of price, unit, GLN and supplier checks, in this order."""
    made: list[str] = []
    for name, check in (
        ("supplier", _supplier),
        ("unit", _unit),
        ("contract price", _price),
        ("ship-to GLN", _gln),
    ):
        made.append(name)
        detail = check(line, facts, now)
        if detail:
            return OrderCheck(tuple(made), name, detail)
    return OrderCheck(tuple(made))


def _supplier(line: LineApproved, facts: Facts, now: datetime) -> str:
    supplier = facts.supplier(line.supplier)
    if supplier is None:
        return f"supplier {line.supplier} is not known"
    return "" if supplier.status is Status.ACTIVE else f"supplier is {supplier.status.lower()}"


def _unit(line: LineApproved, facts: Facts, now: datetime) -> str:
    item = facts.item(line.line.item)
    if item is None:
        return f"item {line.line.item} is not known"
    try:
        item.tree().factor(line.line.uom)
    except RefusalError:
        return f"unit {line.line.uom} is not in the item's packaging"
    return ""


def _price(line: LineApproved, facts: Facts, now: datetime) -> str:
    eligible = eligible_lines(
        facts.contract_lines(line.line.item),
        item=line.line.item,
        facility=line.facility,
        on=line.order_date,
        supplier=line.supplier,
    )
    same_unit = [x for x in eligible if x.uom == line.line.uom]
    if not same_unit:
        return "no active contract line for this unit and facility"
    if all(x.price != line.line.unit_price for x in same_unit):
        return f"price {line.line.unit_price} differs from contract {same_unit[0].price}"
    return ""


def _gln(line: LineApproved, facts: Facts, now: datetime) -> str:
    gln, _ = facts.dock_gln(line.facility)
    return "" if line.ship_to_gln or gln else "the facility has no ship-to GLN"
