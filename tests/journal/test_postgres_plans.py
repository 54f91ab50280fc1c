"""Every statement of the PostgreSQL journal finds its rows by an index.

In: the statements as they are really run, caught where they are translated. Out: a verdict on the
plans the server makes for them when it may not read whole tables.
"""

from __future__ import annotations

import pytest
from test_sqlite_plans import use_everything
from tests.postgres_server import new_schema, postgres_server

from suture.journal.contract import Tx

SMALL = ("meta", "cursor", "counter", "tally", "owner")
"""Tables that do not grow with the messages."""


@pytest.fixture(scope="module")
def plans() -> dict[str, str]:
    """Give the plan of every statement that was run."""
    server = postgres_server()
    if server.version() < 16:
        pytest.skip("EXPLAIN (GENERIC_PLAN) is of PostgreSQL 16")
    from suture.journal import postgres_link
    from suture.journal.postgres import open_postgres
    from suture.journal.postgres_sql import translate

    seen: set[str] = set()

    def catch(statement: str) -> bytes:
        made = translate(statement)
        seen.add(made.decode())
        return made

    schema = new_schema()
    journal = open_postgres(server.url(), zone="clinical", schema=schema)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres_link, "translate", catch)
        journal.write(use_everything)

    def explain(tx: Tx) -> dict[str, str]:
        session = tx.session  # type: ignore[attr-defined]
        session.run("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        found = {}
        for text in sorted(seen):
            rows = session.ask(f"EXPLAIN (GENERIC_PLAN, COSTS OFF) {text}")
            found[text] = "\n".join(row[0] for row in rows)
        return found

    found = journal.write(explain)
    journal.close()
    return found


def test_no_statement_reads_a_whole_growing_table(plans: dict[str, str]) -> None:
    """A plan finds rows by a condition on an index, or walks one in order and stops."""
    bad = []
    for text, plan in plans.items():
        is_small = any(f" on {name}" in plan for name in SMALL)
        if "Seq Scan" in plan and not is_small:
            bad.append((text, plan))
        is_walk = "Index" in plan and "Cond:" not in plan and "Conflict" not in plan
        stops = "Limit" in plan or "queue_sending" in plan
        if is_walk and not stops and not is_small:
            bad.append((text, plan))
    assert bad == []
    assert len(plans) > 90


def test_pages_are_read_in_order_without_sorting(plans: dict[str, str]) -> None:
    """A page of a growing list comes out of its index in order; nothing behind it is read."""
    assert [text for text, plan in plans.items() if "Sort" in plan and "LIMIT" in text] == []
