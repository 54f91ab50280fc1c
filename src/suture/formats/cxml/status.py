"""Views a Response and a StatusUpdateRequest: what a partner made of something we sent.

In: a `Document`. Out: `ResponseStatus`, `StatusUpdate` and problems. Refuses to know: when to
repeat; a 5xx may be repeated, a 4xx not (spec 2.0.7).
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.core.problem import Problem
from suture.formats.cxml.document import Document, Element, veiled
from suture.formats.cxml.read import Reading, expect, text_at


@dataclass(frozen=True, slots=True)
class ResponseStatus:
    """`Status` of a document."""

    __repr__ = veiled

    code: int
    text: str
    """Short text of the code; free text of the partner, not for logs."""

    @property
    def is_success(self) -> bool:
        """The code is 2xx."""
        return 200 <= self.code <= 299

    @property
    def is_retryable(self) -> bool:
        """The code is 5xx: the same document may be sent again."""
        return 500 <= self.code <= 599


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A later word on a document of ours, e.g. on an order at a network, or on an invoice."""

    __repr__ = veiled

    document_payload_id: str
    """payloadID of the document it is about."""
    status: ResponseStatus
    invoice_status: str = ""
    """`InvoiceStatus@type`, e.g. paid, empty when it is about no invoice."""


def response_status(document: Document) -> tuple[ResponseStatus | None, list[Problem]]:
    """Return the status of a Response; None when it has none or is another kind of document."""
    wrong = expect(document, "Response")
    if wrong:
        return None, wrong
    read = Reading(document)
    return _status(read, document.request), read.problems


def status_update_request(document: Document) -> tuple[StatusUpdate | None, list[Problem]]:
    """Return the word of a StatusUpdateRequest; None without status or for another kind."""
    wrong = expect(document, "StatusUpdateRequest")
    if wrong:
        return None, wrong
    read = Reading(document)
    status = _status(read, document.request)
    if status is None:
        return None, read.problems
    payload_id = text_at(document.request, "DocumentReference/@payloadID")
    invoice = text_at(document.request, "InvoiceStatus/@type")
    return StatusUpdate(payload_id, status, invoice), read.problems


def _status(read: Reading, element: Element) -> ResponseStatus | None:
    code = read.required(element, "Status/@code")
    if len(code) == 3 and code.isascii() and code.isdecimal():
        return ResponseStatus(int(code), text_at(element, "Status/@text"))
    if code:
        read.state("cxml.value-number", element, "Status/@code", "a status has three digits")
    return None
