"""The ERP's REST interface: commands out, change cursor in.

In: commands of `documents.erp`. Out: requests, outcomes, changes. Refuses to know: address and
token. A create answers with the number the ERP minted; a find answers whether a document with our
external reference exists, which is how an unknown outcome is settled (spec ground rule 4).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec

from suture.core.money import parse_quantity
from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Uncertain
from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.erp import (
    ErpChange,
    ErpOrder,
    ErpOrderLine,
    ErpPayment,
    ErpReceipt,
    ErpStock,
    IssuePosting,
    OrderCancelPosting,
    OrderChangePosting,
    ReceiptPosting,
    ReferenceQuery,
    RequisitionCancel,
    RequisitionPosting,
    VoucherPosting,
)
from suture.documents.supply import Lot
from suture.systems.adapter import (
    Encoded,
    Exchange,
    NextNumber,
    WireRequest,
    WireResponse,
    outcome_of_status,
)

JSON = "application/json"
CHANGES_MAX = 1000
"""Rows of one page; we ask for 200."""
EXPONENT_MAX = 18
"""Digits before or after the point of a number written as 1.0E7; no amount or count has more."""
_CONFLICTS = {"already_ordered": "erp.already-ordered"}
"""Code in the body of a 409 -> what it means here; what the ERP says else is not repeated."""
_NUMBERS = frozenset({"quantity", "on_hand", "unit_price", "amount"})
_AS_TEXT = _NUMBERS | {"line", "requisition_line"}
"""Fields that an ERP may write as JSON numbers."""

_CREATES: dict[str, tuple[str, Any, str]] = {
    "erp.requisition.create": ("/requisitions", RequisitionPosting, "requisition_no"),
    "erp.receipt.post": ("/receipts", ReceiptPosting, "receipt_no"),
    "erp.voucher.post": ("/vouchers", VoucherPosting, "voucher_no"),
    "erp.issue.post": ("/issues", IssuePosting, "issue_no"),
}
_FINDS = {
    "erp.requisition.find": ("/requisitions", "requisition_no"),
    "erp.receipt.find": ("/receipts", "receipt_no"),
    "erp.voucher.find": ("/vouchers", "voucher_no"),
    "erp.issue.find": ("/issues", "issue_no"),
}
_CHANGES: dict[str, Any] = {
    "erp.requisition.cancel": RequisitionCancel,
    "erp.order.cancel": OrderCancelPosting,
    "erp.order.change": OrderChangePosting,
}


class ErpRestAdapter:
    """Speaks the REST interface."""

    def encode(self, kind: str, payload: bytes, number: NextNumber, at: datetime) -> Encoded:
        """Return the command as the ERP's JSON; the control id is the external reference."""
        if kind in _CREATES:
            command = codec.decode(payload, _CREATES[kind][1])
            return Encoded(codec.encode(_body(command)), command.external_ref)
        if kind in _FINDS:
            query = codec.decode(payload, ReferenceQuery)
            return Encoded(codec.encode(query), query.external_ref)
        if kind in _CHANGES:
            change = codec.decode(payload, _CHANGES[kind])
            return Encoded(codec.encode(change), change.external_ref)
        raise RefusalError("erp.unknown-command", f"the ERP adapter does not know {kind}")

    def exchange(self, kind: str, content: bytes, control_id: str) -> Exchange:
        """Carry one command out: one request each."""
        if kind in _CREATES:
            path, _, field = _CREATES[kind]
            answer = yield WireRequest("POST", path, JSON, content)
            return _created(answer, field)
        if kind in _FINDS:
            path, field = _FINDS[kind]
            query = f"{path}?external_ref={quote(control_id, safe='')}"
            answer = yield WireRequest("GET", query)
            return _found(answer, field)
        answer = yield _change_request(kind, content)
        return _changed(answer)


def _body(command: Any) -> dict[str, Any]:
    """Return the vendor's JSON of a create command."""
    body: dict[str, Any] = codec.builtins(command)
    if isinstance(command, RequisitionPosting):
        policy, by = body.pop("approval_policy"), body.pop("approved_by")
        body["approval"] = {"policy": policy, "by": by}
    elif isinstance(command, ReceiptPosting):
        fields = ("item", "quantity", "uom", "location", "lots")
        line = {"po_line": body.pop("line"), **{name: body.pop(name) for name in fields}}
        body["lines"] = [line]
    elif isinstance(command, IssuePosting):
        body["lines"] = [{name: body.pop(name) for name in ("item", "quantity", "uom", "lot")}]
    return body


def _change_request(kind: str, content: bytes) -> WireRequest:
    body = json.loads(content)
    if kind == "erp.requisition.cancel":
        number = quote(body["requisition_no"], safe="")
        return WireRequest("POST", f"/requisitions/{number}/cancel", JSON, content)
    number = quote(body["po_number"], safe="")
    if kind == "erp.order.cancel":
        sent = {"external_ref": body["external_ref"], "lines": body["lines"]}
        return WireRequest("POST", f"/purchase-orders/{number}/cancel", JSON, codec.encode(sent))
    line = {name: body[name] for name in ("line", "quantity", "need_by")}
    sent = {"external_ref": body["external_ref"], "lines": [line]}
    return WireRequest("POST", f"/purchase-orders/{number}/change", JSON, codec.encode(sent))


def _created(answer: WireResponse, field: str) -> Outcome:
    failed = outcome_of_status(answer, "erp")
    if failed is not None:
        return failed
    number = _number(_json(answer.body), field)
    if not number:
        return Uncertain("erp.answer-unreadable", "accepted, but no number came back")
    return Accepted({"number": number})


def _number(row: Any, field: str) -> str:
    """Return the number of a document in a row; empty when there is none."""
    found = row.get(field) if isinstance(row, dict) else None
    return found if isinstance(found, str) else ""


def _found(answer: WireResponse, field: str) -> Outcome:
    failed = outcome_of_status(answer, "erp")
    if failed is not None:
        return failed
    items = _json(answer.body).get("items")
    if not isinstance(items, list):
        return Misconfigured("erp.answer-unreadable", "the look-up did not answer with a list")
    if not items:
        return Accepted({"found": "false"})
    number = _number(items[0], field)
    if not number:
        return Misconfigured("erp.answer-unreadable", "the look-up found a row without a number")
    return Accepted({"found": "true", "number": number})


def _changed(answer: WireResponse) -> Outcome:
    if answer.status == 409:
        code = str(_json(answer.body).get("code"))
        return Refused(_CONFLICTS.get(code, "erp.conflict"))
    return outcome_of_status(answer, "erp") or Accepted()


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_float=_exact)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _exact(text: str) -> str:
    """Return a JSON number as plain digits, never as a float; an absurd one stays as written."""
    value = Decimal(text)
    return f"{value:f}" if abs(value.adjusted()) <= EXPONENT_MAX else text


# ---- the change cursor


def poll_request(after: int, limit: int) -> WireRequest:
    """Return the request for the changes after a sequence."""
    return WireRequest("GET", f"/changes?after={after}&limit={limit}")


def read_changes(body: bytes) -> tuple[list[ErpChange], int, list[Problem]]:
    """Return (changes, last sequence of the page, problems); a bad row does not stop the others."""
    page = _json(body)
    rows = page.get("changes")
    last = page.get("last")
    if not isinstance(rows, list) or not isinstance(last, int) or len(rows) > CHANGES_MAX:
        text = "not a page of changes"
        return [], 0, [Problem("erp.page-unreadable", Severity.ERROR, text, "$")]
    changes: list[ErpChange] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows):
        try:
            changes.append(_change(row))
        except (msgspec.ValidationError, ArithmeticError, LookupError, TypeError, ValueError):
            problems.append(
                Problem(
                    "erp.change-unreadable",
                    Severity.ERROR,
                    "a row of the change cursor does not fit",
                    f"$.changes[{number}]",
                )
            )
    return changes, last, problems


def _change(row: dict[str, Any]) -> ErpChange:
    kind, data = str(row["kind"]), row["data"]
    if not isinstance(data, dict):
        raise TypeError("the data of a change is an object")
    base = {"seq": int(row["seq"]), "kind": kind, "at": row["at"]}
    reader: Callable[[dict[str, Any]], dict[str, Any]] | None = _READERS.get(kind)
    found = {**base, **(reader(data) if reader else {})}
    return codec.decode(json.dumps(found).encode(), ErpChange)


def _order(data: dict[str, Any]) -> dict[str, Any]:
    lines = [_only(ErpOrderLine, x) for x in data["lines"]]
    return {"order": {**_only(ErpOrder, data), "lines": lines}}


def _stock(data: dict[str, Any]) -> dict[str, Any]:
    cause = data.get("cause") or {}
    if not isinstance(cause, dict):
        raise TypeError("the cause of a change is an object")
    row = {
        **_only(ErpStock, data),
        "lots": [_lot(x) for x in data.get("lots", ())],
        "cause_kind": str(cause.get("kind", "")),
        "cause_ref": str(cause.get("external_ref") or ""),
    }
    return {"stock": row}


def _lot(row: dict[str, Any]) -> dict[str, Any]:
    found = _only(Lot, row)
    return {k: v for k, v in found.items() if v is not None}


def _only(kind: type[msgspec.Struct], row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields the struct knows; numbers as text, nothing else passes (default deny).

    Raises TypeError when it is no row, ValueError or ArithmeticError for an amount that is none.
    """
    if not isinstance(row, dict):
        raise TypeError("a row is an object")
    named = {x: row[x] for x in kind.__struct_fields__ if row.get(x) is not None}
    for name in named.keys() & _NUMBERS:
        parse_quantity(str(named[name]))
    return {name: str(x) if name in _AS_TEXT else x for name, x in named.items()}


_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "purchase_order": _order,
    "stock": _stock,
    "receipt": lambda data: {"receipt": _only(ErpReceipt, data)},
    "payment": lambda data: {"payment": _only(ErpPayment, data)},
}
