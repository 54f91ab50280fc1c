"""The cXML codec: hardened parsing, typed views, builders; without IO (plan D6).

In: bytes of a document, or an order to send. Out: documents that give their bytes back, views,
problems, written documents. Refuses to know: transports, partners, DTD files.
"""

from suture.formats.cxml.build import CxmlEnvelope, order_request_document, response
from suture.formats.cxml.codes import DEFAULT, PROBLEM_CODES, STATUS_TEXTS, Limits, status_for
from suture.formats.cxml.confirmation import (
    ConfirmationItem,
    ConfirmationRequest,
    ConfirmationStatus,
    OrderReference,
    confirmation_request,
)
from suture.formats.cxml.document import Credential, Credentials, Document, Secret, free_texts
from suture.formats.cxml.invoice import (
    InvoiceDetailItem,
    InvoiceDetailRequest,
    InvoiceSummary,
    invoice_detail_request,
)
from suture.formats.cxml.order import (
    AccountingSegment,
    Address,
    OrderItem,
    OrderRequest,
    order_request,
)
from suture.formats.cxml.parse import looks_like, parse
from suture.formats.cxml.ship_notice import (
    Batch,
    ShipNoticeItem,
    ShipNoticePortion,
    ShipNoticeRequest,
    ship_notice_request,
)
from suture.formats.cxml.status import (
    ResponseStatus,
    StatusUpdate,
    response_status,
    status_update_request,
)

__all__ = [
    "DEFAULT",
    "PROBLEM_CODES",
    "STATUS_TEXTS",
    "AccountingSegment",
    "Address",
    "Batch",
    "ConfirmationItem",
    "ConfirmationRequest",
    "ConfirmationStatus",
    "Credential",
    "Credentials",
    "CxmlEnvelope",
    "Document",
    "InvoiceDetailItem",
    "InvoiceDetailRequest",
    "InvoiceSummary",
    "Limits",
    "OrderItem",
    "OrderReference",
    "OrderRequest",
    "ResponseStatus",
    "Secret",
    "ShipNoticeItem",
    "ShipNoticePortion",
    "ShipNoticeRequest",
    "StatusUpdate",
    "confirmation_request",
    "free_texts",
    "invoice_detail_request",
    "looks_like",
    "order_request",
    "order_request_document",
    "parse",
    "response",
    "response_status",
    "ship_notice_request",
    "status_for",
    "status_update_request",
]
