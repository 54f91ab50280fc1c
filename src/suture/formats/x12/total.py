"""Checks the totals of a transaction set and the levels of a ship notice.

In: a transaction set. Out: problems. Refuses to know: money; whether an invoice adds up is for the
match. CTT01 counts the lines, CTT02 sums their quantities (X12, notes of segment CTT).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.x12.element import real
from suture.formats.x12.hierarchy import hierarchy
from suture.formats.x12.interchange import TransactionSet
from suture.formats.x12.segment import Segment

_LINES: Final[dict[str, tuple[str, str, int]]] = {
    "850": ("PO1", "PO1", 2),
    "855": ("PO1", "PO1", 2),
    "860": ("POC", "POC", 3),
    "865": ("POC", "POC", 3),
    "856": ("HL", "SN1", 2),
    "810": ("IT1", "IT1", 2),
    "832": ("LIN", "", 0),
    "846": ("LIN", "QTY", 2),
    "861": ("RCD", "RCD", 2),
}
"""ST01 -> the segment CTT01 counts, the segment and element CTT02 sums; the other sets' notes
leave it to the partners."""
_HASH_DIGITS: Final = 10
"""CTT02 keeps its last ten digits."""


def total_problems(found: TransactionSet) -> Iterator[Problem]:
    """Yield where CTT differs from what was received."""
    if found.id not in _LINES:
        return
    counted, summed, number = _LINES[found.id]
    table = found.table
    ids = table.ids[found.start : found.end]
    if "CTT" not in ids:
        return
    total = table.segment(found.start + len(ids) - 1 - ids[::-1].index("CTT"), found.start)
    stated = total.element(1)
    lines = ids.count(counted)
    if stated.isascii() and stated.isdecimal() and int(stated[:20]) != lines:
        note = f"{lines} lines were received"
        yield _problem("x12.line-count", total, 1, note)
    if summed and total.element(2):
        yield from _hash(found, total, summed, number)


def _hash(found: TransactionSet, total: Segment, summed: str, number: int) -> Iterator[Problem]:
    """Yield where CTT02 differs; nothing when a quantity cannot be read."""
    table = found.table
    try:
        stated = real(total.element(2))
        values = (
            table.segment(place, found.start).element(number)
            for place in range(found.start, found.end)
            if table.ids[place] == summed
        )
        received = sum((real(value) for value in values if value), Decimal(0))
    except RefusalError:
        return
    if stated != received and stated != received % Decimal(10) ** _HASH_DIGITS:
        yield _problem("x12.hash-total", total, 2, "CTT02 is the sum of the lines' quantities")


def level_problems(found: TransactionSet) -> Iterator[Problem]:
    """Yield the levels of HL that do not hold together, and those whose HL04 says otherwise."""
    roots, problems = hierarchy(found.tree)
    yield from problems
    for root in roots:
        for level in root.walk():
            stated = level.loop.opening.element(4)
            if stated and (stated == "1") != bool(level.children):
                note = "HL04 is 1 where levels follow below, 0 otherwise"
                yield _problem("x12.hierarchy-child", level.loop.opening, 4, note)


def _problem(code: str, segment: Segment, number: int, text: str) -> Problem:
    place = segment.offset + sum(len(value) + 1 for value in segment.elements[:number])
    return Problem(code, Severity.WARNING, text, segment.path(number), place)
