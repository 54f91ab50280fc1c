"""A ship notice as cXML ShipNoticeRequest, written; `supplier_cxml` reads it.

In: a ship notice with its addressing. Out: bytes. Refuses to know: orders and stock. A lot is an
item of its own. Which item is in which of several containers is not known: their codes stand in
the header then, and only a lone container or a lone item is packed.
"""

from __future__ import annotations

from suture.core.refusal import RefusalError
from suture.documents.cxml_parts import envelope_of
from suture.documents.partner import Addressing
from suture.documents.shipped_x12 import lots_of
from suture.documents.supplier_cxml import supplier_extrinsic
from suture.documents.supply import Lot, ShipNotice, ShippedLine
from suture.documents.unece import unit_out
from suture.formats import cxml


def write(notice: ShipNotice, addressing: Addressing) -> bytes:
    """Return the ShipNoticeRequest; raises RefusalError for what cannot be written."""
    if not notice.lines:
        note = "a ShipNoticeRequest has at least one line"
        raise RefusalError("supply.missing", note, path="lines")
    rows = [(line, lot) for line in notice.lines for lot in lots_of(line)]
    is_packed = len(rows) == 1 or len(notice.sscc) == 1
    request = cxml.ShipNoticeRequest(
        shipment_id=notice.shipment,
        operation="delete" if notice.is_cancel else "new",
        shipment_date=notice.shipped,
        delivery_date=notice.expected,
        tracking=(notice.tracking,) if notice.tracking else (),
        portions=_portions(rows, notice.sscc if is_packed else ()),
        sscc=() if is_packed else notice.sscc,
        extrinsics=supplier_extrinsic(notice.supplier, addressing),
    )
    payload = f"{notice.shipment}.{addressing.control}@suture-shipment"
    return cxml.ship_notice_document(request, envelope_of(payload, addressing))


def _portions(
    rows: list[tuple[ShippedLine, Lot]], codes: tuple[str, ...]
) -> tuple[cxml.ShipNoticePortion, ...]:
    """Return a portion whenever the order changes from line to line; lines stay in their order."""
    found: list[cxml.ShipNoticePortion] = []
    for line, lot in rows:
        order = cxml.OrderReference(order_id=line.po_number)
        if not found or found[-1].order != order:
            found.append(cxml.ShipNoticePortion(order=order))
        items = (*found[-1].items, _item(line, lot, codes))
        found[-1] = cxml.ShipNoticePortion(order=order, items=items)
    return tuple(found)


def _item(line: ShippedLine, lot: Lot, codes: tuple[str, ...]) -> cxml.ShipNoticeItem:
    batch = cxml.Batch(lot=lot.lot, expiry=lot.expiry)
    return cxml.ShipNoticeItem(
        line_number=line.line,
        quantity=lot.quantity,
        unit=unit_out(line.uom),
        supplier_part_id=line.catalog_no,
        gtin=line.gtin,
        batches=(batch,) if lot.lot or lot.expiry else (),
        serials=(lot.serial,) if lot.serial else (),
        sscc=codes,
    )
