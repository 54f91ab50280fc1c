"""What is told about the position of an item at a place (spec 2.10).

In: values from the ERP, a count, a person. Out: frozen structs. Refuses to know: who decides.
"""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec

from suture.documents.erp import ErpStock


class BookReported(msgspec.Struct, frozen=True, kw_only=True):
    """`inventory.position_changed` for W9: the ERP's book position after a movement."""

    stock: ErpStock
    as_of: datetime
    """Business time at which the ERP says it held."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """`inventory.counted`: a snapshot of the ERP, or what a person or a cabinet counted."""

    as_of: datetime
    quantity: Fraction
    """Base units."""
    by: str = ""
    source: str = ""
    """The system that counted, e.g. the name of a cabinet; empty: a person."""
    stock: ErpStock | None = None
    """The ERP's row, when it is the ERP that tells."""


class VarianceFound(msgspec.Struct, frozen=True, kw_only=True):
    """`inventory.variance_found`: two sources differ by more than the tolerance."""

    expected: Fraction
    counted: Fraction
    source: str
    by: str = ""


class SourceSilent(msgspec.Struct, frozen=True, kw_only=True):
    """`timer.validity_expired` for W9: how long the source has not answered."""

    silent_s: int


class SourceHeard(msgspec.Struct, frozen=True, kw_only=True):
    """`inventory.source_heard` (house): the source answers again and had no change to tell."""

    silent_s: int


class PlaceRetired(msgspec.Struct, frozen=True, kw_only=True):
    """`asset.retired` for W9: an item is no longer held at a place."""

    by: str
    reason: str


PAYLOADS: dict[str, Any] = {
    "inventory.counted": Counted,
    "inventory.variance_found": VarianceFound,
    "inventory.source_heard": SourceHeard,
}
PER_MACHINE: dict[tuple[str, str], Any] = {
    ("W9", "inventory.position_changed"): BookReported,
    ("W9", "timer.validity_expired"): SourceSilent,
    ("W9", "asset.retired"): PlaceRetired,
}
