"""The minimiser: messages in, business events without a patient out (spec 4.1-4.4, 2.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from suture.core.ids import CaseToken
from suture.documents import codec
from suture.documents.case import CaseReport, CaseSnapshot, ProcedureEvent, ProcedureOfCase, Usage
from suture.documents.from_hl7v2 import SiteProfile
from suture.formats.hl7v2 import Message, parse
from suture.governance.privacy.minimise import (
    Events,
    Failed,
    Filtered,
    Minimised,
    minimise,
    minimise_schedule,
    minimise_usage,
)

SITE = SiteProfile(facility="NCH", timezone="America/Chicago")


class Tokens:
    """A vault that names things in the order it meets them."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, ...], str] = {}

    def _name(self, prefix: str, *parts: str) -> str:
        return self.made.setdefault((prefix, *parts), f"{prefix}-{len(self.made)}")

    def case_token(self, facility: str, case_number: str) -> CaseToken:
        return CaseToken(self._name("case", facility, case_number))

    def alias(self, case: CaseToken, recipient: str) -> str:
        return self._name("alias", case, recipient)

    def pseudonym(self, kind: str, value: str) -> str:
        return self._name(kind, value)

    def usage_token(self, facility: str, transaction: str) -> str:
        return self._name("usage", facility, transaction)


SIU = [
    r"MSH|^~\&|ORSCHED|NCH|SUTURE|IDN|20270104081500-0600||SIU^S12^SIU_S12|MSG0001|T|2.5.1",
    "SCH|77001^ORSCHED|77001^ORSCHED|||PERIOP|BOOKED|TKA^Knee|ELECTIVE|120|MIN"
    "|^^120^20270111073000-0600^20270111093000-0600||||||||||||||BOOKED^Booked^HL70278",
    "PID|1||SYNMRN000777^^^NCH^MR||SYNTHIA^PATIENTLY||19610203|F",
    "PV1|1|I|MAIN^OR04^^NCH",
    "RGS|1|A",
    "AIS|1|A|TKA-PRIM^Total knee^LOCAL|20270111073000-0600|0|MIN|120|MIN||BOOKED|RT^Right^LOCAL",
    "AIG|1|A|PC-4471^Card^LOCAL|PREFCARD^Preference card^LOCAL",
    "AIG|2|A|TRAY-KNEE1^Tray^LOCAL|TRAY^Instrument tray^LOCAL",
    "AIL|1|A|MAIN^OR04^^NCH|OR^Operating room^LOCAL",
    "AIP|1|A|9000000023^SYNTHO^NURSE|NURSE",
    "AIP|2|A|9000000015^SYNTHO^SURGEON^^^^^^NPI|SURGEON^Primary surgeon^LOCAL",
]

DFT = [
    r"MSH|^~\&|ORLOG|NCH|SUTURE|IDN|20270111101500-0600||DFT^P03^DFT_P03|MSG0004|T|2.5.1",
    "EVN||20270111101500-0600",
    "PID|1||SYNMRN000777^^^NCH^MR||SYNTHIA^PATIENTLY",
    "PV1|1|I|MAIN^OR04^^NCH||||||||||||||||SYNCSN000888",
    "FT1|1|USE77001-1|77001|20270111091000-0600|20270111101500-0600|CG|ITM-100200^Femoral^ERP|||1"
    "|||6010-NCH|||MAIN^OR04^^NCH|||||||||0SRC0J9^^I10P",
    "OBX|1|ST|UDI^Device^LOCAL||(01)09521001001014(17)290630(10)L7F21(21)S000123||||||F",
    "OBX|2|ST|LOT^Lot number^LOCAL||L7F21||||||F",
    "FT1|2|USE77001-2|77001|20270111092000-0600||CG|ITM-100300^Glove^ERP|||2.5",
]


def message(lines: list[str]) -> Message:
    return parse("\r".join([*lines, ""]).encode())[0]


def changed(lines: list[str], *changes: tuple[str, str]) -> Message:
    """Return the message with values set; each path must stand in the message."""
    found = message(lines)
    for path, value in changes:
        found = found.set(path, value)
    return found


def only(result: Minimised) -> tuple[str, CaseReport]:
    assert isinstance(result, Events)
    ((kind, token, event),) = result.events
    assert isinstance(event, CaseReport)
    assert event.case_token == token
    return kind, event


def codes(result: Minimised) -> list[tuple[str, str]]:
    assert isinstance(result, Events | Failed)
    return [(problem.code, problem.path) for problem in result.problems]


def test_a_booking_becomes_a_case_report() -> None:
    """S102: operations gets time, place, codes and tokens, and nothing of the person."""
    kind, report = only(minimise(message(SIU), SITE, Tokens(), recipients=["SUP-1", "SUP-2"]))
    snapshot = CaseSnapshot(
        facility="NCH",
        room="MAIN^OR04^^NCH",
        start=datetime(2027, 1, 11, 13, 30, tzinfo=UTC),
        duration_min=120,
        procedures=(ProcedureOfCase(code="TKA-PRIM", laterality="RT"),),
        cards=("PC-4471",),
        surgeon_ref="surgeon-1",
        resources=("TRAY-KNEE1",),
        patient_class="inpatient",
        status="booked",
    )
    assert kind == "case.reported"
    assert report == CaseReport(
        case_token="case-0",
        message_at=datetime(2027, 1, 4, 14, 15, tzinfo=UTC),
        digest=hashlib.sha256(codec.encode(snapshot)).hexdigest(),
        trigger="S12",
        control_id="MSG0001",
        snapshot=snapshot,
        aliases={"SUP-1": "alias-2", "SUP-2": "alias-3"},
    )


@pytest.mark.parametrize(
    ("trigger", "code", "status"),
    [
        ("S12", "BOOKED", "booked"),
        ("S13", "", "booked"),
        ("S14", "OVERBOOK", "booked"),
        ("S13", "Cancelled", "cancelled"),
        ("S15", "BOOKED", "cancelled"),
        ("S16", "BOOKED", "discontinued"),
        ("S17", "DELETED", "entered_in_error"),
        ("S26", "", "no_show"),
        ("S12", "STARTED", "started"),
        ("S22", "DC", "discontinued"),
        ("S27", "NOSHOW", "no_show"),
    ],
)
def test_status_is_of_the_closed_set(trigger: str, code: str, status: str) -> None:
    """The trigger's own meaning goes before SCH-25 (spec 2.1 table, R8)."""
    _, report = only(minimise(changed(SIU, ("MSH-9.2", trigger), ("SCH-25", code)), SITE, Tokens()))
    assert (report.trigger, report.snapshot.status) == (trigger, status)


def test_an_unknown_status_is_read_as_booked_and_said() -> None:
    """The text itself is not repeated."""
    result = minimise(changed(SIU, ("SCH-25.1", "MAYBE SYNTHIA")), SITE, Tokens())
    assert only(result)[1].snapshot.status == "booked"
    assert codes(result) == [("hl7v2.unknown-status", "SCH-25")]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("STARTED", "procedure.started"), ("COMPLETE", "procedure.completed")],
)
def test_a_started_or_complete_s14_is_the_procedure(code: str, expected: str) -> None:
    """Site profile: such a message reports the room, not a change of plan."""
    found = changed(SIU, ("MSH-9.2", "S14"), ("SCH-25.1", code))
    result = minimise(found, SITE, Tokens(), recipients=["SUP-1"])
    at = datetime(2027, 1, 4, 14, 15, tzinfo=UTC)
    event = ProcedureEvent(case_token="case-0", at=at, control_id="MSG0001")
    assert result == Events(((expected, CaseToken("case-0"), event),))
    site = SiteProfile(facility="NCH", timezone="UTC", reports_procedure_by_status=False)
    assert only(minimise(found, site, Tokens()))[1].snapshot.status in {"started", "complete"}


@pytest.mark.parametrize(
    ("sch", "ais", "expected"),
    [
        ("20270111073000-0600", "20270112080000-0600", "2027-01-11T13:30:00+00:00"),
        ("", "20270112080000-0600", "2027-01-12T14:00:00+00:00"),
        ("202701110730", "", "2027-01-11T13:30:00+00:00"),
        ("2027071107", "", "2027-07-11T12:00:00+00:00"),
        ("20270111", "202701120800", "2027-01-12T14:00:00+00:00"),
    ],
)
def test_start_is_sch_then_ais_in_the_sites_zone(sch: str, ais: str, expected: str) -> None:
    """A time without offset is local to the site; a bare day is no start."""
    found = changed(SIU, ("SCH-11.4", sch), ("AIS-4", ais))
    assert only(minimise(found, SITE, Tokens()))[1].snapshot.start.isoformat() == expected


def test_tq1_gives_the_start_where_sch_11_is_gone() -> None:
    """From 2.8 SCH-11 is empty (spec 2.0.5)."""
    lines = [*SIU[:2], "TQ1|1||||||20270113090000-0600", *SIU[2:]]
    found = changed(lines, ("SCH-11.4", ""), ("AIS-4", ""))
    expected = datetime(2027, 1, 13, 15, tzinfo=UTC)
    assert only(minimise(found, SITE, Tokens()))[1].snapshot.start == expected


@pytest.mark.parametrize(
    ("changes", "minutes", "problems"),
    [
        ([], 120, []),
        ([("SCH-9", "2"), ("SCH-10", "H")], 120, []),
        ([("SCH-9", "90.5")], 91, []),
        ([("SCH-9", ""), ("SCH-11.3", "M75")], 75, []),
        ([("SCH-9", ""), ("SCH-11.3", ""), ("AIS-7", "45")], 45, []),
        ([("SCH-9", ""), ("SCH-11.3", ""), ("AIS-7", "")], 0, ["hl7v2.no-duration"]),
        ([("SCH-9", "soon"), ("SCH-11.3", "")], 120, ["hl7v2.duration"]),
        ([("SCH-10", "FORTNIGHT")], 120, ["hl7v2.duration"]),
    ],
)
def test_duration_is_whole_minutes(
    changes: list[tuple[str, str]], minutes: int, problems: list[str]
) -> None:
    """A unit that is not known is never taken for minutes."""
    result = minimise(changed(SIU, *changes), SITE, Tokens())
    assert only(result)[1].snapshot.duration_min == minutes
    assert [code for code, _ in codes(result)] == problems


@pytest.mark.parametrize(
    ("first", "second", "side", "is_noted"),
    [
        ("RT", "", "RT", False),
        ("", "LT", "LT", False),
        ("bi", "", "BI", False),
        ("RT", "RT", "RT", False),
        ("RT", "LT", None, True),
        ("RIGHT", "", None, True),
        ("call SYNTHIA", "", None, True),
        ("", "", None, False),
    ],
)
def test_laterality_is_a_code_or_nothing(
    first: str, second: str, side: str | None, is_noted: bool
) -> None:
    """A side outside the code set is dropped, never guessed (spec 4.4, R7)."""
    result = minimise(changed(SIU, ("AIS-11.1", first), ("AIS-12.1", second)), SITE, Tokens())
    assert only(result)[1].snapshot.procedures[0].laterality == side
    assert (("privacy.laterality", "AIS[1]-11") in codes(result)) == is_noted


def test_a_site_may_name_its_own_side_codes() -> None:
    """Profile data, not code."""
    site = SiteProfile(facility="NCH", timezone="UTC", laterality_codes={"R": "RT", "X": "UP"})
    found = changed(SIU, ("AIS-11.1", "R"))
    assert only(minimise(found, site, Tokens()))[1].snapshot.procedures[0].laterality == "RT"
    found = changed(SIU, ("AIS-11.1", "X"))
    assert only(minimise(found, site, Tokens()))[1].snapshot.procedures[0].laterality is None


def test_segments_taken_out_are_not_in_the_snapshot() -> None:
    """S18-S22: a service or resource with action D is no part of the case any more."""
    lines = [*SIU, "AIS|2|D|OLD-PROC^Old^LOCAL", "AIG|3|D|TRAY-OLD|TRAY"]
    snapshot = only(minimise(message(lines), SITE, Tokens()))[1].snapshot
    assert [procedure.code for procedure in snapshot.procedures] == ["TKA-PRIM"]
    assert snapshot.resources == ("TRAY-KNEE1",)


def test_latex_allergy_is_one_flag() -> None:
    """AL1 gives yes or no, nothing else (spec 4.4)."""
    site = SiteProfile(facility="NCH", timezone="UTC", latex_allergy_codes=frozenset({"LATEX"}))
    for code, expected in (("LATEX", True), ("PEANUT", False)):
        report = only(minimise(message([*SIU, f"AL1|1|DA|{code}^SYNCANARY"]), site, Tokens()))[1]
        assert report.snapshot.latex_safe_required is expected
        assert b"PEANUT" not in codec.encode(report)


def test_free_text_in_a_code_field_does_not_leave() -> None:
    """A value that is not a code is dropped, with its position."""
    found = changed(SIU, ("AIS-3.1", "Knee of Synthia"), ("AIG[2]-3.1", "tray for Synthia"))
    result = minimise(found, SITE, Tokens())
    snapshot = only(result)[1].snapshot
    assert (snapshot.procedures, snapshot.resources) == ((), ())
    assert codes(result) == [
        ("privacy.not-a-code", "AIS[1]-3"),
        ("privacy.not-a-code", "AIG[2]-3"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("AIG[2]-3.1", "TRAY-SYNMRN000777", "AIG[2]-3"),
        ("AIG[2]-3.1", "TRAY-77001", "AIG[2]-3"),
        ("AIS-3.1", "TKA/19610203", "AIS[1]-3"),
        ("MSH-10", "MSG77001S12", "MSH-10"),
    ],
)
def test_an_identifier_hidden_in_a_kept_field_is_stopped(path: str, value: str, where: str) -> None:
    """S99: the second line looks for the message's own identifiers in all that leaves."""
    result = minimise(changed(SIU, (path, value)), SITE, Tokens())
    assert codes(result) == [("privacy.identifier-in-field", where)]
    assert value.encode() not in codec.encode(only(result)[1])


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ([("SCH-2", "")], "hl7v2.no-case-number", "SCH-2"),
        ([("SCH-2.1", '""')], "hl7v2.no-case-number", "SCH-2"),
        ([("SCH-11.4", ""), ("AIS-4", "")], "hl7v2.no-start", "SCH-11.4"),
        ([("SCH-11.4", "soon"), ("AIS-4", "")], "hl7v2.no-start", "SCH-11.4"),
        ([("MSH-7", "")], "hl7v2.no-message-time", "MSH-7"),
        ([("MSH-9.2", "S25")], "hl7v2.unsupported-message", "MSH-9"),
        ([("MSH-9.2", "S99")], "hl7v2.unsupported-message", "MSH-9"),
        ([("MSH-9.1", "ORM"), ("MSH-9.2", "O01")], "hl7v2.unsupported-message", "MSH-9"),
    ],
)
def test_an_unreadable_message_fails_with_its_position(
    changes: list[tuple[str, str]], code: str, where: str
) -> None:
    """Nothing is minted for a message that is not used."""
    tokens = Tokens()
    result = minimise(changed(SIU, *changes), SITE, tokens)
    assert isinstance(result, Failed)
    assert result.code == code
    assert (code, where) in codes(result)
    assert tokens.made == {}


def test_a_site_may_name_its_case_by_sch_1() -> None:
    """The case number is SCH-2 unless the profile says where else (spec 2.1)."""
    site = SiteProfile(facility="NCH", timezone="UTC", case_number_fields=("SCH-2", "SCH-1"))
    tokens = Tokens()
    minimise(changed(SIU, ("SCH-2", "")), site, tokens)
    assert ("case", "NCH", "77001") in tokens.made


@pytest.mark.parametrize(
    ("type_", "event", "code"),
    [
        ("ADT", "A01", "hl7v2.encounter-not-used"),
        ("ADT", "A04", "hl7v2.encounter-not-used"),
        ("ADT", "A40", "hl7v2.merge-keeps-tokens"),
        ("SIU", "S23", "hl7v2.block-time"),
        ("SIU", "S24", "hl7v2.block-time"),
    ],
)
def test_messages_without_a_meaning_for_supply_are_filtered(
    type_: str, event: str, code: str
) -> None:
    """A reason is recorded; an A40 merge touches no token (spec 4.3)."""
    tokens = Tokens()
    tokens.case_token("NCH", "77001")
    before = dict(tokens.made)
    found = changed(SIU, ("MSH-9.1", type_), ("MSH-9.2", event))
    assert minimise(found, SITE, tokens) == Filtered(code)
    assert tokens.made == before


def test_usage_becomes_one_event_per_ft1() -> None:
    """Item, quantity, lot and place pass with tokens for both ids (spec 4.4 FT1 rows)."""
    result = minimise(message(DFT), SITE, Tokens())
    assert isinstance(result, Events)
    (kind, token, first), (_, _, second) = result.events
    assert (kind, token) == ("usage.recorded", "case-0")
    assert first == Usage(
        case_token="case-0",
        usage="usage-1",
        item_id="ITM-100200",
        item_system="ERP",
        quantity=Fraction(1),
        location="MAIN^OR04^^NCH",
        at=datetime(2027, 1, 11, 15, 10, tzinfo=UTC),
        lot="L7F21",
        serial="S000123",
        expiry=date(2029, 6, 30),
        device_identifier="09521001001014",
        procedure="0SRC0J9",
        control_id="MSG0004",
    )
    assert isinstance(second, Usage)
    assert (second.usage, second.quantity, second.lot) == ("usage-2", Fraction(5, 2), "")


def test_usage_and_schedule_of_a_case_share_the_token() -> None:
    """FT1-3 is the case number of SCH-2 at the same facility."""
    tokens = Tokens()
    _, report = only(minimise(message(SIU), SITE, tokens))
    result = minimise(message(DFT), SITE, tokens)
    assert isinstance(result, Events)
    assert {token for _, token, _ in result.events} == {report.case_token}


@pytest.mark.parametrize(
    ("kind", "quantity", "expected"),
    [
        ("CG", "1", ("usage.recorded", Fraction(1))),
        ("", "1", ("usage.recorded", Fraction(1))),
        ("CR", "1", ("usage.corrected", Fraction(-1))),
        ("CR", "-1", ("usage.corrected", Fraction(-1))),
        ("CG", "-2", ("usage.corrected", Fraction(-2))),
        ("AJ", "3", ("usage.corrected", Fraction(3))),
    ],
)
def test_credits_take_back(kind: str, quantity: str, expected: tuple[str, Fraction]) -> None:
    """A correction's quantity is what it adds to the usage before."""
    found = changed(DFT[:7], ("FT1-6", kind), ("FT1-10", quantity))
    result = minimise_usage(found, SITE, Tokens())
    assert isinstance(result, Events)
    ((event_type, _, usage),) = result.events
    assert isinstance(usage, Usage)
    assert (event_type, usage.quantity) == expected


def test_payments_are_no_usage() -> None:
    """Table 0017: a row that is no charge, credit or adjustment is left out, or all are."""
    one = minimise(changed(DFT, ("FT1[2]-6", "PY"), ("FT1[2]-10", "")), SITE, Tokens())
    assert isinstance(one, Events)
    assert len(one.events) == 1
    assert codes(one) == [("hl7v2.not-a-usage", "FT1[2]-6")]
    both = changed(DFT, ("FT1[1]-6", "PY"), ("FT1[2]-6", "CO"))
    assert minimise(both, SITE, Tokens()) == Filtered("hl7v2.no-usage")
    assert minimise(message(DFT[:4]), SITE, Tokens()) == Filtered("hl7v2.no-usage")


@pytest.mark.parametrize(
    ("path", "value", "code", "where"),
    [
        ("FT1[2]-3", "", "hl7v2.no-case-number", "FT1[2]-3"),
        ("FT1[2]-7", "", "hl7v2.no-item", "FT1[2]-7"),
        ("FT1[2]-7.1", "glove for Synthia", "hl7v2.no-item", "FT1[2]-7"),
        ("FT1[2]-10", "", "hl7v2.no-quantity", "FT1[2]-10"),
        ("FT1[2]-10", "some", "hl7v2.quantity", "FT1[2]-10"),
        ("FT1[2]-10", "0", "hl7v2.quantity", "FT1[2]-10"),
        ("FT1[2]-4", "", "hl7v2.no-usage-time", "FT1[2]-4"),
        ("MSH-7", "x", "hl7v2.no-message-time", "MSH-7"),
    ],
)
def test_one_bad_usage_fails_the_message(path: str, value: str, code: str, where: str) -> None:
    """All or nothing: no usage is left behind without an owner."""
    result = minimise(changed(DFT, (path, value)), SITE, Tokens())
    assert isinstance(result, Failed)
    assert result.code == code
    assert (code, where) in codes(result)


def test_typed_lot_and_prt_stand_in_for_a_label() -> None:
    """Without a UDI the OBX LOT and SERIAL, or PRT-16..20 of 2.8.2, are read."""
    lines = [*DFT[:5], "OBX|1|ST|LOT^Lot^LOCAL||L9||||||F", "OBX|2|ST|SERIAL^S^LOCAL||S9||||||F"]
    prt = "PRT|1|UC||DEV" + "|" * 12 + "09521001001014||20290630000000|L8|S8"
    for extra, expected in (
        ([], ("L9", "S9", None, "")),
        ([prt], ("L9", "S9", date(2029, 6, 30), "09521001001014")),
    ):
        result = minimise_usage(message([*lines, *extra]), SITE, Tokens())
        assert isinstance(result, Events)
        usage = result.events[0][2]
        assert isinstance(usage, Usage)
        traced = (usage.lot, usage.serial, usage.expiry, usage.device_identifier)
        assert traced == expected


def test_the_label_goes_before_what_was_typed() -> None:
    """A scan beats a keyboard, and the difference is noted."""
    found = changed(DFT, ("OBX[2]-5", "L7F2I"))
    result = minimise(found, SITE, Tokens())
    assert isinstance(result, Events)
    usage = result.events[0][2]
    assert isinstance(usage, Usage)
    assert usage.lot == "L7F21"
    assert codes(result) == [("hl7v2.device-differs", "FT1[1]")]


def test_a_usage_without_an_id_is_named_by_its_message() -> None:
    """The same message again gives the same token."""
    tokens = Tokens()
    found = changed(DFT[:7], ("FT1-2", ""))
    first, again = (minimise_usage(found, SITE, tokens) for _ in range(2))
    assert first == again
    assert ("usage", "NCH", "MSG0004/FT1[1]") in tokens.made


def test_the_digest_is_of_the_snapshot_alone() -> None:
    """Two messages that say the same have one digest; another side has another."""
    digests = [
        only(minimise(found, SITE, Tokens()))[1].digest
        for found in (
            message(SIU),
            changed(SIU, ("MSH-10", "MSG0002"), ("MSH-7", "20270105")),
            changed(SIU, ("AIS-11.1", "LT")),
        )
    ]
    assert digests[0] == digests[1] != digests[2]


Entry = Callable[[Message, SiteProfile, Tokens], Minimised]


@pytest.mark.parametrize("entry", [minimise_schedule, minimise_usage])
def test_each_door_takes_its_own_messages(entry: Entry) -> None:
    """A message at the wrong door is unsupported, not half read."""
    wrong = message(DFT if entry is minimise_schedule else SIU)
    result = entry(wrong, SITE, Tokens())
    assert isinstance(result, Failed)
    assert result.code == "hl7v2.unsupported-message"


def test_events_are_plain_json() -> None:
    """What crosses is a struct of text, numbers and times; no label object is left in it."""
    _, report = only(minimise(message(SIU), SITE, Tokens()))
    assert json.loads(codec.encode(report))["snapshot"]["cards"] == ["PC-4471"]
