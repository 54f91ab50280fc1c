"""What a real PostgreSQL does to a journal: it restarts, ends sessions, fills up, changes hands.

In: a server of this test process that is crashed on purpose, child processes that are stopped and
killed. Out: a verdict on nothing lost, nothing twice, never two writers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from suite import NOON, arrival, claim, delivery, enqueue, event
from tests.postgres_server import PostgresServer, new_schema, postgres_server

from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError
from suture.journal.contract import (
    Journal,
    JournalConflictError,
    JournalFailedError,
    JournalUnreachableError,
    Tx,
)
from suture.journal.record import Admitted, Replayed

pytestmark = pytest.mark.processes
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def server() -> PostgresServer:
    """Give the running server."""
    return postgres_server()


@pytest.fixture
def schema() -> str:
    """Give a schema that does not exist yet."""
    return new_schema()


@pytest.fixture
def journal(server: PostgresServer, schema: str) -> Iterator[Journal]:
    """Give an empty journal."""
    made = opened(server, schema)
    yield made
    made.close()


def opened(server: PostgresServer, schema: str, *, idle_s: float = 60.0, **more: Any) -> Journal:
    """Open a journal whose limits are short."""
    from suture.journal.postgres import PostgresSettings, open_postgres
    from suture.journal.postgres_link import Limits

    limits = Limits(lock_s=more.pop("lock_s", 2.0), idle_s=idle_s)
    settings = PostgresSettings(limits=limits, **{"outage_s": 30.0, "owner_wait_s": 0.3, **more})
    zone = "operations"
    return open_postgres(server.url(), zone=zone, schema=schema, settings=settings)


def as_admin(server: PostgresServer, text: str) -> list[Any]:
    """Ask the server as its administrator."""
    import psycopg

    with psycopg.connect(server.url(), autocommit=True) as connection:
        found = connection.execute(text.encode())
        return found.fetchall() if found.description else []


def end_sessions(server: PostgresServer) -> None:
    """Terminate every session of ours, as an administrator or a proxy may."""
    as_admin(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'suture'",
    )


CHILD = """
import sys
from suture.journal.contract import JournalFailedError
from suture.journal.postgres import PostgresSettings, open_postgres
from suture.journal.postgres_link import Limits
url, schema, idle_s, mode = sys.argv[1:]
settings = PostgresSettings(limits=Limits(idle_s=float(idle_s)), outage_s=20.0)
journal = open_postgres(url, zone="operations", schema=schema, settings=settings)
print("open", flush=True)
if mode == "count":
    while True:
        print(journal.write(lambda tx: tx.next_number("n")), flush=True)
def unit(tx):
    tx.set_cursor("child", 1)
    print("inside", flush=True)
    sys.stdin.readline()
if mode == "hold":
    try:
        journal.write(unit)
        print("committed", flush=True)
    except JournalFailedError as error:
        print(error.code, flush=True)
sys.stdin.readline()
"""


class Child:
    """A process that owns a store."""

    def __init__(
        self, server: PostgresServer, schema: str, mode: str = "", idle_s: float = 60
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, server.url(), schema, str(idle_s), mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            text=True,
        )
        assert self.line() == "open"

    def line(self) -> str:
        """Return the next line it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it read a line."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass


# The server or the connection goes away


def test_a_crash_of_the_server_inside_a_unit(server: PostgresServer, journal: Journal) -> None:
    """The server crashes mid-transaction: the unit runs again, and is committed once."""
    runs: list[int] = []

    def unit(tx: Tx) -> object:
        found = tx.admit(arrival(1))
        runs.append(1)
        if len(runs) == 1:
            server.restart("immediate")
        tx.append(event("e-1"), NOON)
        return found

    assert journal.write(unit) == Admitted(1)
    assert len(runs) == 2
    with journal.read() as reader:
        assert [each.seq for each in reader.arrivals_after(0, 9)] == [1]
        assert reader.last_event_seq() == 1
    assert journal.write(lambda tx: tx.admit(arrival(1))) == Replayed(1, b"MSA|CA|1")
    assert journal.status().counts == {"arrival.received": 1, "event": 1}


def test_ended_sessions_are_replaced(server: PostgresServer, journal: Journal) -> None:
    """Sessions that were ended while idle cost nothing: the next unit and snapshot get new ones."""
    journal.write(lambda tx: tx.set_cursor("a", 1))
    with journal.read() as reader:
        assert reader.cursor("a") == 1
    end_sessions(server)
    with journal.read() as reader:
        assert reader.cursor("a") == 1
    assert journal.write(lambda tx: tx.cursor("a")) == 1


def test_sessions_ended_in_the_middle(server: PostgresServer, journal: Journal) -> None:
    """A unit cut off in the middle runs again, whole; a snapshot cut off says so."""
    runs: list[int] = []

    def unit(tx: Tx) -> list[int]:
        runs.append(tx.next_number("n"))
        if len(runs) == 1:
            end_sessions(server)
        runs.append(tx.next_number("n"))
        return runs

    assert journal.write(unit)[-2:] == [1, 2]

    def look() -> None:
        with journal.read() as reader:
            end_sessions(server)
            reader.cursor("a")

    with pytest.raises(JournalUnreachableError):
        look()


def test_a_unit_that_hides_a_lost_connection(server: PostgresServer, journal: Journal) -> None:
    """A unit that swallows the error is run again all the same: half of it is not committed."""
    runs: list[int] = []

    def unit(tx: Tx) -> None:
        runs.append(1)
        tx.set_cursor("a", 1)
        if len(runs) == 1:
            end_sessions(server)
        try:
            tx.set_cursor("b", 2)
        except Exception:  # noqa: BLE001 - what a careless unit does
            pass

    journal.write(unit)
    with journal.read() as reader:
        assert (reader.cursor("a"), reader.cursor("b")) == (1, 2)


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_commit_without_an_answer(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    """A commit whose answer is lost is looked up: its units do not run a second time."""
    from suture.journal.postgres_link import Session, Trouble, TroubleError

    commit, runs = Session.commit, []

    def cut_off(session: Session) -> None:
        monkeypatch.setattr(Session, "commit", commit)
        if is_committed:
            commit(session)
        session.close()
        raise TroubleError(Trouble.LOST, "test")

    def unit(tx: Tx) -> int:
        runs.append(1)
        tx.append(event(f"e-{len(runs)}"), NOON)
        return tx.next_number("n")

    monkeypatch.setattr(Session, "commit", cut_off)
    assert journal.write(unit) == 1
    assert len(runs) == (1 if is_committed else 2)
    with journal.read() as reader:
        assert reader.last_event_seq() == 1
    assert journal.write(lambda tx: tx.append(event("e-9"), NOON)) == 2


def test_a_server_that_stays_away(server: PostgresServer, schema: str) -> None:
    """After the outage limit the journal stops for good; what was committed is there afterwards."""
    journal = opened(server, schema, outage_s=0.5)
    journal.write(lambda tx: tx.set_cursor("a", 1))
    server.stop("immediate")
    try:
        with pytest.raises(JournalFailedError) as caught:
            journal.write(lambda tx: tx.set_cursor("a", 2))
        assert caught.value.code == "store.failed"
        assert journal.failure is not None and journal.failure.code == "store.failed"
        with pytest.raises(JournalUnreachableError), journal.read():
            pass
        with pytest.raises(MisconfiguredError) as refused:
            opened(server, schema)
        assert refused.value.code == "store.unreachable"
    finally:
        server.start()
        journal.close()
    again = opened(server, schema)
    with again.read() as reader:
        assert reader.cursor("a") == 1
    again.close()


# One writer


def test_second_writer_is_refused(server: PostgresServer, schema: str, journal: Journal) -> None:
    """A store has one owner; after it closed, the next may open."""
    with pytest.raises(MisconfiguredError) as caught:
        opened(server, schema)
    assert caught.value.code == "store.in-use"
    journal.close()
    opened(server, schema).close()


def test_two_zones_in_one_database(server: PostgresServer, schema: str, journal: Journal) -> None:
    """Another schema is another store: both have their owner."""
    other = opened(server, f"{schema}_b")
    other.write(lambda tx: tx.set_cursor("a", 1))
    with journal.read() as reader:
        assert reader.cursor("a") == 0
    other.close()


def test_second_process_is_refused_until_the_first_dies(
    server: PostgresServer, schema: str
) -> None:
    """The lock holds between processes, and dies with its process."""
    child = Child(server, schema)
    with pytest.raises(MisconfiguredError) as caught:
        opened(server, schema)
    assert caught.value.code == "store.in-use"
    child.end()
    opened(server, schema, owner_wait_s=5.0).close()


def test_a_superseded_process_commits_nothing(server: PostgresServer, schema: str) -> None:
    """A process stopped inside a unit, cut off and superseded ends with `store.failed`."""
    child = Child(server, schema, "hold")
    assert child.line() == "inside"
    child.process.send_signal(signal.SIGSTOP)
    end_sessions(server)
    successor = opened(server, schema, owner_wait_s=5.0)
    successor.write(lambda tx: tx.set_cursor("successor", 1))
    child.process.send_signal(signal.SIGCONT)
    child.go_on()
    assert child.line() == "store.failed"
    with successor.read() as reader:
        assert (reader.cursor("child"), reader.cursor("successor")) == (0, 1)
    successor.write(lambda tx: tx.set_cursor("successor", 2))
    successor.close()
    child.end()


def test_an_epoch_fences_even_without_the_lock(
    server: PostgresServer, schema: str, journal: Journal
) -> None:
    """A commit under an old epoch is refused, however the connection was shared."""
    as_admin(server, f"UPDATE {schema}.owner SET epoch = epoch + 1")
    with pytest.raises(JournalFailedError) as caught:
        journal.write(lambda tx: tx.set_cursor("a", 1))
    assert caught.value.code == "store.failed"
    with journal.read() as reader:
        assert reader.cursor("a") == 0


def test_a_stopped_process_loses_the_store_by_itself(server: PostgresServer, schema: str) -> None:
    """The server ends the session of a process that says nothing: a successor can start."""
    child = Child(server, schema, "", 1.0)
    child.process.send_signal(signal.SIGSTOP)
    opened(server, schema, owner_wait_s=10.0).close()
    child.end()


def test_a_quiet_owner_keeps_the_store(server: PostgresServer, schema: str) -> None:
    """A live process with nothing to do is not ended: it says that it is there."""
    journal = opened(server, schema, idle_s=0.8)
    pid = as_admin(server, "SELECT pid FROM pg_stat_activity WHERE application_name = 'suture'")
    time.sleep(2.0)
    assert as_admin(
        server, "SELECT pid FROM pg_stat_activity WHERE application_name = 'suture'"
    ) == (pid)
    journal.close()


def test_kill_loses_nothing_reported(server: PostgresServer, schema: str) -> None:
    """What a process reported as committed survives its kill -9; at most one more is there."""
    for _ in range(3):
        child = Child(server, schema, "count")
        said = [int(child.line()) for _ in range(20)]
        child.process.kill()
        assert child.process.stdout is not None
        said += [int(line) for line in child.process.stdout.read().split()]
        child.end()
        assert said == list(range(said[0], said[0] + len(said)))
        journal = opened(server, schema, owner_wait_s=5.0)
        assert journal.write(lambda tx: tx.next_number("n")) in (said[-1] + 1, said[-1] + 2)
        journal.close()


def test_reopening_keeps_everything(server: PostgresServer, schema: str) -> None:
    """What was committed is there at the next start, what was on the wire is interrupted."""
    journal = opened(server, schema)
    journal.write(lambda tx: tx.admit(arrival(1)))
    enqueue(journal, delivery(1))
    claim(journal)
    journal.close()
    journal = opened(server, schema)
    assert journal.write(lambda tx: tx.admit(arrival(1))) == Replayed(1, b"MSA|CA|1")
    assert journal.write(lambda tx: tx.admit(arrival(2))) == Admitted(2)
    assert [each.id for each in journal.write(lambda tx: tx.interrupted())] == ["d-1"]
    journal.close()


# Limits of the server


def test_a_foreign_lock_is_waited_for(server: PostgresServer, schema: str) -> None:
    """A table locked by another program delays a unit; it runs when the lock is gone."""
    import psycopg

    journal = opened(server, schema, lock_s=0.3)
    with psycopg.connect(server.url()) as other:
        other.execute(f"LOCK TABLE {schema}.cursor IN ACCESS EXCLUSIVE MODE".encode())
        timer = threading.Timer(0.8, other.rollback)
        timer.start()
        journal.write(lambda tx: tx.set_cursor("a", 1))
        timer.join()
        other.execute(f"LOCK TABLE {schema}.cursor IN ACCESS EXCLUSIVE MODE".encode())
        with pytest.raises(RefusalError) as caught:
            journal.write(lambda tx: tx.set_cursor("a", 2))
        assert caught.value.code == "store.busy"
        other.rollback()
    with journal.read() as reader:
        assert reader.cursor("a") == 1
    journal.close()


def test_a_full_disk_refuses_arrivals_and_goes_on(
    server: PostgresServer, schema: str, journal: Journal
) -> None:
    """When the server's disk is full nothing new is admitted; what needs no room goes on."""
    as_admin(
        server,
        f"CREATE FUNCTION {schema}.no_room() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$;"
        f"CREATE TRIGGER no_room BEFORE INSERT ON {schema}.arrival FOR EACH ROW"
        f" EXECUTE FUNCTION {schema}.no_room()",
    )
    with pytest.raises(StoreFullError):
        journal.write(lambda tx: tx.admit(arrival(1)))
    assert not journal.status().is_accepting
    journal.write(lambda tx: tx.set_cursor("a", 1))
    with journal.read() as reader:
        assert reader.cursor("a") == 1


def test_texts_that_postgresql_cannot_hold(journal: Journal) -> None:
    """NUL and names longer than an index takes are kept shortened, and still known again."""
    long = "".join(f"{number:x}-" for number in range(40_000))
    strange = arrival(1, transport_key=f"A\0B{long}", control_id=f"C\0{long}")
    other = arrival(2, transport_key=f"A\0B{long}x", control_id=long)
    assert journal.write(lambda tx: tx.admit(strange)) == Admitted(1)
    assert journal.write(lambda tx: tx.admit(strange)) == Replayed(1, b"MSA|CA|1")
    assert journal.write(lambda tx: tx.admit(other)) == Admitted(2)
    journal.write(lambda tx: [tx.add_alias("po", long, "W3", long) for _ in range(2)])
    with journal.read() as reader:
        assert [a.seq for a in reader.arrivals_of_control_id(f"C\0{long}", 9)] == [1]
        assert len(reader.aliases("po", long)) == 1


def test_a_refused_statement_undoes_its_unit(journal: Journal) -> None:
    """A unit that goes on after a broken uniqueness is undone all the same; no value is told."""
    journal.write(lambda tx: tx.admit(arrival(1)))

    told: list[str] = []

    def unit(tx: Tx) -> None:
        tx.set_cursor("a", 1)
        try:
            tx.admit(arrival(2, exchange="x-1"))
        except JournalConflictError as error:
            told.append(str(error))

    with pytest.raises(JournalConflictError):
        journal.write(unit)
    assert told and not any("x-1" in text for text in told)
    with journal.read() as reader:
        assert reader.cursor("a") == 0
