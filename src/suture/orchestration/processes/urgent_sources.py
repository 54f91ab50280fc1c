"""Who could bring an urgent item: every shelf and contracted supplier at once (spec 2.16).

In: what is needed, facts, the times of the policy. Out: sources, soonest first. Refuses to know:
what they answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from suture.canonical.contract_price import by_landed_price, eligible_lines
from suture.canonical.record import Status
from suture.governance.policy import TimePolicy
from suture.orchestration.decisions.availability import free_quantity
from suture.orchestration.decisions.urgency import Source, ranked
from suture.orchestration.facts import Facts
from suture.orchestration.processes.inventory import StockData, location_of


@dataclass(frozen=True, slots=True)
class Asked:
    """One item, so much, at a facility, by a time."""

    item: str
    facility: str
    quantity: Fraction
    need_at: datetime
    now: datetime


def sources_of(facts: Facts, asked: Asked, times: TimePolicy) -> tuple[Source, ...]:
    """Return shelves with enough free stock and suppliers under contract, soonest first."""
    found = [*_shelves(facts, asked, times), *_suppliers(facts, asked)]
    return ranked(found, asked.need_at)


def _shelves(facts: Facts, asked: Asked, times: TimePolicy) -> list[Source]:
    found = []
    for key, state, held in facts.siblings("W9", asked.item, StockData):
        free = free_quantity(held.total(), held.reservations, Fraction(0))
        if state not in ("FRESH", "STALE", "DISPUTED") or free < asked.quantity:
            continue
        where = facts.store(location_of(key))
        is_here = where is not None and where.facility == asked.facility
        name = "urgent_shelf_min" if is_here else "urgent_sister_site_min"
        found.append(
            Source(
                source=location_of(key),
                kind="shelf" if is_here else "sister site",
                arrives_at=asked.now + times.minutes(name),
                detail=f"{float(free):g} free, {state.lower()}",
            )
        )
    return found


def _suppliers(facts: Facts, asked: Asked) -> list[Source]:
    item = facts.item(asked.item)
    if item is None:
        return []
    on = asked.now.date()
    lines = facts.contract_lines(asked.item)
    eligible = eligible_lines(lines, item=asked.item, facility=asked.facility, on=on)
    found: dict[str, Source] = {}
    for row in by_landed_price(eligible, item.tree()):
        supplier = facts.supplier(row.line.supplier)
        if supplier is None or supplier.status is not Status.ACTIVE:
            continue
        cents = round(row.landed_per_base * asked.quantity * 100)
        offer = Source(
            source=row.line.supplier,
            kind="supplier",
            arrives_at=asked.now + timedelta(days=float(row.line.lead_time_days_p90)),
            cost=Decimal(cents).scaleb(-2),
            detail=f"contract {row.line.contract} line {row.line.line}",
        )
        found.setdefault(row.line.supplier, offer)
    return list(found.values())
