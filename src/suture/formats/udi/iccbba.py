"""Reads ISBT 128 labels of medical products of human origin (ICCBBA), as far as a UDI needs.

In: the text of a compound symbol. Out: a `Udi` and problems. Refuses to know: product descriptions
and the many data structures that are no part of a UDI (ICCBBA ST-001 and ST-011).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.formats.udi.value import Issuer, Udi, ordinal_date, problem

_STRUCTURES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("device", re.compile(r"=/([A-Z0-9]{16})")),
    ("serial", re.compile(r"=,([A-Z0-9]{6})")),
    ("lot", re.compile(r"&,1([A-Z0-9\-. ]{18})")),
    ("expiry", re.compile(r"=>(\d{6})")),
    ("expiry", re.compile(r"&>(\d{6})\d{4}")),
    ("manufactured", re.compile(r"=}(\d{6})")),
    ("donation", re.compile(r"=([A-NP-Z1-9][A-Z0-9]{4}\d{8}[A-Z0-9]{2})")),
)
"""Name and form of each data structure of a UDI: 034, 033, 031, 004, 005, 008, 001."""
_COMPOUND: Final = re.compile(r"=\+\d{5}")
"""The compound message header; says how many structures follow."""


def is_iccbba(text: str) -> bool:
    """Return whether `text` starts with a data identifier of ISBT 128."""
    return text[:1] == "=" or text[:2] in {"&>", "&,"}


def read_iccbba(text: str) -> tuple[Udi | None, list[Problem]]:
    """Return what the compound says; reading stops at a structure that is not known."""
    problems: list[Problem] = []
    found: dict[str, tuple[str, int]] = {}
    header = _COMPOUND.match(text)
    place = header.end() if header else 0
    while place < len(text):
        match = next(
            ((name, m) for name, form in _STRUCTURES if (m := form.match(text, place))), None
        )
        if match is None:
            note = "a data structure is not known; the rest of the label is not read"
            problems.append(problem("udi.unknown-part", note, f"character {place}", place))
            break
        found.setdefault(match[0], (match[1][1], place))
        place = match[1].end()
    if "device" not in found:
        note = "no processor product identification code: the label names no product"
        problems.append(problem("udi.no-device-identifier", note, "=/", 0))
    if not found:
        return None, problems
    dates = {key: _date(found.get(key), key, problems) for key in ("expiry", "manufactured")}
    text_of = {key: value for key, (value, _) in found.items()}
    udi = Udi(
        Issuer.ICCBBA,
        text_of.get("device", ""),
        lot=text_of.get("lot", "").strip(),
        serial=text_of.get("serial", ""),
        expiry=dates["expiry"],
        manufactured=dates["manufactured"],
        donation_id=text_of.get("donation", ""),
    )
    return udi, problems


def _date(found: tuple[str, int] | None, path: str, problems: list[Problem]) -> date | None:
    """Return the date cYYJJJ: last digit of the century, year, day of the year (ST-001 2.4.4)."""
    if found is None:
        return None
    text, offset = found
    year = int(text[:3]) + (1000 if text[0] == "9" else 2000)
    day = ordinal_date(year, int(text[3:]))
    if day is None:
        problems.append(problem("udi.date", "the date is no calendar date", path, offset))
    return day


def compose_iccbba(udi: Udi) -> str:
    """Return the ISBT 128 text of a label: product, serial, donation, expiry, manufacture, lot.

    Raises RefusalError `udi.value` for a part that has not its form.
    """
    pairs = (
        ("device", "=/", udi.device_identifier),
        ("serial", "=,", udi.serial),
        ("donation", "=", udi.donation_id),
        ("expiry", "=>", _short(udi.expiry)),
        ("manufactured", "=}", _short(udi.manufactured)),
        ("lot", "&,1", udi.lot.rjust(18, "0") if udi.lot else ""),
    )
    made = ""
    for name, mark, value in pairs:
        if not value and name != "device":
            continue
        text = mark + value
        if not any(key == name and form.fullmatch(text) for key, form in _STRUCTURES):
            raise RefusalError("udi.value", "a part has not its length and letters", path=name)
        made += text
    return made


def _short(day: date | None) -> str:
    """Return cYYJJJ, or empty."""
    return "" if day is None else f"{day.year % 1000:03}{day:%j}"
