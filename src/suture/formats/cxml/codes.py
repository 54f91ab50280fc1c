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
    "cxml.not-read": "the document has a part that is not read, e.g. a service line",
    "cxml.character": "a value to write has a character that XML does not have",
    "cxml.secret": "the shared secret does not agree",
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
}

STATUS_TEXTS: Final[dict[int, str]] = {
    200: "OK",
    201: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    406: "Not Acceptable",
    409: "Conflict",
    450: "Not Implemented",
    500: "Internal Server Error",
    560: "Temporary Server Error",
}
"""Status code -> its text (cXML User's Guide, Response)."""


def status_for(problem: Problem) -> int:
    """Return the cXML status code that answers a problem; 200 when it is not an error.

    406 is for what cannot be parsed, 401 for credentials, 450 for kinds that are not read, 400 for
    the rest: all 4xx, so the sender changes the document and does not repeat it (spec 2.0.7).
    """
    if problem.severity is not Severity.ERROR:
        return 200
    return _STATUS.get(problem.code, 400)
