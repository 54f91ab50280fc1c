"""The door: what the MSH alone tells, and what is refused with which position."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import Limits, header, parse

MSH = (
    b"MSH|^~\\&|EHR^1.2.3^ISO|NCH|SUTURE|HUB|20260302141500-0500||SIU^S12^SIU_S12|SYN000001"
    b"|P^T|2.5.1^USA|||AL|NE||UNICODE UTF-8~ASCII\r"
)


def test_the_header_gives_every_field_the_door_needs() -> None:
    """Type, event, keys and answer wishes are read without touching other segments."""
    found = header(MSH + b"PID|1||SYN0001\r")
    assert found.delimiters.field == "|"
    assert found.sending_application == "EHR^1.2.3^ISO"
    assert found.sending_facility == "NCH"
    assert found.receiving_application == "SUTURE"
    assert found.receiving_facility == "HUB"
    assert found.sent == "20260302141500-0500"
    assert found.message_type == "SIU"
    assert found.trigger == "SIU^S12"
    assert found.structure == "SIU_S12"
    assert found.control_id == "SYN000001"
    assert found.processing_id == "P"
    assert found.version == "2.5.1"
    assert found.accept_acknowledgement == "AL"
    assert found.application_acknowledgement == "NE"
    assert found.charset == "UNICODE UTF-8"
    assert found.field(1) == "|"
    assert found.field(2) == "^~\\&"
    assert found.field(25) == ""


def test_the_transport_key_is_sender_time_and_control_id() -> None:
    """MSH-7 is part of the key because MSH-10 counters wrap (spec 2.0.2)."""
    key = "EHR^1.2.3^ISO\x1fNCH\x1f20260302141500-0500\x1fSYN000001"
    assert header(MSH).transport_key == key


def test_a_header_shows_no_content() -> None:
    """The representation holds a size, nothing received."""
    assert repr(header(MSH)) == "<hl7v2.Header 18 fields>"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b""])
def test_any_line_end_ends_the_header(end: bytes) -> None:
    """CR, LF, CRLF and the end of the content close MSH alike."""
    found = header(MSH.rstrip(b"\r") + end + b"PID|1\rZZZ|9" * bool(end))
    assert found.charset == "UNICODE UTF-8"
    assert len(found.fields) == 18


@pytest.mark.parametrize(
    ("before", "name"),
    [
        (b"\xef\xbb\xbf", "mark"),
        (b"\x0b", "frame"),
        (b"\r\n ", "blank"),
        (b"\xef\xbb\xbf\n", "both"),
    ],
)
def test_bytes_before_msh_are_tolerated(before: bytes, name: str) -> None:
    """A byte order mark, frame start or blank line does not hide the message."""
    assert header(before + MSH).control_id == "SYN000001", name


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_is_recognised_from_its_first_bytes(codec: str) -> None:
    """A two-byte coding is seen without MSH-18, with or without a byte order mark."""
    assert header(MSH.decode().encode(codec)).trigger == "SIU^S12"


REFUSED = [
    (b"", "hl7v2.no-msh", "MSH", 0),
    (b"PID|1||SYN0001\r", "hl7v2.no-msh", "MSH", 0),
    (b"FHS|^~\\&|EHR\rMSH|^~\\&|", "hl7v2.no-msh", "MSH", 0),
    (b"MSH", "hl7v2.no-msh", "MSH", 0),
    (b"MSH\r", "hl7v2.no-msh", "MSH", 0),
    (b"MSHX^~\\&X", "hl7v2.delimiters", "MSH-1", 3),
    (b"MSH||EHR", "hl7v2.delimiters", "MSH-2", 4),
    (b"MSH|^~\\&#*|EHR", "hl7v2.delimiters", "MSH-2", 4),
    (b"MSH|^~\\^|EHR", "hl7v2.delimiters", "MSH-2", 7),
    (b"MSH|^A\\&|EHR", "hl7v2.delimiters", "MSH-2", 5),
    (b"MSH|^ \\&|EHR", "hl7v2.delimiters", "MSH-2", 5),
    (b"MSH|^~\\&|EHR|NCH|S|H|2026||", "hl7v2.no-message-type", "MSH-9", 27),
    (b"MSH|^~\\&|EHR|NCH|S|H|2026|||1|P", "hl7v2.no-message-type", "MSH-9", 27),
    (b"MSH|^~\\&|EHR|NCH|S|H|2026||SIU^S12||P", "hl7v2.no-control-id", "MSH-10", 35),
    (b"\xef\xbb\xbfMSH|^~\\&|E|N|S|H|2026||SIU^S12||P", "hl7v2.no-control-id", "MSH-10", 34),
    (b"MSH|^~\\&", "hl7v2.no-message-type", "MSH-9", 8),
]


@pytest.mark.parametrize(("data", "code", "path", "offset"), REFUSED)
def test_refusals_name_code_and_position(data: bytes, code: str, path: str, offset: int) -> None:
    """What cannot be routed or acknowledged is refused with the place to mend (plan D5)."""
    with pytest.raises(RefusalError) as refusal:
        header(data)
    assert (refusal.value.code, refusal.value.path) == (code, path)
    assert refusal.value.offset == offset


def test_the_reader_states_the_same_problems_as_the_door() -> None:
    """parse does not raise; it states what header refuses, as errors."""
    for data, code, path, offset in REFUSED:
        _, problems = parse(data)
        errors = {(p.code, p.path, p.offset) for p in problems if p.severity == "error"}
        assert (code, path, offset) in errors, data


def test_an_over_long_message_or_header_is_refused() -> None:
    """Limits hold before anything is split."""
    with pytest.raises(RefusalError) as refusal:
        header(MSH + b"Z" * 1000, limits=Limits(bytes_max=500))
    assert refusal.value.code == "hl7v2.too-large"
    with pytest.raises(RefusalError) as refusal:
        header(b"MSH|^~\\&|" + b"A" * 9000 + b"\rPID|1\r")
    assert (refusal.value.code, refusal.value.path) == ("hl7v2.too-large", "MSH")


def test_an_escaped_control_id_is_read() -> None:
    """MSH-10 is text like any other."""
    assert header(MSH.replace(b"SYN000001", b"SYN\\T\\1")).control_id == "SYN&1"


def outcome(data: bytes) -> str:
    """Return the trigger of the header, or the code of its refusal."""
    try:
        return header(data).trigger
    except RefusalError as refusal:
        return refusal.code


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No content makes the door fail in another way."""
    for sample in (data, b"MSH" + data, b"MSH|^~\\&|" + data, b"\xff\xfe" + data):
        assert isinstance(outcome(sample), str)


@given(st.integers(min_value=0, max_value=len(MSH)))
def test_a_cut_header_is_read_or_refused(size: int) -> None:
    """Every prefix of a message is either a header or a refusal with a path."""
    assert outcome(MSH[:size]) in {
        "SIU^S12",
        "hl7v2.no-msh",
        "hl7v2.delimiters",
        "hl7v2.no-message-type",
        "hl7v2.no-control-id",
    }
