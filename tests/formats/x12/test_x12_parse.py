"""Interchanges: delimiters, envelopes, counts, offsets; the bytes always come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.formats.x12 import PROBLEM_CODES, Limits, Party, looks_like, parse, parse_all

ISA = (
    "ISA*00*          *00*          *ZZ*SYNTHSUP       *14*SYNTHBUYER     "
    "*270109*0920*^*00501*000000104*1*T*:~"
)
ORDER = [
    "ST*850*0001",
    "BEG*00*NE*PO7700001**20270108",
    "CUR*BY*USD",
    "REF*CT*CTR-1",
    "N1*ST*SYNTH DOCK*UL*9521000001022",
    "PO1*1*12*EA*14.50*CT*UK*09521001001014*VC*KF-1",
    "PID*F****SYNTH COMPONENT",
    "REF*CO*DMD-1",
    "CTT*1",
    "SE*10*0001",
]


def interchange(
    *segments: str, sets: str = "1", groups: str = "1", control: str = "000000104"
) -> bytes:
    """Return an interchange of one PO group around `segments` (ST and SE included)."""
    body = "".join(segment + "~" for segment in segments)
    head = "GS*PO*APPSUP*APPBUY*20270109*0920*7*X*005010~"
    return f"{ISA}{head}{body}GE*{sets}*7~IEA*{groups}*{control}~".encode()


def codes(problems: list[Problem]) -> list[str]:
    """Return the codes in order."""
    return [problem.code for problem in problems]


def test_a_sound_order_reads_without_problems() -> None:
    """An 850 gives its envelope, its set and its loops, and no problem (S51)."""
    content = interchange(*ORDER)
    found, problems = parse(content)
    assert problems == []
    assert bytes(found) == content
    assert found.sender == Party("ZZ", "SYNTHSUP")
    assert found.receiver == Party("14", "SYNTHBUYER")
    assert (found.control_number, found.version) == ("000000104", "00501")
    assert found.is_test and found.test and found.ack_requested
    assert found.prepared_at is not None
    assert found.prepared_at.isoformat() == "2027-01-09T09:20:00"
    (group,) = found.groups
    assert (group.functional_id, group.sender, group.receiver) == ("PO", "APPSUP", "APPBUY")
    assert (group.control_number, group.version) == ("7", "005010")
    (order,) = group.sets
    assert (order.id, order.control_number, order.is_declared) == ("850", "0001", True)
    assert [segment.id for segment in order.segments] == [text.split("*")[0] for text in ORDER]
    assert [segment.index for segment in order.segments] == list(range(1, 11))
    assert found.sets == [order]


def test_elements_components_and_pairs() -> None:
    """Elements count from 1, absent ones are empty, pairs go by qualifier."""
    found, _ = parse(interchange(*ORDER[:5], "PO1*1*12*EA*1:2:3**UK*A*UK*B*VC", *ORDER[6:]))
    line = found.sets[0].tree.within("PO1")[0].opening
    assert (line.element(0), line.element(2), line.element(5), line.element(99)) == (
        "PO1",
        "12",
        "",
        "",
    )
    assert (line.component(4, 2), line.component(4, 4), line.component(4, 0)) == ("2", "", "")
    assert line.pairs(6) == {"UK": "A"}
    assert line.repetitions(3) == ["EA"]


def test_an_offset_is_the_byte_of_the_segment() -> None:
    """The bytes at a segment's offset are its id, also behind line ends."""
    content = interchange(*ORDER).replace(b"~", b"~\r\n")
    found, problems = parse(content)
    assert problems == []
    assert bytes(found) == content
    for segment in found.sets[0].segments:
        assert content[segment.offset :].startswith(segment.id.encode() + b"*")


@pytest.mark.parametrize(
    ("element", "component", "terminator", "line_end"),
    [
        ("*", ":", "~", ""),
        ("|", ">", "\n", ""),
        ("*", ">", "\r", "\n"),
        ("^", ":", "'", "\r\n"),
        ("\x1d", "\x1f", "\x1c", ""),
        ("*", ">", "\u2026", "\n"),
    ],
)
def test_delimiters_come_from_isa(
    element: str, component: str, terminator: str, line_end: str
) -> None:
    """Any delimiters work, with any line ends after the terminator."""
    text = interchange(*ORDER).decode().replace("*^*", "*U*").replace("*00501*", "*00401*")
    marks = str.maketrans({"*": element, ":": component, "~": terminator + line_end})
    content = text.translate(marks).encode()
    found, problems = parse(content)
    assert problems == []
    assert bytes(found) == content
    line = found.sets[0].tree.within("PO1")[0].opening
    assert line.element(9) == "KF-1"
    assert line.repetitions(9) == ["KF-1"]


@pytest.mark.parametrize(
    ("content", "code", "path"),
    [
        (interchange(*ORDER, groups="2"), "x12.group-count", "IEA[14]-1"),
        (interchange(*ORDER, control="000000105"), "x12.interchange-control", "IEA[14]-2"),
        (interchange(*ORDER, sets="3"), "x12.set-count", "GE[13]-1"),
        (interchange(*ORDER[:-1], "SE*11*0001"), "x12.segment-count", "SE[10]-1"),
        (interchange(*ORDER[:-1], "SE*ten*0001"), "x12.segment-count", "SE[10]-1"),
        (interchange(*ORDER[:-1], "SE*10*0002"), "x12.set-control", "SE[10]-2"),
        (interchange(*ORDER[:-1]), "x12.set-trailer", "ST[1]"),
        (interchange(*ORDER).replace(b"GE*1*7", b"GE*1*8"), "x12.group-control", "GE[13]-2"),
        (interchange(*ORDER).replace(b"GE*1*7~", b""), "x12.group-trailer", "GS[2]"),
        (interchange(*ORDER)[:-18], "x12.interchange-trailer", "ISA[1]"),
        (interchange(*ORDER, *ORDER, sets="2"), "x12.control-repeated", "ST[1]-2"),
        (interchange("REF*CT*X", *ORDER), "x12.envelope", "REF[3]"),
        (interchange(*ORDER, "SE*10*0001"), "x12.envelope", "SE[13]"),
    ],
)
def test_a_broken_envelope_is_an_error_with_its_place(content: bytes, code: str, path: str) -> None:
    """Counts, trailers and control numbers that do not agree are errors, where they stand."""
    found, problems = parse(content)
    problem = next(problem for problem in problems if problem.code == code)
    assert problem.severity is Severity.ERROR
    assert problem.path == path
    assert problem.offset is not None
    assert content[problem.offset :].startswith(path.split("[")[0].encode())
    assert bytes(found) == content


def test_a_count_that_is_wrong_is_the_only_problem() -> None:
    """One wrong count is one problem, not a chain of them."""
    assert codes(parse(interchange(*ORDER[:-1], "SE*9*0001"))[1]) == ["x12.segment-count"]


def test_an_undeclared_set_is_passed_on() -> None:
    """A set without definition is information only; its segments are kept, its counts checked."""
    content = interchange("ST*270*0001", "BHT*0022*13", "HL*1**20*1", "SE*4*0001")
    content = content.replace(b"GS*PO", b"GS*HS")
    found, problems = parse(content)
    assert [(p.code, p.severity) for p in problems] == [("x12.unknown-set", Severity.INFO)]
    assert not found.sets[0].is_declared
    assert found.sets[0].tree.ids == ["BHT", "HL"]


def test_the_functional_id_must_fit_the_set() -> None:
    """An 855 in a group of orders is a warning."""
    content = interchange("ST*855*0001", "BAK*00*AD*PO7*20270108", "SE*3*0001")
    (problem,) = parse(content)[1]
    assert (problem.code, problem.severity) == ("x12.functional-id", Severity.WARNING)


@pytest.mark.parametrize(
    "content",
    [b"", b"ISA", b"ISA*00*", b"MSH|^~\\&|", b"\x00" * 200, "ISAé".encode() * 80, b"ISA" * 99],
)
def test_content_that_is_no_interchange_is_stated(content: bytes) -> None:
    """Without a readable ISA there is an empty interchange, an error, and the same bytes."""
    found, problems = parse(content)
    assert problems[0].code in {"x12.no-isa", "x12.delimiters"}
    assert problems[0].severity is Severity.ERROR
    assert (found.groups, bytes(found), found.control_number) == ([], content, "")


def test_equal_delimiters_are_refused() -> None:
    """One character may not separate elements and components."""
    content = interchange(*ORDER).replace(b"*T*:~", b"*T***", 1)
    assert codes(parse(content)[1])[0] == "x12.delimiters"


def test_several_interchanges_in_one_file() -> None:
    """parse_all gives each interchange with its bytes; parse gives the first and says so."""
    first, second = interchange(*ORDER), interchange(*ORDER).replace(b"*", b"|")
    content = b"\r\n" + first + b"\n\n" + second
    found, problems = parse_all(content)
    assert codes(problems) == ["x12.leading-bytes"]
    assert b"".join(map(bytes, found)) == content
    assert [each.delimiters.element for each in found] == ["*", "|"]
    assert content[found[1].sets[0].offset :].startswith(b"ST|")
    alone, problems = parse(content)
    assert codes(problems) == ["x12.leading-bytes", "x12.more-interchanges"]
    assert bytes(alone) == b"\r\n" + first + b"\n\n"


def test_an_interchange_that_was_cut_ends_at_the_next() -> None:
    """A missing IEA costs its own interchange only."""
    first = interchange(*ORDER)[: -len("IEA*1*000000104~")]
    found, problems = parse_all(first + interchange(*ORDER))
    assert [len(each.sets) for each in found] == [1, 1]
    assert codes(problems) == ["x12.interchange-trailer"]


def test_content_after_the_interchange_is_stated() -> None:
    """Bytes after IEA that are no interchange do not pass unseen."""
    content = interchange(*ORDER) + b"rubbish"
    assert codes(parse(content)[1]) == ["x12.stray-bytes"]
    found, problems = parse_all(content)
    assert codes(problems) == ["x12.no-isa"]
    assert b"".join(map(bytes, found)) == content


def test_a_wrapped_file_is_read_without_its_line_breaks() -> None:
    """Line breaks every 80 characters are left out, with a warning."""
    text = interchange(*ORDER).decode()
    content = "\n".join(text[n : n + 80] for n in range(0, len(text), 80)).encode()
    found, problems = parse(content)
    assert "x12.line-break" in codes(problems)
    assert all(problem.severity is Severity.WARNING for problem in problems)
    assert [segment.id for segment in found.sets[0].segments][:3] == ["ST", "BEG", "CUR"]
    assert bytes(found) == content


def test_isa_without_its_widths_is_read_by_separators() -> None:
    """Partners that trim ISA are read, with a warning."""
    content = interchange(*ORDER).replace(b"SYNTHSUP       ", b"SYNTHSUP")
    found, problems = parse(content)
    assert codes(problems) == ["x12.isa-width"]
    assert found.sender.id == "SYNTHSUP"
    assert found.sets[0].control_number == "0001"


def test_text_beyond_ascii_reads_as_utf8_or_latin1() -> None:
    """Elements are text in UTF-8, in ISO 8859-1 where the bytes are no UTF-8."""
    for codec in ("utf-8", "latin-1"):
        named = interchange(*ORDER).decode().replace("SYNTH DOCK", "SYNTH DÖCK")
        found, _ = parse(named.encode(codec))
        assert found.sets[0].tree.within("N1", "ST")[0].opening.element(2) == "SYNTH DÖCK"


def test_limits_hold() -> None:
    """Too many bytes, segments or interchanges are refused; problems are cut off, errors first."""
    content = interchange(*ORDER)
    for limits in (Limits(bytes_max=100), Limits(segments_max=5), Limits(sets_max=0)):
        found, problems = parse(content, limits=limits)
        assert codes(problems) == ["x12.too-large"]
        assert bytes(found) == content
    found_all, problems = parse_all(content * 3, limits=Limits(interchanges_max=2))
    assert codes(problems) == ["x12.too-large"]
    assert b"".join(map(bytes, found_all)) == content * 3
    odd = interchange(*ORDER[:2], *["ZZZ*1"] * 30, "SE*3*0001")
    _, problems = parse(odd, limits=Limits(problems_max=10))
    assert codes(problems)[-1] == "x12.too-many-problems"
    assert len(problems) == 11
    assert problems[0].severity is Severity.ERROR


def test_nothing_received_is_shown() -> None:
    """Neither problems nor reprs repeat a value."""
    canary = "SYNCANARY"
    segments = [*ORDER[:5], f"PO1*{canary}*{canary}*EA*{canary}", f"{canary}*1", *ORDER[6:]]
    found, problems = parse(interchange(*segments))
    shown = [problem.describe() for problem in problems]
    shown += [repr(x) for x in (found, found.groups, found.sets, found.sets[0].tree)]
    shown += [repr(segment) for segment in found.sets[0].segments]
    assert len(problems) >= 3
    assert not any(canary in text for text in shown)


@given(st.binary(max_size=400))
def test_any_bytes_come_back(tail: bytes) -> None:
    """Whatever follows an ISA, nothing is raised and the bytes come back."""
    for content in (tail, ISA.encode() + tail, interchange(*ORDER) + tail):
        found, problems = parse_all(content)
        assert b"".join(map(bytes, found)) == content
        assert {problem.code for problem in problems} <= set(PROBLEM_CODES)


@given(st.data())
def test_a_damaged_interchange_never_raises(data: st.DataObject) -> None:
    """Any byte of an interchange may be replaced, removed or doubled."""
    content = interchange(*ORDER)
    place = data.draw(st.integers(0, len(content) - 1))
    instead = data.draw(st.binary(max_size=3))
    damaged = content[:place] + instead + content[place + 1 :]
    found, _ = parse_all(damaged)
    assert b"".join(map(bytes, found)) == damaged
    for each in found:
        for transaction_set in each.sets:
            assert transaction_set.segments


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (interchange(*ORDER), True),
        (b"\xef\xbb\xbf\r\n" + interchange(*ORDER), True),
        (b"MSH|^~\\&|", False),
        (b"ISABEL", False),
        (b"", False),
        (b"<cXML>", False),
    ],
)
def test_looks_like_tells_interchanges_apart(content: bytes, expected: bool) -> None:
    """A file is told to be X12 by its first bytes."""
    assert looks_like(content) is expected
