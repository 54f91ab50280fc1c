"""An invoice or credit memo as cXML InvoiceDetailRequest, written; `supplier_cxml` reads it.

In: an invoice with its addressing. Out: bytes. Refuses to know: whether it adds up; the total is
its own. A credit says its lines, so it is a line-level credit memo with amounts below zero.
"""

from __future__ import annotations

from suture.core.refusal import RefusalError
from suture.documents.cxml_parts import envelope_of
from suture.documents.partner import Addressing
from suture.documents.supplier_cxml import supplier_extrinsic, turned
from suture.documents.supply import Invoice, InvoiceLine
from suture.documents.unece import unit_out
from suture.formats import cxml


def write(invoice: Invoice, addressing: Addressing) -> bytes:
    """Return the InvoiceDetailRequest; raises RefusalError for what cannot be written."""
    for name in ("po_number", "lines"):
        if not getattr(invoice, name):
            note = "an InvoiceDetailOrder names its order and has at least one line"
            raise RefusalError("supply.missing", note, path=name)
    told = turned(invoice)
    items = tuple(_item(line, told.currency) for line in told.lines)
    summary = cxml.InvoiceSummary(
        tax=told.tax,
        shipping=told.charges if told.charges else None,
        net=told.total,
        due=told.total,
        currency=told.currency,
    )
    request = cxml.InvoiceDetailRequest(
        invoice_id=told.invoice_no,
        invoice_date=told.invoice_date,
        purpose="lineLevelCreditMemo" if told.kind == "credit" else "standard",
        orders=(cxml.OrderReference(order_id=told.po_number),),
        agreement_id=told.contract,
        remit_to_gln=told.remit_to_gln,
        items=items,
        summary=summary,
        extrinsics=supplier_extrinsic(told.supplier, addressing),
    )
    payload = f"{told.invoice_no}.{addressing.control}@suture-invoice"
    return cxml.invoice_document(request, envelope_of(payload, addressing))


def _item(line: InvoiceLine, currency: str) -> cxml.InvoiceDetailItem:
    return cxml.InvoiceDetailItem(
        invoice_line_number=line.line,
        quantity=line.quantity,
        unit_price=line.unit_price,
        unit=unit_out(line.uom),
        currency=currency,
        order_line_number=line.po_line,
        supplier_part_id=line.catalog_no,
        buyer_part_id=line.item,
        gtin=line.gtin,
    )
