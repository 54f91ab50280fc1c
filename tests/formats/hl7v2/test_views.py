"""Typed views: what is built reads back, what is broken is said, what is a patient's is wrapped."""

from __future__ import annotations

import dataclasses
import string
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.money import Money
from suture.core.phi import Phi, PhiLeak, declassify
from suture.core.problem import Problem, Severity
from suture.formats.hl7v2 import PROBLEM_CODES, Limits, Message, parse, validate
from suture.formats.hl7v2.views import (
    Charges,
    ClinicalOrder,
    Encounter,
    ItemMaster,
    MasterAnswer,
    OrderAnswer,
    Results,
    Schedule,
    answer_items,
    answer_order,
    gtin,
    view_charges,
    view_encounter,
    view_items,
    view_master_answer,
    view_order,
    view_order_answer,
    view_results,
    view_schedule,
    write_view,
)
from suture.formats.hl7v2.views import kind as kinds
from suture.formats.hl7v2.views.bind import Cell, plan
from suture.formats.hl7v2.views.kind import Code, Location, Person, Record, Reference, Trigger
from suture.formats.hl7v2.views.part import Own

AT = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
HEAD = "MSH|^~\\&|EHR|NCH|SUTURE|HUB|20260101080000+0000||{}|SYN1|P|{}\r"


def opened(value: Any) -> Any:
    """Return the content of a wrapped value; tests may look."""
    return declassify(value, "test", "test") if isinstance(value, Phi) else value


def plain(view: Any) -> Any:
    """Return a view as nested values that may be compared."""
    view = opened(view)
    if dataclasses.is_dataclass(view) and not isinstance(view, type):
        rows = {one.name: plain(getattr(view, one.name)) for one in dataclasses.fields(view)}
        return type(view).__name__, rows
    return tuple(plain(one) for one in view) if isinstance(view, tuple) else view


LEAF = st.text(
    st.sampled_from(string.ascii_letters + string.digits + " |^~&\\\r\n\téß漢"), max_size=8
)
LEAVES = LEAF.filter(lambda text: text != '""')
SOME = LEAVES.filter(bool)
DIGITS = st.decimals(0, 10**6, places=2).map(lambda value: value.quantize(Decimal("0.01")))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(
    lambda value: value.replace(microsecond=value.microsecond // 1000 * 1000)
)
MONEY = st.builds(Money, DIGITS, st.sampled_from(["USD", "EUR"]))
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    kinds.TEXT: SOME,
    kinds.CODE: st.builds(Code, SOME, LEAVES, LEAVES),
    kinds.REFERENCE: st.builds(Reference, SOME, LEAVES, LEAVES, LEAVES),
    kinds.DOMAIN: st.builds(Reference, st.just(""), SOME, LEAVES, LEAVES),
    kinds.RECORD: st.builds(Record, SOME, LEAVES, LEAVES),
    kinds.STAFF: st.builds(Person, LEAVES, LEAVES, SOME),
    kinds.NAME: st.builds(Person, SOME, LEAVES),
    kinds.LOCATION: st.builds(Location, SOME, LEAVES, LEAVES, LEAVES),
    kinds.FLAG: st.booleans(),
    kinds.NUMBER: DIGITS.map(Fraction),
    kinds.COUNT: st.integers(0, 9999),
    kinds.MOMENT: MOMENTS,
    kinds.DAY: st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    kinds.PRICE: MONEY,
    kinds.AMOUNT: MONEY,
    kinds.WHOLE: st.tuples(st.tuples(SOME), st.tuples(LEAVES, SOME)),
}
"""Kind -> values that are not its empty one."""


@st.composite
def views(draw: st.DrawFn, kind: Any, trigger: Trigger | None = None) -> Any:
    """Return any view of a class: attributes left out, filled, repeated."""
    if kind is Own:
        named = draw(st.sampled_from(["ZPA", "ZIT"]))
        return Own(
            name=named,
            fields=((((draw(SOME),),),), (), (((draw(SOME),), ("a", draw(SOME))), (("b",),))),
        )
    bound = plan(kind)
    made: dict[str, Any] = {}
    for name, cell in bound.cells:
        if cell.kind is kinds.TRIGGER:
            made[name] = trigger
        elif draw(st.booleans()):
            made[name] = value_of(draw, cell)
    for name, inner in bound.same:
        made[name] = draw(views(inner, trigger))
    for name, what in bound.under:
        count = draw(st.integers(0, 2 if what.is_many else 1))
        below = [draw(views(what.kind)) for _ in range(count)]
        made[name] = tuple(below) if what.is_many else below[0] if below else None
    return kind(**made)


def value_of(draw: st.DrawFn, cell: Cell) -> Any:
    """Return a filled value of a cell, wrapped when the cell is."""
    values = VALUES.get(cell.kind, st.tuples(SOME, MOMENTS, MOMENTS))
    made = draw(st.lists(values, min_size=1, max_size=2).map(tuple) if cell.is_many else values)
    return made if cell.label is None else Phi(made, cell.label)


View = Callable[[Message], tuple[Any, list[Problem]]]
CASES: list[tuple[Any, View, Trigger]] = [
    (Schedule, view_schedule, Trigger("SIU", "S12", "SIU_S12")),
    (Encounter, view_encounter, Trigger("ADT", "A08", "ADT_A01")),
    (Charges, view_charges, Trigger("DFT", "P03", "DFT_P03")),
    (ClinicalOrder, view_order, Trigger("OMS", "O05", "OMS_O05")),
    (OrderAnswer, view_order_answer, Trigger("ORS", "O06", "ORS_O06")),
    (ItemMaster, view_items, Trigger("MFN", "M16", "MFN_M16")),
    (MasterAnswer, view_master_answer, Trigger("MFK", "M16", "MFK_M01")),
    (Results, view_results, Trigger("ORU", "R01", "ORU_R01")),
]


@pytest.mark.parametrize(
    ("kind", "view", "trigger"), CASES, ids=lambda one: getattr(one, "__name__", "")
)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_built_reads_back(
    kind: Any, view: View, trigger: Trigger, data: st.DataObject
) -> None:
    """Any view, written and parsed, is the same view: nothing lost, moved or misread."""
    made = data.draw(views(kind, trigger))
    message = write_view(made, opened)
    again, problems = view(parse(bytes(message))[0])
    assert plain(again) == plain(made)
    assert {problem.code for problem in problems} <= {"hl7v2.view-missing"}
    assert all(one.code in PROBLEM_CODES for one in validate(message))


SIU = HEAD.format("SIU^S12^SIU_S12", "2.5.1") + (
    "SCH|SYNP1|SYNF1|||SCHED^x|URG^Urgent|||90|min^minutes|^^90^20260102073000+0000||||||||||||||BOOKED\r"
    "PID|1||SYN100^^^NCH^MR~SYN200^^^GOV^SS||SYNTH^ANNA||19700102|F\r"
    "PV1|1|I|MAIN^OR04^^NCH||||9000000001^SYNTH^DOC\r"
    "ZXX|unclaimed\r"
    "AIS|1|A|P27447^Knee^L|20260102073000+0000||||||X|RT^Right\rNTE|1||left\r"
    "AIG|1|A|TRAY7|TRAY||2|EA\rAIL|1|A|MAIN^OR04^^NCH|OR\rAIP|1|A|9000000001^SYNTH^DOC|SURGEON\r"
)


def test_a_schedule_is_read_without_its_rgs() -> None:
    """Feeds that leave RGS out are read as one group; a Z segment ends none."""
    view, problems = view_schedule(parse(SIU.encode())[0])
    assert problems == []
    appointment = view.appointment
    assert appointment is not None
    assert opened(appointment.filler) == Reference("SYNF1")
    assert opened(appointment.duration) == 90
    assert opened(appointment.timing)[1] == datetime(2026, 1, 2, 7, 30, tzinfo=UTC)
    assert opened(appointment.status).code == "BOOKED"
    [subject] = view.subjects
    assert opened(subject.patient.records)[1] == Record("SYN200", "GOV", "SS")
    assert opened(subject.patient.born) == date(1970, 1, 2)
    assert subject.visit is not None
    assert opened(subject.visit.location) == Location("MAIN", "OR04", "", "NCH")
    [group] = view.groups
    [service] = view.services
    assert opened(service.code) == Code("P27447", "Knee", "L")
    assert opened(service.placer_details) == (Code("RT", "Right"),)
    assert opened(service.notes[0].text) == ("left",)
    assert (group.equipment[0].quantity, group.equipment[0].type.code) == (2, "TRAY")
    assert opened(group.personnel[0].persons) == (Person("SYNTH", "DOC", "9000000001"),)


def test_nothing_of_a_patient_shows() -> None:
    """A view may be printed: what points at a person does not come out (plan D7)."""
    view, _ = view_schedule(parse(SIU.encode())[0])
    shown = repr(view)
    assert "SYNTH" not in shown and "SYN100" not in shown and "SYNF1" not in shown
    with pytest.raises(PhiLeak):
        write_view(view)


def test_what_cannot_be_read_is_empty_and_said() -> None:
    """A value with a wrong form is a problem with its path, never an exception."""
    text = HEAD.format("DFT^P03", "2.5.1") + "PID|1\rPID|2\rFT1|x|||soon||CG|I1|||many|12.x^y\r"
    view, problems = view_charges(parse(text.encode())[0])
    [charge] = view.charges
    assert (charge.number, charge.quantity, charge.extended) == (None, None, None)
    assert opened(charge.used) is None
    assert {(p.code, p.path) for p in problems} == {
        ("hl7v2.view-repeats", "PID[2]"),
        ("hl7v2.view-value", "FT1[1]-1"),
        ("hl7v2.view-value", "FT1[1]-4"),
        ("hl7v2.view-value", "FT1[1]-10"),
        ("hl7v2.view-value", "FT1[1]-11"),
    }


def test_a_null_is_said_and_a_wrong_type_is_an_error() -> None:
    """Two quotation marks delete; a view of another message says so and holds what it found."""
    text = HEAD.format("ADT^A08", "2.5.1") + 'PID|1||SYN1||SYNTH||""\r'
    _, problems = view_encounter(parse(text.encode())[0])
    assert [(p.code, p.path) for p in problems] == [("hl7v2.view-null", "PID[1]-7")]
    _, problems = view_schedule(parse(text.encode())[0])
    assert [p.code for p in problems if p.severity is Severity.ERROR] == [
        "hl7v2.view-trigger",
        "hl7v2.view-missing",
    ]


def test_a_merge_names_both_numbers() -> None:
    """A40: PID remains, MRG ends; each pair is a stay of its own."""
    text = HEAD.format("ADT^A40^ADT_A39", "2.5.1") + (
        "EVN||20260101\rPID|1||SYN1\rMRG|SYN2\rPID|2||SYN3\rMRG|SYN4\r"
    )
    view, problems = view_encounter(parse(text.encode())[0])
    assert problems == []
    pairs = [(opened(one.patient.records)[0].id, one.merged) for one in view.stays]
    assert [(kept, opened(gone.records)[0].id) for kept, gone in pairs if gone] == [
        ("SYN1", "SYN2"),
        ("SYN3", "SYN4"),
    ]
    text = text.replace("MRG|", "ZRG|")
    assert [p.path for p in view_encounter(parse(text.encode())[0])[1]] == ["MRG"]


DFT = HEAD.format("DFT^{}", "2.8.2") + (
    "EVN||20260101\rPID|1||SYN1\r{}FT1|1|T1|CASE7|20260101101500+0000||CG|I1^Screw^L|||2.5|10.50&USD"
    "||OR|||||||||4.20&EUR\rOBX|1|ST|UDI||(01)09521234543213\r"
    "PRT||AD||RS||||||D1||||||DI1||20271231|LOT9|SER9\rZPA|1|MAIN^CORE^B7^NCH\rFT1|2|||20260101||CR|I2|||1\r"
)


@pytest.mark.parametrize(("event", "before"), [("P03", ""), ("P11", "DG1|1||D1\r")])
def test_a_usage_carries_what_traces_it(event: str, before: str) -> None:
    """OBX, PRT and ZPA under an FT1 belong to it, in P03 as in P11."""
    view, problems = view_charges(parse(DFT.format(event, before).encode())[0])
    assert problems == []
    first, second = view.charges
    assert (first.quantity, first.extended, first.unit_cost) == (
        Fraction(5, 2),
        Money(Decimal("10.50")),
        Money(Decimal("4.20"), "EUR"),
    )
    assert opened(first.observations[0].values) == ((("(01)09521234543213",),),)
    [device] = first.devices
    assert (device.identifier.id, opened(device.lot), opened(device.serial)) == (
        "DI1",
        "LOT9",
        "SER9",
    )
    assert opened(device.expiry) == date(2027, 12, 31)
    own = first.own_segment("ZPA")
    assert own is not None and own.location(2) == Location("MAIN", "CORE", "B7", "NCH")
    assert (own.text(9), own.text(0)) == ("", "")
    assert (second.type, second.own) == ("CR", ())


MFN = HEAD.format("MFN^M16^MFN_M16", "2.8") + (
    "MFI|INV||UPD|||{}\rMFE|MAD|C1||I1|CWE\r"
    "ITM|I1|Screw|A|||Y^^HL70532|M1|Maker|CAT9|09521234543213||||Y\rSTZ|STEAM\r"
    "VND|1|V1|Vendor|VC1|Y\rPKG|1|BX|Y|10|99.50&USD|||09521234543220\rPCE|1|CC1||4&USD\rPKG|2|EA\r"
    "IVT|1|L1|Core||||B1~B2|||||||||Y\rILT|1|LOT1|20271231||||5^USD||7|EA\r"
    "MFE|MUP|C2||I2|CWE\rITM|I2\r"
)


def test_an_item_master_is_read_as_a_tree() -> None:
    """Vendors hold packagings, packagings cost centers, locations lots."""
    view, problems = view_items(parse(MFN.format("AL").encode())[0])
    assert problems == []
    first, second = view.records
    assert first.material is not None and second.material is not None
    assert (first.material.is_expiry_tracked, first.material.is_stocked) == (True, True)
    [vendor] = first.vendors
    box, each = vendor.packagings
    assert (box.quantity, box.price, box.cost_centers[0].account.id) == (
        10,
        Money(Decimal("99.50")),
        "CC1",
    )
    assert gtin(first, box) == "09521234543220"
    assert gtin(first, each) == ""
    assert gtin(first, each, ("PKG-8", "ITM-10")) == "09521234543213"
    assert gtin(first, each, ("ZIT-3", "ITM-9")) == "CAT9"
    with pytest.raises(ValueError):
        gtin(first, each, ("PID-3",))
    [place] = first.locations
    assert (place.is_consignment, [one.id for one in place.bins]) == (True, ["B1", "B2"])
    assert (place.lots[0].on_hand, place.lots[0].cost) == (7, Money(Decimal(5)))


@pytest.mark.parametrize(
    ("level", "events"), [("AL", ["MAD", "MUP"]), ("ER", ["MUP"]), ("SU", ["MAD"]), ("NE", [])]
)
def test_an_item_master_is_answered(level: str, events: list[str]) -> None:
    """MFK repeats MFE-1, MFE-2 and the keys with a result, as far as MFI-6 asks."""
    view, _ = view_items(parse(MFN.format(level).encode())[0])
    results = [Code("S"), Code("U", "unit")]
    answer = answer_items(view, control_id="SYN9", sent=AT, results=results)
    message = write_view(answer)
    assert message.trigger == "MFK^M16"
    assert (message.get("MSA-1"), message.get("MSA-2"), message.get("MSH-5")) == (
        "AA",
        "SYN1",
        "EHR",
    )
    again, problems = view_master_answer(message)
    assert ([one.event for one in again.records], problems) == (events, [])
    stated = {p.code for p in validate(message) if p.severity is not Severity.INFO}
    assert stated <= {"hl7v2.segment-missing"} if not events else stated == set()


OMS = HEAD.format("OMS^O05^OMS_O05", "2.5.1") + (
    "ORC|NW|P1\rRQD|1|I1|||5|EA|CC7|NA1|OR04|20260105\rORC|NW|P2\rRQD|2|I2|||1|BX\rRQ1|9.50|M1||V1||N|Y\r"
)


def test_a_requisition_is_read_and_answered() -> None:
    """ORS answers line by line, with the roles changed and nothing of a patient."""
    view, problems = view_order(parse(OMS.encode())[0])
    assert problems == []
    first, second = (line.requisition for line in view.lines)
    assert first is not None and second is not None and second.detail is not None
    assert (first.quantity, first.cost_center, first.needed_on) == (5, "CC7", date(2026, 1, 5))
    assert (second.detail.is_taxable, second.detail.may_substitute) == (False, True)
    answer = answer_order(view, control_id="SYN9", sent=AT, controls=[("OK", "R1"), ("UA", "")])
    message = write_view(answer, opened)
    assert (message.trigger, message.structure) == ("ORS^O06", "ORS_O06")
    again, problems = view_order_answer(message)
    assert problems == []
    assert [(one.control.control, one.control.filler.id) for one in again.lines] == [
        ("OK", "R1"),
        ("UA", ""),
    ]
    assert again.answer is not None and again.answer.control_id == "SYN1"
    oru, _ = view_order(parse(OMS.replace("OMS", "ORM").encode())[0])
    with pytest.raises(ValueError):
        answer_order(oru, control_id="SYN9", sent=AT)


def test_results_keep_every_part_of_a_value() -> None:
    """Components and subcomponents of OBX-5 come as they are, per order."""
    text = HEAD.format("ORU^R01", "2.5.1") + "OBR|1|P|F|C\rOBX|1|CWE|D||a&b^c~d\rNTE|1||n\rOBR|2\r"
    view, problems = view_results(parse(text.encode())[0])
    assert problems == []
    [subject] = view.subjects
    first, second = subject.orders
    assert opened(first.findings[0].observation.values) == ((("a", "b"), ("c",)), (("d",),))
    assert (len(first.findings[0].notes), second.findings) == (1, ())


@given(st.binary(max_size=200), st.sampled_from(CASES))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_a_view_fail(data: bytes, case: tuple[Any, View, Trigger]) -> None:
    """A view of anything is a view with problems."""
    view, problems = case[1](parse(b"MSH|^~\\&|" + data + b"\rPID|" + data + b"\rFT1|" + data)[0])
    assert isinstance(view, case[0])
    assert all(problem.code in PROBLEM_CODES for problem in problems)
    assert isinstance(case[1](parse(data)[0])[0], case[0])


@pytest.mark.parametrize(
    "field", ["~" * 1_000_000, "a~b^" * 250_000, "a&" * 500_000, "\x00" * 1_000_000]
)
def test_abuse_of_a_field_ends_soon(field: str) -> None:
    """A million repetitions, components or NULs cost a second at most; what is held is bounded."""
    limits = Limits(repetitions_max=10_000_000, fields_max=10_000_000)
    text = HEAD.format("ORU^R01", "2.5.1") + "OBR|1\rOBX|1|ST|C||" + field + "\r"
    message, _ = parse(text.encode(), limits=limits)
    start = time.perf_counter()
    view, problems = view_results(message)
    assert time.perf_counter() - start < 3
    values = opened(view.subjects[0].orders[0].findings[0].observation.values)
    assert len(values) <= 1_000 and all(len(one) <= 200 for one in values)
    assert len(problems) <= 200


def test_ten_thousand_items_are_read_in_seconds() -> None:
    """An item-master load is one message (limit of segments); a view of it is linear."""
    record = MFN.format("AL").partition("MFE|")[2]
    message, _ = parse((MFN.format("AL").partition("MFE|")[0] + f"MFE|{record}" * 5_000).encode())
    start = time.perf_counter()
    view, problems = view_items(message)
    assert time.perf_counter() - start < 30
    assert (len(view.records), problems) == (10_000, [])
