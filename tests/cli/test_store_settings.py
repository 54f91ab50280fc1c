"""Stores in PostgreSQL as an operator names them: settings, doctor, move; no password is shown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.postgres_server import PostgresServer, new_schema, postgres_server

from suture.assembly.settings import load_settings
from suture.assembly.stores import open_stores, reading_stores
from suture.cli.demo_config import store_tables
from suture.cli.doctor import examine
from suture.cli.main import cli
from suture.core.ids import SystemEntropy
from suture.core.refusal import MisconfiguredError
from suture.governance.seal import create_key_file

pytest.importorskip("psycopg", reason="the extra postgres is not installed")

SECRET = "s3cret-of-the-store"


def written(folder: Path, stores: str = "") -> Path:
    """Write a hub.toml and its key; return its path."""
    create_key_file(folder / "hub.key", SystemEntropy())
    path = folder / "hub.toml"
    path.write_text(f'data = "stores"\nkey_file = "hub.key"\n{stores}', "utf-8")
    return path


def tables(server: PostgresServer, schema: str, more: str = "") -> str:
    """Return both zones in one database."""
    return "".join(
        f'[store.{zone}]\nurl = "{server.url()}"\ntables_in = "{schema}_{zone}"\n{more}'
        for zone in ("clinical", "operations")
    )


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{SECRET}@localhost/db",
        f"postgresql://u@localhost/db?password={SECRET}",
        "mysql://u@localhost/db",
        SECRET,
    ],
)
def test_a_url_with_a_password_is_refused_without_naming_it(tmp_path: Path, url: str) -> None:
    """Neither the settings nor the demo's option take one; the text does not repeat it."""
    path = written(tmp_path, f'[store.clinical]\nurl = "{url}"\n')
    with pytest.raises(MisconfiguredError) as caught:
        load_settings(path)
    assert caught.value.code == "config.invalid"
    assert SECRET not in str(caught.value)
    with pytest.raises(MisconfiguredError) as caught:
        store_tables(url, SystemEntropy())
    assert SECRET not in str(caught.value)


def test_both_zones_in_postgresql(tmp_path: Path) -> None:
    """A hub's zones open in two schemas, are read beside it, and doctor finds them sound."""
    path = written(tmp_path, tables(postgres_server(), new_schema()))
    settings = load_settings(path)
    before = {each.name: each for each in examine(path)}
    assert "made at the first start" in before["stores"].text
    clinical, operations = open_stores(settings)
    try:
        clinical.write(lambda tx: tx.set_cursor("a", 1))
        with reading_stores(settings) as (one, two):
            assert (one.cursor("a"), two.cursor("a")) == (0, 1)
        found = {each.name: each for each in examine(path)}
        assert not found["stores"].is_bad and "0 events wait" in found["stores"].text
        with pytest.raises(MisconfiguredError) as caught:
            open_stores(settings)
        assert caught.value.code == "store.in-use"
    finally:
        clinical.close()
        operations.close()
    assert not (tmp_path / "stores").exists()


def test_doctor_tells_a_server_that_does_not_sync(tmp_path: Path) -> None:
    """The test's server runs without fsync: that is a finding with a remedy."""
    path = written(tmp_path, tables(postgres_server(), new_schema()))
    (found,) = [each for each in examine(path) if each.name == "store clinical"]
    assert found.is_bad and "fsync is off" in found.text and found.remedy


def test_one_zone_may_stay_in_a_file(tmp_path: Path) -> None:
    """Each zone is chosen for itself."""
    table = tables(postgres_server(), new_schema()).split("[store.operations]")[0]
    clinical, operations = open_stores(load_settings(written(tmp_path, table)))
    paths = clinical.status().path, operations.status().path
    clinical.close()
    operations.close()
    assert paths[0].startswith("postgresql://127.0.0.1:")
    assert paths[1].endswith("operations.db")


def test_a_wrong_password_is_told_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused password ends with `store.credentials`; file, environment and texts stay apart."""
    from suture.journal.postgres_link import Address

    server = postgres_server()
    server.add_user("locked", SECRET)
    url = server.url(user="locked")
    secret = tmp_path / "store.password"
    secret.write_text(f"not-{SECRET}\n")
    secret.chmod(0o600)
    table = f'[store.clinical]\nurl = "{url}"\npassword_file = "{secret}"\n'
    settings = load_settings(written(tmp_path, table))
    with pytest.raises(MisconfiguredError) as caught:
        open_stores(settings)
    assert caught.value.code == "store.credentials"
    assert SECRET not in str(caught.value) + repr(Address(url, "x", SECRET)) + repr(settings)
    secret.write_text(f"{SECRET}\n")
    with pytest.raises(MisconfiguredError) as caught:
        open_stores(settings)
    assert caught.value.code == "store.permission"
    monkeypatch.setenv("SUTURE_STORE_PASSWORD", SECRET)
    (tmp_path / "b").mkdir()
    other = written(tmp_path / "b", f'[store.clinical]\nurl = "{url}"\n')
    with pytest.raises(MisconfiguredError) as caught:
        open_stores(load_settings(other))
    assert caught.value.code == "store.permission"


@pytest.mark.parametrize(
    ("database", "schema", "code"),
    [
        ("nowhere", "", "store.no-database"),
        ("postgres", "pg_catalog", "store.not-a-journal"),
    ],
)
def test_wrong_places_are_told(database: str, schema: str, code: str) -> None:
    """A missing database and a schema of somebody else's are refused with what to do."""
    from suture.journal.postgres import open_postgres, read_postgres

    url = postgres_server().url(database)
    with pytest.raises(MisconfiguredError) as caught:
        open_postgres(url, zone="operations", schema=schema)
    assert caught.value.code == code
    with pytest.raises(MisconfiguredError), read_postgres(url, zone="clinical", schema=schema):
        pass


def test_other_zone_and_newer_schema(tmp_path: Path) -> None:
    """A schema of the other zone, and one of a newer program, are refused."""
    from suture.journal.postgres import open_postgres, read_postgres

    schema, url = new_schema(), postgres_server().url()
    with pytest.raises(MisconfiguredError) as caught, read_postgres(url, zone="clinical"):
        pass
    assert caught.value.code == "store.missing"
    journal = open_postgres(url, zone="operations", schema=schema)
    journal.write(lambda tx: tx.set_meta("schema", "99"))
    journal.close()
    for zone, newer in (("operations", True), ("clinical", True)):
        with pytest.raises(MisconfiguredError) as caught:
            open_postgres(url, zone=zone, schema=schema)
        assert caught.value.code == "store.newer-schema"
        assert newer
    with pytest.raises(MisconfiguredError) as caught:
        open_postgres(url, zone="operations", schema="No Name")
    assert caught.value.code == "store.url"
    other = new_schema()
    open_postgres(url, zone="operations", schema=other).close()
    with pytest.raises(MisconfiguredError) as caught:
        open_postgres(url, zone="clinical", schema=other)
    assert caught.value.code == "store.other-zone"


def test_without_the_driver_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation without the extra says how to get it."""
    for name in [name for name in sys.modules if name.startswith("suture.journal.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("suture.journal.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    table = '[store.clinical]\nurl = "postgresql://u@localhost/db"\n'
    with pytest.raises(MisconfiguredError) as caught:
        open_stores(load_settings(written(tmp_path, table)))
    assert caught.value.code == "store.no-driver"


def test_store_move_by_the_command(tmp_path: Path) -> None:
    """Both zones are moved, the settings to write are told, the old files are closed."""
    server = postgres_server()
    database = server.new_database()
    path = written(tmp_path)
    for journal in open_stores(load_settings(path)):
        journal.write(lambda tx: tx.set_cursor("a", 7))
        journal.close()
    url = server.url(database)
    call = ["store", "move", "--config", str(path), "--to", url]
    done = CliRunner().invoke(cli, call)
    assert done.exit_code == 0, done.output
    assert done.output.count("same") == 44  # 22 tables of two zones
    assert f'[store.operations]\nurl = "{url}"' in done.output
    with pytest.raises(MisconfiguredError) as caught:
        open_stores(load_settings(path))
    assert caught.value.code == "store.moved"
    path.write_text(
        path.read_text("utf-8")
        + f'[store.clinical]\nurl = "{url}"\n[store.operations]\nurl = "{url}"\n',
        "utf-8",
    )
    with reading_stores(load_settings(path)) as readers:
        assert [reader.cursor("a") for reader in readers] == [7, 7]
