"""`suture desk` over a running hub: list, take, answer, write off, refusals."""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner, Result
from flow_hub import running_hub

from suture.cli.main import cli
from suture.documents.events import ExceptionRaised
from suture.orchestration.effects import exception_key, raise_exception

KEY = exception_key("late|1")


def test_a_buyer_works_the_desk_from_the_command_line(tmp_path: Path) -> None:
    """Filtered by owner, taken, put to wait, answered, written off; a wrong step says why."""

    async def ask(*words: str) -> Result:
        given = ["desk", *words, "--config", str(tmp_path / "hub.toml")]
        return await asyncio.to_thread(CliRunner().invoke, cli, given)

    async def until_taken(*words: str) -> None:
        for _ in range(100):
            if (await ask(*words)).exit_code == 0:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(words[0])

    async def story() -> None:
        async with running_hub(tmp_path, {}) as hub:
            now = hub.core.clock.now()
            told = ExceptionRaised(
                family="SUPPLIER", code="order.late", summary="no answer", dedupe="late|1"
            )
            await hub.core.operations.journal.submit(
                lambda tx: raise_exception(tx, told, causation=0, now=now)
            )
            for _ in range(100):
                listed = await ask("list", "--owner", "buyer")
                if "1 shown" in listed.output:
                    break
                await asyncio.sleep(0.05)
            assert "order.late" in listed.output
            early = await ask("reply", KEY, "--by", "ann", "--reason", "nobody was asked")
            assert early.exit_code == 1
            await until_taken("take", KEY, "--by", "ann")
            assert "0 shown" in (await ask("list", "--owner", "privacy officer")).output
            await until_taken("wait", KEY, "--by", "ann", "--reason", "asked")
            await until_taken("reply", KEY, "--by", "ann", "--reason", "Friday")
            await until_taken("write-off", KEY, "--by", "ann", "--reason", "small")

    asyncio.run(story())
