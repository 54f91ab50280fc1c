"""An invoice or credit memo as X12 810, written and read back.

In: an invoice with its addressing, or bytes. Out: bytes, or invoices and problems. Refuses to know:
orders, tolerances, accounts. Totals have two decimals there (type N2): more are refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from suture.core.problem import Problem
from suture.documents.partner import Addressing
from suture.documents.supplier_x12 import supplier_segment, supplier_sets
from suture.documents.supply import Invoice, InvoiceLine
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of
from suture.formats import x12

_OTHER: Final = "ZZZZ"
"""SAC02: mutually defined; which charges a sum is made of is not known."""
_KNOWN: Final = frozenset(
    {
        *("BIG", "CUR", "REF*CT", "REF*OI", "N1*VN", "N1*RE", "IT1", "TDS", "TXI", "CTT"),
        *("SAC*C", "SAC*A"),
    }
)
_PURPOSE: Final = {"original": "", "replace": "05", "cancel": "01"}
"""Invoice.purpose -> BIG08."""


def write(invoice: Invoice, addressing: Addressing) -> bytes:
    """Return the interchange with one 810; raises RefusalError for what cannot be written."""
    kind = "CR" if invoice.kind == "credit" else ""
    dated, order = day_text(invoice.invoice_date), invoice.po_number
    segments = [
        ["BIG", dated, invoice.invoice_no, "", order, "", "", kind, _PURPOSE[invoice.purpose]],
        ["CUR", "SE", invoice.currency],
    ]
    if invoice.contract:
        segments.append(["REF", "CT", invoice.contract])
    if invoice.about:
        segments.append(["REF", "OI", invoice.about])
    segments.append(supplier_segment(invoice.supplier))
    if invoice.remit_to_gln:
        segments.append(["N1", "RE", "", "UL", invoice.remit_to_gln])
    segments += [_line(line) for line in invoice.lines]
    segments.append(["TDS", x12.implied_text(invoice.total, 2)])
    if invoice.tax:
        segments.append(["TXI", "TX", f"{invoice.tax:f}"])
    segments += _charges(invoice.charges)
    return composed("810", [*segments, ["CTT", str(len(invoice.lines))]], addressing)


def _charges(charges: Decimal) -> Segments:
    if not charges:
        return []
    amount = x12.implied_text(abs(charges), 2)
    return [["SAC", "C" if charges > 0 else "A", _OTHER, "", "", amount]]


def _line(line: InvoiceLine) -> list[str]:
    held = (("PL", line.po_line), ("IN", line.item), ("UK", line.gtin), ("VC", line.catalog_no))
    pairs = [part for code, value in held if value for part in (code, value)]
    quantity, price = quantity_of(line.quantity, "IT1-2"), f"{line.unit_price:f}"
    return ["IT1", line.line, quantity, line.uom, price, "CT", *pairs]


def read(data: bytes) -> tuple[list[Invoice], list[Problem]]:
    """Return the invoice of each 810, and problems with segment and byte."""
    return supplier_sets(data, "810", _KNOWN)
