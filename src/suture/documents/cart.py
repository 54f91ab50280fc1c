"""Events of the case cart: what is picked for a case, what is missing, what comes back (spec 2.15).

In: what a case plans and what a person scans. Out: frozen structs. Refuses to know: the patient,
who holds stock. Quantities are rationals in the item's base unit; times are UTC.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any

import msgspec


class PlannedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the pick list; `line` is the demand line's key."""

    line: str
    criticality: str
    """CRITICAL, REQUIRED or OPTIONAL (spec 2.1 R5)."""
    quantity: Fraction
    item: str = ""
    description: str = ""
    item_class: str = ""
    reason: str = ""
    """Why nothing can be picked yet; empty when a source is confirmed."""


class PickReleased(msgspec.Struct, frozen=True, kw_only=True):
    """`cart.pick_released`: the pick list as it stands at the freeze, gaps listed."""

    case_token: str
    version: int
    facility: str
    room: str
    start: datetime
    timezone: str
    lines: tuple[PlannedLine, ...]


class CartChange(msgspec.Struct, frozen=True, kw_only=True):
    """`case.changed|rescheduled|cancelled` as the cart hears it."""

    version: int
    start: datetime
    facility: str
    room: str = ""
    timezone: str = "UTC"
    is_supply_relevant: bool = False
    lines: tuple[PlannedLine, ...] = ()
    reason: str = ""


class CartScan(msgspec.Struct, frozen=True, kw_only=True):
    """`cart.line_picked|line_short`, `item.lost`, `lot.recalled`: one line, seen by a person."""

    line: str
    by: str
    quantity: Fraction | None = None
    """None: all that is still open of the line."""
    lot: str = ""
    expiry: date | None = None
    is_sterile: bool = True
    """Of a tray or a processed loaner: the indicator was read and is good."""
    reason: str = ""


class CartDelivered(msgspec.Struct, frozen=True, kw_only=True):
    """`cart.delivered`: the cart is at the operating room."""

    by: str
    gaps_accepted_by: str = ""
    """The charge nurse who takes the cart with its gaps."""


class ReturnedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back of one line."""

    line: str
    quantity: Fraction
    condition: str = "sterile"
    """`sterile` goes back to the shelf; `opened` is waste and needs a reason."""
    reason: str = ""


class CartReturns(msgspec.Struct, frozen=True, kw_only=True):
    """`cart.returns_scanned`; no rows: compare again."""

    by: str
    rows: tuple[ReturnedLine, ...] = ()


class LineReturned(msgspec.Struct, frozen=True, kw_only=True):
    """`cart.returns_scanned` as the demand line hears it."""

    by: str
    quantity: Fraction
    condition: str
    reason: str = ""


class CartCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """`cart.completed`: no CRITICAL, REQUIRED or tray gap is open."""

    score: int
    """Readiness, percent."""
    at: datetime


class CartUsage(msgspec.Struct, frozen=True, kw_only=True):
    """`usage.recorded|corrected` as the cart hears it; negative quantities take back."""

    usage: str
    line: str
    quantity: Fraction


class UsageReconciled(msgspec.Struct, frozen=True, kw_only=True):
    """`case.usage_reconciled`: what was picked is used or back; by a person where no cart was."""

    by: str
    reason: str = ""


class CaseSettled(msgspec.Struct, frozen=True, kw_only=True):
    """`settlement.completed` as the case hears it: no order of it is open."""

    reason: str


class CardAttached(msgspec.Struct, frozen=True, kw_only=True):
    """`preference_card.attached`: a card, or a generic one, is named for a case without one."""

    card: str
    by: str
    reason: str = ""


class RiskAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """`case.risk_accepted`: a named owner signs the supply risk."""

    by: str
    reason: str


PAYLOADS: dict[str, Any] = {
    "cart.pick_released": PickReleased,
    "cart.line_picked": CartScan,
    "cart.line_short": CartScan,
    "item.lost": CartScan,
    "lot.recalled": CartScan,
    "cart.delivered": CartDelivered,
    "cart.completed": CartCompleted,
    "case.usage_reconciled": UsageReconciled,
    "preference_card.attached": CardAttached,
    "case.risk_accepted": RiskAccepted,
}
PER_MACHINE: dict[tuple[str, str], Any] = {
    ("CASE", "settlement.completed"): CaseSettled,
    ("W14", "case.changed"): CartChange,
    ("W14", "case.rescheduled"): CartChange,
    ("W14", "case.cancelled"): CartChange,
    ("W14", "usage.recorded"): CartUsage,
    ("W14", "usage.corrected"): CartUsage,
    ("W14", "cart.returns_scanned"): CartReturns,
    ("W2", "cart.returns_scanned"): LineReturned,
}
