"""Checks a document against the rules of cXML, a partner's profile and, if given, a DTD.

In: a `Document`, a `CxmlProfile`, the bytes of a DTD. Out: problems with path, byte offset and
clause; those the profile permits are marked. Refuses to know: whether the document is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from lxml import etree

from suture.core.problem import Problem, Severity
from suture.formats.cxml.confirmation import confirmation_request
from suture.formats.cxml.document import Document, Element
from suture.formats.cxml.dtd import check_dtd
from suture.formats.cxml.invoice import invoice_detail_request
from suture.formats.cxml.order import order_request
from suture.formats.cxml.parse import envelope_of
from suture.formats.cxml.profile import CxmlProfile, check_profile
from suture.formats.cxml.read import PROBLEMS_MAX, Reading, text_at
from suture.formats.cxml.rules import (
    CURRENCIES,
    LINE_NUMBERS,
    LISTED,
    MANDATORY,
    MAY_BE_EMPTY,
    OPEN_LISTS,
)
from suture.formats.cxml.ship_notice import ship_notice_request
from suture.formats.cxml.source import offsets_of
from suture.formats.cxml.status import response_status, status_update_request
from suture.formats.cxml.sums import check_sums
from suture.formats.cxml.views import DECLARED, copied, read_as
from suture.formats.profile import permitted

_READERS: Final[dict[str, Callable[[Document], tuple[Any, list[Problem]]]]] = {
    "OrderRequest": order_request,
    "ConfirmationRequest": confirmation_request,
    "ShipNoticeRequest": ship_notice_request,
    "InvoiceDetailRequest": invoice_detail_request,
    "StatusUpdateRequest": status_update_request,
    "Response": response_status,
    "CopyRequest": copied,
}
_NO_PROFILE: Final = CxmlProfile(name="none")
_DATE: Final = re.compile(r"[a-z]*Date|timestamp")


def validate(
    document: Document, profile: CxmlProfile = _NO_PROFILE, *, dtd: bytes | None = None
) -> list[Problem]:
    """Return everything that is wrong with a document, each place once, at most some 200.

    `dtd` is a DTD in one piece that the user supplies; none is fetched. Raises MisconfiguredError
    `cxml.dtd-unusable` or `profile.invalid`.
    """
    found = list(envelope_of(document.content, document.root, document.request)[1])
    found += _read(document)
    rules = Reading(document)
    for element in document.root.iter("*"):
        _check_element(element, rules)
    _check_lines(document, rules)
    _check_currencies(document, rules)
    check_sums(document, rules)
    found += rules.problems
    found += check_profile(document, profile)
    if dtd is not None:
        found += check_dtd(document, dtd)
    once = {(one.code, one.path): one for one in reversed(found)}
    kept = [one for one in dict.fromkeys(found) if once.get((one.code, one.path)) is one]
    return permitted(_placed(document, _few(kept)), profile)


def _few(problems: list[Problem]) -> list[Problem]:
    """Return at most `PROBLEMS_MAX` problems, errors first when some must go."""
    if len(problems) <= PROBLEMS_MAX:
        return problems
    by_weight = sorted(problems, key=lambda one: one.severity is not Severity.ERROR)
    note = f"there are more than {PROBLEMS_MAX} problems; the rest is not listed"
    kept = [one for one in by_weight if one.code != "cxml.more-problems"][:PROBLEMS_MAX]
    return [*kept, Problem("cxml.more-problems", Severity.ERROR, note, "/cXML")]


def _read(document: Document) -> list[Problem]:
    """Return what the reader of the document's kind states."""
    if document.kind in DECLARED:
        return read_as(document, DECLARED[document.kind])[1]
    reader = _READERS.get(document.kind)
    if reader is None:
        note = "this kind of document is kept and not checked"
        return [Problem("cxml.kind-unread", Severity.INFO, note, "/cXML")]
    problems = list(reader(document)[1])
    if document.kind == "Response":
        for name in DECLARED:
            if name.endswith("Response") and document.request.find(name) is not None:
                problems += read_as(document, DECLARED[name])[1]
    return problems


# ---- rules over single elements


def _check_element(element: Element, rules: Reading) -> None:
    tag = str(element.tag)
    for below in MANDATORY.get(tag, ()):
        if not any(_is_there(element, one) for one in below.split("|")):
            first = below.partition("|")[0]
            rules.state("cxml.value-missing", element, first, "a mandatory value is missing")
    for name, value in ((str(key), str(held)) for key, held in element.attrib.items()):
        key = (tag, name)
        allowed = LISTED.get(key)
        if allowed is not None and value not in allowed:
            note = "the value is not in its list"
            is_error = key not in OPEN_LISTS
            rules.state("cxml.value-unknown", element, f"@{name}", note, is_error=is_error)
        if _DATE.fullmatch(name) and tag != "cXML" and not _is_date(value):
            note = "a date is ISO 8601, e.g. 2027-01-04T08:00:00-05:00"
            rules.state("cxml.value-date", element, f"@{name}", note)


def _is_there(element: Element, below: str) -> bool:
    """Return whether an attribute or text is not empty, or an element stands at `below`."""
    if "@" in below:
        return bool(text_at(element, below))
    found = element.find(below)
    if found is None:
        return False
    has_content = len(found) > 0 or bool(found.attrib) or bool((found.text or "").strip())
    return has_content or below in MAY_BE_EMPTY


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


# ---- rules over the whole


def _check_lines(document: Document, rules: Reading) -> None:
    for tag, name in LINE_NUMBERS.items():
        seen: set[str] = set()
        # Options of one item of a bundle share its number; only whole lines are compared.
        for element in document.request.iter(tag):
            number = (element.get(name) or "").strip().lstrip("0")
            if number and number in seen:
                note = "the line number stands twice"
                rules.state("cxml.line-repeated", element, f"@{name}", note)
            seen.add(number)


def _check_currencies(document: Document, rules: Reading) -> None:
    """State codes that are no currency, and a second currency (alternate amounts aside)."""
    first = ""
    for money in document.request.iter("Money"):
        code = (money.get("currency") or "").strip()
        if code and code not in CURRENCIES:
            rules.state("cxml.currency", money, "@currency", "the code is no currency of ISO 4217")
        elif code and first and code != first:
            note = "the document has amounts in several currencies"
            rules.state("cxml.currency-mixed", money, "@currency", note, is_error=False)
        first = first or code


# ---- where the problems are


def _placed(document: Document, problems: list[Problem]) -> list[Problem]:
    """Return the problems with the byte offset of their element, and the clause by its name."""
    found = [_element_at(document.root, problem.path) for problem in problems]
    offsets = offsets_of(document, (element for element in found if element is not None))
    return list(_with_places(problems, found, offsets))


def _with_places(
    problems: list[Problem], found: list[Element | None], offsets: dict[Element, int]
) -> Iterator[Problem]:
    for problem, element in zip(problems, found, strict=True):
        if element is None:
            yield problem
            continue
        clause = problem.clause or f"cXML 1.2 {etree.QName(element).localname}"
        yield replace(problem, offset=offsets.get(element), clause=clause)


def _element_at(root: Element, path: str) -> Element | None:
    """Return the element a problem's path names, or the nearest above what is missing."""
    steps = [step for step in path.split("/") if step and not step.startswith("@")]
    if not steps or steps[0] != "cXML":
        return None
    tree: Any = root.getroottree()
    while steps:
        try:
            found = tree.xpath("/" + "/".join(steps))
        except etree.XPathError:
            found = []
        if isinstance(found, list) and found and isinstance(found[0], etree._Element):
            return found[0]
        steps.pop()
    return None
