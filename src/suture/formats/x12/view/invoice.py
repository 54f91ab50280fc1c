"""Invoice and credit (810), credit or debit adjustment (812).

In: a reading of a set. Out: `Invoice`, `Adjustment`. Refuses to know: whether it adds up and what
was ordered; that is the match.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from suture.formats.x12.tree import Loop
from suture.formats.x12.view.order import line_count
from suture.formats.x12.view.part import DatedAt, InvoiceCharge, Party, Reference
from suture.formats.x12.view.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class InvoiceLine:
    """IT1."""

    line: str
    quantity: Fraction | None
    unit: str
    price: Decimal | None
    price_basis: str
    products: Mapping[str, str]
    references: tuple[Reference, ...]
    charges: tuple[InvoiceCharge, ...]
    taxes: tuple[Decimal, ...]
    """TXI02."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Invoice:
    """810."""

    day: date | None
    number: str
    ordered: date | None
    order_number: str
    kind: str
    """BIG07: CR is a credit."""
    currency: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    lines: tuple[InvoiceLine, ...]
    total: Decimal | None
    """TDS01, two implied decimals."""
    taxes: tuple[Decimal, ...]
    charges: tuple[InvoiceCharge, ...]
    line_count: int | None

    @property
    def is_credit(self) -> bool:
        """BIG07 says that money goes back."""
        return self.kind == "CR"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdjustmentLine:
    """CDD."""

    reason: str
    """CDD01."""
    is_credit: bool
    """CDD02 is C."""
    line: str
    amount: Decimal | None
    """CDD04, two implied decimals."""
    quantity: Fraction | None
    unit: str
    price: Decimal | None
    products: Mapping[str, str]
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Adjustment:
    """812."""

    day: date | None
    number: str
    amount: Decimal | None
    is_credit: bool
    invoiced: date | None
    invoice_number: str
    ordered: date | None
    order_number: str
    currency: str
    references: tuple[Reference, ...]
    parties: tuple[Party, ...]
    lines: tuple[AdjustmentLine, ...]


def invoice(reading: Reading) -> Invoice | None:
    """Return the view of an 810."""
    head = reading.head("BIG")
    if head is None:
        return None
    tree = reading.tree
    return Invoice(
        day=reading.day(head, 1),
        number=head.element(2),
        ordered=reading.day(head, 3),
        order_number=head.element(4),
        kind=head.element(7),
        currency=reading.currency(),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        lines=tuple(_line(reading, loop) for loop in tree.within("IT1")),
        total=reading.cents(tree.first("TDS"), 1),
        taxes=_taxes(reading, tree),
        charges=reading.charges(tree),
        line_count=line_count(reading),
    )


def adjustment(reading: Reading) -> Adjustment | None:
    """Return the view of an 812."""
    head = reading.head("BCD")
    if head is None:
        return None
    tree = reading.tree
    return Adjustment(
        day=reading.day(head, 1),
        number=head.element(2),
        amount=reading.cents(head, 4),
        is_credit=head.element(5) == "C",
        invoiced=reading.day(head, 6),
        invoice_number=head.element(7),
        ordered=reading.day(head, 9),
        order_number=head.element(10),
        currency=reading.currency(),
        references=_notes(tree),
        parties=reading.parties(tree),
        lines=tuple(_adjusted(reading, loop) for loop in tree.within("CDD")),
    )


def _line(reading: Reading, loop: Loop) -> InvoiceLine:
    item = loop.opening
    return InvoiceLine(
        line=item.element(1),
        quantity=reading.quantity(item, 2),
        unit=item.element(3),
        price=reading.amount(item, 4),
        price_basis=item.element(5),
        products=item.pairs(6),
        references=reading.references(loop),
        charges=reading.charges(loop),
        taxes=_taxes(reading, loop),
    )


def _taxes(reading: Reading, loop: Loop) -> tuple[Decimal, ...]:
    amounts = (reading.amount(segment, 2) for segment in loop.all("TXI"))
    return tuple(amount for amount in amounts if amount is not None)


def _adjusted(reading: Reading, loop: Loop) -> AdjustmentLine:
    item, product = loop.opening, loop.first("LIN")
    return AdjustmentLine(
        reason=item.element(1),
        is_credit=item.element(2) == "C",
        line=item.element(3),
        amount=reading.cents(item, 4),
        quantity=reading.quantity(item, 7),
        unit=item.element(8),
        price=reading.amount(item, 11),
        products=product.pairs(2) if product else {},
        references=_notes(loop),
    )


def _notes(loop: Loop) -> tuple[Reference, ...]:
    """Return the N9 segments, which an 812 has in place of REF."""
    return tuple(Reference(s.element(1), s.element(2), s.element(3)) for s in loop.all("N9"))
