"""Ship notices and invoices through the standards: what comes back, what is named or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from generated_orders import CURRENCIES, DAYS, GLNS, GTINS, MAYBE, NUMBERS, QUANTITIES
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import Kind, Standard, convert, read_document, write_document
from suture.documents.partner import Addressing
from suture.documents.supply import (
    Invoice,
    InvoiceLine,
    Lot,
    ReceiptAdvice,
    ShipNotice,
    ShippedLine,
)

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHSUP", receiver="SYNTHHOSP", control=7, at=AT)
CAREFUL = settings(max_examples=40, deadline=None)
BOTH = pytest.mark.parametrize("standard", [Standard.X12, Standard.EDIFACT])

LOTS = st.builds(
    Lot, quantity=QUANTITIES, lot=NUMBERS, serial=MAYBE, expiry=st.one_of(st.none(), DAYS)
)


def _shipped(number: int) -> st.SearchStrategy[ShippedLine]:
    return st.builds(
        lambda extra, lots, po_number, gtin, catalog_no: ShippedLine(
            po_number=po_number,
            line=str(number),
            quantity=sum((lot.quantity for lot in lots), Fraction(0)) + extra,
            uom="BX",
            lots=tuple(lots),
            gtin=gtin,
            catalog_no=catalog_no,
        ),
        extra=QUANTITIES,
        lots=st.lists(LOTS, max_size=3),
        po_number=st.sampled_from(("PO7", "PO8")),
        gtin=st.one_of(st.just(""), GTINS),
        catalog_no=MAYBE,
    )


NOTICES = st.builds(
    ShipNotice,
    shipment=NUMBERS,
    supplier=NUMBERS,
    lines=st.integers(0, 4).flatmap(
        lambda count: st.tuples(*(_shipped(n) for n in range(1, count + 1)))
    ),
    shipped=st.one_of(st.none(), DAYS),
    expected=st.one_of(st.none(), DAYS),
    sscc=st.lists(
        st.integers(0, 999).map(lambda n: f"0095200000{n:08}"), max_size=3, unique=True
    ).map(tuple),
    tracking=MAYBE,
    is_cancel=st.booleans(),
)
CENTS = st.decimals(0, 999999, places=2).map(lambda amount: abs(Decimal(amount)))


def _billed(number: int) -> st.SearchStrategy[InvoiceLine]:
    return st.builds(
        InvoiceLine,
        line=st.just(str(number)),
        po_line=st.just(str(number + 1)),
        quantity=QUANTITIES,
        uom=st.just("EA"),
        unit_price=CENTS,
        item=MAYBE,
        gtin=st.one_of(st.just(""), GTINS),
        catalog_no=MAYBE,
    )


INVOICES = st.builds(
    Invoice,
    invoice_no=NUMBERS,
    supplier=NUMBERS,
    invoice_date=DAYS,
    po_number=NUMBERS,
    lines=st.integers(1, 4).flatmap(
        lambda count: st.tuples(*(_billed(n) for n in range(1, count + 1)))
    ),
    total=CENTS,
    currency=CURRENCIES,
    kind=st.sampled_from(("standard", "credit")),
    charges=CENTS,
    tax=CENTS,
    contract=MAYBE,
    remit_to_gln=GLNS,
)


def _whole(kind: Kind, document: msgspec.Struct, standard: Standard) -> None:
    data, problems = write_document(kind, document, standard, TO)
    (found,), stated = read_document(data, kind, standard)
    assert differences(document, found) == [] and problems == [] and stated == []


@BOTH
@CAREFUL
@given(notice=NOTICES)
def test_a_ship_notice_comes_back_whole(standard: Standard, notice: ShipNotice) -> None:
    """856 and DESADV carry every field, lots of one line included."""
    _whole(Kind.SHIP_NOTICE, notice, standard)


@BOTH
@CAREFUL
@given(invoice=INVOICES)
def test_an_invoice_comes_back_whole(standard: Standard, invoice: Invoice) -> None:
    """810 and INVOIC carry every field, and say which is a credit."""
    _whole(Kind.INVOICE, invoice, standard)


NOTICE = ShipNotice(
    shipment="S1",
    supplier="SYNTHO",
    lines=(
        ShippedLine(
            po_number="PO7",
            line="1",
            quantity=Fraction(3),
            uom="EA",
            lots=(Lot(quantity=Fraction(2), lot="L7", expiry=date(2028, 1, 31)),),
            gtin="09520000000017",
        ),
    ),
    shipped=date(2027, 1, 5),
    sscc=("009520000000000017",),
)
INVOICE = Invoice(
    invoice_no="INV1",
    supplier="SYNTHO",
    invoice_date=date(2027, 1, 12),
    po_number="PO7",
    lines=(
        InvoiceLine(
            line="1", po_line="1", quantity=Fraction(2), uom="EA", unit_price=Decimal("12.50")
        ),
    ),
    total=Decimal("27.00"),
    tax=Decimal("2.00"),
    kind="credit",
)


def test_a_ship_notice_by_hand() -> None:
    """The places are those of the specification (2.0.8)."""
    data, _ = write_document(Kind.SHIP_NOTICE, NOTICE, "x12", TO)
    made = convert(data, None, "edifact", TO)
    assert made.problems == ()
    body = made.data.decode("latin-1")
    assert "LIN+1++09520000000017:SRV'QTY+12:3:EA'RFF+ON:PO7:1'" in body
    assert "PCI+36E'DTM+361:20280131:102'QTY+12:2'GIN+BX+L7'" in body


def test_an_invoice_by_hand() -> None:
    """A credit is 381, its amounts stand in MOA."""
    data, _ = write_document(Kind.INVOICE, INVOICE, "x12", TO)
    made = convert(data, None, "edifact", TO)
    assert made.problems == () and made.kind is Kind.INVOICE
    assert b"BGM+381+INV1+9'" in made.data
    assert b"MOA+77:27.00'MOA+124:2.00'" in made.data


@BOTH
def test_lots_of_more_than_the_line_are_refused(standard: Standard) -> None:
    """What was not sent is not traced."""
    (line,) = NOTICE.lines
    notice = msgspec.structs.replace(
        NOTICE, lines=(msgspec.structs.replace(line, quantity=Fraction(1)),)
    )
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.SHIP_NOTICE, notice, standard, TO)
    assert refused.value.code == "supply.changed"


def test_a_total_of_three_decimals_is_refused_by_x12() -> None:
    """TDS has two decimals: nothing is rounded."""
    invoice = msgspec.structs.replace(INVOICE, total=Decimal("27.005"))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.INVOICE, invoice, "x12", TO)
    assert refused.value.code == "x12.element-number"
    assert write_document(Kind.INVOICE, invoice, "edifact", TO)[1] == []


def test_no_invoice_is_written_as_fhir() -> None:
    """The refusal lists what is possible."""
    with pytest.raises(RefusalError, match="X12 810, EDIFACT INVOIC"):
        write_document(Kind.INVOICE, INVOICE, "fhir", TO)


def received(*lots: Lot) -> ReceiptAdvice:
    """Return a receipt of two lines, the first with these lots."""
    line = ShippedLine(
        po_number="PO7",
        line="1",
        quantity=Fraction(5),
        uom="BX",
        lots=lots,
        gtin="09520000000017",
        catalog_no="KF-1",
    )
    other = ShippedLine(po_number="PO8", line="2", quantity=Fraction(1, 2), uom="EA")
    return ReceiptAdvice(
        receipt="R1",
        supplier="SYNTHO",
        received=date(2027, 1, 9),
        lines=(line, other),
        shipment="S1",
    )


FIRST = Lot(quantity=Fraction(2), lot="L7", expiry=date(2028, 1, 31))
SECOND = Lot(quantity=Fraction(1), serial="SN9", expiry=date(2029, 1, 31))


@pytest.mark.parametrize("standard", [Standard.X12, Standard.CXML, Standard.EDIFACT])
@pytest.mark.parametrize("lots", [(), (FIRST,)], ids=["untraced", "one lot"])
def test_a_receipt_comes_back_whole(standard: Standard, lots: tuple[Lot, ...]) -> None:
    """What was received, of which order line, in which lot."""
    _whole(Kind.RECEIPT_ADVICE, received(*lots), standard)


def test_a_receipt_of_several_lots_loses_their_expiry_in_edifact() -> None:
    """RECADV has no date below a mark; cXML has one on each Batch."""
    advice = received(FIRST, SECOND)
    _whole(Kind.RECEIPT_ADVICE, advice, Standard.CXML)
    data, _ = write_document(Kind.RECEIPT_ADVICE, advice, "cxml", TO)
    made = convert(data, None, "edifact", TO)
    assert [one.path for one in made.problems] == [
        "lines[0].lots[0].expiry",
        "lines[0].lots[1].expiry",
    ]


ADVICES = st.builds(
    ReceiptAdvice,
    receipt=NUMBERS,
    supplier=NUMBERS,
    received=DAYS,
    lines=st.integers(1, 4).flatmap(
        lambda count: st.tuples(*(_shipped(n) for n in range(1, count + 1)))
    ),
    shipment=MAYBE,
)


@CAREFUL
@given(advice=ADVICES)
def test_a_receipt_comes_back_but_for_what_is_named(advice: ReceiptAdvice) -> None:
    """RECADV gives the advice back, except at the paths of the problems."""
    data, problems = write_document(Kind.RECEIPT_ADVICE, advice, "edifact", TO)
    (found,), _ = read_document(data, Kind.RECEIPT_ADVICE, "edifact")
    assert {one.path for one in differences(advice, found)} == {one.path for one in problems}
    assert {one.path.rpartition(".")[2] for one in problems} <= {"expiry"}


@CAREFUL
@given(advice=ADVICES)
def test_a_receipt_comes_back_whole_from_x12(advice: ReceiptAdvice) -> None:
    """861 carries every field: each lot is a line of its own with its expiry."""
    _whole(Kind.RECEIPT_ADVICE, advice, Standard.X12)


def test_a_receipt_in_x12_by_hand() -> None:
    """A lot is an RCD, the rest of the line another; all name the order and its line."""
    data, problems = write_document(Kind.RECEIPT_ADVICE, received(FIRST), "x12", TO)
    body = data.decode("ascii")
    assert problems == [] and convert(data, None, "cxml", TO).problems == ()
    assert "BRA*R1*20270104*00*1~" in body and "DTM*050*20270109~" in body
    assert "REF*SI*S1~" in body and "N1*VN**92*SYNTHO~" in body
    row = "LIN**PL*1*UK*09520000000017*VC*KF-1"
    assert f"RCD*1*2*BX~{row}*LT*L7~DTM*036*20280131~PRF*PO7~" in body
    assert f"RCD*2*3*BX~{row}~PRF*PO7~" in body
    assert body.count("CTT*3~") == 1


@pytest.mark.parametrize(
    ("was", "becomes", "path"),
    [
        ("RCD*1*2*BX~", "RCD*1*2*BX*1*BX~", "RCD[6]-4"),
        ("RCD*1*2*BX~", "RCD*1*2*BX***1*BX*01~", "RCD[6]-8"),
        ("*VC*KF-1*LT", "*ZZ*KF-1*LT", "LIN[7]-2"),
        ("N1*VN**92*", "N1*VN**91*", "N1[5]"),
    ],
    ids=["sent back", "damaged", "other number", "other list"],
)
def test_what_an_861_says_besides_is_stated(was: str, becomes: str, path: str) -> None:
    """What was sent back is not received; a number of another list is not ours."""
    data, _ = write_document(Kind.RECEIPT_ADVICE, received(FIRST), "x12", TO)
    changed = data.replace(was.encode(), becomes.encode())
    assert changed != data
    (found,), problems = read_document(changed, Kind.RECEIPT_ADVICE, "x12")
    assert found.lines[0].quantity == 5
    stated = {one.path.partition(".")[0] for one in problems if one.code == "supply.not-read"}
    assert path in stated


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        ("*00*1~", "*01*1~", "supply.not-read"),
        ("BRA*R1*", "BRA**", "supply.unreadable"),
    ],
    ids=["withdrawn", "no number"],
)
def test_an_861_that_is_no_receipt_is_not_read(was: str, becomes: str, code: str) -> None:
    """A withdrawal is no receipt, and one without number cannot be told from another."""
    data, _ = write_document(Kind.RECEIPT_ADVICE, received(FIRST), "x12", TO)
    changed = data.replace(was.encode(), becomes.encode())
    assert changed != data
    found, problems = read_document(changed, Kind.RECEIPT_ADVICE, "x12")
    assert found == [] and code in [one.code for one in problems]
