"""A disk that is really full, and one that gives errors; nothing acknowledged is lost (S52)."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flow_hub import (
    Sender,
    arrivals,
    connect,
    deliveries,
    deployed_flows,
    flow_text,
    hl7,
    peer,
    running_hub,
    settings_in,
    until,
)
from flow_nodes import SOURCE, START_S, first_seen, free_port

from suture.journal.record import DeliveryState

DISK_MB = 40
FILE_BYTES_MAX = 3_000_000
"""No file may grow beyond it: what is written then fails, as on a broken disk."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 40 MB, where this process may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=10)
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("this process may not mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False, timeout=10)


def large(number: int) -> bytes:
    """Return a message of 40 kB."""
    return hl7(number) + b"NTE|1||" + b"x" * 40_000 + b"\r"


def test_a_disk_that_is_really_full_refuses_new_messages_only(small_disk: Path) -> None:
    """ENOSPC from the system: AE, deliveries go on, and with room the others do."""

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            async with running_hub(small_disk / "hub", flows) as hub:
                filler = small_disk / "filler"
                free = os.statvfs(small_disk)
                filler.write_bytes(b"\0" * max(0, free.f_bavail * free.f_frsize - 6_000_000))
                sender = await connect(hub, "adt")
                accepted: list[str] = []
                told = ""
                for number in range(800):
                    verdict, told = await sender.send(large(number))
                    if verdict != "AA":
                        break
                    accepted.append(f"MSG{number:05}")
                assert verdict == "AE" and "store.low-space" in told and accepted
                await until(lambda: set(accepted) <= set(lab.numbers()), "what was acknowledged")
                assert [one.control_id for one in arrivals(hub)] == accepted
                filler.unlink()
                for _ in range(100):
                    verdict, told = await sender.send(large(900))
                    if verdict == "AA":
                        break
                    await asyncio.sleep(0.1)
                assert verdict == "AA", told
                await until(
                    lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED}, "all"
                )
                assert lab.numbers()[-1] == "MSG00900"

    asyncio.run(story())


@pytest.mark.processes
def test_an_error_of_the_disk_ends_the_hub_and_loses_nothing(tmp_path: Path) -> None:
    """A write fails: the hub says store.failed and ends; started again it has what it answered."""
    port = free_port()
    config = settings_in(tmp_path)

    async def run(*, is_broken: bool) -> asyncio.subprocess.Process:
        def limit() -> None:
            if is_broken:
                resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))

        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "suture", "run", "--config", str(config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            preexec_fn=limit,
        )
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), START_S)
        return process

    async def story() -> None:
        async with peer() as lab:
            text = flow_text(lab.port).replace("port = 0", f"port = {port}", 1)
            deployed_flows(tmp_path, {"adt": text})
            broken = await run(is_broken=True)
            sender = Sender(*await asyncio.open_connection("127.0.0.1", port))
            acknowledged: list[str] = []
            try:
                for number in range(5000):
                    if (await sender.send(hl7(number)))[0] == "AA":
                        acknowledged.append(f"MSG{number:05}")
            except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
                pass
            _, said = await asyncio.wait_for(broken.communicate(), START_S)
            assert broken.returncode == 1 and b"store.failed" in said, said[-300:]
            assert 20 < len(acknowledged) < 5000
            whole = await run(is_broken=False)
            await until(lambda: set(acknowledged) <= set(lab.numbers()), "all acknowledged")
            got = [each for each in first_seen(lab.numbers()) if each in set(acknowledged)]
            assert got == acknowledged, "in their order"
            again = Sender(*await asyncio.open_connection("127.0.0.1", port))
            assert await again.send(hl7(9000)) == ("AA", "")
            whole.send_signal(signal.SIGTERM)
            await whole.communicate()

    asyncio.run(story())
