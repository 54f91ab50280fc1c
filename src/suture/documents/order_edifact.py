"""A purchase order as EDIFACT ORDERS (D.01B), written whole and read back.

In: an order with its addressing, or bytes. Out: bytes, or orders and problems. Refuses to know:
what is sent to which partner. Places by spec 2.0.8; ORDERS has none for a cost centre of a line
that partners agree on, so it is not carried.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import missing, unread, unreadable
from suture.documents.edifact_parts import (
    composed,
    day_in,
    imd,
    interchange_parties,
    messages_of,
    nad,
    name_in,
    product_segments,
    products_of,
    text_in,
)
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedOrder, OrderLine, PurchaseOrder
from suture.documents.taken import Taken
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.write import WrittenSegment

_ROUTINE: Final = "220"
_RUSH: Final = "224"
"""1001 of BGM: order, rush order."""
_REFERENCES: Final = {"CT": "contract", "CR": "demand_token"}
"""1153 of RFF in a line -> field."""
_GLN: Final = "9"
_BUYERS: Final = "92"
"""3055: assigned by the buyer."""


def write(order: PurchaseOrder, addressing: Addressing) -> bytes:
    """Return the interchange with one ORDERS; raises RefusalError for what cannot be written."""
    if not order.lines:
        raise RefusalError("supply.missing", "an ORDERS has at least one line", path="lines")
    charset = addressing.charset
    code = _RUSH if order.urgency == "EMERGENCY" else _ROUTINE
    segments: list[WrittenSegment] = [
        build.bgm(code, order.po_number),
        build.dtm("137", order.order_date),
        build.dtm("2", order.need_by),
        *heading(order, charset),
    ]
    for line in order.lines:
        segments += line_segments(build.lin(line.line, line.gtin), line, order.currency, charset)
    segments += [build.uns(), build.cnt("2", len(order.lines))]
    return composed("ORDERS", segments, addressing)


def heading(order: PurchaseOrder | ChangedOrder, charset: str) -> list[WrittenSegment]:
    """Return references, parties and currency of an order or of its change."""
    return [
        *_references((("CT", order.contract), ("IA", order.vendor_no))),
        *nad("BY", order.facility, _BUYERS, "", charset),
        *nad("SU", order.supplier, _BUYERS, "", charset),
        *nad("DP", order.ship_to_gln, _GLN, order.ship_to_name, charset),
        *nad("IV", order.bill_to_gln, _GLN, order.bill_to_name, charset),
        build.cux(order.currency),
    ]


def _references(pairs: tuple[tuple[str, str], ...]) -> list[WrittenSegment]:
    return [build.rff(code, number) for code, number in pairs if number]


def line_segments(
    opening: WrittenSegment,
    line: OrderLine,
    currency: str,
    charset: str,
    need_by: date | None = None,
) -> list[WrittenSegment]:
    """Return a line: its LIN, as given, and what stands below it."""
    segments = [opening, *product_segments(line.catalog_no, line.item)]
    segments += imd(line.description, charset)
    segments.append(build.qty("21", line.quantity, unit_out(line.uom)))
    if need_by is not None:
        segments.append(build.dtm("2", need_by))
    segments.append(build.pri("AAA", line.unit_price))
    if line.currency != currency:
        segments.append(build.cux(line.currency))
    segments += _references((("CT", line.contract), ("CR", line.demand_token)))
    return segments + nad("UC", "", "", line.deliver_to, charset)


def read(data: bytes) -> tuple[list[PurchaseOrder], list[Problem]]:
    """Return the order of each ORDERS, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "ORDERS", problems):
        order = _order(message, parties, problems)
        if order is not None:
            found.append(order)
    return found, problems


def _order(
    message: edifact.Message, parties: tuple[str, str], problems: list[Problem]
) -> PurchaseOrder | None:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head = taken.first(tree, "BGM")
    try:
        ordered = day_in(taken.first(tree, "DTM", "137"))
        need_by = day_in(taken.first(tree, "DTM", "2"))
    except RefusalError as error:
        problems.append(unreadable("DTM", error.text, message.offset))
        return None
    if head is None or not head.value(2) or ordered is None:
        note = "an order has its number in BGM and its date in DTM 137"
        problems.append(unreadable("BGM", note, message.offset))
        return None
    if need_by is None:
        note = "the document says no delivery date; the date of the order stands for it"
        problems.append(missing("DTM", note, message.offset))
    if head.value(1) not in (_ROUTINE, _RUSH):
        note = "this kind of order has no urgency of ours; it is read as routine"
        problems.append(unread(head.path(1), head.offset, note))
    common = heading_of(taken, tree, parties, problems)
    order = PurchaseOrder(
        po_number=head.value(2),
        order_date=ordered,
        need_by=need_by or ordered,
        lines=tuple(_lines(taken, tree, common["currency"], problems)),
        urgency="EMERGENCY" if head.value(1) == _RUSH else "ROUTINE",
        **common,
    )
    for tag in ("UNS", "CNT"):
        taken.first(tree, tag)
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return order


def heading_of(
    taken: Taken[edifact.Segment],
    tree: edifact.SegmentGroup,
    parties: tuple[str, str],
    problems: list[Problem],
) -> dict[str, Any]:
    """Return the fields that the heading of an order or of its change says."""
    money = taken.first(tree, "CUX")
    by, su, dp, iv = (taken.first(tree, "NAD", role) for role in ("BY", "SU", "DP", "IV"))
    return {
        "supplier": _id(su) or parties[1],
        "facility": _id(by) or parties[0],
        "currency": (money.value(1, 2) if money is not None else "") or "USD",
        "contract": _number(taken.first(tree, "RFF", "CT")),
        "vendor_no": _number(taken.first(tree, "RFF", "IA")),
        "ship_to_gln": _gln(dp, problems),
        "ship_to_name": name_in(dp),
        "bill_to_gln": _gln(iv, problems),
        "bill_to_name": name_in(iv),
    }


def _id(party: edifact.Segment | None) -> str:
    return party.value(2) if party is not None else ""


def _gln(party: edifact.Segment | None, problems: list[Problem]) -> str:
    if party is None or not party.value(2):
        return ""
    if party.value(2, 3) != _GLN:
        problems.append(unread(party.path(2), party.offset))
        return ""
    return party.value(2)


def _number(segment: edifact.Segment | None) -> str:
    return segment.value(1, 2) if segment is not None else ""


def _lines(
    taken: Taken[edifact.Segment],
    tree: edifact.SegmentGroup,
    currency: str,
    problems: list[Problem],
) -> list[OrderLine]:
    found = []
    for group in taken.loops(tree, "LIN"):
        start = group.opening
        try:
            found.append(line_of(taken, group, currency, problems))
        except RefusalError as error:
            problems.append(unreadable(start.path(), error.text, start.offset))
    return found


def line_of(
    taken: Taken[edifact.Segment],
    group: edifact.SegmentGroup,
    currency: str,
    problems: list[Problem],
) -> OrderLine:
    """Return the line of a LIN; raises RefusalError for one that cannot be read."""
    start = group.opening
    found = _order_line(taken, group, currency)
    if not group.within("PRI"):
        note = "the line has no price; it reads as nothing"
        problems.append(missing(start.path(), note, start.offset))
    return found


def _order_line(
    taken: Taken[edifact.Segment], group: edifact.SegmentGroup, currency: str
) -> OrderLine:
    start = group.opening
    amount = taken.first(group, "QTY", "21")
    if amount is None:
        raise RefusalError("edifact.element-number", "a line has its quantity in QTY 21")
    price = taken.loop(group, "PRI", "AAA")
    per = edifact.quantity(price.opening.value(1, 5) or "1") if price is not None else 1
    if per != 1:
        raise RefusalError("edifact.element-number", "a price is for another quantity than one")
    money = taken.first(price, "CUX")
    return OrderLine(
        line=start.value(1),
        quantity=edifact.quantity(amount.value(1, 2)),
        uom=unit_in(amount.value(1, 3)),
        unit_price=edifact.number(price.opening.value(1, 2)) if price is not None else Decimal(0),
        currency=(money.value(1, 2) if money is not None else "") or currency,
        description=text_in(taken.first(group, "IMD", "F")),
        deliver_to=name_in(taken.first(group, "NAD", "UC")),
        **products_of(taken, group),
        **{field: _number(taken.first(group, "RFF", code)) for code, field in _REFERENCES.items()},
    )
