"""`suture demo`: hub, hospital, ERP and two suppliers as processes on this machine.

In: a folder, a rate. Out: a running demonstration, or with `--once` the bounded story and an exit
code that is 0 only when its end states hold in hub, ERP and suppliers. Refuses to know: the
simulation's code: its processes are started like strangers' and asked over their interfaces.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx

from suture.cli.demo_check import Peers, StoryCheck, check_story
from suture.cli.demo_config import DemoPlan, store_tables, write_plan
from suture.cli.demo_flow import check_flow, place_flow
from suture.cli.demo_picker import scan_carts
from suture.core.clock import BusinessTime, SystemClock, real_time
from suture.core.ids import SystemEntropy
from suture.core.refusal import MisconfiguredError
from suture.governance.pack import pack_folder

MARKER = ".suture-demo"
"""Only a folder with this file is ever removed."""
READY_TIMEOUT_S = 60.0
STORY_RATE = 7200.0
"""Two business hours a second: the story of a week takes a minute and a half."""
LIVE_RATE = 1800.0
"""Half a business hour a second: a person can watch a case travel."""
EPOCH = datetime(2027, 1, 4, 13, 50, tzinfo=UTC)
"""07:50 at the hospital, ten minutes before the first booking."""
LEAD_S = 8.0
"""Real seconds until business time begins: the processes start in it."""
AFTER_STORY_S = 60.0
"""Longest wait for the end states after the story's last moment."""


async def run_demo(
    *, folder: Path, is_once: bool, rate: float | None, board_port: int, store: str = ""
) -> int:
    """Run the demonstration; returns the exit code."""
    stores = store_tables(store, SystemEntropy())
    _clear(folder)
    chosen = rate or (STORY_RATE if is_once else LIVE_RATE)
    click.echo(f"preparing {folder.name}: data, keys (mode 0600), free ports")
    await _generate(folder)
    clock = SystemClock(
        BusinessTime(EPOCH, chosen, SystemClock(real_time()).wall() + timedelta(seconds=LEAD_S))
    )
    plan = write_plan(folder, clock.business, board_port, SystemEntropy(), stores)
    place_flow(folder)
    async with _processes(plan) as (running, peers):
        click.echo(f"board: {plan.board}")
        click.echo(f"try:   .venv/bin/suture trace --config {_short(plan.hub_config)} NUMBER")
        samples = pack_folder("demo") / "samples"
        click.echo(f"       .venv/bin/suture inspect {_short(samples / 'booking.hl7')}")
        click.echo(f"       .venv/bin/suture convert --to cxml {_short(samples / 'order.x12')}")
        click.echo(f"       .venv/bin/suture flow list --config {_short(plan.hub_config)}")
        if is_once:
            return await _play_once(plan, clock, running, peers)
        return await _play(plan, clock, running, peers)


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _clear(folder: Path) -> None:
    """Make the folder anew; a folder that is not a demo's is refused, never removed."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise MisconfiguredError(
                "demo.folder", f"{folder.name} is not empty and not a demo's; give --folder"
            )
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARKER).write_text("made by suture demo\n", "utf-8")


async def _generate(folder: Path) -> None:
    made = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "suture.simulation",
        "generate",
        "--seed",
        "1",
        "--out",
        str(folder / "data"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await made.wait() != 0:
        raise MisconfiguredError("demo.generate", "the data could not be generated")


Running = dict[str, asyncio.subprocess.Process]


@asynccontextmanager
async def _processes(plan: DemoPlan) -> AsyncIterator[tuple[Running, Peers]]:
    running: Running = {}
    log = plan.folder / "log"
    log.mkdir(exist_ok=True)
    try:
        for name in ("erp", "supplier-x12", "supplier-cxml"):
            running[name] = await _start_peer(plan, name)
        running["hub"] = await _start(
            "hub", log, "-m", "suture", "run", "--config", str(plan.hub_config)
        )
        await _until_ready(plan, running)
        running["ehr"] = await _start_peer(plan, "ehr")
        await _until_line(plan, "ehr", running)
        async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
            peers = Peers(client, plan)
            picker = asyncio.create_task(scan_carts(peers))
            try:
                yield running, peers
            finally:
                picker.cancel()
    finally:
        await _stop(running)


async def _start_peer(plan: DemoPlan, name: str) -> asyncio.subprocess.Process:
    config = plan.folder / "peers" / f"{name}.json"
    return await _start(
        name, plan.folder / "log", "-m", "suture.simulation", name, "--config", str(config)
    )


async def _start(name: str, log: Path, *arguments: str) -> asyncio.subprocess.Process:
    with (log / f"{name}.out").open("wb") as out, (log / f"{name}.err").open("wb") as err:
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=out, stderr=err, start_new_session=True
        )


async def _until_ready(plan: DemoPlan, running: Running) -> None:
    """Wait until the board answers and every peer has said that it listens."""
    for name in ("erp", "supplier-x12", "supplier-cxml"):
        await _until_line(plan, name, running)
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
        while True:
            _fail_if_ended(plan, running)
            try:
                answer = await client.get(f"{plan.board}api/v1/health")
                if answer.status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            if asyncio.get_running_loop().time() > deadline:
                raise MisconfiguredError("demo.not-ready", "the hub did not start in time")
            await asyncio.sleep(0.1)


async def _until_line(plan: DemoPlan, name: str, running: Running) -> None:
    path = plan.folder / "log" / f"{name}.out"
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
    while b"listening" not in path.read_bytes():
        _fail_if_ended(plan, running)
        if asyncio.get_running_loop().time() > deadline:
            raise MisconfiguredError("demo.not-ready", f"{name} did not start in time")
        await asyncio.sleep(0.1)


def _fail_if_ended(plan: DemoPlan, running: Running) -> None:
    for name, process in running.items():
        if process.returncode is not None:
            tail = (plan.folder / "log" / f"{name}.err").read_text("utf-8", "replace")[-1500:]
            raise MisconfiguredError("demo.ended", f"{name} ended:\n{tail}")


async def _stop(running: Running) -> None:
    for process in running.values():
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
    for process in running.values():
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _play_once(plan: DemoPlan, clock: SystemClock, running: Running, peers: Peers) -> int:
    """Play to the story's end and check it; the last word is the exit code."""
    story = json.loads((plan.folder / "data" / "story" / "expected.json").read_bytes())
    ends_at = datetime.fromisoformat(story["ends_at"])
    while clock.now() < ends_at:
        _fail_if_ended(plan, running)
        await _progress(peers, clock, ends_at)
        await asyncio.sleep(3.0)
    click.echo("the story has ended; checking hub, ERP and suppliers")
    deadline = asyncio.get_running_loop().time() + AFTER_STORY_S
    while True:
        _fail_if_ended(plan, running)
        found = await check_story(peers, story)
        check_flow(found, plan.folder)
        if found.is_good or asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(1.0)
    return _report(found)


def _report(found: StoryCheck) -> int:
    for text in found.held:
        click.echo(f"  ok   {text}")
    for text in found.broken:
        click.echo(f"  FAIL {text}")
    click.echo(f"{len(found.held)} end states hold, {len(found.broken)} do not")
    return 0 if found.is_good else 1


async def _progress(peers: Peers, clock: SystemClock, ends_at: datetime | None) -> None:
    try:
        board = await peers.hub("/board?days=14&day=2027-01-04")
        health = await peers.hub("/health")
    except httpx.HTTPError:
        click.echo(f"{clock.now():%a %d %b %H:%M}Z  the hub does not answer just now")
        return
    counts = ", ".join(f"{n} {name}" for name, n in board["counts"].items() if n)
    backlog = health["undecided"]
    rest = ""
    if ends_at is not None:
        done = (clock.now() - EPOCH) / (ends_at - EPOCH)
        rest = f"  {max(0.0, min(1.0, done)):.0%} of the story"
    click.echo(
        f"{clock.now():%a %d %b %H:%M}Z  cases: {counts or 'none yet'}; "
        f"{board['open_exceptions']} exceptions, backlog {backlog}{rest}"
    )


async def _play(plan: DemoPlan, clock: SystemClock, running: Running, peers: Peers) -> int:
    """Run until Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _open_browser(plan.board)
    click.echo("Ctrl-C ends the demonstration; its stores stay in the folder")
    while not stop.is_set():
        _fail_if_ended(plan, running)
        await _progress(peers, clock, None)
        try:
            await asyncio.wait_for(stop.wait(), 5.0)
        except TimeoutError:
            continue
    return 0


def _open_browser(url: str) -> None:
    """Open the board where there is a screen; elsewhere the printed address has to do."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin":
        click.launch(url)
