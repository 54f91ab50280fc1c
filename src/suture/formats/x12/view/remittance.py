"""Payment order and remittance advice (820).

In: a reading of a set. Out: `Remittance` with what is paid. Refuses to know: bank accounts:
BPR07 to BPR15 are not in the view, for nothing in the house needs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from suture.formats.x12.tree import Loop
from suture.formats.x12.view.part import DatedAt, Party, Reference
from suture.formats.x12.view.reading import Reading, opened, text


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paid:
    """RMR: one open item, usually an invoice."""

    qualifier: str
    """RMR01: IV invoice."""
    number: str
    action: str
    """RMR03."""
    paid: Decimal | None
    invoiced: Decimal | None
    discount: Decimal | None
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    adjustments: tuple[tuple[Decimal | None, str], ...]
    """ADX: amount and reason."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Remittance:
    """820."""

    handling: str
    """BPR01: I remittance only, C payment with remittance ..."""
    amount: Decimal | None
    is_credit: bool
    """BPR03 is C."""
    method: str
    """BPR04: ACH, CHK ..."""
    day: date | None
    """BPR16: when the money moves."""
    trace: str
    """TRN02."""
    currency: str
    references: tuple[Reference, ...]
    dates: tuple[DatedAt, ...]
    parties: tuple[Party, ...]
    items: tuple[Paid, ...]
    adjustments: tuple[tuple[Decimal | None, str], ...]
    """ADX that belong to no item."""


def remittance(reading: Reading) -> Remittance | None:
    """Return the view of an 820."""
    head = reading.head("BPR")
    if head is None:
        return None
    tree = reading.tree
    entities = tree.within("ENT")
    return Remittance(
        handling=head.element(1),
        amount=reading.amount(head, 2),
        is_credit=head.element(3) == "C",
        method=head.element(4),
        day=reading.day(head, 16),
        trace=text(tree.first("TRN"), 2),
        currency=reading.currency(),
        references=reading.references(tree),
        dates=reading.dates(tree),
        parties=reading.parties(tree),
        items=tuple(_paid(reading, one) for entity in entities for one in entity.within("RMR")),
        adjustments=tuple(one for entity in entities for one in _adjusted(reading, entity)),
    )


def _paid(reading: Reading, loop: Loop) -> Paid:
    item = loop.opening
    return Paid(
        qualifier=item.element(1),
        number=item.element(2),
        action=item.element(3),
        paid=reading.amount(item, 4),
        invoiced=reading.amount(item, 5),
        discount=reading.amount(item, 6),
        references=reading.references(loop),
        dates=reading.dates(loop),
        adjustments=_adjusted(reading, loop),
    )


def _adjusted(reading: Reading, loop: Loop) -> tuple[tuple[Decimal | None, str], ...]:
    return tuple((reading.amount(s, 1), s.element(2)) for s in opened(loop, "ADX"))
