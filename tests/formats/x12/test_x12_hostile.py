"""Hostile content: cut, mutated, mixed, oversized. Nothing raises, time and memory are bounded."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_x12_validate import ISA, ORDER, interchange

from suture.formats.x12 import (
    PROBLEM_CODES,
    Envelope,
    Limits,
    functional_ack,
    implementation_ack,
    interchange_ack,
    parse,
    parse_all,
    read_sets,
    validate,
    view,
)

SOUND = interchange(*ORDER)
OURS = Envelope(
    set_id="997",
    sender="SYNTHBUYER",
    receiver="SYNTHSUP",
    interchange_control=900,
    group_control=90,
    at=datetime(2027, 1, 8, 15, 5, tzinfo=UTC),
)


def endure(content: bytes) -> set[str]:
    """Do everything that can be done with content; return the codes of its problems."""
    found, parsed = parse(content)
    problems = validate(found)
    for write in (functional_ack, implementation_ack, interchange_ack):
        parse(write(found, problems, OURS))
    for one in found.sets:
        problems += view(one)[1]
    every, _ = parse_all(content)
    assert b"".join(map(bytes, every)) == content
    for _, faults in read_sets([content]):
        problems += faults
    codes = {problem.code for problem in [*parsed, *problems]}
    assert codes <= set(PROBLEM_CODES)
    return codes


def test_cut_at_every_byte() -> None:
    """An interchange that ends anywhere is told from a whole one."""
    for place in range(len(SOUND)):
        if SOUND[place:] != b"~":
            assert endure(SOUND[:place]) or not place


@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.binary(max_size=3)), max_size=6))
def test_bytes_changed_anywhere(changes: list[tuple[int, bytes]]) -> None:
    """NULs, delimiters, bytes of any code page: nothing raises, no code is unknown."""
    content = bytearray(SOUND)
    for place, new in changes:
        content[place : place + len(new)] = new
    endure(bytes(content))


@given(st.binary(max_size=300))
def test_anything_behind_isa(noise: bytes) -> None:
    """What follows a sound ISA may be anything."""
    endure(ISA.encode() + noise)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SOUND.replace(b"*", b"|").replace(b"ISA|", b"ISA*"), "x12.no-isa"),
        (SOUND.replace(b"BEG*00*", b"BEG|00|"), "x12.unexpected-segment"),
        (SOUND.replace(b"SYNTH DOCK", b"SYNTH\x00DOCK"), "x12.element-character"),
        (SOUND.replace(b"SYNTH DOCK", b"S" * 1_000_000), "x12.element-length"),
        (SOUND.replace(b"CTR-1", b"A^" * 1_000_000), "x12.element-repeats"),
        (SOUND.replace(b"~CTT", b"~REF" + b"*" * 1_000_000 + b"~CTT"), "x12.element-count"),
        (SOUND.replace(b"~CTT", b"~PO1" * 20_000 + b"~CTT"), "x12.line-count"),
        (SOUND.replace(b"~CTT", b"~ST*850" * 5_000 + b"~CTT"), "x12.set-trailer"),
        (SOUND.replace(b"~GS", b"~GS*PO" * 5_000 + b"~GS"), "x12.group-trailer"),
        (SOUND.replace(b"SE*8", b"SE*" + b"9" * 5_000), "x12.segment-count"),
        (SOUND.replace(b"CTT*1*12", b"CTT*" + b"9" * 5_000), "x12.element-length"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_large_and_mixed_content_is_bounded(content: bytes, code: str) -> None:
    """A code for each, in seconds of one processor."""
    start = time.process_time()
    assert code in endure(content)
    assert time.process_time() - start < 30


def test_a_frame_beyond_the_limit_is_not_looked_at() -> None:
    """A gigabyte costs what its length costs."""
    found, (problem,) = parse(bytes(2_000_000), limits=Limits(bytes_max=1_000_000))
    assert problem.code == "x12.too-large" and len(bytes(found)) == 2_000_000


def test_characters_count_and_not_their_bytes() -> None:
    """X12.6 3.5.1: 60 letters of two bytes fill N102, the 61st is too much."""
    sixty = endure(SOUND.replace(b"SYNTH DOCK", "Ä".encode() * 60))
    assert "x12.element-length" not in sixty
    assert "x12.element-length" in endure(SOUND.replace(b"SYNTH DOCK", "Ä".encode() * 61))
