"""`suture partners` over a running hub with a partner that posts to its door."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx
from click.testing import CliRunner, Result
from flow_hub import running_hub

from suture.cli.main import cli

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "path"))

SUPPLIER = """\
[[supplier]]
key = "SUP-9001"
name = "Syntho"
dialect = "x12"
url = "http://127.0.0.1:9"
secret_file = "syntho.token"
our_id = "HSCIPDEMO"
their_id = "SUP9001DEMO"
"""


def test_a_missing_interchange_is_told(tmp_path: Path) -> None:
    """Nothing at first; after a jump of the control number the missing one, and exit code 1."""
    from wire import x12, x997

    (tmp_path / "syntho.token").write_text("synth-secret\n", "ascii")
    (tmp_path / "syntho.token").chmod(0o600)

    async def ask(*words: str) -> Result:
        given = ["partners", *words, "--config", str(tmp_path / "hub.toml")]
        return await asyncio.to_thread(CliRunner().invoke, cli, given)

    async def story() -> None:
        async with running_hub(tmp_path, {}, SUPPLIER) as hub:
            quiet = await ask()
            assert (quiet.exit_code, quiet.output) == (0, "SUP-9001 x12: nothing\n")
            host, port = hub.addresses["partners"]
            async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as client:
                for control in (300, 302, 305):
                    answer = await client.post(
                        "/partner/x12/SUP-9001",
                        content=x12("997", "FA", x997("000000001", "A"), control=control),
                        headers={"authorization": "Bearer synth-secret"},
                    )
                    assert answer.status_code == 202
            told = await ask()
            assert told.exit_code == 1
            assert "3 control numbers did not come: 000000301, 000000303-000000304" in told.output
            assert "last heard" in told.output
            (one,) = json.loads((await ask("--json")).output)["partners"]
            assert (one["missing"], one["unproven"]) == (3, 0)

    asyncio.run(story())
