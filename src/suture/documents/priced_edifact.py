"""A price list as EDIFACT PRICAT, written as D.01B and read back; D.96A is read.

In: a price list with its addressing, or bytes. Out: bytes, or price lists and problems. Refuses to
know: contracts, and which price counts. Net prices (AAA) are read, each from a quantity on (RNG);
allowances, prices of a whole group and every other price are stated.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

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
    product_segments,
    product_unread,
    products_of,
    text_in,
)
from suture.documents.partner import Addressing
from suture.documents.priced import UNSAID_CURRENCY, by_item
from suture.documents.supply import PriceLine, PriceList
from suture.documents.taken import Taken
from suture.documents.unece import unit_in, unit_out
from suture.formats import edifact
from suture.formats.edifact import build
from suture.formats.edifact.element import number_text
from suture.formats.edifact.write import WrittenSegment

_CATALOGUE: Final = "9"
_ORIGINAL: Final = ("", "9")
_START: Final = "194"
_END: Final = "206"
_NO_GROUP: Final = "9"
"""5379 of PGI: the directory wants a group around the lines, and this says that there is none."""
_PLAIN_GROUPS: Final = frozenset({"2", "3", "5", _NO_GROUP, "10", "11", "12"})
"""5379: groups that do not change the prices in them, as a discount or a coefficient does."""
_PRICE_LIST: Final = "8"
"""6343 of CUX: currency of a price list."""
_NET: Final = "AAA"
_PAID: Final = frozenset({"", "NTP", "CP"})
"""5387 of PRI: not said, net, current; others, as a suggested retail price, are not paid."""
_PLAIN_TYPES: Final = frozenset({"", "CT", "CA"})
"""5375 of PRI: not said, contract, catalogue; what another type means is left out."""
_QUANTITY: Final = "4"
"""6167 of RNG: range of quantities."""
_STANDING: Final = ("", "1", "3", "4")
"""1229 of LIN: the item is there: added, changed, unchanged."""


def write(prices: PriceList, addressing: Addressing) -> bytes:
    """Return the interchange with one PRICAT; raises RefusalError for what cannot be written."""
    segments: list[WrittenSegment] = [
        build.bgm(_CATALOGUE, prices.number),
        build.dtm("137", addressing.at.date()),
    ]
    for code, day in ((_START, prices.starts), (_END, prices.ends)):
        if day is not None:
            segments.append(build.dtm(code, day))
    segments += nad("SU", prices.supplier, "92", "", addressing.charset)
    segments += [build.cux(prices.currency, qualifier=_PRICE_LIST), ["PGI", _NO_GROUP]]
    for same in by_item(prices.lines):
        segments += _item(same, addressing.charset)
    return composed("PRICAT", segments, addressing)


def _item(same: list[PriceLine], charset: str) -> list[WrittenSegment]:
    line = same[0]
    segments = [build.lin(line.line, line.gtin), *product_segments(line.catalog_no, line.item)]
    segments += imd(line.description, charset)
    for one in same:
        unit = unit_out(one.uom)
        segments.append(build.pri(_NET, one.unit_price, 1, unit))
        if one.from_quantity != 1:
            segments.append(["RNG", _QUANTITY, [unit, number_text(one.from_quantity)]])
    return segments


def read(data: bytes) -> tuple[list[PriceList], list[Problem]]:
    """Return the price list of each PRICAT, and problems with segment and byte."""
    problems: list[Problem] = []
    found = []
    parties = interchange_parties(data)
    for message in messages_of(data, "PRICAT", problems):
        try:
            prices = _prices(message, parties[0], problems)
        except RefusalError as error:
            problems.append(unreadable("UNH", error.text, message.offset))
            continue
        if prices is not None:
            found.append(prices)
    return found, problems


def _prices(message: edifact.Message, sender: str, problems: list[Problem]) -> PriceList | None:
    tree, taken = edifact.tree(message), Taken[edifact.Segment]()
    head = taken.first(tree, "BGM")
    if head is None or not head.value(2):
        raise RefusalError("supply.unreadable", "a price list has its number in BGM")
    if head.value(3) not in _ORIGINAL:
        note = "only an original is read: a change says less than a price list"
        problems.append(unread(head.path(3), head.offset, note))
        return None
    taken.first(tree, "DTM", "137")
    money, supplier = taken.first(tree, "CUX"), taken.first(tree, "NAD", "SU")
    currency = money.value(1, 2) if money is not None else ""
    if not currency:
        problems.append(missing("CUX", UNSAID_CURRENCY, head.offset))
        currency = "USD"
    prices = PriceList(
        number=head.value(2),
        supplier=(supplier.value(2) if supplier is not None else "") or sender,
        currency=currency,
        starts=day_in(taken.first(tree, "DTM", _START)),
        ends=day_in(taken.first(tree, "DTM", _END)),
        lines=tuple(_lines(taken, tree, currency, problems)),
    )
    taken.take(message.trailer)
    problems += taken.left(message.segments[1:])
    return prices


def _lines(
    taken: Taken[edifact.Segment],
    tree: edifact.SegmentGroup,
    currency: str,
    problems: list[Problem],
) -> list[PriceLine]:
    found: list[PriceLine] = []
    number = 0
    for around in taken.loops(tree, "PGI"):
        own, opening = taken.first(around, "CUX"), around.opening
        if opening.value(1) not in _PLAIN_GROUPS:
            note = "what the group does to the prices in it is left out"
            problems.append(unread(opening.path(1), opening.offset, note))
        for group in taken.loops(around, "LIN"):
            start = group.opening
            number += 1
            if start.value(2) not in _STANDING:
                note = "the item is taken out of the list, or its line says something else"
                problems.append(unread(start.path(2), start.offset, note))
                continue
            try:
                _check_currency(own, currency)
                found += _priced(taken, group, str(number), currency, problems)
            except RefusalError as error:
                problems.append(unreadable(start.path(), error.text, start.offset))
                continue
            problems += product_unread(group)
    return found


def _check_currency(money: edifact.Segment | None, currency: str) -> None:
    if money is not None and money.value(1, 2) != currency:
        note = "a price in another currency than that of the list is not read"
        raise RefusalError("supply.unreadable", note)


def _priced(
    taken: Taken[edifact.Segment],
    group: edifact.SegmentGroup,
    number: str,
    currency: str,
    problems: list[Problem],
) -> list[PriceLine]:
    """Return the net prices of an item, from a quantity on; every other one stays untaken."""
    _check_currency(taken.first(group, "CUX"), currency)
    numbers, text = products_of(taken, group), text_in(taken.first(group, "IMD", "F"))
    found: dict[Fraction, PriceLine] = {}
    paid = (one for one in group.within("PRI", _NET) if one.opening.value(1, 4) in _PAID)
    for one in paid:
        cost, unit = one.opening, one.opening.value(1, 6)
        if edifact.quantity(cost.value(1, 5) or "1") != 1:
            raise RefusalError("supply.unreadable", "a price is for another quantity than one")
        _check_currency(taken.first(one, "CUX"), currency)
        start = _from(taken.first(one, "RNG", _QUANTITY), unit, problems)
        if start in found:
            continue
        if cost.value(1, 3) not in _PLAIN_TYPES:
            problems.append(unread(cost.path(1, 3), cost.offset))
        found[start] = PriceLine(
            line=group.opening.value(1) or number,
            uom=unit_in(unit),
            unit_price=edifact.number(taken.opening(one).value(1, 2)),
            from_quantity=start,
            description=text,
            **numbers,
        )
    if not found:
        raise RefusalError("supply.unreadable", "a priced line has its net price in PRI AAA")
    return list(found.values())


def _from(span: edifact.Segment | None, unit: str, problems: list[Problem]) -> Fraction:
    """Return from which quantity on a price holds; where it ends is stated."""
    if span is None:
        return Fraction(1)
    if span.value(2) not in ("", unit):
        note = "a price is for another unit than its range of quantities"
        raise RefusalError("supply.unreadable", note)
    if span.value(2, 3):
        note = "up to which quantity a price holds is left out: it ends where the next one begins"
        problems.append(unread(span.path(2, 3), span.offset, note))
    return edifact.quantity(span.value(2, 2) or "1")
