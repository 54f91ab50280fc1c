"""Lists every problem this codec can state, with its limits.

In: nothing. Out: `PROBLEM_CODES` (the one list the error reference is generated from), `Limits`.
Refuses to know: how a partner profile softens or sharpens a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from suture.core.problem import Problem, Severity

PROBLEM_CODES: Final[dict[str, str]] = {
    "edifact.no-unb": "the content does not start with UNA or UNB",
    "edifact.leading-bytes": "bytes stand before UNA or UNB (byte order mark or white space)",
    "edifact.delimiters": "the delimiters of UNA are the same, or letters, digits or spaces",
    "edifact.syntax": "UNB names a syntax or version that is not known; read as version 3",
    "edifact.charset": "UNB names a character set that cannot be read with certainty",
    "edifact.character": "a character is not in the character set that UNB names",
    "edifact.control-character": "a control character, such as NUL, stands in a segment",
    "edifact.line-end": "line ends stand between segments and are passed over",
    "edifact.line-break": "line breaks stand inside segments (a wrapped file); they are left out",
    "edifact.too-large": "a limit on bytes, segments, messages or interchanges is exceeded",
    "edifact.too-many-problems": "more problems than are stated; the rest is left out",
    "edifact.more-interchanges": "a further interchange follows; read the file with parse_all",
    "edifact.stray-bytes": "content after an interchange belongs to none",
    "edifact.envelope": "a service segment stands where it has no place",
    "edifact.mixed-groups": "messages stand inside and outside of groups in one interchange",
    "edifact.interchange-trailer": "UNZ is missing: the interchange was cut off",
    "edifact.interchange-reference": "UNZ does not repeat the reference of UNB",
    "edifact.interchange-count": "UNZ does not give the number of messages, or groups, received",
    "edifact.group-trailer": "UNE is missing",
    "edifact.group-reference": "UNE does not repeat the reference of UNG",
    "edifact.group-count": "UNE does not give the number of messages received",
    "edifact.group-type": "a message is of another type than its group",
    "edifact.message-trailer": "UNT is missing",
    "edifact.message-reference": "UNT does not repeat the reference of UNH",
    "edifact.segment-count": "UNT does not give the number of segments, UNH and UNT included",
    "edifact.reference-repeated": "a message reference stands twice in one interchange",
    "edifact.unknown-message": "no definition of this message is declared; not checked further",
    "edifact.version": "no definition of this version is declared; the nearest one was used",
    "edifact.unexpected-segment": "the message has no such segment",
    "edifact.segment-order": "a segment stands after its place",
    "edifact.segment-missing": "a mandatory segment is missing",
    "edifact.segment-repeats": "a segment stands more often than it may",
    "edifact.group-repeats": "a segment group stands more often than it may",
    "edifact.elements": "a segment has more elements or repetitions than are read",
    "edifact.element-missing": "a mandatory element is empty",
    "edifact.element-length": "an element is shorter or longer than it may be",
    "edifact.element-type": "an element that must be letters has others",
    "edifact.element-number": "an element that must be a number is none",
    "edifact.element-date": "a date is not in the calendar or not in its format",
    "edifact.date-format": "a format code of a date is not known",
    "edifact.decimal-mark": "a number has another decimal mark than UNA names",
    "edifact.acknowledgement": "a CONTRL message lacks what it must say",
    "edifact.wrong-message": "a message was given to the reader of another one",
    "edifact.path": "an address of a value cannot be used",
    "edifact.value": "a value to write does not fit the character set",
    "edifact.envelope-value": "a value of the envelope does not fit its element",
}
"""Problem code -> what it means, one line each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds what one file may cost to read."""

    bytes_max: int = 32 * 1024 * 1024
    """Largest file read at once; `read_messages` has no such bound."""
    segment_bytes_max: int = 64 * 1024
    """Longest segment: FTX of D.01B has 2 500 characters, so a longer one is no segment."""
    segments_max: int = 400_000
    """Most segments in one message: a price catalogue of 100 000 lines of four."""
    elements_max: int = 200
    """Most elements, and most components or repetitions of one, that a segment is read with."""
    messages_max: int = 50_000
    """Most messages in one interchange: a busy day of a large partner has some thousand."""
    interchanges_max: int = 1_000
    """Most interchanges in one file: a day's mailbox of a large partner has some hundred."""
    problems_max: int = 200
    """Most problems stated: a file of the wrong kind would state one per segment."""


STATED_MAX: Final = 1_000
"""Most problems of elements gathered per message; the verdict on it stands long before."""

DEFAULT: Final = Limits()


def bounded(problems: list[Problem], limits: Limits = DEFAULT) -> list[Problem]:
    """Return at most `problems_max` of the problems, errors first, and a note on the rest."""
    if len(problems) <= limits.problems_max:
        return problems
    # Errors first: a warning may be left out, an error may not be drowned by warnings.
    ordered = sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)
    kept, dropped = ordered[: limits.problems_max], ordered[limits.problems_max :]
    note = f"at most {limits.problems_max} problems are stated"
    # Where an error is left out, nobody can tell which messages are sound.
    return [*kept, Problem("edifact.too-many-problems", dropped[0].severity, note)]
