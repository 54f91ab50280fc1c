"""cXML as supply documents: ConfirmationRequest, ShipNoticeRequest, InvoiceDetailRequest.

In: a parsed document, a partner profile. Out: documents and problems. Refuses to know: orders of
ours. Reading rules of the confirmation's header type are those of spec 2.0.6, last paragraph.
Comments and Extrinsics are dropped: default deny (spec 4.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from suture.core.money import round_money
from suture.core.problem import Problem, Severity
from suture.documents.answer import REVIEW, Answered, Part, joined
from suture.documents.partner import PartnerProfile
from suture.documents.supply import (
    AcknowledgedLine,
    Acknowledgement,
    ChangeAnswer,
    Invoice,
    InvoiceLine,
    Lot,
    ShipNotice,
    ShippedLine,
)
from suture.documents.to_cxml import order_of, sequence_of
from suture.documents.traced import shipped_by_line
from suture.formats import cxml
from suture.formats.unit import CodeList, translate_unit

Document = Acknowledgement | ChangeAnswer | ShipNotice | Invoice

_HEADERS = {
    "accept": "accepts_all",
    "reject": "rejects_all",
    "except": "exceptions_only",
    "allDetail": "all_detail",
    "detail": "detail_only",
    "backordered": "backordered_all",
}
_RESULTS = {
    "accept": "accepted",
    "allDetail": "changed",
    "detail": "changed",
    "backordered": "backordered",
    "reject": "rejected",
}
"""ConfirmationStatus type -> result; a person reads the others."""


def documents(
    document: cxml.Document, profile: PartnerProfile
) -> tuple[list[Document], list[Problem]]:
    """Return the documents of a request; other kinds give an INFO problem."""
    match document.kind:
        case "ConfirmationRequest":
            confirmed, problems = cxml.confirmation_request(document)
            if confirmed is None:
                return [], problems
            if confirmed.operation == "delete":
                return [], [*problems, _withdrawn("ConfirmationRequest/ConfirmationHeader")]
            return list(_confirmations(confirmed, profile)), problems
        case "ShipNoticeRequest":
            notice, problems = cxml.ship_notice_request(document)
            return ([_ship_notice(notice, profile)] if notice else []), problems
        case "InvoiceDetailRequest":
            billed, problems = cxml.invoice_detail_request(document)
            return _invoices(billed, profile, problems) if billed else ([], problems)
    text = "this kind of document is kept and acknowledged, not read"
    return [], [Problem("cxml.kind-unread", Severity.INFO, text, "/cXML/Request")]


def _withdrawn(below: str) -> Problem:
    text = "the sender withdraws an earlier document; a person settles it with the sender"
    return Problem("cxml.not-read", Severity.ERROR, text, f"/cXML/Request/{below}/@operation")


def _po_number(order: cxml.OrderReference) -> str:
    """Return the order's number, from our payloadID where the sender left orderID out."""
    return order.order_id or order_of(order.payload_id)


# ---- ConfirmationRequest


def _confirmations(
    found: cxml.ConfirmationRequest, profile: PartnerProfile
) -> Iterator[Acknowledgement | ChangeAnswer]:
    """Yield what is confirmed; an answer that names one of our changes answers that change."""
    answer = acknowledgement_of(found, profile.supplier)
    sequence = sequence_of(found.order.payload_id)
    if sequence:
        yield from _change_answers(found, list(answer.lines), sequence, profile)
        return
    yield answer


def acknowledgement_of(found: cxml.ConfirmationRequest, supplier: str) -> Acknowledgement:
    """Return what is confirmed, whether of an order or of a change of one."""
    po_number = _po_number(found.order)
    return Acknowledgement(
        po_number=po_number,
        supplier=supplier,
        header=_HEADERS.get(found.type, "detail_only"),
        lines=tuple(_line(item, po_number) for item in found.items if item.statuses),
        supplier_order=found.confirmation_id,
        issued=found.notice_date.date() if found.notice_date else None,
    )


def _change_answers(
    found: cxml.ConfirmationRequest,
    lines: list[AcknowledgedLine],
    sequence: int,
    profile: PartnerProfile,
) -> Iterator[ChangeAnswer]:
    """Yield the answer to the whole change, or one per line where the header leaves it to them."""
    answers = [(line.line, line.code, line.result == "accepted") for line in lines]
    if found.type in ("accept", "reject") or not answers:
        answers = [("", found.type, found.type in ("accept", "except"))]
    for line, code, is_accepted in answers:
        yield ChangeAnswer(
            po_number=_po_number(found.order),
            supplier=profile.supplier,
            change_seq=sequence,
            is_accepted=is_accepted,
            line=line,
            code=code,
        )


def _line(item: cxml.ConfirmationItem, po_number: str) -> AcknowledgedLine:
    answered = Answered(
        po_number=po_number, line=item.line_number, quantity=item.quantity, uom=_unit(item.unit)
    )
    return joined(answered, [_part(status, item.unit) for status in item.statuses])


def _part(status: cxml.ConfirmationStatus, unit: str) -> Part:
    """Return one status; a yes to another part or to an unreadable quantity is reviewed."""
    result = _RESULTS.get(status.type, REVIEW)
    is_yes = result in ("accepted", "changed")
    is_unclear = is_yes and (bool(status.supplier_part_id) or status.quantity is None)
    return Part(
        result=REVIEW if is_unclear else result,
        code=status.type,
        quantity=status.quantity,
        uom=_unit(status.unit or unit),
        promised_delivery=status.delivery_date,
        promised_ship=status.shipment_date,
        unit_price=status.unit_price,
    )


# ---- ShipNoticeRequest


def _ship_notice(found: cxml.ShipNoticeRequest, profile: PartnerProfile) -> ShipNotice:
    rows = [
        _shipped(item, _po_number(portion.order))
        for portion in found.portions
        for item in portion.items
    ]
    serial_codes = dict.fromkeys(c for p in found.portions for i in p.items for c in i.sscc)
    serial_codes |= dict.fromkeys(found.sscc)
    return ShipNotice(
        shipment=found.shipment_id,
        supplier=profile.supplier,
        lines=shipped_by_line(rows),
        shipped=found.shipment_date,
        expected=found.delivery_date,
        sscc=tuple(serial_codes),
        tracking=found.tracking[0] if found.tracking else "",
        is_cancel=found.operation == "delete",
    )


def _shipped(item: cxml.ShipNoticeItem, po_number: str) -> ShippedLine:
    if item.quantity < 0:
        raise ValueError("a shipped quantity is not below zero")
    return ShippedLine(
        po_number=po_number,
        line=item.line_number,
        quantity=item.quantity,
        uom=_unit(item.unit),
        lots=tuple(_lots(item)),
        gtin=item.gtin,
        catalog_no=item.supplier_part_id,
    )


def _lots(item: cxml.ShipNoticeItem) -> Iterator[Lot]:
    """Yield a lot per serial, or per batch; which serial is of which of several batches is not
    said, so those lots stand for themselves, with quantity 0 for a share that is not told."""
    one = item.batches[0] if len(item.batches) == 1 else None
    lot, expiry = (one.lot, one.expiry) if one else ("", None)
    each = Fraction(1) if len(item.serials) > 1 else item.quantity
    for serial in item.serials:
        yield Lot(quantity=each, lot=lot, serial=serial, expiry=expiry)
    if one is not None and not item.serials and (one.lot or one.expiry):
        yield Lot(quantity=item.quantity, lot=one.lot, expiry=one.expiry)
    if one is None:
        for batch in item.batches:
            yield Lot(quantity=Fraction(0), lot=batch.lot, expiry=batch.expiry)


# ---- InvoiceDetailRequest


def _invoices(
    found: cxml.InvoiceDetailRequest, profile: PartnerProfile, problems: list[Problem]
) -> tuple[list[Document], list[Problem]]:
    if found.operation == "delete":
        below = "InvoiceDetailRequest/InvoiceDetailRequestHeader"
        return [], [*problems, _withdrawn(below)]
    problems = [*problems, *_billed_otherwise(found)]
    orders = dict.fromkeys(_po_number(order) for order in found.orders)
    if len(orders) > 1:
        text = "an invoice for several orders is not read: line numbers are those of one order"
        path = "/cXML/Request/InvoiceDetailRequest/InvoiceDetailOrder"
        return [], [*problems, Problem("cxml.not-read", Severity.ERROR, text, path)]
    return [_invoice(found, next(iter(orders), ""), profile)], problems


def _billed_otherwise(found: cxml.InvoiceDetailRequest) -> Iterator[Problem]:
    """Yield what an invoice bills beside goods: its total is more than that of the lines."""
    text = "the invoice has lines of a kind that is not matched; a person reads it"
    for name, lines in (
        ("InvoiceDetailOrder/InvoiceDetailServiceItem", found.services),
        ("InvoiceDetailHeaderOrder", found.header_orders),
    ):
        if lines:
            path = f"/cXML/Request/InvoiceDetailRequest/{name}"
            yield Problem("cxml.not-read", Severity.ERROR, text, path)
    if found.is_information_only:
        text = "the invoice is for information: nothing is to be paid for it; a person reads it"
        path = "/cXML/Request/InvoiceDetailRequest/InvoiceDetailRequestHeader/@isInformationOnly"
        yield Problem("cxml.not-read", Severity.ERROR, text, path)
    if any(item.price_basis_quantity not in (None, 1) for item in found.items):
        text = "a price is for another quantity than one; a person reads it"
        path = "/cXML/Request/InvoiceDetailRequest/InvoiceDetailOrder/InvoiceDetailItem"
        yield Problem("cxml.not-read", Severity.ERROR, text, path)


def _unit(code: str) -> str:
    """Return our X12 355 code of a UN/ECE one (cXML UnitOfMeasure); others stay as sent.

    A packaging code converts by code alone; what it holds is the item's packaging tree's to say.
    """
    return translate_unit(code, CodeList.UNECE, CodeList.X12) or code


def _invoice(found: cxml.InvoiceDetailRequest, po_number: str, profile: PartnerProfile) -> Invoice:
    summary = found.summary
    told = (summary.due, summary.net, summary.gross, summary.subtotal)
    goods = sum((Fraction(x.unit_price) * x.quantity for x in found.items), Fraction(0))
    charges = (summary.shipping or Decimal(0)) + (summary.special_handling or Decimal(0))
    return Invoice(
        invoice_no=found.invoice_id,
        supplier=profile.supplier,
        invoice_date=found.invoice_date,
        po_number=po_number,
        lines=tuple(_billed(x) for x in found.items),
        total=next((x for x in told if x is not None), round_money(goods)),
        currency=summary.currency or "USD",
        kind="credit" if found.purpose.lower().endswith("creditmemo") else "standard",
        charges=charges,
        tax=summary.tax or Decimal(0),
        contract=found.agreement_id,
        remit_to_gln=found.remit_to_gln,
        about=found.corrects_invoice_id,
    )


def _billed(item: cxml.InvoiceDetailItem) -> InvoiceLine:
    return InvoiceLine(
        line=item.invoice_line_number,
        po_line=item.order_line_number or item.invoice_line_number,
        quantity=item.quantity,
        uom=_unit(item.unit),
        unit_price=item.unit_price,
        item=item.buyer_part_id,
        gtin=item.gtin,
        catalog_no=item.supplier_part_id,
    )
