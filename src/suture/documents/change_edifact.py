"""A change of an order as EDIFACT ORDCHG (D.01B), written whole and read back.

In: a change with its addressing, or bytes. Out: bytes, or changes and problems. Refuses to know:
the order before the change. The number of the message is that of the change; the order is RFF ON
with its date. An urgency and a cost centre have no place that partners agree on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.changed import ADD, CANCEL, CHANGE, STANDS, action_of, check_change
from suture.documents.edifact_parts import composed, day_in, interchange_parties, messages_of
from suture.documents.order_edifact import heading, heading_of, line_of, line_segments
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedLine, ChangedOrder
from suture.documents.taken import Taken
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.write import WrittenSegment

_KIND: Final = "230"
"""1001 of BGM: purchase order change request."""
_CANCELLED: Final = "1"
_CHANGED: Final = "4"
_REPLACED: Final = "5"
"""1225 of BGM."""
_ACTIONS: Final = {ADD: "1", CANCEL: "2", CHANGE: "3", STANDS: ""}
"""1229 of LIN."""
_READ: Final = {code: action for action, code in _ACTIONS.items()} | {"4": STANDS}
_ORDERED: Final = "171"
"""2005 below RFF: date of what it names."""


def write(change: ChangedOrder, addressing: Addressing) -> bytes:
    """Return the interchange with one ORDCHG; raises RefusalError for what cannot be written."""
    check_change(change)
    charset = addressing.charset
    function = _CHANGED
    if change.is_cancel_of_order or change.is_whole:
        function = _REPLACED if change.is_whole else _CANCELLED
    segments: list[WrittenSegment] = [
        build.bgm(_KIND, change.change_seq, function),
        build.dtm("137", addressing.at.date()),
    ]
    if change.need_by is not None:
        segments.append(build.dtm("2", change.need_by))
    segments.append(build.rff("ON", change.po_number))
    if change.order_date is not None:
        segments.append(build.dtm(_ORDERED, change.order_date))
    segments += heading(change, charset)
    for changed in change.lines:
        line = changed.order_line
        opening = build.lin(line.line, line.gtin, _ACTIONS[changed.action])
        segments += line_segments(opening, line, change.currency, charset, changed.need_by)
    segments += [build.uns(), build.cnt("2", len(change.lines))]
    return composed("ORDCHG", segments, addressing)


def read(data: bytes) -> tuple[list[ChangedOrder], list[Problem]]:
    """Return the change of each ORDCHG, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "ORDCHG", problems):
        try:
            found.append(_change(message, parties, problems))
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
    return found, problems


def _change(
    message: edifact.Message, parties: tuple[str, str], problems: list[Problem]
) -> ChangedOrder:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head, order = taken.first(tree, "BGM"), taken.loop(tree, "RFF", "ON")
    function = head.value(3) if head is not None else ""
    if order is None or not order.opening.value(1, 2):
        raise RefusalError("supply.unreadable", "a change has the order's number in RFF ON")
    if head is None or function not in (_CANCELLED, _CHANGED, _REPLACED):
        note = "the function is no cancel, change or replacement of an order"
        raise RefusalError("supply.unreadable", note)
    if head.value(1) != _KIND:
        note = "this kind of change is read as a request of the buyer"
        problems.append(unread(head.path(1), head.offset, note))
    taken.first(tree, "DTM", "137")
    due, ordered = taken.first(tree, "DTM", "2"), taken.first(order, "DTM", _ORDERED)
    is_cancel, is_whole = function == _CANCELLED, function == _REPLACED
    common = heading_of(taken, tree, parties, problems)
    lines = _lines(taken, tree, common["currency"], problems)
    change = ChangedOrder(
        po_number=order.opening.value(1, 2),
        lines=tuple(
            ChangedLine(
                action=action_of(line.action, is_cancel=is_cancel, is_whole=is_whole),
                order_line=line.order_line,
                need_by=line.need_by,
            )
            for line in lines
        ),
        change_seq=head.value(2),
        is_cancel_of_order=is_cancel,
        is_whole=is_whole,
        order_date=day_in(ordered),
        need_by=day_in(due),
        **common,
    )
    for tag in ("UNS", "CNT"):
        taken.first(tree, tag)
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return change


def _lines(
    taken: Taken[edifact.Segment],
    tree: edifact.SegmentGroup,
    currency: str,
    problems: list[Problem],
) -> Iterator[ChangedLine]:
    for group in taken.loops(tree, "LIN"):
        start = group.opening
        action = _READ.get(start.value(2))
        try:
            if action is None:
                raise RefusalError("supply.unreadable", "the action of the line is not known")
            line = line_of(taken, group, currency, problems)
            day = day_in(taken.first(group, "DTM", "2"))
        except RefusalError as error:
            problems.append(unreadable(start.path(), error.text, start.offset))
            continue
        yield ChangedLine(action=action, order_line=line, need_by=day)
