"""Reads PRICAT and INVRPT: what items cost, and how many there are.

In: a message. Out: `PriceDocument`, `InventoryDocument`. Refuses to know: contracts and locations
of the house. In D.96A a quantity opens the group of an inventory figure, in D.01B INV does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from fractions import Fraction

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer, identities, within
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import Dated, DocumentLine, Head, Identity, UnitPrice
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.structure import SegmentGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceGroup:
    """PGI: items that are priced alike."""

    code: str
    prices: tuple[UnitPrice, ...]
    """Prices of the whole group."""
    lines: tuple[DocumentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDocument:
    """A price catalogue (9)."""

    head: Head
    groups: tuple[PriceGroup, ...]

    @property
    def lines(self) -> tuple[DocumentLine, ...]:
        """The lines of all groups, in order."""
        return tuple(line for group in self.groups for line in group.lines)


def read_prices(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[PriceDocument, list[Problem]]:
    """Return a PRICAT, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("PRICAT",), profile, zone)
    groups = tuple(
        PriceGroup(
            code=group.opening.value(1),
            prices=gatherer.prices(group),
            lines=tuple(gatherer.line(line) for line in group.within("LIN")),
        )
        for group in gatherer.root.within("PGI")
    )
    return PriceDocument(head=gatherer.head(), groups=groups), gatherer.problems


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFigure:
    """One quantity of an item: how many, where, of which batch."""

    qualifier: str
    """6063: 145 on hand, 17 on hand by count, 156 sold, and so on."""
    value: Fraction
    unit: str = ""
    movement: str = ""
    """4501 of INV: direction of a movement."""
    locations: tuple[str, ...] = ()
    dates: tuple[Dated, ...] = ()
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLine:
    """An item with its figures."""

    line: DocumentLine
    locations: tuple[str, ...]
    figures: tuple[StockFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryDocument:
    """An inventory report (35)."""

    head: Head
    lines: tuple[StockLine, ...]


def read_inventory(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[InventoryDocument, list[Problem]]:
    """Return an INVRPT, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("INVRPT",), profile, zone)
    lines = []
    for group in gatherer.root.within("LIN"):
        figures = [
            figure
            for inner in (*group.within("QTY"), *group.within("INV"))
            if (figure := _figure(gatherer, inner)) is not None
        ]
        # Quantities were read with their figures; reading them twice would state faults twice.
        lines.append(
            StockLine(
                line=gatherer.line(group, has_quantities=False),
                locations=_locations(group),
                figures=tuple(figures),
            )
        )
    return InventoryDocument(head=gatherer.head(), lines=tuple(lines)), gatherer.problems


def _figure(gatherer: Gatherer, group: SegmentGroup) -> StockFigure | None:
    start = group.opening
    segment = start if group.id == "QTY" else group.first("QTY")
    found = gatherer.measured(segment) if segment else None
    if found is None:
        return None
    movement = start if group.id == "INV" else group.first("INV")
    return StockFigure(
        qualifier=found.qualifier,
        value=found.value,
        unit=found.unit,
        movement=movement.value(1) if movement else "",
        locations=_locations(group),
        dates=gatherer.dates(group),
        identities=identities(group),
    )


def _locations(group: SegmentGroup) -> tuple[str, ...]:
    return tuple(segment.value(2) for segment, _ in within(group, "LOC") if segment.value(2))
