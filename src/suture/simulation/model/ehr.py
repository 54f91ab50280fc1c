"""The EHR: cases, a scenario of actions, and messages that are owed until acknowledged.

In: a scenario, business time, acknowledgements. Out: the next message to send, the same bytes until
it is acknowledged. Refuses to know: sockets and back-off; what the hub makes of a message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from suture.simulation.number import instant, iso
from suture.simulation.wire import hl7

Row = dict[str, Any]

ACCEPTED = frozenset({"AA", "CA"})
REFUSED = frozenset({"AE", "AR", "CE", "CR"})
TRIGGERS = {
    "book": ("S12", "BOOKED"),
    "reschedule": ("S13", "BOOKED"),
    "modify": ("S14", "BOOKED"),
    "cancel": ("S15", "CANCELLED"),
    "start": ("S14", "STARTED"),
    "complete": ("S14", "COMPLETE"),
}
"""Action -> SIU trigger and filler status (site profile: start and end come as S14)."""


@dataclass(slots=True)
class OwedMessage:
    """A rendered message: the hub is owed these bytes."""

    control_id: str
    kind: str
    """Trigger, e.g. `SIU^S12`."""
    case_number: str
    content: bytes = field(repr=False)
    sent_at: datetime | None = None
    acked_at: datetime | None = None
    code: str = ""
    """MSA-1 of the acknowledgement; empty while there is none."""
    attempts: int = 0

    def view(self) -> Row:
        """Return the log entry."""
        return {
            "control_id": self.control_id,
            "kind": self.kind,
            "case_number": self.case_number,
            "sent_at": iso(self.sent_at) if self.sent_at else None,
            "acked_at": iso(self.acked_at) if self.acked_at else None,
            "code": self.code,
            "attempts": self.attempts,
        }


class EhrModel:
    """Plays a scenario; one message under way at a time, in order."""

    def __init__(self, scenario: list[Row], prefix: str = "EHR") -> None:
        self.cases: dict[str, Row] = {}
        self.log: list[OwedMessage] = []
        self._prefix = prefix
        self._planned = sorted(
            ((instant(row["at"]), number, row) for number, row in enumerate(scenario)),
            key=lambda planned: planned[:2],
        )
        self._waiting: list[Row] = []
        self._owed: list[OwedMessage] = []

    def tick(self, now: datetime) -> None:
        """Move actions that are due to the queue."""
        while self._planned and self._planned[0][0] <= now:
            self._waiting.append(self._planned.pop(0)[2])

    def next_due(self) -> datetime | None:
        """Return when the next action falls due."""
        return self._planned[0][0] if self._planned else None

    def send_now(self, action: Row) -> None:
        """Queue an action outside the scenario; raises ValueError or KeyError if it is not one."""
        if action["action"] not in TRIGGERS and action["action"] not in ("arrive", "usage"):
            raise ValueError("the action is not known")
        if "case" not in action and str(action["case_number"]) not in self.cases:
            raise ValueError("the case is not known")
        self._waiting.append(action)

    def next_message(self, now: datetime) -> OwedMessage | None:
        """Return the message to send: the unacknowledged one, else the next action rendered."""
        if not self._owed and self._waiting:
            self._owed.append(self._render(self._waiting.pop(0), now))
            self.log.append(self._owed[0])
        return self._owed[0] if self._owed else None

    def postpone(self, now: datetime) -> bool:
        """Let the next waiting action go first (fault `reorder`); False when there is none."""
        if not self._owed or not self._waiting or self._owed[0].attempts:
            return False
        self._owed.insert(0, self._render(self._waiting.pop(0), now))
        self.log.append(self._owed[0])
        return True

    def sending(self, owed: OwedMessage, now: datetime) -> None:
        """Note an attempt."""
        owed.attempts += 1
        owed.sent_at = owed.sent_at or now

    def acknowledged(self, code: str, control_id: str, now: datetime) -> bool:
        """Take an acknowledgement; False when it is not one for the message under way."""
        if not self._owed or control_id != self._owed[0].control_id:
            return False
        if code not in ACCEPTED | REFUSED:
            return False
        owed = self._owed.pop(0)
        owed.code, owed.acked_at = code, now
        return True

    @property
    def is_done(self) -> bool:
        """Whether everything planned has been sent and acknowledged."""
        return not self._planned and not self._waiting and not self._owed

    def view(self) -> Row:
        """Return the state as JSON, for assertions."""
        codes = [owed.code for owed in self.log]
        return {
            "messages": [owed.view() for owed in self.log],
            "sent": sum(owed.attempts for owed in self.log),
            "acked": sum(code in ACCEPTED for code in codes),
            "refused": sum(code in REFUSED for code in codes),
            "planned": len(self._planned),
            "waiting": len(self._waiting) + len(self._owed),
            "done": self.is_done,
        }

    def _render(self, action: Row, at: datetime) -> OwedMessage:
        case = self._case_after(action)
        name = str(action["action"])
        control_id = f"{self._prefix}{len(self.log) + 1:08d}"
        if name == "arrive":
            kind, content = "ADT^A04", hl7.arrival(case, control_id=control_id, at=at)
        elif name == "usage":
            items = action["items"]
            kind, content = "DFT^P03", hl7.usage(case, items, control_id=control_id, at=at)
        else:
            trigger, state = TRIGGERS[name]
            content = hl7.scheduling(case, trigger, state=state, control_id=control_id, at=at)
            kind = f"SIU^{trigger}"
        return OwedMessage(control_id, kind, case["case_number"], content)

    def _case_after(self, action: Row) -> Row:
        if "case" in action:
            self.cases[str(action["case"]["case_number"])] = dict(action["case"])
        case = self.cases[str(action.get("case_number") or action["case"]["case_number"])]
        for name in ("start", "room", "laterality", "card", "duration_min", "procedure"):
            if name in action:
                case[name] = action[name]
        return case
