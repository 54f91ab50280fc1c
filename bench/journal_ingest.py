"""Measures the journal alone: arrivals admitted per second, durable against not durable.

In: nothing (run it), or a count. Out: a table of arrivals per second, CPU per arrival and the ratio
of both modes, measured in turns in one run beside the disk's own `fdatasync`. Refuses to know:
sockets and formats. A bare time says nothing on a shared machine; the ratio and the CPU do.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from suture.journal.contract import Journal
from suture.journal.record import NewArrival
from suture.journal.sqlite import SqliteSettings, open_sqlite

BODY = b"MSH|^~\\&|SYNTH|" + b"x" * 1185
"""1.2 kB, the size of workload P1 and P2."""
BATCHES = (64, 256)
"""Arrivals that wait at a time."""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: `cpu_us` is of the whole process, submitting included."""

    batch: int
    is_durable: bool
    per_second: float
    cpu_us: float


def arrivals(count: int) -> list[NewArrival]:
    """Return arrivals that differ in key, control id and digest."""
    return [
        NewArrival(
            exchange=f"0190-{number:012d}",
            endpoint="adt-in",
            peer="SYNTH-EHR",
            format="hl7v2",
            transport_key=f"SYNTH|H|20260302120000|{number}",
            control_id=f"C{number}",
            digest=hashlib.sha256(b"%d" % number).digest(),
            size_bytes=len(BODY),
            content=BODY,
            key_id="k1",
            ack=b"MSH|^~\\&|SUTURE\rMSA|CA|C",
            ack_code="CA",
            received_at=NOON,
        )
        for number in range(count)
    ]


def measure(those: list[NewArrival], batch: int, is_durable: bool) -> Measured:
    """Admit the arrivals with `batch` of them waiting at a time."""
    with tempfile.TemporaryDirectory() as directory:
        settings = SqliteSettings(is_durable=is_durable, ballast_bytes=0)
        journal = open_sqlite(Path(directory) / "j.db", zone="operations", settings=settings)
        wall, cpu = time.perf_counter(), time.process_time()
        asyncio.run(_admit(journal, those, batch))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        journal.close()
    return Measured(batch, is_durable, len(those) / wall, cpu / len(those) * 1e6)


async def _admit(journal: Journal, those: list[NewArrival], batch: int) -> None:
    for start in range(0, len(those), batch):
        units = [
            journal.submit(lambda tx, new=new: tx.admit(new))  # type: ignore[misc]
            for new in those[start : start + batch]
        ]
        for unit in units:
            await unit


def sync_ms(count: int = 50) -> tuple[float, float]:
    """Return median and worst milliseconds of a 64 kB append with fdatasync."""
    took = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(count):
            start = time.perf_counter()
            os.write(file.fileno(), b"x" * 65_536)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - start) * 1e3)
    return statistics.median(took), max(took)


def run(count: int = 10_000, rounds: int = 2) -> list[Measured]:
    """Return the measurements, durable and not durable in turns."""
    those = arrivals(count)
    return [
        measure(those, batch, is_durable)
        for batch in BATCHES
        for _ in range(rounds)
        for is_durable in (True, False)
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=10_000)
    found = run(parser.parse_args().count)
    for batch in sorted({each.batch for each in found}):
        best = {
            is_durable: max(
                (m for m in found if (m.batch, m.is_durable) == (batch, is_durable)),
                key=lambda m: m.per_second,
            )
            for is_durable in (True, False)
        }
        for is_durable, one in best.items():
            name = "synchronous=FULL" if is_durable else "synchronous=OFF"
            print(f"{batch:4d} waiting  {name}  {one.per_second:8.0f}/s  {one.cpu_us:5.1f} us CPU")
        print(f"{batch:4d} waiting  ratio {best[True].per_second / best[False].per_second:.2f}")
    median, worst = sync_ms()
    print(f"fdatasync of 64 kB: median {median:.2f} ms, worst {worst:.2f} ms")


if __name__ == "__main__":
    main()
