"""What a destination made of one attempt, sorted by what may be done next (plan D5).

In: whatever a transport and an adapter learned. Out: one of five closed kinds. Refuses to know: how
the attempt was made. Policy reads `code`, never `text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Accepted:
    """The destination has it. `facts` holds what it told us (e.g. the number it minted)."""

    facts: dict[str, str] = field(default_factory=dict)
    response: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The content must change: repeating the same bytes is useless."""

    code: str
    text: str = ""
    response: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Provably not accepted: may be repeated. `retry_after_s` is the peer's wish, if any."""

    code: str
    text: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Uncertain:
    """May have been accepted: ask by business key, never repeat blindly (spec ground rule 4)."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """An operator must act (credentials, address, certificate); content is innocent."""

    code: str
    text: str = ""


Outcome = Accepted | Refused | Unavailable | Uncertain | Misconfigured


def outcome_code(outcome: Outcome) -> str:
    """Return the stable code of an outcome; `accepted` when it was."""
    return "accepted" if isinstance(outcome, Accepted) else outcome.code
