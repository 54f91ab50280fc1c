"""`suture cart` and `suture triggers` over a running hub: read a pick list, scan it, refusals."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from click.testing import CliRunner, Result
from flow_hub import running_hub

from suture.cli.main import cli
from suture.documents import codec
from suture.documents.cart import PickReleased, PlannedLine
from suture.journal.record import NewEvent


def test_a_picker_works_a_cart_from_the_command_line(tmp_path: Path) -> None:
    """Listed with its gap (exit code 1), shown, picked, delivered; a wrong scan says why."""

    async def ask(*words: str) -> Result:
        given = [*words, "--config", str(tmp_path / "hub.toml")]
        return await asyncio.to_thread(CliRunner().invoke, cli, given)

    async def story() -> None:
        async with running_hub(tmp_path, {}) as hub:
            now = hub.core.clock.now()
            line = PlannedLine(
                line="L1", criticality="CRITICAL", quantity=Fraction(1), description="SYNTH CAGE"
            )
            told = PickReleased(
                case_token="CASE1",
                version=1,
                facility="NCH",
                room="MAIN^OR04^^NCH",
                start=now + timedelta(hours=20),
                timezone="America/Chicago",
                lines=(line,),
            )
            event = NewEvent(
                id="test/1",
                type="cart.pick_released",
                machine="W14",
                key="CASE1",
                time=now,
                payload=codec.encode(told),
            )
            await hub.core.operations.journal.submit(lambda tx: tx.append(event, now))
            for _ in range(100):
                listed = await ask("cart", "list")
                if "OR04" in listed.output:
                    break
                await asyncio.sleep(0.1)
            assert listed.exit_code == 1
            assert "SYNTH CAGE: 1 of 1 missing" in listed.output
            shown = await ask("cart", "show", "CASE1")
            assert "critical 0/1 open" in shown.output
            wrong = await ask("cart", "pick", "CASE1", "L9", "--by", "P. Picker")
            assert wrong.exit_code == 1
            picked = await ask("cart", "pick", "CASE1", "--all", "--by", "P. Picker")
            assert (picked.exit_code, picked.output) == (0, "taken\n")
            for _ in range(100):
                (one,) = json.loads((await ask("cart", "list", "--json")).output)["carts"]
                if one["state"] == "COMPLETE":
                    break
                await asyncio.sleep(0.1)
            assert (one["state"], one["score"]) == ("COMPLETE", 100)
            delivered = await ask("cart", "deliver", "CASE1", "--by", "P. Porter")
            assert delivered.output == "taken\n"
            unknown = await ask("case", "reconcile", "CASE9", "--by", "O. Lead", "--reason", "x")
            assert unknown.exit_code == 1
            triggers = await ask("triggers", "--facility", "NCH")
            assert triggers.exit_code == 0
            assert "usage   on" in triggers.output

    asyncio.run(story())
