"""Price lists through the standards: what comes back, what is stated or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from generated_orders import CURRENCIES, DAYS, GTINS, MAYBE, NUMBERS
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import (
    Kind,
    Standard,
    convert,
    convert_all,
    kind_of,
    read_document,
    standard_of,
    write_document,
)
from suture.documents.partner import Addressing
from suture.documents.supply import PriceLine, PriceList

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHSUP", receiver="SYNTHHOSP", control=7, at=AT)
CAREFUL = settings(max_examples=40, deadline=None)

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
            description="SYNTH CAGE",
        ),
        PriceLine(line="2", uom="EA", unit_price=Decimal("0.0375"), catalog_no="KF-2"),
    ),
)
TIER = msgspec.structs.replace(
    PRICES.lines[1], unit_price=Decimal("0.03"), from_quantity=Fraction(100)
)
TIERED = msgspec.structs.replace(PRICES, lines=(*PRICES.lines, TIER))

_AMOUNTS = st.decimals(0, 99999, places=4).map(lambda price: abs(Decimal(price)))
_STARTS = st.one_of(
    st.integers(2, 9999).map(Fraction),
    st.builds(Fraction, st.integers(1, 999), st.sampled_from((2, 10))),
)


def _item(number: int, *, most: int) -> st.SearchStrategy[tuple[PriceLine, ...]]:
    one = st.builds(
        PriceLine,
        line=st.just(str(number)),
        uom=st.sampled_from(("EA", "BX", "CA", "ML")),
        unit_price=_AMOUNTS,
        item=NUMBERS,
        gtin=st.one_of(st.just(""), GTINS),
        catalog_no=NUMBERS.map(lambda text: f"{number}{text}"),
        description=st.sampled_from(("", "SYNTH CAGE", "Schraube 5 mm")),
    )
    more = st.dictionaries(_STARTS, _AMOUNTS, max_size=most)
    return st.builds(
        lambda line, tiers: (
            line,
            *(
                msgspec.structs.replace(line, from_quantity=start, unit_price=price)
                for start, price in tiers.items()
                if start != 1
            ),
        ),
        one,
        more,
    )


def _lists(most: int) -> st.SearchStrategy[PriceList]:
    def lines(count: int) -> st.SearchStrategy[tuple[PriceLine, ...]]:
        items = st.tuples(*(_item(n, most=most) for n in range(1, count + 1)))
        return items.map(lambda found: tuple(line for same in found for line in same))

    return st.builds(
        PriceList,
        number=NUMBERS,
        supplier=NUMBERS,
        currency=CURRENCIES,
        starts=st.one_of(st.none(), DAYS),
        ends=st.one_of(st.none(), DAYS),
        lines=st.integers(1, 4).flatmap(lines),
    )


def _whole(prices: PriceList, standard: Standard) -> None:
    data, problems = write_document(Kind.PRICE_LIST, prices, standard, TO)
    (found,), stated = read_document(data, Kind.PRICE_LIST, standard)
    assert differences(prices, found) == [] and problems == [] and stated == []


@pytest.mark.parametrize("standard", [Standard.X12, Standard.EDIFACT])
@CAREFUL
@given(prices=_lists(3))
def test_a_price_list_comes_back_whole(standard: Standard, prices: PriceList) -> None:
    """832 and PRICAT carry every field, and prices from quantities on."""
    _whole(prices, standard)


@CAREFUL
@given(prices=_lists(0), extra=MAYBE)
def test_a_catalogue_comes_back_whole(prices: PriceList, extra: str) -> None:
    """CIF carries one price an item; a line of its own number too."""
    first = msgspec.structs.replace(prices.lines[0], line=f"7{extra}", classification="42295500")
    _whole(msgspec.structs.replace(prices, lines=(first, *prices.lines[1:])), Standard.CIF)


@pytest.mark.parametrize("source", [Standard.X12, Standard.EDIFACT, Standard.CIF])
@pytest.mark.parametrize("target", [Standard.X12, Standard.EDIFACT, Standard.CIF])
def test_every_pair_converts_prices(source: Standard, target: Standard) -> None:
    """From any of the three to any other, without loss; the standard is seen in the content."""
    data, _ = write_document(Kind.PRICE_LIST, PRICES, source, TO)
    assert standard_of(data) is source and kind_of(data, source) is Kind.PRICE_LIST
    made = convert(data, None, target, TO)
    assert made.problems == ()
    assert read_document(made.data, Kind.PRICE_LIST, target) == ([PRICES], [])


def test_a_price_list_in_x12_by_hand() -> None:
    """Validity stands in DTM 196 and 197; CTP04 is the quantity from which a price holds."""
    data, _ = write_document(Kind.PRICE_LIST, TIERED, "x12", TO)
    body = data.decode("ascii")
    assert "BCT*PC*PL1********00~DTM*196*20270101~DTM*197*20271231~CUR*SE*EUR~" in body
    assert "LIN*1*IN*ITM-100200*UK*09520000000017*VC*KF-1~PID*F****SYNTH CAGE~" in body
    assert "CTP**CON*12.50*1*BX~" in body
    assert "LIN*2*VC*KF-2~CTP**CON*0.0375*1*EA~CTP**CON*0.03*100*EA~CTT*2~" in body


def test_a_price_list_in_edifact_by_hand() -> None:
    """The lines stand in a group that says that there is none; RNG is the range of quantities."""
    data, _ = write_document(Kind.PRICE_LIST, TIERED, "edifact", TO)
    body = data.decode("latin-1")
    assert "BGM+9+PL1+9'DTM+137:20270104:102'DTM+194:20270101:102'DTM+206:20271231:102'" in body
    assert "NAD+SU+SYNTHO::92'CUX+2:EUR:8'PGI+9'" in body
    assert "LIN+1++09520000000017:SRV'PIA+5+KF-1:SA'PIA+1+ITM-100200:IN'" in body
    assert "IMD+F++:::SYNTH CAGE'PRI+AAA:12.50:::1:XBX'" in body
    assert "PRI+AAA:0.0375:::1:EA'PRI+AAA:0.03:::1:EA'RNG+4+EA:100'" in body


def test_a_price_list_in_cif_by_hand() -> None:
    """The number stands in COMMENTS, what CIF has no field for in Parametric Data."""
    data, _ = write_document(Kind.PRICE_LIST, PRICES, "cif", TO)
    lines = data.decode("utf-8").splitlines()
    assert lines[0] == "CIF_I_V3.0"
    assert {"CURRENCY: EUR", "ITEMCOUNT: 2", "UNUOM: TRUE", "COMMENTS: Price list PL1"} <= set(
        lines
    )
    assert lines[-3:] == [
        "SYNTHO,KF-1,,SYNTH CAGE,unclassified,12.50,XBX,,,,,,EUR,2027-01-01,2027-12-31,,"
        "price-line,{GTIN=09520000000017;ITEM=ITM-100200;}",
        "SYNTHO,KF-2,,KF-2,unclassified,0.0375,EA,,,,,,EUR,2027-01-01,2027-12-31,,,",
        "ENDOFDATA",
    ]


def test_a_classification_is_lost_outside_of_catalogues() -> None:
    """832 and PRICAT have no place for it that is agreed on."""
    line = msgspec.structs.replace(PRICES.lines[0], classification="42295500")
    prices = msgspec.structs.replace(PRICES, lines=(line,))
    for standard in ("x12", "edifact"):
        _, problems = write_document(Kind.PRICE_LIST, prices, standard, TO)
        assert [one.path for one in problems] == ["lines[0].classification"]
    data, problems = write_document(Kind.PRICE_LIST, prices, "cif", TO)
    assert problems == [] and b"CODEFORMAT: UNSPSC\n" in data


def _changed(standard: str, was: str, becomes: str) -> bytes:
    data, _ = write_document(Kind.PRICE_LIST, PRICES if standard == "cif" else TIERED, standard, TO)
    changed = data.replace(was.encode(), becomes.encode())
    assert changed != data
    return changed


@pytest.mark.parametrize(
    ("standard", "was", "becomes", "path"),
    [
        ("x12", "CTP**CON*0.03*100", "CTP**LPR*15*100", "CTP[12]"),
        ("x12", "CTP**CON*0.0375", "CTP**MSR*15*1*EA~CTP**CON*0.0375", "CTP[11]"),
        ("x12", "CTP**CON*0.03*100", "CTP**CON*15*1", "CTP[12]"),
        ("edifact", "PRI+AAA:0.03:", "PRI+AAB:0.03:", "PRI[3]"),
        ("edifact", "RNG+4+EA:100'", "RNG+4+EA:100:500'", "RNG[1]-2.3"),
        ("edifact", "PGI+9'", "PGI+7'", "PGI[1]-1"),
        ("edifact", "PRI+AAA:12.50:::", "PRI+AAA:12.50:PE::", "PRI[1]-1.3"),
        ("edifact", "PGI+9'", "PGI+9'PRI+AAA:1'", "PRI[1]"),
        ("cif", ",12.50,XBX,,", ",12.50,XBX,14,", "line 12/lead_time_days"),
        ("cif", "ITEM=", "SIZE=", "line 12/Parametric Data"),
        ("cif", "unclassified,12", "X,12", "line 12/classification"),
    ],
)
def test_what_a_price_list_says_besides_is_stated(
    standard: str, was: str, becomes: str, path: str
) -> None:
    """No price is chosen: what is not read is named, and the rest stays."""
    (found,), problems = read_document(_changed(standard, was, becomes), Kind.PRICE_LIST, standard)
    stated = [one.path for one in problems if one.code == "supply.not-read"]
    assert path in stated
    assert [line.unit_price for line in found.lines[:2]] == [Decimal("12.50"), Decimal("0.0375")]


@pytest.mark.parametrize(
    ("standard", "was", "becomes"),
    [
        ("x12", "CTP**CON*12.50*1*BX~", "CTP**CON*12.50*1*BX*SEL*0.9~"),
        ("x12", "CTP**CON*12.50*1*BX~", "CTP**CON*12.50*1*BX****HP~"),
        ("x12", "CTP**CON*12.50*1*BX~", "CTP**CON*12.50*1*BX~CUR*SE*USD~"),
        ("x12", "CTP**CON*12.50*1*BX~", ""),
        ("x12", "CTP**CON*12.50*1*BX~", "CTP**MSR*12.50*1*BX~"),
        ("edifact", "PRI+AAA:12.50:::1:XBX'", "PRI+AAA:12.50::SRP:1:XBX'"),
        ("edifact", "PRI+AAA:12.50:::1:XBX'", "PRI+AAA:12.50:::100:XBX'"),
        ("edifact", "PRI+AAA:12.50:::1:XBX'", "PRI+AAA:12.50:::1:XBX'CUX+2:USD:8'"),
        ("edifact", "PRI+AAA:12.50:::1:XBX'", "CUX+2:USD:8'PRI+AAA:12.50:::1:XBX'"),
        ("edifact", "PRI+AAA:12.50:::1:XBX'", "PRI+AAA:12.50:::1:XBX'RNG+4+EA:5'"),
        ("edifact", "PRI+AAA:12.50:::1:XBX'", "PRI+CAL:12.50:::1:XBX'"),
    ],
)
def test_a_price_of_another_kind_leaves_its_line_out(standard: str, was: str, becomes: str) -> None:
    """A multiplier, another basis or currency is another price: it is not read as this one."""
    (found,), problems = read_document(_changed(standard, was, becomes), Kind.PRICE_LIST, standard)
    assert [line.line for line in found.lines] == ["2", "2"]
    assert "supply.unreadable" in [one.code for one in problems]


def test_prices_of_d96a_are_read() -> None:
    """Several groups are one list; a price's own date is stated."""
    data = (
        b"UNB+UNOC:3+SYNTHSUP:14+SYNTHHOSP:14+270108:0900+R1'"
        b"UNH+1+PRICAT:D:96A:UN'BGM+9+CAT1+9'DTM+137:20270101:102'NAD+SU+9521009000019::9'"
        b"CUX+2:EUR'PGI+9'LIN+1++09521001001014:EN'PRI+AAA:1450.00:CT::1:PCE'"
        b"DTM+194:20270101:102'PGI+9'LIN+2++KF-2:SA'PRI+AAA:5'UNT+12+1'UNZ+1+R1'"
    )
    (found,), problems = read_document(data, Kind.PRICE_LIST, "edifact")
    first, second = found.lines
    assert (found.number, found.currency, first.gtin) == ("CAT1", "EUR", "09521001001014")
    assert (first.unit_price, second.catalog_no) == (Decimal("1450.00"), "KF-2")
    assert [one.path for one in problems if one.code == "supply.not-read"] == ["DTM[2]"]


@pytest.mark.parametrize(
    ("standard", "was"),
    [("x12", "CUR*SE*EUR~"), ("edifact", "CUX+2:EUR:8'"), ("cif", "CURRENCY: EUR\n")],
)
def test_a_list_that_says_no_currency_is_stated(standard: str, was: str) -> None:
    """Dollars are not taken for granted."""
    data = _changed(standard, was, "").replace(b",EUR,", b",,")
    (found,), problems = read_document(data, Kind.PRICE_LIST, standard)
    assert found.currency == "USD"
    assert "supply.missing" in [one.code for one in problems]


def test_an_item_that_is_deleted_is_not_priced() -> None:
    """It is named instead."""
    data = _changed("edifact", "LIN+1++", "LIN+1+2+")
    (found,), problems = read_document(data, Kind.PRICE_LIST, "edifact")
    assert len(found.lines) == 2 and "LIN[1]-2" in [one.path for one in problems]
    data = _changed("cif", "2027-12-31,,price-line", "2027-12-31,T,price-line")
    (found,), problems = read_document(data, Kind.PRICE_LIST, "cif")
    assert len(found.lines) == 1 and "line 12/Delete" in [one.path for one in problems]


@pytest.mark.parametrize(
    ("standard", "was", "becomes"),
    [
        ("x12", "********00~", "********04~"),
        ("edifact", "+PL1+9'", "+PL1+4'"),
        ("cif", "LOADMODE: F", "LOADMODE: I"),
    ],
)
def test_a_change_of_a_price_list_is_not_read(standard: str, was: str, becomes: str) -> None:
    """It says less than a price list does."""
    found, problems = read_document(_changed(standard, was, becomes), Kind.PRICE_LIST, standard)
    assert found == [] and "supply.not-read" in [one.code for one in problems]


def test_a_catalogue_of_several_suppliers_is_several_lists() -> None:
    """Supplier, currency and validity are those of a row; a list has one of each."""
    data = _changed("cif", "SYNTHO,KF-2", "OTHER,KF-2").replace(b"COMMENTS: Price list PL1\n", b"")
    found, problems = read_document(data, Kind.PRICE_LIST, "cif")
    assert [one.supplier for one in found] == ["SYNTHO", "OTHER"]
    assert {one.number for one in found} == {"20270104140500"}
    assert [one.code for one in problems] == ["supply.missing"]
    made = convert_all(data, None, "x12", TO)
    assert len(made) == 2 and b"*VC*KF-2~" in made[1].data


@pytest.mark.parametrize(
    ("standard", "changes", "code"),
    [
        ("x12", {"catalog_no": ""}, "supply.missing"),
        ("edifact", {"catalog_no": ""}, "supply.missing"),
        ("cif", {"catalog_no": "", "item": "ITM-1"}, "supply.missing"),
        ("cif", {"from_quantity": Fraction(5)}, "supply.changed"),
        ("cif", {"item": "A;B"}, "supply.changed"),
        ("x12", {"from_quantity": Fraction(1, 3)}, "x12.element-number"),
        ("edifact", {"from_quantity": Fraction(1, 3)}, "edifact.element-number"),
    ],
)
def test_a_line_that_cannot_be_carried_is_refused(
    standard: str, changes: dict[str, Any], code: str
) -> None:
    """A price of nothing is not written, nor one that would read as another."""
    line = msgspec.structs.replace(PRICES.lines[1], **changes)
    prices = msgspec.structs.replace(PRICES, lines=(line,))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.PRICE_LIST, prices, standard, TO)
    assert refused.value.code == code


@pytest.mark.parametrize("standard", ["x12", "edifact", "cif"])
def test_two_prices_from_the_same_quantity_on_are_refused(standard: str) -> None:
    """Nobody could say which one counts; and cXML has no price list."""
    twice = msgspec.structs.replace(PRICES, lines=(PRICES.lines[0], PRICES.lines[0]))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.PRICE_LIST, twice, standard, TO)
    assert refused.value.code == "supply.changed"
    with pytest.raises(RefusalError, match="X12 832, EDIFACT PRICAT, CIF catalogue"):
        write_document(Kind.PRICE_LIST, PRICES, "cxml", TO)
