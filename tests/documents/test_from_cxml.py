"""ConfirmationRequest, ShipNoticeRequest and InvoiceDetailRequest as they come in (S52)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from known_orders import KnownOrder, announced, told
from order_samples import AT, CXML_PROFILE

from suture.core.problem import Problem, Severity
from suture.documents import codec
from suture.documents.from_cxml import documents
from suture.documents.supply import (
    AcknowledgedLine,
    Acknowledgement,
    ChangeAnswer,
    Invoice,
    InvoiceLine,
    Lot,
    ShipNotice,
    ShippedLine,
)
from suture.formats import cxml
from suture.simulation.model.trade import IncomingOrder, OrderedLine, Pack, Shipment
from suture.simulation.wire import cxml as peer

BY = date(2027, 1, 8)
LATER = date(2027, 1, 15)

_PARTY = "<Credential domain='NetworkId'><Identity>{}</Identity></Credential>"
HEADER = "".join(
    f"<{name}>{_PARTY.format(identity)}</{name}>"
    for name, identity in (("From", "AN02"), ("To", "AN01"), ("Sender", "AN02"))
)


def document(body: str) -> cxml.Document:
    """Return a received document."""
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<cXML payloadID="c1@synth" timestamp="2027-01-05T15:00:00+00:00">'
        f'<Header>{HEADER}</Header><Request deploymentMode="test">{body}</Request></cXML>'
    )
    found, problems = cxml.parse(content.encode())
    assert found is not None
    assert problems == []
    return found


def read(body: str) -> list[object]:
    """Return the documents of a request without a problem."""
    found, problems = documents(document(body), CXML_PROFILE)
    assert problems == []
    return list(found)


def reference(payload: str = "PO1.0@suture", order: str = "PO1") -> str:
    """Return an OrderReference."""
    return (
        f'<OrderReference orderID="{order}"><DocumentReference payloadID="{payload}"/>'
        "</OrderReference>"
    )


def status(kind: str, quantity: str, day: str = "", *, inside: str = "", unit: str = "EA") -> str:
    """Return a ConfirmationStatus."""
    when = f' deliveryDate="{day}"' if day else ""
    return (
        f'<ConfirmationStatus type="{kind}" quantity="{quantity}"{when}>'
        f"<UnitOfMeasure>{unit}</UnitOfMeasure>{inside}</ConfirmationStatus>"
    )


def confirmation(
    *statuses: str,
    kind: str = "detail",
    operation: str = "new",
    ref: str = "",
    quantity: str = "10",
) -> str:
    """Return a ConfirmationRequest for line 1, or for no line without statuses."""
    item = (
        f'<ConfirmationItem lineNumber="1" quantity="{quantity}">'
        f"<UnitOfMeasure>EA</UnitOfMeasure>{''.join(statuses)}</ConfirmationItem>"
    )
    return (
        f'<ConfirmationRequest><ConfirmationHeader confirmID="SO-7" type="{kind}"'
        f' operation="{operation}" noticeDate="2027-01-05T15:00:00+00:00"/>'
        f"{ref or reference()}{item if statuses else ''}</ConfirmationRequest>"
    )


def acknowledged(*statuses: str, kind: str = "detail", quantity: str = "10") -> Acknowledgement:
    """Return the acknowledgement of a confirmation."""
    (found,) = read(confirmation(*statuses, kind=kind, quantity=quantity))
    assert isinstance(found, Acknowledgement)
    return found


# ---- ConfirmationRequest


def test_a_confirmation_by_hand() -> None:
    """Header, line, quantity, promise and price."""
    price = "<UnitPrice><Money currency='USD'>5.25</Money></UnitPrice>"
    found = acknowledged(status("accept", "10", "2027-01-08", inside=price), kind="allDetail")
    assert found == Acknowledgement(
        po_number="PO1",
        supplier="SYNTHC",
        header="all_detail",
        lines=(
            AcknowledgedLine(
                po_number="PO1",
                line="1",
                result="accepted",
                code="accept",
                quantity=Fraction(10),
                uom="EA",
                promised_delivery=BY,
                unit_price=Decimal("5.25"),
            ),
        ),
        supplier_order="SO-7",
        issued=date(2027, 1, 5),
    )


UNLISTED = {
    "accept": "accepted",
    "reject": "rejected",
    "except": "accepted",
    "allDetail": "line_missing",
    "detail": "",
    "backordered": "backordered",
    "requestToPay": "",
    "replace": "",
}
"""Header type -> what becomes of a line it does not list (spec 2.0.6, last paragraph)."""
STATUSES = {
    "accept": "accepted",
    "allDetail": "changed",
    "detail": "changed",
    "backordered": "backordered",
    "reject": "rejected",
}


@pytest.mark.parametrize("header", UNLISTED)
@pytest.mark.parametrize("kind", STATUSES)
def test_every_status_under_every_header(kind: str, header: str) -> None:
    """A listed line follows its status; an unlisted one the header's type (S24)."""
    found = acknowledged(status(kind, "10", "2027-01-08"), kind=header)
    results = told(found, KnownOrder("1", "2", supplier="SYNTHC"))
    assert results.pop("1") == (STATUSES[kind], True)
    assert results.pop("2", ("", True))[0] == UNLISTED[header]
    assert results == {}


@pytest.mark.parametrize("header", UNLISTED)
def test_a_header_alone_speaks_for_all_lines(header: str) -> None:
    """Without ConfirmationItem every line is read by the type."""
    found = acknowledged(kind=header)
    expected = {"1": UNLISTED[header], "2": UNLISTED[header]} if UNLISTED[header] else {}
    results = told(found, KnownOrder("1", "2", supplier="SYNTHC"))
    assert {k: v[0] for k, v in results.items()} == expected


@pytest.mark.parametrize(
    ("statuses", "result", "quantity", "delivery"),
    [
        ([("accept", "6", "2027-01-08"), ("accept", "4", "2027-01-15")], "accepted", 10, LATER),
        (
            [("accept", "6", "2027-01-08"), ("backordered", "4", "2027-01-15")],
            "partially_backordered",
            4,
            LATER,
        ),
        ([("backordered", "4", "2027-01-15")], "partially_backordered", 4, LATER),
        ([("backordered", "4", "")], "partially_backordered", 4, None),
        ([("backordered", "10", "2027-01-15")], "backordered", 10, LATER),
        ([("accept", "6", "2027-01-08")], "changed", 6, None),
        ([("accept", "6", "2027-01-08"), ("reject", "4", "")], "changed", 6, None),
        ([("reject", "10", "")], "rejected", 10, None),
        ([("detail", "6", "2027-01-08")], "changed", 6, BY),
        ([("unknown", "10", "2027-01-08")], "changed", 10, None),
        ([("requestToPay", "10", "2027-01-08")], "changed", 10, None),
        ([("accept", "0", ""), ("backordered", "10", "")], "backordered", 10, None),
    ],
)
def test_parts_of_a_line_are_read_together(
    statuses: list[tuple[str, str, str]], result: str, quantity: int, delivery: date | None
) -> None:
    """Less than all is never all; the latest part's date is the line's promise."""
    (line,) = acknowledged(*(status(*x) for x in statuses)).lines
    assert (line.result, line.quantity, line.promised_delivery) == (result, quantity, delivery)


@pytest.mark.parametrize(
    "statuses",
    [
        [("backordered", "4", "2027-01-08")],
        [("accept", "6", "2027-01-08"), ("backordered", "4", "2027-01-08")],
        [("accept", "6", "2027-01-08")],
        [("unknown", "10", "2027-01-08")],
    ],
)
def test_a_part_is_never_taken_without_a_person(statuses: list[tuple[str, str, str]]) -> None:
    """No tolerance accepts a partial backorder, a short or an unclear answer (S33)."""
    found = acknowledged(*(status(*x) for x in statuses))
    ((result, is_taken),) = told(found, KnownOrder("1", supplier="SYNTHC")).values()
    assert result == "partially_backordered" or (result, is_taken) == ("changed", False)


def test_another_unit_is_read_by_a_person() -> None:
    """One box is not ten pieces until the packaging tree says so."""
    (line,) = acknowledged(status("accept", "1", "2027-01-08", unit="XBX")).lines
    assert (line.result, line.uom, line.promised_delivery) == ("changed", "BX", None)


def test_units_come_in_our_code_list() -> None:
    """UN/ECE `XBX` is `BX`, on both sides of the comparison; a code nobody knows stays."""
    body = confirmation(status("accept", "10", "2027-01-08", unit="XBX")).replace(
        "<UnitOfMeasure>EA<", "<UnitOfMeasure>BX<"
    )
    (found,) = read(body)
    assert isinstance(found, Acknowledgement)
    assert [(x.result, x.uom) for x in found.lines] == [("accepted", "BX")]
    (found,) = read(body.replace("<UnitOfMeasure>XBX</UnitOfMeasure>", "").replace(">BX<", ">XBX<"))
    assert isinstance(found, Acknowledgement)
    assert [(x.result, x.uom) for x in found.lines] == [("accepted", "BX")]
    (line,) = acknowledged(status("backordered", "10", unit="QQ")).lines
    assert line.uom == "QQ"


def test_a_named_part_may_be_a_substitution() -> None:
    """A status with another part number is never accepted by a tolerance."""
    part = "<ItemIn><ItemID><SupplierPartID>OTHER</SupplierPartID></ItemID></ItemIn>"
    for kind, result in (("detail", "changed"), ("accept", "changed"), ("reject", "rejected")):
        (line,) = acknowledged(status(kind, "10", "2027-01-08", inside=part)).lines
        assert line.result == result
        assert line.promised_delivery == (BY if kind == "reject" else None)


def test_an_order_is_known_by_our_payload_id_alone() -> None:
    """orderID is optional beside a DocumentReference that names our payloadID."""
    (found,) = read(confirmation(kind="accept", ref=reference("PO77.0@suture", "")))
    assert isinstance(found, Acknowledgement)
    assert found.po_number == "PO77"


def test_a_withdrawn_confirmation_is_not_an_acceptance() -> None:
    """operation delete: a person settles it."""
    body = confirmation(kind="accept", operation="delete")
    found, problems = documents(document(body), CXML_PROFILE)
    assert found == []
    assert [(p.code, p.severity) for p in problems] == [("cxml.not-read", Severity.ERROR)]


# ---- the answer to a change


@pytest.mark.parametrize(
    ("kind", "is_accepted"),
    [
        ("accept", True),
        ("reject", False),
        ("except", True),
        ("allDetail", False),
        ("detail", False),
        ("backordered", False),
        ("requestToPay", False),
    ],
)
def test_an_answer_that_names_a_change(kind: str, is_accepted: bool) -> None:
    """The payloadID of the change says which one; only a clear yes is a yes."""
    (found,) = read(confirmation(kind=kind, ref=reference("PO1.2001@suture")))
    assert found == ChangeAnswer(
        po_number="PO1",
        supplier="SYNTHC",
        change_seq=2001,
        is_accepted=is_accepted,
        code=kind,
    )


@pytest.mark.parametrize(
    ("statuses", "is_accepted"),
    [
        ([("accept", "10", "2027-01-08")], True),
        ([("accept", "6", "2027-01-08")], False),
        ([("detail", "10", "2027-01-20")], False),
        ([("reject", "10", "")], False),
        ([("backordered", "10", "")], False),
    ],
)
def test_a_detailed_answer_to_a_change(
    statuses: list[tuple[str, str, str]], is_accepted: bool
) -> None:
    """The line's own status answers the change of the line."""
    body = confirmation(
        *(status(*x) for x in statuses), kind="allDetail", ref=reference("PO1.2001@suture")
    )
    (found,) = read(body)
    assert isinstance(found, ChangeAnswer)
    assert (found.line, found.is_accepted) == ("1", is_accepted)
    known = KnownOrder("1", "2", supplier="SYNTHC", state="CHANGE_PENDING")
    verdict = "accepted" if is_accepted else "refused"
    events = [(e.type, e.key) for e in announced(found, known)]
    assert events == [(f"purchase_order.change_{verdict}", "PO1/1")]


# ---- ShipNoticeRequest


def shipped(*items: str, operation: str = "new", ref: str = "") -> str:
    """Return a ShipNoticeRequest with one portion."""
    return (
        f'<ShipNoticeRequest><ShipNoticeHeader shipmentID="SHP1" operation="{operation}"'
        ' noticeDate="2027-01-07T09:00:00+00:00" shipmentDate="2027-01-07T23:30:00-06:00"'
        ' deliveryDate="2027-01-08T12:00:00-06:00"/>'
        '<ShipControl><CarrierIdentifier domain="SCAC">CARR</CarrierIdentifier>'
        "<ShipmentIdentifier>1ZSYN1</ShipmentIdentifier></ShipControl>"
        f"<ShipNoticePortion>{ref or reference()}{''.join(items)}</ShipNoticePortion>"
        "</ShipNoticeRequest>"
    )


def item(quantity: str, inside: str = "", *, line: str = "1", unit: str = "EA") -> str:
    """Return a ShipNoticeItem."""
    return (
        f'<ShipNoticeItem lineNumber="{line}" quantity="{quantity}">'
        "<ItemID><SupplierPartID>SYN-TKA-3</SupplierPartID>"
        '<IdReference domain="GTIN" identifier="09520000000017"/></ItemID>'
        f"<UnitOfMeasure>{unit}</UnitOfMeasure>{inside}</ShipNoticeItem>"
    )


def batch(lot: str, expiry: str = "2028-01-31") -> str:
    """Return a Batch."""
    return (
        f'<Batch expirationDate="{expiry}T00:00:00+00:00"><SupplierBatchID>{lot}'
        "</SupplierBatchID></Batch>"
    )


def serial(number: str) -> str:
    """Return an AssetInfo."""
    return f'<AssetInfo serialNumber="{number}"/>'


def lots_of(*items: str) -> list[tuple[str, str, str]]:
    """Return quantity, lot and serial of the one shipped line."""
    (found,) = read(shipped(*items))
    assert isinstance(found, ShipNotice)
    (line,) = found.lines
    return [(str(x.quantity), x.lot, x.serial) for x in line.lots]


def test_a_ship_notice_by_hand() -> None:
    """Days are the sender's days; a UN/ECE unit comes as ours."""
    pack = (
        "<Packaging><ShippingContainerSerialCode>095200000000000014"
        "</ShippingContainerSerialCode></Packaging>"
    )
    assert read(shipped(item("2", pack + batch("L1"), unit="XBX"))) == [
        ShipNotice(
            shipment="SHP1",
            supplier="SYNTHC",
            lines=(
                ShippedLine(
                    po_number="PO1",
                    line="1",
                    quantity=Fraction(2),
                    uom="BX",
                    lots=(Lot(quantity=Fraction(2), lot="L1", expiry=date(2028, 1, 31)),),
                    gtin="09520000000017",
                    catalog_no="SYN-TKA-3",
                ),
            ),
            shipped=date(2027, 1, 7),
            expected=BY,
            sscc=("095200000000000014",),
            tracking="1ZSYN1",
        )
    ]


@pytest.mark.parametrize(
    ("items", "lots"),
    [
        ([item("2")], []),
        ([item("2", batch("L1"))], [("2", "L1", "")]),
        ([item("1", batch("L1") + serial("S1"))], [("1", "L1", "S1")]),
        (
            [item("2", batch("L1") + serial("S1") + serial("S2"))],
            [("1", "L1", "S1"), ("1", "L1", "S2")],
        ),
        ([item("2", serial("S1") + serial("S2"))], [("1", "", "S1"), ("1", "", "S2")]),
        ([item("5", batch("L1") + batch("L2"))], [("0", "L1", ""), ("0", "L2", "")]),
        (
            [item("2", batch("L1") + serial("S1")), item("3", batch("L2"))],
            [("2", "L1", "S1"), ("3", "L2", "")],
        ),
    ],
)
def test_every_lot_and_serial_is_kept(items: list[str], lots: list[tuple[str, str, str]]) -> None:
    """Rows of one line become one line; a share that is not told is 0, never invented."""
    assert lots_of(*items) == lots


def test_rows_of_one_line_are_added() -> None:
    """Two packs of a line are one shipped line, so that neither counts as a repetition."""
    (found,) = read(shipped(item("2", batch("L1")), item("3", batch("L2")), item("1", line="2")))
    assert isinstance(found, ShipNotice)
    assert [(x.line, x.quantity) for x in found.lines] == [("1", 5), ("2", 1)]
    keys = [e.key for e in announced(found, KnownOrder()) if e.machine == "W4"]
    assert keys == ["SHP1/PO1/1", "SHP1/PO1/2"]


def test_a_deleted_notice() -> None:
    """operation delete withdraws the shipment."""
    (found,) = read(shipped(item("1"), operation="delete"))
    assert isinstance(found, ShipNotice)
    assert found.is_cancel


def test_a_bad_row_is_stated_and_the_others_go_on() -> None:
    """The problem has the row's path and no value."""
    found, problems = documents(
        document(shipped(item("SYNCANARY"), item("3", line="2"))), CXML_PROFILE
    )
    assert [x.lines[0].line for x in found if isinstance(x, ShipNotice)] == ["2"]
    assert [p.code for p in problems] == ["cxml.value-number"]
    assert "ShipNoticeItem[1]" in problems[0].path
    assert "SYNCANARY" not in problems[0].describe()


def test_what_the_simulated_supplier_ships_is_read() -> None:
    """The peer's own notice of two serials of one line is one line with two lots."""
    line = OrderedLine("1", Fraction(2), "EA", Decimal("5.00"), catalog_no="CAT")
    order = IncomingOrder(
        "PO1", date(2027, 1, 4), date(2027, 1, 10), (line,), reference="PO1.0@suture"
    )
    packs = tuple(Pack(line, Fraction(1), f"L{n}", f"S{n}", BY) for n in (1, 2))
    content = peer.request(
        Shipment(order, "SHP1", "095200000000000014", packs, AT, AT),
        peer.Credentials(us="AN02", them="AN01", secret="s"),
        payload_id="x@synth",
        at=AT,
    )
    parsed, _ = cxml.parse(content)
    assert parsed is not None
    (found,), problems = documents(parsed, CXML_PROFILE)
    assert problems == []
    assert isinstance(found, ShipNotice)
    (row,) = found.lines
    assert row.quantity == 2
    assert [(x.lot, x.serial, x.expiry) for x in row.lots] == [("L1", "S1", BY), ("L2", "S2", BY)]


# ---- InvoiceDetailRequest


def amount(name: str, value: str) -> str:
    """Return an amount of the summary."""
    return f"<{name}><Money currency='EUR'>{value}</Money></{name}>"


SUMMARY = amount("SubtotalAmount", "2931.26") + amount("Tax", "7.25")


def invoice(
    *, summary: str = SUMMARY, purpose: str = "standard", operation: str = "new", more: str = ""
) -> str:
    """Return an InvoiceDetailRequest of two lines."""
    rows = "".join(
        f'<InvoiceDetailItem invoiceLineNumber="{number}" quantity="{quantity}">'
        f"<UnitOfMeasure>{unit}</UnitOfMeasure>{amount('UnitPrice', price)}"
        f'<InvoiceDetailItemReference lineNumber="{line}"><ItemID><SupplierPartID>{part}'
        "</SupplierPartID></ItemID></InvoiceDetailItemReference></InvoiceDetailItem>"
        for number, line, quantity, unit, price, part in (
            ("1", "1", "2", "EA", "1450.00", "SYN-TKA-3"),
            ("2", "7", "2.5", "XBX", "12.505", "GLV-75"),
        )
    )
    return (
        f'<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="INV-9" purpose="{purpose}"'
        f' operation="{operation}" invoiceDate="2027-01-09T23:00:00-06:00"/>'
        f"<InvoiceDetailOrder><InvoiceDetailOrderInfo>{reference()}"
        '<MasterAgreementReference agreementID="CT-88"/></InvoiceDetailOrderInfo>'
        f"{rows}</InvoiceDetailOrder>{more}"
        f"<InvoiceDetailSummary>{summary}</InvoiceDetailSummary></InvoiceDetailRequest>"
    )


def billed(**parts: str) -> Invoice:
    """Return the invoice of a request."""
    (found,) = read(invoice(**parts))
    assert isinstance(found, Invoice)
    return found


def test_an_invoice_by_hand() -> None:
    """Lines, order lines, contract, tax and total."""
    due = amount("NetAmount", "2938.51") + amount("DueAmount", "2938.51")
    assert billed(summary=SUMMARY + due) == Invoice(
        invoice_no="INV-9",
        supplier="SYNTHC",
        invoice_date=date(2027, 1, 9),
        po_number="PO1",
        lines=(
            InvoiceLine(
                line="1",
                po_line="1",
                quantity=Fraction(2),
                uom="EA",
                unit_price=Decimal("1450.00"),
                catalog_no="SYN-TKA-3",
            ),
            InvoiceLine(
                line="2",
                po_line="7",
                quantity=Fraction(5, 2),
                uom="BX",
                unit_price=Decimal("12.505"),
                catalog_no="GLV-75",
            ),
        ),
        total=Decimal("2938.51"),
        currency="EUR",
        tax=Decimal("7.25"),
        contract="CT-88",
    )


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ([("DueAmount", "10.00"), ("NetAmount", "20.00"), ("GrossAmount", "30.00")], "10.00"),
        ([("DueAmount", "0.00"), ("NetAmount", "20.00")], "0.00"),
        ([("NetAmount", "20.00"), ("GrossAmount", "30.00")], "20.00"),
        ([("GrossAmount", "30.00")], "30.00"),
        ([], "2931.26"),
    ],
)
def test_which_amount_is_the_total(amounts: list[tuple[str, str]], total: str) -> None:
    """What is due, also when it is nothing; then net, gross and subtotal."""
    summary = SUMMARY + "".join(amount(*x) for x in amounts)
    assert str(billed(summary=summary).total) == total


def test_without_a_summary_the_lines_are_the_total() -> None:
    """Rounded half-even to cents; the missing summary is stated."""
    found, problems = documents(document(invoice(summary="")), CXML_PROFILE)
    (one,) = found
    assert isinstance(one, Invoice)
    assert one.total == Decimal("2931.26")
    assert [p.code for p in problems] == ["cxml.value-missing"]


def test_charges_are_beside_the_lines() -> None:
    """Shipping and special handling."""
    summary = SUMMARY + amount("ShippingAmount", "15.00") + amount("SpecialHandlingAmount", "2.50")
    assert billed(summary=summary).charges == Decimal("17.50")


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [
        ("standard", "standard"),
        ("creditMemo", "credit"),
        ("lineLevelCreditMemo", "credit"),
        ("debitMemo", "standard"),
    ],
)
def test_a_credit_is_a_kind_of_its_own(purpose: str, kind: str) -> None:
    """A credit memo is never paid as an invoice."""
    found = billed(purpose=purpose)
    assert found.kind == kind
    event = "invoice.credited" if kind == "credit" else "invoice.received"
    assert [e.type for e in announced(found, KnownOrder())] == [event]


def refused(body: str) -> list[Problem]:
    """Return the problems of a request that gives no document."""
    found, problems = documents(document(body), CXML_PROFILE)
    assert found == []
    return problems


def test_a_withdrawn_invoice_is_not_paid() -> None:
    """operation delete is not a second invoice: a person settles it."""
    (problem,) = refused(invoice(operation="delete"))
    assert (problem.code, problem.severity) == ("cxml.not-read", Severity.ERROR)
    assert problem.path.endswith("InvoiceDetailRequestHeader/@operation")


def test_services_of_an_invoice_are_not_passed_over() -> None:
    """The total holds them, and the match has no line for them: a person reads it."""
    more = "<InvoiceDetailHeaderOrder/>"
    _, problems = documents(document(invoice(more=more)), CXML_PROFILE)
    assert ("cxml.not-read", Severity.ERROR) in [(p.code, p.severity) for p in problems]


def test_an_invoice_for_two_orders_is_not_guessed() -> None:
    """Line 1 of another order would be matched with line 1 of ours."""
    more = (
        "<InvoiceDetailOrder><InvoiceDetailOrderInfo>"
        f"{reference('PO2.0@suture', 'PO2')}</InvoiceDetailOrderInfo></InvoiceDetailOrder>"
    )
    (problem,) = refused(invoice(more=more))
    assert (problem.code, problem.severity) == ("cxml.not-read", Severity.ERROR)


# ---- all kinds


def test_other_kinds_are_kept_not_read() -> None:
    """A StatusUpdateRequest gives an INFO and no document."""
    body = '<StatusUpdateRequest><Status code="200" text="OK"/></StatusUpdateRequest>'
    (problem,) = refused(body)
    assert (problem.code, problem.severity) == ("cxml.kind-unread", Severity.INFO)


@pytest.mark.parametrize(
    "body",
    [
        "<ConfirmationRequest/>",
        "<ShipNoticeRequest/>",
        "<InvoiceDetailRequest/>",
        "<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID='SYNCANARY'"
        " invoiceDate='SYNCANARY'/></InvoiceDetailRequest>",
    ],
)
def test_a_request_without_its_head_is_no_document(body: str) -> None:
    """The problem is an error with a path and no value."""
    problems = refused(body)
    assert {p.severity for p in problems} == {Severity.ERROR}
    assert all(p.path and "SYNCANARY" not in p.describe() for p in problems)


def test_comments_and_extrinsics_are_dropped() -> None:
    """Free text never reaches a document (S99, spec 4.4)."""
    free = "<Comments>SYNCANARY</Comments><Extrinsic name='SYNCANARY'>SYNCANARY</Extrinsic>"
    bodies = [
        confirmation(status("detail", "10", "2027-01-08", inside=free)).replace(
            "</ConfirmationItem>", f"{free}</ConfirmationItem>"
        ),
        shipped(item("1", batch("L1") + free)),
        invoice(summary=SUMMARY + free).replace(
            "</InvoiceDetailItem>", f"{free}</InvoiceDetailItem>"
        ),
    ]
    for body in bodies:
        received = document(body)
        assert b"SYNCANARY" in bytes(received)
        found, problems = documents(received, CXML_PROFILE)
        assert len(found) == 1
        assert b"SYNCANARY" not in codec.encode(found)
        assert "SYNCANARY" not in "".join(p.describe() for p in problems)
