"""Invoices as accounts payable asks for them: what blocks one, who owns it, when it is paid.

In: a snapshot of the operations journal. Out: invoices of a state or supplier, one invoice with its
lines. Refuses to know: how a variance is released. Every list is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from suture.core.ids import key_id
from suture.documents import codec
from suture.journal.contract import Reader
from suture.journal.record import Instance
from suture.orchestration.decisions.credits import net_invoice
from suture.orchestration.decisions.duplicate import normalise_number
from suture.orchestration.processes.exception_task import LIVE, ExceptionData
from suture.orchestration.processes.invoice import InvoiceData
from suture.orchestration.processes.supplier_order import OrderLineData

INVOICES_MAX = 200
"""Invoices of one page."""
LOOKED_AT_MAX = 5_000
"""Invoices read for one page of a supplier's; beyond it the page ends early and says where."""
NET_TERMS = timedelta(days=30)
"""From the invoice's date to the expected payment: invoices tell no terms of their own here."""
BLOCKS = (
    *("invoice.duplicate", "invoice.price", "invoice.qty", "invoice.uom", "invoice.charge"),
    *("invoice.tax", "invoice.no_po", "invoice.no-po", "invoice.no-receipt", "invoice.remit-to"),
    *("invoice.supplier", "invoice.disputed", "invoice.dispute-unanswered", "voucher.failed"),
    *("invoice.number-again", "invoice.stop-payment", "invoice.payment-block"),
    *("invoice.payment-returned", "invoice.recovery", "invoice.paid-outside"),
)
"""Codes under which something about an invoice stands on a desk."""


@dataclass(frozen=True, slots=True)
class Block:
    """Something that keeps an invoice from being paid, or money to be recovered, and its owner."""

    code: str
    owner: str
    summary: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class BilledLine:
    """Order, receipt and invoice of one line side by side; quantities in the order's unit."""

    line: str
    po_line: str
    result: str
    billed: str
    expected: str
    detail: str
    ordered: str
    received: str
    unit_price: str


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One invoice; `lines` only where one is asked for."""

    key: str
    invoice_no: str
    supplier: str
    po_number: str
    state: str
    since: datetime
    invoice_date: date | None
    total: str
    net: str
    """Total less the credits linked to it."""
    currency: str
    reason: str
    blocks: tuple[Block, ...]
    waits_for: tuple[str, ...]
    """Roles whose answer is asked for."""
    released_by: str
    voucher_no: str
    payment_no: str
    expected_payment: date | None
    """Only of a posted, unpaid invoice."""
    credits: tuple[str, ...]
    lines: tuple[BilledLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invoices are listed."""

    state: str = ""
    supplier: str = ""
    limit: int = INVOICES_MAX
    after: str = ""
    """Key of the last one of the page before."""


def invoices(reader: Reader, wanted: Wanted) -> tuple[InvoiceView, ...]:
    """Return a page of invoices by key; raises ValueError when `after` names none."""
    found: list[InvoiceView] = []
    after, looked = wanted.after, 0
    limit = min(wanted.limit, INVOICES_MAX)
    while len(found) < limit and looked < LOOKED_AT_MAX:
        page = reader.instances(
            "W5",
            limit=INVOICES_MAX,
            states=(wanted.state,) if wanted.state else (),
            after_key=after,
        )
        ours = [x for x in page if not wanted.supplier or _is_of(x, wanted.supplier)]
        found += [_view(reader, x, with_lines=False) for x in ours[: limit - len(found)]]
        looked += len(page)
        if len(page) < INVOICES_MAX:
            break
        after = page[-1].key
    return tuple(found)


def _is_of(stored: Instance, supplier: str) -> bool:
    return stored.key.startswith(f"{supplier}|")


def invoice_keys(reader: Reader, number: str, supplier: str = "") -> tuple[str, ...]:
    """Return the invoices a number names; with the supplier at most one."""
    if supplier:
        key = f"{supplier}|{normalise_number(number)}|standard"
        return (key,) if reader.instance("W5", key) is not None else ()
    return tuple(key for machine, key in reader.aliases("invoice", number) if machine == "W5")


def invoice(reader: Reader, key: str) -> InvoiceView | None:
    """Return one invoice with its lines."""
    stored = reader.instance("W5", key)
    return _view(reader, stored, with_lines=True) if stored is not None else None


def _view(reader: Reader, stored: Instance, *, with_lines: bool) -> InvoiceView:
    data = codec.decode(stored.data, InvoiceData)
    told = data.invoice
    assert told is not None, "an invoice that exists has its document"
    net = net_invoice(told, data.credits)
    due = told.invoice_date + NET_TERMS if stored.state == "POSTED" else None
    return InvoiceView(
        key=stored.key,
        invoice_no=told.invoice_no,
        supplier=told.supplier,
        po_number=told.po_number,
        state=stored.state,
        since=stored.entered_at,
        invoice_date=told.invoice_date,
        total=str(told.total),
        net=str(net.total),
        currency=told.currency,
        reason=data.reason,
        blocks=_blocks(reader, stored.key),
        waits_for=tuple(x.role for x in reader.tasks_of("W5", stored.key) if x.is_open),
        released_by=data.released_by,
        voucher_no=data.voucher_no,
        payment_no=data.payment_no,
        expected_payment=due,
        credits=tuple(f"{x.invoice_no} {abs(x.total)}" for x in data.credits),
        lines=_lines(reader, data) if with_lines else (),
    )


def _blocks(reader: Reader, key: str) -> tuple[Block, ...]:
    found = []
    for code in BLOCKS:
        stored = reader.instance("EXC", key_id("exception", f"{code}|{key}"))
        if stored is not None and stored.state in LIVE:
            data = codec.decode(stored.data, ExceptionData)
            found.append(Block(code, data.owner, data.summary, data.first_at))
    return tuple(found)


def _lines(reader: Reader, data: InvoiceData) -> tuple[BilledLine, ...]:
    po_number = data.invoice.po_number if data.invoice is not None else ""
    rows = []
    for row in data.lines:
        stored = reader.instance("W3", f"{po_number}/{row.po_line}") if row.po_line else None
        order = codec.decode(stored.data, OrderLineData) if stored is not None else None
        line = order.approved.line if order is not None and order.approved is not None else None
        rows.append(
            BilledLine(
                line=row.line,
                po_line=row.po_line,
                result=row.result,
                billed=str(row.billed),
                expected=str(row.expected),
                detail=row.detail,
                ordered=f"{line.quantity} {line.uom}" if line else "",
                received=f"{order.received} {line.uom}" if line and order else "",
                unit_price=str(line.unit_price) if line else "",
            )
        )
    return tuple(rows)
