"""Price lists through the standards: what comes back, what is stated or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from generated_orders import CURRENCIES, DAYS, GTINS, MAYBE, NUMBERS, UNITS
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import Kind, kind_of, read_document, write_document
from suture.documents.partner import Addressing
from suture.documents.supply import PriceLine, PriceList

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHSUP", receiver="SYNTHHOSP", control=7, at=AT)

PRICES = PriceList(
    number="PL1",
    supplier="SYNTHO",
    currency="EUR",
    starts=date(2027, 1, 1),
    ends=date(2027, 12, 31),
    lines=(
        PriceLine(
            line="1",
            uom="BX",
            unit_price=Decimal("12.50"),
            item="ITM-100200",
            gtin="09520000000017",
            catalog_no="KF-1",
        ),
        PriceLine(line="2", uom="EA", unit_price=Decimal("0.0375"), catalog_no="KF-2"),
    ),
)


def _line(number: int) -> st.SearchStrategy[PriceLine]:
    return st.builds(
        PriceLine,
        line=st.just(str(number)),
        uom=UNITS,
        unit_price=st.decimals(0, 99999, places=4).map(lambda price: abs(Decimal(price))),
        item=NUMBERS,
        gtin=st.one_of(st.just(""), GTINS),
        catalog_no=MAYBE,
    )


LISTS = st.builds(
    PriceList,
    number=NUMBERS,
    supplier=NUMBERS,
    currency=CURRENCIES,
    starts=st.one_of(st.none(), DAYS),
    ends=st.one_of(st.none(), DAYS),
    lines=st.integers(1, 4).flatmap(
        lambda count: st.tuples(*(_line(n) for n in range(1, count + 1)))
    ),
)


@settings(max_examples=40, deadline=None)
@given(prices=LISTS)
def test_a_price_list_comes_back_whole(prices: PriceList) -> None:
    """832 carries every field."""
    data, problems = write_document(Kind.PRICE_LIST, prices, "x12", TO)
    (found,), stated = read_document(data, Kind.PRICE_LIST, "x12")
    assert differences(prices, found) == [] and problems == [] and stated == []


def test_a_price_list_by_hand() -> None:
    """Validity stands in DTM 196 and 197, a price in CTP of its line."""
    data, _ = write_document(Kind.PRICE_LIST, PRICES, "x12", TO)
    body = data.decode("ascii")
    assert "BCT*PC*PL1********00~DTM*196*20270101~DTM*197*20271231~CUR*SE*EUR~" in body
    assert "LIN*1*IN*ITM-100200*UK*09520000000017*VC*KF-1~CTP**CON*12.50*1*BX~" in body
    assert kind_of(data, "x12") is Kind.PRICE_LIST


def test_a_second_price_and_a_price_from_a_quantity_on_are_stated() -> None:
    """No price is chosen: what is not read is named, and the other lines stay."""
    data, _ = write_document(Kind.PRICE_LIST, PRICES, "x12", TO)
    more = data.replace(b"CTP**CON*0.0375*1*EA~", b"CTP**CON*0.0375*100*EA~")
    (found,), problems = read_document(more, Kind.PRICE_LIST, "x12")
    assert [line.line for line in found.lines] == ["1"]
    assert "supply.unreadable" in [one.code for one in problems]
    second = b"CTP**CON*12.50*1*BX~"
    (found,), problems = read_document(
        data.replace(second, second + b"CTP**LPR*15*1*BX~"), Kind.PRICE_LIST, "x12"
    )
    assert found == PRICES
    assert "supply.not-read" in [one.code for one in problems]


def test_a_line_that_names_no_item_is_refused() -> None:
    """A price of nothing is not written."""
    bare = PriceLine(line="1", uom="EA", unit_price=Decimal(1))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.PRICE_LIST, msgspec.structs.replace(PRICES, lines=(bare,)), "x12", TO)
    assert refused.value.code == "supply.changed"
