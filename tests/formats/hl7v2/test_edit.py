"""Changing and building messages: only the touched segment's bytes change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import Repeats, build, fields, header, parse
from suture.formats.hl7v2.delimiters import delimiters

HEAD = "MSH|^~\\&|EHR|NCH|||2026||ADT^A01^ADT_A01|SYN1|P|2.5||||||"
ADT = (
    f"{HEAD}UNICODE UTF-8\rEVN||2026\rPID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||SYNTH^ALPHA\rPV1|1|I\r"
).encode()

SETS = [
    ("PID-5.1", "SYNTHB", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||SYNTHB^ALPHA"),
    ("PID-5", "SYNTHB", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||SYNTHB"),
    ("PID-5.4", "JR", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||SYNTH^ALPHA^^JR"),
    ("PID-3.1", "SYN9", b"PID|1||SYN9^^^NCH^MR~SYN2^^^NCH^AN||SYNTH^ALPHA"),
    ("PID-3[2].4.2", "9.9", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH&9.9^AN||SYNTH^ALPHA"),
    ("PID-3[3]", "SYN3", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN~SYN3||SYNTH^ALPHA"),
    ("PID-8", "F", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||SYNTH^ALPHA|||F"),
    ("PID-5.1", "", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||^ALPHA"),
    ("PID-5.1", "A^B|C\r", b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||A\\S\\B\\F\\C\\X0D\\^ALPHA"),
    ("PID-5.1", "Ä", "PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||Ä^ALPHA".encode()),
]


@pytest.mark.parametrize(("path", "value", "line"), SETS)
def test_set_changes_one_piece(path: str, value: str, line: bytes) -> None:
    """The value stands at its place, escaped; gaps are empty; the rest keeps its bytes."""
    before, _ = parse(ADT)
    after = before.set(path, value)
    old = b"PID|1||SYN1^^^NCH^MR~SYN2^^^NCH^AN||SYNTH^ALPHA"
    assert bytes(after) == ADT.replace(old, line)
    assert after.get(path) == value
    assert bytes(before) == ADT


def test_set_reaches_header_fields_and_repeated_segments() -> None:
    """MSH counts its separator as field 1; `NTE[2]` is the second note."""
    message, _ = parse(ADT + b"NTE|1||a\rNTE|2||b")
    changed = message.set("MSH-10", "SYN2").set("NTE[2]-3", "c").set("MSH-9.2", "A08")
    assert changed.control_id == "SYN2"
    assert changed.trigger == "ADT^A08"
    assert bytes(changed).endswith(b"NTE|1||a\rNTE|2||c")
    assert header(bytes(changed)).control_id == "SYN2"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_changed_line_keeps_its_end(end: str) -> None:
    """LF and CRLF files stay what they are."""
    message, _ = parse(ADT.replace(b"\r", end.encode()))
    wanted = ADT.replace(b"||2026\r", b"A01||2026\r".replace(b"A01||", b"||")).replace(
        b"PV1|1|I", b"PV1|1|O"
    )
    assert bytes(message.set("PV1-2", "O")) == wanted.replace(b"\r", end.encode())


def test_a_set_in_a_segment_with_addenda_joins_it() -> None:
    """The changed segment is written as one line."""
    message, _ = parse(ADT.replace(b"SYNTH^ALPHA", b"SYNTH^AL\rADD|PHA"))
    assert bytes(message.set("PID-8", "F")) == ADT.replace(b"ALPHA", b"ALPHA|||F")


def test_what_cannot_be_set_is_refused_without_its_value() -> None:
    """Delimiters, character set and absent segments are not changed in place."""
    message, _ = parse(ADT)
    for path in ("MSH-1", "MSH-2", "MSH-18", "PID"):
        with pytest.raises(ValueError):
            message.set(path, "SECRET")
    with pytest.raises(RefusalError) as refusal:
        message.set("OBX-5", "SECRET")
    assert refusal.value.code == "hl7v2.no-segment"
    assert "SECRET" not in str(refusal.value)


def test_a_value_outside_the_character_set_is_refused() -> None:
    """An unlabelled ASCII message takes no other letters; nothing of the value is repeated."""
    message, _ = parse(ADT.replace(b"UNICODE UTF-8", b""))
    with pytest.raises(RefusalError) as refusal:
        message.set("PID-5.1", "SÖNTH")
    assert refusal.value.code == "hl7v2.charset-unencodable"
    assert refusal.value.path == "PID-5.1"
    assert "NTH" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("label", "codec", "value"),
    [
        ("8859/15", "iso8859-15", "€"),
        ("~ISO IR87", "iso2022_jp_ext", "山田"),
        ("BIG-5", "big5", "功"),
    ],
)
def test_set_writes_in_the_messages_character_set(label: str, codec: str, value: str) -> None:
    """A change in a labelled message is written in that set and reads back."""
    message, _ = parse(ADT.decode().replace("UNICODE UTF-8", label).encode(codec))
    changed = message.set("PID-5.1", value)
    assert changed.get("PID-5.1") == value
    assert bytes(changed).decode(codec).endswith(f"||{value}^ALPHA\rPV1|1|I\r")
    assert parse(bytes(changed))[0].get("PID-5.1") == value


def test_set_in_utf_16_keeps_the_coding() -> None:
    """The changed line has the coding and end of its neighbours."""
    data = ADT.decode().replace("\r", "\r\n").encode("utf-16")
    changed = parse(data)[0].set("PV1-2", "O")
    assert bytes(changed) == data.replace("|I\r".encode("utf-16-le"), "|O\r".encode("utf-16-le"))


def test_append_adds_a_segment_at_the_end() -> None:
    """The new line ends as the others do, also after a last line without end."""
    assert bytes(parse(ADT)[0].append("ZPI", "1", "", "a|b")) == ADT + b"ZPI|1||a\\F\\b\r"
    cut = ADT.replace(b"\r", b"\n").rstrip(b"\n")
    assert bytes(parse(cut)[0].append("ZPI", "1")) == cut + b"\nZPI|1\n"
    appended = parse(ADT)[0].append("NTE", "1").append("NTE", "2")
    assert appended.get("NTE[2]-1") == "2"
    for name in ("MSH", "nte", "NTEX", ""):
        with pytest.raises(ValueError):
            parse(ADT)[0].append(name)


def test_without_takes_every_segment_of_a_name() -> None:
    """Dropped segments go with their addenda; the header stays."""
    message, _ = parse(ADT + b"NTE|1||a\rADD|b\rPV2|1\rNTE|2\r")
    assert bytes(message.without("NTE")) == ADT + b"PV2|1\r"
    assert bytes(message.without("OBX")) == bytes(message)
    with pytest.raises(ValueError, match="header"):
        message.without("MSH")


def test_build_writes_fields_components_repetitions_and_subcomponents() -> None:
    """Position is field number; each leaf is escaped; trailing empty fields are not written."""
    message = build(
        [
            fields(
                "MSH", {3: "EHR", 4: "NCH", 9: ["ADT", "A01", "ADT_A01"], 10: "SYN1", 12: "2.5"}
            ),
            ["EVN", "", "2026"],
            fields("PID", {3: Repeats([["SYN1", "", "", ["NCH", "9.9"]], "SYN2"]), 5: "A^B"}),
        ]
    )
    assert bytes(message) == (
        b"MSH|^~\\&|EHR|NCH|||||ADT^A01^ADT_A01|SYN1||2.5||||||UNICODE UTF-8\r"
        b"EVN||2026\rPID|||SYN1^^^NCH&9.9~SYN2||A\\S\\B\r"
    )
    assert message.get("PID-3.4.2") == "9.9"
    assert message.get("PID-5") == "A^B"


def test_build_obeys_delimiters_and_character_set() -> None:
    """Another set of separators and another coding are possible."""
    message = build(
        [fields("MSH", {9: ["ADT", "A01"], 10: "1"}), ["PID", "Ä!"]],
        delimiters=delimiters("!", "*+/%"),
        charset="8859/1",
    )
    assert bytes(message) == b"MSH!*+/%!!!!!!!ADT*A01!1!!!!!!!!8859/E/1\rPID!\xc4/F/\r"
    assert message.get("PID-1") == "Ä!"


def test_build_refuses_what_it_cannot_write() -> None:
    """No header, unknown or two-byte sets, letters outside the set."""
    with pytest.raises(ValueError, match="MSH"):
        build([["PID"]])
    with pytest.raises(ValueError):
        fields("PID", {0: "x"})
    for charset in ("KLINGON", "UNICODE UTF-16"):
        with pytest.raises(RefusalError) as refusal:
            build([fields("MSH", {10: "1"})], charset=charset)
        assert refusal.value.code == "hl7v2.charset-unknown"
    with pytest.raises(RefusalError) as refusal:
        build([fields("MSH", {10: "SÖNTH"})], charset="ASCII")
    assert refusal.value.code == "hl7v2.charset-unencodable"


ENCODABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(
    st.sampled_from(["PID-5.1", "PID-3[2].4.2", "PID-30", "PV1-2", "MSH-3", "EVN-5[3].2"]),
    ENCODABLE,
)
def test_what_is_set_is_read_back(path: str, value: str) -> None:
    """set then get gives the value, also after writing and parsing again."""
    changed = parse(ADT)[0].set(path, value)
    assert changed.get(path) == value
    again, problems = parse(bytes(changed))
    assert problems == []
    assert again.get(path) == value
    assert [s.name for s in again.segments()] == ["MSH", "EVN", "PID", "PV1"]


@given(st.lists(ENCODABLE, min_size=1, max_size=6))
def test_what_is_built_is_read_back(values: list[str]) -> None:
    """Every field of a built segment reads as it was given."""
    message = build([fields("MSH", {9: ["ADT", "A01"], 10: "1"}), ["ZZZ", *values]])
    assert [message.get(f"ZZZ-{n + 1}") for n in range(len(values))] == values
