"""Edits: one element changes, counts are right, every other byte stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_x12_parse import ORDER, interchange

from suture.core.refusal import RefusalError
from suture.formats.x12 import parse, parse_all, set_element, validate

SOUND = interchange(*ORDER)


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("PO1[6]-2", "7", b"PO1*1*12*", b"PO1*1*7*"),
        ("PO1[6]-11", "X", b"VC*KF-1~", b"VC*KF-1**X~"),
        ("REF[4]-4.2", "V", b"REF*CT*CTR-1~", b"REF*CT*CTR-1**:V~"),
        ("N1[5]-2", "SYNTH Ü", b"SYNTH DOCK", "SYNTH Ü".encode()),
        ("BEG[2]-3", "", b"PO7700001", b""),
    ],
)
def test_only_that_element_changes(path: str, value: str, old: bytes, new: bytes) -> None:
    """The rest of the interchange is byte for byte the same."""
    found, _ = parse(SOUND)
    changed = set_element(found, found.sets[0], path, value)
    assert bytes(changed) == SOUND.replace(old, new)
    assert bytes(found) == SOUND


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("ISA[1]-15", "P", b"*1*T*", b"*1*P*"),
        ("ISA[1]-6", "OTHER", b"SYNTHSUP       ", b"OTHER          "),
        ("GS[2]-3", "OTHER", b"APPBUY", b"OTHER"),
    ],
)
def test_the_envelope_can_be_changed(path: str, value: str, old: bytes, new: bytes) -> None:
    """ISA keeps its widths."""
    changed = set_element(parse(SOUND)[0], None, path, value)
    assert bytes(changed) == SOUND.replace(old, new)


def test_wrong_counts_are_made_right() -> None:
    """SE01, GE01 and IEA01 say what is there, also behind a byte order mark and line ends."""
    wrong = (
        SOUND.replace(b"SE*10", b"SE*99").replace(b"GE*1*", b"GE*5*").replace(b"IEA*1", b"IEA*7")
    )
    wrong = b"\xef\xbb\xbf" + wrong.replace(b"~", b"~\r\n")
    found, _ = parse(wrong)
    changed = set_element(found, found.sets[0], "PO1[6]-2", "7")
    right = SOUND.replace(b"PO1*1*12*", b"PO1*1*7*").replace(b"~", b"~\r\n")
    assert bytes(changed) == b"\xef\xbb\xbf" + right
    assert [p.code for p in validate(changed)] == ["x12.leading-bytes"]


def test_the_second_interchange_of_a_file_can_be_changed() -> None:
    """Its places count from the start of the file."""
    second = parse_all(SOUND + SOUND)[0][1]
    changed = set_element(second, second.sets[0], "PO1[6]-2", "7")
    assert bytes(changed) == SOUND.replace(b"PO1*1*12*", b"PO1*1*7*")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PO1[6]-2", "7*8"),
        ("PO1[6]-2", "7~"),
        ("PO1[6]-2", "7\n"),
        ("PO1[7]-2", "7"),
        ("PO1[99]-2", "7"),
        ("PO1[0]-2", "7"),
        ("PO1[6]", "7"),
        ("PO1", "7"),
        ("PO1[6]-0", "7"),
    ],
)
def test_what_cannot_be_changed_is_refused(path: str, value: str) -> None:
    """One code; the value is not repeated."""
    found, _ = parse(SOUND)
    with pytest.raises(RefusalError) as refusal:
        set_element(found, found.sets[0], path, value)
    assert refusal.value.code == "x12.edit" and value not in refusal.value.text


@pytest.mark.parametrize(
    ("path", "value"),
    [("ISA[1]-16", ">"), ("ISA[1]-11", "!"), ("ISA[1]-6", "A" * 16), ("ISA[1]-17", "A")],
)
def test_delimiters_and_widths_of_isa_stay(path: str, value: str) -> None:
    """Every byte would change with a delimiter."""
    with pytest.raises(RefusalError):
        set_element(parse(SOUND)[0], None, path, value)


def test_a_wrapped_segment_is_not_changed() -> None:
    """Its bytes are not those that were read."""
    found, _ = parse(SOUND.replace(b"PO1*1*12", b"PO1*\n1*12"))
    with pytest.raises(RefusalError):
        set_element(found, found.sets[0], "PO1[6]-2", "7")


VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=12).filter(
    lambda text: text.isprintable() and not set("*:~^") & set(text)
)


@given(st.integers(2, 9), st.integers(1, 30), VALUE)
def test_what_is_set_is_read(index: int, number: int, value: str) -> None:
    """Any value at any element survives; the segments keep their number."""
    found, _ = parse(SOUND)
    name = found.sets[0].segments[index - 1].id
    changed = set_element(found, found.sets[0], f"{name}[{index}]-{number}", value)
    assert changed.sets[0].segments[index - 1].element(number) == value
    assert len(changed.sets[0].segments) == len(found.sets[0].segments)
