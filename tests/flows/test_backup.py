"""A backup of a running hub, and a hub made of it (S52)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flow_hub import (
    Sender,
    arrivals,
    connect,
    deliveries,
    flow_text,
    hl7,
    peer,
    running_hub,
    settings_in,
    until,
)

from suture.assembly.hub import open_hub
from suture.assembly.settings import load_settings
from suture.cli.main import cli
from suture.core.ids import SystemEntropy
from suture.core.refusal import MisconfiguredError
from suture.governance.seal import create_key_file
from suture.journal.record import ArrivalState, DeliveryState, NewDelivery
from suture.journal.sqlite import open_sqlite

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
FEED = '[[mllp_in]]\nendpoint = "ehr"\nfacility = "NCH"\ntimezone = "America/Chicago"\nport = 0\n'


def suture(*arguments: str | Path) -> Result:
    """Run a command."""
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def elsewhere(folder: Path) -> Path:
    """Return the settings of another hub with the same key."""
    other = folder / "other"
    other.mkdir()
    (other / "hub.key").write_bytes((folder / "hub.key").read_bytes())
    (other / "hub.key").chmod(0o600)
    return settings_in(other, FEED)


def test_a_running_hub_is_copied_and_made_again(tmp_path: Path) -> None:
    """All that was acknowledged before is there, crossed, and flows run on."""

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows, FEED) as hub:
                sender = await connect(hub, "adt")
                ehr = Sender(*await asyncio.open_connection(*hub.addresses["ehr"]))
                sent = 0
                for number in range(30):
                    assert await sender.send(hl7(number)) == ("AA", "")
                    assert (await ehr.send(hl7(number + 500)))[0] == "AA"
                    sent += 1
                copying = asyncio.create_task(
                    asyncio.to_thread(
                        suture, "backup", "--config", tmp_path / "hub.toml", "--to", tmp_path / "b"
                    )
                )
                while not copying.done():
                    await sender.send(hl7(sent))
                    await ehr.send(hl7(sent + 500))
                    sent += 1
                result = copying.result()
                assert result.exit_code == 0, result.output
                assert "clinical: " in result.output and "flows: 1" in result.output
                await until(lambda: len(set(lab.numbers())) == sent, "all delivered")
            config = elsewhere(tmp_path)
            restored = await asyncio.to_thread(
                suture, "restore", "--config", config, "--from", tmp_path / "b"
            )
            assert restored.exit_code == 0, restored.output
            async with running_hub(tmp_path / "other", {}, FEED) as hub:
                kept = arrivals(hub)
                of_flow = [one.control_id for one in kept if one.endpoint == "adt"]
                assert of_flow[:30] == [f"MSG{n:05}" for n in range(30)]
                await until(
                    lambda: all(one.state is not ArrivalState.RECEIVED for one in arrivals(hub)),
                    "everything to be crossed",
                )
                sender = await connect(hub, "adt")
                assert await sender.send(hl7(900)) == ("AA", "")
                await until(lambda: "MSG00900" in lab.numbers(), "a new message")
                await until(
                    lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED}, "all"
                )

    asyncio.run(story())


def made(tmp_path: Path) -> Path:
    """Return the settings of a hub that ran, with a backup in `b`."""
    config = settings_in(tmp_path)
    hub = open_hub(load_settings(config))

    def unit(tx: object) -> None:
        for number, kind in enumerate(("order.dispatch", "order.lookup")):
            new = NewDelivery(
                id=f"d{number}",
                idempotency_key=f"k{number}",
                kind=kind,
                destination="SUP",
                lane=f"l{number}",
                machine="",
                key="",
                payload=b"{}",
                created_at=NOON,
            )
            tx.enqueue(new, NOON)  # type: ignore[attr-defined]
        assert tx.next_number("SUP/isa") == 1  # type: ignore[attr-defined]

    hub.operations.write(unit)
    hub.operations.close()
    hub.clinical.close()
    assert suture("backup", "--config", config, "--to", tmp_path / "b").exit_code == 0
    return config


def test_what_may_have_been_sent_since_is_not_sent_blindly(tmp_path: Path) -> None:
    """An order that waited is uncertain, a question goes on waiting; numbers are skipped."""
    made(tmp_path)
    config = elsewhere(tmp_path)
    result = suture("restore", "--config", config, "--from", tmp_path / "b")
    assert "1 deliveries may have been sent since" in result.output
    journal = open_sqlite(tmp_path / "other" / "stores" / "operations.db", zone="operations")
    with journal.read() as reader:
        states = [reader.delivery(seq).state for seq in (1, 2)]  # type: ignore[union-attr]
        assert states == [DeliveryState.UNCERTAIN, DeliveryState.WAITING]
        assert [e.type for e in reader.events_after(0, 9)][-1] == "store.restored"
    assert journal.write(lambda tx: tx.next_number("SUP/isa")) == 1002
    journal.close()


def code_of(result: Result) -> str:
    """Return the code of what a command refused."""
    assert isinstance(result.exception, MisconfiguredError), result.output
    return result.exception.code


def test_a_backup_is_refused_where_it_would_harm(tmp_path: Path) -> None:
    """Over another one, of nothing, of a zone elsewhere."""
    config = made(tmp_path)
    assert code_of(suture("backup", "--config", config, "--to", tmp_path / "b")) == "backup.exists"
    empty = settings_in(tmp_path / "empty")
    found = suture("backup", "--config", empty, "--to", tmp_path / "c")
    assert code_of(found) == "store.missing"
    url = '[store.clinical]\nurl = "postgresql://h/d"\n'
    found = suture("backup", "--config", settings_in(tmp_path, url), "--to", tmp_path / "d")
    assert code_of(found) == "backup.not-a-file"
    assert not (tmp_path / "d").exists()


def test_a_restoration_is_refused_where_it_would_harm(tmp_path: Path) -> None:
    """Over stores that are there, with another key, of what is damaged or no backup."""
    config = made(tmp_path)
    folder = tmp_path / "b"

    def restore(config: Path) -> str:
        return code_of(suture("restore", "--config", config, "--from", folder))

    assert restore(config) == "restore.not-empty"
    other = elsewhere(tmp_path)
    right = (tmp_path / "other" / "hub.key").read_bytes()
    (tmp_path / "other" / "hub.key").unlink()
    create_key_file(tmp_path / "other" / "hub.key", SystemEntropy())
    assert restore(other) == "restore.other-key"
    (tmp_path / "other" / "hub.key").write_bytes(right)
    with (folder / "clinical.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\xff")
    assert restore(other) == "backup.damaged"
    (folder / "clinical.db").unlink()
    assert restore(other) == "backup.damaged"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"] = {"../x": manifest["files"].pop("operations.db")} | manifest["files"]
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert restore(other) == "restore.not-a-backup"
    assert not list((tmp_path / "other" / "stores").glob("*.db"))


@pytest.mark.processes
def test_a_backup_that_is_killed_leaves_nothing_and_harms_nothing(tmp_path: Path) -> None:
    """kill -9 in the middle: the next one works, the store is whole."""
    config = made(tmp_path)
    source = Path(__file__).resolve().parents[2] / "src"
    words = [sys.executable, "-m", "suture", "backup", "--config", str(config)]
    for number in range(4):
        target = tmp_path / f"k{number}"
        process = subprocess.Popen(
            [*words, "--to", str(target)],
            env={**os.environ, "PYTHONPATH": str(source)},
            stdout=subprocess.DEVNULL,
        )
        time.sleep(0.25 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not target.exists() or (target / "manifest.json").is_file()
    assert suture("backup", "--config", config, "--to", tmp_path / "last").exit_code == 0
