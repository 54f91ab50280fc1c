"""An order acknowledgement as cXML ConfirmationRequest, written; `supplier_cxml` reads it.

In: an acknowledgement with its addressing. Out: bytes. Refuses to know: orders; a line that the
supplier did not mention is not written for it. A price needs a currency there, which an answer of
ours does not say: it is left out rather than guessed.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Final

from suture.core.refusal import RefusalError
from suture.documents.cxml_parts import envelope_of
from suture.documents.partner import Addressing
from suture.documents.supplier_cxml import supplier_extrinsic
from suture.documents.supply import AcknowledgedLine, Acknowledgement, ChangeReply
from suture.documents.to_cxml import payload_id
from suture.documents.unece import unit_out
from suture.formats import cxml

_HEADERS: Final = {
    "accepts_all": "accept",
    "rejects_all": "reject",
    "exceptions_only": "except",
    "all_detail": "allDetail",
    "detail_only": "detail",
    "backordered_all": "backordered",
}
_TYPES: Final = {
    "accepted": "accept",
    "changed": "detail",
    "backordered": "backordered",
    "rejected": "reject",
}
_CHANGES: Final = ("detail", "allDetail")


def write(answer: Acknowledgement, addressing: Addressing) -> bytes:
    """Return the ConfirmationRequest; raises RefusalError for what has no type there."""
    return _written(answer, cxml.OrderReference(order_id=answer.po_number), addressing)


def write_reply(reply: ChangeReply, addressing: Addressing) -> bytes:
    """Return the ConfirmationRequest that names the change by its document."""
    sequence = reply.change_seq
    is_number = sequence.isascii() and sequence.isdecimal() and len(sequence) < 10
    if not is_number or not int(sequence):
        note = "a change is named by the number in its payloadID"
        raise RefusalError("supply.changed", note, path="change_seq")
    payload = payload_id(reply.po_number, int(sequence))
    order = cxml.OrderReference(order_id=reply.po_number, payload_id=payload)
    return _written(reply, order, addressing)


def _written(answer: Acknowledgement, order: cxml.OrderReference, addressing: Addressing) -> bytes:
    header = _HEADERS.get(answer.header)
    if header is None:
        note = "a ConfirmationRequest has no type for what is said of all lines"
        raise RefusalError("supply.changed", note, path="header")
    issued = datetime.combine(answer.issued, time(), UTC) if answer.issued else None
    confirmed = cxml.ConfirmationRequest(
        type=header,
        confirmation_id=answer.supplier_order,
        notice_date=issued,
        order=order,
        items=tuple(_item(line) for line in answer.lines),
        extrinsics=supplier_extrinsic(answer.supplier, addressing),
    )
    payload = f"{answer.po_number}.{addressing.control}@suture-confirmation"
    return cxml.confirmation_document(confirmed, envelope_of(payload, addressing))


def _item(line: AcknowledgedLine) -> cxml.ConfirmationItem:
    kind = _TYPES.get(line.result)
    if kind is None:
        note = "a ConfirmationStatus has no type for this answer"
        raise RefusalError("supply.changed", note, path="result")
    if line.quantity is None:
        note = "a ConfirmationItem has its quantity"
        raise RefusalError("supply.missing", note, path="quantity")
    unit = unit_out(line.uom)
    status = cxml.ConfirmationStatus(
        type=line.code if kind == "detail" and line.code in _CHANGES else kind,
        quantity=line.quantity,
        unit=unit,
        delivery_date=line.promised_delivery,
        shipment_date=line.promised_ship,
    )
    return cxml.ConfirmationItem(
        line_number=line.line, quantity=line.quantity, unit=unit, statuses=(status,)
    )
