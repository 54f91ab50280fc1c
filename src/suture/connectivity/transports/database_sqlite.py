"""A SQLite file for flows.

In: a path, statements. Out: rows, or `DatabaseError`. Refuses to know: the journal's files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import apsw

from suture.connectivity.sql_text import Statement
from suture.connectivity.transports.database import DatabaseError, Row

_BUSY = (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.InterruptError)
_CONTENT = (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, apsw.RangeError)


class SqliteConnection:
    """One connection; the file must be there."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        """Open; raises DatabaseError."""
        try:
            self._db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
            self._db.set_busy_timeout(int(timeout_s * 700))  # before the link gives it up
            self._db.pragma("schema_version")
        except apsw.Error as error:
            raise _meaning(error, "database.connect-failed") from None

    def rows(self, asked: Statement, values: Mapping[str, Any], limit: int) -> list[Row]:
        """Return at most `limit` rows."""
        try:
            cursor = self._db.execute(asked.text, _given(asked, values))
            found = []
            for row in cursor:
                names = [each[0] for each in cursor.getdescription()]
                found.append(dict(zip(names, row, strict=True)))
                if len(found) == limit:
                    break
            cursor.close(True)
            return found
        except apsw.Error as error:
            raise _meaning(error) from None

    def do(self, asked: Statement, values: Mapping[str, Any]) -> None:
        """Carry out one statement, in a transaction of its own."""
        try:
            with self._db:
                self._db.execute(asked.text, _given(asked, values)).fetchall()
        except apsw.Error as error:
            raise _meaning(error) from None

    def interrupt(self) -> None:
        """Let what another thread does here come to an end."""
        with contextlib.suppress(apsw.Error):
            self._db.interrupt()

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(apsw.Error):
            self._db.close()


def _given(asked: Statement, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in asked.parameters}


def _meaning(error: apsw.Error, otherwise: str = "database.statement") -> DatabaseError:
    if isinstance(error, _CONTENT):
        is_rule = isinstance(error, apsw.ConstraintError)
        return DatabaseError("database.constraint" if is_rule else "database.value", "content")
    if isinstance(error, _BUSY):
        return DatabaseError("database.busy", "later")
    if isinstance(error, apsw.CantOpenError | apsw.NotADBError):
        return DatabaseError("database.missing", "operator")
    if isinstance(error, apsw.ReadOnlyError | apsw.PermissionsError | apsw.AuthError):
        return DatabaseError("database.permission", "operator")
    if isinstance(error, apsw.IOError):
        return DatabaseError("database.busy", "later")
    return DatabaseError(otherwise, "operator")
