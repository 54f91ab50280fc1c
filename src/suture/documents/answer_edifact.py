"""An order acknowledgement as EDIFACT ORDRSP (D.01B), written and read back.

In: an acknowledgement with its addressing, or bytes. Out: bytes, or acknowledgements and problems.
Refuses to know: orders. A line action that is not known needs a person and carries no promise
(`answer`); an answer that ORDRSP has no word for is refused, never told as a better one.
"""

from __future__ import annotations

from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.answer import REVIEW, Answered, Part, joined
from suture.documents.carried import unread, unreadable
from suture.documents.changed import reply_of
from suture.documents.edifact_parts import composed, day_in, interchange_parties, messages_of, nad
from suture.documents.partner import Addressing
from suture.documents.supply import AcknowledgedLine, Acknowledgement, ChangeReply
from suture.documents.taken import Taken
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.write import WrittenSegment

_HEADERS: Final = {
    "accepts_all": "29",
    "rejects_all": "27",
    "exceptions_only": "4",
    "all_detail": "4",
    "detail_only": "9",
}
"""1225; `exceptions_only` has no code: 4 says more, so an unlisted line is asked about."""
_HEADER_READINGS: Final = {"29": "accepts_all", "27": "rejects_all", "4": "all_detail"}
_ACTIONS: Final = {"accepted": "5", "changed": "3", "backordered": "3", "rejected": "7"}
"""1229 of LIN; a backordered line is a changed one whose quantity is QTY 83."""
_RESULTS: Final = {"5": "accepted", "3": "changed", "7": "rejected"}
REPLY_NAME: Final = "ORDRSP change"
_CHANGE: Final = "PP"
"""1153 of RFF: number of the change that is answered."""
_CONFIRMED: Final = "21"
_LATE: Final = "83"
_DELIVERY: Final = "69"
_SHIPMENT: Final = "79"
"""2005: promised for delivery, for shipment."""


def write(answer: Acknowledgement, addressing: Addressing) -> bytes:
    """Return the interchange with one ORDRSP; raises RefusalError for what has no code there."""
    return composed("ORDRSP", _segments(answer, addressing), addressing)


def write_reply(reply: ChangeReply, addressing: Addressing) -> bytes:
    """Return the interchange with one ORDRSP that names the change by RFF PP."""
    if not reply.change_seq:
        note = "an answer to a change names it"
        raise RefusalError("supply.missing", note, path="change_seq")
    segments = _segments(reply, addressing, reply.change_seq)
    return composed("ORDRSP", segments, addressing)


def _segments(
    answer: Acknowledgement, addressing: Addressing, change: str = ""
) -> list[WrittenSegment]:
    if answer.header not in _HEADERS:
        note = "an ORDRSP has no code for what is said of all lines"
        raise RefusalError("supply.changed", note, path="header")
    segments: list[WrittenSegment] = [
        build.bgm("231", answer.supplier_order, _HEADERS[answer.header]),
        build.dtm("137", answer.issued or addressing.at.date()),
        build.rff("ON", answer.po_number),
        *([build.rff(_CHANGE, change)] if change else []),
        *nad("SU", answer.supplier, "92", "", addressing.charset),
    ]
    for line in answer.lines:
        segments += _line(line)
    return [*segments, build.uns(), build.cnt("2", len(answer.lines))]


def _line(line: AcknowledgedLine) -> list[WrittenSegment]:
    if line.result not in _ACTIONS:
        note = "an ORDRSP has no code for this answer"
        raise RefusalError("supply.changed", note, path="result")
    is_late = line.result == "backordered"
    if is_late and line.quantity is None:
        note = "an ORDRSP says what is late by its quantity"
        raise RefusalError("supply.changed", note, path="quantity")
    segments = [build.lin(line.line, "", _ACTIONS[line.result])]
    if line.quantity is not None:
        kind = _LATE if is_late else _CONFIRMED
        segments.append(build.qty(kind, line.quantity, unit_out(line.uom)))
    for code, day in ((_DELIVERY, line.promised_delivery), (_SHIPMENT, line.promised_ship)):
        if day is not None:
            segments.append(build.dtm(code, day))
    if line.unit_price is not None:
        segments.append(build.pri("AAA", line.unit_price))
    return segments


def read(data: bytes) -> tuple[list[Acknowledgement], list[Problem]]:
    """Return the answer of each ORDRSP to an order, and problems with segment and byte."""
    problems: list[Problem] = []
    found = _answers(data, problems, is_reply=False)
    return [answer for answer, _ in found], problems


def read_replies(data: bytes) -> tuple[list[ChangeReply], list[Problem]]:
    """Return the answer of each ORDRSP to a change, and problems with segment and byte."""
    problems: list[Problem] = []
    found = _answers(data, problems, is_reply=True)
    return [reply_of(answer, change) for answer, change in found], problems


def kind_name(message: edifact.Message) -> str:
    """Return what a message is called in the registry: an ORDRSP to a change is a reply."""
    return REPLY_NAME if message.type == "ORDRSP" and _change_of(message) else message.type


def _change_of(message: edifact.Message) -> str:
    """Return the number of the change that an ORDRSP answers, empty when it is an order."""
    found = edifact.tree(message).within("RFF", _CHANGE)
    return found[0].opening.value(1, 2) if found else ""


def _answers(
    data: bytes, problems: list[Problem], *, is_reply: bool
) -> list[tuple[Acknowledgement, str]]:
    """Return the answers to orders, or those to changes, with the number of the change."""
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "ORDRSP", problems):
        change = _change_of(message)
        if bool(change) is not is_reply:
            note = "an answer to a change and one to an order are two kinds of document"
            problems.append(unread("RFF", message.offset, note))
            continue
        taken = Taken[edifact.Segment]()
        if change:
            taken.loop(edifact.tree(message), "RFF", _CHANGE)
        try:
            found.append((_answer(message, parties[0], taken, problems), change))
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
    return found


def _answer(
    message: edifact.Message,
    sender: str,
    taken: Taken[edifact.Segment],
    problems: list[Problem],
) -> Acknowledgement:
    tree = edifact.tree(message)
    head, order = taken.first(tree, "BGM"), taken.first(tree, "RFF", "ON")
    if head is None or order is None or not order.value(1, 2):
        raise RefusalError("supply.unreadable", "an answer has the order's number in RFF ON")
    supplier = taken.first(tree, "NAD", "SU")
    po_number = order.value(1, 2)
    issued = day_in(taken.first(tree, "DTM", "137"))
    groups = taken.loops(tree, "LIN")
    answer = Acknowledgement(
        po_number=po_number,
        supplier=(supplier.value(2) if supplier is not None else "") or sender,
        header=_HEADER_READINGS.get(head.value(3), "detail_only"),
        lines=tuple(_answered(taken, group, po_number, problems) for group in groups),
        supplier_order=head.value(2),
        issued=issued,
    )
    for tag in ("UNS", "CNT"):
        taken.first(tree, tag)
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return answer


def _answered(
    taken: Taken[edifact.Segment],
    group: edifact.SegmentGroup,
    po_number: str,
    problems: list[Problem],
) -> AcknowledgedLine:
    start = group.opening
    late, confirmed = taken.first(group, "QTY", _LATE), taken.first(group, "QTY", _CONFIRMED)
    result = _RESULTS.get(start.value(2), REVIEW)
    if result == REVIEW:
        note = "the action of the line is not known; a person reads it"
        problems.append(unread(start.path(2), start.offset, note))
    amount = late if late is not None else confirmed
    if late is not None and result in ("accepted", "changed"):
        result = "partially_backordered" if confirmed is not None else "backordered"
    price = taken.first(group, "PRI", "AAA")
    part = Part(
        result=result,
        code=start.value(2),
        quantity=edifact.quantity(amount.value(1, 2)) if amount is not None else None,
        uom=unit_in(amount.value(1, 3)) if amount is not None else "",
        promised_delivery=day_in(taken.first(group, "DTM", _DELIVERY)),
        promised_ship=day_in(taken.first(group, "DTM", _SHIPMENT)),
        unit_price=edifact.number(price.value(1, 2)) if price is not None else None,
    )
    return joined(Answered(po_number=po_number, line=start.value(1)), [part])
