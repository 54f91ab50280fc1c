"""A stock report as EDIFACT INVRPT, written as D.01B and read back; D.96A is read.

In: a stock report with its addressing, or bytes. Out: bytes, or stock reports and problems. Refuses
to know: what is bought because of it. The directory has no kind of quantity for what is available:
it is written as actual stock with a status that partners agree on (STS, agency ZZZ).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.edifact_parts import (
    composed,
    day_in,
    interchange_parties,
    messages_of,
    nad,
    product_segments,
    product_unread,
    products_of,
)
from suture.documents.partner import Addressing
from suture.documents.stocked import as_of_utc, joined, lots_in, parts_of
from suture.documents.supply import Lot, StockLine, StockReport, StockStatus
from suture.documents.taken import Taken
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.write import WrittenSegment

_ACTUAL: Final = "145"
_STATUSES: Final = {
    _ACTUAL: StockStatus.ON_HAND,
    "17": StockStatus.ON_HAND,
    "66": StockStatus.COMMITTED,
    "73": StockStatus.ON_ORDER,
    "21": StockStatus.ON_ORDER,
    "89": StockStatus.QUARANTINED,
}
"""6063: actual stock, on hand, committed, outstanding, ordered, held by quality control."""
_CODES: Final = {status: code for code, status in reversed(_STATUSES.items())} | {
    StockStatus.AVAILABLE: _ACTUAL
}
_AVAILABLE: Final = ("AVL", "", "ZZZ")
"""C555 of STS: a code that is mutually defined."""
_ACCEPTED: Final = "1"
"""7491 of INV: accepted products."""
_INVENTORY: Final = "366"
_EXPIRY: Final = "361"
_ZONED: Final = ("304", "303")
"""2379: CCYYMMDDHHMMSSZZZ, or without seconds."""
_ORIGINAL: Final = ("", "9")
_PARTIES: Final = {"SU": "92", "BY": "92", "WH": "9"}
"""3035 -> 3055: supplier and facility by the buyer's number, warehouse by GLN."""


def write(report: StockReport, addressing: Addressing) -> bytes:
    """Return the interchange with one INVRPT; raises RefusalError for what cannot be written."""
    segments: list[WrittenSegment] = [
        build.bgm("35", report.number),
        build.dtm("137", addressing.at.date()),
        build.dtm(_INVENTORY, as_of_utc(report), _ZONED[0]),
    ]
    numbers = (report.supplier, report.facility, report.location_gln)
    for (role, agency), number in zip(_PARTIES.items(), numbers, strict=True):
        segments += nad(role, number, agency, "", addressing.charset)
    for line in report.lines:
        segments += _line(line)
    return composed("INVRPT", segments, addressing)


def _line(line: StockLine) -> list[WrittenSegment]:
    segments = [build.lin(line.line, line.gtin), *product_segments(line.catalog_no, line.item)]
    list(parts_of(line))  # refuses lots that are more than the line
    for lot in (Lot(quantity=line.quantity), *line.lots):
        segments.append(["INV", "", _ACCEPTED])
        segments.append(build.qty(_CODES[line.status], lot.quantity, unit_out(line.uom)))
        for kind, value in (("BX", lot.lot), ("BN", lot.serial)):
            if value:
                segments.append(build.gin(kind, value))
        if lot.expiry is not None:
            segments.append(build.dtm(_EXPIRY, lot.expiry))
        if line.status is StockStatus.AVAILABLE:
            segments.append(["STS", "", list(_AVAILABLE)])
    return segments


def read(data: bytes) -> tuple[list[StockReport], list[Problem]]:
    """Return the stock report of each INVRPT, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "INVRPT", problems):
        try:
            report = _report(message, parties[0], problems)
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
            continue
        if report is not None:
            found.append(report)
    return found, problems


def _report(message: edifact.Message, sender: str, problems: list[Problem]) -> StockReport | None:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head = taken.first(tree, "BGM")
    issued, stated = taken.first(tree, "DTM", "137"), taken.first(tree, "DTM", _INVENTORY)
    dated = stated or issued
    if head is None or not head.value(2) or dated is None:
        note = "a stock report has its number in BGM and its date in DTM 366 or 137"
        raise RefusalError("supply.unreadable", note)
    if head.value(3) not in _ORIGINAL:
        note = "only an original is read: a change says less than a stock report"
        problems.append(unread(head.path(3), head.offset, note))
        return None
    supplier, facility, location = (_party(taken, tree, role) for role in _PARTIES)
    report = StockReport(
        number=head.value(2),
        as_of=_as_of(dated, problems),
        lines=tuple(_lines(taken, tree, problems)),
        supplier=supplier if supplier or facility else sender,
        facility=facility,
        location_gln=location,
    )
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return report


def _party(taken: Taken[edifact.Segment], tree: edifact.SegmentGroup, role: str) -> str:
    """Return a party by the number of our list; one of another list stays untaken."""
    for group in tree.within("NAD", role):
        if group.opening.value(2, 3) == _PARTIES[role]:
            return taken.opening(group).value(2)
    return ""


def _as_of(dated: edifact.Segment, problems: list[Problem]) -> datetime:
    found = edifact.moment(dated.value(1, 2), dated.value(1, 3), UTC)
    if not isinstance(found, date):
        note = "a stock report is of one time, not of a span"
        raise RefusalError("edifact.element-date", note, path=dated.path(1, 2))
    if dated.value(1, 3) not in _ZONED:
        note = "the document says no time in UTC; what it says is read as UTC"
        problems.append(unread(dated.path(1, 2), dated.offset, note))
    if isinstance(found, datetime):
        return found.astimezone(UTC)
    return datetime.combine(found, time(), UTC)


def _lines(
    taken: Taken[edifact.Segment], tree: edifact.SegmentGroup, problems: list[Problem]
) -> list[StockLine]:
    found: list[StockLine] = []
    for number, group in enumerate(taken.loops(tree, "LIN"), start=1):
        start = group.opening
        try:
            found += joined(_rows(taken, group, start.value(1) or str(number), problems))
        except RefusalError as error:
            problems.append(unreadable(start.path(), error.text, start.offset))
            continue
        problems += product_unread(group)
    return found


def _rows(
    taken: Taken[edifact.Segment], group: edifact.SegmentGroup, line: str, problems: list[Problem]
) -> Iterator[StockLine]:
    numbers = products_of(taken, group)
    figures = [*group.within("INV"), *group.within("QTY")]
    if not figures:
        raise RefusalError("supply.unreadable", "a stock line has its quantity in QTY")
    for figure in figures:
        amount = taken.opening(figure) if figure.id == "QTY" else taken.first(figure, "QTY")
        status = _status(taken, figure, amount)
        if amount is None or status is None:
            start = amount or figure.opening
            note = "this quantity has no status of ours and is left out"
            problems.append(unread(start.path(1), start.offset, note))
            continue
        lot = _lot(taken, figure, amount)
        numbered = (s for s in figure.all("GIN") if s.value(3) and s.value(1) in ("BX", "BN"))
        problems += [unread(segment.path(3), segment.offset) for segment in numbered]
        yield StockLine(
            line=line,
            quantity=lot.quantity,
            uom=unit_in(amount.value(1, 3)),
            status=status,
            lots=lots_in(lot),
            **numbers,
        )


def _status(
    taken: Taken[edifact.Segment], figure: edifact.SegmentGroup, amount: edifact.Segment | None
) -> StockStatus | None:
    """Return the status of a figure; a movement, or another state of the goods, has none."""
    inventory = figure.opening if figure.id == "INV" else figure.first("INV")
    if amount is None:
        return None
    if inventory is not None and (
        inventory.value(1) or inventory.value(2) not in ("", _ACCEPTED) or inventory.value(3)
    ):
        return None
    taken.take(inventory)
    status = _STATUSES.get(amount.value(1))
    for segment in figure.all("STS"):
        if status is StockStatus.ON_HAND and tuple(segment.components(2)) == _AVAILABLE:
            taken.take(segment)
            return StockStatus.AVAILABLE
    return status


def _lot(
    taken: Taken[edifact.Segment], figure: edifact.SegmentGroup, amount: edifact.Segment
) -> Lot:
    lot, serial = taken.first(figure, "GIN", "BX"), taken.first(figure, "GIN", "BN")
    return Lot(
        quantity=edifact.quantity(amount.value(1, 2)),
        lot=lot.value(2) if lot is not None else "",
        serial=serial.value(2) if serial is not None else "",
        expiry=day_in(taken.first(figure, "DTM", _EXPIRY)),
    )
