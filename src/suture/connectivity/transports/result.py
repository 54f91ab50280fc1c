"""What became of bytes handed to a transport (plan D5).

In: a send. Out: one of three closed kinds. Refuses to know: what the answer means.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Replied:
    """A full answer came back."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte left this machine: repeating is safe."""

    code: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Bytes may have left, and no full answer came: repeating is not safe."""

    code: str


SendResult = Replied | NotSent | Unanswered
