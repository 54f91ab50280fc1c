"""Writing orders and responses: deterministic, readable again, and safe to parse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.cxml import (
    AccountingSegment,
    Address,
    Credential,
    CxmlEnvelope,
    OrderItem,
    OrderRequest,
    order_request,
    order_request_document,
    parse,
    response,
    response_status,
)

ENVELOPE = CxmlEnvelope(
    payload_id="PO7.0@suture",
    at=datetime(2027, 1, 8, 14, 15, tzinfo=UTC),
    from_party=Credential("NetworkId", "SYNTHBUYER"),
    to_party=Credential("DUNS", "900000001"),
    sender=Credential("NetworkId", "SYNTHBUYER"),
    shared_secret="open-sesame",
    is_test=True,
)
ITEM = OrderItem(
    line_number="1",
    quantity=Fraction(5, 2),
    unit="EA",
    supplier_part_id="KF-1",
    unit_price=Decimal("14.55"),
    description="SYNTH <PART> & MORE",
    classification="42320000",
    buyer_part_id="ITM-1",
    manufacturer_part_id="MF-1",
    gtin="09521001001014",
    requested_delivery=date(2027, 1, 10),
    ship_to=Address(address_id="9521000001022", domain="GLN", name="SYNTH DOCK"),
    accounting=(AccountingSegment(type="CostCenter", id="4100"),),
    extrinsics=(("demandToken", "DMD-1"),),
)
ORDER = OrderRequest(
    order_id="PO7",
    order_date=date(2027, 1, 8),
    items=(ITEM, replace(ITEM, line_number="2", quantity=Fraction(1))),
    agreement_id="CTR-1",
    ship_to=Address(address_id="9521000001022", domain="GLN", name="SYNTH DOCK"),
    bill_to=Address(name="SYNTH HEALTH"),
)


@pytest.mark.parametrize(("kind", "replaces"), [("new", ""), ("update", "a@b"), ("delete", "a@b")])
def test_what_is_written_is_read(kind: str, replaces: str) -> None:
    """An order, its update and its delete come back as the same value, with the sum (S52)."""
    order = replace(ORDER, type=kind, replaces_payload_id=replaces)
    content = order_request_document(order, ENVELOPE)
    found, problems = parse(content)
    assert problems == []
    assert found is not None
    assert (found.payload_id, found.kind, found.is_test) == ("PO7.0@suture", "OrderRequest", True)
    assert found.timestamp == ENVELOPE.at
    assert found.credentials.receiver == (Credential("DUNS", "900000001"),)
    assert found.verify_secret("open-sesame")
    view, problems = order_request(found)
    assert problems == []
    # 2.5 x 14.55 = 36.375, half-even 36.38; and 14.55.
    assert view == replace(order, total=Decimal("50.93"))


def test_the_bytes_are_the_same_each_time() -> None:
    """A document can be made again and compared; the DOCTYPE names the public DTD."""
    first, second = (order_request_document(ORDER, ENVELOPE) for _ in range(2))
    assert first == second
    assert b'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/' in first
    assert b"SYNTH &lt;PART&gt; &amp; MORE" in first


def test_accounting_is_written_for_the_posting() -> None:
    """Each line carries its accounting segments and its charge (S55)."""
    content = order_request_document(ORDER, ENVELOPE)
    assert content.count(b'<AccountingSegment id="4100">') == 2
    assert b'<Money currency="USD">36.38</Money>' in content


def test_the_envelope_does_not_show_its_secret() -> None:
    """A shared secret is in no repr."""
    assert "sesame" not in repr(ENVELOPE)


def test_an_order_without_lines_is_refused() -> None:
    """The DTD wants at least one line, in a delete too."""
    with pytest.raises(RefusalError) as caught:
        order_request_document(replace(ORDER, items=()), ENVELOPE)
    assert caught.value.code == "cxml.value-missing"


@pytest.mark.parametrize("character", ["\x00", "\x1d", "\ud800", "\uffff"])
def test_a_character_that_xml_does_not_have_is_refused(character: str) -> None:
    """The refusal does not repeat the value."""
    text = f"SYNCANARY{character}"
    with pytest.raises(RefusalError) as caught:
        order_request_document(replace(ORDER, order_id=text), ENVELOPE)
    assert caught.value.code == "cxml.character"
    assert "SYNCANARY" not in str(caught.value)
    with pytest.raises(RefusalError):
        response(400, text, "x@suture", ENVELOPE.at)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        *((200, "OK"), (401, "Unauthorized"), (406, "Not Acceptable"), (450, "Not Implemented")),
        *((500, "Internal Server Error"), (499, "Error"), (299, "OK")),
    ],
)
def test_a_response_is_read_again(code: int, text: str) -> None:
    """The answer to a request has its code and the text of the code."""
    content = response(code, "say <why>", "x@suture", ENVELOPE.at)
    found, problems = parse(content)
    assert problems == []
    assert found is not None
    status, _ = response_status(found)
    assert status is not None
    assert (status.code, status.text) == (code, text)
    assert b"say &lt;why&gt;" in content


TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Zs")),
    min_size=1,
    max_size=30,
)


@given(TEXT, TEXT, st.fractions(min_value=0, max_value=10**6), st.decimals(0, 10**6, places=4))
def test_any_value_survives(part: str, name: str, quantity: Fraction, price: Decimal) -> None:
    """Markup in values is text; quantities and prices are exact."""
    exact = Fraction(round(quantity * 1000), 1000)
    item = replace(ITEM, supplier_part_id=part, quantity=exact, unit_price=price)
    order = replace(ORDER, items=(item,), bill_to=Address(name=name))
    found, _ = parse(order_request_document(order, ENVELOPE))
    assert found is not None
    view, problems = order_request(found)
    assert problems == []
    assert view is not None
    assert replace(view, total=None) == order
