"""Databases for flows: rows go to the door, messages become parameters of a statement.

In: declared ends. Out: an open source, outcomes. Refuses to know: drivers, flows' steps. A row is
marked, or passed, only after it is kept; one read again is known by its key.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import structlog

from suture.assembly.flows.connectors.ends import outcome_of
from suture.assembly.flows.door import FlowDoor, no_answer
from suture.assembly.secret import read_secret
from suture.connectivity.sql_text import statement
from suture.connectivity.transports.database import Connection, DatabaseError, DatabaseLink, Row
from suture.connectivity.transports.database_sqlite import SqliteConnection
from suture.core.outcome import Accepted, Outcome, Refused
from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError
from suture.formats.hl7v2 import parse
from suture.journal.contract import Tx
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.database import (
    DatabaseAccount,
    DatabaseDestination,
    DatabaseSource,
)
from suture.orchestration.flows.subject import Identity, identity

log = structlog.get_logger("suture.flow")

PAUSE_S_MAX = 300.0


def link_of(account: DatabaseAccount, base: Path, *, most: int, timeout_s: float) -> DatabaseLink:
    """Return a link, not yet connected.

    Raises MisconfiguredError `connector.not-installed`, and those of the password's file.
    """
    if account.is_sqlite:
        path = base / account.url.removeprefix("sqlite:")

        def connect() -> Connection:
            return SqliteConnection(path, timeout_s)

        return DatabaseLink(connect, most=most, timeout_s=timeout_s)
    try:
        from suture.connectivity.transports.database_postgres import PostgresConnection
    except ImportError:
        raise MisconfiguredError(
            "connector.not-installed", "PostgreSQL needs: pip install 'suture[postgres]'"
        ) from None
    password = read_secret(base / account.password_file) if account.password_file else ""

    def reach() -> Connection:
        return PostgresConnection(account.url, password, timeout_s)

    return DatabaseLink(reach, most=most, timeout_s=timeout_s)


class DatabaseOpen:
    """A statement that is asked again and again."""

    address: tuple[str, int] | None = None

    def __init__(self, declared: DatabaseSource, door: FlowDoor, base: Path) -> None:
        """Begin to ask; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._door = door
        self._read = statement(declared.read)
        self._mark = statement(declared.mark) if declared.mark else None
        self._link = link_of(declared, base, most=1, timeout_s=declared.timeout_s)
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"database-{door.name}")

    async def close(self) -> None:
        """Finish the page under way and let go of the database."""
        self._stop.set()
        await self._task
        await self._link.close()

    async def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                if await self.look() == self._declared.batch:
                    failures = 0
                    continue
                failures = 0
            except StoreFullError as full:
                log.warning("flow.database-waits", flow=self._door.name, code=full.code)
            except DatabaseError as error:
                failures += 1
                log.warning("flow.database-failed", flow=self._door.name, code=error.code)
            except (OSError, RuntimeError) as error:
                failures += 1
                log.error("flow.database-failed", flow=self._door.name, code=type(error).__name__)
            pause_s = self._declared.poll_s * 2.0 ** min(failures, 10)
            longest_s = max(PAUSE_S_MAX, self._declared.poll_s)
            try:
                await asyncio.wait_for(self._stop.wait(), min(pause_s, longest_s))
            except TimeoutError:
                continue

    async def look(self) -> int:
        """Take a page of rows; return how many."""
        declared, place = self._declared, f"database/{self._door.name}"
        last = await asyncio.to_thread(self._last, place)
        values = {"last": last, "limit": declared.batch}
        found = await self._link.rows(self._read, values, declared.batch)
        taken = 0
        for row in found:
            if self._stop.is_set():
                break
            key = await self._take(row)
            if self._mark is not None:
                await self._link.do(self._mark, {"key": key})
            else:
                await self._door.door.journal.submit(functools.partial(_pass, place, key))
            taken += 1
        return taken

    def _last(self, place: str) -> Any:
        with self._door.door.journal.read() as reader:
            kept = reader.meta(place)
        return json.loads(kept) if kept else self._declared.first

    async def _take(self, row: Row) -> Any:
        """Give one row to the flow, refuse it for good when it cannot be; return its key."""
        declared = self._declared
        peer = f"database/{declared.key}"
        if row.get(declared.key) is None:
            raise DatabaseError("database.no-key", "operator")
        key = row[declared.key]
        content = b""
        try:
            content = self._content(row)
            if len(content) > declared.message_bytes_max:
                raise RefusalError("database.too-large", "the row is larger than the flow takes")
            await self._door.take(peer, content, no_answer, self._known(key, content))
        except RefusalError as refusal:
            await self._door.door.refuse(self._door.name, peer, content, refusal)
        return key

    def _content(self, row: Row) -> bytes:
        name = self._declared.content
        if not name:
            return json.dumps({each: _plain(value) for each, value in row.items()}).encode()
        value = row.get(name)
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value)
        if not isinstance(value, str):
            raise RefusalError("database.no-content", "the row has no text or bytes there")
        return value.encode()

    def _known(self, key: Any, content: bytes) -> Identity:
        """Return the message's own number where its format has one, else the row's key."""
        format = self._door.flow.declared.format
        if format in ("raw", "fhir"):
            return Identity(str(_plain(key))[:100], f"row/{_plain(key)}")
        return identity(format, content)


def _pass(place: str, key: Any, tx: Tx) -> None:
    tx.set_meta(place, json.dumps(_plain(key)))


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: numbers that are no integers as text, instants in UTC."""
    if isinstance(value, Decimal | float):
        return str(value)
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value)


class DatabaseOutlet:
    """A statement for each message."""

    def __init__(self, declared: DatabaseDestination, base: Path) -> None:
        """Prepare, without connecting; raises MisconfiguredError of the files that are named."""
        self._declared = declared
        self._write = statement(declared.write)
        self._link = link_of(
            declared, base, most=declared.connections, timeout_s=declared.timeout_s
        )

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Carry the statement out; a repetition has the same id."""
        try:
            values = self._values(delivery, content)
            await self._link.do(self._write, values)
        except RefusalError as refusal:
            return Refused(refusal.code, refusal.text)
        except DatabaseError as error:
            return outcome_of(error, "the database refuses the values")
        return Accepted({"statement": self._write.verb.lower()})

    def _values(self, delivery: Delivery, content: bytes) -> dict[str, Any]:
        own: dict[str, Any] = {"id": delivery.id, "exchange": delivery.exchange, "bytes": content}
        if "content" in self._write.parameters:
            own["content"] = _text(content)
        return own | values_of(self._declared.values, content)

    async def close(self) -> None:
        """Let go of the database."""
        await self._link.close()


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise RefusalError("database.value", "the content is no UTF-8 text: use :bytes") from None


def values_of(paths: Mapping[str, str], content: bytes) -> dict[str, Any]:
    """Return what stands at paths of HL7 v2 (`PID-3.1`) or JSON (`order.number`).

    Empty is None. Raises RefusalError `database.value` for what cannot be read, or is a list.
    """
    if not paths:
        return {}
    if content.startswith(b"MSH"):
        message = parse(content)[0]
        return {name: message.get(path) or None for name, path in paths.items()}
    try:
        whole = json.loads(content, parse_float=str)
    except ValueError:
        raise RefusalError("database.value", "the content is neither HL7 v2 nor JSON") from None
    return {name: _at(whole, path) for name, path in paths.items()}


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, dict | list):
        raise RefusalError("database.value", "a path leads to a list or an object")
    return value
