"""Which contract line a purchase may use, and which is cheapest per base unit (spec 2.0.12, 3.6).

In: the price lines of one item. Out: the eligible ones, cheapest landed price first. Refuses to
know: off-contract buying (the sourcing ladder's) and exchange rates.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.canonical.packaging import PackagingTree
from suture.canonical.record import is_effective
from suture.core.refusal import RefusalError


class ContractPrice(msgspec.Struct, frozen=True, kw_only=True):
    """One priced line of a purchase contract."""

    contract: str
    line: str
    supplier: str
    item: str
    uom: str
    price: Decimal
    """Per `uom`."""
    currency: str = "USD"
    valid_from: date
    valid_to: date
    """Last day included."""
    facilities: tuple[str, ...] = ()
    """Facility codes that may use the line; none listed means none may."""
    lead_time_days_p90: Fraction = Fraction(0)
    """Days from order to dock that nine of ten orders keep."""
    freight: Decimal = Decimal(0)
    """Freight per `uom` on top of the price."""


class ContractLines(msgspec.Struct, frozen=True, kw_only=True):
    """All contract lines of one item: the fact `contract_lines`."""

    item: str
    lines: tuple[ContractPrice, ...]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A contract line with its landed price per base unit."""

    line: ContractPrice
    landed_per_base: Fraction


def eligible_lines(
    lines: Iterable[ContractPrice],
    *,
    item: str,
    facility: str,
    on: date,
    supplier: str | None = None,
) -> list[ContractPrice]:
    """Return the lines a facility may use on a day, in the order given."""
    return [
        line
        for line in lines
        if line.item == item
        and facility in line.facilities
        and is_effective(line.valid_from, line.valid_to, on)
        and (supplier is None or line.supplier == supplier)
    ]


def priced(line: ContractPrice, tree: PackagingTree) -> PricedLine:
    """Return a line with price and freight per base unit; raises `packaging.unknown-unit`."""
    landed = Fraction(line.price) + Fraction(line.freight)
    return PricedLine(line=line, landed_per_base=landed / tree.factor(line.uom))


def by_landed_price(lines: Iterable[ContractPrice], tree: PackagingTree) -> list[PricedLine]:
    """Return the lines cheapest first; ties by lead time, then contract and line number.

    Raises RefusalError `contract.mixed-currency` when prices cannot be compared, and
    `packaging.unknown-unit` for a unit the item does not have.
    """
    rows = [priced(line, tree) for line in lines]
    if len({row.line.currency for row in rows}) > 1:
        raise RefusalError("contract.mixed-currency", "prices in two currencies are not compared")
    return sorted(
        rows,
        key=lambda row: (
            row.landed_per_base,
            row.line.lead_time_days_p90,
            row.line.contract,
            row.line.line,
        ),
    )
