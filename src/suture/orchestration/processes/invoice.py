"""W5: one supplier invoice from receipt to payment (spec 2.6).

In: invoices, posted receipts, people's decisions, the ERP's answers, payments. Out: at most one
voucher per invoice, typed exceptions with an owner, settlement told to the order lines. Refuses to
know: X12, cXML, the bank. Key = `supplier|normalised number|kind`; also the voucher's reference.
Credits, disputes and returns of payment are not built yet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from suture.canonical.packaging import PackagingTree
from suture.documents.erp import ReferenceQuery, VoucherLine, VoucherPosting
from suture.documents.events import (
    ExceptionRaised,
    InvoiceMatched,
    InvoiceReceived,
    LineMatch,
    SettlementCompleted,
    Validated,
)
from suture.documents.supply import Invoice
from suture.governance.policy import Policies
from suture.orchestration.decisions.duplicate import fuzzy_duplicate
from suture.orchestration.decisions.matching import OrderedLine, match_invoice
from suture.orchestration.definition import (
    SAME,
    START,
    Alarm,
    Answered,
    Ask,
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
from suture.orchestration.processes.supplier_order import OrderLineData


class InvoiceData(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice and its evidence."""

    invoice: Invoice | None = None
    control_id: str = ""
    result: str = ""
    lines: tuple[LineMatch, ...] = ()
    policy_sha256: str = ""
    reason: str = ""
    released_by: str = ""
    voucher_no: str = ""
    payment_no: str = ""
    sends: int = 0


M = Moment[InvoiceData]


def _invoice(m: M) -> Invoice:
    assert m.data.invoice is not None, "an invoice that exists has its document"
    return m.data.invoice


# ---- guards


def duplicate_key(m: M) -> bool:
    """Return whether the failed check is the duplicate check."""
    return bool(m.payload.reason == "duplicate")


def invalid(m: M) -> bool:
    """Return whether another check failed."""
    return bool(m.payload.reason != "duplicate")


def within_tolerance(m: M) -> bool:
    """Return whether every line matched."""
    return bool(m.payload.result == "within_tolerance")


def receipt_missing(m: M) -> bool:
    """Return whether only receipts are missing."""
    return bool(m.payload.result == "receipt_missing")


def out_of_tolerance(m: M) -> bool:
    """Return whether a line is out of tolerance."""
    return bool(m.payload.result == "out_of_tolerance")


def four_eyes(m: M) -> bool:
    """Return whether a named person decided."""
    return bool(m.payload.by)


def authority_band(m: M) -> bool:
    """Return whether a named person with a reason released the variance."""
    return bool(m.payload.by) and bool(m.payload.reason)


# ---- from receipt to match


PROVES_DELIVERY = frozenset({"SENT", "DELIVERY_UNKNOWN"})
"""Order states in which a bill is the first sign that the order arrived (W3.023)."""


def take_in(m: M) -> Effects:
    """Take the invoice in and validate it (W5.001)."""
    told: InvoiceReceived = m.payload
    invoice = told.invoice
    yield Keep({"invoice": invoice, "control_id": told.control_id})
    yield Place(parent=invoice.po_number, facility=m.facility)
    yield Name("invoice", invoice.invoice_no)
    yield Name("invoice_of_po", invoice.po_number)
    yield Name("invoice_of_supplier", f"{invoice.supplier}|{invoice.total}")
    for row in invoice.lines:
        order_line = f"{invoice.po_number}/{row.po_line}"
        yield Bind("W3", order_line)
        if m.facts.state_of("W3", order_line) in PROVES_DELIVERY:
            yield Emit("invoice.received", "W3", order_line, told)
    kind, checked = _validate(m, invoice)
    yield Because(f"{kind}: {', '.join(checked.checks)} {checked.detail}".rstrip())
    yield Emit(kind, "W5", m.key, checked)


def _validate(m: M, invoice: Invoice) -> tuple[str, Validated]:
    twin = _duplicate_of(m, invoice)
    if twin:
        return "validation.failed", Validated(
            checks=("duplicate",), reason="duplicate", detail=f"looks like {twin}"
        )
    supplier = m.facts.supplier(invoice.supplier)
    if supplier is None:
        return "validation.failed", Validated(
            checks=("duplicate", "supplier"), reason="supplier", detail="unknown supplier"
        )
    orders = m.facts.siblings("W3", invoice.po_number, OrderLineData)
    ours = [d for _, _, d in orders if d.approved and d.approved.supplier == invoice.supplier]
    checks = ("duplicate", "supplier", "remit-to", "purchase order")
    if invoice.remit_to_gln and supplier.gln and invoice.remit_to_gln != supplier.gln:
        return "validation.failed", Validated(
            checks=checks[:3],
            reason="remit-to",
            detail="remit-to is not the supplier's (BAD_REMIT)",
        )
    if not ours:
        return "validation.failed", Validated(
            checks=checks, reason="no-po", detail="no such purchase order at this supplier (NO_PO)"
        )
    return "validation.passed", Validated(checks=checks)


def _duplicate_of(m: M, invoice: Invoice) -> str:
    for machine, key in m.facts.named("invoice_of_po", invoice.po_number):
        if key == m.key:
            continue
        other = m.facts.other(machine, key, InvoiceData)
        if other and other[1].invoice and fuzzy_duplicate(invoice, other[1].invoice):
            return other[1].invoice.invoice_no
    return ""


def suspect(m: M) -> Effects:
    """A person decides whether it is a duplicate (W5.002)."""
    yield Keep({"reason": m.payload.detail})
    yield Because(m.payload.detail)
    yield _task(m, "duplicate", "AP analyst", f"Is it a duplicate? {m.payload.detail}")
    yield _desk(m, "MATCH", "invoice.duplicate", f"possible duplicate: {m.payload.detail}")


def number_again(m: M) -> Effects:
    """The same number again (W5.047): a repetition is recorded, another content goes to AP."""
    if m.payload.invoice == m.data.invoice:
        yield Because("the same invoice again")
        return
    text = "its number came again with another content; kept, not processed"
    yield Because(text)
    yield _desk(m, "MATCH", "invoice.number-again", text)


def hold(m: M) -> Effects:
    """The invoice is not valid: AP decides (W5.006)."""
    yield Keep({"reason": m.payload.detail, "result": m.payload.reason.upper()})
    yield Because(m.payload.detail)
    yield _desk(m, "MATCH", f"invoice.{m.payload.reason}", m.payload.detail)


def run_match(m: M) -> Effects:
    """Match order, receipt and invoice (W5.005, .010)."""
    invoice = _invoice(m)
    orders = m.facts.siblings("W3", invoice.po_number, OrderLineData)
    ordered = {
        d.approved.line.line: OrderedLine(
            quantity=d.approved.line.quantity,
            uom=d.approved.line.uom,
            unit_price=d.approved.line.unit_price,
            item_class=d.approved.item_class,
            received=d.received,
            tree=_tree(m, d.approved.line.item),
        )
        for _, _, d in orders
        if d.approved is not None
    }
    policy = m.policies.match
    result = match_invoice(invoice, ordered, policy)
    yield Because(f"match under {policy.id} v{policy.version}, sha256 {policy.sha256}")
    for row in result.lines:
        yield Because(f"line {row.line}: {row.result} billed {row.billed} expected {row.expected}")
    matched = InvoiceMatched(
        result=result.result,
        lines=result.lines,
        tolerance=result.tolerance,
        policy_sha256=policy.sha256,
    )
    yield Emit("invoice.matched", "W5", m.key, matched)


def _tree(m: M, item_key: str) -> PackagingTree | None:
    item = m.facts.item(item_key)
    return item.tree() if item else None


def confirm_not_duplicate(m: M) -> Effects:
    """A person says it is not a duplicate: match it (W5.004)."""
    yield Answered(m.payload.task, m.payload.by, "not a duplicate")
    yield Resolve(f"invoice.duplicate|{m.key}", "not a duplicate")
    yield from run_match(m)


def _evidence(m: M) -> Keep:
    told: InvoiceMatched = m.payload
    bad = [x for x in told.lines if x.result != "MATCH"]
    text = "; ".join(f"line {x.line} {x.result}: {x.detail}" for x in bad)
    return Keep(
        {
            "result": told.result,
            "lines": told.lines,
            "policy_sha256": told.policy_sha256,
            "reason": text or "every line matched untouched",
        }
    )


def matched(m: M) -> Effects:
    """Every line is within tolerance: post the voucher (W5.007)."""
    yield _evidence(m)
    yield Because(f"within tolerance ({m.payload.tolerance}); no person touched it")
    for code in ("invoice.price", "invoice.no-receipt", "invoice.quantity"):
        yield Resolve(f"{code}|{m.key}", "matched")
    yield from _post(m)


def _post(m: M) -> Effects:
    invoice = _invoice(m)
    posting = VoucherPosting(
        external_ref=m.key,
        supplier=invoice.supplier,
        invoice_no=invoice.invoice_no,
        po_number=invoice.po_number,
        amount=invoice.total,
        currency=invoice.currency,
        lines=tuple(
            VoucherLine(po_line=x.po_line, quantity=x.quantity, uom=x.uom, unit_price=x.unit_price)
            for x in invoice.lines
        ),
    )
    sends = m.data.sends + 1
    yield Keep({"sends": sends})
    yield Send("erp.voucher.post", ERP, invoice.supplier, posting, f"voucher/{m.key}/{sends}")


def await_receipt(m: M) -> Effects:
    """The goods are not in the books yet (W5.008)."""
    yield _evidence(m)
    yield Because("a receipt is missing: waits for it")


OWNERS = {"PRICE": "PRICE", "QTY": "RECEIPT"}
"""A price variance goes to the contract analyst, a quantity variance to receiving (2.0.3)."""


def out(m: M) -> Effects:
    """A line is out of tolerance: a typed exception with an owner (W5.009)."""
    told: InvoiceMatched = m.payload
    yield _evidence(m)
    worst = next((x for x in told.lines if x.result not in ("MATCH", "NO_RECEIPT")), told.lines[0])
    family = OWNERS.get(worst.result, "MATCH")
    text = f"line {worst.line} {worst.result}: {worst.detail}"
    yield Because(text)
    role = m.policies.routing.owner_of(family).role
    yield _task(m, "variance", role, f"Release variance? {text}")
    yield _desk(m, family, f"invoice.{worst.result.lower()}", text, worst.billed - worst.expected)


def too_long(m: M) -> Effects:
    """The receipt did not come in time (W5.011)."""
    yield Because("no receipt in time")
    yield _desk(m, "MATCH", "invoice.no-receipt", "billed but not received in time (NO_RECEIPT)")


def release(m: M) -> Effects:
    """A named person releases the variance with a reason (W5.014)."""
    yield Keep({"released_by": m.payload.by})
    yield Because(f"variance released by {m.payload.by}: {m.payload.reason}")
    yield Answered(m.payload.task, m.payload.by, f"released: {m.payload.reason}")
    for code in ("invoice.price", "invoice.qty", "invoice.uom", "invoice.charge", "invoice.item"):
        yield Resolve(f"{code}|{m.key}", f"released by {m.payload.by}")
    yield from _post(m)


def reject(m: M) -> Effects:
    """A person confirms the duplicate or rejects the invoice (W5.003)."""
    yield Because(f"rejected by {m.payload.by}: {m.payload.reason}")
    yield Answered(m.payload.task, m.payload.by, f"rejected: {m.payload.reason}")
    for code in ("invoice.duplicate", "invoice.price", "invoice.qty", "invoice.no-po"):
        yield Resolve(f"{code}|{m.key}", f"rejected by {m.payload.by}")


# ---- at the ERP


def posted(m: M) -> Effects:
    """The voucher is in the ERP's books (W5.027, .030)."""
    yield Keep({"voucher_no": m.payload.number})
    yield Name("voucher", m.payload.number)
    yield Because(f"the ERP booked voucher {m.payload.number}")
    yield Resolve(f"voucher.failed|{m.key}", "the ERP has it")


def ask_erp(m: M) -> Effects:
    """The outcome is unknown: ask by invoice key (W5.028)."""
    yield Because("no answer from the ERP: ask by invoice key before anything is repeated")
    query = ReferenceQuery(external_ref=m.key)
    yield Send("erp.voucher.find", ERP, _invoice(m).supplier, query, f"find/{m.key}/{m.event_seq}")


def post_again(m: M) -> Effects:
    """The ERP does not have it: the same key again (W5.031, .032)."""
    yield Because("the ERP does not have it: posted again under the same key")
    yield from _post(m)


def fail(m: M) -> Effects:
    """The ERP refused the voucher (W5.029)."""
    yield Because(f"the ERP refused: {m.payload.code}")
    yield _desk(m, "LEDGER", "voucher.failed", f"voucher refused: {m.payload.code}")


def pay(m: M) -> Effects:
    """Paid: the order lines are settled, the lineage closes (W5.036)."""
    payment = m.payload.payment
    invoice = _invoice(m)
    yield Keep({"payment_no": payment.payment_no})
    yield Name("payment", payment.payment_no)
    yield Because(f"paid {payment.amount} by {payment.payment_no}")
    settled = SettlementCompleted(invoice_no=invoice.invoice_no, payment_no=payment.payment_no)
    for row in invoice.lines:
        yield Emit("settlement.completed", "W3", f"{invoice.po_number}/{row.po_line}", settled)


def _task(m: M, kind: str, role: str, title: str) -> Ask:
    invoice = _invoice(m)
    return Ask(
        kind=f"invoice.{kind}",
        role=role,
        title=f"{invoice.invoice_no} ({invoice.supplier}, {invoice.total}): {title}",
        task=f"{m.key}.{kind}",
        due_at=m.now + timedelta(hours=40),
        data={"amount": str(invoice.total), "po": invoice.po_number},
    )


def _desk(m: M, family: str, code: str, text: str, at_risk: Decimal | None = None) -> Raise:
    invoice = _invoice(m)
    orders = m.facts.siblings("W3", invoice.po_number, OrderLineData)
    tokens = sorted({t for _, _, d in orders if d.approved for t in d.approved.case_tokens})
    return Raise(
        ExceptionRaised(
            family=family,
            code=code,
            summary=f"invoice {invoice.invoice_no} of {invoice.supplier}: {text}",
            dedupe=f"{code}|{m.key}",
            machine="W5",
            key=m.key,
            facility=m.facility,
            case_tokens=tuple(tokens),
            usd_at_risk=abs(at_risk) if at_risk is not None else invoice.total,
            suggestion="suture task list; suture task approve ID --by NAME --reason WHY",
        )
    )


# ---- alarms


def _receipt_due(data: InvoiceData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("invoice_receipt_wait_h")


STATES = (
    "RECEIVED",
    "DUPLICATE_SUSPECT",
    "REJECTED",
    "VALIDATED",
    "EXCEPTION",
    "MATCHED",
    "AWAITING_RECEIPT",
    "DISPUTED",
    "POST_FAILED",
    "POSTING",
    "POST_UNKNOWN",
    "POSTED",
    "REVERSED",
    "PAID",
    "ADJUSTED",
)

INVOICE = Process(
    machine="W5",
    title="Invoice reconciliation",
    states=STATES,
    terminal=("PAID", "REVERSED", "REJECTED", "ADJUSTED"),
    data_type=InvoiceData,
    alarms=(Alarm("receipt_wait", ("AWAITING_RECEIPT",), "timer.sla_breached", _receipt_due),),
    rules=(
        rule("W5.001", START, "invoice.received", "RECEIVED", do=take_in),
        rule(
            "W5.002",
            "RECEIVED",
            "validation.failed",
            "DUPLICATE_SUSPECT",
            when=duplicate_key,
            do=suspect,
        ),
        rule(
            "W5.003", ("DUPLICATE_SUSPECT", "EXCEPTION"), "review.rejected", "REJECTED", do=reject
        ),
        rule(
            "W5.004",
            "DUPLICATE_SUSPECT",
            "review.approved",
            "VALIDATED",
            when=four_eyes,
            do=confirm_not_duplicate,
        ),
        rule("W5.005", "RECEIVED", "validation.passed", "VALIDATED", do=run_match),
        rule("W5.006", "RECEIVED", "validation.failed", "EXCEPTION", when=invalid, do=hold),
        rule(
            "W5.007", "VALIDATED", "invoice.matched", "MATCHED", when=within_tolerance, do=matched
        ),
        rule(
            "W5.008",
            "VALIDATED",
            "invoice.matched",
            "AWAITING_RECEIPT",
            when=receipt_missing,
            do=await_receipt,
        ),
        rule("W5.009", "VALIDATED", "invoice.matched", "EXCEPTION", when=out_of_tolerance, do=out),
        rule(
            "W5.010", ("AWAITING_RECEIPT", "EXCEPTION"), "receipt.posted", "VALIDATED", do=run_match
        ),
        rule("W5.011", "AWAITING_RECEIPT", "timer.sla_breached", "EXCEPTION", do=too_long),
        unbuilt("W5.012", "EXCEPTION", "purchase_order.created", "VALIDATED"),
        unbuilt(
            "W5.013",
            "EXCEPTION",
            "exception.auto_resolved",
            "VALIDATED",
            "price_decrease_or_contract_file",
        ),
        rule("W5.014", "EXCEPTION", "review.approved", "MATCHED", when=authority_band, do=release),
        unbuilt("W5.015", "EXCEPTION", "invoice.disputed", "DISPUTED"),
        unbuilt(
            "W5.016",
            ("DISPUTED", "EXCEPTION", "AWAITING_RECEIPT", "MATCHED"),
            "invoice.credited",
            "VALIDATED",
        ),
        unbuilt("W5.017", "VALIDATED", "invoice.credited", SAME),
        unbuilt(
            "W5.018",
            (
                "DISPUTED",
                "EXCEPTION",
                "AWAITING_RECEIPT",
                "MATCHED",
                "DUPLICATE_SUSPECT",
                "RECEIVED",
            ),
            "invoice.replaced",
            "VALIDATED",
        ),
        unbuilt("W5.019", "VALIDATED", "invoice.replaced", SAME),
        unbuilt(
            "W5.020",
            (
                "RECEIVED",
                "DUPLICATE_SUSPECT",
                "VALIDATED",
                "AWAITING_RECEIPT",
                "EXCEPTION",
                "DISPUTED",
                "MATCHED",
                "POST_FAILED",
            ),
            "invoice.withdrawn",
            "REJECTED",
        ),
        unbuilt("W5.021", ("POSTING", "POST_UNKNOWN"), "invoice.withdrawn", SAME),
        unbuilt("W5.022", ("POSTING", "POST_UNKNOWN"), "invoice.credited", SAME),
        unbuilt("W5.023", "POSTED", "invoice.withdrawn", SAME),
        unbuilt("W5.024", "DISPUTED", "timer.reply_overdue", "EXCEPTION"),
        unbuilt("W5.025", "MATCHED", "receipt.reversed", "AWAITING_RECEIPT"),
        rule("W5.026", "MATCHED", "outbox.dispatched", "POSTING", do=stays),
        rule("W5.027", ("POSTING", "POST_UNKNOWN"), "target.confirmed", "POSTED", do=posted),
        rule("W5.028", "POSTING", "timer.reply_overdue", "POST_UNKNOWN", do=ask_erp),
        rule("W5.029", ("POSTING", "POST_UNKNOWN"), "target.rejected", "POST_FAILED", do=fail),
        rule("W5.030", ("POST_UNKNOWN", "POST_FAILED"), "lookup.found", "POSTED", do=posted),
        rule("W5.031", "POST_UNKNOWN", "lookup.absent", "POSTING", do=post_again),
        rule("W5.032", "POST_FAILED", "exception.resolved", "POSTING", do=post_again),
        unbuilt("W5.033", "POSTED", "invoice.credited", "REVERSED", "full"),
        unbuilt("W5.034", "POSTED", "invoice.credited", SAME, "partial"),
        unbuilt("W5.035", "POSTED", "receipt.reversed", SAME),
        rule("W5.036", "POSTED", "payment.made", "PAID", do=pay),
        unbuilt("W5.037", "POSTED", "invoice.voided", "REVERSED", "sod"),
        unbuilt("W5.038", "PAID", "payment.returned", "POSTED"),
        unbuilt("W5.039", "PAID", "invoice.credited", "ADJUSTED"),
        unbuilt("W5.040", "PAID", "receipt.reversed", SAME),
        unbuilt("W5.041", "ADJUSTED", "payment.returned", "POSTED"),
        unbuilt("W5.042", "REJECTED", "invoice.replaced", "VALIDATED"),
        unbuilt("W5.043", ("REJECTED", "REVERSED"), "payment.made", SAME),
        # House rules, appended (ADR 0011).
        rule("W5.044", "POST_UNKNOWN", "timer.reply_overdue", SAME, do=ask_erp),
        rule(
            "W5.045",
            (
                "MATCHED",
                "POSTING",
                "POST_UNKNOWN",
                "POSTED",
                "PAID",
                "REJECTED",
                "DUPLICATE_SUSPECT",
                "RECEIVED",
                "VALIDATED",
            ),
            "receipt.posted",
            SAME,
            do=stays,
        ),
        rule(
            "W5.057",
            ("MATCHED", "POSTING", "POST_UNKNOWN"),
            "payment.made",
            "PAID",
            do=pay,
        ),
        rule("W5.058", ("POSTED", "PAID"), "target.confirmed", SAME, do=stays),
        rule("W5.059", ("POSTED", "PAID"), "lookup.found", SAME, do=stays),
        rule("W5.060", ("POSTED", "PAID"), "timer.reply_overdue", SAME, do=stays),
        rule(
            "W5.046",
            ("POSTING", "POST_UNKNOWN", "POSTED", "PAID", "POST_FAILED"),
            "outbox.dispatched",
            SAME,
            do=stays,
        ),
        rule("W5.047", STATES, "invoice.received", SAME, do=number_again),
    ),
)
