"""What the hub asks of an ERP, and what the ERP's change feed says.

In: decisions of processes; rows of a change cursor. Out: frozen structs. Refuses to know: any
vendor's field names (that is the adapter's in `systems`).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import msgspec

from suture.documents.supply import Lot

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with an offset from UTC; one without is nobody's time and is refused."""


class RequisitionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line to be requisitioned, in the contract's unit of measure."""

    line: str
    item: str
    quantity: Fraction
    uom: str
    unit_price: Decimal
    currency: str = "USD"
    contract: str = ""
    cost_center: str = ""
    deliver_to: str = ""
    """Inventory location."""


class RequisitionPosting(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.requisition.create`; `external_ref` is how an unknown outcome is asked for."""

    external_ref: str
    facility: str
    need_by: date
    requester: str
    supplier: str
    approval_policy: str
    approved_by: str
    lines: tuple[RequisitionLine, ...]


class ReferenceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Commands `erp.*.find`: is there a document with this external reference?"""

    external_ref: str


class RequisitionCancel(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.requisition.cancel`."""

    external_ref: str
    requisition_no: str


class OrderCancelPosting(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.order.cancel`: lines that the supplier no longer owes us."""

    external_ref: str
    po_number: str
    lines: tuple[str, ...]


class OrderChangePosting(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.order.change`: new terms agreed with the supplier."""

    external_ref: str
    po_number: str
    line: str
    quantity: Fraction
    need_by: date


class ReceiptPosting(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.receipt.post`: one accepted quantity of one order line."""

    external_ref: str
    po_number: str
    line: str
    item: str
    quantity: Fraction
    uom: str
    location: str
    received_at: datetime
    lots: tuple[Lot, ...] = ()


class IssuePosting(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.issue.post`: a quantity used in a case leaves stock."""

    external_ref: str
    reference: str
    """Demand token of the case line; never the case token or number."""
    item: str
    quantity: Fraction
    uom: str
    location: str
    lot: str = ""


class VoucherLine(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice line to be paid."""

    po_line: str
    quantity: Fraction
    uom: str
    unit_price: Decimal


class VoucherPosting(msgspec.Struct, frozen=True, kw_only=True):
    """Command `erp.voucher.post`: a matched invoice to be paid."""

    external_ref: str
    supplier: str
    invoice_no: str
    po_number: str
    amount: Decimal
    currency: str
    lines: tuple[VoucherLine, ...]


class ErpOrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a purchase order the ERP created."""

    line: str
    requisition_line: str
    item: str
    quantity: Fraction
    uom: str
    unit_price: Decimal
    currency: str = "USD"
    contract: str = ""
    deliver_to: str = ""


class ErpOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Change kind `purchase_order`."""

    po_number: str
    requisition_no: str
    external_ref: str
    supplier: str
    facility: str
    order_date: date
    need_by: date
    ship_to_gln: str
    status: str
    lines: tuple[ErpOrderLine, ...]


class ErpStock(msgspec.Struct, frozen=True, kw_only=True):
    """Change kind `stock`: the position of one item at one inventory location, base unit."""

    item: str
    location: str
    version: int
    on_hand: Fraction
    lots: tuple[Lot, ...]
    cause_kind: str
    """opening, receipt, issue, count, transfer."""
    cause_ref: str = ""
    """external_ref of our own posting that caused it, if any."""


class ErpReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """Change kind `receipt`."""

    receipt_no: str
    external_ref: str
    po_number: str


class ErpPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Change kind `payment`."""

    payment_no: str
    voucher_no: str
    external_ref: str
    invoice_no: str
    amount: Decimal
    paid_at: Instant


class ErpChange(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ERP's change cursor; exactly one of the documents is set."""

    seq: int
    kind: str
    at: Instant
    order: ErpOrder | None = None
    stock: ErpStock | None = None
    receipt: ErpReceipt | None = None
    payment: ErpPayment | None = None
