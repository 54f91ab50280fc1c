"""W5 beside the straight path: disputes, credits, corrections, withdrawals, reversals (spec 2.6).

In: what AP, the supplier, the bank or the dock says of an invoice that is in the house. Out: a new
match run, an offset voucher, or a desk with an owner. Refuses to know: the straight path
(`invoice_steps`). Nothing here pays: what was paid too much is a recovery case for a person.
"""

from __future__ import annotations

from suture.documents.erp import VoucherLine, VoucherPosting
from suture.documents.events import InvoiceReceived
from suture.documents.supply import Invoice
from suture.orchestration.decisions.credits import OFFSET, is_credited_whole, net_invoice
from suture.orchestration.definition import Because, Effects, Emit, Keep, Name, Resolve
from suture.orchestration.processes.erp_write import write_request
from suture.orchestration.processes.invoice import M, desk, document, involved, signers
from suture.orchestration.processes.invoice_steps import (
    close_tasks,
    is_proved_by_contract,
    match_again,
    run_match,
    settle_codes,
    take_back,
)

# ---- guards


def full(m: M) -> bool:
    """Return whether this credit and those before it cover the whole invoice."""
    return is_credited_whole(document(m), _with(m, m.payload.invoice))


def partial(m: M) -> bool:
    """Return whether something is left to pay after the credit."""
    return not full(m)


def sod(m: M) -> bool:
    """Return whether a named person voids it who neither released it nor approved the order."""
    return bool(m.payload.by) and m.payload.by not in involved(m) | signers(m.data)


def not_independent(m: M) -> bool:
    """Return whether the void lacks a name or independence."""
    return not sod(m)


def price_decrease_or_contract_file(m: M) -> bool:
    """Return whether the contract system's own prices make the invoice match."""
    kinds = {x.result for x in m.data.lines} - {"MATCH", "NO_RECEIPT"}
    return kinds == {"PRICE"} and is_proved_by_contract(m)


def not_proved(m: M) -> bool:
    """Return whether no file of the contract system proves the price."""
    return not price_decrease_or_contract_file(m)


# ---- disputes


def dispute(m: M) -> Effects:
    """AP does not agree: the supplier is asked, the open question has an owner (W5.015)."""
    by, reason = m.payload.by, m.payload.reason
    yield Keep({"disputed_by": by, "reason": f"disputed by {by}: {reason}"})
    yield Because(f"disputed by {by}: {reason}")
    yield from close_tasks(m, f"disputed by {by}")
    yield from settle_codes(m, f"disputed by {by}")
    yield desk(m, "MATCH", "invoice.disputed", "disputed: tell the supplier, await its answer")


def dispute_unanswered(m: M) -> Effects:
    """The supplier did not answer the dispute in time (W5.024)."""
    yield Because("no answer to the dispute in time")
    text = "disputed and not answered: escalate to the supplier's management"
    yield Resolve(f"invoice.disputed|{m.key}", "no answer in time")
    yield desk(m, "MATCH", "invoice.dispute-unanswered", text)


def resolve_by_rule(m: M) -> Effects:
    """The contract system's own file proves the price: matched again at it (W5.013)."""
    yield Because(f"asked by {m.payload.by}: {m.payload.reason}; contract of record proves it")
    yield Keep({"is_proved": True})
    yield from match_again(m, document(m), m.data.credits, is_proved=True)


def stay_unproved(m: M) -> Effects:
    """No file of the contract system of record proves the price: it stays where it is (W5.064)."""
    yield Because("not proved: a supplier's own file never raises a price")


def order_came(m: M) -> Effects:
    """The order was issued after the invoice: matched again (W5.012)."""
    yield Because(f"order {m.payload.po_number} was issued after the invoice")
    yield Resolve(f"invoice.no-po|{m.key}", "the order is there")
    yield from run_match(m)


# ---- credits and corrections before the posting


def _with(m: M, credit: Invoice) -> tuple[Invoice, ...]:
    """Return the linked credits with this one; a number counts once."""
    rest = tuple(x for x in m.data.credits if x.invoice_no != credit.invoice_no)
    return (*rest, credit)


def _link(m: M) -> Effects:
    credit: Invoice = m.payload.invoice
    yield Keep({"credits": _with(m, credit)})
    yield Name("credit", credit.invoice_no)
    yield Because(f"credit {credit.invoice_no} of {abs(credit.total)} linked")


def credit_before(m: M) -> Effects:
    """A credit before the posting: the net is matched (W5.016, .017)."""
    yield from _link(m)
    yield from settle_codes(m, "a credit came")
    yield from match_again(m, document(m), _with(m, m.payload.invoice))


def link_early(m: M) -> Effects:
    """A credit of an invoice that is not checked yet: the first match sees the net (W5.071)."""
    yield from _link(m)


def replace(m: M) -> Effects:
    """A corrected invoice takes the place of this one; both are kept (W5.018, .019, .042)."""
    told: InvoiceReceived = m.payload
    yield Keep({"invoice": told.invoice, "earlier": (*m.data.earlier, document(m))})
    yield Name("invoice", told.invoice.invoice_no)
    yield Because(f"corrected: {document(m).total} becomes {told.invoice.total}")
    yield from settle_codes(m, "a correction came")
    yield from match_again(m, told.invoice, m.data.credits)


def withdraw(m: M) -> Effects:
    """Withdrawn before the posting: nothing is paid, its number stays known (W5.020)."""
    yield Keep({"reason": f"withdrawn: {m.payload.reason}"})
    yield Because(f"withdrawn: {m.payload.reason}")
    yield from take_back(m)
    yield from close_tasks(m, "withdrawn")
    yield from settle_codes(m, "withdrawn")
    yield Resolve(f"voucher.failed|{m.key}", "withdrawn")


def withdraw_later(m: M) -> Effects:
    """The voucher is on its way: first its outcome, then the withdrawal (W5.021)."""
    yield Keep({"withdrawn": m.payload.reason or "withdrawn"})
    yield Because("withdrawn while the voucher is on its way: kept until its outcome is known")


def credit_later(m: M) -> Effects:
    """The voucher is on its way: the credit waits for its outcome (W5.022)."""
    credit: Invoice = m.payload.invoice
    rest = tuple(x for x in m.data.waiting if x.invoice_no != credit.invoice_no)
    yield Keep({"waiting": (*rest, credit)})
    yield Because(f"credit {credit.invoice_no} waits until the voucher's outcome is known")


def receipt_gone(m: M) -> Effects:
    """The receipt was reversed before the posting: the match is void (W5.025)."""
    yield Keep({"match_no": m.data.match_no + 1})
    yield Because(f"receipt {m.payload.receipt} was reversed: the match is void")
    yield from take_back(m)


# ---- after the posting


def offset(m: M) -> Effects:
    """A credit after the posting: an offset voucher takes it off (W5.033, .034)."""
    if any(x == m.payload.invoice for x in m.data.credits):
        yield Because("the same credit again")
        return
    yield from _link(m)
    yield _offset_voucher(m, m.payload.invoice)


def _offset_voucher(m: M, credit: Invoice) -> Emit:
    ref = f"{m.key}{OFFSET}{credit.invoice_no}"
    posting = VoucherPosting(
        external_ref=ref,
        supplier=credit.supplier,
        invoice_no=credit.invoice_no,
        po_number=credit.po_number or document(m).po_number,
        amount=-abs(credit.total),
        currency=credit.currency,
        lines=tuple(
            VoucherLine(
                po_line=x.po_line,
                quantity=-abs(x.quantity),
                uom=x.uom,
                unit_price=abs(x.unit_price),
            )
            for x in credit.lines
        ),
    )
    return write_request("erp.voucher.post", ref, credit.supplier, posting)


def claw_back(m: M) -> Effects:
    """A credit after the payment: the money is to be recovered (W5.039)."""
    yield from offset(m)
    amount = abs(m.payload.invoice.total)
    yield desk(m, "MATCH", "invoice.recovery", f"paid, then credited {amount}: recover", amount)


def claw_back_more(m: M) -> Effects:
    """A further credit of what is reversed or adjusted: a person looks (W5.070)."""
    if any(x == m.payload.invoice for x in m.data.credits):
        yield Because("the same credit again")
        return
    yield Because(f"credit {m.payload.invoice.invoice_no} though it is {m.state}")
    text = f"another credit {m.payload.invoice.invoice_no} though it is {m.state}"
    yield desk(m, "MATCH", "invoice.credit-again", text, abs(m.payload.invoice.total))


def stop_payment(m: M) -> Effects:
    """Withdrawn after the posting: a person stops the payment (W5.023)."""
    yield Because(f"withdrawn: {m.payload.reason}; posted as {m.data.voucher_no}")
    text = f"withdrawn after posting: block voucher {m.data.voucher_no}, await a credit or void it"
    yield desk(m, "LEDGER", "invoice.stop-payment", text)


def block_payment(m: M) -> Effects:
    """The receipt was reversed after the posting: a person blocks the payment (W5.035)."""
    yield Because(f"receipt {m.payload.receipt} was reversed after the posting")
    text = f"its receipt was reversed: block voucher {m.data.voucher_no}"
    yield desk(m, "RECON", "invoice.payment-block", text)


def recover(m: M) -> Effects:
    """The receipt was reversed after the payment: claim a credit (W5.040)."""
    yield Because(f"receipt {m.payload.receipt} was reversed after the payment")
    yield desk(m, "MATCH", "invoice.recovery", "paid goods were given back: claim a credit")


def void(m: M) -> Effects:
    """An independent person voids the voucher: it is taken back in the ERP (W5.037)."""
    yield Keep({"reason": f"voided by {m.payload.by}: {m.payload.reason}"})
    yield Because(f"voided by {m.payload.by}: {m.payload.reason}")
    for code in ("stop-payment", "payment-block"):
        yield Resolve(f"invoice.{code}|{m.key}", f"voided by {m.payload.by}")
    yield _offset_voucher(m, _rest(m))


def _rest(m: M) -> Invoice:
    return net_invoice(document(m), m.data.credits)


def refuse_void(m: M) -> Effects:
    """A void without a name or independence changes nothing (W5.065)."""
    yield Because("not voided: it takes a name that neither released it nor approved the order")


def payment_back(m: M) -> Effects:
    """The payment came back: the payable is open again (W5.038, .041)."""
    told = m.payload
    number = told.payment_no or m.data.payment_no
    yield Keep({"payment_no": ""})
    yield Because(f"payment {number} came back: {told.reason}")
    if m.data.credits:
        yield Because("credits stay linked: the net is payable")
    text = f"payment {number} came back: pay voucher {m.data.voucher_no} again"
    yield desk(m, "LEDGER", "invoice.payment-returned", text)


def paid_outside(m: M) -> Effects:
    """Paid though nothing was owed: a recovery case (W5.043)."""
    payment = m.payload.payment
    yield Name("payment", payment.payment_no)
    yield Because(f"paid {payment.amount} by {payment.payment_no} though nothing was owed")
    text = f"paid by {payment.payment_no} though it is {m.state}: recover the money"
    yield desk(m, "MATCH", "invoice.paid-outside", text, payment.amount)
