"""Every statement of the SQLite journal finds its rows by an index.

In: the statements as they are really run, caught by a trace. Out: a verdict on their query plans.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import apsw
import pytest
from suite import NOON, arrival, delivery, event, instance, task

from suture.journal import (
    sql_arrivals,
    sql_lanes,
    sql_reader,
    sql_removal,
    sql_statements,
    sql_tally,
)
from suture.journal.contract import Tx
from suture.journal.record import (
    ArrivalState,
    DeliveryState,
    Fact,
    Link,
    Refusal,
    Stage,
    Timer,
    Transition,
)
from suture.journal.sqlite import open_sqlite

SMALL = frozenset({"meta", "cursor", "counter", "tally", "sqlite_schema"})
"""Tables that do not grow with the messages."""


def use_everything(tx: Tx) -> None:
    """Call every method of a unit at least once."""
    tx.set_meta("m", "1")
    tx.set_cursor("c", 1)
    tx.admit(arrival(1))
    tx.admit(arrival(1, exchange="x", content=b"o"))
    tx.settle_arrival(1, ArrivalState.FAILED)
    tx.record_refusal(Refusal("e", "p", "c", "", None, 1, b"", b"", "", NOON))
    tx.append(event("e-1"), NOON)
    for rev in (1, 2):
        tx.put_instance(instance(rev=rev, parent="p", facility="F"))
    tx.record_transition(Transition("W3", "po-1", 1, "r", "a", "b", 1, "t", NOON, b""))
    tx.set_timer(Timer("W3", "po-1", "t", "e", NOON))
    tx.due_timers(NOON, 1)
    tx.clear_timer("W3", "po-1", "t")
    tx.park(1, "W3", "po-1", NOON)
    tx.unpark("W3", "po-1")
    tx.park(1, "W3", "po-1", NOON)
    tx.overdue_parked(NOON, 1)
    tx.open_task(task("t"))
    tx.close_task("t", at=NOON, by="u", resolution="r")
    for number in range(1, 5):
        tx.enqueue(delivery(number), NOON)
    tx.withdraw("i-4", NOON)
    tx.claim(NOON, 5, ["erp"])
    tx.set_delivery_content(1, b"", "", "C")
    later = NOON + timedelta(seconds=1)
    settled = {"at": NOON, "wall": NOON, "outcome": "o"}
    tx.settle_delivery(1, DeliveryState.WAITING, next_at_wall=later, **settled)
    tx.claim(later, 5, ["erp"])
    tx.settle_delivery(1, DeliveryState.DEAD, **settled)
    tx.requeue_delivery(1, NOON)
    tx.interrupted()
    tx.next_number("n")
    tx.put_fact(Fact("k", "k", 1, b"", NOON, "s"))
    tx.link(Link("a", "b", "c", "d"))
    tx.add_alias("k", "v", "m", "k")
    tx.put_vault("s", b"b", "v", b"", "k")
    tx.keep_stage(Stage("x-1", 1, "step 1", b"", 0, False, "k", b""))
    ask_everything(tx)
    tx.admit(arrival(2))
    tx.enqueue(delivery(5, exchange="x-2"), NOON)
    tx.enqueue(delivery(6), NOON)
    tx.withdraw("i-5", NOON)
    tx.admit(arrival(3))
    tx.forget_keys(later)
    assert tx.remove_message(3)
    tx.record_refusal(Refusal("e", "p", "c", "", None, 1, b"", b"", "", NOON))
    assert tx.remove_refusal(1)
    tx.give_back(1)


def ask_everything(tx: Tx) -> None:
    """Call every method of a reader, with every combination of filters."""
    tx.meta("m")
    tx.cursor("c")
    tx.arrival(1)
    tx.arrival_of_exchange("x")
    tx.arrivals_after(0, 1)
    tx.arrivals_of_control_id("C", 1)
    tx.recent_arrivals(1)
    for endpoint in ("", "e"):
        for code in ("", "c"):
            tx.find_arrivals(1, endpoint=endpoint, code=code)
    tx.arrivals_before(NOON)
    tx.endpoints(1)
    tx.refusals(1)
    tx.refusals_after(0, 1)
    tx.delivery_states("x")
    tx.stages_of("x")
    tx.is_alias("k", "v", "m", "k")
    tx.event(1)
    tx.events_after(0, 1)
    tx.events_of("m", "k", 1)
    tx.has_events("m", "k")
    tx.events_of_exchange("x", 1)
    tx.last_event_seq()
    tx.instance("m", "k")
    for states in ((), ("OPEN",), ("OPEN", "SENT")):
        for parent in (None, "p"):
            for facility in (None, "F"):
                tx.instances("W3", limit=1, states=states, parent=parent, facility=facility)
    tx.instances("W3", limit=1, due_from=NOON, due_to=NOON, after_key="po-1")
    tx.count_instances("W3")
    tx.transitions_of("m", "k", 1)
    tx.transitions_of_event(1)
    tx.timers_of("m", "k")
    tx.next_timer_due()
    tx.task("t")
    for is_open in (None, True):
        for role in (None, "r"):
            tx.tasks(is_open=is_open, limit=1, role=role)
    tx.tasks_of("m", "k")
    tx.delivery_of_key("i-1")
    tx.delivery_of_control_id("erp", "C")
    tx.deliveries_of("m", "k", 1)
    tx.deliveries_of_exchange("x", 1)
    tx.deliveries_in(DeliveryState.DEAD, 1)
    tx.count_deliveries()
    tx.waiting_heads("erp")
    tx.attempts_of(1)
    tx.fact("k", "k")
    tx.facts("k", limit=1)
    tx.parents_of("m", "k")
    tx.children_of("m", "k")
    tx.aliases("k", "v")
    tx.alias_kinds("v")
    tx.newest_aliases("k", "v", 9)
    tx.vault("s", b"b")


@pytest.fixture(scope="module")
def plans() -> dict[str, list[str]]:
    """Give the query plan of every statement that was run."""
    journal = open_sqlite(None, zone="clinical")
    seen: set[str] = set()

    def unit(tx: Tx) -> dict[str, list[str]]:
        db: apsw.Connection = tx._db  # type: ignore[attr-defined]
        db.exec_trace = lambda _cursor, text, _values: bool(seen.add(text) or True)
        use_everything(tx)
        db.exec_trace = None
        found = {}
        for text in seen:
            values = (None,) * text.count("?")
            rows = db.execute("EXPLAIN QUERY PLAN " + text, values).fetchall()
            found[text] = [str(row[3]) for row in rows]
        return found

    found = journal.write(unit)
    journal.close()
    return found


def test_no_statement_reads_a_whole_growing_table(plans: dict[str, list[str]]) -> None:
    """A plan either searches, or walks an index in order and stops at its LIMIT."""
    bad = []
    for text, steps in plans.items():
        for step in steps:
            is_small = step.removeprefix("SCAN ").split()[0] in SMALL
            stops = "LIMIT ?" in text or "LIMIT 1" in text
            is_partial = "INDEX queue_sending" in step  # holds what is on the wire, no more
            if step.startswith("SCAN ") and not is_small and not stops and not is_partial:
                bad.append((text, step))
            if "TEMP B-TREE" in step:
                bad.append((text, step))
    assert bad == []


def test_ordered_walks_are_the_known_ones(plans: dict[str, list[str]]) -> None:
    """Seven walks start at an end of a table or index: each stops at its limit or is small."""
    scans = {step for steps in plans.values() for step in steps if step.startswith("SCAN ")}
    scans = {step for step in scans if step.removeprefix("SCAN ").split()[0] not in SMALL}
    assert scans == {
        "SCAN arrival",  # the newest one
        "SCAN delivery",  # the newest one
        "SCAN refusal",  # the newest one
        "SCAN event",  # the newest one
        "SCAN timer USING COVERING INDEX timer_due",  # the next one
        "SCAN task",  # a page of all tasks
        "SCAN queue USING COVERING INDEX queue_sending",  # what is on the wire
    }


def test_every_statement_was_run(plans: dict[str, list[str]]) -> None:
    """No statement escapes this test."""
    modules: tuple[Any, ...] = (
        *(sql_arrivals, sql_lanes, sql_reader),
        *(sql_removal, sql_statements, sql_tally),
    )
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    texts = {
        value
        for module in modules
        for named in vars(module).values()
        for value in (named if isinstance(named, tuple) else (named,))
        if isinstance(value, str) and value.startswith(verbs) and "#" not in value
    }
    lazy = {sql_tally._ADD, *sql_lanes._HASTEN}  # at the commit; when a clock was set back
    assert texts - set(plans) - lazy == set()
