"""One connection to PostgreSQL, and what its failures mean to the journal.

In: where the server is, statements with `?`. Out: rows, or a `Trouble` by what may be done next.
Refuses to know: what the rows mean. PostgreSQL names values in its error texts; no text of the
server leaves this module, only its code (SQLSTATE).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrBinaryDumper

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.journal.contract import JournalConflictError
from suture.journal.postgres_sql import fit, translate

SERVER_MIN = 140_000
"""PostgreSQL 14: the first that ends the idle session of a stopped process by itself."""

_SECRET = ("password", "passfile", "sslpassword")
_STATEMENTS_KEPT = 400
"""Prepared statements of a connection; the journal has about 120."""
_STREAM_ROWS = 500
"""Rows in memory at once when a table is read whole; a row may hold a message."""


class Trouble(Enum):
    """What a failed statement means for the transaction and the work in it."""

    UNDONE = "undone"
    """The statement is wrong for what is stored: the unit is undone, its neighbours are not."""
    AGAIN = "again"
    """A lock or time limit: the transaction is undone and may run again."""
    FULL = "full"
    """The server's disk is full."""
    LOST = "lost"
    """The connection is gone; whether a commit took place must be asked."""
    FATAL = "fatal"
    """The server cannot read or write its files: only an operator can help."""


class TroubleError(Exception):
    """A transaction came to an end; `kind` says what may be done next."""

    def __init__(self, kind: Trouble, code: str) -> None:
        super().__init__(f"{kind.value} ({code})")
        self.kind = kind
        self.code = code


def kind_of(error: psycopg.Error, *, is_broken: bool) -> Trouble:
    """Return what a driver's error means, by its SQLSTATE class."""
    code = error.sqlstate or ""
    if is_broken or code[:2] == "08" or code in ("57P01", "57P02", "57P03", "57P05", "25P03"):
        return Trouble.LOST
    if code in ("53100", "53200"):
        return Trouble.FULL
    if code[:2] in ("40", "53") or code in ("55P03", "57014"):
        return Trouble.AGAIN
    if code[:2] in ("58", "XX") or code in ("25006", "42501"):
        return Trouble.FATAL
    return Trouble.UNDONE


@dataclass(frozen=True, slots=True)
class Address:
    """Where a zone's tables are. The password is never shown."""

    url: str
    schema: str
    password: str = ""

    def __repr__(self) -> str:
        """Show the place alone."""
        return f"Address({self.place()!r})"

    def place(self) -> str:
        """Return host, port, database and schema, without user and password."""
        try:
            parts = conninfo_to_dict(self.url)
        except psycopg.Error:
            return "postgresql://?"
        host, port = parts.get("host") or "localhost", parts.get("port") or 5432
        return f"postgresql://{host}:{port}/{parts.get('dbname') or ''}#{self.schema}"


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of a connection, in seconds."""

    connect_s: int = 5
    statement_s: float = 30.0
    """No statement of the journal takes longer on a healthy server."""
    lock_s: float = 10.0
    """Only a foreign program can hold a lock: the journal has one writer."""
    idle_s: float = 60.0
    """A session that says nothing for so long is ended by the server: its process was stopped."""


def connect(address: Address, limits: Limits, *, is_reader: bool, is_durable: bool) -> Session:
    """Open a session in the zone's schema.

    Raises MisconfiguredError `store.url`, `store.credentials`, `store.no-database`,
    `store.postgres-version`, `store.encoding`; TroubleError LOST when nothing answers.
    """
    try:
        found = conninfo_to_dict(address.url)
    except psycopg.Error:
        raise MisconfiguredError(
            "store.url", "the store's address is no postgresql:// URL"
        ) from None
    if address.password:
        found["password"] = address.password
    asked: dict[str, Any] = {
        "application_name": "suture",
        "connect_timeout": limits.connect_s,
        "client_encoding": "UTF8",
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        # After a fail-over the writer looks for the server that takes writes.
        "target_session_attrs": "any" if is_reader else "read-write",
    }
    try:
        connection = psycopg.connect(make_conninfo("", **{**asked, **found}), autocommit=True)
    except psycopg.Error as error:
        raise _refused(error, address) from None
    session = Session(connection, address.schema)
    try:
        _check(connection)
        session.run(_session_settings(address, limits, is_reader, is_durable))
    except BaseException:
        session.close()
        raise
    return session


def _refused(error: psycopg.Error, address: Address) -> Exception:
    code = error.sqlstate or ""
    text = str(error)
    if code[:2] == "28" or "password" in text or "authentication" in text or "no pg_hba" in text:
        return MisconfiguredError(
            "store.credentials", f"{address.place()} refuses our user or password"
        )
    if code == "3D000" or ('database "' in text and "does not exist" in text):
        return MisconfiguredError("store.no-database", f"create the database of {address.place()}")
    return TroubleError(Trouble.LOST, code or "no answer")


def _check(connection: psycopg.Connection[Any]) -> None:
    if connection.info.server_version < SERVER_MIN:
        raise MisconfiguredError("store.postgres-version", "use PostgreSQL 14 or newer")
    if connection.info.parameter_status("server_encoding") != "UTF8":
        raise MisconfiguredError("store.encoding", "use a database with encoding UTF8")


def _session_settings(address: Address, limits: Limits, is_reader: bool, is_durable: bool) -> str:
    idle = 0 if is_reader else int(limits.idle_s * 1000)
    lines = [
        f'SET search_path = "{address.schema}"',
        f"SET statement_timeout = {int(limits.statement_s * 1000)}",
        f"SET lock_timeout = {int(limits.lock_s * 1000)}",
        f"SET idle_in_transaction_session_timeout = {int(limits.idle_s * 1000)}",
        f"SET idle_session_timeout = {idle}",
        "SET tcp_keepalives_idle = 10",
        "SET tcp_keepalives_interval = 5",
        "SET tcp_keepalives_count = 3",
        # Nothing here profits from a just-in-time compiled plan; it would cost some 100 ms.
        "SET jit = off",
        "SET plan_cache_mode = force_generic_plan",
    ]
    if not is_durable:
        lines.append("SET synchronous_commit = off")
    elif not is_reader:
        # A server set to answer before its log is on the disk is not taken at its word.
        lines.append(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    return "; ".join(lines)


class Session:
    """A connection that speaks the journal's statements; used by one thread at a time.

    It is the `Cursor` of `sql_reader` and `sql_tx`. `trouble` is what the last failed statement
    meant: a unit that swallows the exception does not hide it from the writer.
    """

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self._schema = schema
        self._connection = connection
        connection.prepared_max = _STATEMENTS_KEPT
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        connection.adapters.register_dumper(str, StrBinaryDumper)
        self._cursor = psycopg.RawCursor(connection)
        self.trouble: TroubleError | None = None

    @property
    def pid(self) -> int:
        """Return the number of the server's process for this session."""
        return self._connection.info.backend_pid

    @property
    def changed(self) -> int:
        """Return how many rows the last statement changed."""
        return self._cursor.rowcount

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> Session:
        """Execute a statement of the journal, prepared at its first use.

        Raises JournalConflictError for a broken uniqueness, RefusalError `store.value` for a value
        that the server cannot hold, TroubleError else.
        """
        try:
            query = translate(statement)
            self._cursor.execute(query, fit(query, values), prepare=True, binary=True)
        except psycopg.Error as error:
            raise self._meaning(error) from None
        return self

    def take_trouble(self) -> TroubleError | None:
        """Return what the last failed statement meant, once."""
        found, self.trouble = self.trouble, None
        return found

    def executemany(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Execute a statement for each row."""
        for row in rows:
            self.execute(statement, row)

    def run(self, script: str) -> None:
        """Execute statements without values in one journey; only for texts of our own.

        `changed` and the rows are those of the last one.
        """
        try:
            self._cursor.execute(script.encode())
            while self._cursor.nextset():
                pass
        except psycopg.Error as error:
            raise self._meaning(error) from None

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement without values; only for texts of our own."""
        self.run(statement)
        return self.fetchall()

    def make_schema(self) -> None:
        """Make the schema of the search path unless it is there; raises `store.permission`."""
        if self.ask("SELECT current_schema()")[0][0] is not None:
            return
        try:
            self.run(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')
        except TroubleError as error:
            if error.code != "42501":
                raise
            raise MisconfiguredError(
                "store.permission", f"let our user create the schema {self._schema}, or create it"
            ) from None

    def copy_in(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Send rows by a COPY of our own."""
        try:
            with self._cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise self._meaning(error) from None

    def stream(self, statement: str) -> Iterator[tuple[Any, ...]]:
        """Give the rows of a query of our own, some at a time, inside a transaction."""
        try:
            with self._connection.cursor("stream") as cursor:
                cursor.itersize = _STREAM_ROWS
                yield from cursor.execute(statement.encode())
        except psycopg.Error as error:
            raise self._meaning(error) from None

    def commit(self) -> None:
        """Commit; raises TroubleError AGAIN when the server undid the transaction instead."""
        self.run("COMMIT")
        if self._cursor.statusmessage != "COMMIT":
            self.trouble = TroubleError(Trouble.AGAIN, "25P02")
            raise self.trouble

    def fetchall(self) -> list[Any]:
        """Return the rows of the last statement."""
        try:
            return self._cursor.fetchall()
        except psycopg.Error as error:
            raise self._meaning(error) from None

    def fetchone(self) -> Any:
        """Return the first row of the last statement."""
        found = self.fetchall()
        return found[0] if found else None

    def __iter__(self) -> Iterator[Any]:
        """Give the rows of the last statement."""
        return iter(self.fetchall())

    @property
    def is_broken(self) -> bool:
        """True when the connection is of no more use."""
        return self._connection.closed or self._connection.broken

    def close(self) -> None:
        """Close the connection; whatever is open is undone by the server."""
        try:
            self._connection.close()
        except psycopg.Error:
            pass  # it was broken: there is nothing to close

    def _meaning(self, error: psycopg.Error) -> Exception:
        code = error.sqlstate or type(error).__name__
        self.trouble = TroubleError(kind_of(error, is_broken=self.is_broken), code)
        if self.trouble.kind is not Trouble.UNDONE:
            return self.trouble
        if code[:2] == "23":
            return JournalConflictError(f"a name that is unique is stored already ({code})")
        return RefusalError("store.value", f"the store cannot hold a value ({code})")


class SnapshotCursor:
    """A session's cursor that answers nothing once its snapshot has ended."""

    def __init__(self, session: Session) -> None:
        self._session: Session | None = session

    def _open(self) -> Session:
        if self._session is None:
            raise RuntimeError("the snapshot is closed")
        return self._session

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> SnapshotCursor:
        """Ask the session."""
        self._open().execute(statement, values)
        return self

    def executemany(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Refuse: a snapshot writes nothing."""
        raise RuntimeError("a snapshot writes nothing")

    def fetchall(self) -> list[Any]:
        """Return the rows of the last statement."""
        return self._open().fetchall()

    def fetchone(self) -> Any:
        """Return the first row of the last statement."""
        return self._open().fetchone()

    def __iter__(self) -> Iterator[Any]:
        """Give the rows of the last statement."""
        return iter(self._open())

    def close(self) -> None:
        """End the snapshot."""
        self._session = None
