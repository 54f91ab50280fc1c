"""Statements in flows: what lint refuses, and where parameters are found; no database is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from flow_files import write_flow

from suture.connectivity.sql_text import statement
from suture.orchestration.flows.lint import lint

FLOW = """\
description = "d"
owner = "o"
order_by = "none"
[source]
connector = "mllp"
port = 0
[[destination]]
name = "there"
connector = "database"
url = "sqlite:x.db"
write = "INSERT INTO t(id, m) VALUES (:id, :content)"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (":id,", "1,", "write twice"),
        (":content", ":unknown", "nobody gives :unknown"),
        (')"', '); DROP TABLE t"', "several statements"),
        ("sqlite:x.db", "postgresql://u@db.example.org/x", "sslmode"),
        ("sqlite:x.db", "postgresql://u:hunter2@localhost/x", "password_file"),
        ("sqlite:x.db", "mysql://u@localhost/x", "postgresql://"),
    ],
)
def test_lint_refuses_what_may_write_twice(old: str, new: str, said: str, tmp_path: Path) -> None:
    """And several statements, unknown parameters, passwords, plain connections beyond loopback."""
    assert old in FLOW
    linted = lint([write_flow(tmp_path, "w", FLOW.replace(old, new))])
    told = [each.describe() for each in linted.findings if not each.is_warning]
    assert any(said in each for each in told), told
    assert "hunter2" not in str(told)
    assert lint([write_flow(tmp_path, "good", FLOW)]).is_sound


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT :a, :b, :a", ("a", "b")),
        ("SELECT ':no', \":no\", x::date /* :no */ -- :no\n FROM t WHERE y = :yes;", ("yes",)),
        ("SELECT $$ :no $$, $x$ :no; $x$, 'it''s :no'", ()),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT :a ; -- the end", ("a",)),
    ],
)
def test_parameters_are_found_where_they_are_ones(text: str, names: tuple[str, ...]) -> None:
    """Not in literals, quoted names, comments, dollar quotes and casts."""
    found = statement(text)
    assert found.parameters == names
    marked = found.marked(lambda name: f"%({name})s")
    assert all(f"%({name})s" in marked for name in names)
    assert (":no" in marked) is (":no" in text)


@pytest.mark.parametrize("text", ["", "-- nothing", "SELECT 1; SELECT 2"])
def test_one_statement_is_one(text: str) -> None:
    """None and two are refused."""
    with pytest.raises(ValueError, match="statement"):
        statement(text)
