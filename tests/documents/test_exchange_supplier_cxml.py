"""What suppliers send, written as cXML: it validates, comes back, and names what it loses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from test_exchange_answers import ANSWER, ANSWERS, answers
from test_exchange_goods_and_bills import CAREFUL, INVOICE, INVOICES, NOTICE, NOTICES, TO

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import Kind, convert, read_document, write_document
from suture.documents.supply import AcknowledgedLine, Acknowledgement, Invoice, ShipNotice
from suture.formats import cxml


def _told(kind: Kind, document: msgspec.Struct) -> tuple[str, set[str]]:
    """Return the text, and the paths that are named; the text validates and reads back."""
    data, problems = write_document(kind, document, "cxml", TO)
    found, stated = cxml.parse(data)
    assert found is not None and stated == []
    wrong = [one for one in cxml.validate(found) if one.severity is Severity.ERROR]
    assert wrong == []
    (back,), _ = read_document(data, kind, "cxml")
    named = {one.path for one in problems}
    assert {one.path for one in differences(document, back)} == named
    return data.decode(), named


@CAREFUL
@given(answer=answers(ANSWERS))
def test_an_answer_comes_back_from_cxml(answer: Acknowledgement) -> None:
    """A ConfirmationRequest gives the answer back but for codes, prices and a date it lacks."""
    _, named = _told(Kind.ACKNOWLEDGEMENT, answer)
    assert {path.rpartition(".")[2] for path in named} <= {"code", "unit_price", "issued"}
    assert ("issued" in named) == (answer.issued is None)


@CAREFUL
@given(notice=NOTICES.filter(lambda notice: bool(notice.lines)))
def test_a_ship_notice_comes_back_whole_from_cxml(notice: ShipNotice) -> None:
    """A ShipNoticeRequest carries every field; lots of one line are items of their own."""
    assert _told(Kind.SHIP_NOTICE, notice)[1] == set()


@CAREFUL
@given(invoice=INVOICES)
def test_an_invoice_comes_back_from_cxml(invoice: Invoice) -> None:
    """It comes back whole; only a catalogue number that is our own number too is named."""
    doubles = {
        f"lines[{place}].catalog_no"
        for place, line in enumerate(invoice.lines)
        if line.catalog_no and line.catalog_no in (line.item, line.gtin)
    }
    assert _told(Kind.INVOICE, invoice)[1] == doubles


def flat(text: str) -> str:
    """Return the text without its indents."""
    return "".join(line.strip() for line in text.splitlines())


def test_a_confirmation_by_hand() -> None:
    """The places are those of cXML 1.2; another supplier than the sender is an Extrinsic."""
    text, named = _told(Kind.ACKNOWLEDGEMENT, ANSWER)
    body = flat(text)
    assert named == {"lines[0].code", "lines[0].unit_price", "lines[1].code"}
    assert (
        '<ConfirmationHeader type="allDetail" operation="new"'
        ' noticeDate="2027-01-05T00:00:00+00:00" confirmID="SO-1">'
        '<Extrinsic name="Supplier">SYNTHO</Extrinsic></ConfirmationHeader>'
        '<OrderIDInfo orderID="PO7"/>'
    ) in body
    assert (
        '<ConfirmationItem lineNumber="2" quantity="2.5"><UnitOfMeasure>XBX</UnitOfMeasure>'
        '<ConfirmationStatus type="backordered" quantity="2.5" deliveryDate="2027-02-01">'
        "<UnitOfMeasure>XBX</UnitOfMeasure></ConfirmationStatus></ConfirmationItem>"
    ) in body


def test_a_ship_notice_by_hand_in_cxml() -> None:
    """A lot is an item with its Batch; the lone container holds every item."""
    body = flat(_told(Kind.SHIP_NOTICE, NOTICE)[0])
    packed = (
        "<Packaging><ShippingContainerSerialCode>009520000000000017"
        "</ShippingContainerSerialCode></Packaging>"
    )
    item = (
        "<ItemID><SupplierPartID>09520000000017</SupplierPartID>"
        '<IdReference identifier="09520000000017" domain="GTIN"/></ItemID>'
        f"<UnitOfMeasure>EA</UnitOfMeasure>{packed}"
    )
    assert (
        '<ShipNoticePortion><OrderIDInfo orderID="PO7"/>'
        '<ShipNoticeItem quantity="2" lineNumber="1" shipNoticeLineNumber="1">'
        f'{item}<Batch expirationDate="2028-01-31"><SupplierBatchID>L7</SupplierBatchID></Batch>'
        '</ShipNoticeItem><ShipNoticeItem quantity="1" lineNumber="1" shipNoticeLineNumber="2">'
        f"{item}</ShipNoticeItem></ShipNoticePortion>"
    ) in body


def test_several_containers_stand_in_the_header() -> None:
    """Which item is in which is not known, so none is packed."""
    codes = ("009520000000000017", "009520000000000024")
    notice = msgspec.structs.replace(NOTICE, sscc=codes, tracking="T1", is_cancel=True)
    text, named = _told(Kind.SHIP_NOTICE, notice)
    assert named == set() and "Packaging" not in text
    assert 'operation="delete"' in text
    assert '<IdReference identifier="009520000000000024" domain="SSCC"/>' in text
    assert "<ShipmentIdentifier>T1</ShipmentIdentifier>" in text


def test_a_credit_by_hand() -> None:
    """A credit of lines is below zero in cXML, and a sum of its own in X12."""
    credit = msgspec.structs.replace(INVOICE, remit_to_gln="9520000000109", contract="CT-88")
    text, _ = _told(Kind.INVOICE, credit)
    body = flat(text)
    assert 'purpose="lineLevelCreditMemo"' in body
    assert (
        '<InvoiceDetailOrderInfo><MasterAgreementIDInfo agreementID="CT-88"/>'
        '<OrderIDInfo orderID="PO7"/></InvoiceDetailOrderInfo>'
        '<InvoiceDetailItem invoiceLineNumber="1" quantity="-2"><UnitOfMeasure>EA</UnitOfMeasure>'
        '<UnitPrice><Money currency="USD">12.50</Money></UnitPrice>'
        '<InvoiceDetailItemReference lineNumber="1"/>'
        '<SubtotalAmount><Money currency="USD">-25.00</Money></SubtotalAmount></InvoiceDetailItem>'
    ) in body
    assert '<Tax><Money currency="USD">-2.00</Money><Description xml:lang="en-US">tax' in body
    assert '<DueAmount><Money currency="USD">-27.00</Money></DueAmount>' in body
    made = convert(text.encode(), None, "x12", TO)
    assert made.problems == () and b"TDS*2700~" in made.data
    assert cxml.validate(cxml.parse(text.encode())[0]) == []  # type: ignore[arg-type]


def test_a_credit_above_zero_is_read_as_it_stands() -> None:
    """Suppliers that write a credit without signs mean the same."""
    data, _ = write_document(Kind.INVOICE, INVOICE, "cxml", TO)
    plain = data.replace(b">-", b">").replace(b'quantity="-', b'quantity="')
    (found,), _ = read_document(plain, Kind.INVOICE, "cxml")
    assert found == INVOICE


@pytest.mark.parametrize("result", ["held", "substituted", "partially_backordered"])
def test_an_answer_that_cxml_has_no_type_for_is_refused(result: str) -> None:
    """A hold or a part is never told as a yes."""
    line = AcknowledgedLine(po_number="PO7", line="1", result=result, quantity=Fraction(1))
    answer = Acknowledgement(po_number="PO7", supplier="S", header="all_detail", lines=(line,))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.ACKNOWLEDGEMENT, answer, "cxml", TO)
    assert refused.value.code == "supply.changed"


@pytest.mark.parametrize(
    ("kind", "document", "code"),
    [
        (Kind.SHIP_NOTICE, msgspec.structs.replace(NOTICE, lines=()), "supply.missing"),
        (Kind.INVOICE, msgspec.structs.replace(INVOICE, lines=()), "supply.missing"),
        (Kind.INVOICE, msgspec.structs.replace(INVOICE, po_number=""), "supply.missing"),
        (Kind.SHIP_NOTICE, msgspec.structs.replace(NOTICE, shipment="\x01"), "cxml.character"),
    ],
    ids=["nothing shipped", "nothing billed", "no order", "control character"],
)
def test_what_cxml_cannot_say_is_refused(kind: Kind, document: msgspec.Struct, code: str) -> None:
    """Nothing is made up for a mandatory place."""
    with pytest.raises(RefusalError) as refused:
        write_document(kind, document, "cxml", TO)
    assert refused.value.code == code


def test_a_quantity_that_is_not_said_is_refused() -> None:
    """A ConfirmationItem has its quantity; an answer without is not written with another."""
    line = AcknowledgedLine(po_number="PO7", line="1", result="accepted")
    answer = msgspec.structs.replace(ANSWER, lines=(line,))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.ACKNOWLEDGEMENT, answer, "cxml", TO)
    assert (refused.value.code, refused.value.path) == ("supply.missing", "quantity")


def test_an_invoice_goes_from_edifact_to_cxml() -> None:
    """INVOIC, InvoiceDetailRequest and 810 say the same."""
    invoice = msgspec.structs.replace(
        INVOICE, kind="standard", charges=Decimal("3.00"), invoice_date=date(2027, 2, 1)
    )
    data, _ = write_document(Kind.INVOICE, invoice, "edifact", TO)
    made = convert(data, None, "cxml", TO)
    assert made.problems == () and b"<ShippingAmount>" in made.data
    assert read_document(made.data, Kind.INVOICE, "cxml") == ([invoice], [])
