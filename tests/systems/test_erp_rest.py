"""The ERP's REST interface (S41): request, response and outcome of every command; the cursor."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_script import STATUSES, encoded, kind_of, play

from suture.core.outcome import Accepted, Refused, Unavailable
from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.documents.erp import (
    ErpChange,
    ErpOrder,
    ErpOrderLine,
    ErpPayment,
    ErpReceipt,
    ErpStock,
)
from suture.documents.supply import Lot
from suture.systems.adapter import WireRequest, WireResponse
from suture.systems.erp_rest import CHANGES_MAX, ErpRestAdapter, poll_request, read_changes

ADAPTER = ErpRestAdapter()
JSON = "application/json"

COMMANDS: dict[str, dict[str, Any]] = {
    "erp.requisition.create": {
        "external_ref": "R/1",
        "facility": "NCH",
        "need_by": "2027-01-10",
        "requester": "suture",
        "supplier": "SYNTHO",
        "approval_policy": "default-1",
        "approved_by": "policy",
        "lines": [
            {
                "line": "1",
                "item": "ITM-1",
                "quantity": "2.5",
                "uom": "BX",
                "unit_price": "12.50",
                "cost_center": "CC-6010",
            }
        ],
    },
    "erp.requisition.find": {"external_ref": "R/1 & more"},
    "erp.requisition.cancel": {"external_ref": "R/1/c", "requisition_no": "REQ 1/2"},
    "erp.order.cancel": {"external_ref": "O/1/c", "po_number": "PO#1", "lines": ["1", "2"]},
    "erp.order.change": {
        "external_ref": "O/1/x",
        "po_number": "PO1",
        "line": "2",
        "quantity": "1/3",
        "need_by": "2027-01-12",
    },
    "erp.receipt.post": {
        "external_ref": "SHP1/PO1/1",
        "po_number": "PO1",
        "line": "1",
        "item": "ITM-1",
        "quantity": "2",
        "uom": "EA",
        "location": "OR-STORE",
        "received_at": "2027-01-08T15:00:00Z",
        "lots": [{"quantity": "2", "lot": "L1", "expiry": "2028-01-31"}],
    },
    "erp.receipt.find": {"external_ref": "SHP1/PO1/1"},
    "erp.voucher.post": {
        "external_ref": "SYNTHO|INV9|standard",
        "supplier": "SYNTHO",
        "invoice_no": "INV-9",
        "po_number": "PO1",
        "amount": "2900.00",
        "currency": "USD",
        "lines": [{"po_line": "1", "quantity": "2", "uom": "EA", "unit_price": "1450.00"}],
    },
    "erp.voucher.find": {"external_ref": "SYNTHO|INV9|standard"},
    "erp.issue.post": {
        "external_ref": "U1",
        "reference": "D7K2M9",
        "item": "ITM-1",
        "quantity": "1",
        "uom": "EA",
        "location": "OR-STORE",
        "lot": "L1",
    },
    "erp.issue.find": {"external_ref": "U1"},
}
NUMBERS = {
    "requisition": "requisition_no",
    "receipt": "receipt_no",
    "voucher": "voucher_no",
    "issue": "issue_no",
}
CREATES = [k for k in COMMANDS if k.endswith((".create", ".post"))]
FINDS = [k for k in COMMANDS if k.endswith(".find")]
CHANGES = [k for k in COMMANDS if k not in (*CREATES, *FINDS)]


def number_field(kind: str) -> str:
    """Return the field in which the ERP gives a document's number."""
    return NUMBERS[kind.split(".")[1]]


def exchanged(kind: str, status: int, body: Any = b"", retry: float | None = None) -> Any:
    """Return (request, outcome) of a command answered with a status and a body."""
    sent = encoded(ADAPTER, kind, json.dumps(COMMANDS[kind]).encode())
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = WireResponse(status, JSON, raw, retry)
    (request,), outcome = play(ADAPTER, kind, sent.content, sent.control_id, [answer])
    return request, outcome


REQUESTS = {
    "erp.requisition.create": ("POST", "/requisitions"),
    "erp.requisition.find": ("GET", "/requisitions?external_ref=R%2F1%20%26%20more"),
    "erp.requisition.cancel": ("POST", "/requisitions/REQ%201%2F2/cancel"),
    "erp.order.cancel": ("POST", "/purchase-orders/PO%231/cancel"),
    "erp.order.change": ("POST", "/purchase-orders/PO1/change"),
    "erp.receipt.post": ("POST", "/receipts"),
    "erp.receipt.find": ("GET", "/receipts?external_ref=SHP1%2FPO1%2F1"),
    "erp.voucher.post": ("POST", "/vouchers"),
    "erp.voucher.find": ("GET", "/vouchers?external_ref=SYNTHO%7CINV9%7Cstandard"),
    "erp.issue.post": ("POST", "/issues"),
    "erp.issue.find": ("GET", "/issues?external_ref=U1"),
}
BODIES: dict[str, dict[str, Any]] = {
    "erp.requisition.create": {
        "external_ref": "R/1",
        "facility": "NCH",
        "need_by": "2027-01-10",
        "requester": "suture",
        "supplier": "SYNTHO",
        "approval": {"policy": "default-1", "by": "policy"},
        "lines": [
            {
                "line": "1",
                "item": "ITM-1",
                "quantity": "2.5",
                "uom": "BX",
                "unit_price": "12.50",
                "currency": "USD",
                "contract": "",
                "cost_center": "CC-6010",
                "deliver_to": "",
            }
        ],
    },
    "erp.requisition.cancel": {"external_ref": "R/1/c", "requisition_no": "REQ 1/2"},
    "erp.order.cancel": {"external_ref": "O/1/c", "lines": ["1", "2"]},
    "erp.order.change": {
        "external_ref": "O/1/x",
        "lines": [{"line": "2", "quantity": "1/3", "need_by": "2027-01-12"}],
    },
    "erp.receipt.post": {
        "external_ref": "SHP1/PO1/1",
        "po_number": "PO1",
        "received_at": "2027-01-08T15:00:00Z",
        "lines": [
            {
                "po_line": "1",
                "item": "ITM-1",
                "quantity": "2",
                "uom": "EA",
                "location": "OR-STORE",
                "lots": [{"quantity": "2", "lot": "L1", "serial": "", "expiry": "2028-01-31"}],
            }
        ],
    },
    "erp.voucher.post": COMMANDS["erp.voucher.post"],
    "erp.issue.post": {
        "external_ref": "U1",
        "reference": "D7K2M9",
        "location": "OR-STORE",
        "lines": [{"item": "ITM-1", "quantity": "1", "uom": "EA", "lot": "L1"}],
    },
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_each_command_is_one_request(kind: str) -> None:
    """Method, escaped path and the vendor's JSON; the control id is the external reference."""
    request, _ = exchanged(kind, 500)
    method, path = REQUESTS[kind]
    assert (request.method, request.path) == (method, path)
    assert (json.loads(request.body) if request.body else None) == BODIES.get(kind)
    assert request.content_type == (JSON if method == "POST" else "")
    sent = encoded(ADAPTER, kind, json.dumps(COMMANDS[kind]).encode())
    assert sent.control_id == COMMANDS[kind]["external_ref"]


@pytest.mark.parametrize("kind", CREATES)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_create_answers_with_its_number(kind: str, status: int) -> None:
    """The number the ERP minted is the fact that comes back; 200 is a repetition of ours."""
    _, outcome = exchanged(kind, status, {number_field(kind): "N-1", "note": "x"})
    assert outcome == Accepted({"number": "N-1"})


@pytest.mark.parametrize("kind", FINDS)
def test_a_find_says_found_or_absent(kind: str) -> None:
    """This is how an unknown outcome is settled (ground rule 4)."""
    _, found = exchanged(kind, 200, {"items": [{number_field(kind): "N-1"}]})
    assert found == Accepted({"found": "true", "number": "N-1"})
    assert exchanged(kind, 200, {"items": []})[1] == Accepted({"found": "false"})


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_taken_or_in_conflict(kind: str) -> None:
    """2xx is enough; a 409 says why in a code of ours, never in the ERP's words."""
    assert exchanged(kind, 200, b"")[1] == Accepted()
    assert exchanged(kind, 204, b"")[1] == Accepted()
    conflict = exchanged(kind, 409, {"code": "already_ordered"})[1]
    assert conflict == Refused("erp.already-ordered")
    for body in ({"code": "SYNCANARY"}, {}, [], b"<html>", {"code": {"a": 1}}):
        assert exchanged(kind, 409, body)[1] == Refused("erp.conflict")


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_sorted_by_what_may_be_done_next(kind: str, status: int) -> None:
    """The same table for every command; the code names the status (decision 0007)."""
    _, outcome = exchanged(kind, status, {number_field(kind): "N-1"} if kind in CREATES else b"")
    assert kind_of(outcome) == STATUSES[status]
    conflict = kind in CHANGES and status == 409
    assert outcome.code == ("erp.conflict" if conflict else f"erp.http-{status}")


def test_the_peers_wish_to_wait_is_kept() -> None:
    """Retry-After goes with the outcome."""
    _, outcome = exchanged("erp.issue.post", 503, b"", 12.5)
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after_s == 12.5


UNREADABLE = [b"", b"<html>", b"[]", b"null", b'"x"', b"{}", b"{", b"\xff\xfe", b"[" * 100_000]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_success_that_cannot_be_read_is_not_believed(body: bytes) -> None:
    """A create may have happened: ask. A find that says nothing: an operator looks."""
    for kind in CREATES:
        outcome = exchanged(kind, 201, body)[1]
        assert (kind_of(outcome), outcome.code) == ("uncertain", "erp.answer-unreadable")
    for kind in FINDS:
        outcome = exchanged(kind, 200, body)[1]
        assert (kind_of(outcome), outcome.code) == ("misconfigured", "erp.answer-unreadable")


@pytest.mark.parametrize("row", [{}, "x", None, {"receipt_no": ""}, {"receipt_no": 7}, []])
def test_a_row_without_a_number_is_not_found_and_not_absent(row: Any) -> None:
    """Neither answer would be true."""
    outcome = exchanged("erp.receipt.find", 200, {"items": [row]})[1]
    assert (kind_of(outcome), outcome.code) == ("misconfigured", "erp.answer-unreadable")


def test_an_unknown_command_is_refused() -> None:
    """The adapter is not asked to guess."""
    with pytest.raises(RefusalError, match=r"erp\.unknown-command"):
        encoded(ADAPTER, "erp.payment.post", b"{}")


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_that_does_not_fit_is_a_defect_of_ours(kind: str) -> None:
    """It is not sent; the error names a field, no value."""
    with pytest.raises(msgspec.ValidationError) as refused:
        encoded(ADAPTER, kind, b'{"external_ref":["SYNCANARY"]}')
    assert "SYNCANARY" not in str(refused.value)


# ---- the change cursor

AT_TEXT = "2027-01-08T15:00:00Z"
AT = datetime(2027, 1, 8, 15, 0, tzinfo=UTC)
ORDER_ROW: dict[str, Any] = {
    "po_number": "PO1",
    "requisition_no": "REQ1",
    "external_ref": "R/1",
    "supplier": "SYNTHO",
    "facility": "NCH",
    "order_date": "2027-01-04",
    "need_by": "2027-01-10",
    "ship_to_gln": "9520000000208",
    "status": "open",
    "buyer_note": "SYNCANARY",
    "lines": [
        {
            "line": 1,
            "requisition_line": 1,
            "item": "ITM-1",
            "quantity": 2.5,
            "uom": "BX",
            "unit_price": 12.10,
            "note": "SYNCANARY",
        }
    ],
}
STOCK_ROW: dict[str, Any] = {
    "item": "ITM-1",
    "location": "OR-STORE",
    "version": 7,
    "on_hand": "12",
    "lots": [{"quantity": 12, "lot": "L1", "serial": None, "expiry": "2028-01-31", "x": "y"}],
    "cause": {"kind": "receipt", "external_ref": "SHP1/PO1/1"},
}
PAYMENT_ROW: dict[str, Any] = {
    "payment_no": "P1",
    "voucher_no": "V1",
    "external_ref": "SYNTHO|INV9|standard",
    "invoice_no": "INV-9",
    "amount": "2900.00",
    "paid_at": "2027-01-09T09:00:00-06:00",
}
RECEIPT_ROW = {"receipt_no": "GR1", "external_ref": "SHP1/PO1/1", "po_number": "PO1"}


def row(seq: int, kind: str, data: Any, at: str = AT_TEXT) -> dict[str, Any]:
    """Return a row of the cursor."""
    return {"seq": seq, "kind": kind, "at": at, "data": data}


def page(*rows: Any, last: Any = 9) -> bytes:
    """Return a page of the cursor."""
    return json.dumps({"changes": rows, "last": last}).encode()


def test_the_cursor_is_asked_for_by_sequence() -> None:
    """One request, no body."""
    assert poll_request(41, 200) == WireRequest("GET", "/changes?after=41&limit=200")


def test_every_kind_of_change_by_hand() -> None:
    """Numbers may be JSON numbers; fields that are not ours do not pass (default deny)."""
    body = page(
        row(1, "purchase_order", ORDER_ROW),
        row(2, "stock", STOCK_ROW),
        row(3, "receipt", RECEIPT_ROW),
        row(4, "payment", PAYMENT_ROW),
        row(5, "supplier", {"name": "SYNCANARY"}),
        last=5,
    )
    line = ErpOrderLine(
        line="1",
        requisition_line="1",
        item="ITM-1",
        quantity=Fraction(5, 2),
        uom="BX",
        unit_price=Decimal("12.1"),
    )
    order = ErpOrder(
        po_number="PO1",
        requisition_no="REQ1",
        external_ref="R/1",
        supplier="SYNTHO",
        facility="NCH",
        order_date=date(2027, 1, 4),
        need_by=date(2027, 1, 10),
        ship_to_gln="9520000000208",
        status="open",
        lines=(line,),
    )
    stock = ErpStock(
        item="ITM-1",
        location="OR-STORE",
        version=7,
        on_hand=Fraction(12),
        lots=(Lot(quantity=Fraction(12), lot="L1", expiry=date(2028, 1, 31)),),
        cause_kind="receipt",
        cause_ref="SHP1/PO1/1",
    )
    payment = ErpPayment(
        payment_no="P1",
        voucher_no="V1",
        external_ref="SYNTHO|INV9|standard",
        invoice_no="INV-9",
        amount=Decimal("2900.00"),
        paid_at=datetime(2027, 1, 9, 15, 0, tzinfo=UTC),
    )
    receipt = ErpReceipt(receipt_no="GR1", external_ref="SHP1/PO1/1", po_number="PO1")
    assert read_changes(body) == (
        [
            ErpChange(seq=1, kind="purchase_order", at=AT, order=order),
            ErpChange(seq=2, kind="stock", at=AT, stock=stock),
            ErpChange(seq=3, kind="receipt", at=AT, receipt=receipt),
            ErpChange(seq=4, kind="payment", at=AT, payment=payment),
            ErpChange(seq=5, kind="supplier", at=AT),
        ],
        5,
        [],
    )


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (None, ("", "")),
        ({}, ("", "")),
        ({"kind": "opening"}, ("opening", "")),
        ({"kind": "count", "external_ref": None}, ("count", "")),
    ],
)
def test_a_stock_change_may_have_no_cause_of_ours(cause: Any, expected: tuple[str, str]) -> None:
    """Openings and counts are not our postings; lots may be absent."""
    data = {k: v for k, v in STOCK_ROW.items() if k != "lots"} | {"cause": cause}
    ((change,), _, problems) = read_changes(page(row(1, "stock", data)))
    assert problems == []
    assert change.stock is not None
    assert (change.stock.cause_kind, change.stock.cause_ref) == expected
    assert change.stock.lots == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.1", "0.1"), ("1.0E3", "1000"), ("12", "12"), ("1E-2", "0.01"), ("0.30", "0.3")],
)
def test_json_numbers_are_read_exactly(text: str, value: str) -> None:
    """No float stands between the ERP's digits and ours."""
    body = page(row(1, "payment", PAYMENT_ROW | {"amount": "@"})).replace(b'"@"', text.encode())
    ((change,), _, _) = read_changes(body)
    assert change.payment is not None
    assert change.payment.amount == Decimal(value)


BAD_ROWS: list[Any] = [
    None,
    "SYNCANARY",
    [],
    {},
    {"seq": 2},
    row(2, "purchase_order", None),
    row(2, "purchase_order", []),
    row(2, "purchase_order", {}),
    row(2, "purchase_order", ORDER_ROW | {"lines": ["SYNCANARY"]}),
    row(2, "purchase_order", ORDER_ROW | {"lines": None}),
    row(2, "purchase_order", ORDER_ROW | {"need_by": "SYNCANARY"}),
    row(2, "purchase_order", {k: v for k, v in ORDER_ROW.items() if k != "supplier"}),
    row(2, "stock", "SYNCANARY"),
    row(2, "stock", STOCK_ROW | {"on_hand": "SYNCANARY"}),
    row(2, "stock", STOCK_ROW | {"on_hand": "1/0"}),
    row(2, "stock", STOCK_ROW | {"lots": "SYNCANARY"}),
    row(2, "stock", STOCK_ROW | {"lots": {"a": 1}}),
    row(2, "stock", STOCK_ROW | {"lots": [3]}),
    row(2, "stock", STOCK_ROW | {"cause": "SYNCANARY"}),
    row(2, "stock", STOCK_ROW | {"version": "SYNCANARY"}),
    row(2, "payment", PAYMENT_ROW | {"amount": "NaN"}),
    row(2, "payment", PAYMENT_ROW | {"amount": "Infinity"}),
    row(2, "payment", PAYMENT_ROW | {"amount": "1/3"}),
    row(2, "payment", PAYMENT_ROW | {"amount": float("nan")}),
    row(2, "payment", PAYMENT_ROW | {"paid_at": "2027-01-09T09:00:00"}),
    row(2, "receipt", RECEIPT_ROW, at="2027-01-08T15:00:00"),
    row(2, "receipt", RECEIPT_ROW, at="SYNCANARY"),
    row(2, "receipt", RECEIPT_ROW | {"receipt_no": ["SYNCANARY"]}),
    {"seq": "SYNCANARY", "kind": "receipt", "at": AT_TEXT, "data": RECEIPT_ROW},
    {"seq": None, "kind": "receipt", "at": AT_TEXT, "data": RECEIPT_ROW},
]


@pytest.mark.parametrize("bad", BAD_ROWS, ids=range(len(BAD_ROWS)))
def test_a_bad_row_does_not_stop_the_others(bad: Any) -> None:
    """Its place is stated, nothing of its content; the cursor goes on."""
    body = page(row(1, "receipt", RECEIPT_ROW), bad, row(3, "payment", PAYMENT_ROW), last=3)
    changes, last, problems = read_changes(body)
    assert [x.seq for x in changes] == [1, 3]
    assert last == 3
    (problem,) = problems
    assert (problem.code, problem.severity, problem.path) == (
        "erp.change-unreadable",
        Severity.ERROR,
        "$.changes[1]",
    )
    assert "SYNCANARY" not in problem.describe()


@pytest.mark.parametrize(
    "body",
    [
        *UNREADABLE,
        b'{"changes":{},"last":1}',
        b'{"changes":[]}',
        b'{"changes":[],"last":"1"}',
        b'{"last":1}',
        page(*([{}] * (CHANGES_MAX + 1))),
    ],
    ids=range(len(UNREADABLE) + 5),
)
def test_what_is_no_page_moves_no_cursor(body: bytes) -> None:
    """An error at the root; nothing is taken from it."""
    changes, last, problems = read_changes(body)
    assert (changes, last) == ([], 0)
    assert [(p.code, p.severity, p.path) for p in problems] == [
        ("erp.page-unreadable", Severity.ERROR, "$")
    ]


def test_an_empty_page_is_a_page() -> None:
    """Nothing new after the last sequence."""
    assert read_changes(page(last=41)) == ([], 41, [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["seq", "kind", "at", "data", "lines", "lots", "cause", "item"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=4), st.sampled_from(["purchase_order", "stock", "payment"]))
def test_no_page_raises(values: list[Any], kind: str) -> None:
    """Whatever a row holds, it is a change or a problem."""
    rows = [row(n, kind, value) for n, value in enumerate(values)]
    changes, _, problems = read_changes(page(*values, *rows))
    assert len(changes) + len(problems) == 2 * len(values)
