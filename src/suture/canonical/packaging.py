"""What a box holds: exact conversion along an item's packaging tree (spec 2.0.12 Units).

In: levels `{uom, contains, of}`. Out: quantities as exact rationals in another unit of the same
item. Refuses to know: unit code lists; `CA`, `BX` and `PK` mean nothing without the item's tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import msgspec

from suture.core.refusal import RefusalError

LEVELS_MAX = 32
"""Deeper than any real pallet; bounds the walk over a hostile file."""


class PackagingLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One level: a `uom` holds `contains` of unit `of`; the base unit has no `of`."""

    uom: str
    contains: Fraction = Fraction(1)
    of: str | None = None
    gtin: str = ""
    """GTIN of this level; empty when it has none."""


@dataclass(frozen=True, slots=True)
class PackagingTree:
    """Units of one item with their factor to the base unit."""

    base: str
    factors: dict[str, Fraction]
    """Base units in one of each unit."""
    gtins: dict[str, str]
    """GTIN -> unit of measure."""

    def factor(self, uom: str) -> Fraction:
        """Return base units per `uom`; raises RefusalError `packaging.unknown-unit`."""
        found = self.factors.get(uom)
        if found is None:
            raise RefusalError("packaging.unknown-unit", "the item has no such packaging level")
        return found

    def to_base(self, quantity: Fraction, uom: str) -> Fraction:
        """Return `quantity` of `uom` in base units; raises `packaging.unknown-unit`."""
        return quantity * self.factor(uom)

    def convert(self, quantity: Fraction, uom: str, into: str) -> Fraction:
        """Return `quantity` of `uom` in unit `into`; raises `packaging.unknown-unit`."""
        return quantity * self.factor(uom) / self.factor(into)

    def round_up_to(self, quantity: Fraction, uom: str) -> Fraction:
        """Return the whole number of `uom` that covers `quantity` base units."""
        return Fraction(-((-quantity) // self.factor(uom)))

    def uom_of_gtin(self, gtin: str) -> str | None:
        """Return the unit a GTIN names, leading zeros ignored; None when it is not this item's."""
        return self.gtins.get(gtin.zfill(14))


def packaging_tree(levels: Iterable[PackagingLevel]) -> PackagingTree:
    """Build the tree of an item.

    Raises RefusalError: `packaging.no-base`, `packaging.two-bases`, `packaging.contains` (not a
    positive number), `packaging.unknown-unit` (holds a unit nobody declares), `packaging.cycle`,
    `packaging.disagreement` (two paths to base give two factors), `packaging.gtin-twice`,
    `packaging.too-many-levels`.
    """
    rows = tuple(levels)
    if len(rows) > LEVELS_MAX:
        raise RefusalError("packaging.too-many-levels", f"more than {LEVELS_MAX} levels")
    base = _base(rows)
    if any(level.contains <= 0 for level in rows):
        raise RefusalError("packaging.contains", "a level holds a positive number of its child")
    declared = {level.uom for level in rows}
    if any(level.of not in declared for level in rows if level.of is not None):
        raise RefusalError("packaging.unknown-unit", "a level holds a unit that has no level")
    return PackagingTree(base=base, factors=_factors(rows, base), gtins=_gtins(rows))


def _base(rows: tuple[PackagingLevel, ...]) -> str:
    bases = {level.uom for level in rows if level.of is None}
    if not bases:
        raise RefusalError("packaging.no-base", "no level is the base unit")
    if len(bases) > 1:
        raise RefusalError("packaging.two-bases", "more than one level is a base unit")
    if any(level.contains != 1 for level in rows if level.of is None):
        raise RefusalError("packaging.contains", "the base unit contains exactly one of itself")
    return bases.pop()


def _factors(rows: tuple[PackagingLevel, ...], base: str) -> dict[str, Fraction]:
    """Walk upwards from the base; a row that is never reached stands on a cycle."""
    factors = {base: Fraction(1)}
    waiting = [level for level in rows if level.of is not None]
    while waiting:
        ready = [level for level in waiting if level.of in factors]
        if not ready:
            raise RefusalError("packaging.cycle", "levels hold each other, none reaches the base")
        for level in ready:
            factor = level.contains * factors[level.of or base]
            if factors.setdefault(level.uom, factor) != factor:
                raise RefusalError("packaging.disagreement", "two paths to base units disagree")
        waiting = [level for level in waiting if level not in ready]
    return factors


def _gtins(rows: tuple[PackagingLevel, ...]) -> dict[str, str]:
    gtins: dict[str, str] = {}
    for level in rows:
        if level.gtin and gtins.setdefault(level.gtin.zfill(14), level.uom) != level.uom:
            raise RefusalError("packaging.gtin-twice", "one GTIN names two packaging levels")
    return gtins
