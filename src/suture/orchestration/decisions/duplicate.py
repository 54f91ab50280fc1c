"""Duplicate invoices (spec 2.6 algorithm a): the exact key and the fuzzy neighbours.

In: invoice documents. Out: the key, or whether two look like one. Refuses to know: the store.
"""

from __future__ import annotations

import re
from datetime import timedelta

from suture.documents.supply import Invoice

_NOT_ALNUM = re.compile(r"[^0-9A-Z]+")
FUZZY_DAYS = timedelta(days=10)


def normalise_number(invoice_no: str) -> str:
    """Return the number upper-cased, without punctuation and leading zeros."""
    return _NOT_ALNUM.sub("", invoice_no.upper()).lstrip("0")


def invoice_key(invoice: Invoice) -> str:
    """Return the exact duplicate key `supplier|normalised number|kind` (spec 2.6 `Key`)."""
    return f"{invoice.supplier}|{normalise_number(invoice.invoice_no)}|{invoice.kind}"


def fuzzy_duplicate(one: Invoice, two: Invoice) -> bool:
    """Return whether two invoices of one supplier look like the same claim.

    Same kind, order and amount, dates within ten days, and the same billed lines; or numbers one
    edit apart with the same amount. Two partial shipments of one order differ in lines or amount.
    """
    if (one.supplier, one.kind, one.currency) != (two.supplier, two.kind, two.currency):
        return False
    if one.total != two.total:
        return False
    if one_edit_apart(normalise_number(one.invoice_no), normalise_number(two.invoice_no)):
        return _billed(one) == _billed(two)
    near = abs(one.invoice_date - two.invoice_date) <= FUZZY_DAYS
    return near and one.po_number == two.po_number and _billed(one) == _billed(two)


def _billed(invoice: Invoice) -> list[tuple[str, str, str]]:
    return sorted((x.po_line, str(x.quantity), str(x.unit_price)) for x in invoice.lines)


def one_edit_apart(one: str, two: str) -> bool:
    """Return whether one insertion, deletion or substitution turns `one` into `two` (or none)."""
    if one == two:
        return True
    if abs(len(one) - len(two)) > 1:
        return False
    short, long = sorted((one, two), key=len)
    for index in range(len(long)):
        if len(short) == len(long):
            if short[:index] == long[:index] and short[index + 1 :] == long[index + 1 :]:
                return True
        elif short == long[:index] + long[index + 1 :]:
            return True
    return False
