"""Reads INVOIC: invoices (380) and credit notes (381).

In: a message. Out: `InvoiceDocument`. Refuses to know: orders, receipts, tolerances. Amounts have
the sign they were written with; what a credit takes off is for the reader to know by `is_credit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Final

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import Allowance, AmountLine, DocumentLine, Head, TaxLine
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile

CREDIT_CODES: Final = frozenset({"381", "83", "396"})
"""1001: credit note, credit for goods or services, factored credit note."""
TOTAL: Final = "77"
"""5025: invoice amount (spec 2.0.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """An invoice or a credit note."""

    head: Head
    lines: tuple[DocumentLine, ...]
    totals: tuple[AmountLine, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    allowances: tuple[Allowance, ...] = ()

    @property
    def is_credit(self) -> bool:
        """The document takes money off."""
        return self.head.code in CREDIT_CODES

    def total(self, qualifier: str = TOTAL) -> Decimal | None:
        """Return the first total of that qualifier."""
        return next((t.amount for t in self.totals if t.qualifier == qualifier), None)


def read_invoice(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[InvoiceDocument, list[Problem]]:
    """Return an INVOIC, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("INVOIC",), profile, zone)
    root = gatherer.root
    found = InvoiceDocument(
        head=gatherer.head(),
        lines=tuple(gatherer.line(group) for group in root.within("LIN")),
        totals=gatherer.amounts(root),
        taxes=gatherer.taxes(root),
        allowances=gatherer.allowances(root),
    )
    return found, gatherer.problems
