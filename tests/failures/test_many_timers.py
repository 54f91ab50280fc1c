"""A great many timers due at the same instant: each fires once, others are served; both drivers."""

from __future__ import annotations

import functools
import time
from datetime import UTC, datetime, timedelta

import pytest
from bench.events import fill

from suture.governance.pack import pack_folder
from suture.governance.policy import load_policies
from suture.journal.contract import Journal, Tx
from suture.journal.record import Timer
from suture.journal.sqlite import open_sqlite
from suture.orchestration.engine import Engine
from suture.orchestration.path.decide import BATCH_EVENTS
from suture.orchestration.processes.catalog import ALL
from suture.testing.clock import SettableClock

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
ROWS = 2_000


def opened(stores: str) -> Journal:
    """Return an empty operations journal."""
    if not stores:
        return open_sqlite(None, zone="operations")
    from tests.postgres_server import new_schema, postgres_server

    from suture.journal.postgres import open_postgres

    return open_postgres(postgres_server().url(), zone="operations", schema=new_schema())


def set_timers(numbers: range, tx: Tx) -> None:
    """Give order lines a timer each, all for the same instant."""
    for number in numbers:
        due = NOON + timedelta(hours=1)
        tx.set_timer(Timer("W3", f"P{number}/1", "delivery", "timer.delivery_overdue", due))


def check(journal: Journal, count: int) -> float:
    """Let `count` timers come due at once; return the longest time a neighbour had to wait."""
    clock = SettableClock(NOON)
    engine = Engine(ALL, load_policies([pack_folder("default") / "policy"]), clock)
    fill(journal, count, NOON)
    for start in range(0, count, ROWS):
        numbers = range(start, min(count, start + ROWS))
        journal.write(functools.partial(set_timers, numbers))
    clock.advance(timedelta(hours=2))
    longest = 0.0
    turns = 0
    while True:
        began = time.perf_counter()
        done = journal.write(lambda tx: engine.step(tx, BATCH_EVENTS))
        longest = max(longest, time.perf_counter() - began)
        turns += 1
        assert turns < count, "it never comes to an end"
        if not done:
            break
    with journal.read() as reader:
        assert reader.next_timer_due() is None
        fired = [
            len(reader.events_of("W3", f"P{n}/1", 9)) for n in range(0, count, max(1, count // 500))
        ]
    assert set(fired) == {1}, "each timer fires once"
    assert turns <= 2 * count / BATCH_EVENTS + 10
    return longest


def test_a_thousand_timers_at_once(stores: str) -> None:
    """In batches: between any two of them other work finds its turn."""
    journal = opened(stores)
    check(journal, 1_000)
    journal.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand_timers_at_once(stores: str) -> None:
    """The size the issue names; the longest batch is printed."""
    journal = opened(stores)
    print(f"longest batch {check(journal, 100_000):.3f} s")
    journal.close()
