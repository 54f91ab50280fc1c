"""Translates our units of measure, X12 355, to and from UN/ECE, which EDIFACT and cXML write.

In: a code. Out: the other list's code. Refuses to know: what a box holds; a packaging unit is
translated by name alone, and a code without a translation is kept as it is.
"""

from __future__ import annotations

from suture.formats.unit import CodeList, translate_unit


def unit_out(code: str) -> str:
    """Return the UN/ECE code of our X12 355 one; one without is written as it is."""
    return translate_unit(code, CodeList.X12, CodeList.UNECE) or code


def unit_in(code: str) -> str:
    """Return our X12 355 code of a UN/ECE one; one without is kept as it is."""
    return translate_unit(code, CodeList.UNECE, CodeList.X12) or code
