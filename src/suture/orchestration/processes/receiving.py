"""W4: one shipped line from notice to posted receipt (spec 2.5).

In: ship notices, dock scans and counts, the ERP's answers. Out: one receipt in the ERP per line,
told to the order line, the demand lines, the stock and the waiting invoices. Refuses to know: how
the dock scans, how the ERP writes receipts. Key = `shipment/po_number/line`, also the external
reference of the posting. Quarantine and returns (W11, W22) are not built yet.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from suture.core.refusal import RefusalError
from suture.documents.erp import ReceiptPosting, ReferenceQuery
from suture.documents.events import (
    ExceptionRaised,
    GoodsScanned,
    ReceiptAllocated,
    ReceiptPosted,
    ShipmentNotified,
    StockReceived,
)
from suture.documents.supply import CountedLine, Lot, ShippedLine
from suture.governance.policy import Policies
from suture.orchestration.decisions.availability import Reservation, grant
from suture.orchestration.decisions.inspection import inspect
from suture.orchestration.definition import (
    SAME,
    START,
    Alarm,
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Moment,
    Name,
    Place,
    Process,
    Raise,
    Resolve,
    Send,
    rule,
    stays,
    unbuilt,
)
from suture.orchestration.processes.erp_write import ERP
from suture.orchestration.processes.replenishment import stock_key
from suture.orchestration.processes.supplier_order import OrderLineData


class ReceiptData(msgspec.Struct, frozen=True, kw_only=True):
    """A shipped line on its way into the books."""

    shipment: str = ""
    po_number: str = ""
    line: str = ""
    supplier: str = ""
    expected: date | None = None
    notified: ShippedLine | None = None
    counted: CountedLine | None = None
    received_at: datetime | None = None
    item: str = ""
    location: str = ""
    base_quantity: Fraction = Fraction(0)
    issues: tuple[str, ...] = ()
    receipt_no: str = ""
    sends: int = 0


M = Moment[ReceiptData]


def _order(m: M, po_number: str, line: str) -> tuple[str, OrderLineData] | None:
    return m.facts.other("W3", f"{po_number}/{line}", OrderLineData)


OPEN_ORDER = frozenset({"CANCELLED", "CLOSED"})


# ---- guards


def no_asn(m: M) -> bool:
    """Return whether there is an open order line (and no ship notice: the line is not known)."""
    counted = m.payload.counted
    found = _order(m, counted.po_number, counted.line)
    return found is not None and found[0] not in OPEN_ORDER


def unsolicited(m: M) -> bool:
    """Return whether there is no open order line for the goods."""
    return not no_asn(m)


def _issues(m: M) -> tuple[str, ...]:
    counted: CountedLine = m.payload.counted
    found = _order(m, counted.po_number, counted.line)
    if found is None or found[1].approved is None:
        return ("no such order line",)
    state, order = found
    approved = order.approved
    assert approved is not None, "checked above"
    item = m.facts.item(approved.line.item)
    return inspect(
        counted,
        ordered=approved.line,
        received_before=order.received,
        item=item,
        need_by=approved.need_by,
        order_is_open=state not in OPEN_ORDER,
    )


def within_tolerance(m: M) -> bool:
    """Return whether count, device identifier, shelf life and condition are as ordered."""
    return not _issues(m)


def discrepancy(m: M) -> bool:
    """Return whether anything differs."""
    return bool(_issues(m))


# ---- actions


def expect(m: M) -> Effects:
    """A ship notice announces the line (W4.001)."""
    told: ShipmentNotified = m.payload
    yield Keep(
        {
            "shipment": told.shipment,
            "po_number": told.shipped.po_number,
            "line": told.shipped.line,
            "supplier": told.supplier,
            "expected": told.expected,
            "notified": told.shipped,
        }
    )
    yield Place(parent=told.shipped.po_number, facility=m.facility)
    yield Bind("W3", f"{told.shipped.po_number}/{told.shipped.line}")
    yield Name("shipment", told.shipment)
    lots = ", ".join(x.lot for x in told.shipped.lots if x.lot) or "none"
    yield Because(f"ship notice {told.shipment}: {told.shipped.quantity} {told.shipped.uom}")
    yield Because(f"lots: {lots}")


def amend_notice(m: M) -> Effects:
    """A corrected or late ship notice: keep its lots and serials (W4.005, .010)."""
    yield Keep({"notified": m.payload.shipped, "expected": m.payload.expected})
    yield Because("ship notice for goods already known")


def arrive(m: M) -> Effects:
    """Goods stand at the dock (W4.004)."""
    yield Because(f"scanned at the dock ({m.payload.scan})")
    yield Resolve(f"receipt.missing|{m.key}", "the goods arrived")


def arrive_without_notice(m: M) -> Effects:
    """Goods stand at the dock without a ship notice (W4.002)."""
    told: GoodsScanned = m.payload
    yield Keep(
        {
            "shipment": told.shipment,
            "po_number": told.counted.po_number,
            "line": told.counted.line,
        }
    )
    yield Place(parent=told.counted.po_number, facility=m.facility)
    yield Bind("W3", f"{told.counted.po_number}/{told.counted.line}")
    yield Name("shipment", told.shipment)
    yield Because("goods without a ship notice, flagged")


def accept(m: M) -> Effects:
    """The count is right: post the receipt to the ERP (W4.011)."""
    told: GoodsScanned = m.payload
    yield Because("count, device identifier, shelf life and condition as ordered")
    yield from _post(m, told.counted, told.at)


def _post(m: M, counted: CountedLine, at: datetime) -> Effects:
    found = _order(m, counted.po_number, counted.line)
    assert found is not None and found[1].approved is not None, "inspected against its order"
    line = found[1].approved.line
    posting = ReceiptPosting(
        external_ref=m.key,
        po_number=counted.po_number,
        line=counted.line,
        item=line.item,
        quantity=counted.quantity,
        uom=counted.uom,
        location=line.deliver_to,
        received_at=at,
        lots=counted.lots,
    )
    sends = m.data.sends + 1
    yield Keep(
        {
            "counted": counted,
            "received_at": at,
            "item": line.item,
            "location": line.deliver_to,
            "base_quantity": _base(m, line.item, counted),
            "sends": sends,
        }
    )
    yield Send("erp.receipt.post", ERP, counted.po_number, posting, f"receipt/{m.key}/{sends}")


def _base(m: M, item_key: str, counted: CountedLine) -> Fraction:
    item = m.facts.item(item_key)
    if item is None:
        return counted.quantity
    try:
        return item.tree().to_base(counted.quantity, counted.uom)
    except RefusalError:
        return counted.quantity


def set_aside(m: M) -> Effects:
    """The count differs: the receiving lead decides (W4.012)."""
    issues = _issues(m)
    yield Keep({"counted": m.payload.counted, "received_at": m.payload.at, "issues": issues})
    yield Because("; ".join(issues))
    yield _desk(
        m,
        "RECEIPT",
        "receipt.discrepancy",
        f"shipment {m.data.shipment}, order {m.data.po_number} line {m.data.line}: "
        + "; ".join(issues),
        "Accept with a note, quarantine, or return (861 and W22 are not built yet).",
    )


def missing(m: M) -> Effects:
    """Announced but not here in time (W4.007)."""
    yield Because(f"expected {m.data.expected}, not here after grace")
    yield _desk(
        m,
        "RECEIPT",
        "receipt.missing",
        f"shipment {m.data.shipment} for {m.data.po_number} has not arrived",
        "Trace with supplier and carrier.",
    )


def posted(m: M) -> Effects:
    """The receipt is in the ERP's books: everyone who waits hears it once (W4.019, .021)."""
    number = m.payload.number
    yield Keep({"receipt_no": number})
    yield Name("receipt", number)
    yield Because(f"the ERP booked receipt {number}")
    yield Resolve(f"receipt.failed|{m.key}", "the ERP has it")
    counted = m.data.counted
    assert counted is not None, "posted after a count"
    told = ReceiptPosted(
        receipt=m.key,
        receipt_no=number,
        po_number=m.data.po_number,
        line=m.data.line,
        quantity=counted.quantity,
        uom=counted.uom,
        lots=counted.lots,
    )
    yield Emit("receipt.posted", "W3", f"{m.data.po_number}/{m.data.line}", told)
    lots = _base_lots(m, counted)
    shares = yield from _allocate(m, lots)
    ref = StockReceived(
        ref=m.key,
        quantity=m.data.base_quantity,
        lots=lots,
        shares=shares,
        need_at=m.now,
    )
    yield Emit("stock.received", "W9", stock_key(m.data.item, m.data.location), ref)
    for machine, key in m.facts.named("invoice_of_po", m.data.po_number):
        yield Emit("receipt.posted", machine, key, told)


WANTING = frozenset(
    {"ON_ORDER", "AT_RISK", "SHORT", "REQUISITIONED", "SUBSTITUTE_PROPOSED", "UNFILLED"}
)


def _base_lots(m: M, counted: CountedLine) -> tuple[Lot, ...]:
    """Return the counted lots in base units, as stock keeps them."""
    factor = m.data.base_quantity / counted.quantity
    return tuple(msgspec.structs.replace(x, quantity=x.quantity * factor) for x in counted.lots)


def _allocate(m: M, lots: tuple[Lot, ...]) -> Any:
    """Give the received base quantity to the demand lines of the order line, in their order."""
    found = _order(m, m.data.po_number, m.data.line)
    shares: dict[str, Fraction] = {}
    given: dict[str, Reservation] = {}
    left = m.data.base_quantity
    approved = found[1].approved if found else None
    for demand_line, needed in approved.demand_lines if approved else ():
        if m.facts.state_of("W2", demand_line) not in WANTING or left < needed:
            continue
        left -= needed
        shares[demand_line] = needed
        part = grant(lots, given, needed)
        given[demand_line] = Reservation(quantity=needed, need_at=m.now, criticality="", lots=part)
        allocated = ReceiptAllocated(
            receipt=m.key,
            po_number=m.data.po_number,
            line=m.data.line,
            item=m.data.item,
            location=m.data.location,
            quantity=needed,
            lots=part,
        )
        yield Emit("receipt.allocated", "W2", demand_line, allocated)
    return shares


def ask_erp(m: M) -> Effects:
    """The outcome is unknown: ask by external reference (W4.020)."""
    yield Because("no answer from the ERP: ask by external reference before anything is repeated")
    query = ReferenceQuery(external_ref=m.key)
    yield Send("erp.receipt.find", ERP, m.data.po_number, query, f"find/{m.key}/{m.event_seq}")


def post_again(m: M) -> Effects:
    """The ERP does not have it: the same key again (W4.022, .024)."""
    yield Because("the ERP does not have it: posted again under the same reference")
    counted, at = m.data.counted, m.data.received_at
    assert counted is not None and at is not None, "posted after a count"
    yield from _post(m, counted, at)


def fail(m: M) -> Effects:
    """The ERP refused the receipt (W4.023)."""
    yield Because(f"the ERP refused: {m.payload.code}")
    yield _desk(
        m,
        "LEDGER",
        "receipt.failed",
        f"receipt for {m.data.po_number} line {m.data.line} refused: {m.payload.code}",
        "Correct the cause in the ERP, then resolve the exception to post again.",
    )


def _desk(m: M, family: str, code: str, text: str, suggestion: str) -> Raise:
    found = _order(m, m.data.po_number, m.data.line)
    approved = found[1].approved if found else None
    return Raise(
        ExceptionRaised(
            family=family,
            code=code,
            summary=text,
            dedupe=f"{code}|{m.key}",
            machine="W4",
            key=m.key,
            facility=approved.facility if approved else m.facility,
            case_tokens=approved.case_tokens if approved else (),
            suggestion=suggestion,
        )
    )


# ---- alarms


def _missing_due(data: ReceiptData, entered: datetime, policies: Policies) -> datetime | None:
    if data.expected is None:
        return None
    end_of_day = datetime(
        data.expected.year, data.expected.month, data.expected.day, tzinfo=entered.tzinfo
    ) + timedelta(days=1)
    return end_of_day + policies.time.hours("delivery_grace_h")


def _reply_due(data: ReceiptData, entered: datetime, policies: Policies) -> datetime | None:
    return None


AT_THE_DOCK = ("ARRIVED", "DISCREPANT", "ACCEPTED")


RECEIVING = Process(
    machine="W4",
    title="Receiving",
    states=(
        "EXPECTED",
        "ARRIVED",
        "CANCELLED",
        "MISSING",
        "CLOSED_LOST",
        "DISCREPANT",
        "ACCEPTED",
        "QUARANTINED",
        "RETURNED",
        "POSTING",
        "POSTED",
        "POST_UNKNOWN",
        "POST_FAILED",
        "REVERSED",
    ),
    terminal=("POSTED", "RETURNED", "CLOSED_LOST", "REVERSED", "CANCELLED"),
    data_type=ReceiptData,
    alarms=(Alarm("missing", ("EXPECTED",), "timer.delivery_overdue", _missing_due),),
    rules=(
        rule("W4.001", (START, "MISSING"), "shipment.notified", "EXPECTED", do=expect),
        rule("W4.002", START, "goods.arrived", "ARRIVED", when=no_asn, do=arrive_without_notice),
        unbuilt("W4.003", START, "goods.arrived", "ARRIVED", "unsolicited"),
        rule("W4.004", ("EXPECTED", "MISSING"), "goods.arrived", "ARRIVED", do=arrive),
        rule("W4.005", "EXPECTED", "shipment.notified", SAME, do=amend_notice),
        unbuilt("W4.006", ("EXPECTED", "MISSING"), "shipment.cancelled", "CANCELLED"),
        rule("W4.007", "EXPECTED", "timer.delivery_overdue", "MISSING", do=missing),
        unbuilt("W4.008", "MISSING", "shipment.lost", "CLOSED_LOST"),
        unbuilt("W4.009", ("CLOSED_LOST", "CANCELLED"), "goods.arrived", "ARRIVED"),
        rule("W4.010", AT_THE_DOCK, "shipment.notified", SAME, do=amend_notice),
        rule(
            "W4.011", "ARRIVED", "receipt.inspected", "ACCEPTED", when=within_tolerance, do=accept
        ),
        rule(
            "W4.012", "ARRIVED", "receipt.inspected", "DISCREPANT", when=discrepancy, do=set_aside
        ),
        unbuilt("W4.013", AT_THE_DOCK, "lot.recalled", "QUARANTINED"),
        unbuilt("W4.014", "DISCREPANT", "review.approved", "ACCEPTED", "receiver_and_buyer"),
        unbuilt("W4.015", "DISCREPANT", "stock.quarantined", "QUARANTINED"),
        unbuilt("W4.016", ("DISCREPANT", "QUARANTINED"), "goods.returned", "RETURNED"),
        unbuilt("W4.017", "QUARANTINED", "review.approved", "ACCEPTED"),
        rule("W4.018", "ACCEPTED", "outbox.dispatched", "POSTING", do=stays),
        rule("W4.019", ("POSTING", "POST_UNKNOWN"), "target.confirmed", "POSTED", do=posted),
        rule("W4.020", "POSTING", "timer.reply_overdue", "POST_UNKNOWN", do=ask_erp),
        rule("W4.021", "POST_UNKNOWN", "lookup.found", "POSTED", do=posted),
        rule("W4.022", "POST_UNKNOWN", "lookup.absent", "POSTING", do=post_again),
        rule("W4.023", ("POSTING", "POST_UNKNOWN"), "target.rejected", "POST_FAILED", do=fail),
        rule("W4.024", "POST_FAILED", "exception.resolved", "POSTING", do=post_again),
        rule("W4.025", "POST_FAILED", "lookup.found", "POSTED", do=posted),
        unbuilt("W4.026", "POSTED", "receipt.reversed", "REVERSED", "sod"),
        # House rules, appended (ADR 0011).
        rule("W4.027", "POST_UNKNOWN", "timer.reply_overdue", SAME, do=ask_erp),
        rule(
            "W4.028",
            ("POSTED", "POSTING", "POST_UNKNOWN", "POST_FAILED"),
            "shipment.notified",
            SAME,
            do=amend_notice,
        ),
        rule(
            "W4.029",
            ("POSTING", "POST_UNKNOWN", "POSTED", "POST_FAILED"),
            "outbox.dispatched",
            SAME,
            do=stays,
        ),
    ),
)
