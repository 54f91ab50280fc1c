"""Everything that can be said about an interchange: elements, relations, codes, frames, totals."""

from __future__ import annotations

import time

import pytest

from suture.core.problem import Problem, Severity
from suture.formats.profile import Deviation
from suture.formats.x12 import PROBLEM_CODES, X12Profile, parse, parse_all, validate
from suture.formats.x12.dictionary import SEGMENTS, segment_rule
from suture.formats.x12.rule import read_rule
from suture.formats.x12.sets import ELEMENTS

ISA = (
    "ISA*00*          *00*          *ZZ*SYNTHSUP       *14*SYNTHBUYER     "
    "*270109*0920*^*00501*000000104*1*T*:~"
)
GS = "GS*PO*APPSUP*APPBUY*20270109*0920*7*X*005010~"
ORDER = [
    "BEG*00*NE*PO7700001**20270108",
    "CUR*BY*USD",
    "REF*CT*CTR-1",
    "N1*ST*SYNTH DOCK*UL*9521000001022",
    "PO1*1*12*EA*14.50*CT*UK*09521001001014*VC*KF-1",
    "CTT*1*12",
]


def interchange(*body: str, isa: str = ISA, gs: str = GS, set_id: str = "850") -> bytes:
    """Return an interchange of one set with `body` between ST and SE."""
    whole = [f"ST*{set_id}*0001", *body, f"SE*{len(body) + 2}*0001"]
    return f"{isa}{gs}{'~'.join(whole)}~GE*1*7~IEA*1*000000104~".encode()


def found(content: bytes, profile: X12Profile | None = None) -> list[Problem]:
    """Return what validation says."""
    one, _ = parse(content)
    return validate(one, profile) if profile else validate(one)


def changed(number: int, text: str) -> bytes:
    """Return the order with one segment replaced."""
    return interchange(*ORDER[:number], text, *ORDER[number + 1 :])


def test_a_sound_order_has_no_problem() -> None:
    """What the house writes is sound by its own dictionary."""
    assert found(interchange(*ORDER)) == []


@pytest.mark.parametrize(
    ("number", "text", "code", "path"),
    [
        (0, "BEG*00*NE***20270108", "x12.element-missing", "BEG[2]-3"),
        (0, "BEG*0*NE*PO1**20270108", "x12.element-short", "BEG[2]-1"),
        (0, "BEG*00*NE*PO1**20270230", "x12.element-date", "BEG[2]-5"),
        (0, "BEG*00*NE*PO1**20270108********X", "x12.element-count", "BEG[2]-13"),
        (0, "BEG*99*NE*PO1**20270108", "x12.element-code", "BEG[2]-1"),
        (1, "CUR*BY*USD*1.5E3", "x12.element-number", "CUR[3]-3"),
        (2, "REF*CT", "x12.condition", "REF[4]-2"),
        (2, "REF*CT*A^B", "x12.element-repeats", "REF[4]-2"),
        (2, "REF*CT*A:B", "x12.component-count", "REF[4]-2"),
        (2, "REF*CT*A\x00B", "x12.element-character", "REF[4]-2"),
        (2, "REF*CT*" + "A" * 51, "x12.element-length", "REF[4]-2"),
        (2, "REF*CT*A**CT", "x12.element-missing", "REF[4]-4.2"),
        (3, "N1*ST*SYNTH DOCK*UL", "x12.condition", "N1[5]-4"),
        (3, "N1*ST", "x12.condition", "N1[5]-2"),
        (4, "PO1*1*12**14.50**UK*09521001001014*VC", "x12.condition", "PO1[6]-9"),
        (4, "PO1*1**EA*14.50", "x12.condition", "PO1[6]-2"),
        (5, "CTT*2*12", "x12.line-count", "CTT[7]-1"),
        (5, "CTT*1*13", "x12.hash-total", "CTT[7]-2"),
    ],
)
def test_each_rule_names_its_element(number: int, text: str, code: str, path: str) -> None:
    """Code, path and byte are those of the element; nothing received is in the text."""
    content = changed(number, text)
    problems = [p for p in found(content) if p.code == code]
    assert [p.path for p in problems][:1] == [path]
    one = problems[0]
    assert one.offset is not None and one.clause and code in PROBLEM_CODES
    before = path.partition("[")[0].encode() + b"*"
    assert content.rindex(before, 0, one.offset + len(before)) <= one.offset


def test_exclusion_of_elements() -> None:
    """QTY02 and QTY04 exclude each other (condition E)."""
    content = interchange(*ORDER[:5], "QTY*33*5**SYNTH", *ORDER[5:])
    assert [(p.code, p.path) for p in found(content)] == [("x12.exclusion", "QTY[7]-4")]


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("*ZZ*SYNTHSUP", "*YY*SYNTHSUP", "x12.isa-value", "ISA[1]-5"),
        ("SYNTHSUP       ", " " * 15, "x12.isa-value", "ISA[1]-6"),
        ("SYNTHSUP       ", " SYNTHSUP      ", "x12.isa-padding", "ISA[1]-6"),
        ("SYNTHSUP       ", "SYNTHSUP", "x12.isa-width", "ISA[1]-6"),
        ("*270109*", "*271309*", "x12.isa-value", "ISA[1]-9"),
        ("*0920*^", "*2520*^", "x12.isa-value", "ISA[1]-10"),
        ("*^*", "*A*", "x12.isa-value", "ISA[1]-11"),
        ("*00501*", "*5010 *", "x12.isa-value", "ISA[1]-12"),
        ("*1*T*", "*2*T*", "x12.isa-value", "ISA[1]-14"),
        ("*1*T*", "*1*X*", "x12.isa-value", "ISA[1]-15"),
        ("*00501*", "*00401*", "x12.version", "GS[2]-8"),
    ],
)
def test_the_frame_is_checked(old: str, new: str, code: str, path: str) -> None:
    """Widths, padding, values and versions of ISA."""
    problems = found(interchange(*ORDER, isa=ISA.replace(old, new)))
    assert (code, path) in [(p.code, p.path) for p in problems]
    assert all(p.clause in ("X12.5", "") for p in problems if p.path.startswith("ISA"))


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("*X*", "*Y*", "x12.isa-value", "GS[2]-7"),
        ("*X*005010", "*X*009999", "x12.version-unread", "GS[2]-8"),
        ("*20270109*", "*20271309*", "x12.isa-value", "GS[2]-4"),
        ("*APPSUP*", "*A*", "x12.isa-value", "GS[2]-2"),
    ],
)
def test_the_group_header_is_checked(old: str, new: str, code: str, path: str) -> None:
    """GS has types, lengths and codes like any segment."""
    problems = found(interchange(*ORDER, gs=GS.replace(old, new)))
    assert (code, path) in [(p.code, p.path) for p in problems]


def test_a_version_types_elements_otherwise() -> None:
    """A reference has 30 characters in 004010 and 50 in 005010."""
    body = [*ORDER[:2], "REF*CT*" + "A" * 31, *ORDER[3:]]
    old = interchange(*body, isa=ISA.replace("00501", "00401"), gs=GS.replace("005010", "004010"))
    assert [p.code for p in found(old)] == ["x12.element-length"]
    assert found(interchange(*body)) == []


def test_problems_of_parsing_are_among_them_with_a_clause() -> None:
    """Validation says all that parsing says, and where the standard says so."""
    content = interchange("BEG*00*NE*PO1**20270108", "ZZZ*1", "PO1*1*x*EA").replace(
        b"SE*5", b"SE*9"
    )
    _, parsed = parse(content)
    problems = found(content)
    assert {(p.code, p.path, p.offset) for p in parsed} <= {
        (p.code, p.path, p.offset) for p in problems
    }
    clauses = {p.code: p.clause for p in problems}
    assert clauses["x12.element-number"] == "X12.6 3.5.1"
    assert clauses["x12.unexpected-segment"] == "005010 850 ZZZ"
    assert clauses["x12.segment-count"] == "X12.6"


def test_offsets_count_from_the_start_of_the_file() -> None:
    """The second interchange of a file is not at its first byte."""
    bad = changed(1, "CUR*BY*US")
    every, _ = parse_all(interchange(*ORDER) + bad)
    (problem,) = validate(every[1])
    assert problem.offset == len(interchange(*ORDER)) + bad.index(b"*US~") + 1


def test_levels_of_a_ship_notice() -> None:
    """HL04 says whether levels follow."""
    levels = ["HL*1**S*0", "HL*2*1*O*1", "HL*3*2*I*0", "HL*4*9*I"]
    content = interchange("BSN*00*S1*20270108*0900*0001", *levels, "CTT*4", set_id="856")
    content = content.replace(b"GS*PO", b"GS*SH")
    assert [(p.code, p.path) for p in found(content)] == [
        ("x12.hierarchy-child", "HL[3]-4"),
        ("x12.hierarchy", "HL[6]-2"),
    ]


def test_a_million_repetitions_cost_little() -> None:
    """One problem, in time linear in the bytes."""
    content = changed(2, "REF*CT*" + "A^" * 1_000_000)
    start = time.process_time()
    assert "x12.element-repeats" in [p.code for p in found(content)]
    assert time.process_time() - start < 5


def test_a_deviation_is_permitted_by_name() -> None:
    """The profile's name stands with the problem, which then stops nothing."""
    profile = X12Profile(
        name="p",
        deviations=(Deviation(name="short-currency", code="x12.element-short", at="CUR*"),),
    )
    (problem,) = found(changed(1, "CUR*BY*US"), profile)
    assert (problem.severity, problem.permitted_by) == (Severity.INFO, "short-currency")


def test_the_quick_rules_agree_with_the_dictionary() -> None:
    """What parsing checks is what validation checks: same types, same lengths."""
    kinds = {"_is_whole": "N", "_is_real": "R", "_is_date": "DT", "_is_time": "TM"}
    for segment_id, rules in ELEMENTS.items():
        declared = segment_rule(segment_id, "005010")
        assert declared is not None, segment_id
        for rule in rules:
            use = declared.uses[rule.number - 1]
            kind = kinds.get(rule.check.__name__)
            is_date_of_isa = use.type.kind in ("DT", "TM") and kind == "N"
            assert use.type.kind == kind or kind is None or is_date_of_isa, segment_id
            assert use.type.length_max == rule.length_max, (segment_id, rule.number)


@pytest.mark.parametrize("segment_id", sorted(SEGMENTS))
def test_every_condition_names_elements_of_its_segment(segment_id: str) -> None:
    """The dictionary can be read for every version."""
    for version in ("003060", "004010", "004030", "005010"):
        rule = segment_rule(segment_id, version)
        assert rule is not None
        assert all(max(c.numbers) <= len(rule.uses) for c in rule.conditions)


@pytest.mark.parametrize("notation", ["9999!", "AN", "128!!", "128 | Q0102", "128 | P01"])
def test_a_wrong_notation_is_refused(notation: str) -> None:
    """A typing error in the dictionary is found when it is read."""
    with pytest.raises(ValueError):
        read_rule(notation, {"128": "ID.2-3"})
