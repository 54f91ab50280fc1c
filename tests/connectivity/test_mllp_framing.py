"""MLLP framing without IO: whole, byte by byte, with trailing bytes."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.connectivity.framing import Frame, FramingFault, MllpDecoder, encode

CONTENT = st.binary(max_size=200).filter(lambda b: b"\x0b" not in b and b"\x1c" not in b)


def feed(stream: bytes, size: int, limit: int = 1000) -> list[Frame | FramingFault]:
    """Return what a decoder finds when the stream comes in pieces of `size`."""
    decoder = MllpDecoder(limit)
    found: list[Frame | FramingFault] = []
    for start in range(0, len(stream), size):
        found += decoder.feed(stream[start : start + size])
    return found


@given(st.lists(CONTENT, max_size=5), st.integers(1, 50))
def test_frames_survive_any_cutting(contents: list[bytes], size: int) -> None:
    """Frames come out as they went in, whole, byte by byte or in any pieces."""
    stream = b"".join(encode(c) for c in contents)
    assert feed(stream, size) == [Frame(c) for c in contents]


@given(st.binary(max_size=300), st.integers(1, 20))
def test_no_stream_raises_and_cutting_does_not_change_the_frames(data: bytes, size: int) -> None:
    """Whatever comes, nothing raises; the frames are the same however the stream is cut."""
    whole = [f for f in feed(data, max(1, len(data))) if isinstance(f, Frame)]
    pieces = [f for f in feed(data, size) if isinstance(f, Frame)]
    assert whole == pieces


def test_line_ends_between_frames_are_tolerated_and_a_missing_cr_too() -> None:
    """CR LF after a frame, or no CR after FS, is what real senders do."""
    stream = b"\x0bone\x1c\r\n\r\x0btwo\x1c\x0bthree\x1c\r"
    assert feed(stream, 3) == [Frame(b"one"), Frame(b"two"), Frame(b"three")]


def test_garbage_before_a_frame_is_a_fault_and_the_frame_goes_on() -> None:
    """Bytes outside a frame are reported, the next message is taken."""
    [fault, frame] = feed(b"GET / HTTP/1.1\x0bMSH|x\x1c\r", 100)
    assert isinstance(fault, FramingFault)
    assert (fault.code, fault.size_bytes) == ("mllp.garbage", 14)
    assert frame == Frame(b"MSH|x")


def test_a_frame_begun_again_is_a_half_frame_and_the_new_one_counts() -> None:
    """A sender that reconnects inside its buffer starts again with VT."""
    [fault, frame] = feed(b"\x0bMSH|half\x0bMSH|whole\x1c\r", 4)
    assert isinstance(fault, FramingFault) and fault.code == "mllp.half-frame"
    assert frame == Frame(b"MSH|whole")


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_an_oversize_frame_keeps_its_head_and_a_digest_of_all_of_it(size: int) -> None:
    """Over the limit: first 64 kB and the digest of every byte; the next frame is taken."""
    content = bytes(range(32, 127)) * 1000
    [fault, frame] = feed(encode(content) + encode(b"next"), size, limit=500)
    assert isinstance(fault, FramingFault)
    assert fault.code == "mllp.frame-too-large"
    assert fault.size_bytes == len(content)
    assert fault.digest == hashlib.sha256(content).hexdigest()
    assert content.startswith(fault.head) and len(fault.head) <= 65_536
    assert frame == Frame(b"next")


def test_content_that_holds_a_framing_character_is_refused() -> None:
    """Such content cannot be framed: it would end its own frame."""
    for bad in (b"a\x0bb", b"a\x1cb"):
        with pytest.raises(ValueError):
            encode(bad)


def test_a_representation_shows_no_content() -> None:
    """A frame in a log or a traceback names no patient."""
    assert "SECRET" not in repr(Frame(b"SECRET"))
    assert "SECRET" not in repr(FramingFault("mllp.garbage", b"SECRET", 6, "x"))
