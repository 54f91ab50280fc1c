"""A flow on a store in a real PostgreSQL: the same promises, a server that crashes included."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from flow_hub import arrivals, connect, flow_text, hl7, peer, running_hub, until
from tests.postgres_server import new_schema, postgres_server

from suture.cli.main import cli

pytest.importorskip("psycopg", reason="the extra postgres is not installed")


def test_a_crash_of_the_server_loses_nothing(tmp_path: Path) -> None:
    """Messages before, during and after it are each kept once, delivered, and shown."""
    server = postgres_server()
    schema = new_schema()
    stores = "".join(
        f'[store.{zone}]\nurl = "{server.url()}"\ntables_in = "{schema}_{zone}"\n'
        for zone in ("clinical", "operations")
    )

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows, stores) as hub:
                sender = await connect(hub, "adt")
                for number in range(20):
                    assert await sender.send(hl7(number, patient=f"SYN{number % 3}")) == ("AA", "")
                crash = asyncio.create_task(asyncio.to_thread(server.restart))
                for number in range(20, 40):
                    verdict, told = await sender.send(hl7(number, patient=f"SYN{number % 3}"))
                    assert verdict == "AA", told
                await crash
                await until(lambda: len(set(lab.numbers())) == 40)
                assert [each.control_id for each in arrivals(hub)] == [
                    f"MSG{number:05}" for number in range(40)
                ]
                config, exchange = tmp_path / "hub.toml", arrivals(hub)[-1].exchange
                words = ["message", "--config", str(config), exchange]
                result = await asyncio.to_thread(CliRunner().invoke, cli, words)
                assert result.exit_code == 0
                shown = result.output
                assert "MSG00039" in shown and "-> adt.lab" in shown and "SYN0" not in shown

    asyncio.run(story())
