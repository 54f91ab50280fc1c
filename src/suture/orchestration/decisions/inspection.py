"""What a dock count must satisfy before it is posted (spec 2.5 `Rules`).

In: a counted line, its order line, what was received before, the item. Out: the issues, empty when
the line may be accepted. Refuses to know: what happens to a discrepant line.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from suture.canonical.entity import Item
from suture.core.refusal import RefusalError
from suture.documents.supply import CountedLine, OrderLine

CASE_LINKED_SHELF_LIFE = timedelta(days=7)
"""Case-linked goods must expire no earlier than the need date plus this margin."""


def inspect(
    counted: CountedLine,
    *,
    ordered: OrderLine,
    received_before: Fraction,
    item: Item | None,
    need_by: date,
    order_is_open: bool,
) -> tuple[str, ...]:
    """Return the issues of a count in the order a receiver would name them."""
    issues: list[str] = []
    if not order_is_open:
        issues.append("the order line is finished")
    if counted.condition != "ok":
        issues.append(f"condition: {counted.condition}")
    issues += _quantity(counted, ordered, received_before, item)
    issues += _device(counted, item)
    for lot in counted.lots:
        if lot.expiry is not None and lot.expiry < need_by + CASE_LINKED_SHELF_LIFE:
            issues.append(f"expires {lot.expiry.isoformat()}, too early for the need date")
    return tuple(issues)


def _quantity(
    counted: CountedLine, ordered: OrderLine, received_before: Fraction, item: Item | None
) -> list[str]:
    quantity = counted.quantity
    if counted.uom != ordered.uom:
        try:
            if item is None:
                raise RefusalError("packaging.unknown-unit", "no item")
            quantity = item.tree().convert(counted.quantity, counted.uom, ordered.uom)
        except RefusalError:
            return [f"unit {counted.uom} does not convert to {ordered.uom}"]
    if quantity <= 0:
        return ["nothing was counted"]
    if received_before + quantity > ordered.quantity:
        return [f"more than ordered: {received_before + quantity} of {ordered.quantity}"]
    return []


def _device(counted: CountedLine, item: Item | None) -> list[str]:
    if not counted.device_identifier or item is None:
        return []
    if item.tree().uom_of_gtin(counted.device_identifier) is None:
        return ["the device identifier is not the ordered item's"]
    return []
