"""The statements that write, one name each; lanes and counts keep theirs beside their code.

In: nothing. Out: SQL text, prepared once per connection. Refuses to know: Python values.
"""

from __future__ import annotations

from suture.journal.sql_rows import sql

SET_META = "INSERT OR REPLACE INTO meta(name, value) VALUES(?, ?)"
SET_CURSOR = "INSERT OR REPLACE INTO cursor(name, seq) VALUES(?, ?)"
ADMIT = (
    "INSERT INTO arrival(exchange, endpoint, peer, format, transport_key, control_id, digest,"
    " size_bytes, key_id, ack_code, ack, content, received_at, state, code, problems)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, x'5b5d')"
)
SEEN = "INSERT INTO dedupe VALUES(?, ?, ?, ?)"
FIND_SEEN = "SELECT seq FROM dedupe WHERE endpoint = ? AND transport_key = ? AND variant = ?"
EARLIER = "SELECT digest, ack FROM arrival WHERE seq = ?"
ARRIVAL_STATE = "SELECT state FROM arrival WHERE seq = ?"
SETTLE_ARRIVAL = "UPDATE arrival SET state = ?, code = ?, problems = ? WHERE seq = ?"
REFUSE = (
    "INSERT INTO refusal(endpoint, peer, code, path, offset, size_bytes, digest, head, key_id, at)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
APPEND = (
    "INSERT INTO event(id, type, machine, key, time, recorded, facility, exchange, causation,"
    " payload) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING"
)
NEW_INSTANCE = (
    "INSERT INTO instance(state, rev, definition, entered_at, parent, facility, due_at, fired,"
    " data, machine, key) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
REV = "SELECT rev, state FROM instance WHERE machine = ? AND key = ?"
PUT_INSTANCE = (
    "UPDATE instance SET state = ?, rev = ?, definition = ?, entered_at = ?, parent = ?,"
    " facility = ?, due_at = ?, fired = ?, data = ? WHERE machine = ? AND key = ?"
)
TRANSITION = (
    "INSERT INTO transition(machine, key, rev, rule, from_state, to_state, event_seq, event_type,"
    " at, decision) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SET_TIMER = "INSERT OR REPLACE INTO timer(machine, key, name, event_type, due) VALUES(?,?,?,?,?)"
CLEAR_TIMER = "DELETE FROM timer WHERE machine = ? AND key = ? AND name = ?"
DUE_TIMERS = sql("SELECT @timer FROM timer WHERE due <= ? ORDER BY due LIMIT ?")
PARK = (
    "INSERT INTO parked(machine, key, event_seq, deadline) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(machine, key, event_seq) DO UPDATE SET deadline = excluded.deadline"
)
PARKED_OF = "SELECT event_seq FROM parked WHERE machine = ? AND key = ? ORDER BY event_seq"
UNPARK = "DELETE FROM parked WHERE machine = ? AND key = ?"
OVERDUE = (
    "SELECT machine, key, event_seq, deadline FROM parked WHERE deadline <= ?"
    " ORDER BY deadline, event_seq LIMIT ?"
)
UNPARK_ONE = "DELETE FROM parked WHERE machine = ? AND key = ? AND event_seq = ?"
OPEN_TASK = (
    "INSERT INTO task(id, machine, key, kind, role, title, opened_at, due_at, data, is_open,"
    " closed_at, closed_by, resolution) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(id) DO NOTHING"
)
CLOSE_TASK = (
    "UPDATE task SET is_open = 0, closed_at = ?, closed_by = ?, resolution = ?"
    " WHERE id = ? AND is_open = 1"
)
ENQUEUE = (
    "INSERT INTO delivery(id, idempotency_key, kind, destination, lane, machine, key, created_at,"
    " exchange, priority, causation, payload, content_key_id, content)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(idempotency_key) DO NOTHING"
)
PROGRESS = "INSERT INTO progress VALUES(?, ?, ?, ?, 'waiting', '', 0, ?, NULL, '', x'7b7d')"
DELIVERY_SEQ = "SELECT seq FROM delivery WHERE idempotency_key = ?"
PLACE = "SELECT destination, lane, priority, state, attempts FROM progress WHERE seq = ?"
SET_CONTENT = "UPDATE delivery SET content = ?, content_key_id = ? WHERE seq = ?"
SET_CONTROL = "UPDATE progress SET control_id = ? WHERE seq = ?"
SETTLE = "UPDATE progress SET state = ?, settled_at = ?, code = ?, facts = ? WHERE seq = ?"
RESUME = (
    "UPDATE progress SET state = 'waiting', settled_at = NULL, next_at = ?, code = ?, facts = ?"
    " WHERE seq = ?"
)
END_ATTEMPT = (
    "UPDATE attempt SET ended_wall = ?, outcome = ?, code = ?, answer_key = ?, answer_bytes = ?,"
    " answer = ?"
    " WHERE delivery_seq = ? AND number = ? AND ended_wall IS NULL"
)
REQUEUE = "UPDATE progress SET state = 'waiting', settled_at = NULL, next_at = ? WHERE seq = ?"
NEXT_NUMBER = (
    "INSERT INTO counter(name, value) VALUES(?, 1)"
    " ON CONFLICT(name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)
STAGE = (
    "INSERT INTO stage(exchange, number, name, digest, size_bytes, is_edits, key_id, content)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
)
PUT_FACT = (
    "INSERT INTO fact(kind, key, version, as_of, source, value) VALUES(?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(kind, key) DO UPDATE SET version = excluded.version, as_of = excluded.as_of,"
    " source = excluded.source, value = excluded.value WHERE excluded.version > fact.version"
)
LINK = "INSERT OR IGNORE INTO link VALUES(?, ?, ?, ?)"
ALIAS = "INSERT OR IGNORE INTO alias VALUES(?, ?, ?, ?)"
PUT_VAULT = "INSERT INTO vault VALUES(?, ?, ?, ?, ?) ON CONFLICT(scope, blind) DO NOTHING"
