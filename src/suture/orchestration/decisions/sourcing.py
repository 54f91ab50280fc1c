"""The sourcing ladder (spec 2.0.12), as far as it is built: contract purchase, then no source.

In: a line, contract prices, suppliers, times. Out: the step with its reason, and the requisition
the line goes on. Refuses to know: approvals. Transfers, consignment, loaners, substitutes and
off-contract buying (steps 2-5, 7-9) are not built: they would stand before and after the purchase.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from suture.canonical.contract_price import PricedLine, by_landed_price, eligible_lines
from suture.canonical.record import Status
from suture.core.ids import key_id
from suture.documents.erp import RequisitionLine
from suture.documents.events import DemandLine, StepChosen
from suture.orchestration.facts import Facts

CHANNELS = frozenset({"x12", "cxml"})
"""Channels an order can be dispatched on; a portal supplier is ordered by hand."""

REQUISITIONS_PER_CASE_MAX = 100
"""Bound of the search for a free requisition key of one case, supplier and day."""


def choose_step(
    *,
    facts: Facts,
    item: str,
    demand: DemandLine,
    location: str,
    cost_center: str,
    needed_by: datetime,
    now: datetime,
    tried: tuple[str, ...],
) -> StepChosen:
    """Return the first feasible step: the cheapest contract line that arrives in time (P90)."""
    known = facts.item(item)
    lines = facts.contract_lines(item)
    if known is None:
        return StepChosen(step="none", reason=f"item {item} is not in the item master")
    eligible = eligible_lines(lines, item=item, facility=demand.facility, on=now.date())
    if not eligible:
        return StepChosen(step="none", reason="no active contract line for this facility")
    refused: list[str] = []
    for row in by_landed_price(eligible, known.tree()):
        why_not = _infeasible(facts, row, needed_by, now, tried)
        if why_not:
            refused.append(f"{row.line.supplier}: {why_not}")
            continue
        quantity = known.tree().round_up_to(demand.quantity, row.line.uom)
        return StepChosen(
            step="buy",
            supplier=row.line.supplier,
            reason=f"contract {row.line.contract} line {row.line.line} at {row.line.price}"
            f"/{row.line.uom}, P90 lead time {_days(row)} d",
            line=RequisitionLine(
                line="1",
                item=item,
                quantity=quantity,
                uom=row.line.uom,
                unit_price=row.line.price,
                currency=row.line.currency,
                contract=row.line.contract,
                cost_center=cost_center,
                deliver_to=location,
            ),
        )
    return StepChosen(step="none", reason="no source arrives in time: " + "; ".join(refused))


def _infeasible(
    facts: Facts, row: PricedLine, needed_by: datetime, now: datetime, tried: tuple[str, ...]
) -> str:
    if row.line.supplier in tried:
        return "was denied before"
    supplier = facts.supplier(row.line.supplier)
    if supplier is None or supplier.status is not Status.ACTIVE:
        return "not an active supplier"
    if supplier.channel not in CHANNELS:
        return "no electronic ordering channel"
    arrives = now + timedelta(days=float(row.line.lead_time_days_p90))
    if arrives > needed_by:
        return f"P90 arrival {arrives.date().isoformat()} is after {needed_by.date().isoformat()}"
    return ""


def _days(row: PricedLine) -> str:
    value: Fraction = row.line.lead_time_days_p90
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.1f}"


def requisition_key(
    facts: Facts, case_token: str, supplier: str, need_by: object
) -> tuple[str, bool]:
    """Return the key of the open draft for (case, supplier, need day), or a new key and True."""
    for number in range(REQUISITIONS_PER_CASE_MAX):
        key = key_id("requisition", case_token, supplier, str(need_by), str(number))
        state = facts.state_of("W7", key)
        if state is None:
            return key, True
        if state == "DRAFT":
            return key, False
    raise AssertionError("more requisitions for one case and supplier than the house allows")
