"""Measures the HL7 v2 codec on a 1 kB SIU of its own: budget P5, 25 us for parse + 6 reads + ACK.

In: nothing. Out: rows with microseconds per message (median of rounds, processor time). Refuses to
know: sockets, the journal, other libraries. Run as `python -m bench.codec_hl7v2`.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

from suture.formats.hl7v2 import ack, header, parse

SIU = (
    b"MSH|^~\\&|SYNTHEHR|NCH|SUTURE|HUB|20260302141500-0500||SIU^S12^SIU_S12|SYN000000001|P|2.5.1"
    b"|||AL|NE||UNICODE UTF-8\r"
    b"SCH|SYNP100001^SYNTHEHR|SYNF200001^SYNTHEHR||||ELECTIVE^Elective case|SYNREASON^New booking"
    b"|SURG^Surgical case|180|min^minutes|^^180^20260310073000-0500^20260310103000-0500||||"
    b"9000000001^SYNTHSCHED^ALPHA|||||9000000002^SYNTHSCHED^BETA|||||BOOKED\r"
    b"NTE|1||Tray count confirmed by the synthetic planner; loaner set expected one day before\r"
    b"PID|1||SYN0000001^^^NCH^MR~SYN9000001^^^NCH^AN||SYNTHONE^ALPHA^M||19600101|F|||1 SYNTH ROAD"
    b"^^SYNTHTOWN^ZZ^00000\r"
    b"PV1|1|I|MAIN^OR04^^NCH||||9000000003^SYNTHDOC^GAMMA|||SUR||||||||SYNV0000001\r"
    b"RGS|1|A|SYNGROUP1\r"
    b"AIS|1|A|SYN33533^Synthetic bypass \\T\\ graft^CPT|20260310073000-0500|||180|min|||RT^Right\r"
    b"AIG|1|A|SYNCARD77^Preference card^SYNTHEHR|PREFCARD||1\r"
    b"AIL|1|A|MAIN^OR04^^NCH|ROOM\r"
    b"AIP|1|A|9000000003^SYNTHDOC^GAMMA|SURGEON\r"
    b"NTE|1||Positioning and equipment as on the synthetic preference card; no changes known\r"
    b"AIP|2|A|9000000004^SYNTHNURSE^DELTA|CIRCULATING\r"
)
"""One scheduled case, about 1 kB."""

_READS = ("SCH-1.1", "SCH-11.4", "PID-3.1", "AIS-3.1", "AIL-3.2", "AIP-3.1")
_AT = datetime(2026, 3, 2, 19, 15, tzinfo=UTC)
_ROUNDS = 9
"""Odd, so that the median is one of the rounds."""
_REPEATS = 2_000
"""Messages per round: about 50 ms, long against the clock's grain."""


def _whole() -> bytes:
    """Do what the budget names: parse, six reads, acknowledge."""
    message, _ = parse(SIU)
    for path in _READS:
        message.get(path)
    return ack(header(SIU), code="AA", control_id="SYNACK0000001", at=_AT)


def _change() -> bytes:
    """Parse, change one field, write."""
    return bytes(parse(SIU)[0].set("PV1-19.1", "SYNV0000002"))


def _median_us(work: Callable[[], object]) -> float:
    """Return the median processor time of one call, in microseconds."""
    rounds = []
    for _ in range(_ROUNDS):
        start = process_time()
        for _ in range(_REPEATS):
            work()
        rounds.append((process_time() - start) / _REPEATS * 1e6)
    return round(statistics.median(rounds), 2)


def run() -> list[dict[str, object]]:
    """Return one row per measurement: name, value, unit, budget (None where there is none)."""
    cases: list[tuple[str, Callable[[], object], float | None]] = [
        ("hl7v2 header", lambda: header(SIU), 3.0),
        ("hl7v2 parse", lambda: parse(SIU), None),
        ("hl7v2 parse + 6 reads + ack", _whole, 25.0),
        ("hl7v2 parse + set + write", _change, None),
    ]
    return [
        {"name": name, "value": _median_us(work), "unit": "us/message", "budget": budget}
        | {"bytes": len(SIU)}
        for name, work, budget in cases
    ]


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
