"""Batches and fragments: exact slices, checked counts, joined continuations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import Limits, join_fragments, parse, pointer, split_batch


def message(number: int) -> bytes:
    """Return one small message."""
    head = f"MSH|^~\\&|EHR|NCH|||2026||ADT^A01|SYN{number}|P|2.5\r"
    return f"{head}EVN||2026\rPID|{number}\r".encode()


FHS, BHS = b"FHS|^~\\&|EHR\r", b"BHS|^~\\&|EHR\r"
ONE, TWO, THREE = message(1), message(2), message(3)

SPLITS = [
    (ONE, [ONE], []),
    (ONE + TWO, [ONE, TWO], []),
    (BHS + ONE + TWO + b"BTS|2\r", [ONE, TWO], []),
    (FHS + BHS + ONE + b"BTS|1\r" + BHS + TWO + THREE + b"BTS|2\rFTS|2\r", [ONE, TWO, THREE], []),
    (FHS + ONE + TWO + b"FTS|1\r", [ONE, TWO], []),
    (FHS + BHS + ONE + b"BTS\rFTS\r", [ONE], []),
    (FHS + b"FTS|0\r", [], []),
    (b"\xef\xbb\xbf" + FHS + ONE + b"FTS|1\r\x1a", [ONE], []),
    (b"\xef\xbb\xbf" + ONE, [b"\xef\xbb\xbf" + ONE], []),
    (b"", [], []),
    (b"\r\n\r\n", [], []),
    (BHS + ONE + b"BTS|2\r", [ONE], [("hl7v2.batch-count", "BTS-1")]),
    (BHS + ONE + b"BTS|many\r", [ONE], [("hl7v2.batch-count", "BTS-1")]),
    (FHS + BHS + ONE + b"BTS|1\rFTS|3\r", [ONE], [("hl7v2.batch-count", "FTS-1")]),
    (FHS + BHS + ONE + b"BTS|1\r", [ONE], [("hl7v2.batch-trailer", "FHS")]),
    (BHS + ONE, [ONE], [("hl7v2.batch-trailer", "BHS")]),
    (ONE + b"BTS|1\r", [ONE], [("hl7v2.batch-trailer", "BTS")]),
    (BHS + BHS + ONE + b"BTS|1\r", [ONE], [("hl7v2.batch-trailer", "BHS")]),
    (BHS + b"NTE|1\rNTE|2\r" + ONE + b"BTS|1\r", [ONE], [("hl7v2.batch-stray", "")]),
    (b"PID|1\r", [], [("hl7v2.batch-stray", "")]),
]


@pytest.mark.parametrize(("data", "messages", "said"), SPLITS)
def test_a_batch_comes_apart_into_exact_messages(
    data: bytes, messages: list[bytes], said: list[tuple[str, str]]
) -> None:
    """Each message is the bytes between its MSH and the next envelope; counts are checked."""
    found, problems = split_batch(data)
    assert found == messages
    assert [(problem.code, problem.path) for problem in problems] == said


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_do_not_matter_to_a_batch(end: bytes) -> None:
    """LF and CRLF batches come apart alike."""
    data = (FHS + BHS + ONE + TWO + b"BTS|2\rFTS|1\r").replace(b"\r", end)
    assert split_batch(data) == ([ONE.replace(b"\r", end), TWO.replace(b"\r", end)], [])


def test_an_over_long_file_is_not_split() -> None:
    """The limits of one message hold for a file too."""
    for limits in (Limits(bytes_max=10), Limits(segments_max=2)):
        found, problems = split_batch(ONE, limits=limits)
        assert found == []
        assert [problem.code for problem in problems] == ["hl7v2.too-large"]


@given(st.binary(max_size=200))
def test_any_bytes_split(data: bytes) -> None:
    """Slices come in order and are part of the file."""
    for sample in (data, BHS + data, ONE + data):
        found, _ = split_batch(sample)
        place = 0
        for part in found:
            place = sample.index(part, place) + len(part)


def fragment(number: int, continues: str, body: bytes) -> bytes:
    """Return one fragment whose MSH-14 is `continues`."""
    return f"MSH|^~\\&|E|N|||2026||ORU^R01|SYN{number}|P|2.5||{continues}\r".encode() + body


def test_fragments_join_at_segments() -> None:
    """DSC-1 leads to the fragment with the same MSH-14; DSC and later headers go."""
    parts = [
        fragment(1, "", b"PID|1\rOBX|1\rDSC|P1|F\r"),
        fragment(2, "P1", b"OBX|2\rDSC|P2|F\r"),
        fragment(3, "P2", b"OBX|3\r"),
    ]
    assert join_fragments(parts) == fragment(1, "", b"PID|1\rOBX|1\rOBX|2\rOBX|3\r")
    assert [pointer(part) for part in parts] == ["P1", "P2", ""]


def test_a_segment_cut_between_fragments_becomes_one_again() -> None:
    """A bare ADD ends the cut segment; the next fragment's first ADD line goes on with it."""
    parts = [
        fragment(1, "", b"OBX|1|TX|||begin\rADD\rDSC|P1|F\r"),
        fragment(2, "P1", b"ADD| and end|x\rOBX|2\r"),
    ]
    whole = join_fragments(parts)
    assert whole == fragment(1, "", b"OBX|1|TX|||begin and end|x\rOBX|2\r")
    assert parse(whole)[0].get("OBX-5") == "begin and end"


def test_a_cut_within_one_message_is_left_as_it_is() -> None:
    """ADD lines inside a message are read, not rewritten."""
    body = b"OBX|1|TX|||be\rADD|gin\r"
    assert join_fragments([fragment(1, "", body)]) == fragment(1, "", body)


BAD = [
    ([], ""),
    ([fragment(1, "", b"DSC|P1|F\r")], "DSC-1"),
    ([fragment(1, "", b"DSC|P1|F\r"), fragment(2, "P9", b"")], "MSH-14"),
    ([fragment(1, "", b"OBX|1\r"), fragment(2, "", b"")], "MSH-14"),
]


@pytest.mark.parametrize(("parts", "path"), BAD)
def test_fragments_that_do_not_fit_are_refused(parts: list[bytes], path: str) -> None:
    """A missing, wrong or open continuation is never joined by guess."""
    with pytest.raises(RefusalError) as refusal:
        join_fragments(parts)
    assert (refusal.value.code, refusal.value.path) == ("hl7v2.fragment", path)


def test_joined_fragments_stay_under_the_limit() -> None:
    """Many small fragments cannot exceed what one message may be."""
    with pytest.raises(RefusalError) as refusal:
        join_fragments([ONE, ONE], limits=Limits(bytes_max=len(ONE) + 1))
    assert refusal.value.code == "hl7v2.too-large"
