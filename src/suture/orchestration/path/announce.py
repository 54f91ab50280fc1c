"""From supply documents to the events of the instances they speak of.

In: one typed document, facts. Out: events. Refuses to know: formats and the wire. Reading rules for
lines an acknowledgement does not list are those of spec 2.0.6 (BAK02) and 2.0.7.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, assert_never

import msgspec

from suture.documents.erp import ErpChange, ErpStock
from suture.documents.events import (
    Acknowledged,
    GoodsScanned,
    InvoiceReceived,
    LineApproved,
    OrderChangeAnswered,
    OrderCreated,
    PaymentMade,
    ShipmentNotified,
    TransportAnswered,
)
from suture.documents.inventory import BookReported, Counted
from suture.documents.invoice import InvoiceWithdrawn
from suture.documents.supply import (
    AcknowledgedLine,
    Acknowledgement,
    ChangeAnswer,
    DockScan,
    FunctionalAck,
    Invoice,
    ShipNotice,
)
from suture.orchestration.decisions.credits import is_offset
from suture.orchestration.decisions.duplicate import invoice_key
from suture.orchestration.facts import Facts
from suture.orchestration.processes.replenishment import stock_key
from suture.orchestration.processes.supplier_order import OrderLineData

Document = Acknowledgement | ChangeAnswer | ShipNotice | Invoice | FunctionalAck | DockScan


@dataclass(frozen=True, slots=True)
class Announced:
    """One event a document means."""

    type: str
    machine: str
    key: str
    payload: Any


def announce(document: Document, facts: Facts, control_id: str) -> list[Announced]:
    """Return the events of one document; none when it speaks of nothing we know."""
    match document:
        case Acknowledgement():
            return list(_acknowledgement(document, facts))
        case ChangeAnswer():
            return list(_change_answer(document, facts))
        case ShipNotice():
            return list(_ship_notice(document))
        case Invoice():
            return [_invoice(document, facts, control_id)]
        case FunctionalAck():
            return list(_functional(document, facts))
        case DockScan():
            return list(_dock(document))
        case _:
            assert_never(document)


def _invoice(document: Invoice, facts: Facts, control_id: str) -> Announced:
    """An invoice speaks for itself; a credit or a correction of the invoice it is about."""
    payload = InvoiceReceived(invoice=document, control_id=control_id)
    key = _claim(document, facts)
    if document.kind == "credit":
        return Announced("invoice.credited", "W5", key, payload)
    if document.purpose == "cancel":
        told = InvoiceWithdrawn(reason="the supplier cancelled it")
        return Announced("invoice.withdrawn", "W5", key, told)
    if document.purpose == "replace":
        return Announced("invoice.replaced", "W5", key, payload)
    return Announced("invoice.received", "W5", key, payload)


def _claim(document: Invoice, facts: Facts) -> str:
    """Return the key of the invoice meant: the one it names, or the only one of its order.

    A credit that fits several is nobody's: under its own key it waits and then has an owner.
    """
    if document.kind != "credit" and document.purpose == "original":
        return invoice_key(document)
    named = msgspec.structs.replace(document, kind="standard")
    if document.about:
        return invoice_key(msgspec.structs.replace(named, invoice_no=document.about))
    if document.kind != "credit":
        return invoice_key(named)
    ours = [
        key
        for _, key in facts.named("invoice_of_po", document.po_number)
        if key.startswith(f"{document.supplier}|") and facts.state_of("W5", key) != "REJECTED"
    ]
    return ours[0] if len(ours) == 1 else invoice_key(document)


def _lines(facts: Facts, po_number: str, supplier: str) -> dict[str, OrderLineData]:
    """Return line number -> data of the order's lines at this supplier."""
    return {
        data.approved.line.line: data
        for _, _, data in facts.siblings("W3", po_number, OrderLineData)
        if data.approved is not None and data.approved.supplier == supplier
    }


_ALL = {"accepts_all": "accepted", "rejects_all": "rejected", "backordered_all": "backordered"}


def _acknowledgement(document: Acknowledgement, facts: Facts) -> Iterator[Announced]:
    ours = _lines(facts, document.po_number, document.supplier)
    listed = {row.line: row for row in document.lines}
    for line in sorted(ours.keys() | listed.keys()):
        row = listed.get(line) or _unlisted(document, line)
        if row is None:
            continue
        row = _against_ours(row, ours.get(line))
        payload = Acknowledged(
            answer=row,
            is_within_tolerance=_within_tolerance(row, ours.get(line)),
            supplier_order=document.supplier_order,
        )
        kind = f"purchase_order.acknowledged.{row.result}"
        yield Announced(kind, "W3", f"{document.po_number}/{line}", payload)


def _unlisted(document: Acknowledgement, line: str) -> AcknowledgedLine | None:
    """Return what a header says of a line it does not list; None: it says nothing of it."""
    if document.header in _ALL:
        result = _ALL[document.header]
    elif document.header == "exceptions_only":
        result = "accepted"
    elif document.header == "all_detail":
        result = "line_missing"
    else:
        return None
    return AcknowledgedLine(
        po_number=document.po_number, line=line, result=result, code=document.header
    )


def _against_ours(row: AcknowledgedLine, data: OrderLineData | None) -> AcknowledgedLine:
    """Return the answer; a yes to something else than we ordered is a change, not a yes."""
    if row.result != "accepted" or data is None or data.approved is None:
        return row
    return (
        row
        if _is_as_ordered(row, data.approved)
        else msgspec.structs.replace(row, result="changed")
    )


def _within_tolerance(row: AcknowledgedLine, data: OrderLineData | None) -> bool:
    """Return whether a change may be taken without a person (spec 2.4 rule 3)."""
    if row.result != "changed" or data is None or data.approved is None:
        return True
    if row.promised_delivery is None and row.promised_ship is None:
        return False
    return _is_as_ordered(row, data.approved)


def _is_as_ordered(row: AcknowledgedLine, ours: LineApproved) -> bool:
    """Return whether unit, quantity and price are ours; what an answer leaves out is as ordered."""
    line = ours.line
    if row.uom and row.uom != line.uom:
        return False
    if row.quantity is not None and row.quantity < line.quantity:
        return False
    if row.unit_price is None:
        return True
    limit = Fraction(0) if ours.item_class == "IMPLANT" else Fraction(1, 100)
    return Fraction(row.unit_price) <= Fraction(line.unit_price) * (1 + limit)


def _change_answer(document: ChangeAnswer, facts: Facts) -> Iterator[Announced]:
    ours = _lines(facts, document.po_number, document.supplier)
    payload = OrderChangeAnswered(code=document.code, change_seq=document.change_seq)
    for line in sorted(ours):
        key = f"{document.po_number}/{line}"
        state = facts.state_of("W3", key)
        if document.line and document.line != line:
            continue
        if document.change_seq is not None and document.change_seq % 1000 != int(line):
            continue
        verb = "cancel" if state in _CANCELLING else "change"
        if not document.line and document.change_seq is None and state not in _OPEN_CHANGE:
            continue
        verdict = "accepted" if document.is_accepted else "refused"
        yield Announced(f"purchase_order.{verb}_{verdict}", "W3", key, payload)


_CANCELLING = frozenset({"CANCEL_PENDING", "CANCEL_UNKNOWN", "CANCELLED"})
_OPEN_CHANGE = frozenset({"CANCEL_PENDING", "CANCEL_UNKNOWN", "CHANGE_PENDING"})


def _ship_notice(document: ShipNotice) -> Iterator[Announced]:
    kind = "shipment.cancelled" if document.is_cancel else "shipment.notified"
    for row in document.lines:
        payload = ShipmentNotified(
            shipment=document.shipment,
            supplier=document.supplier,
            shipped=row,
            expected=document.expected,
            sscc=document.sscc,
            tracking=document.tracking,
        )
        order_line = f"{row.po_number}/{row.line}"
        yield Announced(kind, "W3", order_line, payload)
        yield Announced(kind, "W4", f"{document.shipment}/{order_line}", payload)


def _functional(document: FunctionalAck, facts: Facts) -> Iterator[Announced]:
    """A functional acknowledgement speaks of what we sent under a control id."""
    payload = TransportAnswered(
        code=document.code, control_id=document.control_id, has_errors=document.has_errors
    )
    kind = (
        "purchase_order.transport_acknowledged"
        if document.is_accepted
        else "purchase_order.transport_rejected"
    )
    for key in facts.sent_under(document.supplier, document.control_id):
        yield Announced(kind, "W3", key, payload)


def _dock(document: DockScan) -> Iterator[Announced]:
    kind = "goods.arrived" if document.kind == "arrived" else "receipt.inspected"
    for row in document.lines:
        counted = row
        if not row.po_number:
            counted = msgspec.structs.replace(row, po_number=document.po_number)
        key = f"{document.shipment}/{counted.po_number}/{counted.line}"
        payload = GoodsScanned(
            scan=document.scan, shipment=document.shipment, counted=counted, at=document.at
        )
        yield Announced(kind, "W4", key, payload)


def announce_change(change: ErpChange, facts: Facts) -> list[Announced]:
    """Return the events of one row of the ERP's change cursor."""
    if change.stock is not None:
        return [_position(change.stock, change.at)]
    if change.order is not None and change.order.external_ref and change.order.status == "open":
        made = OrderCreated(order=change.order)
        return [Announced("purchase_order.created", "W7", change.order.external_ref, made)]
    if change.payment is not None and is_offset(change.payment.external_ref):
        return []  # netting of a credit: the invoice itself hears its payment
    if change.payment is not None and change.payment.external_ref:
        paid = PaymentMade(payment=change.payment)
        return [Announced("payment.made", "W5", change.payment.external_ref, paid)]
    return []


SNAPSHOTS = frozenset({"opening", "count"})
"""Causes of a book position that are a snapshot; every other one is a movement (spec 2.10)."""


def _position(stock: ErpStock, at: datetime) -> Announced:
    key = stock_key(stock.item, stock.location)
    if stock.cause_kind in SNAPSHOTS:
        counted = Counted(as_of=at, quantity=stock.on_hand, source="erp", stock=stock)
        return Announced("inventory.counted", "W9", key, counted)
    moved = BookReported(stock=stock, as_of=at)
    return Announced("inventory.position_changed", "W9", key, moved)
