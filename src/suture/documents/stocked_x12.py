"""A stock report as X12 846, written and read back.

In: a stock report with its addressing, or bytes. Out: bytes, or stock reports and problems. Refuses
to know: what is bought because of it. A quantity whose kind has no status of ours is stated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.partner import Addressing
from suture.documents.stocked import as_of_utc, joined, lots_in, parts_of
from suture.documents.supply import Lot, StockLine, StockReport, StockStatus
from suture.documents.taken import Taken
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of, sets_of
from suture.formats import x12

_ORIGINAL: Final = "00"
_SELLER: Final = "SI"
_DISTRIBUTOR: Final = "DD"
"""BIA02: whose report it is; a facility's has no code of its own."""
_INVENTORY: Final = "184"
_EXPIRY: Final = "036"
_UTC: Final = ("UT", "GM")
"""DTM04: universal time, and Greenwich mean time."""
_STATUSES: Final = {
    "17": StockStatus.ON_HAND,
    "33": StockStatus.AVAILABLE,
    "27": StockStatus.COMMITTED,
    "63": StockStatus.ON_ORDER,
    "QH": StockStatus.QUARANTINED,
}
"""QTY01: on hand, available for sale, committed, on order, on hold."""
_CODES: Final = {status: code for code, status in _STATUSES.items()}
_PRODUCTS: Final = {"IN": "item", "UK": "gtin", "VC": "catalog_no"}
_LOTS: Final = frozenset({"LT", "SN"})
"""Qualifiers of LIN that trace the whole line."""
_PARTIES: Final = {"VN": "92", "FA": "92", "WH": "UL"}
"""Party -> N103: supplier and facility by the buyer's number, warehouse by GLN."""


def write(report: StockReport, addressing: Addressing) -> bytes:
    """Return the interchange with one 846; raises RefusalError for what cannot be written."""
    at, made = as_of_utc(report), addressing.at
    kind = _SELLER if report.supplier else _DISTRIBUTOR
    segments = [
        ["BIA", _ORIGINAL, kind, report.number, day_text(made.date()), f"{made:%H%M}"],
        ["DTM", _INVENTORY, day_text(at.date()), f"{at:%H%M%S}", _UTC[0]],
    ]
    numbers = (report.supplier, report.facility, report.location_gln)
    for (role, owner), number in zip(_PARTIES.items(), numbers, strict=True):
        if number:
            segments.append(["N1", role, "", owner, number])
    for line in report.lines:
        segments += _line(line)
    return composed("846", [*segments, ["CTT", str(len(report.lines))]], addressing)


def _line(line: StockLine) -> Segments:
    held = ((code, getattr(line, field)) for code, field in _PRODUCTS.items())
    segments = [["LIN", line.line, *(part for code, v in held if v for part in (code, v))]]
    for lot in parts_of(line):
        quantity = quantity_of(lot.quantity, "QTY-2")
        segments.append(["QTY", _CODES[line.status], quantity, line.uom])
        if lot.expiry is not None:
            segments.append(["DTM", _EXPIRY, day_text(lot.expiry)])
        traces = [["REF", code, v] for code, v in (("LT", lot.lot), ("SE", lot.serial)) if v]
        if traces:
            segments += [["LS", "REF"], *traces, ["LE", "REF"]]
    return segments


def read(data: bytes) -> tuple[list[StockReport], list[Problem]]:
    """Return the stock report of each 846, and problems with segment and byte."""
    interchange, problems = x12.parse(data)
    found = []
    for one in sets_of(interchange, "846", problems):
        try:
            report = _report(one, interchange.sender.id, problems)
        except RefusalError as error:
            problems.append(unreadable("ST", error.text, one.offset))
            continue
        if report is not None:
            found.append(report)
    return found, problems


def _report(found: x12.TransactionSet, sender: str, problems: list[Problem]) -> StockReport | None:
    tree, taken = found.tree, Taken[x12.Segment]()
    head = taken.first(tree, "BIA")
    if head is None or not head.element(3):
        raise RefusalError("supply.unreadable", "a stock report has its number in BIA")
    if head.element(1) not in ("", _ORIGINAL):
        note = "only an original is read: a change says less than a stock report"
        problems.append(unread(head.path(1), head.offset, note))
        return None
    supplier, facility, location = (_party(taken, tree, role) for role in _PARTIES)
    report = StockReport(
        number=head.element(3),
        as_of=_as_of(taken.first(tree, "DTM", _INVENTORY), head, problems),
        lines=tuple(_lines(taken, tree, problems)),
        supplier=supplier if supplier or facility else sender,
        facility=facility,
        location_gln=location,
    )
    taken.first(tree, "CTT")
    problems += taken.left(found.segments[1:-1])
    return report


def _party(taken: Taken[x12.Segment], tree: x12.Loop, role: str) -> str:
    """Return a party by the number of our list; one of another list stays untaken."""
    for loop in tree.within("N1", role):
        if loop.opening.element(3) == _PARTIES[role]:
            return taken.opening(loop).element(4)
    return ""


def _as_of(found: x12.Segment | None, head: x12.Segment, problems: list[Problem]) -> datetime:
    """Return when the stock was so: DTM 184, else the date of the document."""
    segment, first = (head, 4) if found is None or not found.element(2) else (found, 2)
    day = x12.date8(segment.element(first))
    hour = x12.time_of_day(segment.element(first + 1) or "0000")
    if segment is head or segment.element(first + 2) not in _UTC:
        note = "the document says no time in UTC; what it says is read as UTC"
        problems.append(unread(segment.path(first), segment.offset, note))
    return datetime.combine(day, hour, UTC)


def _lines(taken: Taken[x12.Segment], tree: x12.Loop, problems: list[Problem]) -> list[StockLine]:
    found: list[StockLine] = []
    for number, loop in enumerate(taken.loops(tree, "LIN"), start=1):
        item = loop.opening
        try:
            found += joined(_rows(taken, loop, item.element(1) or str(number), problems))
        except RefusalError as error:
            problems.append(unreadable(item.path(), error.text, item.offset))
            continue
        if not item.pairs(2).keys() <= _PRODUCTS.keys() | _LOTS:
            problems.append(unread(item.path(2), item.offset))
    return found


def _rows(
    taken: Taken[x12.Segment], loop: x12.Loop, line: str, problems: list[Problem]
) -> Iterator[StockLine]:
    pairs, amounts = loop.opening.pairs(2), loop.within("QTY")
    if not amounts:
        raise RefusalError("supply.unreadable", "a stock line has its quantity in QTY")
    for inner in amounts:
        start = taken.opening(inner)
        status = _STATUSES.get(start.element(1))
        if status is None:
            note = "this kind of quantity has no status of ours and is left out"
            problems.append(unread(start.path(1), start.offset, note))
            continue
        if start.component(3, 2):
            note = "a unit with an exponent or a multiplier is not read"
            raise RefusalError("supply.unreadable", note)
        lot = _lot(taken, inner, pairs)
        yield StockLine(
            line=line,
            quantity=lot.quantity,
            uom=start.component(3, 1),
            status=status,
            lots=lots_in(lot),
            **{field: pairs.get(code, "") for code, field in _PRODUCTS.items()},
        )


def _lot(taken: Taken[x12.Segment], loop: x12.Loop, pairs: dict[str, str]) -> Lot:
    """Return the quantity of a QTY with its lot: from its LS loop, else that of the line."""
    named: dict[str, str] = {}
    expiry = taken.first(loop, "DTM", _EXPIRY)
    for bounded in taken.loops(loop, "LS"):
        taken.first(bounded, "LE")
        for reference in bounded.within("REF"):
            code = reference.opening.element(1)
            if code in ("LT", "SE") and code not in named:
                named[code] = taken.opening(reference).element(2)
                expiry = expiry or taken.first(reference, "DTM", _EXPIRY)
    return Lot(
        quantity=x12.quantity(loop.opening.element(2)),
        lot=named.get("LT", "") or pairs.get("LT", ""),
        serial=named.get("SE", "") or pairs.get("SN", ""),
        expiry=x12.date8(expiry.element(2)) if expiry is not None else None,
    )
