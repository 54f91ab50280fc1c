"""States what a written document does not carry, by reading it back.

In: a document, and the same document read from what was written. Out: a problem for each field that
did not come back as it was. Refuses to know: standards; their names come in. Nothing is lost in
silence because nothing is declared: what is written is read again and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError

PROBLEM_CODES: Final[dict[str, str]] = {
    "supply.not-carried": "a standard has no place for a field, or not for its whole value",
    "supply.not-read": "a part of a document has no place in ours and is left out",
    "supply.missing": "a document does not say what ours must say; the place is named",
    "supply.unreadable": "a value that a line or a document cannot do without is unreadable",
    "supply.changed": "a number or an amount would not come back as it was: it is not written",
}
"""Problem code -> what it means, one line each."""

EXACT: Final = frozenset(
    {
        *("po_number", "line", "po_line", "item", "gtin", "catalog_no", "quantity", "unit_price"),
        *("invoice_no", "shipment", "total", "tax", "charges", "lot", "serial", "expiry", "kind"),
        *("result", "sscc", "promised_delivery", "promised_ship", "is_cancel"),
        *("status", "number", "from_quantity"),
        *("action", "change_seq", "is_whole", "is_cancel_of_order"),
    }
)
"""Fields that identify or count: they come back as they were, or not at all."""


class Difference(NamedTuple):
    """One field that did not come back as it was."""

    path: str
    """E.g. `lines[2].contract`."""
    was: Any
    became: Any

    @property
    def name(self) -> str:
        """The field's own name."""
        return self.path.rpartition(".")[2].partition("[")[0]

    @property
    def is_lost(self) -> bool:
        """Nothing came back, as against something else."""
        return not self.became

    @property
    def is_respelled(self) -> bool:
        """The same number with other leading zeros."""
        texts = isinstance(self.was, str) and isinstance(self.became, str)
        return texts and self.was.lstrip("0") == self.became.lstrip("0") != ""


def differences(before: msgspec.Struct, after: msgspec.Struct) -> list[Difference]:
    """Return the fields of `before` that stand otherwise in `after`, in the order of the fields."""
    return list(_of_struct(before, after, ""))


def _of_struct(before: Any, after: Any, above: str) -> Iterator[Difference]:
    for name in before.__struct_fields__:
        path = f"{above}.{name}" if above else name
        yield from _of_value(getattr(before, name), getattr(after, name), path)


def _of_value(was: Any, became: Any, path: str) -> Iterator[Difference]:
    if was == became:
        return
    if isinstance(was, msgspec.Struct) and isinstance(became, type(was)):
        yield from _of_struct(was, became, path)
    elif isinstance(was, tuple) and isinstance(became, tuple) and len(was) == len(became):
        for number, (one, other) in enumerate(zip(was, became, strict=True)):
            yield from _of_value(one, other, f"{path}[{number}]")
    else:
        yield Difference(path, was, became)


def not_carried(before: msgspec.Struct, after: msgspec.Struct, document: str) -> list[Problem]:
    """Return a warning for each field that `document`, e.g. `X12 850`, does not carry.

    Raises RefusalError `supply.changed` when an identifying or counting field came back as another.
    """
    found = differences(before, after)
    for one in found:
        is_structure = isinstance(one.was, tuple) and bool(one.became)
        if (one.name in EXACT or is_structure) and not (one.is_lost or one.is_respelled):
            note = f"the value cannot be written in {document} as it is"
            raise RefusalError("supply.changed", note, path=one.path)
    return [
        Problem(
            "supply.not-carried",
            Severity.WARNING,
            f"{document} has no place for it"
            if one.is_lost
            else f"{document} does not carry it as it was given",
            one.path,
        )
        for one in found
    ]


def check_written(problems: Iterable[Problem]) -> None:
    """Refuse a document of our own that its reader objects to, by the reader's code."""
    for problem in problems:
        is_ours = problem.code in PROBLEM_CODES
        if problem.severity is not Severity.INFO and not is_ours:
            raise RefusalError(problem.code, problem.text, path=problem.path)


def descriptive(text: str, banned: frozenset[str] = frozenset(), characters_max: int = 0) -> str:
    """Return text for people as a standard can hold it: printable, without `banned`, not longer.

    Identifying values are never changed like this: they are refused.
    """
    kept = "".join(c if c.isprintable() and c not in banned else " " for c in text).strip()
    return kept[:characters_max].rstrip() if characters_max else kept


def unread(path: str, offset: int | None = None, note: str = "") -> Problem:
    """Return the problem of a part of a document that ours has no place for."""
    text = note or "this part of the document has no place in ours and is left out"
    return Problem("supply.not-read", Severity.WARNING, text, path, offset)


def missing(path: str, text: str, offset: int | None = None) -> Problem:
    """Return the problem of something that a document does not say and ours must."""
    return Problem("supply.missing", Severity.ERROR, text, path, offset)


def unreadable(path: str, text: str, offset: int | None = None) -> Problem:
    """Return the problem of a value that cannot be read; what needs it is left out."""
    return Problem("supply.unreadable", Severity.ERROR, text, path, offset)
