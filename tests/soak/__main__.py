"""kill -9 the hub again and again while the story plays; compare hub, ERP and suppliers at the end.

`python -m tests.soak --kills 10 [--rate R] [--seed S] [--storm] [--folder DIR] [--store URL]`
Exit code 0 only when nothing acknowledged was lost, nothing happened twice, order was kept per key,
and every end state of the story holds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import httpx

from suture.cli import demo
from suture.cli.demo_check import Peers, StoryCheck, check_story
from suture.cli.demo_config import DemoPlan, store_tables, write_plan
from suture.core.clock import BusinessTime, SystemClock
from suture.core.ids import SystemEntropy

STORY_S = 168 * 3600
CYCLE_S = 3.5
"""Real seconds of one kill: uptime and restart together, on two cores."""
RATE_MAX = 3600.0
"""Faster, and a restart of two seconds would be longer than a service level."""

STORM = (
    ("erp", "POST /requisitions", "timeout_after_commit", 3),
    ("erp", "POST /receipts", "timeout_after_commit", 3),
    ("erp", "POST /vouchers", "timeout_after_commit", 3),
    ("erp", "POST /issues", "timeout_after_commit", 10),
    ("erp", "GET /changes", "http_500", 20),
    ("supplier-x12", "POST /x12", "timeout_after_commit", 3),
    ("supplier-x12", "SEND 855", "duplicate", 3),
    ("supplier-x12", "SEND 856", "duplicate", 3),
    ("supplier-x12", "SEND 810", "duplicate", 3),
    ("supplier-cxml", "POST /cxml", "timeout_after_commit", 2),
    ("supplier-cxml", "SEND cxml ConfirmationRequest", "duplicate", 3),
    ("erp", "SEND dock/scans", "duplicate", 5),
    ("ehr", "SEND SIU^S12", "duplicate", 5),
    ("ehr", "SEND DFT^P03", "duplicate", 5),
)


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--storm", action="store_true")
    parser.add_argument("--store", default="", help="postgresql:// URL of both zones")
    parser.add_argument("--folder", type=Path, default=None)
    return parser.parse_args()


async def arm(client: httpx.AsyncClient, plan: DemoPlan) -> None:
    """Arm every fault of the storm."""
    for name, match, kind, times in STORM:
        answer = await client.post(
            f"http://127.0.0.1:{plan.ports[name]}/_sim/faults",
            json={"match": match, "kind": kind, "times": times, "delay_s": 8},
            headers={"authorization": f"Bearer {plan.control_token}"},
        )
        answer.raise_for_status()


async def restart(plan: DemoPlan, running: demo.Running) -> float:
    """Kill the hub, start it again, return real seconds until it answers."""
    began = time.monotonic()
    running["hub"].kill()
    await running["hub"].wait()
    running["hub"] = await demo._start(
        "hub", plan.folder / "log", "-m", "suture", "run", "--config", str(plan.hub_config)
    )
    await demo._until_ready(plan, running)
    return time.monotonic() - began


async def soak(options: argparse.Namespace, folder: Path) -> int:
    """Play, kill, check; return the exit code."""
    chance = random.Random(options.seed)
    rate = options.rate or min(RATE_MAX, STORY_S / (options.kills * CYCLE_S + 60))
    demo._clear(folder)
    await demo._generate(folder)
    start = datetime.now(UTC) + timedelta(seconds=demo.LEAD_S)
    clock = SystemClock(BusinessTime(demo.EPOCH, rate, start))
    stores = store_tables(options.store, SystemEntropy())
    plan = write_plan(folder, clock.business, 0, SystemEntropy(), stores)
    began, kills = time.monotonic(), 0
    async with demo._processes(plan) as (running, peers):
        if options.storm:
            await arm(peers.client, plan)
        story = demo.json.loads((folder / "data" / "story" / "expected.json").read_bytes())
        ends_at = datetime.fromisoformat(story["ends_at"])
        while kills < options.kills and clock.now() < ends_at:
            await asyncio.sleep(chance.uniform(0.1, 3.0))
            took = await restart(plan, running)
            kills += 1
            if kills % 10 == 0:
                print(
                    f"{kills} kills, {clock.now():%a %d %b %H:%M}Z, restart {took:.1f} s",
                    flush=True,
                )
        while clock.now() < ends_at:
            demo._fail_if_ended(plan, running)
            await asyncio.sleep(1.0)
        found = await settled(peers, story)
        ehr = await peers.state("ehr")
    compare(found, plan, ehr)
    for text in found.broken:
        print(f"FAIL {text}")
    print(
        f"{kills} kills in {time.monotonic() - began:.0f} s at rate {rate:.0f}, seed {options.seed}"
    )
    print(f"{len(found.held)} passed, {len(found.broken)} failed")
    return 0 if found.is_good and kills >= options.kills else 1


async def settled(peers: Peers, story: dict[str, Any]) -> StoryCheck:
    """Return the check as soon as it is good, or after two minutes."""
    deadline = time.monotonic() + 120
    while True:
        found = await check_story(peers, story)
        if found.is_good or time.monotonic() > deadline:
            return found
        await asyncio.sleep(2.0)


Ask = Callable[[str], list[tuple[Any, ...]]]


def asking(check: StoryCheck, plan: DemoPlan, zone: str) -> Ask:
    """Return a way to ask a closed store, wherever it is."""
    tables = tomllib.loads(plan.hub_config.read_text("utf-8")).get("store", {})
    if zone not in tables:
        store = apsw.Connection(str(plan.folder / "stores" / f"{zone}.db"))
        check.note(store.pragma("integrity_check") == "ok", f"{zone} store is sound", "not ok")
        return lambda text: list(store.execute(text))
    import psycopg

    place = tables[zone]
    server = psycopg.connect(place["url"], autocommit=True)
    server.execute(f"SET search_path = {place['tables_in']}".encode())
    return lambda text: server.execute(text.encode()).fetchall()


def compare(check: StoryCheck, plan: DemoPlan, ehr: dict[str, Any]) -> None:
    """Look into the closed stores: nothing lost, nothing twice, order kept, nothing left over."""
    clinical, operations = (asking(check, plan, zone) for zone in ("clinical", "operations"))
    kept = Counter(row[0] for row in clinical("SELECT control_id FROM arrival"))
    acked = [m["control_id"] for m in ehr["messages"] if m["code"] in ("AA", "CA")]
    lost = [c for c in acked if kept[c] == 0]
    twice = [c for c in acked if kept[c] > 1]
    check.note(bool(acked) and not lost, f"{len(acked)} acknowledged messages are kept", lost[:5])
    check.note(not twice, "each acknowledged message is kept once", twice[:5])
    disorder = list(
        operations(
            "SELECT a.machine, a.key FROM transition a JOIN transition b ON a.machine = b.machine "
            "AND a.key = b.key AND b.rev = a.rev + 1 WHERE b.event_seq < a.event_seq LIMIT 5"
        )
    )
    check.note(not disorder, "events of one key were decided in order", disorder)
    gaps = list(
        operations(
            "SELECT machine, key, count(*), max(rev) FROM transition GROUP BY machine, key "
            "HAVING count(*) <> max(rev) LIMIT 5"
        )
    )
    check.note(not gaps, "every revision has exactly one decision", gaps)
    seen = operations("SELECT count(*), count(DISTINCT id) FROM event")[0]
    check.note(seen[0] == seen[1], "no event twice", seen)


def main() -> int:
    """Run the soak in its folder."""
    options = arguments()
    if options.folder is not None:
        return asyncio.run(soak(options, options.folder.resolve()))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(soak(options, Path(folder) / "soak"))


sys.exit(main())
