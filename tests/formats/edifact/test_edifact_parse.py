"""Reading: bytes come back, envelopes and places are found, whatever the sender did."""

from __future__ import annotations

import pytest
from edifact_samples import BUYER, ORDER, SUPPLIER, read, wrap
from hypothesis import example, given
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.edifact import Limits, looks_like, parse, parse_all, read_messages, validate
from suture.formats.edifact.delimiters import escaped, plain, split
from suture.formats.edifact.path import parse_path

SOUND = wrap(ORDER)


def codes(problems: list[Problem]) -> list[str]:
    """Return the codes without the format's name."""
    return [problem.code.removeprefix("edifact.") for problem in problems]


def test_a_sound_interchange_has_no_problem_and_gives_its_bytes() -> None:
    """Envelope, messages and values are read; the bytes are those received."""
    found, problems = read(SOUND)
    assert problems == []
    assert bytes(found) == SOUND.encode()
    assert (found.sender.id, found.sender.qualifier) == (BUYER, "14")
    assert found.receiver.id == SUPPLIER
    assert found.reference == "REF1"
    assert (found.is_test, found.ack_requested) == (False, False)
    assert found.prepared_at is not None and found.prepared_at.isoformat() == "2027-01-08T14:15:00"
    (message,) = found.messages
    assert (message.reference, message.type, message.version) == ("1", "ORDERS", "D.96A")
    assert message.header.offset == SOUND.index("UNH")
    assert [s.id for s in message.segments][:3] == ["UNH", "BGM", "DTM"]
    assert len(message.all("LIN")) == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("BGM-2", "PO7"),
        ("DTM[2]-1.2", "202701100730"),
        ("NAD[2]-4.2", "SUPPLY"),
        ("LIN[2]-2", "1"),
        ("IMD-3.5", " SIZE 5"),
        ("RFF[9]-1", ""),
        ("BGM-9.9", ""),
        ("BGM", ""),
        ("QTY-1[2].1", ""),
    ],
)
def test_a_value_is_read_by_its_path(path: str, value: str) -> None:
    """Paths count segments of a tag, elements and components from 1; what is not there is empty."""
    assert read(SOUND)[0].messages[0].get(path) == value


@pytest.mark.parametrize("path", ["", "BG", "BGM-0", "BGM[0]-1", "bgm-1", "BGM-1.", "BGM-1-2"])
def test_a_wrong_path_is_refused(path: str) -> None:
    """A slip in an address is found at once."""
    with pytest.raises(RefusalError) as caught:
        parse_path(path)
    assert caught.value.code == "edifact.path"


def test_places_and_reprs_show_no_value() -> None:
    """The repr of content says type, size and place only."""
    found, _ = read(SOUND)
    message = found.messages[0]
    segment = message.segment("NAD[2]")
    assert segment is not None and segment.path(4, 2) == "NAD[2]-4.2"
    shown = repr(found) + repr(message) + repr(segment) + repr(message.table)
    assert "SYNTH" not in shown and BUYER not in shown
    assert repr(segment) == "<segment NAD[2] of 9 elements>"


def test_una_names_the_delimiters() -> None:
    """Custom separators, release character and decimal mark are those of UNA."""
    text = (
        "UNA|^,! ~UNB^UNOC|3^A^B^270108|1415^R~UNH^1^ORDERS|D|96A|UN~BGM^220^P!^O!!7^9~"
        "DTM^137|20270108|102~LIN^1~QTY^21|1,5~UNS^S~UNT^7^1~UNZ^1^R~"
    )
    found, problems = read(text)
    assert codes(problems) == []
    marks = found.syntax.delimiters
    assert (marks.component, marks.element, marks.decimal) == ("|", "^", ",")
    assert (marks.release, marks.segment) == ("!", "~")
    assert found.messages[0].get("BGM-2") == "P^O!7"
    assert found.messages[0].get("QTY-1.2") == "1,5"


def test_level_b_separates_by_control_characters() -> None:
    """Without UNA, UNB followed by IS3 means the separators of level B (ISO 9735 5.2)."""
    text = SOUND.replace("'", "\x1c").replace("+", "\x1d").replace(":", "\x1f")
    text = text.replace("UNOC", "UNOB")
    found, problems = read(text)
    assert codes(problems) == []
    assert found.messages[0].get("NAD[2]-4.2") == "SUPPLY"


def test_version_4_has_repetitions() -> None:
    """`*` separates repetitions in version 4, and is a character like any other before."""
    body = "BGM+220+P*Q+9'DTM+137:20270108:102'LIN+1'UNS+S'"
    new, _ = parse(wrap(body, syntax="UNOC:4").encode())
    old, _ = parse(wrap(body, syntax="UNOC:3").encode())
    assert new.messages[0].get("BGM-2[2]") == "Q"
    segment = new.messages[0].segment("BGM")
    assert segment is not None and segment.repetitions(2) == 2 and segment.repetitions(9) == 0
    assert old.messages[0].get("BGM-2") == "P*Q"
    una, _ = parse(("UNA:+.?*'" + wrap(body, syntax="UNOC:4")).encode())
    assert una.messages[0].get("BGM-2[2]") == "Q"
    none, _ = parse(("UNA:+.? '" + wrap(body, syntax="UNOC:4")).encode())
    assert none.messages[0].get("BGM-2") == "P*Q"


@pytest.mark.parametrize(
    ("identifier", "codec", "text"),
    [
        ("UNOC", "iso8859-1", "MÜLLER"),
        ("UNOD", "iso8859-2", "ŁÓDŹ"),
        ("UNOE", "iso8859-5", "МОСКВА"),
        ("UNOF", "iso8859-7", "ΑΘΗΝΑ"),
        ("UNOL", "iso8859-15", "1€"),
        ("UNOW", "utf-8", "東京 € ü"),
        ("UNOY", "utf-8", "東京"),
    ],
)
def test_values_are_decoded_as_unb_says(identifier: str, codec: str, text: str) -> None:
    """UNOC to UNOY each have their character set; bytes are kept."""
    body = f"BGM+220+P+9'DTM+137:20270108:102'FTX+PUR+++{text}'LIN+1'UNS+S'"
    content = wrap(body, syntax=f"{identifier}:3").encode(codec)
    found, problems = parse(content)
    assert problems == [] and bytes(found) == content
    assert found.messages[0].get("FTX-4") == text


@pytest.mark.parametrize(
    ("identifier", "content", "severity", "value"),
    [
        ("UNOA", "München".encode("latin-1"), Severity.WARNING, "München"),
        ("UNOA", "München".encode(), Severity.WARNING, "München"),
        ("UNOA", b"small", Severity.INFO, "small"),
        ("UNOB", "München".encode(), Severity.WARNING, "München"),
        ("UNOC", "1€".encode("cp1252"), Severity.WARNING, "1\x80"),
        ("UNOW", "München".encode("latin-1"), Severity.WARNING, "München"),
        ("UNOF", b"\xd2", Severity.WARNING, "Ò"),
    ],
)
def test_a_wrong_label_is_a_problem_and_loses_nothing(
    identifier: str, content: bytes, severity: Severity, value: str
) -> None:
    """Bytes outside the named set are stated once with their place, and read as best they can."""
    body = "BGM+220+P+9'DTM+137:20270108:102'FTX+PUR+++@@'LIN+1'UNS+S'"
    data = wrap(body, syntax=f"{identifier}:3").encode().replace(b"@@", content)
    found, (problem,) = parse(data)
    assert (problem.code, problem.severity) == ("edifact.character", severity)
    assert problem.offset is not None
    assert data.index(content) <= problem.offset < data.index(content) + len(content)
    assert bytes(found) == data
    assert found.messages[0].get("FTX-4") == value


def test_nul_and_other_controls_are_stated_and_kept() -> None:
    """A NUL byte in a value is a warning with its byte; the value keeps it."""
    text = SOUND.replace("SYNTH:SUPPLY", "SYN\x00TH:SUPPLY")
    found, (problem,) = parse(text.encode())
    assert problem.code == "edifact.control-character"
    assert (problem.path, problem.offset) == ("NAD[2]", text.index("\x00"))
    assert found.messages[0].get("NAD[2]-4") == "SYN\x00TH"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\n\t "])
def test_line_ends_between_segments_are_only_mentioned(end: str) -> None:
    """A line a segment is common: INFO, and nothing else changes."""
    text = SOUND.replace("'", "'" + end)
    found, problems = read(text)
    assert [(p.code, p.severity) for p in problems] == [("edifact.line-end", Severity.INFO)]
    assert bytes(found) == text.encode()


def test_a_wrapped_file_is_put_together() -> None:
    """A file broken every 80 characters reads as if it were not, with one warning."""
    text = "\r\n".join(SOUND[n : n + 80] for n in range(0, len(SOUND), 80))
    found, problems = read(text)
    assert "line-break" in codes(problems)
    assert {p.severity for p in problems} <= {Severity.INFO, Severity.WARNING}
    assert found.messages[0].get("NAD[2]-4.2") == "SUPPLY"
    assert bytes(found) == text.encode()


def test_several_interchanges_add_up_to_the_file() -> None:
    """Each has its own delimiters; parse gives the first and says that more follow."""
    other = "UNA|^,! ~UNB^UNOC|3^A^B^270108|1415^R2~UNH^1^ZZZZZZ|D|96A|UN~BGM^1~UNT^3^1~UNZ^1^R2~"
    data = f"{SOUND}\r\n{other}\n{SOUND}".encode()
    found, problems = parse_all(data)
    assert [one.reference for one in found] == ["REF1", "R2", "REF1"]
    assert b"".join(map(bytes, found)) == data and problems == []
    first, (problem,) = parse(data)
    assert problem.code == "edifact.more-interchanges"
    assert problem.offset == data.index(b"UNA")
    assert bytes(first) == f"{SOUND}\r\n".encode()
    assert found[2].offset == data.rindex(b"UNB+")
    again = found[2].messages[0].header.offset
    assert data[again : again + 3] == b"UNH"


def test_groups_hold_their_messages() -> None:
    """UNG to UNE group messages; UNZ then counts groups."""
    body = "UNH+{0}+CONTRL:D:3:UN'UCI+R+A+B+7'UNT+3+{0}'"
    text = (
        "UNB+UNOA:3+A+B+270108:1415+R'"
        "UNG+CONTRL+A+B+270108:1415+G1+UN+D:3'" + body.format(1) + body.format(2) + "UNE+2+G1'"
        "UNG+CONTRL+A+B+270108:1415+G2+UN+D:3'" + body.format(3) + "UNE+1+G2'UNZ+2+R'"
    )
    found, problems = read(text)
    assert problems == []
    assert [[m.reference for m in group.messages] for group in found.groups] == [["1", "2"], ["3"]]
    assert [m.reference for m in found.messages] == ["1", "2", "3"]
    assert found.groups[0].type == "CONTRL" and found.groups[1].reference == "G2"


def test_looks_like_knows_the_beginnings() -> None:
    """White space and a byte order mark before UNA or UNB do not matter."""
    assert looks_like(SOUND.encode())
    assert looks_like(b"\xef\xbb\xbf\r\n UNA:+.? 'UNB+UNOA:1'")
    assert not looks_like(b"UNITED") and not looks_like(b"ISA*00*") and not looks_like(b"")


@pytest.mark.parametrize(
    "limits",
    [
        Limits(bytes_max=100),
        Limits(segment_bytes_max=20),
        Limits(segments_max=5),
        Limits(messages_max=0),
        Limits(interchanges_max=0),
    ],
)
def test_a_limit_stops_reading_and_keeps_the_bytes(limits: Limits) -> None:
    """What is too large is an error; the content stays whole."""
    found, problems = parse_all(SOUND.encode(), limits)
    assert "edifact.too-large" in [p.code for p in problems if p.severity is Severity.ERROR]
    assert b"".join(map(bytes, found)) == SOUND.encode()


def test_problems_are_bounded_errors_first() -> None:
    """A file of the wrong kind states so many problems and no more."""
    many = SOUND * 60
    bad = many.replace("UNT+25", "UNT+9").replace("UNZ+1", "UNZ+7")
    _, problems = parse_all(bad.encode(), Limits(problems_max=10))
    assert problems == []
    body = ORDER.replace("QTY+21:2", "QTY+21:X" * 1) + "ZZZ'" * 300
    found, _ = parse(wrap(body).encode())
    stated = validate(found)
    assert len(stated) == 201 and stated[0].severity is Severity.ERROR
    assert stated[-1].code == "edifact.too-many-problems"


@given(st.binary(max_size=400))
@example(b"UNA:+.? '")
@example(b"UNB+UNOA:1'UNH+?")
@example(b"UNA+++++++UNB")
@example(b"UNB\x1dUNOB")
def test_any_bytes_are_read_without_raising_and_come_back(data: bytes) -> None:
    """Whatever comes, the interchanges add up to it (S2)."""
    found, _ = parse_all(data)
    assert b"".join(map(bytes, found)) == data
    one, problems = parse(data)
    assert data.startswith(bytes(one))
    for interchange in found:
        validate(interchange)
    assert data.strip() == b"" or bytes(one) == data or problems


PIECES = st.lists(
    st.sampled_from(
        [
            *("UNA:+.? '", "UNA:+,!*~", "UNB+UNOC:3+A+B+270108:1415+R'", "UNB+UNOB:4+A+B'"),
            *("UNH+1+ORDERS:D:96A:UN'", "BGM+220+P?'?+X+9'", "LIN+1++?'", "UNT+3+1'", "UNZ+1+R'"),
            *("UNG+ORDERS+A+B+1:1+G'", "UNE+1+G'", "\r\n", " ", "'", "?", "~", "\x00", "é", "X"),
            *("UNB\x1dUNOB:1\x1dA\x1dB\x1c", "QTY+21:X'", "UNS+S'", "\n'", "UNS"),
        ]
    ),
    max_size=30,
)


@given(PIECES, st.integers(1, 40))
@example(["UNB+UNOC:3+A+B+270108:1415+R'", "QTY+21:X'", "QTY+21:X'"], 1)
@example(["UNB+UNOC:3+A+B'", "UNZ+1+R'", "UNA:+,!*~", "\n'"], 3)
def test_a_stream_gives_what_the_whole_file_gives(pieces: list[str], size: int) -> None:
    """How a file is cut makes no difference to messages and problems (S2)."""
    data = "".join(pieces).encode("latin-1")
    whole = [(m and m.table.texts, p) for m, p in read_messages([data])]
    cut = [data[n : n + size] for n in range(0, len(data), size)]
    assert [(m and m.table.texts, p) for m, p in read_messages(cut)] == whole
    found, _ = parse_all(data)
    texts = [m.table.texts for one in found for m in one.messages]
    assert [text for text, _ in whole if text] == texts
    assert [m.table.offsets for one in found for m in one.messages] == [
        m.table.offsets for m, _ in read_messages(cut) if m
    ]


def test_a_stream_is_read_in_bounded_memory() -> None:
    """Nothing of an earlier message is kept: a long stream needs no more than a short one."""
    import tracemalloc

    unit = SOUND.split("UNH", 1)
    head, body = unit[0], "UNH" + unit[1].split("UNZ")[0]

    def chunks(count: int) -> object:
        yield head.encode()
        for number in range(count):
            yield body.replace("UNH+1+", f"UNH+{number}+").replace("+1'", f"+{number}'").encode()

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in read_messages(chunks(count)):  # type: ignore[arg-type]
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(5)
    assert peak(800) < peak(80) + 400_000


@given(st.text("?'+:ab", max_size=20), st.text("?'+:ab", max_size=20))
def test_releasing_and_cutting_are_inverse(first: str, second: str) -> None:
    """A value survives being written between delimiters and cut out again (ISO 9735 5)."""
    found, _ = parse(SOUND.encode())
    marks = found.syntax.delimiters
    text = escaped(first, marks) + "+" + escaped(second, marks)
    assert [plain(part, "?") for part in split(text, "+", "?")] == [first, second]
