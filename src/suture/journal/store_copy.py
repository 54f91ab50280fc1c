"""A store of SQLite copied into PostgreSQL, and proved to be the same.

In: the file of a hub that is stopped, an empty schema. Out: every row, counted and digested on both
sides, in one transaction: the target holds all of it or nothing. Refuses to know: what rows mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suture.core.refusal import MisconfiguredError
from suture.journal.contract import Tx
from suture.journal.postgres import open_postgres
from suture.journal.postgres_link import Session
from suture.journal.postgres_schema import TABLES
from suture.journal.postgres_sql import as_kept
from suture.journal.postgres_tx import PostgresTx
from suture.journal.sqlite import open_sqlite, sqlite_rows

OWN = ("schema", "zone", "program", "moved_to")
"""Settings that belong to a place and are not copied."""


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """One table, the same on both sides."""

    name: str
    rows: int
    digest: str
    """SHA-256 of the rows in the order of the primary key."""


def copy_store(
    source: Path, url: str, *, zone: str, schema: str = "", password: str = ""
) -> list[CopiedTable]:
    """Copy a zone and mark the file as moved; the file stays as it is otherwise.

    Raises MisconfiguredError like both drivers, `store.not-empty`, `store.copy-differs`.
    """
    if not source.is_file():
        raise MisconfiguredError("store.missing", f"no store {source.name}: has the hub run?")
    old = open_sqlite(source, zone=zone)
    try:
        new = open_postgres(url, zone=zone, schema=schema, password=password)
        try:
            found = new.write(lambda tx: _copy(tx, source))
            place = new.status().path
        finally:
            new.close()
        old.write(lambda tx: tx.set_meta("moved_to", place))
    finally:
        old.close()
    return found


def _copy(tx: Tx, source: Path) -> list[CopiedTable]:
    if not isinstance(tx, PostgresTx):
        raise TypeError("copying needs a PostgreSQL journal's unit")
    session = tx.session
    session.run("SET LOCAL statement_timeout = 0")
    _refuse_unless_empty(session)
    return [_copy_table(session, source, name) for name in TABLES]


def _refuse_unless_empty(session: Session) -> None:
    for name in TABLES:
        where = f" WHERE name NOT IN {OWN!r}" if name == "meta" else ""
        if session.ask(f"SELECT 1 FROM {name}{where} LIMIT 1"):  # noqa: S608 - names of our own
            raise MisconfiguredError(
                "store.not-empty", f"the target holds rows ({name}); name another schema"
            )


def _copy_table(session: Session, source: Path, name: str) -> CopiedTable:
    columns, key = _columns(session, name)
    told = ", ".join(f'"{column}"' for column in columns)
    where = f"WHERE name NOT IN {OWN!r}" if name == "meta" else ""
    text = f"SELECT {told} FROM {name} {where} ORDER BY {', '.join(key)}"  # noqa: S608
    sent = _Digest()
    kept = (as_kept(name, row) for row in sqlite_rows(source, text))
    session.copy_in(f"COPY {name} ({told}) FROM STDIN", sent.of(kept))
    found = _Digest()
    for _ in found.of(session.stream(text)):
        pass
    if (sent.rows, sent.hex()) != (found.rows, found.hex()):
        text = f"table {name} did not arrive as it was sent; the target was left empty"
        raise MisconfiguredError("store.copy-differs", text)
    return CopiedTable(name, found.rows, found.hex())


def _columns(session: Session, name: str) -> tuple[list[str], list[str]]:
    """Return the columns of a table and those of its primary key, in order."""
    columns = session.ask(
        "SELECT attname::text FROM pg_attribute"  # noqa: S608 - names of our own
        f" WHERE attrelid = '{name}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    key = session.ask(
        "SELECT a.attname::text FROM pg_index i,"  # noqa: S608 - names of our own
        " unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, place), pg_attribute a"
        f" WHERE i.indrelid = '{name}'::regclass AND i.indisprimary"
        " AND a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place"
    )
    return [row[0] for row in columns], [row[0] for row in key]


class _Digest:
    """Counts and digests rows as they pass."""

    def __init__(self) -> None:
        self.rows = 0
        self._sha = hashlib.sha256()

    def of(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Pass the rows on; each cell goes in with its type and length."""
        for row in rows:
            self.rows += 1
            for cell in row:
                data = cell if isinstance(cell, bytes) else str(cell).encode()
                self._sha.update(f"{type(cell).__name__}:{len(data)}:".encode() + data)
            yield row

    def hex(self) -> str:
        """Return the digest so far."""
        return self._sha.hexdigest()
