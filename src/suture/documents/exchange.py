"""Which standard carries which document, and how one becomes the other.

In: bytes of a document, a standard, addressing. Out: documents, bytes, and a problem for each field
that a standard does not carry or a document does not say. Refuses to know: partners, transports;
how a standard writes one kind of document is its module's (`order_x12` and so on).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.documents import (
    answer_cxml,
    answer_edifact,
    answer_x12,
    billed_cxml,
    billed_edifact,
    billed_x12,
    carried,
    change_cxml,
    change_edifact,
    change_x12,
    delivery_fhir,
    order_cxml,
    order_edifact,
    order_fhir,
    order_x12,
    priced_cif,
    priced_edifact,
    priced_x12,
    received_cxml,
    received_edifact,
    received_x12,
    reply_x12,
    shipped_cxml,
    shipped_edifact,
    shipped_x12,
    stocked_edifact,
    stocked_fhir,
    stocked_x12,
    supplier_cxml,
)
from suture.documents.partner import Addressing
from suture.documents.supply import PurchaseOrder
from suture.formats import cif, cxml, edifact, fhir, x12

PROBLEM_CODES: Final[dict[str, str]] = {
    "convert.unknown": "the content looks like no standard that is read",
    "convert.unsupported": "a standard does not carry this kind of document; the text lists which",
    "convert.count": "a file of several documents, or of none, does not become one document",
}
"""Problem code -> what it means, one line each."""


class Standard(StrEnum):
    """A standard that carries supply documents."""

    X12 = "x12"
    EDIFACT = "edifact"
    CXML = "cxml"
    FHIR = "fhir"
    CIF = "cif"
    """Catalogues only."""


class Kind(StrEnum):
    """A kind of supply document."""

    PURCHASE_ORDER = "purchase-order"
    ORDER_CHANGE = "order-change"
    """Change or cancel of an order."""
    ACKNOWLEDGEMENT = "acknowledgement"
    CHANGE_ANSWER = "change-answer"
    """Answer to a change of an order."""
    SHIP_NOTICE = "ship-notice"
    INVOICE = "invoice"
    """Invoice or credit memo."""
    RECEIPT_ADVICE = "receipt-advice"
    PRICE_LIST = "price-list"
    STOCK_REPORT = "stock-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """How one standard carries one kind of document."""

    name: str
    """What the standard calls it, e.g. `850`."""
    title: str
    """The same with the standard's name, for people."""
    read: Callable[[bytes], tuple[list[Any], list[Problem]]]
    write: Callable[[Any, Addressing], bytes] | None = None
    """None: the standard's document is read and not written."""


CARRIERS: Final[dict[Kind, dict[Standard, Carrier]]] = {
    Kind.PURCHASE_ORDER: {
        Standard.X12: Carrier(
            name="850", title="X12 850", write=order_x12.write, read=order_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="ORDERS",
            title="EDIFACT ORDERS",
            write=order_edifact.write,
            read=order_edifact.read,
        ),
        Standard.CXML: Carrier(
            name="OrderRequest",
            title="cXML OrderRequest",
            write=order_cxml.write,
            read=order_cxml.read,
        ),
        Standard.FHIR: Carrier(
            name="SupplyRequest",
            title="FHIR SupplyRequest",
            write=order_fhir.write,
            read=order_fhir.read,
        ),
    },
    Kind.ORDER_CHANGE: {
        Standard.X12: Carrier(
            name="860", title="X12 860", write=change_x12.write, read=change_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="ORDCHG",
            title="EDIFACT ORDCHG",
            write=change_edifact.write,
            read=change_edifact.read,
        ),
        Standard.CXML: Carrier(
            name=change_cxml.NAME,
            title="cXML OrderRequest (update, delete)",
            write=change_cxml.write,
            read=change_cxml.read,
        ),
    },
    Kind.ACKNOWLEDGEMENT: {
        Standard.X12: Carrier(
            name="855", title="X12 855", write=answer_x12.write, read=answer_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="ORDRSP",
            title="EDIFACT ORDRSP",
            write=answer_edifact.write,
            read=answer_edifact.read,
        ),
        Standard.CXML: Carrier(
            name="ConfirmationRequest",
            title="cXML ConfirmationRequest",
            write=answer_cxml.write,
            read=supplier_cxml.read,
        ),
    },
    Kind.CHANGE_ANSWER: {
        Standard.X12: Carrier(
            name="865", title="X12 865", write=reply_x12.write, read=reply_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name=answer_edifact.REPLY_NAME,
            title="EDIFACT ORDRSP (to a change)",
            write=answer_edifact.write_reply,
            read=answer_edifact.read_replies,
        ),
        Standard.CXML: Carrier(
            name=supplier_cxml.REPLY_NAME,
            title="cXML ConfirmationRequest (to a change)",
            write=answer_cxml.write_reply,
            read=supplier_cxml.read_replies,
        ),
    },
    Kind.SHIP_NOTICE: {
        Standard.X12: Carrier(
            name="856", title="X12 856", write=shipped_x12.write, read=shipped_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="DESADV",
            title="EDIFACT DESADV",
            write=shipped_edifact.write,
            read=shipped_edifact.read,
        ),
        Standard.CXML: Carrier(
            name="ShipNoticeRequest",
            title="cXML ShipNoticeRequest",
            write=shipped_cxml.write,
            read=supplier_cxml.read,
        ),
        Standard.FHIR: Carrier(
            name=delivery_fhir.SHIPPED_NAME,
            title="FHIR SupplyDelivery (shipment)",
            write=delivery_fhir.write_shipped,
            read=delivery_fhir.read_shipped,
        ),
    },
    Kind.INVOICE: {
        Standard.X12: Carrier(
            name="810", title="X12 810", write=billed_x12.write, read=billed_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="INVOIC",
            title="EDIFACT INVOIC",
            write=billed_edifact.write,
            read=billed_edifact.read,
        ),
        Standard.CXML: Carrier(
            name="InvoiceDetailRequest",
            title="cXML InvoiceDetailRequest",
            write=billed_cxml.write,
            read=supplier_cxml.read,
        ),
    },
    Kind.RECEIPT_ADVICE: {
        Standard.X12: Carrier(
            name="861", title="X12 861", write=received_x12.write, read=received_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="RECADV",
            title="EDIFACT RECADV",
            write=received_edifact.write,
            read=received_edifact.read,
        ),
        Standard.CXML: Carrier(
            name="ReceiptRequest",
            title="cXML ReceiptRequest",
            write=received_cxml.write,
            read=received_cxml.read,
        ),
        Standard.FHIR: Carrier(
            name=delivery_fhir.RECEIVED_NAME,
            title="FHIR SupplyDelivery (reception)",
            write=delivery_fhir.write_received,
            read=delivery_fhir.read_received,
        ),
    },
    Kind.PRICE_LIST: {
        Standard.X12: Carrier(
            name="832", title="X12 832", write=priced_x12.write, read=priced_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="PRICAT",
            title="EDIFACT PRICAT",
            write=priced_edifact.write,
            read=priced_edifact.read,
        ),
        Standard.CIF: Carrier(
            name="catalogue",
            title="CIF catalogue",
            write=priced_cif.write,
            read=priced_cif.read,
        ),
    },
    Kind.STOCK_REPORT: {
        Standard.X12: Carrier(
            name="846", title="X12 846", write=stocked_x12.write, read=stocked_x12.read
        ),
        Standard.EDIFACT: Carrier(
            name="INVRPT",
            title="EDIFACT INVRPT",
            write=stocked_edifact.write,
            read=stocked_edifact.read,
        ),
        Standard.FHIR: Carrier(
            name="InventoryReport",
            title="FHIR InventoryReport",
            write=stocked_fhir.write,
            read=stocked_fhir.read,
        ),
    },
}
"""Every pair that can be read and written; a pair that is not here is refused by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """One document in another standard."""

    data: bytes
    kind: Kind
    source: Standard
    target: Standard
    problems: tuple[Problem, ...]
    """What the source did not say or was not read of it, then what the target does not carry."""

    def __repr__(self) -> str:
        return f"<{self.kind} converted from {self.source} to {self.target}>"


def read_order(data: bytes, standard: Standard | str) -> tuple[list[PurchaseOrder], list[Problem]]:
    """Return the purchase orders in `data`, and what could not be read with its position."""
    return carrier(Kind.PURCHASE_ORDER, standard).read(data)


def read_document(
    data: bytes, kind: Kind, standard: Standard | str
) -> tuple[list[Any], list[Problem]]:
    """Return the documents of one kind in `data`, and what could not be read with its position."""
    return carrier(kind, standard).read(data)


def write_order(
    order: PurchaseOrder, standard: Standard | str, addressing: Addressing
) -> tuple[bytes, list[Problem]]:
    """Return the order as the standard writes it, and a problem for each field it loses.

    Raises RefusalError for what cannot be written at all, e.g. a quantity of a third.
    """
    return write_document(Kind.PURCHASE_ORDER, order, standard, addressing)


def write_document(
    kind: Kind, document: msgspec.Struct, standard: Standard | str, addressing: Addressing
) -> tuple[bytes, list[Problem]]:
    """Return a document of one kind as the standard writes it, and what of it is lost.

    What is written is read again: the losses are the differences, so none is silent. A document
    of our own that its reader would object to is refused by the reader's code.
    """
    way = carrier(kind, standard, is_written=True)
    data = way.write(document, addressing) if way.write is not None else b""
    found, problems = way.read(data)
    carried.check_written(problems)
    if len(found) != 1:
        note = f"what was written is not one {way.title}"
        raise RefusalError("supply.changed", note)
    return data, carried.not_carried(document, found[0], way.title)


def carrier(kind: Kind, standard: Standard | str, *, is_written: bool = False) -> Carrier:
    """Return how a standard carries a kind; raises RefusalError `convert.unsupported`.

    With `is_written` only a way that can be written counts.
    """
    every = CARRIERS[kind]
    ways = {one: way for one, way in every.items() if way.write is not None or not is_written}
    try:
        return ways[Standard(standard)]
    except (KeyError, ValueError):
        named = ", ".join(way.title for way in ways.values())
        note = f"a document {kind} is {'written' if is_written else 'read'} as {named}"
        raise RefusalError("convert.unsupported", note) from None


def standard_of(data: bytes) -> Standard:
    """Return the standard that `data` looks like; raises RefusalError `convert.unknown`."""
    looks: tuple[tuple[Standard, Callable[[bytes], bool]], ...] = (
        (Standard.X12, x12.looks_like),
        (Standard.EDIFACT, edifact.looks_like),
        (Standard.CXML, cxml.looks_like),
        (Standard.CIF, cif.looks_like),
        (Standard.FHIR, fhir.looks_like),
    )
    for standard, looks_like in looks:
        if looks_like(data):
            return standard
    note = "the content starts like no X12, EDIFACT, cXML, CIF or FHIR in JSON"
    raise RefusalError("convert.unknown", note)


def kind_of(data: bytes, standard: Standard | str) -> Kind:
    """Return the kind of the first document in `data` that is carried.

    Raises RefusalError `convert.unsupported` with what this standard can carry.
    """
    chosen = _standard(standard)
    names = list(_names(data, chosen))
    for name in names:
        for kind, ways in CARRIERS.items():
            if chosen in ways and ways[chosen].name == name:
                return kind
    can = ", ".join(ways[chosen].title for ways in CARRIERS.values() if chosen in ways)
    raise RefusalError("convert.unsupported", f"of {chosen} these can be read: {can}")


def _standard(standard: Standard | str) -> Standard:
    try:
        return Standard(standard)
    except ValueError:
        note = f"a standard is one of {', '.join(Standard)}"
        raise RefusalError("convert.unsupported", note) from None


def _names(data: bytes, standard: Standard) -> Iterable[str]:
    """Yield what the standard calls the documents in `data`."""
    match standard:
        case Standard.X12:
            return [found.id for found in x12.parse(data)[0].sets]
        case Standard.EDIFACT:
            return [answer_edifact.kind_name(found) for found in edifact.parse(data)[0].messages]
        case Standard.CXML:
            document, _ = cxml.parse(data)
            if document is None:
                return []
            is_order = document.kind == "OrderRequest"
            return [(change_cxml if is_order else supplier_cxml).kind_name(document)]
        case Standard.FHIR:
            resource, _ = fhir.parse(data)
            if resource is None:
                return []
            is_bundle = resource.type == "Bundle"
            inside = fhir.bundle(resource).resources() if is_bundle else (resource,)
            return [delivery_fhir.kind_name(one) for one in inside]
        case Standard.CIF:
            return ["catalogue"]


def convert_all(
    data: bytes, source: Standard | str | None, target: Standard | str, addressing: Addressing
) -> list[Converted]:
    """Return each document of `data` in the target standard; `source` is guessed when None.

    The control number counts up. Raises RefusalError: `convert.unknown`, `convert.unsupported`,
    `convert.count` when no document could be read, and what a writer refuses.
    """
    read_as = standard_of(data) if source is None else _standard(source)
    kind = kind_of(data, read_as)
    carrier(kind, target, is_written=True)
    found, problems = carrier(kind, read_as).read(data)
    if not found:
        first = next((one for one in problems if one.severity is Severity.ERROR), None)
        note = f"no document could be read: {first.code}" if first else "there is no document"
        raise RefusalError("convert.count", note, path=first.path if first else "")
    made = []
    for number, document in enumerate(found):
        values = msgspec.structs.replace(addressing, control=addressing.control + number)
        content, lost = write_document(kind, document, target, values)
        made.append(
            Converted(
                data=content,
                kind=kind,
                source=read_as,
                target=_standard(target),
                problems=(*problems, *lost),
            )
        )
    return made


def convert(
    data: bytes, source: Standard | str | None, target: Standard | str, addressing: Addressing
) -> Converted:
    """Return the one document of `data` in the target standard.

    Raises what `convert_all` raises, and RefusalError `convert.count` for a file of several.
    """
    made = convert_all(data, source, target, addressing)
    if len(made) != 1:
        note = f"the file holds {len(made)} documents; convert them with convert_all"
        raise RefusalError("convert.count", note)
    return made[0]
