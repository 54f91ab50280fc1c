"""A change of an order as X12 860, written whole and read back.

In: a change with its addressing, or bytes. Out: bytes, or changes and problems. Refuses to know:
the order before the change, and what is sent to which partner (`to_x12` writes less). Without the
order before it a changed line is CA; the narrower codes (QI, PC and so on) are read as a change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.changed import ADD, CANCEL, CHANGE, STANDS, action_of, check_change
from suture.documents.order_x12 import (
    PURPOSES,
    LineReading,
    below,
    day_of,
    heading,
    heading_of,
    identifiers,
    urgency_of,
)
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedLine, ChangedOrder
from suture.documents.taken import Taken
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of, sets_of
from suture.formats import x12

_CANCELLED: Final = "01"
_CHANGED: Final = "04"
_REPLACED: Final = "05"
"""BCH01."""
_CODES: Final = {ADD: "AI", CHANGE: "CA", CANCEL: "DI", STANDS: "RZ"}
"""POC02: add, change, delete an item; replace all its values."""
_ACTIONS: Final = {code: action for action, code in _CODES.items()} | dict.fromkeys(
    ("QI", "QD", "PC", "RS", "PQ", "PR", "CT"), CHANGE
)
_PLACES: Final = (3, 5, 6, 8)
"""Elements of POC: quantity, unit, price, first pair of product numbers."""


def write(change: ChangedOrder, addressing: Addressing) -> bytes:
    """Return the interchange with one 860; raises RefusalError for what cannot be written."""
    check_change(change)
    if change.order_date is None:
        raise RefusalError("supply.missing", "an 860 has the order's date", path="order_date")
    purpose = _CHANGED
    if change.is_cancel_of_order or change.is_whole:
        purpose = _REPLACED if change.is_whole else _CANCELLED
    kind = PURPOSES.get(change.urgency, "SA").replace("NE", "SA")
    day = day_text(change.order_date)
    segments = [
        ["BCH", purpose, kind, change.po_number, "", change.change_seq, day],
        *heading(change),
    ]
    for line in change.lines:
        segments += _line(line, change.currency)
    return composed("860", [*segments, ["CTT", str(len(change.lines))]], addressing)


def _line(changed: ChangedLine, currency: str) -> Segments:
    line = changed.order_line
    quantity, price = quantity_of(line.quantity, "POC-3"), f"{line.unit_price:f}"
    left = "0" if changed.action == CANCEL else quantity
    values = [quantity, left, line.uom, price, "CT", *identifiers(line)]
    found = below(line, currency)
    if changed.need_by is not None:
        place = next((n for n, one in enumerate(found) if one[0] == "N1"), len(found))
        found.insert(place, ["DTM", "002", day_text(changed.need_by)])
    return [["POC", line.line, _CODES[changed.action], *values], *found]


def read(data: bytes) -> tuple[list[ChangedOrder], list[Problem]]:
    """Return the change of each 860, and problems with segment and byte."""
    interchange, problems = x12.parse(data)
    found = []
    for one in sets_of(interchange, "860", problems):
        change = _change(one, interchange, problems)
        if change is not None:
            found.append(change)
    return found, problems


def _change(
    found: x12.TransactionSet, interchange: x12.Interchange, problems: list[Problem]
) -> ChangedOrder | None:
    tree, taken = found.tree, Taken[x12.Segment]()
    head = taken.first(tree, "BCH")
    if head is None or not head.element(3):
        problems.append(unreadable("BCH", "an 860 has the order's number in BCH", found.offset))
        return None
    if head.element(1) not in (_CANCELLED, _CHANGED, _REPLACED):
        note = "the purpose is no cancel, change or replacement of an order"
        problems.append(unreadable(head.path(1), note, head.offset))
        return None
    common = heading_of(taken, tree, interchange, problems)
    due = taken.first(tree, "DTM", "002")
    is_cancel, is_whole = (head.element(1) == code for code in (_CANCELLED, _REPLACED))
    reading = LineReading(taken, common["currency"], _PLACES, problems)
    change = ChangedOrder(
        po_number=head.element(3),
        lines=tuple(_lines(reading, tree, is_cancel=is_cancel, is_whole=is_whole)),
        change_seq=head.element(5),
        is_cancel_of_order=is_cancel,
        is_whole=is_whole,
        order_date=day_of(head, 6, problems),
        need_by=day_of(due, 2, problems) if due is not None else None,
        urgency=urgency_of(head, problems),
        **common,
    )
    problems += [unread(head.path(n), head.offset) for n in (4, *range(7, 17)) if head.element(n)]
    taken.first(tree, "CTT")
    problems += taken.left(found.segments[1:-1])
    return change


def _lines(
    reading: LineReading, tree: x12.Loop, *, is_cancel: bool, is_whole: bool
) -> Iterator[ChangedLine]:
    problems = reading.problems
    for number, loop in enumerate(reading.taken.loops(tree, "POC"), start=1):
        item = loop.opening
        found = _ACTIONS.get(item.element(2))
        due = reading.taken.first(loop, "DTM", "002")
        try:
            if found is None:
                raise RefusalError("supply.unreadable", "the change of the line is not known")
            action = action_of(found, is_cancel=is_cancel, is_whole=is_whole)
            line = reading.line(loop, item.element(1) or str(number))
            left = x12.quantity(item.element(4)) if item.element(4) else None
        except RefusalError as error:
            problems.append(unreadable(item.path(), error.text, item.offset))
            continue
        if left is not None and left != (0 if action == CANCEL else line.quantity):
            note = "what is left to receive is not read"
            problems.append(unread(item.path(4), item.offset, note))
        day = day_of(due, 2, problems) if due is not None else None
        yield ChangedLine(action=action, order_line=line, need_by=day)
