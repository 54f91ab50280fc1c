"""The minimiser: a clinical message becomes business events without a patient (spec 4.1, 4.4).

In: a parsed HL7 v2 message, the site's profile, a vault. Out: events, a reason to filter, or
problems with positions. Refuses to know: the store, the wire, and any field without a row in the
field table. Each value that leaves passes `cross`, with the row that lets it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from suture.core.ids import CaseToken
from suture.core.phi import Label, Phi
from suture.core.problem import Problem, Severity
from suture.documents import codec
from suture.documents.case import CaseReport, CaseSnapshot, ProcedureEvent, ProcedureOfCase, Usage
from suture.documents.from_hl7v2 import (
    Envelope,
    ResourceReading,
    ScheduleReading,
    SiteProfile,
    UsageReading,
    read_schedule,
    read_usage,
)
from suture.formats.hl7v2 import Message
from suture.formats.udi import parse_udi
from suture.governance.privacy.field_table import cross, inspect_protected
from suture.governance.privacy.vault import VaultPort

BusinessEvent = tuple[str, CaseToken, CaseReport | ProcedureEvent | Usage]
"""Event type, case token, payload."""


@dataclass(frozen=True, slots=True)
class Events:
    """The message means these events; `problems` are warnings about fields that were dropped."""

    events: tuple[BusinessEvent, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Filtered:
    """The message has no meaning for supply; kept, not processed."""

    code: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The message could not be read; no event came of it. `problems` name the positions."""

    code: str
    problems: tuple[Problem, ...] = field(default=())


Minimised = Events | Filtered | Failed

SNAPSHOT_TRIGGERS = frozenset(
    {"S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22", "S26", "S27"}
)
"""SIU events that carry the whole case (spec 2.0.5, 2.1)."""
BLOCK_TRIGGERS = frozenset({"S23", "S24"})
"""Block time, for forecasting only (spec 2.1)."""
USAGE_TRIGGERS = frozenset({"DFT^P03", "DFT^P11"})
_FINAL = {
    "S15": "cancelled",
    "S16": "discontinued",
    "S17": "entered_in_error",
    "S26": "no_show",
}
_STATUS = {
    "BOOKED": "booked",
    "PENDING": "booked",
    "WAITLIST": "booked",
    "OVERBOOK": "booked",
    "STARTED": "started",
    "COMPLETE": "complete",
    "COMPLETED": "complete",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
    "DC": "discontinued",
    "DISCONTINUED": "discontinued",
    "DELETED": "entered_in_error",
    "NOSHOW": "no_show",
}
"""HL7 table 0278 -> house status; an unknown code reads as booked, with a problem."""
_PROCEDURE_EVENTS = {"started": "procedure.started", "complete": "procedure.completed"}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,47}", re.ASCII)
"""Shape of a code; anything else is free text and does not leave."""
_PLACE = re.compile(r"[A-Za-z0-9._ -]{0,40}(?:\^[A-Za-z0-9._ -]{0,40}){0,3}", re.ASCII)
_CONTROL_ID = re.compile(r"[!-~]{1,199}", re.ASCII)
_DI = re.compile(r"[!-~]{6,50}", re.ASCII)
_TRACE = re.compile(r"[!-~]{1,50}", re.ASCII)
_PROTECTED_CHARS_MIN = 5
"""A shorter number is in too many codes by chance for a second look to mean anything."""
_INSIDE_CHARS_MIN = 8
"""A number this long is not inside another code by chance; a shorter one must stand alone."""


def minimise(
    message: Message, site: SiteProfile, vault: VaultPort, *, recipients: Sequence[str] = ()
) -> Minimised:
    """Return what a clinical message means outside the clinical zone.

    `recipients` are the supplier keys that get an alias of the case (spec 4.3).
    """
    kind, _, event = message.trigger.partition("^")
    if kind == "SIU":
        return minimise_schedule(message, site, vault, recipients=recipients)
    if message.trigger in USAGE_TRIGGERS:
        return minimise_usage(message, site, vault)
    if kind == "ADT" and event:
        return minimise_encounter(message)
    return _unsupported()


def minimise_encounter(message: Message) -> Filtered:
    """Return why an ADT message has no effect on supply; A40 leaves the tokens alone (4.3)."""
    is_merge = message.get("MSH-9.2") in {"A18", "A34", "A35", "A36", "A39", "A40"}
    return Filtered("hl7v2.merge-keeps-tokens" if is_merge else "hl7v2.encounter-not-used")


def minimise_schedule(
    message: Message, site: SiteProfile, vault: VaultPort, *, recipients: Sequence[str] = ()
) -> Minimised:
    """Return `case.reported`, or the procedure's start or end, of an SIU message.

    Fails with `hl7v2.unsupported-message`, `hl7v2.no-case-number`, `hl7v2.no-start`,
    `hl7v2.no-message-time`.
    """
    trigger = message.get("MSH-9.2")
    if trigger in BLOCK_TRIGGERS:
        return Filtered("hl7v2.block-time")
    if message.get("MSH-9.1") != "SIU" or trigger not in SNAPSHOT_TRIGGERS:
        return _unsupported()
    reading, problems = read_schedule(message, site)
    if reading is None:
        return _failed(problems)
    gate = _Gate(inspect_protected(reading.protected), problems)
    case = vault.case_token(site.facility, cross(reading.case_number, "4.4/SCH-1"))
    status = _status(reading, problems)
    control_id = gate.text(reading.envelope.control_id, "ENVELOPE", _CONTROL_ID, "MSH-10")
    procedure = _PROCEDURE_EVENTS.get(status)
    if procedure and trigger == "S14" and site.reports_procedure_by_status:
        happened = ProcedureEvent(
            case_token=case, at=reading.envelope.sent_at, control_id=control_id
        )
        return Events(((procedure, case, happened),), tuple(problems))
    snapshot = _snapshot(reading, site, vault, gate, status)
    report = CaseReport(
        case_token=case,
        message_at=reading.envelope.sent_at,
        digest=hashlib.sha256(codec.encode(snapshot)).hexdigest(),
        trigger=reading.envelope.trigger,
        control_id=control_id,
        snapshot=snapshot,
        aliases={recipient: vault.alias(case, recipient) for recipient in recipients},
    )
    return Events((("case.reported", case, report),), tuple(problems))


def minimise_usage(message: Message, site: SiteProfile, vault: VaultPort) -> Minimised:
    """Return one `usage.recorded` or `usage.corrected` per FT1 of a DFT message.

    A credit (FT1-6 `CR`) is a correction with a negative quantity: what is taken back. Fails as a
    whole when one FT1 cannot be read.
    """
    if message.trigger not in USAGE_TRIGGERS:
        return _unsupported()
    reading, problems = read_usage(message, site)
    if reading is None:
        return _failed(problems)
    gate = _Gate(inspect_protected(reading.protected), problems)
    events = []
    for usage in reading.usages:
        found = _usage(usage, reading.envelope, site, vault, gate)
        if found is None:
            return _failed(problems)
        is_correction = usage.kind in {"CR", "AJ"} or found.quantity < 0
        event_type = "usage.corrected" if is_correction else "usage.recorded"
        events.append((event_type, CaseToken(found.case_token), found))
    return Events(tuple(events), tuple(problems)) if events else Filtered("hl7v2.no-usage")


@dataclass(frozen=True, slots=True)
class _Gate:
    """Lets a text out when a row allows it, it has its shape, and holds no direct identifier."""

    protected: tuple[str, ...]
    problems: list[Problem]

    def text(self, value: Phi[str], rule: str, shape: re.Pattern[str], path: str) -> str:
        """Return the text, or empty with a problem saying which position was dropped."""
        text = cross(value, rule)
        if not text:
            return ""
        if shape.fullmatch(text) is None:
            self._drop("privacy.not-a-code", path, "the value is not a code and was dropped")
            return ""
        if rule == "4.4/UDI-DI":  # printed on every box of the product; the table says public
            return text
        if self._holds_identifier(text.upper(), is_strict=shape is _CONTROL_ID):
            why = "the value holds an identifier of the person or case and was dropped"
            self._drop("privacy.identifier-in-field", path, why)
            return ""
        return text

    def _holds_identifier(self, text: str, *, is_strict: bool) -> bool:
        """Tell if a direct identifier stands in the text; `is_strict` finds it inside words too."""
        inside = _PROTECTED_CHARS_MIN if is_strict else _INSIDE_CHARS_MIN
        words = set(re.split(r"[^A-Z0-9]+", text))
        return any(
            (len(p) >= inside and p in text) or (len(p) >= _PROTECTED_CHARS_MIN and p in words)
            for p in self.protected
        )

    def _drop(self, code: str, path: str, text: str) -> None:
        self.problems.append(Problem(code, Severity.WARNING, text, path))


def _snapshot(
    reading: ScheduleReading, site: SiteProfile, vault: VaultPort, gate: _Gate, status: str
) -> CaseSnapshot:
    cards = [r for r in reading.resources if r.type in site.card_types]
    others = [r for r in reading.resources if r.type not in site.card_types]
    patient_class = cross(reading.patient_class, "4.4/PV1-2")
    return CaseSnapshot(
        facility=site.facility,
        room=gate.text(reading.room, "4.4/AIL-3", _PLACE, "AIL-3"),
        start=cross(reading.start, "4.4/SCH-11"),
        duration_min=cross(reading.duration_min, "4.4/DURATION"),
        procedures=_procedures(reading, site, gate),
        cards=_codes(cards, gate),
        surgeon_ref=_surgeon_ref(reading, site, vault),
        resources=_codes(others, gate),
        patient_class=site.patient_classes.get(patient_class, ""),
        latex_safe_required=cross(reading.is_latex_allergic, "4.4/ALLERGY"),
        status=status,
    )


def _status(reading: ScheduleReading, problems: list[Problem]) -> str:
    """Return the house status: what the trigger says goes before SCH-25."""
    final = _FINAL.get(reading.envelope.trigger)
    if final is not None:
        return final
    code = cross(reading.status, "4.4/SCH-25")
    if code and code not in _STATUS:
        text = "the filler status is not in HL7 table 0278; read as booked"
        problems.append(Problem("hl7v2.unknown-status", Severity.WARNING, text, "SCH-25"))
    return _STATUS.get(code, "booked")


def _procedures(
    reading: ScheduleReading, site: SiteProfile, gate: _Gate
) -> tuple[ProcedureOfCase, ...]:
    found = []
    for service in reading.services:
        code = gate.text(service.code, "4.4/AIS-3", _CODE, f"{service.position}-3")
        if code:
            side = _laterality(cross(service.sides, "4.4/AIS-11"), site, service.position, gate)
            found.append(ProcedureOfCase(code=code, laterality=side))
    return tuple(found)


def _laterality(
    sides: tuple[str, ...], site: SiteProfile, position: str, gate: _Gate
) -> str | None:
    """Return the one side the codes name; none or two give None: a side is never assumed."""
    known = {site.laterality_codes[side] for side in sides if side in site.laterality_codes}
    known &= {"RT", "LT", "BI"}
    if len(known) > 1 or (sides and not known):
        text = "AIS-11 and AIS-12 name no side of the code set, or two; the side was dropped"
        gate.problems.append(
            Problem("privacy.laterality", Severity.WARNING, text, f"{position}-11")
        )
    return known.pop() if len(known) == 1 else None


def _codes(resources: list[ResourceReading], gate: _Gate) -> tuple[str, ...]:
    found = (gate.text(r.identifier, "4.4/AIG", _CODE, f"{r.position}-3") for r in resources)
    return tuple(dict.fromkeys(code for code in found if code))


def _surgeon_ref(reading: ScheduleReading, site: SiteProfile, vault: VaultPort) -> str:
    """Return the pseudonym of the first surgeon; a person of another role is never one."""
    for person in reading.persons:
        if person.type in site.surgeon_roles:
            value = cross(person.identifier, "4.4/AIP-3")
            if value:
                return vault.pseudonym("surgeon", value)
    return ""


def _usage(
    reading: UsageReading, envelope: Envelope, site: SiteProfile, vault: VaultPort, gate: _Gate
) -> Usage | None:
    """Return one usage; None when its item may not leave, which fails the message."""
    where = reading.position
    item = gate.text(reading.item, "4.4/FT1-7", _CODE, f"{where}-7")
    if not item:
        text = "FT1-7 is no item code that may leave the clinical zone"
        gate.problems.append(Problem("hl7v2.no-item", Severity.ERROR, text, f"{where}-7"))
        return None
    transaction = cross(reading.transaction, "4.4/FT1-2")
    control_id = gate.text(envelope.control_id, "ENVELOPE", _CONTROL_ID, "MSH-10")
    if not transaction:
        transaction = f"{cross(envelope.control_id, 'ENVELOPE')}/{where}"
    device = _device(reading, gate, envelope.sent_at.year)
    sign = -1 if reading.kind == "CR" and reading.quantity > 0 else 1
    return Usage(
        case_token=vault.case_token(site.facility, cross(reading.case_number, "4.4/FT1-2")),
        usage=vault.usage_token(site.facility, transaction),
        item_id=item,
        item_system=gate.text(reading.item_system, "4.4/FT1-7", _CODE, f"{where}-7.3"),
        quantity=reading.quantity * sign,
        location=gate.text(reading.location, "4.4/FT1-7", _PLACE, f"{where}-16"),
        at=cross(reading.at, "4.4/FT1"),
        lot=gate.text(device.lot, "4.4/UDI-PI", _TRACE, f"{where}/OBX lot"),
        serial=gate.text(device.serial, "4.4/UDI-PI", _TRACE, f"{where}/OBX serial"),
        expiry=cross(device.expiry, "4.4/UDI-PI"),
        device_identifier=gate.text(device.identifier, "4.4/UDI-DI", _DI, f"{where}/OBX UDI"),
        procedure=gate.text(reading.procedure, "4.4/FT1-25", _CODE, f"{where}-25"),
        control_id=control_id,
    )


@dataclass(frozen=True, slots=True)
class _Device:
    """What label and typed values say together, still labelled."""

    identifier: Phi[str]
    lot: Phi[str]
    serial: Phi[str]
    expiry: Phi[date | None]


def _device(reading: UsageReading, gate: _Gate, year: int) -> _Device:
    """Return DI and PI; the scanned label (UDI) goes before typed values, with a note."""
    typed = _Device(reading.device_identifier, reading.lot, reading.serial, reading.expiry)
    text = inspect_protected(reading.udi)
    if not text:
        return typed
    udi, _ = parse_udi(text, around_year=year)
    if udi is None:
        why = "the UDI cannot be read; typed values are used"
        gate.problems.append(Problem("hl7v2.udi", Severity.WARNING, why, reading.position))
        return typed
    pairs = ((typed.lot, udi.lot), (typed.serial, udi.serial))
    if any(scan and (inspect_protected(value) or scan) != scan for value, scan in pairs):
        why = "the UDI and the typed lot or serial differ; the UDI is used"
        problem = Problem("hl7v2.device-differs", Severity.WARNING, why, reading.position)
        gate.problems.append(problem)
    return _Device(
        identifier=Phi(udi.device_identifier, Label.PUBLIC),
        lot=Phi(udi.lot, Label.PHI_QUASI) if udi.lot else typed.lot,
        serial=Phi(udi.serial, Label.PHI_QUASI) if udi.serial else typed.serial,
        expiry=Phi(udi.expiry, Label.PHI_QUASI) if udi.expiry else typed.expiry,
    )


def _failed(problems: list[Problem]) -> Failed:
    first = next((p for p in problems if p.severity is Severity.ERROR), None) or problems[0]
    return Failed(first.code, tuple(problems))


def _unsupported() -> Failed:
    text = "this message type or event is not read here; take it out of the feed or filter it"
    problem = Problem("hl7v2.unsupported-message", Severity.ERROR, text, "MSH-9")
    return Failed(problem.code, (problem,))
