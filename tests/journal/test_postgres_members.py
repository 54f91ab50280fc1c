"""Several processes on one zone in PostgreSQL: one order of commits, one claimer, a fence.

In: a real server, members in this process and in children that are stopped and killed. Out: a
verdict on nothing lost, nothing claimed by two, nothing committed by who was fenced.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from suite import NOON, JournalContract, arrival, claim, delivery, enqueue, event, settle
from tests.postgres_server import PostgresServer, new_schema, postgres_server

from suture.core.refusal import MisconfiguredError
from suture.journal.contract import Journal, JournalFailedError, Tx
from suture.journal.record import DeliveryState

pytestmark = pytest.mark.processes
SOURCE = Path(__file__).resolve().parents[2] / "src"


def member(
    server: PostgresServer, schema: str, role: str = "work", silent_s: float = 1.5
) -> Journal:
    """Open a store that others may write too; an empty role has it alone."""
    from suture.journal.postgres import PostgresSettings, open_postgres

    settings = PostgresSettings(role=role, silent_s=silent_s, owner_wait_s=0.5)
    return open_postgres(server.url(), zone="operations", schema=schema, settings=settings)


@pytest.fixture
def server() -> PostgresServer:
    """Give the running server."""
    return postgres_server()


@pytest.fixture
def schema() -> str:
    """Give a schema that does not exist yet."""
    return new_schema()


@pytest.fixture
def pair(server: PostgresServer, schema: str) -> Iterator[tuple[Journal, Journal]]:
    """Give two members of one empty store."""
    one = member(server, schema)
    two = member(server, schema, "listen")
    yield one, two
    two.close()
    one.close()


def until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


class TestMember(JournalContract):
    """One of several fulfils the contract of a store that has one writer."""

    schema = 4

    def open_journal(self, tmp_path: Path, zone: str = "operations") -> Journal:
        """Return a member's journal in a new schema."""
        from suture.journal.postgres import PostgresSettings, open_postgres

        settings = PostgresSettings(role="all")
        url = postgres_server().url()
        return open_postgres(url, zone=zone, schema=new_schema(), settings=settings)

    def open_small(self, tmp_path: Path, *, queue_units_max: int) -> Journal:
        """Return one with a short queue."""
        from suture.journal.postgres import PostgresSettings, open_postgres

        settings = PostgresSettings(role="all", queue_units_max=queue_units_max)
        url = postgres_server().url()
        return open_postgres(url, zone="operations", schema=new_schema(), settings=settings)

    def test_interrupted(self, journal: Journal) -> None:
        """What a living member has claimed is not given out, to itself neither."""
        enqueue(journal, delivery(1), delivery(2, lane="b"))
        assert len(claim(journal)) == 2
        assert journal.write(lambda tx: tx.interrupted()) == []


def test_sequences_of_two_writers_have_no_gap_and_no_repetition(
    pair: tuple[Journal, Journal],
) -> None:
    """Two processes under load number as one does, and count as one does."""

    def load(journal: Journal, start: int) -> None:
        for number in range(start, start + 100):
            journal.write(lambda tx, n=number: tx.admit(arrival(n)))  # type: ignore[misc]

    threads = [
        threading.Thread(target=load, args=(journal, start))
        for journal, start in zip(pair, (1, 1001), strict=True)
    ]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while any(thread.is_alive() for thread in threads):
        with pair[0].read() as reader:
            seen += [each.seq for each in reader.arrivals_after(seen[-1] if seen else 0, 1000)]
    for thread in threads:
        thread.join()
    with pair[1].read() as reader:
        seen += [each.seq for each in reader.arrivals_after(seen[-1] if seen else 0, 1000)]
    assert seen == list(range(1, 201)), "a reader that follows the cursor misses nothing"
    counts = pair[0].status().counts
    assert counts["arrival.received"] == 200 and counts == pair[1].status().counts


def test_two_members_never_claim_one_delivery(pair: tuple[Journal, Journal]) -> None:
    """A lane gives its head to one of them; the next one comes after it is settled."""
    one, two = pair
    first, _, _ = enqueue(one, delivery(1), delivery(2), delivery(3, lane="b"))
    assert claim(one, NOON, 1) == ["d-1"]
    assert claim(two) == ["d-3"]
    assert claim(two) == [] == claim(one)
    settle(one, first, DeliveryState.DELIVERED)
    assert claim(two) == ["d-2"]


def test_who_has_a_store_alone_and_who_shares_it_refuse_each_other(
    server: PostgresServer, schema: str
) -> None:
    """A hub without a role finds members, and a member finds a hub without a role."""
    shared = member(server, schema)
    with pytest.raises(MisconfiguredError, match=r"store\.in-use"):
        member(server, schema, role="")
    shared.close()
    alone = member(server, schema, role="")
    with pytest.raises(MisconfiguredError, match=r"store\.in-use"):
        member(server, schema)
    alone.close()


def test_what_a_member_that_left_had_claimed_is_given_out_at_once(
    server: PostgresServer, schema: str
) -> None:
    """An orderly end needs no waiting; a duty is free too."""
    one, two = member(server, schema), member(server, schema)
    enqueue(one, delivery(1))
    assert one.write(lambda tx: tx.take_duty("erp"))
    assert not two.write(lambda tx: tx.take_duty("erp"))
    assert one.write(lambda tx: tx.take_duty("erp"))
    claim(one)
    assert two.write(lambda tx: tx.interrupted()) == []
    one.close()
    assert [each.id for each in two.write(lambda tx: tx.interrupted())] == ["d-1"]
    assert two.write(lambda tx: tx.take_duty("erp"))
    two.close()


CHILD = """
import sys
from datetime import UTC, datetime
from suture.journal.contract import JournalFailedError
from suture.journal.postgres import PostgresSettings, open_postgres
url, schema, mode = sys.argv[1:]
settings = PostgresSettings(role="work", silent_s=1.5)
journal = open_postgres(url, zone="operations", schema=schema, settings=settings)
noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
print(len(journal.write(lambda tx: tx.claim(noon, 10, ("erp", "lab")))), flush=True)
def unit(tx):
    tx.set_cursor("child", 1)
    print("inside", flush=True)
    sys.stdin.readline()
try:
    if mode == "inside":
        journal.write(unit)
    else:
        sys.stdin.readline()
        print(journal.is_current, flush=True)
        journal.write(lambda tx: tx.set_cursor("child", 1))
    print("committed", flush=True)
except JournalFailedError as error:
    print(error.code, flush=True)
"""


class Child:
    """A member in another process; it claims what is due, then waits for a line."""

    def __init__(self, server: PostgresServer, schema: str, mode: str = "outside") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, server.url(), schema, mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            text=True,
        )
        self.claimed = int(self.line())

    def line(self) -> str:
        """Return the next line it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it read a line."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """Stop it, let it go on, or kill it."""
        self.process.send_signal(number)

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


@pytest.mark.parametrize("mode", ["outside", "inside"])
def test_a_stopped_member_is_fenced_and_commits_nothing_when_it_wakes(
    server: PostgresServer, schema: str, mode: str
) -> None:
    """Between two commits or in the middle of one: the others go on, it ends with its code."""
    one = member(server, schema)
    enqueue(one, delivery(1))
    child = Child(server, schema, mode)
    try:
        assert child.claimed == 1
        if mode == "inside":
            assert child.line() == "inside"
        child.signal(signal.SIGSTOP)
        until(lambda: len(one.write(lambda tx: tx.interrupted())) == 1)
        child.go_on()
        child.signal(signal.SIGCONT)
        if mode == "outside":
            assert child.line() == "False", "it knows by itself that it may have been fenced"
        assert child.line() == "store.superseded"
        with one.read() as reader:
            assert reader.cursor("child") == 0
    finally:
        child.end()
        one.close()


def test_a_killed_member_is_missed_and_its_claims_are_given_out(
    server: PostgresServer, schema: str
) -> None:
    """kill -9: its session has ended, so it need not be waited for long."""
    one = member(server, schema)
    enqueue(one, delivery(1))
    child = Child(server, schema)
    assert child.claimed == 1
    child.end()
    until(lambda: [x.id for x in one.write(lambda tx: tx.interrupted())] == ["d-1"])
    one.close()


def test_members_outlive_a_crash_of_the_server_and_nobody_is_fenced(
    server: PostgresServer, schema: str
) -> None:
    """After a break each gets its time to come back; what was counted was counted once."""
    pair = member(server, schema), member(server, schema)
    counted: list[list[int]] = [[], []]

    def count(which: int) -> None:
        for _ in range(60):
            counted[which].append(pair[which].write(lambda tx: tx.next_number("n")))
            time.sleep(0.02)

    threads = [threading.Thread(target=count, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    server.restart()
    for thread in threads:
        thread.join()
    assert sorted(counted[0] + counted[1]) == list(range(1, 121))
    for each in pair:
        each.close()


def test_a_member_that_was_fenced_says_so_to_every_unit(
    server: PostgresServer, schema: str
) -> None:
    """`store.superseded`, now and later; what it had queued is undone."""
    import psycopg

    one, two = member(server, schema), member(server, schema)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"UPDATE {schema}.member SET is_fenced = true WHERE id = 1".encode())

    def unit(tx: Tx) -> int:
        return tx.append(event("e-1"), NOON)

    for _ in range(2):
        with pytest.raises(JournalFailedError) as caught:
            one.write(unit)
        assert caught.value.code == "store.superseded"
    assert two.write(unit) == 1
    one.close()
    two.close()
