"""Loops: segments go where the definition puts them, and what does not fit is stated."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.formats.x12 import DEFINITIONS, Envelope, Loop, compose, hierarchy, parse
from suture.formats.x12.check import _patterns, segment_problems
from suture.formats.x12.definition import read_definition, read_elements
from suture.formats.x12.segment import Segment
from suture.formats.x12.sets import ELEMENTS


def read(set_id: str, *segments: str) -> tuple[Loop, list[Problem]]:
    """Return tree and problems of one set, written by our own writer."""
    envelope = Envelope(
        set_id=set_id,
        sender="SYNTHA",
        receiver="SYNTHB",
        interchange_control=1,
        group_control=1,
        at=datetime(2027, 1, 8, tzinfo=UTC),
    )
    found, problems = parse(compose(envelope, [[text.split("*") for text in segments]]))
    return found.sets[0].tree, problems


def shape(loop: Loop) -> list[object]:
    """Return the ids of a tree: strings for segments, lists for loops."""
    return [*loop.ids, *(shape(inner) for inner in loop.loops)]


BEG = "BEG*00*NE*PO7**20270108"


def test_an_order_falls_into_its_loops() -> None:
    """Heading, parties, lines and totals each get their loop; REF goes to the loop that is open."""
    tree, problems = read(
        "850",
        BEG,
        "REF*CT*X",
        "N1*BY*SYNTH*UL*9521000000001",
        "N3*1 SYNTH ROAD",
        "N1*ST*SYNTH*UL*9521000001022",
        "PO1*1*1*EA*1*CT*VC*A",
        "PID*F****SYNTH",
        "REF*CO*D1",
        "PO1*2*1*EA*1*CT*VC*B",
        "SAC*C*G830***500",
        "N1*ST*SYNTH",
        "REF*DP*7",
        "CTT*2",
    )
    assert problems == []
    assert shape(tree) == [
        "BEG",
        "REF",
        ["N1", "N3"],
        ["N1"],
        ["PO1", "REF", ["PID"]],
        ["PO1", ["SAC"], ["N1", "REF"]],
        ["CTT"],
    ]
    assert [loop.opening.element(1) for loop in tree.within("PO1")] == ["1", "2"]
    assert len(tree.within("N1", "ST")) == 1
    first_line = tree.within("PO1")[0]
    reference = first_line.first("REF", "CO")
    assert reference is not None and reference.element(2) == "D1"
    assert first_line.first("REF", "CT") is None
    assert [loop.id for loop in tree.walk()] == [
        *("", "N1", "N1", "PO1", "PID", "PO1", "SAC", "N1", "CTT")
    ]


def test_an_acknowledgement_has_its_answers_below_the_line() -> None:
    """Each ACK opens a loop in its PO1, with its dates."""
    tree, problems = read(
        "855",
        "BAK*00*AC*PO7*20270108",
        "PO1*1*10*EA*1",
        "ACK*BP*4*EA*069*20270110",
        "ACK*IB*6*EA",
        "DTM*069*20270125",
        "PO1*2*1*EA*1",
        "ACK*IA*1*EA",
    )
    assert problems == []
    assert shape(tree)[1:] == [["PO1", ["ACK"], ["ACK", "DTM"]], ["PO1", ["ACK"]]]


EXAMPLES = {
    "860": "BCH*01*NE*PO7***20270108 POC*1*DI*1*0*EA*1*CT*VC*A CTT*1",
    "865": "BCA*00*AC*PO7***20270109 POC*1*QD*1**EA ACK*IA*1*EA CTT*1",
    "810": "BIG*20270110*INV-1*20270108*PO7***DR N1*RE*S ITD*01 IT1*1*1*EA*5.00 TXI*ST*1.00 TDS*600"
    " SAC*C*G830***100 CTT*1",
    "997": "AK1*PO*1 AK2*850*0001 AK3*PO1*5**8 AK4*2**6 AK5*R*5 AK9*R*1*1*0",
    "999": "AK1*PO*1*005010 AK2*850*0001 IK3*PO1*5**8 CTX*S IK4*2**6 IK5*R*I5 AK9*R*1*1*0",
}


@pytest.mark.parametrize("set_id", EXAMPLES)
def test_each_declared_set_takes_its_own_example(set_id: str) -> None:
    """Sets of the order-to-pay path fit their definitions (S51)."""
    segments = EXAMPLES[set_id].split()
    tree, problems = read(set_id, *segments)
    assert problems == []
    assert tree.ids[0] == segments[0].split("*")[0]


NOTICE = [
    "BSN*00*SHP1*20270109*0915*0001",
    "HL*1**S",
    "TD5**2*SYNC",
    "DTM*011*20270109",
    "HL*2*1*O",
    "PRF*PO7",
    "HL*3*2*P",
    "MAN*GM*095210090000000019",
    "HL*4*3*I",
    "LIN*1*VC*A*LT*L7",
    "SN1*1*2*EA",
    "DTM*036*20290630",
    "HL*5*3*I",
    "LIN*2*VC*B",
    "SN1*2*1*EA",
    "HL*6*1*O",
    "PRF*PO8",
    "CTT*6",
]


def test_a_ship_notice_gives_its_hierarchy() -> None:
    """HL levels become a tree; an item finds the pack and the order above it."""
    tree, problems = read("856", *NOTICE)
    assert problems == []
    roots, broken = hierarchy(tree)
    assert broken == []
    (shipment,) = roots
    assert [(level.code, level.id) for level in shipment.walk()] == [
        *(("S", "1"), ("O", "2"), ("P", "3"), ("I", "4"), ("I", "5"), ("O", "6"))
    ]
    item = list(shipment.walk())[4]
    order, pack = item.above("O"), item.above("P")
    assert order is not None and pack is not None
    reference, mark = order.first("PRF"), pack.first("MAN", "GM")
    assert reference is not None and reference.element(1) == "PO7"
    assert mark is not None and mark.element(2) == "095210090000000019"
    assert item.above("T") is None


@pytest.mark.parametrize(
    ("changed", "path"),
    [("HL*5*9*I", "HL[14]-2"), ("HL*4*3*I", "HL[14]-1"), ("HL*5*5*I", "HL[14]-2")],
)
def test_a_broken_hierarchy_is_an_error(changed: str, path: str) -> None:
    """A level without its parent, or twice the same number, is stated; nothing turns in circles."""
    tree, _ = read("856", *[changed if text == "HL*5*3*I" else text for text in NOTICE])
    roots, (problem,) = hierarchy(tree)
    assert (problem.code, problem.path, problem.severity) == ("x12.hierarchy", path, Severity.ERROR)
    assert sum(1 for root in roots for _ in root.walk()) == 6


@pytest.mark.parametrize(
    ("segments", "code", "path", "severity"),
    [
        (["PO1*1*1*EA*1"], "x12.segment-missing", "BEG[1]", Severity.ERROR),
        ([BEG, "CTT*0"], "x12.segment-missing", "PO1[1]", Severity.ERROR),
        ([BEG, "ZZZ*1", "PO1*1"], "x12.unexpected-segment", "ZZZ[3]", Severity.WARNING),
        ([BEG, "N1*ST*S", "CUR*BY*USD", "PO1*1"], "x12.segment-order", "CUR[4]", Severity.WARNING),
        ([BEG, BEG, "PO1*1"], "x12.segment-repeats", "BEG[3]", Severity.WARNING),
        ([BEG, *["DTM*002*20270110"] * 11, "PO1*1"], "x12.segment-repeats", "DTM[13]",
         Severity.WARNING),
        ([BEG, *["N1*ST*S"] * 201, "PO1*1"], "x12.loop-repeats", "N1[203]", Severity.WARNING),
        ([BEG, "PO1*1", "CTT*1", "CTT*1"], "x12.loop-repeats", "CTT[5]", Severity.WARNING),
        ([BEG, "CTT*1", "PO1*1"], "x12.segment-order", "PO1[4]", Severity.WARNING),
    ],
)  # fmt: skip
def test_a_segment_out_of_place_is_stated(
    segments: list[str], code: str, path: str, severity: Severity
) -> None:
    """Missing is an error; too many, too late and unknown are warnings, and the segment is kept."""
    tree, problems = read("850", *segments)
    (problem,) = [found for found in problems if found.code == code]
    assert (problem.path, problem.severity) == (path, severity)
    kept = sorted(segment for loop in tree.walk() for segment in loop.ids)
    assert kept == sorted(text.split("*")[0] for text in segments)


@pytest.mark.parametrize(
    ("segment", "code", "path", "severity"),
    [
        ("PO1*1*twelve*EA*1", "x12.element-number", "PO1[3]-2", Severity.ERROR),
        ("PO1*1*1,5*EA*1", "x12.element-number", "PO1[3]-2", Severity.ERROR),
        ("PO1*1*1*EA*1e5", "x12.element-number", "PO1[3]-4", Severity.ERROR),
        ("PO1*1*1*EACH*1", "x12.element-length", "PO1[3]-3", Severity.WARNING),
        ("DTM*002*20270230", "x12.element-date", "DTM[3]-2", Severity.ERROR),
        ("DTM*002*270230", "x12.element-date", "DTM[3]-2", Severity.ERROR),
        ("DTM*002*20270228*2560", "x12.element-time", "DTM[3]-3", Severity.WARNING),
        ("REF**X", "x12.element-missing", "REF[3]-1", Severity.ERROR),
        ("CUR*BY", "x12.element-missing", "CUR[3]-2", Severity.ERROR),
    ],
)
def test_an_element_of_the_wrong_type_is_stated_with_its_byte(
    segment: str, code: str, path: str, severity: Severity
) -> None:
    """Type, length and presence of the elements we read are checked (X12.6)."""
    lines = [BEG, segment] if segment.startswith("PO1") else [BEG, segment, "PO1*1"]
    _, (problem,) = read("850", *lines)
    assert (problem.code, problem.path, problem.severity) == (code, path, severity)
    assert problem.offset is not None


def test_the_offset_of_an_element_is_its_first_byte() -> None:
    """The problem of PO102 points into the segment, at the value."""
    envelope = Envelope(
        set_id="850",
        sender="SYNTHA",
        receiver="SYNTHB",
        interchange_control=1,
        group_control=1,
        at=datetime(2027, 1, 8, tzinfo=UTC),
    )
    content = compose(envelope, [[BEG.split("*"), ["PO1", "1", "many", "EA"]]])
    (problem,) = parse(content)[1]
    assert problem.offset == content.index(b"many")


VALUES = st.one_of(
    st.sampled_from(["", "0", "-1", "12.50", ".5", "1e5", "20270110", "20270230", "0915", "EA"]),
    st.text("0123456789.-A", max_size=24),
)


@given(st.sampled_from(sorted(ELEMENTS)), st.lists(VALUES, max_size=12))
def test_the_fast_check_and_the_single_checks_agree(segment_id: str, values: list[str]) -> None:
    """Whatever the one pattern lets pass has no problem by the single rules."""
    text = "*".join([segment_id, *values])
    problems = segment_problems(Segment([segment_id, *values]), ELEMENTS[segment_id])
    if _patterns("*")[segment_id](text) is not None:
        assert problems == []


@given(st.sampled_from(sorted(DEFINITIONS)), st.data())
def test_every_segment_is_in_the_tree_once(set_id: str, data: st.DataObject) -> None:
    """Segments in any order, declared or not, are all kept, each in one loop."""
    ids = ["REF", "N1", "PO1", "ACK", "HL", "IT1", "DTM", "CTT", "AK2", "AK5", "SAC", "QQQ"]
    chosen = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=25))
    tree, _ = read(set_id, *[f"{segment_id}*1" for segment_id in chosen])
    assert sorted(s for loop in tree.walk() for s in loop.ids) == sorted(chosen)


@pytest.mark.parametrize("notation", ["A", "BEG (N1", "BEG )", "((N1))", "BEG, REF", "beg", "()"])
def test_a_wrong_notation_is_refused(notation: str) -> None:
    """A slip in a declaration is found when it is read, not when an order comes."""
    with pytest.raises((ValueError, IndexError)):
        read_definition(notation)


def test_a_wrong_element_notation_is_refused() -> None:
    """Elements are declared by number, type and length."""
    with pytest.raises(ValueError):
        read_elements("1!XX3")
