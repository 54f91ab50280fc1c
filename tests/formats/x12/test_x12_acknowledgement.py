"""The codes of a purchase order acknowledgement, all of them (spec 2.0.6)."""

from __future__ import annotations

import pytest

from suture.formats.x12 import ACK01, BAK02, HeaderReading, LineResult, header_reading, line_result
from suture.formats.x12.acknowledgement import REJECTION_CAUSES

EXPECTED = {
    "accepted": "IA AC AR AA",
    "changed": "IQ IP IC DR SP",
    "change_review": "IE",
    "partial_backorder": "BP",
    "backordered": "IB",
    "substitution": "IS",
    "hold": "IH IF IW",
    "rejected": "IR ID R1 R2 R3 R4 R5 R6 R7 R8",
}


@pytest.mark.parametrize(
    ("code", "result"),
    [(code, result) for result, codes in EXPECTED.items() for code in codes.split()],
)
def test_every_code_of_the_table(code: str, result: str) -> None:
    """Each of the 26 codes does to the line what the table says; a pending price is reviewed."""
    assert line_result(code) is LineResult(result)


def test_the_table_has_26_codes() -> None:
    """The table is complete, and rejections have a typed cause."""
    assert len(ACK01) == 26
    assert ACK01["IE"] is LineResult.CHANGED
    rejected = {code for code, result in ACK01.items() if result is LineResult.REJECTED}
    assert set(REJECTION_CAUSES) == rejected


@pytest.mark.parametrize("code", ["", "ZZ", "R9", "ia", "AK"])
def test_an_unknown_code_is_never_an_acceptance(code: str) -> None:
    """A code of a newer release goes to a person."""
    assert line_result(code) is LineResult.CHANGE_REVIEW


def test_a_split_without_a_date_is_reviewed() -> None:
    """SP says accepted and shipped in parts: without a date nobody can judge it."""
    assert line_result("SP", has_date=True) is LineResult.CHANGED
    assert line_result("SP", has_date=False) is LineResult.CHANGE_REVIEW
    assert line_result("IQ", has_date=False) is LineResult.CHANGED


@pytest.mark.parametrize(
    ("code", "reading"),
    [
        ("AK", HeaderReading.ACCEPTS_ALL),
        ("AT", HeaderReading.ACCEPTS_ALL),
        ("AC", HeaderReading.ALL_DETAIL),
        ("AD", HeaderReading.ALL_DETAIL),
        ("AE", HeaderReading.EXCEPTIONS_ONLY),
        ("RJ", HeaderReading.REJECTS_ALL),
        ("RD", HeaderReading.REJECTS_ALL),
    ],
)
def test_every_header_code(code: str, reading: HeaderReading) -> None:
    """BAK02 says how lines without an answer are read."""
    assert header_reading(code) is reading


def test_an_unknown_header_code_says_nothing() -> None:
    """There is no default reading."""
    assert header_reading("XX") is None
    assert len(BAK02) == 7
