"""The journal contract on a real PostgreSQL.

In: the suite, a server of this test process. Out: a verdict on `open_postgres(url, ...)`.
"""

from __future__ import annotations

from pathlib import Path

from suite import JournalContract
from tests.postgres_server import new_schema, postgres_server

from suture.journal.contract import Journal


class TestPostgres(JournalContract):
    """A schema of a database fulfils the contract."""

    schema = 3

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
