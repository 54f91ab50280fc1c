"""Supply documents: what a purchase order, its answers, a shipment, a receipt and an invoice say.

In: values from a mapping. Out: frozen structs. Refuses to know: X12, cXML, any ERP. Quantities are
exact rationals in the named unit of measure; prices are per that unit.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import msgspec


class Lot(msgspec.Struct, frozen=True, kw_only=True):
    """A traced part of a quantity (UDI-PI)."""

    quantity: Fraction
    lot: str = ""
    serial: str = ""
    expiry: date | None = None


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a purchase order."""

    line: str
    item: str
    """Our item key; the buyer's item number on the wire."""
    quantity: Fraction
    uom: str
    unit_price: Decimal
    currency: str = "USD"
    gtin: str = ""
    """Device identifier of the ordered packaging level (GTIN-14)."""
    catalog_no: str = ""
    """The manufacturer's or vendor's catalog number."""
    description: str = ""
    contract: str = ""
    cost_center: str = ""
    deliver_to: str = ""
    demand_token: str = ""
    """Per-supplier alias; never the case token (spec 4.3)."""


class PurchaseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order as sent: numbers minted by the system of record."""

    po_number: str
    supplier: str
    facility: str
    order_date: date
    need_by: date
    """Day precision: the supplier gets no procedure time (spec 4.4)."""
    lines: tuple[OrderLine, ...]
    currency: str = "USD"
    contract: str = ""
    bill_to_gln: str = ""
    bill_to_name: str = ""
    ship_to_gln: str = ""
    ship_to_name: str = ""
    vendor_no: str = ""
    urgency: str = "ROUTINE"


class OrderChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a change: `action` is `change` or `cancel`; values are the new ones."""

    action: str
    order_line: OrderLine
    need_by: date | None = None


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change or cancel of a sent order (860 / cXML OrderRequest update or delete)."""

    po_number: str
    change_seq: int
    supplier: str
    facility: str
    order_date: date
    need_by: date
    lines: tuple[OrderChangeLine, ...]
    is_cancel_of_order: bool
    """Every open line is cancelled, so the whole document is deleted."""
    original: PurchaseOrder
    remaining: tuple[OrderLine, ...] = ()
    """Lines as they stand after the change (cXML restates the whole order)."""


class ChangedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a change as a document tells it, without the order before it."""

    action: str
    """add, change, cancel; or stands, where the document restates the order."""
    order_line: OrderLine
    """The new values; of a cancelled line, the old ones."""
    need_by: date | None = None
    """None: the day of the order."""


class ChangedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A change of an order as a document tells it (860 / ORDCHG / OrderRequest update, delete)."""

    po_number: str
    supplier: str
    facility: str
    lines: tuple[ChangedLine, ...]
    change_seq: str = ""
    """Number of the change, as its sender counts."""
    is_cancel_of_order: bool = False
    """Every line is cancelled."""
    is_whole: bool = False
    """The lines are the whole order as it stands now: one that is not there is cancelled."""
    order_date: date | None = None
    need_by: date | None = None
    currency: str = "USD"
    contract: str = ""
    bill_to_gln: str = ""
    bill_to_name: str = ""
    ship_to_gln: str = ""
    ship_to_name: str = ""
    vendor_no: str = ""
    urgency: str = "ROUTINE"


class AcknowledgedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's answer for one order line."""

    po_number: str
    line: str
    result: str
    """accepted, changed, backordered, partially_backordered, substituted, rejected, held,
    line_missing: the last part of `purchase_order.acknowledged.*`."""
    code: str = ""
    """The wire code, e.g. ACK01 `IB`, or the cXML status type."""
    quantity: Fraction | None = None
    uom: str = ""
    promised_delivery: date | None = None
    promised_ship: date | None = None
    unit_price: Decimal | None = None
    reason: str = ""
    """Typed cause, never the supplier's free text."""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """A business acknowledgement of a whole order (855 / ConfirmationRequest)."""

    po_number: str
    supplier: str
    header: str
    """accepts_all, rejects_all, exceptions_only, all_detail, detail_only, backordered_all:
    how lines that are not listed are to be read (spec 2.0.6 BAK02, 2.0.7)."""
    lines: tuple[AcknowledgedLine, ...]
    supplier_order: str = ""
    issued: date | None = None


class ReplyLine(AcknowledgedLine, frozen=True, kw_only=True):
    """A supplier's answer to the change of one order line."""

    asked: str = ""
    """add, change or cancel, where the document says it."""


class ChangeReply(Acknowledgement, frozen=True, kw_only=True):
    """The whole answer to a change as a document tells it (865 / ORDRSP / ConfirmationRequest).

    Its lines are `ReplyLine`s; accepted says yes to what was asked, also to a cancel.
    """

    change_seq: str
    """Number of the change that it answers."""


class ChangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to our change or cancel (865, or ConfirmationRequest on the change document)."""

    po_number: str
    supplier: str
    change_seq: int | None
    is_accepted: bool
    line: str = ""
    """Empty: the whole document."""
    code: str = ""


class ShippedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One shipped quantity of one order line."""

    po_number: str
    line: str
    quantity: Fraction
    uom: str
    lots: tuple[Lot, ...] = ()
    gtin: str = ""
    catalog_no: str = ""


class ShipNotice(msgspec.Struct, frozen=True, kw_only=True):
    """An advance ship notice (856 / ShipNoticeRequest)."""

    shipment: str
    supplier: str
    lines: tuple[ShippedLine, ...]
    shipped: date | None = None
    expected: date | None = None
    sscc: tuple[str, ...] = ()
    tracking: str = ""
    is_cancel: bool = False


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One billed line."""

    line: str
    po_line: str
    quantity: Fraction
    uom: str
    unit_price: Decimal
    item: str = ""
    gtin: str = ""
    catalog_no: str = ""


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier invoice or credit memo (810 / InvoiceDetailRequest)."""

    invoice_no: str
    supplier: str
    invoice_date: date
    po_number: str
    lines: tuple[InvoiceLine, ...]
    total: Decimal
    currency: str = "USD"
    kind: str = "standard"
    """standard or credit."""
    charges: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    contract: str = ""
    remit_to_gln: str = ""
    about: str = ""
    """Number of the invoice that a credit or a correction is about (810 REF OI)."""
    purpose: str = "original"
    """original, replace or cancel (810 BIG08: 00, 05, 01)."""


class FunctionalAck(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's translator said of one thing we sent (997/999, cXML Response Status)."""

    supplier: str
    control_id: str
    """Control id of the delivery it answers, as we sent it."""
    code: str
    """A, E, R, M, W, X; or the cXML status code."""
    is_accepted: bool
    has_errors: bool = False


class CountedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a dock scan or count."""

    po_number: str
    line: str
    quantity: Fraction
    uom: str
    lots: tuple[Lot, ...] = ()
    device_identifier: str = ""
    condition: str = "ok"


class DockScan(msgspec.Struct, frozen=True, kw_only=True):
    """Goods scanned (`arrived`) or counted (`counted`) at a receiving dock."""

    scan: str
    kind: str
    shipment: str
    po_number: str
    lines: tuple[CountedLine, ...]
    at: datetime
    sscc: str = ""


class ReceiptAdvice(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer tells a supplier it has received (861 / RECADV / ReceiptRequest)."""

    receipt: str
    supplier: str
    received: date
    lines: tuple[ShippedLine, ...]
    """The quantities are those received, in the units of the order."""
    shipment: str = ""
    """Number of the ship notice."""


class PriceLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of an item costs, from a quantity on."""

    line: str
    """An item with several prices is several lines, which may have the same number."""
    uom: str
    unit_price: Decimal
    item: str = ""
    """The buyer's item number."""
    gtin: str = ""
    catalog_no: str = ""
    from_quantity: Fraction = Fraction(1)
    """The price holds for an order of as many units or more, up to the next one."""
    description: str = ""
    classification: str = ""
    """UNSPSC code."""


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """What a supplier's items cost, and from when to when (832 / PRICAT / CIF catalogue)."""

    number: str
    supplier: str
    lines: tuple[PriceLine, ...]
    currency: str = "USD"
    starts: date | None = None
    ends: date | None = None


class StockStatus(StrEnum):
    """What a reported quantity is."""

    ON_HAND = "on-hand"
    """All there is, whatever its state."""
    AVAILABLE = "available"
    COMMITTED = "committed"
    ON_ORDER = "on-order"
    QUARANTINED = "quarantined"


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an item there is, in one status."""

    line: str
    """An item in two statuses is two lines, which may have the same number."""
    quantity: Fraction
    uom: str
    status: StockStatus
    item: str = ""
    """The buyer's item number."""
    gtin: str = ""
    catalog_no: str = ""
    lots: tuple[Lot, ...] = ()


class StockReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is in stock at one place at one time (846 / INVRPT / InventoryReport)."""

    number: str
    as_of: datetime
    """Aware; standards carry it in UTC to the second."""
    lines: tuple[StockLine, ...]
    supplier: str = ""
    """Whose stock it is; or, when empty, that of `facility`."""
    facility: str = ""
    location_gln: str = ""
