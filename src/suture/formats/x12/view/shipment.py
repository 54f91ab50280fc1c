"""Ship notice (856): shipment, orders, packs and items as a tree.

In: a reading of a set. Out: `Shipment` with its outermost levels. Refuses to know: which order of
levels a partner uses; any is a tree. Links that do not hold are problems, and the level stands
outermost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction

from suture.formats.x12.hierarchy import Level, hierarchy
from suture.formats.x12.view.part import DatedAt, Party, Reference
from suture.formats.x12.view.reading import Reading, text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Packed:
    """One HL level: a shipment, an order, a tare, a pack or an item."""

    id: str
    kind: str
    """HL03: S shipment, O order, T tare, P pack, I item."""
    order_number: str
    """PRF01."""
    ordered: date | None
    line: str
    """LIN01."""
    products: Mapping[str, str]
    """UK GTIN-14, VC catalogue, LT lot, SN serial ..."""
    quantity: Fraction | None
    """SN102."""
    unit: str
    marks: tuple[tuple[str, str], ...]
    """MAN: qualifier and number; GM is an SSCC-18."""
    references: tuple[Reference, ...]
    """CN tracking, BM bill of lading ..."""
    dates: tuple[DatedAt, ...]
    """011 shipped, 017 expected, 036 expiry ..."""
    parties: tuple[Party, ...]
    carrier: str
    """TD503."""
    below: tuple[Packed, ...]

    def walk(self) -> Iterator[Packed]:
        """Yield this level and all below it, in order."""
        pending = [self]
        while pending:
            one = pending.pop()
            yield one
            pending += reversed(one.below)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Shipment:
    """856."""

    purpose: str
    """BSN01: 00 original, 01 cancellation."""
    number: str
    day: date | None
    at: time | None
    structure: str
    """BSN05: 0001 is shipment, order, pack, item."""
    levels: tuple[Packed, ...]
    """The outermost ones; one shipment where the links hold."""

    def walk(self) -> Iterator[Packed]:
        """Yield every level, in order."""
        for level in self.levels:
            yield from level.walk()


def shipment(reading: Reading) -> Shipment | None:
    """Return the view of an 856."""
    head = reading.head("BSN")
    if head is None:
        return None
    roots, broken = hierarchy(reading.tree)
    reading.problems += broken
    return Shipment(
        purpose=head.element(1),
        number=head.element(2),
        day=reading.day(head, 3),
        at=reading.clock(head, 4),
        structure=head.element(5),
        levels=tuple(_built(reading, root) for root in roots),
    )


def _built(reading: Reading, root: Level) -> Packed:
    """Return a level with those below it; deepest first, so depth costs no recursion."""
    done: dict[int, Packed] = {}
    for level in reversed(list(root.walk())):
        below = tuple(done.pop(id(child)) for child in level.children)
        done[id(level)] = _packed(reading, level, below)
    return done[id(root)]


def _packed(reading: Reading, level: Level, below: tuple[Packed, ...]) -> Packed:
    item, count, order = level.first("LIN"), level.first("SN1"), level.first("PRF")
    loop = level.loop
    return Packed(
        id=level.id,
        kind=level.code,
        order_number=text(order, 1),
        ordered=reading.day(order, 4),
        line=text(item, 1),
        products=item.pairs(2) if item else {},
        quantity=reading.quantity(count, 2),
        unit=text(count, 3),
        marks=tuple((s.element(1), s.element(2)) for s in loop.all("MAN")),
        references=reading.references(loop),
        dates=reading.dates(loop),
        parties=reading.parties(loop),
        carrier=text(loop.first("TD5"), 3),
        below=below,
    )
