"""Streams: whole, byte by byte and cut anywhere give the same sets and problems as parsing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_x12_parse import ISA, ORDER, interchange

from suture.core.problem import Problem
from suture.formats.x12 import Limits, TransactionSet, parse_all, read_sets

SOUND = interchange(*ORDER)
TWO = interchange(*ORDER, *[s.replace("0001", "0002") for s in ORDER], sets="2")
BROKEN = [
    SOUND.replace(b"SE*10", b"SE*11"),
    SOUND.replace(b"SE*10*0001~", b""),
    SOUND.replace(b"GE*1*7~", b""),
    SOUND.replace(b"GE*1*7", b"GE*2*8"),
    SOUND.replace(b"IEA*1", b"IEA*2"),
    SOUND[:-18],
    SOUND.replace(b"~ST", b"~ZZ*1~ST"),
    SOUND + TWO,
    SOUND + b"\r\n" + TWO + b"\n\n",
    b"\xef\xbb\xbf \n" + SOUND.replace(b"~", b"~\r\n"),
    SOUND.replace(b"SYNTH COMP", b"SYNTH\n COMP"),
    interchange(*ORDER, *ORDER, sets="2"),
    SOUND.replace(b"PO1*1*12", b"PO1*1*many"),
    SOUND[:-18] + SOUND,
    b"",
    b"   ",
    b"no interchange at all",
    ISA.encode(),
    SOUND.replace(b"~", "…".encode()),
    SOUND.replace(b"~", b"\r").replace(b"^", b"U"),
]


def streamed(chunks: list[bytes]) -> tuple[list[TransactionSet], list[Problem]]:
    """Return what the stream gives."""
    sets, problems = [], []
    for found, faults in read_sets(chunks):
        problems += faults
        if found is not None:
            sets.append(found)
    return sets, problems


def shape(sets: list[TransactionSet]) -> list[list[tuple[list[str], int, int]]]:
    """Return the segments of the sets with their places."""
    return [[(s.elements, s.offset, s.index) for s in one.segments] for one in sets]


def keys(problems: list[Problem]) -> list[tuple[str, str, int | None]]:
    """Return code, path and byte, without those that only a whole file has."""
    kept = [p for p in problems if p.code not in ("x12.leading-bytes", "x12.line-break")]
    return sorted((p.code, p.path, p.offset or 0) for p in kept)


@pytest.mark.parametrize("content", [SOUND, TWO, *BROKEN], ids=range(len(BROKEN) + 2))
def test_a_stream_gives_what_parsing_gives(content: bytes) -> None:
    """Whole and byte by byte: same segments, places and problems as `parse_all`."""
    every, problems = parse_all(content)
    expected = shape([one for found in every for one in found.sets])
    whole, faults = streamed([content])
    single, again = streamed([bytes([one]) for one in content])
    assert shape(whole) == shape(single) == expected
    assert keys(faults) == keys(again)
    if content.strip():
        assert keys(faults) == keys(problems)


@given(st.lists(st.integers(0, len(TWO) * 2), max_size=8), st.binary(max_size=40))
def test_chunks_may_be_cut_anywhere(cuts: list[int], trailing: bytes) -> None:
    """The cuts change nothing, nor do bytes behind the end."""
    content = TWO + SOUND
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    chunks = [content[a:b] for a, b in pairwise(places)]
    assert shape(streamed(chunks)[0]) == shape(streamed([content])[0])
    assert shape(streamed([*chunks, trailing])[0])[:3] == shape(streamed(chunks)[0])


def test_a_set_knows_its_envelope() -> None:
    """Who sent it and under which numbers, though groups are not kept."""
    (one,) = streamed([SOUND])[0]
    assert one.context.interchange.element(13) == "000000104"
    assert one.context.group.element(6) == "7"


def large(count: int) -> Iterator[bytes]:
    """Yield an interchange of many orders in chunks."""
    head = SOUND[: SOUND.index(b"ST*850")]
    order = SOUND[len(head) : SOUND.index(b"GE*1")]
    yield head
    for number in range(1, count + 1):
        yield order.replace(b"0001", b"%09d" % number)
    yield b"GE*%d*7~IEA*1*000000104~" % count


def test_memory_does_not_grow_with_the_stream() -> None:
    """Four times the sets take less than twice the memory (control numbers are kept)."""
    peaks = []
    for count in (500, 2_000):
        tracemalloc.start()
        assert sum(found is not None for found, _ in read_sets(large(count))) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1_000_000


@pytest.mark.parametrize(
    ("limits", "content"),
    [
        (Limits(bytes_max=100), SOUND),
        (Limits(segments_max=5), SOUND),
        (Limits(sets_max=1), TWO),
    ],
)
def test_a_limit_ends_the_stream(limits: Limits, content: bytes) -> None:
    """With a problem, never silently."""
    found = list(read_sets([content], limits=limits))
    assert found[-1][1][0].code == "x12.too-large"


def test_an_endless_segment_ends_the_stream() -> None:
    """A frame of a gigabyte without terminator is left after some megabytes."""
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        yield SOUND[:-30]
        for _ in range(1_000):
            taken += 1
            yield b"A" * 1_000_000

    found = list(read_sets(chunks()))
    assert found[-1][1][0].code == "x12.too-large" and taken < 20
