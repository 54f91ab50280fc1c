"""What a supplier is asked and what it says, before any wire format.

In: values of an order, a change, a shipment. Out: frozen dataclasses the model exchanges with the
wire writers. Refuses to know: X12, cXML, sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One line as the buyer ordered it."""

    line: str
    quantity: Fraction
    uom: str
    unit_price: Decimal
    item: str = ""
    """The buyer's item number when given."""
    gtin: str = ""
    catalog_no: str = ""


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """A purchase order; `reference` is what an answer must point at (cXML payloadID)."""

    po_number: str
    order_date: date
    need_by: date | None
    lines: tuple[OrderedLine, ...]
    ship_to_gln: str = ""
    bill_to_gln: str = ""
    contract: str = ""
    currency: str = "USD"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line of a change: cancelled, or new terms (None keeps the old one)."""

    line: str
    is_cancelled: bool = False
    quantity: Fraction | None = None
    need_by: date | None = None


@dataclass(frozen=True, slots=True)
class IncomingChange:
    """A change or cancel of an order; no lines means every line is cancelled."""

    po_number: str
    sequence: str
    """X12 BCH05 or the cXML payloadID: the same one again is a repetition."""
    lines: tuple[ChangedLine, ...]
    is_cancel: bool
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """What the supplier promises for a line."""

    ordered: OrderedLine
    result: str
    """accepted, backordered, rejected."""
    promised: date | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Answer to an order: 855 or ConfirmationRequest."""

    order: IncomingOrder
    number: str
    lines: tuple[ConfirmedLine, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeReply:
    """Answer to a change: 865, or ConfirmationRequest for the change document."""

    order: IncomingOrder
    change: IncomingChange
    accepted: tuple[tuple[OrderedLine, bool, date | None], ...]
    """Line with its terms after the change, whether accepted, and its promise."""
    number: str
    at: datetime

    @property
    def is_accepted(self) -> bool:
        """Whether every line of the change was accepted."""
        return bool(self.accepted) and all(ok for _, ok, _ in self.accepted)


@dataclass(frozen=True, slots=True)
class Pack:
    """One traced part of a shipped line."""

    ordered: OrderedLine
    quantity: Fraction
    lot: str
    serial: str
    expiry: date
    condition: str = "ok"


@dataclass(frozen=True, slots=True)
class Shipment:
    """Goods on their way: 856 or ShipNoticeRequest, and a truck for the dock."""

    order: IncomingOrder
    shipment: str
    sscc: str
    packs: tuple[Pack, ...]
    at: datetime
    arrives: datetime


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One invoiced line."""

    ordered: OrderedLine
    quantity: Fraction
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice: 810 or InvoiceDetailRequest."""

    order: IncomingOrder
    invoice: str
    lines: tuple[BilledLine, ...]
    at: datetime
    total: Decimal = field(default=Decimal(0))


TradeDocument = Confirmation | ChangeReply | Shipment | Bill
