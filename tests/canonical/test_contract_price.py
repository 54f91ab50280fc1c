"""Contract lines: eligibility by facility, day and supplier; cheapest by landed base price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from suture.canonical.contract_price import ContractPrice, by_landed_price, eligible_lines
from suture.canonical.packaging import PackagingLevel, packaging_tree
from suture.core.refusal import RefusalError

TREE = packaging_tree(
    [
        PackagingLevel(uom="EA"),
        PackagingLevel(uom="BX", contains=Fraction(3), of="EA"),
    ]
)


def line(number: str, price: str, uom: str = "EA", **changes: object) -> ContractPrice:
    fields: dict[str, object] = {
        "contract": "CTR-1",
        "line": number,
        "supplier": "SUP-1",
        "item": "ITM-1",
        "uom": uom,
        "price": Decimal(price),
        "valid_from": date(2027, 1, 1),
        "valid_to": date(2027, 6, 30),
        "facilities": ("NCH",),
    }
    return ContractPrice(**{**fields, **changes})  # type: ignore[arg-type]


def names(lines: list[ContractPrice]) -> list[str]:
    return [row.line for row in lines]


def test_only_lines_of_the_facility_item_day_and_supplier() -> None:
    """Each condition of the contract check excludes on its own (spec 2.0.12)."""
    lines = [
        line("1", "10"),
        line("2", "10", facilities=("SMC",)),
        line("3", "10", item="ITM-2"),
        line("4", "10", valid_to=date(2027, 1, 3)),
        line("5", "10", valid_from=date(2027, 1, 5)),
        line("6", "10", supplier="SUP-2"),
        line("7", "10", facilities=()),
    ]
    day = date(2027, 1, 4)
    assert names(eligible_lines(lines, item="ITM-1", facility="NCH", on=day)) == ["1", "6"]
    only = eligible_lines(lines, item="ITM-1", facility="NCH", on=day, supplier="SUP-2")
    assert names(only) == ["6"]


def test_the_window_includes_both_ends() -> None:
    """A contract is good on its first and on its last day."""
    for day, count in ((date(2027, 1, 1), 1), (date(2027, 6, 30), 1), (date(2027, 7, 1), 0)):
        assert len(eligible_lines([line("1", "1")], item="ITM-1", facility="NCH", on=day)) == count


def test_cheapest_is_by_base_unit_with_freight() -> None:
    """A box of three at 10.00 beats each at 3.34, and freight counts."""
    rows = by_landed_price(
        [
            line("each", "3.34"),
            line("box", "10.00", "BX"),
            line("freight", "3.30", freight=Decimal("0.05")),
        ],
        TREE,
    )
    assert [row.line.line for row in rows] == ["box", "each", "freight"]
    assert rows[0].landed_per_base == Fraction(10, 3)


def test_ties_go_to_the_shorter_lead_time() -> None:
    """The same money is better spent sooner; then the order is that of the contract."""
    rows = by_landed_price(
        [
            line("b", "1", lead_time_days_p90=Fraction(3)),
            line("c", "1", lead_time_days_p90=Fraction(2)),
            line("a", "1", lead_time_days_p90=Fraction(3)),
        ],
        TREE,
    )
    assert [row.line.line for row in rows] == ["c", "a", "b"]


def test_two_currencies_are_not_compared() -> None:
    """There is no exchange rate in the house."""
    with pytest.raises(RefusalError) as refused:
        by_landed_price([line("1", "1"), line("2", "1", currency="EUR")], TREE)
    assert refused.value.code == "contract.mixed-currency"
