"""A price list as X12 832, written and read back.

In: a price list with its addressing, or bytes. Out: bytes, or price lists and problems. Refuses to
know: contracts, and which price counts. One price a line is read; every other one is stated.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import unread, unreadable
from suture.documents.partner import Addressing
from suture.documents.supplier_x12 import supplier_segment
from suture.documents.supply import PriceLine, PriceList
from suture.documents.taken import Taken
from suture.documents.x12_parts import Segments, composed, day_text, sets_of
from suture.formats import x12

_PRICES: Final = "PC"
"""BCT01: price catalogue."""
_ORIGINAL: Final = "00"
_START: Final = "196"
_END: Final = "197"
_CONTRACT: Final = "CON"
"""CTP02: the price of a contract."""
_BY_US: Final = "92"
"""N103: assigned by the buyer."""
_PRODUCTS: Final = {"IN": "item", "UK": "gtin", "VC": "catalog_no"}


def write(prices: PriceList, addressing: Addressing) -> bytes:
    """Return the interchange with one 832; raises RefusalError for what cannot be written."""
    head = ["BCT", _PRICES, prices.number, *[""] * 7, _ORIGINAL]
    segments: Segments = [head]
    for code, day in ((_START, prices.starts), (_END, prices.ends)):
        if day is not None:
            segments.append(["DTM", code, day_text(day)])
    segments.append(["CUR", "SE", prices.currency])
    segments.append(supplier_segment(prices.supplier))
    for line in prices.lines:
        segments += _line(line)
    return composed("832", [*segments, ["CTT", str(len(prices.lines))]], addressing)


def _line(line: PriceLine) -> Segments:
    held = ((code, getattr(line, field)) for code, field in _PRODUCTS.items())
    pairs = [part for code, value in held if value for part in (code, value)]
    if not pairs:
        note = "a priced line names its item"
        raise RefusalError("supply.changed", note, path="lines")
    price = ["CTP", "", _CONTRACT, f"{line.unit_price:f}", "1", line.uom]
    return [["LIN", line.line, *pairs], price]


def read(data: bytes) -> tuple[list[PriceList], list[Problem]]:
    """Return the price list of each 832, and problems with segment and byte."""
    interchange, problems = x12.parse(data)
    found = []
    for one in sets_of(interchange, "832", problems):
        try:
            prices = _prices(one, interchange.sender.id, problems)
        except RefusalError as error:
            problems.append(unreadable("ST", error.text, one.offset))
            continue
        if prices is not None:
            found.append(prices)
    return found, problems


def _prices(found: x12.TransactionSet, sender: str, problems: list[Problem]) -> PriceList | None:
    tree, taken = found.tree, Taken[x12.Segment]()
    head = taken.first(tree, "BCT")
    if head is None or not head.element(2):
        raise RefusalError("supply.unreadable", "a price list has its number in BCT")
    if head.element(10) not in ("", _ORIGINAL):
        note = "only an original is read: a change says less than a price list"
        problems.append(unread(head.path(10), head.offset, note))
        return None
    money = taken.first(tree, "CUR")
    prices = PriceList(
        number=head.element(2),
        supplier=_supplier(taken, tree) or sender,
        currency=money.element(2) if money is not None else "USD",
        starts=_day(taken.first(tree, "DTM", _START)),
        ends=_day(taken.first(tree, "DTM", _END)),
        lines=tuple(_lines(taken, tree, problems)),
    )
    taken.first(tree, "CTT")
    problems += taken.left(found.segments[1:-1])
    return prices


def _supplier(taken: Taken[x12.Segment], tree: x12.Loop) -> str:
    """Return the supplier by the buyer's number; a party of another list stays untaken."""
    for loop in tree.within("N1", "VN"):
        if loop.opening.element(3) == _BY_US:
            return taken.opening(loop).element(4)
    return ""


def _day(segment: x12.Segment | None) -> date | None:
    text = segment.element(2) if segment is not None else ""
    return x12.date8(text) if text else None


def _lines(taken: Taken[x12.Segment], tree: x12.Loop, problems: list[Problem]) -> list[PriceLine]:
    found = []
    for number, loop in enumerate(taken.loops(tree, "LIN"), start=1):
        item = loop.opening
        try:
            found.append(_priced(taken, loop, str(number)))
        except RefusalError as error:
            problems.append(unreadable(item.path(), error.text, item.offset))
            continue
        if not item.pairs(2).keys() <= _PRODUCTS.keys():
            problems.append(unread(item.path(2), item.offset))
    return found


def _priced(taken: Taken[x12.Segment], loop: x12.Loop, number: str) -> PriceLine:
    item, price = loop.opening, taken.loop(loop, "CTP")
    if price is None or not price.opening.element(3):
        raise RefusalError("supply.unreadable", "a priced line has its price in CTP")
    cost = price.opening
    if x12.quantity(cost.element(4) or "1") != 1:
        note = "a price of more than one unit, or from a quantity on, is not read"
        raise RefusalError("supply.unreadable", note)
    pairs = item.pairs(2)
    return PriceLine(
        line=item.element(1) or number,
        uom=cost.component(5, 1),
        unit_price=x12.real(cost.element(3)),
        **{field: pairs.get(code, "") for code, field in _PRODUCTS.items()},
    )
