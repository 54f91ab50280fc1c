"""Purchase order (850) and purchase order change (860).

In: a reading of a set. Out: `PurchaseOrder`, `Change`. Refuses to know: which codes the house
acts on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from suture.formats.x12.tree import Loop
from suture.formats.x12.view.part import DatedAt, InvoiceCharge, Party, Reference
from suture.formats.x12.view.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OrderLine:
    """PO1."""

    line: str
    quantity: Fraction | None
    unit: str
    price: Decimal | None
    price_basis: str = ""
    """PO105, `CT` for a contract price."""
    products: Mapping[str, str] = field(default_factory=dict)
    """Qualifier -> id: UK GTIN-14, VC vendor catalogue, MG manufacturer part, IN buyer item."""
    descriptions: tuple[str, ...] = ()
    """PID05: free text."""
    references: tuple[Reference, ...] = ()
    dates: tuple[DatedAt, ...] = ()
    charges: tuple[InvoiceCharge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PurchaseOrder:
    """850."""

    purpose: str
    kind: str
    """BEG02: NE, RO, EO, CN, DS, SA."""
    number: str
    release: str
    day: date | None
    currency: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    charges: tuple[InvoiceCharge, ...]
    lines: tuple[OrderLine, ...]
    line_count: int | None
    """CTT01."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChangeLine:
    """POC."""

    line: str
    change: str
    """POC02: CA, DI, QD, QI, PC, RS, AI."""
    quantity: Fraction | None
    left: Fraction | None
    """POC04: quantity left to receive."""
    unit: str
    price: Decimal | None
    products: Mapping[str, str]
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Change:
    """860."""

    purpose: str
    """BCH01: 04 change, 01 cancel."""
    kind: str
    number: str
    sequence: str
    """BCH05: number of the change."""
    day: date | None
    """BCH06: of the order."""
    currency: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    lines: tuple[ChangeLine, ...]
    line_count: int | None


def order(reading: Reading) -> PurchaseOrder | None:
    """Return the view of an 850."""
    head = reading.head("BEG")
    if head is None:
        return None
    tree = reading.tree
    return PurchaseOrder(
        purpose=head.element(1),
        kind=head.element(2),
        number=head.element(3),
        release=head.element(4),
        day=reading.day(head, 5),
        currency=reading.currency(),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        charges=reading.charges(tree),
        lines=tuple(_line(reading, loop) for loop in tree.within("PO1")),
        line_count=line_count(reading),
    )


def change(reading: Reading) -> Change | None:
    """Return the view of an 860."""
    head = reading.head("BCH")
    if head is None:
        return None
    tree = reading.tree
    return Change(
        purpose=head.element(1),
        kind=head.element(2),
        number=head.element(3),
        sequence=head.element(5),
        day=reading.day(head, 6),
        currency=reading.currency(),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        lines=tuple(change_line(reading, loop) for loop in tree.within("POC")),
        line_count=line_count(reading),
    )


def line_count(reading: Reading) -> int | None:
    """Return CTT01, whether CTT stands alone or opens a loop."""
    loops = reading.tree.within("CTT")
    return reading.count(loops[0].opening if loops else reading.tree.first("CTT"), 1)


def change_line(reading: Reading, loop: Loop) -> ChangeLine:
    """Return the view of a POC loop."""
    item = loop.opening
    return ChangeLine(
        line=item.element(1),
        change=item.element(2),
        quantity=reading.quantity(item, 3),
        left=reading.quantity(item, 4),
        unit=item.component(5, 1),
        price=reading.amount(item, 6),
        products=item.pairs(8),
        references=reading.references(loop),
        dates=reading.dates(loop),
    )


def _line(reading: Reading, loop: Loop) -> OrderLine:
    item = loop.opening
    texts = (inner.opening.element(5) for inner in loop.within("PID"))
    return OrderLine(
        line=item.element(1),
        quantity=reading.quantity(item, 2),
        unit=item.element(3),
        price=reading.amount(item, 4),
        price_basis=item.element(5),
        products=item.pairs(6),
        descriptions=tuple(one for one in texts if one),
        references=reading.references(loop),
        dates=reading.dates(loop),
        charges=reading.charges(loop),
    )
