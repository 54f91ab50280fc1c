"""An order acknowledgement as X12 855, written and read back.

In: an acknowledgement with its addressing, or bytes. Out: bytes, or acknowledgements and problems.
Refuses to know: orders; a line that the supplier did not mention is not written for it. BAK04 wants
the order's date, which an answer does not know: the day of the answer stands there.
"""

from __future__ import annotations

from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.partner import Addressing
from suture.documents.supplier_x12 import supplier_segment, supplier_sets
from suture.documents.supply import AcknowledgedLine, Acknowledgement
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of
from suture.formats import x12
from suture.formats.x12.acknowledgement import PROMISED_DELIVERY, PROMISED_SHIP

_HEADERS: Final = {
    "accepts_all": "AK",
    "rejects_all": "RJ",
    "exceptions_only": "AE",
    "all_detail": "AC",
    "detail_only": "AC",
}
"""BAK02; `detail_only` has no code: AC says more, so an unlisted line is asked about."""
_CODES: Final = {
    "accepted": "IA",
    "changed": "IC",
    "partially_backordered": "BP",
    "backordered": "IB",
    "substituted": "IS",
    "held": "IH",
    "rejected": "IR",
}
_RESULTS: Final = {
    x12.LineResult.ACCEPTED: "accepted",
    x12.LineResult.CHANGED: "changed",
    x12.LineResult.PARTIAL_BACKORDER: "partially_backordered",
    x12.LineResult.BACKORDERED: "backordered",
    x12.LineResult.SUBSTITUTION: "substituted",
    x12.LineResult.HOLD: "held",
    x12.LineResult.REJECTED: "rejected",
}
_KNOWN: Final = frozenset({"BAK", "N1*VN", "PO1", "ACK", "DTM", "CTT"})


def write(answer: Acknowledgement, addressing: Addressing) -> bytes:
    """Return the interchange with one 855; raises RefusalError for what has no code there."""
    header = header_code(answer)
    issued = day_text(answer.issued) if answer.issued else ""
    dated = issued or day_text(addressing.at.date())
    number = answer.supplier_order
    segments = [
        ["BAK", "00", header, answer.po_number, dated, "", "", "", number, issued],
        supplier_segment(answer.supplier),
    ]
    for line in answer.lines:
        segments += [["PO1", line.line, "", "", price_of(line)], *told_of(line)]
    return composed("855", [*segments, ["CTT", str(len(answer.lines))]], addressing)


def header_code(answer: Acknowledgement) -> str:
    """Return BAK02 or BCA02; raises RefusalError for what has no code there."""
    header = _HEADERS.get(answer.header)
    if header is None:
        note = "X12 has no code for what is said of all lines"
        raise RefusalError("supply.changed", note, path="header")
    return header


def price_of(line: AcknowledgedLine) -> str:
    """Return the price of a line, empty where the answer says none."""
    return f"{line.unit_price:f}" if line.unit_price is not None else ""


def told_of(line: AcknowledgedLine) -> Segments:
    """Return ACK with its dates."""
    quantity = "" if line.quantity is None else quantity_of(line.quantity, "ACK-2")
    days = ((PROMISED_DELIVERY, line.promised_delivery), (PROMISED_SHIP, line.promised_ship))
    told = [(code, day_text(day)) for code, day in days if day is not None]
    first = told[0] if told else ("", "")
    answer = ["ACK", _code(line), quantity, line.uom, *first]
    return [answer, *(["DTM", code, day] for code, day in told[1:])]


def _code(line: AcknowledgedLine) -> str:
    """Return ACK01: the code as it came, where it says the same, else that of the result."""
    own = x12.ACK01.get(line.code)
    if own is not None and _RESULTS[own] == line.result:
        return line.code
    if line.result not in _CODES:
        note = "an 855 has no code for this answer"
        raise RefusalError("supply.changed", note, path="result")
    return _CODES[line.result]


def read(data: bytes) -> tuple[list[Acknowledgement], list[Problem]]:
    """Return the answer of each 855, and problems with segment and byte."""
    return supplier_sets(data, "855", _KNOWN)
