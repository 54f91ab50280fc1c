"""Faults a test arms on a peer: what goes wrong, for which subject, how often.

In: a JSON order `{match, kind, times, delay_s}`; subjects such as `POST /receipts` or `SEND 855`.
Out: the armed fault, taken once per use. Refuses to know: sockets; the servers act it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset({"timeout_after_commit", "http_500", "refuse", "late", "duplicate", "reorder"})
DELAY_S_MAX = 120.0
"""A test that waits longer has hung."""
DELAY_S_DEFAULT = 30.0
"""Longer than the hub's request time-out of the demo."""
ARMED_MAX = 1000
"""More is a script gone wild."""


@dataclass(slots=True)
class Fault:
    """One armed fault; `times` counts down."""

    match: str
    """Subject prefix: method and path, or `SEND` and the kind of document."""
    kind: str
    times: int = 1
    delay_s: float = DELAY_S_DEFAULT
    """Real seconds."""


@dataclass(slots=True)
class FaultBoard:
    """The armed faults of one peer and what has been acted out."""

    armed: list[Fault] = field(default_factory=list)
    acted: list[tuple[str, str]] = field(default_factory=list)
    """(subject, kind) in order."""

    def arm(self, order: dict[str, Any]) -> Fault:
        """Arm a fault; raises ValueError for an unknown kind or a wrong number."""
        kind, match = str(order.get("kind", "")), str(order.get("match", ""))
        times, delay = order.get("times", 1), order.get("delay_s", DELAY_S_DEFAULT)
        if kind not in KINDS or not match:
            raise ValueError(f"kind is one of {', '.join(sorted(KINDS))}; match is not empty")
        if not isinstance(times, int) or times < 1 or len(self.armed) >= ARMED_MAX:
            raise ValueError("times is a positive whole number")
        if not isinstance(delay, int | float) or not 0 <= delay <= DELAY_S_MAX:
            raise ValueError(f"delay_s is between 0 and {DELAY_S_MAX:g} seconds")
        fault = Fault(match=match, kind=kind, times=times, delay_s=float(delay))
        self.armed.append(fault)
        return fault

    def take(self, subject: str) -> Fault | None:
        """Return the first armed fault for a subject and use it up once."""
        for fault in self.armed:
            if subject.startswith(fault.match):
                fault.times -= 1
                if fault.times == 0:
                    self.armed.remove(fault)
                self.acted.append((subject, fault.kind))
                return fault
        return None

    def view(self) -> dict[str, Any]:
        """Return armed and acted faults as JSON."""
        armed = [{"match": f.match, "kind": f.kind, "times": f.times} for f in self.armed]
        return {"armed": armed, "acted": [list(entry) for entry in self.acted]}
