"""Reads APERAK: what a partner's application says about a message of ours.

In: a message. Out: `ApplicationAnswer`. Refuses to know: which message that was, beyond its
references; and code lists of partners.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from suture.core.problem import Problem
from suture.formats.edifact.gather import Gatherer, texts
from suture.formats.edifact.interchange import Message
from suture.formats.edifact.parts import Head, Reference
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile

REJECTED_FUNCTIONS: Final = frozenset({"27"})
"""1225: not accepted."""
ACCEPTED_FUNCTIONS: Final = frozenset({"29", "34"})
"""1225: accepted without amendment, accepted with amendment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFault:
    """ERC: one error, with where and what it is about."""

    code: str
    agency: str = ""
    texts: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationAnswer:
    """An application's acknowledgement or error report."""

    head: Head
    faults: tuple[ApplicationFault, ...]

    @property
    def is_accepted(self) -> bool | None:
        """Whether the message was accepted; None when the answer does not say so.

        A stated error is never read as an acceptance.
        """
        if self.faults or self.head.function in REJECTED_FUNCTIONS:
            return False
        return True if self.head.function in ACCEPTED_FUNCTIONS else None


def read_application_answer(
    message: Message, profile: EdifactProfile = STANDARD_PROFILE, zone: tzinfo = UTC
) -> tuple[ApplicationAnswer, list[Problem]]:
    """Return an APERAK, and problems of values that cannot be read.

    Local times are in `zone`. Raises RefusalError `edifact.wrong-message`.
    """
    gatherer = Gatherer(message, ("APERAK",), profile, zone)
    faults = tuple(
        ApplicationFault(
            code=group.opening.value(1),
            agency=group.opening.value(1, 3),
            texts=(*texts(group), *(t for inner in group.within("RFF") for t in texts(inner))),
            references=gatherer.references(group),
        )
        for group in gatherer.root.within("ERC")
    )
    return ApplicationAnswer(head=gatherer.head(), faults=faults), gatherer.problems
