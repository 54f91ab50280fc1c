"""Typed views of transaction sets: amounts exact, dates as dates, levels as a tree.

In: a transaction set. Out: a frozen view, and problems with places; what cannot be read is None in
the view and a problem beside it. Refuses to know: what a document means to an order; free text and
references are given as they stand, so whoever uses a view decides what crosses (spec 4.4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.x12.interchange import TransactionSet
from suture.formats.x12.view.advice import Advice, AdviceError, AdvisedSet, advice
from suture.formats.x12.view.answer import Answer, AnswerLine, LineAnswer, answer, change_answer
from suture.formats.x12.view.catalog import Catalog, CatalogLine, CatalogPrice, catalog
from suture.formats.x12.view.invoice import (
    Adjustment,
    AdjustmentLine,
    Invoice,
    InvoiceLine,
    adjustment,
    invoice,
)
from suture.formats.x12.view.order import (
    Change,
    ChangeLine,
    OrderLine,
    PurchaseOrder,
    change,
    order,
)
from suture.formats.x12.view.part import DatedAt, InvoiceCharge, Party, Reference
from suture.formats.x12.view.reading import Reading
from suture.formats.x12.view.remittance import Paid, Remittance, remittance
from suture.formats.x12.view.shipment import Packed, Shipment, shipment
from suture.formats.x12.view.stock import (
    ReceiptLine,
    ReceivingAdvice,
    Stock,
    StockLine,
    StockQuantity,
    Transfer,
    TransferLine,
    receipt,
    stock,
    transfer,
)

View = (
    PurchaseOrder
    | Answer
    | Change
    | Shipment
    | Invoice
    | Adjustment
    | Remittance
    | Advice
    | Catalog
    | Stock
    | ReceivingAdvice
    | Transfer
)

_READERS: Final[dict[str, Callable[[Reading], View | None]]] = {
    "850": order,
    "855": answer,
    "860": change,
    "865": change_answer,
    "856": shipment,
    "810": invoice,
    "812": adjustment,
    "820": remittance,
    "824": advice,
    "832": catalog,
    "846": stock,
    "861": receipt,
    "867": transfer,
}


def view(found: TransactionSet) -> tuple[View | None, list[Problem]]:
    """Return the typed view of a transaction set, and what could not be read.

    None with `x12.set-unread` for a set without view, with `x12.segment-missing` for one without
    its beginning segment. Never raises on content.
    """
    read = _READERS.get(found.id)
    if read is None:
        note = "this kind of transaction set is passed on; it has no typed view"
        path, place = found.header.path(1), found.offset
        return None, [Problem("x12.set-unread", Severity.INFO, note, path, place)]
    reading = Reading(found)
    return read(reading), reading.problems


__all__ = [
    "Adjustment",
    "AdjustmentLine",
    "Advice",
    "AdviceError",
    "AdvisedSet",
    "Answer",
    "AnswerLine",
    "Catalog",
    "CatalogLine",
    "CatalogPrice",
    "Change",
    "ChangeLine",
    "DatedAt",
    "Invoice",
    "InvoiceCharge",
    "InvoiceLine",
    "LineAnswer",
    "OrderLine",
    "Packed",
    "Paid",
    "Party",
    "PurchaseOrder",
    "ReceiptLine",
    "ReceivingAdvice",
    "Reference",
    "Remittance",
    "Shipment",
    "Stock",
    "StockLine",
    "StockQuantity",
    "Transfer",
    "TransferLine",
    "View",
    "view",
]
