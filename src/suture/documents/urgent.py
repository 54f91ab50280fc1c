"""Events of an urgent request: what is needed now, who brings it, when it is there (spec 2.16).

In: what a person or a workflow asks for and what sources answer. Out: frozen structs. Refuses to
know: the patient. Quantities are rationals in the item's base unit, money is decimal, times UTC.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

CAUSES = (
    "card_wrong",
    "count_wrong",
    "supplier_late",
    "add_on",
    "damage",
    "usage_spike",
    "not_known",
)
"""Cause codes of an urgent request (spec 2.16 rules); `not_known` until a person says more."""


class UrgentRequested(msgspec.Struct, frozen=True, kw_only=True):
    """`urgent_request.raised`: an uncovered critical line, a call of the room, a patient in it."""

    item: str
    description: str
    facility: str
    location: str
    """Inventory location of the room."""
    quantity: Fraction
    need_at: datetime
    by: str
    room: str = ""
    criticality: str = ""
    """Empty: nobody has judged it yet, a person has minutes to do so."""
    is_in_room: bool = False
    is_or_call: bool = False
    cause: str = "not_known"
    case_token: str = ""
    line: str = ""
    """Demand line it stands for; empty when nothing was planned."""


class UrgentTriaged(msgspec.Struct, frozen=True, kw_only=True):
    """`urgent_request.triaged`: criticality and class are decided."""

    criticality: str
    by: str
    urgency: str = ""
    """Empty: by the need time."""


class SourceCommitted(msgspec.Struct, frozen=True, kw_only=True):
    """`supply.source_committed`: a source says it will bring it."""

    source: str
    by: str
    arrives_at: datetime | None = None
    cost: Decimal = Decimal(0)
    """Goods and courier, in the facility's currency."""


class CourierUnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """`shipment.notified` as an urgent request hears it: courier or picker is in motion."""

    by: str
    arrives_at: datetime | None = None
    reference: str = ""


class SourceLost(msgspec.Struct, frozen=True, kw_only=True):
    """`supply.promise_lost` as an urgent request hears it: lost, late or withdrawn."""

    by: str
    reason: str
    source: str = ""
    """Empty: the one that was to bring it."""


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """`supply.received` as an urgent request hears it: it is at the point of use."""

    by: str
    quantity: Fraction | None = None
    cause: str = ""
    cost: Decimal = Decimal(0)
    lot: str = ""


class NeedWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """`demand.cancelled` as an urgent request hears it."""

    by: str
    reason: str


class NeedChanged(msgspec.Struct, frozen=True, kw_only=True):
    """`demand.changed` as an urgent request hears it; `add` may be negative."""

    by: str
    add: Fraction = Fraction(0)
    need_at: datetime | None = None
    is_in_room: bool = False
    urgency: str = ""
    line: str = ""
    reason: str = ""


PAYLOADS: dict[str, Any] = {
    "urgent_request.raised": UrgentRequested,
    "urgent_request.triaged": UrgentTriaged,
    "supply.source_committed": SourceCommitted,
}
PER_MACHINE: dict[tuple[str, str], Any] = {
    ("W15", "shipment.notified"): CourierUnderWay,
    ("W15", "supply.promise_lost"): SourceLost,
    ("W15", "supply.received"): HandedOver,
    ("W15", "demand.cancelled"): NeedWithdrawn,
    ("W15", "demand.changed"): NeedChanged,
}
