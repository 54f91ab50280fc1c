"""What a supplier answers as cXML, read for exchange: confirmation, ship notice, invoice.

In: bytes. Out: the documents, and problems. Refuses to know: how a request is read (`from_cxml`),
and which partner it is from: the supplier is the `From` of the document, or the one that an
Extrinsic of its header names. A credit is less than nothing in cXML, and a sum of its own in ours.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from suture.core.problem import Problem
from suture.documents.carried import unread
from suture.documents.changed import reply_of
from suture.documents.cxml_parts import party_of
from suture.documents.from_cxml import acknowledgement_of, documents
from suture.documents.partner import Addressing, PartnerProfile
from suture.documents.supply import (
    Acknowledgement,
    ChangeAnswer,
    ChangeReply,
    Invoice,
    ShipNotice,
)
from suture.documents.to_cxml import sequence_of
from suture.formats import cxml

REPLY_NAME: Final = "ConfirmationRequest change"
SUPPLIER: Final = "Supplier"
"""Extrinsic of the header: a supplier that is not the one that sends."""


def supplier_extrinsic(supplier: str, addressing: Addressing) -> tuple[tuple[str, str], ...]:
    """Return the header's Extrinsic of a supplier that another one sends for."""
    is_told = supplier not in ("", addressing.sender)
    return ((SUPPLIER, supplier),) if is_told else ()


def read(data: bytes) -> tuple[list[Any], list[Problem]]:
    """Return the documents of a request; Comments and Extrinsics are stated, never read."""
    document, problems = cxml.parse(data)
    if document is None:
        return [], problems
    parties = document.credentials
    profile = PartnerProfile(
        supplier=_supplier(document),
        name="",
        dialect="cxml",
        our_id=party_of(parties.receiver),
        their_id=party_of(parties.sender_of_document),
    )
    found, wrong = documents(document, profile)
    problems += wrong
    problems += _texts(document)
    if any(isinstance(one, ChangeAnswer) for one in found):
        note = "the answer is to a change of an order, which is another kind of document"
        return [], [*problems, unread("/cXML/Request/ConfirmationRequest", note=note)]
    return [_ours(one) for one in found], problems


def read_replies(data: bytes) -> tuple[list[ChangeReply], list[Problem]]:
    """Return the answer of a ConfirmationRequest that names one of our changes."""
    document, problems = cxml.parse(data)
    if document is None:
        return [], problems
    found, wrong = cxml.confirmation_request(document)
    problems += wrong
    if found is None:
        return [], problems
    change = sequence_of(found.order.payload_id)
    if not change or found.operation == "delete":
        path = "/cXML/Request/ConfirmationRequest"
        note = "the confirmation names no change, or withdraws an answer"
        return [], [*problems, unread(path, note=note)]
    problems += _texts(document)
    answer = acknowledgement_of(found, _supplier(document))
    return [reply_of(answer, str(change))], problems


def kind_name(document: cxml.Document) -> str:
    """Return what a document is called in the registry: an answer to a change is a reply."""
    if document.kind != "ConfirmationRequest":
        return document.kind
    found, _ = cxml.confirmation_request(document)
    is_reply = found is not None and sequence_of(found.order.payload_id)
    return REPLY_NAME if is_reply else document.kind


def _supplier(document: cxml.Document) -> str:
    named = document.request.findtext(f"*/Extrinsic[@name='{SUPPLIER}']")
    return str(named or "").strip() or party_of(document.credentials.sender_of_document)


def _texts(document: cxml.Document) -> list[Problem]:
    """Return a problem for each free text, the supplier's name aside."""
    tree = document.root.getroottree()
    texts = document.request.iter("Comments", "Extrinsic")
    return [unread(str(tree.getpath(one))) for one in texts if one.get("name") != SUPPLIER]


def _ours(found: Acknowledgement | ChangeAnswer | ShipNotice | Invoice) -> Any:
    """Return a document without the numbers that only stand in for a missing one."""
    match found:
        case ShipNotice():
            shipped = tuple(_own_number(line, (line.gtin,)) for line in found.lines)
            return msgspec.structs.replace(found, lines=shipped)
        case Invoice():
            billed = tuple(_own_number(line, (line.item, line.gtin)) for line in found.lines)
            return turned(msgspec.structs.replace(found, lines=billed), is_read=True)
        case _:
            return found


def _own_number(line: Any, others: tuple[str, ...]) -> Any:
    is_own = line.catalog_no not in others
    return line if is_own else msgspec.structs.replace(line, catalog_no="")


def turned(invoice: Invoice, *, is_read: bool = False) -> Invoice:
    """Return a credit with its amounts below zero, or back above it; an invoice as it is.

    What is read is turned only where nothing of it is above zero: some suppliers write credits so.
    """
    has_more = max(invoice.total, invoice.charges, invoice.tax) > 0
    has_more |= any(line.quantity > 0 for line in invoice.lines)
    if invoice.kind != "credit" or (is_read and has_more):
        return invoice
    lines = (msgspec.structs.replace(line, quantity=-line.quantity) for line in invoice.lines)
    return msgspec.structs.replace(
        invoice,
        lines=tuple(lines),
        total=-invoice.total,
        charges=-invoice.charges,
        tax=-invoice.tax,
    )
