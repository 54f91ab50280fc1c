"""Lists every problem this codec can state, with its limits and its answers on the wire.

In: a problem. Out: `PROBLEM_CODES`, `Limits`, the cXML status code that answers it. Refuses to
know: how a partner profile softens or sharpens a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from suture.core.problem import Problem, Severity

PROBLEM_CODES: Final[dict[str, str]] = {
    "cxml.not-xml": "the content is not well-formed XML",
    "cxml.entity-declaration": "the DOCTYPE declares something of its own, or an entity is used",
    "cxml.too-large": "a limit on bytes or elements is exceeded",
    "cxml.not-cxml": "the outermost element is not cXML, or it holds no request or response",
    "cxml.no-payload-id": "payloadID is empty, so the document cannot be recognised again",
    "cxml.timestamp": "a date and time is not ISO 8601",
    "cxml.no-zone": "a date and time has no offset from UTC; read as UTC",
    "cxml.credential": "From, To or Sender names no identity",
    "cxml.kind": "the document is of another kind than the reader",
    "cxml.value-missing": "a mandatory attribute or element is missing or empty",
    "cxml.value-number": "a number is none",
    "cxml.value-date": "a date is not in the calendar",
    "cxml.value-unknown": "a value is not in its list",
    "cxml.not-read": "the document has a part that is not read, e.g. a copy within a copy",
    "cxml.character": "a value to write has a character that XML does not have",
    "cxml.secret": "the shared secret does not agree",
    "cxml.more-problems": "there are more problems than are listed",
    "cxml.kind-unread": "this kind of document is kept and not read",
    "cxml.line-repeated": "a line number stands twice in one document",
    "cxml.currency": "a currency is no code of ISO 4217",
    "cxml.currency-mixed": "the amounts of one document are in several currencies",
    "cxml.sum": "an amount or quantity is not the sum of its parts",
    "cxml.kind-not-agreed": "the profile does not have this kind of document",
    "cxml.credential-domain": "no credential is of a domain that the profile has",
    "cxml.profile-required": "something that the profile requires is not there",
    "cxml.profile-forbidden": "something stands there that the profile forbids",
    "cxml.free-text": "Comments or Extrinsic hold text and the profile forbids it",
    "cxml.dtd": "the document does not follow the DTD that was given",
    "cxml.dtd-unusable": "the DTD that was given cannot be read, names a file, or grows too large",
    "cxml.edit-target": "an XPath to change names no single attribute or text",
    "cxml.signature-missing": "the document has no digital signature",
    "cxml.signature-wrong": "the digital signature does not fit the document",
    "cxml.signature-unacceptable": "the signature's certificate or algorithm is not accepted",
    "cxml.signature-partial": "the signature leaves a part open, e.g. the payloadID",
    "cxml.multipart": "the parts of a multipart content cannot be told apart",
    "cxml.attachment": "an attachment cannot be decoded, or stands twice",
}
"""Problem code -> what it means, one line each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds what one document may cost to read."""

    bytes_max: int = 16 * 1024 * 1024
    """Largest document: an order of 5 000 lines has some 8 MB; attachments travel beside it."""
    elements_max: int = 400_000
    """Most elements: an order line has about 30."""


DEFAULT: Final = Limits()

_STATUS: Final[dict[str, int]] = {
    "cxml.not-xml": 406,
    "cxml.entity-declaration": 406,
    "cxml.too-large": 406,
    "cxml.not-cxml": 406,
    "cxml.credential": 401,
    "cxml.secret": 401,
    "cxml.kind": 450,
    "cxml.not-read": 450,
    "cxml.kind-not-agreed": 450,
    "cxml.credential-domain": 401,
    "cxml.signature-missing": 475,
    "cxml.signature-wrong": 476,
    "cxml.signature-partial": 477,
    "cxml.signature-unacceptable": 477,
    "cxml.multipart": 406,
    "cxml.dtd": 406,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One status code of a Response."""

    text: str
    is_retryable: bool = False
    """The same document may be sent again: the codes 5xx (spec 2.0.7)."""


STATUSES: Final[dict[int, Answer]] = {
    200: Answer("OK"),
    201: Answer("Accepted"),
    204: Answer("No Content"),
    280: Answer("Forwarded"),
    281: Answer("Forwarded Unreliably"),
    400: Answer("Bad Request"),
    401: Answer("Unauthorized"),
    402: Answer("Payment Required"),
    403: Answer("Forbidden"),
    406: Answer("Not Acceptable"),
    409: Answer("Conflict"),
    412: Answer("Precondition Failed"),
    417: Answer("Expectation Failed"),
    450: Answer("Not Implemented"),
    475: Answer("Signature Required"),
    476: Answer("Signature Verification Failed"),
    477: Answer("Signature Unacceptable"),
    500: Answer("Internal Server Error", is_retryable=True),
    550: Answer("Unable to reach cXML server", is_retryable=True),
    551: Answer("Unable to forward request", is_retryable=True),
    560: Answer("Temporary Server Error", is_retryable=True),
}
"""Status code -> what it is called and whether to repeat (cXML User's Guide, Response)."""

STATUS_TEXTS: Final[dict[int, str]] = {code: answer.text for code, answer in STATUSES.items()}


def is_retryable(code: int) -> bool:
    """Return whether the document that was answered with `code` may be sent again.

    Codes that are not in the table are read by their first digit.
    """
    known = STATUSES.get(code)
    return known.is_retryable if known else 500 <= code <= 599


def status_for(problem: Problem) -> int:
    """Return the cXML status code that answers a problem; 200 when it is not an error.

    406 is for what cannot be parsed, 401 for credentials, 450 for kinds that are not read, 400 for
    the rest: all 4xx, so the sender changes the document and does not repeat it (spec 2.0.7).
    """
    if problem.severity is not Severity.ERROR:
        return 200
    return _STATUS.get(problem.code, 400)
