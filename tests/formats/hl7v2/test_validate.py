"""Validation: what is stated, where, how badly, and what a profile permits, adds and forbids."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.hl7v2 import (
    PROBLEM_CODES,
    Limits,
    parse,
    read_hl7_profile,
    standard,
    validate,
)
from suture.formats.hl7v2.grammar import grammar
from suture.formats.hl7v2.standard import VERSIONS, nearest, read_cell

MSH = "MSH|^~\\&|EHR|NCH|SUTURE|HUB|20260101080000||{trigger}|SYN1|P|{version}"
ADT = (
    MSH.format(trigger="ADT^A01^ADT_A01", version="2.5.1")
    + "\rEVN||20260101080000\rPID|1||SYN100^^^NCH^MR||SYNTH^ANNA||19700101|F\rPV1|1|I\r"
)
SIU = (
    MSH.format(trigger="SIU^S12^SIU_S12", version="2.5.1")
    + "\rSCH|SYN1|SYN1||||E1||||||||||X1||||Y1\r"
    "PID|1||SYN100||SYNTH^ANNA\rRGS|1\rAIS|1|A|P1^HIP\rAIP|2|A\r"
)


def found(text: str, toml: str = "") -> list[Problem]:
    """Return the problems of a message, perhaps under a profile."""
    message, _ = parse(text.encode())
    return validate(message, read_hl7_profile(toml.encode()) if toml else None)


def said(text: str, toml: str = "") -> list[tuple[str, str, str]]:
    """Return code, severity and path of each problem."""
    return [(p.code[6:], p.severity.value, p.path) for p in found(text, toml)]


def test_a_message_as_published_has_no_problem() -> None:
    """What the tables of the version allow is not stated."""
    assert said(ADT) == []
    assert said(SIU) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ADT.replace("PV1|1|I", "PV1|1"), ("required", "warning", "PV1[1]-2")),
        (ADT.replace("PV1|1|I\r", ""), ("segment-missing", "warning", "PV1")),
        (ADT.replace("\rPID|", "\rZID|"), ("segment-missing", "error", "PID")),
        (ADT + "PV1|1|O\r", ("segment-repetition", "warning", "PV1[2]")),
        (ADT + "EVN||2026\r", ("segment-sequence", "warning", "EVN[2]")),
        (ADT + "SCH|1|1||||E\r", ("segment-unexpected", "info", "SCH[1]")),
        (ADT + "QXX|1\r", ("segment-unknown", "info", "QXX[1]")),
        (ADT.replace("19700101", "19701301"), ("data-type", "warning", "PID[1]-7.1")),
        (ADT.replace("|20260101080000\rPID", "|now\rPID"), ("data-type", "error", "EVN[1]-2.1")),
        (ADT.replace("PID|1|", "PID|one|"), ("data-type", "warning", "PID[1]-1")),
        (ADT.replace("PID|1|", "PID|12345|"), ("length", "info", "PID[1]-1")),
        (ADT.replace("|F\r", "|F~M\r"), ("repetition", "warning", "PID[1]-8[2]")),
        (ADT.replace("SYN1|P", "SYN1|Q"), ("table-value", "warning", "MSH[1]-11.1")),
        (ADT.replace("|F\r", "|F" + "|" * 40 + "x\r"), ("field-unknown", "info", "PID[1]-40")),
        (ADT.replace("2.5.1", "2.7").replace("SYN100^", "^"), ("component", "info", "PID[1]-3.1")),
        (ADT.replace("2.5.1", "2.77"), ("version", "warning", "MSH-12")),
        (ADT.replace("ADT_A01", "ADT_A03"), ("structure-name", "info", "MSH[1]-9.3")),
        (ADT.replace("ADT^A01^ADT_A01", "ADT^Q99"), ("structure-unknown", "info", "MSH[1]-9")),
        (SIU.replace("2.5.1", "2.2"), ("structure-version", "info", "MSH[1]-9")),
        (SIU.replace("\rSCH|", "\rZCH|"), ("segment-missing", "error", "SCH")),
    ],
)
def test_each_breach_is_stated_with_its_place(text: str, expected: tuple[str, str, str]) -> None:
    """Code, severity and path are those of the classification in docs/formats/hl7v2.md."""
    assert expected in said(text)
    assert all(problem.code in PROBLEM_CODES for problem in found(text))


def test_a_withdrawn_field_is_stated() -> None:
    """Version 2.7 withdrew PID-2; a sender that fills it is told, no more."""
    text = ADT.replace("2.5.1", "2.7").replace("PID|1|", "PID|1|SYN9")
    assert ("withdrawn", "info", "PID[1]-2") in said(text)


def test_the_offset_is_the_byte_where_the_value_starts() -> None:
    """Fields, repetitions and components are found in the bytes as received."""
    text = ADT.replace("19700101", "x").replace("PV1|1|I", "PV1|one|I|A^B~C^D")
    problems = {problem.path: problem.offset for problem in found(text)}
    assert problems["PID[1]-7.1"] == text.index("|x|") + 1
    assert problems["PV1[1]-1"] == text.index("one|")
    assert problems["PV1[1]-3[2]"] == text.index("C^D")


def test_the_clause_names_version_structure_and_field() -> None:
    """A reader can open the standard at the rule."""
    [problem] = found(ADT.replace("PV1|1|I", "PV1|1"))
    assert problem.clause == "HL7 v2.5.1 ADT_A01 PV1-2"


def test_no_problem_repeats_a_value() -> None:
    """Problems are logged and shown: nothing of the message is in them (style rule 5)."""
    text = ADT.replace("19700101", "CANARY").replace("SYN1|P", "SYN1|CANARY") + "QXX|CANARY\r"
    assert found(text)
    assert "CANARY" not in repr(found(text))


def test_obx_5_is_held_against_the_type_obx_2_names() -> None:
    """A number in a text is fine; a text in a number is not."""
    head = MSH.format(trigger="ORU^R01^ORU_R01", version="2.5.1")
    text = head + "\rOBR|1|||C1\rOBX|1|{}|C1||abc||||||F\r"
    assert said(text.format("ST")) == []
    assert ("data-type", "warning", "OBX[1]-5") in said(text.format("NM"))
    assert ("table-value", "warning", "OBX[1]-2") in said(text.format("QQ"))


def test_null_is_filled_and_has_no_form() -> None:
    """Two quotation marks delete a value: they satisfy a requirement and are no date."""
    assert said(ADT.replace("19700101", '""').replace("PV1|1|I", 'PV1|1|""')) == []


PROFILE = """
name = "nch"
required = ["PV1-19", "ZPA-1"]
forbidden = ["PID-19", "NK1"]
[segments]
ZPA = ["SI!", "PL!", "CWE*#L001"]
[tables]
L001 = ["CORE", "CART"]
"0004" = ["I", "O"]
[bindings]
"PV1-10" = "L001"
[structures]
"ADT^A01" = "MSH PID PV1? ZPA*"
[[deviations]]
name = "no-visit-number"
code = "hl7v2.profile-required"
at = "PV1-19"
"""


def test_a_profile_adds_requires_forbids_and_permits() -> None:
    """Own segments, structures, tables, fields and deviations are data of the partner."""
    text = ADT.replace("PV1|1|I", "PV1|1|E||||||||CARD") + "NK1|1\rZPA|1||CART~SHELF\r"
    problems = {(p.code[6:], p.path): p for p in found(text, PROFILE)}
    assert problems["profile-required", "PV1[1]-19"].permitted_by == "no-visit-number"
    assert problems["profile-required", "PV1[1]-19"].severity is Severity.INFO
    assert ("profile-forbidden", "NK1[1]") in problems
    assert ("required", "ZPA[1]-2") in problems
    assert ("table-value", "PV1[1]-2") in problems
    assert ("table-value", "PV1[1]-10") in problems
    assert ("segment-unexpected", "EVN[1]") in problems
    assert problems["required", "ZPA[1]-2"].clause == "HL7 v2.5.1 nch ADT_A01 ZPA-2"


def test_a_profile_may_hold_a_partner_to_another_version() -> None:
    """What counts is what was agreed, not what MSH-12 says."""
    toml = 'name = "old"\nversion = "2.3"\nis_closed = true\n'
    assert ("segment-unknown", "warning", "SFT[1]") not in said(ADT, toml)
    assert ("segment-unknown", "warning", "ZZZ[1]") in said(ADT + "ZZZ|1\r", toml)
    assert found(ADT.replace("PV1|1|I", "PV1|1"), toml)[0].clause.startswith("HL7 v2.3 ")


@pytest.mark.parametrize(
    "toml",
    [
        'name = "x"\nrequired = ["nothing"]',
        'name = "x"\n[segments]\nZPA = ["no cell!!"]',
        'name = "x"\n[structures]\n"ADT^A01" = "MSH (PID"',
        'name = "x"\n[structures]\n"ADT" = "MSH"',
        'name = "x"\nunknown = 1',
        "name",
    ],
)
def test_a_wrong_profile_is_found_at_start(toml: str) -> None:
    """Paths, cells and structures of a profile are read when it is."""
    with pytest.raises(MisconfiguredError, match=r"profile.invalid"):
        read_hl7_profile(toml.encode())


def test_versions_answer_what_the_specification_says_of_them() -> None:
    """Spec 2.0.5: ITM grew in 2.8, PKG-8 is the GTIN's, ORM ended with 2.6, PRT began in 2.7."""
    for version, itm, pkg in (("2.6", 29, 7), ("2.7", 29, 7), ("2.8", 33, 8), ("2.9", 33, 8)):
        tables = standard(version)
        assert tables is not None
        assert (len(tables.fields("ITM")), len(tables.fields("PKG"))) == (itm, pkg)
        assert bool(tables.structure("ORM_O01")) == (version == "2.6")
        assert tables.has_segment("PRT") == (version != "2.6")
    assert standard("3.0") is None
    assert nearest("2.9.7").version == "2.8.2"
    assert nearest("2.0").version == "2.1"
    assert nearest("").version == "2.5.1"


def test_every_published_structure_and_cell_can_be_read() -> None:
    """Each line of the twelve tables is a structure, cells or codes."""
    read = 0
    for version in VERSIONS:
        tables = standard(version)
        assert tables is not None
        for name in tables.structures():
            assert "MSH" in grammar(tables.structure(name)).names, (version, name)
            read += 1
    assert read == 2_052


def test_a_structure_is_walked_with_loops_and_choices() -> None:
    """A group starts again, a choice takes one of its names, what is skipped is named."""
    walked = grammar("MSH PID? (ORC (OBR|RQD RQ1?)? OBX*)+ BLG?")
    place = walked.start
    for name in ("MSH", "ORC", "RQD", "OBX", "OBX", "ORC", "OBR", "BLG"):
        node, missing = walked.step(place, name)
        assert node is not None and missing == (), name
        place = node
    assert walked.end(place) == ()
    assert walked.end(walked.start) == ("MSH", "ORC")
    assert walked.step(place, "PID")[0] is None


@pytest.mark.parametrize("text", ["", "(", "MSH)", "()", "msh", "MSH " * 2_000, "(" * 30 + "MSH"])
def test_a_wrong_structure_is_refused(text: str) -> None:
    """A structure that cannot be read raises ValueError, whatever it is."""
    with pytest.raises(ValueError):
        grammar(text)


def test_a_wrong_cell_is_refused() -> None:
    """A cell is a type with marks."""
    assert read_cell("CX!~3#0203") == ("CX", True, 3, "0203")
    with pytest.raises(ValueError):
        read_cell("CX!!")


LARGE = Limits(repetitions_max=10_000_000, fields_max=10_000_000)


@pytest.mark.parametrize(
    "field",
    [
        "~" * 1_000_000,
        "x~" * 1_000_000,
        "^" * 1_000_000,
        "a&" * 1_000_000,
        "a^b&c~" * 200_000,
        "|" * 1_000_000,
        "\x00" * 1_000_000,
        "9" * 1_000_000,
        "\\X41\\" * 200_000,
    ],
)
def test_abuse_ends_soon(field: str) -> None:
    """A million repetitions, components or NULs cost seconds at most and few problems."""
    message, _ = parse((ADT + "ZZ1|1\rOBX|1|NM|C1||" + field + "\r").encode(), limits=LARGE)
    start = time.perf_counter()
    problems = validate(message)
    assert time.perf_counter() - start < 5
    assert len(problems) <= 201


def test_many_breaches_end_in_one_last_problem() -> None:
    """The list is bounded and says so."""
    problems = found(ADT + "OBX|x|NM\r" * 5_000)
    assert len(problems) == 201
    assert problems[-1].code == "hl7v2.check-stopped"


MARKS = st.sampled_from(
    ["|^~\\&", "#*~!$", "^|~\\&", "|^~", "|^~\\&#", "||~\\&", "a^~\\&", "|^^\\&"]
)
LABELS = st.sampled_from(
    ["", "UNICODE UTF-8", "8859/1", "ISO IR87", "GB 18030-2000", "no such set"]
)


@given(
    marks=MARKS,
    label=LABELS,
    body=st.binary(max_size=60),
    kind=st.sampled_from(["SIU", "ADT", "ORU"]),
)
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_check_fail(marks: str, label: str, body: bytes, kind: str) -> None:
    """Mixed delimiters, wrong labels, NULs: problems with a place inside, never an exception."""
    sep = marks[0].encode()
    head = sep.join([b"MSH", marks[1:].encode(), b"A", b"B", b"C", b"D", b"2026", b""])
    head += sep + kind.encode() + marks[1:2].encode() + b"S12" + sep + b"1" + sep + b"P" + sep
    head += b"2.5.1" + sep * 6 + label.encode() + b"\r"
    for data in (head + b"PID" + sep + body + b"\rSCH" + sep + body, body, b"MSH" + body):
        problems = validate(parse(data)[0])
        assert all(one.code in PROBLEM_CODES for one in problems)
        assert all(0 <= (one.offset or 0) <= len(data) for one in problems)
