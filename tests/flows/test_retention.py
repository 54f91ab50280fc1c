"""Messages leave when their time has come, holds keep them, and who looks is noted (S52)."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from flow_hub import (
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
from suture.core.refusal import MisconfiguredError
from suture.journal.record import DeliveryState

TOP = """\
retention_days = 40
keep = "stages"
[index]
visit = "PID-3.1"
"""
STEPS = """\
[[step]]
set = { "MSH-5" = "LAB2" }
[[step]]
set = { "MSH-6" = "NORTH" }
"""


def on_day(day: str, *, retention: str = "") -> str:
    """Return the tables of a hub whose business day is this one from now on."""
    real = datetime.now(UTC).isoformat()
    return f"[clock]\nepoch = {day}T12:00:00Z\nrate = 1.0\nstart = {real}\n[retention]\n{retention}"


async def suture(folder: Path, *words: str) -> Result:
    """Run a command beside the hub."""
    first = words[:2] if words[0] in ("retention", "hold") else words[:1]
    rest = words[len(first) :]
    arguments = [*first, "--config", str(folder / "hub.toml"), *rest]
    return await asyncio.to_thread(CliRunner().invoke, cli, arguments)


def said(result: Result) -> str:
    """Return what a command printed, without what the hub in this process logged meanwhile."""
    lines = result.output.splitlines(keepends=True)
    return "".join(line for line in lines if "[info" not in line)


async def filled(folder: Path) -> dict[str, str]:
    """Run a hub on the first day; return exchange ids by control id."""
    async with peer() as lab:
        lab.verdict = lambda content: "AR" if b"MSG00004" in content else "AA"
        flows: dict[str, str | dict[str, str]] = {
            "adt": flow_text(lab.port, top=TOP, steps=STEPS),
            "other": flow_text(lab.port),
        }
        async with running_hub(folder, flows, on_day("2027-01-04")) as hub:
            sender, second = await connect(hub, "adt"), await connect(hub, "other")
            for number in range(1, 6):
                assert await sender.send(hl7(number, patient=f"SYN{number}")) == ("AA", "")
            assert await second.send(hl7(6)) == ("AA", "")
            ended = (DeliveryState.DELIVERED, DeliveryState.REFUSED)
            await until(lambda: all(d.state in ended for d in deliveries(hub)), "all sent")
            return {one.control_id: one.exchange for one in arrivals(hub)}


def test_messages_leave_and_holds_keep_them(tmp_path: Path) -> None:
    """Each flow's days; what is held, given up or the newest stays, and the plan says so."""

    async def story() -> None:
        exchanges = await filled(tmp_path)
        retention = "clinical_days = 365\n"
        async with running_hub(tmp_path, {}, on_day("2027-01-20")) as hub:
            held = await suture(
                *(tmp_path, "hold", "add", "--by", "counsel", "--reason", "case 27-1"),
                *("--meta", "visit=SYN2"),
            )
            assert held.exit_code == 0, said(held)
            hold = said(held).strip()
            assert "nothing has had its time" in said(await suture(tmp_path, "retention", "plan"))
            refused = await suture(tmp_path, "hold", "add", "--by", "c", "--reason", "r")
            assert (refused.exit_code, "hold.everything" in said(refused)) == (1, True)
            assert len(arrivals(hub)) == 6
        settings_in(tmp_path, on_day("2027-02-20", retention=retention))
        plan = await suture(tmp_path, "retention", "plan")
        assert said(plan) == "clinical   adt  3 removed, 1 held, 1 unfinished\n"
        async with running_hub(tmp_path, {}, on_day("2027-02-20", retention=retention)) as hub:
            ran = await suture(tmp_path, "retention", "run", "--by", "ops", "--reason", "test")
            assert ran.exit_code == 0, said(ran)
            await until(lambda: len(arrivals(hub)) == 3, "three to be gone")
            left = [one.control_id for one in arrivals(hub)]
            assert left == ["MSG00002", "MSG00004", "MSG00006"]
            gone = await suture(tmp_path, "message", exchanges["MSG00001"])
            assert (gone.exit_code, said(gone)) == (1, "no such message\n")
            found = await suture(tmp_path, "messages", "--meta", "visit=SYN1", "--exchange")
            assert said(found) == "no such message\n"
            ended = await suture(
                tmp_path, "hold", "release", "--by", "counsel", "--reason", "closed", hold
            )
            assert said(ended) == f"{hold} released\n"
            ran = await suture(tmp_path, "retention", "run", "--by", "ops", "--reason", "test")
            assert said(ran) == "clinical   adt  1 removed, 1 unfinished\n"
            assert [one.control_id for one in arrivals(hub)] == ["MSG00004", "MSG00006"]
            assert said(await suture(tmp_path, "hold", "list")) == "no holds\n"
            every = await suture(tmp_path, "hold", "list", "--all")
            assert f"{hold}  an indexed value" in said(every)
            with hub.clinical.read() as reader:
                deeds = [e.type for e in reader.events_after(0, 100)]
            assert deeds.count("hold.added") == deeds.count("hold.released") == 1
            assert deeds.count("retention.ran") == 2
        # What was given up goes when the settings say that nobody will look at it any more.
        retention += "unfinished_days = 60\n"
        async with running_hub(tmp_path, {}, on_day("2027-03-20", retention=retention)) as hub:
            await until(lambda: len(arrivals(hub)) == 1, "the daily pass")
            assert [one.control_id for one in arrivals(hub)] == ["MSG00006"]

    asyncio.run(story())


def test_content_is_shown_to_whom_it_says(tmp_path: Path) -> None:
    """Received, each step, sent and answered, after who and why are on the record."""

    async def story() -> None:
        exchange = (await filled(tmp_path))["MSG00001"]
        async with running_hub(tmp_path, {}, on_day("2027-01-05")) as hub:
            plain = await suture(tmp_path, "message", exchange)
            assert "step 1 set" in said(plain) and "answered" in said(plain)
            assert "Synth" not in said(plain)
            base = f"http://127.0.0.1:{hub.addresses['console'][1]}"
            async with httpx.AsyncClient(base_url=base) as client:
                told = (await client.get(f"/api/v1/messages/{exchange}")).json()["clinical"]
                page = await client.get(f"/messages/{exchange}")
                unknown = await client.get("/api/v1/messages/nothing")
            assert [one["name"] for one in told["stages"]] == ["step 1 set", "step 2 set"]
            (tried,) = told["deliveries"][0]["attempts"]
            assert (tried["code"], tried["answer_bytes"]) == ("accepted", 66)
            assert "adt.lab" in page.text and "MSG00001" in page.text
            assert "Synth" not in page.text + json.dumps(told)
            assert unknown.status_code == 404
            nobody = await suture(tmp_path, "message", "--content", exchange)
            assert isinstance(nobody.exception, MisconfiguredError)
            who = ("--by", "A. Engineer", "--reason", "ticket 7")
            shown = await suture(tmp_path, "message", "--content", "--json", *who, exchange)
            told = json.loads(said(shown))["clinical"]
            names = [one["name"] for one in told["content"]]
            assert names == [
                "received",
                "step 1 set",
                "step 2 set",
                "sent to adt.lab",
                "answer of adt.lab to try 1",
            ]
            text = await suture(tmp_path, "message", "--content", *who, exchange)
            assert said(text).count("Synth^Anna") == 4
            assert said(text).count("|LAB2|") == 3 and "MSA|AA|MSG00001" in said(text)
            assert "content shown 2027-01-05" in said(text) and "A. Engineer" in said(text)
            missing = await suture(tmp_path, "message", "--content", *who, "nothing")
            assert missing.exit_code == 1
        # Without the hub nobody notes who looks, so nothing is shown.
        alone = await suture(tmp_path, "message", "--content", *who, exchange)
        assert isinstance(alone.exception, MisconfiguredError)
        assert (alone.exception.code, said(alone)) == ("hub.not-running", "")

    asyncio.run(story())


def test_days_below_the_memory_of_keys_are_refused(tmp_path: Path) -> None:
    """A transport key is known for 35 days (spec 2.0.2): what is known must be there."""
    path = settings_in(tmp_path, "[retention]\nclinical_days = 7\n")
    with pytest.raises(MisconfiguredError, match="35"):
        open_hub(load_settings(path))


def test_a_replay_adds_its_stages(tmp_path: Path) -> None:
    """What today's flow makes of an old message stands behind what was made of it first."""

    async def story() -> None:
        exchange = (await filled(tmp_path))["MSG00001"]
        async with peer() as lab:
            flows: dict[str, Any] = {"adt": flow_text(lab.port, top=TOP, steps=STEPS)}
            async with running_hub(tmp_path, flows, on_day("2027-01-05")) as hub:
                assert (await suture(tmp_path, "replay", exchange)).exit_code == 0
                await until(lambda: lab.got, "the replayed one")
                with hub.clinical.read() as reader:
                    stages = reader.stages_of(exchange)
                assert [one.number for one in stages] == [1, 2, 3, 4]
                assert stages[0].digest == stages[2].digest

    asyncio.run(story())
