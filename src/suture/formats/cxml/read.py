"""Reads values out of elements for the views: texts, numbers, dates, money.

In: elements. Out: values, and problems with the element's path. Refuses to know: which document the
element is from. A value that is missing or wrong reads as None and is stated, never guessed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.cxml.document import Document, Element

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})?(?:\.[0-9]{0,12})?")
"""Decimal, with or without thousands separators; at most 18 + 12 digits bound the arithmetic."""
PROBLEMS_MAX: Final = 200
"""Most problems of one view: a person reads no more, and each costs a walk to its path."""
_TEXT_CHARACTERS_MAX: Final = 4_000
"""Longest text kept from one element: descriptions of items stay under 2 000 characters."""


class Reading:
    """Collects the problems of one view while its values are read."""

    def __init__(self, source: Document | Element) -> None:
        self.problems: list[Problem] = []
        root = source.root if isinstance(source, Document) else source
        self._tree = root.getroottree()

    def state(
        self, code: str, element: Element, below: str, text: str, *, is_error: bool = True
    ) -> None:
        """Add a problem at `below` of an element; after many, one says that there are more."""
        if len(self.problems) >= PROBLEMS_MAX:
            if len(self.problems) == PROBLEMS_MAX:
                note = f"there are more than {PROBLEMS_MAX} problems; the rest is not listed"
                self.problems.append(Problem("cxml.more-problems", Severity.ERROR, note, "/cXML"))
            return
        path = str(self._tree.getpath(element)) + (f"/{below}" if below else "")
        severity = Severity.ERROR if is_error else Severity.WARNING
        self.problems.append(Problem(code, severity, text, path))

    def required(self, element: Element, below: str) -> str:
        """Return the text at `below` (`@name`, `Child/Child`); states it when it is empty."""
        found = text_at(element, below)
        if not found:
            self.state("cxml.value-missing", element, below, "a mandatory value is missing")
        return found

    def listed(self, element: Element, below: str, allowed: frozenset[str], default: str) -> str:
        """Return the text at `below`, or `default`; states it when it is not in `allowed`."""
        found = text_at(element, below) or default
        if found not in allowed:
            self.state("cxml.value-unknown", element, below, "the value is not in its list")
        return found

    def number(self, element: Element, below: str, *, is_required: bool = False) -> Decimal | None:
        """Return the exact decimal at `below`; None when it is empty or no number."""
        found = self.required(element, below) if is_required else text_at(element, below)
        if not found:
            return None
        if not _NUMBER.fullmatch(found) or not any(mark.isdigit() for mark in found):
            self.state("cxml.value-number", element, below, "the value must be a number")
            return None
        return Decimal(found.replace(",", ""))

    def quantity(
        self, element: Element, below: str, *, is_required: bool = False
    ) -> Fraction | None:
        """Return the exact quantity at `below`; None when it is empty or no number."""
        found = self.number(element, below, is_required=is_required)
        return None if found is None else Fraction(found)

    def line(self, element: Element, below: str, *, is_required: bool = True) -> str:
        """Return a line number as text without leading zeros."""
        found = self.required(element, below) if is_required else text_at(element, below)
        return (found.lstrip("0") or "0") if found.isdecimal() else found

    def day(self, element: Element, below: str, *, is_required: bool = False) -> date | None:
        """Return the calendar day at `below`, as its sender wrote it (no change of zone)."""
        found = self.required(element, below) if is_required else text_at(element, below)
        if not found:
            return None
        try:
            return date.fromisoformat(found[:10])
        except ValueError:
            self.state("cxml.value-date", element, below, "the value must be a date CCYY-MM-DD")
            return None

    def moment(self, element: Element, below: str) -> datetime | None:
        """Return the instant at `below` in UTC; None when it is empty or unreadable."""
        found = text_at(element, below)
        if not found:
            return None
        # The path is made when there is a problem: it costs a walk over the siblings.
        wrong: list[Problem] = []
        moment = instant(found, "", wrong)
        for one in wrong:
            self.state(one.code, element, below, one.text, is_error=False)
        return moment

    def money(
        self, element: Element, below: str, *, is_required: bool = False
    ) -> tuple[Decimal | None, str]:
        """Return (amount, currency) of the `Money` in element `below`."""
        place = f"{below}/Money" if below else "Money"
        amount = self.number(element, place, is_required=is_required)
        return amount, text_at(element, f"{place}/@currency")


def text_at(element: Element, below: str) -> str:
    """Return the stripped text or attribute at `below` of an element, empty when it is not there.

    `below` is a path of children whose last part may be an attribute: `UnitPrice/Money/@currency`.
    """
    path, _, attribute = below.rpartition("@")
    if attribute and "@" in below:
        place = path.rstrip("/")
        found = element.find(place) if place else element
        value = found.get(attribute) if found is not None else None
    else:
        value = element.findtext(below)
    return str(value or "").strip()[:_TEXT_CHARACTERS_MAX]


def instant(text: str, path: str, problems: list[Problem]) -> datetime | None:
    """Return an ISO 8601 date and time in UTC, stating what is wrong with it.

    Without offset it is taken as UTC, with a warning; a bare date is its midnight.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        note = "a date and time is ISO 8601 with an offset, e.g. 2027-01-04T08:00:00-05:00"
        problems.append(Problem("cxml.timestamp", Severity.WARNING, note, path))
        return None
    if found.tzinfo is None:
        note = "the date and time has no offset from UTC; it is read as UTC"
        problems.append(Problem("cxml.no-zone", Severity.WARNING, note, path))
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        note = "the date and time is out of range"
        problems.append(Problem("cxml.timestamp", Severity.WARNING, note, path))
        return None


def expect(document: Document, kind: str) -> list[Problem]:
    """Return a problem when the document is of another kind than `kind`."""
    if document.kind == kind:
        return []
    note = f"the reader is for {kind}"
    return [Problem("cxml.kind", Severity.ERROR, note, "/cXML")]
