"""What a flow made of a message is kept as edits and comes out byte for byte (S42)."""

from __future__ import annotations

import pytest
from flow_hub import hl7
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.orchestration.flows.edits import applied, edits_of

SEGMENTS = st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\r", b"")), max_size=8)


@given(SEGMENTS, SEGMENTS)
def test_edits_make_the_same_bytes(one: list[bytes], other: list[bytes]) -> None:
    """For any two messages, alike or not, where edits are kept at all."""
    received, made = b"\r".join(one), b"\r".join(other)
    edits = edits_of(received, made)
    if edits is not None:
        assert applied(received, edits) == made


@given(SEGMENTS, st.data())
def test_a_small_change_is_a_small_edit(segments: list[bytes], data: st.DataObject) -> None:
    """One byte changed in one segment of a message of some size."""
    lines = [b"x" * 200, *segments, b"y" * 200]
    which = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines]
    changed[which] = lines[which][: len(lines[which]) // 2] + b"#"
    received, made = b"\r".join(lines), b"\r".join(changed)
    edits = edits_of(received, made)
    assert edits is not None and len(edits) < 30
    assert applied(received, edits) == made


def test_what_is_written_anew_is_kept_whole() -> None:
    """A conversion shares nothing with what was received: no edits."""
    assert edits_of(hl7(1), b"UNB+UNOA:1+A+B+270104:1200+1'" * 20) is None


def test_nothing_changed_is_nothing_kept() -> None:
    """Only the digest."""
    edits = edits_of(hl7(1), hl7(1))
    assert edits is not None and len(edits) == 10
    assert applied(hl7(1), edits) == hl7(1)


@pytest.mark.parametrize(
    "broken", [b"", b"XX", b"E1", b"E1" + b"0" * 8 + b"\xff", b"E1" + b"0" * 9]
)
def test_broken_edits_are_refused(broken: bytes) -> None:
    """Never sent: the digest does not hold."""
    with pytest.raises(RefusalError) as caught:
        applied(hl7(1), broken)
    assert caught.value.code == "flow.edits-broken"


def test_edits_of_another_message_are_refused() -> None:
    """The digest is of the result."""
    edits = edits_of(hl7(1), hl7(1).replace(b"EHR", b"HUB"))
    assert edits is not None
    with pytest.raises(RefusalError):
        applied(hl7(2), edits)
