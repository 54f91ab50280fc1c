"""Supply documents as cXML: OrderRequest new, update and delete, and Responses.

In: documents, a partner profile. Out: bytes. Refuses to know: transports. Our payload ids carry the
change sequence, so that an answer that names one says which change it answers (spec 2.0.7).
"""

from __future__ import annotations

import re
from datetime import date, datetime

from suture.core.money import quantity_text
from suture.core.refusal import RefusalError
from suture.documents.partner import PartnerProfile
from suture.documents.supply import OrderChange, OrderLine, PurchaseOrder
from suture.formats import cxml

_PAYLOAD = re.compile(r"(?P<po>[^@]{1,100})\.(?P<seq>[0-9]{1,9})@suture")


def payload_id(po_number: str, sequence: int) -> str:
    """Return the payloadID of an order (sequence 0) or of one of its changes."""
    return f"{po_number}.{sequence}@suture"


def sequence_of(payload: str) -> int | None:
    """Return the change sequence of one of our payload ids, or None when it is not ours."""
    found = _PAYLOAD.fullmatch(payload)
    return int(found["seq"]) if found else None


def order_of(payload: str) -> str:
    """Return the order number in one of our payload ids, empty when it is not ours."""
    found = _PAYLOAD.fullmatch(payload)
    return found["po"] if found else ""


def order_document(
    order: PurchaseOrder, profile: PartnerProfile, secret: str, at: datetime
) -> bytes:
    """Return the OrderRequest of a new order."""
    request = _request(order, order.lines, {}, "new")
    envelope = _envelope(payload_id(order.po_number, 0), profile, secret, at)
    return cxml.order_request_document(request, envelope)


def change_document(
    change: OrderChange, profile: PartnerProfile, secret: str, at: datetime
) -> bytes:
    """Return the OrderRequest that deletes or restates an order.

    Lines that are not changed are restated with the date of the original order.
    """
    kind = "delete" if change.is_cancel_of_order else "update"
    lines = change.original.lines if change.is_cancel_of_order else change.remaining
    days = {x.order_line.line: x.need_by or change.need_by for x in change.lines}
    request = _request(
        change.original,
        lines,
        days,
        kind,
        replaces=payload_id(change.po_number, 0),
        version=str(change.change_seq),
    )
    envelope = _envelope(payload_id(change.po_number, change.change_seq), profile, secret, at)
    return cxml.order_request_document(request, envelope)


def response_document(status: int, text: str, payload: str, at: datetime) -> bytes:
    """Return a Response with a Status."""
    return cxml.response(status, text, payload, at)


def _request(
    order: PurchaseOrder,
    lines: tuple[OrderLine, ...],
    days: dict[str, date],
    kind: str,
    *,
    replaces: str = "",
    version: str = "",
) -> cxml.OrderRequest:
    ship_to = cxml.Address(
        address_id=order.ship_to_gln, name=order.ship_to_name or "Receiving dock"
    )
    return cxml.OrderRequest(
        order_id=order.po_number,
        order_date=order.order_date,
        type=kind,
        items=tuple(_item(line, days.get(line.line, order.need_by)) for line in lines),
        order_version=version,
        replaces_payload_id=replaces,
        agreement_id=order.contract,
        ship_to=ship_to,
        bill_to=cxml.Address(
            address_id=order.bill_to_gln, name=order.bill_to_name or "Accounts payable"
        ),
        currency=order.currency,
    )


def _item(line: OrderLine, need_by: date) -> cxml.OrderItem:
    if "/" in quantity_text(line.quantity):
        raise RefusalError("cxml.value-number", "the quantity is no decimal number", path="ItemOut")
    segments = (
        (cxml.AccountingSegment(type="CostCenter", id=line.cost_center),)
        if line.cost_center
        else ()
    )
    token = (("DemandToken", line.demand_token),) if line.demand_token else ()
    return cxml.OrderItem(
        line_number=line.line,
        quantity=line.quantity,
        unit=line.uom,
        supplier_part_id=line.catalog_no or line.item,
        unit_price=line.unit_price,
        currency=line.currency,
        description=line.description or line.item,
        buyer_part_id=line.item,
        gtin=line.gtin,
        requested_delivery=need_by,
        accounting=segments,
        extrinsics=token,
    )


def _envelope(
    payload: str, profile: PartnerProfile, secret: str, at: datetime
) -> cxml.CxmlEnvelope:
    us = cxml.Credential(profile.domain, profile.our_id)
    return cxml.CxmlEnvelope(
        payload_id=payload,
        at=at,
        from_party=us,
        to_party=cxml.Credential(profile.domain, profile.their_id),
        sender=us,
        shared_secret=secret,
        is_test=profile.is_test,
    )
