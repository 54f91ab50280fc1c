"""Lists the declared views, and reads and writes each by its declaration.

In: a `Document`, or a view with a `CxmlEnvelope`. Out: the view and problems, or bytes. Refuses to
know: the four documents of the main path, whose readers have rules of their own.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from lxml import etree

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.cxml.document import Document, Element
from suture.formats.cxml.parse import parse
from suture.formats.cxml.read import Reading, expect, text_at
from suture.formats.cxml.shape import read_view, write_view
from suture.formats.cxml.supply import (
    PaymentRemittanceRequest,
    ProductActivityMessage,
    ProductReplenishmentMessage,
    QualityNotificationRequest,
    ReceiptRequest,
)
from suture.formats.cxml.trade import (
    CatalogUploadRequest,
    ProfileRequest,
    ProfileResponse,
    PunchOutOrderMessage,
    PunchOutSetupRequest,
    PunchOutSetupResponse,
    SupplierChangeMessage,
    SupplierDataRequest,
)
from suture.formats.cxml.write import CxmlEnvelope, add, open_document, written

View = TypeVar("View")

DECLARED: Final[dict[str, type[Any]]] = {
    view.__name__: view
    for view in (
        CatalogUploadRequest,
        PaymentRemittanceRequest,
        ProductActivityMessage,
        ProductReplenishmentMessage,
        ProfileRequest,
        ProfileResponse,
        PunchOutOrderMessage,
        PunchOutSetupRequest,
        PunchOutSetupResponse,
        QualityNotificationRequest,
        ReceiptRequest,
        SupplierChangeMessage,
        SupplierDataRequest,
    )
}
"""Element name -> the class of its view."""


def read_as(document: Document, view: type[View]) -> tuple[View | None, list[Problem]]:
    """Return the view of a document of the class's kind, with what is wrong with it.

    None when a value that it cannot do without is unreadable, or the document is of another kind
    (`cxml.kind`). Parts that cannot be read are left out and stated.
    """
    name = view.__name__
    element: Element | None = document.request
    if name.endswith("Response"):
        wrong = expect(document, "Response")
        element = document.request.find(name)
        if not wrong and element is None:
            wrong = [Problem("cxml.kind", Severity.ERROR, f"the reader is for {name}", "/cXML")]
    else:
        wrong = expect(document, name)
    if wrong or element is None:
        return None, wrong
    read = Reading(document)
    return read_view(read, element, view), read.problems


def document_of(view: object, envelope: CxmlEnvelope) -> bytes:
    """Return the document of a declared view; a Response carries the status 200.

    Raises RefusalError `cxml.kind` for a view that is no document, `cxml.value-missing`,
    `cxml.value-unknown`, `cxml.value-number` or `cxml.character` for what it holds.
    """
    name = type(view).__name__
    if DECLARED.get(name) is not type(view):
        raise RefusalError("cxml.kind", "the view is no document of its own")
    outer = next(kind for kind in ("Request", "Message", "Response") if name.endswith(kind))
    root, above = open_document(envelope, outer)
    if outer == "Response":
        add(above, "Status", code="200", text="OK")
    write_view(add(above, name), view)
    return written(root)


def copied(document: Document) -> tuple[Document | None, list[Problem]]:
    """Return the document that a CopyRequest carries, read as strictly as one that came alone.

    The copy's bytes are those of its own element. None when there is none, when it is an
    attachment (`attachment_of`), or when the copy is a CopyRequest itself (`cxml.not-read`).
    """
    wrong = expect(document, "CopyRequest")
    if wrong:
        return None, wrong
    inner = document.request.find("cXML")
    if inner is None:
        note = "the CopyRequest carries no document of its own"
        path = "/cXML/Request/CopyRequest/cXML"
        return None, [Problem("cxml.value-missing", Severity.ERROR, note, path)]
    found, problems = parse(etree.tostring(inner, encoding="UTF-8", with_tail=False))
    if found is not None and found.kind == "CopyRequest":
        note = "a copy of a copy is not read"
        path = "/cXML/Request/CopyRequest/cXML"
        return None, [Problem("cxml.not-read", Severity.ERROR, note, path)]
    return found, problems


def attachment_of(document: Document) -> str:
    """Return the `cid:` address of the attachment that a CopyRequest copies, or empty."""
    return text_at(document.request, "cXMLAttachment/Attachment/URL")
