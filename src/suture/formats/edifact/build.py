"""Builds segments from typed values, so that nobody counts plus signs.

In: values. Out: segments that `compose` writes. Refuses to know: which segments a message takes,
and the delimiters: numbers are written with a point, which every version allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.formats.edifact.element import moment_text, number_text
from suture.formats.edifact.write import WrittenSegment

GS1: Final = "9"
"""3055: the code list is GS1's, e.g. a GLN."""
_TEXT_CHARACTERS: Final = 35
Amount = Decimal | Fraction | int


def bgm(code: str, number: str, function: str = "9", response: str = "") -> WrittenSegment:
    """Return BGM: document code (1001), number, function (1225), response type (4343)."""
    return ["BGM", code, number, function, response]


def dtm(qualifier: str, value: date | datetime, code: str = "102") -> WrittenSegment:
    """Return DTM; raises RefusalError `edifact.date-format` for a format that is not written."""
    return ["DTM", [qualifier, moment_text(value, code), code]]


def rff(qualifier: str, number: str, line: str = "") -> WrittenSegment:
    """Return RFF, with the line of the document it names."""
    return ["RFF", [qualifier, number, line]]


def nad(role: str, id: str = "", agency: str = GS1, name: str = "") -> WrittenSegment:
    """Return NAD with an identified party (code list 9 is GS1) and its name."""
    return ["NAD", role, [id, "", agency] if id else "", "", _pieces(name)]


def lin(number: str, gtin: str = "", action: str = "", kind: str = "SRV") -> WrittenSegment:
    """Return LIN: line number, item, action (1229)."""
    return ["LIN", number, action, [gtin, kind] if gtin else ""]


def pia(function: str, *items: tuple[str, str]) -> WrittenSegment:
    """Return PIA with (item number, kind) pairs, e.g. function `1` and `("KF-5", "SA")`."""
    return ["PIA", function, *(list(item) for item in items)]


def imd(text: str, form: str = "F") -> WrittenSegment:
    """Return IMD with a description in free form."""
    return ["IMD", form, "", ["", "", "", *_pieces(text, 2)]]


def qty(qualifier: str, value: Amount, unit: str = "") -> WrittenSegment:
    """Return QTY; raises RefusalError `edifact.element-number` when it has no end as a decimal."""
    return ["QTY", [qualifier, number_text(value), unit]]


def pri(
    qualifier: str, amount: Amount, basis: Amount | None = None, unit: str = ""
) -> WrittenSegment:
    """Return PRI, e.g. `AAA` net; `basis` units of `unit` cost the amount."""
    return ["PRI", [qualifier, number_text(amount), "", "", _optional(basis), unit]]


def moa(qualifier: str, amount: Amount, currency: str = "") -> WrittenSegment:
    """Return MOA, e.g. `203` line, `77` invoice amount."""
    return ["MOA", [qualifier, number_text(amount), currency]]


def cux(currency: str, usage: str = "2", qualifier: str = "9") -> WrittenSegment:
    """Return CUX: the currency of the document."""
    return ["CUX", [usage, currency, qualifier]]


def tax(rate: Amount, category: str = "S", kind: str = "VAT") -> WrittenSegment:
    """Return TAX with a rate in per cent."""
    return ["TAX", "7", kind, "", "", ["", "", "", number_text(rate)], category]


def gin(kind: str, *numbers: str) -> WrittenSegment:
    """Return GIN, e.g. `BJ` SSCC, `BX` batch, `BN` serial numbers."""
    return ["GIN", kind, *numbers]


def pci(marking: str, *marks: str) -> WrittenSegment:
    """Return PCI, e.g. `33E` marked with an SSCC, `36E` with a batch."""
    return ["PCI", marking, list(marks)] if marks else ["PCI", marking]


def ftx(subject: str, text: str) -> WrittenSegment:
    """Return FTX with free text in pieces of 70 characters."""
    return ["FTX", subject, "", "", _pieces(text, 5, 70)]


def cnt(qualifier: str, value: int) -> WrittenSegment:
    """Return CNT, e.g. `2` number of lines."""
    return ["CNT", [qualifier, str(value)]]


def uns(section: str = "S") -> WrittenSegment:
    """Return UNS, which parts lines from the summary."""
    return ["UNS", section]


def _optional(value: Amount | None) -> str:
    return "" if value is None else number_text(value)


def _pieces(text: str, most: int = 5, size: int = _TEXT_CHARACTERS) -> Sequence[str]:
    """Return the text in at most `most` pieces; the last takes what is left."""
    pieces = [text[n : n + size] for n in range(0, max(len(text), 1), size)]
    return [*pieces[: most - 1], "".join(pieces[most - 1 :])] if len(pieces) > most else pieces
