"""Reads and writes HL7 date-times (DTM and the older TS, HL7 2.9 2A.2.22).

In: `YYYY[MM[DD[HH[MM[SS[.ffff]]]]]][+/-ZZZZ]` and the zone that holds where the text names none.
Out: an aware UTC instant or None. Refuses to know: now.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_SHAPE = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?"
    r"(?:([+-])(\d\d)(\d\d))?",
    re.ASCII,
)
_OFFSET_HOURS_MAX = 14
"""Largest offset in use is +1400 (Kiribati); more is a fault of the sender."""


def timestamp(text: str, default_tz: tzinfo) -> datetime | None:
    """Return the aware UTC instant at the start of what `text` names, or None when it names none.

    Precision runs from year to microsecond (the standard has four decimals). Without an offset the
    time is local to `default_tz`; a time that occurs twice when clocks go back is the first one.
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_h, zone_m = match.groups()
    zone: tzinfo = default_tz
    if sign is not None:
        if int(zone_h) > _OFFSET_HOURS_MAX or int(zone_m) > 59:
            return None
        offset = timedelta(hours=int(zone_h), minutes=int(zone_m))
        zone = timezone(-offset if sign == "-" else offset)
    try:
        local = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
            tzinfo=zone,
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def timestamp_text(at: datetime) -> str:
    """Return an aware instant as UTC `YYYYMMDDHHMMSS.mmm+0000`; raises ValueError when naive."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    text = utc.isoformat("T", "milliseconds")
    return text.replace("-", "").replace(":", "").replace("T", "")
