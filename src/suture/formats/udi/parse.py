"""Reads a device label of any of the three issuing agencies; never raises on content.

In: the text a scanner or a message gives. Out: a `Udi` or nothing, and problems. Refuses to know:
which item has the device identifier, and whether the device may still be used.
"""

from __future__ import annotations

from suture.core.problem import Problem, Severity
from suture.formats.udi.codes import TEXT_CHARACTERS_MAX
from suture.formats.udi.gs1 import is_gs1, read_gs1
from suture.formats.udi.hibc import is_hibc, read_hibc
from suture.formats.udi.iccbba import is_iccbba, read_iccbba
from suture.formats.udi.value import Udi


def parse_udi(text: str, *, around_year: int = 2025) -> tuple[Udi | None, list[Problem]]:
    """Return what the label says and what is wrong with it (21 CFR 801.40, spec 3.10).

    The issuer is told by the first characters. A two-digit year is taken within 49 years before and
    50 after `around_year`. None when nothing could be read; then a problem of severity error says
    why. Offsets are characters of the text.
    """
    # A space at the end may be the check character of a HIBC.
    label = text.lstrip(" \t\r\n").rstrip("\t\r\n")
    if len(label) > TEXT_CHARACTERS_MAX:
        note = f"a device label has at most {TEXT_CHARACTERS_MAX} characters"
        return None, [Problem("udi.too-large", Severity.ERROR, note)]
    if is_hibc(label):
        return read_hibc(label, around_year)
    if is_iccbba(label):
        return read_iccbba(label.rstrip(" "))
    if is_gs1(label):
        return read_gs1(label.rstrip(" "), around_year)
    note = "the text starts like no GS1, HIBC or ISBT 128 label"
    return None, [Problem("udi.not-a-udi", Severity.ERROR, note, offset=0)]
