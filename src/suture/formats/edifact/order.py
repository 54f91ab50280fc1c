"""Reads ORDERS, ORDCHG and ORDRSP: the order, its change, the answer to it.

In: a message. Out: `OrderDocument`. Refuses to know: whether the buyer accepts an answer; a line
action that is not known is never read as an acceptance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import Allowance, AmountLine, DocumentLine, Head
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile


class LineAnswer(StrEnum):
    """What a supplier's answer does to one order line."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    """Accepted with another quantity, date or price: a tolerance decides."""
    REJECTED = "rejected"
    REVIEW = "review"
    """A person must read it."""


class HeaderAnswer(StrEnum):
    """What an ORDRSP says of the whole order."""

    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"
    BY_LINE = "by_line"
    """Nothing is said of the whole: the lines decide."""


LINE_ANSWERS: Final[dict[str, LineAnswer]] = {
    "5": LineAnswer.ACCEPTED,
    "3": LineAnswer.CHANGED,
    "7": LineAnswer.REJECTED,
}
"""1229 of ORDRSP (spec 2.0.8)."""
HEADER_ANSWERS: Final[dict[str, HeaderAnswer]] = {
    "29": HeaderAnswer.ACCEPTED,
    "4": HeaderAnswer.CHANGED,
    "27": HeaderAnswer.REJECTED,
}
"""1225 of ORDRSP: accepted without amendment, change, not accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDocument:
    """An order, a change of one, or an answer to one."""

    type: str
    """ORDERS, ORDCHG or ORDRSP."""
    head: Head
    lines: tuple[DocumentLine, ...]
    amounts: tuple[AmountLine, ...] = ()
    """Totals behind the lines."""
    allowances: tuple[Allowance, ...] = ()

    @property
    def order_number(self) -> str:
        """The buyer's order number: BGM of ORDERS, otherwise RFF ON."""
        return self.head.number if self.type == "ORDERS" else self.head.reference("ON")

    @property
    def answer(self) -> HeaderAnswer:
        """What an ORDRSP says of the whole order."""
        return HEADER_ANSWERS.get(self.head.function, HeaderAnswer.BY_LINE)


def line_answer(line: DocumentLine) -> LineAnswer:
    """Return what a line of an ORDRSP says; an unknown or missing action needs a person."""
    return LINE_ANSWERS.get(line.action, LineAnswer.REVIEW)


def read_order(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[OrderDocument, list[Problem]]:
    """Return an ORDERS, ORDCHG or ORDRSP, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("ORDERS", "ORDCHG", "ORDRSP"), profile, zone)
    root = gatherer.root
    found = OrderDocument(
        type=message.type,
        head=gatherer.head(),
        lines=tuple(gatherer.line(group) for group in root.within("LIN")),
        amounts=gatherer.amounts(root),
        allowances=gatherer.allowances(root),
    )
    return found, gatherer.problems
