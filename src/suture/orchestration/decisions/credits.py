"""An invoice less its credit memos (spec 2.6: link the credit, run the match on the net).

In: an invoice and the credits linked to it. Out: the net claim as an invoice. Refuses to know:
orders, receipts, tolerances. A credit of a billed line at its own price takes quantity away, any
other one takes money off the line's price; what fits no line stays in the total and shows there.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.core.money import round_money
from suture.documents.supply import Invoice, InvoiceLine

PRICE_PLACES = 6
"""Decimal places of a net unit price; a cent of 10,000 pieces is still told."""
OFFSET = "/credit/"
"""Between the key of an invoice and the number of the credit that its offset voucher books."""


def net_invoice(invoice: Invoice, credits: tuple[Invoice, ...]) -> Invoice:
    """Return the invoice as it is to be paid; the same one when there is no credit."""
    for credit in credits:
        lines = list(invoice.lines)
        for row in credit.lines:
            lines = _less(lines, row)
        invoice = msgspec.structs.replace(
            invoice,
            lines=tuple(lines),
            total=invoice.total - abs(credit.total),
            charges=invoice.charges - abs(credit.charges),
            tax=invoice.tax - abs(credit.tax),
        )
    return invoice


def is_credited_whole(invoice: Invoice, credits: tuple[Invoice, ...]) -> bool:
    """Return whether nothing is left to pay."""
    return bool(credits) and sum((abs(x.total) for x in credits), Decimal(0)) >= invoice.total


def _less(lines: list[InvoiceLine], credit: InvoiceLine) -> list[InvoiceLine]:
    place = next((n for n, x in enumerate(lines) if x.po_line == credit.po_line), None)
    if place is None:
        return lines
    row = lines[place]
    quantity, price = abs(credit.quantity), abs(credit.unit_price)
    if (price, credit.uom) == (row.unit_price, row.uom) and quantity <= row.quantity:
        left = msgspec.structs.replace(row, quantity=row.quantity - quantity)
        rest = [left] if left.quantity else []
    else:
        taken = Fraction(row.unit_price) * row.quantity - Fraction(price) * quantity
        if taken < 0 or not row.quantity:
            return lines
        unit = round_money(taken / row.quantity, PRICE_PLACES)
        rest = [msgspec.structs.replace(row, unit_price=unit)]
    return [*lines[:place], *rest, *lines[place + 1 :]]


def is_offset(reference: str) -> bool:
    """Return whether an ERP reference is that of a credit's offset voucher."""
    return OFFSET in reference
