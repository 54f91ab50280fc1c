"""Views an InvoiceDetailRequest: a supplier's invoice or credit memo.

In: a `Document`. Out: `InvoiceDetailRequest` and problems. Refuses to know: whether it is right;
amounts are given as written and are not added up (`validate` does). Goods, services and orders that
are billed as a whole (summary invoices) are three lists; a reader of one must look at the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.formats.cxml.confirmation import OrderReference, extrinsics_of, order_reference
from suture.formats.cxml.document import Document, Element, veiled
from suture.formats.cxml.read import Reading, expect, text_at

PURPOSES: Final = frozenset(
    {"standard", "creditMemo", "debitMemo", "lineLevelCreditMemo", "lineLevelDebitMemo"}
)
INVOICE_OPERATIONS: Final = frozenset({"new", "delete"})
_NO_ORDER: Final = OrderReference()
_GOODS: Final = "InvoiceDetailItem"
_ITEM_ID: Final = "InvoiceDetailItemReference/ItemID"
_REMIT_TO: Final = "InvoicePartner/Contact[@role='remitTo'][@addressIDDomain='GLN']/@addressID"


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
    buyer_part_id: str = ""
    gtin: str = ""
    subtotal: Decimal | None = None
    tax: Decimal | None = None
    reason: str = ""
    """`reason` of a line-level credit or debit, e.g. `return`; partners' own words."""
    price_basis_quantity: Fraction | None = None
    """The price is for this many of `price_basis_unit`, when it is not for one."""
    price_basis_unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDetailService:
    """One billed service; quantity and unit price may be missing."""

    __repr__ = veiled

    invoice_line_number: str
    order: OrderReference = _NO_ORDER
    order_line_number: str = ""
    quantity: Fraction | None = None
    unit_price: Decimal | None = None
    unit: str = ""
    subtotal: Decimal | None = None
    currency: str = ""
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceHeaderOrder:
    """An order that a summary invoice bills as a whole, without its lines."""

    __repr__ = veiled

    order: OrderReference
    invoice_line_number: str = ""
    subtotal: Decimal | None = None
    currency: str = ""
    tax: Decimal | None = None
    net: Decimal | None = None


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
    discount: Decimal | None = None
    deposit: Decimal | None = None


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
    corrects_invoice_id: str = ""
    """`InvoiceIDInfo`: the invoice that a credit or debit memo is about."""
    is_header_invoice: bool = False
    """A summary invoice: it bills whole orders (`header_orders`)."""
    is_information_only: bool = False
    """Nothing is to be paid for it."""
    orders: tuple[OrderReference, ...] = ()
    agreement_id: str = ""
    remit_to_gln: str = ""
    """GLN of the `InvoicePartner` that is paid."""
    items: tuple[InvoiceDetailItem, ...] = ()
    services: tuple[InvoiceDetailService, ...] = ()
    header_orders: tuple[InvoiceHeaderOrder, ...] = ()
    summary: InvoiceSummary = InvoiceSummary()
    extrinsics: tuple[tuple[str, str], ...] = ()
    """Of the header."""


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
    found = [(element, _order_of(element)) for element in body.findall("InvoiceDetailOrder")]
    goods = [_item(read, one, order) for above, order in found for one in above.findall(_GOODS)]
    info = "InvoiceDetailOrder/InvoiceDetailOrderInfo"
    agreements = (
        text_at(body, f"{info}/MasterAgreement{name}/@agreementID")
        for name in ("Reference", "IDInfo")
    )
    view = InvoiceDetailRequest(
        invoice_id=invoice_id,
        invoice_date=day,
        purpose=read.listed(header, "@purpose", PURPOSES, "standard"),
        operation=read.listed(header, "@operation", INVOICE_OPERATIONS, "new"),
        corrects_payload_id=text_at(header, "DocumentReference/@payloadID"),
        corrects_invoice_id=text_at(header, "InvoiceIDInfo/@invoiceID"),
        is_header_invoice=_is_set(header, "InvoiceDetailHeaderIndicator/@isHeaderInvoice"),
        is_information_only=_is_set(header, "@isInformationOnly"),
        orders=tuple(order for _, order in found),
        agreement_id=next(filter(None, agreements), ""),
        remit_to_gln=text_at(header, _REMIT_TO),
        items=tuple(item for item in goods if item is not None),
        services=tuple(
            _service(read, one, order)
            for above, order in found
            for one in above.findall("InvoiceDetailServiceItem")
        ),
        header_orders=tuple(
            _header_order(read, one) for one in body.findall("InvoiceDetailHeaderOrder")
        ),
        summary=_summary(read, body),
        extrinsics=extrinsics_of(header),
    )
    return view, read.problems


def _is_set(element: Element, below: str) -> bool:
    return text_at(element, below).lower() == "yes"


def _order_of(element: Element) -> OrderReference:
    info = element.find("InvoiceDetailOrderInfo")
    return order_reference(info) if info is not None else _NO_ORDER


def _service(read: Reading, element: Element, order: OrderReference) -> InvoiceDetailService:
    subtotal, currency = read.money(element, "SubtotalAmount", is_required=True)
    return InvoiceDetailService(
        invoice_line_number=read.line(element, "@invoiceLineNumber"),
        order=order,
        order_line_number=read.line(
            element, "InvoiceDetailServiceItemReference/@lineNumber", is_required=False
        ),
        quantity=read.quantity(element, "@quantity"),
        unit_price=read.money(element, "UnitPrice")[0],
        unit=text_at(element, "UnitOfMeasure"),
        subtotal=subtotal,
        currency=currency,
        tax=read.money(element, "Tax")[0],
    )


def _header_order(read: Reading, element: Element) -> InvoiceHeaderOrder:
    summary = element.find("InvoiceDetailOrderSummary")
    order = _order_of(element)
    if summary is None:
        note = "an order that is billed as a whole has a summary"
        read.state("cxml.value-missing", element, "InvoiceDetailOrderSummary", note)
        return InvoiceHeaderOrder(order=order)
    subtotal, currency = read.money(summary, "SubtotalAmount", is_required=True)
    return InvoiceHeaderOrder(
        order=order,
        invoice_line_number=read.line(summary, "@invoiceLineNumber", is_required=False),
        subtotal=subtotal,
        currency=currency,
        tax=read.money(summary, "Tax")[0],
        net=read.money(summary, "NetAmount")[0],
    )


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
        supplier_part_id=text_at(element, f"{_ITEM_ID}/SupplierPartID"),
        buyer_part_id=text_at(element, f"{_ITEM_ID}/BuyerPartID"),
        gtin=text_at(element, f"{_ITEM_ID}/IdReference[@domain='GTIN']/@identifier"),
        subtotal=read.money(element, "SubtotalAmount")[0],
        tax=read.money(element, "Tax")[0],
        reason=text_at(element, "@reason"),
        price_basis_quantity=read.quantity(element, "PriceBasisQuantity/@quantity"),
        price_basis_unit=text_at(element, "PriceBasisQuantity/UnitOfMeasure"),
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
        discount=read.money(element, "InvoiceDetailDiscount")[0],
        deposit=read.money(element, "DepositAmount")[0],
    )
