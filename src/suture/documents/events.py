"""Business events: one struct per event type of the workflows on the main path (spec 2.0.13).

In: what a mapping or a decision knows. Out: frozen structs of 10-25 fields at most. Refuses to
know: which rule will take them. `PAYLOADS` is the contract: a type that is not listed is refused.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from suture.core.refusal import RefusalError
from suture.documents import cart, codec, inventory, invoice, requisition, urgent
from suture.documents.case import CaseReport, CaseSnapshot, ProcedureEvent, Usage
from suture.documents.erp import ErpOrder, ErpPayment, RequisitionLine
from suture.documents.supply import (
    AcknowledgedLine,
    CountedLine,
    Invoice,
    InvoiceLine,
    Lot,
    OrderLine,
    ShippedLine,
)


class CaseChange(msgspec.Struct, frozen=True, kw_only=True):
    """`case.scheduled|rescheduled|changed|cancelled|reinstated`: the snapshot's difference."""

    version: int
    snapshot: CaseSnapshot
    aliases: dict[str, str] = {}
    differences: tuple[str, ...] = ()
    is_supply_relevant: bool = True
    reason: str = ""


class CaseExploded(msgspec.Struct, frozen=True, kw_only=True):
    """`demand.exploded` as the case hears it: the card was found or not."""

    version: int
    card: str = ""
    card_version: int = 0
    lines: int = 0


class DemandLine(msgspec.Struct, frozen=True, kw_only=True):
    """`demand.exploded` as a demand line hears it; also `demand.changed`."""

    case_token: str
    version: int
    card: str
    line: str
    ehr_supply_id: str
    quantity: Fraction
    criticality: str
    need_at: datetime
    facility: str
    room: str
    demand_token: dict[str, str] = {}
    is_held: bool = False
    laterality: str | None = None


class DemandCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """`demand.cancelled`: the line is no longer needed."""

    reason: str
    version: int


class CoverageChanged(msgspec.Struct, frozen=True, kw_only=True):
    """`coverage.gained|lost`: what a demand line tells its case."""

    line: str
    item: str
    description: str
    criticality: str
    is_covered: bool
    reason: str
    source: str = ""
    promised: date | None = None


class EvaluationCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """`evaluation.completed`: enrichment or availability, with the figures it rests on."""

    kind: str
    result: str
    reason: str = ""
    item: str = ""
    location: str = ""
    cost_center: str = ""
    quantity: Fraction = Fraction(0)
    available: Fraction = Fraction(0)
    lots: tuple[Lot, ...] = ()
    stock_version: int = 0
    stock_as_of: datetime | None = None


class StepChosen(msgspec.Struct, frozen=True, kw_only=True):
    """`sourcing.step_chosen`: the first feasible step of the ladder (spec 2.0.12)."""

    step: str
    reason: str
    supplier: str = ""
    requisition: str = ""
    line: RequisitionLine | None = None


class RequisitionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`requisition.created|changed`: a line to be asked for."""

    facility: str
    supplier: str
    need_by: date
    case_token: str
    demand_line: str
    line: RequisitionLine
    item_class: str
    is_on_contract: bool
    quantity_needed: Fraction
    """Base units the demand line needs; the rest of the pack goes to stock."""
    requester: str = ""
    """The person who asks; empty: the hub, for a case."""
    urgency: str = "ROUTINE"
    """ROUTINE, EXPEDITE, URGENT, STAT or IN_ROOM (spec 2.0.12)."""
    is_on_card: bool = True
    """On the active card of its case."""
    is_new_item: bool = False


class RequisitionWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """`requisition.withdrawn`: a demand line no longer needs its line."""

    demand_line: str
    reason: str


class PolicyDecided(msgspec.Struct, frozen=True, kw_only=True):
    """`policy.decided`: the approval decision with the policy that made it (S76)."""

    decision: str
    rule: str
    reasons: tuple[str, ...]
    approvers: tuple[str, ...]
    policy: str
    policy_sha256: str
    amount: Decimal
    round: int = 1
    """Which check of the requisition it answers; a change starts the next one."""


class ReviewDecided(msgspec.Struct, frozen=True, kw_only=True):
    """`review.approved|rejected`: a person's answer to a task."""

    task: str
    by: str
    reason: str = ""


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """`requisition.denied`."""

    requisition: str
    reasons: tuple[str, ...]


class Dispatched(msgspec.Struct, frozen=True, kw_only=True):
    """`outbox.dispatched|dispatch_failed`: what became of handing a delivery over."""

    delivery: str
    kind: str
    control_id: str = ""
    code: str = ""
    content_id: str = ""


class TargetAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """`target.confirmed|rejected`: the target system's answer to our write."""

    delivery: str
    kind: str
    number: str = ""
    code: str = ""


class LookedUp(msgspec.Struct, frozen=True, kw_only=True):
    """`lookup.found|absent`: the answer to a query by business key."""

    delivery: str
    kind: str
    number: str = ""


class ReplyOverdue(msgspec.Struct, frozen=True, kw_only=True):
    """`timer.reply_overdue`: no answer in time; `cause` says if a clock or the wire said so."""

    cause: str = "timer"
    kind: str = ""
    delivery: str = ""
    due: datetime | None = None


class OrderCreated(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.created` as a requisition hears it."""

    order: ErpOrder


class OrderLineCreated(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.created` as a demand line hears it."""

    po_number: str
    line: str
    requisition: str
    quantity: Fraction
    """Base units of this order line meant for the demand line."""


class LineApproved(msgspec.Struct, frozen=True, kw_only=True):
    """`requisition.line_approved`: an approved line with its purchase order number."""

    po_number: str
    line: OrderLine
    supplier: str
    facility: str
    order_date: date
    need_by: date
    ship_to_gln: str
    requisition: str
    case_tokens: tuple[str, ...]
    demand_lines: tuple[tuple[str, Fraction], ...]
    item_class: str


class Validated(msgspec.Struct, frozen=True, kw_only=True):
    """`validation.passed|failed`: named checks and what they found."""

    checks: tuple[str, ...]
    reason: str = ""
    detail: str = ""


class TransportAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.transport_acknowledged|transport_rejected|transfer_confirmed`."""

    code: str
    control_id: str
    has_errors: bool = False


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.acknowledged.*`: the supplier's answer for this line."""

    answer: AcknowledgedLine
    is_within_tolerance: bool = True
    supplier_order: str = ""


class OrderChangeRequested(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.change_requested|cancel_requested`."""

    reason: str
    need_by: date | None = None
    quantity: Fraction | None = None
    demand_line: str = ""


class OrderChangeAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.change_accepted|change_refused|cancel_accepted|cancel_refused`."""

    code: str
    change_seq: int | None = None


class ShipmentNotified(msgspec.Struct, frozen=True, kw_only=True):
    """`shipment.notified`: a ship notice for this order line or receipt line."""

    shipment: str
    supplier: str
    shipped: ShippedLine
    expected: date | None = None
    sscc: tuple[str, ...] = ()
    tracking: str = ""


class GoodsScanned(msgspec.Struct, frozen=True, kw_only=True):
    """`goods.arrived` and `receipt.inspected`: one line of a dock scan."""

    scan: str
    shipment: str
    counted: CountedLine
    at: datetime


class ReceiptPosted(msgspec.Struct, frozen=True, kw_only=True):
    """`receipt.posted`: an accepted quantity is in the ERP's books."""

    receipt: str
    receipt_no: str
    po_number: str
    line: str
    quantity: Fraction
    """In the order line's unit of measure."""
    uom: str
    lots: tuple[Lot, ...] = ()


class ReceiptAllocated(msgspec.Struct, frozen=True, kw_only=True):
    """`receipt.allocated`: a received quantity is given to a demand line."""

    receipt: str
    po_number: str
    line: str
    item: str
    location: str
    quantity: Fraction
    lots: tuple[Lot, ...] = ()


class PromiseChanged(msgspec.Struct, frozen=True, kw_only=True):
    """`supply.promise_changed|promise_lost`: what a source now promises a demand line."""

    po_number: str
    line: str
    reason: str
    promised: date | None = None
    supplier: str = ""


class SettlementCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """`settlement.completed`: the order line is invoiced and paid."""

    invoice_no: str
    payment_no: str


class ReservationRequested(msgspec.Struct, frozen=True, kw_only=True):
    """`stock.reservation_requested`: a demand line asks for stock."""

    line: str
    case_token: str
    quantity: Fraction
    need_at: datetime
    criticality: str
    waits: bool = False
    """Ask to be told when stock appears later."""


class ReservationReleased(msgspec.Struct, frozen=True, kw_only=True):
    """`stock.reservation_released`: a demand line gives its stock back."""

    line: str
    reason: str


class StockReceived(msgspec.Struct, frozen=True, kw_only=True):
    """`stock.received`: posted to the ERP but not yet in a reported position."""

    ref: str
    quantity: Fraction
    lots: tuple[Lot, ...]
    shares: dict[str, Fraction] = {}
    """Demand line -> base units held for it."""
    need_at: datetime | None = None


class StockConsumed(msgspec.Struct, frozen=True, kw_only=True):
    """`stock.consumed`: used in a case; the ERP issue is on its way."""

    ref: str
    line: str
    quantity: Fraction
    lot: str = ""


class ReservationLost(msgspec.Struct, frozen=True, kw_only=True):
    """`reservation.lost`: a count or a case of higher priority took the stock."""

    reason: str
    location: str


class PositionChanged(msgspec.Struct, frozen=True, kw_only=True):
    """`inventory.position_changed`: stock was found for a waiting line, already reserved for it."""

    location: str
    quantity: Fraction
    lots: tuple[Lot, ...]
    stock_version: int


class ErpWriteRequested(msgspec.Struct, frozen=True, kw_only=True):
    """`erp.write_requested`: a posting no workflow of the specification owns (machine ERPW)."""

    kind: str
    lane: str
    posting: dict[str, Any]


class InvoiceReceived(msgspec.Struct, frozen=True, kw_only=True):
    """`invoice.received|credited|replaced`."""

    invoice: Invoice
    control_id: str = ""


class LineMatch(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one invoice line: MATCH, PRICE, QTY, UOM, ITEM, NO_RECEIPT, NO_PO, CHARGE."""

    line: str
    po_line: str
    result: str
    billed: Decimal
    expected: Decimal
    detail: str = ""


class InvoiceMatched(msgspec.Struct, frozen=True, kw_only=True):
    """`invoice.matched`: the match run's evidence."""

    result: str
    lines: tuple[LineMatch, ...]
    tolerance: str
    policy_sha256: str
    match_no: int = 0
    """Which run of the invoice's matches it is."""


class PaymentMade(msgspec.Struct, frozen=True, kw_only=True):
    """`payment.made`."""

    payment: ErpPayment


class ExceptionRaised(msgspec.Struct, frozen=True, kw_only=True):
    """`exception.raised`: a typed problem with an owner and a clock (spec 2.0.3)."""

    family: str
    code: str
    summary: str
    """One line for the desk, content-free of patient data."""
    dedupe: str
    machine: str = ""
    key: str = ""
    facility: str = ""
    case_tokens: tuple[str, ...] = ()
    usd_at_risk: Decimal = Decimal(0)
    need_at: datetime | None = None
    suggestion: str = ""
    owner: str = ""
    """Role; empty means the routing table's role for the family."""
    severity: str = "normal"
    """urgent, normal or info."""
    exchange: str = ""


class ExceptionClosed(msgspec.Struct, frozen=True, kw_only=True):
    """What a person or a vanished cause says of an exception (`task.*`, `exception.*resolved`)."""

    by: str
    reason: str


class TimerFired(msgspec.Struct, frozen=True, kw_only=True):
    """Any `timer.*` event."""

    name: str
    due: datetime


class ItemPublished(msgspec.Struct, frozen=True, kw_only=True):
    """`item.published`: an item or crosswalk entry became usable."""

    item: str


PAYLOADS: dict[str, Any] = {
    "case.reported": CaseReport,
    "case.scheduled": CaseChange,
    "case.rescheduled": CaseChange,
    "case.changed": CaseChange,
    "case.cancelled": CaseChange,
    "case.reinstated": CaseChange,
    "procedure.started": ProcedureEvent,
    "procedure.completed": ProcedureEvent,
    "usage.recorded": Usage,
    "usage.corrected": Usage,
    "demand.changed": DemandLine,
    "demand.cancelled": DemandCancelled,
    "coverage.gained": CoverageChanged,
    "coverage.lost": CoverageChanged,
    "evaluation.completed": EvaluationCompleted,
    "sourcing.step_chosen": StepChosen,
    "item.published": ItemPublished,
    "requisition.created": RequisitionRequest,
    "requisition.changed": RequisitionRequest,
    "requisition.withdrawn": RequisitionWithdrawn,
    "requisition.denied": Denied,
    "requisition.line_approved": LineApproved,
    "policy.decided": PolicyDecided,
    "review.approved": ReviewDecided,
    "review.rejected": ReviewDecided,
    "review.returned": ReviewDecided,
    "outbox.dispatched": Dispatched,
    "outbox.dispatch_failed": Dispatched,
    "target.confirmed": TargetAnswered,
    "target.rejected": TargetAnswered,
    "lookup.found": LookedUp,
    "lookup.absent": LookedUp,
    "timer.reply_overdue": ReplyOverdue,
    "validation.passed": Validated,
    "validation.failed": Validated,
    "purchase_order.transport_acknowledged": TransportAnswered,
    "purchase_order.transport_rejected": TransportAnswered,
    "purchase_order.transfer_confirmed": TransportAnswered,
    "purchase_order.change_requested": OrderChangeRequested,
    "purchase_order.cancel_requested": OrderChangeRequested,
    "purchase_order.change_accepted": OrderChangeAnswered,
    "purchase_order.change_refused": OrderChangeAnswered,
    "purchase_order.cancel_accepted": OrderChangeAnswered,
    "purchase_order.cancel_refused": OrderChangeAnswered,
    "shipment.notified": ShipmentNotified,
    "goods.arrived": GoodsScanned,
    "receipt.inspected": GoodsScanned,
    "receipt.posted": ReceiptPosted,
    "receipt.allocated": ReceiptAllocated,
    "supply.promise_changed": PromiseChanged,
    "supply.promise_lost": PromiseChanged,
    "settlement.completed": SettlementCompleted,
    "stock.reservation_requested": ReservationRequested,
    "stock.reservation_released": ReservationReleased,
    "stock.received": StockReceived,
    "stock.consumed": StockConsumed,
    "reservation.lost": ReservationLost,
    "inventory.position_changed": PositionChanged,
    "erp.write_requested": ErpWriteRequested,
    "invoice.received": InvoiceReceived,
    "invoice.credited": InvoiceReceived,
    "invoice.replaced": InvoiceReceived,
    "invoice.matched": InvoiceMatched,
    "payment.made": PaymentMade,
    "exception.raised": ExceptionRaised,
    "exception.auto_resolved": ExceptionClosed,
    "exception.resolved": ExceptionClosed,
    "task.assigned": ExceptionClosed,
    "task.waiting": ExceptionClosed,
    "task.reply_received": ExceptionClosed,
    "loss.accepted": ExceptionClosed,
    **cart.PAYLOADS,
    **inventory.PAYLOADS,
    **requisition.PAYLOADS,
    **urgent.PAYLOADS,
    **invoice.PAYLOADS,
}
"""Event type -> payload struct, where every machine hears the same struct."""

PER_MACHINE: dict[tuple[str, str], Any] = {
    ("CASE", "demand.exploded"): CaseExploded,
    ("W2", "demand.exploded"): DemandLine,
    ("W2", "purchase_order.created"): OrderLineCreated,
    ("W7", "purchase_order.created"): OrderCreated,
    **cart.PER_MACHINE,
    **inventory.PER_MACHINE,
    **urgent.PER_MACHINE,
    **invoice.PER_MACHINE,
}
"""Event types whose payload depends on who hears them."""


def payload_type(machine: str, event_type: str) -> Any:
    """Return the struct of an event type; raises RefusalError `event.unknown-type` otherwise."""
    specific = PER_MACHINE.get((machine, event_type))
    if specific is not None:
        return specific
    if event_type.startswith("purchase_order.acknowledged."):
        return Acknowledged
    found = PAYLOADS.get(event_type)
    if found is not None:
        return found
    if event_type.startswith("timer."):
        return TimerFired
    raise RefusalError("event.unknown-type", "the event type has no payload contract")


def read_payload(machine: str, event_type: str, data: bytes) -> Any:
    """Return the typed payload; raises RefusalError `event.contract` when it does not fit."""
    kind = payload_type(machine, event_type)
    try:
        return codec.decode(data, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise RefusalError("event.contract", f"payload does not fit {kind.__name__}") from error


__all__ = ["PAYLOADS", "InvoiceLine", "payload_type", "read_payload"]
