"""Reads the values of a set for its view and collects what cannot be read.

In: a transaction set. Out: values or None, and problems at their element. Refuses to know: which
view is built. A value that is absent is None without a problem: mandatory ones are checked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.x12.codes import STATED_MAX
from suture.formats.x12.element import date6, date8, implied_decimal, quantity, real, time_of_day
from suture.formats.x12.interchange import TransactionSet
from suture.formats.x12.segment import Segment
from suture.formats.x12.tree import Loop
from suture.formats.x12.view.part import DatedAt, InvoiceCharge, Party, Reference

_Kind = TypeVar("_Kind")
_SHORT: Final = 6
"""Length of YYMMDD, which versions before 004 write."""


class Reading:
    """One pass over a transaction set."""

    def __init__(self, found: TransactionSet) -> None:
        self.found = found
        self.tree = found.tree
        self.problems: list[Problem] = []

    def head(self, segment_id: str) -> Segment | None:
        """Return the set's beginning segment; without it there is a problem and no view."""
        segment = self.tree.first(segment_id)
        if segment is None:
            note = "the beginning segment of the transaction set is missing"
            path = f"{segment_id}[1]"
            self._state(
                Problem("x12.segment-missing", Severity.ERROR, note, path, self.found.offset)
            )
        return segment

    def day(self, segment: Segment | None, number: int) -> date | None:
        """Return a date; six digits are YYMMDD of this century."""
        return self._value(segment, number, lambda t: date6(t) if len(t) == _SHORT else date8(t))

    def clock(self, segment: Segment | None, number: int) -> time | None:
        """Return a time of day."""
        return self._value(segment, number, time_of_day)

    def amount(self, segment: Segment | None, number: int) -> Decimal | None:
        """Return a number of type R as money, price or rate."""
        return self._value(segment, number, real)

    def cents(self, segment: Segment | None, number: int) -> Decimal | None:
        """Return a number of type N2: two implied decimals."""
        return self._value(segment, number, lambda text: implied_decimal(text, 2))

    def quantity(self, segment: Segment | None, number: int) -> Fraction | None:
        """Return a quantity of type R, exact."""
        return self._value(segment, number, quantity)

    def count(self, segment: Segment | None, number: int) -> int | None:
        """Return a whole number of type N0."""
        return self._value(segment, number, lambda text: int(implied_decimal(text, 0)))

    def parties(self, loop: Loop) -> tuple[Party, ...]:
        """Return the N1 loops directly in a loop."""
        return tuple(_party(inner) for inner in loop.within("N1"))

    def references(self, loop: Loop) -> tuple[Reference, ...]:
        """Return the REF segments directly in a loop, and those that open loops of their own."""
        return tuple(
            Reference(s.element(1), s.element(2), s.element(3)) for s in opened(loop, "REF")
        )

    def dates(self, loop: Loop) -> tuple[DatedAt, ...]:
        """Return the DTM segments directly in a loop."""
        return tuple(
            DatedAt(s.element(1), self.day(s, 2), self.clock(s, 3)) for s in loop.all("DTM")
        )

    def charges(self, loop: Loop) -> tuple[InvoiceCharge, ...]:
        """Return the SAC segments directly in a loop or opening one."""
        return tuple(
            InvoiceCharge(s.element(1) == "C", s.element(2), self.cents(s, 5), s.element(15))
            for s in opened(loop, "SAC")
        )

    def currency(self) -> str:
        """Return CUR02 of the heading, empty when it is not there."""
        return text(self.tree.first("CUR"), 2)

    def _value(
        self, segment: Segment | None, number: int, read: Callable[[str], _Kind]
    ) -> _Kind | None:
        value = text(segment, number)
        if segment is None or not value:
            return None
        try:
            return read(value)
        except RefusalError as error:
            place = segment.offset + sum(len(one) + 1 for one in segment.elements[:number])
            path = segment.path(number)
            self._state(Problem(error.code, Severity.ERROR, error.text, path, place))
            return None

    def _state(self, problem: Problem) -> None:
        if len(self.problems) < STATED_MAX:
            self.problems.append(problem)


def text(segment: Segment | None, number: int) -> str:
    """Return an element, empty when there is no such segment."""
    return "" if segment is None else segment.element(number)


def opened(loop: Loop, segment_id: str) -> Iterator[Segment]:
    """Yield the segments `segment_id` directly in a loop, then those that open loops in it."""
    yield from loop.all(segment_id)
    for inner in loop.within(segment_id):
        yield inner.opening


def _party(loop: Loop) -> Party:
    head, place = loop.opening, loop.first("N4")
    street = [s.element(number) for s in loop.all("N3") for number in (1, 2)]
    return Party(
        role=head.element(1),
        name=head.element(2),
        qualifier=head.element(3),
        id=head.element(4),
        street=tuple(line for line in street if line),
        city=text(place, 1),
        state=text(place, 2),
        postal_code=text(place, 3),
        country=text(place, 4),
    )
