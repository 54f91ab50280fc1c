"""Reads REMADV: which documents a payment settles.

In: a message. Out: `RemittanceDocument`. Refuses to know: bank accounts and ledgers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer, texts
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import AmountLine, Dated, Head, Reference
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile


@dataclass(frozen=True, slots=True)
class RemittanceAdjustment:
    """AJT: what was taken off a document and why."""

    reason: str
    """4465."""
    amounts: tuple[AmountLine, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledDocument:
    """DOC: one invoice or credit that the payment settles."""

    code: str
    """1001: 380 invoice, 381 credit note."""
    number: str
    amounts: tuple[AmountLine, ...] = ()
    """5025: 9 due, 12 paid."""
    dates: tuple[Dated, ...] = ()
    references: tuple[Reference, ...] = ()
    adjustments: tuple[RemittanceAdjustment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittanceDocument:
    """A remittance advice (481)."""

    head: Head
    documents: tuple[SettledDocument, ...]
    totals: tuple[AmountLine, ...] = ()


def read_remittance(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[RemittanceDocument, list[Problem]]:
    """Return a REMADV, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("REMADV",), profile, zone)
    documents = tuple(
        SettledDocument(
            code=group.opening.value(1),
            number=group.opening.value(2),
            amounts=gatherer.amounts(group),
            dates=gatherer.dates(group),
            references=gatherer.references(group),
            adjustments=tuple(
                RemittanceAdjustment(inner.opening.value(1), gatherer.amounts(inner), texts(inner))
                for inner in group.within("AJT")
            ),
        )
        for group in gatherer.root.within("DOC")
    )
    found = RemittanceDocument(
        head=gatherer.head(), documents=documents, totals=gatherer.amounts(gatherer.root)
    )
    return found, gatherer.problems
