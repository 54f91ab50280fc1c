"""Reading a message: paths, segments, groups, addenda, character sets, and the same bytes back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Severity
from suture.formats.hl7v2 import PROBLEM_CODES, Limits, parse

SIU = (
    b"MSH|^~\\&|EHR|NCH|SUTURE|HUB|20260302141500.5-0500||SIU^S12^SIU_S12|SYN000001|P|2.5.1\r"
    b"SCH|SYNP1^EHR|SYNF2^EHR||||ELECTIVE|||180|min^^ISO+|^^180^20260310073000-0500\r"
    b"PID|1||SYN0001^^^NCH&9.9.9&ISO^MR~SYN0002^^^NCH^AN||SYNTH^ALPHA \\T\\ BETA||19600101|F\r"
    b"RGS|1|A\r"
    b"AIS|1|A|SYN-CABG^Bypass|20260310073000\r"
    b"NTE|1||first\r"
    b"NTE|2||second\r"
    b"AIS|2|A|SYN-VEIN^Harvest\r"
    b"NTE|3||third\r"
    b"AIL|1|A|MAIN^OR04^^NCH\r"
    b'ZPI|1|""|Z value\r'
)


def read(data: bytes, path: str) -> str:
    """Return the text at `path` of `data`."""
    return parse(data)[0].get(path)


READS = [
    ("MSH-1", "|"),
    ("MSH-2", "^~\\&"),
    ("MSH-2.1", "^~\\&"),
    ("MSH-2.2", ""),
    ("MSH-3", "EHR"),
    ("MSH-9", "SIU^S12^SIU_S12"),
    ("MSH-9.1", "SIU"),
    ("MSH-9.3", "SIU_S12"),
    ("MSH-12", "2.5.1"),
    ("MSH-25", ""),
    ("SCH-1", "SYNP1^EHR"),
    ("SCH-1.1", "SYNP1"),
    ("SCH-11.3", "180"),
    ("SCH-11.4", "20260310073000-0500"),
    ("PID-3", "SYN0001^^^NCH&9.9.9&ISO^MR"),
    ("PID-3.1", "SYN0001"),
    ("PID-3[1].4.2", "9.9.9"),
    ("PID-3.4", "NCH&9.9.9&ISO"),
    ("PID-3.4.1", "NCH"),
    ("PID-3.4.4", ""),
    ("PID-3[2].1", "SYN0002"),
    ("PID-3[2].4.1", "NCH"),
    ("PID-3[2].4.2", ""),
    ("PID-3[3].1", ""),
    ("PID-5.2", "ALPHA & BETA"),
    ("PID-5.2.1", "ALPHA & BETA"),
    ("PID-8", "F"),
    ("PID-8.1.1", "F"),
    ("PID-8.2", ""),
    ("AIS[2]-3.1", "SYN-VEIN"),
    ("AIS[3]-3.1", ""),
    ("NTE[3]-3", "third"),
    ("ZPI-2", '""'),
    ("ZPI-3", "Z value"),
    ("OBX-5", ""),
    ("RGS", "RGS|1|A"),
]


@pytest.mark.parametrize(("path", "text"), READS)
def test_each_path_reads_its_piece(path: str, text: str) -> None:
    """Fields, repetitions, components and subcomponents count from 1; MSH-1 is the separator."""
    message, problems = parse(SIU)
    assert problems == []
    assert message.get(path) == text


def test_an_absent_or_empty_piece_reads_as_the_default() -> None:
    """The default stands in for what was not valued."""
    message, _ = parse(SIU)
    assert message.get("PID-19", "none") == "none"
    assert message.get("PID-2", "none") == "none"
    assert message.get("XYZ-1", "none") == "none"
    assert message.get("PID-8", "none") == "F"


@pytest.mark.parametrize(
    "path", ["", "PIDX", "PI-1", "PID-0", "PID-3[0]", "PID[0]-3", "PID-3.0", "PID-3.1.1.1", "pid-3"]
)
def test_a_malformed_path_is_the_programmers_mistake(path: str) -> None:
    """A path that can address nothing raises ValueError."""
    message, _ = parse(SIU)
    with pytest.raises(ValueError):
        message.get(path)


def test_raw_gives_bytes_with_escapes_unread() -> None:
    """Copying a piece keeps every byte of it."""
    message, _ = parse(SIU)
    assert message.raw("PID-5.2") == b"ALPHA \\T\\ BETA"
    assert message.raw("PID-3") == b"SYN0001^^^NCH&9.9.9&ISO^MR"
    assert message.raw("MSH-1") == b"|"
    assert message.raw("XYZ-1") == b""


def test_count_tells_repetitions_and_segments() -> None:
    """An absent field has no repetition, an empty one neither."""
    message, _ = parse(SIU)
    assert message.count("PID-3") == 2
    assert message.count("PID-8") == 1
    assert message.count("PID-2") == 0
    assert message.count("PID-40") == 0
    assert message.count("NTE") == 3
    assert message.count("OBX") == 0
    assert message.count("OBX-5") == 0
    assert message.count("MSH-2") == 1


def test_the_message_names_itself() -> None:
    """Type, event, structure, version, id, time and delimiters come from MSH."""
    message, _ = parse(SIU)
    assert message.trigger == "SIU^S12"
    assert message.structure == "SIU_S12"
    assert message.version == "2.5.1"
    assert message.control_id == "SYN000001"
    assert message.sent_at() == datetime(2026, 3, 2, 19, 15, 0, 500_000, tzinfo=UTC)
    assert message.delimiters.component == "^"
    assert message.charset.codec == "ascii"


def test_a_time_without_offset_takes_the_zone_of_the_site() -> None:
    """MSH-7 without offset is local to the sender's site."""
    message, _ = parse(SIU.replace(b".5-0500", b""))
    assert message.sent_at(ZoneInfo("America/New_York")) == datetime(2026, 3, 2, 19, 15, tzinfo=UTC)
    assert message.sent_at() == datetime(2026, 3, 2, 14, 15, tzinfo=UTC)
    assert parse(SIU.replace(b"20260302141500.5-0500", b"x"))[0].sent_at() is None


def test_segments_know_name_place_and_bytes() -> None:
    """Segments come in order with their byte offset in the content."""
    message, _ = parse(SIU)
    names = [segment.name for segment in message.segments()]
    assert names == ["MSH", "SCH", "PID", "RGS", "AIS", "NTE", "NTE", "AIS", "NTE", "AIL", "ZPI"]
    notes = message.segments("NTE")
    assert [note.index for note in notes] == [5, 6, 8]
    assert notes[0].raw == b"NTE|1||first"
    assert SIU[notes[1].offset :].startswith(b"NTE|2|")
    assert notes[2].get("3") == "third"
    assert notes[2].get("4", "-") == "-"
    assert message.segments("OBX") == []
    head = message.segments("MSH")[0]
    assert (head.get("1"), head.get("2"), head.get("9.2")) == ("|", "^~\\&", "S12")
    assert message.segments("PID")[0].get("3[2].5") == "AN"
    assert message.segments("PID")[0].count("3") == 2
    assert message.segments("PID")[0].raw_at("5.2") == b"ALPHA \\T\\ BETA"
    assert message.segments("PID")[0] == message.segments("PID")[0]
    assert notes[0] != notes[1]


def test_following_gives_the_group_of_a_segment() -> None:
    """A group ends before the next of the same name and before a name that is not its own."""
    message, _ = parse(SIU)
    first, second = message.segments("AIS")
    assert [note.get("3") for note in message.following(first, {"NTE"})] == ["first", "second"]
    assert [note.get("3") for note in message.following(second, {"NTE"})] == ["third"]
    assert message.following(first, {"OBX"}) == []
    resources = message.following(message.segments("RGS")[0], {"AIS", "AIL", "NTE"})
    assert [one.name for one in resources] == ["AIS", "NTE", "NTE", "AIS", "NTE", "AIL"]


def test_a_longer_name_is_not_its_first_three_letters() -> None:
    """`PIDX|` is a broken line, never a PID."""
    data = SIU.replace(b"PID|", b"PIDX|")
    message, problems = parse(data)
    assert message.get("PID-3.1") == ""
    assert message.count("PID") == 0
    assert [segment.name for segment in message.segments()][2] == "PIDX"
    (problem,) = problems
    assert (problem.code, problem.path) == ("hl7v2.segment-name", "line 3")
    assert problem.offset == data.index(b"PIDX")
    assert bytes(message) == data


def test_a_broken_line_is_stated_without_its_content() -> None:
    """A note with a raw line feed gives a problem at the place, no text of it, and no name."""
    data = SIU.replace(b"first", b"first\nSYNTH SECRET")
    message, problems = parse(data)
    assert [p.code for p in problems] == ["hl7v2.segment-name"]
    assert problems[0].offset == data.index(b"SYNTH SECRET")
    assert "SECRET" not in problems[0].describe()
    assert message.segments()[6].name == ""
    assert "SECRET" not in repr(message) + repr(message.segments()[6])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r", b"\n\r\n"])
def test_every_line_end_reads_alike(end: bytes) -> None:
    """LF, CRLF and blank lines change neither values nor the bytes written back."""
    data = SIU.replace(b"\r", end)
    message, problems = parse(data)
    assert problems == []
    for path, text in READS:
        assert message.get(path) == text
    assert bytes(message) == data


@pytest.mark.parametrize("tail", [b"", b"\r\n\r\n", b"\x1c\r", b"\x00\x00", b"\x1a"])
def test_trailing_bytes_are_kept_and_harmless(tail: bytes) -> None:
    """Padding and left-over frame bytes after the last segment make no segment."""
    data = SIU.rstrip(b"\r") + b"\r" + tail
    message, problems = parse(data)
    assert problems == []
    assert len(message.segments()) == 11
    assert bytes(message) == data


def test_other_delimiters_are_obeyed() -> None:
    """Separators are what MSH says; the usual ones are then ordinary characters."""
    data = b"MSH!*+/%!EHR!NCH!!!2026!!ADT*A01!1!P!2.3\rPID!1!!A%1*B+C!!X^Y/S/Z\r"
    message, problems = parse(data)
    assert problems == []
    assert message.trigger == "ADT^A01"
    assert message.get("PID-3.1.2") == "1"
    assert message.get("PID-3[2]") == "C"
    assert message.get("PID-5") == "X^Y*Z"
    assert bytes(message) == data


def test_a_five_character_msh_2_is_read() -> None:
    """Version 2.7 adds the truncation character."""
    message, problems = parse(SIU.replace(b"^~\\&", b"^~\\&#").replace(b"first", b"a\\P\\b"))
    assert problems == []
    assert message.get("MSH-2") == "^~\\&#"
    assert message.delimiters.truncation == "#"
    assert message.get("NTE-3") == "a#b"


def test_a_short_msh_2_declares_fewer_separators() -> None:
    """Without escape and subcomponent characters the usual ones are plain text."""
    message, problems = parse(b"MSH|^~|EHR|||||| ADT^A01|1\rPID|1||a&b\\c^d~e\r")
    assert problems == []
    assert message.get("PID-3.1") == "a&b\\c"
    assert message.get("PID-3.1.2") == ""
    assert message.get("PID-3[2]") == "e"


def test_addenda_are_read_with_their_segment() -> None:
    """ADD lines continue the last field of the segment before them (HL7 2.9 2.10.2)."""
    cut = SIU.replace(b"Bypass|2026", b"By\rADD|pass|20\rADD|26")
    message, problems = parse(cut)
    assert problems == []
    assert message.get("AIS-3.2") == "Bypass"
    assert message.get("AIS-4") == "20260310073000"
    assert message.segments("AIS")[0].raw == b"AIS|1|A|SYN-CABG^Bypass|20260310073000"
    assert len(message.segments()) == 11
    assert message.count("ADD") == 0
    assert [note.get("3") for note in message.following(message.segments("AIS")[0], {"NTE"})] == [
        "first",
        "second",
    ]
    assert bytes(message) == cut


def test_an_addendum_right_after_msh_is_a_segment() -> None:
    """It continues a segment of an earlier fragment, not the header."""
    message, _ = parse(b"MSH|^~\\&|E||||||ORU^R01|2|P|2.5\rADD|rest\rOBX|1\r")
    assert message.get("ADD-1") == "rest"
    assert message.get("MSH-12") == "2.5"


CHARSETS = [
    ("", "ascii", "SYNTH"),
    ("ASCII", "ascii", "SYNTH"),
    ("8859/1", "latin-1", "SÖNTH"),
    ("8859/2", "iso8859-2", "SŐNTH"),
    ("8859/5", "iso8859-5", "СИНТ"),
    ("8859/7", "iso8859-7", "ΣΥΝΘ"),
    ("8859/9", "iso8859-9", "SİNTĞ"),
    ("8859/15", "iso8859-15", "S€NTH"),
    ("UNICODE UTF-8", "utf-8", "SÖNTH 合成"),
    ("utf8", "utf-8", "SÖNTH"),
    ("UNICODE", "utf-8", "SÖNTH"),
    ("GB 18030-2000", "gb18030", "合成丨乗"),
    ("BIG-5", "big5", "合成功蓋"),
    ("KS X1001", "euc_kr", "합성"),
    ("~ISO IR87", "iso2022_jp_ext", "山田 太郎合成"),
    ("ISO IR87", "iso2022_jp_ext", "ミ|タ".replace("|", "ア")),
]


@pytest.mark.parametrize(("label", "codec", "name"), CHARSETS)
def test_each_label_of_table_0211_is_read(label: str, codec: str, name: str) -> None:
    """Text comes out right even where half a character equals a delimiter byte."""
    text = f"MSH|^~\\&|E|N|||2026||ADT^A01|1|P|2.5||||||{label}\rPID|1||SYN1||{name}^X~{name}^Y\r"
    data = text.encode(codec)
    message, problems = parse(data)
    assert problems == []
    assert message.charset.codec == codec
    assert message.get("PID-5.1") == name
    assert message.get("PID-5[2].1") == name
    assert message.get("PID-5[2].2") == "Y"
    assert message.raw("PID-5.1").decode(codec) == name
    assert bytes(message) == data


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_content_is_read_and_kept(codec: str) -> None:
    """A two-byte coding works whole, with CRLF, and gives its bytes back."""
    data = SIU.decode().replace("\r", "\r\n").replace("ALPHA", "ÄLPHA").encode(codec)
    message, problems = parse(data)
    assert [p.code for p in problems] == ["hl7v2.leading-bytes"]
    assert message.get("PID-5.2") == "ÄLPHA & BETA"
    assert len(message.segments()) == 11
    assert bytes(message) == data


def test_bytes_that_contradict_the_label_are_marked() -> None:
    """A wrong label gives the place of the first misfit and U+FFFD, never another set's letter."""
    data = SIU.replace(b"|2.5.1", b"|2.5.1||||||UNICODE UTF-8").replace(b"ALPHA", b"\xc4LPHA")
    message, problems = parse(data)
    (problem,) = problems
    assert (problem.code, problem.path) == ("hl7v2.charset-mismatch", "MSH-18")
    assert problem.offset == data.index(b"\xc4")
    assert message.get("PID-5.2") == "�LPHA & BETA"
    assert bytes(message) == data


def test_an_unknown_label_reads_as_latin_1() -> None:
    """Every byte has a letter in ISO 8859-1, so nothing is lost."""
    data = SIU.replace(b"|2.5.1", b"|2.5.1||||||KLINGON").replace(b"ALPHA", b"\xc4LPHA")
    message, problems = parse(data)
    assert [p.code for p in problems] == ["hl7v2.charset-unknown"]
    assert message.get("PID-5.2") == "ÄLPHA & BETA"


def test_content_without_a_label_is_utf_8_when_it_can_be() -> None:
    """Non-ASCII bytes without MSH-18 are stated; UTF-8 is tried first, then ISO 8859-1."""
    message, problems = parse(SIU.replace(b"ALPHA", "ÄLPHA".encode()))
    assert [(p.code, p.severity) for p in problems] == [("hl7v2.charset-unlabelled", Severity.INFO)]
    assert message.get("PID-5.2") == "ÄLPHA & BETA"
    assert parse(SIU.replace(b"ALPHA", b"\xc4LPHA"))[0].get("PID-5.2") == "ÄLPHA & BETA"


def test_a_byte_order_mark_is_kept_and_stated() -> None:
    """The mark is not part of MSH and comes back with the bytes."""
    message, problems = parse(b"\xef\xbb\xbf" + SIU)
    assert message.control_id == "SYN000001"
    assert "hl7v2.leading-bytes" in [p.code for p in problems]
    assert bytes(message) == b"\xef\xbb\xbf" + SIU
    assert message.segments("SCH")[0].offset == 3 + SIU.index(b"SCH")


def test_unknown_character_set_escapes_are_stated_and_kept() -> None:
    """A set that is not known stays in the text, with the place of the first."""
    data = SIU.replace(b"first", b"a \\C7777\\ b").replace(b"second", b"\\M777777\\")
    message, problems = parse(data)
    assert [(p.code, p.offset) for p in problems] == [
        ("hl7v2.charset-escape", data.index(b"\\C7777"))
    ]
    assert message.get("NTE-3") == "a \\C7777\\ b"


SWITCHES = [
    (b"a \\C2D4C\\\xe9\\C2842\\ b\\T\\", "a щ b&"),
    (b"\\M2442\\4A;z\\C2842\\ x", "漢字 x"),
    (b"\\M244242\\4A;z\\C284A\\ x", "漢字 x"),
    (b"\\C2949\\\xb1\xb2\\C2842\\", "ｱｲ"),
    (b"\\M242843\\GQ\\C2842\\!", "한!"),
    (b"\\c2d41\\", "\\c2d41\\"),
]


@pytest.mark.parametrize(("sent", "text"), SWITCHES)
def test_character_set_escapes_are_read(sent: bytes, text: str) -> None:
    """What follows a switch is in that set until the next one; other escapes are read after."""
    data = SIU.replace(b"first", sent)
    message, _ = parse(data)
    assert message.get("NTE-3") == text
    assert bytes(message) == data


def test_hexadecimal_escapes_use_the_messages_character_set() -> None:
    """`\\XE9\\` is the letter of the labelled set."""
    data = SIU.replace(b"|2.5.1", b"|2.5.1||||||8859/5").replace(b"first", b"\\XE9\\")
    assert read(data, "NTE-3") == "щ"


def test_two_messages_in_one_are_stated() -> None:
    """A batch handed in as a message is read as its first and says so."""
    message, problems = parse(SIU + SIU)
    assert [(p.code, p.path, p.offset) for p in problems] == [
        ("hl7v2.second-msh", "MSH[2]", len(SIU))
    ]
    assert message.count("MSH") == 2


LIMITS = [
    (Limits(bytes_max=100), SIU),
    (Limits(segments_max=5), SIU),
    (Limits(segments_max=3), b"\r\r\r\r\r\r"),
    (Limits(fields_max=9), SIU),
    (Limits(fields_max=10, repetitions_max=4), b"MSH|^~\\&|E||||||A|1\rPID|~~~~~~~\r"),
]


@pytest.mark.parametrize(("limits", "data"), LIMITS)
def test_over_limit_content_is_kept_and_refused(limits: Limits, data: bytes) -> None:
    """A limit is an error-level problem; the bytes stay whole for the audit."""
    message, problems = parse(data, limits=limits)
    assert ("hl7v2.too-large", Severity.ERROR) in [(p.code, p.severity) for p in problems]
    assert bytes(message) == data


def test_every_code_is_listed_with_its_meaning() -> None:
    """The error reference is generated from one list."""
    assert all(code.startswith("hl7v2.") and meaning for code, meaning in PROBLEM_CODES.items())


def test_messages_are_equal_when_their_bytes_are() -> None:
    """Equality and hash follow the content."""
    assert parse(SIU)[0] == parse(SIU)[0]
    assert parse(SIU)[0] != parse(SIU[:-1])[0]
    assert len({parse(SIU)[0], parse(SIU)[0]}) == 1
    assert parse(SIU)[0] != "text"


@given(st.binary(max_size=200))
def test_any_bytes_come_back(data: bytes) -> None:
    """bytes(parse(b)) is b, for b that is no HL7 and b that nearly is."""
    start = b"MSH|^~\\&|E|N|||2026||ADT^A01|1|P|2.5||||||"
    for sample in (data, start + data, b"\xff\xfe" + data, b"\xef\xbb\xbf" + start + data):
        message, problems = parse(sample)
        assert bytes(message) == sample
        assert all(problem.code in PROBLEM_CODES for problem in problems)
        for segment in message.segments():
            assert isinstance(segment.get("5.1"), str)
            assert 0 <= segment.offset < len(sample)


@given(
    st.sampled_from(["UNICODE UTF-8", "8859/1", "GB 18030-2000", "~ISO IR87", "BIG-5", "X"]),
    st.binary(max_size=80),
)
def test_any_bytes_come_back_under_any_label(label: str, body: bytes) -> None:
    """A wrong character set never loses a byte."""
    head = f"MSH|^~\\&|E|N|||2026||ADT^A01|1|P|2.5||||||{label}\rPID|".encode()
    message, _ = parse(head + body)
    assert bytes(message) == head + body
    assert isinstance(message.get("PID-3.1"), str)


@given(st.integers(min_value=0, max_value=len(SIU)))
def test_every_prefix_reads(size: int) -> None:
    """A message cut anywhere is still read, and comes back as cut."""
    message, _ = parse(SIU[:size])
    assert bytes(message) == SIU[:size]
    for path, text in READS:
        # What was cut off reads as less, never as something else; `get` of a cut escape is literal.
        assert text.startswith(message.get(path)) or "\\" in message.get(path)
