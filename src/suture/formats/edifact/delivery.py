"""Reads DESADV and RECADV: what was sent and what was received, by packages.

In: a message. Out: `DeliveryDocument`. Refuses to know: orders and stock. Packages form a tree by
CPS (7164, 7166); SSCC stand in GIN BJ below PCI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from fractions import Fraction

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer, within
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import DocumentLine, Head, Marking
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.structure import SegmentGroup


@dataclass(frozen=True, slots=True)
class Packing:
    """PAC: a number of packages of one kind, and what stands on them."""

    count: Fraction | None
    kind: str
    markings: tuple[Marking, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLevel:
    """CPS: one level of packing with the lines in it."""

    id: str
    parent: str = ""
    level: str = ""
    """7075: 1 inner, 3 outer, 4 none."""
    packings: tuple[Packing, ...] = ()
    lines: tuple[DocumentLine, ...] = ()

    @property
    def ssccs(self) -> tuple[str, ...]:
        """The SSCC on its packages (GIN BJ)."""
        return tuple(
            number
            for packing in self.packings
            for marking in packing.markings
            for one in marking.identities
            if one.kind == "BJ"
            for number in one.numbers
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDocument:
    """A despatch advice (351) or a receiving advice (632)."""

    type: str
    """DESADV or RECADV."""
    head: Head
    packages: tuple[PackageLevel, ...]

    @property
    def lines(self) -> tuple[DocumentLine, ...]:
        """The lines of all packages, in order."""
        return tuple(line for package in self.packages for line in package.lines)

    def inside(self, parent: str = "") -> Iterator[PackageLevel]:
        """Yield the packages directly in another one; the outermost without `parent`."""
        return (package for package in self.packages if package.parent == parent)


def read_delivery(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[DeliveryDocument, list[Problem]]:
    """Return a DESADV or RECADV, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("DESADV", "RECADV"), profile, zone)
    packages = tuple(_package(gatherer, group) for group in gatherer.root.within("CPS"))
    return DeliveryDocument(
        type=message.type, head=gatherer.head(), packages=packages
    ), gatherer.problems


def _package(gatherer: Gatherer, group: SegmentGroup) -> PackageLevel:
    start = group.opening
    return PackageLevel(
        id=start.value(1),
        parent=start.value(2),
        level=start.value(3),
        packings=tuple(
            Packing(
                gatherer.whole(segment, 1),
                segment.value(3),
                gatherer.markings(inner) if inner else (),
            )
            for segment, inner in within(group, "PAC")
        ),
        lines=tuple(gatherer.line(line) for line in group.within("LIN")),
    )
