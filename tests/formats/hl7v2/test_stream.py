"""A stream of messages reads the same however it is cut, and holds little."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.formats.hl7v2 import Limits, Streamed, read_messages, split_batch

ONE = b"MSH|^~\\&|EHR|NCH|S|H|20260101||ADT^A01|SYN1|P|2.5.1\rPID|1||SYN1\r"
TWO = b"MSH|^~\\&|EHR|NCH|S|H|20260101||ADT^A08|SYN2|P|2.5.1\nPID|1||SYN2\n\n"
THREE = b"MSH|^~\\&|EHR|NCH|S|H|20260101||ADT^A03|SYN3|P|2.5.1\r\nPID|1||SYN3\r\n"
BATCH = b"FHS|^~\\&\rBHS|^~\\&\r" + ONE + ONE + b"BTS|2\rFTS|1\r"
FRAMES = b"\x0b" + ONE + b"\x1c\r\x0b" + TWO.rstrip() + b"\x1c\r" + b"\x0b" + THREE + b"\x1c\r"


def told(found: list[Streamed]) -> list[tuple[bytes, int, tuple[str, ...]]]:
    """Return what a stream gave, with the codes of its problems and their places."""
    return [
        (one.data, one.offset, tuple(f"{p.code}@{p.offset}" for p in one.problems)) for one in found
    ]


def test_messages_in_a_row_come_one_by_one() -> None:
    """Line ends may differ from message to message; offsets are those of the stream."""
    found = told(list(read_messages([ONE + TWO + THREE])))
    assert [(data, offset) for data, offset, _ in found] == [
        (ONE, 0),
        (TWO, len(ONE)),
        (THREE, len(ONE + TWO)),
    ]


def test_frames_are_taken_off() -> None:
    """A frame's bytes are no part of the message, with or without CR before the separator."""
    found = list(read_messages([FRAMES]))
    assert [one.data for one in found] == [ONE, TWO.rstrip(), THREE]
    assert [FRAMES[one.offset : one.offset + 3] for one in found] == [b"MSH"] * 3
    assert [one.problems for one in found] == [(), (), ()]


def test_an_envelope_is_checked_while_it_passes() -> None:
    """Counts and trailers are held against what came, as the batch reader does."""
    assert [one.problems for one in read_messages([BATCH])] == [(), ()]
    wrong = BATCH.replace(b"BTS|2", b"BTS|3").replace(b"FTS|1\r", b"")
    found = list(read_messages([wrong]))
    assert [one.data for one in found] == [ONE, ONE, b""]
    assert [p.code for p in found[1].problems] == ["hl7v2.batch-count"]
    assert [p.code for p in found[2].problems] == ["hl7v2.batch-trailer"]


CORPUS = [
    ONE,
    TWO,
    THREE,
    BATCH,
    FRAMES,
    b"stray\r",
    b"\x0b",
    b"\x1c\r",
    b"\r",
    b"\n",
    b"MSH|",
    b"\x00",
]


@given(
    st.lists(st.sampled_from(CORPUS) | st.binary(max_size=9), max_size=6).map(b"".join),
    st.integers(1, 40),
)
@settings(deadline=None, max_examples=150)
def test_whole_is_byte_by_byte(data: bytes, size: int) -> None:
    """Where the chunks are cut changes nothing, and no byte stream fails."""
    whole = told(list(read_messages([data])))
    assert told(list(read_messages([data[n : n + 1] for n in range(len(data))]))) == whole
    cut = [data[n : n + size] for n in range(0, len(data), size)]
    assert told(list(read_messages([b"", *cut, b""]))) == whole


@given(st.lists(st.sampled_from([ONE, TWO, THREE, BATCH, b"stray\r"]), max_size=6).map(b"".join))
def test_a_stream_gives_what_the_batch_reader_gives(data: bytes) -> None:
    """Without frames both readers cut alike."""
    given_back = [one.data for one in read_messages([data]) if one.data]
    assert given_back == split_batch(data)[0]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_a_message_over_the_limit_is_passed_over(size: int) -> None:
    """Its neighbours come whole; it comes as a problem, be it long or one endless line."""
    limits = Limits(bytes_max=200, segments_max=5)
    many = ONE + b"OBX|1\r" * 9
    endless = ONE[:-1] + b"X" * 999 + b"\r"
    data = ONE + many + endless + b"Y" * 999 + b"\r" + TWO
    found = list(
        read_messages((data[n : n + size] for n in range(0, len(data), size)), limits=limits)
    )
    assert [one.data for one in found] == [ONE, b"", b"", TWO]
    assert [[p.code for p in one.problems] for one in found[1:3]] == [["hl7v2.too-large"]] * 2


def test_memory_does_not_grow_with_the_stream() -> None:
    """Twenty megabytes of messages, and of one line, pass through under two."""

    def chunks() -> Iterator[bytes]:
        for _ in range(1_000):
            yield ONE * 100
        for _ in range(200):
            yield b"Z" * 65_536

    tracemalloc.start()
    count = sum(1 for one in read_messages(chunks(), limits=Limits(bytes_max=100_000)) if one.data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count >= 99_999
    assert peak < 2_000_000
