"""The transform of workload P1: set MSH-3, upper-case PID-5.1, trim PID-7, write PV1-50."""

from __future__ import annotations

from suture.formats.hl7v2 import Message

MAPPED = {"MAIN^OR04^^NCH": "OR4"}


def p1(message: Message) -> Message:
    """Return the message as the destination wants it."""
    made = message.set("MSH-3", "SUTURE")
    made = made.set("PID-5.1", made.get("PID-5.1").upper())
    made = made.set("PID-7", made.get("PID-7").strip())
    return made.set("PV1-50", MAPPED.get(made.get("PV1-3"), "OTHER"))
