"""The tables of a SQLite journal and the steps that bring an older file up to date.

In: an open writing connection. Out: the same connection with the newest schema. Refuses to know:
what the rows mean. Migrations go forward only; each runs in one transaction with its number, so a
process killed half way leaves the previous schema, whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from suture import __version__
from suture.core.refusal import MisconfiguredError

APPLICATION_ID = 0x53555455
"""`SUTU`: tells a journal from any other SQLite file (PRAGMA application_id)."""

SQLITE_MIN = (3, 51, 3)
"""Older libraries may corrupt a WAL that two connections checkpoint (WAL-reset bug)."""

ZONES = ("clinical", "operations")

_V1 = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cursor(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
-- How many rows are in which state; kept beside the rows so that no count reads them all.
CREATE TABLE tally(
  scope TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(scope, a, b)) WITHOUT ROWID;

-- `state` is one letter (see sql_rows): settling then overwrites in place, whatever the size.
CREATE TABLE arrival(
  seq INTEGER PRIMARY KEY, exchange TEXT NOT NULL, endpoint TEXT NOT NULL, peer TEXT NOT NULL,
  format TEXT NOT NULL, transport_key TEXT NOT NULL, control_id TEXT NOT NULL,
  digest BLOB NOT NULL, size_bytes INTEGER NOT NULL, key_id TEXT NOT NULL,
  ack_code TEXT NOT NULL, received_at INTEGER NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL,
  problems BLOB NOT NULL, ack BLOB NOT NULL, content BLOB NOT NULL);
CREATE UNIQUE INDEX arrival_exchange ON arrival(exchange);
CREATE INDEX arrival_control ON arrival(control_id) WHERE control_id <> '';
-- `variant` is empty for the first body under a key, the digest for any other body (KEY_REUSE).
CREATE TABLE dedupe(
  endpoint TEXT NOT NULL, transport_key TEXT NOT NULL, variant BLOB NOT NULL,
  seq INTEGER NOT NULL, PRIMARY KEY(endpoint, transport_key, variant)) WITHOUT ROWID;
CREATE TABLE refusal(
  seq INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, peer TEXT NOT NULL, code TEXT NOT NULL,
  path TEXT NOT NULL, offset INTEGER, size_bytes INTEGER NOT NULL, digest BLOB NOT NULL,
  key_id TEXT NOT NULL, at INTEGER NOT NULL, head BLOB NOT NULL);

CREATE TABLE event(
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, machine TEXT NOT NULL,
  key TEXT NOT NULL, time INTEGER NOT NULL, recorded INTEGER NOT NULL, facility TEXT NOT NULL,
  exchange TEXT NOT NULL, causation INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE UNIQUE INDEX event_id ON event(id);
CREATE INDEX event_instance ON event(machine, key) WHERE machine <> '';
CREATE INDEX event_exchange ON event(exchange) WHERE exchange <> '';
CREATE TABLE parked(
  machine TEXT NOT NULL, key TEXT NOT NULL, event_seq INTEGER NOT NULL,
  deadline INTEGER NOT NULL, PRIMARY KEY(machine, key, event_seq)) WITHOUT ROWID;
CREATE INDEX parked_deadline ON parked(deadline, event_seq);

CREATE TABLE instance(
  id INTEGER PRIMARY KEY, machine TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
  rev INTEGER NOT NULL, definition INTEGER NOT NULL, entered_at INTEGER NOT NULL,
  parent TEXT NOT NULL, facility TEXT NOT NULL, due_at INTEGER NOT NULL, fired BLOB NOT NULL,
  data BLOB NOT NULL);
CREATE UNIQUE INDEX instance_key ON instance(machine, key);
CREATE INDEX instance_due ON instance(machine, due_at, key);
CREATE INDEX instance_state ON instance(machine, state, due_at, key);
CREATE INDEX instance_facility ON instance(machine, facility, due_at, key) WHERE facility <> '';
CREATE INDEX instance_parent ON instance(machine, parent, due_at, key) WHERE parent <> '';
CREATE TABLE transition(
  seq INTEGER PRIMARY KEY, machine TEXT NOT NULL, key TEXT NOT NULL, rev INTEGER NOT NULL,
  rule TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL,
  event_seq INTEGER NOT NULL, event_type TEXT NOT NULL, at INTEGER NOT NULL,
  decision BLOB NOT NULL);
CREATE INDEX transition_instance ON transition(machine, key);
CREATE INDEX transition_event ON transition(event_seq);
CREATE TABLE timer(
  machine TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, event_type TEXT NOT NULL,
  due INTEGER NOT NULL, PRIMARY KEY(machine, key, name)) WITHOUT ROWID;
CREATE INDEX timer_due ON timer(due);
CREATE TABLE task(
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, machine TEXT NOT NULL, key TEXT NOT NULL,
  kind TEXT NOT NULL, role TEXT NOT NULL, title TEXT NOT NULL, opened_at INTEGER NOT NULL,
  due_at INTEGER, is_open INTEGER NOT NULL, closed_at INTEGER, closed_by TEXT NOT NULL,
  resolution TEXT NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX task_id ON task(id);
CREATE INDEX task_open ON task(is_open);
CREATE INDEX task_role ON task(role, is_open);
CREATE INDEX task_role_any ON task(role);
CREATE INDEX task_instance ON task(machine, key);

CREATE TABLE delivery(
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL, idempotency_key TEXT NOT NULL, kind TEXT NOT NULL,
  destination TEXT NOT NULL, lane TEXT NOT NULL, machine TEXT NOT NULL, key TEXT NOT NULL,
  created_at INTEGER NOT NULL, exchange TEXT NOT NULL, priority INTEGER NOT NULL,
  causation INTEGER NOT NULL, payload BLOB NOT NULL, content_key_id TEXT NOT NULL,
  content BLOB NOT NULL);
CREATE UNIQUE INDEX delivery_key ON delivery(idempotency_key);
CREATE INDEX delivery_instance ON delivery(machine, key) WHERE machine <> '';
CREATE INDEX delivery_exchange ON delivery(exchange) WHERE exchange <> '';
-- What changes while a delivery lives, apart from its bytes.
CREATE TABLE progress(
  seq INTEGER PRIMARY KEY, destination TEXT NOT NULL, lane TEXT NOT NULL,
  priority INTEGER NOT NULL, state TEXT NOT NULL, control_id TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, settled_at INTEGER, code TEXT NOT NULL,
  facts BLOB NOT NULL);
CREATE INDEX progress_state ON progress(state);
CREATE INDEX progress_control ON progress(destination, control_id) WHERE control_id <> '';
-- Deliveries WAITING or SENDING. phase: 0 behind, 1 head not yet due, 2 head due, 3 head sending.
CREATE TABLE queue(
  destination TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL,
  priority INTEGER NOT NULL, next_at INTEGER NOT NULL, phase INTEGER NOT NULL,
  PRIMARY KEY(destination, lane, seq)) WITHOUT ROWID;
CREATE UNIQUE INDEX queue_head ON queue(destination, lane) WHERE phase > 0;
CREATE INDEX queue_later ON queue(next_at, seq) WHERE phase = 1;
CREATE INDEX queue_due ON queue(destination, priority, seq) WHERE phase = 2;
CREATE INDEX queue_sending ON queue(seq) WHERE phase = 3;
CREATE TABLE attempt(
  delivery_seq INTEGER NOT NULL, number INTEGER NOT NULL, started_wall INTEGER NOT NULL,
  ended_wall INTEGER, outcome TEXT NOT NULL, code TEXT NOT NULL,
  PRIMARY KEY(delivery_seq, number)) WITHOUT ROWID;

CREATE TABLE fact(
  kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, as_of INTEGER NOT NULL,
  source TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;
CREATE TABLE link(
  parent_machine TEXT NOT NULL, parent_key TEXT NOT NULL, child_machine TEXT NOT NULL,
  child_key TEXT NOT NULL,
  PRIMARY KEY(parent_machine, parent_key, child_machine, child_key)) WITHOUT ROWID;
CREATE INDEX link_child ON link(child_machine, child_key, parent_machine, parent_key);
CREATE TABLE alias(
  value TEXT NOT NULL, kind TEXT NOT NULL, machine TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY(value, kind, machine, key)) WITHOUT ROWID;
CREATE TABLE vault(
  scope TEXT NOT NULL, blind BLOB NOT NULL, value TEXT NOT NULL, key_id TEXT NOT NULL,
  sealed BLOB NOT NULL, PRIMARY KEY(scope, blind)) WITHOUT ROWID;
"""

_V2 = """
CREATE INDEX arrival_endpoint ON arrival(endpoint, seq);
CREATE INDEX arrival_code ON arrival(code, seq) WHERE code <> '';
"""
"""Search by endpoint and by code."""

_V3 = """
-- What the destination answered to a try, sealed; its size as it came.
ALTER TABLE attempt ADD COLUMN answer_key TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN answer_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN answer BLOB NOT NULL DEFAULT x'';
-- What the steps of a flow made of a message, where the flow keeps that.
CREATE TABLE stage(
  exchange TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
  size_bytes INTEGER NOT NULL, is_edits INTEGER NOT NULL, key_id TEXT NOT NULL,
  content BLOB NOT NULL, PRIMARY KEY(exchange, number)) WITHOUT ROWID;
-- What a message is found by, for when it is removed.
CREATE INDEX alias_message ON alias(key) WHERE machine = '';
"""
"""Answers and stages kept; messages removed by age."""

MIGRATIONS: tuple[str, ...] = (_V1, _V2, _V3)
"""Step i turns schema i into schema i + 1; steps are appended, never edited."""


def schema_of(db: apsw.Connection) -> int:
    """Return the schema number of a file, 0 when it is empty."""
    return int(db.pragma("user_version") or 0)


def prepare(db: apsw.Connection, zone: str, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Bring the file to the newest schema and return its number.

    Raises MisconfiguredError `store.not-a-journal`, `store.newer-schema`, `store.other-zone`,
    `store.moved`.
    """
    found = schema_of(db)
    _check_identity(db, found)
    if found > len(migrations):
        needed = _meta(db, "program") or "a newer version"
        raise MisconfiguredError(
            "store.newer-schema",
            f"the store has schema {found}, this program ({__version__}) knows {len(migrations)};"
            f" install suture {needed} or newer",
        )
    if found:
        _check_zone(db, zone)
    for version in range(found, len(migrations)):
        _migrate(db, version + 1, migrations[version], zone)
    return len(migrations)


def _check_identity(db: apsw.Connection, found: int) -> None:
    is_ours = int(db.pragma("application_id") or 0) == APPLICATION_ID
    has_tables = db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
    if is_ours == has_tables == bool(found):
        return
    raise MisconfiguredError(
        "store.not-a-journal", "the file holds something else; name another path for the store"
    )


def _check_zone(db: apsw.Connection, zone: str) -> None:
    stored = _meta(db, "zone")
    if stored != zone:
        raise MisconfiguredError(
            "store.other-zone", f"the file holds the {stored} zone, not the {zone} zone"
        )
    moved = _meta(db, "moved_to")
    if moved is not None:
        raise MisconfiguredError("store.moved", f"the store was moved to {moved}: name it as store")


def _migrate(db: apsw.Connection, version: int, script: str, zone: str) -> None:
    with db:
        db.execute(script)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version}")
        for name, value in (("schema", str(version)), ("zone", zone), ("program", __version__)):
            db.execute("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)", (name, value))


def _meta(db: apsw.Connection, name: str) -> str | None:
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
