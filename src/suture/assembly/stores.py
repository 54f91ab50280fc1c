"""Opening the stores of a hub: to run it, or to read while it runs or not.

In: settings. Out: a journal per zone, or read-only snapshots of both. Refuses to know: what is in
them. A zone is a SQLite file of the data folder unless the settings name a PostgreSQL database;
PostgreSQL's driver is imported only then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType

from suture.assembly.secret import read_secret
from suture.assembly.settings import PASSWORD_VARIABLE, HubSettings, StoreTable
from suture.core.refusal import MisconfiguredError
from suture.journal.contract import Journal, Reader
from suture.journal.record import Node
from suture.journal.sqlite import (
    SqliteSettings,
    compact_sqlite,
    open_sqlite,
    read_sqlite,
    sqlite_version,
)

ZONES = ("clinical", "operations")


def open_stores(settings: HubSettings, role: str = "") -> tuple[Journal, Journal]:
    """Open (clinical, operations) for writing, alone or as one of several with a role.

    Raises MisconfiguredError `store.*`.
    """
    clinical = _open(settings, "clinical", role)
    try:
        return clinical, _open(settings, "operations", role)
    except BaseException:
        clinical.close()
        raise


@contextmanager
def reading_stores(settings: HubSettings) -> Iterator[tuple[Reader, Reader]]:
    """Yield (operations, clinical) readers; raises MisconfiguredError `store.missing`."""
    with _read(settings, "operations") as one, _read(settings, "clinical") as two:
        yield one, two


def table_of(settings: HubSettings, zone: str) -> StoreTable | None:
    """Return where a zone is when it is not in a file."""
    return settings.store.clinical if zone == "clinical" else settings.store.operations


def server_of(settings: HubSettings, zone: str) -> tuple[str, str] | None:
    """Return what a zone's server is and what is wrong with it; None for a file."""
    table = table_of(settings, zone)
    if table is None:
        return None
    found: tuple[str, str] = postgres().server_facts(
        table.url, zone=zone, schema=table.tables_in, password=password_of(table)
    )
    return found


def nodes_of(settings: HubSettings) -> list[Node]:
    """Return the processes that share the clinical store, by number.

    Raises MisconfiguredError `run.role` for a file, which has one process.
    """
    table = settings.store.clinical
    if table is None:
        raise MisconfiguredError("run.role", "the clinical zone is a file, which has one process")
    found: list[Node] = postgres().nodes_of(
        table.url, zone="clinical", schema=table.tables_in, password=password_of(table)
    )
    return found


def password_of(table: StoreTable, environment: Mapping[str, str] = os.environ) -> str:
    """Return the password of a store, empty when PostgreSQL's client shall find it."""
    if table.password_file is not None:
        return read_secret(table.password_file)
    return environment.get(PASSWORD_VARIABLE, "")


def postgres() -> ModuleType:
    """Return PostgreSQL's driver; raises MisconfiguredError `store.no-driver` without it."""
    try:
        from suture.journal import postgres as driver
    except ImportError:
        raise MisconfiguredError(
            "store.no-driver", "a store in PostgreSQL needs: pip install 'suture[postgres]'"
        ) from None
    return driver


def move_store(
    settings: HubSettings, zone: str, url: str, password: str
) -> list[tuple[str, int, str]]:
    """Copy a zone's file into PostgreSQL; return (table, rows, digest), the same on both sides."""
    postgres()
    from suture.journal.store_copy import copy_store

    source = settings.data / f"{zone}.db"
    found = copy_store(source, url, zone=zone, password=password)
    return [(table.name, table.rows, table.digest) for table in found]


def compact_store(settings: HubSettings, zone: str) -> str:
    """Write a zone of a stopped hub anew without free room; return what was done.

    Raises MisconfiguredError `store.in-use`, `store.missing`.
    """
    table = table_of(settings, zone)
    if table is not None:
        postgres().compact_postgres(
            table.url, zone=zone, schema=table.tables_in, password=password_of(table)
        )
        return "written anew by its server"
    path = settings.data / f"{zone}.db"
    if not path.is_file():
        raise MisconfiguredError("store.missing", f"no store {path.name}: has the hub run?")
    before, after = compact_sqlite(path, zone=zone)
    return f"{before:,} bytes before, {after:,} now"


def _open(settings: HubSettings, zone: str, role: str) -> Journal:
    table = table_of(settings, zone)
    if table is None:
        chosen = SqliteSettings(
            is_durable=settings.durable, space_bytes_min=settings.space_bytes_min
        )
        return open_sqlite(settings.data / f"{zone}.db", zone=zone, settings=chosen)
    driver = postgres()
    made: Journal = driver.open_postgres(
        table.url,
        zone=zone,
        schema=table.tables_in,
        password=password_of(table),
        settings=driver.PostgresSettings(
            is_durable=settings.durable, role=role, silent_s=settings.store.silent_s
        ),
    )
    return made


def _read(settings: HubSettings, zone: str) -> AbstractContextManager[Reader]:
    table = table_of(settings, zone)
    if table is not None:
        made: AbstractContextManager[Reader] = postgres().read_postgres(
            table.url, zone=zone, schema=table.tables_in, password=password_of(table)
        )
        return made
    path = settings.data / f"{zone}.db"
    if not path.is_file():
        raise MisconfiguredError(
            "store.missing", f"no store {path.name} in {settings.data.name}: has the hub run?"
        )
    return read_sqlite(path, zone=zone)


__all__ = [
    "ZONES",
    "compact_store",
    "move_store",
    "nodes_of",
    "open_stores",
    "password_of",
    "postgres",
    "reading_stores",
    "server_of",
    "sqlite_version",
    "table_of",
]
