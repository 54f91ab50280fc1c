"""The journal on PostgreSQL: one schema per zone, one writing session, readers beside it.

In: an address and settings. Out: a `Journal`. Refuses to know: what is stored. A commit is answered
after the server has its log on the disk (`synchronous_commit`); what replicas hold is the server's.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from suture.core.refusal import MisconfiguredError
from suture.journal.contract import (
    OLDER,
    Journal,
    JournalFailedError,
    JournalUnreachableError,
    Reader,
    Tx,
)
from suture.journal.postgres_link import Address, Limits, Session, TroubleError, connect
from suture.journal.postgres_member import SILENT_S, Membership
from suture.journal.postgres_owner import Ownership
from suture.journal.postgres_pool import PostgresReader, SessionPool
from suture.journal.postgres_schema import MIGRATIONS, TABLES, check_zone, prepare, schema_of
from suture.journal.postgres_writer import PostgresWriter, WriterParts
from suture.journal.record import Node, StoreStatus

T = TypeVar("T")

ZONES = ("clinical", "operations")
SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
"""Names that need no quoting and are no longer than PostgreSQL takes."""


@dataclass(frozen=True, slots=True)
class PostgresSettings:
    """How a PostgreSQL journal is run. The defaults are for production."""

    is_durable: bool = True
    """False answers before the log is on the disk: for benchmarks only."""
    batch_units_max: int = 256
    """Units per transaction: each is some journeys to the server, the first one waits for all."""
    queue_units_max: int = 16_384
    """Units waiting; beyond it `store.busy`: back-pressure instead of memory."""
    readers_max: int = 8
    """Reading connections."""
    reader_wait_s: float = 10.0
    """How long a reader waits for its turn before `store.busy`."""
    owner_wait_s: float = 3.0
    """A predecessor that was killed is missed by the server within this time on one machine."""
    outage_s: float = 60.0
    """Work waits so long for a server that restarts or fails over; then the hub stops."""
    role: str = ""
    """What this process does when several share the store; empty: it has the store alone."""
    silent_s: float = SILENT_S
    """One of several that commits nothing for so long is fenced."""
    limits: Limits = field(default_factory=Limits)


class PostgresJournal:
    """One zone's record in PostgreSQL; made by `open_postgres`."""

    def __init__(
        self, address: Address, zone: str, writer: PostgresWriter, pool: SessionPool
    ) -> None:
        self._address = address
        self._zone = zone
        self._writer = writer
        self._pool = pool

    @property
    def zone(self) -> str:
        """`clinical` or `operations`."""
        return self._zone

    def write(self, unit: Callable[[Tx], T]) -> T:
        """Run a unit, wait until it is durable, return its result. Not for the event loop.

        Raises what the unit raised, RefusalError `store.busy`, JournalFailedError.
        """
        return self._writer.write(unit)

    def submit(self, unit: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Queue a unit from the running event loop; the future resolves after the commit.

        Raises RefusalError `store.busy` and JournalFailedError at once. Cancelling the future does
        not undo the unit.
        """
        return self._writer.submit(unit)

    def read(self) -> AbstractContextManager[Reader]:
        """Open a read-only snapshot; safe from any thread; never blocks the writer.

        Raises RefusalError `store.busy`, JournalUnreachableError.
        """
        return self._pool.lend()

    @property
    def is_current(self) -> bool:
        """True while no other process can have fenced this one."""
        return self._writer.is_current

    @property
    def failure(self) -> JournalFailedError | None:
        """Why no more units are taken, None while they are."""
        return self._writer.failure

    def status(self) -> StoreStatus:
        """Return size and counts; the room on its disk is known to the server alone (0)."""
        with self._pool.lend() as reader:
            counts = reader.totals()
            size = reader.size_bytes()
            schema = int(reader.meta("schema") or 0)
        return StoreStatus(
            zone=self.zone,
            schema=schema,
            path=self._address.place(),
            size_bytes=size,
            free_bytes=0,
            is_accepting=not (self._writer.is_failed or self._writer.is_full),
            counts=counts,
        )

    def close(self) -> None:
        """Finish queued units and close. May be called again."""
        self._pool.close()
        self._writer.stop()


def open_postgres(
    url: str,
    *,
    zone: str,
    schema: str = "",
    password: str = "",
    settings: PostgresSettings | None = None,
    migrations: Sequence[str] = MIGRATIONS,
) -> Journal:
    """Open (or create, or bring up to date) one zone's journal in a schema of a database.

    Raises MisconfiguredError: `store.zone`, `store.url`, `store.unreachable`, `store.credentials`,
    `store.no-database`, `store.postgres-version`, `store.encoding`, `store.in-use`,
    `store.newer-schema`, `store.other-zone`, `store.not-a-journal`, `store.permission`.
    """
    address = _address(url, zone, schema, password)
    chosen = settings or PostgresSettings()
    owner = _owner(chosen, zone, migrations)
    writer = PostgresWriter(
        WriterParts(
            connect=lambda: _connect(address, chosen, is_reader=False),
            owner=owner,
            open_store=lambda session: _open(session, owner, chosen),
            zone=zone,
            batch_units_max=chosen.batch_units_max,
            queue_units_max=chosen.queue_units_max,
            outage_s=chosen.outage_s,
        )
    )
    pool = SessionPool(
        lambda: _connect(address, chosen, is_reader=True),
        readers_max=chosen.readers_max,
        wait_s=chosen.reader_wait_s,
    )
    try:
        writer.start()
    except TroubleError as error:
        raise _unreachable(address, error) from None
    return PostgresJournal(address, zone, writer, pool)


@contextmanager
def read_postgres(url: str, *, zone: str, schema: str = "", password: str = "") -> Iterator[Reader]:
    """Open a snapshot of a store that another process may be writing; never writes.

    Raises MisconfiguredError like `open_postgres`, and `store.missing` for an empty schema.
    """
    address = _address(url, zone, schema, password)
    settings = PostgresSettings(readers_max=1)
    pool = SessionPool(lambda: _checked(address, zone, settings), readers_max=1, wait_s=1.0)
    try:
        with pool.lend() as reader:
            yield reader
    except JournalUnreachableError as error:
        raise MisconfiguredError("store.unreachable", str(error)) from None
    finally:
        pool.close()


def nodes_of(url: str, *, zone: str, schema: str = "", password: str = "") -> list[Node]:
    """Return the processes that share a store; raises like `read_postgres`."""
    with read_postgres(url, zone=zone, schema=schema, password=password) as reader:
        assert isinstance(reader, PostgresReader)
        return reader.nodes()


def compact_postgres(url: str, *, zone: str, schema: str = "", password: str = "") -> None:
    """Write the tables of a store that nobody runs anew, without free room.

    Raises MisconfiguredError like `open_postgres`.
    """
    address = _address(url, zone, schema, password)
    settings = PostgresSettings(owner_wait_s=0.0)
    owner = _owner(settings, zone, MIGRATIONS)
    try:
        session = _connect(address, settings, is_reader=False)
        try:
            _open(session, owner, settings)
            session.run("SET statement_timeout = 0")
            for name in TABLES:
                session.run(f"VACUUM (FULL, ANALYZE) {name}")
        finally:
            session.close()
    except TroubleError as error:
        raise _unreachable(address, error) from None


def schema_name(zone: str) -> str:
    """Return the schema a zone's tables are in unless the settings name another."""
    return f"suture_{zone}"


def _address(url: str, zone: str, schema: str, password: str) -> Address:
    if zone not in ZONES:
        raise MisconfiguredError("store.zone", f"a zone is one of {', '.join(ZONES)}")
    chosen = schema or schema_name(zone)
    if not SCHEMA_NAME.fullmatch(chosen):
        raise MisconfiguredError("store.url", "a schema's name is lower case letters, digits, _")
    return Address(url, chosen, password)


def _connect(address: Address, settings: PostgresSettings, *, is_reader: bool) -> Session:
    return connect(address, settings.limits, is_reader=is_reader, is_durable=settings.is_durable)


def _owner(
    settings: PostgresSettings, zone: str, migrations: Sequence[str]
) -> Ownership | Membership:
    def bring_up_to_date(session: Session) -> None:
        prepare(session, zone, migrations)

    def check(session: Session) -> None:
        _refuse_old(session, zone, migrations)

    if settings.role:
        return Membership(settings.role, bring_up_to_date, check, silent_s=settings.silent_s)
    return Ownership(bring_up_to_date, heartbeat_s=settings.limits.idle_s / 4)


def _open(session: Session, owner: Ownership | Membership, settings: PostgresSettings) -> None:
    """Take the store, alone or with others, its tables brought up to date."""
    session.make_schema()
    if not owner.take(session, settings.owner_wait_s):
        raise MisconfiguredError("store.in-use", "another process writes this store; stop it first")
    owner.begin_epoch(session)


def _refuse_old(session: Session, zone: str, migrations: Sequence[str]) -> None:
    """Raise MisconfiguredError unless the tables are those this program knows."""
    found = schema_of(session)
    if 0 < found < len(migrations):
        raise MisconfiguredError(
            "store.in-use",
            f"the store has schema {found}: stop every node before an update",
        )
    prepare(session, zone, migrations)


def _checked(address: Address, zone: str, settings: PostgresSettings) -> Session:
    try:
        session = _connect(address, settings, is_reader=True)
    except TroubleError as error:
        raise _unreachable(address, error) from None
    try:
        schema = schema_of(session)
        if not schema:
            raise MisconfiguredError(
                "store.missing", f"no store at {address.place()}: has the hub run?"
            )
        if schema > len(MIGRATIONS):
            raise MisconfiguredError(
                "store.newer-schema", f"the store has schema {schema}: install a newer suture"
            )
        if schema < len(MIGRATIONS):
            raise MisconfiguredError("store.older-schema", OLDER)
        check_zone(session, zone)
    except BaseException:
        session.close()
        raise
    return session


def _unreachable(address: Address, error: TroubleError) -> MisconfiguredError:
    text = f"{address.place()} does not answer as it should: {error}"
    return MisconfiguredError("store.unreachable", text)


def server_facts(url: str, *, zone: str, schema: str = "", password: str = "") -> tuple[str, str]:
    """Return what the server is, and what is wrong with its settings (empty when nothing).

    Raises MisconfiguredError like `open_postgres`.
    """
    address = _address(url, zone, schema, password)
    try:
        session = _connect(address, PostgresSettings(), is_reader=True)
    except TroubleError as error:
        raise _unreachable(address, error) from None
    try:
        names = ("server_version", "fsync", "full_page_writes", "synchronous_commit")
        asked = ", ".join(f"current_setting('{name}')" for name in names)
        (found,) = session.ask(f"SELECT {asked}")
    finally:
        session.close()
    off = [name for name, value in zip(names[1:3], found[1:3], strict=True) if value == "off"]
    wrong = f"{' and '.join(off)} is off: a power cut loses what was acknowledged" if off else ""
    return f"PostgreSQL {found[0]} at {address.place()}", wrong
