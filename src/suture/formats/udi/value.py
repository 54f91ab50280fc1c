"""Holds what a device label says, whoever issued it.

In: parts read by one issuer's reader. Out: `Udi`, `Issuer`. Refuses to know: how a label is
written; a serial number of an implant identifies its patient, so the repr shows no value.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum

from suture.core.problem import Problem, Severity


class Issuer(StrEnum):
    """Agency that issued the device identifier (21 CFR 830.100)."""

    GS1 = "gs1"
    HIBCC = "hibcc"
    ICCBBA = "iccbba"


@dataclass(frozen=True, slots=True, repr=False)
class Udi:
    """A unique device identifier: the device identifier and the production identifiers."""

    issuer: Issuer
    device_identifier: str
    """GS1: GTIN-14. HIBCC: LIC + PCN + unit of measure. ICCBBA: 16-character PPIC."""
    lot: str = ""
    serial: str = ""
    expiry: date | None = None
    """Last day of use."""
    manufactured: date | None = None
    donation_id: str = ""
    """ISBT 128 donation identification number, 15 characters."""

    def __repr__(self) -> str:
        parts = [f.name for f in fields(self) if f.name != "issuer" and getattr(self, f.name)]
        return f"Udi({self.issuer}: {', '.join(parts)})"


def problem(
    code: str, text: str, path: str, offset: int, severity: Severity = Severity.ERROR
) -> Problem:
    """Return a problem of this codec at a character of the label."""
    return Problem(code, severity, text, path, offset)


def calendar_date(year: int, month: int, day: int) -> date | None:
    """Return the date; day 0 is the last of the month; None when there is no such date."""
    if not (1 <= year <= 9999 and 1 <= month <= 12):
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last) if day <= last else None


def ordinal_date(year: int, day_of_year: int) -> date | None:
    """Return the date of a day of the year 1..366; None when there is no such date."""
    if not 1 <= year <= 9999:
        return None
    found = date(year, 1, 1) + timedelta(days=day_of_year - 1)
    return found if day_of_year >= 1 and found.year == year else None


def full_year(two_digits: int, around_year: int) -> int:
    """Return the year within 49 before and 50 after `around_year` that ends in `two_digits`.

    GS1 General Specifications 7.12.
    """
    year = around_year - around_year % 100 + two_digits
    if year - around_year > 50:
        return year - 100
    return year + 100 if around_year - year >= 50 else year
