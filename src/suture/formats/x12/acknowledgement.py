"""Says what the codes of a purchase order acknowledgement mean to the house (spec 2.0.6).

In: ACK01 and BAK02 codes. Out: `LineResult`, `HeaderReading`. Refuses to know: orders, quantities,
tolerances. A code that is not in the table is never read as an acceptance.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LineResult(StrEnum):
    """What a supplier's answer does to one order line."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    """Accepted with another quantity, date or price: a tolerance decides."""
    PARTIAL_BACKORDER = "partial_backorder"
    BACKORDERED = "backordered"
    SUBSTITUTION = "substitution"
    HOLD = "hold"
    REJECTED = "rejected"
    CHANGE_REVIEW = "change_review"
    """A person must read it."""


class HeaderReading(StrEnum):
    """How the lines that an acknowledgement does not list are to be read."""

    ACCEPTS_ALL = "accepts_all"
    REJECTS_ALL = "rejects_all"
    ALL_DETAIL = "all_detail"
    """Every line is listed; one that is not is missing."""
    EXCEPTIONS_ONLY = "exceptions_only"
    """Lines that are not listed are accepted."""


ACK01: Final[dict[str, LineResult]] = {
    "IA": LineResult.ACCEPTED,
    "AC": LineResult.ACCEPTED,
    "AR": LineResult.ACCEPTED,
    "AA": LineResult.ACCEPTED,
    "IQ": LineResult.CHANGED,
    "IP": LineResult.CHANGED,
    "IC": LineResult.CHANGED,
    "DR": LineResult.CHANGED,
    "SP": LineResult.CHANGED,
    "IE": LineResult.CHANGED,
    "BP": LineResult.PARTIAL_BACKORDER,
    "IB": LineResult.BACKORDERED,
    "IS": LineResult.SUBSTITUTION,
    "IH": LineResult.HOLD,
    "IF": LineResult.HOLD,
    "IW": LineResult.HOLD,
    "IR": LineResult.REJECTED,
    "ID": LineResult.REJECTED,
    "R1": LineResult.REJECTED,
    "R2": LineResult.REJECTED,
    "R3": LineResult.REJECTED,
    "R4": LineResult.REJECTED,
    "R5": LineResult.REJECTED,
    "R6": LineResult.REJECTED,
    "R7": LineResult.REJECTED,
    "R8": LineResult.REJECTED,
}
"""The 26 codes of element 668 and what they do to the line."""

REVIEWED_CHANGES: Final = frozenset({"IE"})
"""Changes that a tolerance cannot settle: the price is not known yet."""
REVIEWED_WITHOUT_DATE: Final = frozenset({"SP"})
"""Changes that a tolerance cannot settle when no date is given."""

REJECTION_CAUSES: Final[dict[str, str]] = {
    "IR": "rejected",
    "ID": "deleted",
    "R1": "not_contract_item",
    "R2": "item_number",
    "R3": "unit_of_issue",
    "R4": "r4",
    "R5": "r5",
    "R6": "r6",
    "R7": "r7",
    "R8": "r8",
}
"""Typed cause of a rejection; R1 goes to the contract analyst, R2 and R3 to the item steward."""

BAK02: Final[dict[str, HeaderReading]] = {
    "AK": HeaderReading.ACCEPTS_ALL,
    "AT": HeaderReading.ACCEPTS_ALL,
    "AC": HeaderReading.ALL_DETAIL,
    "AD": HeaderReading.ALL_DETAIL,
    "AE": HeaderReading.EXCEPTIONS_ONLY,
    "RJ": HeaderReading.REJECTS_ALL,
    "RD": HeaderReading.REJECTS_ALL,
}
"""BAK02 and BCA02 -> how lines without an answer are read."""

PROMISED_DELIVERY: Final = "069"
"""ACK04: promised for delivery."""
PROMISED_SHIP: Final = "079"
"""ACK04: promised for shipment."""
SCHEDULED_DELIVERY: Final = "067"
"""ACK04: current schedule delivery; a promise only where the partner profile says so."""
SCHEDULED_SHIP: Final = "068"
"""ACK04: current schedule shipment; a promise only where the partner profile says so."""


def line_result(code: str, *, has_date: bool = True) -> LineResult:
    """Return what ACK01 `code` does to the line; codes without an entry need a person.

    `has_date` says whether ACK05 was given: a split without a date cannot be judged.
    """
    if code in REVIEWED_CHANGES or (code in REVIEWED_WITHOUT_DATE and not has_date):
        return LineResult.CHANGE_REVIEW
    return ACK01.get(code, LineResult.CHANGE_REVIEW)


def header_reading(code: str) -> HeaderReading | None:
    """Return how unlisted lines are read under BAK02 `code`; None for a code that is not known."""
    return BAK02.get(code)
