"""The tables of a PostgreSQL journal, and the steps that bring an older one up to date.

In: a session whose search path is the zone's schema. Out: the newest tables in it. Refuses to know:
what the rows mean. Migrations go forward only; each runs in one transaction with its number.
"""

from __future__ import annotations

from collections.abc import Sequence

from suture import __version__
from suture.core.refusal import MisconfiguredError
from suture.journal.postgres_link import Session

_V1 = """
-- One row: who writes (`epoch` rises with each owner) and the last committed batch.
CREATE TABLE owner(
  one BIGINT PRIMARY KEY, epoch BIGINT NOT NULL, batch BIGINT NOT NULL, holder TEXT NOT NULL);
INSERT INTO owner VALUES(1, 0, 0, '');
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE cursor(name TEXT PRIMARY KEY, seq BIGINT NOT NULL);
CREATE TABLE counter(name TEXT PRIMARY KEY, value BIGINT NOT NULL);
-- How many rows are in which state; kept beside the rows so that no count reads them all.
CREATE TABLE tally(
  scope TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL, n BIGINT NOT NULL,
  PRIMARY KEY(scope, a, b));

-- `state` is one letter (see sql_rows).
CREATE TABLE arrival(
  seq BIGINT PRIMARY KEY, exchange TEXT NOT NULL, endpoint TEXT NOT NULL, peer TEXT NOT NULL,
  format TEXT NOT NULL, transport_key TEXT NOT NULL, control_id TEXT NOT NULL,
  digest BYTEA NOT NULL, size_bytes BIGINT NOT NULL, key_id TEXT NOT NULL,
  ack_code TEXT NOT NULL, received_at BIGINT NOT NULL, state TEXT NOT NULL, code TEXT NOT NULL,
  problems BYTEA NOT NULL, ack BYTEA NOT NULL, content BYTEA NOT NULL);
CREATE UNIQUE INDEX arrival_exchange ON arrival(exchange);
CREATE INDEX arrival_control ON arrival(control_id, seq) WHERE control_id <> '';
-- `variant` is empty for the first body under a key, the digest for any other body (KEY_REUSE).
CREATE TABLE dedupe(
  endpoint TEXT NOT NULL, transport_key TEXT NOT NULL, variant BYTEA NOT NULL,
  seq BIGINT NOT NULL, PRIMARY KEY(endpoint, transport_key, variant));
CREATE TABLE refusal(
  seq BIGINT PRIMARY KEY, endpoint TEXT NOT NULL, peer TEXT NOT NULL, code TEXT NOT NULL,
  path TEXT NOT NULL, "offset" BIGINT, size_bytes BIGINT NOT NULL, digest BYTEA NOT NULL,
  key_id TEXT NOT NULL, at BIGINT NOT NULL, head BYTEA NOT NULL);

CREATE TABLE event(
  seq BIGINT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, machine TEXT NOT NULL,
  key TEXT NOT NULL, time BIGINT NOT NULL, recorded BIGINT NOT NULL, facility TEXT NOT NULL,
  exchange TEXT NOT NULL, causation BIGINT NOT NULL, payload BYTEA NOT NULL);
CREATE UNIQUE INDEX event_id ON event(id);
CREATE INDEX event_instance ON event(machine, key, seq) WHERE machine <> '';
CREATE INDEX event_exchange ON event(exchange, seq) WHERE exchange <> '';
CREATE TABLE parked(
  machine TEXT NOT NULL, key TEXT NOT NULL, event_seq BIGINT NOT NULL,
  deadline BIGINT NOT NULL, PRIMARY KEY(machine, key, event_seq));
CREATE INDEX parked_deadline ON parked(deadline, event_seq);

CREATE TABLE instance(
  machine TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL,
  rev BIGINT NOT NULL, definition BIGINT NOT NULL, entered_at BIGINT NOT NULL,
  parent TEXT NOT NULL, facility TEXT NOT NULL, due_at BIGINT NOT NULL, fired BYTEA NOT NULL,
  data BYTEA NOT NULL, PRIMARY KEY(machine, key));
CREATE INDEX instance_due ON instance(machine, due_at, key);
CREATE INDEX instance_state ON instance(machine, state, due_at, key);
CREATE INDEX instance_facility ON instance(machine, facility, due_at, key) WHERE facility <> '';
CREATE INDEX instance_parent ON instance(machine, parent, due_at, key) WHERE parent <> '';
CREATE TABLE transition(
  seq BIGINT PRIMARY KEY, machine TEXT NOT NULL, key TEXT NOT NULL, rev BIGINT NOT NULL,
  rule TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL,
  event_seq BIGINT NOT NULL, event_type TEXT NOT NULL, at BIGINT NOT NULL, decision BYTEA NOT NULL);
CREATE INDEX transition_instance ON transition(machine, key, seq);
CREATE INDEX transition_event ON transition(event_seq, seq);
CREATE TABLE timer(
  machine TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, event_type TEXT NOT NULL,
  due BIGINT NOT NULL, PRIMARY KEY(machine, key, name));
CREATE INDEX timer_due ON timer(due);
CREATE TABLE task(
  seq BIGINT PRIMARY KEY, id TEXT NOT NULL, machine TEXT NOT NULL, key TEXT NOT NULL,
  kind TEXT NOT NULL, role TEXT NOT NULL, title TEXT NOT NULL, opened_at BIGINT NOT NULL,
  due_at BIGINT, is_open BIGINT NOT NULL, closed_at BIGINT, closed_by TEXT NOT NULL,
  resolution TEXT NOT NULL, data BYTEA NOT NULL);
CREATE UNIQUE INDEX task_id ON task(id);
CREATE INDEX task_open ON task(is_open, seq);
CREATE INDEX task_role ON task(role, is_open, seq);
CREATE INDEX task_role_any ON task(role, seq);
CREATE INDEX task_instance ON task(machine, key, seq);

CREATE TABLE delivery(
  seq BIGINT PRIMARY KEY, id TEXT NOT NULL, idempotency_key TEXT NOT NULL, kind TEXT NOT NULL,
  destination TEXT NOT NULL, lane TEXT NOT NULL, machine TEXT NOT NULL, key TEXT NOT NULL,
  created_at BIGINT NOT NULL, exchange TEXT NOT NULL, priority BIGINT NOT NULL,
  causation BIGINT NOT NULL, payload BYTEA NOT NULL, content_key_id TEXT NOT NULL,
  content BYTEA NOT NULL);
CREATE UNIQUE INDEX delivery_key ON delivery(idempotency_key);
CREATE INDEX delivery_instance ON delivery(machine, key, seq) WHERE machine <> '';
CREATE INDEX delivery_exchange ON delivery(exchange, seq) WHERE exchange <> '';
-- What changes while a delivery lives, apart from its bytes.
CREATE TABLE progress(
  seq BIGINT PRIMARY KEY, destination TEXT NOT NULL, lane TEXT NOT NULL,
  priority BIGINT NOT NULL, state TEXT NOT NULL, control_id TEXT NOT NULL,
  attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, settled_at BIGINT, code TEXT NOT NULL,
  facts BYTEA NOT NULL);
CREATE INDEX progress_state ON progress(state, seq);
CREATE INDEX progress_control ON progress(destination, control_id, seq) WHERE control_id <> '';
-- Deliveries WAITING or SENDING. phase: 0 behind, 1 head not yet due, 2 head due, 3 head sending.
CREATE TABLE queue(
  destination TEXT NOT NULL, lane TEXT NOT NULL, seq BIGINT NOT NULL,
  priority BIGINT NOT NULL, next_at BIGINT NOT NULL, phase BIGINT NOT NULL,
  PRIMARY KEY(destination, lane, seq));
CREATE UNIQUE INDEX queue_head ON queue(destination, lane) WHERE phase > 0;
CREATE INDEX queue_later ON queue(next_at, seq) WHERE phase = 1;
CREATE INDEX queue_due ON queue(destination, priority, seq) WHERE phase = 2;
CREATE INDEX queue_sending ON queue(seq) WHERE phase = 3;
CREATE TABLE attempt(
  delivery_seq BIGINT NOT NULL, number BIGINT NOT NULL, started_wall BIGINT NOT NULL,
  ended_wall BIGINT, outcome TEXT NOT NULL, code TEXT NOT NULL,
  PRIMARY KEY(delivery_seq, number));

CREATE TABLE fact(
  kind TEXT NOT NULL, key TEXT NOT NULL, version BIGINT NOT NULL, as_of BIGINT NOT NULL,
  source TEXT NOT NULL, value BYTEA NOT NULL, PRIMARY KEY(kind, key));
CREATE TABLE link(
  parent_machine TEXT NOT NULL, parent_key TEXT NOT NULL, child_machine TEXT NOT NULL,
  child_key TEXT NOT NULL,
  PRIMARY KEY(parent_machine, parent_key, child_machine, child_key));
CREATE INDEX link_child ON link(child_machine, child_key, parent_machine, parent_key);
CREATE TABLE alias(
  value TEXT NOT NULL, kind TEXT NOT NULL, machine TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY(value, kind, machine, key));
CREATE TABLE vault(
  scope TEXT NOT NULL, blind BYTEA NOT NULL, value TEXT NOT NULL, key_id TEXT NOT NULL,
  sealed BYTEA NOT NULL, PRIMARY KEY(scope, blind));
""".replace(" TEXT", ' TEXT COLLATE "C"')

_V2 = """
CREATE INDEX arrival_endpoint ON arrival(endpoint, seq);
CREATE INDEX arrival_code ON arrival(code, seq) WHERE code <> '';
"""
"""Search by endpoint and by code."""

_V3 = """
-- Processes that share the zone; `owner` is their gate. Ids are never given out twice.
CREATE TABLE member(
  id BIGINT PRIMARY KEY, role TEXT NOT NULL, host TEXT NOT NULL, flows TEXT NOT NULL,
  since TIMESTAMPTZ NOT NULL, beat TIMESTAMPTZ NOT NULL, batch BIGINT NOT NULL,
  pid BIGINT NOT NULL, is_fenced BOOLEAN NOT NULL);
-- Which member claimed a delivery last.
CREATE TABLE claimed(seq BIGINT PRIMARY KEY, member BIGINT NOT NULL);
CREATE INDEX claimed_member ON claimed(member);
-- What one member does for all, e.g. looks at a folder.
CREATE TABLE duty(name TEXT PRIMARY KEY, member BIGINT NOT NULL);
""".replace(" TEXT", ' TEXT COLLATE "C"')
"""Several processes on one zone."""

_V4 = """
-- What the destination answered to a try, sealed; its size as it came.
ALTER TABLE attempt ADD COLUMN answer_key TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN answer_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN answer BYTEA NOT NULL DEFAULT ''::bytea;
-- What the steps of a flow made of a message, where the flow keeps that.
CREATE TABLE stage(
  exchange TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, digest BYTEA NOT NULL,
  size_bytes BIGINT NOT NULL, is_edits BIGINT NOT NULL, key_id TEXT NOT NULL,
  content BYTEA NOT NULL, PRIMARY KEY(exchange, number));
-- What a message is found by, for when it is removed.
CREATE INDEX alias_message ON alias(key) WHERE machine = '';
""".replace(" TEXT NOT NULL,", ' TEXT COLLATE "C" NOT NULL,')
"""Answers and stages kept; messages removed by age."""

MIGRATIONS: tuple[str, ...] = (_V1, _V2, _V3, _V4)
"""Step i turns schema i into schema i + 1; steps are appended, never edited."""

TABLES = (
    *("meta", "cursor", "counter", "tally", "arrival", "dedupe", "refusal", "event", "parked"),
    *("instance", "transition", "timer", "task", "delivery", "progress", "queue", "attempt"),
    *("fact", "link", "alias", "vault", "stage"),
)
"""What a store holds, in the order it is copied; `owner` and `member` belong to the place."""

NUMBERED = ("arrival", "refusal", "event", "transition", "task", "delivery")
"""Tables whose rows are numbered by the one writer, without gaps."""


def prepare(session: Session, zone: str, migrations: Sequence[str] = MIGRATIONS) -> int:
    """Bring the schema to the newest version and return its number.

    Raises MisconfiguredError `store.not-a-journal`, `store.newer-schema`, `store.other-zone`.
    """
    found = schema_of(session)
    if found > len(migrations):
        needed = _meta(session, "program") or "a newer version"
        raise MisconfiguredError(
            "store.newer-schema",
            f"the store has schema {found}, this program ({__version__}) knows {len(migrations)};"
            f" install suture {needed} or newer",
        )
    if found:
        check_zone(session, zone)
    for version in range(found, len(migrations)):
        _migrate(session, version + 1, migrations[version], zone)
    return len(migrations)


def schema_of(session: Session) -> int:
    """Return the number of the schema, 0 when it is empty; raises `store.not-a-journal`."""
    names = {
        row[0]
        for row in session.ask(
            "SELECT relname::text FROM pg_class"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
    }
    if not names:
        return 0
    if not {"meta", "owner"} <= names:
        raise MisconfiguredError(
            "store.not-a-journal", "the schema holds something else; name another for the store"
        )
    return int(_meta(session, "schema") or 0)


def check_zone(session: Session, zone: str) -> None:
    """Raise MisconfiguredError `store.other-zone` unless the store is of this zone."""
    stored = _meta(session, "zone")
    if stored != zone:
        raise MisconfiguredError(
            "store.other-zone", f"the schema holds the {stored} zone, not the {zone} zone"
        )


def _migrate(session: Session, version: int, script: str, zone: str) -> None:
    session.run("BEGIN")
    session.run(script)
    for name, value in (("schema", str(version)), ("zone", zone), ("program", __version__)):
        session.execute("INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)", (name, value))
    session.run("COMMIT")


def _meta(session: Session, name: str) -> str | None:
    row = session.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
