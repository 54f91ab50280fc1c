"""W5: the rules of one supplier invoice (spec 2.6).

In: events of `invoice`. Out: the table the engine decides by. Refuses to know: what the actions do
(`invoice_steps`, `invoice_after`).
"""

from __future__ import annotations

from datetime import datetime

from suture.governance.policy import Policies
from suture.orchestration.definition import SAME, START, Alarm, Process, Wait, rule, stays
from suture.orchestration.processes.invoice import (
    InvoiceData,
    authority_band,
    duplicate_key,
    first_of_two,
    four_eyes,
    invalid,
    no_authority,
    out_of_tolerance,
    overtaken,
    receipt_missing,
    voucher_on_the_wire,
    within_tolerance,
)
from suture.orchestration.processes.invoice_after import (
    block_payment,
    claw_back,
    claw_back_more,
    credit_before,
    credit_later,
    dispute,
    dispute_unanswered,
    full,
    link_early,
    not_independent,
    not_proved,
    offset,
    order_came,
    paid_outside,
    partial,
    payment_back,
    price_decrease_or_contract_file,
    receipt_gone,
    recover,
    refuse_void,
    replace,
    resolve_by_rule,
    sod,
    stay_unproved,
    stop_payment,
    void,
    withdraw,
    withdraw_later,
)
from suture.orchestration.processes.invoice_steps import (
    ask_erp,
    await_receipt,
    confirm_not_duplicate,
    fail,
    hold,
    matched,
    not_released,
    number_again,
    out,
    pay,
    post_again,
    posted,
    reject,
    release,
    run_match,
    sign_first,
    suspect,
    take_in,
    too_long,
)


def _receipt_due(data: InvoiceData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("invoice_receipt_wait_h")


def _dispute_due(data: InvoiceData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("invoice_dispute_h")


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

NOT_EXCEPTION = tuple(x for x in STATES if x != "EXCEPTION")
NOT_COUNTED = tuple(x for x in STATES if x not in ("MATCHED", "POSTED", "PAID"))
"""States in which a reversed receipt changes nothing: the next match run sees it."""

UNDOES = frozenset(
    {"invoice.credited", "invoice.replaced", "invoice.withdrawn", "receipt.reversed"}
)
"""Events that take a matched invoice back; while the voucher is sent they wait for its outcome."""

INVOICE = Process(
    machine="W5",
    title="Invoice reconciliation",
    states=STATES,
    terminal=("PAID", "REVERSED", "REJECTED", "ADJUSTED"),
    data_type=InvoiceData,
    alarms=(
        Alarm("receipt_wait", ("AWAITING_RECEIPT",), "timer.sla_breached", _receipt_due),
        Alarm("dispute", ("DISPUTED",), "timer.reply_overdue", _dispute_due),
    ),
    waits=(Wait("MATCHED", UNDOES, when=voucher_on_the_wire),),
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
        rule("W5.012", "EXCEPTION", "purchase_order.created", "VALIDATED", do=order_came),
        rule(
            "W5.013",
            "EXCEPTION",
            "exception.auto_resolved",
            "VALIDATED",
            when=price_decrease_or_contract_file,
            do=resolve_by_rule,
        ),
        rule("W5.014", "EXCEPTION", "review.approved", "MATCHED", when=authority_band, do=release),
        rule("W5.015", "EXCEPTION", "invoice.disputed", "DISPUTED", do=dispute),
        rule(
            "W5.016",
            ("DISPUTED", "EXCEPTION", "AWAITING_RECEIPT", "MATCHED"),
            "invoice.credited",
            "VALIDATED",
            do=credit_before,
        ),
        rule("W5.017", "VALIDATED", "invoice.credited", SAME, do=credit_before),
        rule(
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
            do=replace,
        ),
        rule("W5.019", "VALIDATED", "invoice.replaced", SAME, do=replace),
        rule(
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
            do=withdraw,
        ),
        rule("W5.021", ("POSTING", "POST_UNKNOWN"), "invoice.withdrawn", SAME, do=withdraw_later),
        rule("W5.022", ("POSTING", "POST_UNKNOWN"), "invoice.credited", SAME, do=credit_later),
        rule("W5.023", "POSTED", "invoice.withdrawn", SAME, do=stop_payment),
        rule("W5.024", "DISPUTED", "timer.reply_overdue", "EXCEPTION", do=dispute_unanswered),
        rule("W5.025", "MATCHED", "receipt.reversed", "AWAITING_RECEIPT", do=receipt_gone),
        rule("W5.026", "MATCHED", "outbox.dispatched", "POSTING", do=stays),
        rule("W5.027", ("POSTING", "POST_UNKNOWN"), "target.confirmed", "POSTED", do=posted),
        rule("W5.028", "POSTING", "timer.reply_overdue", "POST_UNKNOWN", do=ask_erp),
        rule("W5.029", ("POSTING", "POST_UNKNOWN"), "target.rejected", "POST_FAILED", do=fail),
        rule("W5.030", ("POST_UNKNOWN", "POST_FAILED"), "lookup.found", "POSTED", do=posted),
        rule("W5.031", "POST_UNKNOWN", "lookup.absent", "POSTING", do=post_again),
        rule("W5.032", "POST_FAILED", "exception.resolved", "POSTING", do=post_again),
        rule("W5.033", "POSTED", "invoice.credited", "REVERSED", when=full, do=offset),
        rule("W5.034", "POSTED", "invoice.credited", SAME, when=partial, do=offset),
        rule("W5.035", "POSTED", "receipt.reversed", SAME, do=block_payment),
        rule("W5.036", "POSTED", "payment.made", "PAID", do=pay),
        rule("W5.037", "POSTED", "invoice.voided", "REVERSED", when=sod, do=void),
        rule("W5.038", "PAID", "payment.returned", "POSTED", do=payment_back),
        rule("W5.039", "PAID", "invoice.credited", "ADJUSTED", do=claw_back),
        rule("W5.040", "PAID", "receipt.reversed", SAME, do=recover),
        rule("W5.041", "ADJUSTED", "payment.returned", "POSTED", do=payment_back),
        rule("W5.042", "REJECTED", "invoice.replaced", "VALIDATED", do=replace),
        rule("W5.043", ("REJECTED", "REVERSED"), "payment.made", SAME, do=paid_outside),
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
                "DISPUTED",
                "POST_FAILED",
                "REVERSED",
                "ADJUSTED",
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
        rule("W5.061", "VALIDATED", "receipt.posted", SAME, do=run_match),
        rule("W5.062", "EXCEPTION", "review.approved", SAME, when=first_of_two, do=sign_first),
        rule("W5.063", "EXCEPTION", "review.approved", SAME, when=no_authority, do=not_released),
        rule(
            "W5.064",
            "EXCEPTION",
            "exception.auto_resolved",
            SAME,
            when=not_proved,
            do=stay_unproved,
        ),
        rule("W5.065", "POSTED", "invoice.voided", SAME, when=not_independent, do=refuse_void),
        rule("W5.066", "VALIDATED", "invoice.matched", SAME, when=overtaken, do=stays),
        rule("W5.067", NOT_EXCEPTION, "purchase_order.created", SAME, do=stays),
        rule("W5.068", NOT_COUNTED, "receipt.reversed", SAME, do=stays),
        rule("W5.069", "POST_FAILED", "invoice.credited", "VALIDATED", do=credit_before),
        rule("W5.071", ("RECEIVED", "DUPLICATE_SUSPECT"), "invoice.credited", SAME, do=link_early),
        rule("W5.072", "REJECTED", "invoice.credited", SAME, do=stays),
        rule("W5.070", ("REVERSED", "ADJUSTED"), "invoice.credited", SAME, do=claw_back_more),
    ),
)
