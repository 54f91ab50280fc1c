"""What an EHR says about a surgical case, read from HL7 v2 and labelled as it is read.

In: a parsed SIU or DFT message and the site's profile. Out: readings whose values are all `Phi`, so
that only the minimiser can carry one further. Refuses to know: who may see what (spec 4.4 is the
minimiser's), tokens, and every field without a line here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import msgspec

from suture.core.money import parse_quantity
from suture.core.phi import Label, Phi
from suture.core.problem import Problem, Severity
from suture.formats.hl7v2 import Message, Segment, timestamp

SERVICES_MAX = 200
"""Services, resources, places or persons read of one case; a real one has a dozen."""
USAGES_MAX = 2_000
"""FT1 groups read of one message; a long cardiac case uses about 300 items."""
DURATION_MIN_MAX = 7 * 24 * 60
"""A week in the operating room is a wrong unit."""
USAGE_KINDS = frozenset({"", "CG", "CR", "AJ"})
"""FT1-6 (table 0017) of a usage: charge, credit, adjustment; a payment is none."""
_HL7_NULL = '""'
_DAY_DIGITS = 8
"""Digits of a date; a start needs the hour as well."""
_UNITS_MIN = {
    "": Fraction(1),
    "MIN": Fraction(1),
    "M": Fraction(1),
    "H": Fraction(60),
    "HR": Fraction(60),
    "S": Fraction(1, 60),
    "SEC": Fraction(1, 60),
}


class SiteProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How one hospital uses HL7 v2 (its deviations by name)."""

    facility: str
    """Facility code, e.g. `NCH`."""
    timezone: str
    """IANA name; holds where a time has no offset."""
    case_number_fields: tuple[str, ...] = ("SCH-2",)
    """Where the case number stands, first filled wins; SCH-2 unless the site says so (spec 2.1)."""
    card_types: frozenset[str] = frozenset({"PREFCARD"})
    """AIG-4 codes whose AIG-3 is a preference card."""
    room_types: frozenset[str] = frozenset({"OR"})
    """AIL-4 codes of the operating room."""
    surgeon_roles: frozenset[str] = frozenset({"SURGEON"})
    """AIP-4 codes of the surgeon."""
    laterality_codes: dict[str, str] = msgspec.field(
        default_factory=lambda: {"RT": "RT", "LT": "LT", "BI": "BI"}
    )
    """Local side code -> RT, LT, BI; any other is dropped (spec 4.4)."""
    patient_classes: dict[str, str] = msgspec.field(
        default_factory=lambda: {"I": "inpatient", "B": "inpatient", "O": "outpatient"}
    )
    """PV1-2 (HL7 table 0004) -> flag; any other is dropped."""
    latex_allergy_codes: frozenset[str] = frozenset()
    """AL1-3 codes that make `latex_safe_required` true; nothing else of AL1 is read."""
    reports_procedure_by_status: bool = True
    """SIU^S14 with SCH-25 STARTED or COMPLETE reports the procedure, not a change of the plan."""
    udi_codes: frozenset[str] = frozenset({"UDI"})
    """OBX-3 codes under FT1; any other OBX is dropped."""
    lot_codes: frozenset[str] = frozenset({"LOT"})
    serial_codes: frozenset[str] = frozenset({"SERIAL", "SN"})

    def zone(self) -> ZoneInfo:
        """Return the site's time zone; raises ZoneInfoNotFoundError for an unknown name."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What identifies the message itself (MSH)."""

    trigger: str
    """Event code, e.g. `S12`."""
    control_id: Phi[str]
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceReading:
    """One AIS."""

    position: str
    code: Phi[str]
    sides: Phi[tuple[str, ...]]
    """Codes of AIS-11 and AIS-12 as sent."""


@dataclass(frozen=True, slots=True)
class ResourceReading:
    """One AIG or AIP: an identifier and the code of what it is."""

    position: str
    identifier: Phi[str]
    type: str


@dataclass(frozen=True, slots=True)
class ScheduleReading:
    """One SIU message, labelled."""

    envelope: Envelope
    case_number: Phi[str]
    start: Phi[datetime]
    duration_min: Phi[int]
    status: Phi[str]
    """SCH-25 code."""
    services: tuple[ServiceReading, ...]
    resources: tuple[ResourceReading, ...]
    persons: tuple[ResourceReading, ...]
    room: Phi[str]
    patient_class: Phi[str]
    is_latex_allergic: Phi[bool]
    protected: Phi[tuple[str, ...]]
    """Direct identifiers of the message; the minimiser looks for them in what it lets through."""


@dataclass(frozen=True, slots=True)
class UsageReading:
    """One FT1 with the OBX and PRT under it, labelled."""

    position: str
    kind: str
    """FT1-6: CG charge, CR credit, AJ adjustment."""
    case_number: Phi[str]
    transaction: Phi[str]
    item: Phi[str]
    item_system: Phi[str]
    quantity: Fraction
    location: Phi[str]
    procedure: Phi[str]
    at: Phi[datetime]
    udi: Phi[str]
    device_identifier: Phi[str]
    lot: Phi[str]
    serial: Phi[str]
    expiry: Phi[date | None]


@dataclass(frozen=True, slots=True)
class UsageMessage:
    """One DFT message, labelled."""

    envelope: Envelope
    usages: tuple[UsageReading, ...]
    protected: Phi[tuple[str, ...]]


def read_schedule(
    message: Message, site: SiteProfile
) -> tuple[ScheduleReading | None, list[Problem]]:
    """Read an SIU message; None when it has no case number, no start or no MSH-7.

    Key fields: spec 2.0.5. The start is SCH-11.4, else the earliest AIS-4, else TQ1-7.
    """
    problems: list[Problem] = []
    envelope = _envelope(message, site, problems)
    number = next((n for n in (_field(message, p) for p in site.case_number_fields) if n), "")
    if not number:
        where = site.case_number_fields[0] if site.case_number_fields else "SCH-2"
        problems.append(_error("hl7v2.no-case-number", where, "the message names no case"))
    start = _start(message, site)
    if start is None:
        text = "no usable start in SCH-11.4, AIS-4 or TQ1-7 (date and hour at least)"
        problems.append(_error("hl7v2.no-start", "SCH-11.4", text))
    if envelope is None or not number or start is None:
        return None, problems
    duration = _duration_min(message, problems)
    reading = ScheduleReading(
        envelope=envelope,
        case_number=Phi(number, Label.PHI_DIRECT),
        start=Phi(start, Label.PHI_QUASI),
        duration_min=Phi(duration, Label.PHI_QUASI),
        status=Phi(_field(message, "SCH-25").upper(), Label.PHI_QUASI),
        services=_services(message),
        resources=_resources(message, "AIG"),
        persons=_resources(message, "AIP"),
        room=Phi(_room(message, site), Label.PHI_QUASI),
        patient_class=Phi(_value(message.get("PV1-2.1")).upper(), Label.PHI_QUASI),
        is_latex_allergic=Phi(_is_latex_allergic(message, site), Label.PHI_DIRECT),
        protected=_protected(message),
    )
    return reading, problems


def read_usage(message: Message, site: SiteProfile) -> tuple[UsageMessage | None, list[Problem]]:
    """Read a DFT message; None when MSH-7 or a needed field of any FT1 is missing.

    All or nothing: a usage that is left out would be lost without anyone owning it.
    """
    problems: list[Problem] = []
    envelope = _envelope(message, site, problems)
    found = message.segments("FT1")
    if len(found) > USAGES_MAX:
        text = f"more than {USAGES_MAX} FT1 groups; send several messages"
        problems.append(_error("hl7v2.too-many-usages", f"FT1[{USAGES_MAX + 1}]", text))
        return None, problems
    usages = [
        usage
        for number, segment in enumerate(found, start=1)
        if (usage := _usage(message, segment, f"FT1[{number}]", site, problems)) is not None
    ]
    if envelope is None or any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    return UsageMessage(envelope, tuple(usages), _protected(message)), problems


def _envelope(message: Message, site: SiteProfile, problems: list[Problem]) -> Envelope | None:
    sent_at = message.sent_at(site.zone())
    if sent_at is None:
        problems.append(_error("hl7v2.no-message-time", "MSH-7", "MSH-7 is missing or no time"))
        return None
    trigger = message.trigger.partition("^")[2]
    return Envelope(trigger, Phi(message.control_id, Label.OPS_CONF), sent_at)


def _start(message: Message, site: SiteProfile) -> datetime | None:
    zone = site.zone()
    stated = _instant(message.get("SCH-11.4"), zone)
    if stated is not None:
        return stated
    services = [_instant(segment.get("4.1"), zone) for segment in _current(message, "AIS")]
    starts = [at for at in services if at is not None]
    return min(starts) if starts else _instant(message.get("TQ1-7.1"), zone)


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Return an instant when the text names at least the hour; a bare day is no start."""
    digits = re.match(r"\d*", text.strip())
    if digits is None or len(digits[0]) <= _DAY_DIGITS:
        return None
    return timestamp(text, zone)


def _duration_min(message: Message, problems: list[Problem]) -> int:
    """Return SCH-9, SCH-11.3, else the longest AIS-7, in whole minutes; 0 with a problem."""
    timing = _value(message.get("SCH-11.3"))
    stated = [
        (message.get("SCH-9.1"), message.get("SCH-10.1"), "SCH-9"),
        (timing.lstrip("SMHsmh"), timing[:1].strip("0123456789"), "SCH-11.3"),
    ]
    longest = 0
    for text, unit, path in stated:
        longest = longest or _minutes(text, unit, path, problems)
    if not longest:
        services = _current(message, "AIS")
        lengths = [_minutes(s.get("7.1"), s.get("8.1"), "AIS-7", problems) for s in services]
        longest = max(lengths, default=0)
    if not longest:
        text = "no duration in SCH-9, SCH-11.3 or AIS-7"
        problems.append(_warning("hl7v2.no-duration", "SCH-9", text))
    return longest


def _minutes(text: str, unit: str, path: str, problems: list[Problem]) -> int:
    if not _value(text):
        return 0
    factor = _UNITS_MIN.get(_value(unit).upper())
    try:
        minutes = parse_quantity(text) * (factor or Fraction(0))
    except (ValueError, ZeroDivisionError):
        minutes = Fraction(0)
    if factor is None or not 0 < minutes <= DURATION_MIN_MAX:
        problems.append(_warning("hl7v2.duration", path, "the duration or its unit is not usable"))
        return 0
    return -((-minutes) // 1)


def _services(message: Message) -> tuple[ServiceReading, ...]:
    return tuple(
        ServiceReading(
            position=f"AIS[{number}]",
            code=Phi(_value(segment.get("3.1")), Label.PHI_QUASI),
            sides=Phi(tuple(_sides(segment)), Label.PHI_QUASI),
        )
        for number, segment in enumerate(_current(message, "AIS"), start=1)
    )


def _sides(segment: Segment) -> Iterator[str]:
    for field in (11, 12):
        for repetition in range(1, min(segment.count(str(field)), 10) + 1):
            code = _value(segment.get(f"{field}[{repetition}].1")).upper()
            if code:
                yield code


def _resources(message: Message, name: str) -> tuple[ResourceReading, ...]:
    label = Label.OPS_CONF if name == "AIP" else Label.PHI_QUASI
    return tuple(
        ResourceReading(
            position=f"{name}[{number}]",
            identifier=Phi(_value(segment.get("3.1")), label),
            type=_value(segment.get("4.1")).upper(),
        )
        for number, segment in enumerate(_current(message, name), start=1)
    )


def _room(message: Message, site: SiteProfile) -> str:
    """Return AIL-3 of the operating room, else of the first location resource."""
    places = _current(message, "AIL")
    rooms = [place for place in places if _value(place.get("4.1")).upper() in site.room_types]
    chosen = rooms or places
    return _pl(chosen[0], 3) if chosen else ""


def _pl(segment: Segment, field: int) -> str:
    """Return point of care ^ room ^ bed ^ facility (HL7 2.9 2A.3.55, first four components)."""
    parts = [_value(segment.get(f"{field}.{component}")) for component in range(1, 5)]
    return "^".join(parts).rstrip("^")


def _current(message: Message, name: str) -> list[Segment]:
    """Return the segments of a name that are still part of the snapshot (action not D)."""
    found = message.segments(name)[:SERVICES_MAX]
    return [segment for segment in found if _value(segment.get("2.1")).upper() != "D"]


def _is_latex_allergic(message: Message, site: SiteProfile) -> bool:
    codes = (_value(s.get("3.1")).upper() for s in message.segments("AL1")[:SERVICES_MAX])
    return any(code in site.latex_allergy_codes for code in codes)


_PROTECTED = (
    ("PID", (2, 3, 4, 7, 13, 14, 18, 19, 20)),
    ("PV1", (5, 19, 50)),
    ("SCH", (1, 2)),
)
"""Fields with numbers that point at the person or the case."""


def _protected(message: Message) -> Phi[tuple[str, ...]]:
    values: set[str] = set()
    for name, fields in _PROTECTED:
        for segment in message.segments(name)[:1]:
            for field in fields:
                for repetition in range(1, min(segment.count(str(field)), 20) + 1):
                    values.add(_value(segment.get(f"{field}[{repetition}].1")).upper())
    values |= {_value(s.get("3.1")).upper() for s in message.segments("FT1")[:USAGES_MAX]}
    return Phi(tuple(sorted(values - {""})), Label.PHI_DIRECT)


def _usage(
    message: Message, segment: Segment, where: str, site: SiteProfile, problems: list[Problem]
) -> UsageReading | None:
    """Return one FT1 group, or None with its problems."""
    kind = _value(segment.get("6.1")).upper()
    if kind not in USAGE_KINDS:
        text = "FT1-6 is no charge, credit or adjustment; the row is not a usage"
        problems.append(Problem("hl7v2.not-a-usage", Severity.INFO, text, f"{where}-6"))
        return None
    needed = (
        ("3", "hl7v2.no-case-number", "the usage names no case"),
        ("7", "hl7v2.no-item", "the usage names no item"),
        ("10", "hl7v2.no-quantity", "the usage has no quantity"),
    )
    missing = [row for row in needed if not _value(segment.get(f"{row[0]}.1"))]
    problems += [_error(code, f"{where}-{field}", text) for field, code, text in missing]
    at = timestamp(segment.get("4.1"), site.zone())
    if at is None:
        problems.append(_error("hl7v2.no-usage-time", f"{where}-4", "FT1-4 is missing or no time"))
    quantity = _quantity(segment, where, problems)
    if missing or at is None or quantity is None:
        return None
    traced = _traced(message, segment, site, where, problems)
    return UsageReading(
        position=where,
        kind=kind,
        case_number=Phi(_value(segment.get("3.1")), Label.PHI_DIRECT),
        transaction=Phi(_value(segment.get("2.1")), Label.PHI_DIRECT),
        item=Phi(_value(segment.get("7.1")), Label.PUBLIC),
        item_system=Phi(_value(segment.get("7.3")), Label.PUBLIC),
        quantity=quantity,
        location=Phi(_pl(segment, 16), Label.PHI_QUASI),
        procedure=Phi(_value(segment.get("25.1")), Label.PHI_QUASI),
        at=Phi(at, Label.PHI_QUASI),
        udi=Phi(traced["udi"], Label.PHI_QUASI),
        device_identifier=Phi(traced["di"], Label.PUBLIC),
        lot=Phi(traced["lot"], Label.PHI_QUASI),
        serial=Phi(traced["serial"], Label.PHI_QUASI),
        expiry=Phi(_expiry(traced["expiry"]), Label.PHI_QUASI),
    )


def _quantity(segment: Segment, where: str, problems: list[Problem]) -> Fraction | None:
    text = _value(segment.get("10.1"))
    if not text:
        return None
    try:
        quantity = parse_quantity(text)
    except (ValueError, ZeroDivisionError):
        quantity = Fraction(0)
    if quantity == 0:
        problems.append(_error("hl7v2.quantity", f"{where}-10", "not a quantity, or nothing used"))
        return None
    return quantity


def _traced(
    message: Message, segment: Segment, site: SiteProfile, where: str, problems: list[Problem]
) -> dict[str, str]:
    """Return UDI, lot and serial from the OBX and PRT under an FT1 (spec 2.0.5, 4.4)."""
    found = {"udi": "", "di": "", "lot": "", "serial": "", "expiry": ""}
    kinds = {
        **dict.fromkeys(site.udi_codes, "udi"),
        **dict.fromkeys(site.lot_codes, "lot"),
        **dict.fromkeys(site.serial_codes, "serial"),
    }
    parts = {"di": "16.1", "expiry": "18.1", "lot": "19.1", "serial": "20.1"}
    for under in message.following(segment, {"NTE", "OBX", "PRT", "PR1", "ROL", "ZPA"}):
        if under.name == "OBX":
            kind = kinds.get(_value(under.get("3.1")).upper(), "")
            said = {kind: _value(under.get("5.1"))} if kind else {}
        elif under.name == "PRT":
            said = {kind: _value(under.get(path)) for kind, path in parts.items()}
        else:
            continue
        for kind, value in said.items():
            if value and found[kind] and found[kind] != value:
                text = "two segments under the FT1 differ; the first is used"
                problems.append(_warning("hl7v2.device-differs", where, text))
            found[kind] = found[kind] or value
    return found


def _expiry(text: str) -> date | None:
    """Return the day a DTM names as written; the zone does not matter to an expiry date."""
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:\d.*)?", text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _field(message: Message, path: str) -> str:
    return _value(message.get(f"{path}.1"))


def _value(text: str) -> str:
    """Return the trimmed text; an HL7 null counts as nothing."""
    trimmed = text.strip()
    return "" if trimmed == _HL7_NULL else trimmed


def _error(code: str, path: str, text: str) -> Problem:
    return Problem(code=code, severity=Severity.ERROR, text=text, path=path)


def _warning(code: str, path: str, text: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, text=text, path=path)
