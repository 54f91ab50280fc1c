"""A purchase order as X12 850, written whole and read back.

In: an order with its addressing, or bytes. Out: bytes, or orders and problems. Refuses to know:
what is sent to which partner (`to_x12` writes less: spec 4.4 lets a supplier know less). Structure
by X12 005010. A value that identifies and holds a delimiter is refused: X12 has no escape.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import descriptive, missing, unread, unreadable
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedOrder, OrderLine, PurchaseOrder
from suture.documents.taken import Taken
from suture.documents.to_x12 import DESCRIPTION_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of, sets_of
from suture.formats import x12

PURPOSES: Final = {"ROUTINE": "NE", "URGENT": "RO", "EMERGENCY": "EO"}
"""Urgency -> BEG02: new, rush or emergency order."""
_URGENCIES: Final = {code: urgency for urgency, code in PURPOSES.items()} | {"SA": "ROUTINE"}
_IDENTIFIERS: Final = {"UK": "gtin", "VC": "catalog_no", "IN": "item"}
"""Qualifier of PO106 and on -> field."""
_REFERENCES: Final = {"CT": "contract", "CA": "cost_center", "CO": "demand_token"}
"""REF01 of a line -> field: contract, cost allocation, customer's order number."""
ORDERED: Final = (2, 3, 4, 6)
"""Elements of PO1: quantity, unit, price, first pair of product numbers."""
_LISTS: Final = {"BY": "UL", "ST": "UL", "VN": "92", "FA": "92"}
"""Party -> N103: GLN, or assigned by the buyer."""
_SPECIAL: Final = x12.STANDARD.special


def write(order: PurchaseOrder, addressing: Addressing) -> bytes:
    """Return the interchange with one 850; raises RefusalError for what cannot be written."""
    return composed("850", _segments(order), addressing)


def _segments(order: PurchaseOrder) -> Segments:
    purpose = PURPOSES.get(order.urgency, "NE")
    segments = [
        ["BEG", "00", purpose, order.po_number, "", day_text(order.order_date)],
        *heading(order),
    ]
    for line in order.lines:
        price = f"{line.unit_price:f}"
        quantity = quantity_of(line.quantity, "PO1-2")
        item = ["PO1", line.line, quantity, line.uom, price, "CT", *identifiers(line)]
        segments += [item, *below(line, order.currency)]
    return [*segments, ["CTT", str(len(order.lines))]]


def heading(order: PurchaseOrder | ChangedOrder) -> Segments:
    """Return what stands between the beginning segment and the lines."""
    segments = [["CUR", "BY", order.currency]]
    for code, number in (("CT", order.contract), ("VR", order.vendor_no)):
        if number:
            segments.append(["REF", code, number])
    if order.need_by is not None:
        segments.append(["DTM", "002", day_text(order.need_by)])
    return [
        *segments,
        *_party("BY", order.bill_to_name, order.bill_to_gln),
        *_party("ST", order.ship_to_name, order.ship_to_gln),
        *_party("VN", "", order.supplier),
        *_party("FA", "", order.facility),
    ]


def _party(role: str, name: str, number: str) -> Segments:
    shown = descriptive(name, _SPECIAL, NAME_CHARACTERS_MAX)
    if number:
        return [["N1", role, shown, _LISTS[role], number]]
    return [["N1", role, shown]] if shown else []


def identifiers(line: OrderLine) -> list[str]:
    """Return the pairs of qualifier and number of an item."""
    numbers = [(code, getattr(line, field)) for code, field in _IDENTIFIERS.items()]
    return [part for code, value in numbers if value for part in (code, value)]


def below(line: OrderLine, currency: str) -> Segments:
    """Return what stands below the segment of a line."""
    segments: Segments = []
    if line.currency != currency:
        segments.append(["CUR", "BY", line.currency])
    description = descriptive(line.description, _SPECIAL, DESCRIPTION_CHARACTERS_MAX)
    if description:
        segments.append(["PID", "F", "", "", "", description])
    for code, field in _REFERENCES.items():
        if getattr(line, field):
            segments.append(["REF", code, getattr(line, field)])
    return segments + _party("DA", line.deliver_to, "")


def read(data: bytes) -> tuple[list[PurchaseOrder], list[Problem]]:
    """Return the order of each 850, and problems with segment and byte."""
    interchange, problems = x12.parse(data)
    found = []
    for one in sets_of(interchange, "850", problems):
        order = _order(one, interchange, problems)
        if order is not None:
            found.append(order)
    return found, problems


def _order(
    found: x12.TransactionSet, interchange: x12.Interchange, problems: list[Problem]
) -> PurchaseOrder | None:
    tree, taken = found.tree, Taken[x12.Segment]()
    head = taken.first(tree, "BEG")
    if head is None or not head.element(3):
        problems.append(unreadable("BEG", "an 850 has its number in BEG", found.offset))
        return None
    ordered = day_of(head, 5, problems)
    if ordered is None:
        problems.append(unreadable(head.path(5), "an order has its date", head.offset))
        return None
    common = heading_of(taken, tree, interchange, problems)
    order = PurchaseOrder(
        po_number=head.element(3),
        order_date=ordered,
        need_by=_need_by(taken.first(tree, "DTM", "002"), ordered, head, problems),
        lines=tuple(_lines(taken, tree, common["currency"], problems)),
        urgency=urgency_of(head, problems),
        **common,
    )
    taken.first(tree, "CTT")
    problems += taken.left(found.segments[1:-1])
    return order


def heading_of(
    taken: Taken[x12.Segment],
    tree: x12.Loop,
    interchange: x12.Interchange,
    problems: list[Problem],
) -> dict[str, Any]:
    """Return the fields that the heading of an order or of its change says."""
    money = taken.first(tree, "CUR")
    bill_to, ship_to, supplier, facility = (_place(taken, tree, role, problems) for role in _LISTS)
    return {
        "supplier": supplier[1] or interchange.receiver.id,
        "facility": facility[1] or interchange.sender.id,
        "currency": money.element(2) if money is not None else "USD",
        "contract": _number(taken.first(tree, "REF", "CT")),
        "vendor_no": _number(taken.first(tree, "REF", "VR")),
        "bill_to_name": bill_to[0],
        "bill_to_gln": bill_to[1],
        "ship_to_name": ship_to[0],
        "ship_to_gln": ship_to[1],
    }


def urgency_of(head: x12.Segment, problems: list[Problem]) -> str:
    """Return the urgency that BEG02 or BCH02 says."""
    found = _URGENCIES.get(head.element(2))
    if found is None:
        note = "this kind of order has no urgency of ours; it is read as routine"
        problems.append(unread(head.path(2), head.offset, note))
    return found or "ROUTINE"


def _need_by(
    segment: x12.Segment | None, ordered: date, head: x12.Segment, problems: list[Problem]
) -> date:
    found = day_of(segment, 2, problems) if segment is not None else None
    if found is None:
        note = "the document says no delivery date; the date of the order stands for it"
        problems.append(missing("DTM", note, head.offset))
    return found or ordered


def day_of(segment: x12.Segment, number: int, problems: list[Problem]) -> date | None:
    """Return a day; one that cannot be read is stated."""
    try:
        return x12.date8(segment.element(number)) if segment.element(number) else None
    except RefusalError as error:
        problems.append(unreadable(segment.path(number), error.text, segment.offset))
        return None


def _place(
    taken: Taken[x12.Segment], above: x12.Loop, role: str, problems: list[Problem]
) -> tuple[str, str]:
    """Return (name, number) of a party; a number of another list than ours is stated."""
    loop = taken.loop(above, "N1", role)
    if loop is None:
        return "", ""
    party = loop.opening
    if party.element(4) and party.element(3) != _LISTS.get(role, ""):
        problems.append(unread(party.path(4), party.offset))
        return party.element(2), ""
    return party.element(2), party.element(4)


def _number(segment: x12.Segment | None) -> str:
    return segment.element(2) if segment is not None else ""


def _lines(
    taken: Taken[x12.Segment], tree: x12.Loop, currency: str, problems: list[Problem]
) -> list[OrderLine]:
    found = []
    for number, loop in enumerate(taken.loops(tree, "PO1"), start=1):
        item = loop.opening
        reading = LineReading(taken, currency, ORDERED, problems)
        try:
            found.append(reading.line(loop, item.element(1) or str(number)))
        except RefusalError as error:
            problems.append(unreadable(item.path(), error.text, item.offset))
    return found


@dataclass(frozen=True, slots=True)
class LineReading:
    """How the lines of one set are read."""

    taken: Taken[x12.Segment]
    currency: str
    places: tuple[int, int, int, int]
    """Quantity, unit, price and the first pair, e.g. `ORDERED`."""
    problems: list[Problem]

    def line(self, loop: x12.Loop, number: str) -> OrderLine:
        """Return the line; raises RefusalError for a number that cannot be read."""
        item = loop.opening
        found = _order_line(self, loop, number)
        price, pairs = self.places[2:]
        if not item.element(price):
            note = "the line has no price; it reads as nothing"
            self.problems.append(missing(item.path(price), note, item.offset))
        for place in range(pairs, len(item.elements) - 1, 2):
            if item.element(place + 1) and item.element(place) not in _IDENTIFIERS:
                self.problems.append(unread(item.path(place), item.offset))
        return found


def _order_line(reading: LineReading, loop: x12.Loop, number: str) -> OrderLine:
    item, taken = loop.opening, reading.taken
    quantity, unit, price, first = reading.places
    pairs, money = item.pairs(first), taken.first(loop, "CUR")
    text = taken.first(loop, "PID", "F")
    references = {
        field: _number(taken.first(loop, "REF", code)) for code, field in _REFERENCES.items()
    }
    return OrderLine(
        line=number,
        quantity=x12.quantity(item.element(quantity)),
        uom=item.element(unit),
        unit_price=x12.real(item.element(price) or "0"),
        currency=money.element(2) if money is not None else reading.currency,
        description=text.element(5) if text is not None else "",
        deliver_to=_place(taken, loop, "DA", reading.problems)[0],
        **{field: pairs.get(code, "") for code, field in _IDENTIFIERS.items()},
        **references,
    )
