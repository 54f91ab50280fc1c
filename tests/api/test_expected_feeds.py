"""Expected hours: local, over midnight, over a change of the clocks; and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from suture.intelligence.feeds import is_absent, silent_s
from suture.orchestration.flows.expecting import Expectation, Expecting

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
LONG_S = 31 * 86_400.0


def at(text: str) -> datetime:
    """Return an instant written as day and time, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def expected(every: str = "31d", **entries: object) -> Expectation:
    """Return what an operator's entries mean."""
    made = Expecting.model_validate(
        {"expect_every": every, **{f"expect_{name}": value for name, value in entries.items()}}
    ).expectation()
    assert made is not None
    return made


BERLIN = {"hours": "07:00-19:00", "weekdays": WORKDAYS, "timezone": "Europe/Berlin"}
NIGHT = {"hours": "22:00-06:00", "weekdays": ("fri",), "timezone": "Europe/Berlin"}
DAYS = {"timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("entries", "last", "now", "hours"),
    [
        # Monday 18:50 to Tuesday 07:05 in Berlin's winter: ten minutes and five.
        (BERLIN, "2026-03-02 17:50", "2026-03-03 06:05", 0.25),
        # Friday 18:00 to Monday 08:00: an hour and an hour; the week-end does not count.
        (BERLIN, "2026-03-06 17:00", "2026-03-09 07:00", 2),
        # The clocks go forward on Sunday 2026-03-29: Monday begins an hour earlier in UTC.
        (BERLIN, "2026-03-27 18:00", "2026-03-30 05:30", 0.5),
        # Friday's night ends on Saturday; Saturday has none of its own.
        (NIGHT, "2026-03-06 12:00", "2026-03-08 12:00", 8),
        (NIGHT, "2026-03-06 23:00", "2026-03-07 01:00", 2),
        # The night in which the clocks go back is an hour longer, forward an hour shorter.
        ({**NIGHT, "weekdays": ("sat",)}, "2026-10-24 12:00", "2026-10-25 12:00", 9),
        ({**NIGHT, "weekdays": ("sat",)}, "2026-03-28 12:00", "2026-03-29 12:00", 7),
        # Whole days are whole, whatever the clocks do; also where they change at midnight.
        (DAYS, "2026-10-24 00:00", "2026-10-27 00:00", 72),
        ({"timezone": "America/Havana"}, "2026-10-30 12:00", "2026-11-03 12:00", 96),
        ({"timezone": "America/Havana"}, "2026-03-06 12:00", "2026-03-10 12:00", 96),
        ({"hours": "07:00-24:00"}, "2026-03-02 00:00", "2026-03-03 00:00", 17),
        ({}, "2026-03-02 00:00", "2026-03-02 00:00", 0),
    ],
)
def test_only_expected_time_counts(
    entries: dict[str, object], last: str, now: str, hours: float
) -> None:
    """The seconds of silence are those within the hours, by the clock on the wall there."""
    assert silent_s(expected(**entries), at(last), at(now)) == hours * 3600


def test_silence_is_absence_only_beyond_the_span() -> None:
    """Fifteen minutes are allowed, a moment more is not."""
    feed = expected("15m", **BERLIN)
    assert not is_absent(feed, at("2026-03-02 17:50"), at("2026-03-03 06:05"))
    assert is_absent(feed, at("2026-03-02 17:50"), at("2026-03-03 06:05:01"))
    # A feed that has been silent for years is found out at once.
    assert is_absent(feed, at("2001-03-02 17:50"), at("2026-03-03 06:05:01"))


@pytest.mark.parametrize(
    ("entries", "meant"),
    [
        ({"expect_every": "90s"}, Expectation(90)),
        ({"expect_every": "2h", "expect_hours": "07:30-19:15"}, Expectation(7200, "UTC")),
        ({"expect_every": "1d", "expect_timezone": "Asia/Tokyo"}, Expectation(86400, "Asia/Tokyo")),
    ],
)
def test_entries_mean_what_they_say(entries: dict[str, object], meant: Expectation) -> None:
    """Spans, hours and zones as an operator writes them."""
    made = Expecting.model_validate(entries).expectation()
    assert made is not None
    assert (made.every_s, made.timezone) == (meant.every_s, meant.timezone)
    if "expect_hours" in entries:
        assert (made.begins_min, made.ends_min) == (450, 1155)


def test_nothing_is_expected_unless_said() -> None:
    """Most feeds are quiet whenever they like; the zone of a feed stands in for its own."""
    assert Expecting().expectation() is None
    made = Expecting(expect_every="5m").expectation("America/Chicago")
    assert made is not None and made.timezone == "America/Chicago"


@pytest.mark.parametrize(
    "entry",
    [
        {"expect_every": "15"},
        {"expect_every": "0m"},
        {"expect_every": "32d"},
        {"expect_every": "1.5h"},
        {"expect_hours": "7-19"},
        {"expect_hours": "07:00-24:30"},
        {"expect_hours": "25:00-26:00"},
        {"expect_weekdays": ["Monday"]},
        {"expect_timezone": "Mars/Olympus"},
        {"expect_timezone": "../etc/passwd"},
    ],
)
def test_what_cannot_be_meant_is_refused(entry: dict[str, object]) -> None:
    """A typing error does not switch an alert off in silence."""
    with pytest.raises(ValidationError):
        Expecting.model_validate(entry)
