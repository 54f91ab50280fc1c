"""Ids of business keys repeat themselves; ids of records sort by time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from suture.core.ids import NAMESPACE, SystemEntropy, key_id, uuid7
from suture.testing.clock import SeededEntropy

MONDAY = datetime(2027, 1, 4, 14, 0, tzinfo=UTC)


class Fixed:
    """Entropy that gives one byte value."""

    def __init__(self, byte: int) -> None:
        self.byte = byte

    def token_bytes(self, count: int) -> bytes:
        return bytes([self.byte]) * count


def test_a_business_key_always_gives_the_same_id() -> None:
    """A replay mints the same id (spec 2.0.2): uuid5 over the parts joined by a bar."""
    assert key_id("case", "T1") == str(uuid.uuid5(NAMESPACE, "case|T1"))
    assert key_id("case", "T1") == key_id("case", "T1")
    assert key_id("case", "T1") != key_id("case", "T2")
    assert uuid.UUID(key_id("case")).version == 5


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_a_derived_id_is_the_librarys(parts: list[str]) -> None:
    """RFC 9562 section 5.5, whatever the parts hold."""
    assert key_id(*parts) == str(uuid.uuid5(NAMESPACE, "|".join(parts)))


def test_a_record_id_by_hand() -> None:
    """48 bits of milliseconds, version 7, variant 10, chance elsewhere (RFC 9562 5.7)."""
    millis = f"{int(MONDAY.timestamp() * 1000):012x}"
    assert uuid7(MONDAY, Fixed(0)) == f"{millis[:8]}-{millis[8:]}-7000-8000-000000000000"
    assert uuid7(MONDAY, Fixed(255)) == f"{millis[:8]}-{millis[8:]}-7fff-bfff-ffffffffffff"


@given(st.integers(0, 10**10), st.integers(1, 10**10), st.integers(0, 100))
def test_record_ids_sort_by_time(start_ms: int, later_ms: int, seed: int) -> None:
    """A later millisecond gives a greater id, whatever chance says."""
    one = MONDAY + timedelta(milliseconds=start_ms)
    entropy = SeededEntropy(seed)
    first = uuid7(one, entropy)
    second = uuid7(one + timedelta(milliseconds=later_ms), entropy)
    assert first < second
    assert uuid.UUID(first).version == 7


def test_two_ids_of_one_instant_differ() -> None:
    """Chance tells them apart."""
    entropy = SeededEntropy(1)
    assert len({uuid7(MONDAY, entropy) for _ in range(200)}) == 200


def test_the_systems_entropy_has_the_asked_length() -> None:
    """Sixteen bytes twice are not the same."""
    assert len(SystemEntropy().token_bytes(16)) == 16
    assert SystemEntropy().token_bytes(16) != SystemEntropy().token_bytes(16)
