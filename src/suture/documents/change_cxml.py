"""A change of an order as cXML OrderRequest of type update or delete, written and read back.

In: a change with its addressing, or bytes. Out: bytes, or changes and problems. Refuses to know:
the order before the change. An update restates the order: what is not in it is cancelled. A change
that says only what changes is refused, since written so it would cancel all the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread
from suture.documents.changed import CANCEL, STANDS, check_change
from suture.documents.cxml_parts import envelope_of, left
from suture.documents.order_cxml import KNOWN, heading_of, item_of, line_of, request_of
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedLine, ChangedOrder
from suture.documents.to_cxml import order_of, payload_id
from suture.formats import cxml

NAME: Final = "OrderRequest update"
_NEW: Final = "new"
_DELETE: Final = "delete"
_KNOWN: Final = KNOWN | {
    "OrderRequestHeader": f"{KNOWN['OrderRequestHeader']} orderVersion",
    "DocumentReference": "payloadID",
}


def write(change: ChangedOrder, addressing: Addressing) -> bytes:
    """Return the OrderRequest; raises RefusalError for what cannot be written."""
    check_change(change)
    if not (change.is_whole or change.is_cancel_of_order):
        note = "an update restates the whole order; this change says only what changes"
        raise RefusalError("supply.missing", note, path="lines")
    for name in ("order_date", "lines"):
        if not getattr(change, name):
            note = "an OrderRequest has the order's date and at least one line"
            raise RefusalError("supply.missing", note, path=name)
    assert change.order_date is not None
    items = tuple(item_of(line.order_line, line.need_by or change.need_by) for line in change.lines)
    request = replace(
        request_of(change, change.order_date, items),
        type=_DELETE if change.is_cancel_of_order else "update",
        order_version=change.change_seq,
        replaces_payload_id=payload_id(change.po_number, 0),
    )
    sequence = change.change_seq
    number = int(sequence) if sequence.isdecimal() and len(sequence) < 10 else addressing.control
    return cxml.order_request_document(
        request, envelope_of(payload_id(change.po_number, number), addressing)
    )


def kind_name(document: cxml.Document) -> str:
    """Return what a document is called in the registry: an order that is not new is a change."""
    header = document.request.find("OrderRequestHeader")
    is_new = header is None or header.get("type", _NEW).strip() == _NEW
    return document.kind if document.kind != "OrderRequest" or is_new else NAME


def read(data: bytes) -> tuple[list[ChangedOrder], list[Problem]]:
    """Return the change of an OrderRequest of type update or delete, and problems with paths."""
    document, problems = cxml.parse(data)
    if document is None:
        return [], problems
    request, found = cxml.order_request(document)
    problems += found
    if request is None:
        return [], problems
    if request.type not in ("update", _DELETE):
        path = "/cXML/Request/OrderRequest/OrderRequestHeader/@type"
        return [], [*problems, unread(path, note="a new order is no update or delete of one")]
    problems += left(document, _KNOWN)
    is_cancel = request.type == _DELETE
    due = _shared_day([item.requested_delivery for item in request.items])
    common = heading_of(request, document, problems)
    replaced = request.replaces_payload_id
    if replaced and order_of(replaced) != request.order_id:
        problems.append(unread("//OrderRequestHeader/DocumentReference/@payloadID"))
    change = ChangedOrder(
        lines=tuple(
            ChangedLine(
                action=CANCEL if is_cancel else STANDS,
                order_line=line_of(item, number, problems),
                need_by=item.requested_delivery if item.requested_delivery != due else None,
            )
            for number, item in enumerate(request.items, start=1)
        ),
        change_seq=request.order_version,
        is_cancel_of_order=is_cancel,
        is_whole=not is_cancel,
        need_by=due,
        **common,
    )
    return [change], problems


def _shared_day(days: Sequence[date | None]) -> date | None:
    """Return the day of most lines, the first such; None when one line has none."""
    told = [day for day in days if day is not None]
    if not told or len(told) < len(days):
        return None
    return Counter(told).most_common(1)[0][0]
