"""Typed views: each business message gives exact values, and says what it could not read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from edifact_samples import EXAMPLES, ORDER, message, read, wrap

from suture.core.refusal import RefusalError
from suture.formats.edifact import (
    HeaderAnswer,
    LineAnswer,
    Moment,
    Period,
    line_answer,
    moment,
    number,
    quantity,
    read_application_answer,
    read_delivery,
    read_inventory,
    read_invoice,
    read_order,
    read_prices,
    read_remittance,
    read_sales,
)
from suture.formats.edifact.parts import (
    AmountLine,
    Dated,
    Identity,
    Measured,
    ProductId,
    UnitPrice,
    Variance,
)

EAST = timezone(-timedelta(hours=6))


def test_an_order_has_head_parties_and_lines() -> None:
    """Numbers are exact, local times are in the zone given, GLN are told from other ids."""
    found, problems = read_order(message(ORDER, "ORDERS"), zone=EAST)
    assert problems == []
    head = found.head
    assert (found.type, head.code, head.number, head.function) == ("ORDERS", "220", "PO7", "9")
    assert found.order_number == "PO7"
    assert head.date("137") == date(2027, 1, 8)
    assert head.date("2") == datetime(2027, 1, 10, 7, 30, tzinfo=EAST)
    assert head.date("64") is None
    assert (head.reference("CT"), head.reference("ON"), head.currency) == ("CTR-KNEE", "", "USD")
    buyer, supplier = head.party("BY"), head.party("SU")
    assert buyer is not None and buyer.gln == "9521000000001"
    assert [(r.qualifier, r.number) for r in buyer.references] == [("API", "D7")]
    assert supplier is not None
    assert (supplier.name, supplier.street) == ("SYNTHSUPPLY", "1 SYNTH ROAD")
    assert (supplier.city, supplier.postcode, supplier.country) == ("SYNTHTOWN", "123", "US")
    assert head.party("DP") is None
    first, second = found.lines
    assert (first.number, first.gtin) == ("1", "09521001001014")
    assert (first.product("SA"), first.product("IN", "BP")) == ("KF-5", "B-1")
    assert first.description == "SYNTH COMPONENT SIZE 5"
    assert first.quantity("21") == Measured("21", Fraction(2), "PCE")
    assert first.price() == UnitPrice("AAA", Decimal("1450.00"), Fraction(1), "PCE")
    assert first.amount("203") == Decimal(2900) and first.amount("66") is None
    reference = first.reference("ON")
    assert reference is not None and (reference.number, reference.line) == ("PO7", "1")
    assert first.date("2") == date(2027, 1, 10)
    assert second.quantity("21") == Measured("21", Fraction(3, 2), "PCE")
    assert second.products == (ProductId("KF-6", "SA", "5"),)
    assert (second.gtin, second.path, second.action) == ("", "LIN[2]", "1")
    assert found.amounts == (AmountLine("79", Decimal(2915)),)


def test_an_answer_says_what_happens_to_each_line() -> None:
    """5 accepts, 3 changes, 7 rejects; a line without an action is for a person (spec 2.0.8)."""
    found, problems = read_order(message(EXAMPLES["ORDRSP"], "ORDRSP"))
    assert problems == []
    assert [line_answer(line) for line in found.lines] == [
        LineAnswer.ACCEPTED,
        LineAnswer.CHANGED,
        LineAnswer.REJECTED,
        LineAnswer.REVIEW,
    ]
    assert found.answer is HeaderAnswer.CHANGED and found.order_number == "PO7"
    changed = found.lines[1]
    assert changed.quantity("83") == Measured("83", Fraction(1))


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("29", HeaderAnswer.ACCEPTED),
        ("27", HeaderAnswer.REJECTED),
        ("9", HeaderAnswer.BY_LINE),
        ("", HeaderAnswer.BY_LINE),
    ],
)
def test_the_head_of_an_answer_is_never_guessed(function: str, answer: HeaderAnswer) -> None:
    """Only the codes of acceptance accept the whole order."""
    body = EXAMPLES["ORDRSP"].replace("RS1+4", f"RS1+{function}")
    assert read_order(message(body, "ORDRSP"))[0].answer is answer


def test_a_change_names_its_order() -> None:
    """ORDCHG reads like an order; the order's number is a reference."""
    found, problems = read_order(message(EXAMPLES["ORDCHG"], "ORDCHG"))
    assert problems == []
    assert (found.type, found.order_number) == ("ORDCHG", "PO7")
    assert [line.action for line in found.lines] == ["3", "2"]


def test_a_despatch_advice_gives_packages_batches_and_serials() -> None:
    """CPS form a tree; SSCC, batch, expiry and serial numbers are found where they stand."""
    found, problems = read_delivery(message(EXAMPLES["DESADV"], "DESADV"))
    assert problems == []
    outer, inner = found.packages
    assert [package.id for package in found.inside()] == ["1"]
    assert [package.id for package in found.inside("1")] == ["2"]
    assert (inner.level, inner.ssccs, outer.ssccs) == ("3", ("095210090000000019",), ())
    assert (outer.packings[0].count, outer.packings[0].kind) == (Fraction(1), "PX")
    (line,) = found.lines
    assert line.quantity("12") == Measured("12", Fraction(2), "PCE")
    assert line.serials == ("S1", "S3", "S7")
    assert line.lots == ("L7F21", "L7F22")
    assert line.expiry == date(2029, 6, 30)
    assert found.head.date("11") == date(2027, 1, 9)


def test_a_receiving_advice_gives_what_came_and_what_did_not() -> None:
    """Received quantity, variance with its reason, batch by RFF BT, expiry by DTM 36."""
    found, problems = read_delivery(message(EXAMPLES["RECADV"], "RECADV"))
    assert problems == []
    (line,) = found.lines
    assert (found.type, found.head.reference("DQ")) == ("RECADV", "SHP1")
    assert line.quantity("194") == Measured("194", Fraction(1), "PCE")
    assert line.variances == (Variance(Fraction(-1), "66", "SC"),)
    assert (line.lots, line.expiry) == (("L7F21",), date(2029, 6, 30))


def test_an_invoice_gives_amounts_taxes_and_allowances() -> None:
    """Amounts are Decimal; totals, taxes and line allowances stand apart."""
    found, problems = read_invoice(message(EXAMPLES["INVOIC"], "INVOIC"))
    assert problems == []
    assert not found.is_credit
    assert (found.total(), found.total("79"), found.total("9")) == (
        Decimal("3480.00"),
        Decimal("2900.00"),
        None,
    )
    (tax,) = found.taxes
    assert (tax.kind, tax.rate, tax.category) == ("VAT", Decimal(20), "S")
    assert tax.amounts == (AmountLine("124", Decimal(580)),)
    (line,) = found.lines
    (rebate,) = line.allowances
    assert (rebate.is_charge, rebate.code, rebate.text) == (False, "DI", "SYNTH REBATE")
    assert (rebate.rate, rebate.amounts[0].amount) == (Decimal(5), Decimal(145))
    assert line.taxes[0].rate == Decimal(20)
    assert line.quantity("47") == Measured("47", Fraction(2), "PCE")


@pytest.mark.parametrize(("code", "is_credit"), [("381", True), ("380", False), ("384", False)])
def test_a_credit_note_is_told_by_its_code(code: str, is_credit: bool) -> None:
    """381 takes money off; the amounts keep the sign they were written with."""
    body = EXAMPLES["INVOIC"].replace("BGM+380", f"BGM+{code}")
    found, _ = read_invoice(message(body, "INVOIC"))
    assert found.is_credit is is_credit and found.total() == Decimal("3480.00")


def test_a_price_catalogue_gives_prices_with_their_dates() -> None:
    """A price belongs to its line or its group, with the dates it is good for."""
    found, problems = read_prices(message(EXAMPLES["PRICAT"], "PRICAT"))
    assert problems == []
    first, second = found.groups
    assert (first.code, [p.qualifier for p in first.prices]) == ("9", ["AAB"])
    price = found.lines[0].price()
    assert price is not None and price.dates == (Dated("194", date(2027, 1, 1)),)
    assert [line.gtin for line in second.lines] == ["09521001001021"]


def test_an_inventory_report_reads_alike_in_both_directories() -> None:
    """In D.96A QTY opens a figure, in D.01B INV does; the view is the same."""
    old, problems = read_inventory(message(EXAMPLES["INVRPT"], "INVRPT"))
    assert problems == []
    (line,) = old.lines
    assert line.locations == ("9521000001022",) and line.line.gtin == "09521001001014"
    first, second = line.figures
    assert (first.qualifier, first.value, first.unit, first.movement) == ("145", 12, "PCE", "1")
    assert first.identities == (Identity("BX", ("L7F21",)),)
    assert first.locations == ("BIN4",)
    assert first.dates == (Dated("361", date(2029, 6, 30)),)
    assert (second.qualifier, second.value, second.movement) == ("156", 3, "")
    body = EXAMPLES["INVRPT"].replace("QTY+145:12:PCE'INV+1'", "INV+1'QTY+145:12:PCE'")
    body = body.replace("QTY+156:3", "INV+2'QTY+156:3")
    new, problems = read_inventory(message(body, "INVRPT", "D:01B:UN"))
    assert problems == []
    assert new.lines[0].figures[0] == first


def test_a_sales_report_gives_what_was_sold_at_each_place() -> None:
    """Each LOC has its items; a figure has its market, and in D.01B its prices and dates."""
    body = EXAMPLES["SLSRPT"].replace("'LOC", "'CUX+2:EUR:9'LOC")
    body += "MKS+12+HOSPITAL'NAD+UC+9521000000001::9'QTY+61:one'LOC+162+9521000001039'"
    found, problems = read_sales(read(wrap(body, "SLSRPT"))[0].messages[0])
    assert [(p.code, p.path) for p in problems] == [("edifact.element-number", "QTY[2]-1.2")]
    assert (found.head.code, found.head.number, found.head.currency) == ("73", "SR1", "EUR")
    first, second = found.places
    assert (first.qualifier, first.location, first.indicator) == ("162", "9521000001022", "")
    assert (second.location, second.lines, found.totals) == ("9521000001039", (), ())
    (sold,) = found.lines
    assert sold.line.gtin == "09521001001014" and sold.line.quantities == ()
    assert sold.line.prices == (UnitPrice("AAA", Decimal(1)),)
    (figure,) = sold.figures
    assert (figure.qualifier, figure.value, figure.sector, figure.channel) == (
        "153",
        4,
        "12",
        "HOSPITAL",
    )
    assert [party.gln for party in figure.parties] == ["9521000000001"]


def test_a_sales_report_by_item_reads_as_places() -> None:
    """In D.01B a GIS lists places below items; the view is by place, with its amounts."""
    body = (
        "BGM+73+SR2+9'DTM+90:20270101:102'DTM+91:20270131:102'NAD+SU+9521009000019::9'"
        "GIS+46'LIN+1++09521001001014:SRV'LOC+162+9521000001022'RFF+PD:D7'DTM+356:20270105:102'"
        "MOA+79:2900'QTY+153:2:PCE'PRI+AAA:1450'QTY+61:1:PCE'DTM+356:20270107:102'"
        "LOC+162+9521000001039'QTY+153:3:PCE'UNS+S'MOA+79:7250'"
    )
    found, problems = read_sales(message(body, "SLSRPT", "D:01B:UN"))
    assert problems == []
    first, second = found.places
    assert [place.indicator for place in found.places] == ["46", "46"]
    assert first.amounts == (AmountLine("79", Decimal(2900)),)
    assert first.dates == (Dated("356", date(2027, 1, 5)),)
    assert [(r.qualifier, r.number) for r in first.references] == [("PD", "D7")]
    sold, returned = first.lines[0].figures
    assert sold.prices == (UnitPrice("AAA", Decimal(1450)),)
    assert (returned.qualifier, returned.dates) == ("61", (Dated("356", date(2027, 1, 7)),))
    assert second.lines[0].line == first.lines[0].line
    assert [figure.value for figure in second.lines[0].figures] == [3]
    assert found.totals == (AmountLine("79", Decimal(7250)),)
    assert found.head.date("91") == date(2027, 1, 31)


def test_a_remittance_gives_what_each_document_was_paid() -> None:
    """Each DOC has its amounts and what was taken off; a credit is a document of its own."""
    found, problems = read_remittance(message(EXAMPLES["REMADV"], "REMADV"))
    assert problems == []
    invoice, credit = found.documents
    assert (invoice.code, invoice.number) == ("380", "INV1")
    assert invoice.amounts == (AmountLine("9", Decimal(3480)), AmountLine("12", Decimal(3400)))
    (taken,) = invoice.adjustments
    assert (taken.reason, taken.amounts[0].amount, taken.texts) == (
        "1",
        Decimal(80),
        ("SYNTH DAMAGE",),
    )
    assert (credit.code, found.totals) == ("381", (AmountLine("12", Decimal(3300)),))


@pytest.mark.parametrize(
    ("body", "is_accepted"),
    [
        (EXAMPLES["APERAK"], False),
        ("BGM+305+AP1+29'", True),
        ("BGM+305+AP1+34'", True),
        ("BGM+305+AP1+9'", None),
        ("BGM+305+AP1+29'ERC+1'", False),
    ],
)
def test_an_application_answer_is_never_accepted_by_guess(
    body: str, is_accepted: bool | None
) -> None:
    """A stated error rejects; without a code of acceptance nothing is accepted."""
    found, problems = read_application_answer(message(body, "APERAK"))
    assert problems == [] and found.is_accepted is is_accepted


def test_an_application_answer_gives_its_faults() -> None:
    """ERC has a code, texts and references to what it is about."""
    found, _ = read_application_answer(message(EXAMPLES["APERAK"], "APERAK"))
    (fault,) = found.faults
    assert (fault.code, fault.agency) == ("21", "ZZZ")
    assert fault.texts == ("SYNTH ITEM IS UNKNOWN",)
    assert [(r.qualifier, r.number) for r in fault.references] == [("LI", "2")]


def test_what_cannot_be_read_is_left_out_and_stated() -> None:
    """A wrong value is a problem with its path; everything else is there."""
    body = ORDER.replace("QTY+21:2", "QTY+21:two").replace("20270108:102", "20271308:102")
    body = body.replace("1450.00", "much")
    found, _ = read(wrap(body))
    order, problems = read_order(found.messages[0])
    assert [(p.code, p.path) for p in problems] == [
        ("edifact.element-date", "DTM[1]-1.2"),
        ("edifact.element-number", "QTY[1]-1.2"),
        ("edifact.element-number", "PRI[1]-1.2"),
    ]
    assert order.lines[0].quantities == () and order.lines[0].prices == ()
    assert order.head.date("137") is None
    assert order.lines[1].quantity("21") is not None


@pytest.mark.parametrize("body", ["", "BGM'", "LIN'QTY'PRI'DTM'MOA'", "NAD'RFF'CUX'TAX'ALC'PCD'"])
@pytest.mark.parametrize("kind", [k for k in EXAMPLES if k != "CONTRL"])
def test_a_poor_message_is_read_without_raising(kind: str, body: str) -> None:
    """Empty segments give empty values."""
    readers = {
        **dict.fromkeys(("ORDERS", "ORDCHG", "ORDRSP"), read_order),
        **dict.fromkeys(("DESADV", "RECADV"), read_delivery),
        "INVOIC": read_invoice,
        "PRICAT": read_prices,
        "INVRPT": read_inventory,
        "REMADV": read_remittance,
        "SLSRPT": read_sales,
        "APERAK": read_application_answer,
    }
    more = "CPS'PAC'PCI'GIN'LIN'PGI'LIN'DOC'AJT'ERC'INV'QVR'LOC'LIN'QTY'MKS'GIS'LIN'LOC'QTY'"
    found, _ = read(wrap(body + more, kind))
    view, problems = readers[kind](found.messages[0])  # type: ignore[operator]
    assert view.head.number == "" and problems == []


@pytest.mark.parametrize(
    "reader",
    [read_invoice, read_delivery, read_inventory, read_prices, read_remittance, read_sales],
)
def test_a_reader_refuses_another_message(reader: object) -> None:
    """An order is not read as an invoice."""
    with pytest.raises(RefusalError) as caught:
        reader(message(ORDER, "ORDERS"))  # type: ignore[operator]
    assert caught.value.code == "edifact.wrong-message"


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("080127", "2", date(2027, 1, 8)),
        ("010827", "3", date(2027, 1, 8)),
        ("270108", "101", date(2027, 1, 8)),
        ("20270108", "102", date(2027, 1, 8)),
        ("20270108", "", date(2027, 1, 8)),
        ("2701081415", "201", datetime(2027, 1, 8, 14, 15, tzinfo=UTC)),
        ("270108141530", "202", datetime(2027, 1, 8, 14, 15, 30, tzinfo=UTC)),
        ("202701081415", "203", datetime(2027, 1, 8, 14, 15, tzinfo=UTC)),
        ("202701082400", "203", datetime(2027, 1, 9, tzinfo=UTC)),
        ("20270108141530", "204", datetime(2027, 1, 8, 14, 15, 30, tzinfo=UTC)),
        ("202701081415UTC", "303", datetime(2027, 1, 8, 14, 15, tzinfo=UTC)),
        ("20270108141530UTC", "304", datetime(2027, 1, 8, 14, 15, 30, tzinfo=UTC)),
        ("202701081415-06", "303", datetime(2027, 1, 8, 14, 15, tzinfo=EAST)),
        ("2027", "602", Period(date(2027, 1, 1), date(2027, 12, 31))),
        ("202702", "610", Period(date(2027, 2, 1), date(2027, 2, 28))),
        ("202701", "616", Period(date(2027, 1, 4), date(2027, 1, 10))),
        ("2027010120270131", "718", Period(date(2027, 1, 1), date(2027, 1, 31))),
        ("20270101-20270131", "718", Period(date(2027, 1, 1), date(2027, 1, 31))),
        ("270101-270131", "717", Period(date(2027, 1, 1), date(2027, 1, 31))),
        (
            "202701010800202701011000",
            "719",
            Period(
                datetime(2027, 1, 1, 8, tzinfo=UTC),
                datetime(2027, 1, 1, 10, tzinfo=UTC),
            ),
        ),
    ],
)
def test_dates_are_read_in_their_format(text: str, code: str, value: Moment) -> None:
    """Days, instants and periods of 2379; instants are aware."""
    assert moment(text, code, UTC) == value


def test_numbers_are_exact_with_either_mark() -> None:
    """Decimal for money, Fraction for quantities; both marks (ISO 9735 10)."""
    assert number("-12,50") == number("-12.50") == Decimal("-12.50")
    assert number(",5") == Decimal("0.5")
    assert quantity("0,1") == Fraction(1, 10)
