"""The three-way match, line by line, at its tolerances (spec 2.6, 2.0.12)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.canonical.packaging import PackagingTree
from suture.documents.supply import Invoice, InvoiceLine
from suture.governance.policy import load_policies
from suture.orchestration.decisions.matching import OrderedLine, match_invoice

ROOT = Path(__file__).resolve().parents[2]
POLICY = load_policies([ROOT / "packs" / "default" / "policy"]).match

BOX = PackagingTree(base="EA", factors={"EA": Fraction(1), "BX": Fraction(50)}, gtins={})


def ordered(
    quantity: str = "10",
    price: str = "100.00",
    *,
    uom: str = "EA",
    item_class: str = "CONSUMABLE",
    received: str | None = None,
    tree: PackagingTree | None = BOX,
) -> dict[str, OrderedLine]:
    """Return an order of one line, received in full unless said otherwise."""
    return {
        "1": OrderedLine(
            quantity=Fraction(quantity),
            uom=uom,
            unit_price=Decimal(price),
            item_class=item_class,
            received=Fraction(quantity if received is None else received),
            tree=tree,
        )
    }


def bill(
    quantity: str = "10",
    price: str = "100.00",
    *,
    uom: str = "EA",
    line: str = "1",
    charges: str = "0",
    tax: str = "0",
    total: str = "",
) -> Invoice:
    """Return an invoice of one line whose total is right unless given."""
    goods = Decimal(quantity) * Decimal(price)
    return Invoice(
        invoice_no="I1",
        supplier="S",
        invoice_date=date(2027, 1, 10),
        po_number="PO1",
        lines=(
            InvoiceLine(
                line="1",
                po_line=line,
                quantity=Fraction(quantity),
                uom=uom,
                unit_price=Decimal(price),
            ),
        ),
        total=Decimal(total) if total else goods + Decimal(charges) + Decimal(tax),
        charges=Decimal(charges),
        tax=Decimal(tax),
    )


@pytest.mark.parametrize(
    ("invoice", "order", "result", "lines"),
    [
        (bill(), ordered(), "within_tolerance", ["MATCH"]),
        (bill(price="101.00"), ordered(), "within_tolerance", ["MATCH"]),
        (bill(price="101.01"), ordered(), "out_of_tolerance", ["PRICE"]),
        (bill(price="90.00"), ordered(), "within_tolerance", ["MATCH"]),
        (
            bill(price="1005.00", quantity="5"),
            ordered("5", "1000.00"),
            "within_tolerance",
            ["MATCH"],
        ),
        (
            bill(price="1005.01", quantity="1"),
            ordered("1", "1000.00"),
            "out_of_tolerance",
            ["PRICE"],
        ),
        (bill(price="1005.00"), ordered(price="1000.00"), "out_of_tolerance", ["PRICE"]),
        (
            bill(price="100.01"),
            ordered(item_class="IMPLANT"),
            "out_of_tolerance",
            ["PRICE"],
        ),
        (bill(), ordered(item_class="IMPLANT"), "within_tolerance", ["MATCH"]),
        (bill(quantity="11"), ordered(), "out_of_tolerance", ["QTY"]),
        (bill(), ordered(received="0"), "receipt_missing", ["NO_RECEIPT"]),
        (bill(), ordered(received="9"), "receipt_missing", ["NO_RECEIPT"]),
        (bill(quantity="9"), ordered(received="9"), "within_tolerance", ["MATCH"]),
        (bill(line="2"), ordered(), "out_of_tolerance", ["NO_PO"]),
        (
            bill(uom="BX", quantity="1", price="5000.00"),
            ordered("50"),
            "within_tolerance",
            ["MATCH"],
        ),
        (
            bill(uom="BX", quantity="1", price="5100.00"),
            ordered("50"),
            "out_of_tolerance",
            ["PRICE"],
        ),
        (bill(uom="CS"), ordered(), "out_of_tolerance", ["UOM"]),
        (bill(uom="BX"), ordered(tree=None), "out_of_tolerance", ["UOM"]),
        (bill(charges="30.00"), ordered(), "within_tolerance", ["MATCH", "MATCH"]),
        (bill(charges="30.01"), ordered(), "out_of_tolerance", ["MATCH", "CHARGE"]),
        (
            bill(charges="50.01", price="1000.00"),
            ordered(price="1000.00"),
            "out_of_tolerance",
            ["MATCH", "CHARGE"],
        ),
        (
            bill(charges="0.01"),
            ordered(item_class="IMPLANT"),
            "out_of_tolerance",
            ["MATCH", "CHARGE"],
        ),
        (bill(tax="8.00"), ordered(), "within_tolerance", ["MATCH"]),
        (bill(total="1000.01"), ordered(), "within_tolerance", ["MATCH"]),
        (bill(total="1000.02"), ordered(), "out_of_tolerance", ["MATCH", "CHARGE"]),
        (bill(charges="-5.00"), ordered(), "within_tolerance", ["MATCH"]),
    ],
)
def test_one_line(
    invoice: Invoice, order: dict[str, OrderedLine], result: str, lines: list[str]
) -> None:
    """2.6: each result at its boundary; the invoice takes the state of its worst line."""
    found = match_invoice(invoice, order, POLICY)
    assert [x.result for x in found.lines] == lines
    assert found.result == result


def test_the_evidence_names_amounts_and_tolerance() -> None:
    """The decision keeps billed and expected, and which tolerance was applied."""
    found = match_invoice(bill(price="102.00"), ordered(), POLICY)
    [line] = found.lines
    assert (line.billed, line.expected) == (Decimal("1020.00"), Decimal("1000.00"))
    assert line.detail == (
        "billed 102.00/EA, ordered 100.00/EA (+2.0 %), tolerance contracted med-surg"
    )
    assert found.tolerance == "contracted med-surg"


def test_an_unlisted_class_gets_the_strictest_tolerance() -> None:
    """2.0.12: nothing is looser because it is unknown."""
    found = match_invoice(bill(price="100.10"), ordered(item_class="UNHEARD"), POLICY)
    assert found.result == "out_of_tolerance"


@given(
    price=st.integers(100, 200_000),
    quantity=st.integers(1, 50),
    more=st.integers(1, 50_000),
    extra=st.integers(1, 50_000),
)
def test_a_dearer_bill_never_becomes_acceptable(
    price: int, quantity: int, more: int, extra: int
) -> None:
    """Monotone: what is out of tolerance stays so at a higher price."""

    def result(cents: int) -> str:
        invoice = bill(str(quantity), str(Decimal(cents) / 100))
        order = ordered(str(quantity), str(Decimal(price) / 100))
        return match_invoice(invoice, order, POLICY).result

    if result(price + more) == "out_of_tolerance":
        assert result(price + more + extra) == "out_of_tolerance"
    assert result(price) == "within_tolerance"
    assert result(max(1, price - more)) == "within_tolerance"


@given(boxes=st.integers(1, 20), price=st.integers(1, 9999))
def test_units_do_not_change_a_match(boxes: int, price: int) -> None:
    """Billed by the box or by the piece of a box of fifty: the same price is the same price."""
    order = ordered(str(boxes), str(Decimal(price) / 100 * 50), uom="BX")
    by_piece = bill(str(boxes * 50), str(Decimal(price) / 100), uom="EA")
    by_box = bill(str(boxes), str(Decimal(price) / 100 * 50), uom="BX")
    assert match_invoice(by_piece, order, POLICY).result == "within_tolerance"
    assert match_invoice(by_box, order, POLICY).result == "within_tolerance"
