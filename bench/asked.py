"""P6: availability, requisition decisions and invoice status over HTTP, while cases are booked.

In: a folder, seconds. Out: figures. Refuses to know: how they are shown. Hub, ERP and suppliers are
processes of their own, as in the demo, at the rate of real time; bookings come in at 20 a second
meanwhile. 500 questions a second are due at their own instants; then availability alone is asked as
fast as it answers, without bookings.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.booked import FEEDS, bookings, feed, warm
from bench.figure import Figure, Measured
from bench.machine import ROOT
from suture.cli import demo
from suture.cli.demo_config import write_plan
from suture.core.clock import BusinessTime, SystemClock
from suture.core.ids import SystemEntropy

RATE = 500
"""Questions a second (design budget)."""
BOOKED_PER_S = 20
ROUND = 50
"""One round of questions: so many of availability, and one each of the others."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the askers saw."""

    mixed: dict[str, Any]
    alone: dict[str, Any]


def questions(data: Path, need_by: str) -> list[tuple[str, str, str, Any]]:
    """Return a round: availability of every item in turn, invoices, and a requisition."""
    items = json.loads((data / "master" / "items.json").read_bytes())
    contracts = json.loads((data / "master" / "contracts.json").read_bytes())
    keys = [row["key"] for row in items]
    found: list[tuple[str, str, str, Any]] = [
        ("availability", "GET", f"/api/v1/availability?item={keys[n % len(keys)]}", None)
        for n in range(ROUND)
    ]
    line = contracts[0]
    wanted = {
        "requester": "BENCH",
        "facility": "NCH",
        "supplier": line["supplier"],
        "need_by": need_by,
        "lines": [{"item": line["item"], "quantity": "1", "uom": line["uom"]}],
    }
    found.append(("invoice", "GET", "/api/v1/invoices?limit=20", None))
    found.append(("requisition", "POST", "/api/v1/requisitions", wanted))
    return found


async def play(folder: Path, seconds: float) -> Answers:
    """Run the peers and the hub, book and ask."""
    demo._clear(folder)
    await demo._generate(folder)
    clock = SystemClock(BusinessTime(demo.EPOCH, 1.0, datetime.now(UTC)))
    plan = write_plan(folder, clock.business, 0, SystemEntropy())
    story = json.loads((folder / "data" / "story" / "scenario.json").read_bytes())
    rows = bookings(story, int(BOOKED_PER_S * seconds), clock.now())
    need_by = (clock.now() + timedelta(days=10)).date().isoformat()
    async with demo._processes(plan) as (_, peers):
        await warm(peers)
        told = {
            "port": int((folder / "stores" / "console.port").read_text("ascii")),
            "token": (folder / "stores" / "api.token").read_text("ascii").strip(),
            "seconds": seconds,
            "asked": questions(folder / "data", need_by),
        }
        feeds = [
            feed(plan.ports["mllp"], rows[n::FEEDS], BOOKED_PER_S / FEEDS) for n in range(FEEDS)
        ]
        mixed, *_ = await asyncio.gather(ask(folder, told | {"rate": RATE}), *feeds)
        await warm(peers)
        only = [row for row in told["asked"] if row[0] == "availability"]
        alone = await ask(folder, told | {"rate": 0, "asked": only})
    return Answers(mixed, alone)


async def ask(folder: Path, told: dict[str, Any]) -> dict[str, Any]:
    """Run the asker as a process of its own."""
    given = folder / "asked.json"
    given.write_text(json.dumps(told), "utf-8")
    made = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "bench.asking", str(given)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=told["seconds"] + 120,
    )
    found: dict[str, Any] = json.loads(made.stdout)
    return found


def _at(took: list[float], share: float) -> float:
    return took[min(len(took) - 1, int(len(took) * share))] if took else 0.0


def _wrong(seen: dict[str, Any]) -> int:
    return sum(n for name, n in seen["statuses"].items() if name.split()[1][0] != "2")


def run(folder: Path, seconds: float = 8.0) -> Measured:
    """Ask for `seconds` with bookings, and as long without."""
    seen = asyncio.run(play(folder, seconds))
    every = sorted(x for took in seen.mixed["took_ms"].values() for x in took)
    alone = seen.alone["took_ms"]["availability"]
    figures = [
        Figure("P6.asked_per_s", "questions answered", len(every) / seen.mixed["seconds"], "req/s"),
        Figure("P6.p50_ms", "all, p50", _at(every, 0.5), "ms"),
        Figure("P6.p99_ms", "all, p99", _at(every, 0.99), "ms"),
    ]
    for name, took in sorted(seen.mixed["took_ms"].items()):
        figures.append(Figure(f"P6.{name}_p99_ms", f"{name}, p99", _at(took, 0.99), "ms"))
    per_s = len(alone) / seen.alone["seconds"]
    figures += [
        Figure("P6.availability_per_s", "availability alone, one process", per_s, "req/s"),
        Figure("P6.refused", "answers that were none", _wrong(seen.mixed) + _wrong(seen.alone), ""),
    ]
    return Measured(tuple(figures))
