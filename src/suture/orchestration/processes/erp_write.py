"""ERPW: one write to the ERP that no workflow of the specification owns (house machine, ADR 0014).

In: a request to issue used stock, or to cancel or amend a document in the ERP. Out: the posting,
asked for by external reference when its outcome is unknown, never sent twice blindly. Refuses to
know: why it was asked. Key = external reference.
"""

from __future__ import annotations

from typing import Any

import msgspec

from suture.documents import codec
from suture.documents.case import Usage
from suture.documents.erp import (
    IssuePosting,
    OrderCancelPosting,
    OrderChangePosting,
    ReceiptPosting,
    ReferenceQuery,
    RequisitionCancel,
    VoucherPosting,
)
from suture.documents.events import ErpWriteRequested, ExceptionRaised
from suture.orchestration.definition import (
    SAME,
    START,
    Because,
    Effects,
    Emit,
    Keep,
    Moment,
    Process,
    Raise,
    Resolve,
    Send,
    rule,
    stays,
)

ERP = "erp"
"""Name of the ERP's endpoint."""

Posting = (
    IssuePosting
    | OrderCancelPosting
    | OrderChangePosting
    | ReceiptPosting
    | RequisitionCancel
    | VoucherPosting
)

CAN_BE_ASKED = frozenset({"erp.issue.post", "erp.receipt.post", "erp.voucher.post"})
"""Kinds whose outcome can be asked for; the others may be repeated without harm."""


class ErpWriteData(msgspec.Struct, frozen=True, kw_only=True):
    """The posting as it was asked for."""

    kind: str = ""
    lane: str = ""
    payload: dict[str, Any] = {}
    number: str = ""
    sends: int = 0


M = Moment[ErpWriteData]


def write_request(kind: str, ref: str, lane: str, posting: Posting) -> Emit:
    """Return the event that starts one ERP write; the same reference is written once."""
    payload = ErpWriteRequested(kind=kind, lane=lane, posting=codec.builtins(posting))
    return Emit("erp.write_requested", "ERPW", ref, payload)


def issue_request(ref: str, token: str, item: str, location: str, usage: Usage) -> Emit:
    """Return the request to issue a used quantity from stock, in base units."""
    posting = IssuePosting(
        external_ref=ref,
        reference=token,
        item=item,
        quantity=usage.quantity,
        uom="EA",
        location=location,
        lot=usage.lot,
    )
    return write_request("erp.issue.post", ref, f"{item}@{location}", posting)


def post(m: M) -> Effects:
    """Queue the posting."""
    asked: ErpWriteRequested = m.payload
    yield Keep({"kind": asked.kind, "lane": asked.lane, "payload": asked.posting, "sends": 1})
    yield _send(m, asked.kind, asked.lane, asked.posting, 1)


def _send(m: M, kind: str, lane: str, payload: dict[str, Any], sends: int) -> Send:
    return Send(kind, ERP, lane, payload, f"{kind}/{m.key}/{sends}")


def confirm(m: M) -> Effects:
    """Keep the ERP's number."""
    yield Keep({"number": m.payload.number})
    yield Because(f"the ERP confirmed {m.payload.number}".rstrip())
    yield Resolve(f"erp.write|{m.key}", "the ERP confirmed")


def ask(m: M) -> Effects:
    """Ask by external reference, or repeat what may be repeated without harm."""
    yield Because("the outcome is unknown: ask before anything is repeated")
    if m.data.kind in CAN_BE_ASKED:
        find = m.data.kind.replace(".post", ".find")
        query = ReferenceQuery(external_ref=m.key)
        yield Send(find, ERP, m.data.lane, query, f"{find}/{m.key}/{m.event_seq}")
    else:
        yield from again(m)


def again(m: M) -> Effects:
    """Send the same posting again under the same reference."""
    sends = m.data.sends + 1
    yield Keep({"sends": sends})
    yield _send(m, m.data.kind, m.data.lane, m.data.payload, sends)


def fail(m: M) -> Effects:
    """Put a refused posting on the finance integration desk."""
    yield Because(f"refused: {m.payload.code}")
    yield Raise(
        ExceptionRaised(
            family="LEDGER",
            code="erp.write-refused",
            summary=f"{m.data.kind} was refused by the ERP: {m.payload.code}",
            dedupe=f"erp.write|{m.key}",
            machine="ERPW",
            key=m.key,
            suggestion="Correct the cause in the ERP and post by hand under the same reference.",
        )
    )


WAITING = ("POSTING", "POST_UNKNOWN")

ERP_WRITE = Process(
    machine="ERPW",
    title="Write to the ERP",
    states=("POSTING", "POST_UNKNOWN", "POSTED", "FAILED"),
    terminal=("POSTED", "FAILED"),
    data_type=ErpWriteData,
    rules=(
        rule("ERPW.001", START, "erp.write_requested", "POSTING", do=post),
        rule("ERPW.002", WAITING, "outbox.dispatched", SAME, do=stays),
        rule("ERPW.003", WAITING, "target.confirmed", "POSTED", do=confirm),
        rule("ERPW.004", WAITING, "target.rejected", "FAILED", do=fail),
        rule("ERPW.005", "POSTING", "timer.reply_overdue", "POST_UNKNOWN", do=ask),
        rule("ERPW.006", "POST_UNKNOWN", "lookup.found", "POSTED", do=confirm),
        rule("ERPW.007", "POST_UNKNOWN", "lookup.absent", "POSTING", do=again),
        rule("ERPW.008", "POST_UNKNOWN", "timer.reply_overdue", SAME, do=ask),
        rule("ERPW.009", ("POSTED", "FAILED"), "erp.write_requested", SAME, do=stays),
    ),
)
