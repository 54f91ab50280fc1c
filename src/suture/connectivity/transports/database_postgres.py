"""A connection to PostgreSQL for flows.

In: an address, a password, statements. Out: rows, or `DatabaseError` by SQLSTATE. Refuses to know:
the journal, which has a driver of its own.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from suture.connectivity.sql_text import Statement
from suture.connectivity.transports.database import DatabaseError, Row
from suture.connectivity.transports.fault import Next

_OPERATOR = ("28", "3D", "42", "0A", "26")
_CONTENT = ("22", "23", "44")


class PostgresConnection:
    """One session."""

    def __init__(self, url: str, password: str, timeout_s: float) -> None:
        """Connect; raises DatabaseError."""
        asked: dict[str, Any] = {
            "application_name": "suture flow",
            "connect_timeout": max(1, min(int(timeout_s), 10)),
            "client_encoding": "UTF8",
            "tcp_user_timeout": int(timeout_s * 1000),
        }
        found = conninfo_to_dict(url)
        if password:
            found["password"] = password
        try:
            self._link = psycopg.connect(
                make_conninfo("", **{**asked, **found}), row_factory=dict_row
            )
            with self._link.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {int(timeout_s * 1000)}")
            self._link.commit()
        except psycopg.Error as error:
            raise _refused(error) from None

    def rows(self, asked: Statement, values: Mapping[str, Any], limit: int) -> list[Row]:
        """Return at most `limit` rows."""
        try:
            with self._link.cursor() as cursor:
                cursor.execute(_text(asked), _given(asked, values))
                found = cursor.fetchmany(limit) if cursor.description else []
            self._link.rollback()
            return found
        except psycopg.Error as error:
            raise self._failed(error, "later") from None

    def do(self, asked: Statement, values: Mapping[str, Any]) -> None:
        """Carry out one statement and commit."""
        try:
            with self._link.cursor() as cursor:
                cursor.execute(_text(asked), _given(asked, values))
        except psycopg.Error as error:
            raise self._failed(error, "later") from None
        try:
            self._link.commit()
        except psycopg.Error as error:
            raise self._failed(error, "maybe") from None

    def interrupt(self) -> None:
        """Cut the connection: a thread that waits for an answer gets an error."""
        try:
            with socket.socket(fileno=os.dup(self._link.pgconn.socket)) as line:
                line.shutdown(socket.SHUT_RDWR)
        except (psycopg.Error, OSError):
            pass  # it is gone already

    def close(self) -> None:
        """End the session."""
        with contextlib.suppress(psycopg.Error, OSError):
            self._link.close()

    def _failed(self, error: psycopg.Error, lost: Next) -> DatabaseError:
        """Return what an error means; a lost connection is `lost`."""
        state = error.sqlstate or ""
        if self._link.broken or not state or state[:2] == "08" or state[:3] == "57P":
            return DatabaseError("database.connection-lost", lost)
        with contextlib.suppress(psycopg.Error):
            self._link.rollback()
        if state[:2] in _CONTENT:
            code = "database.constraint" if state[:2] == "23" else "database.value"
            return DatabaseError(code, "content")
        if state == "42501":
            return DatabaseError("database.permission", "operator")
        if state[:2] in _OPERATOR:
            return DatabaseError("database.statement", "operator")
        if state == "57014":
            return DatabaseError("database.timeout", "later")
        return DatabaseError("database.busy", "later")


def _text(asked: Statement) -> bytes:
    return asked.marked(lambda name: f"%({name})s", lambda text: text.replace("%", "%%")).encode()


def _given(asked: Statement, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in asked.parameters}


def _refused(error: psycopg.Error) -> DatabaseError:
    code, text = error.sqlstate or "", str(error)
    if code == "3D000" or ('database "' in text and "does not exist" in text):
        return DatabaseError("database.missing", "operator")
    words = ("password", "authentication", "no pg_hba", 'role "')
    if code[:2] == "28" or any(word in text for word in words):
        return DatabaseError("database.login", "operator")
    if "certificate" in text:
        return DatabaseError("database.certificate", "operator")
    return DatabaseError("database.connect-failed", "later")
