"""Policies are versioned files, and every decision carries the hash of the one that made it (D8).

In: a folder with `approval.toml`, `match.toml`, `time.toml`, `routing.toml`, `triggers.toml`. Out:
typed policies with their sha256. Refuses to know: the process that asks. A missing or malformed
file is refused with `policy.*`, never replaced by a guess.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from suture.core.refusal import MisconfiguredError
from suture.governance.triggers import Triggers


class ApprovalRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the amount ladder (spec 2.0.12, A3-A6): up to `limit`, these roles in order."""

    rule: str
    limit: Decimal
    approvers: tuple[str, ...]


class Delegation(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands in for an absent approver, days included."""

    role: str
    to: str
    since: date
    until: date


class ApprovalPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Who must approve a requisition (spec 2.0.12, approval matrix)."""

    id: str
    version: str
    case_linked_line_limit: Decimal
    """A2: highest line amount approved without a person when on card, on contract, active."""
    cap_per_case: Decimal
    cap_per_supplier_day: Decimal
    cap_per_facility_day: Decimal
    routes: tuple[ApprovalRoute, ...]
    off_contract_approvers: tuple[str, ...]
    implant_auto_facilities: tuple[str, ...] = ()
    """Facilities whose signed policy approves case-linked, on-contract implants by itself."""
    implant_approver: str = "supply_manager"
    stock_line_limit: Decimal = Decimal(2500)
    """A1: highest line of a stock replenishment approved without a person."""
    stock_auto_facilities: tuple[str, ...] = ()
    """Facilities that vouch for the budget of stock replenishment; no budget is read here."""
    break_glass_limit: Decimal = Decimal(50000)
    """X4: highest STAT or IN_ROOM requisition approved at once and reviewed afterwards."""
    break_glass_review_h: float = 24
    break_glass_reviewer: str = "director"
    on_call_approver: str = "on_call_approver"
    restricted_approvers: tuple[str, ...] = ("supply_manager", "compliance")
    implant_off_contract_approver: str = "value_analysis_physician"
    new_item_approver: str = "item_steward"
    budget_approver: str = "finance_partner"
    decision_reply_s: float = 2
    """A person waits this long for the policy; then people decide, never the clock."""
    delegations: tuple[Delegation, ...] = ()
    sha256: str = ""

    def stand_in(self, role: str, day: date) -> str:
        """Return who answers for a role on a day: its delegate while one is named."""
        for one in self.delegations:
            if one.role == role and one.since <= day <= one.until:
                return one.to
        return role

    def ladder(self, amount: Decimal) -> tuple[str, tuple[str, ...]]:
        """Return (rule, roles) of the human route for an amount (A3-A6)."""
        rows = sorted(self.routes, key=lambda row: row.limit)
        found = next((row for row in rows if amount <= row.limit), rows[-1])
        return found.rule, found.approvers

    def above(self, role: str) -> str:
        """Return the next role of the ladder; the last one answers to the on-call approver."""
        roles = max((row.approvers for row in self.routes), key=len, default=())
        after = roles[roles.index(role) + 1 :] if role in roles else roles[1:]
        return after[0] if after else self.on_call_approver


class Tolerance(msgspec.Struct, frozen=True, kw_only=True):
    """Invoice tolerance of one class; both limits must hold, the tighter wins (spec 2.0.12)."""

    name: str
    item_classes: tuple[str, ...]
    price_percent: Decimal
    price_amount: Decimal
    line_amount: Decimal
    quantity_percent: Decimal
    freight_percent: Decimal
    freight_amount: Decimal


class MatchPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How far an invoice may be from order and receipt (spec 2.0.12, match tolerances)."""

    id: str
    version: str
    tolerances: tuple[Tolerance, ...]
    rounding_per_line: Decimal
    analyst_release_limit: Decimal = Decimal(100)
    """A variance above it takes two signatures (spec 2.6, authority to release)."""
    is_tax_exempt: bool = False
    """An exemption certificate is on file: any billed tax is an exception (spec 2.0.12)."""
    sha256: str = ""

    def tolerance_for(self, item_class: str) -> Tolerance:
        """Return the class's tolerance, or the strictest one when the class is not listed."""
        for tolerance in self.tolerances:
            if item_class in tolerance.item_classes:
                return tolerance
        return min(self.tolerances, key=lambda t: (t.price_percent, t.price_amount))


class TimePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Service levels and timers in business hours of the clock (spec 2.1-2.8 `Timers`)."""

    id: str
    version: str
    risk_horizon_h: float
    evaluation_grace_min: float
    freeze_days_before: int
    freeze_local_hour: int
    case_end_presumed_h: float
    usage_due_h: float
    cart_complete_h: float
    """The cart is complete this long before the start (spec 2.1 timers, T-2 h)."""
    cost_frozen_h: float
    """Open accruals are kept and the cost is frozen after this long (spec 2.1, +90 d)."""
    stock_fresh_critical_min: float
    """A position of an implant, or one that a critical line rests on, is fresh this long
    without a word of its source (spec 2.10)."""
    stock_fresh_min: float
    stock_gone_h: float
    """After this silence of the source a position is not known any more."""
    shelf_left_h: float
    """A lot is used only if it is good this long after the need (spec 2.0.12)."""
    requisition_window_min: float
    requisition_reply_h: float
    approval_sla_h: float
    approval_validity_h: float
    approval_sla_urgent_h: float = 1
    approval_sla_stat_h: float = 0.25
    """Escalation of a STAT approval; 15 min (spec 2.0.12)."""
    approval_sla_in_room_h: float = 0.0833
    """With the patient in the room and in the on-call lane: 5 min (spec 2.0.12)."""
    functional_ack_h: float
    business_ack_h: float
    change_answer_h: float
    delivery_grace_h: float
    receipt_post_reply_h: float
    invoice_receipt_wait_h: float
    invoice_dispute_h: float = 720
    """A dispute without an answer goes back to its owner after this long (spec W5.024, 30 d)."""
    preparation_h: float
    """Goods must be here this long before the case starts."""
    small_move_h: float
    """A time change below this is not supply-relevant by itself (spec 2.1 R1)."""
    urgent_triage_in_room_min: float = 2
    urgent_triage_min: float = 5
    urgent_search_in_room_min: float = 5
    urgent_search_min: float = 30
    """An urgent request nobody commits to escalates after this long (spec 2.16)."""
    urgent_shelf_min: float = 15
    urgent_sister_site_min: float = 120
    sha256: str = ""

    def hours(self, name: str) -> timedelta:
        """Return the named `_h` setting as a duration."""
        return timedelta(hours=getattr(self, name))

    def minutes(self, name: str) -> timedelta:
        """Return the named `_min` setting as a duration."""
        return timedelta(minutes=getattr(self, name))

    def fresh(self, *, is_critical: bool) -> timedelta:
        """Return how long a stock position is fresh without a word of its source."""
        minutes = self.stock_fresh_critical_min if is_critical else self.stock_fresh_min
        return timedelta(minutes=minutes)


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a family of exceptions and by when (spec 2.0.3)."""

    role: str
    urgent_h: float
    normal_h: float


class RoutingPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Routing table of exceptions (spec 2.0.3)."""

    id: str
    version: str
    families: dict[str, Owner]
    sha256: str = ""

    def owner_of(self, family: str) -> Owner:
        """Return the family's owner; an unlisted family goes to the supply command center."""
        fallback = Owner(role="supply command center", urgent_h=1, normal_h=8)
        return self.families.get(family, fallback)


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """All policies of one hub."""

    approval: ApprovalPolicy
    match: MatchPolicy
    time: TimePolicy
    routing: RoutingPolicy
    triggers: Triggers


P = TypeVar("P", bound=msgspec.Struct)


def load_policies(directories: list[Path]) -> Policies:
    """Return the policies; a file in a later directory replaces the same file of an earlier one.

    Raises MisconfiguredError `policy.missing` or `policy.invalid`, naming the file.
    """
    return Policies(
        approval=_load(directories, "approval.toml", ApprovalPolicy),
        match=_load(directories, "match.toml", MatchPolicy),
        time=_load(directories, "time.toml", TimePolicy),
        routing=_load(directories, "routing.toml", RoutingPolicy),
        triggers=_load(directories, "triggers.toml", Triggers),
    )


def _load(directories: list[Path], name: str, kind: type[P]) -> P:
    found = [d / name for d in directories if (d / name).is_file()]
    if not found:
        raise MisconfiguredError("policy.missing", f"no {name} in the policy folders")
    raw = found[-1].read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    try:
        table: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
        policy = msgspec.convert({**table, "sha256": digest}, kind, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        raise MisconfiguredError("policy.invalid", f"{name}: {error}") from error
    return policy
