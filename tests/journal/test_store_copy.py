"""A store of SQLite moved into a real PostgreSQL: all of it, the same, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from suite import NOON, arrival, claim, delivery, enqueue, event, instance, settle, task
from tests.postgres_server import new_schema, postgres_server

from suture.core.refusal import MisconfiguredError
from suture.journal.contract import Journal
from suture.journal.record import Admitted, DeliveryState, Fact, Link, Replayed, Timer
from suture.journal.sqlite import SqliteSettings, open_sqlite

pytest.importorskip("psycopg", reason="the extra postgres is not installed")

SMALL = SqliteSettings(ballast_bytes=0)


def fill(journal: Journal) -> None:
    """Put a row or two into every table."""
    for number in (1, 2):
        new = arrival(number, content=bytes(range(256)) + b"\\.\n\t", control_id="é\0\\N\t")
        journal.write(lambda tx, a=new: tx.admit(a))
    journal.write(lambda tx: tx.admit(arrival(1, content=b"other", exchange="x-9")))
    journal.write(lambda tx: tx.append(event("e-1"), NOON))
    journal.write(lambda tx: tx.park(1, "W3", "po-9", NOON))
    journal.write(lambda tx: tx.put_instance(instance("b", due_at=NOON)))
    journal.write(lambda tx: tx.put_instance(instance("B")))
    journal.write(lambda tx: tx.set_timer(Timer("W3", "b", "ack", "late", NOON)))
    journal.write(lambda tx: tx.open_task(task("t-1", due_at=None)))
    journal.write(lambda tx: tx.put_fact(Fact("stock", "F1", 1, b"{}", NOON, "erp")))
    journal.write(lambda tx: tx.link(Link("W1", "c", "W2", "l")))
    journal.write(lambda tx: tx.add_alias("po", "45", "W3", "b"))
    journal.write(lambda tx: [tx.next_number("isa"), tx.set_cursor("a", 7)])
    journal.write(lambda tx: tx.set_meta("clock", "1.0"))
    seqs = enqueue(journal, delivery(1), delivery(2), delivery(3, "b"))
    claim(journal)
    settle(journal, seqs[0], DeliveryState.DELIVERED)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give the path of a closed store."""
    path = tmp_path / "operations.db"
    journal = open_sqlite(path, zone="operations", settings=SMALL)
    fill(journal)
    journal.close()
    return path


def test_everything_arrives_and_work_goes_on(source: Path) -> None:
    """Rows, numbers, lanes and counts are the same; the next ones follow; the file is closed."""
    from suture.journal.postgres import open_postgres
    from suture.journal.store_copy import copy_store

    schema, url = new_schema(), postgres_server().url()
    old = open_sqlite(source, zone="operations", settings=SMALL)
    before, counts = [], old.status().counts
    with old.read() as reader:
        before = [reader.event(1), reader.delivery(2), reader.instances("W3", limit=9)]
    old.close()
    copied = copy_store(source, url, zone="operations", schema=schema)
    found = {table.name: table.rows for table in copied}
    assert (found["arrival"], found["dedupe"], found["queue"], found["meta"]) == (3, 3, 2, 1)
    new = open_postgres(url, zone="operations", schema=schema)
    assert new.status().counts == counts
    with new.read() as reader:
        assert [reader.event(1), reader.delivery(2), reader.instances("W3", limit=9)] == before
        assert reader.meta("clock") == "1.0"
        kept = reader.arrival(1)
    assert kept is not None and kept.content == bytes(range(256)) + b"\\.\n\t"
    again = arrival(1, content=bytes(range(256)) + b"\\.\n\t")
    assert new.write(lambda tx: tx.admit(again)) == Replayed(1, b"MSA|CA|1")
    assert new.write(lambda tx: tx.admit(arrival(4))) == Admitted(4)
    assert new.write(lambda tx: tx.next_number("isa")) == 2
    assert [each.id for each in new.write(lambda tx: tx.interrupted())] == ["d-3"]
    assert claim(new) == ["d-2"]
    new.close()
    with pytest.raises(MisconfiguredError) as caught:
        open_sqlite(source, zone="operations", settings=SMALL)
    assert caught.value.code == "store.moved"


def test_a_target_with_rows_is_refused(source: Path) -> None:
    """Nothing is copied over what is there; the file can still be used."""
    from suture.journal.postgres import open_postgres
    from suture.journal.store_copy import copy_store

    schema, url = new_schema(), postgres_server().url()
    other = open_postgres(url, zone="operations", schema=schema)
    other.write(lambda tx: tx.set_cursor("a", 1))
    other.close()
    with pytest.raises(MisconfiguredError) as caught:
        copy_store(source, url, zone="operations", schema=schema)
    assert caught.value.code == "store.not-empty"
    open_sqlite(source, zone="operations", settings=SMALL).close()


def test_a_running_hub_is_refused(source: Path) -> None:
    """A store that somebody writes is not copied."""
    from suture.journal.store_copy import copy_store

    running = open_sqlite(source, zone="operations", settings=SMALL)
    with pytest.raises(MisconfiguredError) as caught:
        copy_store(source, postgres_server().url(), zone="operations", schema=new_schema())
    assert caught.value.code == "store.in-use"
    running.close()


def test_a_difference_is_found_and_leaves_nothing(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that arrives changed ends the copy: the target stays empty, the file in use."""
    from suture.journal import store_copy
    from suture.journal.postgres import open_postgres
    from suture.journal.postgres_link import Session

    schema, url = new_schema(), postgres_server().url()
    copy_in = Session.copy_in

    def lossy(session: Session, statement: str, rows: object) -> None:
        copy_in(session, statement, list(rows)[:-1])  # type: ignore[call-overload]

    monkeypatch.setattr(Session, "copy_in", lossy)
    with pytest.raises(MisconfiguredError) as caught:
        store_copy.copy_store(source, url, zone="operations", schema=schema)
    assert caught.value.code == "store.copy-differs"
    new = open_postgres(url, zone="operations", schema=schema)
    assert new.status().counts == {}
    new.close()
    open_sqlite(source, zone="operations", settings=SMALL).close()
