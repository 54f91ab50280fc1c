"""Declares the documents around an order: receipts, remittances, stock, complaints.

In: elements, by `shape`. Out: `ReceiptRequest`, `PaymentRemittanceRequest`,
`ProductActivityMessage`, `ProductReplenishmentMessage`, `QualityNotificationRequest`. Refuses to
know: what was really received, paid or used. Fields stand in the order in which cXML wants them.
"""

# ruff: noqa: RUF009 - `at` returns a new dataclass field at each call, as `field` does.

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.formats.cxml.document import veiled
from suture.formats.cxml.shape import Kind, at

OPERATIONS: Final = frozenset({"new", "update", "delete"})
RECEIPT_TYPES: Final = frozenset({"received", "returned"})
PAYMENT_METHODS: Final = frozenset(
    {"ach", "cash", "check", "creditCard", "debitCard", "draft", "wire", "other"}
)
SERIES_ACTIVITY: Final = frozenset(
    {"salesForecast", "actualSales", "promotion", "consumption", "orderForecast", "custom"}
    | {"grossDemand", "netDemand"}
)
SERIES_REPLENISHMENT: Final = frozenset(
    {"plannedShipment", "plannedReceipt", "projectedStock", "manufacturingOrder", "custom"}
    | {"supplierForecastCommitment", "plannedAcceptanceShipments", "replenishmentOrder"}
)
COMPLAINT_STATES: Final = frozenset({"new", "in-process", "postponed", "closed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemIdentity:
    """`ItemID`: an item by the numbers of both parties."""

    __repr__ = veiled

    supplier_part_id: str = at("SupplierPartID")
    supplier_auxiliary_id: str = at("SupplierPartAuxiliaryID")
    buyer_part_id: str = at("BuyerPartID")
    gtin: str = at("IdReference[@domain='GTIN']/@identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceContact:
    """`Contact` of a place: its role, name and number, e.g. a consignment location."""

    __repr__ = veiled

    role: str = at("@role")
    address_id: str = at("@addressID")
    domain: str = at("@addressIDDomain")
    name: str = at("Name")
    reference: str = at("IdReference/@identifier")
    reference_domain: str = at("IdReference/@domain")


# ---- ReceiptRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptItem:
    """One received or returned quantity of one order line."""

    __repr__ = veiled

    receipt_line_number: str = at("@receiptLineNumber", Kind.LINE, required=True)
    quantity: Fraction = at("@quantity", Kind.QUANTITY, required=True)
    type: str = at("@type", required=True, allowed=RECEIPT_TYPES)
    order_line_number: str = at("ReceiptItemReference/@lineNumber", Kind.LINE, required=True)
    item: ItemIdentity | None = at("ReceiptItemReference/ItemID", Kind.ONE, of=ItemIdentity)
    shipment_id: str = at("ReceiptItemReference/ShipNoticeIDInfo/@shipNoticeID")
    unit_price: Decimal | None = at("UnitRate/Money", Kind.NUMBER)
    currency: str = at("UnitRate/Money/@currency")
    unit: str = at("UnitRate/UnitOfMeasure")
    amount: Decimal | None = at("ReceivedAmount/Money", Kind.NUMBER)
    amount_currency: str = at("ReceivedAmount/Money/@currency")
    expiry: date | None = at("Batch/@expirationDate", Kind.DAY)
    lot: str = at("Batch/SupplierBatchID")
    serial: str = at("AssetInfo/@serialNumber")
    comments: str = at("Comments", Kind.WHOLE)
    extrinsics: tuple[tuple[str, str], ...] = at("Extrinsic", Kind.PAIRS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPortion:
    """`ReceiptOrder`: what was received of one order."""

    __repr__ = veiled

    is_closed: bool = at("@closeForReceiving", Kind.FLAG)
    order_id: str = at("ReceiptOrderInfo/OrderReference/@orderID", required=True)
    order_date: date | None = at("ReceiptOrderInfo/OrderReference/@orderDate", Kind.DAY)
    order_payload_id: str = at("ReceiptOrderInfo/OrderReference/DocumentReference/@payloadID")
    items: tuple[ReceiptItem, ...] = at("ReceiptItem", Kind.MANY, of=ReceiptItem, required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRequest:
    """What a buyer tells a supplier or a network it has received."""

    __repr__ = veiled

    receipt_id: str = at("ReceiptRequestHeader/@receiptID", required=True)
    receipt_date: datetime = at("ReceiptRequestHeader/@receiptDate", Kind.MOMENT, required=True)
    operation: str = at("ReceiptRequestHeader/@operation", required=True, allowed=OPERATIONS)
    shipment_id: str = at("ReceiptRequestHeader/ShipNoticeIDInfo/@shipNoticeID")
    comments: str = at("ReceiptRequestHeader/Comments", Kind.WHOLE)
    extrinsics: tuple[tuple[str, str], ...] = at("ReceiptRequestHeader/Extrinsic", Kind.PAIRS)
    orders: tuple[ReceiptPortion, ...] = at(
        "ReceiptOrder", Kind.MANY, of=ReceiptPortion, required=True
    )
    total: Decimal | None = at("Total/Money", Kind.NUMBER)
    currency: str = at("Total/Money/@currency")


# ---- PaymentRemittanceRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Remitted:
    """`RemittanceDetail`: what was paid of one invoice."""

    __repr__ = veiled

    line_number: str = at("@lineNumber", Kind.LINE, required=True)
    invoice_id: str = at(
        "PayableInfo/PayableInvoiceInfo/InvoiceReference/@invoiceID", required=True
    )
    invoice_payload_id: str = at(
        "PayableInfo/PayableInvoiceInfo/InvoiceReference/DocumentReference/@payloadID"
    )
    order_id: str = at("PayableInfo/PayableInvoiceInfo/PayableOrderInfo/OrderReference/@orderID")
    net: Decimal = at("NetAmount/Money", Kind.NUMBER, required=True)
    currency: str = at("NetAmount/Money/@currency", required=True)
    gross: Decimal | None = at("GrossAmount/Money", Kind.NUMBER)
    gross_currency: str = at("GrossAmount/Money/@currency")
    discount: Decimal | None = at("DiscountAmount/Money", Kind.NUMBER)
    discount_currency: str = at("DiscountAmount/Money/@currency")
    adjustment: Decimal | None = at("AdjustmentAmount/Money", Kind.NUMBER)
    adjustment_currency: str = at("AdjustmentAmount/Money/@currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRemittanceRequest:
    """What a buyer tells a supplier it has paid, invoice by invoice."""

    __repr__ = veiled

    remittance_id: str = at("PaymentRemittanceRequestHeader/@paymentRemittanceID", required=True)
    payment_date: datetime = at(
        "PaymentRemittanceRequestHeader/@paymentDate", Kind.MOMENT, required=True
    )
    reference_number: str = at("PaymentRemittanceRequestHeader/@paymentReferenceNumber")
    method: str = at(
        "PaymentRemittanceRequestHeader/PaymentMethod/@type",
        required=True,
        allowed=PAYMENT_METHODS,
    )
    comments: str = at("PaymentRemittanceRequestHeader/Comments", Kind.WHOLE)
    extrinsics: tuple[tuple[str, str], ...] = at(
        "PaymentRemittanceRequestHeader/Extrinsic", Kind.PAIRS
    )
    net: Decimal = at("PaymentRemittanceSummary/NetAmount/Money", Kind.NUMBER, required=True)
    currency: str = at("PaymentRemittanceSummary/NetAmount/Money/@currency", required=True)
    gross: Decimal | None = at("PaymentRemittanceSummary/GrossAmount/Money", Kind.NUMBER)
    gross_currency: str = at("PaymentRemittanceSummary/GrossAmount/Money/@currency")
    details: tuple[Remitted, ...] = at("RemittanceDetail", Kind.MANY, of=Remitted)


# ---- ProductActivityMessage, ProductReplenishmentMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodQuantity:
    """`TimeSeriesDetails`: a quantity in a period."""

    __repr__ = veiled

    start: datetime = at("Period/@startDate", Kind.MOMENT, required=True)
    end: datetime = at("Period/@endDate", Kind.MOMENT, required=True)
    quantity: Fraction = at("TimeSeriesQuantity/@quantity", Kind.QUANTITY, required=True)
    unit: str = at("TimeSeriesQuantity/UnitOfMeasure", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySeries:
    """`ActivityTimeSeries`: use or forecast of an item over time."""

    __repr__ = veiled

    type: str = at("@type", required=True, allowed=SERIES_ACTIVITY)
    custom_type: str = at("@customType")
    quantities: tuple[PeriodQuantity, ...] = at("TimeSeriesDetails", Kind.MANY, of=PeriodQuantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplenishmentSeries:
    """`ReplenishmentTimeSeries`: planned shipments, receipts or stock of an item over time."""

    __repr__ = veiled

    type: str = at("@type", required=True, allowed=SERIES_REPLENISHMENT)
    custom_type: str = at("@customType")
    quantities: tuple[PeriodQuantity, ...] = at("TimeSeriesDetails", Kind.MANY, of=PeriodQuantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """`Inventory` or `ConsignmentInventory`: what is there, by its state."""

    __repr__ = veiled

    on_hand: Fraction | None = at("StockOnHandQuantity/@quantity", Kind.QUANTITY)
    on_hand_unit: str = at("StockOnHandQuantity/UnitOfMeasure")
    unrestricted: Fraction | None = at("UnrestrictedUseQuantity/@quantity", Kind.QUANTITY)
    unrestricted_unit: str = at("UnrestrictedUseQuantity/UnitOfMeasure")
    blocked: Fraction | None = at("BlockedQuantity/@quantity", Kind.QUANTITY)
    blocked_unit: str = at("BlockedQuantity/UnitOfMeasure")
    in_quality_inspection: Fraction | None = at(
        "QualityInspectionQuantity/@quantity", Kind.QUANTITY
    )
    in_quality_inspection_unit: str = at("QualityInspectionQuantity/UnitOfMeasure")
    in_transfer: Fraction | None = at("StockInTransferQuantity/@quantity", Kind.QUANTITY)
    in_transfer_unit: str = at("StockInTransferQuantity/UnitOfMeasure")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDetail:
    """Stock and use of one item at one place."""

    __repr__ = veiled

    item: ItemIdentity = at("ItemID", Kind.ONE, of=ItemIdentity, required=True)
    description: str = at("Description", Kind.WHOLE)
    lot: str = at("Batch/SupplierBatchID")
    contacts: tuple[PlaceContact, ...] = at("Contact", Kind.MANY, of=PlaceContact)
    stock: Stock | None = at("Inventory", Kind.ONE, of=Stock)
    consigned: Stock | None = at("ConsignmentInventory", Kind.ONE, of=Stock)
    series: tuple[ActivitySeries, ...] = at("ActivityTimeSeries", Kind.MANY, of=ActivitySeries)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductActivityMessage:
    """Stock and use of items, as the buyer sees them: consignment and vendor-managed stock."""

    __repr__ = veiled

    message_id: str = at("ProductActivityHeader/@messageID", required=True)
    created: datetime | None = at("ProductActivityHeader/@creationDate", Kind.MOMENT)
    process_type: str = at("ProductActivityHeader/@processType")
    details: tuple[ActivityDetail, ...] = at(
        "ProductActivityDetails", Kind.MANY, of=ActivityDetail, required=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplenishmentDetail:
    """What a supplier plans to send of one item to one place."""

    __repr__ = veiled

    item: ItemIdentity = at("ItemID", Kind.ONE, of=ItemIdentity, required=True)
    description: str = at("Description", Kind.WHOLE)
    contacts: tuple[PlaceContact, ...] = at("Contact", Kind.MANY, of=PlaceContact)
    stock: Stock | None = at("Inventory", Kind.ONE, of=Stock)
    series: tuple[ReplenishmentSeries, ...] = at(
        "ReplenishmentTimeSeries", Kind.MANY, of=ReplenishmentSeries
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductReplenishmentMessage:
    """What a supplier plans for stock that it manages."""

    __repr__ = veiled

    message_id: str = at("ProductReplenishmentHeader/@messageID", required=True)
    created: datetime | None = at("ProductReplenishmentHeader/@creationDate", Kind.MOMENT)
    process_type: str = at("ProductReplenishmentHeader/@processType")
    details: tuple[ReplenishmentDetail, ...] = at(
        "ProductReplenishmentDetails", Kind.MANY, of=ReplenishmentDetail, required=True
    )


# ---- QualityNotificationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityCode:
    """`QNCode`: a code of a complaint in its domain (type, subject, defect...)."""

    __repr__ = veiled

    domain: str = at("@domain", required=True)
    code_group: str = at("@codeGroup")
    code: str = at("@code", required=True)
    description: str = at("@codeDescription")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDefect:
    """`QualityNotificationRequestItem`: one defect."""

    __repr__ = veiled

    defect_id: str = at("@defectId", required=True)
    defect_count: Fraction | None = at("@defectCount", Kind.QUANTITY)
    codes: tuple[QualityCode, ...] = at("QNCode", Kind.MANY, of=QualityCode)
    description: str = at("Description", Kind.WHOLE)
    item: ItemIdentity | None = at("AdditionalQNInfo/ItemID", Kind.ONE, of=ItemIdentity)
    lot: str = at("AdditionalQNInfo/Batch/SupplierBatchID")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityNotificationRequest:
    """A complaint about an item, or a supplier's word on a recall."""

    __repr__ = veiled

    request_id: str = at("QualityNotificationRequestHeader/@requestID", required=True)
    external_id: str = at("QualityNotificationRequestHeader/@externalRequestID")
    request_date: datetime = at(
        "QualityNotificationRequestHeader/@requestDate", Kind.MOMENT, required=True
    )
    operation: str = at(
        "QualityNotificationRequestHeader/@operation", required=True, allowed=OPERATIONS
    )
    state: str = at("QualityNotificationRequestHeader/@status", allowed=COMPLAINT_STATES)
    discovered: datetime | None = at("QualityNotificationRequestHeader/@discoveryDate", Kind.MOMENT)
    serial: str = at("QualityNotificationRequestHeader/@serialNumber")
    codes: tuple[QualityCode, ...] = at(
        "QualityNotificationRequestHeader/QNCode", Kind.MANY, of=QualityCode
    )
    contacts: tuple[PlaceContact, ...] = at(
        "QualityNotificationRequestHeader/Contact", Kind.MANY, of=PlaceContact
    )
    note: str = at("QualityNotificationRequestHeader/QNNotes/Description", Kind.WHOLE)
    priority: str = at("QualityNotificationRequestHeader/Priority/@level")
    item: ItemIdentity | None = at(
        "QualityNotificationRequestHeader/ItemID", Kind.ONE, of=ItemIdentity
    )
    lot: str = at("QualityNotificationRequestHeader/Batch/SupplierBatchID")
    complaint_quantity: Fraction | None = at(
        "QualityNotificationRequestHeader/ComplainQuantity/@quantity", Kind.QUANTITY
    )
    complaint_unit: str = at("QualityNotificationRequestHeader/ComplainQuantity/UnitOfMeasure")
    return_quantity: Fraction | None = at(
        "QualityNotificationRequestHeader/ReturnQuantity/@quantity", Kind.QUANTITY
    )
    return_unit: str = at("QualityNotificationRequestHeader/ReturnQuantity/UnitOfMeasure")
    defects: tuple[QualityDefect, ...] = at(
        "QualityNotificationRequestItem", Kind.MANY, of=QualityDefect
    )
