"""W5: one supplier invoice from receipt to payment (spec 2.6): what is kept, and the guards.

In: an invoice's events. Out: its data, the conditions of its rules, tasks and exceptions about it.
Refuses to know: X12, cXML, the bank. Key = `supplier|normalised number|kind`; also the voucher's
reference. What is done stands in `invoice_steps` (to the payment) and `invoice_after` (credits,
corrections, disputes, reversals), the rules in `invoice_table`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import msgspec

from suture.documents.events import ExceptionRaised, LineMatch
from suture.documents.supply import Invoice
from suture.orchestration.definition import Ask, Moment, Raise
from suture.orchestration.facts import Facts
from suture.orchestration.processes.requisition import RequisitionData
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
    match_no: int = 0
    """Number of the latest match run: the result of an earlier one has no say."""
    credits: tuple[Invoice, ...] = ()
    """Credit memos linked to it, each number once."""
    waiting: tuple[Invoice, ...] = ()
    """Credit memos that came while the voucher was on its way."""
    withdrawn: str = ""
    """Why the supplier withdrew it while the voucher was on its way."""
    disputed_by: str = ""
    is_proved: bool = False
    """The contract system of record explains its prices."""
    earlier: tuple[Invoice, ...] = ()
    """Versions that a correction replaced, oldest first."""


M = Moment[InvoiceData]
AND = " and "
"""Between the names of two who signed."""


def document(m: M) -> Invoice:
    """Return the invoice as it came or was last corrected."""
    assert m.data.invoice is not None, "an invoice that exists has its document"
    return m.data.invoice


# ---- guards


def duplicate_key(m: M) -> bool:
    """Return whether the failed check is the duplicate check."""
    return bool(m.payload.reason == "duplicate")


def invalid(m: M) -> bool:
    """Return whether another check failed."""
    return bool(m.payload.reason != "duplicate")


def _is_latest(m: M) -> bool:
    return bool(m.payload.match_no == m.data.match_no)


def within_tolerance(m: M) -> bool:
    """Return whether every line matched."""
    return _is_latest(m) and bool(m.payload.result == "within_tolerance")


def receipt_missing(m: M) -> bool:
    """Return whether only receipts are missing."""
    return _is_latest(m) and bool(m.payload.result == "receipt_missing")


def out_of_tolerance(m: M) -> bool:
    """Return whether a line is out of tolerance."""
    return _is_latest(m) and bool(m.payload.result == "out_of_tolerance")


def overtaken(m: M) -> bool:
    """Return whether a credit, a correction or a receipt came after the match run."""
    return not _is_latest(m)


ON_THE_WIRE = frozenset({"sending", "uncertain", "delivered"})


def voucher_key(m: M, sends: int = 0) -> str:
    """Return the idempotency key of a sending of the voucher, the latest one by default."""
    return f"voucher/{m.key}/{sends or m.data.sends}"


def voucher_on_the_wire(m: M) -> bool:
    """Return whether the voucher may be in the ERP: its outcome is awaited first."""
    return m.facts.delivery_state(voucher_key(m)) in ON_THE_WIRE


def four_eyes(m: M) -> bool:
    """Return whether a named person decided."""
    return bool(m.payload.by)


def authority_band(m: M) -> bool:
    """Return whether a named person with a reason may release it, alone or as the second one.

    Whoever approved the order may not override its match (spec 2.6, segregation of duties); above
    the analyst's limit two persons sign.
    """
    return _may_release(m) and not _needs_second(m)


def first_of_two(m: M) -> bool:
    """Return whether the release is above the analyst's limit and this is the first signature."""
    return _may_release(m) and _needs_second(m)


def no_authority(m: M) -> bool:
    """Return whether the release lacks a name, a reason or independence."""
    return not _may_release(m)


def _may_release(m: M) -> bool:
    told = m.payload
    return bool(told.by) and bool(told.reason) and told.by not in involved(m) | signers(m.data)


def involved(m: M) -> frozenset[str]:
    """Return who approved the order of this invoice."""
    return approvers(m.facts, document(m).po_number)


def approvers(facts: Facts, po_number: str) -> frozenset[str]:
    """Return who approved the requisitions of an order."""
    names: set[str] = set()
    for _, _, line in facts.siblings("W3", po_number, OrderLineData):
        asked = line.approved.requisition if line.approved else ""
        found = facts.other("W7", asked, RequisitionData) if asked else None
        names |= set(found[1].approved_by) if found else set()
    return frozenset(names)


def signers(data: InvoiceData) -> frozenset[str]:
    """Return who signed a release of it."""
    return frozenset(x for x in data.released_by.split(AND) if x)


def _needs_second(m: M) -> bool:
    limit = m.policies.match.analyst_release_limit
    return variance(m.data) > limit and not signers(m.data)


def variance(data: InvoiceData) -> Decimal:
    """Return by how much the lines that did not match are above what was expected."""
    over = (x.billed - x.expected for x in data.lines if x.result not in ("MATCH", "NO_RECEIPT"))
    return sum((x for x in over if x > 0), Decimal(0))


# ---- people


def task_id(m: M, kind: str) -> str:
    """Return the id of a task about the latest match run: each run asks anew."""
    return f"{m.key}.{kind}" + (f"-{m.data.match_no}" if m.data.match_no > 1 else "")


def ask_person(m: M, kind: str, role: str, title: str) -> Ask:
    """Return a task for a person about this invoice."""
    invoice = document(m)
    return Ask(
        kind=f"invoice.{kind}",
        role=role,
        title=f"{invoice.invoice_no} ({invoice.supplier}, {invoice.total}): {title}",
        task=task_id(m, kind),
        due_at=m.now + timedelta(hours=40),
        data={"amount": str(invoice.total), "po": invoice.po_number},
    )


def desk(m: M, family: str, code: str, text: str, at_risk: Decimal | None = None) -> Raise:
    """Return an owned exception about this invoice; all of it is at risk unless told."""
    invoice = document(m)
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
