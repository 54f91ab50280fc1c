"""What the operations zone may know of a surgical case (spec 3.6 CaseContext, field table 4.4).

In: a minimised scheduling or usage message. Out: frozen structs without any patient attribute.
Refuses to know: the patient, the case number, free text.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

import msgspec


class ProcedureOfCase(msgspec.Struct, frozen=True, kw_only=True):
    """One service line of the case: local procedure code and laterality code (RT, LT, BI)."""

    code: str
    laterality: str | None = None


class CaseSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The whole case as one message reported it."""

    facility: str
    room: str
    """HL7 PL text of the room, e.g. `MAIN^OR04^^NCH`."""
    start: datetime
    duration_min: int
    procedures: tuple[ProcedureOfCase, ...]
    cards: tuple[str, ...] = ()
    surgeon_ref: str = ""
    """Pseudonymous reference of the surgeon (OPS_CONF)."""
    resources: tuple[str, ...] = ()
    patient_class: str = ""
    latex_safe_required: bool = False
    status: str = "booked"
    """booked, started, complete, cancelled, discontinued, no_show, entered_in_error."""


class CaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """`case.reported`: one scheduling message, after the minimiser."""

    case_token: str
    message_at: datetime
    """MSH-7: orders reports of one case (plan D2)."""
    digest: str
    """Hex sha256 of the minimised snapshot; breaks ties of `message_at`."""
    trigger: str
    """S12, S13, ... as sent; the difference decides, not the trigger (spec 2.1 R1)."""
    control_id: str
    snapshot: CaseSnapshot
    aliases: dict[str, str] = {}
    """Supplier key -> demand token minted for that supplier."""


class ProcedureEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`procedure.started` and `procedure.completed`."""

    case_token: str
    at: datetime
    control_id: str = ""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """`usage.recorded` / `usage.corrected`: one item used in a case (DFT^P03 FT1 + OBX)."""

    case_token: str
    usage: str
    """Random token of the source's transaction id; the same id gives the same token."""
    item_id: str
    item_system: str
    """Assigning system of `item_id`, e.g. ERP or EPICSUP; resolved by crosswalk."""
    quantity: Fraction
    location: str
    """HL7 PL text."""
    at: datetime
    lot: str = ""
    serial: str = ""
    expiry: date | None = None
    device_identifier: str = ""
    procedure: str = ""
    control_id: str = ""
