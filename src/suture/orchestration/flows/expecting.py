"""When a feed should have sent: `expect_every` and its hours, as an operator writes them.

In: entries of `[source]` or `[[mllp_in]]`. Out: an `Expectation`. Refuses to know: what came, and
what the time is. Hours are local to a named zone, so that a change of the clocks moves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60
LONGEST_S = 31 * 86_400.0
"""A feed that comes once a month; rarer ones are asked about by a person."""
_EVERY = re.compile(r"([0-9]{1,7})(s|m|h|d)")
_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Expectation:
    """A feed is absent when nothing came for `every_s` of the hours in which it should send."""

    every_s: float
    timezone: str = "UTC"
    weekdays: frozenset[int] = frozenset(range(7))
    """Days on which hours begin, Monday is 0."""
    begins_min: int = 0
    """Minutes after local midnight."""
    ends_min: int = DAY_MIN
    """Not after `begins_min`: the hours end on the next day."""


class Expecting(BaseModel):
    """What any source may say about when it should send."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    expect_every: str = ""
    """`15m`, `2h`, `1d`: an alert when nothing came for so long; empty expects nothing."""
    expect_hours: str = ""
    """`07:00-19:00`, local; `22:00-06:00` ends on the next day; empty is the whole day."""
    expect_weekdays: tuple[str, ...] = Field(default=(), max_length=7)
    """`mon` to `sun`, on which the hours begin; empty is every day."""
    expect_timezone: str = ""
    """Zone of the hours, e.g. `Europe/Berlin`."""

    @field_validator("expect_every")
    @classmethod
    def _is_span(cls, value: str) -> str:
        if value and not 0 < _seconds(value) <= LONGEST_S:
            raise ValueError('write a number and s, m, h or d, at most 31 days: "15m"')
        return value

    @field_validator("expect_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        if value and (_HOURS.fullmatch(value) is None or _minutes(value)[1] > DAY_MIN):
            raise ValueError('write hours as "07:00-19:00"')
        return value

    @field_validator("expect_weekdays")
    @classmethod
    def _are_weekdays(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= set(WEEKDAYS):
            raise ValueError(f"weekdays are {', '.join(WEEKDAYS)}")
        return value

    @field_validator("expect_timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value or "UTC")
        except (ValueError, OSError, LookupError):
            raise ValueError("no such time zone; write one like Europe/Berlin") from None
        return value

    def expectation(self, timezone: str = "UTC") -> Expectation | None:
        """Return what is expected, None for nothing; `timezone` where none is written."""
        if not self.expect_every:
            return None
        begins, ends = _minutes(self.expect_hours) if self.expect_hours else (0, DAY_MIN)
        days = self.expect_weekdays or WEEKDAYS
        return Expectation(
            every_s=_seconds(self.expect_every),
            timezone=self.expect_timezone or timezone,
            weekdays=frozenset(WEEKDAYS.index(day) for day in days),
            begins_min=begins,
            ends_min=ends,
        )


def _seconds(text: str) -> float:
    found = _EVERY.fullmatch(text)
    return int(found[1]) * _UNITS_S[found[2]] if found else 0.0


def _minutes(text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    assert found is not None, "validated"
    return int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
