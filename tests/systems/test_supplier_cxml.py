"""A supplier that takes cXML: the Status in the body is the answer, HTTP proves transfer only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wire_script import AT, STATUSES, encoded, kind_of, no_number, play

from suture.core.outcome import Accepted
from suture.core.refusal import RefusalError
from suture.documents.partner import PartnerProfile
from suture.simulation.wire import cxml as peer
from suture.systems.adapter import WireRequest, WireResponse
from suture.systems.supplier_cxml import SupplierCxmlAdapter

SECRET = "SYNCANARY-secret"
PROFILE = PartnerProfile(
    supplier="SYNTHC", name="Synthetic Continental", dialect="cxml", our_id="AN01", their_id="AN02"
)
ADAPTER = SupplierCxmlAdapter(PROFILE, SECRET)
XML = "text/xml; charset=utf-8"

LINE: dict[str, Any] = {
    "line": "1",
    "item": "ITM-1",
    "quantity": "2",
    "uom": "EA",
    "unit_price": "5.00",
    "description": "Gloves *~:^ <7.5>",
}
ORDER: dict[str, Any] = {
    "po_number": "PO1",
    "supplier": "SYNTHC",
    "facility": "NCH",
    "order_date": "2027-01-04",
    "need_by": "2027-01-10",
    "lines": [LINE],
}
CHANGE: dict[str, Any] = {
    "po_number": "PO1",
    "change_seq": 2001,
    "supplier": "SYNTHC",
    "facility": "NCH",
    "order_date": "2027-01-04",
    "need_by": "2027-01-12",
    "lines": [{"action": "cancel", "order_line": LINE}],
    "is_cancel_of_order": True,
    "original": ORDER,
}


def dumped(value: Any) -> bytes:
    """Return a payload."""
    return json.dumps(value).encode()


def response(code: str) -> bytes:
    """Return a Response with a Status, as a partner writes it."""
    return (
        '<?xml version="1.0"?><cXML payloadID="r@synth" timestamp="2027-01-04T14:05:01+00:00">'
        f'<Response><Status code="{code}" text="SYNCANARY">SYNCANARY</Status></Response></cXML>'
    ).encode()


def answered(status: int, body: bytes = b"") -> Any:
    """Return the outcome of an order answered with a status and a body."""
    answer = WireResponse(status, XML, body)
    requests, outcome = play(ADAPTER, "order.dispatch", b"<cXML/>", "PO1.0@suture", [answer])
    assert requests == [WireRequest("POST", "/cxml", XML, b"<cXML/>")]
    return outcome


def test_an_order_goes_under_its_payload_id() -> None:
    """The supplier's own reader finds order, line and secret; no counter is used."""
    sent = encoded(ADAPTER, "order.dispatch", dumped(ORDER))
    received = peer.read(sent.content)
    order = peer.read_order(received)
    assert sent.control_id == received.payload_id == "PO1.0@suture"
    assert (received.sender, received.secret, received.order_type) == ("AN01", SECRET, "new")
    assert (order.po_number, order.lines[0].line, order.lines[0].quantity) == ("PO1", "1", 2)
    assert encoded(ADAPTER, "order.dispatch", dumped(ORDER)) == sent


def test_a_change_goes_under_its_own() -> None:
    """The payloadID says which change an answer answers."""
    sent = encoded(ADAPTER, "order.change", dumped(CHANGE))
    received = peer.read(sent.content)
    assert sent.control_id == received.payload_id == "PO1.2001@suture"
    assert received.order_type == "delete"


@pytest.mark.parametrize(
    ("code", "kind", "name"),
    [
        ("400", "refused", "cxml.status-400"),
        ("401", "misconfigured", "cxml.status-401"),
        ("403", "misconfigured", "cxml.status-403"),
        ("406", "refused", "cxml.status-406"),
        ("409", "refused", "cxml.status-409"),
        ("450", "refused", "cxml.status-450"),
        ("499", "refused", "cxml.status-499"),
        ("500", "unavailable", "cxml.status-500"),
        ("550", "unavailable", "cxml.status-550"),
        ("560", "unavailable", "cxml.status-560"),
        ("599", "unavailable", "cxml.status-599"),
        ("100", "uncertain", "cxml.status-100"),
        ("301", "uncertain", "cxml.status-301"),
        ("600", "uncertain", "cxml.status-600"),
        ("999", "uncertain", "cxml.status-999"),
        ("20", "uncertain", "cxml.response-unreadable"),
        ("OK", "uncertain", "cxml.response-unreadable"),
        ("", "uncertain", "cxml.response-unreadable"),
    ],
)
def test_a_status_that_is_no_success(code: str, kind: str, name: str) -> None:
    """4xx: change the document; 5xx: repeat it; anything else: ask (spec 2.0.7)."""
    outcome = answered(200, response(code))
    assert (kind_of(outcome), outcome.code) == (kind, name)
    assert "SYNCANARY" not in repr(outcome)


@pytest.mark.parametrize("code", ["200", "201", "204", "280", "281"])
def test_a_status_2xx_is_the_functional_acknowledgement(code: str) -> None:
    """The partner's system has the document."""
    assert answered(200, response(code)) == Accepted({"evidence": "functional", "status": code})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html><body>200 OK</body></html>",
        b"<cXML payloadID='r' timestamp='2027-01-04T14:05:01+00:00'/>",
        b"<cXML payloadID='r' timestamp='2027-01-04T14:05:01+00:00'><Response/></cXML>",
        b'<!DOCTYPE cXML [<!ENTITY x "y">]><cXML><Response><Status code="200"/></Response></cXML>',
        response("200")[:-9],
        b"\xff\xfe\x00",
    ],
    ids=range(8),
)
def test_a_body_that_says_nothing_proves_transfer_only(body: bytes) -> None:
    """It may have been taken: the supplier is asked by order number, nothing is repeated."""
    outcome = answered(200, body)
    assert (kind_of(outcome), outcome.code) == ("uncertain", "cxml.response-unreadable")


@pytest.mark.parametrize("status", STATUSES)
def test_http_errors_come_before_the_body(status: int) -> None:
    """A proxy's 503 with any body is still a 503."""
    outcome = answered(status, response("200"))
    assert kind_of(outcome) == STATUSES[status]
    assert outcome.code == f"cxml.http-{status}"


@pytest.mark.parametrize(("status", "found"), [(200, "true"), (404, "false")])
def test_a_lookup_asks_for_the_order(status: int, found: str) -> None:
    """200 has it, 404 does not; both are answers."""
    sent = encoded(ADAPTER, "order.lookup", dumped({"po_number": "PO1"}))
    requests, outcome = play(
        ADAPTER, "order.lookup", sent.content, sent.control_id, [WireResponse(status)]
    )
    assert requests == [WireRequest("GET", "/orders/PO1")]
    assert outcome == Accepted({"found": found})


@pytest.mark.parametrize("kind", ["order.pay", "functional_ack.send"])
def test_an_unknown_command_is_refused(kind: str) -> None:
    """cXML answers at the door, so there is no acknowledgement to send."""
    with pytest.raises(RefusalError, match=r"cxml\.unknown-command"):
        encoded(ADAPTER, kind, b"{}")


def test_the_secret_is_in_no_repr() -> None:
    """Adapter, profile, content and request show who, never the secret."""
    sent = ADAPTER.encode("order.dispatch", dumped(ORDER), no_number, AT)
    exchange = ADAPTER.exchange("order.dispatch", sent.content, sent.control_id)
    shown = f"{ADAPTER} {ADAPTER!r} {PROFILE!r} {sent!r} {next(exchange)!r} {exchange!r}"
    assert SECRET.encode() in sent.content
    assert SECRET not in shown
    assert "SYNTHC" in repr(ADAPTER)
