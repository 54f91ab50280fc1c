"""The whole demonstration in a PostgreSQL that crashes: the story's end states hold there too."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.postgres_server import postgres_server

SOURCE = Path(__file__).resolve().parents[2] / "src"
CRASHES = 4
PAUSE_S = 12.0
"""Between two crashes: the story takes a minute and a half."""


def until_listening(log: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the hub listens."""
    deadline = time.monotonic() + 60
    while not log.is_file() or "listening console" not in log.read_text("utf-8"):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.timeout(400)
def test_the_story_ends_well_while_the_server_crashes(tmp_path: Path) -> None:
    """`suture demo --once --store URL` ends with 0 over four crashes; nothing is in files."""
    folder, server = tmp_path / "demo", postgres_server()
    command = ["demo", "--once", "--folder", str(folder), "--store", server.url()]
    out = tmp_path / "demo.out"
    with out.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "suture", *command],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            stdout=file,
            stderr=file,
            text=True,
        )
    try:
        until_listening(folder / "log" / "hub.out", process)
        for _ in range(CRASHES):
            time.sleep(PAUSE_S)
            server.restart("immediate")
        code = process.wait(300)
    finally:
        process.kill()
        process.wait()
    told = out.read_text("utf-8")
    assert code == 0, told[-3000:]
    assert " 0 do not" in told
    assert list((folder / "stores").glob("*.db")) == []
