"""The peers' own wire formats: exact segments and elements, written and read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from lxml import etree

from suture.simulation.model.trade import (
    Bill,
    BilledLine,
    ChangedLine,
    ChangeReply,
    Confirmation,
    ConfirmedLine,
    IncomingChange,
    IncomingOrder,
    OrderedLine,
    Pack,
    Shipment,
)
from suture.simulation.wire import cxml, mllp, x12
from suture.simulation.wire.hl7 import escape, read_acknowledgement

AT = datetime(2027, 1, 8, 15, 2, tzinfo=UTC)
LINE = OrderedLine("1", Fraction(1), "EA", Decimal("1450.00"), "ITM-1", "09521001001014", "KF-1")
ORDER = IncomingOrder(
    "PO4500010001",
    date(2027, 1, 8),
    date(2027, 1, 10),
    (LINE,),
    ship_to_gln="9521000001022",
    bill_to_gln="9521000000001",
    contract="CTR-1",
    reference="PO4500010001.0@hub",
)
US = x12.Party("SUP9001DEMO", name="Syntho", gln="9521009000019")
THEM = x12.Party("HSCIPDEMO")

ISA = (
    "ISA*00*          *00*          *ZZ*HSCIPDEMO      *ZZ*SUP9001DEMO    "
    "*270108*1415*^*00501*000000101*0*T*:~"
)
ORDER_850 = (
    ISA + "\nGS*PO*HSCIPDEMO*SUP9001DEMO*20270108*1415*101*X*005010~\nST*850*0001~\n"
    "BEG*00*NE*PO4500010001**20270108~\nCUR*BY*USD~\nREF*CT*CTR-1~\nDTM*002*20270110~\n"
    "N1*BY*SYNTHETIC HEALTH*UL*9521000000001~\nN1*ST*NCH MAIN DOCK*UL*9521000001022~\n"
    "PO1*1*1*EA*1450.00*CT*UK*09521001001014*VC*KF-1*IN*ITM-1~\nREF*CO*DMD-7F3A2C~\n"
    "CTT*1~\nSE*11*0001~\nGE*1*101~\nIEA*1*000000101~\n"
)


def segments(document: object) -> list[str]:
    body = x12.transaction_set(document, US)  # type: ignore[arg-type]
    return ["*".join(row) for row in body]


def test_an_850_is_read() -> None:
    """Number, dates, parties, contract, and the line with its pairs."""
    received = x12.read(ORDER_850.encode())
    assert [(s.id, s.control, s.group, s.group_control) for s in received] == [
        ("850", "0001", "PO", "101")
    ]
    read = x12.read_order(received[0])
    assert (read.po_number, read.order_date, read.need_by) == (
        "PO4500010001",
        date(2027, 1, 8),
        date(2027, 1, 10),
    )
    assert read.lines == (LINE,)
    assert (read.ship_to_gln, read.contract) == ("9521000001022", "CTR-1")


def changed(bch: str, *rows: str) -> IncomingChange:
    text = "~".join([ISA[:-1], "GS*PC*A*B*20270108*1415*9*X*005010", "ST*860*0001", bch, *rows])
    return x12.read_change(x12.read(f"{text}~SE*9*0001~GE*1*9~IEA*1*000000101~".encode())[0])


def test_an_860_cancels_or_reschedules() -> None:
    """BCH01 = 01 or POC02 = DI cancels; a DTM 002 after the POC moves that line."""
    cancel = changed("BCH*01*NE*PO1**2*20270108", "POC*1*DI*1*1*EA")
    assert cancel.lines == (ChangedLine("1", is_cancelled=True),)
    assert (cancel.sequence, cancel.is_cancel) == ("2", True)
    moved = changed(
        "BCH*04*NE*PO1**1*20270108", "POC*1*RS*3**EA", "DTM*002*20270112", "POC*2*DI*1**EA"
    )
    assert moved.lines == (
        ChangedLine("1", quantity=Fraction(3), need_by=date(2027, 1, 12)),
        ChangedLine("2", is_cancelled=True),
    )


def test_an_interchange_has_fixed_widths_and_counts() -> None:
    """ISA is 106 characters; SE, GE and IEA count segments, sets and groups."""
    content = x12.interchange(
        US, THEM, group="PR", sets=[[["855"], ["BAK", "00", "AT"]]], control=7, at=AT
    ).decode()
    assert content[105] == "~"
    rows = content.split("~")
    assert rows[1] == "GS*PR*SUP9001DEMO*HSCIPDEMO*20270108*1502*7*X*005010"
    assert rows[2:] == ["ST*855*0001", "BAK*00*AT", "SE*3*0001", "GE*1*7", "IEA*1*000000007", ""]
    assert rows[0].split("*")[13] == "000000007"


def test_an_855_says_what_the_sample_says() -> None:
    """AD and IA with 069 for a promise; AC and IB for a backorder; RD and IR without a date."""
    told = Confirmation(ORDER, "SO1", (ConfirmedLine(LINE, "accepted", date(2027, 1, 10)),), AT)
    assert segments(told)[1:] == [
        "BAK*00*AD*PO4500010001*20270108****SO1",
        "PO1*1*1*EA*1450.00*CT*UK*09521001001014*VC*KF-1*IN*ITM-1",
        "ACK*IA*1*EA*069*20270110",
        "CTT*1",
    ]
    late = ConfirmedLine(LINE, "backordered", date(2027, 1, 25))
    assert segments(Confirmation(ORDER, "SO1", (late,), AT))[1].split("*")[2] == "AC"
    assert segments(Confirmation(ORDER, "SO1", (late,), AT))[3] == "ACK*IB*1*EA*069*20270125"
    never = ConfirmedLine(LINE, "rejected")
    assert segments(Confirmation(ORDER, "SO1", (never,), AT))[3] == "ACK*IR*1*EA"


def test_an_865_accepts_or_refuses() -> None:
    """BCA02 AT with IA, or RJ with IR; BCA05 repeats the change sequence."""
    change = IncomingChange("PO1", "2", (ChangedLine("1", is_cancelled=True),), is_cancel=True)
    yes = segments(ChangeReply(ORDER, change, ((LINE, True, None),), "CA1", AT))
    assert yes[1] == "BCA*00*AT*PO4500010001**2*20270108"
    assert yes[2].startswith("POC*1*DI*1*1*EA*1450.00*CT*UK*")
    assert yes[3] == "ACK*IA*1*EA"
    no = segments(ChangeReply(ORDER, change, ((LINE, False, None),), "CA1", AT))
    assert (no[1].split("*")[2], no[3]) == ("RJ", "ACK*IR*1*EA")


def test_an_856_is_shipment_order_pack_item() -> None:
    """HL 1-2-3 are S, O, P; each traced pack is an item with LT, SN and DTM 036."""
    pack = Pack(LINE, Fraction(1), "L7F21", "S000123", date(2029, 6, 30))
    goods = Shipment(ORDER, "SHP1", "095210090000000019", (pack,), AT, AT)
    rows = segments(goods)
    assert [row for row in rows if row.startswith("HL")] == [
        "HL*1**S",
        "HL*2*1*O",
        "HL*3*2*P",
        "HL*4*3*I",
    ]
    assert "PRF*PO4500010001" in rows
    assert "MAN*GM*095210090000000019" in rows
    assert rows[-4:] == [
        "LIN*1*UK*09521001001014*VC*KF-1*LT*L7F21*SN*S000123",
        "SN1*1*1*EA",
        "DTM*036*20290630",
        "CTT*4",
    ]


def test_an_810_has_implied_decimals() -> None:
    """TDS is in cents; IT1 has the order line, price and pairs."""
    billed = BilledLine(LINE, Fraction(1), Decimal("1450.00"), Decimal("1450.00"))
    rows = segments(Bill(ORDER, "INV-1", (billed,), AT, Decimal("1450.00")))
    assert rows[1] == "BIG*20270108*INV-1*20270108*PO4500010001"
    assert "REF*CT*CTR-1" in rows
    assert "N1*RE*SYNTHO*UL*9521009000019" in rows
    assert "IT1*1*1*EA*1450.00*CT*UK*09521001001014*VC*KF-1*IN*ITM-1" in rows
    assert rows[-2:] == ["TDS*145000", "CTT*1"]


def test_a_997_answers_each_set() -> None:
    """AK5 per set; AK9 A when all are good, P for a part, R for none."""
    received = x12.read(ORDER_850.encode())
    (good,) = x12.functional_ack(received, ["A"])
    assert good == [
        ["997"],
        ["AK1", "PO", "101"],
        ["AK2", "850", "0001"],
        ["AK5", "A"],
        ["AK9", "A", "1", "1", "1"],
    ]
    (part,) = x12.functional_ack(received * 2, ["A", "R"])
    assert part[-1] == ["AK9", "P", "2", "2", "1"]


@pytest.mark.parametrize("data", [b"", b"MSH|", b"ISA*short~"])
def test_what_is_no_interchange_is_refused(data: bytes) -> None:
    """No ISA, no interchange."""
    with pytest.raises(ValueError):
        x12.read(data)


OUT = (
    '<cXML payloadID="{payload}" timestamp="2027-01-08T09:00:00-06:00"><Header><From/><To/>'
    '<Sender><Credential domain="NetworkId"><Identity>HSCIPDEMO</Identity>'
    "<SharedSecret>s3cret</SharedSecret></Credential></Sender></Header><Request><OrderRequest>"
    '<OrderRequestHeader orderID="PO4500010002" orderDate="2027-01-08T09:00:00-06:00"'
    ' type="{kind}"><ShipTo><Address addressID="9521000002012"/></ShipTo></OrderRequestHeader>'
    "{items}</OrderRequest></Request></cXML>"
)
ITEM = (
    '<ItemOut quantity="{quantity}" lineNumber="{line}" requestedDeliveryDate="2027-01-10">'
    "<ItemID><SupplierPartID>CM-TR12</SupplierPartID></ItemID><ItemDetail><UnitPrice>"
    '<Money currency="USD">218.50</Money></UnitPrice><Description xml:lang="en">TROCAR'
    "</Description><UnitOfMeasure>BX</UnitOfMeasure></ItemDetail></ItemOut>"
)


def order_request(kind: str, items: str, payload: str = "P1") -> cxml.Received:
    return cxml.read(OUT.format(kind=kind, items=items, payload=payload).encode())


def test_an_order_request_is_read() -> None:
    """Number, date, need, ship-to, line; the secret is held apart and never shown."""
    received = order_request("new", ITEM.format(line="1", quantity="1"))
    assert (received.kind, received.order_type, received.secret) == (
        "OrderRequest",
        "new",
        "s3cret",
    )
    assert "s3cret" not in repr(received)
    read = cxml.read_order(received)
    assert (read.po_number, read.need_by) == ("PO4500010002", date(2027, 1, 10))
    assert read.ship_to_gln == "9521000002012"
    assert read.lines[0] == OrderedLine(
        "1", Fraction(1), "BX", Decimal("218.50"), catalog_no="CM-TR12"
    )


def test_an_update_cancels_what_it_leaves_out() -> None:
    """A restated order without line 2 cancels line 2; a delete cancels the whole."""
    update = order_request("update", ITEM.format(line="1", quantity="3"), "P2")
    change = cxml.read_change(update, ["1", "2"])
    assert change.lines == (
        ChangedLine("1", quantity=Fraction(3), need_by=date(2027, 1, 10)),
        ChangedLine("2", is_cancelled=True),
    )
    assert (change.sequence, change.is_cancel) == ("P2", False)
    delete = cxml.read_change(order_request("delete", "", "P3"), ["1", "2"])
    assert (delete.lines, delete.is_cancel, delete.reference) == ((), True, "P3")


def written(document: object) -> etree._Element:
    credentials = cxml.Credentials(us="SUP9002DEMO", them="HSCIPDEMO", secret="hub-secret")
    content = cxml.request(document, credentials, payload_id="X1", at=AT)  # type: ignore[arg-type]
    return etree.fromstring(content)


def test_a_confirmation_lists_every_line() -> None:
    """allDetail with a status per line and its delivery date; backordered keeps its date."""
    lines = (
        ConfirmedLine(LINE, "accepted", date(2027, 1, 10)),
        ConfirmedLine(LINE, "backordered", date(2027, 1, 25)),
    )
    order = IncomingOrder("PO1", AT.date(), None, (LINE, LINE), reference="P1")
    root = written(Confirmation(order, "SO1", lines, AT))
    head = root.find(".//ConfirmationHeader")
    statuses = root.findall(".//ConfirmationStatus")
    assert head is not None
    assert (head.get("type"), head.get("operation")) == ("allDetail", "new")
    assert [(s.get("type"), s.get("deliveryDate")) for s in statuses] == [
        ("accept", "2027-01-10"),
        ("backordered", "2027-01-25"),
    ]
    assert root.find(".//OrderReference/DocumentReference").get("payloadID") == "P1"  # type: ignore[union-attr]
    assert root.findtext("Header/Sender/Credential/SharedSecret") == "hub-secret"


def test_a_change_reply_points_at_the_change_document() -> None:
    """accept or reject, with the payloadID of the delete it answers."""
    change = IncomingChange("PO1", "P3", (), is_cancel=True, reference="P3")
    for accepted, kind in ((True, "accept"), (False, "reject")):
        root = written(ChangeReply(ORDER, change, ((LINE, accepted, None),), "CA1", AT))
        assert root.find(".//ConfirmationHeader").get("type") == kind  # type: ignore[union-attr]
        assert root.find(".//DocumentReference").get("payloadID") == "P3"  # type: ignore[union-attr]


def test_a_ship_notice_carries_lot_and_sscc() -> None:
    """Batch, expiry and container code stand under the item."""
    pack = Pack(LINE, Fraction(1), "L7F21", "", date(2029, 6, 30))
    root = written(Shipment(ORDER, "SHP1", "095210090000000019", (pack,), AT, AT))
    assert root.findtext(".//Batch/SupplierBatchID") == "L7F21"
    assert root.find(".//Batch").get("expirationDate", "")[:10] == "2029-06-30"  # type: ignore[union-attr]
    assert root.findtext(".//ShippingContainerSerialCode") == "095210090000000019"


def test_an_invoice_sums_up() -> None:
    """Line reference, unit price, subtotal, due amount."""
    billed = BilledLine(LINE, Fraction(2), Decimal("218.50"), Decimal("437.00"))
    root = written(Bill(ORDER, "INV-1", (billed,), AT, Decimal("437.00")))
    assert root.find(".//InvoiceDetailItemReference").get("lineNumber") == "1"  # type: ignore[union-attr]
    assert root.findtext(".//InvoiceDetailItem/UnitPrice/Money") == "218.50"
    assert root.findtext(".//DueAmount/Money") == "437.00"


def test_a_response_status_is_written_and_read() -> None:
    """The code in the body is the acknowledgement."""
    assert cxml.read_status(cxml.response("401", "No", payload_id="X", at=AT)) == "401"
    with pytest.raises(ValueError):
        cxml.read_status(b"<cXML/>")
    with pytest.raises(ValueError):
        cxml.read(b"not xml")


def test_frames_come_out_whole_or_not_at_all() -> None:
    """Half a frame waits; what follows a frame is kept; garbage before VT is skipped."""
    whole = mllp.frame(b"MSH|a\r")
    assert mllp.unframe(whole[:-1]) == (None, whole[:-1])
    assert mllp.unframe(b"??" + whole + b"\x0bMSH") == (b"MSH|a\r", b"\x0bMSH")
    with pytest.raises(ValueError):
        mllp.unframe(b"x" * (mllp.FRAME_BYTES_MAX + 1))


def test_acknowledgements_are_read() -> None:
    """MSA-1 and MSA-2; no MSA is no acknowledgement."""
    assert read_acknowledgement(b"MSH|^~\\&|A\rMSA|CA|EHR1\r") == ("CA", "EHR1")
    with pytest.raises(ValueError):
        read_acknowledgement(b"MSH|^~\\&|A\r")


def test_delimiters_in_text_are_escaped() -> None:
    """A name with delimiters stays one field."""
    assert escape("A|B^C&D~E\\F") == "A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F"
