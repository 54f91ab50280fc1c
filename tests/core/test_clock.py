"""Business time is a straight line over real time; instants are kept to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from suture.core.clock import BusinessTime, SystemClock, from_micros, real_time, to_micros

MONDAY = datetime(2027, 1, 4, 14, 0, tzinfo=UTC)
REAL = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)

instants = st.datetimes(
    min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)
)


def test_accelerated_time_runs_by_its_rate() -> None:
    """One real second is one business minute at rate 60, before and after the start."""
    business = BusinessTime(epoch=MONDAY, rate=60.0, start=REAL)
    assert business.at(REAL) == MONDAY
    assert business.at(REAL + timedelta(seconds=1)) == MONDAY + timedelta(minutes=1)
    assert business.at(REAL - timedelta(seconds=2)) == MONDAY - timedelta(minutes=2)
    assert business.wall_seconds(timedelta(hours=2)) == 120.0


@given(instants)
def test_business_time_is_real_time_in_production(at: datetime) -> None:
    """Under `real_time()` the two clocks show the same."""
    assert abs(real_time().at(at) - at) <= timedelta(microseconds=100)
    assert real_time().wall_seconds(timedelta(seconds=90)) == 90.0


def test_the_machines_clock_is_aware_and_does_not_go_back() -> None:
    """Both clocks give UTC; the monotonic one never falls."""
    clock = SystemClock(BusinessTime(epoch=MONDAY, rate=1.0, start=REAL))
    assert clock.wall().tzinfo is UTC
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic() <= clock.monotonic()
    assert abs((clock.now() - MONDAY) - (clock.wall() - REAL)) < timedelta(seconds=5)


def test_micros_by_hand() -> None:
    """The store's form counts from 1970."""
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert to_micros(datetime(1970, 1, 2, 0, 0, 1, 5, tzinfo=UTC)) == 86_401_000_005
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


@given(instants)
def test_micros_lose_nothing(at: datetime) -> None:
    """An instant comes back from the store as it went in, and order is kept."""
    assert from_micros(to_micros(at)) == at
    assert to_micros(at) < to_micros(at + timedelta(microseconds=1))


@given(instants)
def test_real_seconds_keep_their_microseconds(at: datetime) -> None:
    """At rate 1 nothing is lost on the way, also when business time has an epoch of its own."""
    assert real_time().at(at) == at
    assert BusinessTime(epoch=MONDAY, rate=1.0, start=REAL).at(at) == MONDAY + (at - REAL)
