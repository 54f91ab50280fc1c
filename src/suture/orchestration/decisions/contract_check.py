"""The contract check (spec 2.0.12): may this be bought here, today, at which price.

In: the contract lines of an item, what is asked. Out: one named result with the line it rests on
and the alternatives. Refuses to know: tiers (contract lines carry none, so WRONG_TIER is never
said) and buying off contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from suture.canonical.contract_price import ContractPrice, by_landed_price, eligible_lines
from suture.canonical.packaging import PackagingTree
from suture.canonical.record import is_effective


@dataclass(frozen=True, slots=True)
class PriceAsked:
    """What is asked: empty supplier means any, no price means what the contract says."""

    item: str
    facility: str
    uom: str
    on: date
    supplier: str = ""
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ContractCheck:
    """ON_CONTRACT, PRICE_VARIANCE, EXPIRED, NOT_ELIGIBLE, UOM_MISMATCH or OFF_CONTRACT."""

    result: str
    line: ContractPrice | None = None
    delta: Decimal = Decimal(0)
    alternatives: tuple[ContractPrice, ...] = ()


def check_contract(
    lines: Sequence[ContractPrice], asked: PriceAsked, tree: PackagingTree
) -> ContractCheck:
    """Return the result for the lowest landed price that may be used.

    Raises RefusalError `contract.mixed-currency`, `packaging.unknown-unit` for a contract whose
    lines cannot be compared.
    """
    able = eligible_lines(lines, item=asked.item, facility=asked.facility, on=asked.on)
    ours = [x for x in able if asked.supplier in ("", x.supplier)]
    fitting = [x for x in ours if x.uom == asked.uom]
    if fitting:
        best = by_landed_price(fitting, tree)[0].line
        if asked.price is not None and asked.price != best.price:
            return ContractCheck("PRICE_VARIANCE", best, asked.price - best.price)
        return ContractCheck("ON_CONTRACT", best)
    others = tuple(row.line for row in by_landed_price(able, tree))
    if ours:
        return ContractCheck("UOM_MISMATCH", alternatives=others)
    of_supplier = [x for x in lines if asked.supplier in ("", x.supplier)]
    here = [x for x in of_supplier if asked.facility in x.facilities]
    if any(not is_effective(x.valid_from, x.valid_to, asked.on) for x in here):
        return ContractCheck("EXPIRED", alternatives=others)
    result = "NOT_ELIGIBLE" if of_supplier else "OFF_CONTRACT"
    return ContractCheck(result, alternatives=others)
