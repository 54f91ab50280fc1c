"""An answer to a change of an order as X12 865, written and read back.

In: an answer with its addressing, or bytes. Out: bytes, or answers and problems. Refuses to know:
orders and changes. BCA06 wants the order's date, which an answer does not know: the day of the
answer stands there. Yes to a cancelled line is ACK01 ID, "item deleted".
"""

from __future__ import annotations

from typing import Final

import msgspec

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.answer_x12 import header_code, price_of, told_of
from suture.documents.carried import unread, unreadable
from suture.documents.changed import ADD, CANCEL, CHANGE
from suture.documents.from_x12 import changed_line
from suture.documents.partner import Addressing, PartnerProfile
from suture.documents.supplier_x12 import supplier_of, supplier_segment
from suture.documents.supply import AcknowledgedLine, ChangeReply, ReplyLine
from suture.documents.x12_parts import Segments, composed, day_text, sets_of
from suture.formats import x12

_CODES: Final = {ADD: "AI", CHANGE: "CA", CANCEL: "DI"}
_ASKED: Final = {code: asked for asked, code in _CODES.items()}
_DELETED: Final = "ID"
_KNOWN: Final = frozenset({"BCA", "N1", "POC", "ACK", "DTM", "CTT"})


def write(reply: ChangeReply, addressing: Addressing) -> bytes:
    """Return the interchange with one 865; raises RefusalError for what has no code there."""
    issued = day_text(reply.issued) if reply.issued else ""
    dated = issued or day_text(addressing.at.date())
    head = ["BCA", "00", header_code(reply), reply.po_number, "", reply.change_seq, dated]
    segments = [
        [*head, "", "", reply.supplier_order, issued],
        supplier_segment(reply.supplier),
    ]
    for line in reply.lines:
        segments += _line(line)
    return composed("865", [*segments, ["CTT", str(len(reply.lines))]], addressing)


def _line(line: AcknowledgedLine) -> Segments:
    asked = line.asked if isinstance(line, ReplyLine) else ""
    code = _CODES.get(asked, _CODES[CHANGE])
    answer, *dates = told_of(line)
    if asked == CANCEL and line.result == "accepted":
        answer[1] = _DELETED
    return [["POC", line.line, code, "", "", "", price_of(line)], answer, *dates]


def read(data: bytes) -> tuple[list[ChangeReply], list[Problem]]:
    """Return the answer of each 865, and problems with segment and byte."""
    interchange, problems = x12.parse(data)
    found = []
    for one in sets_of(interchange, "865", problems):
        try:
            found.append(_reply(one, supplier_of(one) or interchange.sender.id))
        except (RefusalError, ValueError, ArithmeticError):
            note = "a value of this transaction set cannot be read"
            problems.append(unreadable("ST", note, one.offset))
            continue
        problems += [
            unread(segment.path(), segment.offset)
            for segment in one.segments[1:-1]
            if segment.id not in _KNOWN or (segment.id == "N1" and segment.qualifier != "VN")
        ]
    return found, problems


def _reply(found: x12.TransactionSet, supplier: str) -> ChangeReply:
    head = found.tree.first("BCA")
    if head is None or not head.element(3):
        raise ValueError("an 865 has the order's number in BCA")
    profile = PartnerProfile(supplier=supplier, name="", dialect="x12", our_id="", their_id="")
    lines = []
    for loop in found.tree.within("POC"):
        answer = changed_line(loop, head.element(3), profile)
        if answer is not None:
            asked = _ASKED.get(loop.opening.element(2), CHANGE)
            lines.append(ReplyLine(asked=asked, **msgspec.structs.asdict(answer)))
    issued = head.element(10)
    return ChangeReply(
        po_number=head.element(3),
        supplier=supplier,
        change_seq=head.element(5),
        header=str(x12.header_reading(head.element(2)) or "detail_only"),
        lines=tuple(lines),
        supplier_order=head.element(9),
        issued=x12.date8(issued) if issued else None,
    )
