"""Parts of X12 that every exchanged document has: the envelope, quantities, days, other sets.

In: segments and addressing, or an interchange. Out: bytes, values, problems. Refuses to know: what
a transaction set says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from suture.core.money import quantity_text
from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread
from suture.documents.partner import Addressing
from suture.formats import x12

Segments = list[list[str]]


def composed(set_id: str, segments: Segments, addressing: Addressing) -> bytes:
    """Return one interchange with one set of version 005010."""
    envelope = x12.Envelope(
        set_id=set_id,
        sender=addressing.sender,
        receiver=addressing.receiver,
        interchange_control=addressing.control,
        group_control=addressing.control,
        at=addressing.at,
        sender_qualifier=addressing.sender_qualifier,
        receiver_qualifier=addressing.receiver_qualifier,
        is_test=addressing.is_test,
    )
    return x12.compose(envelope, [segments])


def day_text(day: date) -> str:
    """Return a day as CCYYMMDD."""
    return f"{day.year:04}{day.month:02}{day.day:02}"


def quantity_of(value: Fraction, path: str) -> str:
    """Return a quantity as type R writes it; a rational without an end is refused."""
    text = quantity_text(value)
    if "/" in text:
        raise RefusalError("x12.element-number", "the quantity is no decimal number", path=path)
    return text


def sets_of(
    interchange: x12.Interchange, set_id: str, problems: list[Problem]
) -> Iterator[x12.TransactionSet]:
    """Yield the sets of one kind; every other one is stated."""
    for found in interchange.sets:
        if found.id == set_id:
            yield found
        else:
            problems.append(unread("ST", found.offset))
