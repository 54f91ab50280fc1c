"""Answers of a supplier: to an order (855) and to a change (865).

In: a reading of a set. Out: `Answer` with the lines and what was said to each. Refuses to know:
what a code means to an order (`acknowledgement`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from suture.formats.x12.tree import Loop
from suture.formats.x12.view.order import line_count
from suture.formats.x12.view.part import DatedAt, Party, Reference
from suture.formats.x12.view.reading import Reading


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LineAnswer:
    """ACK: what becomes of a line, or of a part of it."""

    code: str
    """ACK01, one of `ACK01`."""
    quantity: Fraction | None
    unit: str
    dates: tuple[DatedAt, ...]
    """ACK04/05 first, then the DTM below."""
    products: Mapping[str, str]
    """ACK07..: what comes instead when the code is IS."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AnswerLine:
    """PO1 of an 855, POC of an 865."""

    line: str
    change: str
    """POC02; empty in an 855."""
    quantity: Fraction | None
    unit: str
    price: Decimal | None
    products: Mapping[str, str]
    answers: tuple[LineAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """855 or 865."""

    is_change: bool
    """It answers an 860."""
    purpose: str
    header: str
    """BAK02 or BCA02, see `header_reading`."""
    number: str
    """Of the order."""
    sequence: str
    """BCA05: number of the change; empty in an 855."""
    ordered: date | None
    supplier_order: str
    answered: date | None
    """BAK09, BCA10."""
    references: tuple[Reference, ...]
    parties: tuple[Party, ...]
    lines: tuple[AnswerLine, ...]
    line_count: int | None


def answer(reading: Reading) -> Answer | None:
    """Return the view of an 855."""
    head = reading.head("BAK")
    if head is None:
        return None
    return Answer(
        is_change=False,
        purpose=head.element(1),
        header=head.element(2),
        number=head.element(3),
        sequence="",
        ordered=reading.day(head, 4),
        supplier_order=head.element(8),
        answered=reading.day(head, 9),
        references=reading.references(reading.tree),
        parties=reading.parties(reading.tree),
        lines=tuple(_ordered(reading, loop) for loop in reading.tree.within("PO1")),
        line_count=line_count(reading),
    )


def change_answer(reading: Reading) -> Answer | None:
    """Return the view of an 865."""
    head = reading.head("BCA")
    if head is None:
        return None
    return Answer(
        is_change=True,
        purpose=head.element(1),
        header=head.element(2),
        number=head.element(3),
        sequence=head.element(5),
        ordered=reading.day(head, 6),
        supplier_order=head.element(9),
        answered=reading.day(head, 10),
        references=reading.references(reading.tree),
        parties=reading.parties(reading.tree),
        lines=tuple(_changed(reading, loop) for loop in reading.tree.within("POC")),
        line_count=line_count(reading),
    )


def _ordered(reading: Reading, loop: Loop) -> AnswerLine:
    item = loop.opening
    return AnswerLine(
        line=item.element(1),
        change="",
        quantity=reading.quantity(item, 2),
        unit=item.element(3),
        price=reading.amount(item, 4),
        products=item.pairs(6),
        answers=_answers(reading, loop),
    )


def _changed(reading: Reading, loop: Loop) -> AnswerLine:
    item = loop.opening
    return AnswerLine(
        line=item.element(1),
        change=item.element(2),
        quantity=reading.quantity(item, 3),
        unit=item.component(5, 1),
        price=reading.amount(item, 6),
        products=item.pairs(8),
        answers=_answers(reading, loop),
    )


def _answers(reading: Reading, loop: Loop) -> tuple[LineAnswer, ...]:
    found = []
    for inner in loop.within("ACK"):
        ack = inner.opening
        own = DatedAt(ack.element(4), reading.day(ack, 5))
        found.append(
            LineAnswer(
                code=ack.element(1),
                quantity=reading.quantity(ack, 2),
                unit=ack.element(3),
                dates=(*([own] if own.qualifier else []), *reading.dates(inner)),
                products=ack.pairs(7),
            )
        )
    return tuple(found)
