"""Messages: segments go where the directory puts them, and what does not fit is stated."""

from __future__ import annotations

import pytest
from edifact_samples import EXAMPLES, ORDER, message, read, wrap
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.edi.definition import read_definition
from suture.formats.edifact import (
    ELEMENTS,
    MESSAGES,
    STANDARD,
    EdifactProfile,
    SegmentGroup,
    check_profile,
    parse,
    tree,
    validate,
)
from suture.formats.edifact.check import _fits, read_elements, segment_problems
from suture.formats.edifact.directory import nearest
from suture.formats.edifact.segment import SegmentTable, Syntax
from suture.formats.profile import read_profile


def shape(group: SegmentGroup) -> list[object]:
    """Return the tags of a tree: strings for segments, lists for groups."""
    return [*group.ids, *(shape(inner) for inner in group.loops)]


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("version", ["D:96A:UN", "D:01B:UN:EAN010"])
def test_each_declared_message_takes_its_own_example(kind: str, version: str) -> None:
    """The twelve messages of spec 2.0.8 fit both directories; two of them differ."""
    body = EXAMPLES[kind]
    if version.startswith("D:01B"):
        body = {
            "SLSRPT": body + "UNS+S'",
            "INVRPT": body.replace("QTY+145:12:PCE'INV+1'", "INV+1'QTY+145:12:PCE'").replace(
                "QTY+156", "INV+2'QTY+156"
            ),
        }.get(kind, body)
    if kind == "CONTRL":
        version = "D:3:UN" if version == "D:96A:UN" else "4:1:UN"
    _, problems = read(wrap(body, kind, version))
    assert problems == []


def test_an_order_falls_into_its_groups() -> None:
    """A tag goes to the group that is open: RFF of the head, of a party, of a line."""
    assert shape(tree(message(ORDER, "ORDERS"))) == [
        *("BGM", "DTM", "DTM", "UNS", "MOA", "CNT"),
        ["RFF"],
        ["NAD", ["RFF"]],
        ["NAD"],
        ["CUX"],
        ["LIN", "PIA", "IMD", "QTY", "DTM", "MOA", ["PRI"], ["RFF"]],
        ["LIN", "PIA", "QTY", ["PRI"]],
    ]
    assert [g.opening.value(2) for g in tree(message(ORDER, "ORDERS")).within("NAD", "SU")] == [
        "9521009000019"
    ]


@pytest.mark.parametrize(
    ("kind", "version", "tag", "number"),
    [
        ("ORDERS", "D.96A", "LIN", 25),
        ("ORDERS", "D.01B", "LIN", 28),
        ("ORDRSP", "D.96A", "LIN", 26),
        ("INVOIC", "D.96A", "LIN", 25),
        ("DESADV", "D.96A", "CPS", 10),
        ("DESADV", "D.01B", "CPS", 10),
        ("RECADV", "D.96A", "CPS", 16),
        ("PRICAT", "D.96A", "PGI", 16),
        ("INVRPT", "D.96A", "LIN", 9),
        ("REMADV", "D.96A", "DOC", 4),
        ("APERAK", "D.96A", "ERC", 3),
        ("APERAK", "D.01B", "ERC", 4),
    ],
)
def test_groups_are_numbered_as_in_the_directory(
    kind: str, version: str, tag: str, number: int
) -> None:
    """Segment group n is the n-th bracket: clauses name the number that partners know."""
    definition = read_definition(MESSAGES[kind, version])
    assert [e.number for e in definition.body if e.id == tag and hasattr(e, "number")] == [number]


@pytest.mark.parametrize(
    ("change", "code", "path", "clause"),
    [
        (("BGM+220+PO7+9'", ""), "segment-missing", "UNH[1]", "D.96A ORDERS"),
        (("UNS+S'", ""), "segment-missing", "UNH[1]", "D.96A ORDERS"),
        (("UNS+S'", "ZZZ+1'UNS+S'"), "unexpected-segment", "ZZZ[1]", "D.96A ORDERS"),
        (("UNS+S'", "UNS+S'BGM+1'"), "segment-order", "BGM[2]", "D.96A ORDERS"),
        (("IMD+F", "QVR+1:21'QVR+1:21'IMD+F"), "segment-repeats", "QVR[2]", "D.96A ORDERS SG25"),
        (("CUX+2", "CUX+2'" * 5 + "CUX+2"), "group-repeats", "CUX[6]", "D.96A ORDERS SG7"),
    ],
)  # fmt: skip
def test_a_segment_out_of_place_is_stated(
    change: tuple[str, str], code: str, path: str, clause: str
) -> None:
    """Path, byte and clause say where and why; the segment is kept in the tree."""
    found, problems = read(wrap(ORDER.replace(*change)))
    first = next(p for p in problems if p.code == f"edifact.{code}")
    assert (first.path, first.clause) == (path, clause)
    assert first.offset == found.messages[0].segment(path).offset  # type: ignore[union-attr]
    kept = [tag for group in tree(found.messages[0]).walk() for tag in group.ids]
    assert sorted(kept) == sorted(found.messages[0].table.ids[1:-1])


@pytest.mark.parametrize(
    ("change", "code", "path", "severity"),
    [
        (("QTY+21:2:PCE", "QTY+21:two:PCE"), "element-number", "QTY[1]-1.2", Severity.ERROR),
        (("QTY+21:2:PCE", "QTY+21:1e5:PCE"), "element-number", "QTY[1]-1.2", Severity.ERROR),
        (("QTY+21:2:PCE", "QTY+21"), "element-missing", "QTY[1]-1.2", Severity.ERROR),
        (("QTY+21:2:PCE", "QTY+21:2:PIECE"), "element-length", "QTY[1]-1.3", Severity.WARNING),
        (("UNS+S", "UNS+1"), "element-type", "UNS[1]-1.1", Severity.ERROR),
        (("UNS+S", "UNS+SS"), "element-length", "UNS[1]-1.1", Severity.WARNING),
        (("LIN+1+", "LIN+1234567+"), "element-length", "LIN[1]-1.1", Severity.WARNING),
    ],
)
def test_an_element_of_the_wrong_kind_is_stated_with_its_byte(
    change: tuple[str, str], code: str, path: str, severity: Severity
) -> None:
    """Kind, length and presence of the elements we read are checked (ISO 9735 9)."""
    text = wrap(ORDER.replace(*change))
    _, (problem,) = read(text)
    assert (problem.code, problem.path, problem.severity) == (f"edifact.{code}", path, severity)
    assert problem.offset is not None
    start = text.index(change[1])
    assert start < problem.offset <= start + len(change[1])


def test_a_decimal_mark_is_either_but_una_is_remembered() -> None:
    """Both marks are numbers; one that UNA does not name is only mentioned."""
    comma = ORDER.replace("1450.00", "1450,00")
    assert read(wrap(comma))[1] == []
    _, (problem,) = read("UNA:+.? '" + wrap(comma))
    assert (problem.code, problem.severity) == ("edifact.decimal-mark", Severity.INFO)


def test_an_unknown_message_is_read_by_segments() -> None:
    """What is not declared is passed on with INFO and one flat group."""
    found, (problem,) = read(wrap("BGM+1'XYZ+1'", "IFTMIN"))
    assert (problem.code, problem.severity) == ("edifact.unknown-message", Severity.INFO)
    assert shape(tree(found.messages[0])) == ["BGM", "XYZ"]


@pytest.mark.parametrize(
    ("version", "directory"),
    [
        *(("D.93A", "D.96A"), ("D.97A", "D.96A"), ("D.99B", "D.96A"), ("D.00A", "D.01B")),
        *(("D.01B", "D.01B"), ("D.10B", "D.01B"), ("S.93A", "D.96A"), ("1.911", "D.96A")),
    ],
)
def test_other_versions_are_held_against_the_nearest(version: str, directory: str) -> None:
    """Releases of the nineties read as D.96A, later ones as D.01B, and it is mentioned."""
    assert nearest(version) == directory


def test_the_nearest_version_is_mentioned() -> None:
    """INFO names the directory that was used."""
    _, (problem,) = read(wrap(ORDER, version="D:97A:UN"))
    assert (problem.code, problem.severity) == ("edifact.version", Severity.INFO)
    assert problem.clause == "D.96A ORDERS"


PROFILE = b"""
name = "synth"
version = "D.96A"
[messages]
SYNTHX = "BGM! (LIN QTY)/2"
ORDERS = "BGM! DTM! (LIN! QTY!)!/9 UNS!"
[elements]
QTY = "1.1!an..3 1.2!n..2"
[[deviations]]
name = "long-quantity"
code = "edifact.element-length"
at = "QTY*"
reason = "agreed"
"""


def test_a_profile_adds_messages_and_permits_deviations() -> None:
    """A partner's message is declared in TOML; what is agreed is INFO with its name."""
    profile = read_profile(PROFILE, EdifactProfile)
    check_profile(profile)
    body = "BGM+1'LIN+1'QTY+21:100'LIN+2'LIN+3'"
    found, _ = parse(wrap(body, "SYNTHX").encode())
    length, repeats = sorted(validate(found, profile), key=lambda p: p.code)
    assert (length.permitted_by, length.severity) == ("long-quantity", Severity.INFO)
    assert (repeats.code, repeats.clause) == ("edifact.group-repeats", "synth SYNTHX SG1")
    assert shape(tree(found.messages[0], profile)) == ["BGM", ["LIN", "QTY"], ["LIN"], ["LIN"]]
    own, _ = parse(wrap("BGM+1'DTM+2'LIN+1'UNS+S'").encode())
    (missing,) = validate(own, profile)
    assert (missing.code, missing.clause) == ("edifact.segment-missing", "synth ORDERS SG1")


@pytest.mark.parametrize(
    "profile",
    [
        EdifactProfile(name="x", messages={"ORDERS": "BGM! (LIN"}),
        EdifactProfile(name="x", elements={"QTY": "1!zz3"}),
    ],
)
def test_a_wrong_profile_is_refused(profile: EdifactProfile) -> None:
    """A slip in a declaration is found when the profile is checked, not when an order comes."""
    with pytest.raises(MisconfiguredError):
        check_profile(profile)


def test_declarations_are_readable() -> None:
    """Every message and element notation is read; each message is there in both directories."""
    for notation in MESSAGES.values():
        read_definition(notation)
    for elements in ELEMENTS.values():
        for notation in elements.values():
            read_elements(notation)
    assert len({kind for kind, _ in MESSAGES}) == 12
    assert len(MESSAGES) == 24


TAGS = ["BGM", "DTM", "RFF", "NAD", "LIN", "QTY", "PRI", "CPS", "PAC", "PCI", "GIN", "UNS", "MOA"]


@given(
    st.sampled_from(sorted(MESSAGES)),
    st.lists(st.sampled_from([*TAGS, "TAX", "ALC", "DOC", "INV", "QQQ"]), max_size=25),
)
def test_every_segment_is_in_the_tree_once(declared: tuple[str, str], tags: list[str]) -> None:
    """Segments in any order, declared or not, are all kept, each in one group."""
    kind, version = declared
    body = "".join(f"{tag}+1'" for tag in tags)
    found, _ = parse(wrap(body, kind, version.replace(".", ":") + ":UN").encode())
    groups = tree(found.messages[0]).walk()
    assert sorted(tag for group in groups for tag in group.ids) == sorted(tags)


PARTS = st.one_of(
    st.sampled_from(["", "0", "-1", "12.50", ",5", "1e5", "102", "EA", "S", "a?+b", "é"]),
    st.text("0123456789.,-A", max_size=40),
)


@given(
    st.sampled_from(sorted(ELEMENTS["D.96A"])),
    st.lists(st.lists(PARTS, min_size=1, max_size=5), max_size=7),
)
def test_the_fast_check_and_the_single_checks_agree(tag: str, elements: list[list[str]]) -> None:
    """Whatever the one pattern lets pass has no problem by the single rules."""
    text = "+".join([tag, *(":".join(parts) for parts in elements)])
    notation = ELEMENTS["D.96A"][tag]
    segment = SegmentTable([text], [0], Syntax(identifier="UNOC")).segment(0)
    if _fits(notation, STANDARD)(text) is not None:
        assert segment_problems(segment, notation) == []


def test_sound_segments_pass_the_fast_check() -> None:
    """The examples need no single rule: otherwise the fast way would not be one."""
    for kind, body in EXAMPLES.items():
        for text in body.split("'"):
            notation = ELEMENTS["D.96A"].get(text[:3])
            if notation and "?" not in text and "-1:66" not in text:
                assert _fits(notation, STANDARD)(text) is not None, (kind, text)


def test_each_missing_segment_is_named() -> None:
    """A message without two mandatory segments has two problems, each with its name."""
    interchange, _ = read(wrap("DTM+137:20270104:102'"))
    texts = [p.text for p in validate(interchange) if p.code == "edifact.segment-missing"]
    assert [text.split()[0] for text in texts] == ["BGM", "UNS"]


@pytest.mark.parametrize(("syntax", "day"), [("UNOC:3", "20270104"), ("UNOC:4", "270104")])
def test_the_date_of_the_envelope_has_a_century_from_syntax_version_4(
    syntax: str, day: str
) -> None:
    """0017 is six digits until version 3 and eight since version 4 (ISO 9735 8)."""
    for date, is_sound in ((day, False), ("270108" if syntax == "UNOC:3" else "20270108", True)):
        content = wrap(ORDER, syntax=syntax).replace("270108", date, 1)
        stated = {(p.code, p.path) for p in validate(read(content)[0])}
        assert (("edifact.element-length", "UNB[1]-4.1") not in stated) is is_sound


def test_a_group_header_is_checked() -> None:
    """Words in place of date and version of UNG are stated with their place."""
    content = wrap(ORDER).replace("UNH+", "UNG+ORDERS+A+B+day:time+1+UN+D:96A'UNH+", 1)
    problems = validate(read(content)[0])
    assert ("edifact.element-number", "UNG[1]-4.1") in {(p.code, p.path) for p in problems}
