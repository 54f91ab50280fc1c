"""`suture alerts` over a running hub: raised by a real cause, gone with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result
from flow_hub import connect, deliveries, flow_text, hl7, peer, running_hub, until
from flow_nodes import free_port

from suture.cli.main import cli


def test_an_alert_holds_while_its_cause_does(tmp_path: Path) -> None:
    """Paused, then sent; unanswered: by command, exit code and JSON, without content."""

    async def ask(*words: str) -> Result:
        config = str(tmp_path / "hub.toml")
        return await asyncio.to_thread(
            CliRunner().invoke, cli, ["alerts", *words, "--config", config]
        )

    async def story() -> None:
        async with peer() as lab:
            retry = "retry = { first_s = 0.1, longest_s = 0.2 }"
            flows: dict[str, str | dict[str, str]] = {
                "adt": flow_text(lab.port),
                "bed": flow_text(free_port(), lab=retry),
            }
            async with running_hub(tmp_path, flows) as hub:
                quiet = await ask("--oldest-s", "0")
                assert (quiet.exit_code, quiet.output) == (0, "no alerts\n")
                await hub.flows.pause("adt.lab", is_paused=True)
                await (await connect(hub, "adt")).send(hl7(1, patient="SYNPAT1"))
                shown = await ask("--oldest-s", "0")
                assert shown.exit_code == 1
                assert shown.output.startswith("paused     adt.lab, 1 wait, oldest ")
                assert "SYNPAT" not in shown.output
                assert (await ask()).exit_code == 0
                await hub.flows.pause("adt.lab", is_paused=False)
                await until(lambda: deliveries(hub)[0].state.value == "delivered", "settled")
                assert (await ask("--oldest-s", "0")).exit_code == 0
                await (await connect(hub, "bed")).send(hl7(2, patient="SYNPAT2"))

                def is_left_alone() -> bool:
                    of = next(one for one in hub.flows.status() if one["flow"] == "bed")
                    return bool(of["destinations"][0]["circuit_open"])

                await until(is_left_alone, "an open circuit")
                (told,) = json.loads((await ask("--json")).output)["alerts"]
                said = (told["rule"], told["zone"], told["destination"], told["waiting"])
                assert said == ("unanswered", "clinical", "bed.lab", 1)

    asyncio.run(story())
