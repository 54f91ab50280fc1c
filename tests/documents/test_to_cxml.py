"""OrderRequest new, update and delete, and Responses as they go out (S52, spec 2.0.7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_samples import AT, CXML_PROFILE, GLOVES, KNEE, ORDER, change, changed

from suture.core.refusal import RefusalError
from suture.documents.supply import OrderChange, OrderChangeLine, PurchaseOrder
from suture.documents.to_cxml import (
    change_document,
    order_document,
    order_of,
    payload_id,
    response_document,
    sequence_of,
)
from suture.formats import cxml
from suture.simulation.wire import cxml as peer

SECRET = "SYN-shared-secret"
MOVED = date(2027, 1, 12)

ORDER_REQUEST = """<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.063/cXML.dtd">
<cXML payloadID="PO4500012345.0@suture" timestamp="2027-01-04T14:05:00+00:00" xml:lang="en-US">
  <Header>
    <From>
      <Credential domain="NetworkId">
        <Identity>AN01</Identity>
      </Credential>
    </From>
    <To>
      <Credential domain="NetworkId">
        <Identity>AN02</Identity>
      </Credential>
    </To>
    <Sender>
      <Credential domain="NetworkId">
        <Identity>AN01</Identity>
        <SharedSecret>SYN-shared-secret</SharedSecret>
      </Credential>
      <UserAgent>suture</UserAgent>
    </Sender>
  </Header>
  <Request deploymentMode="test">
    <OrderRequest>
      <OrderRequestHeader orderID="PO4500012345" orderDate="2027-01-04" type="new">
        <Total>
          <Money currency="USD">31.25</Money>
        </Total>
        <ShipTo>
          <Address addressID="9520000000208">
            <Name xml:lang="en-US">NCH receiving dock</Name>
          </Address>
        </ShipTo>
        <BillTo>
          <Address addressID="9520000000109">
            <Name xml:lang="en-US">Synthetic Health</Name>
          </Address>
        </BillTo>
        <MasterAgreementIDInfo agreementID="CT-88"/>
      </OrderRequestHeader>
      <ItemOut quantity="2.5" lineNumber="2" requestedDeliveryDate="2027-01-10">
        <ItemID>
          <SupplierPartID>GLV-75</SupplierPartID>
          <BuyerPartID>ITM-100300</BuyerPartID>
        </ItemID>
        <ItemDetail>
          <UnitPrice>
            <Money currency="USD">12.5</Money>
          </UnitPrice>
          <Description xml:lang="en-US">Gloves &lt;7.5&gt; * ~</Description>
          <UnitOfMeasure>BX</UnitOfMeasure>
          <Classification domain="UNSPSC">00000000</Classification>
          <Extrinsic name="DemandToken">D7K2M9</Extrinsic>
        </ItemDetail>
      </ItemOut>
    </OrderRequest>
  </Request>
</cXML>
"""


def sent(order: PurchaseOrder) -> bytes:
    """Return the OrderRequest of an order."""
    return order_document(order, CXML_PROFILE, SECRET, AT)


def read(content: bytes) -> cxml.OrderRequest:
    """Return what our own reader finds."""
    document, problems = cxml.parse(content)
    assert document is not None
    found, more = cxml.order_request(document)
    assert found is not None
    assert [*problems, *more] == []
    return found


def test_an_order_request_by_hand() -> None:
    """XML escapes what X12 cannot: a description keeps its characters."""
    line = changed(GLOVES, description="Gloves <7.5> * ~", demand_token="D7K2M9")
    order = msgspec.structs.replace(ORDER, lines=(line,))
    assert sent(order).decode() == ORDER_REQUEST


def test_the_same_order_gives_the_same_bytes() -> None:
    """A resend is recognised by its payloadID and its content."""
    assert sent(ORDER) == sent(ORDER)


def test_accounting_goes_with_the_line() -> None:
    """The cost center is a segment of the line's Distribution (S55)."""
    knee, gloves = read(sent(ORDER)).items
    assert [(s.type, s.id) for s in knee.accounting] == [("CostCenter", "CC-6010")]
    assert gloves.accounting == ()
    assert knee.gtin == "09520000000017"


def test_nothing_of_the_case_goes_out() -> None:
    """Facility and delivery place stay inside; the token is the only trace (spec 4.3)."""
    order = msgspec.structs.replace(
        ORDER, facility="SYNCANARY-F", lines=(changed(KNEE, deliver_to="SYNCANARY-OR04"),)
    )
    content = sent(order)
    assert b"SYNCANARY" not in content
    assert [x.extrinsics for x in read(content).items] == [(("DemandToken", "D7K2M9"),)]


def test_what_is_not_known_has_a_neutral_word() -> None:
    """Names fall back to the role, parts to the item."""
    line = msgspec.structs.replace(GLOVES, catalog_no="", description="")
    order = msgspec.structs.replace(ORDER, lines=(line,), bill_to_name="", ship_to_name="")
    found = read(sent(order))
    assert (found.ship_to.name, found.bill_to.name) == ("Receiving dock", "Accounts payable")
    assert (found.items[0].supplier_part_id, found.items[0].description) == ("ITM-100300",) * 2


words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF).filter(
        lambda c: c.isprintable() and not c.isspace()
    ),
    min_size=1,
    max_size=20,
)


@given(
    words,
    words,
    words,
    st.decimals(Decimal("0.01"), 9999, places=2).map(Fraction),
    st.decimals(0, 99999, places=4),
)
def test_an_order_is_read_back_with_the_same_values(
    number: str, item: str, part: str, quantity: Fraction, price: Decimal
) -> None:
    """What our reader and the supplier's own reader find is what was ordered."""
    line = changed(KNEE, item=item, catalog_no=part, quantity=quantity, unit_price=price)
    order = msgspec.structs.replace(ORDER, po_number=number, lines=(line,))
    found = read(sent(order))
    (row,) = found.items
    assert (found.order_id, found.order_date, found.type) == (number, ORDER.order_date, "new")
    assert (row.buyer_part_id, row.supplier_part_id) == (item, part)
    assert (row.quantity, row.unit_price, row.unit) == (quantity, price, "EA")
    received = peer.read_order(peer.read(sent(order)))
    (ordered,) = received.lines
    assert (received.po_number, received.need_by) == (number, ORDER.need_by)
    assert (ordered.line, ordered.quantity, ordered.unit_price) == ("1", quantity, price)
    assert (ordered.item, ordered.catalog_no, ordered.uom) == (item, part, "EA")


def test_a_quantity_that_is_no_decimal_is_refused() -> None:
    """A third of a box cannot be written in cXML and is not rounded."""
    order = msgspec.structs.replace(ORDER, lines=(changed(KNEE, quantity=Fraction(1, 3)),))
    with pytest.raises(RefusalError, match=r"cxml\.value-number"):
        sent(order)


def test_a_character_that_xml_does_not_have_is_refused_without_its_value() -> None:
    """A control character in an identifier is never dropped silently."""
    order = msgspec.structs.replace(ORDER, lines=(changed(KNEE, catalog_no="SYNCANARY\x00"),))
    with pytest.raises(RefusalError, match=r"cxml\.character") as refused:
        sent(order)
    assert "SYNCANARY" not in str(refused.value)


# ---- update and delete


def sent_change(asked: OrderChange) -> bytes:
    """Return the OrderRequest of a change."""
    return change_document(asked, CXML_PROFILE, SECRET, AT)


def test_an_update_restates_the_order() -> None:
    """The changed line has its new values; the other keeps quantity and day."""
    fewer = changed(KNEE, quantity=Fraction(1))
    row = OrderChangeLine(action="change", order_line=fewer, need_by=MOVED)
    found = read(sent_change(change(row, seq=2001, need_by=MOVED)))
    assert (found.type, found.order_version) == ("update", "2001")
    assert found.replaces_payload_id == "PO4500012345.0@suture"
    assert [(x.line_number, x.quantity, x.requested_delivery) for x in found.items] == [
        ("1", Fraction(1), MOVED),
        ("2", Fraction(5, 2), date(2027, 1, 10)),
    ]


def test_a_line_without_a_day_of_its_own_takes_the_changes() -> None:
    """The change's day is that of its lines."""
    row = OrderChangeLine(action="change", order_line=KNEE)
    found = read(sent_change(change(row, need_by=MOVED)))
    assert [x.requested_delivery for x in found.items] == [MOVED, date(2027, 1, 10)]


def test_a_cancelled_line_is_not_restated() -> None:
    """A line that is not there any more is cancelled; the supplier's reader sees it so."""
    row = OrderChangeLine(action="cancel", order_line=KNEE)
    content = sent_change(change(row, seq=1001))
    assert [x.line_number for x in read(content).items] == ["2"]
    received = peer.read_change(peer.read(content), ["1", "2"])
    assert (received.is_cancel, received.sequence) == (False, "PO4500012345.1001@suture")
    assert [(x.line, x.is_cancelled, x.quantity) for x in received.lines] == [
        ("1", True, None),
        ("2", False, Fraction(5, 2)),
    ]


def test_a_delete_cancels_the_order() -> None:
    """The whole order goes; its lines are named because the DTD wants at least one."""
    rows = [OrderChangeLine(action="cancel", order_line=x) for x in ORDER.lines]
    content = sent_change(change(*rows, seq=3002, cancel=True))
    found = read(content)
    assert (found.type, len(found.items)) == ("delete", 2)
    received = peer.read(content)
    assert received.order_type == "delete"
    assert peer.read_change(received, ["1", "2"]).is_cancel


# ---- payload ids, secrets, Responses


@given(words.filter(lambda x: "@" not in x), st.integers(0, 999_999_999))
def test_our_payload_ids_say_order_and_change(number: str, sequence: int) -> None:
    """An answer that names one says which order and which change it answers."""
    payload = payload_id(number, sequence)
    assert (order_of(payload), sequence_of(payload)) == (number, sequence)


@pytest.mark.parametrize(
    "payload", ["", "x", "PO1.1@other", "PO1@suture", "PO1.x@suture", "PO1.1234567890@suture"]
)
def test_others_payload_ids_are_not_ours(payload: str) -> None:
    """Nothing is read out of a foreign payloadID."""
    assert (order_of(payload), sequence_of(payload)) == ("", None)


def test_the_secret_is_where_it_belongs() -> None:
    """Once, in the Sender's credential."""
    content = sent(ORDER)
    assert content.count(SECRET.encode()) == 1
    assert peer.read(content).secret == SECRET
    assert SECRET not in repr(cxml.parse(content)[0])


@pytest.mark.parametrize(
    ("status", "short"), [(200, "OK"), (401, "Unauthorized"), (503, "Error"), (560, None)]
)
def test_a_response_by_hand(status: int, short: str | None) -> None:
    """HTTP proves transfer only; the Status is the answer."""
    content = response_document(status, "cxml.value: correct it", "r1@suture", AT)
    assert peer.read_status(content) == str(status)
    document, problems = cxml.parse(content)
    assert document is not None
    assert problems == []
    found, _ = cxml.response_status(document)
    assert found is not None
    assert found.code == status
    assert short in (None, found.text)
    assert b">cxml.value: correct it<" in content
