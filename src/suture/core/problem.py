"""What is wrong with something received, said without repeating it.

In: a stable code, a severity, a position. Out: a `Problem`. Refuses to know: the content itself, so
that a problem may be logged, shown and sent (it never carries patient data).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is for the one document it is about."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    """The document must not be used as it is."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one document."""

    code: str
    """Stable `area.reason`, e.g. `x12.segment-count`."""
    severity: Severity
    text: str
    """What is wrong and what to do, in the house's words; never a value from the document."""
    path: str = ""
    """Segment/field path, XPath or FHIRPath, e.g. `SCH-11.4`."""
    offset: int | None = None
    """Byte offset in the received content, 0-based."""
    clause: str = ""
    """Where the standard says so, e.g. `HL7 v2.5.1 2.5.3`; empty where the rule is the house's."""
    permitted_by: str = ""
    """Name of the profile's deviation that permits it; the severity is then `INFO`."""

    def describe(self) -> str:
        """Return code, position and text on one line."""
        where = f" at {self.path}" if self.path else ""
        byte = f" (byte {self.offset})" if self.offset is not None else ""
        clause = f" [{self.clause}]" if self.clause else ""
        permitted = f" (permitted: {self.permitted_by})" if self.permitted_by else ""
        return f"{self.code}{where}{byte}: {self.text}{clause}{permitted}"


def worst(problems: list[Problem]) -> Severity | None:
    """Return the highest severity present, or None when there is no problem."""
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    return next((level for level in order if any(p.severity is level for p in problems)), None)
