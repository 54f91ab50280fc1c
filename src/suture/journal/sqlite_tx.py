"""The writer's view of a SQLite journal: its statements, and how SQLite numbers its rows.

In: the writing connection. Out: changed rows. Refuses to know: what is written (`sql_tx`).
"""

from __future__ import annotations

from collections.abc import Callable

import apsw

from suture.journal.sql_tally import Tally
from suture.journal.sql_tx import SqlTx


class SqliteTx(SqlTx):
    """A unit's view on the writing connection."""

    def __init__(
        self, db: apsw.Connection, zone: str, tally: Tally, is_accepting: Callable[[], bool]
    ) -> None:
        super().__init__(db.cursor(), zone, tally, is_accepting)
        self._db = db

    def _changed(self, statement: str, values: tuple[object, ...]) -> bool:
        self._cursor.execute(statement, values)
        return bool(self._db.changes())

    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        self._cursor.execute(statement, values)
        return self._db.last_insert_rowid()

    def _insert_once(self, statement: str, values: tuple[object, ...]) -> int:
        self._cursor.execute(statement, values)
        return self._db.last_insert_rowid() if self._db.changes() else 0

    def give_back(self, pages: int) -> int:
        """Return up to so many free pages to the file system; 0 when none is free."""
        free = int(self._db.pragma("freelist_count") or 0)
        if not free or not self._db.pragma("auto_vacuum"):
            return 0
        self._cursor.execute(f"PRAGMA incremental_vacuum({int(pages)})").fetchall()
        return free - int(self._db.pragma("freelist_count") or 0)
