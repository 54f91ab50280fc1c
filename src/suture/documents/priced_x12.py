"""A price list as X12 832, written and read back.

In: a price list with its addressing, or bytes. Out: bytes, or price lists and problems. Refuses to
know: contracts, and which price counts. Prices of the first kind that is paid are read, from a
quantity on (CTP04); every other one is stated.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.carried import descriptive, missing, unread, unreadable
from suture.documents.partner import Addressing
from suture.documents.priced import UNSAID_CURRENCY, by_item
from suture.documents.supplier_x12 import supplier_segment
from suture.documents.supply import PriceLine, PriceList
from suture.documents.taken import Taken
from suture.documents.to_x12 import DESCRIPTION_CHARACTERS_MAX
from suture.documents.x12_parts import Segments, composed, day_text, quantity_of, sets_of
from suture.formats import x12

_PRICES: Final = "PC"
"""BCT01: price catalogue."""
_ORIGINAL: Final = "00"
_START: Final = "196"
_END: Final = "197"
_CONTRACT: Final = "CON"
"""CTP02: the price of a contract."""
_PAID: Final = frozenset({"", _CONTRACT, "NET", "CAT", "UCP"})
"""CTP02: not said, contract, net, catalogue, unit cost; others, as a suggested retail price, are
not what is paid."""
_EACH: Final = "PE"
"""CTP09: the price is that of each unit."""
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
    items = by_item(prices.lines)
    for same in items:
        segments += _item(same)
    return composed("832", [*segments, ["CTT", str(len(items))]], addressing)


def _item(same: list[PriceLine]) -> Segments:
    line = same[0]
    held = ((code, getattr(line, field)) for code, field in _PRODUCTS.items())
    segments = [["LIN", line.line, *(part for code, v in held if v for part in (code, v))]]
    description = descriptive(line.description, x12.STANDARD.special, DESCRIPTION_CHARACTERS_MAX)
    if description:
        segments.append(["PID", "F", "", "", "", description])
    for one in same:
        start = quantity_of(one.from_quantity, "CTP-4")
        segments.append(["CTP", "", _CONTRACT, f"{one.unit_price:f}", start, one.uom])
    return segments


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
    currency = money.element(2) if money is not None else ""
    if not currency:
        problems.append(missing("CUR", UNSAID_CURRENCY, head.offset))
        currency = "USD"
    prices = PriceList(
        number=head.element(2),
        supplier=_supplier(taken, tree) or sender,
        currency=currency,
        starts=_day(taken.first(tree, "DTM", _START)),
        ends=_day(taken.first(tree, "DTM", _END)),
        lines=tuple(_lines(taken, tree, currency, problems)),
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


def _lines(
    taken: Taken[x12.Segment], tree: x12.Loop, currency: str, problems: list[Problem]
) -> list[PriceLine]:
    found = []
    for number, loop in enumerate(taken.loops(tree, "LIN"), start=1):
        item = loop.opening
        try:
            found += _priced(taken, loop, str(number), currency)
        except RefusalError as error:
            problems.append(unreadable(item.path(), error.text, item.offset))
            continue
        if not item.pairs(2).keys() <= _PRODUCTS.keys():
            problems.append(unread(item.path(2), item.offset))
    return found


def _priced(
    taken: Taken[x12.Segment], loop: x12.Loop, number: str, currency: str
) -> list[PriceLine]:
    """Return the prices of an item that are of the kind of the first that is paid.

    Others stay untaken.
    """
    item, every = loop.opening, loop.within("CTP")
    own = next((one for one in every if one.opening.element(2) in _PAID), None)
    if own is None or not own.opening.element(3):
        raise RefusalError("supply.unreadable", "a priced line has a price that is paid in CTP")
    pairs, text = item.pairs(2), taken.first(loop, "PID", "F")
    found: dict[Fraction, PriceLine] = {}
    for one in every:
        cost = one.opening
        start = x12.quantity(cost.element(4) or "1")
        if _kind(cost) != _kind(own.opening) or start in found:
            continue
        _check(taken.opening(one), taken.first(one, "CUR"), currency)
        found[start] = PriceLine(
            line=item.element(1) or number,
            uom=cost.component(5, 1),
            unit_price=x12.real(cost.element(3)),
            from_quantity=start,
            description=text.element(5) if text is not None else "",
            **{field: pairs.get(code, "") for code, field in _PRODUCTS.items()},
        )
    return list(found.values())


def _kind(cost: x12.Segment) -> tuple[str, ...]:
    return (cost.element(1), cost.element(2), cost.element(5))


def _check(cost: x12.Segment, money: x12.Segment | None, currency: str) -> None:
    """Refuse a price that is not of one unit in the currency of the list."""
    is_plain = not cost.element(6) and cost.element(9) in ("", _EACH)
    if not is_plain or cost.element(11) not in ("", "1"):
        note = "a price of more than one unit, or with a multiplier, is not read"
        raise RefusalError("supply.unreadable", note)
    if money is not None and money.element(2) != currency:
        note = "a price in another currency than that of the list is not read"
        raise RefusalError("supply.unreadable", note)
