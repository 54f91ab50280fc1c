"""Date-times: every precision, offsets, daylight saving, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.formats.hl7v2 import timestamp, timestamp_text

NEW_YORK = ZoneInfo("America/New_York")

READ = [
    ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
    ("202603", datetime(2026, 3, 1, tzinfo=UTC)),
    ("20260310", datetime(2026, 3, 10, tzinfo=UTC)),
    ("2026031007", datetime(2026, 3, 10, 7, tzinfo=UTC)),
    ("202603100730", datetime(2026, 3, 10, 7, 30, tzinfo=UTC)),
    ("20260310073015", datetime(2026, 3, 10, 7, 30, 15, tzinfo=UTC)),
    ("20260310073015.1", datetime(2026, 3, 10, 7, 30, 15, 100_000, tzinfo=UTC)),
    ("20260310073015.1234", datetime(2026, 3, 10, 7, 30, 15, 123_400, tzinfo=UTC)),
    ("20260310073015.1234-0500", datetime(2026, 3, 10, 12, 30, 15, 123_400, tzinfo=UTC)),
    ("202603100730+0530", datetime(2026, 3, 10, 2, 0, tzinfo=UTC)),
    ("20260310-0500", datetime(2026, 3, 10, 5, tzinfo=UTC)),
    (" 20260310 ", datetime(2026, 3, 10, tzinfo=UTC)),
]

NONE = [
    "",
    "202",
    "20261301",
    "20260230",
    "20260310246000",
    "20260310073061",
    "20260310073015.",
    "20260310+1500",
    "20260310+0560",
    "2026-03-10",
    "00010101+1400",
    "tomorrow",
    '""',
    "٢٠٢٦",
]


@pytest.mark.parametrize(("text", "instant"), READ)
def test_each_precision_names_its_first_instant(text: str, instant: datetime) -> None:
    """A shorter text means the start of what it names, in UTC."""
    assert timestamp(text, UTC) == instant


@pytest.mark.parametrize("text", NONE)
def test_what_names_no_instant_is_none(text: str) -> None:
    """A wrong date is the caller's finding, never an exception."""
    assert timestamp(text, UTC) is None


def test_without_an_offset_the_zone_of_the_site_holds() -> None:
    """Local time follows daylight saving: 07:30 is 12:30Z in February and 11:30Z in June."""
    assert timestamp("202602100730", NEW_YORK) == datetime(2026, 2, 10, 12, 30, tzinfo=UTC)
    assert timestamp("202606100730", NEW_YORK) == datetime(2026, 6, 10, 11, 30, tzinfo=UTC)


def test_an_hour_that_occurs_twice_is_the_first_one() -> None:
    """When clocks go back 01:30 is read as daylight-saving time."""
    assert timestamp("202611010130", NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    """What the house writes leaves no question of zone."""
    at = datetime(2026, 3, 10, 7, 5, 9, 42_900, tzinfo=timezone(timedelta(hours=-5)))
    assert timestamp_text(at) == "20260310120509.042+0000"
    with pytest.raises(ValueError, match="zone"):
        timestamp_text(datetime(2026, 3, 10))


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(1000, 1, 1)))
def test_written_instants_read_back_to_the_millisecond(at: datetime) -> None:
    """timestamp(timestamp_text(t)) is t, cut to milliseconds."""
    cut = at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert timestamp(timestamp_text(at), NEW_YORK) == cut
