"""P10: looking for one message, one case, one order among many.

In: a folder, how many messages are stored. Out: figures, and cost against the number.
Refuses to know: how they are shown. Stores are filled directly, contents short: a search reads the
envelope and never the content. The operations store holds a tenth as many order lines. A question
is asked again and again for other things; the figure is the slowest but one in a hundred.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bench import events, starting
from bench.figure import Figure, Measured, Series
from suture.core.clock import SystemClock, real_time
from suture.intelligence.lineage import Readers, trace
from suture.journal.contract import Journal, Reader, Tx
from suture.journal.record import ArrivalState
from suture.journal.sqlite import SqliteSettings, open_sqlite

ASKED = 200
"""How often each question is asked."""
ROWS_PER_COMMIT = 2_000
ORDERS_PER_MESSAGE = 10
"""One order line for so many messages."""
ENDPOINTS = 20
RARE = 1_000
"""One message in so many carries the code that is looked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: name, words, and how the n-th of it is asked; False when nothing is found."""

    key: str
    text: str
    ask: Callable[[int], bool]


def run(folder: Path, scale: int = 100_000) -> Measured:
    """Measure at a hundredth, a tenth and all of `scale`."""
    sizes = sorted({max(1_000, scale // 100), max(1_000, scale // 10), scale})
    found: dict[str, list[tuple[float, float]]] = {}
    texts: dict[str, str] = {}
    missed = 0
    for size in sizes:
        with_stores = prepare(folder / str(size), size)
        for one, slow_ms, lost in measure(with_stores, size):
            found.setdefault(one.key, []).append((float(size), slow_ms))
            texts[one.key] = one.text
            missed += lost
    figures = [
        Figure(f"P10.{key}_ms", f"{texts[key]}, {scale:,} messages, p99", points[-1][1], "ms")
        for key, points in found.items()
    ]
    figures.append(Figure("P10.not_found", "questions without their answer", missed, ""))
    series = tuple(
        Series(f"P10.{key}_ms", "messages stored", f"ms {texts[key]}", tuple(points))
        for key, points in found.items()
    )
    return Measured(tuple(figures), series)


def prepare(folder: Path, size: int) -> tuple[Path, Path]:
    """Fill both stores; return their files."""
    folder.mkdir(parents=True)
    loose = SqliteSettings(is_durable=False, space_bytes_min=0)
    now = SystemClock(real_time()).now()
    clinical = open_sqlite(folder / "clinical.db", zone="clinical", settings=loose)
    for start in range(0, size, ROWS_PER_COMMIT):
        numbers = range(start, min(size, start + ROWS_PER_COMMIT))
        clinical.write(functools.partial(admit_some, numbers, now))
    clinical.close()
    operations = open_sqlite(folder / "operations.db", zone="operations", settings=loose)
    orders = max(1, size // ORDERS_PER_MESSAGE)
    events.fill(operations, orders, now)
    for start in range(0, orders, ROWS_PER_COMMIT):
        numbers = range(start, min(orders, start + ROWS_PER_COMMIT))
        operations.write(functools.partial(name_some, numbers))
    operations.close()
    return folder / "clinical.db", folder / "operations.db"


def admit_some(numbers: Iterable[int], now: datetime, tx: Tx) -> None:
    """Write arrivals, a second apart, of twenty endpoints; few carry a code."""
    for number in numbers:
        is_rare = number % RARE == RARE - 1
        tx.admit(
            replace(
                starting.archived(now + timedelta(seconds=number)),
                exchange=f"0190-{number:012d}",
                endpoint=f"feed-{number % ENDPOINTS}",
                transport_key=f"SYNTH|{number}",
                control_id=f"C{number}",
                content=b"x" * 40,
                state=ArrivalState.FILTERED if is_rare else ArrivalState.TRANSLATED,
                code="flow.filtered" if is_rare else "",
            )
        )


def name_some(numbers: Iterable[int], tx: Tx) -> None:
    """Give order lines the number a person asks for."""
    for number in numbers:
        tx.add_alias("po_number", f"PO{number:010d}", "W3", f"P{number}/1")


def questions(clinical: Journal, operations: Journal, size: int) -> list[Asked]:
    """Return what is asked."""
    orders = max(1, size // ORDERS_PER_MESSAGE)

    def with_clinical(work: Callable[[Reader], bool]) -> bool:
        with clinical.read() as reader:
            return work(reader)

    def of_time(number: int, reader: Reader) -> bool:
        oldest, newest = reader.arrival(1), reader.arrival(size)
        assert oldest is not None and newest is not None, "just filled"
        span = newest.received_at - oldest.received_at
        since = oldest.received_at + span * (number % 90) / 100
        after, before = reader.arrivals_before(since), reader.arrivals_before(since + span / 10)
        name = f"feed-{number % ENDPOINTS}"
        return bool(reader.find_arrivals(50, endpoint=name, after=after, before=before))

    def of_order(number: int) -> bool:
        with operations.read() as one, clinical.read() as two:
            asked = f"PO{number * 7919 % orders:010d}"
            return trace(Readers(one, two), asked, now=SystemClock(real_time()).now()) is not None

    def of_control_id(number: int) -> bool:
        name = f"C{number * 7919 % size}"
        return with_clinical(lambda r: len(r.arrivals_of_control_id(name, 20)) == 1)

    def of_code(number: int) -> bool:
        return with_clinical(lambda r: bool(r.find_arrivals(50, code="flow.filtered")))

    return [
        Asked("control_id", "by control id", of_control_id),
        Asked("code", "by code, the newest 50", of_code),
        Asked("time", "by endpoint and time, 50", lambda n: with_clinical(lambda r: of_time(n, r))),
        Asked("order", "by PO number, with its lineage", of_order),
    ]


def measure(stores: tuple[Path, Path], size: int) -> Iterable[tuple[Asked, float, int]]:
    """Yield each question with its p99 in milliseconds and how often it found nothing."""
    clinical = open_sqlite(stores[0], zone="clinical")
    operations = open_sqlite(stores[1], zone="operations")
    for one in questions(clinical, operations, size):
        took: list[float] = []
        lost = 0
        for number in range(ASKED):
            began = time.perf_counter()
            lost += not one.ask(number)
            took.append((time.perf_counter() - began) * 1000)
        yield one, sorted(took)[int(ASKED * 0.99) - 1], lost
    clinical.close()
    operations.close()
