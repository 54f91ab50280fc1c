"""W5 from an invoice's receipt to its payment (spec 2.6).

In: invoices, posted receipts, people's decisions, the ERP's answers, payments. Out: at most one
voucher per invoice, typed exceptions with an owner, settlement told to the order lines. Refuses to
know: credits, corrections and reversals (`invoice_after`), when it happens (`invoice_table`).
"""

from __future__ import annotations

from decimal import Decimal

from suture.canonical.packaging import PackagingTree
from suture.documents.erp import ReferenceQuery, VoucherLine, VoucherPosting
from suture.documents.events import (
    InvoiceMatched,
    InvoiceReceived,
    LineApproved,
    LineMatch,
    SettlementCompleted,
    Validated,
)
from suture.documents.invoice import InvoiceWithdrawn
from suture.documents.supply import Invoice
from suture.orchestration.decisions.credits import is_credited_whole, net_invoice
from suture.orchestration.decisions.duplicate import fuzzy_duplicate
from suture.orchestration.decisions.matching import (
    Before,
    OrderedLine,
    add_billed,
    match_invoice,
)
from suture.orchestration.definition import (
    Answered,
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Name,
    Place,
    Resolve,
    Send,
    Withdraw,
)
from suture.orchestration.processes.erp_write import ERP
from suture.orchestration.processes.invoice import (
    AND,
    InvoiceData,
    M,
    ask_person,
    desk,
    document,
    signers,
    task_id,
    variance,
    voucher_key,
)
from suture.orchestration.processes.supplier_order import OrderLineData

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
    return _header(m, invoice)


def _header(m: M, invoice: Invoice) -> tuple[str, Validated]:
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
        if other is None or other[0] == "REVERSED":
            continue
        if other[1].invoice and fuzzy_duplicate(invoice, other[1].invoice):
            return other[1].invoice.invoice_no
    return ""


def suspect(m: M) -> Effects:
    """A person decides whether it is a duplicate (W5.002)."""
    yield Keep({"reason": m.payload.detail})
    yield Because(m.payload.detail)
    yield ask_person(m, "duplicate", "AP analyst", f"Is it a duplicate? {m.payload.detail}")
    yield desk(m, "MATCH", "invoice.duplicate", f"possible duplicate: {m.payload.detail}")


def number_again(m: M) -> Effects:
    """The same number again (W5.047): a repetition is recorded, another content goes to AP."""
    if m.payload.invoice == m.data.invoice:
        yield Because("the same invoice again")
        return
    text = "its number came again with another content; kept, not processed"
    yield Because(text)
    yield desk(m, "MATCH", "invoice.number-again", text)


def hold(m: M) -> Effects:
    """The invoice is not valid: AP decides (W5.006)."""
    yield Keep({"reason": m.payload.detail, "result": m.payload.reason.upper()})
    yield Because(m.payload.detail)
    yield desk(m, "MATCH", f"invoice.{m.payload.reason}", m.payload.detail)


def run_match(m: M) -> Effects:
    """Match order, receipt and invoice (W5.005, .010, .061)."""
    yield from match_again(m, document(m), m.data.credits, is_proved=m.data.is_proved)


def match_again(
    m: M, invoice: Invoice, credits: tuple[Invoice, ...], *, is_proved: bool = False
) -> Effects:
    """Match an invoice less its credits under the policy of now; an earlier run is void."""
    number = m.data.match_no + 1
    yield Keep({"match_no": number})
    yield from close_tasks(m, "matched again")
    yield from take_back(m)
    net = net_invoice(invoice, credits)
    ordered, before = _ordered(m, net, is_proved=is_proved)
    policy = m.policies.match
    result = match_invoice(net, ordered, policy, before)
    outcome, lines = result.result, result.lines
    _, header = _header(m, invoice)
    if header.reason:
        outcome = "out_of_tolerance"
        lines = (_header_line(net, header), *lines)
    yield Because(f"match under {policy.id} v{policy.version}, sha256 {policy.sha256}")
    for credit in credits:
        yield Because(f"less credit {credit.invoice_no} of {credit.total}")
    for row in lines:
        yield Because(f"line {row.line}: {row.result} billed {row.billed} expected {row.expected}")
    if is_credited_whole(invoice, credits):
        told = InvoiceWithdrawn(reason="credited whole before it was posted", by="")
        yield Emit("invoice.withdrawn", "W5", m.key, told)
        return
    matched = InvoiceMatched(
        result=outcome,
        lines=lines,
        tolerance=result.tolerance,
        policy_sha256=policy.sha256,
        match_no=number,
    )
    yield Emit("invoice.matched", "W5", m.key, matched)


def _header_line(net: Invoice, header: Validated) -> LineMatch:
    return LineMatch(
        line="header",
        po_line="",
        result=header.reason.upper(),
        billed=net.total,
        expected=Decimal(0),
        detail=header.detail,
    )


PAYABLE = frozenset(
    {"MATCHED", "POSTING", "POST_UNKNOWN", "POST_FAILED", "POSTED", "PAID", "ADJUSTED"}
)
"""States in which an invoice has a claim on what was received."""


def is_proved_by_contract(m: M) -> bool:
    """Return whether the contract of record at the order's date explains every billed price."""
    net = net_invoice(document(m), m.data.credits)
    ordered, before = _ordered(m, net, is_proved=True)
    return match_invoice(net, ordered, m.policies.match, before).result != "out_of_tolerance"


def _price(m: M, approved: LineApproved, *, is_proved: bool) -> Decimal:
    """Return the ordered price, or a higher one that the contract of record has for that day."""
    line = approved.line
    if not is_proved:
        return line.unit_price
    of_record = [
        x.price
        for x in m.facts.contract_lines(line.item)
        if x.supplier == approved.supplier
        and x.uom == line.uom
        and approved.facility in x.facilities
        and x.valid_from <= approved.order_date <= x.valid_to
    ]
    return max([line.unit_price, *of_record[:1]])


def _ordered(m: M, net: Invoice, *, is_proved: bool) -> tuple[dict[str, OrderedLine], Before]:
    """Return the order's lines with what other invoices of it have claimed already."""
    orders = m.facts.siblings("W3", net.po_number, OrderLineData)
    ordered = {
        d.approved.line.line: OrderedLine(
            quantity=d.approved.line.quantity,
            uom=d.approved.line.uom,
            unit_price=_price(m, d.approved, is_proved=is_proved),
            item_class=d.approved.item_class,
            received=d.received,
            tree=_tree(m, d.approved.line.item),
        )
        for _, _, d in orders
        if d.approved is not None
    }
    before = Before()
    for machine, key in m.facts.named("invoice_of_po", net.po_number):
        other = m.facts.other(machine, key, InvoiceData) if key != m.key else None
        if other is None or other[0] not in PAYABLE or other[1].invoice is None:
            continue
        claimed = net_invoice(other[1].invoice, other[1].credits)
        if claimed.supplier == net.supplier:
            is_released = bool(other[1].released_by)
            ordered, before = add_billed(ordered, before, claimed, is_released=is_released)
    return ordered, before


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
    yield from settle_codes(m, "matched")
    yield from post_voucher(m)


def close_tasks(m: M, reason: str, by: str = "system") -> Effects:
    """Close the tasks that asked a person about this invoice."""
    for kind in ("duplicate", "variance", "countersign"):
        yield Answered(task_id(m, kind), by, reason)


def post_voucher(m: M) -> Effects:
    """Send the net of invoice and credits to the ERP."""
    invoice = net_invoice(document(m), m.data.credits)
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
    yield Send("erp.voucher.post", ERP, invoice.supplier, posting, voucher_key(m, sends))


def take_back(m: M) -> Effects:
    """Withdraw a voucher that waits to be sent; on the wire it never is (`Wait` in the table)."""
    if m.state == "MATCHED":
        yield Withdraw(voucher_key(m))


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
    yield Keep({"released_by": ""})
    yield ask_person(m, "variance", role, f"Release variance? {text}")
    yield desk(m, family, f"invoice.{worst.result.lower()}", text, worst.billed - worst.expected)


def too_long(m: M) -> Effects:
    """The receipt did not come in time (W5.011)."""
    yield Because("no receipt in time")
    yield desk(m, "MATCH", "invoice.no-receipt", "billed but not received in time (NO_RECEIPT)")


def release(m: M) -> Effects:
    """A named person releases the variance with a reason (W5.014)."""
    signed = sorted(signers(m.data) | {m.payload.by})
    yield Keep({"released_by": AND.join(signed)})
    yield Because(f"variance released by {m.payload.by}: {m.payload.reason}")
    yield from close_tasks(m, f"released: {m.payload.reason}", m.payload.by)
    yield from settle_codes(m, f"released by {m.payload.by}")
    yield from post_voucher(m)


def sign_first(m: M) -> Effects:
    """The first of two signatures is kept; the second is asked for (W5.062)."""
    by = m.payload.by
    limit = m.policies.match.analyst_release_limit
    yield Keep({"released_by": by})
    yield from close_tasks(m, f"first signature: {m.payload.reason}", by)
    yield Because(f"{by}: {m.payload.reason}; {variance(m.data)} is above {limit}")
    yield ask_person(m, "countersign", "AP manager", f"Countersign the release by {by}?")


def not_released(m: M) -> Effects:
    """A release without name, reason or independence changes nothing (W5.063)."""
    yield Because("not released: it takes a name, a reason, and nobody who approved the order")


CODES = (
    "duplicate",
    "price",
    "qty",
    "uom",
    "charge",
    "tax",
    "item",
    "no-po",
    "no_po",
    "no-receipt",
    "remit-to",
    "supplier",
    "disputed",
)
"""What may be open on the desk about an invoice that is not posted."""


def settle_codes(m: M, reason: str) -> Effects:
    """Close what is open on the desk about this invoice."""
    for code in CODES:
        yield Resolve(f"invoice.{code}|{m.key}", reason)


def reject(m: M) -> Effects:
    """A person confirms the duplicate or rejects the invoice (W5.003)."""
    yield Because(f"rejected by {m.payload.by}: {m.payload.reason}")
    yield from close_tasks(m, f"rejected: {m.payload.reason}", m.payload.by)
    yield from settle_codes(m, f"rejected by {m.payload.by}")


# ---- at the ERP


def posted(m: M) -> Effects:
    """The voucher is in the ERP's books (W5.027, .030)."""
    yield Keep({"voucher_no": m.payload.number})
    yield Name("voucher", m.payload.number)
    yield Because(f"the ERP booked voucher {m.payload.number}")
    yield Resolve(f"voucher.failed|{m.key}", "the ERP has it")
    for credit in m.data.waiting:
        yield Emit("invoice.credited", "W5", m.key, InvoiceReceived(invoice=credit))
    if m.data.withdrawn:
        told = InvoiceWithdrawn(reason=m.data.withdrawn, by="")
        yield Emit("invoice.withdrawn", "W5", m.key, told)
    yield Keep({"waiting": (), "withdrawn": ""})


def ask_erp(m: M) -> Effects:
    """The outcome is unknown: ask by invoice key (W5.028)."""
    yield Because("no answer from the ERP: ask by invoice key before anything is repeated")
    query = ReferenceQuery(external_ref=m.key)
    yield Send("erp.voucher.find", ERP, document(m).supplier, query, f"find/{m.key}/{m.event_seq}")


def post_again(m: M) -> Effects:
    """The ERP does not have it: the same key again (W5.031, .032)."""
    yield Because("the ERP does not have it: posted again under the same key")
    yield from post_voucher(m)


def fail(m: M) -> Effects:
    """The ERP refused the voucher (W5.029)."""
    yield Because(f"the ERP refused: {m.payload.code}")
    yield desk(m, "LEDGER", "voucher.failed", f"voucher refused: {m.payload.code}")


def pay(m: M) -> Effects:
    """Paid: the order lines are settled, the lineage closes (W5.036)."""
    payment = m.payload.payment
    invoice = document(m)
    yield Keep({"payment_no": payment.payment_no})
    yield Name("payment", payment.payment_no)
    yield Because(f"paid {payment.amount} by {payment.payment_no}")
    settled = SettlementCompleted(invoice_no=invoice.invoice_no, payment_no=payment.payment_no)
    for row in invoice.lines:
        yield Emit("settlement.completed", "W3", f"{invoice.po_number}/{row.po_line}", settled)
