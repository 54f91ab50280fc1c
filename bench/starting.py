"""P9: from start to the first accepted message, on an empty store and on a full one; idle memory.

In: a folder, a number of stored messages. Out: figures. Refuses to know: how they are shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bench.figure import Figure, Measured, Series
from bench.hub_process import HubProcess, running
from bench.ingest import MLLP_IN
from bench.load import END, START, message
from suture.core.clock import SystemClock, real_time
from suture.journal.contract import Journal
from suture.journal.record import NewArrival
from suture.journal.sqlite import SqliteSettings, open_sqlite

ROWS_PER_GROUP = 1_000
"""Arrivals that wait at a time while a store is filled; not part of any figure."""


def run(folder: Path, messages: int = 100_000) -> Measured:
    """Measure both starts, and memory when idle on the full store."""
    empty, full = HubProcess(folder / "empty", MLLP_IN), HubProcess(folder / "full", MLLP_IN)
    fill(folder / "full" / "stores" / "clinical.db", messages)
    empty_s, empty_mb = first_accepted(empty)
    full_s, full_mb = first_accepted(full)
    text = f"{messages:,} messages stored"
    figures = (
        Figure("P9.start_empty_s", "start to first acknowledgement, empty", empty_s, "s"),
        Figure("P9.start_full_s", f"the same, {text}", full_s, "s"),
        Figure("P9.resident_empty_mb", "resident idle, empty", empty_mb, "MiB"),
        Figure("P9.resident_mb", f"resident idle, {text}", full_mb, "MiB"),
    )
    series = Series("P9.start_s", "messages stored", "s", ((1, empty_s), (messages, full_s)))
    return Measured(figures, (series,))


def first_accepted(hub: HubProcess) -> tuple[float, float]:
    """Return seconds from start to the first acknowledgement, and resident MiB a second later."""
    _, content = message(0, 1)
    with running(hub):
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", hub.ports["in"]), timeout=30) as link:
            link.sendall(START + content + END)
            answer = b""
            while END not in answer:
                answer += link.recv(4096)
        took = hub.started_s + time.perf_counter() - began
        if b"MSA|AA|" not in answer and b"MSA|CA|" not in answer:
            raise RuntimeError("the first message was not accepted")
        time.sleep(1.0)
        return took, hub.resident_mb()


def fill(path: Path, count: int) -> None:
    """Write `count` filtered arrivals into a clinical store."""
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = SqliteSettings(is_durable=False, space_bytes_min=0)
    journal = open_sqlite(path, zone="clinical", settings=settings)
    now = SystemClock(real_time()).now()
    asyncio.run(_fill(journal, count, now))
    journal.close()


def archived(now: datetime) -> NewArrival:
    """Return an arrival to be varied: 1.2 kB, answered."""
    return NewArrival(
        exchange="",
        endpoint="archive",
        peer="SYNTH",
        format="hl7v2",
        transport_key="",
        control_id="",
        digest=b"",
        size_bytes=1200,
        content=b"x" * 1200,
        key_id="k1",
        ack=b"MSH|^~\\&|SUTURE\rMSA|AA|1",
        ack_code="AA",
        received_at=now,
    )


async def _fill(journal: Journal, count: int, now: datetime) -> None:
    first = archived(now)
    for start in range(0, count, ROWS_PER_GROUP):
        units = []
        for number in range(start, min(count, start + ROWS_PER_GROUP)):
            new = replace(
                first,
                exchange=f"0190-{number:012d}",
                transport_key=f"SYNTH|{number}",
                control_id=f"C{number}",
                digest=hashlib.sha256(b"%d" % number).digest(),
            )
            units.append(journal.submit(lambda tx, new=new: tx.admit(new)))  # type: ignore[misc]
        for unit in units:
            await unit
