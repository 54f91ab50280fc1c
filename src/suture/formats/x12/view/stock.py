"""Inventory advice (846), receiving advice (861), product transfer and resale (867).

In: a reading of a set. Out: `Stock`, `ReceivingAdvice`, `Transfer`. Refuses to know:
positions and orders of the house.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from suture.formats.x12.segment import Segment
from suture.formats.x12.tree import Loop
from suture.formats.x12.view.order import line_count
from suture.formats.x12.view.part import DatedAt, Party, Reference
from suture.formats.x12.view.reading import Reading, text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StockQuantity:
    """QTY below a line of an 846."""

    qualifier: str
    """QTY01: 33 available for sale, 17 on hand, 14 on order ..."""
    quantity: Fraction | None
    unit: str
    dates: tuple[DatedAt, ...]
    references: tuple[Reference, ...]
    """Lots, from the LS loop."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StockLine:
    """LIN of an 846."""

    line: str
    products: Mapping[str, str]
    dates: tuple[DatedAt, ...]
    references: tuple[Reference, ...]
    parties: tuple[Party, ...]
    quantities: tuple[StockQuantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Stock:
    """846."""

    purpose: str
    kind: str
    """BIA02."""
    number: str
    day: date | None
    parties: tuple[Party, ...]
    dates: tuple[DatedAt, ...]
    lines: tuple[StockLine, ...]
    line_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceiptLine:
    """RCD."""

    line: str
    received: Fraction | None
    unit: str
    returned: Fraction | None
    """RCD04."""
    conditions: tuple[tuple[Fraction | None, str, str], ...]
    """Quantity in question, unit, condition code: up to five."""
    products: Mapping[str, str]
    order_number: str
    """PRF01 of the line."""
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceivingAdvice:
    """861."""

    number: str
    day: date | None
    purpose: str
    kind: str
    """BRA04."""
    order_number: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    lines: tuple[ReceiptLine, ...]
    line_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TransferLine:
    """QTY below a PTD of an 867, with the transfer it belongs to."""

    kind: str
    """PTD01: SS sale, BQ transfer ..."""
    reference: Reference
    """PTD04/05."""
    qualifier: str
    """QTY01."""
    quantity: Fraction | None
    unit: str
    products: Mapping[str, str]
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    """Of the transfer: ship to, end customer."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Transfer:
    """867."""

    purpose: str
    number: str
    day: date | None
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    lines: tuple[TransferLine, ...]


def stock(reading: Reading) -> Stock | None:
    """Return the view of an 846."""
    head = reading.head("BIA")
    if head is None:
        return None
    tree = reading.tree
    return Stock(
        purpose=head.element(1),
        kind=head.element(2),
        number=head.element(3),
        day=reading.day(head, 4),
        parties=reading.parties(tree),
        dates=reading.dates(tree),
        lines=tuple(_stock_line(reading, loop) for loop in tree.within("LIN")),
        line_count=line_count(reading),
    )


def _stock_line(reading: Reading, loop: Loop) -> StockLine:
    return StockLine(
        line=loop.opening.element(1),
        products=loop.opening.pairs(2),
        dates=reading.dates(loop),
        references=reading.references(loop),
        parties=reading.parties(loop),
        quantities=tuple(_stock_quantity(reading, inner) for inner in loop.within("QTY")),
    )


def _stock_quantity(reading: Reading, loop: Loop) -> StockQuantity:
    count = loop.opening
    lots = tuple(one for inner in loop.within("LS") for one in reading.references(inner))
    return StockQuantity(
        qualifier=count.element(1),
        quantity=reading.quantity(count, 2),
        unit=count.component(3, 1),
        dates=reading.dates(loop),
        references=lots,
    )


def receipt(reading: Reading) -> ReceivingAdvice | None:
    """Return the view of an 861."""
    head = reading.head("BRA")
    if head is None:
        return None
    tree = reading.tree
    return ReceivingAdvice(
        number=head.element(1),
        day=reading.day(head, 2),
        purpose=head.element(3),
        kind=head.element(4),
        order_number=text(tree.first("PRF"), 1),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        lines=tuple(_received(reading, loop) for loop in tree.within("RCD")),
        line_count=line_count(reading),
    )


def _received(reading: Reading, loop: Loop) -> ReceiptLine:
    item, product = loop.opening, loop.first("LIN")
    return ReceiptLine(
        line=item.element(1),
        received=reading.quantity(item, 2),
        unit=item.component(3, 1),
        returned=reading.quantity(item, 4),
        conditions=_conditions(reading, item),
        products=product.pairs(2) if product else {},
        order_number=text(loop.first("PRF"), 1),
        references=reading.references(loop),
    )


def _conditions(reading: Reading, item: Segment) -> tuple[tuple[Fraction | None, str, str], ...]:
    """Return RCD06 to RCD20: quantity, unit and condition, five times."""
    return tuple(
        (reading.quantity(item, number), item.component(number + 1, 1), item.element(number + 2))
        for number in range(6, 19, 3)
        if item.element(number) or item.element(number + 2)
    )


def transfer(reading: Reading) -> Transfer | None:
    """Return the view of an 867."""
    head = reading.head("BPT")
    if head is None:
        return None
    tree = reading.tree
    return Transfer(
        purpose=head.element(1),
        number=head.element(2),
        day=reading.day(head, 3),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        lines=tuple(
            _transferred(reading, loop, inner)
            for loop in tree.within("PTD")
            for inner in loop.within("QTY")
        ),
    )


def _transferred(reading: Reading, loop: Loop, inner: Loop) -> TransferLine:
    head, count, product = loop.opening, inner.opening, inner.first("LIN")
    return TransferLine(
        kind=head.element(1),
        reference=Reference(head.element(4), head.element(5)),
        qualifier=count.element(1),
        quantity=reading.quantity(count, 2),
        unit=count.component(3, 1),
        products=product.pairs(2) if product else {},
        references=reading.references(inner),
        dates=reading.dates(inner),
        parties=reading.parties(loop),
    )
