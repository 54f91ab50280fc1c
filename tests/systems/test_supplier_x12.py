"""A supplier that takes X12 over HTTP: what is sent under which number, and what answers mean."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from wire_script import AT, STATUSES, Numbers, encoded, kind_of, no_number, play

from suture.core.outcome import Accepted
from suture.core.refusal import RefusalError
from suture.documents.partner import PartnerProfile
from suture.systems.adapter import WireRequest, WireResponse
from suture.systems.supplier_x12 import SupplierX12Adapter

PROFILE = PartnerProfile(
    supplier="SYNTHO", name="Syntho", dialect="x12", our_id="HSCIPDEMO", their_id="SUP9001DEMO"
)
ADAPTER = SupplierX12Adapter(PROFILE)

LINE: dict[str, Any] = {
    "line": "1",
    "item": "ITM-1",
    "quantity": "2",
    "uom": "EA",
    "unit_price": "5.00",
}
ORDER: dict[str, Any] = {
    "po_number": "PO1",
    "supplier": "SYNTHO",
    "facility": "NCH",
    "order_date": "2027-01-04",
    "need_by": "2027-01-10",
    "lines": [LINE],
}
CHANGE: dict[str, Any] = {
    "po_number": "PO1",
    "change_seq": 1001,
    "supplier": "SYNTHO",
    "facility": "NCH",
    "order_date": "2027-01-04",
    "need_by": "2027-01-12",
    "lines": [{"action": "change", "order_line": LINE, "need_by": "2027-01-12"}],
    "is_cancel_of_order": False,
    "original": ORDER,
    "remaining": [LINE],
}
SENT = (
    "ISA*00*          *00*          *ZZ*HSCIPDEMO      *ZZ*SUP9001DEMO    "
    "*270104*1405*^*00501*0000000{control}*0*T*:~"
    "GS*{group}*HSCIPDEMO*SUP9001DEMO*20270104*1405*{control}*X*005010~{body}"
    "GE*1*{control}~IEA*1*0000000{control}~"
)
BODY_850 = (
    "ST*850*0001~BEG*00*NE*PO1**20270104~CUR*BY*USD~DTM*002*20270110~"
    "PO1*1*2*EA*5.00*CT*IN*ITM-1~CTT*1~SE*7*0001~"
)
BODY_860 = (
    "ST*860*0001~BCH*04*SA*PO1**1001*20270104~DTM*002*20270112~"
    "POC*1*RS*2*2*EA*5.00*CT*IN*ITM-1~DTM*002*20270112~CTT*1~SE*7*0001~"
)


def dumped(value: Any) -> bytes:
    """Return a payload."""
    return json.dumps(value).encode()


def test_an_order_and_its_change_are_sent_under_the_next_numbers() -> None:
    """One counter per supplier; the control id is what the 997 names."""
    numbers = Numbers()
    order = ADAPTER.encode("order.dispatch", dumped(ORDER), numbers, AT)
    change = ADAPTER.encode("order.change", dumped(CHANGE), numbers, AT)
    assert order.content.decode() == SENT.format(control=42, group="PO", body=BODY_850)
    assert change.content.decode() == SENT.format(control=43, group="PC", body=BODY_860)
    assert (order.control_id, change.control_id) == ("42/0001", "43/0001")
    assert numbers.asked == ["x12/SYNTHO", "x12/SYNTHO"]


@pytest.mark.parametrize("kind", ["order.lookup", "functional_ack.send"])
def test_what_is_ready_uses_no_number(kind: str) -> None:
    """A query and a 997 made at the door go as they are."""
    sent = encoded(ADAPTER, kind, b'{"po_number":"PO1"}')
    assert (sent.content, sent.control_id) == (b'{"po_number":"PO1"}', "")


@pytest.mark.parametrize("kind", ["order.dispatch", "order.change", "functional_ack.send"])
def test_a_success_proves_transfer_only(kind: str) -> None:
    """The 997 that comes later is the functional acknowledgement (spec 2.0.6)."""
    for status in (200, 201, 202, 204):
        answer = WireResponse(status, body=b"whatever")
        requests, outcome = play(ADAPTER, kind, b"ISA...", "42/0001", [answer])
        assert requests == [WireRequest("POST", "/x12", "application/edi-x12", b"ISA...")]
        assert outcome == Accepted({"evidence": "transfer"})


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_sorted_by_what_may_be_done_next(status: int) -> None:
    """The same table as for every other system."""
    answer = WireResponse(status, body=b"SYNCANARY")
    _, outcome = play(ADAPTER, "order.dispatch", b"ISA", "42/0001", [answer])
    assert kind_of(outcome) == STATUSES[status]
    assert not isinstance(outcome, Accepted)
    assert outcome.code == f"x12.http-{status}"
    assert "SYNCANARY" not in outcome.text


@pytest.mark.parametrize("status", [*STATUSES, 200])
def test_a_lookup_asks_for_the_order(status: int) -> None:
    """200 has it, 404 does not; both are answers. Other statuses are sorted as ever."""
    content = dumped({"po_number": "PO 1/2", "lines": ["1"]})
    requests, outcome = play(ADAPTER, "order.lookup", content, "", [WireResponse(status)])
    assert requests == [WireRequest("GET", "/orders/PO%201%2F2")]
    if status in (200, 404):
        assert outcome == Accepted({"found": "true" if status == 200 else "false"})
    else:
        assert kind_of(outcome) == STATUSES[status]


def test_an_unknown_command_is_refused_before_a_number_is_used() -> None:
    """So are a payload that does not fit, and an identifier with a delimiter."""
    with pytest.raises(RefusalError, match=r"x12\.unknown-command"):
        encoded(ADAPTER, "order.pay", b"{}")
    with pytest.raises(msgspec.ValidationError):
        encoded(ADAPTER, "order.dispatch", b'{"po_number":1}')


def test_a_delimiter_in_an_identifier_is_refused() -> None:
    """The order is not sent, and the value stays out of the text."""
    broken = ORDER | {"lines": [LINE | {"catalog_no": "SYNCANARY~1"}]}
    with pytest.raises(RefusalError) as refused:
        ADAPTER.encode("order.dispatch", dumped(broken), Numbers(), AT)
    assert refused.value.code == "x12.delimiter-in-value"
    assert "SYNCANARY" not in str(refused.value)


def test_content_stays_out_of_every_repr() -> None:
    """Requests, answers and encoded content are logged by what they are, not by what they hold."""
    parts = [
        WireRequest("POST", "/x12", "t", b"SYNCANARY", (("Authorization", "SYNCANARY"),)),
        WireResponse(200, "t", b"SYNCANARY"),
        ADAPTER.encode("order.lookup", dumped({"po_number": "SYNCANARY"}), no_number, AT),
    ]
    assert "SYNCANARY" not in repr(parts)
