"""Views an InvoiceDetailRequest: a supplier's invoice or credit memo.

In: a `Document`. Out: `InvoiceDetailRequest` and problems. Refuses to know: whether it is right;
amounts are given as written and are not added up. Service lines and header invoices are not read
and are stated as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.formats.cxml.confirmation import OrderReference, order_reference
from suture.formats.cxml.document import Document, Element, veiled
from suture.formats.cxml.read import Reading, expect, text_at

PURPOSES: Final = frozenset(
    {"standard", "creditMemo", "debitMemo", "lineLevelCreditMemo", "lineLevelDebitMemo"}
)
INVOICE_OPERATIONS: Final = frozenset({"new", "delete"})
_NO_ORDER: Final = OrderReference()
_NOT_READ: Final = ("InvoiceDetailServiceItem", "InvoiceDetailHeaderOrder")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDetailItem:
    """One billed line."""

    __repr__ = veiled

    invoice_line_number: str
    quantity: Fraction
    unit_price: Decimal
    unit: str = ""
    currency: str = ""
    order: OrderReference = _NO_ORDER
    order_line_number: str = ""
    """`InvoiceDetailItemReference@lineNumber`."""
    supplier_part_id: str = ""
    subtotal: Decimal | None = None
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSummary:
    """The amounts of the whole invoice, as written; None where not given."""

    __repr__ = veiled

    subtotal: Decimal | None = None
    tax: Decimal | None = None
    shipping: Decimal | None = None
    special_handling: Decimal | None = None
    gross: Decimal | None = None
    net: Decimal | None = None
    due: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDetailRequest:
    """An InvoiceDetailRequest with its header."""

    __repr__ = veiled

    invoice_id: str
    invoice_date: date
    purpose: str = "standard"
    operation: str = "new"
    corrects_payload_id: str = ""
    """`DocumentReference` of a delete or a correction."""
    orders: tuple[OrderReference, ...] = ()
    agreement_id: str = ""
    items: tuple[InvoiceDetailItem, ...] = ()
    summary: InvoiceSummary = InvoiceSummary()


def invoice_detail_request(
    document: Document,
) -> tuple[InvoiceDetailRequest | None, list[Problem]]:
    """Return the invoice of an InvoiceDetailRequest; unreadable lines are left out and stated.

    None when it has no number or date, or the document is of another kind (`cxml.kind`).
    """
    wrong = expect(document, "InvoiceDetailRequest")
    if wrong:
        return None, wrong
    read = Reading(document)
    body = document.request
    header = body.find("InvoiceDetailRequestHeader")
    invoice_id = read.required(body, "InvoiceDetailRequestHeader/@invoiceID")
    day = read.day(body, "InvoiceDetailRequestHeader/@invoiceDate", is_required=True)
    if header is None or not invoice_id or day is None:
        return None, read.problems
    orders: list[OrderReference] = []
    items: list[InvoiceDetailItem] = []
    for element in body.findall("InvoiceDetailOrder"):
        info = element.find("InvoiceDetailOrderInfo")
        order = order_reference(info) if info is not None else OrderReference()
        orders.append(order)
        found = (_item(read, item, order) for item in element.findall("InvoiceDetailItem"))
        items += [item for item in found if item is not None]
    for name in _NOT_READ:
        for element in body.iter(name):
            read.state("cxml.not-read", element, "", "this kind of line is not read")
    reference = "InvoiceDetailOrder/InvoiceDetailOrderInfo/MasterAgreementReference/@agreementID"
    view = InvoiceDetailRequest(
        invoice_id=invoice_id,
        invoice_date=day,
        purpose=read.listed(header, "@purpose", PURPOSES, "standard"),
        operation=read.listed(header, "@operation", INVOICE_OPERATIONS, "new"),
        corrects_payload_id=text_at(header, "DocumentReference/@payloadID"),
        orders=tuple(orders),
        agreement_id=text_at(body, reference),
        items=tuple(items),
        summary=_summary(read, body),
    )
    return view, read.problems


def _item(read: Reading, element: Element, order: OrderReference) -> InvoiceDetailItem | None:
    line = read.line(element, "@invoiceLineNumber")
    quantity = read.quantity(element, "@quantity", is_required=True)
    price, currency = read.money(element, "UnitPrice", is_required=True)
    if not line or quantity is None or price is None:
        return None
    return InvoiceDetailItem(
        invoice_line_number=line,
        quantity=quantity,
        unit_price=price,
        unit=text_at(element, "UnitOfMeasure"),
        currency=currency,
        order=order,
        order_line_number=read.line(
            element, "InvoiceDetailItemReference/@lineNumber", is_required=False
        ),
        supplier_part_id=text_at(element, "InvoiceDetailItemReference/ItemID/SupplierPartID"),
        subtotal=read.money(element, "SubtotalAmount")[0],
        tax=read.money(element, "Tax")[0],
    )


def _summary(read: Reading, body: Element) -> InvoiceSummary:
    element = body.find("InvoiceDetailSummary")
    if element is None:
        read.state("cxml.value-missing", body, "InvoiceDetailSummary", "no summary")
        return InvoiceSummary()
    subtotal, currency = read.money(element, "SubtotalAmount", is_required=True)
    return InvoiceSummary(
        subtotal=subtotal,
        tax=read.money(element, "Tax")[0],
        shipping=read.money(element, "ShippingAmount")[0],
        special_handling=read.money(element, "SpecialHandlingAmount")[0],
        gross=read.money(element, "GrossAmount")[0],
        net=read.money(element, "NetAmount")[0],
        due=read.money(element, "DueAmount")[0],
        currency=currency,
    )
