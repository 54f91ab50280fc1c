"""Databases in flows: a real PostgreSQL, and SQLite files of another process (S42, S52)."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from conformance import DestinationConformance, DestinationRig, SourceConformance, SourceRig
from flow_hub import (
    arrivals,
    connect,
    deliveries,
    hl7,
    open_exceptions_of,
    peer,
    running_hub,
    until,
)
from tests.postgres_server import PostgresServer, postgres_server

from suture.assembly.hub import Hub
from suture.journal.record import DeliveryState

psycopg = pytest.importorskip("psycopg", reason="the extra postgres is not installed")

_NUMBERS = itertools.count(1)
WRITE = "INSERT INTO {table}(id, message) VALUES (:id, :content) ON CONFLICT (id) DO NOTHING"
READ = "SELECT id, payload FROM {table} WHERE taken IS NULL ORDER BY id LIMIT :limit"


class Postgres:
    """A table of its own in the server of this process, used by another client."""

    def __init__(self) -> None:
        self.server: PostgresServer = postgres_server()
        self.table = f"flow_{os.getpid()}_{next(_NUMBERS)}"
        self._seen: list[bytes] = []

    @property
    def account(self) -> str:
        """Return the entries that say where."""
        return f'connector = "database"\nurl = "{self.server.url()}"\ntimeout_s = 5\n'

    def ask(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement as another client."""
        with psycopg.connect(self.server.url(), autocommit=True) as link:
            cursor = link.execute(text.replace("{t}", self.table), values)
            return cursor.fetchall() if cursor.description else []

    async def stop(self) -> None:
        """Drop the table."""
        self.server.start() if not self._is_up() else None
        self.ask("DROP TABLE IF EXISTS {t}")

    def _is_up(self) -> bool:
        try:
            self.ask("SELECT 1")
        except psycopg.Error:
            return False
        return True


class OutboxRig(Postgres):
    """Rows appear in an outbox; taken is what has its mark."""

    @property
    def entries(self) -> str:
        """Read and mark."""
        read = READ.format(table=self.table)
        mark = f"UPDATE {self.table} SET taken = now() WHERE id = :key"
        return (
            f'{self.account}key = "id"\ncontent = "payload"\npoll_s = 0.05\n'
            f'read = "{read}"\nmark = "{mark}"'
        )

    @property
    def small(self) -> str:
        """The same with a limit."""
        return f"{self.entries}\nmessage_bytes_max = 2000"

    async def start(self, folder: Path) -> None:
        """Make the outbox."""
        self.ask(
            "CREATE TABLE {t}(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " payload text, amount numeric, at timestamptz DEFAULT '2027-01-04 12:00:00-06',"
            " taken timestamptz)"
        )

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Insert a row and wait until it is marked."""
        insert = "INSERT INTO {t}(payload) VALUES (%s) RETURNING id"
        ((id,),) = await asyncio.to_thread(self.ask, insert, content.decode())
        is_taken = "SELECT 1 FROM {t} WHERE id = %s AND taken IS NOT NULL"
        await until(lambda: self.ask(is_taken, id), "the row to be taken")
        return None


class TableRig(Postgres):
    """Messages are rows; a check of the table refuses one."""

    can_refuse = True

    @property
    def entries(self) -> str:
        """The statement."""
        return f'{self.account}write = "{WRITE.format(table=self.table)}"'

    async def start(self, folder: Path) -> None:
        """Make the table."""
        self.ask("CREATE TABLE {t}(at serial, id text PRIMARY KEY, message text)")

    async def away(self) -> None:
        """Stop the server."""
        self._seen = self.got()
        await asyncio.to_thread(self.server.stop)

    async def back(self) -> None:
        """Start it at its port."""
        await asyncio.to_thread(self.server.start)

    def refuse(self, number: int) -> None:
        """Forbid one message."""
        self.ask(
            f"ALTER TABLE {{t}} ADD CHECK (position('MSG{number:05}' in message) = 0) NOT VALID"
        )

    def got(self) -> list[bytes]:
        """Return the rows in the order they came."""
        try:
            self._seen = [
                row[0].encode() for row in self.ask("SELECT message FROM {t} ORDER BY at")
            ]
        except psycopg.Error:
            pass
        return self._seen


class TestPostgresSource(SourceConformance):
    """C1 to C6 from an outbox in PostgreSQL."""

    def rig(self) -> SourceRig:
        """Return an outbox."""
        return OutboxRig()


@pytest.mark.processes
class TestPostgresDestination(DestinationConformance):
    """C11 to C15 into a table of PostgreSQL."""

    def rig(self) -> DestinationRig:
        """Return a table."""
        return TableRig()


PROGRAM = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
for line in sys.stdin:
    text, values = json.loads(line)
    print(json.dumps(db.execute(text, values).fetchall()), flush=True)
"""


class OtherProgram:
    """sqlite3 of Python in a process of its own: locks of a file are between processes."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, text: str, *values: str) -> list[list[Any]]:
        """Run a statement."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([text, values]) + "\n")
        self._process.stdin.flush()
        found: list[list[Any]] = json.loads(self._process.stdout.readline())
        return found

    def end(self) -> None:
        """Let go of the file."""
        self._process.communicate()


class FileRig:
    """An outbox in a SQLite file that another process writes; it is passed, not marked."""

    entries = (
        'connector = "database"\nurl = "sqlite:lis.db"\nkey = "id"\ncontent = "payload"\n'
        'poll_s = 0.05\nread = "SELECT id, payload FROM outbox WHERE id > :last ORDER BY id"'
    )
    small = entries + "\nmessage_bytes_max = 2000"

    async def start(self, folder: Path) -> None:
        """Make the file."""
        self._other = OtherProgram(folder / "lis.db")
        self._other.ask("CREATE TABLE outbox(id INTEGER PRIMARY KEY, payload)")
        self.count = 0

    async def stop(self) -> None:
        """Let go of it."""
        self._other.end()

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Insert a row and wait until it was passed."""
        insert = "INSERT INTO outbox(payload) VALUES (?)"
        await asyncio.to_thread(self._other.ask, insert, content.decode())
        self.count += 1

        def is_passed() -> bool:
            with hub.clinical.read() as reader:
                return reader.meta("database/fed") == str(self.count)

        await until(is_passed, "the row to be passed")
        return None


@pytest.mark.processes
class TestSqliteSource(SourceConformance):
    """C1 to C6 from a SQLite file."""

    def rig(self) -> SourceRig:
        """Return a file."""
        return FileRig()


class SheetRig:
    """A table in a SQLite file; away means that another program holds it."""

    can_refuse = True
    entries = (
        'connector = "database"\nurl = "sqlite:out.db"\ntimeout_s = 0.3\n'
        f'write = "{WRITE.format(table="result")}"'
    )

    async def start(self, folder: Path) -> None:
        """Make the file."""
        self._other = OtherProgram(folder / "out.db")
        self._other.ask("CREATE TABLE result(at INTEGER PRIMARY KEY, id UNIQUE, message)")

    async def stop(self) -> None:
        """Let go of it."""
        self._other.end()

    async def away(self) -> None:
        """Hold it."""
        self._other.ask("BEGIN EXCLUSIVE")

    async def back(self) -> None:
        """Let it go."""
        self._other.ask("ROLLBACK")

    def refuse(self, number: int) -> None:
        """Forbid one message."""
        self._other.ask(
            "CREATE TRIGGER no BEFORE INSERT ON result"
            f" WHEN instr(new.message, 'MSG{number:05}') BEGIN SELECT RAISE(ABORT, 'SYN'); END"
        )

    def got(self) -> list[bytes]:
        """Return the rows."""
        return [
            row[0].encode() for row in self._other.ask("SELECT message FROM result ORDER BY at")
        ]


@pytest.mark.processes
class TestSqliteDestination(DestinationConformance):
    """C11 to C15 into a SQLite file."""

    def rig(self) -> DestinationRig:
        """Return a file."""
        return SheetRig()


# ---- rules


@asynccontextmanager
async def writing(folder: Path, rig: Any, more: str = "") -> AsyncIterator[Hub]:
    """Run a hub that writes MLLP messages into a rig's table."""
    await rig.start(folder)
    text = (
        'description = "d"\nowner = "o"\norder_by = "none"\n'
        '[source]\nconnector = "mllp"\nport = 0\n'
        f'[[destination]]\nname = "there"\n{rig.entries}\n{more}\n'
        "retry = { first_s = 0.1, longest_s = 0.3, give_up_after_s = 60 }\n"
    )
    try:
        async with running_hub(folder, {"w": text}) as hub:
            yield hub
    finally:
        await rig.stop()


def reading(rig: OutboxRig, more: str = "") -> str:
    """Return a flow that reads an outbox into files."""
    return (
        'description = "d"\nowner = "o"\nformat = "raw"\norder_by = "none"\n'
        f"[source]\n{rig.entries}\n"
        f'{more}\n[[destination]]\nname = "there"\nconnector = "files"\nfolder = "out"\n'
    )


def test_a_row_becomes_json_without_its_numbers_being_changed(tmp_path: Path) -> None:
    """Without `content` the row is the message: exact decimals, instants in UTC."""

    async def story() -> None:
        rig = OutboxRig()
        await rig.start(tmp_path)
        read = f"SELECT id, amount, at, payload FROM {rig.table} WHERE taken IS NULL ORDER BY id"
        text = reading(rig).replace('content = "payload"\n', "")
        text = text.replace(READ.format(table=rig.table), read)
        try:
            async with running_hub(tmp_path, {"rows": text}) as hub:
                rig.ask("INSERT INTO {t}(payload, amount) VALUES ('x', 0.10)")
                await until(lambda: list((tmp_path / "out").glob("*.hl7")), "the file")
                (path,) = (tmp_path / "out").glob("*.hl7")
                assert json.loads(path.read_bytes()) == {
                    "id": 1,
                    "amount": "0.10",
                    "at": "2027-01-04T18:00:00+00:00",
                    "payload": "x",
                }
                assert [one.transport_key for one in arrivals(hub)] == ["row/1"]
        finally:
            await rig.stop()

    asyncio.run(story())


def test_a_stop_between_keeping_and_marking_changes_nothing(tmp_path: Path) -> None:
    """The row is read again and known by its key: kept once, sent once."""

    async def story() -> None:
        rig = OutboxRig()
        await rig.start(tmp_path)
        try:
            rig.ask("INSERT INTO {t}(payload) VALUES ('one'), ('two')")
            async with running_hub(tmp_path, {"rows": reading(rig)}) as hub:
                await until(lambda: len(arrivals(hub)) == 2, "two rows")
            rig.ask("UPDATE {t} SET taken = NULL WHERE id = 2")  # as if the mark had been lost
            async with running_hub(tmp_path, {}) as hub:
                marked = "SELECT 1 FROM {t} WHERE id = 2 AND taken IS NOT NULL"
                await until(lambda: rig.ask(marked), "the mark")
                assert len(arrivals(hub)) == 2
            assert len(list((tmp_path / "out").glob("*.hl7"))) == 2
        finally:
            await rig.stop()

    asyncio.run(story())


def test_a_row_that_cannot_be_read_is_marked_too(tmp_path: Path) -> None:
    """NULL where the message should be: an audit row, and the next row goes on."""

    async def story() -> None:
        rig = OutboxRig()
        await rig.start(tmp_path)
        try:
            rig.ask("INSERT INTO {t}(payload) VALUES (NULL), ('two')")
            async with running_hub(tmp_path, {"rows": reading(rig)}) as hub:
                await until(lambda: not rig.ask("SELECT 1 FROM {t} WHERE taken IS NULL"), "marks")
                with hub.clinical.read() as reader:
                    assert [r.code for r in reader.refusals(9)] == ["database.no-content"]
                assert len(arrivals(hub)) == 1
        finally:
            await rig.stop()

    asyncio.run(story())


HOSTILE = "x'); DROP TABLE {t}; --"


def test_values_are_never_part_of_a_statement(tmp_path: Path) -> None:
    """What looks like SQL in a message is a value, in both databases."""

    async def story() -> None:
        for number, rig in enumerate((TableRig(), SheetRig())):
            folder = tmp_path / str(number)
            folder.mkdir()
            hostile = hl7(1).replace(b"Synth^Anna", HOSTILE.encode())
            async with writing(folder, rig) as hub:
                sender = await connect(hub, "w")
                await sender.send(hostile)
                await until(lambda r=rig: r.got(), "the row")
                assert rig.got() == [hostile]

    asyncio.run(story())


def test_fields_become_parameters(tmp_path: Path) -> None:
    """By a path of HL7 v2; empty is NULL."""

    async def story() -> None:
        rig = TableRig()
        await rig.start(tmp_path)
        rig.ask("ALTER TABLE {t} ADD COLUMN patient text, ADD COLUMN ward text")
        write = (
            f"INSERT INTO {rig.table}(id, message, patient, ward) VALUES (:id, 'm', :pat, :ward)"
        )
        text = (
            'description = "d"\nowner = "o"\n[source]\nconnector = "mllp"\nport = 0\n'
            f'[[destination]]\nname = "there"\n{rig.account}write = "{write}"\n'
            'values = { pat = "PID-3.1", ward = "PV1-10" }\n'
        )
        try:
            async with running_hub(tmp_path, {"w": text}) as hub:
                sender = await connect(hub, "w")
                await sender.send(hl7(1, patient="SYN7"))
                await until(lambda: rig.got(), "the row")
                assert rig.ask("SELECT patient, ward FROM {t}") == [("SYN7", None)]
        finally:
            await rig.stop()

    asyncio.run(story())


@pytest.mark.processes
def test_a_lost_answer_writes_once(tmp_path: Path) -> None:
    """The server dies in the middle again and again: each message is one row at the end."""

    async def story() -> None:
        rig = TableRig()
        async with writing(tmp_path, rig) as hub:
            sender = await connect(hub, "w")
            for number in range(60):
                assert await sender.send(hl7(number)) == ("AA", "")
                if number in (20, 40):
                    await asyncio.to_thread(rig.server.restart)
            await until(
                lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED}, "all"
            )
            assert len(rig.got()) == len(set(rig.got())) == 60

    asyncio.run(story())


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("INSERT INTO ", "INSERT INTO no_such_", "database.statement"),
        ("/postgres", "/no_such_database", "database.missing"),
        ("suture@", "nobody_here@", "database.login"),
    ],
)
def test_what_a_person_must_mend_is_told(old: str, new: str, code: str, tmp_path: Path) -> None:
    """A wrong statement, database or user ends with an owner, at once."""

    async def story() -> None:
        rig = TableRig()
        await rig.start(tmp_path)
        text = (
            'description = "d"\nowner = "o"\n[source]\nconnector = "mllp"\nport = 0\n'
            f'[[destination]]\nname = "there"\n{rig.entries}\n'
        )
        assert old in text
        try:
            async with running_hub(tmp_path, {"w": text.replace(old, new)}) as hub:
                sender = await connect(hub, "w")
                await sender.send(hl7(1))
                await until(lambda: deliveries(hub)[0].state is DeliveryState.DEAD, "given up")
                assert deliveries(hub)[0].code == code
                await until(lambda: open_exceptions_of(hub), "an exception")
        finally:
            await rig.stop()

    asyncio.run(story())


def test_no_text_of_a_database_is_passed_on(tmp_path: Path) -> None:
    """A constraint's text names the value it refuses: neither log nor desk nor store has it."""

    async def story() -> None:
        rig = TableRig()
        async with writing(tmp_path, rig) as hub:
            rig.refuse(1)
            sender = await connect(hub, "w")
            await sender.send(hl7(1, patient="SYNPLANTED"))
            await until(lambda: deliveries(hub)[0].state is DeliveryState.REFUSED, "refused")
            (one,) = deliveries(hub)
            assert (one.code, one.facts) == ("database.constraint", b"{}")
            await until(lambda: open_exceptions_of(hub), "an exception")
            assert "SYNPLANTED" not in str(open_exceptions_of(hub))

    with structlog.testing.capture_logs() as logged:
        asyncio.run(story())
    assert "SYNPLANTED" not in str(logged)


@pytest.mark.processes
def test_a_database_that_stands_still_holds_nobody_up(tmp_path: Path) -> None:
    """SIGSTOP of the server's processes: the other destination goes on; then this one does."""

    async def story() -> None:
        rig = TableRig()
        async with peer() as lab:
            await rig.start(tmp_path)
            account = rig.entries.replace("timeout_s = 5", "timeout_s = 0.5")
            text = (
                'description = "d"\nowner = "o"\norder_by = "none"\n[source]\nconnector = "mllp"\n'
                f'port = 0\n[[destination]]\nname = "there"\n{account}\n'
                "retry = { first_s = 0.1, longest_s = 0.3, give_up_after_s = 60 }\n"
                '[[destination]]\nname = "lab"\nconnector = "mllp"\nhost = "127.0.0.1"\n'
                f"port = {lab.port}\n"
            )
            try:
                async with running_hub(tmp_path, {"w": text}) as hub:
                    sender = await connect(hub, "w")
                    await sender.send(hl7(0))
                    await until(lambda: rig.got(), "the first row")
                    ours = "SELECT pid FROM pg_stat_activity WHERE application_name = 'suture flow'"
                    stopped = [int(row[0]) for row in rig.ask(ours)]
                    assert stopped
                    for pid in stopped:
                        os.kill(pid, signal.SIGSTOP)
                    try:
                        for number in range(1, 20):
                            await sender.send(hl7(number))
                        await until(lambda: len(set(lab.numbers())) == 20, "the other destination")
                        await until(lambda: len(set(rig.got())) == 20, "new sessions do the work")
                    finally:
                        for pid in stopped:
                            os.kill(pid, signal.SIGCONT)
                    await until(
                        lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED},
                        "all",
                    )
                    assert len(rig.got()) == 20
            finally:
                await rig.stop()

    asyncio.run(story())
