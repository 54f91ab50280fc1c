"""Joins the parts of a supplier's answer for one order line into one result (spec 2.0.6).

In: parts (ACK segments, ConfirmationStatus elements) with their result. Out: an `AcknowledgedLine`.
Refuses to know: X12, cXML, tolerances. Two rules bind it: less than all is never read as all, and
what a person must read carries no promise, so that no tolerance can take it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from suture.documents.supply import AcknowledgedLine

REVIEW = "review"
"""A part that only a person can judge; the line becomes `changed` without a promise."""

_GRAVITY = {
    "accepted": 1,
    "changed": 2,
    REVIEW: 3,
    "held": 4,
    "substituted": 5,
    "partially_backordered": 6,
    "backordered": 7,
    "rejected": 8,
}
_LATE = frozenset({"backordered", "partially_backordered"})
_COMING = frozenset({"accepted", "changed"})
_ASKED_BACK = ("substituted", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the supplier says of a part of the quantity."""

    result: str
    """accepted, changed, backordered, partially_backordered, substituted, held, rejected, review"""
    code: str
    quantity: Fraction | None = None
    uom: str = ""
    promised_delivery: date | None = None
    promised_ship: date | None = None
    unit_price: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The order line as the supplier repeats it beside the answer."""

    po_number: str
    line: str
    quantity: Fraction | None = None
    uom: str = ""


def joined(answered: Answered, parts: Sequence[Part]) -> AcknowledgedLine:
    """Return the answer of the line; `parts` has at least one part.

    A line in parts is late as soon as one part is; a promise is the latest of its parts.
    """
    told = [part for part in parts if part.quantity != 0] or list(parts)
    gravest = max(told, key=lambda part: _GRAVITY[part.result])
    result = _result(answered, told)
    said = _parts_meant(result, told)
    is_review = result == REVIEW
    return AcknowledgedLine(
        po_number=answered.po_number,
        line=answered.line,
        result="changed" if is_review else result,
        code=gravest.code,
        quantity=_total(said),
        uom=gravest.uom or answered.uom,
        promised_delivery=None if is_review else _latest(p.promised_delivery for p in said),
        promised_ship=None if is_review else _latest(p.promised_ship for p in said),
        unit_price=gravest.unit_price,
        reason=gravest.reason,
    )


def _result(answered: Answered, told: list[Part]) -> str:
    kinds = {part.result for part in told}
    has_other_unit = any(p.uom not in ("", answered.uom) for p in told if answered.uom)
    total = None if has_other_unit else _total(told)
    is_part = total is not None and answered.quantity is not None and total < answered.quantity
    if kinds & _LATE:
        is_all = kinds == {"backordered"} and not (is_part and total)
        return "backordered" if is_all else "partially_backordered"
    if REVIEW in kinds:
        return REVIEW
    asked_back = [kind for kind in _ASKED_BACK if kind in kinds]
    if asked_back:
        return asked_back[0]
    if "rejected" in kinds:
        return "rejected" if kinds == {"rejected"} and not (is_part and total) else REVIEW
    if has_other_unit or (is_part and kinds == {"accepted"}):
        return REVIEW
    return "accepted" if kinds == {"accepted"} else "changed"


def _parts_meant(result: str, told: list[Part]) -> list[Part]:
    """Return the parts whose quantity and dates the result speaks of."""
    meant = _LATE if result == "partially_backordered" else _COMING
    if result in (REVIEW, "partially_backordered"):
        return [part for part in told if part.result in meant] or told
    return told


def _total(parts: list[Part]) -> Fraction | None:
    """Return the sum of the parts' quantities; None when one does not say or units differ."""
    amounts = [part.quantity for part in parts if part.quantity is not None]
    if len(amounts) < len(parts) or len({part.uom for part in parts}) > 1:
        return None
    return sum(amounts, Fraction(0))


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
