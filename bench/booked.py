"""P4: a case is booked over MLLP; its demand is computed and its coverage decided and committed.

In: a folder, cases per second, seconds. Out: figures. Refuses to know: how they are shown. Hub, ERP
and suppliers are processes of their own, as in the demo, at the rate of real time; the cases are
the story's, booked again and again under new numbers. The time ends with the decision of the last
demand line of the case, taken from the store afterwards.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import apsw

from bench.figure import Figure, Measured
from suture.cli import demo
from suture.cli.demo_check import Peers
from suture.cli.demo_config import write_plan
from suture.core.clock import BusinessTime, SystemClock, from_micros
from suture.core.ids import SystemEntropy
from suture.simulation.wire import hl7

END = b"\x1c\r"
FEEDS = 4
"""Connections of the EHR; a case keeps to one, so that its messages keep their order."""
ZONE = ZoneInfo("America/Chicago")
SETTLE_S_MAX = 60.0
"""How long after the last booking the last decision may come."""
ANSWER_S_MAX = 30.0
"""How long an acknowledgement may take."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One message to send: its control id and bytes."""

    control_id: str
    content: bytes


def bookings(story: list[dict[str, Any]], count: int, now: datetime) -> list[Booking]:
    """Return `count` bookings under new numbers, spread over the next two weeks."""
    cases = [row["case"] for row in story if row["action"] == "book"]
    found = []
    for number, case in enumerate(islice(cycle(cases), count)):
        day = (now + timedelta(days=3 + number % 14)).astimezone(ZONE)
        start = day.replace(hour=7 + number % 8, minute=30, second=0, microsecond=0)
        made = {
            **case,
            "case_number": f"9{number:06d}",
            "start": start.isoformat(),
            "visit": f"SYNCSN9{number:06d}",
            "patient": {**case["patient"], "mrn": f"SYN9{number:06d}"},
        }
        control = f"P4-{number}"
        content = hl7.scheduling(made, "S12", state="BOOKED", control_id=control, at=now)
        found.append(Booking(control, content))
    return found


async def feed(port: int, rows: list[Booking], per_s: float) -> dict[str, float]:
    """Send at a steady rate, one in flight; return when each was sent, by control id."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, sent = time.time(), {}
    for number, row in enumerate(rows):
        await asyncio.sleep(max(0.0, began + number / per_s - time.time()))
        sent[row.control_id] = time.time()
        writer.write(b"\x0b" + row.content + END)
        answer = await asyncio.wait_for(reader.readuntil(END), ANSWER_S_MAX)
        if b"MSA|CA|" not in answer and b"MSA|AA|" not in answer:
            raise RuntimeError("a booking was not accepted")
    writer.close()
    return sent


async def play(folder: Path, per_s: int, seconds: float) -> tuple[dict[str, float], BusinessTime]:
    """Run the peers and the hub, book, and wait until nothing is left to decide."""
    demo._clear(folder)
    await demo._generate(folder)
    clock = SystemClock(BusinessTime(demo.EPOCH, 1.0, datetime.now(UTC)))
    plan = write_plan(folder, clock.business, 0, SystemEntropy())
    story = json.loads((folder / "data" / "story" / "scenario.json").read_bytes())
    rows = bookings(story, int(per_s * seconds), clock.now())
    sent: dict[str, float] = {}
    async with demo._processes(plan) as (_, peers):
        await warm(peers)
        port = plan.ports["mllp"]
        feeds = [feed(port, rows[n::FEEDS], per_s / FEEDS) for n in range(FEEDS)]
        for each in await asyncio.gather(*feeds):
            sent |= each
        ends = time.monotonic() + SETTLE_S_MAX
        while time.monotonic() < ends and len(decided(folder)) < len(sent):
            await asyncio.sleep(1.0)
    return sent, clock.business


async def warm(peers: Peers) -> None:
    """Wait until the ERP's opening stock is taken: nothing left to decide for two seconds."""
    quiet = 0
    while quiet < 4:
        await asyncio.sleep(0.5)
        quiet = 0 if (await peers.hub("/health"))["undecided"] else quiet + 1


def decided(folder: Path) -> dict[str, datetime]:
    """Return control id -> business instant at which the last line of its case was decided.

    A case with a line still in evaluation has no entry.
    """
    clinical = apsw.Connection(str(folder / "stores" / "clinical.db"))
    operations = apsw.Connection(str(folder / "stores" / "operations.db"))
    exchanges = dict(
        clinical.execute("SELECT control_id, exchange FROM arrival WHERE control_id LIKE 'P4-%'")
    )
    tokens = dict(
        operations.execute("SELECT exchange, key FROM event WHERE type = 'case.scheduled'")
    )
    lines = {
        token: (total, done, at)
        for token, total, done, at in operations.execute(
            "SELECT i.parent, count(DISTINCT i.key), count(DISTINCT t.key), max(t.at) "
            "FROM instance i LEFT JOIN transition t ON t.machine = 'W2' AND t.key = i.key "
            "AND t.from_state = 'ENRICHED' WHERE i.machine = 'W2' GROUP BY i.parent"
        )
    }
    found = {}
    for control_id, exchange in exchanges.items():
        total, done, at = lines.get(tokens.get(exchange, ""), (0, 0, 0))
        if total and total == done:
            found[control_id] = from_micros(at)
    return found


def run(folder: Path, per_s: int = 50, seconds: float = 8.0) -> Measured:
    """Book `per_s` cases a second for `seconds`."""
    sent, business = asyncio.run(play(folder, per_s, seconds))
    ended = decided(folder)
    took = sorted(
        (ended[key] - business.at(datetime.fromtimestamp(at, UTC))).total_seconds()
        for key, at in sent.items()
        if key in ended
    ) or [0.0]
    return Measured(
        (
            Figure("P4.cases_per_s", "cases booked", len(sent) / seconds, "cases/s"),
            Figure("P4.p50_s", "booked to coverage decided p50", took[len(took) // 2], "s"),
            Figure("P4.p95_s", "booked to coverage decided p95", took[int(len(took) * 0.95)], "s"),
            Figure("P4.undecided", "cases without a decision", len(sent) - len(ended), "cases"),
        )
    )
