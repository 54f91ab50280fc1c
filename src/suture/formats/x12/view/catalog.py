"""Price and sales catalogue (832).

In: a reading of a set. Out: `Catalog`. Refuses to know: contracts; which price counts is for the
price workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from suture.formats.x12.tree import Loop
from suture.formats.x12.view.order import line_count
from suture.formats.x12.view.part import DatedAt, Party, Reference
from suture.formats.x12.view.reading import Reading, text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CatalogPrice:
    """CTP."""

    kind: str
    """CTP01: class of trade."""
    qualifier: str
    """CTP02: CON contract, LPR list, NET ..."""
    price: Decimal | None
    quantity: Fraction | None
    unit: str
    """First component of CTP05."""
    dates: tuple[DatedAt, ...]
    """007 effective, 196 start, 197 end."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CatalogLine:
    """LIN."""

    line: str
    products: Mapping[str, str]
    descriptions: tuple[str, ...]
    """PID05: free text."""
    pack: int | None
    """PO401: inner packs in the outer one."""
    size: Decimal | None
    """PO402."""
    size_unit: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    prices: tuple[CatalogPrice, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Catalog:
    """832."""

    purpose: str
    """BCT01: PC price catalogue, PS sales catalogue, RC resale catalogue ..."""
    number: str
    version: str
    currency: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    lines: tuple[CatalogLine, ...]
    line_count: int | None


def catalog(reading: Reading) -> Catalog | None:
    """Return the view of an 832."""
    head = reading.head("BCT")
    if head is None:
        return None
    tree = reading.tree
    return Catalog(
        purpose=head.element(1),
        number=head.element(2),
        version=head.element(3),
        currency=reading.currency(),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        lines=tuple(_line(reading, loop) for loop in tree.within("LIN")),
        line_count=line_count(reading),
    )


def _line(reading: Reading, loop: Loop) -> CatalogLine:
    pack = loop.first("PO4")
    texts = (segment.element(5) for segment in loop.all("PID"))
    return CatalogLine(
        line=loop.opening.element(1),
        products=loop.opening.pairs(2),
        descriptions=tuple(one for one in texts if one),
        pack=reading.count(pack, 1),
        size=reading.amount(pack, 2),
        size_unit=text(pack, 3),
        references=reading.references(loop),
        dates=reading.dates(loop),
        prices=tuple(_price(reading, inner) for inner in loop.within("CTP")),
    )


def _price(reading: Reading, loop: Loop) -> CatalogPrice:
    price = loop.opening
    return CatalogPrice(
        kind=price.element(1),
        qualifier=price.element(2),
        price=reading.amount(price, 3),
        quantity=reading.quantity(price, 4),
        unit=price.component(5, 1),
        dates=reading.dates(loop),
    )
