"""Events about an invoice that is in the house: disputes, withdrawals, payments that came back.

In: what AP, a supplier or a bank says of an invoice (spec 2.6). Out: frozen structs. Refuses to
know: the invoice's lines, what follows from the event.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec


class InvoiceDisputed(msgspec.Struct, frozen=True, kw_only=True):
    """`invoice.disputed`: AP does not agree with the supplier."""

    by: str
    reason: str


class InvoiceWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """`invoice.withdrawn`: the supplier takes it back; `by` is empty when a message said so."""

    reason: str
    by: str = ""


class InvoiceVoided(msgspec.Struct, frozen=True, kw_only=True):
    """`invoice.voided`: AP voids the posted voucher."""

    by: str
    reason: str


class PaymentReturned(msgspec.Struct, frozen=True, kw_only=True):
    """`payment.returned`: the bank gave the money back or the payment was voided."""

    reason: str
    payment_no: str = ""
    """Empty: the payment that is known of the invoice."""
    by: str = ""


class OrderForInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """`purchase_order.created` as an invoice hears it that came before its order."""

    po_number: str
    line: str


class ReceiptReversed(msgspec.Struct, frozen=True, kw_only=True):
    """`receipt.reversed`: an accepted quantity is taken out of the books again."""

    receipt: str
    by: str
    reason: str
    po_number: str = ""
    line: str = ""
    quantity: Fraction = Fraction(0)


PAYLOADS: dict[str, Any] = {
    "invoice.disputed": InvoiceDisputed,
    "invoice.withdrawn": InvoiceWithdrawn,
    "invoice.voided": InvoiceVoided,
    "payment.returned": PaymentReturned,
    "receipt.reversed": ReceiptReversed,
}
PER_MACHINE: dict[tuple[str, str], Any] = {
    ("W5", "purchase_order.created"): OrderForInvoice,
}
