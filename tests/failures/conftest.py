"""Both drivers for every failure; the hub, the messages and the peers of the flows' tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flows"))


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest) -> str:
    """Return the tables of hub.toml that choose a driver: none for SQLite."""
    if request.param == "sqlite":
        return ""
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    from tests.postgres_server import new_schema, postgres_server

    server, schema = postgres_server(), new_schema()
    return "".join(
        f'[store.{zone}]\nurl = "{server.url()}"\ntables_in = "{schema}_{zone}"\n'
        for zone in ("clinical", "operations")
    )
