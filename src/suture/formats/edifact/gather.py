"""Reads the parts of business messages out of segment groups.

In: segment groups, a time zone. Out: the values of `parts`; what cannot be read is left out and
stated as a problem. Refuses to know: which message is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TypeVar

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.edifact import parts
from suture.formats.edifact.element import moment, number, quantity
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.segment import Segment
from suture.formats.edifact.structure import SegmentGroup, tree

Value = TypeVar("Value")


class Gatherer:
    """Reads parts and keeps the problems it met."""

    def __init__(
        self,
        message: Message,
        types: tuple[str, ...],
        profile: EdifactProfile = STANDARD_PROFILE,
        zone: tzinfo = UTC,
    ) -> None:
        if message.type not in types:
            note = "the message is of another type than this reader reads"
            raise RefusalError("edifact.wrong-message", note, path="UNH-2.1")
        self.root = tree(message, profile)
        self.problems: list[Problem] = []
        self._zone = zone

    def _tried(
        self, segment: Segment, place: tuple[int, int], read: Callable[[str], Value]
    ) -> Value | None:
        """Return a component read by `read`; None, with a problem, when it cannot be."""
        text = segment.value(*place)
        if not text:
            return None
        try:
            return read(text)
        except RefusalError as error:
            path = segment.path(*place)
            self.problems.append(
                Problem(error.code, Severity.ERROR, error.text, path, segment.offset)
            )
            return None

    def head(self) -> parts.Head:
        """Return what stands before the lines; a missing BGM leaves it empty."""
        root = self.root
        found = root.first("BGM")
        currency = next((s.value(1, 2) for s, _ in within(root, "CUX") if s.value(1, 2)), "")
        return parts.Head(
            code=found.value(1) if found else "",
            number=found.value(2) if found else "",
            function=found.value(3) if found else "",
            response=found.value(4) if found else "",
            dates=self.dates(root),
            references=self.references(root),
            parties=self.parties(root),
            currency=currency,
            texts=texts(root),
        )

    def dates(self, group: SegmentGroup | None) -> tuple[parts.Dated, ...]:
        """Return the dates directly in a group."""
        found = []
        for segment in group.all("DTM") if group else ():
            read = partial(moment, code=segment.value(1, 3), zone=self._zone)
            value = self._tried(segment, (1, 2), read)
            if value is not None:
                found.append(parts.Dated(segment.value(1), value))
        return tuple(found)

    def references(self, group: SegmentGroup) -> tuple[parts.Reference, ...]:
        """Return the references directly in a group, each with its dates."""
        return tuple(
            parts.Reference(s.value(1), s.value(1, 2), s.value(1, 3), self.dates(inner))
            for s, inner in within(group, "RFF")
        )

    def parties(self, group: SegmentGroup) -> tuple[parts.TradeParty, ...]:
        """Return the parties directly in a group, each with its references."""
        return tuple(
            parts.TradeParty(
                role=s.value(1),
                id=s.value(2),
                agency=s.value(2, 3),
                name=_joined(s, 4) or _joined(s, 3),
                street=_joined(s, 5),
                city=s.value(6),
                postcode=s.value(8),
                country=s.value(9),
                references=self.references(inner) if inner else (),
            )
            for s, inner in within(group, "NAD")
        )

    def quantities(self, group: SegmentGroup) -> tuple[parts.Measured, ...]:
        """Return the quantities directly in a group."""
        every = (self.measured(segment) for segment, _ in within(group, "QTY"))
        return tuple(one for one in every if one is not None)

    def measured(self, segment: Segment) -> parts.Measured | None:
        """Return the quantity of one QTY."""
        value = self._tried(segment, (1, 2), quantity)
        unit = segment.value(1, 3)
        return None if value is None else parts.Measured(segment.value(1), value, unit)

    def variances(self, group: SegmentGroup) -> tuple[parts.Variance, ...]:
        """Return the variances directly in a group."""
        found = []
        for segment, _ in within(group, "QVR"):
            value = self._tried(segment, (1, 1), quantity)
            if value is not None:
                found.append(
                    parts.Variance(value, segment.value(1, 2), segment.value(2) or segment.value(3))
                )
        return tuple(found)

    def prices(self, group: SegmentGroup) -> tuple[parts.UnitPrice, ...]:
        """Return the prices directly in a group, each with currency and dates."""
        found = []
        for segment, inner in within(group, "PRI"):
            amount = self._tried(segment, (1, 2), number)
            if amount is None:
                continue
            basis = self._tried(segment, (1, 5), quantity)
            money = inner.first("CUX") if inner else None
            found.append(
                parts.UnitPrice(
                    segment.value(1),
                    amount,
                    basis or Fraction(1),
                    segment.value(1, 6),
                    money.value(1, 2) if money else "",
                    self.dates(inner),
                )
            )
        return tuple(found)

    def amounts(self, group: SegmentGroup | None) -> tuple[parts.AmountLine, ...]:
        """Return the amounts directly in a group."""
        found = []
        for segment, _ in within(group, "MOA") if group else ():
            amount = self._tried(segment, (1, 2), number)
            if amount is not None:
                found.append(parts.AmountLine(segment.value(1), amount, segment.value(1, 3)))
        return tuple(found)

    def taxes(self, group: SegmentGroup) -> tuple[parts.TaxLine, ...]:
        """Return the taxes directly in a group."""
        return tuple(
            parts.TaxLine(
                s.value(2), self._tried(s, (5, 4), number), s.value(6), self.amounts(inner)
            )
            for s, inner in within(group, "TAX")
        )

    def allowances(self, group: SegmentGroup) -> tuple[parts.Allowance, ...]:
        """Return the allowances and charges directly in a group."""
        found = []
        for segment, inner in within(group, "ALC"):
            rates = within(inner, "PCD") if inner else iter(())
            rate: Decimal | None = None
            for one, _ in rates:
                rate = self._tried(one, (1, 2), number)
            found.append(
                parts.Allowance(
                    segment.value(1) == "C",
                    segment.value(5),
                    segment.value(5, 4) or segment.value(2),
                    rate,
                    self.amounts(inner),
                )
            )
        return tuple(found)

    def markings(self, group: SegmentGroup) -> tuple[parts.Marking, ...]:
        """Return the markings directly in a group, each with its numbers and dates."""
        return tuple(
            parts.Marking(
                s.value(1),
                tuple(mark for mark in s.components(2) if mark),
                identities(inner) if inner else (),
                self.dates(inner),
                self.quantities(inner) if inner else (),
            )
            for s, inner in within(group, "PCI")
        )

    def whole(self, segment: Segment, element: int) -> Fraction | None:
        """Return the number that is an element; None when there is none, or none that is read."""
        return self._tried(segment, (element, 1), quantity)

    def line(self, group: SegmentGroup, *, has_quantities: bool = True) -> parts.DocumentLine:
        """Return one line: LIN and what stands below it."""
        start = group.opening
        # Most lines have a few of the parts: only what stands there is looked for.
        there = {*group.ids, *(inner.id for inner in group.loops)}
        packed = [inner for _, inner in within(group, "PAC") if inner] if "PAC" in there else []
        marked = [marking for inner in packed for marking in self.markings(inner)]
        return parts.DocumentLine(
            number=start.value(1),
            action=start.value(2),
            parent=start.value(4, 2),
            products=_products(start, group),
            description=_description(group) if "IMD" in there else "",
            quantities=self.quantities(group) if has_quantities and "QTY" in there else (),
            variances=self.variances(group) if "QVR" in there else (),
            dates=self.dates(group) if "DTM" in there else (),
            prices=self.prices(group) if "PRI" in there else (),
            amounts=self.amounts(group) if "MOA" in there else (),
            references=self.references(group) if "RFF" in there else (),
            parties=self.parties(group) if "NAD" in there else (),
            identities=identities(group) if "GIN" in there else (),
            markings=(*self.markings(group), *marked) if "PCI" in there else tuple(marked),
            taxes=self.taxes(group) if "TAX" in there else (),
            allowances=self.allowances(group) if "ALC" in there else (),
            texts=texts(group) if "FTX" in there else (),
            path=start.path(),
        )


def within(group: SegmentGroup, tag: str) -> Iterator[tuple[Segment, SegmentGroup | None]]:
    """Yield the segments `tag` directly in a group, then those that open a group in it.

    Directories differ in whether a segment opens a group of its own.
    """
    if tag != group.id:
        for segment in group.all(tag):
            yield segment, None
    for inner in group.within(tag):
        yield inner.opening, inner


def identities(group: SegmentGroup) -> tuple[parts.Identity, ...]:
    """Return the numbers of goods directly in a group; a range gives both its ends."""
    return tuple(
        parts.Identity(
            s.value(1),
            tuple(part for n in range(2, len(s.elements)) for part in s.components(n) if part),
        )
        for s, _ in within(group, "GIN")
    )


def texts(group: SegmentGroup) -> tuple[str, ...]:
    """Return the free texts directly in a group."""
    found = (_joined(segment, 4, " ") for segment, _ in within(group, "FTX"))
    return tuple(text for text in found if text)


def _products(start: Segment, group: SegmentGroup) -> tuple[parts.ProductId, ...]:
    found = []
    if start.value(3):
        found.append(parts.ProductId(start.value(3), start.value(3, 2)))
    for segment in group.all("PIA"):
        function = segment.value(1)
        for element in range(2, len(segment.elements)):
            number_of = segment.value(element)
            if number_of:
                kind = segment.value(element, 2)
                found.append(parts.ProductId(number_of, kind, function))
    return tuple(found)


def _description(group: SegmentGroup) -> str:
    every = (segment.components(3) for segment in group.all("IMD"))
    pieces = ["".join(found[3:5]).strip() for found in every]
    return " ".join(piece for piece in pieces if piece)


def _joined(segment: Segment, element: int, between: str = "") -> str:
    found = segment.components(element)
    return between.join(part for part in found if part)
