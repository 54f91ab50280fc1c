"""Typed views: every value of an example by hand, any value by Hypothesis, no view ever raises."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_x12_sets import EXAMPLES

from suture.core.problem import Problem
from suture.formats.x12 import Envelope, TransactionSet, compose, implied_text, parse, view
from suture.formats.x12.view import (
    Adjustment,
    Advice,
    Answer,
    Catalog,
    Change,
    Invoice,
    PurchaseOrder,
    ReceivingAdvice,
    Remittance,
    Shipment,
    Stock,
    Transfer,
)


def received(set_id: str, *segments: str | list[str | list[str]]) -> TransactionSet:
    """Return one transaction set, written and read."""
    envelope = Envelope(
        set_id=set_id,
        sender="SYNTHSUP",
        receiver="SYNTHBUYER",
        interchange_control=1,
        group_control=1,
        at=datetime(2027, 1, 12, tzinfo=UTC),
    )
    body = [text.split("*") if isinstance(text, str) else text for text in segments]
    return parse(compose(envelope, [body]))[0].sets[0]


def sound(kind: type[Any], set_id: str, *segments: str | list[str | list[str]]) -> Any:
    """Return the view of a set in which everything can be read."""
    found, problems = view(received(set_id, *segments))
    assert isinstance(found, kind) and problems == []
    return found


def plain(value: Any) -> Any:
    """Return a part of a view as tuples, for comparison by eye."""
    if is_dataclass(value):
        return tuple(plain(getattr(value, f.name)) for f in fields(value))
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


PARTY = ["N1*ST*SYNTH DOCK*UL*9521000001022", "N3*1 SYNTH ROAD*GATE 2", "N4*SYNTH*NY*10001*US"]


def test_an_order() -> None:
    """850: heading, party, line."""
    found = sound(
        PurchaseOrder,
        "850",
        *("BEG*00*RO*PO1*R1*20270108", "CUR*BY*USD", "REF*CT*CTR-1", "SAC*C*D240***1250"),
        *("DTM*002*20270110*0830", *PARTY, "PO1*1*12*EA*14.50*CT*UK*09521001001014*VC*KF-1"),
        *("PID*F****SYNTH KNEE", "REF*CO*DMD-1", "CTT*1"),
    )
    assert (found.purpose, found.kind, found.number, found.release) == ("00", "RO", "PO1", "R1")
    assert (found.day, found.currency, found.line_count) == (date(2027, 1, 8), "USD", 1)
    assert plain(found.references) == (("CT", "CTR-1", ""),)
    assert plain(found.dates) == (("002", date(2027, 1, 10), time(8, 30)),)
    assert plain(found.charges) == ((True, "D240", Decimal("12.50"), ""),)
    (party,) = found.parties
    assert party.gln == "9521000001022"
    assert party.street == ("1 SYNTH ROAD", "GATE 2")
    assert (party.city, party.state, party.postal_code, party.country) == (
        *("SYNTH", "NY", "10001", "US"),
    )
    (line,) = found.lines
    assert (line.line, line.quantity, line.unit) == ("1", Fraction(12), "EA")
    assert (line.price, line.price_basis) == (Decimal("14.50"), "CT")
    assert line.products == {"UK": "09521001001014", "VC": "KF-1"}
    assert line.descriptions == ("SYNTH KNEE",)


def test_an_answer_and_its_parts() -> None:
    """855: a line may have several answers, each with its dates."""
    found = sound(
        Answer,
        "855",
        *("BAK*00*AC*PO1*20270108****SO9*20270109", "PO1*1*10*EA*5"),
        *("ACK*IA*6*EA*069*20270110", "ACK*IB*4*EA", "DTM*068*20270120"),
    )
    assert (found.header, found.number, found.supplier_order) == ("AC", "PO1", "SO9")
    assert (found.ordered, found.answered) == (date(2027, 1, 8), date(2027, 1, 9))
    first, second = found.lines[0].answers
    assert (first.code, first.quantity) == ("IA", Fraction(6))
    assert plain(first.dates) == (("069", date(2027, 1, 10), None),)
    assert plain(second.dates) == (("068", date(2027, 1, 20), None),)


def test_a_change_and_its_answer() -> None:
    """860 and 865: POC05 is a composite of unit and factors."""
    line: list[str | list[str]] = ["POC", "1", "QD", "4", "6", ["EA"], "5", "", "VC", "KF-1"]
    found = sound(Change, "860", "BCH*04*SA*PO1**2*20270108", line)
    assert (found.number, found.sequence, found.day) == ("PO1", "2", date(2027, 1, 8))
    (asked,) = found.lines
    assert (asked.change, asked.quantity, asked.left, asked.unit) == ("QD", 4, 6, "EA")
    assert (asked.price, asked.products) == (Decimal(5), {"VC": "KF-1"})
    answered = sound(Answer, "865", "BCA*04*AC*PO1**2*20270108", line, "ACK*IA*4*EA")
    assert (answered.is_change, answered.sequence) == (True, "2")
    assert answered.lines[0].answers[0].code == "IA"


def test_a_shipment_is_a_tree() -> None:
    """856: shipment, order, pack, item; each level with its own values."""
    found = sound(
        Shipment,
        "856",
        *("BSN*00*SH1*20270109*0915*0001", "HL*1**S", "TD5**2*SYNC", "REF*CN*TRK1"),
        *("DTM*011*20270109", "HL*2*1*O", "PRF*PO1***20270108", "HL*3*2*P", "MAN*GM*00195210000"),
        *("HL*4*3*I", "LIN*1*UK*09521001001014*LT*L1", "SN1**2*EA", "DTM*036*20280101", "CTT*4"),
    )
    (top,) = found.levels
    assert [(one.kind, one.id) for one in found.walk()] == [*zip("SOPI", "1234", strict=True)]
    assert (top.carrier, plain(top.references)) == ("SYNC", (("CN", "TRK1", ""),))
    order = top.below[0]
    assert (order.order_number, order.ordered) == ("PO1", date(2027, 1, 8))
    assert order.below[0].marks == (("GM", "00195210000"),)
    item = order.below[0].below[0]
    assert (item.products["LT"], item.quantity, item.unit) == ("L1", Fraction(2), "EA")
    assert found.at == time(9, 15)


def test_broken_links_of_a_shipment_are_told() -> None:
    """Orphans, doubles and circles: every level is in the view once."""
    levels = ["HL*1**S", "HL*2*9*O", "HL*1*1*I", "HL*4*4*I", "HL*5*6*O", "HL*6*5*I"]
    found, problems = view(received("856", "BSN*00*SH1*20270109*0915", *levels))
    assert isinstance(found, Shipment)
    assert len(list(found.walk())) == 6
    assert [(p.code, p.path) for p in problems] == [
        ("x12.hierarchy", "HL[4]-2"),
        ("x12.hierarchy", "HL[5]-1"),
        ("x12.hierarchy", "HL[6]-2"),
        ("x12.hierarchy", "HL[7]-2"),
    ]


def test_ten_thousand_levels_deep() -> None:
    """Depth costs no recursion."""
    levels = [f"HL*{n}*{n - 1 or ''}*I" for n in range(1, 10_001)]
    found, problems = view(received("856", "BSN*00*SH1*20270109*0915", *levels))
    assert isinstance(found, Shipment) and problems == []
    assert sum(1 for _ in found.walk()) == 10_000


def test_an_invoice() -> None:
    """810: totals have two implied decimals, taxes do not."""
    found = sound(
        Invoice,
        "810",
        *("BIG*20270112*INV1*20270108*PO1***CR", "CUR*SE*USD", "IT1*1*2*EA*14.505**UK*0952"),
        *("TXI*ST*2.9", "SAC*A*C310***100", "TDS*2591", "TXI*ST*2.9", "SAC*C*D240***1000", "CTT*1"),
    )
    assert (found.number, found.order_number, found.is_credit) == ("INV1", "PO1", True)
    assert (found.total, found.taxes) == (Decimal("25.91"), (Decimal("2.9"),))
    assert plain(found.charges) == ((True, "D240", Decimal("10.00"), ""),)
    (line,) = found.lines
    assert (line.price, line.taxes) == (Decimal("14.505"), (Decimal("2.9"),))
    assert plain(line.charges) == ((False, "C310", Decimal("1.00"), ""),)


def example(kind: type[Any], set_id: str) -> Any:
    """Return the view of the sound example of a set."""
    return sound(kind, set_id, *EXAMPLES[set_id].split("|"))


def test_an_adjustment() -> None:
    """812."""
    found = example(Adjustment, "812")
    assert (found.number, found.amount, found.is_credit) == ("CM1", Decimal("12.50"), True)
    assert (found.invoice_number, found.order_number) == ("INV1", "PO1")
    (line,) = found.lines
    assert (line.amount, line.quantity, line.unit) == (Decimal("12.50"), Fraction(1), "EA")
    assert (line.price, line.products) == (Decimal("12.5"), {"UK": "09521001001014"})


def test_a_remittance() -> None:
    """820."""
    found = example(Remittance, "820")
    assert (found.handling, found.amount, found.is_credit) == ("C", Decimal(125), True)
    assert (found.method, found.day, found.trace) == ("ACH", date(2027, 1, 15), "PAY1")
    (item,) = found.items
    assert (item.qualifier, item.number) == ("IV", "INV1")
    assert (item.paid, item.invoiced) == (Decimal(125), Decimal(130))
    assert item.adjustments == ((Decimal(-5), "01"),)
    assert plain(item.references) == (("PO", "PO1", ""),)


def test_an_advice() -> None:
    """824."""
    found = example(Advice, "824")
    (one,) = found.sets
    assert (one.code, one.is_rejected, one.number) == ("TR", True, "INV1")
    assert (one.group_control, one.set_control, one.set_id) == ("1", "1", "810")
    assert plain(one.errors) == (("848", "SYNTH", "", None, None),)


def test_a_catalog() -> None:
    """832."""
    found = example(Catalog, "832")
    assert (found.purpose, found.number, found.currency) == ("PC", "CAT1", "USD")
    (line,) = found.lines
    assert (line.pack, line.descriptions) == (10, ("SYNTH KNEE",))
    (price,) = line.prices
    assert (price.qualifier, price.price, price.unit) == ("CON", Decimal("12.5"), "EA")
    assert plain(price.dates) == (("007", date(2027, 1, 1), None),)


def test_stock_receipt_and_transfer() -> None:
    """846, 861 and 867."""
    stock = example(Stock, "846")
    (count,) = stock.lines[0].quantities
    assert (count.qualifier, count.quantity, count.unit) == ("33", Fraction(12), "EA")
    assert plain(count.references) == (("LT", "LOT1", ""),)
    receipt = example(ReceivingAdvice, "861")
    (line,) = receipt.lines
    assert (receipt.order_number, line.received, line.returned) == ("PO1", 10, 2)
    assert line.conditions == ((Fraction(1), "EA", "01"),)
    transfer = example(Transfer, "867")
    (moved,) = transfer.lines
    assert (moved.kind, moved.reference.value, moved.quantity) == ("SS", "INV1", Fraction(5))
    assert moved.products == {"UK": "09521001001014", "LT": "LOT1"}
    assert moved.parties[0].role == "ST"


def test_what_cannot_be_read_is_none_with_its_place() -> None:
    """The rest of the view is there."""
    found, problems = view(
        received("850", "BEG*00*NE*PO1**20271399", "PO1*1*1E3*EA*free", "PO1*2*2*EA*1")
    )
    assert isinstance(found, PurchaseOrder)
    assert found.day is None and found.lines[0].quantity is None and found.lines[1].quantity == 2
    assert [(p.code, p.path) for p in problems] == [
        ("x12.element-date", "BEG[2]-5"),
        ("x12.element-number", "PO1[3]-2"),
        ("x12.element-number", "PO1[3]-4"),
    ]


def test_sets_without_view_or_beginning() -> None:
    """Said, not raised."""
    found, problems = view(received("845", *EXAMPLES["845"].split("|")))
    assert found is None and [p.code for p in problems] == ["x12.set-unread"]
    found, problems = view(received("810", "TDS*1"))
    assert found is None and [p.code for p in problems] == ["x12.segment-missing"]


def test_the_repr_of_a_view_shows_no_value() -> None:
    """Views stand in logs and traces."""
    found = example(Stock, "846")
    assert "LOT1" not in repr(found) and "SYNTH" not in repr(found.parties)


ID = st.text("ABCXYZ0189-", min_size=1, max_size=12)
QUANTITY = st.integers(0, 10**9).map(lambda n: Fraction(n, 100))
MONEY = st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-2))
DAY = st.dates(date(1970, 1, 1), date(2999, 12, 31))
LINES = st.lists(st.tuples(ID, QUANTITY, MONEY, ID), min_size=1, max_size=4)


def number(value: Fraction) -> str:
    """Return a quantity as R writes it."""
    return str(Decimal(value.numerator) / Decimal(value.denominator))


def day8(value: date) -> str:
    """Return CCYYMMDD."""
    return f"{value.year:04}{value.month:02}{value.day:02}"


@given(ID, DAY, LINES)
def test_orders_and_answers_keep_what_they_are_given(
    name: str, day: date, lines: list[Any]
) -> None:
    """850, 855, 860, 865: numbers, dates and lines come back."""
    when = day8(day)
    items = [f"{n}*{number(q)}*EA*{p}*CT*VC*{v}" for n, q, p, v in lines]
    pocs: list[list[str | list[str]]] = [
        ["POC", n, "QI", number(q), "", ["EA"], str(p), "CT", "VC", v] for n, q, p, v in lines
    ]
    expected = [(n, q, "EA", p, {"VC": v}) for n, q, p, v in lines]
    views = [
        sound(PurchaseOrder, "850", f"BEG*00*NE*{name}**{when}", *(f"PO1*{i}" for i in items)),
        sound(Answer, "855", f"BAK*00*AD*{name}*{when}", *(f"PO1*{i}" for i in items)),
        sound(Change, "860", f"BCH*04*NE*{name}***{when}", *pocs),
        sound(Answer, "865", f"BCA*04*AC*{name}***{when}", *pocs),
    ]
    for found in views:
        assert found.number == name
        assert (found.ordered if isinstance(found, Answer) else found.day) == day
        assert [(o.line, o.quantity, o.unit, o.price, o.products) for o in found.lines] == expected


@given(ID, DAY, LINES, MONEY)
def test_money_documents_keep_their_cents(
    name: str, day: date, lines: list[Any], total: Decimal
) -> None:
    """810, 812, 820: implied and written decimals come back exactly."""
    when, cents = day8(day), implied_text(total, 2)
    items = [f"IT1*{n}*{number(q)}*EA*{p}**VC*{v}" for n, q, p, v in lines]
    bill = sound(Invoice, "810", f"BIG*{when}*{name}", *items, f"TDS*{cents}")
    assert (bill.number, bill.day, bill.total) == (name, day, total)
    assert [(o.line, o.quantity, o.price) for o in bill.lines] == [
        (n, q, p) for n, q, p, _ in lines
    ]
    items = [f"CDD*01*D*{n}*{implied_text(p, 2)}***{number(q)}*EA" for n, q, p, _ in lines]
    note = sound(Adjustment, "812", f"BCD*{when}*{name}*M*{cents}*D", "N1*SU*SYNTH", *items)
    assert (note.amount, note.is_credit) == (total, False)
    assert [(o.line, o.amount, o.quantity) for o in note.lines] == [
        (n, p, q) for n, q, p, _ in lines
    ]
    items = [f"RMR*IV*{n}**{p}" for n, _, p, _ in lines]
    paid = sound(Remittance, "820", f"BPR*I*{total}*C*ACH", "ENT*1", *items)
    assert paid.amount == total
    assert [(o.number, o.paid) for o in paid.items] == [(n, p) for n, _, p, _ in lines]


@given(ID, DAY, LINES)
def test_goods_documents_keep_their_quantities(name: str, day: date, lines: list[Any]) -> None:
    """856, 846, 861, 867, 832, 824: quantities, ids and dates come back."""
    when = day8(day)
    expected = [(q, {"VC": v}) for _, q, _, v in lines]
    levels = [
        text
        for place, (n, q, _, v) in enumerate(lines, start=2)
        for text in (f"HL*{place}*1*I", f"LIN*{n}*VC*{v}", f"SN1**{number(q)}*EA")
    ]
    shipped = sound(Shipment, "856", f"BSN*00*{name}00*{when}*0900", "HL*1**S", *levels)
    assert shipped.day == day
    assert [(o.quantity, o.products) for o in shipped.levels[0].below] == expected
    items = [t for n, q, _, v in lines for t in (f"LIN*{n}*VC*{v}", f"QTY*33*{number(q)}")]
    kept = sound(Stock, "846", f"BIA*00*SI*{name}*{when}", *items)
    assert [(o.quantities[0].quantity, o.products) for o in kept.lines] == expected
    items = [t for n, q, _, v in lines for t in (f"RCD*{n}*{number(q)}*EA", f"LIN**VC*{v}")]
    got = sound(ReceivingAdvice, "861", f"BRA*{name}*{when}*00*1", f"DTM*050*{when}", *items)
    assert [(o.received, o.products) for o in got.lines] == expected
    items = [t for _, q, _, v in lines for t in (f"QTY*32*{number(q)}", f"LIN**VC*{v}")]
    moved = sound(Transfer, "867", f"BPT*00*{name}*{when}", "PTD*SS", *items)
    assert [(o.quantity, o.products) for o in moved.lines] == expected
    items = [t for n, _, p, v in lines for t in (f"LIN*{n}*VC*{v}", f"CTP**CON*{p}")]
    prices = sound(Catalog, "832", f"BCT*PC*{name}", *items)
    assert [o.prices[0].price for o in prices.lines] == [p for _, _, p, _ in lines]
    said = sound(Advice, "824", f"BGN*00*{name}*{when}", *(f"OTI*TA*IV*{n}" for n, *_ in lines))
    assert [o.number for o in said.sets] == [n for n, *_ in lines]


NOISE = st.lists(
    st.lists(st.text("AB0189.-*:^E ", max_size=9), max_size=8).map("*".join), max_size=12
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([*sorted(EXAMPLES), "850", "855", "856", "860", "865", "810"]),
    st.data(),
    NOISE,
)
def test_no_view_raises(set_id: str, data: st.DataObject, noise: list[str]) -> None:
    """Whatever stands in the segments, in whatever order."""
    base = EXAMPLES.get(set_id, "BEG|BAK|BSN|BCH|BCA|BIG|PO1*1*x|POC|ACK|HL*1*1|IT1|TDS*x").split(
        "|"
    )
    body = data.draw(
        st.permutations([*base, *(f"{b[:3]}*{n}" for b, n in zip(base, noise, strict=False))])
    )
    text = "~".join([f"ST*{set_id}*0001", *body, "SE*1*0001", "GE*1*1", "IEA*1*000000001", ""])
    head = compose_head()
    one, _ = parse(head + text.encode())
    for found in one.sets:
        _, problems = view(found)
        assert all(isinstance(problem, Problem) for problem in problems)


def compose_head() -> bytes:
    """Return ISA and GS."""
    envelope = Envelope(
        set_id="850",
        sender="SYNTHSUP",
        receiver="SYNTHBUYER",
        interchange_control=1,
        group_control=1,
        at=datetime(2027, 1, 12, tzinfo=UTC),
    )
    whole = compose(envelope, [[["BEG"]]])
    return whole[: whole.index(b"ST*")]


@pytest.mark.parametrize("set_id", sorted(EXAMPLES))
def test_every_example_can_be_viewed_or_is_passed_on(set_id: str) -> None:
    """Only sets without a view are left."""
    found, _ = view(received(set_id, *EXAMPLES[set_id].split("|")))
    assert (found is None) == (set_id in ("180", "844", "845", "849"))
