"""Reads SLSRPT: how many of an item were sold at which place.

In: a message. Out: `SalesDocument`. Refuses to know: stock and forecasts. D.01B lists items by
place and, behind GIS, places by item: both are read as places with lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from fractions import Fraction

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer, texts
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import (
    AmountLine,
    Dated,
    DocumentLine,
    Head,
    Reference,
    TradeParty,
    UnitPrice,
)
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.structure import SegmentGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesFigure:
    """One quantity of an item: how many were sold, on which market, to whom."""

    qualifier: str
    """6063: 153 sold, 61 returned, and so on."""
    value: Fraction
    unit: str = ""
    sector: str = ""
    """7293 of MKS."""
    channel: str = ""
    """3496 of MKS: sales channel."""
    parties: tuple[TradeParty, ...] = ()
    prices: tuple[UnitPrice, ...] = ()
    dates: tuple[Dated, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesLine:
    """An item with its figures at one place."""

    line: DocumentLine
    figures: tuple[SalesFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesPlace:
    """LOC: where was sold, and what."""

    qualifier: str
    """3227, e.g. 162 place of sale."""
    location: str
    lines: tuple[SalesLine, ...]
    indicator: str = ""
    """7365 of the GIS that the place stands behind; empty for items listed by place."""
    dates: tuple[Dated, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[AmountLine, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesDocument:
    """A sales report (73)."""

    head: Head
    places: tuple[SalesPlace, ...]
    totals: tuple[AmountLine, ...] = ()

    @property
    def lines(self) -> tuple[SalesLine, ...]:
        """The lines of all places, in order."""
        return tuple(line for place in self.places for line in place.lines)


def read_sales(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[SalesDocument, list[Problem]]:
    """Return a SLSRPT, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("SLSRPT",), profile, zone)
    root = gatherer.root
    places = []
    for group in root.within("LOC"):
        lines = (_line(gatherer, inner) for inner in group.within("LIN"))
        places.append(_place(gatherer, group, tuple(lines)))
    for listed in root.within("GIS"):
        places += _by_item(gatherer, listed)
    found = SalesDocument(head=gatherer.head(), places=tuple(places), totals=gatherer.amounts(root))
    return found, gatherer.problems


def _by_item(gatherer: Gatherer, listed: SegmentGroup) -> Iterator[SalesPlace]:
    """Yield the places below the items of a GIS group, each with that one item."""
    for item in listed.within("LIN"):
        line = gatherer.line(item, has_quantities=False)
        for group in item.within("LOC"):
            sold = SalesLine(line=line, figures=_figures(gatherer, group))
            yield _place(gatherer, group, (sold,), listed.opening.value(1))


def _place(
    gatherer: Gatherer, group: SegmentGroup, lines: tuple[SalesLine, ...], indicator: str = ""
) -> SalesPlace:
    start = group.opening
    return SalesPlace(
        qualifier=start.value(1),
        location=start.value(2),
        lines=lines,
        indicator=indicator,
        dates=gatherer.dates(group),
        references=gatherer.references(group),
        amounts=gatherer.amounts(group),
        texts=texts(group),
    )


def _line(gatherer: Gatherer, group: SegmentGroup) -> SalesLine:
    # Quantities are read with their figures; reading them twice would state faults twice.
    line = gatherer.line(group, has_quantities=False)
    return SalesLine(line=line, figures=_figures(gatherer, group))


def _figures(gatherer: Gatherer, group: SegmentGroup) -> tuple[SalesFigure, ...]:
    found = (_figure(gatherer, inner) for inner in group.within("QTY"))
    return tuple(figure for figure in found if figure is not None)


def _figure(gatherer: Gatherer, group: SegmentGroup) -> SalesFigure | None:
    amount = gatherer.measured(group.opening)
    if amount is None:
        return None
    market = group.first("MKS")
    return SalesFigure(
        qualifier=amount.qualifier,
        value=amount.value,
        unit=amount.unit,
        sector=market.value(1) if market else "",
        channel=market.value(2) if market else "",
        parties=gatherer.parties(group),
        prices=gatherer.prices(group),
        dates=gatherer.dates(group),
        references=gatherer.references(group),
    )
