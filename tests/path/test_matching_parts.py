"""Properties of the match: parts never pass what the whole would not (spec 2.6, S91)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from suture.documents.supply import Invoice, InvoiceLine
from suture.governance.policy import load_policies
from suture.orchestration.decisions.matching import (
    Before,
    OrderedLine,
    add_billed,
    match_invoice,
)

POLICY = load_policies([Path(__file__).parents[2] / "packs" / "default" / "policy"]).match
ROWS = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["9.90", "10.00", "10.05", "10.10", "10.50"])),
    min_size=1,
    max_size=6,
)
PRICE = Decimal("10.00")


def order(ordered: int, received: int) -> dict[str, OrderedLine]:
    """Return an order of one line of a contracted supply at 10.00."""
    line = OrderedLine(
        quantity=Fraction(ordered),
        uom="EA",
        unit_price=PRICE,
        item_class="CONSUMABLE",
        received=Fraction(received),
    )
    return {"1": line}


def invoice(rows: list[tuple[int, str]]) -> Invoice:
    """Return an invoice of rows (quantity, price) of the one order line."""
    lines = tuple(
        InvoiceLine(
            line=str(n),
            po_line="1",
            quantity=Fraction(quantity),
            uom="EA",
            unit_price=Decimal(price),
        )
        for n, (quantity, price) in enumerate(rows, 1)
    )
    return Invoice(
        invoice_no="I",
        supplier="S",
        invoice_date=date(2027, 1, 4),
        po_number="P",
        lines=lines,
        total=sum((Decimal(p) * q for q, p in rows), Decimal(0)),
    )


@settings(max_examples=120, deadline=None)
@given(ROWS, st.integers(0, 40), st.integers(0, 40))
def test_what_passes_is_no_more_than_received_at_the_ordered_price(
    rows: list[tuple[int, str]], ordered: int, received: int
) -> None:
    """Paid untouched is at most received times price, plus the 25.00 a line may be above."""
    told = invoice(rows)
    if match_invoice(told, order(ordered, received), POLICY).result == "within_tolerance":
        assert told.total <= received * PRICE + Decimal(25)
        assert sum(q for q, _ in rows) <= min(ordered, received)


@settings(max_examples=120, deadline=None)
@given(ROWS, st.integers(0, 40), st.integers(0, 40), st.integers(0, 6))
def test_two_parts_pass_only_where_the_whole_does(
    rows: list[tuple[int, str]], ordered: int, received: int, cut: int
) -> None:
    """An invoice split in two, the second matched after the first, passes as the whole does."""
    held = order(ordered, received)
    whole = match_invoice(invoice(rows), held, POLICY).result
    first, second = invoice(rows[:cut]), invoice(rows[cut:])
    one = match_invoice(first, held, POLICY).result
    held, before = add_billed(held, Before(), first, is_released=False)
    two = match_invoice(second, held, POLICY, before).result
    both = {one, two} == {"within_tolerance"}
    assert both == (whole == "within_tolerance")
