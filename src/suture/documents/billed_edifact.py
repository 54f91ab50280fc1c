"""An invoice or credit note as EDIFACT INVOIC (D.01B), written and read back.

In: an invoice with its addressing, or bytes. Out: bytes, or invoices and problems. Refuses to know:
orders, tolerances, accounts. Amounts have the sign they were written with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.edifact_parts import composed, day_in, interchange_parties, messages_of, nad
from suture.documents.partner import Addressing
from suture.documents.supply import Invoice, InvoiceLine
from suture.documents.taken import Taken
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.invoice import CREDIT_CODES
from suture.formats.edifact.write import WrittenSegment

_INVOICE: Final = "380"
_CREDIT: Final = "381"
_TOTAL: Final = "77"
_TAX: Final = "124"
_CHARGES: Final = "131"
"""5025: invoice amount, tax, charges and allowances together."""


def write(invoice: Invoice, addressing: Addressing) -> bytes:
    """Return the interchange with one INVOIC; raises RefusalError for what cannot be written."""
    charset = addressing.charset
    code = _CREDIT if invoice.kind == "credit" else _INVOICE
    numbers = (("ON", invoice.po_number), ("CT", invoice.contract))
    segments: list[WrittenSegment] = [
        build.bgm(code, invoice.invoice_no),
        build.dtm("137", invoice.invoice_date),
        *(build.rff(kind, number) for kind, number in numbers if number),
        *nad("SU", invoice.supplier, "92", "", charset),
        *nad("RE", invoice.remit_to_gln, build.GS1, "", charset),
        build.cux(invoice.currency),
    ]
    for line in invoice.lines:
        segments += _line(line, invoice.po_number)
    segments += [build.uns(), build.cnt("2", len(invoice.lines))]
    segments.append(build.moa(_TOTAL, invoice.total))
    for kind, amount in ((_TAX, invoice.tax), (_CHARGES, invoice.charges)):
        if amount:
            segments.append(build.moa(kind, amount))
    return composed("INVOIC", segments, addressing)


def _line(line: InvoiceLine, po_number: str) -> list[WrittenSegment]:
    segments = [build.lin(line.line, line.gtin)]
    for function, kind, number in (("5", "SA", line.catalog_no), ("1", "IN", line.item)):
        if number:
            segments.append(build.pia(function, (number, kind)))
    segments.append(build.qty("47", line.quantity, unit_out(line.uom)))
    segments.append(build.pri("AAA", line.unit_price))
    segments.append(build.rff("ON", po_number, line.po_line))
    return segments


def read(data: bytes) -> tuple[list[Invoice], list[Problem]]:
    """Return the invoice of each INVOIC, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "INVOIC", problems):
        try:
            found.append(_invoice(message, parties[0], problems))
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
    return found, problems


def _invoice(message: edifact.Message, sender: str, problems: list[Problem]) -> Invoice:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head, issued = taken.first(tree, "BGM"), day_in(taken.first(tree, "DTM", "137"))
    total = taken.first(tree, "MOA", _TOTAL)
    if head is None or not head.value(2) or issued is None or total is None:
        note = "an invoice has its number in BGM, its date in DTM 137, its amount in MOA 77"
        raise RefusalError("supply.unreadable", note)
    if head.value(1) not in CREDIT_CODES | {_INVOICE}:
        note = "this kind of invoice is read as a standard one"
        problems.append(unread(head.path(1), head.offset, note))
    order, contract = taken.first(tree, "RFF", "ON"), taken.first(tree, "RFF", "CT")
    supplier, remit = taken.first(tree, "NAD", "SU"), taken.first(tree, "NAD", "RE")
    money = taken.first(tree, "CUX")
    groups = taken.loops(tree, "LIN")
    invoice = Invoice(
        invoice_no=head.value(2),
        supplier=(supplier.value(2) if supplier is not None else "") or sender,
        invoice_date=issued,
        po_number=order.value(1, 2) if order is not None else "",
        lines=tuple(_billed(taken, group) for group in groups),
        total=edifact.number(total.value(1, 2)),
        currency=(money.value(1, 2) if money is not None else "") or "USD",
        kind="credit" if head.value(1) in CREDIT_CODES else "standard",
        charges=_amount(taken.first(tree, "MOA", _CHARGES)),
        tax=_amount(taken.first(tree, "MOA", _TAX)),
        contract=contract.value(1, 2) if contract is not None else "",
        remit_to_gln=_gln(remit, problems),
    )
    for tag in ("UNS", "CNT"):
        taken.first(tree, tag)
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return invoice


def _gln(party: edifact.Segment | None, problems: list[Problem]) -> str:
    if party is None:
        return ""
    if party.value(2, 3) != build.GS1:
        problems.append(unread(party.path(2), party.offset))
        return ""
    return party.value(2)


def _amount(segment: edifact.Segment | None) -> Decimal:
    return edifact.number(segment.value(1, 2)) if segment is not None else Decimal(0)


def _billed(taken: Taken[edifact.Segment], group: edifact.SegmentGroup) -> InvoiceLine:
    start = group.opening
    amount, price = taken.first(group, "QTY", "47"), taken.first(group, "PRI", "AAA")
    if amount is None or price is None or price.value(1, 5) not in ("", "1"):
        note = "a billed line has its quantity in QTY 47 and the price of one in PRI AAA"
        raise RefusalError("supply.unreadable", note)
    order = taken.first(group, "RFF", "ON")
    numbers: dict[str, str] = {}
    for segment in group.all("PIA"):
        if segment.value(2, 2) in ("SA", "IN") and len(segment.elements) == 3:
            taken.take(segment)
            numbers.setdefault(segment.value(2, 2), segment.value(2))
    return InvoiceLine(
        line=start.value(1),
        po_line=(order.value(1, 3) if order is not None else "") or start.value(1),
        quantity=edifact.quantity(amount.value(1, 2)),
        uom=unit_in(amount.value(1, 3)),
        unit_price=edifact.number(price.value(1, 2)),
        item=numbers.get("IN", ""),
        gtin=start.value(3),
        catalog_no=numbers.get("SA", ""),
    )
