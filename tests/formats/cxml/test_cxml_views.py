"""The views: what orders, confirmations, ship notices, invoices and responses say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from suture.core.problem import Problem
from suture.formats.cxml import (
    AccountingSegment,
    Address,
    Batch,
    ConfirmationItem,
    ConfirmationRequest,
    ConfirmationStatus,
    Document,
    InvoiceDetailItem,
    InvoiceDetailRequest,
    InvoiceSummary,
    OrderItem,
    OrderReference,
    OrderRequest,
    ResponseStatus,
    ShipNoticeItem,
    ShipNoticePortion,
    ShipNoticeRequest,
    StatusUpdate,
    confirmation_request,
    invoice_detail_request,
    order_request,
    parse,
    response_status,
    ship_notice_request,
    status_update_request,
)

ORDER_PO7 = '<OrderReference orderID="PO7"><DocumentReference payloadID="PO7.0@synth"/>'
REFERENCE = f"{ORDER_PO7}</OrderReference>"


def read(request: str, outer: str = "Request") -> Document:
    """Return a document around `request`."""
    party = '<Credential domain="NetworkId"><Identity>SYNTH</Identity></Credential>'
    header = "".join(f"<{name}>{party}</{name}>" for name in ("From", "To", "Sender"))
    text = (
        '<cXML payloadID="1@synth" timestamp="2027-01-08T09:15:00Z">'
        f"<Header>{header}</Header><{outer}>{request}</{outer}></cXML>"
    )
    found, problems = parse(text.encode())
    assert problems == []
    assert found is not None
    return found


def codes(problems: list[Problem]) -> list[str]:
    """Return the codes in order."""
    return [problem.code for problem in problems]


CONFIRMATION = f"""<ConfirmationRequest>
<ConfirmationHeader type="detail" operation="update" noticeDate="2027-01-08T10:00:00-05:00"
 confirmID="C1"/>{REFERENCE}
<ConfirmationItem lineNumber="010" quantity="10"><UnitOfMeasure>EA</UnitOfMeasure>
<ConfirmationStatus type="detail" quantity="4" deliveryDate="2027-01-10T23:30:00-05:00"
 shipmentDate="2027-01-09"><UnitOfMeasure>EA</UnitOfMeasure>
<UnitPrice><Money currency="USD">1,450.50</Money></UnitPrice></ConfirmationStatus>
<ConfirmationStatus type="backordered" quantity="6"><UnitOfMeasure>EA</UnitOfMeasure>
</ConfirmationStatus></ConfirmationItem>
<ConfirmationItem lineNumber="2" quantity="1.5"><UnitOfMeasure>XBX</UnitOfMeasure>
<ConfirmationStatus type="accept" quantity="1.5"/></ConfirmationItem>
</ConfirmationRequest>"""


def test_a_confirmation_is_read() -> None:
    """Header, order, lines, splits, dates as written and the new price are there (S52)."""
    view, problems = confirmation_request(read(CONFIRMATION))
    assert problems == []
    assert view == ConfirmationRequest(
        type="detail",
        operation="update",
        confirmation_id="C1",
        notice_date=datetime(2027, 1, 8, 15, 0, tzinfo=UTC),
        order=OrderReference(order_id="PO7", payload_id="PO7.0@synth"),
        items=(
            ConfirmationItem(
                line_number="10",
                quantity=Fraction(10),
                unit="EA",
                statuses=(
                    ConfirmationStatus(
                        type="detail",
                        quantity=Fraction(4),
                        unit="EA",
                        delivery_date=date(2027, 1, 10),
                        shipment_date=date(2027, 1, 9),
                        unit_price=Decimal("1450.50"),
                        currency="USD",
                    ),
                    ConfirmationStatus(type="backordered", quantity=Fraction(6), unit="EA"),
                ),
            ),
            ConfirmationItem(
                line_number="2",
                quantity=Fraction(3, 2),
                unit="XBX",
                statuses=(ConfirmationStatus(type="accept", quantity=Fraction(3, 2)),),
            ),
        ),
    )


@pytest.mark.parametrize(
    "kind", ["accept", "allDetail", "detail", "backordered", "except", "reject"]
)
def test_every_header_type_is_known(kind: str) -> None:
    """The six types of spec 2.0.7 read without a problem."""
    text = f'<ConfirmationRequest><ConfirmationHeader type="{kind}"/>{REFERENCE}'
    view, problems = confirmation_request(read(text + "</ConfirmationRequest>"))
    assert problems == []
    assert view is not None and (view.type, view.operation) == (kind, "new")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('type="detail" operation', 'type="perhaps" operation', "cxml.value-unknown"),
        ('type="backordered"', 'type="later"', "cxml.value-unknown"),
        ('operation="update"', 'operation="twist"', "cxml.value-unknown"),
        ('quantity="6"', 'quantity="six"', "cxml.value-number"),
        ('quantity="6"', "", "cxml.value-missing"),
        ('shipmentDate="2027-01-09"', 'shipmentDate="2027-02-30"', "cxml.value-date"),
        ('lineNumber="2"', "", "cxml.value-missing"),
        (REFERENCE, "", "cxml.value-missing"),
        ('<ConfirmationStatus type="accept" quantity="1.5"/>', "", "cxml.value-missing"),
        ("1,450.50", "14,50.5", "cxml.value-number"),
        ("2027-01-08T10:00:00-05:00", "2027-01-08T10:00:00", "cxml.no-zone"),
    ],
)
def test_a_fault_in_a_confirmation_is_stated_with_its_path(old: str, new: str, code: str) -> None:
    """A value that is missing or wrong is never guessed."""
    assert old in CONFIRMATION
    view, problems = confirmation_request(read(CONFIRMATION.replace(old, new, 1)))
    assert view is not None
    assert codes(problems) == [code]
    assert problems[0].path.startswith("/cXML/Request/ConfirmationRequest")


@pytest.mark.parametrize("header", ["", "<ConfirmationHeader/>"])
def test_a_confirmation_without_type_says_nothing(header: str) -> None:
    """Without the header's type no line can be read."""
    view, problems = confirmation_request(
        read(f"<ConfirmationRequest>{header}</ConfirmationRequest>")
    )
    assert view is None
    assert codes(problems) == ["cxml.value-missing"]


NOTICE = f"""<ShipNoticeRequest><ShipNoticeHeader shipmentID="SHP1"
 noticeDate="2027-01-09T09:15:00Z" shipmentDate="2027-01-09" deliveryDate="2027-01-10"/>
<ShipControl><CarrierIdentifier domain="companyName">SYNTH CARRIER</CarrierIdentifier>
<CarrierIdentifier domain="SCAC">SYNC</CarrierIdentifier>
<ShipmentIdentifier>1ZSYNTH</ShipmentIdentifier></ShipControl>
<ShipNoticePortion>{REFERENCE}
<ShipNoticeItem lineNumber="1" quantity="2"><ItemID><SupplierPartID>KF-1</SupplierPartID>
<IdReference identifier="09521001001014" domain="GTIN"/></ItemID>
<UnitOfMeasure>EA</UnitOfMeasure>
<Packaging><ShippingContainerSerialCode>095210090000000019</ShippingContainerSerialCode></Packaging>
<Batch expirationDate="2029-06-30" productionDate="2026-06-30T00:00:00Z">
<SupplierBatchID>L7F21</SupplierBatchID></Batch>
<AssetInfo serialNumber="S1"/><AssetInfo serialNumber="S2"/></ShipNoticeItem>
<ShipNoticeItem lineNumber="2" quantity="5"><UnitOfMeasure>XBX</UnitOfMeasure>
<SupplierBatchID>L8</SupplierBatchID></ShipNoticeItem>
</ShipNoticePortion></ShipNoticeRequest>"""


def test_a_ship_notice_is_read() -> None:
    """Shipment, carrier, lots with expiry, serials and SSCC are there (S52)."""
    view, problems = ship_notice_request(read(NOTICE))
    assert problems == []
    assert view == ShipNoticeRequest(
        shipment_id="SHP1",
        notice_date=datetime(2027, 1, 9, 9, 15, tzinfo=UTC),
        shipment_date=date(2027, 1, 9),
        delivery_date=date(2027, 1, 10),
        carrier="SYNC",
        tracking=("1ZSYNTH",),
        portions=(
            ShipNoticePortion(
                order=OrderReference(order_id="PO7", payload_id="PO7.0@synth"),
                items=(
                    ShipNoticeItem(
                        line_number="1",
                        quantity=Fraction(2),
                        unit="EA",
                        supplier_part_id="KF-1",
                        gtin="09521001001014",
                        batches=(
                            Batch(
                                lot="L7F21",
                                expiry=date(2029, 6, 30),
                                manufactured=date(2026, 6, 30),
                            ),
                        ),
                        serials=("S1", "S2"),
                        sscc=("095210090000000019",),
                    ),
                    ShipNoticeItem(
                        line_number="2",
                        quantity=Fraction(5),
                        unit="XBX",
                        batches=(Batch(lot="L8"),),
                    ),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "lines"),
    [
        ('quantity="5"', "", "cxml.value-missing", 1),
        (REFERENCE, "", "cxml.value-missing", 2),
        ('expirationDate="2029-06-30"', 'expirationDate="soon"', "cxml.value-date", 2),
    ],
)
def test_a_fault_in_a_ship_notice_is_stated(old: str, new: str, code: str, lines: int) -> None:
    """A line without quantity is left out and stated."""
    view, problems = ship_notice_request(read(NOTICE.replace(old, new, 1)))
    assert view is not None
    assert codes(problems) == [code]
    assert len(view.portions[0].items) == lines


INVOICE = f"""<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="INV-1"
 invoiceDate="2027-01-10T00:00:00-05:00" purpose="standard" operation="new"/>
<InvoiceDetailOrder><InvoiceDetailOrderInfo>{REFERENCE}
<MasterAgreementReference agreementID="CTR-1"/></InvoiceDetailOrderInfo>
<InvoiceDetailItem invoiceLineNumber="1" quantity="2"><UnitOfMeasure>EA</UnitOfMeasure>
<UnitPrice><Money currency="USD">1450.00</Money></UnitPrice>
<InvoiceDetailItemReference lineNumber="1"><ItemID><SupplierPartID>KF-1</SupplierPartID></ItemID>
</InvoiceDetailItemReference>
<SubtotalAmount><Money currency="USD">2900.00</Money></SubtotalAmount>
<Tax><Money currency="USD">1.25</Money></Tax></InvoiceDetailItem></InvoiceDetailOrder>
<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">2900.00</Money></SubtotalAmount>
<Tax><Money currency="USD">1.25</Money></Tax>
<SpecialHandlingAmount><Money currency="USD">3.00</Money></SpecialHandlingAmount>
<ShippingAmount><Money currency="USD">10.00</Money></ShippingAmount>
<GrossAmount><Money currency="USD">2914.25</Money></GrossAmount>
<NetAmount><Money currency="USD">2914.25</Money></NetAmount>
<DueAmount><Money currency="USD">2914.25</Money></DueAmount>
</InvoiceDetailSummary></InvoiceDetailRequest>"""


def test_an_invoice_is_read() -> None:
    """Number, date as written, order, lines and every amount are there (S52)."""
    view, problems = invoice_detail_request(read(INVOICE))
    order = OrderReference(order_id="PO7", payload_id="PO7.0@synth")
    assert problems == []
    assert view == InvoiceDetailRequest(
        invoice_id="INV-1",
        invoice_date=date(2027, 1, 10),
        orders=(order,),
        agreement_id="CTR-1",
        items=(
            InvoiceDetailItem(
                invoice_line_number="1",
                quantity=Fraction(2),
                unit_price=Decimal("1450.00"),
                unit="EA",
                currency="USD",
                order=order,
                order_line_number="1",
                supplier_part_id="KF-1",
                subtotal=Decimal("2900.00"),
                tax=Decimal("1.25"),
            ),
        ),
        summary=InvoiceSummary(
            subtotal=Decimal("2900.00"),
            tax=Decimal("1.25"),
            shipping=Decimal("10.00"),
            special_handling=Decimal("3.00"),
            gross=Decimal("2914.25"),
            net=Decimal("2914.25"),
            due=Decimal("2914.25"),
            currency="USD",
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "lines"),
    [
        ('purpose="standard"', 'purpose="gift"', "cxml.value-unknown", 1),
        ('invoiceLineNumber="1"', "", "cxml.value-missing", 0),
        ("1450.00", "NaN", "cxml.value-number", 0),
        ("1450.00", "1e3", "cxml.value-number", 0),
        ("</InvoiceDetailOrder>", "</InvoiceDetailOrder><InvoiceDetailHeaderOrder/>",
         "cxml.value-missing", 1),
    ],
)  # fmt: skip
def test_a_fault_in_an_invoice_is_stated(old: str, new: str, code: str, lines: int) -> None:
    """Amounts are exact or absent; parts that are not read are named."""
    view, problems = invoice_detail_request(read(INVOICE.replace(old, new, 1)))
    assert view is not None
    assert codes(problems) == [code]
    assert len(view.items) == lines


SERVICE = """<InvoiceDetailServiceItem invoiceLineNumber="2"><InvoiceDetailServiceItemReference
 lineNumber="3"/><SubtotalAmount><Money currency="USD">50</Money></SubtotalAmount>
</InvoiceDetailServiceItem></InvoiceDetailOrder>"""
WHOLE = f"""<InvoiceDetailHeaderOrder><InvoiceDetailOrderInfo>{REFERENCE}</InvoiceDetailOrderInfo>
<InvoiceDetailOrderSummary invoiceLineNumber="4"><SubtotalAmount><Money currency="USD">70</Money>
</SubtotalAmount></InvoiceDetailOrderSummary></InvoiceDetailHeaderOrder><InvoiceDetailSummary>"""


def test_services_and_whole_orders_are_read() -> None:
    """A summary invoice bills orders without lines, a service needs no quantity."""
    text = INVOICE.replace("</InvoiceDetailOrder>", SERVICE)
    view, problems = invoice_detail_request(read(text.replace("<InvoiceDetailSummary>", WHOLE, 1)))
    assert problems == []
    assert view is not None
    (service,) = view.services
    assert (service.invoice_line_number, service.order_line_number) == ("2", "3")
    assert (service.quantity, service.subtotal) == (None, Decimal(50))
    (order,) = view.header_orders
    assert (order.order.order_id, order.subtotal) == ("PO7", Decimal(70))


@pytest.mark.parametrize(
    "purpose",
    ["standard", "creditMemo", "debitMemo", "lineLevelCreditMemo", "lineLevelDebitMemo"],
)
def test_every_purpose_is_known(purpose: str) -> None:
    """A memo names the invoice it is about, and may be for information only (spec 2.0.7)."""
    header = f'purpose="{purpose}" isInformationOnly="yes" operation="new">'
    header += '<InvoiceDetailHeaderIndicator isHeaderInvoice="yes"/><InvoiceIDInfo invoiceID="I0"/>'
    text = INVOICE.replace(
        'purpose="standard" operation="new"/>', f"{header}</InvoiceDetailRequestHeader>"
    )
    view, problems = invoice_detail_request(read(text))
    assert problems == []
    assert view is not None
    assert (view.purpose, view.corrects_invoice_id) == (purpose, "I0")
    assert view.is_information_only and view.is_header_invoice


@pytest.mark.parametrize("lost", ['invoiceID="INV-1"', 'invoiceDate="2027-01-10T00:00:00-05:00"'])
def test_an_invoice_without_number_or_date_is_none(lost: str) -> None:
    """Without them an invoice cannot be told from another."""
    view, problems = invoice_detail_request(read(INVOICE.replace(lost, "")))
    assert view is None
    assert codes(problems) == ["cxml.value-missing"]


def test_an_invoice_without_summary_is_stated() -> None:
    """The amounts of the whole are mandatory."""
    start, end = INVOICE.index("<InvoiceDetailSummary>"), INVOICE.index("</InvoiceDetailRequest>")
    view, problems = invoice_detail_request(read(INVOICE[:start] + INVOICE[end:]))
    assert view is not None and view.summary == InvoiceSummary()
    assert codes(problems) == ["cxml.value-missing"]


ORDER = """<OrderRequest><OrderRequestHeader orderID="PO7" orderDate="2027-01-08T22:00:00-05:00"
 type="update" orderVersion="2"><Total><Money currency="USD">29.00</Money></Total>
<ShipTo><Address addressID="9521000001022" addressIDDomain="GLN"><Name xml:lang="en">SYNTH DOCK
</Name></Address></ShipTo><BillTo><Address><Name xml:lang="en">SYNTH</Name></Address></BillTo>
<DocumentReference payloadID="PO7.0@synth"/><Extrinsic name="priority">rush</Extrinsic>
</OrderRequestHeader>
<ItemOut quantity="2" lineNumber="1" requestedDeliveryDate="2027-01-10"><ItemID>
<SupplierPartID>KF-1</SupplierPartID><BuyerPartID>ITM-1</BuyerPartID></ItemID><ItemDetail>
<UnitPrice><Money currency="USD">14.50</Money></UnitPrice><Description xml:lang="en">SYNTH PART
</Description><UnitOfMeasure>EA</UnitOfMeasure><Classification domain="UNSPSC">42320000
</Classification></ItemDetail><Distribution><Accounting name="x"><Segment type="CostCenter"
 id="4100" description="d"/></Accounting><Charge><Money currency="USD">29</Money></Charge>
</Distribution></ItemOut></OrderRequest>"""


def test_an_order_is_read() -> None:
    """Header, change, places, lines and accounting are there (S52, S55)."""
    view, problems = order_request(read(ORDER))
    assert problems == []
    assert view == OrderRequest(
        order_id="PO7",
        order_date=date(2027, 1, 8),
        type="update",
        order_version="2",
        replaces_payload_id="PO7.0@synth",
        ship_to=Address(address_id="9521000001022", domain="GLN", name="SYNTH DOCK"),
        bill_to=Address(name="SYNTH"),
        total=Decimal("29.00"),
        extrinsics=(("priority", "rush"),),
        items=(
            OrderItem(
                line_number="1",
                quantity=Fraction(2),
                unit="EA",
                supplier_part_id="KF-1",
                unit_price=Decimal("14.50"),
                description="SYNTH PART",
                classification="42320000",
                buyer_part_id="ITM-1",
                requested_delivery=date(2027, 1, 10),
                accounting=(AccountingSegment(type="CostCenter", id="4100"),),
            ),
        ),
    )


def test_a_document_of_another_kind_is_told() -> None:
    """Each view says so when it is given another document."""
    found = read("<ProfileRequest/>")
    for view in (
        order_request,
        confirmation_request,
        ship_notice_request,
        invoice_detail_request,
        response_status,
        status_update_request,
    ):
        value, problems = view(found)
        assert value is None
        assert codes(problems) == ["cxml.kind"]


@pytest.mark.parametrize(
    ("code", "success", "retryable"),
    [
        *((200, True, False), (201, True, False), (401, False, False), (406, False, False)),
        *((500, False, True), (560, False, True)),
    ],
)
def test_a_response_says_what_may_be_done(code: int, success: bool, retryable: bool) -> None:
    """5xx may be repeated, 4xx may not (spec 2.0.7)."""
    view, problems = response_status(read(f'<Status code="{code}" text="x"/>', "Response"))
    assert problems == []
    assert view == ResponseStatus(code, "x")
    assert (view.is_success, view.is_retryable) == (success, retryable)


@pytest.mark.parametrize(
    ("status", "code"),
    [("", "cxml.value-missing"), ('<Status code="OK"/>', "cxml.value-number")],
)
def test_a_response_without_code_is_none(status: str, code: str) -> None:
    """HTTP 200 with an unreadable body proves nothing."""
    view, problems = response_status(read(status, "Response"))
    assert view is None
    assert codes(problems) == [code]


def test_a_status_update_is_read() -> None:
    """It names our document and says what became of it."""
    text = (
        '<StatusUpdateRequest><DocumentReference payloadID="PO7.0@synth"/>'
        '<Status code="200" text="OK"/><InvoiceStatus type="paid"/></StatusUpdateRequest>'
    )
    view, problems = status_update_request(read(text))
    assert problems == []
    assert view == StatusUpdate("PO7.0@synth", ResponseStatus(200, "OK"), "paid")


def test_views_show_no_value() -> None:
    """The repr of a view and of its parts names its type only."""
    for text, view in (
        (ORDER, order_request),
        (CONFIRMATION, confirmation_request),
        (NOTICE, ship_notice_request),
        (INVOICE, invoice_detail_request),
    ):
        value, _ = view(read(text))
        assert repr(value) == f"<cXML {type(value).__name__}>"
