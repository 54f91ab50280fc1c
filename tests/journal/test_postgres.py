"""The journal contract on a real PostgreSQL.

In: the suite, a server of this test process. Out: a verdict on `open_postgres(url, ...)`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from suite import JournalContract, arrival
from tests.postgres_server import new_schema, postgres_server

from suture.core.refusal import MisconfiguredError
from suture.journal.contract import Journal


class TestPostgres(JournalContract):
    """A schema of a database fulfils the contract."""

    schema = 4

    def open_journal(self, tmp_path: Path, zone: str = "operations") -> Journal:
        """Return a journal in a new schema."""
        from suture.journal.postgres import open_postgres

        return open_postgres(postgres_server().url(), zone=zone, schema=new_schema())

    def open_small(self, tmp_path: Path, *, queue_units_max: int) -> Journal:
        """Return one with a short queue."""
        from suture.journal.postgres import PostgresSettings, open_postgres

        settings = PostgresSettings(queue_units_max=queue_units_max)
        url = postgres_server().url()
        return open_postgres(url, zone="operations", schema=new_schema(), settings=settings)


def test_room_is_given_back_by_writing_anew() -> None:
    """Removed messages leave room that the tables use again; `compact_postgres` returns it."""
    from suture.journal.postgres import compact_postgres, open_postgres

    url, schema = postgres_server().url(), new_schema()
    journal = open_postgres(url, zone="operations", schema=schema)
    for number in range(1, 102):
        content = os.urandom(20_000)
        journal.write(lambda tx, n=number, c=content: tx.admit(arrival(n, content=c)))
    before = journal.status().size_bytes
    assert before > 2_000_000
    assert journal.write(lambda tx: sum(tx.remove_message(seq) for seq in range(1, 101))) == 100
    assert journal.write(lambda tx: tx.give_back(256)) == 0
    with pytest.raises(MisconfiguredError) as caught:
        compact_postgres(url, zone="operations", schema=schema)
    assert caught.value.code == "store.in-use"
    journal.close()
    compact_postgres(url, zone="operations", schema=schema)
    journal = open_postgres(url, zone="operations", schema=schema)
    assert journal.status().size_bytes < before / 3
    with journal.read() as reader:
        assert [one.seq for one in reader.arrivals_after(0, 9)] == [101]
    journal.close()
